"""The NumPy twin of the kernels that learn: the names and arguments of `hebbfast._kernels`, from the formulas.

Every float operation is written in the order in which the kernels do it, so couplings are equal bit for bit.

Sources
-------
Blümel, Schneider, Neuhaus, Ehrlich, Graetz, Wibral, Makkeh and Priesemann (2025), arXiv 2511.02584: redundancy.
Makkeh, Gutknecht and Wibral (2021), Phys. Rev. E 103, 032149: shared-exclusions information atoms.
Kingma and Ba (2015), arXiv 1412.6980, algorithm 1: Adam.
Gardner (1988), J. Phys. A 21, 257: perceptron with margin. Anlauf and Biehl (1989), Europhys. Lett. 10, 687: AdaTron.
"""

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ascent", "adatron", "ascend", "ascent_bytes", "bounded", "ordered_product", "perceptron"]

_Floats = NDArray[np.float32]


def _exp(x: _Floats) -> _Floats:
    """2^k Σ_j r^j / j! with x = k ln 2 + r, |r| ≤ ln(2) / 2, in float32."""
    f = np.float32
    x = np.clip(x, f(-80), f(80))
    k = (x * f(1.44269504) + f(12582912)) - f(12582912)
    r = (x - k * f(0.693359375)) - k * f(-2.12194440e-4)
    series: Any = f(1 / 720)
    for j in reversed(range(6)):
        series = series * r + f(1 / math.factorial(j))
    made: _Floats = np.ldexp(series, k.astype(np.int32))
    return made


def _log2(x: _Floats) -> _Floats:
    """E + log2 m with x = 2^e m, √½ ≤ m < √2, and ln m = 2 artanh((m - 1) / (m + 1)), in float32."""
    f = np.float32
    m, e = np.frexp(x)
    low = m < f(math.sqrt(0.5))
    m, e = np.where(low, 2 * m, m), (e - low).astype(f)
    s = (m - 1) / (m + 1)
    series: Any = f(1 / 9)
    for j in (7, 5, 3, 1):
        series = series * (s * s) + f(1 / j)
    made: _Floats = e + (s * series) * f(2.88539008)
    return made


def _signs(codes: NDArray[np.uint8], count: int) -> _Floats:
    """(M, lanes) of ±1 from codes of four, the padding as minus signs of zeros."""
    bits = (codes[:, None, :] >> np.arange(4, dtype=np.uint8)[:, None]) & 1
    return 2 * bits.reshape(-1, codes.shape[1]).astype(np.float32) - 1


def _signed_sums(values: _Floats, signs: _Floats) -> _Floats:
    """Σ_m v_m s_ml as (±v ± v) + (±v ± v) of four m at a time, one four after another."""
    padded = np.zeros((len(values), len(signs)), dtype=np.float32)
    padded[:, : values.shape[1]] = values
    sums = np.zeros((len(values), signs.shape[1]), dtype=np.float32)
    for m in range(0, len(signs), 4):
        a, b, c, d = (padded[:, m + j, None] * signs[m + j] for j in range(4))
        sums += (a + b) + (c + d)
    return sums


