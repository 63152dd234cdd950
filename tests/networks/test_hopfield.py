"""Networks of couplings: their fixed point, bias, energies, and what they refuse."""

import copy
import pickle
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb

PATTERNS = hb.random_patterns(6, 90, rng=0)


@pytest.mark.parametrize(
    ("couplings", "error", "message"),
    [
        (np.zeros((2, 3)), ValueError, r"couplings must have shape \(D, D\)"),
        (np.zeros(4), ValueError, r"couplings must have shape \(D, D\)"),
        ([[0, np.nan], [1, 0]], ValueError, r"couplings must be finite, got nan at \[0, 1\]"),
        ([[0, np.inf], [1, 0]], ValueError, "couplings must be finite"),
        ([[0, 1], [1, 3.0]], ValueError, r"couplings must have a zero diagonal, got 3.0 at \[1, 1\]"),
        ([["0"]], TypeError, "couplings must hold real numbers"),
        ([[0, 1], [0]], ValueError, "couplings must hold real numbers, got rows of different lengths"),
    ],
)
def test_couplings(couplings, error, message):
    with pytest.raises(error, match=message):
        hb.HopfieldNetwork(couplings)


def test_asymmetric_couplings_have_no_energy_but_dynamics():
    network = hb.HopfieldNetwork([[0, 1], [-1, 0]])
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        network.energy([1, 1])
    assert np.isnan(network.recall([1, 1], max_sweeps=3).energy)


def test_bias_moves_units_and_temperature_follows_the_heat_bath():
    """Free units in a field of 1 at T = 2: P(+1) = 1 / (1 + exp(-1)). n = 40,000; a bound of five standard errors
    fails by chance less than once in a million runs."""
    n = 200
    network = hb.HopfieldNetwork(np.zeros((n, n)), np.ones(n))
    result = network.recall(hb.random_patterns(200, n, rng=1), temperature=2.0, max_sweeps=1, rng=2)
    p = 1 / (1 + np.exp(-1))
    assert abs((result.states > 0).mean() - p) < 5 * np.sqrt(p * (1 - p) / 40_000)
    assert (network.recall(-np.ones(n)).states == 1).all()


@pytest.mark.parametrize("update", ["async", "sync"])
@pytest.mark.parametrize("scale", [0.5, 1 / 3])  # kept as 32-bit and as 64-bit integers
def test_energies_of_recall_in_coupling_space(update, scale):
    rng = np.random.default_rng(5)
    upper = np.triu(rng.integers(-9, 10, size=(70, 70)), 1)
    bias = rng.integers(-9, 10, size=70)
    network = hb.HopfieldNetwork(scale * (upper + upper.T), scale * bias)
    cues = hb.random_patterns(80, 70, rng=6)
    result = network.recall(cues, update=update, max_sweeps=3, rng=7, record="energy")
    wanted = [
        -(sum(int(s[i] * upper[i, j] * s[j]) for i in range(70) for j in range(i + 1, 70)) + int(bias @ s))
        for s in result.states.astype(int)
    ]
    np.testing.assert_allclose(result.energy, scale * np.array(wanted), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(result.energy, network.energy(result.states))
    np.testing.assert_array_equal(result.energy, result.trace["energy"][-1])
    assert network.recall(cues[3], update=update, max_sweeps=0).energy == network.energy(cues[3])
    plain = network.recall(cues, update=update, max_sweeps=3, rng=7)
    np.testing.assert_array_equal(plain.energy, result.energy)


@pytest.mark.parametrize(
    ("value", "width"),
    [(1, 8), (127, 8), (128, 8), (129, 16), (32767, 16), (32768, 8), (32769, 32), (2**25 + 1, 64), (0.1, 8)],
)
def test_couplings_as_narrow_as_they_are_exact(value, width):
    """Sums up to 127 times the largest coupling, in fractions; a common scale fits anything."""
    units = 128
    matrix = np.tile(np.where(np.arange(units) % 3, value, -value), (units, 1)) * (1 - np.eye(units, dtype=int))
    network = hb.HopfieldNetwork(matrix)
    assert f"int{width} couplings" in repr(network)
    states = np.stack([np.where(np.arange(units) % 3, 1, -1), np.ones(units, dtype=int)])
    used = network.couplings
    assert (used == matrix).all()
    fields = [
        [float(sum(Fraction(j) * int(s) for j, s in zip(row, state, strict=True))) for row in used] for state in states
    ]
    assert network.fields(states).tolist() == fields
    after = network.recall(states, update="sync", max_sweeps=1, rng=0).states
    assert (after == np.where(np.array(fields) >= 0, 1, -1)).all()


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.float16, np.float32])
def test_narrow_types_overflow_nowhere(dtype):
    """abs(-128) is -128 in int8, and ldexp of it a half: neither may decide how much room sums have."""
    units = 70
    lowest = -128 if np.dtype(dtype).kind != "u" else 0
    matrix = np.full((units, units), lowest, dtype=dtype)
    matrix[:, ::2] = 127
    np.fill_diagonal(matrix, 0)
    states = np.where(np.arange(units) % 2, -1, 1)
    for couplings in (matrix, matrix / dtype(3) if np.dtype(dtype).kind == "f" else matrix):
        network = hb.HopfieldNetwork(couplings)
        assert (network.couplings == couplings).all()
        wanted = [
            float(sum(Fraction(float(j)) * int(s) for j, s in zip(row, states, strict=True))) for row in couplings
        ]
        assert network.fields(states).tolist() == wanted


