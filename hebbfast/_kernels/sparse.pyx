"""Bridge between hebbfast and the C kernels of sparse couplings, in the manner of `recall.pyx`, whose level and rules they take."""

from libc.string cimport memcpy

from hebbfast._kernels.common cimport *

from hebbfast._kernels.recall import Dynamics, active_level

cdef extern from "c/sparse.h":
    ctypedef struct hb_sparse:
        int64_t units, row_words
        const int64_t *starts
        const int32_t *targets
        const void *values
        const int64_t *bias
        int wide, energies
        double scale

    ctypedef struct hb_sparse_run:
        int64_t held, energy
        int64_t *fields

    ctypedef struct hb_sparse_kernels:
        void (*load)(const hb_sparse *, hb_sparse_run *, const uint64_t *) noexcept nogil
        int64_t (*recall)(
            const hb_sparse *, const hb_dynamics *, uint64_t *, uint64_t *, int64_t *, int64_t, int64_t, int64_t, int64_t, double *, void *
        ) noexcept nogil

    const hb_sparse_kernels hb_sparse_table[]
    int64_t hb_sparse_lay_out(const hb_sparse *, char *) noexcept nogil


cdef const hb_sparse_kernels *level_of(int64_t level) except NULL:
    expect(0 <= level < HB_LEVELS and hb_table[level].runs_here(), f"level must be what active_level() gives, got {level}")
    return &hb_sparse_table[level]


cdef class SparseCouplings:
    """Integer couplings of which most are zero, by the unit that sends; times `scale`, with the bias, they are energies."""

    cdef hb_sparse model
    cdef object arrays
    cdef readonly int64_t units
    cdef readonly bint energies  # does recall give them?

    def __cinit__(
        self,
        const int64_t[::1] starts not None,
        const int32_t[::1] targets not None,
        values not None,
        const int64_t[::1] bias not None,
        double scale,
        bint energies,
    ):
        cdef hb_sparse *m = &self.model
        cdef int64_t units = bias.shape[0], k
        cdef const int32_t[::1] narrow
        cdef const int64_t[::1] wide
        expect(0 < units < 2**31, "bias must have one entry a unit, fewer than 2^31")
        expect(starts.shape[0] == units + 1 and starts[0] == 0, "starts must have units + 1 entries, the first 0")
        expect(starts[units] == targets.shape[0] and len(values) == targets.shape[0], "targets and values must have starts[-1] entries")
        for k in range(units):
            expect(starts[k] <= starts[k + 1], "starts must not fall")
        for k in range(targets.shape[0]):
            if not 0 <= targets[k] < units:
                raise ValueError(f"targets must lie in 0..{units - 1}, got {targets[k]}")
        m.wide = values.dtype.itemsize == 8
        if targets.shape[0]:
            m.targets = &targets[0]
            if m.wide:
                wide = values
                m.values = <const void *> &wide[0]
            else:
                narrow = values
                m.values = <const void *> &narrow[0]
        m.starts, m.bias, m.scale, m.energies = &starts[0], &bias[0], scale, energies
        self.units = m.units = units
        m.row_words = words_of(units)
        self.energies = energies
        self.arrays = (starts, targets, values, bias)


cdef const hb_dynamics *rules_of(dynamics, const hb_sparse *m, int64_t cues) except NULL:
    expect(isinstance(dynamics, Dynamics), "dynamics must be Dynamics")
    if dynamics.units != m.units:
        raise ValueError(f"dynamics must be for D={m.units}, got D={dynamics.units}")
    if dynamics.cues not in (1, cues):
        raise ValueError(f"temperatures must have one column or {cues}, one a cue, got {dynamics.cues}")
    return <const hb_dynamics *> <uintptr_t> dynamics.address


def sparse_bytes(SparseCouplings model not None):
    """Size of a workspace, which is as `workspace_bytes` of the dense kernels describes it."""
    return hb_sparse_lay_out(&model.model, NULL)


def sparse_fields(SparseCouplings model not None, const uint64_t[:, ::1] states not None, int64_t[:, ::1] out not None,
                  int64_t[::1] energies not None, uint8_t[::1] workspace not None):
    """Fields of states, and their energies, over the scale."""
    cdef const hb_sparse *m = &model.model
    cdef const hb_sparse_kernels *kernels = level_of(active_level())
    cdef int64_t count = states.shape[0], q
    cdef hb_sparse_run *r = <hb_sparse_run *> room(workspace, hb_sparse_lay_out(m, NULL))
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count and out.shape[1] == m.units, "out must have shape (states, units)")
    expect(energies.shape[0] == count, "energies must have one entry a state")
    if count == 0:
        return
    with nogil:
        hb_sparse_lay_out(m, <char *> r)
        r.held = 0
        for q in range(count):
            kernels.load(m, r, &states[q, 0])
            memcpy(&out[q, 0], r.fields, 8 * m.units)
            energies[q] = r.energy


