"""The NumPy twin of what is recalled from, and of how states move: fields, energies, decisions, from the formulas.

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

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._kernels.twin.exp import exp_of, ln, log_turn
from hebbfast._kernels.twin.packing import signs_of

if TYPE_CHECKING:
    from hebbfast.interactions import Weights

__all__ = ["Couplings", "Dynamics", "Memory", "Model"]

_Words = NDArray[np.uint64]


class Memory:
    """Patterns (`columns` are `rows` transposed), each counted w_μ times, and an interaction: E = -Σ_μ w_μ F(m_μ)."""

    energies = True

    def __init__(self, rows: _Words, columns: _Words, units: int, weights: "Weights", engine: str = "auto") -> None:
        self.units = units
        self.weights = weights
        self.patterns = signs_of(rows, units)
        self.columns = signs_of(columns, len(rows))
        self.multitude = np.ones(len(rows), dtype=np.int64) if weights.multitude is None else weights.multitude
        self.bias = [0] * units if weights.bias is None else weights.bias.tolist()
        if weights.power:
            fits = 2 * sum(map(abs, self.multitude.tolist())) * (units + 1) ** weights.power < 2**63
            self.dtype: Any = np.int64 if fits else object
            others = np.arange(-units, units + 1)
            self.gain = self.power(others + 1) - self.power(others - 1)
        elif weights.relative:
            distance = np.arange(2.0 * units + 2)
            self.gain = np.rint(2.0**weights.shift * exp_of(-weights.beta * distance)).astype(np.int64)
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
            log = log_turn(turn) if abs(turn) < 0.17 else ln((a + c * b) / (c * a + b))
            return int(state[unit]) * (log / (2.0 * w.beta))
        integer = self.integer(m, state, unit)
        if w.relative:
            return float(integer) * (w.unit * float(exp_of(w.beta * float(self.top(m) + 1))))
        return float(integer) / w.divisor

    def energy(self, m: NDArray[np.int64], state: NDArray[np.int64] | None = None) -> float:
        """E = -Σ_μ F(m_μ) - Σ_i b_i σ_i: of powers one sum of integers, rounded once; else both are rounded."""
        w, along = self.weights, 0
        if w.bias is not None:
            assert state is not None
            along = sum(b * s for b, s in zip(self.bias, state.tolist(), strict=True))
        if w.power and w.bias is not None:
            return -(float(2 * int((self.multitude * self.power(m)).sum()) + along) / w.divisor)
        energy = self.energy_of_patterns(m)
        return energy if w.bias is None else energy - float(along) / w.divisor

    def energy_of_patterns(self, m: NDArray[np.int64]) -> float:
        """-Σ_μ F(m_μ); powers are added as integers, other F one after another."""
        w = self.weights
        if w.power:
            return -(float(int((self.multitude * self.power(m)).sum())) / w.energy_divisor)
        if w.logarithmic:
            total = 0.0
            for overlap in range(-self.units, self.top(m) + 1, 2):  # from the smallest term
                count = int(self.multitude[m == overlap].sum())
                total += count * float(exp_of(-2.0 * w.beta * ((self.top(m) - overlap) // 2)))
            return -((w.beta * self.top(m) + ln(total / w.energy_divisor)) / w.beta)
        if w.relative:
            terms = exp_of(w.beta * m.astype(np.float64))
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
        self.free = signs_of(clamp, units) < 0 if len(clamp) else np.ones(units, dtype=bool)

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
            return -value if draw() < float(exp_of((-2.0 * (value * field)) / temperature)) else value
        probability = 1.0 / (1.0 + float(exp_of((-2.0 * field) / temperature)))
        return 1 if draw() < probability else -1
