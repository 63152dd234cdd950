"""Bridge between hebbfast and its C kernels: takes C-contiguous arrays, checks shapes, releases the GIL, makes one call."""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t, uintptr_t
from libc.stdlib cimport calloc, free

import os

cdef extern from "c/kernels.h":
    enum:
        HB_EXACT
        HB_FILTERED
        HB_BOUNDED
        HB_SLICED
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
        HB_PROGRESS
        HB_SWEEPS
        HB_MAX_LIMBS
        HB_LEVELS

    ctypedef struct hb_model:
        int kind, planes
        int64_t units, row_words, patterns, column_words
        const uint64_t *rows
        const uint64_t *columns
        const int64_t *gain
        const double *gain_float
        const int64_t *power_table
        const double *energy_table
        int relative, power, rectified, limbs, plane_limit
        double divisor, energy_divisor, beta, unit, filter_error
        const void *outgoing
        const void *bias
        double scale

    ctypedef struct hb_dynamics:
        int synchronous, order, tie, covers
        double temperature
        const uint32_t *visits
        int64_t visit_count
        const uint64_t *clamp

    ctypedef struct hb_kernels:
        const char *name
        int (*runs_here)() noexcept nogil
        int (*pack)(const int8_t *, int64_t, int64_t, uint64_t *) noexcept nogil
        void (*unpack)(const uint64_t *, int64_t, int64_t, int8_t *) noexcept nogil
        int64_t (*count_bits)(const uint64_t *, int64_t) noexcept nogil
        uint64_t (*read_words)(const uint64_t *, int64_t) noexcept nogil
        void (*transpose)(const uint64_t *, int64_t, int64_t, uint64_t *) noexcept nogil
        void (*overlaps)(const uint64_t *, int64_t, int64_t, const uint64_t *, int64_t, int32_t *) noexcept nogil
        void (*energies)(const hb_model *, const int32_t *, int64_t, double *, void *) noexcept nogil
        void (*fields)(const hb_model *, const uint64_t *, int64_t, const uint32_t *, int64_t, double *, void *) noexcept nogil
        int64_t (*recall)(
            const hb_model *, const hb_dynamics *, uint64_t *, uint64_t *, int64_t, int64_t *, int64_t, int64_t, int64_t, double *,
            void *
        ) noexcept nogil
        void (*update_units)(
            const hb_model *, const hb_dynamics *, const uint64_t *, const int32_t *, int64_t, int64_t, uint64_t *, void *
        ) noexcept nogil

    const hb_kernels hb_table[]
    int64_t hb_lay_out(const hb_model *, const hb_dynamics *, char *) noexcept nogil
    double hb_exp(double) noexcept nogil


cdef const hb_kernels *active = NULL


def available_simd_levels():
    return [hb_table[j].name.decode() for j in range(HB_LEVELS) if hb_table[j].runs_here()]


def simd_level():
    return active.name.decode()


def use_simd_level(name):
    global active
    for j in range(HB_LEVELS):
        if hb_table[j].name.decode() == name and hb_table[j].runs_here():
            active = &hb_table[j]
            return
    raise ValueError(f"simd level must be one of {', '.join(available_simd_levels())} on this machine, got {name!r}")


use_simd_level(os.environ.get("HEBBFAST_SIMD") or available_simd_levels()[0])


cdef int64_t words_of(int64_t bits):
    return (bits + 63) // 64


cdef object expect(bint holds, str what):
    if not holds:
        raise ValueError(what)


def exp(const double[::1] x not None, double[::1] out not None):
    expect(x.shape[0] == out.shape[0], "out must have the length of x")
    for j in range(x.shape[0]):
        out[j] = hb_exp(x[j])


def pack(const int8_t[:, ::1] values not None, uint64_t[:, ::1] out not None):
    cdef int64_t rows = values.shape[0], units = values.shape[1]
    cdef int64_t j, k
    cdef bint good = True
    expect(out.shape[0] == rows and out.shape[1] == words_of(units), "out must have the rows of values and ceil(units / 64) words")
    if rows and units:
        with nogil:
            good = active.pack(&values[0, 0], rows, units, &out[0, 0])
    if good:
        return -1
    for j in range(rows):
        for k in range(units):
            if values[j, k] != 1 and values[j, k] != -1:
                return j * units + k


