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
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import BernoulliRBM
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Binarizer
from sklearn.utils.estimator_checks import check_estimator

from hebbfast.compat.sklearn import AssociativeMemory, AssociativeMemoryClassifier, BoltzmannMachine


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "estimator",
    [
        AssociativeMemory(),
        AssociativeMemory(update="sync", interaction=hb.Exponential(0.1)),
        AssociativeMemoryClassifier(),
        AssociativeMemoryClassifier("recall", order="random", random_state=0),
        BoltzmannMachine(),
        BoltzmannMachine(3, method="contrastive", epochs=5),
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


BARS = np.repeat([[1, 1, 0, 0, 1], [0, 0, 1, 1, 0], [1, 0, 1, 0, 0]], 20, axis=0).astype(float)


def test_a_machine_has_the_probabilities_of_enumeration():
    """All 2^5 · 2^3 states: p(v) and P(h = +1 | v) as sums of exp(-E), E(v, h) = -v W h - b·v - c·h."""
    model = BoltzmannMachine(3, epochs=50, random_state=0).fit(BARS)
    J, bias = model.machine_.couplings, model.machine_.bias
    assert np.abs(J).max() > 0.2  # it has learned
    states = np.array(list(itertools.product((-1, 1), repeat=8)))
    weights = np.exp([state @ J @ state / 2 + bias @ state for state in states]).reshape(32, 8)
    visible, hidden = states[::8, :5], states[:8, 5:]
    np.testing.assert_allclose(model.score_samples(visible), np.log(weights.sum(axis=1) / weights.sum()), rtol=1e-10)
    expected = weights @ (hidden > 0) / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.transform(visible), expected, rtol=1e-10)
    assert model.score(visible) == pytest.approx(np.log(weights.sum(axis=1) / weights.sum()).mean())
    assert model.get_feature_names_out().tolist() == [f"boltzmannmachine{j}" for j in range(3)]


def test_a_machine_is_that_of_scikit_learn_in_other_units():
    """Its own formulas with x = (1 + s) / 2: 4 W, 2 c - 2 Σ_i W_ij, 2 b - 2 Σ_j W_ij; free energies up to ln Z."""
    model = BoltzmannMachine(4, epochs=30, random_state=1).fit(BARS)
    W, bias = model.machine_.couplings[:5, 5:], model.machine_.bias
    peer = BernoulliRBM(4, n_iter=1).fit(BARS)
    peer.components_, peer.intercept_hidden_ = 4 * W.T, 2 * bias[5:] - 2 * W.sum(axis=0)
    peer.intercept_visible_ = 2 * bias[:5] - 2 * W.sum(axis=1)
    rows = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    np.testing.assert_allclose(model.transform(rows), peer.transform(rows), rtol=1e-10)
    scores, free = model.score_samples(rows), peer._free_energy(rows)
    np.testing.assert_allclose(scores - scores[0], free[0] - free, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["persistent", "contrastive", "exact"])
def test_a_machine_learns_as_the_one_it_holds(method):
    options = {"epochs": 7, "learning_rate": 0.05, "chains": 30, "sweeps": 3, "decay": 0.01, "method": method}
    model = BoltzmannMachine(3, batch=25, random_state=5, **options).fit(BARS)
    expected = hb.BoltzmannMachine(5, 3, rng=int(np.random.RandomState(5).randint(2**31 - 1)))
    expected.fit(2 * BARS - 1, batch=25, **options)
    np.testing.assert_array_equal(model.machine_.couplings, expected.couplings)
    np.testing.assert_array_equal(model.fit(BARS).machine_.bias, expected.bias)  # from the start


def test_a_machine_goes_on_step_by_step():
    """500 steps find bars that no machine of independent units can: exact ln p, before and after."""
    model, independent = BoltzmannMachine(6, learning_rate=0.05, random_state=0), 0.0
    for share in BARS.mean(axis=0):
        independent += share * math.log(share) + (1 - share) * math.log1p(-share)
    first = model.partial_fit(BARS).score(BARS)
    assert first == pytest.approx(independent, abs=0.2)
    for _ in range(499):
        model.partial_fit(BARS)
    assert model.score(BARS) > independent + 1  # ln ⅓ = -1.1 at best, against -3.3
    with pytest.raises(ValueError, match="features"):
        model.partial_fit(BARS[:, :3])


def test_a_machine_in_a_pipeline(digits):
    """Features of 30 units read digits: measured 0.92; the binomial standard error at 597 digits is 0.01."""
    train, test, labels, truth = digits
    pipeline = make_pipeline(
        BoltzmannMachine(30, epochs=60, threshold=7, random_state=0), LogisticRegression(max_iter=1000)
    )
    pipeline.fit(train, labels)
    assert pipeline.score(test, truth) > 0.85
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict(test), pipeline.predict(test))
    machine, copy = pipeline[0], again[0]
    assert copy.score(test[:50]) == machine.score(test[:50])  # annealed, by the same draws
    search = GridSearchCV(BoltzmannMachine(random_state=0, epochs=20), {"hidden": [1, 4]}, cv=2).fit(BARS)
    assert search.best_params_ == {"hidden": 4}


def test_wrong_parameters_of_a_machine():
    with pytest.raises(NotFittedError):
        BoltzmannMachine().transform(BARS)
    for wrong, message in (
        ({"hidden": 0}, "hidden must be an integer from 1 to 2147483647, got 0"),
        ({"epochs": 0}, "epochs must be an integer of at least 1, got 0"),
        ({"learning_rate": 0.0}, "learning_rate must be a finite number above 0"),
        ({"method": "mean field"}, "method must be one of"),
        ({"threshold": "mean"}, "threshold must be a finite number"),
        ({"decay": -1.0}, "decay must be a finite number of at least 0"),
    ):
        model = BoltzmannMachine(**wrong)
        with pytest.raises(ValueError, match=message):
            model.fit(BARS)
        assert not hasattr(model, "machine_")
