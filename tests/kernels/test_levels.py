"""Every level against scalar from plain C: here by each compiler, and the NEON level under an emulator.

Arrays of the checks end at pages that cannot be read (tests/c/room.h); `ci/sanitize --c` runs them under sanitizers.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

import hebbfast as hb

TREE = Path(__file__).parents[2]
KERNELS = TREE / "hebbfast" / "_kernels" / "c"

CHECKS = ["check_abreast", "check_boltzmann", "check_levels", "check_training"]
FLAGS = ["-std=gnu11", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror"]


def check(name, compiler, tmp_path, *flags, emulator=()):
    program = tmp_path / name
    source = TREE / "tests" / "c" / f"{name}.c"
    subprocess.run([compiler, *FLAGS, *flags, f"-I{KERNELS}", str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([*emulator, str(program)], check=True, capture_output=True, text=True).stdout


def needs(compiler, what):
    return pytest.mark.skipif(not shutil.which(compiler), reason=f"no {compiler}: {what}")


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(
    "compiler",
    [
        pytest.param("gcc", marks=needs("gcc", "the levels are NOT compared in plain C")),
        pytest.param("clang", marks=needs("clang", "the levels are NOT built by clang")),
    ],
)
def test_levels_of_this_machine(tmp_path, name, compiler):
    assert check(name, compiler, tmp_path, "-O3") == " ".join([*hb.available_simd_levels(), "agree\n"])


@needs("aarch64-linux-gnu-gcc", "the NEON level is NOT tested")
@needs("qemu-aarch64", "the NEON level is NOT tested")
@pytest.mark.parametrize("name", CHECKS)
def test_neon_level_under_emulation(tmp_path, name):
    printed = check(name, "aarch64-linux-gnu-gcc", tmp_path, "-O3", "-static", emulator=["qemu-aarch64"])
    assert printed == "neon scalar agree\n"
