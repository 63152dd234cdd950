"""Bridge to the kernels of recall for one state or a few, from signs to signs: a batch pays 12 µs of Python, arrays and views, more than
a small network takes itself."""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.string cimport memset

from hebbfast._kernels.common cimport *
from hebbfast._kernels.levels cimport chosen
from hebbfast._kernels.models cimport Couplings, Dynamics, Room, check_cues, gives_energies, model_of, rules_of
from hebbfast._kernels.streams cimport next_of_process


cdef list rooms = []  # free ones; taken away while in use, for a signal handler may recall inside a recall
cdef enum:
    KEPT = 1 << 22  # bytes of a room that is kept
    VISITS = 1 << 27  # between two looks at Ctrl-C


cdef Room take_room(int64_t size):
    cdef Room taken = None
    if rooms:
        try:
            taken = rooms.pop()
        except IndexError:  # without the GIL another thread may have been faster
            pass
    if taken is None or taken.size < size:
        taken = Room(size)
    memset(taken.start(), 0, 64)
    return taken


cdef object give_back(Room taken):
    if taken.size <= KEPT and len(rooms) < 64:
        rooms.append(taken)


ctypedef fused number:
    int8_t
    int16_t
    int32_t
    int64_t
    float
    double


cdef bint pack_numbers(const number *values, int64_t units, uint64_t *words) noexcept:
    """Packs +-1; false if they are not that."""
    cdef int64_t j, wrong = 0
    memset(words, 0, 8 * words_of(units))
    for j in range(units):
        wrong |= (values[j] != 1) & (values[j] != -1)
        words[j >> 6] |= <uint64_t> (values[j] > 0) << (j & 63)
    return not wrong


cdef void unpack_numbers(const uint64_t *words, int64_t units, number *out) noexcept:
    cdef int64_t j
    for j in range(units):
        out[j] = <number> (2 * <int> (words[j >> 6] >> (j & 63) & 1) - 1)


cdef char kind_of(const Py_buffer *view) noexcept:
    """b, h, i, q, f or d: the numbers of a buffer, in the byte order of this machine; long is q, where it has 8 bytes. 0 for others."""
    cdef char kind = view.format[0]
    if kind == b"l":
        kind = b"q" if view.itemsize == 8 else b"i"
    return kind if view.format[1] == 0 and kind in (b"b", b"h", b"i", b"q", b"f", b"d") else 0


cdef bint read_signs(const hb_kernels *level, object state, int64_t units, uint64_t *words) except -1:
    """Packs contiguous numbers of +-1; false if they are not that, or not so many."""
    cdef Py_buffer view
    cdef bint good = False
    cdef char kind
    try:
        PyObject_GetBuffer(state, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT)
    except (BufferError, TypeError, ValueError):
        return False
    try:
        kind = kind_of(&view)
        if kind == 0 or view.len != units * view.itemsize:
            return False
        if kind == b"b":
            good = level.pack(<const int8_t *> view.buf, 1, units, words)
        elif kind == b"h":
            good = pack_numbers(<const int16_t *> view.buf, units, words)
        elif kind == b"i":
            good = pack_numbers(<const int32_t *> view.buf, units, words)
        elif kind == b"q":
            good = pack_numbers(<const int64_t *> view.buf, units, words)
        elif kind == b"f":
            good = pack_numbers(<const float *> view.buf, units, words)
        else:
            good = pack_numbers(<const double *> view.buf, units, words)
    finally:
        PyBuffer_Release(&view)
    return good


cdef bint write_signs(const hb_kernels *level, const uint64_t *words, int64_t units, object out) except -1:
    """The other way, into as many contiguous numbers."""
    cdef Py_buffer view
    cdef char kind
    PyObject_GetBuffer(out, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE)
    try:
        kind = kind_of(&view)
        expect(kind != 0, "out must hold int8 to int64, float32 or float64")
        expect(view.len == units * view.itemsize, "out must have one entry a unit")
        if kind == b"b":
            level.unpack(words, 1, units, <int8_t *> view.buf)
        elif kind == b"h":
            unpack_numbers(words, units, <int16_t *> view.buf)
        elif kind == b"i":
            unpack_numbers(words, units, <int32_t *> view.buf)
        elif kind == b"q":
            unpack_numbers(words, units, <int64_t *> view.buf)
        elif kind == b"f":
            unpack_numbers(words, units, <float *> view.buf)
        else:
            unpack_numbers(words, units, <double *> view.buf)
    finally:
        PyBuffer_Release(&view)
    return True


