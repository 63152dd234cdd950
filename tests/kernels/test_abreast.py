"""Chains abreast: the bridge against its twin at every level, its table of chances, and what it refuses."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels.twin import abreast as twin
from hebbfast.bits import aligned_bytes, empty_words


def chains(module, units, weighted, count=5, seed=0, reach=None, biased=True, width=64):
    """A random network of couplings ±1, or of larger ones, and `count` chains, as the kernels take them.

    With `reach` units are neighbours within so many places, those at the ends of a chain of fewer.
    """
    rng = np.random.default_rng(seed)
    dense = np.triu(rng.integers(1, 4 if weighted else 2, (units, units)) * rng.choice([-1, 0, 1], (units, units)), 1)
    if reach is not None:
        dense = np.triu(rng.choice([-1, 1], (units, units)), 1) * np.tri(units, units, reach, dtype=int)
    dense = dense + dense.T
    starts, middles, targets, weights = [0], [], [], []
    for j in range(units):
        positive, others = np.flatnonzero(dense[:, j] > 0), np.flatnonzero(dense[:, j] < 0)
        gaps = [] if weighted else [units] * (-(len(positive) + len(others)) % _kernels.NEIGHBOURS)
        targets += [*positive, *gaps, *others]
        weights += [*dense[positive, j], *dense[others, j]]
        middles.append(len(targets) - len(others))
        starts.append(len(targets))
    negative = -np.minimum(dense, 0).sum(axis=1)
    bias = rng.integers(-2, 3, units) * biased
    base = bias - dense.sum(axis=1) - (0 if weighted else 2 * negative)  # of a = 0
    numbers = np.arange(base.min() - 2 * negative.max() - 2, base.max() + 2 * 3 * units + 2)
    halves = np.concatenate([numbers[numbers % 2 == 0], numbers[numbers % 2 == 1]])
    places = [int(np.flatnonzero(halves == b)[0]) for b in base]
    model = module.Neighbours(
        np.array(starts, dtype=np.int64),
        np.array(middles, dtype=np.int64),
        np.array(targets, dtype=np.uint32),
        np.array(weights, dtype=np.int16) if weighted else None,
        3,
        2,
        base.astype(np.int32),
        bias.astype(np.int32),
        np.array(places, dtype=np.int32),
        halves.astype(np.int32),
        0.25,
    )
    signs = rng.choice(np.array([-1, 1], dtype=np.int8), (count, units))
    words = empty_words(count, units)
    _kernels.pack(signs, words)
    progress = np.zeros((count, _kernels.PROGRESS), dtype=np.int64)
    _kernels.seed(rng.integers(0, 2**63, (count, 2), dtype=np.uint64), progress)
    columns = np.zeros((units, -(-count // 64)), dtype=np.uint64)
    _kernels.transpose(words, units, columns, 0, count)
    up = np.zeros((units + 1, width // 64), dtype=np.uint64)
    up[:-1, : columns.shape[1]] = columns
    return model, up.reshape(-1), progress, 3 * dense, 3 * bias, signs


def kinds_of(couplings, bias):
    """Units by their degree and bias, numbered as they come."""
    seen = {}
    pairs = zip(np.count_nonzero(couplings, axis=0).tolist(), bias.tolist(), strict=True)
    return np.array([seen.setdefault(pair, len(seen)) for pair in pairs], dtype=np.int32)


def results(module, count, units, *, weighted=False, metropolis, clamped, followed, each=False, shared=None):
    """States, best ones, sums, progress, energies; `shared` (reach, is there a bias?) goes by multi-spin coding."""
    reach, biased = shared or (None, True)
    width = 512 if shared else 64
    model, up, progress, couplings, bias, signs = chains(module, units, weighted, count, 0, reach, biased, width)
    kinds, level = module.Kinds(model, kinds_of(couplings, bias)) if shared else None, _kernels.active_level()
    best, sums = up.copy(), np.zeros((2, width), dtype=np.int64)
    sums[:, :count] = [int(s @ couplings @ s + 2 * bias @ s) for s in signs.astype(int)]
    energies = np.full((6, count), np.nan) if followed else None
    visits = np.arange(0, units, 2, dtype=np.uint32) if clamped else None
    temperatures = np.array([4.0, 2.0, 2.0, 1.0, 0.25, 1e-3])[:, None] * (1 + np.arange(count) % 3 if each else 1)
    room = aligned_bytes(module.abreast_bytes(model, kinds, each))
    module.run_abreast(
        model, kinds, level, up, best, sums, progress, visits, temperatures, metropolis, energies, room
    )  # fmt: skip
    again = np.empty(width, dtype=np.int64)
    module.sum_abreast(model, kinds, level, up, again)
    assert (again[:count] == sums[0, :count]).all()
    used = np.packbits(np.arange(width) < count, bitorder="little").view("<u8")  # other bits are of no chain
    up, best = (of.reshape(-1, width // 64) & used for of in (up, best))
    return (up, best, sums[:, :count], progress, energies), couplings, bias


def assert_those_of_the_twin(level, count, units, **options):
    with hb.use_simd_level(level):
        got, couplings, bias = results(_kernels, count, units, **options)
    expected, *_ = results(twin, count, units, **options)
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    for bits, sums in zip(got[:2], got[2], strict=True):  # -2 E of the states, by the formula
        s = 2 * np.unpackbits(bits[:-1].view(np.uint8), axis=1, bitorder="little")[:, :count].T.astype(int) - 1
        assert ((s @ couplings * s).sum(axis=1) + 2 * s @ bias == sums).all()


@pytest.mark.parametrize("level", _kernels.available_simd_levels())
@pytest.mark.parametrize("metropolis", [False, True])
@pytest.mark.parametrize(
    ("count", "units", "weighted"), [(5, 1, False), (5, 2, True), (64, 65, False), (64, 64, True), (5, 210, False)]
)
def test_chains_are_those_of_the_twin(count, units, weighted, metropolis, level):
    for clamped, followed, each in ((False, True, False), (True, False, False), (False, True, True)):
        options = {"clamped": clamped, "followed": followed, "each": each, "metropolis": metropolis}
        assert_those_of_the_twin(level, count, units, weighted=weighted, **options)


@pytest.mark.parametrize("level", _kernels.available_simd_levels())
@pytest.mark.parametrize("metropolis", [False, True])
@pytest.mark.parametrize(
    ("count", "units", "reach", "biased"),
    [(3, 1, 0, True), (70, 5, 1, False), (130, 40, 3, False), (67, 40, 3, True), (66, 33, 6, True), (2, 70, 15, False)],
)
def test_shared_draws_are_those_of_the_twin(count, units, reach, biased, metropolis, level):
    """One to five digits of neighbours, kinds by degree and bias."""
    for clamped, followed in ((False, True), (True, False)):
        options = {"clamped": clamped, "followed": followed, "metropolis": metropolis}
        assert_those_of_the_twin(level, count, units, shared=(reach, biased), **options)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ([0, 0, 0], "units of a kind must have one place, and as many neighbours"),
        ([0, 2, 0], "kinds must be numbered as they come"),
        ([0, 1], "kinds must have an entry a unit"),
    ],
)
def test_wrong_kinds(kinds, message):
    model = chains(_kernels, 3, False, reach=1, biased=False)[0]  # degrees 1, 2, 1
    assert _kernels.Kinds(model, np.array([0, 1, 0], dtype=np.int32)) is not None
    with pytest.raises(ValueError, match=message):
        _kernels.Kinds(model, np.array(kinds, dtype=np.int32))


def test_networks_without_shared_draws():
    for given, message in (
        ({"units": 3, "weighted": True}, "neighbours must have no weights"),
        ({"units": 40, "weighted": False, "reach": 16, "biased": False}, "a unit must have up to 31 neighbours"),
    ):
        model, _, _, couplings, bias, _ = chains(_kernels, **given)
        with pytest.raises(ValueError, match=message):
            _kernels.Kinds(model, kinds_of(couplings, bias))


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
        *(np.array([a], dtype=np.int32) for a in (1, 1, 0, 1)), 0.25,
    )  # fmt: skip
    progress, up = (
        np.zeros((64, _kernels.PROGRESS), dtype=np.int64),
        np.array([2**64 - 1 if metropolis else 0, 0], np.uint64),
    )
    for q in range(64):  # at most a few from 2^53 P, whose own last bit is not asked here
        z = unmixed(int(chance * 2**53) + 8 * (q - 32) << 11) - 1
        progress[q, _kernels.STREAM], progress[q, _kernels.INCREMENT] = (z + 2**63) % 2**64 - 2**63, 1
    room, sums = aligned_bytes(_kernels.abreast_bytes(model, None, False)), np.zeros((2, 64), np.int64)
    with hb.use_simd_level(level):
        j = _kernels.active_level()
    temperatures = np.array([[temperature]])
    _kernels.run_abreast(model, None, j, up, up.copy(), sums, progress, None, temperatures, metropolis, None, room)
    below = np.delete(np.arange(64) < 32, 32)
    up = up[0] >> np.arange(64, dtype=np.uint64) & np.uint64(1) == (0 if metropolis else 1)
    assert (np.delete(up, 32) == below).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"starts": np.array([0, 1, 3], dtype=np.int64)}, "targets must have as many"),
        ({"middles": np.array([0, 3], dtype=np.int64)}, "middles must lie between"),
        ({"targets": np.array([1, 3], dtype=np.uint32)}, "targets must be units"),
        ({"weights": None}, "without weights targets must come by eights"),
        (
            {
                "weights": None,
                "targets": np.ones(1032, dtype=np.uint32),
                "starts": np.array([0, 1032, 1032], dtype=np.int64),
                "middles": np.array([1032, 1032], dtype=np.int64),
            },
            "without weights a unit must have up to 1024 targets",
        ),
        ({"weights": np.array([1], dtype=np.int16)}, "weights must have the entries"),
        ({"places": np.zeros(1, dtype=np.int32)}, "an entry a unit"),
        ({"bias": np.zeros(1, dtype=np.int32)}, "bias must have an entry a unit"),
        ({"numbers": np.zeros(0, dtype=np.int32)}, "numbers must not be empty"),
    ],
)
def test_wrong_couplings(change, message):
    given = {
        "starts": np.array([0, 1, 2], dtype=np.int64),
        "middles": np.array([1, 2], dtype=np.int64),
        "targets": np.array([1, 0], dtype=np.uint32),
        "weights": np.array([1, 1], dtype=np.int16),
        "unit": 1,
        "step": 2,
        "base": np.array([-1, -1], dtype=np.int32),
        "bias": np.array([0, 0], dtype=np.int32),
        "places": np.array([0, 0], dtype=np.int32),
        "numbers": np.array([-1, 1], dtype=np.int32),
        "scale": 1.0,
    }
    assert _kernels.Neighbours(*given.values()) is not None
    with pytest.raises(ValueError, match=message):
        _kernels.Neighbours(*(given | change).values())


def test_wrong_arrays():
    model, up, progress, *_ = chains(_kernels, 3, False)
    given = {
        "neighbours": model,
        "kinds": None,
        "level": _kernels.active_level(),
        "up": up,
        "best": up.copy(),
        "sums": np.zeros((2, 64), np.int64),
        "progress": progress,
        "visits": None,
        "temperatures": np.array([[1.0]]),
        "metropolis": False,
        "energies": None,
        "workspace": aligned_bytes(_kernels.abreast_bytes(model, None, True)),
    }
    _kernels.run_abreast(**given)
    for change, message in (
        ({"level": 99}, "level must be one that runs here, got 99"),
        ({"up": up[:3]}, "up and best must have words for all units"),
        ({"best": up[:3]}, "up and best must have words for all units"),
        ({"up": up | np.uint64(1)}, "the last words of up and best must be 0"),
        ({"sums": np.zeros((2, 63), np.int64)}, "sums must have shape"),
        ({"progress": np.zeros((65, _kernels.PROGRESS), np.int64)}, "progress must have up to 64 rows"),
        ({"temperatures": np.zeros((1, 1))}, "temperatures must be above 0, got 0"),
        ({"temperatures": np.ones((1, 4))}, "temperatures must have one column, or without kinds one a chain"),
        ({"visits": np.array([3], np.uint32)}, "visits must be units"),
        ({"energies": np.zeros((1, 4))}, "energies must have shape"),
        ({"workspace": aligned_bytes(64)}, "workspace must have at least"),
    ):
        with pytest.raises(ValueError, match=message):
            _kernels.run_abreast(**(given | change))
