"""The public interface: names, shapes, kinds, documented examples, and what an import brings along."""

import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb

PACKAGE = Path(hb.__file__).parent
MODULES = ["hebbfast", *(m.name for m in pkgutil.walk_packages(hb.__path__, "hebbfast.") if "__main__" not in m.name)]
HOSTS = {
    "hebbfast.compat.dimod": "dimod",
    "hebbfast.compat.torchhd": "torch",
    "hebbfast.networks.sharded": "distributed",
}  # what the examples of a module need


def test_the_installed_package_is_tested():
    tree = Path(__file__).parent.parent
    installed = PACKAGE.parent != tree
    assert installed or (PACKAGE / "_kernels" / "recall.abi3.so").exists(), "the source tree shadows the package"


@pytest.mark.parametrize("module", MODULES)
def test_examples_in_docstrings(module):
    loaded = importlib.import_module(module)
    if module in HOSTS:
        pytest.importorskip(HOSTS[module])
    assert doctest.testmod(loaded).failed == 0


def test_every_public_name_is_documented():
    for name in hb.__all__:
        thing = getattr(hb, name)
        if inspect.ismodule(thing):
            continue
        assert ">>>" in thing.__doc__, name
        for method, member in vars(thing).items() if inspect.isclass(thing) else ():
            if not method.startswith("_") and (
                inspect.isfunction(member) or isinstance(member, (classmethod, property))
            ):
                assert inspect.getdoc(member), f"{name}.{method}"


def test_import_needs_numpy_alone():
    heavy = "scipy matplotlib click rich PIL skimage sklearn safetensors numba"
    script = f"import sys, hebbfast; print(*[m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("name", ["compat", "experiments", "files", "learning", "optimize", "plots", "theory"])
def test_a_subpackage_comes_by_itself(name):
    script = f"import hebbfast as hb; print(hb.{name}.__name__)"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"hebbfast.{name}"


def test_dir_shows_public_names_only():
    assert dir(hb) == sorted([*hb.__all__, "__version__", "experiments", "theory"])
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", hb.__version__)
    assert hb.__doc__
    with pytest.raises(AttributeError, match="has no attribute 'threads'"):
        getattr(hb, "threads")  # noqa: B009


def test_levels_can_be_chosen_for_a_block():
    before = hb.simd_level()
    with hb.use_simd_level("scalar"):
        assert hb.simd_level() == "scalar"
    assert hb.simd_level() == before
    hb.use_simd_level("SCALAR")
    assert hb.simd_level() == "scalar"
    hb.use_simd_level(before)
    with pytest.raises(ValueError, match=r"name must be one of .*, got 'sse9'"):
        hb.use_simd_level("sse9")
    assert hb.simd_level() == before


RAGGED = [[1], [1, 2]]


@pytest.mark.parametrize(
    ("wrong", "error", "wording"),
    [
        (
            lambda n, m: n.sample(m.patterns, sweeps=2, temperature=RAGGED),
            ValueError,
            "temperature must hold real numbers, got rows of diff",
        ),
        (
            lambda n, m: n.sample(m.patterns, sweeps=2, beta=RAGGED),
            ValueError,
            "beta must hold real numbers, got rows of different lengths",
        ),
        (lambda n, m: m.posterior(m.patterns, flip=RAGGED), ValueError, r"flip must be a finite number in \(0, 0\.5\)"),
        (lambda n, m: hb.LogSumExp(flip=RAGGED), ValueError, r"flip must be a finite number in \(0, 0\.5\), got \[\["),
        (lambda n, m: n.recall(m.patterns, cycles=np.zeros(3)), ValueError, "cycles must be one of .* got an array"),
        (lambda n, m: hb.PackedPatterns.concatenate(3), TypeError, "parts must be PackedPatterns, several, got 3"),
        (lambda n, m: hb.temperature_ladder(n, clamp=RAGGED), ValueError, "clamp must hold a boolean mask of shape"),
        (lambda n, m: hb.temperature_ladder(n, clamp=[1.0] * 40), ValueError, "clamp must be a boolean mask of shape"),
        (
            lambda n, m: n.anneal(m.patterns[:0]),
            ValueError,
            r"states must hold at least one state, got shape \(0, 40\)",
        ),
        (lambda n, m: hb.BoltzmannMachine(2).sample(RAGGED), ValueError, "states must hold .* got rows of different"),
        (
            lambda n, m: hb.experiments.capacity(m.interaction, 8, criterion=np.zeros(2)),
            ValueError,
            "criterion must be",
        ),
        (lambda n, m: hb.Polynomial(3)("abc"), TypeError, "overlap must hold real numbers, got dtype <U3"),
        (lambda n, m: hb.Exponential(0.1)(1 + 1j), TypeError, "overlap must hold real numbers, got dtype complex128"),
        (lambda n, m: hb.LogSumExp(0.1)(10**400), ValueError, "overlap must be .* got a huge integer"),
    ],
)
def test_values_of_a_foreign_kind_are_refused_by_name(wrong, error, wording):
    patterns = hb.random_patterns(3, 40, rng=0)
    network, memory = hb.HopfieldNetwork.train(patterns), hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
    with pytest.raises(error, match=wording):
        wrong(network, memory)