def _sum_bins(values: _Floats) -> _Floats:
    """Sums over the last axis: 16 lanes side by side, one row of lanes after another, then the lanes."""
    padded = np.zeros((*values.shape[:-1], -(-values.shape[-1] // 16) * 16), dtype=np.float32)
    padded[..., : values.shape[-1]] = values
    lanes = np.cumsum(padded.reshape(*values.shape[:-1], -1, 16), axis=-2)[..., -1, :]
    return np.cumsum(lanes, axis=-1)[..., -1:]


class Ascent:
    """Signs both ways round, (K, D) and (D, K), the targets of the units, and what every unit ascends."""

    def __init__(
        self,
        unit_codes: NDArray[np.uint8],
        pattern_codes: NDArray[np.uint8],
        targets: NDArray[np.uint8],
        patterns: int,
        kind: str,
        gain: Sequence[float],
        bins: int,
        bin_range: float,
        norm: float,
    ) -> None:
        self.units, self.patterns = len(targets), patterns
        self.by_unit = _signs(unit_codes, self.units)[:, :patterns]
        self.by_pattern = _signs(pattern_codes, patterns)[:, : self.units]
        self.targets = targets[:, :patterns].astype(bool)
        self.kind, self.gain, self.bins, self.range = kind, gain, bins, bin_range
        self.norm = norm

    def gains(self, sums: NDArray[np.float64]) -> _Floats:
        """g(e, b), the derivative of the goal by P(+) in a cell, from sums (rows, y, e, b) of P(y), - before +."""
        tiny = np.float32(1e-12 * self.patterns)
        by_e, by_r, by_red, by_both, by_prior = np.array(self.gain, dtype=np.float32)
        p: _Floats = sums.astype(np.float32)

        def difference(x: NDArray[Any]) -> _Floats:
            return _log2(np.maximum(x[:, 1], tiny) / np.maximum(x[:, 0], tiny))

        of_e = _sum_bins(p)
        prior = difference(of_e[:, :, 0] + of_e[:, :, 1])[:, None]
        g = by_e * (difference(of_e) - prior) - (by_prior + ((by_r + by_red) + by_both)) * prior
        g = np.broadcast_to(g, p[:, 0].shape)
        if by_red or by_r or by_both:
            either = np.maximum(of_e + p[:, :, ::-1], tiny)  # E = e, or B = b with the other e
            share = p / either
            shares = _sum_bins(share)
            weight = (shares[:, 1] - shares[:, 0]) + (share[:, 1, ::-1] - share[:, 0, ::-1])
            g = g + by_red * (difference(either) + weight * np.float32(1.44269504))
        if by_r or by_both:
            of_b = difference(p[:, :, :1] + p[:, :, 1:])
            g = g + (by_r * of_b + by_both * difference(p))
        return cast(_Floats, g)

    def slopes(self, fields: _Floats, targets: NDArray[np.bool_], external: np.float32) -> _Floats:
        """Derivatives by the fields, over K."""
        share = np.float32(1 / self.patterns)
        e = _exp(-(fields + np.where(targets, external, -external)))
        plus = np.float32(1) / (np.float32(1) + e)
        minus = e * plus
        if self.kind == "likelihood":
            return np.where(targets, minus, -plus) * share
        scale = np.float32(self.bins / (2 * self.range))
        bins = np.clip((fields + np.float32(self.range)) * scale, 0, np.float32(self.bins - 1)).astype(np.int64)
        cells = bins + self.bins * targets + 2 * self.bins * np.arange(len(fields))[:, None]
        shape = len(fields), 2, self.bins
        sums = [np.bincount(cells.ravel(), p.ravel(), minlength=math.prod(shape)).reshape(shape) for p in (minus, plus)]
        found: _Floats = self.gains(np.stack(sums, axis=1)).ravel()[cells]
        return found * (plus * minus * share)


def ascent_bytes(ascent: Ascent) -> int:
    """The twin needs no memory of the caller."""
    return 0


def ascend(
    ascent: Ascent,
    first: int,
    rows: int,
    weights: _Floats,
    means: _Floats,
    squares: _Floats,
    schedule: _Floats,
    workspace: NDArray[np.uint8],
) -> None:
    """Adam on `rows` rows of weights, in place; a row of the schedule is w_T, rate / (1 - 0.9^t), 1 / (1 - 0.999^t)."""
    f = np.float32
    part = np.s_[first : first + rows, : ascent.units]
    w, m, s = weights[part], means[part], squares[part]
    targets = ascent.targets[first : first + rows]
    for external, step, correction in schedule:
        slopes = ascent.slopes(_signed_sums(w, ascent.by_unit), targets, external)
        gradient = _signed_sums(slopes, ascent.by_pattern)
        gradient[np.arange(rows), first + np.arange(rows)] = 0
        if ascent.norm:  # along the sphere only
            along = (_dot(gradient, w) / ascent.norm**2).astype(f)
            gradient -= along * w
        m[...] = f(0.9) * m + f(0.1) * gradient
        s[...] = f(0.999) * s + f(0.001) * (gradient * gradient)
        w += (m * step) / (np.sqrt(s * correction) + f(1e-8))
        if ascent.norm:
            w *= (ascent.norm / np.sqrt(_dot(w, w))).astype(f)


def _dot(a: _Floats, b: _Floats) -> NDArray[np.float64]:
    """(rows, 1): products of rows, added one after another in float64."""
    return np.cumsum(a.astype(np.float64) * b, axis=1)[:, -1:]


def perceptron(
    gram: _Floats,
    targets: NDArray[np.int8],
    units: int,
    kappa: float,
    epochs: int,
    strengths: NDArray[np.float64],
    fields: NDArray[np.float64],
    sums: NDArray[np.float64],
    pocket: NDArray[np.float64],
) -> int:
    """One unit: strengths a_l count updates, `fields` are Σ_l a_l s_l G_kl, `sums` Σ a, |w|², the fewest violations.

    Returns the epochs run; `pocket` keeps the strengths of the fewest violations.
    """
    for epoch in range(epochs):
        updates = 0
        for k, s in enumerate(targets.astype(np.float64)):
            stability = s * fields[k] - sums[0]  # x h: G_kk and the like count the unit itself
            if stability <= kappa * math.sqrt(sums[1]):
                strengths[k] += 1
                sums[:2] += [1, 2 * stability + (units - 1)]
                fields += s * gram[k].astype(np.float64)
                updates += 1
        if updates == 0:
            return epoch
        violations = np.count_nonzero(targets * fields - sums[0] <= kappa * math.sqrt(sums[1]))
        if violations < sums[2]:
            sums[2], pocket[:] = violations, strengths
    return epochs


def adatron(
    gram: _Floats,
    targets: NDArray[np.int8],
    units: int,
    rate: float,
    tolerance: float,
    sweeps: int,
    strengths: NDArray[np.float64],
    fields: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> int:
    """One unit: strengths ascend to x h = 1 and stay ≥ 0; `sums` are Σ a, |w|² and min x h; the sweeps run."""
    signs = targets.astype(np.float64)
    for sweep in range(sweeps):
        for k, s in enumerate(signs):
            step = max(rate * (1 - (s * fields[k] - sums[0])) / (units - 1), -strengths[k])
            strengths[k] += step
            sums[0] += step
            fields += (s * step) * gram[k].astype(np.float64)
        stability = signs * fields - sums[0]
        sums[1] = np.cumsum(strengths * stability)[-1]  # one after another
        sums[2] = stability.min()
        if sums[2] * sums[0] >= (1 - tolerance) * sums[1]:
            return sweep + 1
    return sweeps


def bounded(patterns: NDArray[np.int8], bound: int, out: NDArray[np.int32], first: int, last: int) -> None:
    """W_ij ← W_ij + x_i x_j within -bound..bound in rows first..last-1, pattern after pattern; then W_ii = 0."""
    rows = out[first:last]
    for x in patterns.astype(np.int32):
        rows[...] = np.clip(rows + np.outer(x[first:last], x), -bound, bound)
    np.fill_diagonal(rows[:, first:], 0)


def ordered_product(
    a: NDArray[np.float64], b: NDArray[np.float64], out: NDArray[np.float64], exact: bool = False
) -> None:
    """Σ_k a_ik b_kj, k ascending, each product and each sum rounded; of ``exact`` products no rounding changes any."""
    out[...] = 0
    for k in range(len(b)):
        out += a[:, k, None] * b[k]
