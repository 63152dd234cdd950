"""Every level against scalar from plain C: here, and the NEON level under an emulator."""

import shutil
import subprocess
from pathlib import Path

import pytest

import hebbfast as hb

TREE = Path(__file__).parents[2]
KERNELS = TREE / "hebbfast" / "_kernels" / "c"


CHECKS = ["check_levels", "check_training"]


def check(name, compiler, tmp_path, *emulator):
    program = tmp_path / name
    source = TREE / "tests" / "c" / f"{name}.c"
    flags = ["-std=gnu11", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-static"]
    subprocess.run([compiler, *flags, f"-I{KERNELS}", str(source), "-o", str(program), "-lm"], check=True)
    return subprocess.run([*emulator, str(program)], check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc: the levels are NOT compared in plain C")
@pytest.mark.parametrize("name", CHECKS)
def test_levels_of_this_machine(tmp_path, name):
    assert check(name, "gcc", tmp_path) == " ".join([*hb.available_simd_levels(), "agree\n"])


@pytest.mark.skipif(
    not (shutil.which("aarch64-linux-gnu-gcc") and shutil.which("qemu-aarch64")),
    reason="no aarch64-linux-gnu-gcc or qemu-aarch64: the NEON level is NOT tested",
)
@pytest.mark.parametrize("name", CHECKS)
def test_neon_level_under_emulation(tmp_path, name):
    assert check(name, "aarch64-linux-gnu-gcc", tmp_path, "qemu-aarch64") == "neon scalar agree\n"
