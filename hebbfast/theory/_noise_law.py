"""Tail probabilities of a sum of independent copies of one symmetric random number with finitely many values.

Write X for the sum of T terms ±v, where v ≥ 0 is one of ``values`` with the probabilities exp(``log_weights``).
Both functions invert the generating function E exp((λ+iω)X) on a line λ > 0 near the saddle point, where the tail that
is asked for is no longer rare. So tiny probabilities keep their *relative* accuracy, and there is no error floor as
there is when probabilities themselves are convolved by FFT.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import fft, optimize, special

__all__ = ["lattice_tail", "log_half_binomial", "smooth_tail"]

_MARGIN = 55.0  # what wraps around or is cut off is below e^-45 of the answer, which is at least e^-10 of the bound
_LONGEST = 2**24  # a transform of 0.3 GB and half a second
_FOLD = 2**21 - 9  # a prime: folding a longer lattice onto it spreads everything but the point that is asked for
_NEVER = -745.0  # Chernoff: the probability is at most the exp of this, below float64
_FEW = 50_000  # sums enumerated in well under a second
_POINTS = 2**17  # frequencies of the smooth inversion: a resolution of a few 1e-4 of the largest value

Array = NDArray[np.float64]


class _Tilted:
    """The law of one term tilted by exp(rate · v), where the threshold is about the mean of the sum.

    Values and threshold are in units of the largest value; ``plus`` and ``minus`` are the chances of +v and -v.
    """

    def __init__(self, values: Array, log_weights: Array, terms: int, threshold: float) -> None:
        self.values, self.log_weights, self.terms, self.threshold = values, log_weights, terms, threshold
        deviation = math.sqrt(terms * float(np.exp(log_weights) @ values**2))
        # A threshold near the centre would ask for a rate of 0, where the line of integration meets a pole.
        least = 1 / deviation
        while terms * self._cumulant(least) > 1.6:
            least /= 2
        self.rate = max(self._saddle(deviation), least)
        self.cumulant = self._cumulant(self.rate)
        chance = log_weights - self.cumulant - math.log(2)
        self.plus, self.minus = np.exp(chance + self.rate * values), np.exp(chance - self.rate * values)
        self.log_scale = terms * self.cumulant - self.rate * threshold  # tilted → true, at the threshold

    def _cumulant(self, rate: float) -> float:
        """log E exp(rate · term), as log1p of E[cosh(rate · v) - 1], which may be tiny when terms are very many."""
        x = np.maximum(rate * self.values, 1e-300)
        exponent = self.log_weights + x + 2 * np.log(-np.expm1(-x)) - math.log(2)
        top = float(exponent.max())
        return math.log1p(float(np.exp(exponent).sum())) if top < 30 else float(np.logaddexp.reduce(exponent))

    def _mean(self, rate: float) -> float:
        """Mean of one term under the tilt ``rate``."""
        chance = self.log_weights - self._cumulant(rate) - math.log(2)
        difference = np.exp(chance + rate * self.values) - np.exp(chance - rate * self.values)
        return float(difference @ self.values)

    def _saddle(self, deviation: float) -> float:
        """The rate that puts the mean at the threshold, or a large one if only the largest values reach so far."""
        if self.threshold == 0:
            return 0.0
        target = self.threshold / self.terms
        largest_rate = (60 + math.log(len(self.values) + 1)) * (len(self.values) + 1)
        high = min(self.threshold / deviation**2, largest_rate)
        while self._mean(high) < target:
            if high == largest_rate:
                return high
            high = min(2 * high, largest_rate)
        while self._mean(high / 2) > target:
            high /= 2
        return float(optimize.brentq(lambda rate: self._mean(rate) - target, high / 2, high, xtol=1e-6 * high))

    def period(self) -> float:
        """A length W for which the aliases of the answer are negligible.

        With f(x) = exp(rate · x) P(X > x), a grid of frequencies of spacing 2π/W gives Σ_k f(threshold + kW). To the
        right of the threshold Chernoff's bound holds with any larger rate, to the left P ≤ 1.
        """
        steps = np.logspace(-3, 2, 51) * self.rate
        growth = np.array([self.terms * (self._cumulant(self.rate + step) - self.cumulant) for step in steps])
        right = float(((growth + _MARGIN) / steps).min()) - self.threshold
        left = self.threshold + (_MARGIN - self.terms * self.cumulant) / self.rate
        return max(right, left)


def lattice_tail(
    values: Sequence[int], log_weights: Array, terms: int, threshold: int, longest: int = _LONGEST
) -> tuple[float, float]:
    """P(X > threshold) and P(X = threshold) for integer values and threshold ≥ 0.

    The sums lie on a lattice whose step is the greatest common divisor of all differences between ±values; one
    transform gives the generating function at every frequency of that lattice. Few sums on a long lattice are
    enumerated, and so many terms that rounding would decide have the normal law. Any other lattice longer than
    ``longest`` is folded, which adds up to 1e-5 of the answer to the chance of a tie, and the tail is that of
    `smooth_tail`.
    """
    largest = max(values)
    if threshold > terms * largest:
        return 0.0, 0.0
    step = math.gcd(*(largest + v for v in values), *(largest - v for v in values))
    first, off_lattice = divmod(threshold + terms * largest, step)
    start = first + (off_lattice > 0)  # the lowest lattice point that is not below the threshold
    found = _normal_tail(values, log_weights, terms, threshold, step, bool(off_lattice), start * step - terms * largest)
    if found:
        return found
    centre = start // terms  # each term is counted from here, which keeps phases small
    scaled = np.array([v / largest for v in values])
    law = _Tilted(scaled, log_weights, terms, threshold / largest)
    if law.log_scale < _NEVER:
        return 0.0, 0.0
    fine = max(step / largest, 1e-300)  # integers themselves may be beyond float64
    length = law.period() / fine
    if length > _FEW > terms and _multisets(2 * len(values), terms) < _FEW:
        return _enumerated_tail(values, log_weights, terms, threshold)
    points = _FOLD if length > longest else fft.next_fast_len(int(length) + 2, real=True)
    weights = np.zeros(points)
    for sign, chance in ((1, law.plus), (-1, law.minus)):
        np.add.at(weights, [((largest + sign * v) // step - centre) % points for v in values], chance)
    at_or_above, at = _spectral_sums(weights, terms, (start - terms * centre) % points, law.rate * fine)
    factor = math.exp(law.log_scale - law.rate * ((start * step - terms * largest - threshold) / largest))
    if length > longest:
        tied = 0.0 if off_lattice else factor * at
        return smooth_tail(scaled, log_weights, terms, threshold / largest) - tied / 2, tied
    return (factor * at_or_above, 0.0) if off_lattice else (factor * (at_or_above - at), factor * at)


def _normal_tail(
    values: Sequence[int], log_weights: Array, terms: int, threshold: int, step: int, off_lattice: bool, start: int
) -> tuple[float, float] | None:
    """The same by the normal law on the lattice, where so many terms round the sums more than it errs."""
    chance, largest = np.exp(log_weights), max(values)
    square = np.array([v / largest for v in values]) ** 2
    variance = float(chance @ square)
    deviation = math.sqrt(variance * terms)
    z = threshold / largest / deviation
    if float(chance @ square**2) / variance**2 * (1 + z**4) > 2e-15 * float(terms) ** 2:
        return None
    edge = (2 * start + (-step if off_lattice else step)) / (2 * largest)
    tied = 0.0 if off_lattice else step / largest / deviation * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return float(special.ndtr(-edge / deviation)), tied


def _multisets(kinds: int, size: int) -> float:
    """How many sums of ``size`` terms of so many kinds there are at most; beyond float64 it is large enough."""
    return math.exp(min(math.lgamma(kinds + size) - math.lgamma(size + 1.0) - math.lgamma(kinds), 700.0))


def _enumerated_tail(values: Sequence[int], log_weights: Array, terms: int, threshold: int) -> tuple[float, float]:
    chances = {0: 1.0}
    term = [(sign * v, w / 2) for v, w in zip(values, np.exp(log_weights).tolist(), strict=True) for sign in (1, -1)]
    for _ in range(terms):
        before, chances = chances, {}
        for x, p in before.items():
            for v, w in term:
                chances[x + v] = chances.get(x + v, 0.0) + p * w
    return math.fsum(p for x, p in chances.items() if x > threshold), chances.get(threshold, 0.0)


def _spectral_sums(weights: Array, terms: int, start: int, decay: float) -> tuple[float, float]:
    """Σ_{k≥0} e^{-decay·k} p(start+k), and p(start), where p is the ``terms``-fold convolution of ``weights``."""
    points, sums, power = len(weights), np.zeros(2), float(terms)
    spectrum = fft.rfft(weights, overwrite_x=True)
    for begin in range(0, len(spectrum), 2**18):
        block = spectrum[begin : begin + 2**18]
        k = begin + np.flatnonzero(np.abs(block) > math.exp(-60 / power))
        block = spectrum[k]
        angle = 2 * np.pi / points * k
        phase = power * np.angle(block) + 2 * np.pi / points * ((k * start) % points)
        spectrum_of_sum = np.exp(power * np.log(np.abs(block)) + 1j * phase)
        spectrum_of_sum[(k > 0) & (2 * k < points)] *= 2  # the other half of a real transform
        sums += (spectrum_of_sum / -np.expm1(1j * angle - decay)).real.sum(), spectrum_of_sum.real.sum()
    at_or_above, at = sums / points
    return float(at_or_above), float(at)


def smooth_tail(values: Array, log_weights: Array, terms: int, threshold: float) -> float:
    """P(X > threshold) + P(X = threshold)/2, in units of the largest value.

    Contour integral of the generating function over λ+iω by the trapezoidal rule, up to where the function has died
    out. It does not die out for few terms (sums of few atoms); then the law is blurred at the finest scale that the
    number of points resolves, by a kernel without moments up to the seventh. Rare values beyond all resolution are left
    out: where there are any, the sign of the largest decides, which is fair but for two of them that cancel.
    """
    if threshold == 0:
        return 0.5
    huge = values > 1e3 * threshold
    rare = float(np.exp(log_weights[huge]).sum()) if huge.any() else 0.0
    if 0 < terms * rare < 0.2:
        none = terms * math.log1p(-rare)
        scale = float(values[~huge].max())
        rest = smooth_tail(values[~huge] / scale, log_weights[~huge] - math.log1p(-rare), terms, threshold / scale)
        return math.exp(none) * rest - math.expm1(none) / 2
    law = _Tilted(values, log_weights, terms, threshold)
    if law.log_scale < _NEVER:
        return 0.0
    kept = law.plus + law.minus > 1e-18 / terms
    plus, minus, values = law.plus[kept], law.minus[kept], values[kept]
    spacing = 2 * np.pi / law.period()
    blur = 1.6 / (spacing * _POINTS)  # exp(-1.6^8) = e^-43 at the last point
    total, block = 0.5 / law.rate, max(1, 2**20 // len(values))
    for begin in range(1, _POINTS, block):
        omega = spacing * np.arange(begin, min(begin + block, _POINTS))
        half = np.outer(omega, values / 2)
        sine, cosine = np.sin(half), np.cos(half)
        # The generating function is 1 + x + iy; near 1 its logarithm must not round x off.
        x, y = -2 * sine**2 @ (plus + minus), 2 * (sine * cosine) @ (plus - minus)
        growth = np.maximum(2 * x + x * x + y * y, 2.0**-53 - 1)  # of its square; below this all is rounding
        log_size = float(terms) * (0.5 * np.log1p(growth) + 1j * np.arctan2(y, 1 + x))
        line = law.rate + 1j * omega
        integrand = np.exp(log_size - (blur * line) ** 8 - 1j * omega * threshold)
        total += float((integrand / line).real.sum())
        if log_size.real.max() < -_MARGIN:
            break
    return math.exp(law.log_scale) * total * spacing / math.pi


def log_half_binomial(n: int, k: NDArray[np.int64] | Array) -> Array:
    """log P(Bin(n, 1/2) = k), good to some 1e-16 times its own size.

    Loader (2000), "Fast and accurate computation of binomial probabilities": the error of Stirling's formula, and the
    deviance in a form that does not cancel near the centre.
    """
    k = k.astype(np.float64)
    if n < 2:
        return np.full_like(k, -n * math.log(2))
    inner = np.clip(k, 0.5, n - 0.5)  # the ends are set below
    x = (2 * inner - n) / n
    central = n / 2 * (2 * x * np.arctanh(x) + np.log1p(-x * x))
    outer = inner * np.log(2 * inner / n) + (n - inner) * np.log(2 * (n - inner) / n)
    stirling = _stirling_error(np.array(float(n))) - _stirling_error(k) - _stirling_error(n - k)
    result = stirling - np.where(np.abs(x) < 0.5, central, outer) - 0.5 * np.log(2 * np.pi * inner * (n - inner) / n)
    return np.where((k == 0) | (k == n), -n * math.log(2), result)


def _stirling_error(n: Array) -> Array:
    """log n! minus Stirling's formula, for whole n."""
    below = np.minimum(n, 15.0).astype(int)
    return np.where(n < 16, _SMALL_STIRLING_ERRORS[below], _stirling_series(np.maximum(n, 16.0)))


def _stirling_series(n: Array) -> Array:
    y = n**-2.0
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / n


_SMALL_STIRLING_ERRORS = np.array(
    [math.lgamma(k + 1) - (k + 0.5) * math.log(k or 1) + k - 0.5 * math.log(2 * math.pi) for k in range(16)]
)
