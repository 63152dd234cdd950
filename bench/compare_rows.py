"""What compare.py measures: calls that need hebbfast, NumPy and SciPy alone, by public names: two versions run them.

Patterns and cues are drawn by NumPy, orders are given: both versions have the same work although their random streams
may differ. A result is compared with NumPy's, or with what was stored, before the time is taken.
"""

import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import hebbfast as hb

TURN = 5e-3  # seconds of a turn, at least
BATCH = 3e-4  # seconds of the calls that are timed together, at least
SINGLES = 16  # cues that take turns, so that no branch predictor knows them by heart
LARGE = 1 << 24  # pattern bits from which a row is left out of a quick comparison


@dataclass(frozen=True)
class Work:
    """`call` runs on any of the inputs that `fresh` draws; `check` asserts what it gave."""

    call: Callable[[Any], Any]
    fresh: Callable[[np.random.Generator], list[Any]]
    check: Callable[[Any, Any], None]


@dataclass(frozen=True)
class Row:
    """A line of the table: its name, how to make its work, the pattern bits that this takes."""

    name: str
    make: Callable[[], Work]
    size: int = 0


# Drawn by NumPy


def signs(rng, count, units):
    """int8 (count, units) of ±1."""
    packed = np.frombuffer(rng.bytes(count * -(-units // 8)), dtype=np.uint8).reshape(count, -1)
    return np.unpackbits(packed, axis=1, count=units).view(np.int8) * np.int8(2) - np.int8(1)


def damaged(rng, rows):
    """A copy with a tenth of the units of each row flipped."""
    rows = rows.copy()
    for row in rows:
        row[rng.permutation(row.size)[: row.size // 10]] *= -1
    return rows


@functools.lru_cache(1)
def stored(patterns, units):
    """Patterns, packed patterns, an order of visits."""
    rng = np.random.default_rng(3)
    rows = signs(rng, patterns, units)
    return rows, hb.PackedPatterns(rows), rng.permutation(units).astype(np.uint32)


def cues_of(rows, states):
    """Damaged patterns: SINGLES of them, or two batches."""

    def fresh(rng):
        picks = rng.integers(len(rows), size=(2, states) if states else (SINGLES, 1))
        return [damaged(rng, rows[pick]) if states else damaged(rng, rows[pick])[0] for pick in picks]

    return fresh


# Oracles


def sign_of_visit(rows, state, unit, interaction):
    """The sign of F(S + ξ) - F(S - ξ) summed over the patterns; 0 where float64 cannot tell."""
    own = rows[:, unit].astype(np.float64)
    rest = rows @ state.astype(np.float32) - own * state[unit]
    if isinstance(interaction, hb.Exponential):
        terms = own * np.exp(interaction.beta * (rest - rest.max()))
    else:
        degree = interaction.degree
        rectified = isinstance(interaction, hb.RectifiedPolynomial)
        up, down = (np.maximum(x, 0) if rectified else x for x in (rest + own, rest - own))
        terms = (up**degree - down**degree) / max(1.0, float(np.abs(rest).max())) ** (degree - 1)
    total = terms.sum()
    return 0 if abs(total) < 1e-6 * np.abs(terms).sum() else np.sign(total)


def last_visit(rows, order, interaction):
    """Asserts the decision of the last visit of a sweep, which nothing has changed since."""

    def check(cues, states):
        state, cue = np.atleast_2d(states)[0], np.atleast_2d(cues)[0]
        assert (np.abs(state) == 1).all() and (state != cue).any(), "the sweep changed nothing"
        expected = sign_of_visit(rows, state, order[-1], interaction)
        assert expected in (0, state[order[-1]]), "the last visit has a wrong sign"

    return check


def equal(expected):
    """Asserts what NumPy gives for the same input."""
    return lambda given, result: np.testing.assert_allclose(result, expected(given), rtol=1e-9, atol=1e-9)


def recalled(rows):
    """Asserts that each final state is a stored pattern."""

    def check(_, states):
        overlaps = np.atleast_2d(states).astype(np.float32) @ rows.T
        assert (overlaps.max(axis=1) == rows.shape[1]).all(), "a pattern was not recalled"

    return check


# Makers of work


def sweep(patterns, units, interaction, states=0, level=""):
    rows, packed, order = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, interaction)
    if level:
        hb.use_simd_level(level)
    return Work(
        lambda cues: memory.recall(cues, order=order, max_sweeps=1).states,
        cues_of(rows, states),
        last_visit(rows, order, interaction),
    )


def whole_recall(patterns, units, interaction, states=0, order=None):
    rows, packed, _ = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, interaction)
    return Work(lambda cues: memory.recall(cues, order=order or "random").states, cues_of(rows, states), recalled(rows))


def confirming(patterns, units, interaction):
    rows, packed, order = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, interaction)

    def fresh(rng):
        return [memory.recall(cue, order=order).states for cue in cues_of(rows, 0)(rng)]

    def check(state, result):
        np.testing.assert_array_equal(result, state)

    return Work(lambda state: memory.recall(state, order=order, max_sweeps=1).states, fresh, check)


def synchronous(patterns, units, interaction, states):
    rows, packed, _ = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, interaction)

    def check(cues, result):
        for unit in range(8):
            expected = sign_of_visit(rows, cues[0], unit, interaction)
            assert expected in (0, result[0, unit]), "an update has a wrong sign"

    return Work(lambda cues: memory.recall(cues, update="sync", max_sweeps=1).states, cues_of(rows, states), check)


def heat_bath(patterns, units, interaction, temperature):
    rows, packed, order = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, interaction)

    def check(cue, state):
        assert (np.abs(state) == 1).all() and 0 < (state != cue).mean() < 0.9, "no heat bath"

    return Work(
        lambda cue: memory.recall(cue, order=order, temperature=temperature, max_sweeps=1, rng=1).states,
        cues_of(rows, 0),
        check,
    )


