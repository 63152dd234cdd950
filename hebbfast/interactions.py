"""Interactions F of the energy E(σ) = -Σ_μ F(m_μ), and the weights that the kernels draw from them.

Write S = m - ξ_i σ_i for the overlap without unit i. The field of unit i is
h_i = ½ Σ_μ [F(S + ξ_i) - F(S - ξ_i)], the difference rule of Krotov and Hopfield (2016, eq. 4).
For polynomials 2 n h_i = Σ_μ ξ_i G(S) with the integer G(S) = (S + 1)ⁿ - (S - 1)ⁿ, and S depends only on
how many of the other units agree with the pattern. So an interaction is a table of G over that number, and anything
that gives one is an interaction (`Interaction`).
"""

import functools
import math
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._exp import exp
from hebbfast._records import Sent

__all__ = ["Exponential", "Interaction", "LogSumExp", "Polynomial", "RectifiedPolynomial", "Weights", "read_weights"]


class Interaction(Protocol):
    """What every network takes for F: the classes of this module, or a class of one's own.

    ``weights(units, patterns)`` gives G(S) = c [F(S + 1) - F(S - 1)], with any constant c > 0 (often one that makes
    it whole), for the D numbers a = 0 .. D - 1 of other units that agree with a pattern: S = 2 a - (D - 1). Integers
    are used as they are, so that every sign is exact; floats are rounded to multiples of one power of two, about
    62 - log2(K) bits of the largest, and their sums are exact from there on. ``__call__(overlap)`` gives F of an array.

    Examples
    --------
    >>> import numpy as np
    >>> import hebbfast as hb
    >>> class Cubic:
    ...     def __call__(self, overlap):
    ...         return np.asarray(overlap, dtype=np.float64) ** 3 / 3
    ...     def weights(self, units, patterns):
    ...         s = np.arange(1 - units, units, 2)
    ...         return (s + 1) ** 3 - (s - 1) ** 3
    >>> patterns = hb.random_patterns(20, 100, rng=0)
    >>> cue = hb.corrupt(patterns[0], flips=20, rng=1)
    >>> own = hb.DenseAssociativeMemory(patterns, Cubic()).recall(cue, rng=2)
    >>> bool((own.states == hb.DenseAssociativeMemory(patterns, hb.Polynomial(3)).recall(cue, rng=2).states).all())
    True
    """

    def weights(self, units: int, patterns: int) -> "Weights | ArrayLike":
        """G for ``units`` (D) and ``patterns`` (K)."""
        ...

    def __call__(self, overlap: ArrayLike) -> Any:
        """F of overlaps."""
        ...


@dataclass(frozen=True, eq=False)
class Weights(Sent):
    """An interaction for D units and K patterns, as the kernels take it.

    ``gain[a + 1]`` is G where ``a`` of the other D - 1 units agree with the pattern, for a = -1 .. D (the ends never
    decide), as integers if every sum of K of them fits int64. Otherwise ``gain_float`` has them rounded, a sum within
    ``filter_error`` times its magnitude is undecided, and exact integers of ``limbs`` pieces of 32 bits decide.

    ``power`` > 0 or ``relative``: G has the shape of a power or of an exponential, on which leaders and planes rely; a
    table of unknown shape is summed as it is. ``logarithmic``: E is -1 / beta times the logarithm of a relative sum.
    Pattern μ counts ``multitude[μ]`` times, once if None; ``bias[i]`` is added to N_i.
    """

    gain: NDArray[np.int64] | None = None
    gain_float: NDArray[np.float64] | None = None
    power_table: NDArray[np.int64] | None = None
    energy_table: NDArray[np.float64] | None = None
    filter_error: float = 0.0
    limbs: int = 0
    power: int = 0
    rectified: bool = False
    divisor: float = 1.0
    energy_divisor: float = 1.0
    relative: bool = False
    beta: float = 0.0
    unit: float = 0.0
    shift: int = 0
    logarithmic: bool = False
    multitude: NDArray[np.int64] | None = None
    bias: NDArray[np.int64] | None = None


def read_interaction(interaction: Interaction) -> Interaction:
    """An interaction as it came; TypeError if it is none."""
    if isinstance(interaction, type) or not (callable(interaction) and hasattr(interaction, "weights")):
        raise TypeError(
            "interaction must be Polynomial, RectifiedPolynomial, Exponential, LogSumExp or an object with "
            f"weights(units, patterns) and __call__(overlap), got {_arguments.shown(interaction)}"
        )
    return interaction


