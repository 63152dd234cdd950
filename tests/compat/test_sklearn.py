"""Estimators behave as scikit-learn says, recall as the memory does, and have the probabilities of Bayes' rule."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb

pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer
from sklearn.utils.estimator_checks import check_estimator

from hebbfast.compat.sklearn import AssociativeMemory, AssociativeMemoryClassifier


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        AssociativeMemory(),
        AssociativeMemory(update="sync", interaction=hb.Exponential(0.1)),
        AssociativeMemoryClassifier(),
        AssociativeMemoryClassifier("recall", order="random", random_state=0),
    ],
    ids=str,
)
def test_checks_of_scikit_learn(estimator):
    """All of them; the tag `poor_score` takes the accuracy in the plane out of one."""
    check_estimator(estimator)


@pytest.fixture
def digits():
    """Train and test: grey values 0..16 of 64 pixels, and labels."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X, y, test_size=597, random_state=0, stratify=y)


@pytest.mark.parametrize("interaction", [None, hb.RectifiedPolynomial(4), hb.Exponential(0.2)], ids=str)
@pytest.mark.parametrize("update", ["async", "sync"])
def test_transform_is_recall(interaction, update):
    patterns = hb.random_patterns(30, 100, rng=0)
    cues = hb.corrupt(patterns, flip=0.25, rng=1)
    memory = hb.DenseAssociativeMemory(patterns, interaction or hb.Polynomial(5))
    expected = memory.recall(cues, update=update, order="sequential", max_sweeps=3).states
    model = AssociativeMemory(5, interaction=interaction, update=update, max_sweeps=3).fit(patterns)
    found = model.transform(cues)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(model.predict(cues), (expected.astype(int) @ patterns.T).argmax(axis=1))


def test_rows_are_cut_above_the_threshold():
    model = AssociativeMemory(threshold=0.5).fit(np.array([[0.5, 0.6, -3.0, 1.0]], dtype=np.float32))
    assert model.memory_.patterns.unpack().tolist() == [[-1, 1, -1, 1]]
    assert model.transform(np.zeros((1, 4), dtype=np.float32)).dtype == np.float32
    with pytest.raises(ValueError, match="threshold must be a finite number, got 'mean'"):
        AssociativeMemory(threshold="mean").fit([[1.0]])


def test_random_orders_follow_the_random_state():
    patterns = hb.random_patterns(60, 100, rng=0)
    cues = hb.random_patterns(60, 100, rng=1)
    found = [
        AssociativeMemory(2, order="random", random_state=state).fit(patterns).transform(cues)
        for state in (0, 0, np.random.RandomState(0), 1)
    ]
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all() and (found[0] != found[3]).any()


def test_probabilities_are_those_of_bayes_rule():
    """All 32 states of 5 units, in fractions: P(c | x) ∝ Σ over rows of the class p^d (1 - p)^(D - d)."""
    patterns = hb.random_patterns(7, 5, rng=3)
    labels = np.array(["b", "a", "b", "b", "c", "a", "b"])
    model = AssociativeMemoryClassifier(flip=0.25).fit(patterns, labels)
    assert model.classes_.tolist() == ["a", "b", "c"]
    states = list(itertools.product((-1, 1), repeat=5))
    p = Fraction(1, 4)
    expected = []
    for state in states:
        weights = {label: Fraction(0) for label in "abc"}
        for row, label in zip(patterns.tolist(), labels, strict=True):
            distance = sum(a != b for a, b in zip(row, state, strict=True))
            weights[str(label)] += p**distance * (1 - p) ** (5 - distance)
        expected.append([float(weights[label] / sum(weights.values())) for label in "abc"])
    np.testing.assert_allclose(model.predict_proba(states), expected, rtol=1e-12)
    np.testing.assert_allclose(model.predict_log_proba(states), np.log(expected), rtol=1e-12, atol=1e-15)
    assert model.predict(states).tolist() == ["abc"[j] for j in np.argmax(expected, axis=1)]