def unpack(const uint64_t[:, ::1] words not None, int8_t[:, ::1] out not None):
    cdef int64_t rows = out.shape[0], units = out.shape[1]
    expect(words.shape[0] == rows and words.shape[1] == words_of(units), "words must have the rows of out and ceil(units / 64) words")
    if rows and units:
        with nogil:
            active.unpack(&words[0, 0], rows, units, &out[0, 0])


def count_bits(const uint64_t[::1] words not None):
    cdef int64_t bits = 0
    if words.shape[0]:
        with nogil:
            bits = active.count_bits(&words[0], words.shape[0])
    return bits


def read_words(const uint64_t[::1] words not None):
    cdef uint64_t any = 0
    if words.shape[0]:
        with nogil:
            any = active.read_words(&words[0], words.shape[0])
    return any


def transpose(const uint64_t[:, ::1] words not None, int64_t units, uint64_t[:, ::1] out not None):
    cdef int64_t rows = words.shape[0]
    expect(words.shape[1] == words_of(units), "words must have ceil(units / 64) words a row")
    expect(out.shape[0] == units and out.shape[1] == words_of(rows), "out must have shape (units, ceil(rows / 64))")
    if rows and units:
        with nogil:
            active.transpose(&words[0, 0], rows, units, &out[0, 0])