@pytest.mark.parametrize("scale", [1e-308, 1e-320, 5e-324, 1e-300, 1e300, 1e307, 2.0**-1000])
def test_couplings_of_any_finite_size_keep_their_meaning(scale):
    """Against integers times the scale; no zeros in silence, at either end of float64."""
    integers, bias = np.array([[0, 2, -1], [2, 0, 3], [-1, 3, 0]]), np.array([1, 0, -1])
    network = hb.HopfieldNetwork(integers * scale, bias=bias * scale)
    np.testing.assert_array_equal(network.couplings, integers * scale)
    for state in ([1, 1, 1], [1, -1, 1], [-1, -1, 1]):
        wanted = integers @ state + bias
        np.testing.assert_allclose(network.fields(state), wanted * scale, rtol=1e-15)
        assert (
            network.recall(state, update="sync", max_sweeps=1).states.tolist() == np.where(wanted >= 0, 1, -1).tolist()
        )


def test_couplings_whose_fields_leave_float64_are_refused():
    with pytest.raises(
        ValueError, match=r"couplings must keep fields and energies within float64, got sizes up to 1\.7e\+308"
    ):
        hb.HopfieldNetwork(np.array([[0, 1.7e308], [1.7e308, 0]]))


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int64, np.uint8, np.uint64])
def test_integers_are_exact_whatever_their_type(dtype):
    """Also those that float64 cannot hold: 2^55 + 1."""
    info = np.iinfo(dtype)
    largest = min(int(info.max), 2**55 + 1)
    J = np.zeros((5, 5), dtype)
    J[0, 1] = J[1, 0] = largest
    J[3, 4] = 3
    network = hb.HopfieldNetwork(J, bias=np.array([0, 1, 0, 0, -3]))
    assert network.fields([1, -1, 1, 1, 1]).tolist() == [float(-largest), float(largest + 1), 0.0, 3.0, -3.0]
    bias = np.array([-largest + 1, 0, 0, 0, 0])
    assert hb.HopfieldNetwork(J, bias).fields(np.ones(5))[0] == 1.0


LARGE = [*((k, np.int64) for k in (53, 55, 58, 59, 60, 61, 62)), (63, np.uint64)]


@pytest.mark.parametrize(("k", "dtype"), LARGE)
@pytest.mark.parametrize("bias", [None, np.zeros(4)])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_large_integers_are_rounded_to_the_step_of_64_bits_alone(kind, bias, k, dtype):
    """Three times the largest row must stay below 2^62 steps; 2^k + 1 and 2^k + 13 are no doubles."""
    odd = 1 if k < 60 else 13
    rows = [[0, 2**k + odd, 2**k - odd, 0], [2**k + odd, 0, 0, 3], [2**k - odd, 0, 0, 0], [0, 3, 0, 0]]
    J = np.array(rows, dtype)
    network = hb.HopfieldNetwork(pytest.importorskip("scipy.sparse").csr_array(J) if kind == "sparse" else J, bias)
    step = 1
    while 3 * 2 ** (k + 1) >= 2**62 * step:
        step *= 2
    held = [[step * round(Fraction(value, step)) for value in row] for row in rows]  # halves to the even one
    for state in ([1, 1, -1, 1], [1, -1, 1, 1], [-1, 1, 1, -1], [1, 1, 1, 1]):
        wanted = [sum(value * sign for value, sign in zip(row, state, strict=True)) for row in held]
        assert network.fields(state).tolist() == [float(field) for field in wanted]
    assert network.fields([1, 1, -1, 1])[0] >= 2


