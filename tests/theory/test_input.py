"""What theory refuses and how it says so; its examples; what it may import."""

import ast
import doctest
import importlib
import math
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import theory
from hebbfast.theory import mean_field

F, RULE = hb.Polynomial(3), theory.HebbianCoefficients()
MODULES = ["hebbfast.theory", *(m.name for m in pkgutil.walk_packages(theory.__path__, "hebbfast.theory."))]


class Table:
    """An interaction of one's own."""

    def __call__(self, overlap):
        return np.asarray(overlap, dtype=np.float64) ** 2

    def weights(self, units, patterns):
        return np.arange(1 - units, units, 2)

    def __repr__(self):
        return "Table()"


REFUSED = [  # call, then what the message must name: the argument, what it wants, what it got
    (lambda: theory.noise_moment(0, F, 2), ["D", "at least 1", "0"]),
    (lambda: theory.noise_moment(5, F, 0), ["order", "at least 1", "0"]),
    (lambda: theory.noise_moment(5, F, 10**6), ["order", "at most 10,000", "1,000,000"]),
    (lambda: theory.noise_second_moment(-3, F), ["D", "at least 1", "-3"]),
    (lambda: theory.noise_second_moment(2.5, F), ["D", "integer", "2.5"]),
    (lambda: theory.noise_second_moment("ten", F), ["D", "integer", "'ten'"]),
    (lambda: theory.noise_second_moment(10, 3), ["interaction", "Polynomial", "3"]),
    (lambda: theory.snr(10, 0, F), ["K", "at least 1", "0"]),
    (lambda: theory.snr(10, -2, F), ["K", "at least 1", "-2"]),
    (lambda: theory.snr(10, math.nan, F), ["K", "nan"]),
    (lambda: theory.snr(10, math.inf, F), ["K", "finite", "inf"]),
    (lambda: theory.snr(10, 5, F, flips=10), ["flips", "0 to D-1 = 9", "10"]),
    (lambda: theory.snr(10, 5, F, flips=-1), ["flips", "at least 0", "-1"]),
    (lambda: theory.unit_error(10, 0, F), ["K", "0"]),
    (lambda: theory.unit_error(10, 2.5, F), ["K", "integer", "2.5"]),
    (lambda: theory.unit_error(10, 5, F, method="exakt"), ["method", "'exact', 'gaussian'", "'exakt'"]),
    (lambda: theory.unit_error(10, 5, F, tie="up"), ["tie", "'plus', 'keep', 'minus'", "'up'"]),
    (lambda: theory.capacity(0, F), ["D", "0"]),
    (lambda: theory.capacity(10, F, "units"), ["criterion", "'unit', 'pattern', 'all'", "'units'"]),
    (lambda: theory.capacity(10, F, ["unit"]), ["criterion", "'unit', 'pattern', 'all'"]),
    (lambda: theory.capacity(10, F, "unit", 0.0), ["error", "(0, 0.5)", "0.0"]),
    (lambda: theory.capacity(10, F, "unit", 0.5), ["error", "(0, 0.5)", "0.5"]),
    (lambda: theory.capacity(10, F, "pattern", 1.0), ["error", "(0, 1)", "1.0"]),
    (lambda: theory.capacity(10, F, "all", -0.1), ["error", "(0, 1)", "-0.1"]),
    (lambda: theory.capacity(1, F, "pattern", 0.9), ["error", "1/2 of a unit", "0.9"]),
    (lambda: theory.capacity(100, hb.Polynomial(1000)), ["interaction", "at most 600", "Polynomial(degree=1000"]),
    (lambda: theory.noise_moment(9, F, 302), ["interaction", "at most 600", "degree=3", "order 302"]),
    (lambda: theory.asymptotic_capacity(9, hb.Polynomial(101), "retrieval"), ["interaction", "at most 100", "=101"]),
    (lambda: theory.capacity(10, F, method="fast"), ["method", "'gaussian', 'exact'", "'fast'"]),
    (lambda: theory.capacity(10, hb.Polynomial(2), flips=5), ["flips", "signal", "5"]),
    (lambda: theory.asymptotic_capacity(1, F), ["D", "at least 2", "1"]),
    (lambda: theory.asymptotic_capacity(10, F, "recall"), ["criterion", "'retrieval'", "'recall'"]),
    (lambda: theory.asymptotic_capacity(10, F, "unit", 0.7), ["error", "(0, 0.5)", "0.7"]),
    (lambda: theory.asymptotic_capacity(10, hb.Exponential(1.0), "retrieval"), ["criterion", "Exponential"]),
    (lambda: theory.asymptotic_capacity(10, hb.RectifiedPolynomial(2), "retrieval"), ["interaction", "degree=2"]),
    (lambda: theory.unit_error(10, 3.0, F), ["K", "integer", "3.0"]),
    (lambda: theory.unit_error(True, 3, F), ["D", "integer", "True"]),
    (lambda: theory.unit_error(2**1001, 3, F), ["D", "from 1 to", "huge integer"]),
    (lambda: theory.unit_error(10, None, F), ["K", "integer", "None"]),
    (lambda: theory.unit_error(10, 3, F, method=None), ["method", "'exact'", "None"]),
    (lambda: theory.unit_error(10**9, 3, F), ["D", "10,000,000", "1,000,000,000"]),
    (lambda: theory.snr(10, "5", F), ["K", "number", "'5'"]),
    (lambda: theory.snr(10, True, F), ["K", "number", "True"]),
    (lambda: theory.snr(10, 5, hb.Polynomial), ["interaction", "object with", "Polynomial"]),
    (lambda: theory.snr(10, 5, F, flips=2**70), ["flips", "0 to D-1 = 9", str(2**70)]),
    (lambda: theory.asymptotic_capacity(10, Table()), ["interaction", "no closed form", "Table"]),
    (lambda: mean_field.solve(0.1, 0.1, Table()), ["interaction", "mean-field", "Table"]),
    (lambda: theory.pid_profile(11.0, 5), ["D", "integer", "11.0"]),
    (lambda: theory.pid_profile(11, 5, bins="signs"), ["bins", "'sign'", "'signs'"]),
    (lambda: theory.pid_profile(11, 5, bins=np.ones(2)), ["bins", "'sign'", "array"]),
    (lambda: theory.pid_profile(11, 5, bins=4, bin_range="20"), ["bin_range", "above 0", "'20'"]),
    (lambda: theory.hebbian_capacity(RULE, 10, level="0"), ["level", "number", "'0'"]),
    (lambda: theory.gardner_capacity("0"), ["kappa", "number", "'0'"]),
    (lambda: theory.gardner_capacity(math.inf), ["kappa", "finite", "inf"]),
    (lambda: theory.hebbian_moments(RULE, 0, 5), ["D", "0"]),
    (lambda: theory.hebbian_moments(RULE, 10, 0), ["K", "0"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5, mean=1.0), ["mean", "(-1, 1)", "1.0"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5, values="zero-one"), ["mean", "(0, 1)", "0.0"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5, threshold=math.nan), ["threshold", "nan"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5, values="0/1"), ["values", "'plus-minus', 'zero-one'", "'0/1'"]),
    (lambda: theory.hebbian_moments(None, 10, 5), ["rule", "c0", "None"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5).mean(0), ["y", "-1 or 1", "0"]),
    (lambda: theory.hebbian_moments(RULE, 10, 5).variance(0.5), ["y", "-1 or 1", "0.5"]),
    (lambda: theory.hebbian_capacity(RULE, 10, error=0.5), ["error", "(0, 0.5)", "0.5"]),
    (lambda: theory.best_hebbian_coefficients(10, mean=-1.5), ["mean", "(-1, 1)", "-1.5"]),
    (lambda: mean_field.solve(0.0, 0.1), ["alpha", "above 0", "0.0"]),
    (lambda: mean_field.solve(-0.1, 0.1), ["alpha", "above 0", "-0.1"]),
    (lambda: mean_field.solve(0.1, -0.1), ["temperature", "at least 0", "-0.1"]),
    (lambda: mean_field.solve(0.1, math.nan), ["temperature", "nan"]),
    (lambda: mean_field.solve(0.1, 0.1, hb.Exponential(1.0)), ["interaction", "degree 3 or more", "Exponential"]),
    (lambda: mean_field.spin_glass(0, 0.1), ["alpha", "0"]),
    (lambda: mean_field.critical_load(1.0), ["temperature", "below 1", "1.0"]),
    (lambda: mean_field.critical_load(0.6, F), ["temperature", "below 0.58", "0.6"]),
    (lambda: mean_field.retrieval_temperature(0.2), ["alpha", "at most 0.138189", "0.2"]),
    (lambda: mean_field.almeida_thouless_temperature(0.0), ["alpha", "0.0"]),
    (lambda: mean_field.thermodynamic_load(1.0), ["temperature", "[0, 1)", "1.0"]),
    (lambda: mean_field.spin_glass_temperature(-1.0), ["alpha", "-1.0"]),
]