def overlaps(const uint64_t[:, ::1] rows not None, const uint64_t[:, ::1] states not None, int64_t units, int32_t[:, ::1] out not None):
    cdef int64_t patterns = rows.shape[0], count = states.shape[0]
    expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
    expect(states.shape[1] == words_of(units), "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count and out.shape[1] == patterns, "out must have shape (states, rows)")
    if count and patterns and units:
        with nogil:
            active.overlaps(&rows[0, 0], patterns, units, &states[0, 0], count, &out[0, 0])


cdef class Memory:
    """Packed patterns, both ways round, and the weights of an interaction."""

    cdef hb_model model
    cdef object arrays

    def __init__(self, const uint64_t[:, ::1] rows not None, const uint64_t[:, ::1] columns not None, int64_t units, weights not None):
        cdef const int64_t[::1] gain = weights.gain
        cdef const double[::1] gain_float = weights.gain_float
        cdef const int64_t[::1] power_table = weights.power_table
        cdef const double[::1] energy_table = weights.energy_table
        cdef hb_model *m = &self.model
        expect(rows.shape[0] > 0 and units > 0, "a memory needs at least one pattern and one unit")
        expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
        expect(
            columns.shape[0] == units and columns.shape[1] == words_of(rows.shape[0]),
            "columns must have shape (units, ceil(patterns / 64))",
        )
        expect((gain is None) != (gain_float is None), "weights need one of gain and gain_float")
        expect(gain is None or gain.shape[0] == units + 2, "weights.gain must have units + 2 entries")
        expect(gain_float is None or gain_float.shape[0] == units + 2, "weights.gain_float must have units + 2 entries")
        expect(power_table is None or power_table.shape[0] == units + 1, "weights.power_table must have units + 1 entries")
        expect(energy_table is None or energy_table.shape[0] == units + 1, "weights.energy_table must have units + 1 entries")
        expect(0 <= weights.limbs <= HB_MAX_LIMBS - 2, "weights.limbs must be from 0 to 46")
        expect(
            weights.limbs > 0 or (gain is not None and (power_table is not None or energy_table is not None)),
            "weights without limbs need integer tables",
        )
        expect(weights.engine in ("auto", "sums", "planes"), "weights.engine must be auto, sums or planes")
        m.kind = HB_EXACT if gain is not None else HB_FILTERED
        # Below 64 patterns one masked sum is as fast as bit planes.
        m.plane_limit = int(units).bit_length() + 1
        if m.plane_limit <= 21 and (weights.engine == "planes" or (weights.engine == "auto" and rows.shape[0] >= 64)):
            m.planes = HB_SLICED if gain is not None and weights.power in (2, 3, 4) and not weights.rectified else HB_BOUNDED
        m.units, m.row_words, m.rows = units, rows.shape[1], &rows[0, 0]
        m.patterns, m.column_words, m.columns = rows.shape[0], columns.shape[1], &columns[0, 0]
        m.gain = &gain[0] if gain is not None else NULL
        m.gain_float = &gain_float[0] if gain_float is not None else NULL
        m.power_table = &power_table[0] if power_table is not None else NULL
        m.energy_table = &energy_table[0] if energy_table is not None else NULL
        m.relative, m.power, m.rectified, m.limbs = weights.relative, weights.power, weights.rectified, weights.limbs
        m.divisor, m.energy_divisor, m.beta, m.unit = weights.divisor, weights.energy_divisor, weights.beta, weights.unit
        m.filter_error = weights.filter_error
        self.arrays = (rows, columns, gain, gain_float, power_table, energy_table)


ctypedef fused coupling:
    int8_t
    int16_t
    int32_t
    int64_t


cdef class Couplings:
    """Integer couplings, a row for each sending unit, and a bias; both times `scale` are energies. The bias, like the fields, is int32,
    or int64 beside int64 couplings."""

    cdef hb_model model
    cdef object arrays
    cdef readonly bint energies  # does recall give them?

    def __init__(self, outgoing not None, bias not None, double scale):
        cdef int width = outgoing.dtype.itemsize
        if width == 1:
            self.take[int8_t](outgoing, HB_COUPLINGS8)
        elif width == 2:
            self.take[int16_t](outgoing, HB_COUPLINGS16)
        elif width == 4:
            self.take[int32_t](outgoing, HB_COUPLINGS32)
        else:
            self.take[int64_t](outgoing, HB_COUPLINGS64)
        cdef const int32_t[::1] offsets = None if width == 8 else bias
        cdef const int64_t[::1] wide_offsets = bias if width == 8 else None
        expect(bias.shape[0] == outgoing.shape[0], "bias must have one entry a unit")
        self.model.bias = <const void *> &wide_offsets[0] if width == 8 else <const void *> &offsets[0]
        self.model.units, self.model.row_words = bias.shape[0], words_of(bias.shape[0])
        self.model.scale = scale
        self.arrays = (outgoing, bias)
        self.energies = width < 8 and (outgoing == outgoing.T).all()

    cdef take(self, const coupling[:, ::1] outgoing, int kind):
        expect(outgoing.shape[0] == outgoing.shape[1] and outgoing.shape[0] > 0, "outgoing must be square")
        self.model.kind, self.model.outgoing = kind, &outgoing[0, 0]


cdef const hb_model *model_of(object model) except NULL:
    if isinstance(model, Memory):
        return &(<Memory> model).model
    if isinstance(model, Couplings):
        return &(<Couplings> model).model
    raise TypeError(f"model must be a Memory or Couplings, got {type(model).__name__}")


cdef dict ORDERS = {"random": HB_RANDOM, "sequential": HB_SEQUENTIAL, "replacement": HB_REPLACEMENT, "array": HB_ARRAY}
cdef dict TIES = {"plus": HB_PLUS, "minus": HB_MINUS, "keep": HB_KEEP}


cdef class Dynamics:
    """How states move: update, visiting order, ties, temperature, clamped units."""

    cdef hb_dynamics rules
    cdef object arrays

    def __init__(
        self,
        int64_t units,
        str update not None,
        str order not None,
        const uint32_t[::1] visits not None,
        str tie not None,
        double temperature,
        const uint64_t[::1] clamp not None,
    ):
        cdef hb_dynamics *d = &self.rules
        cdef uint8_t[::1] seen
        expect(clamp.shape[0] == 0 or clamp.shape[0] == words_of(units), "clamp must have ceil(units / 64) words or none")
        expect(temperature >= 0, "temperature must not be negative")
        d.synchronous, d.order, d.tie, d.temperature = {"async": 0, "sync": 1}[update], ORDERS[order], TIES[tie], temperature
        d.clamp = &clamp[0] if clamp.shape[0] else NULL
        d.covers = order != "replacement"
        if order == "array":
            expect(visits.shape[0] > 0, "visits must name at least one unit")
            seen = bytearray(units)
            for j in range(visits.shape[0]):
                expect(visits[j] < units, "visits must lie in 0..units-1")
                seen[visits[j]] = 1
            d.visits, d.visit_count, d.covers = &visits[0], visits.shape[0], 0 not in bytes(seen)
        self.arrays = (visits, clamp)


cdef char *new_workspace(const hb_model *m) except NULL:
    """Zeroed; the first address behind it that is a multiple of 64 is the workspace."""
    cdef char *memory = <char *> calloc(hb_lay_out(m, NULL, NULL) + 64, 1)
    if memory == NULL:
        raise MemoryError
    return memory


cdef char *on_line(char *memory) noexcept nogil:
    return memory + (64 - <uintptr_t> memory % 64)


def energies(Memory memory not None, const int32_t[:, ::1] overlaps not None, double[::1] out not None):
    cdef const hb_model *m = &memory.model
    cdef int64_t count = overlaps.shape[0]
    cdef char *workspace
    expect(overlaps.shape[1] == m.patterns, "overlaps must have one column a pattern")
    expect(out.shape[0] == count, "out must have one entry a state")
    if count:
        workspace = new_workspace(m)
        with nogil:
            active.energies(m, &overlaps[0, 0], count, &out[0], on_line(workspace))
        free(workspace)


def fields(model not None, const uint64_t[:, ::1] states not None, const uint32_t[::1] units not None, double[:, ::1] out not None):
    cdef const hb_model *m = model_of(model)
    cdef int64_t count = states.shape[0], unit_count = units.shape[0]
    cdef char *workspace
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count and out.shape[1] == unit_count, "out must have shape (states, units)")
    for j in range(unit_count):
        expect(units[j] < m.units, "units must lie in 0..D-1")
    if count and unit_count:
        workspace = new_workspace(m)
        with nogil:
            active.fields(m, &states[0, 0], count, &units[0], unit_count, &out[0, 0], on_line(workspace))
        free(workspace)


