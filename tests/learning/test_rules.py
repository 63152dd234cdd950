"""Rules for couplings, against formulas written out, linear programs and published numbers."""

import doctest
import importlib
import inspect

import numpy as np
import pytest
from scipy import optimize

import hebbfast as hb
from hebbfast import _kernels, learning
from hebbfast._kernels.twin import training as reference_learning
from hebbfast.learning.record import stabilities

RULES = {
    "storkey": learning.storkey,
    "projection": learning.projection,
    "perceptron": learning.perceptron,
    "perceptron batch": lambda p: learning.perceptron(p, kappa=0.8, mode="batch"),
    "perceptron symmetric": lambda p: learning.perceptron(p, symmetric=True),
    "perceptron symmetric batch": lambda p: learning.perceptron(p, symmetric=True, mode="batch"),
    "maximal stability": learning.maximal_stability,
    "unlearning": lambda p: learning.unlearning(p, dreams=20, rng=0),
    "sign_clipped": learning.sign_clipped,
    "palimpsest bound": lambda p: learning.palimpsest(p, bound=3),
    "palimpsest decay": lambda p: learning.palimpsest(p, decay=0.1),
}
SYMMETRIC = set(RULES) - {"perceptron", "perceptron batch", "maximal stability"}


def stability(couplings, patterns):
    """x_i h_i / |w_i| for every pattern and unit, one at a time."""
    out = np.zeros(patterns.shape)
    for k, x in enumerate(patterns.astype(float)):
        for i, row in enumerate(couplings.astype(float)):
            norm = np.sqrt(np.sum(row**2))
            out[k, i] = x[i] * np.sum(row * x) / norm if norm else 0.0
    return out


