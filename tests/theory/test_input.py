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

REFUSED = [  # call, then what the message must name: the argument, what it wants, what it got
    (lambda: theory.noise_moment(0, F, 2), ["D", "at least 1", "0"]),
    (lambda: theory.noise_moment(5, F, 0), ["order", "at least 1", "0"]),
    (lambda: theory.noise_second_moment(-3, F), ["D", "at least 1", "-3"]),
    (lambda: theory.noise_second_moment(2.5, F), ["D", "integer", "2.5"]),
    (lambda: theory.noise_second_moment("ten", F), ["D", "integer", "'ten'"]),
    (lambda: theory.noise_second_moment(10, 3), ["interaction", "Polynomial", "3"]),
    (lambda: theory.snr(10, 0, F), ["K", "[1, inf)", "0"]),
    (lambda: theory.snr(10, -2, F), ["K", "[1, inf)", "-2"]),
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
    (lambda: theory.capacity(10, F, method="fast"), ["method", "'gaussian', 'exact'", "'fast'"]),
    (lambda: theory.capacity(10, hb.Polynomial(2), flips=5), ["flips", "signal", "5"]),
    (lambda: theory.asymptotic_capacity(1, F), ["D", "at least 2", "1"]),
    (lambda: theory.asymptotic_capacity(10, F, "recall"), ["criterion", "'retrieval'", "'recall'"]),
    (lambda: theory.asymptotic_capacity(10, F, "unit", 0.7), ["error", "(0, 0.5)", "0.7"]),
    (lambda: theory.asymptotic_capacity(10, hb.Exponential(1.0), "retrieval"), ["criterion", "Exponential"]),
    (lambda: theory.asymptotic_capacity(10, hb.RectifiedPolynomial(2), "retrieval"), ["interaction", "degree=2"]),
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
    (lambda: mean_field.solve(0.0, 0.1), ["alpha", "(0, inf)", "0.0"]),
    (lambda: mean_field.solve(-0.1, 0.1), ["alpha", "(0, inf)", "-0.1"]),
    (lambda: mean_field.solve(0.1, -0.1), ["temperature", "[0, inf)", "-0.1"]),
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
    with pytest.raises(ValueError) as caught:  # noqa: PT011  the parts below are the match
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


def test_examples_of_the_capacity_page():
    page = Path(__file__).parents[2] / "docs" / "capacity.md"
    if not page.exists():
        pytest.skip("the tests were copied without docs/")
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0


def test_every_public_name_has_an_example():
    for module in (theory, mean_field):
        for name in module.__all__:
            thing = getattr(module, name)
            if callable(thing) and not isinstance(thing, type):
                assert ">>>" in thing.__doc__
                assert "Raises" in thing.__doc__


def test_theory_imports_no_kernels():
    """So that it can check kernels, models and experiments."""
    for name in MODULES:
        tree = ast.parse(Path(importlib.import_module(name).__file__).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not node.module.startswith("hebbfast") or node.module.startswith(
                    ("hebbfast.theory", "hebbfast.interactions", "hebbfast.atoms")
                )
            elif isinstance(node, ast.Import):
                assert not any(alias.name.startswith("hebbfast") for alias in node.names)


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
