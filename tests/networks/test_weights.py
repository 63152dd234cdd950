"""Weights of patterns, and cues of which units are unknown, against integers and against memories without weights."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import hebbfast as hb

K, D = 70, 90
PATTERNS = hb.random_patterns(K, D, rng=0)
CUES = np.concatenate([hb.corrupt(PATTERNS[:4], flip=0.2, rng=1), hb.random_patterns(3, D, rng=2)])
ALL = [
    hb.Polynomial(2),
    hb.Polynomial(3),
    hb.RectifiedPolynomial(4),
    hb.Polynomial(12),
    hb.Exponential(0.3),
    hb.LogSumExp(0.3),
]
WEIGHTS = np.random.default_rng(3).integers(-3, 6, size=K)


def assert_same(one, other):
    for name in ("states", "energy", "flips", "sweeps"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def integers(patterns, weights, f, state, known=None):
    """Σ_μ w_μ ξ_i [F(S + 1) - F(S - 1)] of each unit in Python integers; S counts the known units and not i."""
    seen = np.ones(len(state), dtype=bool) if known is None else known
    xi, sigma = patterns.astype(object), state.astype(object) * seen
    overlap, found = xi @ sigma, []
    for i in range(len(state)):
        s = overlap - xi[:, i] * sigma[i]
        terms = (
            int(w) * int(x) * (f(int(v) + 1) - f(int(v) - 1)) for w, x, v in zip(weights, xi[:, i], s, strict=True)
        )
        found.append(sum(terms))
    return found


@pytest.mark.parametrize("degree", [2, 3])
def test_sweeps_with_many_flips(level, degree):
    """Unit by unit in integers; at n = 2 weights follow flips, at others they are made anew."""
    patterns, order = hb.random_patterns(150, 131, rng=4), np.random.default_rng(5).permutation(131)
    weights = np.random.default_rng(6).integers(-3, 9, size=150)
    state = hb.random_patterns(1, 131, rng=7)[0].astype(np.int64)
    memory, flips = hb.DenseAssociativeMemory(patterns, hb.Polynomial(degree), weights), 0
    found = memory.recall(state.astype(np.int8), order=order.astype(np.uint32), max_sweeps=3, tie="keep")
    x = patterns.astype(np.int64)
    for i in [*order, *order, *order]:
        s = x @ state - x[:, i] * state[i]
        field = (weights * x[:, i] * ((s + 1) ** degree - (s - 1) ** degree)).sum()
        flips += field * state[i] < 0
        state[i] = np.sign(field) or state[i]
    assert flips > 40
    np.testing.assert_array_equal(found.states, state)


@pytest.mark.parametrize("degree", [2, 3, 4, 9, 25])
@pytest.mark.parametrize("rectified", [False, True])
def test_fields_and_energies_are_exact(level, degree, rectified):
    def f(x):
        return (max(x, 0) if rectified else x) ** degree

    interaction = (hb.RectifiedPolynomial if rectified else hb.Polynomial)(degree)
    memory = hb.DenseAssociativeMemory(PATTERNS, interaction, WEIGHTS)
    for state in CUES[2:5]:
        expected = [float(n) / (2 * degree) for n in integers(PATTERNS, WEIGHTS, f, state)]
        np.testing.assert_array_equal(memory.fields(state), expected)
        overlaps = (PATTERNS.astype(int) @ state).tolist()
        energy = -sum(int(w) * f(m) for w, m in zip(WEIGHTS, overlaps, strict=True))
        assert float(memory.energy(state)) == float(energy) / degree


@pytest.mark.parametrize("size", [2**29, 2**60 // 5 - 5, 2**60 // 5 + 1, 2**60 // 4 - 12])
@pytest.mark.parametrize("weights", [[1], [1, -1], [3, 1, -1]])
def test_the_largest_weights_do_not_wrap(level, size, weights):
    """Fields of n = 2 in Python integers, 2 Σ w ξ_i S / 2, up to the last total that is taken."""
    patterns = hb.random_patterns(len(weights), 3, rng=len(weights))
    weights = [w * size // sum(map(abs, weights)) for w in weights]
    memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(2), weights=weights)
    rows = patterns.astype(object)
    for state in itertools.product((-1, 1), repeat=3):
        exact = [
            sum(w * x[i] * (int(x @ state) - x[i] * state[i]) for w, x in zip(weights, rows, strict=True))
            for i in range(3)
        ]
        np.testing.assert_array_equal(memory.fields(np.array(state)), [float(h) for h in exact])


@pytest.mark.parametrize("interaction", ALL, ids=str)
def test_ones_change_nothing(interaction):
    plain = hb.DenseAssociativeMemory(PATTERNS, interaction)
    for ones in (np.ones(K), np.ones(K, dtype=np.int8), [True + 0] * K):
        weighted = plain.weighted(ones)
        np.testing.assert_array_equal(weighted.fields(CUES), plain.fields(CUES))
        rules = {"temperature": 1.0, "max_sweeps": 3, "rng": 1}
        assert_same(weighted.recall(CUES, **rules), plain.recall(CUES, **rules))


@pytest.mark.parametrize("interaction", ALL, ids=str)
def test_two_is_twice_and_zero_is_forgotten(level, interaction):
    weights = np.ones(K, dtype=int)
    weights[[0, 5]], weights[[1, 7]] = 2, 0
    stored = np.repeat(np.arange(K), weights)
    weighted = hb.DenseAssociativeMemory(PATTERNS, interaction, weights)
    apart = hb.DenseAssociativeMemory(PATTERNS[stored], interaction)
    np.testing.assert_array_equal(weighted.fields(CUES), apart.fields(CUES))
    np.testing.assert_allclose(weighted.energy(CUES), apart.energy(CUES), rtol=1e-14)
    for rules in ({}, {"update": "sync"}, {"temperature": 20.0, "max_sweeps": 3}, {"known": np.arange(D) < 40}):
        found, expected = weighted.recall(CUES, rng=1, **rules), apart.recall(CUES, rng=1, **rules)
        np.testing.assert_array_equal(found.states, expected.states)
        np.testing.assert_array_equal(found.flips, expected.flips)
    assert weighted.forget([1, 7]).fields(CUES).tolist() == weighted.fields(CUES).tolist()


@pytest.mark.parametrize("interaction", ALL, ids=str)
def test_real_weights_are_near(interaction):
    """Halves of integers are exact for powers and LogSumExp; others are near those of a sum in floats."""
    weights = np.random.default_rng(5).random(K) + 0.1
    memory = hb.DenseAssociativeMemory(PATTERNS, interaction, weights)
    f = math.exp if isinstance(interaction, hb.Exponential) else None
    overlaps = PATTERNS.astype(float) @ CUES.T
    if f is None:
        values = interaction(overlaps)
    else:
        values = np.exp(interaction.beta * overlaps)
    total = weights @ values
    expected = -np.log(total) / interaction.beta if isinstance(interaction, hb.LogSumExp) else -total
    np.testing.assert_allclose(memory.energy(CUES), expected, rtol=1e-7)
    other = np.where(np.arange(D) == 3, -1, 1) * CUES
    np.testing.assert_allclose(
        memory.delta_energy(CUES, [3])[:, 0], memory.energy(other) - memory.energy(CUES), rtol=1e-5, atol=1e-4
    )


def test_a_palimpsest_equals_decayed_couplings():
    weights = 0.97 ** np.arange(K)[::-1]
    signs = PATTERNS.astype(float)
    couplings = signs.T @ (weights[:, None] * signs)
    np.fill_diagonal(couplings, 0.0)
    found = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(2), weights).fields(CUES)
    np.testing.assert_allclose(found, CUES @ couplings, atol=1e-5)


def test_weights_are_priors():
    """E of LogSumExp with w = K π is -ln P(σ) / β but for constants; probabilities are those of `posterior`."""
    prior = np.random.default_rng(6).random(K)
    prior /= prior.sum()
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.LogSumExp(flip=0.2), K * prior)
    beta = memory.interaction.beta
    found = memory.posterior(CUES, flip=0.2, prior=prior)
    evidence = -beta * memory.energy(CUES) - math.log(K) - D * math.log(2 * math.cosh(beta))
    np.testing.assert_allclose(found.log_evidence, evidence, rtol=1e-7)
    np.testing.assert_allclose(
        found.probability[:, 0],
        K
        * prior[found.index[:, 0]]
        * np.exp(
            beta * (memory.energy(CUES) + np.take_along_axis(memory.overlaps(CUES), found.index[:, :1], axis=1)[:, 0])
        ),
        rtol=1e-5,
    )


def test_a_row_for_each_cue(level):
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(2))
    rows = np.random.default_rng(7).integers(-2, 5, size=(len(CUES), K))
    for rules in ({"order": "sequential"}, {"update": "sync"}, {"order": "sequential", "known": np.arange(D) > 30}):
        found = memory.recall(CUES, weights=rows, record="energy", **rules)
        for q, row in enumerate(rows):
            alone = memory.weighted(row).recall(CUES[q], record="energy", **rules)
            np.testing.assert_array_equal(found.states[q], alone.states)
            assert (found.energy[q], found.flips[q], found.sweeps[q]) == (alone.energy, alone.flips, alone.sweeps)
            assert float(found.energy[q]) == float(memory.weighted(row).energy(alone.states))
    same = np.broadcast_to(rows[0], rows.shape)
    for threads in (1, 3):
        found = memory.recall(CUES, weights=same, rng=3, temperature=30.0, max_sweeps=4, threads=threads)
        assert_same(found, memory.recall(CUES, weights=rows[0], rng=3, temperature=30.0, max_sweeps=4))


def test_an_input_as_weights():
    """Betteti et al. 2025: J(u) = Σ_μ m_μ(u) ξ ξᵀ, so that the weights are the overlaps with the input."""
    memory = hb.DenseAssociativeMemory(PATTERNS)
    inputs = hb.corrupt(PATTERNS[:3], flip=0.1, rng=8)
    overlaps = memory.overlaps(inputs)
    for u, row in enumerate(overlaps):
        couplings = PATTERNS.T.astype(int) @ (row[:, None] * PATTERNS.astype(int))
        np.fill_diagonal(couplings, 0)
        np.testing.assert_array_equal(memory.weighted(row).fields(CUES), CUES.astype(int) @ couplings)
        assert memory.recall(inputs, weights=overlaps, rng=9).converged[u]


@pytest.mark.parametrize("degree", [2, 3, 20])
@pytest.mark.parametrize("count", [1, 40, 89])
def test_unknown_units_see_the_known_ones(degree, count):
    known = np.random.default_rng(count).permutation(D) < count
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(degree), WEIGHTS)
    other = np.where(known, CUES, -CUES)  # what unknown units hold means nothing
    for tie, value in (("plus", 1), ("minus", -1), ("keep", 1)):
        for cues in (CUES, other):
            begun = memory.recall(cues, known=known, max_sweeps=0, tie=tie).states
            for state, cue in zip(begun, CUES, strict=True):
                sums = integers(PATTERNS, WEIGHTS, lambda x: x**degree, cue, known)
                expected = [c if k else (n > 0) - (n < 0) or value for c, k, n in zip(cue, known, sums, strict=True)]
                assert state.tolist() == expected


@pytest.mark.parametrize("make", [hb.Exponential, hb.LogSumExp])
def test_unknown_units_of_an_exponential(make):
    known = np.arange(D) % 3 == 0
    overlap = CUES[:, known].astype(float) @ PATTERNS[:, known].T
    expected = np.exp(0.5 * (overlap - overlap.max(axis=1, keepdims=True))) @ PATTERNS
    clear = ~known & (abs(expected) > 1e-9)
    begun = hb.DenseAssociativeMemory(PATTERNS, make(0.5)).recall(CUES, known=known, max_sweeps=0).states
    np.testing.assert_array_equal(begun[clear], np.sign(expected)[clear])
    np.testing.assert_array_equal(begun[:, known], CUES[:, known])


def test_a_mask_in_place_of_noise():
    """K = 2000, D = 200, 30 units known: with the mask each pattern comes back, with unknown units at -1 few do."""
    patterns = hb.random_patterns(2000, 200, rng=0)
    known = np.arange(200) < 30
    cues = np.where(known, patterns[:50], -1).astype(np.int8)
    memory = hb.DenseAssociativeMemory(patterns, hb.LogSumExp(1.0))
    np.testing.assert_array_equal(memory.recall(cues, known=known, rng=1).states, patterns[:50])
    assert (memory.recall(cues, rng=1).states == patterns[:50]).all(axis=1).mean() < 0.5
    assert_same(memory.recall(cues, known=np.ones(200, dtype=bool), rng=1), memory.recall(cues, rng=1))
    packed = memory.recall(hb.PackedPatterns(cues[:3]), known=known, clamp=known, rng=1).states
    assert packed == hb.PackedPatterns(patterns[:3])


def test_new_weights_share_the_patterns():
    memory = hb.DenseAssociativeMemory(PATTERNS)
    other = memory.weighted(WEIGHTS)
    assert other.patterns is memory.patterns
    assert other._columns.value is memory._columns.value
    assert other.weights.tolist() == WEIGHTS.tolist()
    assert not other.weights.flags.writeable
    assert other.weighted(None).weights is None
    assert other.store(PATTERNS[:2]).weights.tolist() == [*WEIGHTS.tolist(), 1, 1]
    for same in (copy.copy(other), copy.deepcopy(other), pickle.loads(pickle.dumps(other))):
        assert same.fields(CUES).tolist() == other.fields(CUES).tolist()
    assert repr(other).endswith(" weighted>")


@pytest.mark.parametrize(
    ("interaction", "weights", "message"),
    [
        (hb.Polynomial(2), [1, 2], r"weights must have shape \(3,\), one number a pattern, got shape \(2,\)"),
        (hb.Polynomial(2), [0, 0, 0], "weights must leave at least one pattern, got zeros alone"),
        (hb.Polynomial(2), [1, np.nan, 0], r"weights must be finite, got nan at \[1\]"),
        (hb.Polynomial(2), [2**62, 1, 0], r"weights must be integers of a sum below 2\*\*62"),
        (
            hb.Polynomial(2),
            [1, -(2**70), 0],
            "weights must be integers of 64 bits or floats, got -1180591620717411303424",
        ),
        (hb.Polynomial(2), [1.5e300, 0, 0.5], "weights must lie between 1e-200 and 1e200"),
        (
            hb.Polynomial(20),
            [2**30, 1, 1],
            r"weights must be at most 2\*\*29 in size where sums leave int64, got 1073741824",
        ),
        (hb.Exponential(0.1), [2**43, 1, 1], r"weights must sum to less than 2\*\*42 for Exponential"),
        (hb.LogSumExp(0.1), [1, -0.5, 1], "weights must not be negative in the logarithm of LogSumExp, got -0.5 at 1"),
    ],
)
def test_refusals(interaction, weights, message):
    patterns = hb.random_patterns(3, 90, rng=0)
    with pytest.raises(ValueError, match=message):
        hb.DenseAssociativeMemory(patterns, interaction, weights)
    with pytest.raises(ValueError, match=message):
        hb.DenseAssociativeMemory(patterns, interaction).weighted(weights)


def test_no_cues_and_no_rows():
    memory = hb.DenseAssociativeMemory(PATTERNS)
    for known in (None, np.arange(D) < 50):
        assert memory.recall(CUES[:0], weights=memory.overlaps(CUES[:0]), known=known).states.shape == (0, D)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
def test_floats_of_any_size_are_read_in_silence(dtype):
    found = hb.DenseAssociativeMemory(PATTERNS[:3], weights=np.array([0.5, 2, 1], dtype))
    np.testing.assert_array_equal(found.weights, [0.5, 2, 1])


def test_refusals_of_recall():
    memory = hb.DenseAssociativeMemory(PATTERNS)
    with pytest.raises(ValueError, match="weights must have a row for each of 7 cues, got 2 rows"):
        memory.recall(CUES, weights=np.ones((2, K)))
    with pytest.raises(ValueError, match=rf"weights must have shape \(7, {K}\), .*got shape \(7, 3\)"):
        memory.recall(CUES, weights=np.ones((7, 3)))
    rows = np.ones((7, K))
    rows[4] = 0
    with pytest.raises(ValueError, match=r"weights must leave at least one pattern, got zeros alone, in row 4$"):
        memory.recall(CUES, weights=rows)
    rows[4] = -1
    with pytest.raises(ValueError, match=r"weights must not be negative .* got -1 at 0, in row 4$"):
        hb.DenseAssociativeMemory(PATTERNS, hb.LogSumExp(0.1)).recall(CUES, weights=rows)
    with pytest.raises(ValueError, match="known must leave at least one unit"):
        memory.recall(CUES, known=np.zeros(D, dtype=bool))
    with pytest.raises(ValueError, match="tie must be one of"):
        memory.recall(CUES, known=np.arange(D) < 3, tie="up")
    with pytest.raises(TypeError, match="heat"):
        memory.recall(CUES, heat=3.0)
