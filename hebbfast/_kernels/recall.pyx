"""Bridge between hebbfast and the C kernels of recall: takes C-contiguous arrays, checks shapes, releases the GIL, makes one call.

A *workspace* is described at `workspace_bytes`; the columns of `progress` are STREAM .. STATUS, and a *stream* is its first two.
"""

from libc.string cimport memcpy, memset

from hebbfast._kernels.common cimport *
from hebbfast._kernels.levels cimport chosen, level_of
from hebbfast._kernels.models cimport Couplings, Dynamics, Memory, check_cues, gives_energies, model_of, rules_of

STREAM, INCREMENT, SWEEPS, FLIPS, STATUS, PROGRESS = HB_STREAM, HB_INCREMENT, HB_SWEEPS, HB_FLIPS, HB_STATUS, HB_PROGRESS
RUNNING, CONVERGED, CYCLE, STOPPED = HB_RUNNING, HB_CONVERGED, HB_CYCLE, HB_STOPPED


def workspace_bytes(model not None, Dynamics dynamics=None):
    """Size of a workspace: uint8 that starts at a multiple of 64 bytes. Without dynamics, that of `fields` and `energies`.

    It holds nothing while its first 64 bytes are zero. Afterwards it belongs to one model, one kind of update and one batch, and a
    recall that goes on with the cue it holds pays no overlaps: zero those bytes when anything else has changed the states.
    """
    cdef const hb_model *m = model_of(model)
    cdef const hb_dynamics *d = NULL
    if dynamics is not None:
        d = rules_of(dynamics, m)
    return hb_lay_out(m, d, NULL)


def energies(
    Memory memory not None,
    const int32_t[:, ::1] overlaps not None,
    double[::1] out not None,
    uint8_t[::1] workspace not None,
    const uint64_t[:, ::1] states=None,
):
    """Energies by overlaps; a bias needs the states themselves."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = &memory.model
    cdef int64_t count = overlaps.shape[0]
    cdef void *memory_room = room(workspace, hb_lay_out(m, NULL, NULL))
    cdef const uint64_t *words = NULL
    expect(overlaps.shape[1] == m.patterns.count, "overlaps must have one column a pattern")
    expect(out.shape[0] == count, "out must have one entry a state")
    if m.gain.bias != NULL:
        expect(states is not None and states.shape[0] == count and states.shape[1] == m.row_words, "states must be given beside a bias")
        words = &states[0, 0] if count else NULL
    if count:
        with nogil:
            level.energies(m, &overlaps[0, 0], words, count, &out[0], memory_room)


def coupling_energies(
    Couplings model not None, const uint64_t[:, ::1] states not None, double[::1] out not None, uint8_t[::1] workspace not None
):
    """Energies of states, exact sums rounded once."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = &model.model
    cdef int64_t count = states.shape[0]
    cdef void *memory = room(workspace, hb_lay_out(m, NULL, NULL))
    expect(model.symmetric, "couplings must be symmetric")
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count, "out must have one entry a state")
    if count:
        with nogil:
            level.coupling_energies(m, &states[0, 0], count, &out[0], memory)


def fields(
    model not None,
    const uint64_t[:, ::1] states not None,
    const uint32_t[::1] units not None,
    double[:, ::1] out not None,
    uint8_t[::1] workspace not None,
):
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = model_of(model)
    cdef int64_t count = states.shape[0], unit_count = units.shape[0]
    cdef void *memory = room(workspace, hb_lay_out(m, NULL, NULL))
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(out.shape[0] == count and out.shape[1] == unit_count, "out must have shape (states, units)")
    for j in range(unit_count):
        expect(units[j] < m.units, "units must lie in 0..D-1")
    if count and unit_count:
        with nogil:
            level.fields(m, &states[0, 0], count, &units[0], unit_count, &out[0, 0], memory)


