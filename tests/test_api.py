"""The public interface: names, shapes, kinds, documented examples, and what an import brings along."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._kernels import _kernels
from hebbfast._kernels.twin import recall as reference
from hebbfast._kernels.twin import training as reference_learning

PATTERNS = hb.random_patterns(6, 90, rng=0)
MEMORY = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
PACKAGE = Path(hb.__file__).parent
MODULES = ["hebbfast", *(m.name for m in pkgutil.walk_packages(hb.__path__, "hebbfast.") if "__main__" not in m.name)]


def test_the_installed_package_is_tested():
    tree = Path(__file__).parent.parent
    installed = PACKAGE.parent != tree
    assert installed or (PACKAGE / "_kernels" / "_kernels.abi3.so").exists(), "the source tree shadows the package"


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    loaded = importlib.import_module(module)
    assert doctest.testmod(loaded).failed == 0


def test_every_public_name_is_documented():
    for name in hb.__all__:
        thing = getattr(hb, name)
        if inspect.ismodule(thing) or name in dir(_kernels):
            continue
        assert ">>>" in thing.__doc__, name
        for method, member in vars(thing).items() if inspect.isclass(thing) else ():
            if not method.startswith("_") and (
                inspect.isfunction(member) or isinstance(member, (classmethod, property))
            ):
                assert inspect.getdoc(member), f"{name}.{method}"


def test_stub_and_twin_have_the_names_and_parameters_of_the_bridge():
    stub = ast.parse((PACKAGE / "_kernels" / "_kernels.pyi").read_text())
    declared = {node.name: node for node in stub.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    public = {
        n
        for n in dir(_kernels)
        if not n.startswith("_") and getattr(getattr(_kernels, n), "__module__", "") == _kernels.__name__
    }
    assert public == set(declared)
    for name, node in declared.items():
        if isinstance(node, ast.FunctionDef):
            parameters = [a.arg for a in node.args.args]
            assert list(inspect.signature(getattr(_kernels, name)).parameters) == parameters, name
        else:
            start = next(member for member in node.body if getattr(member, "name", "") == "__init__")
            parameters = [a.arg for a in start.args.args][1:]
        if "simd" not in name:
            twin = reference if hasattr(reference, name) else reference_learning
            assert list(inspect.signature(getattr(twin, name)).parameters) == parameters, name


def test_import_needs_numpy_alone():
    heavy = "scipy matplotlib click rich PIL skimage sklearn safetensors numba"
    script = f"import sys, hebbfast; print(*[m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_one_state_and_a_batch():
    state, batch = PATTERNS[0], PATTERNS[:3]
    for method, shape in {"overlaps": (6,), "fields": (90,), "delta_energy": (90,), "energy": ()}.items():
        one, many = getattr(MEMORY, method)(state), getattr(MEMORY, method)(batch)
        assert np.shape(one) == shape
        assert np.shape(many) == (3, *shape)
        np.testing.assert_array_equal(one, many[0])
        np.testing.assert_array_equal(getattr(MEMORY, method)(hb.PackedPatterns(batch)), many)
    assert MEMORY.overlaps(state).dtype == np.int32
    assert isinstance(MEMORY.energy(state), np.float64)
    assert MEMORY.overlaps(batch[:0]).shape == (0, 6)


def test_recall_gives_back_the_kind_it_got():
    cues = hb.corrupt(PATTERNS, flips=5, rng=1)
    one = MEMORY.recall(cues[0], rng=2)
    assert (type(one.converged), type(one.sweeps), type(one.flips), type(one.cycle)) == (bool, int, int, bool)
    assert one.states.shape == (90,)
    packed = MEMORY.recall(hb.PackedPatterns(cues), rng=2)
    np.testing.assert_array_equal(packed.states.unpack(), MEMORY.recall(cues, rng=2).states)
    assert MEMORY.recall(cues > 0, rng=2).states.dtype == bool
    assert MEMORY.recall(cues[:0]).states.shape == (0, 90)
    np.testing.assert_array_equal(packed.energy, MEMORY.energy(packed.states))


@pytest.mark.parametrize("rng", [3, np.random.SeedSequence(3), lambda: np.random.default_rng(3)])
def test_rng(rng):
    make = rng if callable(rng) else lambda: rng
    cues = hb.corrupt(PATTERNS, flip=0.3, rng=1)
    first, again = (MEMORY.recall(cues, temperature=9000.0, max_sweeps=3, rng=make()) for _ in range(2))
    np.testing.assert_array_equal(first.states, again.states)
    assert not np.array_equal(first.states, MEMORY.recall(cues, temperature=9000.0, max_sweeps=3, rng=4).states)


def test_record():
    cues = hb.corrupt(PATTERNS, flip=0.2, rng=1)
    plain = MEMORY.recall(cues, rng=2)
    result = MEMORY.recall(cues, rng=2, record=("energy", "flips", "overlaps", "states"))
    np.testing.assert_array_equal(result.states, plain.states)
    sweeps = result.sweeps.max()
    assert {k: v.shape for k, v in result.trace.items()} == {
        "energy": (sweeps + 1, 6),
        "flips": (sweeps + 1, 6),
        "overlaps": (sweeps + 1, 6, 6),
        "states": (sweeps + 1, 6, 90),
    }
    assert (np.diff(result.trace["energy"], axis=0) <= 0).all()
    np.testing.assert_array_equal(result.trace["energy"][0], MEMORY.energy(cues))
    np.testing.assert_array_equal(result.trace["states"][-1], result.states)
    np.testing.assert_array_equal(result.trace["flips"].sum(axis=0), result.flips)
    single = MEMORY.recall(cues[0], rng=2, record="energy")
    assert single.trace["energy"].shape == (single.sweeps + 1,)


def test_sweeps_and_convergence():
    still = MEMORY.recall(PATTERNS[0])
    assert (still.converged, still.sweeps, still.flips) == (True, 1, 0)
    assert not MEMORY.recall(PATTERNS[0], max_sweeps=0).converged
    assert not MEMORY.recall(PATTERNS[0], temperature=1e-9, max_sweeps=3).converged
    cue = PATTERNS[0].copy()
    cue[7] *= -1
    partial = MEMORY.recall(cue, order=[1, 2, 3])
    assert (partial.converged, partial.sweeps, partial.flips) == (False, 1, 0)  # unit 7 would still move
    whole = MEMORY.recall(cue, order=[7, 7])
    assert (whole.converged, whole.sweeps, whole.flips) == (True, 2, 1)  # the rest is checked


def test_synchronous_cycle():
    result = hb.HopfieldNetwork([[0, -1], [-1, 0]]).recall([1, 1], update="sync")
    assert (result.cycle, result.converged, result.sweeps) == (True, False, 2)


def test_clamp():
    clamp = np.zeros(90, dtype=bool)
    clamp[:30] = True
    cue = -PATTERNS[0]
    for update in ("async", "sync"):
        result = MEMORY.recall(cue, clamp=clamp, update=update, rng=1)
        np.testing.assert_array_equal(result.states[:30], cue[:30])
        assert result.flips > 0


def test_coupling_space_equals_pattern_space():
    """The activity product is n = 2 without its matrix: same fields, same course under all rules."""
    cues = hb.corrupt(PATTERNS, flip=0.3, rng=1)
    network, memory = hb.HopfieldNetwork.train(PATTERNS), hb.DenseAssociativeMemory(PATTERNS)
    np.testing.assert_array_equal(network.fields(cues), memory.fields(cues))
    np.testing.assert_array_equal(network.delta_energy(cues, [3, 5]), memory.delta_energy(cues, [3, 5]))
    np.testing.assert_array_equal(network.energy(cues) - 6 * 90 / 2, memory.energy(cues))  # the self-terms, K D / 2
    for rules in (
        {"tie": "minus"},
        {"temperature": 9.0, "max_sweeps": 4},
        {"update": "sync"},
        {"order": "replacement"},
    ):
        a, b = network.recall(cues, rng=5, **rules), memory.recall(cues, rng=5, **rules)
        np.testing.assert_array_equal(a.states, b.states)
        np.testing.assert_array_equal(a.flips, b.flips)


def test_delta_energy_is_the_difference_of_energies():
    rng = np.random.default_rng(4)
    bias = rng.integers(-3, 4, 90) / 4
    network = hb.HopfieldNetwork(hb.learning.activity_product(PATTERNS), bias)
    for model in (MEMORY, network, hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(2, normalized=True))):
        state = hb.random_patterns(1, 90, rng=rng)[0]
        for unit in (0, 63, 64, 89):
            other = state.copy()
            other[unit] *= -1
            assert model.delta_energy(state, [unit])[0] == pytest.approx(
                model.energy(other) - model.energy(state), abs=1e-9
            )


def test_bias_moves_units_and_temperature_follows_the_heat_bath():
    """Free units in a field of 1 at T = 2: P(+1) = 1 / (1 + exp(-1)). n = 40,000; a bound of five standard errors
    fails by chance less than once in a million runs."""
    n = 200
    network = hb.HopfieldNetwork(np.zeros((n, n)), np.ones(n))
    result = network.recall(hb.random_patterns(200, n, rng=1), temperature=2.0, max_sweeps=1, rng=2)
    p = 1 / (1 + np.exp(-1))
    assert abs((result.states > 0).mean() - p) < 5 * np.sqrt(p * (1 - p) / 40_000)
    assert (network.recall(-np.ones(n)).states == 1).all()


def test_store_and_forget():
    more = MEMORY.store(-PATTERNS[:2])
    assert (len(more), len(MEMORY)) == (8, 6)
    np.testing.assert_array_equal(more.forget([6, -1]).patterns.words, MEMORY.patterns.words)
    np.testing.assert_array_equal(MEMORY.forget(0).patterns.unpack(), PATTERNS[1:])


def test_packed_patterns_like_an_array():
    packed = hb.PackedPatterns(PATTERNS)
    for index in (slice(1, 4), slice(None, None, 2), [0, 5], PATTERNS[:, 0] > 0):
        np.testing.assert_array_equal(packed[index].unpack(), PATTERNS[index])
    np.testing.assert_array_equal(packed[-1], PATTERNS[-1])
    np.testing.assert_array_equal(
        hb.PackedPatterns.concatenate([packed, packed[:2]]).unpack(), np.concatenate([PATTERNS, PATTERNS[:2]])
    )
    assert packed.nbytes == 6 * 2 * 8
    with pytest.raises(IndexError):
        packed[6]
    with pytest.raises(ValueError, match="read-only"):
        packed.words[0] = 0


def test_hebbian_rule_against_its_formula():
    rule = hb.learning.HebbianRule(0.5, 0.25, -0.5, 1.0, 2.0, 3.0)
    x = PATTERNS.astype(float)
    expected = np.zeros((90, 90))
    for p in x:
        expected += 0.5 + 0.25 * p[None, :] - 0.5 * p[:, None] + 1.0 + 2.0 + 3.0 * np.outer(p, p)
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(rule.couplings(PATTERNS), expected)
    network = hb.HopfieldNetwork.train(PATTERNS, rule)
    np.testing.assert_array_equal(network.couplings, expected)
    np.testing.assert_array_equal(network.fields(PATTERNS), x @ expected.T)


def test_random_patterns_and_corrupt():
    """Means of n = 200,000 draws within five standard errors: by chance less than once in a million runs."""
    for mean in (0.0, 0.6):
        drawn = hb.random_patterns(200, 1000, mean=mean, rng=1).mean()
        assert abs(drawn - mean) < 5 * np.sqrt((1 - mean**2) / 200_000)
    flipped = hb.corrupt(np.ones((200, 1000)), flip=0.1, rng=1) < 0
    assert abs(flipped.mean() - 0.1) < 5 * np.sqrt(0.09 / 200_000)
    assert ((hb.corrupt(PATTERNS, flips=7, rng=2) != PATTERNS).sum(axis=1) == 7).all()
    np.testing.assert_array_equal(hb.corrupt(PATTERNS, flips=0, rng=2), PATTERNS)


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


@pytest.mark.parametrize("kind", ["patterns", "couplings", "pattern space"])
def test_sample_is_of_the_boltzmann_distribution(kind):
    """Shares of the 8 states in n = 20,000 chains, each within 5.5 deviations: by chance once in 3 million runs."""
    patterns, n, T = np.array([[1, 1, -1], [1, -1, -1], [1, 1, 1]]), 20_000, 2.5
    network = {
        "patterns": lambda: hb.DenseAssociativeMemory(patterns, hb.Polynomial(3)),
        "couplings": lambda: hb.HopfieldNetwork.train(patterns),
        "pattern space": lambda: hb.PatternSpaceNetwork(patterns, hb.learning.HebbianRule()),
    }[kind]()
    every = np.array([[1 - 2 * (j >> i & 1) for i in range(3)] for j in range(8)], dtype=np.int8)
    pairs = every.astype(int) @ patterns.T
    energies = -(pairs**3).sum(axis=1) / 3 if kind == "patterns" else -0.5 * ((pairs**2).sum(axis=1) - 9)
    wanted = np.exp(-(energies - energies.min()) / T)
    wanted /= wanted.sum()
    chains = np.tile(every, (n // 8 if kind != "pattern space" else 250, 1))
    result = network.sample(chains, temperature=T, sweeps=40, rng=1, record=["energy", "states"])
    shares = (result.states[:, None] == every).all(axis=2).mean(axis=0)
    assert (np.abs(shares - wanted) < 5.5 * np.sqrt(wanted * (1 - wanted) / len(chains))).all()
    assert result.trace["states"].shape == (41, *chains.shape)
    np.testing.assert_allclose(result.energy, network.energy(result.states))
    for argument, wrong in (("temperature", 0), ("temperature", "hot"), ("sweeps", -1), ("sweeps", 2.5)):
        with pytest.raises(ValueError, match=f"{argument} must be"):
            network.sample(chains, **{"temperature": T, "sweeps": 1, argument: wrong})


def test_delta_energy_of_some_units():
    """Against the energies before and after, in all three networks."""
    state = hb.corrupt(PATTERNS[0], flip=0.2, rng=3)
    units = [5, 0, PATTERNS.shape[1] - 1, 5]
    for network in (
        MEMORY,
        hb.HopfieldNetwork.train(PATTERNS),
        hb.PatternSpaceNetwork(PATTERNS, hb.learning.HebbianRule()),
    ):
        flipped = np.tile(state, (4, 1))
        flipped[range(4), units] *= -1
        wanted = network.energy(flipped) - network.energy(state)
        np.testing.assert_allclose(network.delta_energy(state, units), wanted, rtol=1e-9, atol=1e-6)
        both = network.delta_energy(np.stack([state, state]), units)
        np.testing.assert_array_equal(both[1], network.delta_energy(state)[units])
