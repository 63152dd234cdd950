"""Bridge between hebbfast and the C kernels that learn, in the manner of `recall.pyx`, whose level they take."""

from hebbfast._kernels.common cimport *

from hebbfast._kernels.levels import active_level

cdef extern from "c/training.h":
    enum:
        HB_ATOMS
        HB_LIKELIHOOD
        HB_BLOCK_ROWS
        HB_TRAINING_LANES
        HB_SCHEDULE

    ctypedef struct hb_ascent:
        int kind
        int64_t units, unit_lanes, patterns, pattern_lanes
        const uint8_t *unit_codes
        const uint8_t *pattern_codes
        const uint8_t *targets
        int64_t bins
        double range
        double gain[5]
        double norm

    ctypedef struct hb_dual:
        int64_t patterns, units
        const float *gram
        const int8_t *targets

    ctypedef struct hb_trainers:
        void (*ascend)(
            const hb_ascent *, int64_t, int64_t, float *, float *, float *, const float *, int64_t, void *
        ) noexcept nogil
        int64_t (*perceptron)(const hb_dual *, double, int64_t, double *, double *, double *, double *) noexcept nogil
        int64_t (*adatron)(const hb_dual *, double, double, int64_t, double *, double *, double *) noexcept nogil
        void (*bounded)(const int8_t *, int64_t, int64_t, int32_t, int64_t, int64_t, int32_t *) noexcept nogil
        void (*ordered_product)(const double *, int64_t, int64_t, const double *, int64_t, int64_t, int, double *) noexcept nogil

    const hb_trainers hb_training_table[]
    int64_t hb_ascent_bytes(const hb_ascent *) noexcept nogil


cdef const hb_trainers *trainers() except NULL:
    return &hb_training_table[active_level()]


