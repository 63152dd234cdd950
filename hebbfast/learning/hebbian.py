"""Hebbian rules: couplings to which each pattern adds one local term."""

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._work.pieces import VISITS, pieces
from hebbfast._work.threads import over, thread_count
from hebbfast.bits import PackedPatterns, as_array
from hebbfast.learning._exact import WHOLE, faded, fraction, on_one_step
from hebbfast.learning.record import room

__all__ = ["HebbianRule", "activity_product"]

_BLOCK = 1 << 12  # patterns that are transposed together, at least
_MIRRORED = 1 << 14  # patterns from which it pays to count one half of the correlations and copy the other
_ROWS = 64  # units whose correlations are counted together, at least
_SHARED = 1 << 26  # words compared from which a second thread pays: 10 ms
VALUES = ("plus-minus", "zero-one")
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

    Notes
    -----
    Where it takes long, the threads that HEBBFAST_NUM_THREADS allows share it.

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
class Proportional:
    """W ↦ factor · W, a coefficient."""

    factor: float

    def __call__(self, W: NDArray[np.float64]) -> NDArray[np.float64]:
        return self.factor * W


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
        couplings from before the pattern. A rule can be sent to other processes if its callables can (no lambdas).

    Raises
    ------
    ValueError
        If a coefficient is neither a finite number nor callable.

    Notes
    -----
    Constant coefficients mean the simplest fraction that has the same double, 3/10 for 0.3. While their common
    denominator leaves room in a double, couplings are whole multiples of one step, so that every tie of fields is
    exact; unless that denominator is a power of two, all couplings are multiplied by one factor for it, near 1 as
    `storkey` says. So are those of `decay` and `oja`, what is left of each pattern being rounded once where it takes
    too many digits. Other callables work in float64, where rounding may decide ties.

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
        for name, value in list(vars(self).items()):
            if not callable(value):
                object.__setattr__(self, name, _coefficient(name, value))

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
            Σ_μ ξ_i, exact for whole coefficients and their halves. Callables: one pattern after another, D² steps each.

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
        epochs = _arguments.whole("epochs", epochs, 1)
        if not self.constant:
            fading = self._fading() if values == "plus-minus" else None
            return faded(packed.unpack(), *fading, epochs) if fading else self._presented(packed, values, epochs)
        c0, pre, post, corr = (epochs * coefficient for coefficient in self._folded(values))
        one = math.lcm(*(x.denominator for x in (c0, pre, post, corr)))
        if one * len(packed) * (abs(c0) + abs(pre) + abs(post) + abs(corr)) < WHOLE:
            made = _summed(packed, *(int(one * x) for x in (c0, pre, post, corr)), dtype=np.int64)
            stepped = on_one_step(made, one)
            if stepped is not None:
                return stepped
        summed = _summed(packed, *map(_double, (c0, pre, post, corr)), dtype=np.float64)
        if not np.isfinite(summed).all():
            raise ValueError("rule must keep the couplings finite, but these patterns made them leave float64")
        return summed

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
        return SignRule(*map(_double, self._folded(values)))

    def _folded(self, values: str) -> tuple[Fraction, Fraction, Fraction, Fraction]:
        c0, pre, post, pre2, post2, corr = (fraction(value) for value in cast(Any, vars(self).values()))
        if _arguments.choice("values", values, VALUES) == "plus-minus":  # x² = 1
            return c0 + pre2 + post2, pre, post, corr
        pre, post = pre + pre2, post + post2  # x² = x
        return c0 + (pre + post) / 2 + corr / 4, pre / 2 + corr / 4, post / 2 + corr / 4, corr / 4

    def _fading(self) -> tuple[Fraction, Fraction] | None:
        """What is left of W with each pattern of ±1, and what it adds to ξ_i ξ_j, where that is all the rule does."""
        keep, squares = Fraction(1), ("c0", "c2_pre", "c2_post")
        for name, value in vars(self).items():
            if isinstance(value, Proportional) and name in squares:
                keep += fraction(value.factor)
            elif callable(value) or (name != "c2_corr" and value != 0):
                return None
        return (keep, fraction(cast(float, self.c2_corr))) if 0 <= keep <= 1 else None

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


