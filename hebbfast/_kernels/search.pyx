"""Bridge between hebbfast and the C kernels that search patterns, in the manner of `recall.pyx`, whose level they take."""

from hebbfast._kernels.common cimport *

from hebbfast._kernels.levels import active_level

cdef extern from "c/search.h":
    ctypedef struct hb_search:
        int64_t patterns, units, row_words
        const uint64_t *rows
        const uint64_t *known
        int64_t known_units, base, top, reach
        const int64_t *multitude

    ctypedef struct hb_searchers:
        void (*search)(const hb_search *, const uint64_t *, int64_t, uint64_t *, int32_t *, int64_t *, void *) noexcept nogil
        void (*blend)(const hb_search *, const uint64_t *, int64_t, const int32_t *, const int64_t *, int64_t *, void *) noexcept nogil
        void (*tally)(
            const uint64_t *, int64_t, int64_t, int64_t, const int64_t *, int64_t, int64_t *
        ) noexcept nogil

    const hb_searchers hb_search_table[]
    int64_t hb_search_bytes(const hb_search *, int64_t) noexcept nogil


cdef const hb_searchers *searchers() except NULL:
    return &hb_search_table[active_level()]


cdef class Search:
    """Packed patterns and what is asked of them.

    `known` (words, or none) leaves some units; `base` is the index of the first row; `top` patterns are kept for a state;
    overlaps are counted down to `reach` below the best one (-1: not at all), each pattern `multitude` times (none: once)."""

    cdef hb_search model
    cdef object arrays

    def __cinit__(
        self,
        const uint64_t[:, ::1] rows not None,
        int64_t units,
        const uint64_t[::1] known,
        int64_t known_units,
        int64_t base,
        int64_t top,
        int64_t reach,
        const int64_t[::1] multitude,
    ):
        cdef hb_search *s = &self.model
        expect(rows.shape[0] > 0 and units > 0, "a search needs at least one pattern and one unit")
        expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
        expect(known is None or known.shape[0] == rows.shape[1], "known must have the words of a row")
        expect(0 < known_units <= units, "known_units must lie in 1..units")
        expect(base >= 0 and base + rows.shape[0] < 2**32, "indices of patterns must lie below 2^32")
        expect(top >= 0, f"top must not be negative, got {top}")
        expect(-1 <= reach <= 2 * units, "reach must lie in -1..2 * units")
        expect(multitude is None or multitude.shape[0] == rows.shape[0], "multitude must have one entry a row")
        s.patterns, s.units, s.row_words, s.rows = rows.shape[0], units, rows.shape[1], &rows[0, 0]
        s.known = &known[0] if known is not None else NULL
        s.multitude = &multitude[0] if multitude is not None else NULL
        s.known_units, s.base, s.top, s.reach = known_units, base, top, reach
        self.arrays = (rows, known, multitude)


def search_bytes(Search asked not None, int64_t count):
    """Size of the workspace for so many states: uint8 that starts at a multiple of 64 bytes."""
    return hb_search_bytes(&asked.model, count)


def search(
    Search asked not None,
    const uint64_t[:, ::1] states not None,
    uint64_t[:, ::1] keys not None,
    int32_t[::1] best not None,
    int64_t[:, ::1] histogram not None,
    uint8_t[::1] workspace not None,
):
    """Keys are (overlap + units) 2^32 + 2^32 - 1 - index, the largest first; `histogram` holds zeros before."""
    cdef const hb_searchers *level = searchers()
    cdef const hb_search *s = &asked.model
    cdef int64_t count = states.shape[0]
    cdef bint counted = s.reach >= 0
    cdef void *memory = room(workspace, hb_search_bytes(s, count))
    expect(states.shape[1] == s.row_words, "states must have ceil(units / 64) words a row")
    expect(s.top <= s.patterns and keys.shape[0] == count and keys.shape[1] == s.top, "keys must have shape (states, top), top <= rows")
    expect(not counted or best.shape[0] == count, "best must have one entry a state")
    expect(
        not counted or (histogram.shape[0] == count and histogram.shape[1] == s.units + 1),
        "histogram must have shape (states, units + 1)",
    )
    if count:
        with nogil:
            level.search(
                s,
                &states[0, 0],
                count,
                &keys[0, 0] if s.top else NULL,
                &best[0] if counted else NULL,
                &histogram[0, 0] if counted else NULL,
                memory,
            )


def blend(
    Search asked not None,
    const uint64_t[:, ::1] states not None,
    const int32_t[::1] best not None,
    const int64_t[::1] weights not None,
    int64_t[:, ::1] sums not None,
    uint8_t[::1] workspace not None,
):
    """sums += weights[(best - m) / 2] times the patterns with m >= best - reach, as often as each counts, modulo 2^64.

    `sums` has a column for every bit of the words."""
    cdef const hb_searchers *level = searchers()
    cdef const hb_search *s = &asked.model
    cdef int64_t count = states.shape[0]
    cdef void *memory = room(workspace, hb_search_bytes(s, count))
    expect(states.shape[1] == s.row_words, "states must have ceil(units / 64) words a row")
    expect(best.shape[0] == count, "best must have one entry a state")
    expect(s.reach >= 0 and weights.shape[0] == s.reach // 2 + 1, "weights must have reach // 2 + 1 entries")
    expect(sums.shape[0] == count and sums.shape[1] == 64 * s.row_words, "sums must have shape (states, 64 * words of a row)")
    if count:
        with nogil:
            level.blend(s, &states[0, 0], count, &best[0], &weights[0], &sums[0, 0], memory)


def tally(const uint64_t[:, :] columns not None, const int64_t[:, ::1] values not None, int64_t[:, ::1] sums not None):
    """sums[q, i] = the sum of values[q], with a plus where column i has a bit and a minus elsewhere, modulo 2^64.

    The sum of the sizes of values[q] must fit int64."""
    cdef const hb_searchers *level = searchers()
    cdef int64_t count = values.shape[0], units = columns.shape[0], words = columns.shape[1]
    cdef int64_t stride = columns.strides[0] // <int64_t> sizeof(uint64_t)
    expect(columns.strides[1] == sizeof(uint64_t) or words < 2, "columns must have words one after another")
    expect(units < 2 or stride >= words, "columns must follow one another")
    expect(values.shape[1] == 64 * words, "values must have a column for every bit of the columns' words")
    expect(sums.shape[0] == count and sums.shape[1] == units, "sums must have shape (values, columns)")
    if count and units and words:
        with nogil:
            level.tally(&columns[0, 0], stride, units, words, &values[0, 0], count, &sums[0, 0])
