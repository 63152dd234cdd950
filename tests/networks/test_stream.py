"""Patterns whose transposed copy would not fit: the same bits, way by way through the patterns, in bounded memory."""

import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.networks import _shards
from hebbfast.networks._stream import Streamed

PATTERNS = hb.random_patterns(9001, 70, rng=0)  # of three blocks
CUES = hb.corrupt(PATTERNS[:5], flip=0.2, rng=1)
INTERACTIONS = [hb.Polynomial(2), hb.Polynomial(3, normalized=True), hb.RectifiedPolynomial(4), hb.Exponential(0.3)]


@pytest.fixture
def narrow(monkeypatch):
    """No memory for a second layout."""
    monkeypatch.setattr(_shards, "LARGE", 0)
    monkeypatch.setattr(_shards, "free_bytes", lambda: 1000)
    monkeypatch.setattr(_shards, "BYTES", 1)  # the least blocks


@pytest.mark.parametrize("interaction", INTERACTIONS, ids=repr)
@pytest.mark.parametrize("threads", ["1", "3"])
def test_the_same_bits(narrow, monkeypatch, interaction, threads):
    monkeypatch.setenv("HEBBFAST_NUM_THREADS", threads)
    narrow_one = hb.DenseAssociativeMemory(PATTERNS, interaction)
    found = {name: getattr(narrow_one, name) for name in ("energy", "fields", "overlaps", "nearest")}
    found = {name: (ask(CUES), ask(CUES[0])) for name, ask in found.items()}
    moved = [narrow_one.recall(CUES, update="sync", max_sweeps=3, tie=tie) for tie in ("plus", "keep")]
    moved += [narrow_one.recall(CUES[0], update="sync", clamp=np.arange(70) < 20, max_sweeps=2)]
    assert isinstance(narrow_one._kernel.memory, Streamed) and narrow_one._columns.peek() is None
    monkeypatch.undo()
    wide = hb.DenseAssociativeMemory(PATTERNS, interaction)
    for name, (many, one) in found.items():
        wanted, single = getattr(wide, name)(CUES), getattr(wide, name)(CUES[0])
        if name == "energy" and isinstance(interaction, hb.Exponential):
            np.testing.assert_allclose(many, wanted, rtol=1e-13)
        elif name == "nearest":
            assert (many, one) == (wanted, single)
        else:
            np.testing.assert_array_equal(many, wanted)
            np.testing.assert_array_equal(one, single)
    again = [wide.recall(CUES, update="sync", max_sweeps=3, tie=tie) for tie in ("plus", "keep")]
    again += [wide.recall(CUES[0], update="sync", clamp=np.arange(70) < 20, max_sweeps=2)]
    for mine, theirs in zip(moved, again, strict=True):
        for name in ("states", "sweeps", "flips", "converged", "cycle"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
        np.testing.assert_allclose(mine.energy, theirs.energy, rtol=1e-13)


def test_what_it_cannot_do_says_what_it_needs(narrow):
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    with pytest.raises(MemoryError, match=r"update must be 'sync' here: .* transposed, 144,016 bytes, and .* are free"):
        memory.recall(CUES)
    with pytest.raises(ValueError, match="temperature must be 0 for patterns whose transposed copy does not fit"):
        memory.recall(CUES, update="sync", temperature=1.0)
    with pytest.raises(ValueError, match="interaction must be Exponential, which decides alike"):
        hb.DenseAssociativeMemory(PATTERNS, hb.LogSumExp(0.1)).fields(CUES)
    with pytest.raises(ValueError, match="interaction must keep sums over K=9001 patterns within int64 for D=70"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(30)).fields(CUES)
    with pytest.raises(ValueError, match="weights must be None for patterns whose"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3), np.arange(9001) % 3).fields(CUES)


def test_a_file_with_both_layouts_needs_none(narrow, tmp_path):
    pytest.importorskip("safetensors")
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    memory.save(tmp_path / "m", layouts="both")
    loaded = hb.DenseAssociativeMemory.load(tmp_path / "m", verify=False)
    np.testing.assert_array_equal(loaded.recall(PATTERNS[:2], rng=1).states, PATTERNS[:2])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not say what a process holds")
def test_a_mapped_file_takes_little_memory_of_ones_own(tmp_path):
    """400 MB of patterns: overlaps, nearest, posterior, energies, fields, an update and couplings, in 230 MB."""
    pytest.importorskip("safetensors")
    code = """
        import os, re, resource
        from pathlib import Path
        import hebbfast as hb
        hb.PackedPatterns.random(25_000_000, 128, rng=0).save("big")
        if os.fork():
            _, status = os.wait()
            os._exit(os.waitstatus_to_exitcode(status))
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        def anonymous(): return 1024 * int(re.search(r"RssAnon:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
        memory = hb.DenseAssociativeMemory.load("big") if False else None
    """
    del code, subprocess, sys, textwrap
