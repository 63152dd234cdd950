"""Dense associative memories as a transformer and as a classifier."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns
from hebbfast.compat.sklearn.signs import Signed
from hebbfast.dynamics.rules import read_rules
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.networks.dense import DenseAssociativeMemory

__all__ = ["AssociativeMemory", "AssociativeMemoryClassifier"]


class _Recalling(Signed):
    """What both estimators share: how states move."""

    def _memory(self, patterns: PackedPatterns) -> DenseAssociativeMemory:
        """A memory, once it is known that it can recall as it shall."""
        read_rules(patterns.shape[1], update=self.update, order=self.order, temperature=0.0, tie="plus", clamp=None)
        _arguments.whole("max_sweeps", self.max_sweeps, 0)
        return DenseAssociativeMemory(
            patterns, Polynomial(self.degree) if self.interaction is None else self.interaction
        )

    def _recalled(self, cues: NDArray[np.int8]) -> NDArray[np.int8]:
        """Where cues come to rest."""
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        moved = self.memory_.recall(
            cues, update=self.update, order=self.order, max_sweeps=self.max_sweeps, rng=int(seed)
        )
        states: NDArray[np.int8] = moved.states
        return states

    def _nearest(self, X: NDArray[Any]) -> NDArray[np.int64]:
        """The stored patterns nearest to where rows come to rest."""
        index: NDArray[np.int64] = self.memory_.nearest(self._recalled(self._signs(X))).index
        return index[:, 0]


class AssociativeMemory(OneToOneFeatureMixin, TransformerMixin, _Recalling):  # type: ignore[misc]
    """A dense associative memory as a transformer: ``fit`` stores rows, ``transform`` recalls them from damaged ones.

    Parameters
    ----------
    degree : int, default 3
        n of `Polynomial`, the interaction where none is given.
    interaction : Polynomial, RectifiedPolynomial, Exponential or one's own, optional
        F instead; ``degree`` has no effect then.
    threshold : float, default 0.0
        A feature above it is +1, else -1 (as of `sklearn.preprocessing.Binarizer`): 0 suits ±1, 0 and 1, and data
        centred before.
    update : {"async", "sync"}, default "async"
        One unit after another, or all at once.
    order : {"sequential", "random", "replacement"}, default "sequential"
        As in `DenseAssociativeMemory.recall`. In sequential order the result of a row depends on that row alone; in the
        others its draws depend on its place in X, too.
    max_sweeps : int, default 100
        Where a recall stops at the latest.
    random_state : int, RandomState or None, default None
        Of the orders that draw.

    Attributes
    ----------
    memory_ : DenseAssociativeMemory
        The memory; its ``patterns`` are the rows of X, in order.
    n_features_in_ : int
        D.
    feature_names_in_ : ndarray
        Names of the features, where X had some.

    Raises
    ------
    ValueError
        From ``fit``, if a parameter is not as described.

    Examples
    --------
    >>> import hebbfast as hb
    >>> from hebbfast.compat.sklearn import AssociativeMemory
    >>> patterns = hb.random_patterns(50, 200, rng=0)
    >>> memory = AssociativeMemory(degree=3).fit(patterns)
    >>> noisy = hb.corrupt(patterns, flip=0.1, rng=1)
    >>> bool((memory.transform(noisy) == patterns).all()), memory.predict(noisy[:3]).tolist()
    (True, [0, 1, 2])
    """

    def __init__(
        self,
        degree: int = 3,
        *,
        interaction: Interaction | None = None,
        threshold: float = 0.0,
        update: str = "async",
        order: str = "sequential",
        max_sweeps: int = 100,
        random_state: Any = None,
    ) -> None:
        self.degree = degree
        self.interaction = interaction
        self.threshold = threshold
        self.update = update
        self.order = order
        self.max_sweeps = max_sweeps
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "AssociativeMemory":
        """Store the rows of X (K, D) of finite numbers; y has no part in it."""
        self.memory_ = self._memory(PackedPatterns(self._signs(self._read(X))))
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """The states (Q, D) of ±1 where cues, the rows of X, come to rest; floats of 32 bits for such, else of 64."""
        check_is_fitted(self)
        X = self._read(X, reset=False)
        return self._recalled(self._signs(X)).astype(X.dtype)

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Which stored row (Q,) is nearest to where each row of X comes to rest; of equally near ones the first."""
        check_is_fitted(self)
        return self._nearest(self._read(X, reset=False))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class AssociativeMemoryClassifier(ClassifierMixin, _Recalling):  # type: ignore[misc]
    """Classes of rows by a memory of labelled ones: by the posterior of the classes, or by the pattern recalled.

    Parameters
    ----------
    decision : {"posterior", "recall"}, default "posterior"
        The most probable class, if a row comes from a stored one whose units flipped independently; or the class of the
        stored row nearest to where the dynamics ends.
    flip : float, default 0.1
        The probability p in (0, ½) with which a unit flips, for the posterior.
    degree, interaction, threshold, update, order, max_sweeps, random_state
        As of `AssociativeMemory`; all but ``threshold`` matter to recall alone.

    Attributes
    ----------
    classes_ : ndarray
        The labels, in order.
    memory_ : DenseAssociativeMemory
        The memory, whose ``patterns`` are the rows of X class by class.
    labels_ : ndarray
        int64 (K,): the place in ``classes_`` of each of its patterns.
    n_features_in_, feature_names_in_
        As of `AssociativeMemory`.

    Raises
    ------
    ValueError
        From ``fit``, if a parameter is not as described.

    Notes
    -----
    P(c | x) ∝ K_c/K · P(x | c), where P(x | c) is the evidence of the K_c rows of a class: `DenseAssociativeMemory.
    posterior` gives it exactly. It is the kernel estimate of Aitchison and Aitken (1976), Biometrika 63, 413, eq. 2,
    with λ = 1 - p, and becomes the nearest neighbour as p goes to 0.

    Examples
    --------
    >>> import hebbfast as hb
    >>> from hebbfast.compat.sklearn import AssociativeMemoryClassifier
    >>> patterns, labels = hb.random_patterns(50, 200, rng=0), ["even", "odd"] * 25
    >>> model = AssociativeMemoryClassifier(flip=0.2).fit(patterns, labels)
    >>> cues = hb.corrupt(patterns, flip=0.2, rng=1)
    >>> model.score(cues, labels), model.predict_proba(cues[:1]).round(3).tolist()
    (1.0, [[1.0, 0.0]])
    """

    def __init__(
        self,
        decision: str = "posterior",
        *,
        flip: float = 0.1,
        degree: int = 3,
        interaction: Interaction | None = None,
        threshold: float = 0.0,
        update: str = "async",
        order: str = "sequential",
        max_sweeps: int = 100,
        random_state: Any = None,
    ) -> None:
        self.decision = decision
        self.flip = flip
        self.degree = degree
        self.interaction = interaction
        self.threshold = threshold
        self.update = update
        self.order = order
        self.max_sweeps = max_sweeps
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> "AssociativeMemoryClassifier":
        """Store the rows of X (K, D) of finite numbers with their labels y (K,)."""
        _arguments.choice("decision", self.decision, ("posterior", "recall"))
        _arguments.real("flip", self.flip, 0.0, 0.5, ends="()")
        X, y = self._read(X, y=y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        by_class = np.argsort(labels, kind="stable")
        self.memory_, self.labels_ = self._memory(PackedPatterns(self._signs(X[by_class]))), labels[by_class]
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The class (Q,) of each row of X."""
        check_is_fitted(self)
        X = self._read(X, reset=False)
        found = self._log_joint(X).argmax(axis=1) if self.decision == "posterior" else self.labels_[self._nearest(X)]
        return np.asarray(self.classes_[found])

    def _log_joint(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """ln P(x, c), (Q, classes)."""
        signs = self._signs(X)
        bounds = np.searchsorted(self.labels_, np.arange(len(self.classes_) + 1))
        joint = np.empty((len(signs), len(self.classes_)))
        for label, (first, last) in enumerate(pairwise(bounds)):
            of_class = DenseAssociativeMemory(self.memory_.patterns[first:last])
            evidence = of_class.posterior(signs, flip=self.flip, top=1).log_evidence
            joint[:, label] = evidence + np.log((last - first) / len(self.labels_))
        return joint

    @available_if(lambda self: self.decision == "posterior")  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """ln P(c | x), (Q, classes); of the decision "posterior" alone."""
        check_is_fitted(self)
        joint = self._log_joint(self._read(X, reset=False))
        joint -= joint.max(axis=1, keepdims=True)
        return np.asarray(joint - np.log(np.exp(joint).sum(axis=1, keepdims=True)))

    @available_if(lambda self: self.decision == "posterior")  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """P(c | x), (Q, classes); of the decision "posterior" alone."""
        return np.asarray(np.exp(self.predict_log_proba(X)))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True  # the checks' clusters lie in a plane: ±1 leaves four points of it
        return tags
