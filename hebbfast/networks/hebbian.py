"""Networks of a generalised Hebbian rule without their D × D couplings: every field comes from overlaps and sums."""

import dataclasses
import math
from collections.abc import Iterable
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels, bits
from hebbfast._kernels.twin import recall as reference
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import run as dynamics
from hebbfast.dynamics.run import Recall
from hebbfast.interactions import Polynomial
from hebbfast.learning import HebbianRule
from hebbfast.learning.hebbian import as_signs, pack_values, unit_sums
from hebbfast.networks.dense import all_units, flip_costs

__all__ = ["PatternSpaceNetwork"]

_PIECE = 1 << 22  # values of a batch of states held as float64
_VISITS = 1 << 28  # pattern-visits between two looks at Ctrl-C


class PatternSpaceNetwork:
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

    The first bracket is the field of the classical network, which the kernels count. Integer and half-integer
    coefficients give exact fields while these stay below 2^53, else they are rounded. Recall runs in Python, some
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
        for name, number in (("threshold", threshold), ("level", level)):
            if not isinstance(number, (int, float, np.number)) or not math.isfinite(number):
                raise ValueError(f"{name} must be a finite number, got {number!r}")
        self._signs = self.rule.for_signs(values)
        self.patterns = pack_values(patterns, values)
        self.values, self.threshold, self.level = values, float(threshold), float(level)
        self.units = self.patterns.shape[1]
        self._half_gap = 1.0 if values == "plus-minus" else 0.5  # x = middle + half gap · σ
        middle = 1.0 - self._half_gap
        columns, K = self.patterns.columns(), len(self.patterns)
        self._columns = PackedPatterns._of(columns, K)
        self._memory = _kernels.Memory(self.patterns.words, columns, self.units, Polynomial(2).weights(self.units, K))
        self._sums = unit_sums(self.patterns).astype(np.float64)
        self.symmetric = self._signs.pre == self._signs.post or bool(np.all(self._sums == self._sums[0]))
        everyone = PackedPatterns(np.ones((1, self.units), dtype=np.int8))
        received = self._of_signs(everyone.words, all_units(self))[0]  # Σ_j W_ij
        self._bias = -self.threshold * received - self.level
        self._offset = middle * received + self._bias

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        kind = "symmetric" if self.symmetric else "asymmetric"
        return f"<PatternSpaceNetwork K={len(self)} D={self.units} {kind} {self.values}>"

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[np.float64]:
        """Fields h_i = Σ_j W_ij (x_j - threshold) - level: float64 (D,) for one state (D,), (Q, D) for a batch."""
        batch = self._read(states, "states")
        fields = self._fields(batch.words, all_units(self))
        return fields[0] if batch.single else fields

    def energy(self, states: ArrayLike | PackedPatterns) -> Any:
        """Energy E = -½ Σ_ij W_ij x_i x_j + Σ_i (threshold Σ_j W_ij + level) x_i: float64 scalar, or (Q,) for a batch.

        Raises
        ------
        ValueError
            If W is not symmetric: the dynamics then has no energy.
        """
        self._expect_energy()
        batch = self._read(states, "states")
        energies = self._energies(batch.words)
        return energies[0] if batch.single else energies

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences of single flips: float64 (len(units),) or (Q, len(units)); all units when None.

        Raises
        ------
        ValueError
            If W is not symmetric, or a unit is out of range.
        """
        self._expect_energy()
        return self._half_gap * flip_costs(self, self._read(states, "states"), units)

    def recall(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        update: str = "async",
        order: str | ArrayLike = "random",
        max_sweeps: int = 100,
        temperature: float = 0.0,
        tie: str = "plus",
        clamp: ArrayLike | None = None,
        rng: Any = None,
        threads: int | None = None,
        record: str | Iterable[str] | None = None,
    ) -> Recall:
        """Let cues move until they rest; arguments, result and errors as `DenseAssociativeMemory.recall`.

        One thread runs, whatever ``threads`` allows. The heat bath takes the high value with the probability
        1 / (1 + exp(-ΔE / T)), ΔE = 2 h_i for ±1 and h_i for {0, 1}. The energies of asymmetric rules, for which
        convergence is not promised, are NaN. Overlaps in ``trace`` are those of the signs.

        Examples
        --------
        >>> import hebbfast as hb
        >>> rule = hb.learning.zero_one_product()
        >>> network = hb.PatternSpaceNetwork([[1, 1, 0, 0, 1]], rule, values="zero-one", threshold=0.5)
        >>> network.recall([1, 1, 0, 0, 0], order="sequential").states.tolist()
        [1, 1, 0, 0, 1]
        """
        result = dynamics.recall(
            _Model(self),
            self._read(cues, "cues"),
            self._energies,
            lambda words: self.patterns.overlaps(PackedPatterns._of(words.view(), self.units)),
            update=update,
            order=order,
            max_sweeps=max_sweeps,
            temperature=temperature,
            tie=tie,
            clamp=clamp,
            rng=rng,
            threads=threads,
            record=record,
            kernels=reference,
        )
        if self.values == "plus-minus":
            return result
        states, trace = result.states, dict(result.trace)
        if not isinstance(cues, PackedPatterns):
            states = states.astype(np.asarray(cues).dtype)
        if "states" in trace:
            trace["states"] = (trace["states"] + 1) // 2
        return dataclasses.replace(result, states=states, trace=trace)

    sample = dynamics.sample

    def _read(self, states: ArrayLike | PackedPatterns, name: str) -> bits.States:
        if isinstance(states, PackedPatterns):
            return bits.read_states(states, self.units, name)
        return bits.read_states(as_signs(states, self.values, name), self.units, name)

    def _expect_energy(self) -> None:
        if not self.symmetric:
            raise ValueError(
                "rule must make symmetric couplings for an energy to exist, "
                f"but for ±1 its c1_pre is {self._signs.pre:g} and its c1_post {self._signs.post:g}"
            )

    def _energies(self, words: NDArray[np.uint64]) -> NDArray[np.float64]:
        if not self.symmetric:
            return np.full(len(words), np.nan)
        out = np.empty(len(words))
        for q in range(len(words)):
            row = words[q : q + 1]
            x = 1 - self._half_gap + self._half_gap * PackedPatterns._of(row.view(), self.units).unpack()[0]
            out[q] = -0.5 * math.fsum(x * (self._fields(row, all_units(self))[0] + self._bias))
        return out

    def _fields(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        out = np.empty((len(words), len(units)))
        step = max(1, min(_PIECE // self.units, _VISITS // (len(self) * self.units)))
        for first in range(0, len(out), step):
            sums = self._of_signs(words[first : first + step], units)
            out[first : first + step] = self._half_gap * sums + self._offset[units]
        return out

    def _of_signs(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Σ_j W_ij σ_j of some units for a few states: (Q, len(units))."""
        classical = np.empty((len(words), len(units)))
        _kernels.fields(self._memory, words, units, classical)
        state = PackedPatterns._of(words.view(), self.units).unpack().astype(np.float64)
        total, inner = state.sum(axis=1, keepdims=True), (state @ self._sums)[:, None]
        return cast(NDArray[np.float64], self._joined(classical, self._sums[units], state[:, units], total, inner))

    def _joined(self, classical: Any, sums: Any, state: Any, total: Any, inner: Any) -> Any:
        """The sum over the other units, for arrays and for one unit in the same order of rounding."""
        c0, pre, post, corr = self._signs
        return corr * classical + (c0 * len(self) + post * sums) * (total - state) + pre * (inner - sums * state)


