"""Interactions F of the energy E(σ) = -Σ_μ F(m_μ), and the weights that the kernels draw from them.

Write S = m - ξ_i σ_i for the overlap without unit i. The field of unit i is
h_i = ½ Σ_μ [F(S + ξ_i) - F(S - ξ_i)], the difference rule of Krotov and Hopfield (2016, eq. 4).
For polynomials 2 n h_i = Σ_μ ξ_i G(S) with the integer G(S) = (S + 1)ⁿ - (S - 1)ⁿ, and S depends only on
how many of the other units agree with the pattern. So an interaction is a table of G over that number.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels

__all__ = ["Exponential", "Interaction", "Polynomial", "RectifiedPolynomial", "Weights"]


@dataclass(frozen=True, eq=False)
class Weights:
    """An interaction for D units and K patterns, as the kernels take it.

    ``gain[a + 1]`` is G where ``a`` of the other D - 1 units agree with the pattern, for a = -1 .. D (the ends
    never decide); it holds integers if every sum of K of them fits int64. Otherwise ``gain_float`` holds them
    rounded, a sum within ``filter_error`` times its magnitude is undecided, and exact integers of ``limbs``
    pieces of 32 bits decide.
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
    engine: str = "auto"  # or "sums", "planes": tests force one; the result is the same


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
        if isinstance(self.degree, bool) or not isinstance(self.degree, (int, np.integer)) or self.degree < 2:
            raise ValueError(f"degree must be an integer of at least 2, got {self.degree!r}")
        object.__setattr__(self, "degree", int(self.degree))

    def __call__(self, overlap: ArrayLike, units: int | None = None) -> NDArray[np.float64]:
        """F of overlaps; ``units`` (D) is needed when the interaction is normalized."""
        x = np.asarray(overlap, dtype=np.float64)
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
        if not isinstance(self.beta, (int, float, np.number)) or not 0 < self.beta < math.inf:
            raise ValueError(f"beta must be a finite positive number, got {self.beta!r}")
        object.__setattr__(self, "beta", float(self.beta))

    def __call__(self, overlap: ArrayLike, units: int | None = None) -> NDArray[np.float64]:
        """F of overlaps; ``units`` is not used."""
        return np.asarray(np.exp(self.beta * np.asarray(overlap, dtype=np.float64)))

    def weights(self, units: int, patterns: int) -> Weights:
        """The tables for ``units`` (D) and ``patterns`` (K)."""
        largest = (700 - math.log(patterns)) / (units + 1)
        if self.beta > largest:
            raise ValueError(
                f"beta must be at most {largest:.6g} for D={units}, K={patterns}, so that the energy exp(beta * D) "
                f"stays finite in float64, got {self.beta:.6g}"
            )
        shift = min(52, 62 - patterns.bit_length())
        below = np.arange(2.0 * (units + 1), -1.0, -2.0)
        return Weights(
            gain=np.rint(_exp(-self.beta * below) * 2.0**shift).astype(np.int64),
            energy_table=_exp(self.beta * np.arange(-units, units + 1, 2.0)),
            relative=True,
            beta=self.beta,
            unit=math.sinh(self.beta) * 2.0**-shift,
            shift=shift,
        )


def _exp(x: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.empty_like(x)
    _kernels.exp(x, out)
    return out


Interaction = Polynomial | RectifiedPolynomial | Exponential