def recall(
    model not None,
    Dynamics dynamics not None,
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
    """Cues first..last-1 of a batch, each until it has a status or `sweep_limit` sweeps; returns the first that is not finished."""
    cdef const hb_kernels *kernels = level_of(level)
    cdef const hb_model *m = model_of(model)
    cdef const hb_dynamics *d = rules_of(dynamics, m)
    cdef int64_t count = states.shape[0], reached
    cdef void *memory = room(workspace, hb_lay_out(m, d, NULL))
    expect(states.shape[1] == m.row_words, "states must have ceil(units / 64) words a row")
    expect(previous.shape[1] == m.row_words, "previous must have ceil(units / 64) words a row")
    expect(previous.shape[0] == (count if d.synchronous else 0), "previous must have the rows of states, or none for async")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (states, 5)")
    check_range(first, last, count)
    expect(energies.shape[0] in (0, count), "energies must have one entry a state, or none")
    expect(energies.shape[0] == 0 or gives_energies(model), "energies must be empty for these couplings")
    check_cues(dynamics, count, sweep_limit)
    if first == last:
        return last
    with nogil:
        reached = kernels.recall(
            m,
            d,
            &states[0, 0],
            &previous[0, 0] if previous.shape[0] else NULL,
            &progress[0, 0],
            sweep_limit,
            first,
            last,
            budget,
            &energies[0] if energies.shape[0] else NULL,
            memory,
        )
    return reached


def follow(
    model not None,
    Dynamics dynamics not None,
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
    """`recall` of an asynchronous batch, one cue after another, with the energy after each of the last sweeps before `sweep_limit`: as many
    as `energies` has rows. A cue that rests keeps its energy. Unless the `best` are empty, states with lower energies go there."""
    cdef const hb_kernels *kernels = level_of(level)
    cdef const hb_model *m = model_of(model)
    cdef hb_dynamics rules = rules_of(dynamics, m)[0]
    cdef const hb_dynamics *d = &rules
    cdef int64_t count = states.shape[0], rows = energies.shape[0], start = sweep_limit - rows, words = m.row_words, q, row, swept, later
    cdef int64_t cost = m.units * (m.patterns.count + 16 if m.patterns.count else 8)
    cdef bint keeps = best_energies.shape[0] > 0
    rules.energies = True
    cdef void *memory = room(workspace, hb_lay_out(m, d, NULL))
    expect(not d.synchronous, "update must be async for a recall to be followed")
    cdef bint known = gives_energies(model) or (model.symmetric and not hb_foreseen(d))
    expect(known, "energies must exist, and wide couplings be hot, to be followed")
    expect(states.shape[1] == words, "states must have ceil(units / 64) words a row")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (states, 5)")
    expect(energies.shape[1] == count and start >= 0, "energies must have one column a state, and at most sweep_limit rows")
    expect(best_energies.shape[0] in (0, count), "best_energies must have one entry a state, or none")
    expect(best_states.shape[0] == best_energies.shape[0], "best_states must have the rows of best_energies")
    expect(not keeps or best_states.shape[1] == words, "best_states must have ceil(units / 64) words a row")
    check_range(first, last, count)
    check_cues(dynamics, count, sweep_limit)
    for q in range(first, last):
        expect(progress[q, HB_STATUS] != HB_RUNNING or progress[q, HB_SWEEPS] >= start, "energies must have a row for every sweep to come")
    with nogil:
        for q in range(first, last):
            while progress[q, HB_STATUS] == HB_RUNNING and progress[q, HB_SWEEPS] < sweep_limit:
                swept = progress[q, HB_SWEEPS]
                row = swept - start
                if budget <= 0 or not kernels.recall(
                    m, d, &states[0, 0], NULL, &progress[0, 0], swept + 1, q, q + 1, budget, &energies[row, 0], memory
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


def recall_each(
    Memory like not None,
    Dynamics dynamics not None,
    int64_t level,
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
    """`recall` in M memories of the interaction of `like`, the cues (M, Q, W) of each in its own; `first` and the result count all cues."""
    cdef const hb_kernels *kernels = level_of(level)
    cdef hb_model m = like.model
    cdef const hb_dynamics *d = rules_of(dynamics, &m)
    cdef int64_t memories = rows.shape[0], count = states.shape[1], memory, q, reached, swept
    cdef void *memory_room = room(workspace, hb_lay_out(&m, d, NULL))
    expect(count > 0, "each memory needs at least one cue")
    expect(
        rows.shape[1] == m.patterns.count and rows.shape[2] == m.row_words, "rows must have shape (memories, patterns, ceil(units / 64))"
    )
    expect(
        columns.shape[0] == m.units and columns.shape[1] == m.patterns.column_words, "columns must have shape (units, ceil(patterns / 64))"
    )
    expect(states.shape[0] == memories and states.shape[2] == m.row_words, "states must have shape (memories, cues, ceil(units / 64))")
    expect(previous.shape[2] == m.row_words, "previous must have ceil(units / 64) words a row")
    expect(
        previous.shape[0] == memories and previous.shape[1] == (count if d.synchronous else 0),
        "previous must have the rows of states, or none for async",
    )
    expect(
        progress.shape[0] == memories and progress.shape[1] == count and progress.shape[2] == HB_PROGRESS,
        "progress must have shape (memories, cues, 5)",
    )
    expect(0 <= first <= memories * count, "first must lie in 0..memories * cues")
    check_cues(dynamics, count, sweep_limit)
    m.patterns.columns, m.patterns.column_stride = &columns[0, 0], columns.shape[1]
    with nogil:
        while first < memories * count and budget > 0:
            memory = first // count
            m.patterns.rows = &rows[memory, 0, 0]
            kernels.transpose(m.patterns.rows, m.patterns.count, m.units, 0, m.patterns.count, &columns[0, 0])
            reached = kernels.recall(
                &m,
                d,
                &states[memory, 0, 0],
                &previous[memory, 0, 0] if d.synchronous else NULL,
                &progress[memory, 0, 0],
                sweep_limit,
                first - memory * count,
                count,
                budget,
                NULL,
                memory_room,
            )
            first = memory * count + reached
            if reached < count:
                break
            memset(memory_room, 0, 64)  # the next memory has cues of the same numbers
            swept = 1
            for q in range(count):
                swept += progress[memory, q, HB_SWEEPS]
            budget -= swept * m.patterns.count * m.units
    return first


def update_units(
    Memory memory not None,
    Dynamics dynamics not None,
    int64_t level,
    const uint64_t[::1] state not None,
    const int32_t[::1] overlaps not None,
    int64_t first,
    int64_t last,
    uint64_t[::1] coming not None,
    uint8_t[::1] workspace not None,
):
    """Units first..last-1 of a synchronous update at T = 0, whole words of `coming`."""
    cdef const hb_kernels *kernels = level_of(level)
    cdef const hb_model *m = &memory.model
    cdef const hb_dynamics *d = rules_of(dynamics, m)
    cdef void *memory_room = room(workspace, hb_lay_out(m, d, NULL))
    expect(d.synchronous and dynamics.cues == 1 and hb_cold(d, 0, 0), "dynamics must be synchronous at temperature 0")
    expect(state.shape[0] == m.row_words and coming.shape[0] == m.row_words, "state and coming must have ceil(units / 64) words")
    expect(overlaps.shape[0] == m.patterns.count, "overlaps must have one entry a pattern")
    check_words(first, last, m.units)
    if first < last:
        with nogil:
            kernels.update_units(m, d, &state[0], &overlaps[0], first, last, &coming[0], memory_room)