def _coefficient(name: str, value: Any) -> float:
    try:
        number = _arguments.real(name, value)
    except ValueError:
        wanted = "a finite number or a function of the couplings"
        raise ValueError(f"{name} must be {wanted}, got {_arguments.shown(value)}") from None
    return value if type(value) is int else number


def pack_values(patterns: Any, values: str, name: str = "patterns") -> PackedPatterns:
    """Pack (K, D) patterns of ±1, or of 0 and 1."""
    return patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(as_signs(patterns, values, name))


def as_signs(patterns: Any, values: str, name: str) -> NDArray[Any]:
    """An array of ±1 as it is, one of 0 and 1 as bools."""
    _arguments.choice("values", values, VALUES)
    array = as_array(patterns, name)
    if values == "plus-minus" or array.dtype == bool:
        return array
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        where = [int(j) for j in np.argwhere(wrong)[0]]
        raise ValueError(f"{name} must hold 0 and 1 only, got {array[tuple(where)]} at {where}")
    return np.asarray(array == 1)


def unit_sums(packed: PackedPatterns) -> NDArray[np.int64]:
    """Σ_μ ξ_i^μ for each unit."""
    ones = sum(np.bitwise_count(columns).sum(axis=1, dtype=np.int64) for columns, _ in _blocks(packed))
    sums: NDArray[np.int64] = 2 * ones - len(packed)
    return sums


def _blocks(packed: PackedPatterns) -> Iterator[tuple[NDArray[np.uint64], int]]:
    """The patterns transposed, so many at a time that two blocks take little room, and how many they are."""
    units = packed.shape[1]
    for part in pieces(-(-len(packed) // _BLOCK), bytes_each=_BLOCK * units // 4):
        some = packed[_BLOCK * part.start : _BLOCK * part.stop]
        yield some.columns(), len(some)


def _double(x: Fraction) -> float:
    """The nearest double, infinite where there is none."""
    try:
        return float(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def _summed(packed: PackedPatterns, c0: Any, pre: Any, post: Any, corr: Any, *, dtype: Any) -> NDArray[Any]:
    """Σ_μ (c0 + pre ξ_j + post ξ_i + corr ξ_i ξ_j) without its diagonal."""
    sums, products = unit_sums(packed), _products(packed)
    made = room(len(products), dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in pieces(len(made), len(made), 32 * len(made)):
            made[part] = products[part].astype(dtype) * corr + (c0 * len(packed) + pre * sums + post * sums[part, None])
    np.fill_diagonal(made, 0)
    return made


def _products(packed: PackedPatterns) -> NDArray[np.int32]:
    """Correlations of units are overlaps of columns, of which each has K bits; of many patterns half is counted."""
    units, half = packed.shape[1], len(packed) >= _MIRRORED
    made = room(units, np.int32, np.empty)
    for number, (columns, count) in enumerate(_blocks(packed)):
        most = min(VISITS, columns.size * max(_ROWS, units // 8))
        workers = thread_count(None) if columns.size * units >= _SHARED else 1
        add = partial(_add_products, made, columns, count, number > 0, half)
        over(add, pieces(units, columns.size, 4 * units, visits=most), workers)
    for rows in pieces(units, visits=_ROWS, visits_each=1) if half else ():  # what lies above the diagonal is true
        above = np.triu(made[rows, rows], 1)
        made[rows, rows] = above + above.T
        made[rows.stop :, rows] = made[rows, rows.stop :].T
    np.fill_diagonal(made, 0)
    return made


def _add_products(
    made: NDArray[np.int32], columns: NDArray[np.uint64], count: int, more: bool, half: bool, rows: slice,
    stop: threading.Event,
) -> None:  # fmt: skip
    """Some rows of the correlations of a block; of each half what lies right of the first row's diagonal."""
    if stop.is_set():
        return
    first = rows.start if half else 0
    place = made[rows, first:]
    found = np.empty(place.shape, dtype=np.int32) if more or half else place
    _kernels.overlaps(columns[first:], columns[rows], count, found)
    if more:
        place += found
    elif half:
        place[...] = found