def workspace_bytes(model not None, Dynamics dynamics not None):
    return hb_lay_out(model_of(model), &dynamics.rules, NULL)


def recall(
    model not None,
    Dynamics dynamics not None,
    uint64_t[:, ::1] states not None,
    uint64_t[:, ::1] previous not None,
    int64_t[:, ::1] progress not None,
    int64_t sweep_limit,
    int64_t first,
    int64_t budget,
    double[::1] energies not None,
    uint8_t[::1] workspace not None,
):
    cdef const hb_model *m = model_of(model)
    cdef int64_t count = states.shape[0], reached
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(previous.shape[1] == m.row_words, "previous must have ceil(units / 64) words a row")
    expect(previous.shape[0] == (count if dynamics.rules.synchronous else 0), "previous must have the rows of states, or none for async")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (states, 4)")
    expect(0 <= first <= count, "first must lie in 0..states")
    expect(energies.shape[0] in (0, count), "energies must have one entry a state, or none")
    expect(energies.shape[0] == 0 or isinstance(model, Memory) or model.energies, "energies must be empty for these couplings")
    expect(workspace.shape[0] >= hb_lay_out(m, &dynamics.rules, NULL), "workspace must have workspace_bytes(model, dynamics) bytes")
    expect(<uintptr_t> &workspace[0] % 64 == 0, "workspace must start at a multiple of 64 bytes")
    if first == count:
        return count
    with nogil:
        reached = active.recall(
            m,
            &dynamics.rules,
            &states[0, 0],
            &previous[0, 0] if previous.shape[0] else NULL,
            count,
            &progress[0, 0],
            sweep_limit,
            first,
            budget,
            &energies[0] if energies.shape[0] else NULL,
            &workspace[0],
        )
    return reached


