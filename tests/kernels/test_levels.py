"""Every level against scalar from plain C: here by each compiler and under sanitizers, and the NEON level emulated.

Arrays of the checks end at pages that cannot be read (tests/c/room.h), where no sanitizer watches.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

import hebbfast as hb

TREE = Path(__file__).parents[2]
KERNELS = TREE / "hebbfast" / "_kernels" / "c"

CHECKS = ["check_abreast", "check_boltzmann", "check_levels", "check_search", "check_training"]
FLAGS = ["-std=gnu11", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]
SANITIZERS = ["-Og", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
# check_levels takes minutes to compile with -O3, and that is the package, whose levels the other tests compare
BUILDS = [("clang", "-O1" if name == "check_levels" else "-O3", name) for name in CHECKS]
BUILDS += [("gcc", "-O3", name) for name in CHECKS if name != "check_levels"]
BUILDS += [("gcc", "sanitizers", name) for name in CHECKS]


def check(name, compiler, tmp_path, *flags, emulator=()):
    program = tmp_path / name
    source = TREE / "tests" / "c" / f"{name}.c"
    subprocess.run([compiler, *FLAGS, *flags, f"-I{KERNELS}", str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([*emulator, str(program)], check=True, capture_output=True, text=True).stdout


def needs(compiler, what):
    return pytest.mark.skipif(not shutil.which(compiler), reason=f"no {compiler}: {what}")


@pytest.mark.parametrize(("compiler", "flags", "name"), BUILDS)
def test_levels_of_this_machine(tmp_path, compiler, flags, name):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}: the levels are NOT compared in plain C ({flags})")
    if flags == "sanitizers":
        empty = ["-xc", "/dev/null", "-shared", "-o", str(tmp_path / "empty.so")]
        if subprocess.run([compiler, *SANITIZERS, *empty], capture_output=True).returncode:
            pytest.skip(f"{compiler} has no sanitizers here: the levels are NOT watched")
    options = SANITIZERS if flags == "sanitizers" else [flags]
    assert check(name, compiler, tmp_path, *options) == " ".join([*hb.available_simd_levels(), "agree\n"])


@needs("aarch64-linux-gnu-gcc", "the NEON level is NOT tested")
@needs("qemu-aarch64", "the NEON level is NOT tested")
@pytest.mark.parametrize("name", CHECKS)
def test_neon_level_under_emulation(tmp_path, name):
    printed = check(name, "aarch64-linux-gnu-gcc", tmp_path, "-O3", "-static", emulator=["qemu-aarch64"])
    assert printed == "neon scalar agree\n"
