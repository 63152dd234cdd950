"""Networks of a generalised Hebbian rule without their D × D couplings: every field comes from overlaps and sums."""

import dataclasses
import math
from fractions import Fraction
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.record import Recall, Trace
from hebbfast.dynamics.run import Course
from hebbfast.interactions import Polynomial
from hebbfast.learning import HebbianRule
from hebbfast.learning._exact import fraction
from hebbfast.learning.hebbian import SignRule, as_signs, pack_values, unit_sums
from hebbfast.networks._network import Network
from hebbfast.networks._python_kernel import PythonKernel

__all__ = ["PatternSpaceNetwork"]


class PatternSpaceNetwork(Network):
    """Network with the couplings W of a constant `learning.HebbianRule`, in K·D/4 bytes instead of D².

    The field is h_i = Σ_j W_ij (x_j - threshold) - level, as in `theory.hebbian_moments`; a unit takes the high value
    where h_i > 0. For ±1 it is the field of ``HopfieldNetwork(W, bias)`` with bias_i = -threshold Σ_j W_ij - level.

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of the two values. Packed patterns are shared, not copied.
    rule : HebbianRule, optional
        With constant coefficients; by default the activity product.
    values : {"plus-minus", "zero-one"}
        What patterns and states hold: ±1, or 0 and 1 (bits of packed ones are then taken for 0 and 1).
    threshold : float, default 0.0
        What recall subtracts from each state; the mean of the patterns is the best.
    level : float, default 0.0
        What the field is compared with.

    Attributes
    ----------
    patterns : PackedPatterns
        The stored patterns.
    rule : HebbianRule
        The rule.
    units : int
        D.
    symmetric : bool
        Whether W is symmetric, so that an energy exists.

    Raises
    ------
    ValueError
        If an argument is not as described, or a coefficient is a function of W: such a rule has no closed form, use
        its ``couplings``.

    Notes
    -----
    Write {0, 1} as x = (1 + σ)/2, and the rule for ±1 as c0 + pre ξ_j + post ξ_i + corr ξ_i ξ_j. With A = Σ_j σ_j,
    T_i = Σ_μ ξ_i^μ and overlaps m_μ the sum over all units but i is::

        Σ_j W_ij σ_j = corr (Σ_μ ξ_i^μ m_μ - K σ_i) + (c0 K + post T_i)(A - σ_i) + pre (Σ_j T_j σ_j - T_i σ_i)

    The first bracket is the field of the classical network, which the kernels count. Coefficients, threshold and level
    mean fractions, as in `learning.HebbianRule`: fields are exact, and rounded once, while their common denominator
    times them stays below 2^52; beyond, terms are rounded, and rounding may decide ties. Recall runs in Python, some
    microseconds a visit: below some thousand units ``HopfieldNetwork(rule.couplings(patterns))`` is faster.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.PackedPatterns(hb.random_patterns(50, 10_000, mean=0.2, rng=0))
    >>> network = hb.PatternSpaceNetwork(patterns, hb.learning.covariance(0.2), threshold=0.2)
    >>> result = network.recall(hb.corrupt(patterns[0], flips=1000, rng=1), update="sync")
    >>> bool((result.states == patterns[0]).all())
    True
    """

    def __init__(
        self,
        patterns: ArrayLike | PackedPatterns,
        rule: HebbianRule | None = None,
        *,
        values: str = "plus-minus",
        threshold: float = 0.0,
        level: float = 0.0,
    ) -> None:
        self.rule = HebbianRule() if rule is None else rule
        if not isinstance(self.rule, HebbianRule):
            raise TypeError(f"rule must be a HebbianRule, got {rule!r}")
        self.threshold = _arguments.real("threshold", threshold)
        self.level = _arguments.real("level", level)
        self._signs = self.rule.for_signs(values)
        self.patterns = pack_values(patterns, values)
        self.values = values
        self.units = self.patterns.shape[1]
        self._half_gap = 1.0 if values == "plus-minus" else 0.5  # x = middle + half gap · σ
        columns, K = self.patterns.columns(), len(self.patterns)
        self._columns = bits.packed(columns, K)
        self._memory = _kernels.Memory(self.patterns.words, columns, self.units, Polynomial(2).weights(self.units, K))
        self._sums = unit_sums(self.patterns).astype(np.float64)
        self.symmetric = self._signs.pre == self._signs.post or bool(np.all(self._sums == self._sums[0]))
        self._expand()

    def _expand(self) -> None:
        """Terms of fields as whole numbers over ``_one``, while doubles hold their sums."""
        half, folded = Fraction(self._half_gap), self.rule._folded(self.values)
        threshold, level = fraction(self.threshold), fraction(self.level)
        one = math.lcm(2 * math.lcm(*(x.denominator for x in folded)) * threshold.denominator, level.denominator)
        largest = len(self) * (self.units + 1) * (1 + abs(threshold)) * sum(map(abs, folded)) + abs(level)
        self._ties_count = one * largest < 2**52
        self._one = one if self._ties_count else 1
        coefficients = [one * x for x in folded] if self._ties_count else self._signs

        def times(factor: Fraction) -> SignRule:
            return SignRule(*(float(factor * x) for x in coefficients))

        everyone, units = bits.pack_signs(np.ones((1, self.units), dtype=np.int8), "states"), self._all_units()
        self._terms = times(half)
        self._bias = self._of_signs(everyone, units, times(-threshold))[0] - float(self._one * level)
        self._offset = self._of_signs(everyone, units, times(1 - half))[0] + self._bias

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        kind = "symmetric" if self.symmetric else "asymmetric"
        return f"<PatternSpaceNetwork K={len(self)} D={self.units} {kind} {self.values}>"

    def __reduce__(self) -> Any:
        return _made, (self.patterns, self.rule, self.values, self.threshold, self.level)

    @property
    def _kernel(self) -> PythonKernel:
        return PythonKernel(partial(_Fields, self), self._half_gap)

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences E(after) - E(before) of single flips: 2 σ_i h_i for ±1, σ_i h_i for {0, 1}."""
        return self._half_gap * super().delta_energy(states, units)

    def _recalled(self, states: bits.States, course: Course, energies: Any, trace: Trace | None) -> Recall:
        result = super()._recalled(states, course, energies, trace)
        if self.values == "zero-one" and "states" in result.trace:
            result.trace["states"] = (result.trace["states"] + 1) // 2
        if self.values == "plus-minus" or isinstance(result.states, PackedPatterns):
            return result
        return dataclasses.replace(result, states=(result.states > 0).astype(states.dtype))

    def _read(self, states: ArrayLike | PackedPatterns, name: str) -> bits.States:
        if isinstance(states, PackedPatterns):
            return bits.read_states(states, self.units, name)
        batch = bits.read_states(as_signs(states, self.values, name), self.units, name)
        return dataclasses.replace(batch, dtype=np.asarray(states).dtype)

    def _restore(self, batch: bits.States, words: NDArray[np.uint64]) -> Any:
        found = super()._restore(batch, words)
        return found if self.values == "plus-minus" or batch.dtype is None else (found > 0).astype(batch.dtype)

    def _values_of(self, words: NDArray[np.uint64]) -> NDArray[np.int8]:
        signs = super()._values_of(words)
        return signs if self.values == "plus-minus" else (signs + 1) // 2

    def _expect_energy(self) -> None:
        if not self.symmetric:
            raise ValueError(
                "rule must make symmetric couplings for an energy to exist, "
                f"but for ±1 its c1_pre is {self._signs.pre:g} and its c1_post {self._signs.post:g}"
            )

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]:
        return self.patterns.overlaps_of(words, threads)

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        if not self.symmetric:
            return np.full(len(words), np.nan)
        out = np.empty(len(words))
        for q in range(len(words)):
            row = words[q : q + 1]
            x = 1 - self._half_gap + self._half_gap * bits.unpack(row, self.units)[0]
            sums = self._of_signs(row, self._all_units(), self._terms)[0] + self._offset
            out[q] = -0.5 * math.fsum(x * (sums + self._bias)) / self._one
        return out

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        out = np.empty((len(words), len(units)))
        for part in pieces(len(out), len(self) * self.units, 24 * self.units):
            out[part] = (self._of_signs(words[part], units, self._terms) + self._offset[units]) / self._one
        return out

    def _of_signs(self, words: NDArray[np.uint64], units: NDArray[np.uint32], terms: SignRule) -> NDArray[np.float64]:
        """Σ_j W_ij σ_j of some units for a few states, W by these terms: (Q, len(units))."""
        classical = np.empty((len(words), len(units)))
        workspace = workspaces.take(_kernels.workspace_bytes(self._memory))
        _kernels.fields(self._memory, words, units, classical, workspace)
        workspaces.give_back(workspace)
        state = bits.unpack(words, self.units).astype(np.float64)
        total, inner = state.sum(axis=1, keepdims=True), (state @ self._sums)[:, None]
        joined = self._joined(terms, classical, self._sums[units], state[:, units], total, inner)
        return cast(NDArray[np.float64], joined)

    def _joined(self, terms: SignRule, classical: Any, sums: Any, state: Any, total: Any, inner: Any) -> Any:
        """The sum over the other units, for arrays and for one unit in the same order of rounding."""
        c0, pre, post, corr = terms
        return corr * classical + (c0 * len(self) + post * sums) * (total - state) + pre * (inner - sums * state)


def _made(patterns: PackedPatterns, rule: HebbianRule, values: str, threshold: float, level: float) -> Any:
    return PatternSpaceNetwork(patterns, rule, values=values, threshold=threshold, level=level)


class _Fields:
    """The fields of a state that moves: all of them while nothing has moved, then from overlaps and two sums."""

    def __init__(self, network: PatternSpaceNetwork, state: NDArray[np.int64]) -> None:
        self.network, self.state = network, state
        words = bits.pack_signs(state[None], "states")
        self._all: list[float] | None = network._fields_of(words, network._all_units())[0].tolist()

    def __getitem__(self, unit: int) -> float:
        """h_i."""
        if self._all is not None:
            return self._all[unit]
        network, value = self.network, float(self.state[unit])
        classical = float(network._columns[unit] @ self._overlaps) - len(network) * value
        sums = float(network._sums[unit])
        joined = network._joined(network._terms, classical, sums, value, self._total, self._inner)
        return float((joined + network._offset[unit]) / network._one)

    def flip(self, unit: int) -> None:
        """Turn a unit of the state over."""
        network = self.network
        self.state[unit] *= -1
        if self._all is not None:
            self._all = None
            self._overlaps = network.patterns.overlaps(self.state, threads=1).astype(np.float64)
            self._total, self._inner = float(self.state.sum()), float(network._sums @ self.state)
        else:
            change = 2.0 * float(self.state[unit])
            self._overlaps += change * network._columns[unit]
            self._total += change
            self._inner += change * float(network._sums[unit])