@pytest.mark.parametrize("case", [pytest.param(case, id=str(i)) for i, case in enumerate(REFUSED)])
def test_bad_input_names_the_argument(case):
    call, parts = case
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(f"{parts[0]} must")
    for part in parts:
        assert part in message


def test_numpy_scalars_are_numbers():
    assert theory.snr(np.int64(50), np.float32(20), hb.Polynomial(2)) == theory.snr(50, 20, hb.Polynomial(2))
    assert theory.unit_error(np.int32(30), np.uint8(9), F) == theory.unit_error(30, 9, F)
    assert mean_field.solve(np.float64(0.1), 0).overlap == mean_field.solve(0.1, 0.0).overlap


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_public_names_alone_are_listed():
    assert dir(theory) == sorted(theory.__all__)
    assert dir(mean_field) == sorted(mean_field.__all__)


def test_every_public_name_has_an_example():
    for module in (theory, mean_field):
        for name in module.__all__:
            thing = getattr(module, name)
            if callable(thing) and not isinstance(thing, type):
                assert ">>>" in thing.__doc__
                assert "Raises" in thing.__doc__


def imported(name):
    """Modules of the package that a module imports anywhere, as they are named in it."""
    tree = ast.parse(Path(importlib.import_module(name).__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "hebbfast":
            yield from (f"hebbfast.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("hebbfast."):
            yield node.module
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (module for module in inner if module in sys.modules)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("hebbfast"))


def test_theory_imports_no_kernels():
    """Nor does anything that it imports, so that it can check kernels, networks and experiments."""
    seen, todo = set(), list(MODULES)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += imported(name)
    rooms = {name.split(".")[1] for name in seen}
    assert rooms == {"theory", "interactions", "atoms", "_arguments", "_exp", "_records"}


def test_scipy_is_asked_for_by_name():
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "import hebbfast\n"
        "try:\n    from hebbfast.theory import snr\n"
        "except ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "hebbfast[experiments]"' in run.stdout


def test_import_hebbfast_leaves_scipy_out():
    code = "import sys, hebbfast; print('scipy' in sys.modules)"
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