@pytest.mark.parametrize(
    ("couplings", "bias", "field"),
    [
        (np.array([[0, 2**55 + 1], [2**55 + 1, 0]]), [-(2.0**55), 0], 1.0),
        (np.array([[0, 2**55 + 1], [2**55 + 1, 0]]), [-(2.0**55) + 8.5 - 0.5, 0], 9.0),
        (np.array([[0, 2**55 + 1], [2**55 + 1, 0]]), [0.25, 0], 2.0**55 + 1.25),
        (np.array([[0, -(2.0**55)], [-(2.0**55), 0]]), np.array([2**55 + 1, 0]), 1.0),
        (np.array([[0, 0.5], [0.5, 0]]), np.array([2**55 + 1, 0]), 2.0**55 + 1.5),
        (np.array([[0, 2**63 + 2**20 + 16], [0, 0]], dtype=">u8"), [-(2.0**63), 0], 2.0**20 + 16),
    ],
)
def test_integers_stay_so_beside_floats(couplings, bias, field):
    assert hb.HopfieldNetwork(couplings, bias).fields([1, 1])[0] == field


@pytest.mark.parametrize("sparse", [False, True])
def test_energies_that_leave_float64_are_refused(sparse):
    """Fields of 100 units fit, their sum does not; half of it does."""
    made = pytest.importorskip("scipy.sparse").csr_array if sparse else np.asarray
    all_but_one = 1 - np.eye(100)
    with pytest.raises(ValueError, match=r"couplings must keep .* energies within float64, got sizes up to 5e\+305"):
        hb.HopfieldNetwork(made(5e305 * all_but_one))
    with pytest.raises(ValueError, match="scale must keep couplings and fields within float64, got 5e\\+305"):
        hb.HopfieldNetwork(made(all_but_one), scale=5e305)
    for network in (hb.HopfieldNetwork(made(1e304 * all_but_one)), hb.HopfieldNetwork(made(all_but_one), scale=1e304)):
        assert float(network.energy(np.ones(100))) == pytest.approx(-99 * 50 * 1e304, rel=1e-15)
        assert network.recall(np.ones(100)).energy == network.energy(np.ones(100))


@pytest.mark.parametrize(("couplings", "scale"), [([[0, 1], [1, 0]], 1e300), ([[0.0, 1], [1, 0]], 1e-310)])
def test_scales_reach_as_far_as_couplings(couplings, scale):
    network = hb.HopfieldNetwork(couplings, scale=scale)
    np.testing.assert_array_equal(network.couplings, np.array(couplings) * scale)
    assert network.energy([1, 1]) == -scale and network.fields([1, -1]).tolist() == [-scale, scale]


@pytest.mark.parametrize("scale", [1e-320, 1e308])
def test_couplings_of_zero_have_any_scale(scale):
    assert not hb.HopfieldNetwork(np.zeros((3, 3)), scale=scale).fields([1, 1, 1]).any()


@pytest.mark.parametrize("sparse", [False, True])
def test_symmetry_is_that_of_the_couplings_in_use(sparse):
    """0.1 + 0.2 and 0.3 are three steps of 0.1 both, and 2^-80 is none beside 1 and π."""
    made = pytest.importorskip("scipy.sparse").csr_array if sparse else np.asarray
    network = hb.HopfieldNetwork(made([[0, 0.1 + 0.2, 0.1], [0.3, 0, 0.1], [0.1, 0.1, 0]]))
    assert network.symmetric and np.isfinite(network.energy([1, 1, 1]))
    assert not hb.HopfieldNetwork(made([[0, 0.4, 0.1], [0.3, 0, 0.1], [0.1, 0.1, 0]])).symmetric
    looped = hb.HopfieldNetwork(made([[2.0**-80, np.pi], [np.pi, 0]]), self_couplings=True)
    assert not looped.self_couplings and not looped.couplings.diagonal().any()


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        (hb.learning.HebbianRule, TypeError, "rule must be a function .*, got the class HebbianRule"),
        ("storkey", TypeError, "rule must be a function of patterns or an object with couplings"),
        (3, TypeError, "rule must be a function"),
    ],
)
def test_rules_that_are_none(rule, error, message):
    with pytest.raises(error, match=message):
        hb.HopfieldNetwork.train(PATTERNS, rule)


def test_large_narrow_couplings_are_not_copied_as_doubles():
    """D = 3000 of int8, 9 MB: a copy as float64 would take 72 MB."""
    J = np.zeros((3000, 3000), np.int8)
    J[0, 1] = 127
    tracemalloc.start()
    network = hb.HopfieldNetwork(J)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert network.fields(np.ones(3000))[0] == 127
    assert peak < 110e6  # pieces of 2^26 bytes, and the 9 MB kept


