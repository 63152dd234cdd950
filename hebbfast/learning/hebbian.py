"""Hebbian rules: couplings to which each pattern adds one local term."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels
from hebbfast.bits import PackedPatterns, as_array

__all__ = ["HebbianRule", "activity_product"]

Coefficient = float | Callable[[NDArray[np.float64]], Any]
"""A number, or a function of the (D, D) couplings W that returns a number or an array that broadcasts to (D, D)."""


def activity_product(patterns: ArrayLike | PackedPatterns) -> NDArray[np.int32]:
    """Plain sum of outer products, J_ij = Σ_μ ξ_i ξ_j with J_ii = 0 (Hopfield 1982, eq. 2).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1.

    Returns
    -------
    ndarray
        int32 (D, D), symmetric. There is no factor 1/D: it would only rescale the energy.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.activity_product([[1, -1], [1, 1], [1, 1]]).tolist()
    [[0, 1], [1, 0]]
    """
    return _products(pack_values(patterns, "plus-minus"))


class SignRule(NamedTuple):
    """A rule with constant coefficients, written for ±1: each pattern adds c0 + pre ξ_j + post ξ_i + corr ξ_i ξ_j."""

    c0: float
    pre: float
    post: float
    corr: float


@dataclass(frozen=True)
class HebbianRule:
    """W_ij += c0 + c1_pre x_j + c1_post x_i + c2_pre x_j² + c2_post x_i² + c2_corr x_i x_j per pattern x; W_ii = 0.

    The local learning rule to second order (Gerstner, Kistler, Naud and Paninski 2014, eq. 19.2); i is the receiving
    (post), j the sending unit (pre). Constant coefficients make couplings that are symmetric for all patterns if and
    only if ``c1_pre == c1_post`` for ±1, where squares only add to ``c0``, or ``c1_pre + c2_pre == c1_post + c2_post``
    for {0, 1}, where a square is the number itself.

    Parameters
    ----------
    c0, c1_pre, c1_post, c2_pre, c2_post, c2_corr : float or callable
        Coefficients; the default is the activity product. A callable takes the present couplings W, (D, D) float64
        and not to be written to, and returns a number or an array that broadcasts to (D, D). All of them see the
        couplings from before the pattern.

    Raises
    ------
    ValueError
        If a coefficient is neither a finite number nor callable.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.learning.HebbianRule(c0=1, c2_corr=2).couplings([[1, -1]]).tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    >>> forgetful = hb.learning.HebbianRule(c0=lambda W: -W / 2)
    >>> forgetful.couplings([[1, 1], [1, 1], [1, -1]]).tolist()
    [[0.0, -0.25], [-0.25, 0.0]]
    """

    c0: Coefficient = 0.0
    c1_pre: Coefficient = 0.0
    c1_post: Coefficient = 0.0
    c2_pre: Coefficient = 0.0
    c2_post: Coefficient = 0.0
    c2_corr: Coefficient = 1.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            number = isinstance(value, (int, float, np.number)) and np.isfinite(value)
            if not number and not callable(value):
                raise ValueError(f"{name} must be a finite number or a function of the couplings, got {value!r}")

    @property
    def constant(self) -> bool:
        """Whether all coefficients are numbers: the couplings are then a sum over patterns in any order."""
        return not any(callable(value) for value in vars(self).values())

    def couplings(
        self, patterns: ArrayLike | PackedPatterns, *, values: str = "plus-minus", epochs: int = 1
    ) -> NDArray[np.float64]:
        """Couplings that the rule makes from patterns, beginning with W = 0.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (K, D) of the two values.
        values : {"plus-minus", "zero-one"}
            What x is: ±1, or 0 and 1 (bits of packed patterns are then taken for 0 and 1).
        epochs : int, default 1
            How often the patterns are presented, each time in the order given.

        Returns
        -------
        ndarray
            float64 (D, D) with a zero diagonal. Constant coefficients: a closed form of the sums Σ_μ ξ_i ξ_j and
            Σ_μ ξ_i, exact for integer coefficients. Callables: one pattern after another, D² steps each.

        Raises
        ------
        ValueError
            If an argument is not as described, a callable returns what does not broadcast to (D, D), or the couplings
            leave float64.

        Examples
        --------
        >>> import hebbfast as hb
        >>> rule = hb.learning.HebbianRule(c0=1, c1_pre=-2, c1_post=-2, c2_corr=4)
        >>> rule.couplings([[1, 0, 1]], values="zero-one").tolist()
        [[0.0, -1.0, 1.0], [-1.0, 0.0, -1.0], [1.0, -1.0, 0.0]]
        """
        packed = pack_values(patterns, values)
        if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 1:
            raise ValueError(f"epochs must be an integer of at least 1, got {epochs!r}")
        if not self.constant:
            return self._presented(packed, values, int(epochs))
        rule, sums = self.for_signs(values), unit_sums(packed)
        made: NDArray[np.float64] = np.asarray(rule.corr * _products(packed) + rule.c0 * len(packed), dtype=np.float64)
        made += rule.pre * sums[None, :]
        made += rule.post * sums[:, None]
        np.fill_diagonal(made, 0.0)
        return int(epochs) * made

    def for_signs(self, values: str = "plus-minus") -> SignRule:
        """The same rule for patterns ξ of ±1, x = ξ or x = (1 + ξ) / 2, its squares folded into the other terms.

        Raises
        ------
        ValueError
            If a coefficient is a function of the couplings.
        """
        if not self.constant:
            names = ", ".join(name for name, value in vars(self).items() if callable(value))
            raise ValueError(f"rule must have constant coefficients here, got functions of the couplings: {names}")
        c0, pre, post, pre2, post2, corr = (float(value) for value in cast(Any, vars(self).values()))
        if read_values(values) == "plus-minus":  # x² = 1
            return SignRule(c0 + pre2 + post2, pre, post, corr)
        pre, post = pre + pre2, post + post2  # x² = x
        return SignRule(c0 + (pre + post) / 2 + corr / 4, pre / 2 + corr / 4, post / 2 + corr / 4, corr / 4)

    def _presented(self, packed: PackedPatterns, values: str, epochs: int) -> NDArray[np.float64]:
        units = packed.shape[1]
        made = np.zeros((units, units))
        seen = made.view()
        seen.flags.writeable = False
        for index in np.tile(np.arange(len(packed)), epochs):
            x = packed[int(index)].astype(np.float64)
            x = (x + 1) / 2 if values == "zero-one" else x
            pre, post = x[None, :], x[:, None]
            terms = {
                "c0": 1.0, "c1_pre": pre, "c1_post": post, "c2_pre": pre**2, "c2_post": post**2, "c2_corr": post * pre,
            }  # fmt: skip
            made += sum(self._evaluated(name, seen) * term for name, term in terms.items() if getattr(self, name) != 0)
            np.fill_diagonal(made, 0.0)
            if not np.isfinite(made).all():
                raise ValueError(f"rule must keep the couplings finite, but pattern {index} made them leave float64")
        return made

    def _evaluated(self, name: str, couplings: NDArray[np.float64]) -> Any:
        coefficient = getattr(self, name)
        if not callable(coefficient):
            return coefficient
        value = np.asarray(coefficient(couplings))
        fits = value.ndim <= 2 and all(a in (1, b) for a, b in zip(value.shape[::-1], couplings.shape, strict=False))
        if value.dtype.kind not in "biuf" or not fits:
            raise ValueError(
                f"{name} must return numbers that broadcast to {couplings.shape}, got {value.dtype} of {value.shape}"
            )
        return value


def read_values(values: str) -> str:
    """Raise unless ``values`` is a kind of patterns."""
    if values not in ("plus-minus", "zero-one"):
        raise ValueError(f"values must be 'plus-minus' or 'zero-one', got {values!r}")
    return values


def pack_values(patterns: Any, values: str, name: str = "patterns") -> PackedPatterns:
    """Pack (K, D) patterns of ±1, or of 0 and 1."""
    return patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(as_signs(patterns, values, name))


def as_signs(patterns: Any, values: str, name: str) -> NDArray[Any]:
    """An array of ±1 as it is, one of 0 and 1 as bools."""
    array = as_array(patterns, name)
    if read_values(values) == "plus-minus" or array.dtype == bool:
        return array
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        where = [int(j) for j in np.argwhere(wrong)[0]]
        raise ValueError(f"{name} must hold 0 and 1 only, got {array[tuple(where)]} at {where}")
    return np.asarray(array == 1)


def unit_sums(packed: PackedPatterns) -> NDArray[np.int64]:
    """Σ_μ ξ_i^μ for each unit."""
    ones = np.bitwise_count(packed.columns()).sum(axis=1, dtype=np.int64)
    sums: NDArray[np.int64] = 2 * ones - len(packed)
    return sums


def _products(packed: PackedPatterns) -> NDArray[np.int32]:
    """Correlations of units are overlaps of columns, of which each has K bits."""
    columns = packed.columns()
    made = np.empty((len(columns), len(columns)), dtype=np.int32)
    for first in range(0, len(columns), 256):
        _kernels.overlaps(columns, columns[first : first + 256], len(packed), made[first : first + 256])
    np.fill_diagonal(made, 0)
    return made