def overlaps(patterns, units, states):
    rows, packed, _ = stored(patterns, units)
    wide = rows.astype(np.float32)
    return Work(
        packed.overlaps,
        lambda rng: [hb.PackedPatterns(signs(rng, states, units)) for _ in range(2)],
        equal(lambda states: states.unpack() @ wide.T),
    )


def values(patterns, units, what, states=16):
    """Energies, fields or costs of flips."""
    rows, packed, _ = stored(patterns, units)
    memory = hb.DenseAssociativeMemory(packed, hb.Polynomial(3))
    call = {"energy": memory.energy, "fields": memory.fields, "delta_energy": memory.delta_energy}[what]

    def expected(cues):
        m = (cues.astype(np.float64) @ rows.T)[:, :, None]
        own = rows[None] * cues[:, None, :]  # after unit i flips, m is m - 2 ξ_i σ_i
        if what == "energy":
            return -(m[..., 0] ** 3 / 3).sum(axis=1)
        costs = ((m**3 - (m - 2.0 * own) ** 3) / 3).sum(axis=1)
        return costs if what == "delta_energy" else costs * cues / 2

    return Work(call, cues_of(rows, states), equal(expected))


def couplings(patterns, units, states=0):
    rows, packed, order = stored(patterns, units)
    network = hb.HopfieldNetwork.train(packed)
    assert (network.couplings == rows.T.astype(int) @ rows - patterns * np.eye(units, dtype=int)).all()
    return Work(
        lambda cues: network.recall(cues, order=order, max_sweeps=1).states,
        cues_of(rows, states),
        last_visit(rows, order, hb.Polynomial(2)),
    )


def hot_couplings(patterns, units, kind):
    rows, rng = stored(patterns, units)[0], np.random.default_rng(0)
    values = rng.choice([-1.0, 1.0], (units, units)) if kind == "signs" else rng.normal(size=(units, units))
    network = hb.HopfieldNetwork(np.triu(values, 1) + np.triu(values, 1).T)

    def check(cue, state):
        assert (np.abs(state) == 1).all() and 0 < (state != cue).mean() < 0.9, "no heat bath"

    rules = {"order": "sequential", "temperature": units**0.5, "max_sweeps": 8, "rng": 1}
    return Work(lambda cue: network.recall(cue, **rules).states, cues_of(rows, 0), check)


