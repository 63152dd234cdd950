"""Recall by couplings against the twin, by equality, on every level."""

import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels import twin as reference
from hebbfast.bits import aligned_bytes, pack_signs

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


@pytest.mark.parametrize("units", [1, 63, 65, 130])
@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32])
def test_a_divisor_and_a_diagonal_that_is_left_out(pair, units, dtype):
    rng = np.random.default_rng(units)
    upper = np.triu(rng.integers(-9, 10, size=(units, units)), 1)
    outgoing, bias = (upper + upper.T).astype(dtype), rng.integers(-9, 10, size=units).astype(np.int32)
    model = pair.couplings(outgoing, bias, 2.0, own=12_345, divisor=7.0)
    cues = signs(rng, 12, units)
    model.check_fields(cues)
    model.check_recall(cues, limit=4)
    model.check_recall(cues, limit=4, order="sequential", temperature=0.3 * units**0.5)
    model.check_recall(cues, limit=4, temperature=2.0 * units**0.5)
    states, got = pack_signs(cues, "states"), np.empty(12)
    _kernels.coupling_energies(model.kernel, states, got, aligned_bytes(_kernels.workspace_bytes(model.kernel)))
    integers = [12_345 + int(s @ outgoing @ s) + 2 * int(bias @ s) for s in cues.astype(np.int64)]
    assert got.tolist() == [-0.5 * (n * 2.0 / 7.0) for n in integers]
    with pytest.raises(ValueError, match="own must be 0 and divisor 1 beside couplings of 64 bits"):
        pair.couplings(outgoing.astype(np.int64), bias.astype(np.int64), 2.0, own=1)


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


