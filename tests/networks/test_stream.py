"""Patterns whose transposed copy would not fit: the same bits, way by way through the patterns, in bounded memory."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._work import free
from hebbfast.networks import _shards
from hebbfast.networks._stream import Streamed

PATTERNS = hb.random_patterns(9001, 70, rng=0)  # of three blocks, in `narrow`
CUES = hb.corrupt(PATTERNS[:5], flip=0.2, rng=1)
INTERACTIONS = [hb.Polynomial(2), hb.Polynomial(3, normalized=True), hb.RectifiedPolynomial(4), hb.Exponential(0.3)]


@pytest.fixture
def narrow(monkeypatch):
    """No memory for a second layout."""
    monkeypatch.setattr(free, "LARGE", 0)
    monkeypatch.setattr(free, "free_bytes", lambda: 1000)
    monkeypatch.setattr(_shards, "_BLOCK", 1 << 15)


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
            np.testing.assert_allclose(many, wanted, rtol=1e-11)
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
        np.testing.assert_allclose(mine.energy, theirs.energy, rtol=1e-11)


@pytest.mark.parametrize("interaction", [hb.Polynomial(2), hb.Polynomial(3), hb.RectifiedPolynomial(4)], ids=repr)
@pytest.mark.parametrize(
    ("weights", "bias"),
    [
        (np.arange(9001) % 5 - 1, None),
        (np.linspace(0.1, 2, 9001), None),
        (None, np.arange(70) * 2.25 - 60),
        (np.arange(9001) % 3, np.linspace(-1e6, 1e6, 70)),
    ],
    ids=["integers", "numbers", "bias", "both"],
)
def test_the_same_bits_with_weights_and_a_bias(narrow, monkeypatch, interaction, weights, bias):
    narrow_one = hb.DenseAssociativeMemory(PATTERNS, interaction, weights, bias)
    fields, energies = narrow_one.fields(CUES), narrow_one.energy(CUES)
    moved = narrow_one.recall(CUES, update="sync", max_sweeps=3)
    assert isinstance(narrow_one._kernel.memory, Streamed)
    monkeypatch.undo()
    wide = hb.DenseAssociativeMemory(PATTERNS, interaction, weights, bias)
    np.testing.assert_array_equal(fields, wide.fields(CUES))
    np.testing.assert_array_equal(energies, wide.energy(CUES))
    wanted = wide.recall(CUES, update="sync", max_sweeps=3)
    np.testing.assert_array_equal(moved.states, wanted.states)
    np.testing.assert_array_equal(moved.energy, wanted.energy)


def test_what_it_cannot_do_says_what_it_needs(narrow):
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    short = r"memory must have room for the patterns transposed, 144,016 bytes, and .* are free, or "
    with pytest.raises(MemoryError, match=short + "update must be 'sync' for patterns without that copy"):
        memory.recall(CUES)
    with pytest.raises(MemoryError, match=short + "temperature must be 0 for patterns without that copy"):
        memory.recall(CUES, update="sync", temperature=1.0)
    with pytest.raises(MemoryError, match=short + "interaction must be Exponential, which decides alike"):
        hb.DenseAssociativeMemory(PATTERNS, hb.LogSumExp(0.1)).fields(CUES)
    with pytest.raises(MemoryError, match=short + "interaction must keep sums over K=9001 patterns within int64"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(30)).fields(CUES)
    with pytest.raises(MemoryError, match=short + "weights must be None for Exponential and patterns without"):
        hb.DenseAssociativeMemory(PATTERNS, hb.Exponential(0.1), np.arange(9001) % 3).fields(CUES)


def test_with_memory_again_it_can_do_all(narrow, monkeypatch):
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    fields = memory.fields(CUES)
    with pytest.raises(MemoryError):
        memory.recall(CUES)
    monkeypatch.undo()
    wanted = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3)).recall(CUES, rng=1, temperature=1.0, max_sweeps=2)
    np.testing.assert_array_equal(memory.recall(CUES, rng=1, temperature=1.0, max_sweeps=2).states, wanted.states)
    np.testing.assert_array_equal(memory.fields(CUES), fields)
    assert memory._columns.peek() is not None


def test_a_file_with_both_layouts_needs_none(narrow, tmp_path):
    pytest.importorskip("safetensors")
    memory = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3))
    memory.save(tmp_path / "m", layouts="both")
    loaded = hb.DenseAssociativeMemory.load(tmp_path / "m", verify=False)
    assert loaded._kernel.model
    wanted = hb.DenseAssociativeMemory(PATTERNS[:2], hb.Polynomial(3)).recall(CUES[:2], rng=1)
    hb.DenseAssociativeMemory(PATTERNS[:2], hb.Polynomial(3)).save(tmp_path / "m", layouts="both")
    loaded = hb.DenseAssociativeMemory.load(tmp_path / "m", verify=False)
    np.testing.assert_array_equal(loaded.recall(CUES[:2], rng=1).states, wanted.states)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say what a process holds")
@pytest.mark.not_sanitized(reason="it takes addresses of its own")
def test_a_mapped_file_takes_little_memory_of_ones_own(tmp_path):
    """144 MB of patterns in a process that may have 135 MB beside them: all that goes one way through them does."""
    pytest.importorskip("safetensors")
    code = """
        import resource
        from pathlib import Path
        import numpy as np, hebbfast as hb
        from hebbfast._work import free
        free.LARGE = 0  # this is large here
        few = hb.PackedPatterns.random(1000, 128, rng=0)
        words = np.tile(few.words, (9000, 1))
        hb.bits.packed(words, 128).save("big")
        del words
        memory = hb.DenseAssociativeMemory(hb.PackedPatterns.load("big", verify=False))
        small = hb.DenseAssociativeMemory(few)
        cue = hb.corrupt(few[7], flips=20, rng=1)
        posterior = small.posterior(cue, flip=0.2)  # what is imported late has been
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 135_000_000, -1))
        many = 9000  # times each pattern, so sums are so many times as large
        print(np.array_equal(memory.overlaps(cue)[-1000:], small.overlaps(cue)))
        print(memory.nearest(cue).index[0] == 7)
        print(np.isclose(memory.posterior(cue, flip=0.2).probability[0] * many, posterior.probability[0]))
        print(memory.energy(cue) == many * small.energy(cue))
        print(np.array_equal(memory.fields(cue), many * small.fields(cue)))
        moved = [one.recall(cue, update="sync", max_sweeps=1).states for one in (memory, small)]
        print(np.array_equal(*moved))
        couplings = [hb.learning.activity_product(one.patterns) for one in (memory, small)]
        print(np.array_equal(couplings[0], many * couplings[1]))
        try:
            memory.recall(cue)
        except MemoryError as error:
            print("transposed, 144,000,000 bytes" in str(error))
    """
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(code)], cwd=tmp_path, capture_output=True, text=True, timeout=240,
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},  # each thread's would be 64 MB of addresses
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (["True"] * 8, "")
