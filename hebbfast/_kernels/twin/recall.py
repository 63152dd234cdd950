"""The NumPy twin of the kernels: the same names and arguments as `hebbfast._kernels`, written from the formulas.

Every decision is made from integers, in Python integers where int64 could overflow; every float64 operation is
written in the order in which the kernels do it. So states, sweeps, flips, fields and energies are equal bit for bit.

Notation: ξ_i^μ is unit i of pattern μ, σ the state, m_μ = Σ_i ξ_i^μ σ_i its overlaps, S_μ = m_μ - ξ_i^μ σ_i the
overlaps without the unit that is visited.

Sources
-------
Hopfield (1982), PNAS 79, 2554: couplings, energy, asynchronous updates.
Krotov and Hopfield (2016), NeurIPS 29, eqs. 1-4: E = -Σ_μ F(m_μ), updates by the sign of an energy difference.
Demircigil, Heusel, Löwe, Upgang and Vermet (2017), J. Stat. Phys. 168, 288: F = exp.
Glauber (1963), J. Math. Phys. 4, 294: the heat bath.
Metropolis, Rosenbluth, Rosenbluth, Teller and Teller (1953), J. Chem. Phys. 21, 1087.
"""

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.streams import Stream

if TYPE_CHECKING:
    from hebbfast.interactions import Weights

__all__ = [
    "Couplings",
    "Dynamics",
    "Memory",
    "count_bits",
    "coupling_energies",
    "energies",
    "exp",
    "fields",
    "follow",
    "overlaps",
    "pack",
    "read_words",
    "recall",
    "recall_each",
    "transpose",
    "unpack",
    "update_units",
    "workspace_bytes",
]

_Words = NDArray[np.uint64]
_EXP_SERIES = tuple(1.0 / math.factorial(j) for j in range(14))
_RUNNING, _CONVERGED, _CYCLE, _STOPPED = range(4)
_STREAM, _INCREMENT, _SWEEPS, _FLIPS, _STATUS = range(5)


