"""Bridge between hebbfast and the C kernels of chains abreast, in the manner of `recall.pyx`, whose levels they have."""

from array import array

from libc.string cimport memset

from hebbfast._kernels.common cimport *

cdef extern from "c/abreast.h":
    enum:
        HB_ABREAST
        HB_NEIGHBOURS

    ctypedef struct hb_neighbours:
        int64_t units, unit, step, entries
        double scale
        const int64_t *starts
        const int64_t *middles
        const uint32_t *targets
        const int16_t *weights
        const int32_t *base
        const int32_t *bias
        const int32_t *places
        const int32_t *numbers

    ctypedef struct hb_chains:
        uint64_t *up
        uint64_t *best
        int64_t *sums
        int64_t *progress
        int64_t count, stride

    ctypedef struct hb_abreast:
        int (*runs_here)() noexcept nogil
        void (*run)(
            const hb_neighbours *, hb_chains *, const uint32_t *, int64_t, const double *, int64_t, int64_t, int, double *, int64_t, void *
        ) noexcept nogil
        void (*sum)(const hb_neighbours *, const uint64_t *, int64_t *) noexcept nogil

    const hb_abreast hb_abreast_table[]
    int64_t hb_chances_bytes(int64_t, int64_t) noexcept nogil

cdef extern from "c/multispin.h":
    enum:
        HB_MULTISPIN
        HB_SPIN_WORDS
        HB_MOST_AROUND

    ctypedef struct hb_kinds:
        const hb_neighbours *around
        const int32_t *kinds
        const int32_t *places
        const int32_t *degrees
        int64_t count
        bint biased

    ctypedef struct hb_multispin:
        void (*run)(
            const hb_kinds *, hb_chains *, const uint32_t *, int64_t, const double *, int64_t, int, double *, int64_t, void *
        ) noexcept nogil
        void (*sum)(const hb_kinds *, uint64_t *, int64_t *) noexcept nogil

    const hb_multispin hb_multispin_table[]
    int64_t hb_programs_bytes(const hb_kinds *) noexcept nogil

ABREAST = HB_ABREAST
MULTISPIN = HB_MULTISPIN
MOST_AROUND = HB_MOST_AROUND
NEIGHBOURS = HB_NEIGHBOURS


cdef class Neighbours:
    """Sparse symmetric couplings of chains abreast. A field is unit (step a + base) scale, with a bias of unit * bias * scale in it;
    step a + base is one of `numbers`, at place + a.

    Couplings from unit j to `targets` are those from starts[j] on, positive ones in front of middles[j]: integers `weights`, or, if these
    are None, all of size one, by eights, with a target that is no unit in gaps in front of middles[j]."""

    cdef hb_neighbours model
    cdef object arrays

    def __cinit__(
        self,
        const int64_t[::1] starts not None,
        const int64_t[::1] middles not None,
        const uint32_t[::1] targets not None,
        const int16_t[::1] weights,
        int64_t unit,
        int64_t step,
        const int32_t[::1] base not None,
        const int32_t[::1] bias not None,
        const int32_t[::1] places not None,
        const int32_t[::1] numbers not None,
        double scale,
    ):
        cdef hb_neighbours *m = &self.model
        cdef int64_t j, units = base.shape[0]
        expect(units > 0 and places.shape[0] == units and middles.shape[0] == units, "base, places and middles must have an entry a unit")
        expect(bias.shape[0] == units, "bias must have an entry a unit")
        expect(starts.shape[0] == units + 1 and starts[0] == 0, "starts must be units + 1 places, the first one 0")
        for j in range(units):
            expect(starts[j] <= middles[j] <= starts[j + 1], "middles must lie between starts")
            expect(weights is not None or (starts[j + 1] - starts[j]) % HB_NEIGHBOURS == 0, "without weights targets must come by eights")
            expect(weights is not None or starts[j + 1] - starts[j] <= 1024, "without weights a unit must have up to 1024 targets")
        expect(targets.shape[0] == starts[units], "targets must have as many entries as starts say")
        expect(weights is None or weights.shape[0] == targets.shape[0], "weights must have the entries of targets")
        for j in range(targets.shape[0]):
            expect(targets[j] <= units, "targets must be units, or their number for none")
        expect(numbers.shape[0] > 0, "numbers must not be empty")
        m.units, m.unit, m.step, m.entries, m.scale = units, unit, step, numbers.shape[0], scale
        m.starts, m.middles, m.base, m.bias = &starts[0], &middles[0], &base[0], &bias[0]
        m.places, m.numbers = &places[0], &numbers[0]
        m.targets = &targets[0] if targets.shape[0] else NULL
        m.weights = &weights[0] if weights is not None and weights.shape[0] else NULL
        self.arrays = (starts, middles, targets, weights, base, bias, places, numbers)