@pytest.mark.parametrize("units", [1, 2, 31, 32, 33, 63, 64, 65, 96, 97, 127, 128, 129])
@pytest.mark.parametrize("order", ["random", "sequential", "one", "a row a sweep", "a row a cue"])
@pytest.mark.parametrize("symmetric", [True, False])
def test_small_states_in_lock_step(pair, units, order, symmetric):
    """Batches of few units move side by side: whoever ends first waits for the others, and is not touched."""
    rng = np.random.default_rng(units)
    most = min(127, 60_000 // max(1, units) // 2)
    outgoing = np.tril(rng.integers(-most, most + 1, size=(units, units)), -1).astype(np.int8)
    outgoing = outgoing + outgoing.T if symmetric else np.roll(outgoing, 1, axis=1) * (1 - np.eye(units, dtype=np.int8))
    bias = rng.integers(-9, 10, size=units).astype(np.int32)
    model = pair.couplings(outgoing, bias, 0.5, clean=units % 2 == 0)
    count = 21
    cues = signs(rng, count, units)
    cues[4:8] = model.check_recall(cues, limit=50)[0][4:8]  # four at rest
    rows = {"one": (1, 1), "a row a sweep": (1, 3), "a row a cue": (count, 2)}.get(order)
    visits = order if rows is None else rng.permuted(np.tile(np.arange(units), (*rows, 1)), axis=-1)
    for number, rules in enumerate(
        [{}, {"pieces": True}, {"budget": 1}, {"tie": "minus", "budget": 5 * units}, {"tie": "keep"}]
    ):
        model.check_recall(cues, limit=[1, 4, 30][number % 3], order=visits, seed=number, **rules)


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


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("room", [-1, 0, 16, 20, 40])
def test_room_of_half_fields(pair, units, room):
    """Fields of 16 bits with room for so many flips of the largest coupling; then fields of 32 must go on."""
    rng = np.random.default_rng(units)
    outgoing = rng.choice([-3, -1, 0, 1, 2, 3], size=(units, units)).astype(np.int8)
    outgoing[:, units // 2] *= 40  # a receiver of large couplings, and one of none
    outgoing[:, units // 3] = 0
    np.fill_diagonal(outgoing, 0)
    bias = rng.integers(-9, 10, size=units).astype(np.int32)
    limit = max(0, int(np.abs(outgoing.astype(int)).sum(axis=0).max()) // 6 + 120 * room)
    model = pair.couplings(outgoing, bias, 0.25, limit=min(limit, 32767), clean=units % 2 == 0)
    cues = signs(rng, 20, units)
    model.check_fields(cues)
    for tie in TIES:
        model.check_recall(cues, limit=4, tie=tie, budget=300)
    model.check_recall(cues[:3], limit=4, pieces=True, order=rng.integers(0, units, 2 * units))
    model.check_recall(cues, limit=4, update="sync")
    model.check_recall(cues[:5], limit=3, temperature=20.0, clamp=rng.random(units) < 0.2)


@pytest.mark.parametrize("dtype", [np.int8, np.int64])
@pytest.mark.parametrize("seed", [8, 29])
def test_fields_that_flips_move_one_way(pair, seed, dtype):
    """Rows of one sign: each flip takes fields of 16 bits as far as it can, until all the room is used."""
    units, rng = 700, np.random.default_rng(seed)
    upper = np.triu(np.tile(rng.choice([-1, 1], size=(units, 1)), units), 1)
    outgoing = 127 * (upper + upper.T)
    cues = signs(rng, 3, units)
    if dtype == np.int64:
        noise = np.triu(rng.integers(-(2**20), 2**20, size=(units, units)), 1)
        outgoing = outgoing * 2**40 + noise + noise.T
    model = pair.couplings(outgoing.astype(dtype), np.zeros(units, np.int64 if dtype == np.int64 else np.int32), 1.0)
    for order in ("sequential", "random"):
        model.check_recall(cues, limit=4, order=order)


@pytest.mark.parametrize("tie", TIES)
@pytest.mark.parametrize("bias", [0, 1, -1])
def test_ties_of_half_fields(pair, tie, bias):
    """Zero rows and a bias alone; the parity of N tells a tie from half a field of zero."""
    outgoing = np.zeros((66, 66), np.int8)
    outgoing[:2, 2], outgoing[2, 3], outgoing[65, :65] = 1, -1, 1
    model = pair.couplings(outgoing, np.full(66, bias, np.int32), 1.0)
    cues = signs(np.random.default_rng(1), 30, 66)
    for order in ("random", "sequential", [65, 2, 0, 2]):
        model.check_recall(cues, tie=tie, order=order, limit=5)
    model.check_recall(cues, tie=tie, update="sync", limit=5)


def filtered(rng, units, symmetric):
    """Real couplings as integers: receivers of one huge one, of none but a bias, of tiny ones."""
    outgoing = (rng.normal(size=(units, units)) * 2.0**50 / units).astype(np.int64)
    outgoing[:, units // 2] >>= 30
    outgoing[0, units // 2] = 2**52
    outgoing[:, units // 3] = 0
    outgoing[:, units // 4] = rng.integers(-1, 2, units)
    if symmetric:
        outgoing = np.tril(outgoing, -1)
        outgoing += outgoing.T
    np.fill_diagonal(outgoing, 0)
    bias = rng.choice([0, 1, -1, 2**40, -(2**58), 2**49], size=units)
    return outgoing, bias


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("forced", [{}, {"asked": 1}, {"asked": 2}, {"limit": 2500}, {"limit": 0, "asked": 1}], ids=str)
def test_filter_of_wide_couplings(pair, units, symmetric, forced):
    rng = np.random.default_rng(units + symmetric)
    outgoing, bias = filtered(rng, units, symmetric)
    model = pair.couplings(outgoing, bias, 2.0**-50, clean=units % 2 == 0, **forced)
    cues = signs(rng, 12, units)
    for tie in TIES:
        model.check_recall(cues, limit=4, tie=tie, budget=300)
    model.check_recall(cues[:3], limit=4, pieces=True, order=rng.integers(0, units, 2 * units))
    model.check_recall(cues[:3], limit=4, order="sequential", temperature=[[1.0], [0.0]])
    model.check_recall(cues[:3], limit=2, update="sync")


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 128, 200])
@pytest.mark.parametrize("forced", [{}, {"asked": 2}], ids=str)
def test_fine_fields(pair, units, forced):
    """Symmetric real couplings of one scale at T > 0, and at T = 0 between; `asked`: every visit asks the couplings."""
    rng = np.random.default_rng(units)
    outgoing = np.triu((rng.normal(size=(units, units)) * 2.0**44).astype(np.int64), 1)
    outgoing += outgoing.T
    bias = rng.choice([0, 1, -1, 2**40, -(2**46)], size=units)
    model = pair.couplings(outgoing, bias, 2.0**-44, clean=units % 2 == 0, **forced)
    cues, heat = signs(rng, 5, units), units**0.5
    for order in ("random", "sequential", "replacement", rng.integers(0, units, 2 * units)):
        for rules in ({}, {"method": "metropolis"}, {"clamp": rng.random(units) < 0.2, "tie": "keep"}):
            model.check_recall(cues, limit=5, order=order, temperature=[[heat], [0.0], [0.3 * heat], [1e-9]], **rules)
    model.check_recall(cues, limit=4, pieces=True, budget=300, temperature=[[heat, 0.0, 0.3 * heat, 1e9, 1e-3]])
    model.check_recall(cues, limit=4, update="sync", temperature=heat)


@pytest.mark.parametrize("largest", [1, 3, 127, 128, 300, 2**15])
def test_filter_of_small_integers(pair, largest):
    """Ties that a correction of 8 bits finds, and those that need the couplings."""
    rng = np.random.default_rng(largest)
    outgoing = rng.integers(-largest, largest + 1, size=(70, 70))
    np.fill_diagonal(outgoing, 0)
    bias = rng.integers(-1, 2, size=70)
    cues = signs(rng, 12, 70)
    for tie in TIES:
        model = pair.couplings(outgoing, bias, 1.0, asked=largest % 2)
        model.check_recall(cues, limit=5, tie=tie, order="sequential")


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 130, 191])
@pytest.mark.parametrize("kind", ["symmetric", "asymmetric", "a zero", "a two"])
def test_couplings_of_one_size_as_bits(pair, units, kind):
    """Rows of bits, or of bytes where one coupling is none of ±1."""
    rng = np.random.default_rng(units)
    outgoing = rng.choice([-1, 1], (units, units)).astype(np.int8)
    if kind == "symmetric":
        outgoing = np.triu(outgoing) + np.triu(outgoing, 1).T
    np.fill_diagonal(outgoing, 0)
    if units > 1 and kind in ("a zero", "a two"):
        outgoing[units - 1, units // 2 - 1] = 0 if kind == "a zero" else 2
    model = pair.couplings(outgoing, rng.integers(-3, 4, units).astype(np.int32), 1.0, signs_from=1)
    states = signs(rng, 5, units)
    model.check_fields(states)
    heat = 0.7 * units**0.5
    for update in ("async", "sync"):
        model.check_recall(states, limit=5, update=update, tie="keep", pieces=update == "async")
        model.check_recall(states, limit=4, update=update, temperature=[[heat], [heat / 4]], budget=300)
    model.check_recall(states, limit=3, temperature=heat, method="metropolis", order="sequential")


def test_couplings_that_change(pair):
    """Without preparation the kernels read the array as it is."""
    rng = np.random.default_rng(1)
    outgoing, bias = filtered(rng, 65, True)
    model = _kernels.Couplings(outgoing, bias, 1.0, True, prepare=False)
    cue, got = signs(rng, 65), np.empty((2, 65), np.int8)
    outgoing *= -1
    fixed = _kernels.Couplings(outgoing.copy(), bias, 1.0, True)
    rules = pair.couplings(outgoing, bias, 1.0).dynamics(_kernels)
    for out, kernel in zip(got, (model, fixed), strict=True):
        _kernels.recall_one(kernel, rules, cue, out, 5, (1, 2))
    np.testing.assert_array_equal(*got)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64])
def test_energies_are_exact_sums_rounded_once(pair, dtype):
    """Against the twin, in Python integers; the largest int64 couplings leave nothing of a float64 sum."""
    rng = np.random.default_rng(9)
    for units in (1, 2, 63, 65, 200):
        most = {np.int8: 127, np.int16: 2**15 - 1, np.int32: 2**20}.get(dtype, 2**60 // units)
        upper = np.triu(rng.integers(-most, most + 1, size=(units, units)), 1)
        bias = rng.integers(-most, most + 1, size=units).astype(np.int64 if dtype is np.int64 else np.int32)
        model = pair.couplings((upper + upper.T).astype(dtype), bias, 2.0**-70)
        words, got, expected = model.words(signs(rng, 9, units)), np.full(9, np.nan), np.full(9, np.nan)
        with pair.canary(_kernels.workspace_bytes(model.kernel)) as workspace:
            _kernels.coupling_energies(model.kernel, words, got, workspace)
        reference.coupling_energies(model.twin, words, expected, np.empty(0, np.uint8))
        np.testing.assert_array_equal(got, expected)
    lopsided = pair.couplings(np.array([[0, 1], [0, 0]], dtype), bias[:2], 1.0)
    arguments = lopsided.kernel, np.zeros((9, 1), np.uint64), got
    with pair.canary(_kernels.workspace_bytes(lopsided.kernel)) as workspace:
        with pytest.raises(ValueError, match="couplings must be symmetric"):
            _kernels.coupling_energies(*arguments, workspace)


@pytest.mark.parametrize("method", ["heat_bath", "metropolis"])
@pytest.mark.parametrize("kind", ["signs", "bytes", "words", "wide"])
@pytest.mark.parametrize("units", [31, 32, 65, 140, 300])
def test_bouts(pair, units, kind, method):
    """Visits of neighbours are decided 32 at once, with fields of 16 bits, or of 32 where these have no room."""
    rng = np.random.default_rng(units)
    most, dtype = {
        "signs": (1, np.int8),
        "bytes": (120, np.int8),
        "words": (3000, np.int16),
        "wide": (2**44, np.int64),
    }[kind]
    outgoing = rng.choice([-1, 1], (units, units)) if kind == "signs" else rng.integers(-most, most + 1, (units, units))
    outgoing = np.triu(outgoing, 1) + np.triu(outgoing, 1).T
    bias = rng.integers(-most, most + 1, units).astype(np.int64 if kind == "wide" else np.int32)
    cues, heat = signs(rng, 3, units), 0.6 * most * units**0.5
    for limit in (32767, 0):
        model = pair.couplings(outgoing.astype(dtype), bias, 1.0, limit=limit, clean=units % 2 == 0)
        table = [[heat], [0.3 * heat], [heat * units**0.5], [0.0]]
        model.check_recall(cues, limit=5, order="sequential", temperature=table, method=method, seed=units)
        model.check_recall(cues, limit=4, order="sequential", temperature=heat, method=method, budget=150, pieces=True)


@pytest.mark.parametrize("dtype", [np.int8, np.int64])
def test_bouts_that_leave_16_bits(pair, dtype):
    """Units that all agree in the end: from fields around zero to half of 600 x 127, which 16 bits do not hold."""
    outgoing = np.full((600, 600), 127 if dtype is np.int8 else 127 * 2**40, dtype)
    np.fill_diagonal(outgoing, 0)
    bias = np.zeros(600, np.int64 if dtype is np.int64 else np.int32)
    model, step = pair.couplings(outgoing, bias, 1.0), float(outgoing[0, 1])
    cue = signs(np.random.default_rng(1), 1, 600)
    for heats in ([20.0, 600.0, 3000.0], [2.0, 3000.0, 2.0]):
        table = np.array(heats)[:, None] * step
        states, _ = model.check_recall(cue, limit=4, order="sequential", temperature=table)
    assert abs(states.sum()) > 590
