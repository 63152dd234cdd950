"""What the bridges share: the one copy of the structs' declarations, and the checks of arrays."""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t

cdef extern from "c/shared/table.h":
    enum:
        HB_EXACT
        HB_FILTERED
        HB_BOUNDED
        HB_SLICED
        HB_POWER
        HB_EXPONENTIAL
        HB_TABLE
        HB_COUPLINGS8
        HB_COUPLINGS16
        HB_COUPLINGS32
        HB_COUPLINGS64
        HB_RANDOM
        HB_SEQUENTIAL
        HB_REPLACEMENT
        HB_ARRAY
        HB_PLUS
        HB_MINUS
        HB_KEEP
        HB_RUNNING
        HB_CONVERGED
        HB_CYCLE
        HB_STOPPED
        HB_STREAM
        HB_INCREMENT
        HB_SWEEPS
        HB_FLIPS
        HB_STATUS
        HB_PROGRESS
        HB_MAX_LIMBS
        HB_LEVELS

    ctypedef struct hb_stream:
        uint64_t z, increment

    ctypedef struct hb_patterns:
        int64_t count, column_words, column_stride
        const uint64_t *rows
        const uint64_t *columns

    ctypedef struct hb_gain:
        int form, power, rectified, limbs, logarithmic, plain
        const int64_t *multitude
        const int32_t *times
        const int64_t *bias
        const int64_t *exact
        const double *rounded
        const int64_t *power_table
        const double *energy_table
        double divisor, energy_divisor, error, beta, unit

    ctypedef struct hb_couplings:
        const void *outgoing
        const void *bias
        double scale, divisor
        int64_t own
        const int64_t *starts
        const uint32_t *targets

    ctypedef struct hb_halves:
        const int8_t *rows

    ctypedef struct hb_model:
        int kind, planes, plane_limit
        int64_t units, row_words
        hb_patterns patterns
        hb_gain gain
        hb_couplings couplings
        hb_halves halves

    ctypedef struct hb_dynamics:
        int synchronous, order, tie, covers, metropolis, energies
        const double *temperatures
        int64_t by_sweep, by_cue, sweeps
        const uint32_t *visits
        int64_t visit_count, visit_sweeps, visits_by_cue
        const double *uniforms
        int64_t uniform_count, uniforms_by_cue
        const uint64_t *clamp

    ctypedef struct hb_kernels:
        const char *name
        int (*runs_here)() noexcept nogil
        int (*pack)(const int8_t *, int64_t, int64_t, uint64_t *) noexcept nogil
        void (*unpack)(const uint64_t *, int64_t, int64_t, int8_t *) noexcept nogil
        int64_t (*count_bits)(const uint64_t *, int64_t) noexcept nogil
        uint64_t (*read_words)(const uint64_t *, int64_t) noexcept nogil
        void (*transpose)(const uint64_t *, int64_t, int64_t, int64_t, int64_t, uint64_t *) noexcept nogil
        void (*overlaps)(const uint64_t *, int64_t, int64_t, const uint64_t *, int64_t, int32_t *) noexcept nogil
        void (*energies)(const hb_model *, const int32_t *, const uint64_t *, int64_t, double *, void *) noexcept nogil
        void (*coupling_energies)(const hb_model *, const uint64_t *, int64_t, double *, void *) noexcept nogil
        void (*fields)(const hb_model *, const uint64_t *, int64_t, const uint32_t *, int64_t, double *, void *) noexcept nogil
        int64_t (*recall)(
            const hb_model *, const hb_dynamics *, uint64_t *, uint64_t *, int64_t *, int64_t, int64_t, int64_t, int64_t, double *, void *
        ) noexcept nogil
        void (*update_units)(
            const hb_model *, const hb_dynamics *, const uint64_t *, const int32_t *, int64_t, int64_t, uint64_t *, void *
        ) noexcept nogil

    int64_t hb_halves_bytes(int64_t) noexcept nogil
    hb_halves hb_halve(const int8_t *, const int32_t *, int64_t, int64_t, int64_t, char *) noexcept nogil
    int64_t hb_filter_bytes(int64_t) noexcept nogil
    hb_halves hb_filter(const int64_t *, const int64_t *, int64_t, int, int64_t, int, char *) noexcept nogil
    int64_t hb_lay_out(const hb_model *, const hb_dynamics *, char *) noexcept nogil
    int hb_foreseen(const hb_dynamics *) noexcept nogil
    int hb_cold(const hb_dynamics *, int64_t, int64_t) noexcept nogil
    void hb_exp_all(const double *, int64_t, double *) noexcept nogil
    hb_stream hb_stream_of(const int64_t *) noexcept nogil
    uint64_t hb_next_shared(hb_stream *) noexcept nogil
    void hb_seed(const uint64_t *, int64_t, int64_t *, int64_t) noexcept nogil
    void hb_uniforms(hb_stream *, int64_t, double *) noexcept nogil
    void hb_integers(hb_stream *, int64_t, int64_t, uint32_t *) noexcept nogil
    void hb_permutation(hb_stream *, int64_t, uint32_t *) noexcept nogil
    void hb_draw(const int64_t *, int64_t, int64_t, int64_t, int64_t, uint64_t *) noexcept nogil
    void hb_corrupt(const uint64_t *, int64_t, int64_t, int64_t, const int64_t *, int64_t, uint64_t *) noexcept nogil


cdef inline object expect(bint holds, str what):
    if not holds:
        raise ValueError(what)


cdef inline int64_t words_of(int64_t bits) noexcept:
    return (bits + 63) // 64


cdef inline void *room(uint8_t[::1] workspace, int64_t size) except NULL:
    """The workspace, if it is one."""
    if workspace.shape[0] < size:
        raise ValueError(f"workspace must have at least {size} bytes, got {workspace.shape[0]}")
    expect(<uintptr_t> &workspace[0] % 64 == 0, "workspace must start at a multiple of 64 bytes")
    return &workspace[0]


cdef inline object check_range(int64_t first, int64_t last, int64_t count):
    if not 0 <= first <= last <= count:
        raise ValueError(f"first..last must lie in 0..{count}, got {first}..{last}")


cdef inline object check_words(int64_t first, int64_t last, int64_t count):
    """A range of bits that fills whole words."""
    check_range(first, last, count)
    if first % 64 or (last % 64 and last != count):
        raise ValueError(f"first..last must be multiples of 64, or end at {count}, got {first}..{last}")