def read_weights(interaction: Interaction, units: int, patterns: int) -> Weights:
    """The weights of any interaction for D units and K patterns.

    Raises
    ------
    TypeError
        If it is not an interaction.
    ValueError
        If its table is not as `Interaction` describes.
    """
    if type(interaction) in _KEPT and units <= _SMALL:
        return _kept_weights(cast(Hashable, interaction), units, patterns)
    found = read_interaction(interaction).weights(units, patterns)
    return found if isinstance(found, Weights) else _table_weights(interaction, found, units, patterns)


@functools.lru_cache(64)  # half of the time of making a small memory; those kept here are equal by value
def _kept_weights(interaction: Any, units: int, patterns: int) -> Weights:
    found = interaction.weights(units, patterns)
    assert isinstance(found, Weights)
    for table in vars(found).values():
        if isinstance(table, np.ndarray):
            table.flags.writeable = False
    return found


def _table_weights(interaction: Interaction, values: Any, units: int, patterns: int) -> Weights:
    """Weights of a table that says nothing of its shape."""
    who = type(interaction).__name__
    name = f"weights of {who}"
    table = _arguments.real_array(name, values)
    if table.shape not in ((units,), (units + 2,)):
        raise ValueError(f"{name} must have shape ({units},) for D={units}, got shape {table.shape}")
    table = table[1:-1] if len(table) == units + 2 else table
    overlaps = np.arange(-units, units + 1, 2)
    energies = np.array(_arguments.real_array(f"{who} of overlaps", interaction(overlaps)), dtype=np.float64)
    if energies.shape != overlaps.shape:
        raise ValueError(f"{who} must give one value an overlap, got shape {energies.shape}")
    if not np.isfinite(patterns * np.abs(energies).max()):
        raise ValueError(f"{who} must keep the energy of K={patterns} patterns within float64")
    largest = float(np.abs(table.astype(np.float64)).max())
    gain = np.zeros(units + 2, dtype=np.int64)
    bits, shift = math.frexp(2.0 * patterns * largest)[1], 0
    if table.dtype.kind in "iu":
        if bits > 62:
            raise ValueError(f"{name} must keep sums of {patterns} integers within int64, got up to {largest:.3g}")
        gain[1:-1] = table
    else:
        if not (largest == 0 or 1e-200 < largest < 1e200):
            raise ValueError(f"{name} must lie between 1e-200 and 1e200 in size, got up to {largest:.3g}")
        shift = 62 - bits
        gain[1:-1] = np.rint(np.ldexp(table.astype(np.float64), shift))
    constant = _constant(table.astype(np.float64), np.diff(energies), name)
    return Weights(gain=gain, energy_table=energies, divisor=math.ldexp(2.0 * constant, shift))


def _constant(table: NDArray[np.float64], differences: NDArray[np.float64], name: str) -> float:
    """c of G(S) = c [F(S + 1) - F(S - 1)]: fields and temperatures have the scale of F."""
    largest = float(np.abs(differences).max())
    if largest == 0 or not table.any():
        constant = 1.0
    else:
        scaled = differences / largest
        constant = float(table @ scaled) / float(scaled @ scaled) / largest
        if constant > 0.5 and abs(constant - round(constant)) < 1e-9 * constant:
            constant = float(round(constant))
    if not constant > 0 or np.abs(table - constant * differences).max() > 1e-6 * np.abs(table).max():
        raise ValueError(f"{name} must be a positive multiple of F(S + 1) - F(S - 1), S = 1 - D, 3 - D, ..., D - 1")
    return constant


