"""F(x) = x²/2 of few units: a kernel that moves states by couplings, once they pay for being made."""

from typing import Any

import numpy as np

from hebbfast import _kernels
from hebbfast._work.once import Once
from hebbfast._work.threads import HUGE
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Compiled, Kernel
from hebbfast.interactions import Polynomial

__all__ = ["Squares"]

_UNITS = 1536  # up to here couplings stay in the second or third cache
_SAVED = (
    80  # of D² / K, the recalls after which making has paid: 5 to 300 of them with AVX2, mostly within a factor of 2
)
_SHORT = 16  # units a pattern: patterns of more are so few that visits by them are as fast


class Squares(Compiled):
    """Packed patterns whose fields are also those of couplings J = ΣΞΞᵀ without a diagonal.

    Couplings are faster, but D² of them must be made first, while what a recall saves grows with K: the patterns move
    D²/80K cues before, about what making costs (docs/performance.md). Chains at T > 0 have a long way to go and take
    them at once. States, energies and random streams are the same either way.
    """

    __slots__ = ("_couplings", "_moved", "_worth")

    def __init__(self, model: Any, patterns: PackedPatterns, interaction: Polynomial) -> None:
        super().__init__(model)
        divisor = patterns.shape[1] if interaction.normalized else 1
        self._couplings = Once(lambda: Compiled(_couplings(patterns, divisor)))
        self._moved, self._worth = 0, patterns.shape[1] ** 2 // (_SAVED * patterns.shape[0])

    @staticmethod
    def serves(patterns: PackedPatterns, interaction: Polynomial) -> bool:
        """Are there such couplings, and are they faster?"""
        count, units = patterns.shape
        return interaction.degree == 2 and units <= min(_UNITS, _SHORT * count) and count * units < HUGE

    def of(self, rules: Rules, count: int) -> Kernel:
        """As `Kernel` says."""
        kernel = self._mover(rules, count)
        self._count(rules, count)
        return kernel

    def _mover(self, rules: Rules, count: int) -> Kernel:
        if rules.synchronous:  # one pass over all fields, for which patterns have fewer bits
            return self
        return self if rules.cold and self._moved + count <= self._worth else self._couplings.value

    def _count(self, rules: Rules, count: int) -> None:
        self._moved += 0 if rules.synchronous else count

    def alone(self, rules: Rules, *call: Any) -> Any:
        """As `Kernel` says."""
        kernel = self.of(rules, 1)
        return super().alone(rules, *call) if kernel is self else kernel.alone(rules, *call)

    def few(self, rules: Rules, cues: Any, *call: Any) -> Any:
        """As `Kernel` says."""
        kernel = self._mover(rules, len(cues))
        found = super().few(rules, cues, *call) if kernel is self else kernel.few(rules, cues, *call)
        if found is not None:  # else they come again
            self._count(rules, len(cues))
        return found


def _couplings(patterns: PackedPatterns, divisor: int) -> _kernels.Couplings:
    """J, halved where that is exact: all J_ij are odd or even as K is, and 8 bits hold most."""
    from hebbfast.learning import activity_product  # half of the time of `import hebbfast`

    count, units = patterns.shape
    products, half = activity_product(patterns), 2 - count % 2
    products //= half
    size = int(np.abs(products).max(initial=0))
    narrow: Any = np.int8 if size < 2**7 else np.int16 if size < 2**15 else np.int32
    bias = np.zeros(units, dtype=np.int32)
    own = count * units // half
    return _kernels.Couplings(products.astype(narrow), bias, float(half), True, own=own, divisor=divisor)