def sparse_recall(
    SparseCouplings model not None,
    dynamics not None,
    int64_t level,
    uint64_t[:, ::1] states not None,
    uint64_t[:, ::1] previous not None,
    int64_t[:, ::1] progress not None,
    int64_t sweep_limit,
    int64_t first,
    int64_t last,
    int64_t budget,
    double[::1] energies not None,
    uint8_t[::1] workspace not None,
):
    """As `recall`."""
    cdef const hb_sparse *m = &model.model
    cdef const hb_sparse_kernels *kernels = level_of(level)
    cdef int64_t count = states.shape[0], reached
    cdef const hb_dynamics *d = rules_of(dynamics, m, count)
    cdef void *memory = room(workspace, hb_sparse_lay_out(m, NULL))
    expect(states.shape[1] == m.row_words and previous.shape[1] == m.row_words, "states and previous must have ceil(units / 64) words a row")
    expect(previous.shape[0] == (count if d.synchronous else 0), "previous must have the rows of states, or none for async")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (states, 5)")
    check_range(first, last, count)
    expect(energies.shape[0] in (0, count), "energies must have one entry a state, or none")
    expect(energies.shape[0] == 0 or model.energies, "energies must be empty for these couplings")
    if first == last:
        return last
    with nogil:
        reached = kernels.recall(
            m, d, &states[0, 0], &previous[0, 0] if previous.shape[0] else NULL, &progress[0, 0], sweep_limit, first, last, budget,
            &energies[0] if energies.shape[0] else NULL, memory,
        )
    return reached


def sparse_follow(
    SparseCouplings model not None,
    dynamics not None,
    int64_t level,
    uint64_t[:, ::1] states not None,
    int64_t[:, ::1] progress not None,
    int64_t sweep_limit,
    int64_t first,
    int64_t last,
    int64_t budget,
    double[:, ::1] energies not None,
    uint64_t[:, ::1] best_states not None,
    double[::1] best_energies not None,
    uint8_t[::1] workspace not None,
):
    """As `follow`."""
    cdef const hb_sparse *m = &model.model
    cdef const hb_sparse_kernels *kernels = level_of(level)
    cdef int64_t count = states.shape[0], rows = energies.shape[0], start = sweep_limit - rows, words = m.row_words, q, row, later
    cdef int64_t cost = 8 * m.units
    cdef const hb_dynamics *d = rules_of(dynamics, m, count)
    cdef bint keeps = best_energies.shape[0] > 0
    cdef void *memory = room(workspace, hb_sparse_lay_out(m, NULL))
    expect(not d.synchronous and model.energies, "a recall is followed where it is asynchronous, and its energies are known")
    expect(states.shape[1] == words, "states must have ceil(units / 64) words a row")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (states, 5)")
    expect(energies.shape[1] == count and start >= 0, "energies must have one column a state, and at most sweep_limit rows")
    expect(best_energies.shape[0] in (0, count), "best_energies must have one entry a state, or none")
    expect(best_states.shape[0] == best_energies.shape[0], "best_states must have the rows of best_energies")
    expect(not keeps or best_states.shape[1] == words, "best_states must have ceil(units / 64) words a row")
    check_range(first, last, count)
    for q in range(first, last):
        expect(progress[q, HB_STATUS] != HB_RUNNING or progress[q, HB_SWEEPS] >= start, "energies must have a row for every sweep to come")
    with nogil:
        for q in range(first, last):
            while progress[q, HB_STATUS] == HB_RUNNING and progress[q, HB_SWEEPS] < sweep_limit:
                row = progress[q, HB_SWEEPS] - start
                if budget <= 0 or not kernels.recall(
                    m, d, &states[0, 0], NULL, &progress[0, 0], start + row + 1, q, q + 1, budget, &energies[row, 0], memory
                ) == q + 1:
                    with gil:
                        return q
                budget -= cost
                if keeps and energies[row, q] < best_energies[q]:
                    best_energies[q] = energies[row, q]
                    memcpy(&best_states[q, 0], &states[q, 0], 8 * words)
                if progress[q, HB_STATUS] != HB_RUNNING:
                    for later in range(row + 1, rows):
                        energies[later, q] = energies[row, q]
    return last