@pytest.mark.parametrize("name", RULES)
def test_record(name):
    patterns = hb.random_patterns(10, 40, rng=1)
    before = patterns.copy()
    learned = RULES[name](patterns)
    np.testing.assert_array_equal(patterns, before)
    assert learned.couplings.shape == (40, 40) and learned.couplings.dtype == np.float64
    assert not learned.couplings.diagonal().any()
    assert np.array_equal(learned.couplings, learned.couplings.T) == (name in SYMMETRIC)
    margins = stability(learned.couplings, patterns).min(axis=0)
    np.testing.assert_allclose(learned.margins, margins, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(learned.failed, np.flatnonzero(margins <= 0))
    # packed patterns, and the way through a network, give the same
    packed = RULES[name](hb.PackedPatterns(patterns))
    np.testing.assert_array_equal(packed.couplings, learned.couplings)
    network = hb.HopfieldNetwork.train(patterns, RULES[name])
    np.testing.assert_allclose(network.couplings, learned.couplings, rtol=1e-12, atol=1e-12)
    assert network.symmetric == (name in SYMMETRIC)


@pytest.mark.parametrize("rule", ["perceptron", "maximal_stability"])
def test_threads_do_not_change_the_couplings(rule):
    patterns = hb.random_patterns(60, 50, rng=2)
    one, four = (getattr(learning, rule)(patterns, threads=n) for n in (1, 4))
    np.testing.assert_array_equal(one.couplings, four.couplings)


MODULES = [
    "storkey",
    "projection",
    "perceptron",
    "stability",
    "unlearning",
    "palimpsest",
    "logistic",
    "redundancy",
    "record",
]


@pytest.mark.parametrize("name", [*(f"learning.{module}" for module in MODULES), "experiments.learned"])
def test_examples(name):
    result = doctest.testmod(importlib.import_module(f"hebbfast.{name}"))
    assert result.attempted > 0 and result.failed == 0


def test_every_rule_says_what_it_takes_and_gives():
    for name in learning.__all__:
        thing = getattr(learning, name)
        assert ">>>" in thing.__doc__
        if inspect.isfunction(thing):
            assert "Returns" in thing.__doc__
            assert "Parameters" in thing.__doc__ or not inspect.signature(thing).parameters


# --- Storkey


def test_storkey_is_the_published_sum():
    patterns = hb.random_patterns(7, 11, rng=3)
    units = 11
    expected = np.zeros((units, units))
    for x in patterns.astype(float):
        old = expected.copy()
        for i in range(units):
            for j in range(units):
                if i != j:
                    h_ij = sum(old[i, k] * x[k] for k in range(units) if k not in (i, j))
                    h_ji = sum(old[j, k] * x[k] for k in range(units) if k not in (i, j))
                    expected[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / units
    # 11^7 is no power of two: one factor near 1 for all, so that ties are exact
    np.testing.assert_allclose(learning.storkey(patterns).couplings, expected, rtol=1e-7, atol=0)


def test_storkey_errs_less_than_hebb():
    """At K/D = 0.15, D = 200: 30 networks; Hebb errs in 0.4 %, Storkey in under a tenth of that (6000 units each)."""
    wrong = np.zeros(2)
    for seed in range(30):
        patterns = hb.random_patterns(30, 200, rng=seed)
        for j, couplings in enumerate((learning.activity_product(patterns), learning.storkey(patterns).couplings)):
            wrong[j] += np.count_nonzero((patterns @ couplings.T) * patterns <= 0)
    assert wrong[0] > 10 * wrong[1]


# --- projection


def test_projection_is_the_pseudo_inverse():
    patterns = hb.random_patterns(30, 50, rng=4).astype(float)
    learned = learning.projection(patterns)
    np.testing.assert_allclose(learned.projector, np.linalg.pinv(patterns) @ patterns, atol=1e-12)
    np.testing.assert_allclose(learned.projector @ learned.projector, learned.projector, atol=1e-12)
    # x_i h_i = 1 - P_ii for every pattern
    fields = patterns @ learned.couplings.T
    np.testing.assert_allclose(fields * patterns, np.tile(1 - learned.projector.diagonal(), (30, 1)), atol=1e-12)
    assert learned.converged


def test_projection_grows_one_by_one():
    patterns = hb.random_patterns(40, 60, rng=5)
    grown = learning.projection(patterns[:1])
    for k in range(1, 40):
        grown = grown.store(patterns[k : k + 1])
    whole = learning.projection(patterns)
    np.testing.assert_allclose(grown.projector, whole.projector, atol=1e-11)
    np.testing.assert_array_equal(grown.patterns.unpack(), patterns)
    again = grown.store(np.concatenate([patterns[3:5], -patterns[:1]]))  # nothing new
    np.testing.assert_allclose(again.projector, whole.projector, atol=1e-11)
    with pytest.raises(ValueError, match="patterns must have D = 60 units, got 3"):
        grown.store([[1, 1, -1]])


def test_projection_of_dependent_patterns():
    patterns = hb.random_patterns(5, 30, rng=6)
    learned = learning.projection(np.concatenate([patterns, patterns, -patterns]))
    assert learned.converged and abs(learned.projector.trace() - 5) < 1e-9


def test_projection_at_full_rank_holds_nothing():
    """K = D independent patterns: the projector is the unit matrix, no field is left."""
    learned = learning.projection(hb.random_patterns(45, 30, rng=7))
    assert not learned.converged and len(learned.failed) == 30


# --- perceptron and maximal stability


def separable(patterns, unit):
    """Whether w with x_i w·x >= 1 exists, w_i = 0: a linear program."""
    x = patterns.astype(float)
    bounds = [(0, 0) if j == unit else (None, None) for j in range(x.shape[1])]
    return optimize.linprog(np.zeros(x.shape[1]), -x * x[:, unit : unit + 1], -np.ones(len(x)), bounds=bounds).success


def test_perceptron_finds_whatever_is_separable():
    """Loads around 2, where some units are separable and some are not; the linear program knows which."""
    patterns = hb.random_patterns(28, 15, rng=8)
    learned = learning.perceptron(patterns)
    possible = np.array([separable(patterns, unit) for unit in range(15)])
    assert 0 < possible.sum() < 15
    np.testing.assert_array_equal(learned.margins > 0, possible)
    assert not learned.converged and learned.epochs == 10_000


def test_pocket_keeps_the_fewest_violations():
    """Beyond the load 2, against the couplings that plain perceptron learning ends with: a strict gain in sum."""
    patterns = hb.random_patterns(60, 20, rng=21)
    couplings = learning.perceptron(patterns, epochs=200).couplings
    gram, columns = (patterns @ patterns.T).astype(np.float32), np.ascontiguousarray(patterns.T)
    wrong = np.count_nonzero((patterns @ couplings.T) * patterns <= 0, axis=0)
    last = []
    for targets in columns:
        fields, sums = np.zeros(60), np.array([0, 0, np.inf])
        _kernels.perceptron(gram, targets, 20, 0.0, 200, np.zeros(60), fields, sums, np.zeros(60))
        last.append(np.count_nonzero(targets * fields - sums[0] <= 0))
    assert (wrong <= last).all() and wrong.sum() < 0.8 * sum(last)


@pytest.mark.parametrize(("symmetric", "load"), [(False, 0.5), (True, 0.4)])
@pytest.mark.parametrize("mode", ["sequential", "batch"])
def test_perceptron_reaches_its_margin(mode, symmetric, load):
    patterns = hb.random_patterns(int(60 * load), 60, rng=9)
    learned = learning.perceptron(patterns, kappa=0.4, mode=mode, symmetric=symmetric)
    assert learned.converged and learned.margins.min() > 0.4 and learned.epochs > 1
    result = hb.HopfieldNetwork(learned.couplings).recall(patterns, update="sync", rng=0)
    np.testing.assert_array_equal(result.states, patterns)


@pytest.mark.parametrize("symmetric", [False, True])
def test_batches_come_in_pieces_that_change_nothing(monkeypatch, symmetric):
    """Ctrl-C is looked at between the units of a piece; written out, all units at once."""
    module = importlib.import_module("hebbfast.learning.perceptron")
    monkeypatch.setattr(module, "pieces", lambda count, *each: (slice(i, i + 7) for i in range(0, count, 7)))
    patterns = hb.random_patterns(20, 40, rng=9)
    learned = learning.perceptron(patterns, kappa=0.4, mode="batch", symmetric=symmetric, epochs=5)
    J, x = np.zeros((40, 40)), patterns.astype(float)
    for _ in range(learned.epochs):
        wrong = (x @ J.T) * x <= 0.4 * np.linalg.norm(J, axis=1)
        step = (wrong * x).T @ x
        J += step + step.T if symmetric else step
        np.fill_diagonal(J, 0)
    np.testing.assert_array_equal(learned.couplings, J)


PRODUCTS = {  # modules, and what takes their large products
    "_units": lambda patterns: learning.perceptron(patterns).couplings,
    "storkey": lambda patterns: learning.storkey(patterns).couplings,
    "record": lambda patterns: stabilities(learning.activity_product(patterns), patterns),
    "redundancy": lambda patterns: learning.redundancy(patterns, epochs=3, rng=0).couplings,
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_large_products_are_cut(monkeypatch, name):
    """A row or two at a time, so that Ctrl-C is looked at, leave the result as it is."""
    patterns, cut = hb.random_patterns(30, 20, rng=9), []

    def pieces(count, *each, **more):
        cut.append(count)
        return (slice(i, i + 2) for i in range(0, count, 2))

    whole = PRODUCTS[name](patterns)
    monkeypatch.setattr(importlib.import_module(f"hebbfast.learning.{name}"), "pieces", pieces)
    np.testing.assert_array_equal(PRODUCTS[name](patterns), whole)
    assert len(cut) == (2 if name == "_units" else 1)


def test_maximal_stability_against_quadratic_programming():
    """The largest margin by SLSQP on the primal problem: min |w|² with x_i w·x >= 1."""
    patterns = hb.random_patterns(12, 14, rng=10)
    learned = learning.maximal_stability(patterns, tolerance=1e-6)
    assert learned.converged
    np.testing.assert_allclose(np.linalg.norm(learned.couplings, axis=1), 1, rtol=1e-12)
    for unit in range(14):
        a = np.delete(patterns * patterns[:, unit : unit + 1], unit, axis=1).astype(float)
        constraint = {"type": "ineq", "fun": lambda w, a=a: a @ w - 1, "jac": lambda w, a=a: a}
        start = np.linalg.lstsq(a, np.full(12, 2.0))[0]
        best = optimize.minimize(
            lambda w: w @ w / 2, start, jac=lambda w: w, constraints=constraint, options={"maxiter": 500, "ftol": 1e-14}
        )
        assert best.success
        np.testing.assert_allclose(learned.margins[unit], 1 / np.sqrt(best.x @ best.x), rtol=1e-5)


def test_no_margin_exceeds_its_bound():
    patterns = hb.random_patterns(70, 60, rng=11)
    learned = learning.maximal_stability(patterns, tolerance=0.3)
    finer = learning.maximal_stability(patterns, tolerance=1e-4)
    assert finer.converged
    assert (finer.margins <= learned.bounds + 1e-12).all()
    assert (learned.margins >= 0.69 * finer.margins).all()
    assert (finer.margins >= finer.bounds * (1 - 1.1e-4)).all()


def test_largest_margin_is_gardners():
    """D = 400 at load 1: the mean of the largest margins is Gardner's kappa, up to a few hundredths of finite size."""
    kappa = optimize.brentq(lambda k: hb.theory.gardner_capacity(k) - 1.0, 0, 2)
    learned = learning.maximal_stability(hb.random_patterns(400, 400, rng=12))
    assert abs(learned.margins.mean() - kappa) < 0.05


def test_inseparable_patterns_are_reported():
    """A unit that must take both values in the same surroundings."""
    patterns = np.repeat(hb.random_patterns(4, 30, rng=13), 2, axis=0)
    patterns[::2, 7] = 1
    patterns[1::2, 7] = -1
    for rule in (learning.perceptron, learning.maximal_stability):
        learned = rule(patterns, epochs=50)
        assert not learned.converged and learned.epochs == 50
        assert 7 in learned.failed


# --- unlearning, sign_clipped, palimpsest


def test_one_dream_is_one_outer_product():
    """From one pattern every dream ends in it or its negative, so J = (1 - n strength) x xᵀ."""
    pattern = hb.random_patterns(1, 20, rng=14)
    learned = learning.unlearning(pattern, dreams=10, strength=0.0625, rng=0)
    expected = (1 - 10 * 0.0625) * np.outer(pattern[0], pattern[0])
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(learned.couplings, expected)


def test_unlearning_holds_more():
    """K/D = 0.3, D = 100, ten networks: the share of wrong units falls to under a third (it is nearer a tenth)."""
    wrong = np.zeros(2)
    for seed in range(10):
        patterns = hb.random_patterns(30, 100, rng=seed)
        for j, dreams in enumerate((0, 1500)):
            couplings = learning.unlearning(patterns, dreams=dreams, rng=seed).couplings
            wrong[j] += np.mean((patterns @ couplings.T) * patterns <= 0)
    assert wrong[0] > 3 * wrong[1] and wrong[0] > 0.2


def test_clipped_is_the_sign():
    patterns = hb.random_patterns(6, 31, rng=15).astype(int)
    expected = np.sign(sum(np.outer(x, x) for x in patterns))
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(learning.sign_clipped(patterns).couplings, expected)


@pytest.mark.parametrize("bound", [1, 2, 5, 100])
def test_palimpsest_keeps_within_its_bound(bound):
    patterns = hb.random_patterns(40, 33, rng=16).astype(int)
    expected = np.zeros((33, 33), dtype=int)
    for x in patterns:
        expected = np.minimum(np.maximum(expected + np.outer(x, x), -bound), bound)
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(learning.palimpsest(patterns, bound=bound).couplings, expected)


def test_palimpsest_decays():
    patterns = hb.random_patterns(9, 20, rng=17).astype(float)
    expected = np.zeros((20, 20))
    for x in patterns:
        expected = 0.8 * expected + np.outer(x, x)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(learning.palimpsest(patterns, decay=0.2).couplings, expected, atol=1e-12)


def test_palimpsest_signal_to_noise():
    """SNR² = M (1-g)^2k / (1 / (1 - (1-g)²) - (1-g)^2k) for the pattern of age k: one-step fields of 40 networks.

    The mean of x h is (1-g)^k M, its variance M [1/(1-(1-g)²) - (1-g)^2k]; 8000 fields, tolerance 6 %, above 4 s.e.
    """
    g, age, units = 0.1, 5, 200
    fields = []
    for seed in range(40):
        patterns = hb.random_patterns(80, units, rng=seed)
        couplings = learning.palimpsest(patterns, decay=g).couplings
        x = patterns[-1 - age]
        fields.append((couplings @ x) * x)
    fields = np.concatenate(fields)
    kept = (1 - g) ** (2 * age)
    noise = (units - 1) * (1 / (1 - (1 - g) ** 2) - kept)
    assert abs(fields.mean() / ((1 - g) ** age * (units - 1)) - 1) < 0.02
    assert abs(fields.var() / noise - 1) < 0.06


# --- twins


def dual_problem(patterns, units, rng):
    signs = hb.random_patterns(patterns, units, rng=rng)
    floats = signs.astype(np.float32)
    return floats @ floats.T, np.ascontiguousarray(signs.T)


@pytest.mark.parametrize(("patterns", "units"), [(1, 2), (3, 5), (16, 17), (33, 20), (50, 31)])
@pytest.mark.parametrize("kappa", [0.0, 0.3])
def test_perceptron_twin(level, patterns, units, kappa):
    gram, columns = dual_problem(patterns, units, 18)
    for targets in columns[:3]:
        runs = []
        for module in (_kernels, reference_learning):
            state = np.zeros(patterns), np.zeros(patterns), np.array([0, 0, np.inf]), np.zeros(patterns)
            runs.append((module.perceptron(gram, targets, units, kappa, 30, *state), *state))
        for got, expected in zip(*runs, strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(("patterns", "units"), [(1, 2), (3, 5), (16, 17), (33, 20), (50, 31)])
def test_adatron_twin(level, patterns, units):
    gram, columns = dual_problem(patterns, units, 19)
    for targets in columns[:3]:
        runs = []
        for module in (_kernels, reference_learning):
            state = np.zeros(patterns), np.zeros(patterns), np.zeros(3)
            runs.append((module.adatron(gram, targets, units, 1.5, 0.01, 20, *state), *state))
        for got, expected in zip(*runs, strict=True):
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(("patterns", "units"), [(1, 1), (5, 9), (40, 65)])
def test_bounded_twin(level, patterns, units):
    signs = hb.random_patterns(patterns, units, rng=20)
    got, expected = np.zeros((2, units, units), dtype=np.int32)
    half = units // 2
    _kernels.bounded(signs, 2, got, 0, half)
    _kernels.bounded(signs, 2, got, half, units)
    reference_learning.bounded(signs, 2, expected, 0, units)
    np.testing.assert_array_equal(got, expected)


# --- bad input

PAIR = [[1, -1, 1], [1, 1, -1]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: learning.storkey([[1, 2]]), "patterns must hold"),
        (lambda: learning.projection(np.ones((0, 4))), "patterns must have shape"),
        (lambda: learning.perceptron([[1]]), "patterns must have D >= 2 units, got shape"),
        (lambda: learning.perceptron(PAIR, kappa=-1), "kappa must be a finite number of at least 0, got -1"),
        (lambda: learning.perceptron(PAIR, mode="both"), "mode must be one of 'sequential', 'batch', got 'both'"),
        (lambda: learning.perceptron(PAIR, epochs=0), "epochs must be an integer of at least 1, got 0"),
        (
            lambda: learning.maximal_stability(PAIR, tolerance=1),
            r"tolerance must .* in \(0, 1\), got 1",
        ),
        (
            lambda: learning.maximal_stability(PAIR, relaxation=0),
            r"relaxation must .* in \(0, 2\), got 0",
        ),
        (lambda: learning.unlearning(PAIR, dreams=-1), "dreams must be an integer of at least 0, got -1"),
        (lambda: learning.unlearning(PAIR, dreams=1, strength=np.nan), "strength must be a finite number above 0"),
        (lambda: learning.palimpsest(PAIR), "bound or decay must be given, not both"),
        (lambda: learning.palimpsest(PAIR, bound=0), "bound must be an integer of at least 1, got 0"),
        (lambda: learning.palimpsest(PAIR, decay=1.0), r"decay must be a finite number in \(0, 1\), got 1.0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