def update_units(
    Memory memory not None,
    Dynamics dynamics not None,
    const uint64_t[::1] state not None,
    const int32_t[::1] overlaps not None,
    int64_t first,
    int64_t last,
    uint64_t[::1] coming not None,
    uint8_t[::1] workspace not None,
):
    cdef const hb_model *m = &memory.model
    expect(dynamics.rules.synchronous and dynamics.rules.temperature == 0, "dynamics must be synchronous at temperature 0")
    expect(state.shape[0] == m.row_words and coming.shape[0] == m.row_words, "state and coming must have ceil(units / 64) words")
    expect(overlaps.shape[0] == m.patterns, "overlaps must have one entry a pattern")
    expect(0 <= first < last <= m.units and first % 64 == 0, "first..last must be units, first a multiple of 64")
    expect(last % 64 == 0 or last == m.units, "last must be a multiple of 64, or units")
    expect(workspace.shape[0] >= hb_lay_out(m, &dynamics.rules, NULL), "workspace must have workspace_bytes(memory, dynamics) bytes")
    expect(<uintptr_t> &workspace[0] % 64 == 0, "workspace must start at a multiple of 64 bytes")
    with nogil:
        active.update_units(m, &dynamics.rules, &state[0], &overlaps[0], first, last, &coming[0], &workspace[0])


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
        void (*bounded)(const int8_t *, int64_t, int64_t, int32_t, int32_t *) noexcept nogil

    const hb_trainers hb_training_table[]
    int64_t hb_ascent_bytes(const hb_ascent *) noexcept nogil


cdef const hb_trainers *trainers() noexcept nogil:
    return &hb_training_table[active - &hb_table[0]]