def test_probabilities_of_many_units_stay_finite():
    patterns = hb.random_patterns(4, 20_000, rng=0)
    model = AssociativeMemoryClassifier(flip=0.01).fit(patterns, [0, 0, 1, 1])
    assert (np.isfinite(model.predict_log_proba(-patterns))).all()
    np.testing.assert_array_equal(model.predict_proba(patterns), np.eye(2)[[0, 0, 1, 1]])


def test_decision_by_recall_has_no_probabilities():
    patterns = hb.random_patterns(20, 200, rng=0)
    model = AssociativeMemoryClassifier("recall").fit(patterns, np.arange(20) % 3)
    np.testing.assert_array_equal(model.predict(hb.corrupt(patterns, flip=0.1, rng=1)), np.arange(20) % 3)
    assert not hasattr(model, "predict_proba") and not hasattr(model, "predict_log_proba")


def test_small_flips_make_it_the_nearest_neighbour():
    """Where the nearest row is alone, so that both have one answer."""
    rng = np.random.default_rng(0)
    X, y = hb.random_patterns(60, 31, rng=rng), rng.integers(0, 4, 60)
    cues = hb.random_patterns(300, 31, rng=rng)
    nearest = np.sort(cues.astype(int) @ X.T, axis=1)[:, -2:]
    alone = cues[nearest[:, 0] < nearest[:, 1]]
    model = AssociativeMemoryClassifier(flip=1e-9).fit(X, y)
    expected = KNeighborsClassifier(1, metric="hamming", algorithm="brute").fit(X, y).predict(alone)
    assert len(alone) > 100
    np.testing.assert_array_equal(model.predict(alone), expected)


def test_digits_in_a_pipeline_with_a_search_over_the_degree(digits):
    """Measured: 0.935 at degree 40; the binomial standard error at 597 digits is 0.01."""
    train, test, labels, truth = digits
    pipeline = make_pipeline(Binarizer(threshold=7), AssociativeMemoryClassifier("recall"))
    search = GridSearchCV(pipeline, {"associativememoryclassifier__degree": [2, 40]}, cv=2).fit(train, labels)
    assert search.best_params_ == {"associativememoryclassifier__degree": 40}
    assert search.score(test, truth) > 0.9
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(search)).predict(test), search.predict(test))


def test_names_of_features():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(hb.random_patterns(9, 3, rng=0), columns=["x", "y", "z"])
    model = AssociativeMemory().set_output(transform="pandas").fit(frame)
    assert model.feature_names_in_.tolist() == model.get_feature_names_out().tolist() == ["x", "y", "z"]
    assert model.transform(frame).columns.tolist() == ["x", "y", "z"]
    with pytest.raises(ValueError, match="feature names"):
        model.transform(frame[["z", "y", "x"]])


def test_clones_and_wrong_parameters():
    model = clone(AssociativeMemoryClassifier("recall", interaction=hb.Exponential(0.1), flip=0.3))
    assert model.interaction == hb.Exponential(0.1) and model.flip == 0.3
    with pytest.raises(NotFittedError):
        model.predict([[1.0]])
    X, y = hb.random_patterns(4, 5, rng=0), [0, 1, 0, 1]
    for wrong, message in (
        ({"decision": "vote"}, "decision must be one of 'posterior', 'recall', got 'vote'"),
        ({"flip": 0.5}, r"flip must be a finite number in \(0, 0.5\), got 0.5"),
        ({"degree": 1}, "degree must be an integer of at least 2, got 1"),
    ):
        with pytest.raises(ValueError, match=message):
            AssociativeMemoryClassifier(**wrong).fit(X, y)
    for wrong, message in (
        ({"order": "upwards"}, "order must be"),
        ({"update": "both"}, "update must be one of"),
        ({"max_sweeps": -1}, "max_sweeps must be an integer"),
    ):
        with pytest.raises(ValueError, match=message):
            AssociativeMemory(**wrong).fit(X)


def test_one_class_is_certain():
    model = AssociativeMemoryClassifier().fit([[1, -1]], ["only"])
    assert model.predict_proba([[-1, 1]]).tolist() == [[1.0]]
    assert math.isclose(model.score([[1, 1]], ["only"]), 1.0)
