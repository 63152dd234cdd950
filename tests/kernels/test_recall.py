"""Every kernel against the twin, by equality, on every level."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hebbfast as hb
from hebbfast import _kernels, bits
from hebbfast._kernels.twin import recall as reference

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
# Each size of D beside itself, its neighbour and a far one of K.
PAIRS = [(d, SIZES[(j + step) % len(SIZES)]) for j, d in enumerate(SIZES) for step in (0, 1, 8)]
TIES = ["plus", "minus", "keep"]
INTERACTIONS = [
    *(hb.Polynomial(n) for n in (2, 3, 4, 5, 7, 10, 20)),
    *(hb.RectifiedPolynomial(n) for n in (2, 3, 6, 20)),
    hb.Polynomial(2, normalized=True),
    hb.Polynomial(3, normalized=True),
    hb.RectifiedPolynomial(4, normalized=True),
    hb.Exponential(0.5),
]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


def near(rng, patterns, count, flip=0.15):
    """Noisy copies of some patterns."""
    chosen = patterns[rng.integers(0, len(patterns), size=count)]
    return np.where(rng.random(chosen.shape) < flip, -chosen, chosen)


def words_of(bits):
    return -(-bits // 64)


def garbage(*shape):
    return np.full(shape, 0xA5A5A5A5A5A5A5A5, dtype=np.uint64)


def clipped(interaction, units):
    """The interaction, or one that units allow: exp(beta * D) must stay finite."""
    return hb.Exponential(min(0.5, 600 / units)) if isinstance(interaction, hb.Exponential) else interaction


def test_levels(level):
    assert _kernels.simd_level() == level
    assert _kernels.available_simd_levels()[-1] == "scalar"
    with pytest.raises(ValueError, match=r"must be one of .*scalar.* got 'sse9'"):
        _kernels.use_simd_level("sse9")
    assert _kernels.simd_level() == level


def test_exp(level):
    rng = np.random.default_rng(0)
    edges = [0.0, -0.0, 709.0, np.nextafter(709, 710), -708.0, np.nextafter(-708, -709), np.inf, -np.inf, 1e-320, 709.5]
    x = np.concatenate([edges, rng.uniform(-720, 720, 5000), rng.normal(size=5000)])
    got, expected = np.empty_like(x), np.empty_like(x)
    _kernels.exp(x, got)
    reference.exp(x, expected)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("units", [*SIZES, 31, 33, 255, 257, 1023, 1025])
@pytest.mark.parametrize("rows", [0, 1, 3])
def test_pack_and_unpack(level, rows, units):
    raw = np.empty(rows * units + 1, dtype=np.int8)
    values = raw[1:].reshape(rows, units)  # at an odd address
    values[...] = signs(np.random.default_rng(units), rows, units)
    values.flags.writeable = False
    got, expected = garbage(rows, words_of(units)), garbage(rows, words_of(units))
    assert _kernels.pack(values, got) == reference.pack(values, expected) == -1
    np.testing.assert_array_equal(got, expected)

    back = np.empty(rows * units + 3, dtype=np.int8)
    back[-2:] = 77
    got[:, -1] |= ~np.uint64(2 ** (units % 64 or 64) - 1)  # ones in the padding
    _kernels.unpack(got, back[1:-2].reshape(rows, units))
    np.testing.assert_array_equal(back[1:-2].reshape(rows, units), values)
    assert back[-2:].tolist() == [77, 77]


@pytest.mark.parametrize("wrong", [0, 2, -2, 3, 127, -127, -128, 0x41])
def test_pack_finds_the_first_wrong_value_at_every_place(level, wrong):
    values, out = np.ones((2, 130), dtype=np.int8), garbage(2, 3)
    for at in range(values.size):
        values.flat[at] = wrong
        assert _kernels.pack(values, out) == at
        values.flat[at:] = wrong
        assert _kernels.pack(values, out) == at
        values[...] = (-1) ** at


def test_one_bit_at_every_place(level):
    # each bit of each word, the last partial one included, as pattern, state and flip (a signed word loses bit 63)
    values = -np.ones((150, 150), dtype=np.int8)
    np.fill_diagonal(values, 1)
    words, columns, back = garbage(150, 3), garbage(150, 3), np.empty_like(values)
    assert _kernels.pack(values, words) == -1
    assert [sum(int(w) << 64 * j for j, w in enumerate(row)) for row in words] == [1 << j for j in range(150)]
    _kernels.transpose(words, 150, columns)
    np.testing.assert_array_equal(columns, words)
    _kernels.unpack(words, back)
    np.testing.assert_array_equal(back, values)
    out = np.empty((150, 150), dtype=np.int32)
    _kernels.overlaps(words, words, 150, out)
    np.testing.assert_array_equal(out, 146 + 4 * np.eye(150, dtype=np.int32))


@pytest.mark.parametrize(
    ("units", "rows"), [*PAIRS, (5, 0), (3, 1), (64, 520), (520, 64), (65, 1100), (512, 1024), (513, 575), (1600, 1100)]
)
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_transpose(pair, units, rows, clean):
    values = signs(np.random.default_rng(rows), rows, units)
    words, got, expected = (
        garbage(rows, words_of(units)),
        garbage(units, words_of(rows)),
        garbage(units, words_of(rows)),
    )
    reference.pack(values, words)
    if not clean:
        words[:, -1] |= ~np.uint64(2 ** (units % 64 or 64) - 1)
    words.flags.writeable = False
    _kernels.transpose(words, units, got)
    reference.transpose(words, units, expected)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("units", [*SIZES, 1531, 1537, 4095, 4097, 4161, 16 * 1024 + 1])
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_overlaps(level, units, clean):
    # lanes along the row for few states, panels of patterns for a batch: both sides of every tile and panel
    rng = np.random.default_rng(units)
    patterns, states = garbage(70, words_of(units)), garbage(9, words_of(units))
    values = signs(rng, 70, units)
    values[1], values[2] = -values[0], values[0]
    reference.pack(values, patterns)
    reference.pack(np.concatenate([values[:3], signs(rng, 6, units)]), states)
    if not clean:
        padding = ~np.uint64(2 ** (units % 64 or 64) - 1)
        patterns[:, -1] |= padding
        states[4:, -1] |= padding
    for k, q in itertools.product(
        [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 70], [0, 1, 2, 3, 4, 5, 8, 9]
    ):
        got, expected = np.full((2, q, k), -7, dtype=np.int32)
        _kernels.overlaps(patterns[:k], states[:q], units, got)
        reference.overlaps(patterns[:k], states[:q], units, expected)
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("rows", SIZES)
def test_overlaps_of_many_rows(level, rows):
    rng = np.random.default_rng(rows)
    patterns, states = garbage(rows, 3), garbage(21, 3)
    reference.pack(signs(rng, rows, 140), patterns)
    reference.pack(signs(rng, 21, 140), states)
    got, expected = np.empty((2, 21, rows), dtype=np.int32)
    _kernels.overlaps(patterns, states, 140, got)
    reference.overlaps(patterns, states, 140, expected)
    np.testing.assert_array_equal(got, expected)


def test_overlaps_of_long_rows_do_not_overflow_a_counter(level):
    units = 64 * 2000 + 5
    for pattern, state in itertools.product((1, -1), repeat=2):
        rows, states = garbage(5, 2001), garbage(5, 2001)
        reference.pack(np.full((5, units), pattern, dtype=np.int8), rows)
        reference.pack(np.full((5, units), state, dtype=np.int8), states)
        for q in (1, 5):
            out = np.empty((q, 5), dtype=np.int32)
            _kernels.overlaps(rows, states[:q], units, out)
            assert (out == units * pattern * state).all()


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "dirty"])
def test_fields_and_energies(pair, interaction, clean):
    # every size of D and K, two states a model
    for number, (units, patterns) in enumerate(PAIRS):
        if clean is (number % 2 == 0):
            continue
        rng = np.random.default_rng(number)
        stored = signs(rng, patterns, units)
        model = pair.memory(stored, clipped(interaction, units), clean=clean)
        states = np.concatenate([stored[:1], near(rng, stored, 1)])
        model.check_fields(states)
        model.check_energies(np.concatenate([states, -states, signs(rng, 3, units)]))


@pytest.mark.parametrize("engine", ["sums", "planes"])
@pytest.mark.parametrize("degree", [2, 3, 4])
@pytest.mark.parametrize(("units", "patterns"), PAIRS)
def test_engines_of_low_degrees(pair, engine, degree, units, patterns):
    rng = np.random.default_rng(units)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, hb.Polynomial(degree), engine=engine, clean=patterns % 2 == 0)
    cues = np.concatenate([stored[:1], near(rng, stored, 1), -stored[-1:], signs(rng, 1, units)])
    model.check_fields(cues)
    model.check_recall(cues[:3], limit=3, tie=TIES[units % 3])
    model.check_recall(cues[1:], limit=2, temperature=3.0 * patterns)


@pytest.mark.parametrize("degree", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("patterns", [2, 5, 70])
@pytest.mark.parametrize("flips", [0, 9, 31])
def test_far_from_a_pattern(pair, degree, patterns, flips):
    """For odd n the opposite of a pattern is pulled through zero overlap, where a leader stops leading."""
    rng = np.random.default_rng(degree)
    stored = signs(rng, patterns, 63)
    model = pair.memory(stored, hb.Polynomial(degree), engine="planes", clean=True)
    cues = -stored[:2]
    cues[:, rng.permutation(63)[:flips]] *= -1
    for order in ("sequential", "random"):
        model.check_recall(cues, limit=4, order=order, tie="keep")


@pytest.mark.parametrize("units", [300, 301])
@pytest.mark.parametrize("patterns", [700, 1500])
@pytest.mark.parametrize("flip", [0.1, 0.2, 0.3])
def test_flips_that_wait(pair, units, patterns, flip):
    """Fields that decide with overlaps of some flips ago: sure ones, doubtful ones, and units seen again in between."""
    rng = np.random.default_rng(units)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, hb.Polynomial(4), engine="planes", clean=True)
    cues = near(rng, stored, 2, flip)
    twice = np.repeat(rng.permutation(units), 2)
    near_by = np.concatenate([rng.permutation(units)[:5].repeat(3) for _ in range(60)])
    for order in ("random", twice, near_by):
        model.check_recall(cues, limit=3, order=order, tie="keep")
    model.check_recall(cues, limit=3, budget=20 * patterns)


@pytest.mark.parametrize("engine", ["sums", "planes"])
@pytest.mark.parametrize("degree", [2, 3, 4, 5])
@pytest.mark.parametrize("units", [31, 32, 127, 128])
def test_equal_patterns_fill_every_counter(pair, engine, degree, units):
    """The largest overlaps in all lanes at once, on either side of a power of two, flipped one after another."""
    stored = np.ones((1100, units), dtype=np.int8)
    model = pair.memory(stored, hb.Polynomial(degree), engine=engine, clean=False)
    cues = np.ones((3, units), dtype=np.int8)
    cues[1] = -1
    cues[2, ::2] = -1
    model.check_fields(cues)
    model.check_recall(cues, limit=3, order="random", tie="minus")


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("number", range(17))
def test_recall(pair, interaction, number):
    # each interaction meets each size of D; the other options go round
    units, patterns = SIZES[number], SIZES[(5 * number + 3) % 17]
    rng = np.random.default_rng(number)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, clipped(interaction, units), clean=number % 2 == 0)
    rules = {
        "tie": TIES[number % 3],
        "order": ["random", "sequential", "replacement", rng.permutation(units)][number % 4],
        "clamp": rng.random(units) < 0.2 if number % 5 == 0 else None,
    }
    model.check_recall(near(rng, stored, 2), limit=4, seed=number, **rules)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("order", ["random", "sequential", "replacement", "permutation", "partial", "repeated"])
@pytest.mark.parametrize("temperature", [0.0, 2.0])
@pytest.mark.parametrize("tie", TIES)
def test_every_option_with_every_other(pair, update, order, temperature, tie):
    rng = np.random.default_rng(11)
    stored = signs(rng, 10, 40)
    arrays = {
        "permutation": rng.permutation(40),
        "partial": [3, 1, 4, 1, 5],
        "repeated": np.concatenate([rng.permutation(40), rng.integers(0, 40, size=30)]),
    }
    cues = np.concatenate([stored[:2], near(rng, stored, 2, 0.3), signs(rng, 2, 40)])
    upper = np.triu(rng.integers(-3, 4, size=(40, 40)), 1).astype(np.int32)
    models = [
        pair.memory(stored, hb.Polynomial(2, normalized=True)),
        pair.memory(stored[:2], hb.Polynomial(4, normalized=True), clean=False),
        pair.memory(stored, hb.Exponential(0.1)),
        pair.couplings(upper + upper.T, np.zeros(40, dtype=np.int32), 0.5, clean=False),
        pair.couplings(rng.integers(-5, 6, size=(40, 40)), rng.integers(-5, 6, size=40), 0.125),
    ]
    for model, clamp in itertools.product(models, (None, rng.random(40) < 0.4)):
        rules = {"order": arrays.get(order, order), "update": update, "tie": tie, "clamp": clamp}
        model.check_recall(cues, limit=6, temperature=temperature, **rules)


@pytest.mark.parametrize("units", SIZES)
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_couplings(pair, units, dtype):
    rng = np.random.default_rng(units)
    sums = np.int64 if dtype == np.int64 else np.int32
    largest = min(np.iinfo(dtype).max, (2**61 if dtype == np.int64 else 2**30) // (3 * units))
    outgoing = rng.integers(-largest, largest + 1, size=(units, units)).astype(dtype)
    bias = rng.integers(-largest, largest + 1, size=units).astype(sums)
    np.fill_diagonal(outgoing, 0)
    model = pair.couplings(outgoing, bias, 2.0**-7, clean=units % 2 == 0)
    cues = np.concatenate([signs(rng, 2, units), np.ones((1, units), np.int8), -np.ones((1, units), np.int8)])
    model.check_fields(cues)
    model.check_recall(cues, limit=4, tie=TIES[units % 3])
    model.check_recall(cues, limit=4, update="sync", clamp=rng.random(units) < 0.2)
    model.check_recall(cues, limit=3, temperature=float(largest) * units**0.5 / 128)


@pytest.mark.parametrize("units", [1, 3, 4, 15, 17, 64, 65, 130])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_couplings_of_many_states(pair, units, dtype):
    """First fields come in blocks of 64 states, and of fewer than 8 one by one: 71 states need both."""
    rng = np.random.default_rng(units)
    largest = np.iinfo(dtype).max if np.dtype(dtype).itemsize < 4 else 9
    outgoing = rng.choice([-largest - 1, largest, 1], size=(units, units)).astype(dtype)
    np.fill_diagonal(outgoing, 0)
    bias = rng.integers(-9, 10, size=units).astype(np.int64 if dtype == np.int64 else np.int32)
    model = pair.couplings(outgoing, bias, 0.5, clean=units % 2 == 0)
    cues = signs(rng, 71, units)
    model.check_fields(cues)
    model.check_recall(cues, limit=3, order="sequential", tie=TIES[units % 3])
    model.check_recall(cues[:40], limit=3, update="sync", budget=50)


@pytest.mark.parametrize(
    "interaction", [hb.Polynomial(2), hb.Polynomial(3), hb.Polynomial(20), hb.Exponential(0.2)], ids=str
)
@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("budget", [1, 100, 5000])
def test_a_small_budget_changes_nothing(pair, interaction, update, budget):
    rng = np.random.default_rng(12)
    stored = signs(rng, 70, 65)
    cues = near(rng, stored, 4, 0.3)
    for temperature in (0.0, 4.0):
        model = pair.memory(stored, interaction)
        model.check_recall(cues, limit=3, budget=budget, update=update, temperature=temperature)
    network = pair.couplings(
        (stored.T.astype(np.int32) @ stored) * (1 - np.eye(65, dtype=np.int32)), np.ones(65, np.int32), 1.0
    )
    network.check_recall(cues, limit=3, budget=budget, update=update)


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("temperature", [0.0, 5.0])
def test_sweep_limits_one_by_one_are_one_run(pair, update, temperature):
    rng = np.random.default_rng(13)
    stored = signs(rng, 30, 50)
    model = pair.memory(stored, hb.Polynomial(2))
    rules = _kernels.Dynamics(50, update, "random", np.empty(0, np.uint32), "plus", temperature, np.empty(0, np.uint64))
    runs = []
    for limits in ([7], range(8)):
        states = model.words(signs(np.random.default_rng(14), 5, 50))
        previous = np.zeros_like(states[: len(states) if update == "sync" else 0])
        progress = np.zeros((5, 4), dtype=np.int64)
        for limit in limits:
            # a fresh workspace each: nothing but the progress table is carried over
            raw = np.zeros(_kernels.workspace_bytes(model.kernel, rules) + 64, dtype=np.uint8)
            workspace = (
                raw[-raw.ctypes.data % 64 :][:-64] if raw.ctypes.data % 64 == 0 else raw[-raw.ctypes.data % 64 :]
            )
            arguments = states, previous, progress, limit, 0, 2**60, np.empty(0), workspace
            assert _kernels.recall(model.kernel, rules, *arguments) == 5
        runs.append((states, progress))
    np.testing.assert_array_equal(runs[0][0], runs[1][0])
    np.testing.assert_array_equal(runs[0][1], runs[1][1])


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("units", [1, 2, 64, 65])
def test_equal_and_complementary_patterns(pair, interaction, units):
    rng = np.random.default_rng(units)
    one = signs(rng, 1, units)
    other = one.copy()
    other[0, : max(1, units // 2)] *= -1
    stores = {
        "one": one,
        "equal": np.repeat(one, 130, axis=0),
        "complementary": np.concatenate([one, -one]),
        "many complementary": np.concatenate([np.repeat(one, 64, axis=0), np.repeat(-one, 64, axis=0)]),
        "halves": np.concatenate([one, other, -one, -other] * 17),
    }
    cues = np.concatenate([one, -one, other, signs(rng, 1, units)])
    for stored in stores.values():
        model = pair.memory(stored, clipped(interaction, units), clean=False)
        model.check_fields(cues)
        model.check_energies(cues)
        for tie in TIES:
            model.check_recall(cues, limit=4, tie=tie)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("tie", TIES)
def test_constructed_ties(pair, interaction, tie):
    # Patterns in pairs that differ in the first 5 units alone, where each pair votes both ways: the field is exactly
    # zero there as long as those units agree with both members equally, which a single such unit does.
    rng = np.random.default_rng(15)
    for count in (2, 66, 130):
        stored = np.repeat(signs(rng, count // 2, 61), 2, axis=0)
        stored[1::2, 0] *= -1
        model = pair.memory(stored, interaction)
        cues = np.concatenate([near(rng, stored, 3), -stored[:1]])
        fields = model.check_fields(cues)
        assert (fields[:, 0] == 0).all()
        states, _ = model.check_recall(cues, tie=tie, limit=6)
        expected = {"plus": np.ones(4), "minus": -np.ones(4), "keep": cues[:, 0]}[tie]
        np.testing.assert_array_equal(states[:, 0], expected)
        model.check_recall(cues, tie=tie, update="sync", limit=6)


def test_synchronous_cycles_and_ties(pair):
    # an antiferromagnetic pair and a zero column: cycles, ties and fixed points side by side
    outgoing = np.zeros((70, 70), dtype=np.int32)
    outgoing[0, 65] = outgoing[65, 0] = 1
    model = pair.couplings(outgoing, np.zeros(70, dtype=np.int32), 1.0)
    cues = np.ones((4, 70), dtype=np.int8)
    cues[1, 65], cues[2, 0], cues[3, [0, 65]] = -1, -1, -1
    for tie in TIES:
        _, progress = model.check_recall(cues, update="sync", tie=tie)
        assert progress[:, 3].tolist() == [1, 2, 2, 1]


def test_empty_batches(pair):
    for model in (
        pair.memory(np.ones((3, 70), dtype=np.int8), hb.Polynomial(20)),
        pair.couplings(np.zeros((70, 70), dtype=np.int32), np.zeros(70, dtype=np.int32), 1.0),
    ):
        none = np.empty((0, 70), dtype=np.int8)
        model.check_fields(none)
        model.check_recall(none)
        model.check_recall(none, update="sync")
    model.check_recall(np.ones((2, 70), np.int8), limit=0)


def test_recall_begins_at_first_and_skips_what_has_a_status(pair):
    rng = np.random.default_rng(16)
    stored = signs(rng, 5, 80)
    model = pair.memory(stored, hb.Polynomial(3))
    rules = _kernels.Dynamics(80, "async", "random", np.empty(0, np.uint32), "plus", 0.0, np.empty(0, np.uint64))
    states = model.words(near(rng, stored, 4, 0.3))
    before = states.copy()
    progress = np.zeros((4, 4), dtype=np.int64)
    progress[2, 3] = 3
    raw = np.zeros(_kernels.workspace_bytes(model.kernel, rules) + 64, dtype=np.uint8)
    workspace = raw[-raw.ctypes.data % 64 :]
    energies = np.full(4, np.nan)
    assert _kernels.recall(model.kernel, rules, states, states[:0], progress, 20, 1, 2**60, energies, workspace) == 4
    assert np.isnan(energies).tolist() == [True, False, True, False]
    assert progress[:, 3].tolist() == [0, 1, 3, 1]
    np.testing.assert_array_equal((states != before).any(axis=1), [False, True, False, True])


@st.composite
def models(draw):
    """Patterns with a law of their own, an interaction, and options of the dynamics."""
    units, patterns = draw(st.integers(1, 140)), draw(st.integers(1, 140))
    kind = draw(st.sampled_from(["polynomial", "rectified", "exponential"]))
    if kind == "exponential":
        interaction = hb.Exponential(draw(st.floats(1e-3, min(2.0, 600 / units))))
    else:
        cls = hb.Polynomial if kind == "polynomial" else hb.RectifiedPolynomial
        interaction = cls(draw(st.integers(2, 20)), normalized=draw(st.booleans()))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    bias, repeat = draw(st.sampled_from([0.5, 0.1, 0.02])), draw(st.integers(1, 3))
    stored = np.where(rng.random((patterns, units)) < bias, 1, -1).astype(np.int8)
    stored = np.repeat(stored, repeat, axis=0)[:patterns] * draw(st.sampled_from([1, -1]))
    cues = near(rng, stored, draw(st.integers(0, 4)), draw(st.floats(0, 1)))
    orders = st.sampled_from(["random", "sequential", "replacement"])
    rules = {
        "update": draw(st.sampled_from(["async", "sync"])),
        "order": draw(st.one_of(orders, st.lists(st.integers(0, units - 1), min_size=1, max_size=2 * units))),
        "tie": draw(st.sampled_from(TIES)),
        "temperature": draw(st.one_of(st.just(0.0), st.floats(1e-6, 1e6))),
        "clamp": draw(st.one_of(st.none(), st.just(rng.random(units) < 0.3))),
        "limit": draw(st.integers(0, 4)),
        "budget": draw(st.sampled_from([1, 1000, 2**60])),
        "seed": draw(st.integers(0, 2**32)),
    }
    return stored, interaction, cues, rules


@given(case=models(), clean=st.booleans(), engine=st.sampled_from(["auto", "sums", "planes"]))
def test_any_memory(pair, case, clean, engine):
    stored, interaction, cues, rules = case
    model = pair.memory(stored, interaction, engine=engine, clean=clean)
    model.check_fields(cues)
    model.check_energies(cues)
    model.check_recall(cues, **rules)


@pytest.mark.slow
@pytest.mark.parametrize("degree", [2, 3, 4, 7])
def test_many_flips_do_not_drift(pair, degree):
    # thousands of flips at high temperature, then the deterministic end: overlaps, planes and sums were kept right
    rng = np.random.default_rng(17)
    stored = signs(rng, 700, 1000)
    model = pair.memory(stored, hb.Polynomial(degree, normalized=True))
    states, _ = model.check_recall(stored[:2], temperature=2.0 * 700 / 1000, limit=6)
    model.check_recall(states, limit=20)


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=str)
@pytest.mark.parametrize("number", range(4))
def test_parts_of_an_update(pair, interaction, number):
    """Units of a synchronous update in two parts, clamped ones among them; the words of other parts stay."""
    units, patterns, cut = [(130, 70, 64), (200, 9, 128), (128, 300, 64), (513, 65, 448)][number]
    rng = np.random.default_rng(number)
    stored = signs(rng, patterns, units)
    model = pair.memory(stored, clipped(interaction, units), clean=number % 2 == 0)
    clamp = hb.PackedPatterns(signs(rng, 1, units)).words[0] if number % 2 else np.empty(0, dtype=np.uint64)
    rules = (units, "sync", "random", np.empty(0, dtype=np.uint32), TIES[number % 3], 0.0, clamp)
    cue = near(rng, stored, 1)
    state, overlaps = hb.PackedPatterns(cue).words[0], (stored.astype(np.int64) @ cue[0]).astype(np.int32)
    got, expected = np.full((2, len(state)), 7, dtype=np.uint64)
    for first, last in ((0, cut), (cut, units)):
        for kernels, made, out in ((_kernels, model.kernel, got), (reference, model.twin, expected)):
            dynamics = kernels.Dynamics(*rules)
            workspace = bits.aligned_bytes(kernels.workspace_bytes(made, dynamics))
            kernels.update_units(made, dynamics, state, overlaps, first, last, out, workspace)
        np.testing.assert_array_equal(got, expected)
        assert (expected[-(-last // 64) :] == 7).all()
