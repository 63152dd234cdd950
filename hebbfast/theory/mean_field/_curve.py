"""The curve of retrieval states at one temperature, and the states without retrieval: equations of `mean_field`."""

import math
from dataclasses import dataclass
from functools import lru_cache

from scipy import optimize

from hebbfast.theory.mean_field._gaussian_average import mean_log_2cosh, mean_sech2, mean_sech4, mean_tanh
from hebbfast.theory.mean_field._overlap_noise import excess, noise, slope

__all__ = ["Model", "Point"]

_SQRT_PI = math.sqrt(math.pi)


@dataclass(frozen=True)
class Point:
    """One state: the Gaussian field of mean ``mean`` and standard deviation ``width``, and what follows from it."""

    alpha: float
    temperature: float
    overlap: float
    q: float
    r: float
    susceptibility: float
    mean: float
    width: float
    y: float


@dataclass(frozen=True)
class Model:
    """The equations for F(x) = x^n/n, ``power`` p = n-1, and the same rectified."""

    power: int
    rectified: bool

    def point(self, T: float, y: float) -> Point:
        """The state with signal-to-noise ratio √2·y, of two the one with the larger overlap."""
        p = self.power
        if T == 0:
            m, q = math.erf(y), 1.0
            C = 2 * y * math.exp(-y * y) / (_SQRT_PI * m**p)
        else:
            A = math.exp(self._log_amplitude(T, y))
            sigma = A / (math.sqrt(2) * y)
            m, sech2 = mean_tanh(A, sigma), mean_sech2(A, sigma)
            q, C = 1 - sech2, sech2 / T
        r, signal = self._noise(q, C), m**p
        return Point(signal**2 / (2 * y * y * r), T, m, q, r, C, signal, signal / (math.sqrt(2) * y), y)

    def spinodal(self, T: float) -> Point:
        """The state of the largest load at this temperature, which is below `highest_temperature`."""
        return _spinodal(self, T)

    def at_load(self, alpha: float, T: float) -> Point:
        """The retrieval state at a load up to that of the spinodal."""
        end = self.spinodal(T)
        if alpha >= end.alpha:
            return end
        # alpha(y) is below 2/y², so the bracket holds
        y = optimize.brentq(lambda y: math.log(self.point(T, y).alpha / alpha), end.y, 2 / math.sqrt(alpha), xtol=1e-14)
        return self.point(T, y)

    def highest_temperature(self) -> float:
        """Where the retrieval states of a few patterns end: the largest tanh(A)^p / A."""
        if self.power == 1:
            return 1.0
        found = optimize.minimize_scalar(lambda A: A / math.tanh(A) ** self.power, bounds=(0.5, 10), method="bounded")
        return 1 / float(found.fun)

    def surplus(self, T: float, y: float) -> float:
        """The largest log of m(A)^p / (A T) over A: there is a state at this y where it is not negative."""
        return self._surplus(T, y, self._least_log_amplitude(T, y))

    def _surplus(self, T: float, y: float, log_a: float) -> float:
        A = math.exp(log_a)
        return self.power * math.log(mean_tanh(A, A / (math.sqrt(2) * y))) - log_a - math.log(T)

    def _least_log_amplitude(self, T: float, y: float) -> float:
        """A lower end for log A on the branch of large overlaps, where m(A)^p / A falls."""
        if self.power == 1:  # it falls from 1 on; this is far below the root of the series 1 - A²(1/3 + 1/2y²)
            return 0.5 * math.log((1 - T) / (1 / 3 + 0.5 / (y * y))) - 7
        found = optimize.minimize_scalar(lambda x: -self._surplus(1.0, y, x), bounds=(-3, 5), method="bounded")
        return float(found.x)

    def _log_amplitude(self, T: float, y: float) -> float:
        """Log of the largest A = β m^p that solves m(A)^p = A T at this y."""
        high = self.power * math.log(math.erf(y)) - math.log(T)  # tanh averages less than the sign does
        if self._surplus(T, y, high) >= 0:  # equal but for rounding
            return high
        low = self._least_log_amplitude(T, y)
        return float(optimize.brentq(lambda x: self._surplus(T, y, x), low, high, xtol=1e-15, rtol=1e-15))

    def _noise(self, q: float, C: float) -> float:
        return q / (1 - C) ** 2 if self.power == 1 else float(noise(self.power, self.rectified, q))

    def disordered(self, alpha: float, T: float) -> Point:
        """The state without retrieval (n = 2: spin glass or paramagnet); of several the one with the largest q."""
        if T == 0:
            r = (1 + math.sqrt(2 / (math.pi * alpha))) ** 2 if self.power == 1 else self._noise(1.0, 0.0)
            C = math.sqrt(2 / (math.pi * alpha * r))
            return Point(alpha, T, 0.0, 1.0, r, C, 0.0, math.sqrt(alpha * r), 0.0)
        q = max(1 - mean_sech2(0.0, self._disordered_sigma(alpha, T)), 0.0)
        C = (1 - q) / T
        r = self._noise(q, C) if q > 0 or self.power > 1 else 0.0
        return Point(alpha, T, 0.0, q, r, C, 0.0, math.sqrt(alpha * r), 0.0)

    def _disordered_sigma(self, alpha: float, T: float) -> float:
        """√(alpha r)/T of the state without retrieval."""

        def lack(log_sigma: float) -> float:
            sigma = math.exp(log_sigma)
            q = max(1 - mean_sech2(0.0, sigma), 0.0)
            if self.power == 1:
                return sigma * (T - 1 + q) - math.sqrt(alpha * q)
            return sigma * T - math.sqrt(alpha * self._noise(q, 0.0))

        if self.power == 1 and T >= 1 + math.sqrt(alpha):
            return 0.0
        high = math.log(2 * (1 + math.sqrt(alpha * max(self._noise(1.0, 0.0), 1.0))) / T)
        low, lowest = high, high - 40
        while lack(low) > 0 and low > lowest:  # the largest root, so step down from above
            high, low = low, low - 0.05
        return math.exp(optimize.brentq(lack, low, high, xtol=1e-15, rtol=1e-15)) if lack(low) <= 0 else 0.0

    def free_energy(self, point: Point) -> float:
        """Free energy of a unit, AGS (1987) for n = 2; the energy at temperature zero."""
        p, T, alpha, C, m = self.power, point.temperature, point.alpha, point.susceptibility, point.overlap
        if T > 0:
            entropic = T * mean_log_2cosh(point.mean / T, point.width / T)
        else:
            entropic = point.mean * math.erf(point.y) + math.sqrt(2 / math.pi) * point.width * math.exp(-(point.y**2))
        signal = p / (p + 1) * m ** (p + 1)
        if p > 1:
            crosstalk = -alpha / (2 * T) * excess(p, self.rectified, point.q) if T > 0 else 0.0
        else:
            log_term = T * math.log1p(-C) if T > 0 else 0.0
            crosstalk = alpha / 2 * (1 + log_term - point.q / (1 - C) + point.r * C)
        return signal + crosstalk - entropic

    def replicon(self, point: Point) -> float:
        """1 - alpha β² (dr/dq) E sech⁴: positive where replica symmetry is stable (de Almeida and Thouless 1978)."""
        T, C = point.temperature, point.susceptibility
        if T == 0:
            return -math.inf
        gain = 1 / (1 - C) ** 2 if self.power == 1 else float(slope(self.power, self.rectified, point.q))
        return 1 - point.alpha * gain / T * (mean_sech4(point.mean / T, point.width / T) / T)


@lru_cache(maxsize=256)
def _spinodal(model: Model, T: float) -> Point:
    def slope_at_zero(y: float) -> float:  # of the sign of -d alpha/dy
        steps = 1 + 2 * y * y if model.power == 1 else model.power
        return math.erf(y) - steps * 2 / _SQRT_PI * y * math.exp(-y * y)

    def cost(log_y: float) -> float:
        y = math.exp(log_y)
        surplus = model.surplus(T, y)
        return -surplus if surplus <= 0 else -model.point(T, y).alpha

    if T == 0:
        return model.point(T, optimize.brentq(slope_at_zero, 0.5, 5, xtol=1e-15))
    found = optimize.minimize_scalar(cost, bounds=(-2, 12), method="bounded", options={"xatol": 1e-12})
    return model.point(T, math.exp(float(found.x)))
