"""Networks in files: what comes back gives the same bits, and what is not right is refused."""

import dataclasses
import json

import numpy as np
import pytest
from scipy import sparse

import hebbfast as hb
from hebbfast._work import tensors

pytest.importorskip("safetensors")

PATTERNS = hb.random_patterns(150, 90, rng=0)
CUES = hb.corrupt(PATTERNS[:40], flip=0.15, rng=1)
WAYS = [(mmap, verify) for mmap in (True, False) for verify in (None, True, False)]
SYMMETRIC = np.random.default_rng(0).integers(-5, 6, (40, 40))
SYMMETRIC = np.triu(SYMMETRIC, 1) + np.triu(SYMMETRIC, 1).T


@dataclasses.dataclass(frozen=True)
class Cubic:
    gain: float = 2.0

    def __call__(self, overlap):
        return self.gain * np.asarray(overlap, dtype=np.float64) ** 3 / 3

    def weights(self, units, patterns):
        s = np.arange(1 - units, units, 2)
        return self.gain * ((s + 1.0) ** 3 - (s - 1.0) ** 3)


@pytest.mark.parametrize(
    "interaction", [hb.Polynomial(3), hb.RectifiedPolynomial(30, normalized=True), hb.Exponential(0.3)], ids=repr
)
@pytest.mark.parametrize("layouts", ["rows", "both"])
def test_memories(tmp_path, interaction, layouts):
    memory, path = hb.DenseAssociativeMemory(PATTERNS, interaction), tmp_path / "m"
    memory.save(path, layouts=layouts)
    wanted = memory.recall(CUES, rng=2)
    for mmap, verify in WAYS:
        loaded = hb.DenseAssociativeMemory.load(path, mmap=mmap, verify=verify)
        assert loaded.patterns == memory.patterns
        assert loaded.interaction == interaction
        found = loaded.recall(CUES, rng=2)
        np.testing.assert_array_equal(found.states, wanted.states)
        np.testing.assert_array_equal(found.energy, wanted.energy)
        assert len(loaded.store(PATTERNS[:2])) == 152


def test_an_interaction_of_ones_own_is_asked_for(tmp_path):
    path = tmp_path / "m"
    hb.DenseAssociativeMemory(PATTERNS, Cubic(4.0)).save(path)
    with pytest.raises(ValueError, match=r"interaction must be given to load it, .* own \S*Cubic\(gain=4.0\)"):
        hb.DenseAssociativeMemory.load(path)
    assert hb.DenseAssociativeMemory.load(path, interaction=Cubic(3.0)).interaction == Cubic(3.0)


@pytest.mark.parametrize(
    "couplings",
    [
        SYMMETRIC,
        SYMMETRIC * 1000,
        SYMMETRIC * 10**6,
        SYMMETRIC * 0.1,
        SYMMETRIC * 2.0**-900,
        np.triu(SYMMETRIC),
        np.zeros((40, 40)),
        sparse.csr_array(SYMMETRIC * (abs(SYMMETRIC) > 3)),
        sparse.csr_array(SYMMETRIC * 0.1),
        sparse.csr_array((40, 40)),
    ],
    ids=["8", "16", "32", "64", "tiny", "asymmetric", "none", "sparse 16", "sparse 64", "sparse none"],
)
def test_couplings(tmp_path, couplings):
    network, path = hb.HopfieldNetwork(couplings, bias=np.arange(40) * 0.25), tmp_path / "h"
    network.save(path)
    states = hb.random_patterns(20, 40, rng=3)
    for mmap, verify in WAYS:
        loaded = hb.HopfieldNetwork.load(path, mmap=mmap, verify=verify)
        assert repr(loaded) == repr(network)
        mine, theirs = (
            n.couplings.toarray() if sparse.issparse(n.couplings) else n.couplings for n in (network, loaded)
        )
        np.testing.assert_array_equal(theirs, mine)
        np.testing.assert_array_equal(loaded.bias, network.bias)
        np.testing.assert_array_equal(loaded.recall(states, rng=4).states, network.recall(states, rng=4).states)


