"""Recall by couplings against the twin, by equality, on every level."""

import numpy as np
import pytest

from hebbfast import _kernels

SIZES = [1, 2, 7, 8, 9, 63, 64, 65, 127, 128, 129, 191, 192, 193, 511, 512, 513]
TIES = ["plus", "minus", "keep"]


def signs(rng, *shape):
    return (2 * rng.integers(0, 2, size=shape) - 1).astype(np.int8)


@pytest.mark.parametrize("units", SIZES)
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_couplings(pair, units, dtype):
    rng = np.random.default_rng(units)
    sums = np.int64 if dtype == np.int64 else np.int32
    largest = min(np.iinfo(dtype).max, (2**61 if dtype == np.int64 else 2**30) // (3 * units))
    outgoing = rng.integers(-largest, largest + 1, size=(units, units)).astype(dtype)
    bias = rng.integers(-largest, largest + 1, size=units).astype(sums)
    np.fill_diagonal(outgoing, 0)
    model = pair.couplings(outgoing, bias, 2.0**-7, clean=units % 2 == 0)
    cues = np.concatenate([signs(rng, 2, units), np.ones((1, units), np.int8), -np.ones((1, units), np.int8)])
    model.check_fields(cues)
    model.check_recall(cues, limit=4, tie=TIES[units % 3])
    model.check_recall(cues, limit=4, update="sync", clamp=rng.random(units) < 0.2)
    model.check_recall(cues, limit=3, temperature=float(largest) * units**0.5 / 128)


@pytest.mark.parametrize("units", [1, 3, 4, 15, 17, 64, 65, 130])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_couplings_of_many_states(pair, units, dtype):
    """First fields come in blocks of 64 states, and of fewer than 8 one by one: 71 states need both."""
    rng = np.random.default_rng(units)
    largest = np.iinfo(dtype).max if np.dtype(dtype).itemsize < 4 else 9
    outgoing = rng.choice([-largest - 1, largest, 1], size=(units, units)).astype(dtype)
    np.fill_diagonal(outgoing, 0)
    bias = rng.integers(-9, 10, size=units).astype(np.int64 if dtype == np.int64 else np.int32)
    outgoing = np.minimum(outgoing, outgoing.T) if units % 3 else outgoing  # symmetric ones give energies, too
    model = pair.couplings(outgoing, bias, 0.5, clean=units % 2 == 0)
    assert model.kernel.energies == (dtype != np.int64 and (outgoing == outgoing.T).all())
    cues = signs(rng, 71, units)
    model.check_fields(cues)
    model.check_recall(cues, limit=3, order="sequential", tie=TIES[units % 3])
    model.check_recall(cues[:40], limit=3, update="sync", budget=50)


def test_synchronous_cycles_and_ties(pair):
    # an antiferromagnetic pair and a zero column: cycles, ties and fixed points side by side
    outgoing = np.zeros((70, 70), dtype=np.int32)
    outgoing[0, 65] = outgoing[65, 0] = 1
    model = pair.couplings(outgoing, np.zeros(70, dtype=np.int32), 1.0)
    cues = np.ones((4, 70), dtype=np.int8)
    cues[1, 65], cues[2, 0], cues[3, [0, 65]] = -1, -1, -1
    for tie in TIES:
        _, progress = model.check_recall(cues, update="sync", tie=tie)
        assert progress[:, _kernels.STATUS].tolist() == [1, 2, 2, 1]
