"""Files of every format that has been released: this version and all later ones read them, and refuse what is wrong."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import files
from hebbfast.experiments.store import Store

pytest.importorskip("safetensors")

TREE = Path(__file__).parent.parent.parent
DATA = TREE / "tests" / "data"


def formula(patterns, units):
    """(K, D): +1 where the square of 7 μ + 3 i + μ i leaves 0, 1 or 4 modulo 11, for ci/golden has made them so."""
    signs = [
        [1 if (7 * k + 3 * i + k * i) ** 2 % 11 in (0, 1, 4) else -1 for i in range(units)] for k in range(patterns)
    ]
    return np.array(signs)


SIGNS = formula(9, 70)
COUPLINGS = np.array([[((5 * i + 5 * j + i * j) % 7 - 3) * (i != j) for j in range(12)] for i in range(12)])
ROOTS = np.sqrt(1 + np.add.outer(np.arange(12), np.arange(12)))
BIAS = np.arange(12) * 0.5


def packed(name):
    for mmap in (True, False):
        np.testing.assert_array_equal(hb.PackedPatterns.load(DATA / name, mmap=mmap).unpack(), SIGNS)
    np.testing.assert_array_equal(files.read(DATA / name)[0].unpack(), SIGNS)


def dense(name, interaction):
    for verify in (True, False):
        memory = hb.DenseAssociativeMemory.load(DATA / name, verify=verify)
        np.testing.assert_array_equal(memory.patterns.unpack(), SIGNS)
        assert memory.interaction == interaction
        overlaps = SIGNS @ SIGNS[0]
        np.testing.assert_allclose(memory.energy(SIGNS[0]), -np.sum(interaction(overlaps)), rtol=1e-14)
        assert memory.fields(SIGNS[0]).shape == (70,)


def sequence(name):
    memory = hb.SequenceMemory.load(DATA / name)
    np.testing.assert_array_equal(memory.patterns.unpack(), SIGNS)
    assert memory.successor.tolist() == [8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert memory.interaction == hb.RectifiedPolynomial(3)
    assert (memory.mix, memory.past) == (0.5, 2)


def couplings(name, wanted):
    network = hb.HopfieldNetwork.load(DATA / name)
    found = network.couplings
    np.testing.assert_allclose(found if isinstance(found, np.ndarray) else found.toarray(), wanted, rtol=1e-15)
    np.testing.assert_array_equal(network.bias, BIAS)


def learned(name):
    record, signs = hb.learning.Learned.load(DATA / name), formula(4, 20)
    projector = np.linalg.pinv(signs) @ signs
    np.testing.assert_allclose(record.projector, projector, atol=1e-13)
    np.testing.assert_allclose(record.couplings, projector - np.diag(projector.diagonal()), atol=1e-13)
    np.testing.assert_array_equal(record.patterns.unpack(), signs)
    assert (record.epochs, record.converged) == (1, True)


def store(name, folder):
    with Store(shutil.copy(DATA / name, folder), {"criterion": "pattern", "seed": 3}) as base:
        successes, overlaps = base.read(20, 4, 3)
    assert (successes.tolist(), overlaps.tolist()) == ([1, 0, 2], [40, -2, 80])


def tempering(name, folder):
    """A run that is at its end: the least energy of all 4096 states."""
    bits = (np.arange(4096)[:, None] >> np.arange(12)) & 1
    states = 2 * bits - 1
    least = (-0.5 * np.einsum("qi,ij,qj->q", states, COUPLINGS, states) - states @ BIAS).min()
    found = hb.parallel_tempering(
        hb.HopfieldNetwork(COUPLINGS, BIAS), temperatures=[1.0, 2.0, 4.0], sweeps=20, observables=(), rng=5,
        store=shutil.copy(DATA / name, folder),
    )  # fmt: skip
    assert found.best_energy == least


GOLDEN = {
    "first.safetensors": lambda name, _: packed(name),  # no version
    "second.safetensors": lambda name, _: packed(name),  # no checksums
    "packed-1.safetensors": lambda name, _: packed(name),
    "dense-1.safetensors": lambda name, _: dense(name, hb.Polynomial(3)),
    "dense-both-1.safetensors": lambda name, _: dense(name, hb.Exponential(0.25)),
    "sequence-1.safetensors": lambda name, _: sequence(name),
    "couplings-1.safetensors": lambda name, _: couplings(name, COUPLINGS),
    "couplings-wide-1.safetensors": lambda name, _: couplings(name, COUPLINGS * ROOTS),
    "sparse-1.safetensors": lambda name, _: couplings(name, COUPLINGS * (COUPLINGS > 1)),
    "learned-1.safetensors": lambda name, _: learned(name),
    "store-2.sqlite": store,
    "tempering-1.npz": tempering,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_files(tmp_path, name):
    GOLDEN[name](name, tmp_path)


def test_every_golden_file_is_read():
    assert {path.name for path in DATA.iterdir()} == set(GOLDEN)


@pytest.mark.not_sanitized(reason="it needs the addresses that are limited")
def test_a_few_hundred_mutated_inputs():
    """ci/fuzz, which bends files of all kinds; a person runs it for 200,000."""
    command = [sys.executable, TREE / "ci" / "fuzz", "--count", "500", "--seed", "11"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "500 inputs with seed 11" in done.stdout
