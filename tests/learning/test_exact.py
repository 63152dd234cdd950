"""Ties of fields are exact: against fractions, over all cues of few units; and no machine's BLAS decides a bit."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import learning
from hebbfast._kernels.twin import training
from hebbfast.learning._exact import fraction, on_one_step, ordered_product, signed_sums
from hebbfast.learning.record import stabilities


def outer(x, y):
    return [[a * b for b in y] for a in x]


def without_diagonal(rows):
    return [[Fraction(0) if i == j else entry for j, entry in enumerate(row)] for i, row in enumerate(rows)]


def summed(patterns, term, keep=Fraction(1)):
    """Σ of term(x_i, x_j), what is there before being multiplied by `keep`."""
    units = len(patterns[0])
    made = [[Fraction(0)] * units for _ in range(units)]
    for x in patterns:
        made = [[keep * made[i][j] + term(x[i], x[j]) for j in range(units)] for i in range(units)]
    return without_diagonal(made)


def storkey(patterns):
    """The published sum, entry by entry."""
    units = len(patterns[0])
    made = [[Fraction(0)] * units for _ in range(units)]
    for x in patterns:
        old = [row[:] for row in made]

        def h(i, j, old=old, x=x):
            return sum(old[i][k] * x[k] for k in range(units) if k not in (i, j))

        for i, j in itertools.permutations(range(units), 2):
            made[i][j] += Fraction(1, units) * (x[i] * x[j] - x[i] * h(j, i) - h(i, j) * x[j])
    return made


def projection(patterns):
    """Greville's recursion: P + r rᵀ / r·r."""
    units = len(patterns[0])
    made = [[Fraction(0)] * units for _ in range(units)]
    for x in patterns:
        r = [x[i] - sum(made[i][j] * x[j] for j in range(units)) for i in range(units)]
        size = sum(a * a for a in r)
        if size:
            step = outer(r, r)
            made = [[made[i][j] + step[i][j] / size for j in range(units)] for i in range(units)]
    return without_diagonal(made)


THIRD = 1 / 3
RULES = {  # what hebbfast makes, and the same in fractions
    "storkey": (learning.storkey, storkey),
    "projection": (learning.projection, projection),
    "covariance 0.3": (
        learning.covariance(0.3),
        lambda p: summed(p, lambda a, b: (a - Fraction(3, 10)) * (b - Fraction(3, 10))),
    ),
    "covariance 1/3": (
        learning.covariance(THIRD),
        lambda p: summed(p, lambda a, b: (a - Fraction(1, 3)) * (b - Fraction(1, 3))),
    ),
    "gated 0.1": (learning.presynaptically_gated(0.1), lambda p: summed(p, lambda a, b: b * (a - Fraction(1, 10)))),
    "constant": (
        learning.HebbianRule(c0=0.1, c1_pre=0.2, c1_post=-0.7, c2_pre=0.15, c2_corr=0.3),
        lambda p: summed(
            p, lambda a, b: Fraction(1, 4) + Fraction(1, 5) * b - Fraction(7, 10) * a + Fraction(3, 10) * a * b
        ),
    ),
    "decay": (learning.decay(0.3), lambda p: summed(p, lambda a, b: a * b, Fraction(7, 10))),
    "oja": (learning.oja(0.1), lambda p: summed(p, lambda a, b: Fraction(a * b, 10), Fraction(9, 10))),
    "palimpsest": (
        lambda p: learning.palimpsest(p, decay=0.1),
        lambda p: summed(p, lambda a, b: a * b, Fraction(9, 10)),
    ),
}


def all_states(units):
    return np.array(list(itertools.product((-1, 1), repeat=units)), dtype=np.int8)


