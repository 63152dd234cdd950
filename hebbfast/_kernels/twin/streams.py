"""The NumPy twin of the random streams: the names and arguments of `hebbfast._kernels`, in Python integers.

Sources
-------
Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA: SplittableRandom, of which
splitmix64 is the stream whose increment is the golden ratio.
Bentley and Floyd (1987), Comm. ACM 30, 754: a random subset of given size.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Stream", "corrupt", "draw", "integers", "permutation", "seed", "uniforms"]

_Words = NDArray[np.uint64]
_Streams = NDArray[np.int64]


class Stream:
    """Draw k is mix(z + k · increment), modulo 2^64; z and the increment may be given as signed numbers."""

    def __init__(self, z: int, increment: int) -> None:
        self.z, self.increment = z, increment

    @property
    def z(self) -> int:
        """The counter, as a signed number."""
        return self._z - 2**64 if self._z >> 63 else self._z

    @z.setter
    def z(self, value: int) -> None:
        self._z = value % 2**64

    def next(self) -> int:
        """64 random bits."""
        self.z = self._z + self.increment
        y = self._z
        y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        y = (y ^ (y >> 27)) * 0x94D049BB133111EB % 2**64
        return y ^ (y >> 31)

    def below(self, n: int) -> int:
        """An integer from 0 to n - 1."""
        return (self.next() * n) >> 64

    def uniform(self) -> float:
        """A multiple of 2^-53 in [0, 1)."""
        return (self.next() >> 11) * 2.0**-53

    def permutation(self, n: int) -> list[int]:
        """0..n-1 in random order (Fisher and Yates, from the end)."""
        order = list(range(n))
        for j in range(n - 1, 0, -1):
            r = self.below(j + 1)
            order[j], order[r] = order[r], order[j]
        return order


def increment(word: int) -> int:
    """mixGamma: odd, and with at least 24 changes between neighbouring bits, or the inverse of every second bit."""
    y = word
    y = (y ^ (y >> 33)) * 0xFF51AFD7ED558CCD % 2**64
    y = (y ^ (y >> 33)) * 0xC4CEB9FE1A85EC53 % 2**64
    y = (y ^ (y >> 33)) | 1
    return y ^ 0xAAAAAAAAAAAAAAAA if (y ^ (y >> 1)).bit_count() < 24 else y


def seed(words: _Words, streams: _Streams) -> None:
    """Two random words make a stream: z, and a word from which the increment comes."""
    for row, (z, word) in zip(streams, words.tolist(), strict=True):
        row[:2] = np.array([z, increment(word)], dtype=np.uint64).view(np.int64)


def draw(streams: _Streams, units: int, out: _Words) -> None:
    """Unbiased patterns (M, K, W), those of each memory from one stream, word after word."""
    for row, words in zip(streams, out, strict=True):
        stream = Stream(*row[:2].tolist())
        words[...] = np.array([stream.next() for _ in range(words.size)], dtype=np.uint64).reshape(words.shape)
        words[:, -1] &= np.uint64(2 ** (units % 64 or 64) - 1)


def corrupt(states: _Words, units: int, flips: int, streams: _Streams, out: _Words) -> None:
    """States with exactly `flips` units flipped, all choices being equally likely (Floyd's algorithm)."""
    for q, row in enumerate(streams):
        stream, chosen = Stream(*row[:2].tolist()), set[int]()
        for j in range(units - flips, units):
            unit = stream.below(j + 1)
            chosen.add(j if unit in chosen else unit)
        out[q] = states[q]
        for unit in chosen:
            out[q, unit // 64] ^= np.uint64(1 << unit % 64)


def uniforms(stream: _Streams, out: NDArray[np.float64]) -> None:
    """Multiples of 2^-53 in [0, 1)."""
    s = Stream(*stream[:2].tolist())
    out[...] = [s.uniform() for _ in out]
    stream[0] = s.z


def integers(stream: _Streams, below: int, out: NDArray[np.uint32]) -> None:
    """From 0 to below - 1."""
    s = Stream(*stream[:2].tolist())
    out[...] = [s.below(below) for _ in out]
    stream[0] = s.z


def permutation(stream: _Streams, out: NDArray[np.uint32]) -> None:
    """0, 1, ... in random order."""
    s = Stream(*stream[:2].tolist())
    out[...] = s.permutation(len(out))
    stream[0] = s.z
