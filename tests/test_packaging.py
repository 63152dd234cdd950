"""What is shipped: vector code stays inside the functions of its level, and each distribution has what it needs."""

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from hebbfast import _kernels

TREE = Path(__file__).parent.parent
MODULES = sorted(p for p in Path(_kernels.__file__).parent.iterdir() if p.suffix in (".so", ".pyd", ".dylib"))
LEVELLED = ["abreast", "boltzmann", "levels", "search", "training"]  # with kernels of every level
BRIDGES = [*LEVELLED, "models", "one", "packing", "recall", "replicas", "streams"]
COMPILED = [*BRIDGES, "_memoryviews"]  # with what Cython shares among them
on_x86 = pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("objdump"),
    reason="no objdump for x86-64: vector code is NOT located",
)
on_linux = pytest.mark.skipif(sys.platform != "linux" or not shutil.which("nm"), reason="no nm: symbols are NOT listed")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def vectors(module):
    """The functions that name a ymm and a zmm register."""
    function, found = "", {"ymm": set(), "zmm": set()}
    for line in output("objdump", "-d", "--no-show-raw-insn", str(module)).splitlines():
        if head := re.match(r"[0-9a-f]+ <(.+)>:", line):
            function = head[1]
        for register in re.findall(r"%([yz]mm)", line):
            found[register].add(function)
    return found


def test_each_bridge_is_one_module():
    assert sorted(importlib.import_module(f"hebbfast._kernels.{name}").__file__ for name in COMPILED) == sorted(
        str(module) for module in MODULES if module.name.split(".")[0] in COMPILED
    )
    if not any("__editable__" in str(path) for path in importlib.metadata.files("hebbfast") or []):
        assert {module.name.split(".")[0] for module in MODULES} == set(COMPILED)


@on_x86
@pytest.mark.parametrize("bridge", COMPILED)
def test_vector_registers_only_inside_their_level(bridge):
    """A ymm or zmm register elsewhere would kill old CPUs before any choice of level."""
    found = vectors(importlib.import_module(f"hebbfast._kernels.{bridge}").__file__)
    assert {name for name in found["zmm"] if "avx512" not in name} == set()
    assert {name for name in found["ymm"] if not re.search("avx2|avx512", name)} == set()
    assert any("avx512" in name for name in found["zmm"]) == (bridge in LEVELLED)
    assert any("avx2" in name for name in found["ymm"]) == (bridge in LEVELLED)


@on_linux
@pytest.mark.parametrize("bridge", COMPILED)
def test_only_the_module_is_exported(bridge):
    path = importlib.import_module(f"hebbfast._kernels.{bridge}").__file__
    symbols = [line.split()[-1] for line in output("nm", "-D", "--defined-only", path).splitlines()]
    assert symbols == [f"PyInit_{bridge}"]


@on_linux
@pytest.mark.skipif(not shutil.which("readelf"), reason="no readelf: relocations are NOT looked at")
@pytest.mark.parametrize("bridge", COMPILED)
def test_tables_are_read_only_and_libm_is_named(bridge):
    path = importlib.import_module(f"hebbfast._kernels.{bridge}").__file__
    dynamic = output("readelf", "-d", "-l", path)
    assert "GNU_RELRO" in dynamic and re.search(r"\bNOW\b", dynamic)
    wanted = {symbol.split("@")[0] for symbol in output("nm", "-D", "--undefined-only", path).split() if symbol != "U"}
    if wanted & {"exp", "log", "log2", "sqrt", "floor", "ceil", "rint", "ldexp", "frexp", "pow", "fabs"}:
        assert "libm.so" in dynamic


def test_the_distribution_carries_no_sources():
    names = {str(path) for path in importlib.metadata.files("hebbfast") or []}
    if "setup.py" in names or any("__editable__" in name for name in names):
        pytest.skip("an editable install ships nothing")
    assert {f"hebbfast/_kernels/{bridge}.pyi" for bridge in BRIDGES} <= names
    assert "hebbfast/py.typed" in names
    assert [name for name in names if name.endswith((".c", ".h", ".pyx", ".pxd"))] == []
    assert [name for name in names if name.startswith(("tests/", "bench/", "docs/", "examples/"))] == []


def test_one_version_everywhere():
    check = TREE / "ci" / "release-check"
    if not check.exists():
        pytest.skip("the tests were copied without ci/")
    version = output(sys.executable, str(check)).strip()
    assert version == importlib.metadata.version("hebbfast")
    wrong = subprocess.run([sys.executable, str(check), "v0.0.0"], capture_output=True, text=True)
    assert wrong.returncode == 1
    assert f"the tag is v0.0.0, pyproject.toml has version {version}" in wrong.stdout


def test_without_a_compiler_a_build_ends_in_one_line(tmp_path):
    if not (TREE / "setup.py").exists() or not importlib.util.find_spec("Cython") or not new_setuptools():
        pytest.skip("no sources, no Cython or an old setuptools: NO build is tried")
    shutil.copytree(TREE / "hebbfast", tmp_path / "hebbfast", ignore=shutil.ignore_patterns("*.so"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TREE / name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "setup.py", "-q", "build_ext"],
        cwd=tmp_path,
        env=os.environ | {"CC": "/none/cc"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert re.search("gcc or clang, and here is no /none/cc: install one", done.stderr.splitlines()[-1])


def new_setuptools():
    try:
        return int(importlib.metadata.version("setuptools").split(".")[0]) >= 77  # as pyproject.toml asks
    except importlib.metadata.PackageNotFoundError:
        return False


def test_the_source_distribution_carries_what_a_build_needs(tmp_path):
    if not (TREE / "setup.py").exists() or not importlib.util.find_spec("Cython") or not new_setuptools():
        pytest.skip("no sources, no Cython or an old setuptools: the sdist is NOT made")
    shutil.copytree(TREE, tmp_path / "tree", ignore=shutil.ignore_patterns(".*", "*.so", "*.egg-info", "build", "dist"))
    make = "from setuptools import build_meta; import sys; print(build_meta.build_sdist(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-P", "-W", "ignore", "-c", make, str(tmp_path)],
        cwd=tmp_path / "tree",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:
        carried = {name.partition("/")[2] for name in archive.getnames()}
    kernels = TREE / "hebbfast" / "_kernels"
    needed = {
        p.relative_to(TREE).as_posix() for suffix in ("h", "pyx", "pxd", "pyi") for p in kernels.rglob(f"*.{suffix}")
    }
    pages = {page.name for page in TREE.iterdir() if page.suffix in (".md", ".cff")}
    assert needed | pages | {"setup.py", "pyproject.toml", "LICENSE"} <= carried
    assert {
        p.relative_to(TREE).as_posix() for p in (TREE / "tests").rglob("*") if p.suffix in (".py", ".c", ".h")
    } <= carried
    assert {name for name in carried if name.endswith((".so", ".c")) and not name.startswith("tests/c/")} == set()