@pytest.mark.parametrize(("units", "patterns"), [(10, 2), (7, 3), (9, 4), (6, 9)])
@pytest.mark.parametrize("name", RULES)
def test_signs_of_fields_are_those_of_fractions(name, units, patterns):
    """All 2^D states; so is what a tie does, for the fields are zero exactly where they are in fractions."""
    rule, written_out = RULES[name]
    x = hb.random_patterns(patterns, units, rng=units)
    exact = written_out(x.tolist())
    one = math.lcm(*(entry.denominator for row in exact for entry in row))
    whole = np.array([[int(entry * one) for entry in row] for row in exact], dtype=object)
    states = all_states(units)
    wanted = np.sign((states.astype(object) @ whole.T).astype(object)).astype(int)
    network = hb.HopfieldNetwork.train(x, rule)
    np.testing.assert_array_equal(np.sign(network.fields(states)), wanted)
    np.testing.assert_allclose(network.couplings, np.array(exact, dtype=float), rtol=2e-5, atol=0)


def test_ties_of_the_reported_case():
    """D = 10, K = 2: synchronous steps with "keep", all 1024 cues, as fractions have them."""
    wrong = ties = 0
    for seed in range(20):
        x = hb.random_patterns(2, 10, rng=seed)
        whole = np.array([[int(100 * entry) for entry in row] for row in storkey(x.tolist())])
        states = all_states(10)
        fields = states.astype(int) @ whole.T
        network = hb.HopfieldNetwork.train(x, learning.storkey)
        found = network.recall(states, update="sync", max_sweeps=1, tie="keep").states
        wrong += np.count_nonzero(found != np.where(fields == 0, states, np.sign(fields)))
        ties += np.count_nonzero(fields == 0)
    assert ties > 1000  # so that the test tests something
    assert wrong == 0


def test_margins_are_zero_where_a_field_is():
    x = np.array([[1, 1, 1], [1, 1, -1], [1, -1, 1], [-1, 1, 1]])
    learned = learning.palimpsest(x, decay=0.1)
    exact = summed(x.tolist(), lambda a, b: a * b, Fraction(9, 10))
    held = [min(int(p[i]) * sum(exact[i][j] * int(p[j]) for j in range(3)) for p in x) for i in range(3)]
    np.testing.assert_array_equal(np.sign(learned.margins), np.sign([float(h) for h in held]))


@pytest.mark.parametrize(("patterns", "units"), [(40, 60), (30, 200), (90, 60)])
def test_many_patterns_agree_to_rounding(patterns, units):
    x = hb.random_patterns(patterns, units, rng=1)
    np.testing.assert_allclose(learning.projection(x).projector, np.linalg.pinv(x) @ x, rtol=0, atol=1e-12)
    J = np.zeros((units, units))
    for own in x.astype(float):
        u = J @ own
        J = (1 + 2 / units) * J + (np.outer(own, own) - np.outer(own, u) - np.outer(u, own)) / units
        np.fill_diagonal(J, 0)
    np.testing.assert_allclose(learning.storkey(x).couplings, J, rtol=0, atol=1e-13)


@pytest.mark.parametrize("rule", [learning.storkey, learning.projection])
def test_units_that_are_always_alike_have_the_same_couplings(rule):
    """Column 41 repeats column 7, column 90 is its negative: rounding must not tell them apart."""
    x = hb.random_patterns(50, 100, rng=2)
    x[:, 41], x[:, 90] = x[:, 7], -x[:, 7]
    J = rule(x).couplings
    others = [j for j in range(100) if j not in (7, 41, 90)]
    np.testing.assert_array_equal(J[7, others], J[41, others])
    np.testing.assert_array_equal(J[7, others], -J[90, others])


