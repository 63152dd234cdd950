"""hopfieldkit's network with weights by the symmetric perceptron rule."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast.bits import PackedPatterns
from hebbfast.compat._weights import Weights
from hebbfast.compat.hopfieldkit.base import Recalling, read_patterns
from hebbfast.networks._network import Network
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["PerceptronHopfieldNetwork"]


class PerceptronHopfieldNetwork(Recalling):
    """A network with symmetric weights by the perceptron rule (Diederich and Opper 1987; Gardner 1988).

    Parameters
    ----------
    n_units : int
        N.
    kappa : float
        The margin that each ξ_i h_i must exceed.
    learning_rate : float
        A step is learning_rate / N.

    Attributes
    ----------
    converged : bool
        Whether an epoch passed without a step.
    n_epochs_run : int
        Epochs, that one included.

    Notes
    -----
    Weights are counts of steps times their size, and the counts are exact; hopfieldkit adds sizes in float64, and
    differs where a margin is met exactly and learning_rate / N is no power of two.

    Examples
    --------
    >>> network = PerceptronHopfieldNetwork(4).fit([[1, 1, -1, -1]], seed=0)
    >>> network.converged, network.recall([1, 1, 1, -1], seed=1).tolist()
    (True, [1.0, 1.0, -1.0, -1.0])
    """

    def __init__(self, n_units: int, kappa: float = 0.0, learning_rate: float = 1.0) -> None:
        super().__init__(n_units)
        self.kappa, self.learning_rate = kappa, learning_rate
        self.converged, self.n_epochs_run = False, 0

    def fit(self, patterns: ArrayLike, max_epochs: int = 500, seed: Any = None) -> "PerceptronHopfieldNetwork":
        """Learn patterns from zero weights.

        Where a pattern leaves units with ξ_i h_i ≤ kappa, the couplings of these units to all others take the step
        ξ_i ξ_j learning_rate / N, in both directions.

        Parameters
        ----------
        patterns : array_like
            (K, N) numbers.
        max_epochs : int
            Passes over the patterns, at most.
        seed : seed or Generator, optional
            For their order in each pass.

        Returns
        -------
        PerceptronHopfieldNetwork
            Itself.

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        rows, step = read_patterns(patterns, self.n_units), self.learning_rate / self.n_units
        counts = np.zeros((self.n_units, self.n_units))  # integers, for ±1
        rng, epochs, learned = np.random.default_rng(seed), 0, False
        while epochs < max_epochs and not learned:
            epochs, learned = epochs + 1, True
            for mu in rng.permutation(len(rows)):
                row = rows[mu]
                short = np.flatnonzero(row * (counts @ row) * step <= self.kappa)
                if len(short) == 0:
                    continue
                learned = False
                change = np.outer(row[short], row)
                counts[short] += change
                counts[:, short] += change.T
                counts[np.ix_(short, short)] -= change[:, short]  # counted twice
                counts[short, short] = 0.0
        self.converged, self.n_epochs_run = learned, max(1, epochs)
        self._weights = _Counted(counts, step)
        return self


class _Counted(Weights):
    """W = counts · step."""

    def __init__(self, counts: NDArray[np.float64], step: float) -> None:
        self._shown = self._made = None
        self._couplings, self._step = HopfieldNetwork(counts), step

    def _make(self) -> NDArray[Any]:
        made: NDArray[Any] = self._couplings.couplings * self._step
        return made

    @property
    def _network(self) -> Network | None:
        return self._couplings if self._step > 0 else None

    def energy(self, states: NDArray[np.int8] | PackedPatterns) -> Any:
        return self._couplings.energy(states) * self._step
