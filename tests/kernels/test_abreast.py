"""Chains abreast: the bridge against its twin at every level, its table of chances, and what it refuses."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels.twin import abreast as twin
from hebbfast.bits import aligned_bytes, empty_words


def chains(module, units, weighted, count=5, seed=0):
    """A random network of couplings ±1, or of larger ones, and `count` chains, as the kernels take them."""
    rng = np.random.default_rng(seed)
    dense = np.triu(rng.integers(1, 4 if weighted else 2, (units, units)) * rng.choice([-1, 0, 1], (units, units)), 1)
    dense = dense + dense.T
    sources, targets, weights = [], [], []
    for j in range(units):
        for sign in (1, -1):
            for i in np.flatnonzero(sign * dense[:, j] > 0):
                sources.append(j), targets.append(i), weights.append(dense[i, j])
    degrees = np.bincount(sources, minlength=units)
    starts = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int64)
    negative = -np.minimum(dense, 0).sum(axis=1)
    bias = rng.integers(-2, 3, units)
    base = bias - dense.sum(axis=1) - (0 if weighted else 2 * negative)  # of a = 0
    numbers = np.arange(base.min() - 2 * negative.max() - 2, base.max() + 2 * 3 * units + 2)
    halves = np.concatenate([numbers[numbers % 2 == 0], numbers[numbers % 2 == 1]])
    places = [int(np.flatnonzero(halves == b)[0]) for b in base]
    model = module.Neighbours(
        starts,
        starts[:-1] + (dense > 0).sum(axis=0),
        np.array(targets, dtype=np.uint32),
        np.array(weights, dtype=np.int16) if weighted else None,
        3,
        2,
        base.astype(np.int32),
        np.array(places, dtype=np.int32),
        halves.astype(np.int32),
        0.25,
    )
    signs = rng.choice(np.array([-1, 1], dtype=np.int8), (count, units))
    words = empty_words(count, units)
    _kernels.pack(signs, words)
    resting = np.zeros((units, 64), dtype=np.int16 if weighted else np.uint8)
    if not weighted:
        resting[...] = negative[:, None]
    progress = np.zeros((count, _kernels.PROGRESS), dtype=np.int64)
    _kernels.seed(rng.integers(0, 2**63, (count, 2), dtype=np.uint64), progress)
    return model, words, resting.view(np.uint8), progress, 3 * dense, 3 * bias, signs


def results(module, units, weighted, metropolis, clamped, followed, each):
    model, words, fields, progress, couplings, bias, signs = chains(module, units, weighted)
    level = _kernels.active_level()
    up = np.empty((units, 64), dtype=np.int8)
    module.load_abreast(model, level, words, fields, up)
    best, sums = up.copy(), np.zeros((2, 64), dtype=np.int64)
    sums[:, : len(words)] = [int(s @ couplings @ s + 2 * bias @ s) for s in signs.astype(int)]
    energies = np.full((6, len(words)), np.nan) if followed else None
    visits = np.arange(0, units, 2, dtype=np.uint32) if clamped else None
    temperatures = np.array([4.0, 2.0, 2.0, 1.0, 0.25, 1e-3])[:, None] * (1 + np.arange(len(words)) % 3 if each else 1)
    room = aligned_bytes(module.abreast_bytes(model, each))
    module.run_abreast(
        model, level, fields, up, best, sums, progress, visits, temperatures, metropolis, energies, room
    )  # fmt: skip
    stored = empty_words(len(words), units), empty_words(len(words), units)
    module.store_abreast(level, up, stored[0])
    module.store_abreast(level, best, stored[1])
    used = slice(len(words))
    return (*stored, sums[:, used], progress, energies), couplings, bias


@pytest.mark.parametrize("level", _kernels.available_simd_levels())
@pytest.mark.parametrize("metropolis", [False, True])
@pytest.mark.parametrize(("units", "weighted"), [(1, False), (2, True), (65, False), (64, True), (150, False)])
def test_chains_are_those_of_the_twin(units, weighted, metropolis, level):
    for clamped, followed, each in ((False, True, False), (True, False, False), (False, True, True)):
        arguments = units, weighted, metropolis, clamped, followed, each
        with hb.use_simd_level(level):
            got, couplings, bias = results(_kernels, *arguments)
        expected, *_ = results(twin, *arguments)
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(one, other)
        for words, sums in zip(got[:2], got[2], strict=True):  # -2 E of the states, by the formula
            signs = np.empty((len(words), units), dtype=np.int8)
            _kernels.unpack(words, signs)
            s = signs.astype(int)
            assert ((s @ couplings * s).sum(axis=1) + 2 * s @ bias == sums).all()


def unmixed(draw):
    """The z whose draw this is: mix is one to one."""
    y = draw ^ draw >> 31 ^ draw >> 62
    y = y * pow(0x94D049BB133111EB, -1, 2**64) % 2**64
    y = y ^ y >> 27 ^ y >> 54
    y = y * pow(0xBF58476D1CE4E5B9, -1, 2**64) % 2**64
    return y ^ y >> 30 ^ y >> 60


@pytest.mark.parametrize("level", _kernels.available_simd_levels())
@pytest.mark.parametrize("metropolis", [False, True])
def test_draws_beside_a_chance(metropolis, level):
    """The first 16 bits leave these in doubt: x = 2^53 P - 1 is below the chance P, x = 2^53 P is not."""
    field, temperature = 0.75, 1.9
    chance = np.exp(-2 * field / temperature) if metropolis else 1 / (1 + np.exp(-2 * field / temperature))
    model = _kernels.Neighbours(
        *(np.array(a, dtype=np.int64) for a in ([0, 0], [0])), np.empty(0, np.uint32), None, 3, 2,
        *(np.array([a], dtype=np.int32) for a in (1, 0, 1)), 0.25,
    )  # fmt: skip
    progress, words = np.zeros((64, _kernels.PROGRESS), dtype=np.int64), np.full((64, 1), int(metropolis), np.uint64)
    for q in range(64):  # at most a few from 2^53 P, whose own last bit is not asked here
        z = unmixed(int(chance * 2**53) + 8 * (q - 32) << 11) - 1
        progress[q, _kernels.STREAM], progress[q, _kernels.INCREMENT] = (z + 2**63) % 2**64 - 2**63, 1
    up, fields, sums = np.empty((1, 64), np.int8), np.zeros((1, 64), np.uint8), np.zeros((2, 64), np.int64)
    room = aligned_bytes(_kernels.abreast_bytes(model, False))
    with hb.use_simd_level(level):
        j = _kernels.active_level()
    _kernels.load_abreast(model, j, words, fields, up)
    temperatures = np.array([[temperature]])
    _kernels.run_abreast(model, j, fields, up, up.copy(), sums, progress, None, temperatures, metropolis, None, room)
    below = np.delete(np.arange(64) < 32, 32)
    assert (np.delete(up[0] == (0 if metropolis else -1), 32) == below).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": np.array([0, 1, 3], dtype=np.int64)}, "targets must have as many"),
        ({"middles": np.array([0, 3], dtype=np.int64)}, "middles must lie between"),
        ({"targets": np.array([1, 2], dtype=np.uint32)}, "targets must be units"),
        ({"weights": np.array([1], dtype=np.int16)}, "weights must have the entries"),
        ({"places": np.zeros(1, dtype=np.int32)}, "an entry a unit"),
        ({"numbers": np.zeros(0, dtype=np.int32)}, "numbers must not be empty"),
    ],
)
def test_wrong_couplings(change, message):
    given = {
        "starts": np.array([0, 1, 2], dtype=np.int64),
        "middles": np.array([1, 2], dtype=np.int64),
        "targets": np.array([1, 0], dtype=np.uint32),
        "weights": None,
        "unit": 1,
        "step": 2,
        "base": np.array([-1, -1], dtype=np.int32),
        "places": np.array([0, 0], dtype=np.int32),
        "numbers": np.array([-1, 1], dtype=np.int32),
        "scale": 1.0,
    }
    assert _kernels.Neighbours(*given.values()) is not None
    with pytest.raises(ValueError, match=message):
        _kernels.Neighbours(*(given | change).values())


def test_wrong_arrays():
    model, words, fields, progress, *_ = chains(_kernels, 3, False)
    up, sums, room = (
        np.empty((3, 64), np.int8),
        np.zeros((2, 64), np.int64),
        aligned_bytes(_kernels.abreast_bytes(model, False)),
    )
    one, level = np.array([[1.0]]), _kernels.active_level()
    with pytest.raises(ValueError, match="level must be one that runs here, got 99"):
        _kernels.load_abreast(model, 99, words, fields, up)
    with pytest.raises(ValueError, match="fields must have shape"):
        _kernels.load_abreast(model, level, words, np.zeros((3, 128), np.uint8), up)
    with pytest.raises(ValueError, match="words must be up to 64"):
        _kernels.load_abreast(model, level, empty_words(65, 3), fields, up)
    with pytest.raises(ValueError, match="up must have shape"):
        _kernels.store_abreast(level, np.zeros((3, 32), np.int8), words)
    _kernels.load_abreast(model, level, words, fields, up)
    with pytest.raises(ValueError, match="temperatures must be above 0, got 0"):
        _kernels.run_abreast(model, level, fields, up, up, sums, progress, None, np.zeros((1, 1)), False, None, room)
    room64 = aligned_bytes(_kernels.abreast_bytes(model, True))
    with pytest.raises(ValueError, match="temperatures must have one column, or one a chain"):
        _kernels.run_abreast(model, level, fields, up, up, sums, progress, None, np.ones((1, 4)), False, None, room64)
    with pytest.raises(ValueError, match="visits must be units"):
        _kernels.run_abreast(
            model, level, fields, up, up, sums, progress, np.array([3], np.uint32), one, False, None, room
        )
    with pytest.raises(ValueError, match="energies must have shape"):
        _kernels.run_abreast(model, level, fields, up, up, sums, progress, None, one, False, np.zeros((1, 4)), room)
    with pytest.raises(ValueError, match="workspace must have at least"):
        _kernels.run_abreast(model, level, fields, up, up, sums, progress, None, one, False, None, room[:64])