def test_sequences(tmp_path):
    memory = hb.SequenceMemory(PATTERNS, hb.Exponential(0.4), successor=np.arange(150)[::-1])
    memory.save(tmp_path / "s")
    for mmap, verify in WAYS:
        loaded = hb.SequenceMemory.load(tmp_path / "s", mmap=mmap, verify=verify)
        np.testing.assert_array_equal(loaded.successor, memory.successor)
        assert loaded.replay(CUES, steps=3) == memory.replay(CUES, steps=3)


LEARNED = {
    "perceptron": lambda x: hb.learning.perceptron(x),
    "projection": lambda x: hb.learning.projection(x),
    "stability": lambda x: hb.learning.maximal_stability(x),
    "redundancy": lambda x: hb.learning.redundancy(x[:4], epochs=3, rng=0),
}


@pytest.mark.parametrize("rule", LEARNED)
def test_learned_records(tmp_path, rule):
    learned = LEARNED[rule](PATTERNS[:20])
    learned.save(tmp_path / "l")
    loaded = hb.learning.Learned.load(tmp_path / "l")
    assert loaded == learned
    assert type(loaded) is type(learned)


def refused(path, load, match, kind, parameters, arrays):
    """A file whose checksums are right and whose contents are not."""
    tensors.write_tensors(path, kind, parameters, arrays)
    for mmap, verify in WAYS[:2] + WAYS[3:5]:
        with pytest.raises(ValueError, match=f"written by {kind}.save, got '{path}': .*{match}"):
            load(path, mmap=mmap, verify=verify)


@pytest.mark.parametrize(
    ("match", "change"),
    [
        ("words of shape", {"units": 64}),
        ("words of shape", {"units": "70"}),
        ("words of shape", {"units": True}),
        ("degree must be an integer", {"interaction": {"class": "Polynomial", "parameters": {"degree": 1}}}),
        ("degree must keep", {"interaction": {"class": "Polynomial", "parameters": {"degree": 10**6}}}),
        ("beta must be", {"interaction": {"class": "Exponential", "parameters": {"beta": 1e9}}}),
        ("unexpected keyword", {"interaction": {"class": "Exponential", "parameters": {"gamma": 1}}}),
        ("interaction must be given", {"interaction": {"class": "os.system", "parameters": {}}}),
        ("interaction must be given", {"interaction": {"class": "read_weights", "parameters": {}}}),
        ("interaction must be given", {"interaction": {"class": "Weights", "parameters": {}}}),
        ("", {"interaction": 7}),
        ("", {"interaction": {"class": "Polynomial", "parameters": 3}}),
        ("", {"interaction": {}}),
    ],
)
def test_memories_are_not_trusted(tmp_path, match, change):
    packed = hb.PackedPatterns(PATTERNS[:, :70])
    parameters = {"units": 70, "interaction": {"class": "Polynomial", "parameters": {"degree": 3}}, **change}
    load, kind = hb.DenseAssociativeMemory.load, "DenseAssociativeMemory"
    refused(tmp_path / "m", load, match, kind, parameters, {"words": packed.words})


def test_columns_are_compared_with_rows(tmp_path, monkeypatch):
    """Others would lead kernels out of their tables: also in a file too large to be verified when it is mapped."""
    packed, path = hb.PackedPatterns(PATTERNS), tmp_path / "m"
    parameters = {"units": 90, "interaction": {"class": "Polynomial", "parameters": {"degree": 3}}}
    wrong = packed.columns()
    wrong[5, 1] ^= np.uint64(4)
    load, kind = hb.DenseAssociativeMemory.load, "DenseAssociativeMemory"
    for columns in (wrong, packed.columns()[:80], packed.columns()[:, :2].copy()):
        refused(path, load, "columns", kind, parameters, {"words": packed.words, "columns": columns})
    tensors.write_tensors(path, kind, parameters, {"words": packed.words, "columns": wrong})
    monkeypatch.setattr(tensors, "_SMALL", 0)
    memory = load(path)
    np.testing.assert_array_equal(memory.overlaps(CUES), CUES.astype(int) @ PATTERNS.T)
    with pytest.raises(ValueError, match="columns are not the patterns, transposed"):
        memory.recall(CUES)
    tensors.write_tensors(path, kind, parameters, {"words": packed.words, "columns": packed.columns()})
    wanted = hb.DenseAssociativeMemory(PATTERNS, hb.Polynomial(3)).recall(CUES, rng=0).states
    np.testing.assert_array_equal(load(path).recall(CUES, rng=0).states, wanted)


