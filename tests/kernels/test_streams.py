"""Random streams: published numbers, the twin by equality, and independence of streams that run side by side."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from hebbfast import _kernels
from hebbfast._kernels.twin import streams as reference
from hebbfast._kernels.twin.streams import Stream

GOLDEN = 0x9E3779B97F4A7C15
# The battery below makes fewer than 100 tests, each of which may fail by chance with probability 1e-8: in total 1e-6.
# The bound is that of a normal deviate; where a count is binomial or a sum is a chi squared one, its own tail is used.
SURE = 5.8  # P(|normal| > 5.8) = 6.7e-9


def signed(*numbers):
    return np.array(numbers, dtype=np.uint64).view(np.int64)


def words_of(seed, count):
    return np.random.default_rng(seed).integers(0, 2**64, size=(count, 2), dtype=np.uint64)


def table(words):
    streams = np.empty((len(words), 2), dtype=np.int64)
    _kernels.seed(words, streams)
    return streams


def drawn(streams, count):
    """`count` words of each stream: (streams, count)."""
    out = np.empty((len(streams), count, 1), dtype=np.uint64)
    _kernels.draw(streams, 64, out)
    return out[:, :, 0]


@pytest.mark.parametrize(
    ("seed", "published"),
    [
        # new java.util.SplittableRandom(0).nextLong(), and the vectors of Vigna's splitmix64.c
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]),
    ],
)
def test_the_golden_increment_gives_splitmix64(seed, published):
    stream = Stream(seed, GOLDEN)
    assert [stream.next() for _ in published] == published
    assert drawn(signed(seed, GOLDEN)[None], len(published))[0].tolist() == published


def java_split(seed, gamma):
    """`split()` as SplittableRandom.java has it: a child from the next draw and the mixed next seed; no code shared."""
    m = 2**64 - 1

    def shifted(z, by, factor):
        return ((z ^ (z >> by)) * factor) & m

    first, second = (seed + gamma) & m, (seed + 2 * gamma) & m
    z = shifted(shifted(first, 30, 0xBF58476D1CE4E5B9), 27, 0x94D049BB133111EB)
    child = z ^ (z >> 31)
    z = shifted(shifted(second, 33, 0xFF51AFD7ED558CCD), 33, 0xC4CEB9FE1A85EC53)
    z = (z ^ (z >> 33)) | 1
    changes = bin(z ^ (z >> 1)).count("1")
    return child, z ^ 0xAAAAAAAAAAAAAAAA if changes < 24 else z


def test_increments_are_those_of_a_split():
    """Seeded by (draw, next counter), a stream is the child that Java's `split` makes; here of 2000 seeds."""
    seeds = words_of(0, 1000).ravel().tolist() + list(range(1000))
    children = [java_split(seed, GOLDEN) for seed in seeds]
    words = np.array(
        [(child, (s + 2 * GOLDEN) % 2**64) for (child, _), s in zip(children, seeds, strict=True)], np.uint64
    )
    got = table(words).view(np.uint64)
    assert [tuple(row) for row in got.tolist()] == children


def test_increments_are_odd_and_change_often():
    """Also where the rule of 24 changes bites: one word in about 25,000, so that 2^20 words have some 40."""
    increments = table(words_of(1, 1 << 20)).view(np.uint64)[:, 1]
    assert (increments & np.uint64(1)).all()
    assert np.bitwise_count(increments ^ (increments >> np.uint64(1))).min() >= 24
    assert len(np.unique(increments)) == len(increments)  # two are equal with probability 2^39 / 2^63 = 6e-8
    some = words_of(2, 60_000)[:, 1].tolist()
    expected = [reference.increment(word) for word in some]
    got = table(np.array([(0, word) for word in some], np.uint64)).view(np.uint64)[:, 1]
    assert got.tolist() == expected