def exp(x: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    """e^x to the last bit as the kernels have it: libm differs between systems."""
    out[...] = _exp(x)


def _exp(x: Any) -> Any:
    """2^k Σ_j r^j / j! with x = k ln 2 + r, |r| ≤ ln(2) / 2, and ln 2 in two parts (Cody and Waite 1980)."""
    inside = np.minimum(np.maximum(x, -708.0), 709.0)
    k = (inside * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    r = (inside - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10
    series: Any = _EXP_SERIES[13]
    for coefficient in _EXP_SERIES[12::-1]:
        series = series * r + coefficient
    power = np.ldexp(1.0, k.astype(np.int64))
    return np.where(x > 709.0, np.inf, np.where(x < -708.0, 0.0, series * power))


def _log_turn(s: float) -> float:
    """ln((1 + s) / (1 - s)) = 2 (s + s³ / 3 + s⁵ / 5 + ...)."""
    square, series = s * s, 2.0 / 23
    for j in range(21, 0, -2):
        series = series * square + 2.0 / j
    return s * series


def _ln(x: float) -> float:
    """k ln 2 + ln f with x = 2^k f, √½ ≤ f < √2."""
    f, k = math.frexp(x)
    if f * f < 0.5:
        f, k = 2 * f, k - 1
    return k * 6.93147180369123816490e-01 + (_log_turn((f - 1.0) / (f + 1.0)) + k * 1.90821492927058770002e-10)


def pack(values: NDArray[np.int8], out: _Words) -> int:
    """Pack (R, D) of ±1 to words; -1, or the flat index of the first value that is not ±1."""
    wrong = np.flatnonzero(np.abs(values.astype(np.int64)) != 1)
    if len(wrong):
        return int(wrong[0])
    out[...] = _words(values)
    return -1


def unpack(words: _Words, out: NDArray[np.int8]) -> None:
    """Unpack words to (R, D) of ±1."""
    out[...] = _signs(words, out.shape[1])


def count_bits(words: NDArray[np.uint64]) -> int:
    """Bits set, of all words."""
    return int(np.bitwise_count(words).sum(dtype=np.int64))


def read_words(words: NDArray[np.uint64]) -> int:
    """All words or-ed: what it takes to read them."""
    return int(np.bitwise_or.reduce(words, initial=np.uint64(0)))


def transpose(words: _Words, units: int, out: _Words, first: int, last: int) -> None:
    """The transposed bit matrix, (R, D) as (D, R): columns first..last-1 of it, from the rows of these numbers."""
    out[:, first // 64 : -(-last // 64)] = _words(_signs(words[first:last], units).T)


def _words(signs: NDArray[Any]) -> _Words:
    """Bit 1 is +1, unit j is bit j % 64 of word j // 64, and the tail of the last word is zero."""
    octets = np.packbits(signs > 0, axis=-1, bitorder="little")
    padding = [(0, 0)] * (signs.ndim - 1) + [(0, -octets.shape[-1] % 8)]
    return np.ascontiguousarray(np.pad(octets, padding)).view("<u8").astype(np.uint64)


def _signs(words: _Words, units: int) -> NDArray[np.int8]:
    octets = np.ascontiguousarray(words).astype("<u8").view(np.uint8)
    bits = np.unpackbits(octets, axis=-1, count=units, bitorder="little")
    return 2 * bits.astype(np.int8) - 1


def overlaps(rows: _Words, states: _Words, units: int, out: NDArray[np.int32]) -> None:
    """m_μ = Σ_i ξ_i^μ σ_i of every state with every pattern."""
    # A product of doubles is exact below 2^53, and the only fast one in NumPy.
    out[...] = _signs(states, units).astype(np.float64) @ _signs(rows, units).T.astype(np.float64)


class Memory:
    """Patterns (`columns` are `rows` transposed), each counted w_μ times, and an interaction: E = -Σ_μ w_μ F(m_μ)."""

    energies = True

    def __init__(self, rows: _Words, columns: _Words, units: int, weights: "Weights", engine: str = "auto") -> None:
        self.units = units
        self.weights = weights
        self.patterns = _signs(rows, units)
        self.columns = _signs(columns, len(rows))
        self.multitude = np.ones(len(rows), dtype=np.int64) if weights.multitude is None else weights.multitude
        self.bias = [0] * units if weights.bias is None else weights.bias.tolist()
        if weights.power:
            fits = 2 * sum(map(abs, self.multitude.tolist())) * (units + 1) ** weights.power < 2**63
            self.dtype: Any = np.int64 if fits else object
            others = np.arange(-units, units + 1)
            self.gain = self.power(others + 1) - self.power(others - 1)
        elif weights.relative:
            distance = np.arange(2.0 * units + 2)
            self.gain = np.rint(2.0**weights.shift * _exp(-weights.beta * distance)).astype(np.int64)
        else:  # G(S) by S, from a table by a = (D - 1 + S) / 2, which begins at a = -1
            assert weights.gain is not None
            self.gain = weights.gain[(np.arange(2 * units + 1) + 1) // 2]

    def power(self, x: NDArray[Any]) -> NDArray[Any]:
        """P(x) = xⁿ, or max(x, 0)ⁿ: F without its divisor."""
        x = np.maximum(x, 0) if self.weights.rectified else x
        return x.astype(self.dtype) ** self.weights.power

    def sums(self, state: NDArray[np.int64]) -> NDArray[np.int64]:
        """m_μ, from which every field follows."""
        return self.patterns @ state

    def flip(self, m: NDArray[np.int64], state: NDArray[np.int64], unit: int) -> None:
        """Bring the overlaps up to date: unit i has just taken the value σ_i."""
        m += 2 * state[unit] * self.columns[unit]

    def integer(self, m: NDArray[np.int64], state: NDArray[np.int64], unit: int) -> int:
        """N_i = Σ_μ ξ_i^μ G(S_μ), the difference rule of Krotov and Hopfield (2016, eq. 4) as an integer.

        G(S) = P(S + 1) - P(S - 1); for F = exp, G(S) = q(max m + 1 - S) with q(d) = rint(2^s e^(-beta d)).
        A table gives G by itself. The bias is added.
        """
        xi, terms = self.terms(m, state, unit)
        return int(xi @ terms) + int(self.bias[unit])

    def sides(self, m: NDArray[np.int64], state: NDArray[np.int64], unit: int) -> tuple[int, int]:
        """Σ_μ w_μ G(S_μ) over the patterns that agree with the unit, and over the others."""
        xi, terms = self.terms(m, state, unit)
        agree = xi == state[unit]
        return int(terms[agree].sum()), int(terms[~agree].sum())

    def terms(self, m: NDArray[np.int64], state: NDArray[np.int64], unit: int) -> tuple[NDArray[np.int8], NDArray[Any]]:
        """ξ_i^μ and w_μ G(S_μ)."""
        xi = self.columns[unit]
        others = m - xi * state[unit]
        gain = self.gain[np.maximum(self.top(m) + 1 - others, 0) if self.weights.relative else others + self.units]
        return xi, self.multitude * gain

    def top(self, m: NDArray[np.int64]) -> int:
        """Max m, of the patterns that count."""
        return int(m[self.multitude != 0].max())

    def field(self, m: NDArray[np.int64], state: NDArray[np.int64], unit: int) -> float:
        """h_i = ½ [E(σ_i = -1) - E(σ_i = +1)]: N_i over its divisor, or N_i 2^-s sinh(beta) e^(beta (max m + 1)).

        Of a logarithm ln(odds) / (2 beta), from A and B of `sides`.
        """
        w = self.weights
        if w.logarithmic:
            agree, others = self.sides(m, state, unit)
            c, a, b = w.unit, float(agree), float(others)
            turn = (1.0 - c) * float(agree - others) / ((1.0 + c) * (a + b))
            log = _log_turn(turn) if abs(turn) < 0.17 else _ln((a + c * b) / (c * a + b))
            return int(state[unit]) * (log / (2.0 * w.beta))
        integer = self.integer(m, state, unit)
        if w.relative:
            return float(integer) * (w.unit * float(_exp(w.beta * float(self.top(m) + 1))))
        return float(integer) / w.divisor

    def energy(self, m: NDArray[np.int64], state: NDArray[np.int64] | None = None) -> float:
        """E = -Σ_μ F(m_μ) - Σ_i b_i σ_i; both are rounded."""
        energy = self.energy_of_patterns(m)
        if self.weights.bias is None:
            return energy
        assert state is not None
        return energy - float(sum(b * s for b, s in zip(self.bias, state.tolist(), strict=True))) / self.weights.divisor

    def energy_of_patterns(self, m: NDArray[np.int64]) -> float:
        """-Σ_μ F(m_μ); powers are added as integers, other F one after another."""
        w = self.weights
        if w.power:
            return -(float(int((self.multitude * self.power(m)).sum())) / w.energy_divisor)
        if w.logarithmic:
            total = 0.0
            for overlap in range(-self.units, self.top(m) + 1, 2):  # from the smallest term
                count = int(self.multitude[m == overlap].sum())
                total += count * float(_exp(-2.0 * w.beta * ((self.top(m) - overlap) // 2)))
            return -((w.beta * self.top(m) + _ln(total / w.energy_divisor)) / w.beta)
        if w.relative:
            terms = _exp(w.beta * m.astype(np.float64))
        else:
            assert w.energy_table is not None
            terms = w.energy_table[(m + self.units) // 2]
        # np.sum adds in pairs, and sum() compensates from Python 3.12 on.
        return -float(np.add.accumulate(terms * self.multitude)[-1] / w.energy_divisor)


class Couplings:
    """Integer couplings (row j: those from unit j) and a bias; times `scale` they are energies (Hopfield 1982)."""

    def __init__(
        self,
        outgoing: NDArray[np.signedinteger[Any]],
        bias: NDArray[np.signedinteger[Any]],
        scale: float,
        symmetric: bool,
        *,
        own: int = 0,
        divisor: float = 1.0,
    ) -> None:
        self.units = len(bias)
        self.scale, self.divisor, self.own = scale, divisor, own
        self.energies = symmetric and outgoing.itemsize < 8
        bound = np.abs(outgoing.astype(np.float64)).sum(axis=0) + np.abs(bias.astype(np.float64))
        dtype: Any = np.int64 if bound.max() < 2.0**62 else object
        self.outgoing: NDArray[Any] = outgoing.astype(dtype)
        self.bias: NDArray[Any] = bias.astype(dtype)

    def sums(self, state: NDArray[np.int64]) -> NDArray[Any]:
        """N_i = b_i + Σ_j J_ij σ_j."""
        sums: NDArray[Any] = self.bias + state @ self.outgoing
        return sums

    def flip(self, sums: NDArray[Any], state: NDArray[np.int64], unit: int) -> None:
        """Bring the fields up to date: unit i has just taken the value σ_i."""
        sums += 2 * int(state[unit]) * self.outgoing[unit]

    def integer(self, sums: NDArray[Any], state: NDArray[np.int64], unit: int) -> int:
        """N_i."""
        return int(sums[unit])

    def field(self, sums: NDArray[Any], state: NDArray[np.int64], unit: int) -> float:
        """h_i, rounded once."""
        return float(self.integer(sums, state, unit)) * self.scale / self.divisor

    def energy(self, sums: NDArray[Any], state: NDArray[np.int64]) -> float:
        """E = -½ (own + Σ_ij σ_i J_ij σ_j) - Σ_i b_i σ_i, from twice its integer."""
        twice = int(state.astype(object) @ (self.outgoing.astype(object) @ state + 2 * self.bias.astype(object)))
        return -0.5 * (float(twice + self.own) * self.scale / self.divisor)


Model = Memory | Couplings


class Dynamics:
    """How states move; the words are those of `DenseAssociativeMemory.recall`, `visits` the order as an array.

    Cue q in sweep s has the temperature of row min(s, S - 1) of (S, R), in column q or the only one. In the same way it
    visits row min(s, S - 1) of (R, S, V), or of (V,), and has row s of `uniforms` (R, S, V), if they are given.
    """

    def __init__(
        self,
        units: int,
        update: str,
        order: str,
        visits: NDArray[np.uint32],
        tie: str,
        temperatures: NDArray[np.float64],
        clamp: _Words,
        *,
        method: str = "heat_bath",
        uniforms: NDArray[np.float64] | None = None,
    ) -> None:
        self.units, self.uniforms = units, uniforms
        self.update, self.order, self.visits = update, order, visits.reshape((1, 1, -1)) if visits.ndim == 1 else visits
        self.tie, self.temperatures, self.method = tie, temperatures, method
        self.free = _signs(clamp, units) < 0 if len(clamp) else np.ones(units, dtype=bool)

    def course(self, cue: int, sweep: int) -> NDArray[np.float64]:
        """Temperatures of a cue from a sweep on; the last one stays."""
        column = self.temperatures[:, cue if self.temperatures.shape[1] > 1 else 0]
        return column[min(sweep, len(column) - 1) :]

    def given(self, cue: int, sweep: int) -> NDArray[np.float64] | None:
        """The u of every visit of a sweep, or None."""
        return None if self.uniforms is None else self.uniforms[cue if len(self.uniforms) > 1 else 0, sweep]

    def decide(
        self,
        model: Model,
        sums: NDArray[Any],
        state: NDArray[np.int64],
        unit: int,
        temperature: float,
        draw: Callable[[], float] | None,
    ) -> int:
        """The next value of a unit: sign(N_i), or at T > 0 what the method says.

        The heat bath takes +1 iff u < 1 / (1 + e^(-2 h_i / T)), Metropolis flips iff u < e^(-2 σ_i h_i / T).
        """
        value = int(state[unit])
        if draw is None or temperature == 0:
            integer, ties = model.integer(sums, state, unit), {"plus": 1, "minus": -1, "keep": value}
            return ties[self.tie] if integer == 0 else 1 if integer > 0 else -1
        field = model.field(sums, state, unit)
        if self.method == "metropolis":
            return -value if draw() < float(_exp((-2.0 * (value * field)) / temperature)) else value
        probability = 1.0 / (1.0 + float(_exp((-2.0 * field) / temperature)))
        return 1 if draw() < probability else -1


def workspace_bytes(model: Model, dynamics: Dynamics | None = None) -> int:
    """The twin needs no memory of the caller."""
    return 0


def energies(
    memory: Memory,
    overlaps: NDArray[np.int32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
    states: _Words | None = None,
) -> None:
    """E from the overlaps of every state, and with a bias from the states."""
    for q, m in enumerate(overlaps.astype(np.int64)):
        out[q] = memory.energy(m, None if states is None else _signs(states[q], memory.units).astype(np.int64))


def coupling_energies(model: Couplings, states: _Words, out: NDArray[np.float64], workspace: NDArray[np.uint8]) -> None:
    """E of states, from twice its integer."""
    for q, state in enumerate(_signs(states, model.units).astype(np.int64)):
        out[q] = model.energy(model.sums(state), state)


def fields(
    model: Model,
    states: _Words,
    units: NDArray[np.uint32],
    out: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> None:
    """h_i of some units in every state."""
    for q, state in enumerate(_signs(states, model.units).astype(np.int64)):
        sums = model.sums(state)
        out[q] = [model.field(sums, state, int(i)) for i in units]


def recall(
    model: Model,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int:
    """Sweep cues first..last-1 until each has a status or `sweep_limit` sweeps, in place; `budget` has no effect.

    `energies`, unless empty, takes the energies of the cues that ran.

    A row of `progress` is the random stream, its increment, the sweeps, the flips and the status: 0 running, 1
    converged (a sweep without a flip), 2 a synchronous cycle of period 2, 3 at rest in a partial order only; a cue ends
    only at T = 0, and if no later temperature is above it. `previous` holds the states one synchronous update back.
    """
    for q in range(first, last):
        state = _signs(states[q], model.units).astype(np.int64)
        before = _signs(previous[q], model.units).astype(np.int64) if dynamics.update == "sync" else state
        stream, sweeps = Stream(*progress[q, [_STREAM, _INCREMENT]].tolist()), int(progress[q, _SWEEPS])
        sweep = sweeps
        while progress[q, _STATUS] == _RUNNING and sweep < sweep_limit:
            course = dynamics.course(q, sweep)
            if dynamics.update == "sync":
                after = _update(model, dynamics, state, course[0], stream, dynamics.given(q, sweep))
                returned = sweep > 0 and dynamics.course(q, sweep - 1)[0] == 0 and np.array_equal(after, before)
                flips = int(np.count_nonzero(after != state))
                status = _RUNNING if flips and not returned else _CYCLE if flips else _CONVERGED
                before, state = state, after
            else:
                flips = _sweep(model, dynamics, state, course[0], stream, q, sweep)
                status = _RUNNING if flips else _rest(model, dynamics, state, sweep)
            sweep += 1
            progress[q, _FLIPS] += flips
            progress[q, _STATUS] = _RUNNING if course.any() else status
        progress[q, _STREAM], progress[q, _SWEEPS] = stream.z, sweep
        if len(energies) and sweeps < sweep:
            energies[q] = model.energy(model.sums(state), state)
        states[q] = _words(state)
        if dynamics.update == "sync":
            previous[q] = _words(before)
    return last


def update_units(
    memory: Memory,
    dynamics: Dynamics,
    level: int,
    state: _Words,
    overlaps: NDArray[np.int32],
    first: int,
    last: int,
    coming: _Words,
    workspace: NDArray[np.uint8],
) -> None:
    """Units first..last-1 of a synchronous update at T = 0, from the overlaps of the state; whole words of `coming`."""
    signs, sums = _signs(state, memory.units).astype(np.int64), overlaps.astype(np.int64)
    after = signs.copy()
    for unit in range(first, last):
        if dynamics.free[unit]:
            after[unit] = dynamics.decide(memory, sums, signs, unit, 0.0, None)
    part = slice(first // 64, -(-last // 64))
    coming[part] = _words(after)[part]


def _draw(stream: Stream, given: NDArray[np.float64] | None, visit: int) -> Callable[[], float]:
    """What gives the u of a visit."""
    return stream.uniform if given is None else lambda: float(given[visit])


def _sweep(
    model: Model,
    dynamics: Dynamics,
    state: NDArray[np.int64],
    temperature: float,
    stream: Stream,
    cue: int,
    sweep: int,
) -> int:
    """One asynchronous sweep, in place; the number of flips."""
    sums, flips, given = model.sums(state), 0, dynamics.given(cue, sweep)
    for visit, unit in enumerate(_visits(dynamics, model.units, stream, cue, sweep)):
        if dynamics.free[unit]:
            value = dynamics.decide(model, sums, state, unit, temperature, _draw(stream, given, visit))
            if value != state[unit]:
                state[unit] = value
                model.flip(sums, state, unit)
                flips += 1
    return flips


def _visits(dynamics: Dynamics, units: int, stream: Stream, cue: int, sweep: int) -> Iterable[int]:
    """The units of one sweep, in order; with replacement each is drawn when it is visited."""
    if dynamics.order == "random":
        return stream.permutation(units)
    if dynamics.order == "replacement":
        return (stream.below(units) for _ in range(units))
    if dynamics.order == "sequential":
        return range(units)
    cues, sweeps = dynamics.visits.shape[:2]
    return map(int, dynamics.visits[cue if cues > 1 else 0, min(sweep, sweeps - 1)])


def _update(
    model: Model,
    dynamics: Dynamics,
    state: NDArray[np.int64],
    temperature: float,
    stream: Stream | None,
    given: NDArray[np.float64] | None = None,
) -> NDArray[np.int64]:
    """All units decide in index order, each from the same state, and then change at once."""
    sums, after = model.sums(state), state.copy()
    for unit in np.flatnonzero(dynamics.free).tolist():
        draw = None if stream is None else _draw(stream, given, unit)
        after[unit] = dynamics.decide(model, sums, state, unit, temperature, draw)
    return after


def _rest(model: Model, dynamics: Dynamics, state: NDArray[np.int64], sweep: int) -> int:
    """The status after a sweep at T = 0 without a flip: a fixed point if every unit keeps its value.

    An order that leaves units out stops, if later sweeps are the same.
    """
    if np.array_equal(_update(model, dynamics, state, 0.0, None), state):
        return _CONVERGED
    return _STOPPED if dynamics.order == "array" and sweep >= dynamics.visits.shape[1] - 1 else _RUNNING


def follow(
    model: Model,
    dynamics: Dynamics,
    level: int,
    states: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    last: int,
    budget: int,
    energies: NDArray[np.float64],
    best_states: _Words,
    best_energies: NDArray[np.float64],
    workspace: NDArray[np.uint8],
) -> int:
    """`recall` sweep by sweep: a row of energies after each of the last ones, and the first of the lowest states."""
    for row, sweeps in enumerate(range(sweep_limit - len(energies) + 1, sweep_limit + 1)):
        none = np.empty(0)
        recall(model, dynamics, level, states, states[:0], progress, sweeps, first, last, budget, none, workspace)
        for q in range(first, last):
            state = _signs(states[q : q + 1], model.units)[0].astype(np.int64)
            energies[row, q] = model.energy(model.sums(state), state)
            if len(best_energies) and energies[row, q] < best_energies[q]:
                best_energies[q], best_states[q] = energies[row, q], states[q]
    return last


def recall_each(
    like: Memory,
    dynamics: Dynamics,
    level: int,
    rows: _Words,
    columns: _Words,
    states: _Words,
    previous: _Words,
    progress: NDArray[np.int64],
    sweep_limit: int,
    first: int,
    budget: int,
    workspace: NDArray[np.uint8],
) -> int:
    """`recall` in M memories (M, K, W) of the interaction of `like`, the cues (M, Q, W) of each in its own.

    Memory after memory is transposed into `columns`; `first` and the result count the cues of all.
    """
    memories, count = states.shape[:2]
    for m in range(memories):
        transpose(rows[m], like.units, columns, 0, rows.shape[1])
        memory = Memory(rows[m], columns, like.units, like.weights)
        before, start, none = previous[m], min(max(first - m * count, 0), count), np.empty(0)
        recall(
            memory, dynamics, level, states[m], before, progress[m], sweep_limit, start, count, budget, none, workspace
        )
    return int(memories * count)