@dataclass(frozen=True)
class Polynomial:
    """F(x) = xⁿ / n.

    Parameters
    ----------
    degree : int
        The order n ≥ 2; n = 2 is the classical Hopfield network (Hopfield 1982) without its couplings matrix.
    normalized : bool, default False
        F(x) = D (x / D)ⁿ / n, the scale in which temperatures are quoted in the literature (n = 2: J = ΞᵀΞ / D).

    Raises
    ------
    ValueError
        If ``degree`` is not an integer of at least 2.

    Notes
    -----
    Krotov and Hopfield (2016), "Dense associative memory for pattern recognition", eq. 2. At temperature zero
    each decision has the sign of the exact integer field, for any degree, D and K.

    Examples
    --------
    >>> import hebbfast as hb
    >>> float(hb.Polynomial(3)(2.0))
    2.6666666666666665
    """

    degree: int
    normalized: bool = False

    rectified = False  # not a field: the subclass differs in this alone

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", _arguments.whole("degree", self.degree, 2))
        object.__setattr__(self, "normalized", _arguments.flag("normalized", self.normalized))

    def __call__(self, overlap: ArrayLike, units: int | None = None) -> NDArray[np.float64]:
        """F of overlaps; ``units`` (D) is needed when the interaction is normalized."""
        x = _arguments.real_array("overlap", overlap).astype(np.float64)
        x = np.maximum(x, 0.0) if self.rectified else x
        if not self.normalized:
            return x**self.degree / self.degree
        if units is None:
            raise ValueError("units must be given, because F of a normalized interaction depends on D; got None")
        return units * (x / units) ** self.degree / self.degree

    def weights(self, units: int, patterns: int) -> Weights:
        """The tables for ``units`` (D) and ``patterns`` (K)."""
        n = self.degree
        if n * math.log2(units + 2) + math.log2(patterns) > 1016:
            raise ValueError(
                f"degree must keep the energy K * D**degree below 2**1016 (float64), got {n}, D={units}, K={patterns}"
            )
        largest_power, largest_gain = units**n, (units + 2) ** n - units**n
        fits = 2 * patterns * largest_gain < 2**63
        power_fits = patterns * largest_power < 2**63
        scale = units ** (n - 1) if self.normalized else 1
        return Weights(
            gain=self._gain(units) if fits else None,
            gain_float=None if fits else self._gain_float(units),
            power_table=self._powers(np.arange(-units, units + 1, 2)) if power_fits else None,
            # Three sums of K terms and a table of relative error (2 n + 4) u, each bounded with room to spare.
            filter_error=(4 * patterns + 8 * n + 64) * 2.0**-53,
            limbs=0 if fits and power_fits else ((units + 2) ** n).bit_length() // 32 + 1,
            power=n,
            rectified=self.rectified,
            divisor=float(2 * n * scale),
            energy_divisor=float(n * scale),
        )

    def _powers(self, x: NDArray[np.int64]) -> NDArray[np.int64]:
        """xⁿ modulo 2^64, which is enough where a difference of powers fits."""
        return (np.maximum(x, 0) if self.rectified else x) ** self.degree

    def _gain(self, units: int) -> NDArray[np.int64]:
        s = np.arange(-units - 1, units + 2, 2)
        return self._powers(s + 1) - self._powers(s - 1)

    def _gain_float(self, units: int) -> NDArray[np.float64]:
        """G(S) = 2 Σ_{j odd} C(n, j) S^(n-j): terms of one sign, so that no digits cancel."""
        n, s = self.degree, np.arange(-units - 1, units + 2, 2, dtype=np.float64)
        square, gain = s * s, np.zeros_like(s)
        for j in range(1, n + 1, 2):
            gain = gain * square + float(2 * math.comb(n, j))
        gain = gain if n % 2 else gain * s
        return np.where(s > 0, gain, np.where(s == 0, 1.0, 0.0)) if self.rectified else gain


@dataclass(frozen=True)
class RectifiedPolynomial(Polynomial):
    """F(x) = max(x, 0)ⁿ / n: only patterns on the state's side count (Krotov and Hopfield 2016, section 3).

    Parameters
    ----------
    degree : int
        The order n ≥ 2.
    normalized : bool, default False
        F(x) = D max(x / D, 0)ⁿ / n.

    Raises
    ------
    ValueError
        If ``degree`` is not an integer of at least 2.

    Examples
    --------
    >>> import hebbfast as hb
    >>> float(hb.RectifiedPolynomial(2)(-3.0))
    0.0
    """

    rectified = True