cdef class Kinds:
    """Neighbours as multi-spin coding takes them: all of size one, up to 31 for a unit. `kinds` says which units have as many, and the
    same place: kind 0, and so on."""

    cdef hb_kinds model
    cdef object arrays

    def __cinit__(self, Neighbours neighbours not None, const int32_t[::1] kinds not None):
        cdef hb_kinds *m = &self.model
        cdef const hb_neighbours *around = &neighbours.model
        cdef int64_t units = around.units, count = 0, j, e
        cdef int32_t degree
        cdef bint same
        cdef int32_t[::1] places, degrees
        expect(around.weights == NULL, "neighbours must have no weights")
        expect(around.units <= 1 << 25, "neighbours must be of up to 2^25 units")
        expect(kinds.shape[0] == units, "kinds must have an entry a unit")
        for j in range(units):
            expect(0 <= kinds[j] <= count, "kinds must be numbered as they come")
            count += kinds[j] == count
        places, degrees = array("i", [-1]) * count, array("i", [0]) * count
        for j in range(units):
            degree = 0
            for e in range(around.starts[j], around.starts[j + 1]):
                degree += around.targets[e] < units
            expect(degree <= HB_MOST_AROUND, "a unit must have up to 31 neighbours")
            if places[kinds[j]] < 0:
                places[kinds[j]], degrees[kinds[j]] = around.places[j], degree
            same = places[kinds[j]] == around.places[j] and degrees[kinds[j]] == degree
            expect(same, "units of a kind must have one place, and as many neighbours")
            expect(0 <= places[kinds[j]] and places[kinds[j]] + degree < around.entries, "numbers must have an entry for all fields")
        m.biased = 0
        for j in range(count):
            for e in range(degrees[j] + 1):
                m.biased |= around.numbers[places[j] + e] != -around.numbers[places[j] + degrees[j] - e]
        m.around, m.count = around, count
        m.kinds, m.places, m.degrees = &kinds[0], &places[0], &degrees[0]
        self.arrays = (neighbours, kinds, places, degrees)


def abreast_bytes(Neighbours neighbours not None, Kinds kinds, bint each):
    """Size of the workspace of `run_abreast`, with one temperature or one for each chain: uint8 from a multiple of 64 bytes on."""
    if kinds is not None:
        return hb_programs_bytes(&kinds.model)
    return hb_chances_bytes(neighbours.model.entries, HB_ABREAST if each else 1)


cdef int check_level(int level) except -1:
    expect(0 <= level < HB_LEVELS and hb_abreast_table[level].runs_here(), f"level must be one that runs here, got {level}")
    return level


cdef void check_chains(const hb_neighbours *m, int64_t words, const uint64_t[::1] up) except *:
    cdef int64_t w
    expect(up.shape[0] == words * (m.units + 1), "up and best must have words for all units, and one unit more")
    for w in range(words * m.units, up.shape[0]):
        expect(up[w] == 0, "the last words of up and best must be 0")