cdef class Ascent:
    """Patterns as codes of four signs, both ways round, the targets of the units, and what every unit ascends."""

    cdef hb_ascent model
    cdef object arrays

    def __cinit__(
        self,
        const uint8_t[:, ::1] unit_codes not None,
        const uint8_t[:, ::1] pattern_codes not None,
        const uint8_t[:, ::1] targets not None,
        int64_t patterns,
        str kind not None,
        gain not None,
        int64_t bins,
        double bin_range,
        double norm,
    ):
        cdef hb_ascent *a = &self.model
        cdef int64_t lane
        a.kind = {"atoms": HB_ATOMS, "likelihood": HB_LIKELIHOOD}[kind]
        a.units, a.unit_lanes = targets.shape[0], pattern_codes.shape[1]
        a.patterns, a.pattern_lanes = patterns, unit_codes.shape[1]
        expect(patterns > 0 and a.units > 0, "an ascent needs at least one pattern and one unit")
        expect(a.unit_lanes >= a.units and a.unit_lanes % HB_TRAINING_LANES == 0, "pattern_codes must have 16 n columns, >= units")
        expect(
            a.pattern_lanes >= patterns and a.pattern_lanes % HB_TRAINING_LANES == 0,
            "unit_codes must have a multiple of 16 columns, >= patterns",
        )
        expect(unit_codes.shape[0] == (a.units + 3) // 4, "unit_codes must have ceil(units / 4) rows")
        expect(pattern_codes.shape[0] == (patterns + 3) // 4, "pattern_codes must have ceil(patterns / 4) rows")
        expect(targets.shape[1] == a.pattern_lanes, "targets must have the columns of unit_codes")
        expect(bins >= 1 and bin_range > 0, "bins must be at least 1 and bin_range positive")
        expect(len(gain) == 5, "gain must have five entries")
        for lane in range(5):
            a.gain[lane] = gain[lane]
        a.bins, a.range, a.norm = bins, bin_range, norm
        a.unit_codes, a.pattern_codes, a.targets = &unit_codes[0, 0], &pattern_codes[0, 0], &targets[0, 0]
        expect(max(bytes(unit_codes), default=0) < 16 and max(bytes(pattern_codes), default=0) < 16, "codes must be below 16")
        self.arrays = (unit_codes, pattern_codes, targets)


cdef check_rows(const hb_ascent *a, float[:, ::1] rows):
    expect(
        rows.shape[0] >= a.units and rows.shape[0] % HB_BLOCK_ROWS == 0 and rows.shape[1] == a.unit_lanes,
        "weights, means and squares must have a multiple of 4 rows, from units on, and the columns of pattern_codes",
    )


def ascent_bytes(Ascent ascent not None):
    """Size of the workspace of `ascend`: uint8 that starts at a multiple of 64 bytes."""
    return hb_ascent_bytes(&ascent.model)


def ascend(
    Ascent ascent not None,
    int64_t first,
    int64_t rows,
    float[:, ::1] weights not None,
    float[:, ::1] means not None,
    float[:, ::1] squares not None,
    const float[:, ::1] schedule not None,
    uint8_t[::1] workspace not None,
):
    cdef const hb_trainers *level = trainers()
    cdef const hb_ascent *a = &ascent.model
    cdef void *memory = room(workspace, hb_ascent_bytes(a))
    check_rows(a, weights)
    check_rows(a, means)
    check_rows(a, squares)
    expect(first >= 0 and first % HB_BLOCK_ROWS == 0, "first must be a multiple of 4")
    expect(rows > 0 and first + rows <= a.units, "rows must be at least 1 and end within the units")
    expect(schedule.shape[1] == HB_SCHEDULE, "schedule must have three columns")
    if schedule.shape[0]:
        with nogil:
            level.ascend(
                a, first, rows, &weights[first, 0], &means[first, 0], &squares[first, 0], &schedule[0, 0], schedule.shape[0], memory
            )


cdef hb_dual dual(const float[:, ::1] gram, const int8_t[::1] targets, int64_t units, double[::1] strengths, double[::1] fields) except *:
    cdef hb_dual d
    cdef int64_t patterns = gram.shape[0]
    expect(patterns > 0 and gram.shape[1] == patterns, "gram must be square")
    expect(units > 1, "units must be at least 2")
    expect(
        targets.shape[0] == patterns and strengths.shape[0] == patterns and fields.shape[0] == patterns,
        "targets, strengths and fields must have one entry a pattern",
    )
    d.patterns, d.units, d.gram, d.targets = patterns, units, &gram[0, 0], &targets[0]
    return d


def perceptron(
    const float[:, ::1] gram not None,
    const int8_t[::1] targets not None,
    int64_t units,
    double kappa,
    int64_t epochs,
    double[::1] strengths not None,
    double[::1] fields not None,
    double[::1] sums not None,
    double[::1] pocket not None,
):
    cdef const hb_trainers *level = trainers()
    cdef hb_dual d = dual(gram, targets, units, strengths, fields)
    cdef int64_t run
    expect(sums.shape[0] == 3, "sums must have three entries")
    expect(pocket.shape[0] == d.patterns, "pocket must have one entry a pattern")
    with nogil:
        run = level.perceptron(&d, kappa, epochs, &strengths[0], &fields[0], &sums[0], &pocket[0])
    return run


def adatron(
    const float[:, ::1] gram not None,
    const int8_t[::1] targets not None,
    int64_t units,
    double rate,
    double tolerance,
    int64_t sweeps,
    double[::1] strengths not None,
    double[::1] fields not None,
    double[::1] sums not None,
):
    cdef const hb_trainers *level = trainers()
    cdef hb_dual d = dual(gram, targets, units, strengths, fields)
    cdef int64_t run
    expect(sums.shape[0] == 3, "sums must have three entries")
    with nogil:
        run = level.adatron(&d, rate, tolerance, sweeps, &strengths[0], &fields[0], &sums[0])
    return run


def bounded(const int8_t[:, ::1] patterns not None, int32_t bound, int32_t[:, ::1] out not None, int64_t first, int64_t last):
    """Rows first..last-1 of `out`."""
    cdef const hb_trainers *level = trainers()
    cdef int64_t units = patterns.shape[1]
    expect(patterns.shape[0] > 0 and units > 0, "patterns must not be empty")
    expect(bound > 0, f"bound must be positive, got {bound}")
    expect(out.shape[0] == units and out.shape[1] == units, "out must have shape (units, units)")
    check_range(first, last, units)
    with nogil:
        level.bounded(&patterns[0, 0], patterns.shape[0], units, bound, first, last, &out[0, 0])


def ordered_product(const double[:, ::1] a not None, const double[:, :] b not None, double[:, ::1] out not None, bint exact=False):
    """`a @ b` with sums in the order of the index, each product and sum rounded; rows of `b` are contiguous.

    `exact` promises that every product is a double, as with signs: the result is the same, and sooner there.
    """
    cdef const hb_trainers *level = trainers()
    cdef int64_t rows = a.shape[0], depth = a.shape[1], columns = b.shape[1], stride = b.strides[0] // 8
    expect(b.shape[0] == depth, "b must have a row for each column of a")
    expect(columns < 2 or b.strides[1] == 8, "b must have contiguous rows")
    expect(depth < 2 or (b.strides[0] % 8 == 0 and stride >= columns), "b must have rows one after another")
    expect(out.shape[0] == rows and out.shape[1] == columns, "out must have the rows of a and the columns of b")
    if rows and columns and depth:
        with nogil:
            level.ordered_product(&a[0, 0], rows, depth, &b[0, 0], stride, columns, exact, &out[0, 0])
    else:
        out[...] = 0
