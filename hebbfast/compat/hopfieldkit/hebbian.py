"""hopfieldkit's network with Hebb's weights."""

from numpy.typing import ArrayLike

from hebbfast.compat._weights import hebbian
from hebbfast.compat.hopfieldkit.base import Recalling, read_patterns

__all__ = ["HopfieldNetwork"]


class HopfieldNetwork(Recalling):
    """A network with Hebb's weights Σ_μ ξ^μ ξ^μᵀ / N, zero before `fit`.

    Parameters
    ----------
    n_units : int
        N.

    Attributes
    ----------
    n_units : int
        N.
    weights : ndarray
        (N, N) float64.

    Examples
    --------
    >>> network = HopfieldNetwork(4).fit([[1, 1, -1, -1]])
    >>> network.recall([1, 1, 1, -1], seed=0).tolist()
    [1.0, 1.0, -1.0, -1.0]
    """

    def fit(self, patterns: ArrayLike) -> "HopfieldNetwork":
        """Store patterns in place of what was stored.

        Parameters
        ----------
        patterns : array_like
            (K, N) numbers; those of ±1 are kept as bits.

        Returns
        -------
        HopfieldNetwork
            Itself.

        Raises
        ------
        ValueError
            If the shape is another one.
        """
        self._weights = hebbian(read_patterns(patterns, self.n_units))
        return self