def sum_abreast(Neighbours neighbours not None, Kinds kinds, int level, uint64_t[::1] up not None, int64_t[::1] sums not None):
    """-2 E / scale of the chains, as `run_abreast` has them."""
    cdef const hb_neighbours *m = &neighbours.model
    cdef int64_t words = 1 if kinds is None else HB_SPIN_WORDS
    check_level(level)
    check_chains(m, words, up)
    expect(sums.shape[0] == words * HB_ABREAST, f"sums must have {words * HB_ABREAST} entries")
    if kinds is None:
        with nogil:
            hb_abreast_table[level].sum(m, &up[0], &sums[0])
    else:
        with nogil:
            hb_multispin_table[level].sum(&kinds.model, &up[0], &sums[0])
            memset(&up[words * m.units], 0, words * sizeof(uint64_t))


def run_abreast(
    Neighbours neighbours not None,
    Kinds kinds,
    int level,
    uint64_t[::1] up not None,
    uint64_t[::1] best not None,
    int64_t[:, ::1] sums not None,
    int64_t[:, ::1] progress not None,
    const uint32_t[::1] visits,
    const double[:, ::1] temperatures not None,
    bint metropolis,
    double[:, :] energies,
    uint8_t[::1] workspace not None,
):
    """A sweep for each row of temperatures, one for all chains or one for each, over `visits`, or over all units in turn if that is None.

    Up to 64 chains, each by its own stream; with `kinds` up to 512 by multi-spin coding, which draw from the stream of the first one, at
    one temperature. Bit l % 64 of word l / 64 of a unit in `up` says whether it is at +1 in chain l, as the transposed packed states do.

    `sums` are -2 E / scale of each chain, and the largest seen: after each sweep if its `energies` (sweeps, chains) are asked, else after
    the last one; `best` are the states of these."""
    cdef const hb_neighbours *m = &neighbours.model
    cdef hb_chains c
    cdef bint each = temperatures.shape[1] > 1
    cdef void *memory = room(workspace, abreast_bytes(neighbours, kinds, each))
    cdef int64_t count = m.units if visits is None else visits.shape[0], sweeps = temperatures.shape[0], k, j
    cdef int64_t words = 1 if kinds is None else HB_SPIN_WORDS, width = words * HB_ABREAST
    cdef const uint32_t *order = NULL
    cdef const double *heat = NULL
    cdef double *out = NULL
    cdef int64_t out_stride = 0
    check_level(level)
    check_chains(m, words, up)
    check_chains(m, words, best)
    expect(kinds is None or kinds.model.around == m, "kinds must be those of neighbours")
    expect(sums.shape[0] == 2 and sums.shape[1] == width, f"sums must have shape (2, {width})")
    expect(0 < progress.shape[0] <= width and progress.shape[1] == HB_PROGRESS, f"progress must have up to {width} rows of five")
    c.up, c.best, c.sums = &up[0], &best[0], &sums[0, 0]
    c.progress, c.count, c.stride = &progress[0, 0], progress.shape[0], HB_PROGRESS
    expect(
        not each or kinds is None and temperatures.shape[1] == c.count,
        "temperatures must have one column, or without kinds one a chain",
    )
    for k in range(sweeps):
        for j in range(temperatures.shape[1]):
            expect(temperatures[k, j] > 0, f"temperatures must be above 0, got {temperatures[k, j]}")
    if visits is not None:
        for k in range(count):
            expect(visits[k] < m.units, "visits must be units")
        if count:
            order = &visits[0]
    if sweeps:
        heat = &temperatures[0, 0]
    if energies is not None and sweeps:
        expect(energies.shape[0] == sweeps and energies.shape[1] == c.count, "energies must have shape (sweeps, chains)")
        expect(energies.strides[1] == sizeof(double), "energies of a sweep must lie side by side")
        out, out_stride = &energies[0, 0], energies.strides[0] // <int64_t> sizeof(double)
    if kinds is None:
        with nogil:
            hb_abreast_table[level].run(m, &c, order, count, heat, each, sweeps, metropolis, out, out_stride, memory)
    else:
        with nogil:
            hb_multispin_table[level].run(&kinds.model, &c, order, count, heat, sweeps, metropolis, out, out_stride, memory)
