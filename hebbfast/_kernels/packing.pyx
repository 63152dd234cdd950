"""Bridge between hebbfast and the kernels of packed rows, in the manner of `recall.pyx`: signs to bits and back, turned, counted."""

from hebbfast._kernels.common cimport *
from hebbfast._kernels.levels cimport chosen


def pack(const int8_t[:, ::1] values not None, uint64_t[:, ::1] out not None):
    """-1, or the flat index of the first value that is not +-1."""
    cdef const hb_kernels *level = chosen()
    cdef int64_t rows = values.shape[0], units = values.shape[1]
    cdef int64_t j, k
    cdef bint good = True
    expect(out.shape[0] == rows and out.shape[1] == words_of(units), "out must have the rows of values and ceil(units / 64) words")
    if rows and units:
        with nogil:
            good = level.pack(&values[0, 0], rows, units, &out[0, 0])
    if good:
        return -1
    for j in range(rows):
        for k in range(units):
            if values[j, k] != 1 and values[j, k] != -1:
                return j * units + k


def unpack(const uint64_t[:, ::1] words not None, int8_t[:, ::1] out not None):
    cdef const hb_kernels *level = chosen()
    cdef int64_t rows = out.shape[0], units = out.shape[1]
    expect(words.shape[0] == rows and words.shape[1] == words_of(units), "words must have the rows of out and ceil(units / 64) words")
    if rows and units:
        with nogil:
            level.unpack(&words[0, 0], rows, units, &out[0, 0])


def count_bits(const uint64_t[::1] words not None):
    cdef const hb_kernels *level = chosen()
    cdef int64_t bits = 0
    if words.shape[0]:
        with nogil:
            bits = level.count_bits(&words[0], words.shape[0])
    return bits


def read_words(const uint64_t[::1] words not None):
    cdef const hb_kernels *level = chosen()
    cdef uint64_t any = 0
    if words.shape[0]:
        with nogil:
            any = level.read_words(&words[0], words.shape[0])
    return any


def transpose(const uint64_t[:, ::1] words not None, int64_t units, uint64_t[:, ::1] out not None, int64_t first, int64_t last):
    """Rows first..last-1 of `words` become those columns of `out`; multiples of 512 are fastest."""
    cdef const hb_kernels *level = chosen()
    cdef int64_t rows = words.shape[0]
    expect(words.shape[1] == words_of(units), "words must have ceil(units / 64) words a row")
    expect(out.shape[0] == units and out.shape[1] == words_of(rows), "out must have shape (units, ceil(rows / 64))")
    check_words(first, last, rows)
    if first < last and units:
        with nogil:
            level.transpose(&words[0, 0], rows, units, first, last, &out[0, 0])


def overlaps(const uint64_t[:, ::1] rows not None, const uint64_t[:, ::1] states not None, int64_t units, int32_t[:, ::1] out not None):
    cdef const hb_kernels *level = chosen()
    cdef int64_t patterns = rows.shape[0], count = states.shape[0]
    expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
    expect(states.shape[1] == words_of(units), "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count and out.shape[1] == patterns, "out must have shape (states, rows)")
    if count and patterns and units:
        with nogil:
            level.overlaps(&rows[0, 0], patterns, units, &states[0, 0], count, &out[0, 0])
