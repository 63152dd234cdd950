"""What is shipped: vector code stays inside the functions of its level."""

import importlib
import importlib.metadata
import platform
import re
import shutil
import subprocess

import pytest

BRIDGES = ["recall", "streams", "training"]


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("objdump"),
    reason="no objdump for x86-64: vector code is NOT located",
)
@pytest.mark.parametrize("bridge", BRIDGES)
def test_vector_registers_only_inside_their_level(bridge):
    """A ymm or zmm register elsewhere would kill old CPUs before any choice of level."""
    binary = importlib.import_module(f"hebbfast._kernels.{bridge}").__file__
    listing = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", binary], capture_output=True, text=True, check=True
    )
    function, found = "", {"ymm": set(), "zmm": set()}
    for line in listing.stdout.splitlines():
        if head := re.match(r"[0-9a-f]+ <(.+)>:", line):
            function = head[1]
        for register in re.findall(r"%([yz]mm)", line):
            found[register].add(function)
    assert any("avx512" in name for name in found["zmm"]) == (bridge != "streams")
    assert {name for name in found["zmm"] if "avx512" not in name} == set()
    assert {name for name in found["ymm"] if not re.search("avx2|avx512", name)} == set()


def test_the_distribution_carries_no_sources():
    names = {str(path) for path in importlib.metadata.files("hebbfast") or []}
    if any("__editable__" in name for name in names):
        pytest.skip("an editable install ships nothing")
    assert {f"hebbfast/_kernels/{bridge}.pyi" for bridge in BRIDGES} <= names
    assert "hebbfast/py.typed" in names
    assert [name for name in names if name.endswith((".c", ".h", ".pyx", ".pxd"))] == []