INT32 = np.zeros(4, np.int32)
RING = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]], dtype=np.int16)


@pytest.mark.parametrize(
    ("match", "parameters", "arrays"),
    [
        ("parameters", {"scale": 0.0}, {}),
        ("parameters", {"scale": 1}, {}),
        ("parameters", {"symmetric": 1}, {}),
        ("said to be symmetric", {}, {"outgoing": np.triu(RING)}),
        ("coupled to itself", {}, {"outgoing": RING + np.eye(4, dtype=np.int16)}),
        ("do not fit int32", {}, {"outgoing": RING.astype(np.int32) * 2**30}),
        ("do not fit int32", {}, {"bias": INT32 + 2**30}),
        ("do not fit int64", {}, {"outgoing": RING.astype(np.int64) * 2**61, "bias": np.zeros(4, np.int64)}),
        ("does not fit couplings", {}, {"bias": np.zeros(4, np.int64)}),
        ("does not fit couplings", {}, {"bias": INT32[:0]}),
        ("do not fit 3 units", {}, {"bias": INT32[:3]}),
        ("arrays bias are not", {}, {"outgoing": None}),
        ("arrays bias, outgoing, starts", {}, {"starts": np.arange(5)}),
    ],
)
def test_couplings_are_not_trusted(tmp_path, match, parameters, arrays):
    arrays = {"outgoing": RING, "bias": INT32, **arrays}
    arrays = {name: array for name, array in arrays.items() if array is not None}
    parameters = {"scale": 1.0, "symmetric": True, **parameters}
    refused(tmp_path / "h", hb.HopfieldNetwork.load, match, "HopfieldNetwork", parameters, arrays)


@pytest.mark.parametrize(
    ("match", "arrays"),
    [
        ("lead out of 4 units", {"targets": np.array([1, 0, 3, 4], np.uint32)}),
        ("lead out of 4 units", {"starts": np.array([0, 3, 2, 3, 4])}),
        ("do not fit 4 units", {"starts": np.array([0, 1, 2, 3])}),
        ("do not fit 4 units", {"starts": np.array([0, 1, 2, 3, 9])}),
        ("do not fit 4 units", {"values": np.ones(3, np.int16)}),
        ("coupled to itself", {"targets": np.array([0, 0, 3, 2], np.uint32)}),
        ("said to be symmetric", {"targets": np.array([1, 2, 3, 0], np.uint32)}),
    ],
)
def test_sparse_couplings_are_not_trusted(tmp_path, match, arrays):
    whole = {
        "starts": np.arange(5), "targets": np.array([1, 0, 3, 2], np.uint32), "values": np.ones(4, np.int16),
        "bias": INT32,
    }  # fmt: skip
    parameters = {"scale": 1.0, "symmetric": True}
    refused(tmp_path / "h", hb.HopfieldNetwork.load, match, "HopfieldNetwork", parameters, {**whole, **arrays})


def test_a_full_disk_or_a_wrong_word_leaves_the_old_file(tmp_path, monkeypatch):
    memory, path = hb.DenseAssociativeMemory(PATTERNS), tmp_path / "m"
    memory.save(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="layouts must be one of 'rows', 'both', got 'columns'"):
        memory.save(path, layouts="columns")

    def full(file, array):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensors, "_write", full)
    with pytest.raises(OSError, match=f"path must name a file that can be written, got '{path}': No space left"):
        memory.store(PATTERNS).save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m"]
    assert json.loads(before[8 : 8 + int.from_bytes(before[:8], "little")])["__metadata__"]["version"] == "1"


@pytest.mark.parametrize("wrong", [None, 3, 1.5, ["a"], np.zeros(3)], ids=repr)
@pytest.mark.parametrize(
    "kind",
    [
        hb.PackedPatterns,
        hb.DenseAssociativeMemory,
        hb.HopfieldNetwork,
        hb.SequenceMemory,
        hb.BoltzmannMachine,
        hb.learning.Learned,
    ],
)
def test_what_is_no_path_is_refused_by_name(kind, wrong):
    with pytest.raises(TypeError, match="path must be a path, got"):
        kind.load(wrong)
