"""Replica-symmetric mean-field theory of retrieval: K = alpha·D^(n-1) random patterns, D → ∞, temperature T.

Energy H = -Σ_μ m_μⁿ / (n D^(n-1)): the *normalized* interaction, whichever is passed, without self-couplings. The field
of a unit, times its stored value, is Gaussian with mean m^(n-1) and variance alpha·r::

    m = E tanh β(m^(n-1) + √(alpha r) z),    q = E tanh² of the same,    C = β(1 - q)
    n = 2:  r = q / (1 - C)²                 n ≥ 3:  r = F(q), no feedback since K >> D

n = 2: Amit, Gutfreund and Sompolinsky (AGS 1985, 1987). n ≥ 3: derived for hebbfast, of the form that Gardner (1987)
gives for products of distinct units; F(q) = E[f(x) f(x')] over normal x, x' of correlation q with f(x) = x^(n-1), so
F(1) = (2n-3)!!. Rectified: f(x) = max(x, 0)^(n-1), for n ≥ 3; at temperature zero just half the noise.

The curve of solutions at one temperature is followed by y = m^(n-1) / √(2 alpha r), the signal-to-noise ratio over √2,
down from ∞ (no patterns). At each y one equation in one unknown is left, and alpha is explicit. So nothing is iterated,
and nothing special happens at the spinodal: it is where alpha(y) is largest.
"""

from hebbfast.theory.mean_field.lines import (
    almeida_thouless_temperature,
    retrieval_temperature,
    spin_glass_temperature,
    thermodynamic_load,
)
from hebbfast.theory.mean_field.states import CriticalLoad, Solution, critical_load, solve, spin_glass

__all__ = [
    "CriticalLoad",
    "Solution",
    "almeida_thouless_temperature",
    "critical_load",
    "retrieval_temperature",
    "solve",
    "spin_glass",
    "spin_glass_temperature",
    "thermodynamic_load",
]


def __dir__() -> list[str]:
    return sorted(__all__)
