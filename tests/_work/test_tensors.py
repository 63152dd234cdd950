"""Objects in files: safetensors' own reader as the oracle; whole or not at all; nothing that a file says on trust."""

import json
import os
import random
import resource
import subprocess
import sys
import textwrap
import time
import zlib
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._work import tensors

library = pytest.importorskip("safetensors.numpy")

ARRAYS = {
    "a": np.arange(7, dtype=np.int8),
    "b": np.arange(12, dtype=np.uint64).reshape(3, 4),
    "c": np.linspace(0, 1, 5),
    "d": np.empty(0, dtype=np.uint32),
}
WANTED = {"a": ("I8", 1), "b": ("U64", 2), "c": ("F64", 1), "d": ("U32", 1)}


def header_of(path):
    data = path.read_bytes()
    return json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])


def rewrite(path, edit):
    """Edit the header of a file, its checksum and offsets made good."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    edit(header)
    metadata = header["__metadata__"]
    facts = [[name, metadata.get(name)] for name in ("format", "version", "kind", "parameters", "sums")]
    arrays = sorted((name, (e["dtype"], e["shape"])) for name, e in header.items() if name != "__metadata__")
    metadata["checksum"] = f"{zlib.crc32(json.dumps([facts, arrays]).encode()):08x}"
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def test_the_library_reads_the_same(tmp_path):
    path = tmp_path / "x"
    tensors.write_tensors(path, "Thing", {"n": 3}, ARRAYS)
    found = library.load_file(path)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    sums = json.loads(header_of(path)["__metadata__"]["sums"])
    assert sums == {name: f"{zlib.crc32(array.tobytes()):08x}" for name, array in ARRAYS.items()}
    assert (8 + int.from_bytes(path.read_bytes()[:8], "little")) % 64 == 0  # where the first array begins


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("verify", [True, False, None])
def test_both_ways_of_loading(tmp_path, mmap, verify):
    tensors.write_tensors(tmp_path / "x", "Thing", {"n": 3}, ARRAYS)
    found = tensors.read_tensors(tmp_path / "x", "Thing", WANTED, ["n"], mmap=mmap, verify=verify)
    assert found.parameters == {"n": 3}
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found.arrays[name], array)
    assert (found.verified, found.trusted) == (verify is not False, verify is False)


@pytest.mark.parametrize("mmap", [True, False])
def test_every_flipped_bit_is_seen(tmp_path, mmap):
    path = tmp_path / "x"
    tensors.write_tensors(path, "Thing", {"n": 3}, ARRAYS)
    whole = path.read_bytes()
    data = whole.index(ARRAYS["b"].tobytes())
    padding = len(whole[:data].rstrip())
    rng = random.Random(0)
    for place in range(mmap, len(whole), 2):
        if padding <= place < data or whole[place : place + 1].isspace():
            continue  # other blanks between header and arrays, or in the JSON, mean the same
        bad = bytearray(whole)
        bad[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=f"written by Thing.save, got '{path}': "):
            tensors.read_tensors(path, "Thing", WANTED, ["n"], mmap=mmap)


def test_what_is_not_known_is_refused(tmp_path):
    path = tmp_path / "x"

    def refused(match, edit, wanted=WANTED, parameters=("n",)):
        tensors.write_tensors(path, "Thing", {"n": 3}, ARRAYS)
        rewrite(path, edit)
        with pytest.raises(ValueError, match=f"path must name a file written by Thing.save, got '{path}': {match}"):
            tensors.read_tensors(path, "Thing", wanted, list(parameters))

    def parameters(value):
        return lambda header: header["__metadata__"].update(parameters=value)

    refused("this version of hebbfast reads format 1, not 2", lambda h: h["__metadata__"].update(version="2"))
    refused("its metadata are not those of hebbfast", lambda h: h["__metadata__"].update(format="pt"))
    refused("it holds a Other, which Other.load reads", lambda h: h["__metadata__"].update(kind="Other"))
    refused("it holds 'new', which this version of hebbfast does not know", parameters('{"n": 3, "new": 1}'))
    refused("it has no parameter 'n'", parameters("{}"))
    refused("its metadata are damaged", parameters("[]"))
    refused("its metadata are damaged", parameters("[" * 10_000))
    refused("its metadata are damaged", lambda h: h["__metadata__"].update(sums="{}"))
    refused("it holds 'd', which this version", lambda h: None, {n: w for n, w in WANTED.items() if n != "d"})
    refused("it has no array 'e'", lambda h: None, {**WANTED, "e": ("U64", 1)})
    refused("a of I8 and shape", lambda h: None, {**WANTED, "a": ("I64 I32", 1)})
    refused("b of U64 and shape", lambda h: None, {**WANTED, "b": ("U64", 1)})
    tensors.write_tensors(path, "Thing", {"n": 3}, ARRAYS)
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    with pytest.raises(ValueError, match="path must name a file"):
        tensors.read_tensors(path, "Thing", WANTED, ["n"])
    with pytest.raises(FileNotFoundError, match="no such file"):
        tensors.read_tensors(tmp_path, "Thing", WANTED, ["n"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="sparse files, and faults counted as Linux does")
def test_a_huge_file_opens_at_once_and_is_shared(tmp_path):
    """8 GB that take no room on the disk: mapped as shared, and not read."""
    path, shape = tmp_path / "huge", (125_000_000, 8)
    arrays = {"words": np.broadcast_to(np.uint64(0), shape)}  # its size without its memory
    text = json.dumps({"units": 500, "interaction": {"class": "Polynomial", "parameters": {"degree": 3}}})
    header = tensors._header("DenseAssociativeMemory", text, arrays, {"words": 0})
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(len(header) + 64 * shape[0])
    hb.PackedPatterns([[1, 1]]).save(tmp_path / "small")  # imports are not counted
    hb.PackedPatterns.load(tmp_path / "small")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    memory = hb.DenseAssociativeMemory.load(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 3000  # 16 pages a fault: 120,000 for all
    assert memory.patterns.shape == (shape[0], 500)
    assert memory.patterns[-2:].overlaps(-np.ones(500, np.int8)).tolist() == [500, 500]
    maps = Path("/proc/self/maps").read_text().splitlines()
    assert [line.split()[1] for line in maps if line.endswith(str(path))] == ["r--s"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_at_any_moment(tmp_path):
    """Ten kills of a process that saves again and again: what is there is one of its two memories, whole."""
    path = tmp_path / "memory"
    program = f"""
        import hebbfast as hb
        a, b = (hb.DenseAssociativeMemory(hb.PackedPatterns.random(3000, 999, rng=seed)) for seed in (1, 2))
        a.save({str(path)!r})
        print("go", flush=True)
        while True:
            b.save({str(path)!r}, layouts="both")
            a.save({str(path)!r})
    """
    wanted = [hb.PackedPatterns.random(3000, 999, rng=seed) for seed in (1, 2)]
    seen, rng = set(), random.Random(1)
    for _ in range(10):
        with subprocess.Popen([sys.executable, "-P", "-c", textwrap.dedent(program)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout.readline() == b"go\n"
            time.sleep(rng.random() * 0.05)
            writer.kill()
        seen.add(wanted.index(hb.DenseAssociativeMemory.load(path, verify=True).patterns))
    assert seen <= {0, 1}
    hb.DenseAssociativeMemory(wanted[0]).save(path)  # no leftover is in the way
    assert hb.DenseAssociativeMemory.load(path).patterns == wanted[0]


def test_safetensors_that_memory_is_refused_for_is_not_missing(tmp_path, monkeypatch):
    (tmp_path / "safetensors.py").write_text("raise ImportError('cannot allocate memory')")
    monkeypatch.delitem(sys.modules, "safetensors", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="cannot allocate memory"):
        tensors._safetensors()
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r'files of hebbfast need safetensors: pip install "hebbfast\[files\]"'):
        tensors._safetensors()