def recall_one(model not None, Dynamics dynamics not None, cue not None, out not None, int64_t sweep_limit, words):
    """`recall` of one cue (D,) into `out`, numbers both: (sweeps, flips, status, energy or None), or None if the cue is not +-1.

    `words` are the two of `seed`, as integers, or None for fresh ones."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = model_of(model)
    cdef const hb_dynamics *d = rules_of(dynamics, m)
    cdef int64_t size = hb_lay_out(m, d, NULL), row = 8 * ((m.row_words + 7) // 8) * 8, reached = 0
    cdef int64_t progress[8]
    cdef uint64_t seeds[2]
    cdef double energy = 0
    cdef double *energies = &energy if gives_energies(model) and sweep_limit > 0 else NULL
    expect(sweep_limit >= 0, "sweep_limit must not be negative")
    check_cues(dynamics, 1, sweep_limit)
    size = (size + 63) // 64 * 64
    cdef Room taken = take_room(size + 2 * row)
    cdef char *memory = taken.start()
    cdef uint64_t *state = <uint64_t *> (memory + size)
    cdef uint64_t *previous = <uint64_t *> (memory + size + row)
    if not read_signs(level, cue, m.units, state):
        give_back(taken)
        return None
    memset(progress, 0, sizeof(progress))
    memset(previous, 0, row)
    if words is None:
        seeds[0], seeds[1] = next_of_process(), next_of_process()
    else:
        seeds[0], seeds[1] = words
    hb_seed(seeds, 1, progress, HB_PROGRESS)
    while True:
        with nogil:
            reached = level.recall(
                m, d, state, previous if d.synchronous else NULL, progress, sweep_limit, 0, 1, VISITS, energies, memory
            )
        if reached == 1:
            break
        PyErr_CheckSignals()
    write_signs(level, state, m.units, out)
    give_back(taken)
    return progress[HB_SWEEPS], progress[HB_FLIPS], progress[HB_STATUS], energy if energies != NULL else None


def recall_few(
    model not None,
    Dynamics dynamics not None,
    const int8_t[:, ::1] cues not None,
    int8_t[:, ::1] out not None,
    int64_t sweep_limit,
    const uint64_t[:, ::1] words not None,
    int64_t[:, ::1] progress not None,
    double[::1] energies not None,
):
    """`recall` of a small batch (Q, D) of int8 into `out`, with the two `words` of each stream; false if a cue is not +-1.

    `progress` and `energies`, where the model gives them, are filled; those of cues that need no sweep are not."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = model_of(model)
    cdef const hb_dynamics *d = rules_of(dynamics, m)
    cdef int64_t size = (hb_lay_out(m, d, NULL) + 63) // 64 * 64, count = cues.shape[0], reached = 0
    cdef int64_t row = (8 * m.row_words * count + 63) // 64 * 64
    expect(count > 0 and cues.shape[1] == m.units, "cues must have one column a unit, and at least one row")
    expect(out.shape[0] == count and out.shape[1] == m.units, "out must have the shape of cues")
    expect(words.shape[0] == count and words.shape[1] == 2, "words must have shape (cues, 2)")
    expect(progress.shape[0] == count and progress.shape[1] == HB_PROGRESS, "progress must have shape (cues, 5)")
    expect(energies.shape[0] == (count if gives_energies(model) else 0), "energies must have one entry a cue where the model gives them")
    expect(sweep_limit >= 0, "sweep_limit must not be negative")
    check_cues(dynamics, count, sweep_limit)
    cdef Room taken = take_room(size + 2 * row)
    cdef char *memory = taken.start()
    cdef uint64_t *states = <uint64_t *> (memory + size)
    cdef uint64_t *previous = <uint64_t *> (memory + size + row)
    cdef bint good
    memset(&progress[0, 0], 0, 8 * HB_PROGRESS * count)
    memset(previous, 0, row)
    with nogil:
        good = level.pack(&cues[0, 0], count, m.units, states)
    if not good:
        give_back(taken)
        return False
    hb_seed(&words[0, 0], count, &progress[0, 0], HB_PROGRESS)
    while True:
        with nogil:
            reached = level.recall(
                m, d, states, previous if d.synchronous else NULL, &progress[0, 0], sweep_limit, reached, count, VISITS,
                &energies[0] if energies.shape[0] else NULL, memory,
            )
        if reached == count:
            break
        PyErr_CheckSignals()
    with nogil:
        level.unpack(states, count, m.units, &out[0, 0])
    give_back(taken)
    return True


