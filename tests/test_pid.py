"""hb.pid against the published gates, `dit`, an enumeration with fractions, and identities."""

import itertools
import math
import sys
import warnings
from fractions import Fraction
from subprocess import run

import numpy as np
import pytest

import hebbfast as hb

L = math.log2(3)
NAMES = ("redundant", "unique_external", "unique_recurrent", "synergistic", "residual")


def atoms(pmf):
    found = hb.pid.decompose(pmf)
    return np.stack([getattr(found, name) for name in NAMES], axis=-1)


def gate(function):
    pmf = np.zeros((2, 2, 2))
    for e, r in itertools.product((0, 1), repeat=2):
        pmf[e, r, function(e, r)] = 0.25
    return pmf


def random_pmfs(rng, shape, empty=0.0):
    p = rng.random(shape) * (rng.random(shape) >= empty)
    p[..., 0, 0, 0] += 1e-3
    return p / p.sum(axis=(-3, -2, -1), keepdims=True)


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda e, r: e & r, ((5 - 3 * L) / 2, 3 * L / 4 - 1, 3 * L / 4 - 1, 3 / 2 - 3 * L / 4, 0)),
        (lambda e, r: e | r, ((5 - 3 * L) / 2, 3 * L / 4 - 1, 3 * L / 4 - 1, 3 / 2 - 3 * L / 4, 0)),
        (lambda e, r: e ^ r, (1 - L, L - 1, L - 1, 2 - L, 0)),
    ],
    ids=["and", "or", "xor"],
)
def test_published_gates(function, wanted):
    """Makkeh, Gutknecht, Wibral 2021."""
    np.testing.assert_allclose(atoms(gate(function)), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("empty", [0.0, 0.5])
def test_definition_enumerated_with_fractions(empty):
    """The events counted one by one, in exact arithmetic until the logarithm."""
    counts = np.random.default_rng(0).integers(1, 9, (3, 4, 2)) * (
        np.random.default_rng(1).random((3, 4, 2)) >= empty
    )  # fmt: skip
    total = int(counts.sum())
    p = {index: Fraction(int(c), total) for index, c in np.ndenumerate(counts) if c}

    def chance(event):
        return sum((q for index, q in p.items() if event(*index)), Fraction(0))

    def information(source):
        return math.fsum(
            q * math.log2(chance(lambda *o, i=i: source(o, i) and o[2] == i[2])
                          / (chance(lambda *o, i=i: source(o, i)) * chance(lambda *o, i=i: o[2] == i[2])))
            for i, q in p.items()
        )  # fmt: skip

    red = information(lambda o, i: o[0] == i[0] or o[1] == i[1])
    about_e, about_r = information(lambda o, i: o[0] == i[0]), information(lambda o, i: o[1] == i[1])
    both = information(lambda o, i: o[:2] == i[:2])
    outputs = [chance(lambda *o, y=y: o[2] == y) for y in (0, 1)]
    entropy = -math.fsum(q * math.log2(q) for q in outputs if q)
    wanted = red, about_e - red, about_r - red, both - about_e - about_r + red, entropy - both
    np.testing.assert_allclose(atoms(counts / total), wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("empty", [0.0, 0.3])
def test_dit(empty):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dit = pytest.importorskip("dit", exc_type=ImportError)
        from dit.pid import PID_SX

        for pmf in random_pmfs(np.random.default_rng(2), (4, 2, 4, 2), empty):
            outcomes = [index for index, q in np.ndenumerate(pmf) if q]
            law = dit.Distribution(["".join(map(str, o)) for o in outcomes], [pmf[o] for o in outcomes])
            peer = PID_SX(law, [[0], [1]], [2])
            wanted = [peer[node] for node in (((0,), (1,)), ((0,),), ((1,),), ((0, 1),))]
            np.testing.assert_allclose(atoms(pmf)[:4], wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("empty", [0.0, 0.4])
def test_identities(empty):
    p = random_pmfs(np.random.default_rng(3), (50, 2, 5, 2), empty)
    found = atoms(p)
    red, unique_e, unique_r, syn, res = found.T

    def entropy(q):
        return -np.sum(np.where(q > 0, q * np.log2(np.where(q > 0, q, 1)), 0).reshape(50, -1), axis=1)

    H, E, R = entropy(p.sum((1, 2))), entropy(p.sum((2, 3))), entropy(p.sum((1, 3)))
    close = {"rtol": 0, "atol": 1e-12}
    np.testing.assert_allclose(found.sum(axis=1), H, **close)
    np.testing.assert_allclose(unique_e + red, E + H - entropy(p.sum(2)), **close)
    np.testing.assert_allclose(unique_r + red, R + H - entropy(p.sum(1)), **close)
    np.testing.assert_allclose(res, entropy(p) - entropy(p.sum(3)), **close)
    np.testing.assert_allclose(atoms(p.swapaxes(1, 2)), found[:, [0, 2, 1, 3, 4]], **close)
    np.testing.assert_allclose(atoms(p[:, ::-1, [3, 1, 0, 4, 2], ::-1]), found, **close)
    np.testing.assert_allclose(atoms(np.pad(p, ((0, 0), (0, 1), (2, 0), (0, 1)))), found, **close)
    assert res.min() >= 0 and syn.shape == (50,)


def test_tiny_probabilities_do_not_underflow():
    """Copies of one bit, and a bin that is hardly ever seen: it adds nothing."""
    tiny = 5e-324
    found = atoms([[[0.5, 0], [0, 0], [tiny, 0]], [[0, 0], [0, 0.5], [0, tiny]]])
    np.testing.assert_allclose(found, [1, 0, 0, 0, 0], rtol=0, atol=1e-12)


def test_constants():
    p = random_pmfs(np.random.default_rng(4), (2, 5, 2))
    assert atoms(p.sum(0, keepdims=True))[0] == pytest.approx(0, abs=1e-15)
    assert atoms(p.sum(1, keepdims=True))[0] == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(atoms(p.sum(2, keepdims=True)), 0, rtol=0, atol=1e-15)
    assert all(isinstance(getattr(hb.pid.decompose(p), name), float) for name in NAMES)


@pytest.mark.parametrize(
    ("pmf", "message"),
    [
        (np.full((2, 2), 0.25), r"axes .* got shape \(2, 2\)"),
        (np.zeros((2, 0, 2)), "got shape"),
        (np.full((2, 2, 2), 0.25), "sum to 1, got a sum of 2.0"),
        (gate(lambda e, r: e) - np.eye(2) + np.eye(2)[::-1], "not be negative, got"),
        (np.full((2, 2, 2), np.nan), r"pmf must be finite, got nan at \[0, 0, 0\]"),
        ([[[0.5], [0.5, 0]]], "rows of different lengths"),
    ],
)
def test_bad_pmfs(pmf, message):
    with pytest.raises(ValueError, match=message):
        hb.pid.decompose(pmf)


@pytest.mark.parametrize(("external", "temperature"), [(0.0, 0.0), (2.3, 2.0)])
@pytest.mark.parametrize("bins", ["sign", 6])
def test_neuron_pmf_counts_patterns(bins, external, temperature):
    """Against plain loops over patterns and units; asymmetric couplings with a bias."""
    rng = np.random.default_rng(5)
    D, K, reach = 7, 12, 3.0
    couplings = rng.integers(-2, 3, (D, D)) * (1 - np.eye(D, dtype=int))
    network, patterns = hb.HopfieldNetwork(couplings, bias=rng.integers(-1, 2, D)), hb.random_patterns(K, D, rng=6)
    count = 2 if bins == "sign" else bins
    wanted = np.zeros((D, 2, count, 2))
    for x in patterns.astype(int):
        for i in range(D):
            h = sum(int(couplings[i, j]) * int(x[j]) for j in range(D)) + int(network.bias[i])
            b = int(h >= 0) if bins == "sign" else min(max((h + 3) * bins // 6, 0), bins - 1)
            if temperature:
                plus = 1 / (1 + math.exp(-2 * (external * x[i] + h) / temperature))
            else:
                plus = float(h > 0 or (h == 0 and x[i] > 0))
            wanted[i, (x[i] + 1) // 2, b] += np.array([1 - plus, plus]) / K
    options = {"bins": bins, "bin_range": reach, "external": external, "temperature": temperature}
    found = hb.pid.neuron_pmf(network, hb.PackedPatterns(patterns), **options)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-14)
    profile = hb.pid.neuron_profile(network, patterns, **options)
    np.testing.assert_allclose(profile.redundant, hb.pid.decompose(wanted).redundant, rtol=0, atol=1e-12)


def test_learned_units_are_redundant():
    """Below capacity both sources tell the whole output; every unit has learned, so red = H(Y)."""
    patterns = hb.random_patterns(50, 60, rng=7)
    learned = hb.learning.redundancy(patterns, epochs=400, early_stop=False, rng=8)
    profile = hb.pid.neuron_profile(hb.HopfieldNetwork(learned.couplings), patterns, external=2.3, temperature=2.0)
    share = (patterns > 0).mean(axis=0)
    entropy = -share * np.log2(share) - (1 - share) * np.log2(1 - share)
    np.testing.assert_allclose(profile.redundant, entropy, rtol=0, atol=0.02)


def test_one_pattern_and_constant_columns():
    """An output that never varies has nothing to split, whatever its field."""
    network = hb.HopfieldNetwork(1e6 * (1 - np.eye(4)))
    one = hb.pid.neuron_profile(network, [[1, -1, 1, 1]])
    constant = hb.pid.neuron_profile(network, [[1, 1, 1, 1], [1, 1, 1, -1]])
    for name in NAMES:
        assert getattr(one, name).tolist() == [0.0] * 4
        assert np.isfinite(getattr(constant, name)).all()
        assert getattr(constant, name)[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bins": 1}, "bins must be 'sign' or an integer from 2 to 2147483647, got 1"),
        ({"bins": "soft"}, "bins must be"),
        ({"bins": 2.5}, "bins must be"),
        ({"bin_range": 0}, "bin_range must be a finite number above 0, got 0"),
        ({"external": -1}, "external must be a finite number of at least 0, got -1"),
        ({"temperature": math.nan}, "temperature must be"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        hb.pid.neuron_profile(hb.HopfieldNetwork([[0, 1], [1, 0]]), [[1, 1]], **options)


def test_bad_networks_and_patterns():
    network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="2 units of the network, got 3"):
        hb.pid.neuron_profile(network, [[1, 1, 1]])
    with pytest.raises(TypeError, match="HopfieldNetwork, got ndarray"):
        hb.pid.neuron_profile(np.eye(2), [[1, 1]])


def test_needs_numpy_only():
    code = (
        "import sys, hebbfast; assert 'hebbfast.pid' not in sys.modules; "
        "hebbfast.pid; assert 'scipy' not in sys.modules"
    )
    run([sys.executable, "-P", "-c", code], check=True)