@pytest.mark.parametrize(
    ("rows", "depth", "columns"), [(1, 3, 1), (4, 9, 16), (5, 1, 7), (9, 40, 33), (64, 65, 63), (3, 0, 2)]
)
def test_products_have_one_order(level, rows, depth, columns):
    """Python's own doubles, one product and one sum at a time; rows of b may lie apart."""
    rng = np.random.default_rng(rows)
    a = rng.normal(size=(rows, depth)) * 10.0 ** rng.integers(-9, 9, (rows, 1))
    b = rng.normal(size=(depth, columns + 5))[:, :columns]
    expected = np.zeros((rows, columns))
    for i, j in itertools.product(range(rows), range(columns)):
        total = 0.0
        for x, y in zip(a[i].tolist(), b[:, j].tolist(), strict=True):
            total += x * y
        expected[i, j] = total
    np.testing.assert_array_equal(ordered_product(a, b), expected)
    np.testing.assert_array_equal(ordered_product(a[0], b), expected[0])
    twin = np.empty_like(expected)
    training.ordered_product(a, b, twin)
    np.testing.assert_array_equal(twin, expected)


def test_sums_with_signs_are_rounded_once():
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(50, 30)) * 10.0 ** rng.integers(-9, 9, (50, 1))
    signs = rng.choice([-1.0, 1.0], (50, 30))
    exact = [
        float(sum(Fraction(x) * int(s) for x, s in zip(*pair, strict=True)))
        for pair in zip(rows.tolist(), signs.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(signed_sums(rows, signs), exact)
    ties = np.array([[0.1, 0.1, -0.2], [2.0**40, 1.0, -(2.0**40)], [0.0, 0.0, 0.0]])
    assert signed_sums(ties, np.ones((3, 3))).tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("made", ["float noise", "one step", "float32", "rows of very different size", "zeros"])
def test_margins_are_those_of_exact_sums(made):
    """min ξ_i h_i in fractions, rounded once: zero, and the right sign, where floats add up to noise."""
    rng = np.random.default_rng(4)
    x = hb.random_patterns(6, 12, rng=5)
    J = rng.choice([0.1, 0.2, -0.3, 0.3, -0.2, -0.1], (12, 12))
    J = {"one step": J * 8, "float32": J.astype(np.float32), "zeros": 0 * J}.get(made, J)
    if made == "rows of very different size":
        J = J * 10.0 ** rng.integers(-300, 300, (12, 1))
    np.fill_diagonal(J, 0)
    exact = [[Fraction(float(a)) for a in row] for row in J]
    least = [min(int(s[i]) * sum(a * int(b) for a, b in zip(exact[i], s, strict=True)) for s in x) for i in range(12)]
    found = stabilities(J, x)
    assert np.sign(found).tolist() == [(v > 0) - (v < 0) for v in least]
    for margin, value, row in zip(found, least, exact, strict=True):
        if value:
            square = value * value / sum(a * a for a in row)
            np.testing.assert_allclose(margin**2, float(square), rtol=1e-14)


def test_rows_of_patterns_in_another_order_give_the_same_projection():
    """Few patterns: the projector is a fraction. Many: to rounding only, as the order of steps is another."""
    x = hb.random_patterns(6, 40, rng=4)
    first, second = learning.projection(x), learning.projection(x[::-1])
    np.testing.assert_array_equal(first.couplings, second.couplings)


@pytest.mark.parametrize(
    ("value", "meant"),
    [(0.3, Fraction(3, 10)), (1 / 3, Fraction(1, 3)), (-2.5, Fraction(-5, 2)), (1e-9, Fraction(1, 10**9)), (7, 7)],
)
def test_fractions_that_are_meant(value, meant):
    assert fraction(value) == meant


@pytest.mark.parametrize("denominator", [1, 3, 8, 100, 10**6])
def test_one_step(denominator):
    whole = np.array([[0, 7, -12], [7, 0, 3], [-12, 3, 0]])
    found = on_one_step(whole, denominator)
    np.testing.assert_allclose(found, whole / denominator, rtol=2e-11)
    np.testing.assert_array_equal(found * 7, whole * found[0, 1])  # exact: few bits


def test_no_room_is_said():
    assert on_one_step(np.array([[0, 2**40 + 1], [2**40 - 1, 0]]), 3) is None
    assert on_one_step(np.array([[0, 2**40 + 1], [2**40 - 1, 0]]), 4) is not None
