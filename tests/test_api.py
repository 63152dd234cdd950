"""The public interface: names, shapes, kinds, documented examples, and what an import brings along."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import hebbfast as hb
from hebbfast._kernels import _kernels
from hebbfast._kernels.twin import recall as reference
from hebbfast._kernels.twin import training as reference_learning

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