def fields_one(model not None, state not None, units, double[::1] out not None, bint costs=False):
    """`fields` of one state (D,) of numbers for some units (uint32), or all if None; false if the state is not +-1.

    `costs`: what a flip of each unit costs, 2 sigma h, in place of the field h."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = model_of(model)
    cdef int64_t size = (hb_lay_out(m, NULL, NULL) + 63) // 64 * 64, row = 8 * m.row_words, count = out.shape[0], j
    cdef Room taken = take_room(size + row + 4 * count)
    cdef char *memory = taken.start()
    cdef uint64_t *words = <uint64_t *> (memory + size)
    cdef uint32_t *index = <uint32_t *> (memory + size + row)
    cdef const uint32_t[::1] chosen_units = units
    cdef bint good = read_signs(level, state, m.units, words)
    expect(count == (m.units if units is None else chosen_units.shape[0]), "out must have one entry a unit")
    for j in range(count):
        index[j] = j if units is None else chosen_units[j]
        expect(index[j] < m.units, "units must lie in 0..D-1")
    if good and count:
        with nogil:
            level.fields(m, words, 1, index, count, &out[0], memory)
            if costs:
                for j in range(count):
                    out[j] *= 4 * <int> (words[index[j] >> 6] >> (index[j] & 63) & 1) - 2
    give_back(taken)
    return good


def overlaps_one(const uint64_t[:, ::1] rows not None, state not None, int64_t units, int32_t[::1] out not None):
    """`overlaps` of one state (D,) of numbers; false if it is not +-1."""
    cdef const hb_kernels *level = chosen()
    expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
    expect(out.shape[0] == rows.shape[0], "out must have one entry a row")
    cdef Room taken = take_room(64 + 8 * rows.shape[1])
    cdef uint64_t *words = <uint64_t *> (taken.start() + 64)
    cdef bint good = read_signs(level, state, units, words)
    if good and rows.shape[0] and units:
        with nogil:
            level.overlaps(&rows[0, 0], rows.shape[0], units, words, 1, &out[0])
    give_back(taken)
    return good


def energy_one(model not None, state not None):
    """Energy of one state (D,) of numbers, or None if it is not +-1. Couplings must be symmetric."""
    cdef const hb_kernels *level = chosen()
    cdef const hb_model *m = model_of(model)
    cdef bint coupled = isinstance(model, Couplings)
    expect(not coupled or (<Couplings> model).symmetric, "couplings must be symmetric")
    cdef int64_t size = (hb_lay_out(m, NULL, NULL) + 63) // 64 * 64, row = 8 * m.row_words
    cdef Room taken = take_room(size + row + 4 * m.patterns.count)
    cdef char *start = taken.start()
    cdef uint64_t *words = <uint64_t *> (start + size)
    cdef int32_t *overlaps = <int32_t *> (start + size + row)
    cdef double energy = 0
    cdef bint good = read_signs(level, state, m.units, words)
    if good:
        with nogil:
            if coupled:
                level.coupling_energies(m, words, 1, &energy, start)
            else:
                level.overlaps(m.patterns.rows, m.patterns.count, m.units, words, 1, overlaps)
                level.energies(m, overlaps, words, 1, &energy, start)
    give_back(taken)
    return energy if good else None