def test_a_million_chains_of_ten_billion_draws_do_not_overlap():
    """Two streams share draws in a row only if their increments are equal and their counters near. A word gives each of
    2^63 odd increments with at most twice the mean chance, so for N chains of n draws the chance is below N^2 / 2 pairs
    times 2 / 2^63 times 2 n / 2^64: 1e-16 here. With one increment for all N^2 n / 2^64 = 542 overlaps are expected."""
    chains, draws = 10**6, 10**10
    pairs = Fraction(chains**2, 2)
    equal_increments = pairs * Fraction(2, 2**63)
    assert equal_increments < 2e-7
    assert equal_increments * Fraction(2 * draws, 2**64) < 1e-15
    assert pairs * Fraction(2 * draws, 2**64) > 500


def test_every_kernel_of_streams_follows_the_twin():
    edges = np.array([[0, 0], [2**64 - 1, 2**64 - 1], [2**63, 1]], dtype=np.uint64)
    words = np.concatenate([words_of(3, 5), edges])
    wide, expected = np.full((2, len(words), 4), 7, dtype=np.int64)
    _kernels.seed(words, wide)
    reference.seed(words, expected)
    np.testing.assert_array_equal(wide, expected)
    streams = np.ascontiguousarray(wide[:, :2])
    for units in (1, 63, 64, 65, 130):
        got, twin = np.empty((2, len(words), 3, -(-units // 64)), dtype=np.uint64)
        _kernels.draw(wide, units, got)
        reference.draw(streams, units, twin)
        np.testing.assert_array_equal(got, twin)
        for flips in {0, 1, units // 3, units}:
            corrupted, expected = np.empty((2, *got[:, 0].shape), dtype=np.uint64)
            _kernels.corrupt(np.ascontiguousarray(got[:, 0]), units, flips, streams, corrupted)
            reference.corrupt(twin[:, 0], units, flips, streams, expected)
            np.testing.assert_array_equal(corrupted, expected)
            assert (np.bitwise_count(corrupted ^ got[:, 0]).sum(axis=1) == flips).all()
    np.testing.assert_array_equal(streams, wide[:, :2])  # not advanced
    for size in (0, 1, 2, 63, 64, 65, 200):
        for name, dtype, more in (
            ("uniforms", np.float64, ()),
            ("integers", np.uint32, (1000,)),
            ("permutation", np.uint32, ()),
        ):
            for row in streams:
                ours, twins = row.copy(), row.copy()
                got, expected = np.empty((2, size), dtype=dtype)
                getattr(_kernels, name)(ours, *more, got)
                getattr(reference, name)(twins, *more, expected)
                np.testing.assert_array_equal(got, expected)
                np.testing.assert_array_equal(ours, twins)


def test_draws_are_scaled_words():
    raw, stream = Stream(9, GOLDEN), Stream(9, GOLDEN)
    for n in (1, 2, 7, 1000, 2**31):
        assert stream.below(n) == math.floor(Fraction(raw.next() * n, 2**64))
    assert Fraction(stream.uniform()) == Fraction(raw.next() // 2**11, 2**53)


def test_permutations_are_uniform():
    # 6000 permutations of 3: each of the 6 is binomial with mean 1000 and deviation 28.9; beyond 6 deviations with
    # probability 1.2e-8 (normal approximation) for a random seed, and the seed is fixed.
    stream = Stream(5, GOLDEN)
    counts = dict.fromkeys(itertools.permutations(range(3)), 0)
    for _ in range(6000):
        counts[tuple(stream.permutation(3))] += 1
    assert all(abs(count - 1000) < 6 * 28.9 for count in counts.values())


def chi_squared_deviate(counts):
    """Of equally likely cells, as a normal deviate (Wilson and Hilferty 1931), good far into the tail of many cells."""
    freedom, expected = counts.size - 1, counts.sum() / counts.size
    chi = float(((counts - expected) ** 2).sum() / expected)
    return ((chi / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))


def bits_of(words):
    return np.unpackbits(np.ascontiguousarray(words).view(np.uint8), bitorder="little")


# Streams as a batch of chains has them: random words, consecutive words, and one z with consecutive second words.
SEEDS = {
    "random": words_of(4, 256),
    "consecutive": np.arange(512, dtype=np.uint64).reshape(256, 2),
    "one counter": np.stack([np.zeros(256, np.uint64), np.arange(256, dtype=np.uint64)], axis=1),
    "one increment": words_of(5, 256) & np.array([2**64 - 1, 0], dtype=np.uint64),  # windows of one cycle, far apart
}


@pytest.mark.parametrize("seeds", SEEDS.values(), ids=SEEDS)
def test_battery_of_interleaved_streams(seeds):
    """256 streams of 1024 words, a word of each in turn: 2^24 bits. Some 12 tests a kind of seed, each at |z| < 5.8."""
    words = drawn(table(seeds), 1024)
    interleaved = np.ascontiguousarray(words.T)
    stream = bits_of(interleaved)
    n = stream.size
    deviates = {"monobit": (2.0 * stream.sum() - n) / math.sqrt(n)}
    changes = np.count_nonzero(stream[1:] != stream[:-1])
    deviates["runs"] = (2.0 * changes - (n - 1)) / math.sqrt(n - 1)
    octets = interleaved.view(np.uint8).ravel()
    deviates["bytes"] = chi_squared_deviate(np.bincount(octets, minlength=256))
    for lag in (1, 8, 2048):  # of octets: within a word, between neighbouring streams, between a stream's own draws
        pairs = octets[:-lag].astype(np.int64) * 256 + octets[lag:]
        deviates[f"serial pairs {lag}"] = chi_squared_deviate(np.bincount(pairs, minlength=65536))
    top = (interleaved.ravel() >> np.uint64(61)) == 0  # a hit in one word of eight: gaps are geometric
    gaps = np.minimum(np.diff(np.flatnonzero(top)) - 1, 40)
    chance = 0.125 * 0.875 ** np.arange(40)
    chance = np.append(chance, 1 - chance.sum())
    chi = float(((np.bincount(gaps, minlength=41) - len(gaps) * chance) ** 2 / (len(gaps) * chance)).sum())
    deviates["gaps"] = ((chi / 40) ** (1 / 3) - (1 - 2 / 360)) / math.sqrt(2 / 360)
    for apart in (1, 2, 128):  # the same draw of two streams
        differing = int(np.bitwise_count(words ^ np.roll(words, apart, axis=0)).sum(dtype=np.int64))
        deviates[f"neighbours {apart}"] = (2.0 * differing - words.size * 64) / math.sqrt(words.size * 64)
    per_bit = ((words[:, :, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).sum(axis=(0, 1))
    deviates["bits of a word"] = chi_squared_deviate_of_bits(per_bit, words.size)
    assert len(deviates) <= 12
    assert all(abs(z) < SURE for z in deviates.values()), deviates


def chi_squared_deviate_of_bits(counts, of):
    """64 fair bits, counted `of` times each."""
    chi = float(((counts - of / 2) ** 2 / (of / 4)).sum())
    return ((chi / 64) ** (1 / 3) - (1 - 2 / (9 * 64))) / math.sqrt(2 / (9 * 64))


def test_correlations_between_all_streams():
    """Uniforms of 256 streams from consecutive words: the largest of 32,640 correlations of 4096 draws stays below 7.2
    deviations (normal tail 6e-13 each, 2e-8 in all), and their mean square is 1 / 4096."""
    streams = table(SEEDS["consecutive"])
    u = np.empty((256, 4096))
    for row, out in zip(streams, u, strict=True):
        _kernels.uniforms(row, out)
    centred = (u - 0.5) * math.sqrt(12.0)
    correlation = centred @ centred.T / 4096
    across = correlation[np.triu_indices(256, 1)] * 64
    assert np.abs(across).max() < 7.2
    # the mean square of 32,640 deviates has deviation sqrt(2 / 32640)
    assert abs((across**2).mean() - 1) < SURE * math.sqrt(2 / len(across))
    assert abs(centred.mean()) * math.sqrt(centred.size) < SURE