cdef class Ascent:
    """Patterns as codes of four signs, both ways round, the targets of the units, and what every unit ascends."""

    cdef hb_ascent model
    cdef object arrays

    def __init__(
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


def ascend(
    Ascent ascent not None,
    int64_t first,
    int64_t rows,
    float[:, ::1] weights not None,
    float[:, ::1] means not None,
    float[:, ::1] squares not None,
    const float[:, ::1] schedule not None,
):
    cdef const hb_ascent *a = &ascent.model
    cdef char *memory
    check_rows(a, weights)
    check_rows(a, means)
    check_rows(a, squares)
    expect(first >= 0 and first % HB_BLOCK_ROWS == 0, "first must be a multiple of 4")
    expect(rows > 0 and first + rows <= a.units, "rows must be at least 1 and end within the units")
    expect(schedule.shape[1] == HB_SCHEDULE, "schedule must have three columns")
    if schedule.shape[0] == 0:
        return
    memory = <char *> calloc(hb_ascent_bytes(a) + 64, 1)
    if memory == NULL:
        raise MemoryError
    cdef char *aligned = memory + (64 - <uintptr_t> memory % 64)
    with nogil:
        trainers().ascend(
            a, first, rows, &weights[first, 0], &means[first, 0], &squares[first, 0], &schedule[0, 0], schedule.shape[0], aligned
        )
    free(memory)


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
    cdef hb_dual d = dual(gram, targets, units, strengths, fields)
    cdef int64_t run
    expect(sums.shape[0] == 3, "sums must have three entries")
    expect(pocket.shape[0] == d.patterns, "pocket must have one entry a pattern")
    with nogil:
        run = trainers().perceptron(&d, kappa, epochs, &strengths[0], &fields[0], &sums[0], &pocket[0])
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
    cdef hb_dual d = dual(gram, targets, units, strengths, fields)
    cdef int64_t run
    expect(sums.shape[0] == 3, "sums must have three entries")
    with nogil:
        run = trainers().adatron(&d, rate, tolerance, sweeps, &strengths[0], &fields[0], &sums[0])
    return run


def bounded(const int8_t[:, ::1] patterns not None, int32_t bound, int32_t[:, ::1] out not None):
    cdef int64_t units = patterns.shape[1]
    expect(patterns.shape[0] > 0 and units > 0, "patterns must not be empty")
    expect(out.shape[0] == units and out.shape[1] == units, "out must have shape (units, units)")
    with nogil:
        trainers().bounded(&patterns[0, 0], patterns.shape[0], units, bound, &out[0, 0])


cdef extern from "c/shared/model.h":
    uint64_t hb_next(uint64_t *) noexcept nogil
    int64_t hb_below(uint64_t *, int64_t) noexcept nogil
    uint64_t hb_tail(int64_t) noexcept nogil


def draw(const uint64_t[::1] streams not None, int64_t units, uint64_t[:, :, ::1] out not None):
    cdef int64_t m, w, words = words_of(units), count = out.shape[1] * words
    cdef uint64_t z, ones = ~<uint64_t> 0, tail = hb_tail(units)
    cdef uint64_t *word
    expect(units > 0, "units must be at least 1")
    expect(out.shape[0] == streams.shape[0] and out.shape[2] == words, "out must have shape (streams, patterns, ceil(units / 64))")
    if count and streams.shape[0]:
        with nogil:
            for m in range(streams.shape[0]):
                z, word = streams[m], &out[m, 0, 0]
                for w in range(count):
                    word[w] = hb_next(&z) & (tail if w % words == words - 1 else ones)


def corrupt(
    const uint64_t[:, ::1] states not None,
    int64_t units,
    int64_t flips,
    const uint64_t[::1] streams not None,
    uint64_t[:, ::1] out not None,
):
    cdef int64_t q, j, unit, words = words_of(units)
    cdef uint64_t z
    cdef uint64_t *row
    expect(0 <= flips <= units, "flips must lie in 0..units")
    expect(states.shape[1] == words, "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == states.shape[0] and out.shape[1] == words, "out must have the shape of states")
    expect(streams.shape[0] == states.shape[0], "streams must have one entry a state")
    if words and states.shape[0]:
        with nogil:
            for q in range(states.shape[0]):
                z, row = streams[q], &out[q, 0]
                for j in range(words):
                    row[j] = 0
                for j in range(units - flips, units):
                    unit = hb_below(&z, j + 1)
                    if row[unit >> 6] >> (unit & 63) & 1:
                        unit = j
                    row[unit >> 6] |= <uint64_t> 1 << (unit & 63)
                for j in range(words):
                    row[j] ^= states[q, j]


def recall_each(
    Memory like not None,
    Dynamics dynamics not None,
    const uint64_t[:, :, ::1] rows not None,
    uint64_t[:, ::1] columns not None,
    uint64_t[:, :, ::1] states not None,
    uint64_t[:, :, ::1] previous not None,
    int64_t[:, :, ::1] progress not None,
    int64_t sweep_limit,
    int64_t first,
    int64_t budget,
    uint8_t[::1] workspace not None,
):
    cdef hb_model m = like.model
    cdef int64_t memories = rows.shape[0], count = states.shape[1], memory, q, reached, swept
    expect(count > 0, "each memory needs at least one cue")
    expect(rows.shape[1] == m.patterns and rows.shape[2] == m.row_words, "rows must have shape (memories, patterns, ceil(units / 64))")
    expect(columns.shape[0] == m.units and columns.shape[1] == m.column_words, "columns must have shape (units, ceil(patterns / 64))")
    expect(states.shape[0] == memories and states.shape[2] == m.row_words, "states must have shape (memories, cues, ceil(units / 64))")
    expect(previous.shape[2] == m.row_words, "previous must have ceil(units / 64) words a row")
    expect(
        previous.shape[0] == memories and previous.shape[1] == (count if dynamics.rules.synchronous else 0),
        "previous must have the rows of states, or none for async",
    )
    expect(
        progress.shape[0] == memories and progress.shape[1] == count and progress.shape[2] == HB_PROGRESS,
        "progress must have shape (memories, cues, 4)",
    )
    expect(0 <= first <= memories * count, "first must lie in 0..memories * cues")
    expect(workspace.shape[0] >= hb_lay_out(&m, &dynamics.rules, NULL), "workspace must have workspace_bytes(like, dynamics) bytes")
    expect(<uintptr_t> &workspace[0] % 64 == 0, "workspace must start at a multiple of 64 bytes")
    m.columns = &columns[0, 0]
    with nogil:
        while first < memories * count and budget > 0:
            memory = first // count
            m.rows = &rows[memory, 0, 0]
            active.transpose(m.rows, m.patterns, m.units, &columns[0, 0])
            reached = active.recall(
                &m,
                &dynamics.rules,
                &states[memory, 0, 0],
                &previous[memory, 0, 0] if dynamics.rules.synchronous else NULL,
                count,
                &progress[memory, 0, 0],
                sweep_limit,
                first - memory * count,
                budget,
                NULL,
                &workspace[0],
            )
            first = memory * count + reached
            if reached < count:
                break
            swept = 1
            for q in range(count):
                swept += progress[memory, q, HB_SWEEPS]
            budget -= swept * m.patterns * m.units
    return first