def abreast(what, level=""):
    """64 chains of a ±J lattice, whose best energies must be those of the states."""
    network = hb.spin_glass.edwards_anderson((10, 10, 10), rng=0)
    if level:
        hb.use_simd_level(level)

    def anneal(seed):
        line = np.linspace(3.0, 0.5, 20)
        found = network.anneal(temperatures=line, reads=64, method="metropolis", rng=seed, threads=1)
        return found.states, found.energies

    def temper(seed):
        ladder = np.geomspace(0.6, 2.0, 16)
        found = hb.parallel_tempering(
            network, temperatures=ladder, sweeps=20, copies=4, swap_every=10, rng=seed, threads=1
        )
        return found.best_state[None], np.array([found.best_energy])

    def check(_, result):
        states, energies = result[0].astype(np.float64), result[1]
        assert (-((network.couplings @ states.T) * states.T).sum(axis=0) / 2 == energies).all(), "another energy"

    call = anneal if what == "annealing" else temper
    return Work(call, lambda rng: rng.integers(2**31, size=SINGLES).tolist(), check)


def coupling_values(patterns, units, what):
    rows, packed, _ = stored(patterns, units)
    network = hb.HopfieldNetwork.train(packed)
    matrix = network.couplings.astype(np.float64)
    call, expected = {
        "energy": (network.energy, lambda cues: -np.einsum("qi,ij,qj->q", cues * 1.0, matrix, cues * 1.0) / 2),
        "fields": (network.fields, lambda cues: cues @ matrix),
    }[what]
    return Work(call, cues_of(rows, 16), equal(expected))


def pattern_space(patterns, units):
    rows, packed, order = stored(patterns, units)
    network = hb.PatternSpaceNetwork(packed)
    return Work(
        lambda cue: network.recall(cue, order=order, max_sweeps=1).states,
        lambda rng: cues_of(rows, 0)(rng)[:2],
        last_visit(rows, order, hb.Polynomial(2)),
    )


def layout(patterns, units, what):
    def fresh(rng):
        rows = signs(rng, patterns, units)
        return [rows if what == "pack" else hb.PackedPatterns(rows)]

    def check(given, result):
        if what == "pack":
            np.testing.assert_array_equal(result.unpack(), given)
        elif what == "unpack":
            np.testing.assert_array_equal(np.packbits(result > 0, axis=1, bitorder="little"), octets(given, units))
        else:
            np.testing.assert_array_equal(result, hb.PackedPatterns(given.unpack().T).words)

    return Work({"pack": hb.PackedPatterns}.get(what, lambda packed: getattr(packed, what)()), fresh, check)


