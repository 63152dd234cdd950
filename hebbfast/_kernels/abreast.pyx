"""Bridge between hebbfast and the C kernels of chains abreast, in the manner of `recall.pyx`, whose levels they have."""

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

ABREAST = HB_ABREAST
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
            expect(weights is not None or starts[j + 1] - starts[j] <= 256, "without weights a unit must have up to 256 targets")
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


def abreast_bytes(Neighbours neighbours not None, bint each):
    """Size of the workspace of `run_abreast`, with one temperature or one for each chain: uint8 from a multiple of 64 bytes on."""
    return hb_chances_bytes(neighbours.model.entries, HB_ABREAST if each else 1)


cdef const hb_abreast *at_level(int level) except NULL:
    expect(0 <= level < HB_LEVELS and hb_abreast_table[level].runs_here(), f"level must be one that runs here, got {level}")
    return &hb_abreast_table[level]


cdef void check_chains(const hb_neighbours *m, const uint64_t[::1] up) except *:
    expect(up.shape[0] == m.units + 1, "up and best must have a word a unit, and one more")
    expect(up[m.units] == 0, "the last word of up and best must be 0")


def sum_abreast(Neighbours neighbours not None, int level, const uint64_t[::1] up not None, int64_t[::1] sums not None):
    """-2 E / scale of 64 chains, as `run_abreast` has them."""
    cdef const hb_neighbours *m = &neighbours.model
    cdef const hb_abreast *kernels = at_level(level)
    check_chains(m, up)
    expect(sums.shape[0] == HB_ABREAST, "sums must have 64 entries")
    with nogil:
        kernels.sum(m, &up[0], &sums[0])


def run_abreast(
    Neighbours neighbours not None,
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

    Bit l of `up` says whether the unit is at +1 in chain l, as the transposed packed states do.

    `sums` are -2 E / scale of each chain, and the largest seen: after each sweep if its `energies` (sweeps, chains) are asked, else after
    the last one; `best` are the states of these."""
    cdef const hb_neighbours *m = &neighbours.model
    cdef const hb_abreast *kernels = at_level(level)
    cdef hb_chains c
    cdef bint each = temperatures.shape[1] > 1
    cdef void *memory = room(workspace, hb_chances_bytes(m.entries, HB_ABREAST if each else 1))
    cdef int64_t count = m.units if visits is None else visits.shape[0], sweeps = temperatures.shape[0], k, j
    cdef const uint32_t *order = NULL
    cdef double *out = NULL
    cdef int64_t out_stride = 0
    check_chains(m, up)
    check_chains(m, best)
    expect(sums.shape[0] == 2 and sums.shape[1] == HB_ABREAST, "sums must have shape (2, 64)")
    expect(0 < progress.shape[0] <= HB_ABREAST and progress.shape[1] == HB_PROGRESS, "progress must have up to 64 rows of five")
    c.up, c.best, c.sums = &up[0], &best[0], &sums[0, 0]
    c.progress, c.count, c.stride = &progress[0, 0], progress.shape[0], HB_PROGRESS
    expect(temperatures.shape[1] == 1 or temperatures.shape[1] == c.count, "temperatures must have one column, or one a chain")
    for k in range(sweeps):
        for j in range(temperatures.shape[1]):
            expect(temperatures[k, j] > 0, f"temperatures must be above 0, got {temperatures[k, j]}")
    if visits is not None:
        for k in range(count):
            expect(visits[k] < m.units, "visits must be units")
        if count:
            order = &visits[0]
    if energies is not None and sweeps:
        expect(energies.shape[0] == sweeps and energies.shape[1] == c.count, "energies must have shape (sweeps, chains)")
        expect(energies.strides[1] == sizeof(double), "energies of a sweep must lie side by side")
        out, out_stride = &energies[0, 0], energies.strides[0] // <int64_t> sizeof(double)
    with nogil:
        kernels.run(m, &c, order, count, &temperatures[0, 0] if sweeps else NULL, each, sweeps, metropolis, out, out_stride, memory)