def test_energies_of_real_couplings_wait():
    """They take a pass over all of them."""
    rng = np.random.default_rng(1)
    couplings = rng.normal(size=(70, 70))
    couplings += couplings.T
    np.fill_diagonal(couplings, 0)
    network = hb.HopfieldNetwork(couplings)
    cues = hb.random_patterns(5, 70, rng=2)
    for kind in (cues, hb.PackedPatterns(cues), cues[0]):
        result, other = network.recall(kind, rng=3), network.recall(kind, rng=3)
        states = np.asarray(other.states, dtype=np.float64)
        expected = -0.5 * np.einsum("...i,ij,...j->...", states, couplings, states)
        copies = copy.copy(other), pickle.loads(pickle.dumps(network.recall(kind, rng=3)))
        if isinstance(result.states, np.ndarray):
            result.states[...] = 1  # what became of the states later does not matter
        for found in (result, other, *copies):
            np.testing.assert_allclose(found.energy, expected, rtol=1e-12)
            assert found.energy is found.energy
            assert np.shape(found.energy) == np.shape(expected)
    assert not hasattr(result, "energies")
    assert "energy" in repr(network.recall(cues[0], rng=3))


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_self_couplings(kind, dtype, tmp_path):
    """Energies and their differences by the formula; recall itself is in tests/dynamics/test_events.py."""
    rng = np.random.default_rng(4)
    couplings = rng.integers(-40, 41, (9, 9)).astype(dtype) * (1 if dtype is np.int64 else np.pi)
    couplings += couplings.T
    bias = rng.integers(-5, 6, 9)
    given = couplings if kind == "dense" else pytest.importorskip("scipy.sparse").csr_array(couplings)
    network = hb.HopfieldNetwork(given, bias, self_couplings=True)
    states = 1 - 2 * (np.arange(512)[:, None] >> np.arange(9) & 1)
    energies = -0.5 * np.einsum("qi,ij,qj->q", states, couplings, states) - states @ bias
    np.testing.assert_allclose(network.energy(states), energies, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(network.energy(states[3].astype(np.int8)), energies[3], rtol=1e-12)
    np.testing.assert_allclose(network.fields(states), states @ couplings.T + bias, rtol=1e-12, atol=1e-9)
    flipped = energies[np.arange(512)[:, None] ^ 1 << np.arange(9)]
    np.testing.assert_allclose(network.delta_energy(states), flipped - energies[:, None], rtol=1e-9, atol=1e-9)
    one = network.delta_energy(states[7].astype(np.int8), [2, 5])
    np.testing.assert_allclose(one, (flipped[7] - energies[7])[[2, 5]], rtol=1e-9, atol=1e-9)
    assert repr(network).endswith("with self-couplings>") and network.self_couplings
    matrix = network.couplings if kind == "dense" else network.couplings.toarray()
    np.testing.assert_allclose(matrix, couplings, rtol=1e-12)
    pytest.importorskip("safetensors")
    network.save(tmp_path / "looped.safetensors")
    for other in (
        pickle.loads(pickle.dumps(network)),
        hb.HopfieldNetwork.load(tmp_path / "looped.safetensors"),
        hb.HopfieldNetwork.load(tmp_path / "looped.safetensors", mmap=False, verify=True),
    ):
        assert other.self_couplings
        np.testing.assert_array_equal(other.delta_energy(states), network.delta_energy(states))


def test_self_couplings_have_no_temperature():
    network = hb.HopfieldNetwork([[1, 1], [1, 0]], self_couplings=True)
    message = "couplings must have a zero diagonal for states to have a temperature, got self-couplings"
    for call in (
        lambda: network.sample([1, 1], temperature=1.0, sweeps=1),
        lambda: network.anneal(sweeps=1),
        lambda: hb.log_partition(network),
        lambda: hb.parallel_tempering(network, temperatures=[1.0, 2.0], sweeps=1),
        lambda: hb.temperature_ladder(network, 1.0, 2.0),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    assert not hb.HopfieldNetwork([[0, 1], [1, 0]], self_couplings=True).self_couplings
    for wrong in (1, None, "yes"):
        with pytest.raises(ValueError, match="self_couplings must be True or False"):
            hb.HopfieldNetwork([[1, 1], [1, 0]], self_couplings=wrong)
    with pytest.raises(ValueError, match=r"zero diagonal, got 2 at \[1, 1\], unless self_couplings=True"):
        hb.HopfieldNetwork([[0, 1], [1, 2]])
    asymmetric = hb.HopfieldNetwork([[1, 2], [1, 0]], self_couplings=True)
    with pytest.raises(ValueError, match="couplings must be symmetric for an energy"):
        asymmetric.energy([1, 1])


def test_self_couplings_of_at_least_zero_never_raise_the_energy():
    rng = np.random.default_rng(6)
    couplings = rng.integers(-9, 10, (30, 30))
    couplings += couplings.T
    np.fill_diagonal(couplings, rng.integers(0, 20, 30))
    network = hb.HopfieldNetwork(couplings, self_couplings=True)
    trace = network.recall(hb.random_patterns(50, 30, rng=1), rng=2, record="energy").trace["energy"]
    assert (np.diff(trace, axis=0) <= 0).all() and len(trace) > 2
