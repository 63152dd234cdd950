"""Generalised Hebbian rules: couplings and fields against sums written out in Python, and published forms."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hebbfast as hb
from hebbfast import theory
from hebbfast.learning import HebbianRule

NAMES = ("c0", "c1_pre", "c1_post", "c2_pre", "c2_post", "c2_corr")
LOW = {"plus-minus": -1, "zero-one": 0}
integers = st.integers(-5, 5)


@st.composite
def problems(draw):
    """A rule of integers, (K, D) patterns and (Q, D) states of one kind, a threshold and a level of halves."""
    K, D = draw(st.integers(1, 70)), draw(st.integers(1, 12))
    values = draw(st.sampled_from(sorted(LOW)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    patterns, states = (rng.choice([LOW[values], 1], size=(rows, D), p=[0.4, 0.6]) for rows in (K, 3))
    rule = HebbianRule(**{name: draw(integers) for name in NAMES})
    return rule, patterns, states, values, draw(integers) / 2, draw(integers) / 2


def term(rule, pre, post):
    c = rule
    return (
        c.c0 + c.c1_pre * pre + c.c1_post * post + c.c2_pre * pre**2 + c.c2_post * post**2 + c.c2_corr * pre * post
    )  # fmt: skip


def summed(rule, patterns):
    """W_ij, one term after another."""
    D = patterns.shape[1]
    rows = patterns.tolist()
    return [[sum(term(rule, x[j], x[i]) for x in rows) if i != j else 0 for j in range(D)] for i in range(D)]


@given(problems())
def test_couplings_and_fields_are_the_sums_written_out(problem):
    rule, patterns, states, values, threshold, level = problem
    W = summed(rule, patterns)
    np.testing.assert_array_equal(rule.couplings(patterns, values=values), W)
    np.testing.assert_array_equal(rule.couplings(patterns, values=values, epochs=3), 3 * np.array(W))
    network = hb.PatternSpaceNetwork(patterns, rule, values=values, threshold=threshold, level=level)
    expected = [
        [sum(w * (x - threshold) for w, x in zip(row, state, strict=True)) - level for row in W]
        for state in states.tolist()
    ]
    np.testing.assert_array_equal(network.fields(states), expected)
    np.testing.assert_array_equal(network.fields(states[1]), expected[1])
    assert network.symmetric == np.array_equal(W, np.transpose(W))


@given(problems())
def test_energy_falls_by_what_a_flip_costs(problem):
    rule, patterns, states, values, threshold, level = problem
    rule = HebbianRule(rule.c0, rule.c1_pre, rule.c1_pre, rule.c2_pre, rule.c2_pre, rule.c2_corr)
    W = np.array(summed(rule, patterns))
    network = hb.PatternSpaceNetwork(patterns, rule, values=values, threshold=threshold, level=level)

    def energy(x):
        return -x @ W @ x / 2 + (threshold * W.sum(axis=1) + level) @ x

    np.testing.assert_array_equal(network.energy(states), [energy(x) for x in states])
    flipped = np.repeat(states[:1], states.shape[1], axis=0)
    np.fill_diagonal(flipped, LOW[values] + 1 - flipped.diagonal())
    costs = [energy(x) - energy(states[0]) for x in flipped]
    np.testing.assert_array_equal(network.delta_energy(states[0]), costs)
    np.testing.assert_array_equal(network.delta_energy(states, [0])[0], costs[:1])


@given(problems())
def test_one_pattern_at_a_time_gives_the_closed_form(problem):
    rule, patterns, _, values, _, _ = problem
    online = HebbianRule(**{name: lambda W, name=name: getattr(rule, name) for name in NAMES})
    assert rule.constant and not online.constant
    for epochs in (1, 2):
        np.testing.assert_array_equal(
            online.couplings(patterns, values=values, epochs=epochs),
            rule.couplings(patterns, values=values, epochs=epochs),
        )


def test_large_integers_do_not_wrap_round():
    rule = HebbianRule(c0=2**33, c1_pre=-(2**35), c2_corr=2**40)
    patterns = hb.random_patterns(9, 5, rng=19)
    np.testing.assert_array_equal(rule.couplings(patterns), summed(rule, patterns))
    W = np.array(summed(rule, patterns))
    np.testing.assert_array_equal(hb.PatternSpaceNetwork(patterns, rule).fields(patterns), patterns.astype(int) @ W.T)


def test_coefficients_see_the_couplings_from_before_the_pattern():
    """Halves and quarters of W in exact fractions, unit by unit; the shapes that broadcast."""
    patterns = hb.random_patterns(5, 4, rng=0)
    rule = HebbianRule(
        c0=lambda W: -W / 2, c1_pre=lambda W: W.sum(), c1_post=2, c2_corr=lambda W: 1 - W.sum(axis=1, keepdims=True) / 4
    )
    W = [[Fraction(0)] * 4 for _ in range(4)]
    for x in patterns.tolist():
        total = sum(map(sum, W))
        W = [
            [
                w - w / 2 + total * x[j] + 2 * x[i] + (1 - sum(row) / 4) * x[i] * x[j] if i != j else Fraction(0)
                for j, w in enumerate(row)
            ]
            for i, row in enumerate(W)
        ]
    np.testing.assert_array_equal(rule.couplings(patterns), np.array(W, dtype=float))


def outer(patterns, offset_post, offset_pre):
    """Σ_μ (x_i - offset_post)(x_j - offset_pre) without diagonal."""
    made = (patterns - offset_post).T @ (patterns - offset_pre)
    np.fill_diagonal(made, 0)
    return made


def test_named_rules_are_their_formulas():
    x = hb.random_patterns(9, 6, mean=0.5, rng=1).astype(float)
    bits = (x + 1) / 2
    for mean in (0.0, 0.5, -0.25):
        np.testing.assert_array_equal(hb.learning.covariance(mean).couplings(x), outer(x, mean, mean))
        np.testing.assert_array_equal(hb.learning.presynaptically_gated(mean).couplings(x), outer(x, mean, 0))
        np.testing.assert_array_equal(hb.learning.postsynaptically_gated(mean).couplings(x), outer(x, 0, mean))
        np.testing.assert_array_equal(
            hb.learning.covariance(mean).couplings(bits, values="zero-one"), outer(bits, mean, mean)
        )
        clamped = x * (x - mean)  # y (y - θ)
        expected = 2 * clamped.T @ x
        np.testing.assert_array_equal(
            hb.learning.bcm(mean, rate=2).couplings(x), expected - np.diag(expected.diagonal())
        )
        clamped = bits * (bits - mean)
        expected = clamped.T @ bits
        np.testing.assert_array_equal(
            hb.learning.bcm(mean, values="zero-one").couplings(bits, values="zero-one"),
            expected - np.diag(expected.diagonal()),
        )
    product = hb.learning.zero_one_product().couplings(bits, values="zero-one")
    np.testing.assert_array_equal(product, hb.learning.activity_product(x))
    np.testing.assert_array_equal(hb.learning.zero_one_product().couplings(x > 0, values="zero-one"), product)
    packed = hb.PackedPatterns(x)
    np.testing.assert_array_equal(hb.learning.zero_one_product().couplings(packed, values="zero-one"), product)


def test_bcm_with_a_sliding_threshold():
    """θ_i = Σ_j W_ij², row by row in Python."""
    x = hb.random_patterns(6, 5, rng=3)
    rule = hb.learning.bcm(lambda W: (W**2).sum(axis=1, keepdims=True), rate=0.25)
    W = np.zeros((5, 5))
    for pattern in x:
        for i, row in enumerate(W.copy()):
            W[i] += 0.25 * pattern * pattern[i] * (pattern[i] - row @ row)
            W[i, i] = 0
    np.testing.assert_allclose(rule.couplings(x), W, rtol=1e-12)


def test_decay_weighs_patterns_by_age():
    x = hb.random_patterns(20, 7, rng=2).astype(float)
    ages = np.arange(20)[::-1, None]
    for rate in (0.25, 1.0):
        np.testing.assert_allclose(
            hb.learning.decay(rate).couplings(x), outer(np.sqrt((1 - rate) ** ages) * x, 0, 0), atol=1e-12
        )
    np.testing.assert_array_equal(hb.learning.decay(0).couplings(x), outer(x, 0, 0))


@pytest.mark.parametrize("bound", [1, 3, 2.5, 100])
def test_clipped_couplings_stop_at_the_bounds(bound):
    x = hb.random_patterns(60, 8, rng=4).tolist()
    W = [[0.0] * 8 for _ in range(8)]
    for p in x:
        W = [
            [min(max(w + p[i] * p[j], -bound), bound) * (i != j) for j, w in enumerate(row)] for i, row in enumerate(W)
        ]
    np.testing.assert_array_equal(hb.learning.clipped(bound).couplings(x), W)
    if bound == 100:
        np.testing.assert_array_equal(W, hb.learning.activity_product(x))


def test_oja_clamped_finds_the_principal_component():
    """Patterns are ±u with a tenth of the units flipped: covariance 0.64 u uᵀ off the diagonal, so u leads.

    W_ij averages 2/η = 100 patterns: deviation 0.8 sqrt(1/100) an entry at most, of norm below 0.8 · 2 sqrt(60)/10 =
    1.3 by the semicircle law, against a gap of 0.64 · 60 = 38: the squared cosine is above 0.99 far beyond doubt.
    """
    rng = np.random.default_rng(5)
    u = rng.choice([-1, 1], size=60)
    x = hb.corrupt(np.outer(rng.choice([-1, 1], size=400), u).astype(np.int8), flip=0.1, rng=6)
    W = hb.learning.oja(0.02).couplings(x, epochs=3)
    leading = np.linalg.eigh(W)[1][:, -1]
    principal = np.linalg.eigh(np.cov(x.T.astype(float)))[1][:, -1]
    assert (leading @ u) ** 2 / 60 > 0.99
    assert (leading @ principal) ** 2 > 0.99


def test_oja_clamped_on_bits_follows_the_conditional_probability():
    """Two patterns in turn, many epochs: a row moves only where its unit is 1, and there by the geometric sum."""
    x = np.array([[1, 1, 0], [1, 0, 0]])
    W = hb.learning.oja(0.01).couplings(x, values="zero-one", epochs=2000)
    assert W[0, 1] == pytest.approx(0.99 / 1.99, abs=1e-9)  # the fixed point 1, 0, 1, 0, ... seen after a 0
    assert W[1, 0] == pytest.approx(1 - 0.99**2000)
    assert not W[2].any()


# Both ways to use a rule


RULES = {
    "product": HebbianRule(),
    "symmetric": HebbianRule(c0=1, c1_pre=-1, c1_post=-1, c2_corr=3),
    "asymmetric": HebbianRule(c0=-1, c1_pre=2, c1_post=-1, c2_post=1, c2_corr=4),
}
OPTIONS = [
    {},
    {"update": "sync"},
    {"update": "sync", "tie": "keep", "record": ["energy", "flips", "states"]},
    {"order": "sequential", "tie": "minus"},
    {"order": "replacement", "tie": "keep", "record": "states"},
    {"order": [3, 1, 4, 1, 5], "max_sweeps": 7},
    {"temperature": 12.0, "max_sweeps": 5, "record": "energy"},
    {"temperature": 12.0, "max_sweeps": 5, "update": "sync"},
    {"clamp": np.arange(40) % 3 == 0},
]


def equal(one, other, *, states=lambda s: s):
    for name in ("converged", "sweeps", "flips", "energy", "cycle"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    np.testing.assert_array_equal(one.states, states(other.states))
    assert one.trace.keys() == other.trace.keys()
    for name, trace in one.trace.items():
        np.testing.assert_array_equal(trace, states(other.trace[name]) if name == "states" else other.trace[name])


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_recall_is_that_of_the_couplings(rule, options, level):
    patterns = hb.random_patterns(6, 40, mean=0.2, rng=7)
    cues = hb.corrupt(patterns, flip=0.2, rng=8)
    W = rule.couplings(patterns)
    network = hb.PatternSpaceNetwork(patterns, rule, threshold=0.5, level=3)
    matrix = hb.HopfieldNetwork(W, bias=-0.5 * W.sum(axis=1) - 3)
    equal(network.recall(cues, rng=9, **options), matrix.recall(cues, rng=9, **options))
    equal(network.recall(cues[0], rng=9, **options), matrix.recall(cues[0], rng=9, **options))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_recall_of_bits_is_that_of_signs(options):
    """x = (1 + σ)/2: a field of ½ [E(0) - E(1)] comes from couplings W/4 and a bias."""
    bits = (hb.random_patterns(6, 40, mean=-0.4, rng=10) + 1) // 2
    cues = np.where(np.random.default_rng(11).random(bits.shape) < 0.1, 1 - bits, bits)
    rule = HebbianRule(c0=1, c1_pre=-2, c1_post=-2, c2_corr=5)
    W = np.array(summed(rule, bits))
    network = hb.PatternSpaceNetwork(bits, rule, values="zero-one", threshold=0.25, level=1)
    received = W.sum(axis=1)
    matrix = hb.HopfieldNetwork(W / 4, (received / 2 - received / 4 - 1) / 2)
    one, other = network.recall(cues, rng=12, **options), matrix.recall(2 * cues - 1, rng=12, **options)
    np.testing.assert_array_equal(one.energy, network.energy(one.states))
    constant = other.energy - one.energy
    assert np.ptp(constant) == 0  # energies of bits and signs differ by one number
    np.testing.assert_array_equal(one.states, (other.states + 1) // 2)
    for name in ("converged", "sweeps", "flips", "cycle"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    if "states" in one.trace:
        np.testing.assert_array_equal(one.trace["states"], (other.trace["states"] + 1) // 2)


def test_states_come_back_as_they_came():
    bits = (hb.random_patterns(3, 30, rng=13) + 1) // 2
    network = hb.PatternSpaceNetwork(bits, hb.learning.zero_one_product(), values="zero-one", threshold=0.5)
    for cues in (bits, bits.astype(float), bits.astype(bool)):
        states = network.recall(cues, rng=0).states
        assert states.dtype == cues.dtype
        np.testing.assert_array_equal(states, cues)
    packed = network.recall(hb.PackedPatterns(bits.astype(bool)), rng=0).states
    np.testing.assert_array_equal(packed.unpack(), 2 * bits - 1)
    np.testing.assert_array_equal(network.recall(bits, record="overlaps").trace["overlaps"][0].diagonal(), 30)
    assert len(network) == 3
    assert repr(network) == "<PatternSpaceNetwork K=3 D=30 symmetric zero-one>"


def test_fractions_agree_to_rounding():
    patterns = hb.random_patterns(200, 500, mean=0.3, rng=14)
    rule = HebbianRule(c0=0.1, c1_pre=0.3, c1_post=-0.7, c2_corr=1.1)
    expected = patterns @ rule.couplings(patterns).T
    got = hb.PatternSpaceNetwork(patterns, rule).fields(patterns)
    assert np.abs(got - expected).max() < 1e-12 * np.abs(expected).max()


@pytest.mark.parametrize(("patterns", "units"), [(16383, 70), (16384, 1), (16385, 63), (40_000, 257), (100_000, 300)])
def test_correlations_of_many_patterns(monkeypatch, patterns, units):
    """Half of them is counted, by two threads where that pays; in floats the sums are below 2^24, thus exact."""
    packed = hb.PackedPatterns.random(patterns, units, rng=patterns)
    signs = packed.unpack().astype(np.float32)
    expected = (signs.T @ signs).astype(np.int32)
    np.fill_diagonal(expected, 0)
    for threads in ("1", "2"):
        monkeypatch.setenv("HEBBFAST_NUM_THREADS", threads)
        np.testing.assert_array_equal(hb.learning.activity_product(packed), expected)


def test_many_units_need_no_matrix():
    """D = 20,000: W would take 3.2 GB. Twenty fields, summed in Python."""
    packed = hb.PackedPatterns.random(128, 20_000, rng=15)
    cue = hb.corrupt(packed[5], flip=0.2, rng=16)
    rule = HebbianRule(c0=1, c1_pre=-2, c1_post=3, c2_corr=4)
    tracemalloc.start()
    network = hb.PatternSpaceNetwork(packed, rule)
    fields = network.fields(cue)
    covariance = hb.PatternSpaceNetwork(packed, hb.learning.covariance(0))
    for update in ("sync", "async"):
        result = covariance.recall(cue, rng=17, update=update)
        np.testing.assert_array_equal(result.states, packed[5])
        assert result.converged and result.flips == np.count_nonzero(cue != packed[5])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6
    x = packed.unpack().astype(np.int64)
    for unit in range(0, 20_000, 1000):
        row = term(rule, x, x[:, unit : unit + 1]).sum(axis=0)
        row[unit] = 0
        assert fields[unit] == row @ cue


@pytest.mark.parametrize(("values", "mean"), [("plus-minus", 0.2), ("zero-one", 0.3)])
def test_fields_have_the_moments_of_theory(values, mean):
    """2000 networks, unit 0 of pattern 0 in each: 4.5 deviations of mean and variance, 1e-5 each."""
    rng, D, K, networks = np.random.default_rng(18), 41, 12, 2000
    rule = HebbianRule(c0=0.1, c1_pre=-0.2, c1_post=0.4, c2_post=0.3, c2_corr=0.9)
    moments = theory.hebbian_moments(rule, D, K, mean, 0.25, values)
    share = moments.high_share
    stored, field = np.empty((2, networks))
    for n in range(networks):
        patterns = np.where(rng.random((K, D)) < share, 1, LOW[values])
        network = hb.PatternSpaceNetwork(patterns, rule, values=values, threshold=0.25)
        stored[n], field[n] = patterns[0, 0], network.fields(patterns[0])[0]
    for y in (LOW[values], 1):
        h = field[stored == y]
        assert abs(h.mean() - moments.mean(y)) < 4.5 * np.sqrt(moments.variance(y) / len(h))
        kurtosis = np.mean((h - h.mean()) ** 4) / h.var() ** 2
        assert abs(h.var() / moments.variance(y) - 1) < 4.5 * np.sqrt((kurtosis - 1) / len(h))


# Bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: HebbianRule(c1_pre="a"), "c1_pre must be a finite number or a function"),
        (lambda: HebbianRule(c0=float("nan")), "c0 must be"),
        (lambda: HebbianRule().couplings([[1, -1]], values="bits"), "values must be one of 'plus-minus', 'zero-one'"),
        (lambda: HebbianRule().couplings([[1, -1]], values="zero-one"), r"patterns must hold 0 and 1 only, got -1 at"),
        (lambda: HebbianRule().couplings([[1, 0]]), r"patterns must hold \+1 and -1 only, got 0"),
        (lambda: HebbianRule().couplings([[1, -1]], epochs=0), "epochs must be an integer of at least 1, got 0"),
        (lambda: HebbianRule(c0=lambda W: np.ones(3)).couplings([[1, -1]]), r"c0 must return .* \(2, 2\)"),
        (lambda: HebbianRule(c0=lambda W: np.ones((5, 2, 2))).couplings([[1, -1]]), r"c0 must return"),
        (lambda: HebbianRule(c0=lambda W: None).couplings([[1, -1]]), "c0 must return numbers"),
        (lambda: HebbianRule(c0=lambda W: np.inf).couplings([[1, -1]]), "finite, but pattern 0"),
        (lambda: HebbianRule(c0=lambda W: W.fill(1)).couplings([[1, -1]]), "read-only"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]], hb.learning.decay(0.1)), "functions of the couplings: c0"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]], threshold=np.nan), "threshold must be a finite number"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]], level="x"), "level must be a finite number"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]]).fields([0, 1]), r"states must hold \+1 and -1 only"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]]).recall([1, -1, 1]), "cues must have shape"),
        (lambda: hb.PatternSpaceNetwork([[1, -1]]).recall([1, -1], update="both"), "update must be one of"),
        (lambda: hb.learning.decay(2), "rate must be a finite number from 0 to 1"),
        (lambda: hb.learning.oja(-0.1), "rate must be"),
        (lambda: hb.learning.clipped(0), "bound must be a finite number above 0"),
        (lambda: hb.learning.covariance("a"), "mean must be a finite number"),
        (lambda: hb.learning.bcm(0.5, values="bits"), "values must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_rule_is_asked_for():
    with pytest.raises(TypeError, match="rule must be a HebbianRule"):
        hb.PatternSpaceNetwork([[1, -1]], hb.learning.activity_product)


def test_asymmetric_rules_have_no_energy():
    network = hb.PatternSpaceNetwork([[1, -1, 1], [1, 1, 1]], HebbianRule(c1_pre=1))
    for method in (network.energy, network.delta_energy):
        with pytest.raises(
            ValueError, match=r"symmetric couplings for an energy to exist.* c1_pre is 1 and its c1_post 0"
        ):
            method([1, 1, 1])
    assert np.isnan(network.recall([1, 1, 1]).energy)