@dataclass(frozen=True)
class Exponential:
    """F(x) = exp(beta x), of exponential capacity (Demircigil et al. 2017, eq. 7).

    Parameters
    ----------
    beta : float
        Inverse width, positive; exp(beta D) times K must be finite in float64, or building the memory raises.

    Raises
    ------
    ValueError
        If ``beta`` is not a finite positive number.

    Notes
    -----
    The field has a fixed-point meaning, the same on every machine: h_i = sinh(beta) Σ_μ ξ_i exp(beta S_μ), where
    each weight exp(beta (S_μ - max m - 1)) is rounded to a multiple of 2^-s, s = min(52, 62 - bit length of K).
    Patterns far below the best one vanish, and the sum itself is exact. A tie is a sum of exactly zero.

    Examples
    --------
    >>> import hebbfast as hb
    >>> float(hb.Exponential(0.5)(0.0))
    1.0
    """

    beta: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "beta", _arguments.real("beta", self.beta, 0.0, ends="()"))

    def __call__(self, overlap: ArrayLike, units: int | None = None) -> NDArray[np.float64]:
        """F of overlaps; ``units`` is not used."""
        return np.asarray(np.exp(self.beta * _arguments.real_array("overlap", overlap).astype(np.float64)))

    def weights(self, units: int, patterns: int) -> Weights:
        """The tables for ``units`` (D) and ``patterns`` (K)."""
        largest = (700 - math.log(patterns)) / (units + 2)  # sums, and what one is worth in them
        if self.beta > largest:
            raise ValueError(
                f"beta must be at most {largest:.6g} for D={units}, K={patterns}, so that the energy exp(beta * D) "
                f"stays finite in float64, got {self.beta:.6g}"
            )
        shift = min(52, 62 - patterns.bit_length())
        below = np.arange(2.0 * (units + 1), -1.0, -2.0)
        return Weights(
            gain=np.rint(exp(-self.beta * below) * 2.0**shift).astype(np.int64),
            energy_table=exp(self.beta * np.arange(-units, units + 1, 2.0)),
            relative=True,
            beta=self.beta,
            unit=math.sinh(self.beta) * 2.0**-shift,
            shift=shift,
        )


@dataclass(frozen=True, init=False)
class LogSumExp(Exponential):
    """E = -ln(Σ_μ exp(beta m_μ)) / beta: a state is as probable as its noise makes it (after Ambrogioni 2023).

    Parameters
    ----------
    beta, flip : float
        One of them: the inverse width, positive and at most 15, or 11 for a million patterns; or the probability p
        in (0, ½) with which units flip, beta = ½ ln((1 - p) / p).

    Raises
    ------
    ValueError
        If none or both are given, or one is out of its range.

    Notes
    -----
    Samples at T = 1 / beta are patterns whose units have flipped with probability p. Decisions at T = 0 are those of
    `Exponential`, bit for bit, at any D. With A₊ and A₋, its sums of weights over the patterns that have ξ_i = ±1,
    h_i = ln[(A₊ + A₋ e^(-2 beta)) / (A₋ + A₊ e^(-2 beta))] / (2 beta). Both are sums of multiples of 2^-s, s as in
    `Exponential`, so the odds e^(2 beta h_i) may be off by K e^(4 beta) 2^-s of themselves: 2 10^-13 K at p = 0.03, and
    2 10^-4 K at p = 10^-6. Weights add up in the place of K, also in s; real ones leave it some 31 - log2(K) / 2.
    Energies keep all digits.

    Examples
    --------
    >>> import hebbfast as hb
    >>> memory = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]], hb.LogSumExp(flip=0.25))
    >>> round(float(memory.energy([1, 1, 1, 1])), 6), round(float(memory.fields([1, 1, 1, 1])[2]), 6)
    (-4.191807, 0.464974)
    """

    def __init__(self, beta: float | None = None, *, flip: float | None = None) -> None:
        if (beta is None) == (flip is None):
            raise ValueError(f"beta must be given, or flip in its place, got beta={beta!r} and flip={flip!r}")
        if flip is not None:
            flip = _arguments.flip(flip)
            beta = 0.5 * (math.log1p(-flip) - math.log(flip))
        object.__setattr__(self, "beta", beta)
        self.__post_init__()

    def weights(self, units: int, patterns: int) -> Weights:
        """The tables for ``units`` (D) and ``patterns`` (K)."""
        shift = min(52, 62 - patterns.bit_length())
        largest = (shift - 8) * math.log(2) / 2  # the weight of a pattern at rest, e^(-2 beta), keeps 8 bits
        if self.beta > largest:
            raise ValueError(f"beta must be at most {largest:.6g} for K={patterns}, got {self.beta:.6g}")
        below = exp(-2 * self.beta * np.arange(units + 2.0))
        gain = np.rint(below[::-1] * 2.0**shift).astype(np.int64)
        table = Weights(gain, energy_table=below[:-1], relative=True, logarithmic=True)
        return replace(table, beta=self.beta, unit=float(below[1]), shift=shift)


_KEPT = (Polynomial, RectifiedPolynomial, Exponential, LogSumExp)  # whose tables `read_weights` may keep
_SMALL = 4096  # units: up to here 64 of them take a few MB
