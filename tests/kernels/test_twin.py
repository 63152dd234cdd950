"""The twin against oracles that share nothing with it: enumeration in Python integers and published numbers."""

import itertools
import math
import time
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels import twin as reference

INTERACTIONS = [
    hb.Polynomial(2),
    hb.Polynomial(3),
    hb.Polynomial(4, normalized=True),
    hb.Polynomial(7),
    hb.Polynomial(20),
    hb.RectifiedPolynomial(2),
    hb.RectifiedPolynomial(3, normalized=True),
    hb.RectifiedPolynomial(20),
]


NO_ROOM = np.empty(0, np.uint8)
GOLDEN = 0x9E3779B97F4A7C15  # a stream with this increment is splitmix64


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def words(values):
    values = np.atleast_2d(np.asarray(values, dtype=np.int8))
    out = np.zeros((len(values), -(-values.shape[1] // 64)), dtype=np.uint64)
    assert reference.pack(values, out) == -1
    return out


def unpacked(packed, units):
    out = np.empty((len(packed), units), dtype=np.int8)
    reference.unpack(packed, out)
    return out


def memory(patterns, interaction):
    patterns = np.atleast_2d(patterns)
    k, d = patterns.shape
    return reference.Memory(words(patterns), words(patterns.T), d, interaction.weights(d, k))


def couplings(matrix, bias, scale=1.0):
    matrix = np.asarray(matrix)
    symmetric = bool((matrix == matrix.T).all())
    return reference.Couplings(matrix.T.astype(np.int64), np.asarray(bias, dtype=np.int64), scale, symmetric)


def fields(model, states):
    states = np.atleast_2d(states)
    out = np.empty(states.shape)
    reference.fields(model, words(states), np.arange(states.shape[1], dtype=np.uint32), out, NO_ROOM)
    return out


def energies(model, states):
    out = np.empty(len(states))
    reference.energies(model, (np.asarray(states, dtype=np.int64) @ model.patterns.T).astype(np.int32), out, NO_ROOM)
    return out


def run(
    model, cues, *, update="async", order="sequential", tie="plus", temperature=0.0, clamp=None, limit=50, seeds=None
):
    cues = np.atleast_2d(cues)
    d = cues.shape[1]
    visits = np.array([] if isinstance(order, str) else order, dtype=np.uint32)
    mask = np.empty(0, dtype=np.uint64) if clamp is None else words(np.where(clamp, 1, -1))[0]
    order = order if isinstance(order, str) else "array"
    rules = reference.Dynamics(d, update, order, visits, tie, np.atleast_2d(np.float64(temperature)), mask)
    states = words(cues)
    previous = np.zeros_like(states) if update == "sync" else states[:0]
    progress = np.zeros((len(cues), 5), dtype=np.int64)
    if seeds is not None:
        progress[:, 0] = np.asarray(seeds, dtype=np.uint64).view(np.int64)
        progress[:, 1] = np.array([GOLDEN], dtype=np.uint64).view(np.int64)
    count = len(cues)
    arguments = states, previous, progress, limit, 0, count, 1, np.empty(0), NO_ROOM
    assert reference.recall(model, rules, 0, *arguments) == count
    return unpacked(states, d), progress


def power(x, interaction):
    x = int(x)
    return max(x, 0) ** interaction.degree if interaction.rectified else x**interaction.degree


def exact_energy(patterns, state, interaction):
    """E as a fraction, pattern by pattern and unit by unit."""
    d, n = len(state), interaction.degree
    total = 0
    for pattern in patterns.tolist():
        total += power(sum(x * y for x, y in zip(pattern, state, strict=True)), interaction)
    return -Fraction(total, n * d ** (n - 1) if interaction.normalized else n)


def exact_field(patterns, state, unit, interaction):
    """Half the energy difference between the unit down and up."""
    up, down = list(state), list(state)
    up[unit], down[unit] = 1, -1
    return (exact_energy(patterns, down, interaction) - exact_energy(patterns, up, interaction)) / 2


def test_every_kernel_has_a_twin():
    """But those whose answer is that of another, the stream of the process, and the choice of a level."""
    widths = {"ABREAST", "MOST_AROUND", "MULTISPIN", "NEIGHBOURS"}
    constants = {name for name in _kernels.__all__ if isinstance(getattr(_kernels, name), int)} - widths
    others = {"recall_one", "recall_few", "fields_one", "overlaps_one", "energy_one", "fresh", "reseed"}
    levels = {"active_level", "available_simd_levels", "simd_level", "use_simd_level"}
    assert {name for name in _kernels.__all__ if not hasattr(reference, name)} == constants | others | levels


def test_exp_is_within_an_ulp_of_libm():
    x = np.concatenate([np.linspace(-708, 709, 40_001), np.linspace(-1, 1, 20_001), [0.0, -0.0, 1e-300, -1e-17]])
    out = np.empty_like(x)
    reference.exp(x, out)
    for value, got in zip(x.tolist(), out.tolist(), strict=True):
        assert abs(got - math.exp(value)) <= math.ulp(math.exp(value)), value


def test_exp_beyond_its_range():
    x = np.array([709.0000001, 1e6, np.inf, -708.0000001, -1e6, -np.inf])
    out = np.empty_like(x)
    reference.exp(x, out)
    assert out.tolist() == [np.inf] * 3 + [0.0] * 3


@pytest.mark.parametrize("units", [1, 7, 8, 63, 64, 65, 127, 128, 129, 193])
def test_pack_places_unit_j_in_bit_j(units):
    values = signs(np.random.default_rng(units), 3, units)
    for row, packed in zip(values.tolist(), words(values).tolist(), strict=True):
        number = sum(word << (64 * w) for w, word in enumerate(packed))
        assert number == sum(1 << j for j, value in enumerate(row) if value == 1)
    np.testing.assert_array_equal(unpacked(words(values), units), values)
    octets = words(values).astype("<u8").view(np.uint8)[:, : -(-units // 8)]
    np.testing.assert_array_equal(octets, np.packbits(values > 0, axis=1, bitorder="little"))


@pytest.mark.parametrize("wrong", [0, 2, -2, 127, -128])
def test_pack_returns_the_first_wrong_value(wrong):
    values = np.ones((3, 70), dtype=np.int8)
    values[1, 66] = values[2, 1] = wrong
    assert reference.pack(values, np.zeros((3, 2), dtype=np.uint64)) == 70 + 66


@pytest.mark.parametrize(("rows", "units"), [(1, 1), (3, 130), (64, 64), (65, 63)])
def test_transpose_moves_every_bit(rows, units):
    values = signs(np.random.default_rng(rows), rows, units)
    out = np.empty((units, -(-rows // 64)), dtype=np.uint64)
    reference.transpose(words(values), units, out, 0, rows)
    np.testing.assert_array_equal(out, words(values.T))


def test_overlaps_are_sums_of_products():
    rng = np.random.default_rng(1)
    patterns, states = signs(rng, 4, 67), signs(rng, 3, 67)
    out = np.empty((3, 4), dtype=np.int32)
    reference.overlaps(words(patterns), words(states), 67, out)
    for q, k in np.ndindex(3, 4):
        pairs = zip(patterns[k].tolist(), states[q].tolist(), strict=True)
        assert out[q, k] == sum(a * b for a, b in pairs)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
def test_energies_are_exact_sums_over_patterns(interaction):
    rng = np.random.default_rng(2)
    patterns, states = signs(rng, 5, 9), signs(rng, 6, 9)
    got = energies(memory(patterns, interaction), states)
    expected = [float(exact_energy(patterns, state, interaction)) for state in states.tolist()]
    np.testing.assert_allclose(got, expected, rtol=4e-16)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("units", [1, 2, 5, 6])
def test_fields_are_half_energy_differences_in_every_state(interaction, units):
    patterns = signs(np.random.default_rng(units), 3, units)
    model = memory(patterns, interaction)
    denominator = 2 * interaction.degree * (units ** (interaction.degree - 1) if interaction.normalized else 1)
    for state in itertools.product((-1, 1), repeat=units):
        sigma = np.array(state)
        got = fields(model, sigma)[0]
        for i in range(units):
            exact = exact_field(patterns, state, i, interaction)
            assert model.integer(model.sums(sigma), sigma, i) == exact * denominator
            assert math.isclose(got[i], exact, rel_tol=4e-16)


def test_fields_of_an_exponential_follow_the_fixed_point():
    rng = np.random.default_rng(3)
    patterns, states = signs(rng, 6, 40), signs(rng, 4, 40)
    beta = 0.3
    got = fields(memory(patterns, hb.Exponential(beta)), states)
    overlaps = states.astype(int) @ patterns.T.astype(int)
    for q, i in np.ndindex(got.shape):
        without = overlaps[q] - patterns[:, i] * states[q, i]
        exact = math.sinh(beta) * math.fsum(patterns[:, i] * np.exp(beta * without))
        # Each of the 6 weights is rounded by at most 2^-53 of the largest, exp(beta * (max m + 1)), then to a double.
        largest = math.exp(beta * (overlaps[q].max() + 1)) * math.sinh(beta)
        assert abs(got[q, i] - exact) <= 1e-14 * largest


def test_an_exponential_tie_is_exactly_zero():
    rng = np.random.default_rng(4)
    pattern, state = signs(rng, 2, 30)
    other = pattern.copy()
    other[0] *= -1  # without unit 0 both patterns have the same overlap
    assert fields(memory([pattern, other], hb.Exponential(1.0)), state)[0, 0] == 0.0


def test_coupling_fields_are_half_energy_differences():
    rng = np.random.default_rng(5)
    upper = np.triu(rng.integers(-9, 10, size=(5, 5)), 1)
    matrix, bias = upper + upper.T, rng.integers(-3, 4, size=5)

    def energy(state):
        pairs = sum(matrix[i, j] * state[i] * state[j] for i in range(5) for j in range(5))
        return -Fraction(int(pairs), 2) - int(bias @ np.array(state))

    for state in itertools.product((-1, 1), repeat=5):
        got = fields(couplings(matrix, bias, 0.25), state)[0]
        for i in range(5):
            up, down = (*state[:i], 1, *state[i + 1 :]), (*state[:i], -1, *state[i + 1 :])
            assert got[i] == (energy(down) - energy(up)) / 2 * Fraction(1, 4)


def test_asymmetric_couplings_act_from_row_to_column():
    # unit 1 drives unit 0, and nothing drives unit 1
    assert fields(couplings([[0, 3], [0, 0]], [0, 5]), [[1, -1]]).tolist() == [[-3.0, 5.0]]


def test_couplings_beyond_int64_are_summed_in_python_integers():
    big = 2**62
    matrix = np.array([[0, big, big, big], [0] * 4, [0] * 4, [0] * 4])
    assert couplings(matrix, [0] * 4).sums(np.array([1, 1, 1, 1]))[0] == 3 * big


def plain_recall(patterns, cue, interaction, *, seed, order, tie, clamp, limit):
    """The contract once more, in plain Python and from energies alone: state, sweeps, flips."""

    def draw():
        nonlocal seed
        seed = (seed + 0x9E3779B97F4A7C15) & (2**64 - 1)
        y = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9 & (2**64 - 1)
        y = (y ^ (y >> 27)) * 0x94D049BB133111EB & (2**64 - 1)
        return y ^ (y >> 31)

    def wanted(i):
        if clamp[i]:
            return state[i]
        field = exact_field(patterns, state, i, interaction)
        return {"plus": 1, "minus": -1, "keep": state[i]}[tie] if field == 0 else 1 if field > 0 else -1

    state, d, flips = list(cue), len(cue), 0
    for sweep in range(1, limit + 1):
        visits = list(range(d))
        if order == "random":
            for j in range(d - 1, 0, -1):
                r = draw() * (j + 1) >> 64
                visits[j], visits[r] = visits[r], visits[j]
        elif order != "sequential" and order != "replacement":
            visits = order
        before = flips
        for i in visits:
            i = draw() * d >> 64 if order == "replacement" else i
            if wanted(i) != state[i]:
                state[i], flips = -state[i], flips + 1
        if flips == before:
            stable = all(wanted(i) == state[i] for i in range(d))
            if stable or not isinstance(order, str):
                return state, seed, sweep, flips, 1 if stable else 3
    return state, seed, limit, flips, 0


@pytest.mark.parametrize(
    "order", ["random", "sequential", "replacement", [4, 1, 1, 6, 0], [6, 5, 4, 3, 2, 1, 0]], ids=str
)
@pytest.mark.parametrize("tie", ["plus", "minus", "keep"])
@pytest.mark.parametrize("interaction", [hb.Polynomial(2), hb.RectifiedPolynomial(3), hb.Polynomial(5)], ids=str)
def test_recall_follows_plain_python(order, tie, interaction):
    rng = np.random.default_rng(6)
    for k, clamped in itertools.product((1, 2, 4), (False, True)):
        patterns, cue = signs(rng, k, 7), signs(rng, 7)
        clamp = rng.random(7) < (0.3 if clamped else 0)
        seed = int(rng.integers(0, 2**64, dtype=np.uint64))
        state, z, *rest = plain_recall(
            patterns, cue.tolist(), interaction, seed=seed, order=order, tie=tie, clamp=clamp, limit=8
        )
        model = memory(patterns, interaction)
        states, progress = run(model, cue, order=order, tie=tie, clamp=clamp, limit=8, seeds=[seed])
        assert states[0].tolist() == state
        assert progress[0, 2:].tolist() == rest
        assert int(progress[0, 0]) % 2**64 == z


@pytest.mark.parametrize("interaction", [*INTERACTIONS, hb.Exponential(0.4)], ids=str)
@pytest.mark.parametrize("tie", ["plus", "keep"])
def test_asynchronous_updates_never_raise_the_energy(interaction, tie):
    rng = np.random.default_rng(7)
    patterns, state = signs(rng, 12, 20), signs(rng, 1, 20)
    model = memory(patterns, interaction)
    energy = energies(model, state)[0]
    for sweep in range(10):
        # one visit at a time: an order of a single unit, one sweep
        for i in reversed(range(20)):
            state, _ = run(model, state, order=[i], tie=tie, limit=1)
            last, energy = energy, energies(model, state)[0]
            assert energy <= last + (1e-12 * abs(last) if isinstance(interaction, hb.Exponential) else 0), sweep


def test_worked_example_of_fields_and_ties():
    # ξ = (1, 1, -1), σ = (1, 1, 1): overlaps without unit i are (0, 0, 2), so h = ξ_i S_i (n = 2) = (0, 0, -2)
    model = memory([[1, 1, -1]], hb.Polynomial(2))
    assert fields(model, [[1, 1, 1]]).tolist() == [[0.0, 0.0, -2.0]]
    assert energies(model, [[1, 1, 1]]).tolist() == [-0.5]
    for tie, state in (("plus", [1, 1, -1]), ("keep", [1, 1, -1]), ("minus", [-1, -1, 1])):
        assert run(model, [1, 1, 1], tie=tie)[0].tolist() == [state], tie


def test_two_coupled_units_updated_at_once_cycle_with_period_two():
    states, progress = run(couplings([[0, 1], [1, 0]], [0, 0]), [1, -1], update="sync")
    assert states.tolist() == [[1, -1]]
    assert progress[0, 2:].tolist() == [2, 4, 2]
    states, progress = run(couplings([[0, 1], [1, 0]], [0, 0]), [1, 1], update="sync")
    assert progress[0, 2:].tolist() == [1, 0, 1]


def test_a_partial_order_at_rest_stops_without_converging():
    model = couplings([[0, 1], [1, 0]], [0, 0])
    assert run(model, [1, -1], order=[0, 0])[1][0, 2:].tolist() == [2, 1, 1]  # unit 0 follows unit 1
    assert run(model, [1, -1], order=[1], clamp=[False, True])[1][0, 2:].tolist() == [1, 0, 3]
    assert run(model, [1, -1], order=[1], clamp=[True, True])[1][0, 2:].tolist() == [1, 0, 1]


def test_no_sweeps_no_change():
    states, progress = run(memory([[1, 1, 1]], hb.Polynomial(2)), [1, -1, -1], limit=0, seeds=[3])
    assert states.tolist() == [[1, -1, -1]]
    assert progress[:, [0, 2, 3, 4]].tolist() == [[3, 0, 0, 0]]


class Uniform:
    """A stream that always draws the same uniform."""

    def __init__(self, u):
        self.u = u

    def uniform(self):
        return self.u


@pytest.mark.parametrize(
    "interaction", [hb.Polynomial(2, normalized=True), hb.Polynomial(3), hb.RectifiedPolynomial(4)], ids=str
)
def test_heat_bath_is_in_detailed_balance(interaction):
    # P(+1) = e^(-E₊/T) / (e^(-E₊/T) + e^(-E₋/T)) for every unit in every state
    patterns = signs(np.random.default_rng(8), 3, 4)
    model, temperature = memory(patterns, interaction), 2.5
    rules = reference.Dynamics(
        4, "async", "random", np.empty(0, np.uint32), "plus", np.array([[temperature]]), np.empty(0, np.uint64)
    )
    for state in itertools.product((-1, 1), repeat=4):
        sigma = np.array(state)
        for i in range(4):
            cost = 2 * float(exact_field(patterns, state, i, interaction)) / temperature  # (E₋ - E₊) / T
            probability = math.exp(cost / 2) / (math.exp(cost / 2) + math.exp(-cost / 2))
            for shift, value in ((1 - 1e-12, 1), (1 + 1e-12, -1)):
                u = Uniform(probability * shift)
                assert rules.decide(model, model.sums(sigma), sigma, i, temperature, u.uniform) == value


def test_temperature_near_zero_is_the_deterministic_rule_and_near_infinity_a_coin():
    rng = np.random.default_rng(9)
    patterns, cues = signs(rng, 3, 100), signs(rng, 4, 100)  # D even, K odd: no field is zero
    model = memory(patterns, hb.Polynomial(2))
    cold, _ = run(model, cues, temperature=1e-9, limit=6, seeds=range(4))
    rule, _ = run(model, cues, limit=6, seeds=range(4))
    np.testing.assert_array_equal(cold, rule)
    # 400 units after one sweep at infinite T: the sum has deviation 20; beyond 6 deviations with probability 2e-9
    hot, progress = run(model, cues, temperature=1e15, limit=1, seeds=range(4))
    assert abs(hot.sum()) < 6 * 20
    assert progress[:, 4].tolist() == [0] * 4


def test_a_recall_at_512_units_stays_usable():
    rng = np.random.default_rng(10)
    patterns = signs(rng, 512, 512)
    start = time.perf_counter()
    run(memory(patterns, hb.Polynomial(3)), patterns[:1] * np.where(rng.random(512) < 0.1, -1, 1), order="random")
    assert time.perf_counter() - start < 10  # 0.1 s on an idle core
