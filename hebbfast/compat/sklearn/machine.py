"""Restricted Boltzmann machines as a transformer with likelihoods."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from hebbfast import _arguments
from hebbfast.compat.sklearn.signs import Signed
from hebbfast.networks import boltzmann

__all__ = ["BoltzmannMachine"]


class BoltzmannMachine(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Signed):  # type: ignore[misc]
    """A restricted Boltzmann machine: ``fit`` learns the distribution of rows, ``transform`` gives its hidden units.

    Parameters
    ----------
    hidden : int, default 64
        H, the hidden units: the features that come out.
    epochs : int, default 100
        Passes over the rows in ``fit``.
    learning_rate : float, default 0.1
        The first step, above 0; in ``fit`` it falls linearly to 0, in ``partial_fit`` it stays.
    batch : int, default 100
        Rows a step of ``fit``.
    chains, sweeps : int, default 100 and 2
        Chains that stand for the machine, and their Gibbs sweeps a step.
    method : {"persistent", "contrastive", "exact"}, default "persistent"
        As of `hebbfast.BoltzmannMachine.fit`.
    decay : float, default 0.02
        Each step takes rate · decay · J off the couplings.
    threshold : float, default 0.0
        A feature above it is +1, else -1: 0 suits ±1, 0 and 1, and data centred before.
    random_state : int, RandomState or None, default None
        Of the first couplings and of the chains.

    Attributes
    ----------
    machine_ : hebbfast.BoltzmannMachine
        The machine, which samples, completes rows that are known in part, and saves itself.
    n_features_in_ : int
        V, the visible units.
    feature_names_in_ : ndarray
        Names of the features, where X had some.

    Raises
    ------
    ValueError
        From ``fit``, if a parameter is not as described.

    Notes
    -----
    E(v, h) = -v W h - b · v - c · h with units of ±1 (Smolensky 1986). `sklearn.neural_network.BernoulliRBM` has units
    x = (1 + s) / 2 of 0 and 1, and is the same machine with 4 W in place of W. Its ``score_samples`` is a
    pseudo-likelihood of one unit drawn at random; here it is ln p.

    Examples
    --------
    >>> import numpy as np
    >>> from hebbfast.compat.sklearn import BoltzmannMachine
    >>> X = np.repeat([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]], 50, axis=0)
    >>> model = BoltzmannMachine(hidden=4, epochs=300, random_state=0).fit(X)
    >>> model.transform(X).shape
    (100, 4)
    >>> model.score_samples([[1, 1, 1, 0, 0, 0], [1, 0, 1, 0, 1, 0]]) > -2  # nats; ln ½ at best
    array([ True, False])
    """

    def __init__(
        self,
        hidden: int = 64,
        *,
        epochs: int = 100,
        learning_rate: float = 0.1,
        batch: int = 100,
        chains: int = 100,
        sweeps: int = 2,
        method: str = "persistent",
        decay: float = 0.02,
        threshold: float = 0.0,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.batch = batch
        self.chains = chains
        self.sweeps = sweeps
        self.method = method
        self.decay = decay
        self.threshold = threshold
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> "BoltzmannMachine":
        """Learn from the rows of X (K, V) of finite numbers, from the start; y has no part in it."""
        signs = self._signs(self._read(X))
        machine = self._new(signs.shape[1])
        machine.fit(signs, epochs=self.epochs, batch=self.batch, looks=0, **self._ascent())
        self.machine_ = machine
        return self

    def partial_fit(self, X: Any, y: Any = None) -> "BoltzmannMachine":
        """One step with the rows of X (K, V), from where the machine and its chains are; y has no part in it."""
        first = not hasattr(self, "machine_")
        signs = self._signs(self._read(X, reset=first))
        machine = self._new(signs.shape[1]) if first else self.machine_
        machine.partial_fit(signs, **self._ascent())
        self.machine_ = machine
        return self

    def _new(self, visible: int) -> boltzmann.BoltzmannMachine:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        return boltzmann.BoltzmannMachine(visible, _arguments.size("hidden", self.hidden), rng=seed)

    def _ascent(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("learning_rate", "chains", "sweeps", "method", "decay")}

    def transform(self, X: Any) -> NDArray[Any]:
        """P(h_j = +1 | v), (Q, H), of the hidden units beside each row of X; of the dtype of X, if it has floats."""
        check_is_fitted(self)
        X = self._read(X, reset=False)
        visible, couplings, bias = X.shape[1], self.machine_.couplings, self.machine_.bias
        fields = self._signs(X) @ couplings[:visible, visible:] + bias[visible:]
        return ((1 + np.tanh(fields)) / 2).astype(X.dtype)

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """ln p of the rows of X, (Q,), in nats; ln Z is found by the first call after learning, and kept."""
        check_is_fitted(self)
        found: NDArray[np.float64] = self.machine_.score_samples(self._signs(self._read(X, reset=False)))
        return found

    def score(self, X: Any, y: Any = None) -> float:
        """The mean of `score_samples`: searches over parameters maximise it; y has no part in it."""
        return float(self.score_samples(X).mean())

    @property
    def _n_features_out(self) -> int:
        return int(self.machine_.hidden)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