@dataclasses.dataclass
class _Sums:
    """What the fields of a state follow from: all of them while nothing has moved, then overlaps and two sums."""

    fields: NDArray[np.float64] | None
    overlaps: Any = None
    total: float = 0.0
    inner: float = 0.0


class _Model:
    """A network as `reference.recall` takes it."""

    def __init__(self, network: PatternSpaceNetwork) -> None:
        self.network, self.units = network, network.units

    def sums(self, state: NDArray[np.int64]) -> _Sums:
        return _Sums(self.network._fields(bits.pack_signs(state[None], "states"), all_units(self))[0])

    def flip(self, sums: _Sums, state: NDArray[np.int64], unit: int) -> None:
        """Bring the sums up to date: unit i has just taken the value σ_i."""
        network = self.network
        if sums.fields is not None:
            sums.fields = None
            sums.overlaps = network.patterns.overlaps(state).astype(np.float64)
            sums.total, sums.inner = float(state.sum()), float(network._sums @ state)
        else:
            change = 2.0 * float(state[unit])
            sums.overlaps += change * network._columns[unit]
            sums.total += change
            sums.inner += change * float(network._sums[unit])

    def integer(self, sums: _Sums, state: NDArray[np.int64], unit: int) -> float:
        """h_i, whose sign decides."""
        if sums.fields is not None:
            return float(sums.fields[unit])
        network, value = self.network, float(state[unit])
        classical = float(network._columns[unit] @ sums.overlaps) - len(network) * value
        joined = network._joined(classical, float(network._sums[unit]), value, sums.total, sums.inner)
        return float(network._half_gap * joined + network._offset[unit])

    def field(self, sums: _Sums, value: float) -> float:
        """½ [E(low) - E(high)]."""
        return self.network._half_gap * value
