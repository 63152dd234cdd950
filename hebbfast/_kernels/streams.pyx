"""Bridge between hebbfast and its random streams, in the manner of `recall.pyx`.

A stream is a row of int64 whose first two columns are STREAM and INCREMENT: draw k is a mix of STREAM + k INCREMENT.
"""

from hebbfast._kernels.common cimport *

import os


def seed(const uint64_t[:, ::1] words not None, int64_t[:, ::1] streams not None):
    """Two random words a row make its stream, which has an increment of its own."""
    expect(words.shape[1] == 2, f"words must have two columns, got {words.shape[1]}")
    expect(streams.shape[0] == words.shape[0] and streams.shape[1] >= 2, "streams must have the rows of words, and at least two columns")
    if words.shape[0]:
        with nogil:
            hb_seed(&words[0, 0], words.shape[0], &streams[0, 0], streams.shape[1])


def draw(const int64_t[:, ::1] streams not None, int64_t units, uint64_t[:, :, ::1] out not None):
    """Fair patterns (M, K, W) from M streams, which are not advanced."""
    expect(units > 0, f"units must be at least 1, got {units}")
    expect(streams.shape[1] >= 2, f"streams must have at least two columns, got {streams.shape[1]}")
    expect(
        out.shape[0] == streams.shape[0] and out.shape[2] == words_of(units),
        "out must have shape (streams, patterns, ceil(units / 64))",
    )
    if out.shape[0] and out.shape[1]:
        with nogil:
            hb_draw(&streams[0, 0], streams.shape[1], streams.shape[0], units, out.shape[1], &out[0, 0, 0])


def corrupt(
    const uint64_t[:, ::1] states not None,
    int64_t units,
    int64_t flips,
    const int64_t[:, ::1] streams not None,
    uint64_t[:, ::1] out not None,
):
    """States with exactly `flips` units flipped; the streams are not advanced."""
    expect(0 <= flips <= units, f"flips must lie in 0..{units}, got {flips}")
    expect(states.shape[1] == words_of(units), "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == states.shape[0] and out.shape[1] == states.shape[1], "out must have the shape of states")
    expect(streams.shape[0] == states.shape[0] and streams.shape[1] >= 2, "streams must have a row a state, and at least two columns")
    if states.shape[0] and units:
        with nogil:
            hb_corrupt(&states[0, 0], states.shape[0], units, flips, &streams[0, 0], streams.shape[1], &out[0, 0])


cdef hb_stream stream_of(int64_t[::1] stream) except *:
    expect(stream.shape[0] >= 2, f"stream must have at least two entries, got {stream.shape[0]}")
    return hb_stream_of(&stream[0])


def uniforms(int64_t[::1] stream not None, double[::1] out not None):
    """Multiples of 2^-53 in [0, 1); advances the stream, as do `integers` and `permutation`."""
    cdef hb_stream s = stream_of(stream)
    if out.shape[0]:
        hb_uniforms(&s, out.shape[0], &out[0])
    stream[HB_STREAM] = <int64_t> s.z


def integers(int64_t[::1] stream not None, int64_t below, uint32_t[::1] out not None):
    """From 0 to below - 1."""
    cdef hb_stream s = stream_of(stream)
    expect(0 < below < 2**32, f"below must lie in 1..2^32-1, got {below}")
    if out.shape[0]:
        hb_integers(&s, below, out.shape[0], &out[0])
    stream[HB_STREAM] = <int64_t> s.z


def permutation(int64_t[::1] stream not None, uint32_t[::1] out not None):
    """0, 1, ... in the order that a sweep in random order visits its units."""
    cdef hb_stream s = stream_of(stream)
    if out.shape[0]:
        hb_permutation(&s, out.shape[0], &out[0])
    stream[HB_STREAM] = <int64_t> s.z


cdef hb_stream process  # of the process: where fresh seeds come from


def reseed():
    """Begin the stream of the process anew; done at import, and to be done in a child after a fork."""
    cdef const uint64_t[:, ::1] words = memoryview(os.urandom(16)).cast("B").cast("Q", (1, 2))
    cdef int64_t stream[2]
    hb_seed(&words[0, 0], 1, stream, 2)
    global process
    process = hb_stream_of(stream)


reseed()


cdef uint64_t next_of_process() noexcept:
    return hb_next_shared(&process)


def fresh(uint64_t[:, ::1] words not None):
    """Random words that no other call of this process has given."""
    for j in range(words.shape[0]):
        for k in range(words.shape[1]):
            words[j, k] = next_of_process()