def octets(packed, units):
    return np.ascontiguousarray(packed.words).view(np.uint8)[:, : -(-units // 8)]


def drawing(patterns, units, what):
    rows = signs(np.random.default_rng(3), patterns, units)
    calls = {
        "random": lambda seed: hb.PackedPatterns.random(patterns, units, rng=seed).words,
        "corrupt": lambda seed: hb.corrupt(rows, flip=0.1, rng=seed),
    }

    def check(_, result):  # a fair share, within six standard deviations
        bits = np.unpackbits(result.view(np.uint8)) if what == "random" else result != rows
        share = 0.5 if what == "random" else 0.1
        assert abs(bits.mean() - share) < 6 * np.sqrt(share * (1 - share) / bits.size)

    return Work(calls[what], lambda rng: [int(rng.integers(2**32))], check)


def rule(patterns, units, name, **options):
    """A learning rule."""
    learn = functools.partial(getattr(hb.learning, name), **options)

    def check(rows, result):
        matrix = np.asarray(getattr(result, "couplings", result), dtype=np.float64)
        assert matrix.shape == (units, units) and np.isfinite(matrix).all() and matrix.any()
        if name == "perceptron":
            assert (rows * (rows @ matrix.T) > 0).all(), "a pattern is not held"
        if name == "activity_product":
            np.testing.assert_array_equal(matrix + patterns * np.eye(units), rows.T.astype(int) @ rows)

    return Work(learn, lambda rng: [signs(rng, patterns, units)], check)


def capacity():
    """100 trials at two loads: drawn, flipped and recalled by the kernels."""
    from hebbfast.experiments import capacity as measure

    def check(_, result):
        shares = [point.successes.sum() / (point.successes.size * point.trials) for point in result.sizes[0].points]
        assert shares[0] > 0.9 and shares[1] < 0.1, f"successes of a nearly empty and of an overfull network: {shares}"

    return Work(
        lambda seed: measure(hb.Polynomial(3), 64, loads=[0.005, 0.5], trials=100, seed=seed),
        lambda rng: [int(rng.integers(2**32))],
        check,
    )


def replay(patterns, units, interaction, states=0):
    """Twenty steps from damaged patterns, which are followed."""
    rows, packed, _ = stored(patterns, units)
    memory = hb.SequenceMemory(packed, interaction)

    def check(cues, found):
        first = (np.atleast_2d(cues).astype(np.float32) @ rows.T.astype(np.float32)).argmax(axis=1)
        np.testing.assert_array_equal(np.atleast_2d(found.best), (first[:, None] + np.arange(21)) % patterns)

    return Work(lambda cues: memory.replay(cues, steps=20), cues_of(rows, states), check)


def tiny(what):
    rows = signs(np.random.default_rng(1), 8, 64)
    memory = hb.DenseAssociativeMemory(rows, hb.Polynomial(3))
    if what == "overlaps":
        return Work(memory.overlaps, cues_of(rows, 0), equal(lambda cue: rows.astype(int) @ cue))
    return Work(lambda cue: memory.recall(cue, rng=1).states, cues_of(rows, 0), recalled(rows))


def making(what):
    """Small objects: a memory of 8 patterns, a network of 64 units."""
    if what == "memory":
        call, check = hb.DenseAssociativeMemory, lambda rows, memory: recalled(rows)(rows, memory.recall(rows).states)
    else:
        call, check = hb.HopfieldNetwork.train, equal_couplings
    return Work(call, lambda rng: [signs(rng, 8, 64) for _ in range(SINGLES)], check)


def equal_couplings(rows, network):
    np.testing.assert_array_equal(network.couplings, rows.T.astype(int) @ rows - 8 * np.eye(64, dtype=int))


def importing():
    """A new process that has NumPy, of which the import of hebbfast is the time taken."""
    code = "import time, numpy; t = time.perf_counter(); import hebbfast; print(time.perf_counter() - t)"

    def call(_):
        done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
        return float(done.stdout)

    def check(_, seconds):
        assert seconds > 0

    return Work(call, lambda rng: [None], check)


def label(interaction):
    kind = "rectified n" if isinstance(interaction, hb.RectifiedPolynomial) else "n"
    return "exponential" if isinstance(interaction, hb.Exponential) else f"{kind}={interaction.degree}"


def row(what, make, patterns=0, units=0, *rest, states=0, **options):
    """A Row whose name says what and how large."""
    size = f" K={patterns} D={units}" if patterns else ""
    name = (
        what + "".join(f", {label(f)}" for f in rest if not isinstance(f, str)) + size + f" Q={states}" * bool(states)
    )
    given = (patterns, units) if patterns else ()
    options |= {"states": states} if states else {}
    return Row(name, functools.partial(make, *given, *rest, **options), patterns * units)


def all_rows():
    two, three, four, five, seven = map(hb.Polynomial, (2, 3, 4, 5, 7))
    rows = []
    for K, D, beta in [(4096, 4096, 0.05), (16384, 10240, 0.02), (65536, 4096, 0.05), (8192, 1024, 0.05)]:
        rows += [row("sweep", sweep, K, D, f) for f in (two, three, four, seven, hb.Exponential(beta))]
    rows += [row("sweep", sweep, 16384, 512, three), row("sweep", sweep, 65536, 256, four)]
    for K, D in [(1024, 1024), (100, 1000), (1434, 10240)]:
        rows += [row("sweep", sweep, K, D, f, states=states) for states in (0, 64) for f in (two, three)]
    rows += [row("sweep", sweep, 16, 64, f, states=states) for f in (two, three) for states in (0, 64)]
    rows += [
        row("sweep", sweep, 300, 500, f, states=16) for f in (five, hb.RectifiedPolynomial(3), hb.Exponential(0.1))
    ]
    rows += [row(f"sweep at {v}", sweep, 4096, 4096, f, level=v) for v in ("scalar", "avx2") for f in (two, three)]
    rows += [row("recall", whole_recall, 2048, 4096, three), row("recall", whole_recall, 4096, 4096, four)]
    rows += [row("recall", whole_recall, 4096, 4096, five), row("recall", whole_recall, 10000, 65536, three)]
    rows += [row("recall", whole_recall, 20, 500, three, states=64)]
    rows += [row("confirming sweep", confirming, 2048, 4096, f) for f in (two, three, four)]
    rows += [row("synchronous update", synchronous, 4096, 4096, f, states=64) for f in (two, three)]
    rows += [row("heat bath", heat_bath, 4096, 4096, f, temperature=t) for f, t in ((two, 1e3), (three, 1e7))]
    rows += [row("heat bath", heat_bath, 100, 1000, two, temperature=1e3)]
    rows += [row("overlaps", overlaps, K, D, states=Q) for K, D, Q in [(4096, 1024, 256), (4096, 10240, 256)]]
    rows += [row("overlaps", overlaps, K, D, states=Q) for K, D, Q in [(16384, 4096, 64), (16384, 65536, 1)]]
    rows += [row("replay", replay, 2048, 2048, three), row("replay", replay, 100, 1000, two, states=8)]
    rows += [row(what, values, 100, 1000, what, states=16) for what in ("energy", "fields", "delta_energy")]
    rows += [row("sweep over couplings", couplings, 10, 100), row("sweep over couplings", couplings, 100, 1000)]
    rows += [row("sweep over couplings", couplings, 100, 1000, states=64)]
    rows += [row(f"heat bath, couplings of {kind}", hot_couplings, 10, 500, kind) for kind in ("signs", "numbers")]
    for what in ("annealing", "tempering"):
        rows += [Row(f"{what}, 64 chains of a lattice", functools.partial(abreast, what))]
        rows += [Row(f"{what}, 64 chains of a lattice at avx2", functools.partial(abreast, what, "avx2"))]
    rows += [row(f"{what} by couplings", coupling_values, 100, 1000, what) for what in ("energy", "fields")]
    rows += [row("sweep of PatternSpaceNetwork", pattern_space, 20, 200)]
    rows += [row(what, layout, 4096, 10240, what) for what in ("pack", "unpack", "columns")]
    rows += [row(what, drawing, 1000, 10240, what) for what in ("random", "corrupt")]
    rows += [row("activity_product", rule, K, 1024, "activity_product") for K in (500, 4096)]
    rows += [row("perceptron", rule, 200, 200, "perceptron", threads=1)]
    learned = {"epochs": 50, "early_stop": False, "rng": 1, "threads": 1}
    rows += [row(f"{name}, 50 epochs", rule, 100, 100, name, **learned) for name in ("logistic", "redundancy")]
    rows += [row(name, rule, 100, 300, name) for name in ("storkey", "projection")]
    rows += [row("palimpsest", rule, 200, 300, "palimpsest", bound=10)]
    rows += [Row("capacity, 2 loads of 100 trials, n=3 D=64", capacity)]
    rows += [row(f"tiny {what}, K=8 D=64", tiny, 0, 0, what) for what in ("overlaps", "recall")]
    rows += [row(f"a tiny {what} made", making, 0, 0, what) for what in ("memory", "network")]
    return [*rows, Row("import hebbfast beyond numpy", importing)]


# The worker: a row in its own process, one line in, one line out


def turn(work, seed):
    """Seconds of a call on fresh inputs: the best mean of some calls."""
    inputs = work.fresh(np.random.default_rng(seed))
    result = work.call(inputs[0])
    if isinstance(result, float):  # it took its time itself
        return result
    best, calls, end, at = float("inf"), 1, time.perf_counter() + TURN, 0
    while True:
        begin = time.perf_counter()
        for _ in range(calls):
            work.call(inputs[at])
            at = (at + 1) % len(inputs)
        now = time.perf_counter()
        if now - begin < BATCH:
            calls *= 2
            continue
        best = min(best, (now - begin) / calls)
        if now > end:
            return best


def serve(row, seeds, answer):
    """Say "ready", "absent: why" or "wrong: why"; then the seconds for each seed."""
    try:
        work = row.make()
        for given in work.fresh(np.random.default_rng(2**20))[:2]:
            work.check(given, work.call(given))
    except (ImportError, AttributeError, TypeError) as error:
        answer(f"absent: {type(error).__name__}: {error}")
    except (AssertionError, ValueError) as error:
        answer(f"wrong: {error}")
    else:
        answer("ready")
        for seed in seeds:
            answer(repr(turn(work, int(seed))))


if __name__ == "__main__":
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever is printed is no answer
    assert Path(hb.__file__).is_relative_to(os.environ["PYTHONPATH"]), f"this is another version: {hb.__file__}"
    serve(all_rows()[int(sys.argv[1])], sys.stdin, lambda text: print(" ".join(text.split()), file=pipe, flush=True))
