"""Bridge between hebbfast and the C kernels of recall: takes C-contiguous arrays, checks shapes, releases the GIL, makes one call.

A *workspace* is described at `workspace_bytes`; the columns of `progress` are STREAM .. STATUS, and a *stream* is its first two.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_FORMAT, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.math cimport isfinite
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from hebbfast._kernels.common cimport *

import os

STREAM, INCREMENT, SWEEPS, FLIPS, STATUS, PROGRESS = HB_STREAM, HB_INCREMENT, HB_SWEEPS, HB_FLIPS, HB_STATUS, HB_PROGRESS
RUNNING, CONVERGED, CYCLE, STOPPED = HB_RUNNING, HB_CONVERGED, HB_CYCLE, HB_STOPPED

cdef const hb_kernels *active = NULL
cdef str complaint = None


def available_simd_levels():
    """Levels of vector instructions that run on this machine.

    Returns
    -------
    list of str
        The fastest first, ``"scalar"`` last.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.available_simd_levels()[-1]
    'scalar'
    """
    return [hb_table[j].name.decode() for j in range(HB_LEVELS) if hb_table[j].runs_here()]


def simd_level():
    """Level of vector instructions that the kernels use: the fastest, unless ``HEBBFAST_SIMD`` or `use_simd_level` chose another.

    Returns
    -------
    str
        One of `available_simd_levels`.

    Raises
    ------
    ValueError
        If the environment variable ``HEBBFAST_SIMD`` holds none of them.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.simd_level() in hb.available_simd_levels()
    True
    """
    return chosen().name.decode()


def use_simd_level(name):
    """Choose the level of vector instructions for the whole process. Results do not depend on it; a recall that runs keeps its level.

    Parameters
    ----------
    name : str
        One of `available_simd_levels`, in small or capital letters.

    Raises
    ------
    ValueError
        If there is no such level on this machine; the level stays as it was.
    """
    if not choose(name):
        raise ValueError(f"name must be one of {', '.join(available_simd_levels())}, the levels of this machine, got {name!r}")


def active_level():
    """The index of the level in use, as `recall` takes it."""
    return chosen() - &hb_table[0]


cdef bint choose(object name):
    global active
    for j in range(HB_LEVELS):
        if isinstance(name, str) and hb_table[j].name.decode() == name.lower() and hb_table[j].runs_here():
            active = &hb_table[j]
            return True
    return False


cdef void choose_first() except *:
    """What the environment asks for. Import never fails: whoever needs a level is told."""
    global complaint
    cdef str asked = os.environ.get("HEBBFAST_SIMD") or available_simd_levels()[0]
    if not choose(asked):
        complaint = f"HEBBFAST_SIMD must be one of {', '.join(available_simd_levels())} on this machine, got {asked!r}"


choose_first()


cdef const hb_kernels *chosen() except NULL:
    if active == NULL:
        raise ValueError(complaint)
    return active


cdef const hb_kernels *level_of(int64_t level) except NULL:
    if not (0 <= level < HB_LEVELS and hb_table[level].runs_here()):
        raise ValueError(f"level must be what active_level() gives, got {level}")
    return &hb_table[level]


def exp(const double[::1] x not None, double[::1] out not None):
    expect(x.shape[0] == out.shape[0], "out must have the length of x")
    if x.shape[0]:
        with nogil:
            hb_exp_all(&x[0], x.shape[0], &out[0])


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


cdef dict ENGINES = {"auto": 0, "sums": 1, "planes": 2}
cdef enum:
    VISIT_COST = 256  # what a visit takes beside patterns or couplings, as many of these


cdef class Memory:
    """Packed patterns, both ways round, and the weights of an interaction.

    Of a table (`power` 0 and not `relative`) nothing is known but its numbers: masked sums alone serve it."""

    cdef hb_model model
    cdef object arrays
    cdef Room times  # how often patterns count, in 32 bits
    cdef readonly int64_t units
    cdef readonly int64_t cost  # of a sweep, in patterns visited
    cdef readonly bint energies  # does recall give them?

    def __cinit__(
        self,
        const uint64_t[:, ::1] rows not None,
        const uint64_t[:, :] columns not None,
        int64_t units,
        weights not None,
        engine="auto",
    ):
        cdef hb_model *m = &self.model
        expect(rows.shape[0] > 0 and units > 0, "a memory needs at least one pattern and one unit")
        expect(rows.shape[1] == words_of(units), "rows must have ceil(units / 64) words a row")
        expect(
            columns.shape[0] == units and columns.shape[1] == words_of(rows.shape[0]),
            "columns must have shape (units, ceil(patterns / 64))",
        )
        expect(columns.shape[1] < 2 or columns.strides[1] == 8, "columns must have words one after another")
        expect(units < 2 or (columns.strides[0] % 8 == 0 and columns.strides[0] >= 8 * columns.shape[1]), "columns must follow one another")
        expect(engine in ENGINES, f"engine must be auto, sums or planes, got {engine!r}")
        self.units, self.cost, self.energies = units, units * (rows.shape[0] + VISIT_COST), True
        m.units, m.row_words = units, rows.shape[1]
        m.patterns.count, m.patterns.rows = rows.shape[0], &rows[0, 0]
        m.patterns.column_words, m.patterns.columns = columns.shape[1], &columns[0, 0]
        m.patterns.column_stride = columns.strides[0] // 8
        self.arrays = (rows, columns, self.take(weights))
        m.kind = HB_EXACT if m.gain.exact != NULL else HB_FILTERED
        m.plane_limit = int(units).bit_length() + 1
        if m.gain.form == HB_TABLE:
            expect(engine != "planes", "engine must be auto or sums for a table, got 'planes'")
        # Below 64 patterns one masked sum is as fast as bit planes; nothing else serves a bias, or patterns that count twice.
        elif m.gain.multitude == NULL and m.gain.bias == NULL and m.plane_limit <= 21:
            if engine == "sums" or (engine == "auto" and rows.shape[0] < 64):
                return
            m.planes = HB_SLICED if m.kind == HB_EXACT and m.gain.power in (2, 3, 4) and not m.gain.rectified else HB_BOUNDED

    cdef tuple take(self, object weights):
        """Fills the gain; returns the arrays that it points to."""
        cdef const int64_t[::1] gain = weights.gain
        cdef const double[::1] gain_float = weights.gain_float
        cdef const int64_t[::1] power_table = weights.power_table
        cdef const double[::1] energy_table = weights.energy_table
        cdef const int64_t[::1] multitude = weights.multitude
        cdef const int64_t[::1] bias = weights.bias
        cdef int64_t size, largest_bias = 0
        cdef hb_gain *g = &self.model.gain
        cdef int64_t units = self.units, largest = 0, j, patterns = self.model.patterns.count, total = patterns, times = 1
        if multitude is not None:
            expect(multitude.shape[0] == patterns, "weights.multitude must have one entry a pattern")
            total = times = 0
            for j in range(patterns):
                expect(-(2**62) < multitude[j] < 2**62, "weights.multitude must sum to less than 2**62")
                size = multitude[j] if multitude[j] > 0 else -multitude[j]
                expect(size < 2**62 - total, "weights.multitude must sum to less than 2**62")
                total, times = total + size, max(times, size)
        expect((gain is None) != (gain_float is None), "weights need one of gain and gain_float")
        expect(gain is None or gain.shape[0] == units + 2, "weights.gain must have units + 2 entries")
        expect(gain_float is None or gain_float.shape[0] == units + 2, "weights.gain_float must have units + 2 entries")
        expect(power_table is None or power_table.shape[0] == units + 1, "weights.power_table must have units + 1 entries")
        expect(energy_table is None or energy_table.shape[0] == units + 1, "weights.energy_table must have units + 1 entries")
        expect(weights.limbs == 0 or times <= 2**29, "weights.multitude must lie within 2**29 beside limbs")
        expect(not weights.logarithmic or weights.relative, "weights.logarithmic needs weights.relative")
        expect(weights.power >= 0, f"weights.power must not be negative, got {weights.power}")
        expect(weights.divisor > 0, f"weights.divisor must be positive, got {weights.divisor}")
        expect(0 <= weights.limbs <= HB_MAX_LIMBS - 2, "weights.limbs must be from 0 to 46")
        g.form = HB_EXPONENTIAL if weights.relative else HB_POWER if weights.power else HB_TABLE
        if g.form != HB_POWER:
            expect(gain is not None and energy_table is not None, "weights need gain and energy_table where they are not those of a power")
        else:
            expect(weights.limbs > 0 or (gain is not None and power_table is not None), "weights without limbs need integer tables")
        if bias is not None:
            expect(bias.shape[0] == units, "weights.bias must have one entry a unit")
            expect(not weights.relative, "weights.bias must be None beside weights.relative")
            for j in range(units):
                expect(-(2**61) < bias[j] < 2**61, f"weights.bias must lie within 2**61, got {bias[j]}")
                largest_bias = max(largest_bias, bias[j] if bias[j] > 0 else -bias[j])
            g.bias = &bias[0]
        if gain is not None:
            for j in range(units + 2):
                largest = max(largest, -(gain[j] + 1), gain[j])
            most = (2**62 - 1 - largest_bias) // max(total, 1)
            expect(largest <= most, f"weights.gain must lie within {most}, so that sums of all patterns fit, got {largest}")
            g.exact = &gain[0]
        if gain_float is not None:
            g.rounded = &gain_float[0]
        g.power_table = &power_table[0] if power_table is not None else NULL
        g.energy_table = &energy_table[0] if energy_table is not None else NULL
        g.power, g.rectified, g.limbs = weights.power, weights.rectified, weights.limbs
        g.divisor, g.energy_divisor, g.error = weights.divisor, weights.energy_divisor, weights.filter_error
        g.beta, g.unit, g.logarithmic = weights.beta, weights.unit, weights.logarithmic
        g.multitude = &multitude[0] if multitude is not None else NULL
        if multitude is not None and gain is not None and g.power == 2 and not g.rectified and 8 * total * (units + 2) < 2**31:
            self.times = Room(4 * patterns)
            g.times = <const int32_t *> self.times.start()
            for j in range(patterns):
                (<int32_t *> self.times.start())[j] = <int32_t> multitude[j]
        g.plain = g.times == NULL and g.bias == NULL
        return gain, gain_float, power_table, energy_table, multitude, bias


ctypedef fused coupling:
    int8_t
    int16_t
    int32_t
    int64_t


cdef class Couplings:
    """Integer couplings, a row for each sending unit, and a bias; both times `scale` over `divisor` are energies. The bias, like the
    fields, is int32, or int64 beside int64 couplings. Energies, and nothing else, know of `own`, the sum of a diagonal that is left out.

    Those of 8 bits are copied to padded rows; fields of 16 bits then serve sizes up to `limit`, half of a field, and others of 32. From
    `signs_from` units on, those that are all +1 or -1 are bits, too: rows of 8 bits leave the second cache there.
    Those of 64 have 2 bytes more each, which decide nearly all visits, unless not `prepare`: then the array may change. `asked`: 1 asks
    the second of these bytes at every visit, 2 the coupling itself.

    With `sparse`, (starts, targets), `outgoing` is one array of 16, 32 or 64 bits: the couplings from unit j are its entries starts[j] to
    starts[j + 1] - 1, and go to these units of `targets`."""

    cdef hb_model model
    cdef object arrays
    cdef Room prepared
    cdef readonly int64_t units
    cdef readonly int64_t cost  # of a sweep, in couplings passed
    cdef readonly bint energies  # does recall give them?
    cdef readonly bint symmetric

    def __cinit__(
        self,
        outgoing not None,
        bias not None,
        double scale,
        bint symmetric,
        *,
        tuple sparse=None,
        int64_t own=0,
        double divisor=1,
        bint prepare=True,
        int64_t limit=32767,
        int64_t signs_from=1500,
        int asked=0,
    ):
        cdef int width = outgoing.dtype.itemsize
        expect(width < 8 or (own == 0 and divisor == 1), "own must be 0 and divisor 1 beside couplings of 64 bits")
        if sparse is not None:
            self.take_sparse(outgoing, sparse[0], sparse[1])
        elif width == 1:
            self.take[int8_t](outgoing, HB_COUPLINGS8)
        elif width == 2:
            self.take[int16_t](outgoing, HB_COUPLINGS16)
        elif width == 4:
            self.take[int32_t](outgoing, HB_COUPLINGS32)
        else:
            self.take[int64_t](outgoing, HB_COUPLINGS64)
        cdef const int32_t[::1] offsets = None if width == 8 else bias
        cdef const int64_t[::1] wide_offsets = bias if width == 8 else None
        expect(bias.shape[0] == (len(outgoing) if sparse is None else len(sparse[0]) - 1), "bias must have one entry a unit")
        self.model.couplings.bias = <const void *> &wide_offsets[0] if width == 8 else <const void *> &offsets[0]
        self.model.couplings.scale, self.model.couplings.divisor, self.model.couplings.own = scale, divisor, own
        self.units = self.model.units = bias.shape[0]
        self.model.row_words = words_of(self.units)
        self.arrays = (outgoing, bias, sparse)
        self.cost = (outgoing.shape[0] if sparse is not None else self.units * self.units) + self.units * VISIT_COST
        self.symmetric, self.energies = symmetric, symmetric and width < 8
        expect(0 <= limit <= 32767, "limit must lie in 0..32767")
        if width == 1:
            self.halve(outgoing, bias, limit, signs_from)
        elif width == 8 and prepare and sparse is None:
            self.filter(outgoing, bias, symmetric, limit, asked)

    cdef take_sparse(self, outgoing, const int64_t[::1] starts, const uint32_t[::1] targets):
        cdef int64_t units = starts.shape[0] - 1, entries = targets.shape[0], j
        expect(units > 0 and starts[0] == 0 and starts[units] == entries, "starts must lead from 0 to the number of targets")
        expect(outgoing.ndim == 1 and len(outgoing) == entries, "outgoing must have one entry a target")
        for j in range(units):
            expect(starts[j] <= starts[j + 1], "starts must not fall")
        for j in range(entries):
            expect(targets[j] < units, "targets must lie in 0..D-1")
        if outgoing.dtype.itemsize == 2:
            self.take_entries[int16_t](outgoing, HB_COUPLINGS16)
        elif outgoing.dtype.itemsize == 4:
            self.take_entries[int32_t](outgoing, HB_COUPLINGS32)
        else:
            self.take_entries[int64_t](outgoing, HB_COUPLINGS64)
        self.model.couplings.starts = &starts[0]
        self.model.couplings.targets = &targets[0] if entries else NULL

    cdef take_entries(self, const coupling[::1] outgoing, int kind):
        self.model.kind, self.model.couplings.outgoing = kind, &outgoing[0] if outgoing.shape[0] else NULL

    cdef halve(self, const int8_t[:, ::1] outgoing, const int32_t[::1] bias, int64_t limit, int64_t signs_from):
        self.prepared = Room(hb_halves_bytes(self.units))
        cdef char *memory = self.prepared.start()
        with nogil:
            self.model.halves = hb_halve(&outgoing[0, 0], &bias[0], outgoing.shape[0], limit, signs_from, memory)

    cdef filter(self, const int64_t[:, ::1] outgoing, const int64_t[::1] bias, bint symmetric, int64_t limit, int asked):
        self.prepared = Room(hb_filter_bytes(self.units))
        cdef char *memory = self.prepared.start()
        with nogil:
            self.model.halves = hb_filter(&outgoing[0, 0], &bias[0], outgoing.shape[0], symmetric, limit, asked, memory)

    cdef take(self, const coupling[:, ::1] outgoing, int kind):
        expect(outgoing.shape[0] == outgoing.shape[1] and outgoing.shape[0] > 0, "outgoing must be square")
        self.model.kind, self.model.couplings.outgoing = kind, &outgoing[0, 0]


cdef const hb_model *model_of(object model) except NULL:
    if isinstance(model, Memory):
        return &(<Memory> model).model
    if isinstance(model, Couplings):
        return &(<Couplings> model).model
    raise TypeError(f"model must be a Memory or Couplings, got {type(model).__name__}")


cdef dict ORDERS = {"random": HB_RANDOM, "sequential": HB_SEQUENTIAL, "replacement": HB_REPLACEMENT, "array": HB_ARRAY}
cdef dict TIES = {"plus": HB_PLUS, "minus": HB_MINUS, "keep": HB_KEEP}
cdef dict UPDATES = {"async": 0, "sync": 1}
cdef dict METHODS = {"heat_bath": 0, "metropolis": 1}


cdef object member(str name, object value, dict allowed):
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
    return allowed[value]


cdef class Dynamics:
    """How states move: update, visiting order, ties, clamped units, and temperatures (S, R): cue q in sweep s has that of row
    min(s, S - 1), in column q or the only one.

    `visits` are the units of every sweep (V,), or a table (R, S, V): cue q in sweep s visits row min(s, S - 1) of table q or the only one.
    `uniforms` (R, S, V): the u of visit k of cue q in sweep s, drawn if None."""

    cdef hb_dynamics rules
    cdef object arrays
    cdef int64_t cues, order_cues, uniform_cues, uniform_sweeps
    cdef readonly int64_t units

    def __cinit__(
        self,
        int64_t units,
        update,
        order,
        visits not None,
        tie,
        const double[:, ::1] temperatures not None,
        const uint64_t[::1] clamp not None,
        *,
        method="heat_bath",
        const double[:, :, ::1] uniforms=None,
    ):
        cdef hb_dynamics *d = &self.rules
        cdef int64_t s, q
        expect(units > 0, f"units must be at least 1, got {units}")
        expect(clamp.shape[0] == 0 or clamp.shape[0] == words_of(units), "clamp must have ceil(units / 64) words or none")
        expect(temperatures.shape[0] > 0 and temperatures.shape[1] > 0, "temperatures must have at least one row and one column")
        for s in range(temperatures.shape[0]):
            for q in range(temperatures.shape[1]):
                if not (isfinite(temperatures[s, q]) and temperatures[s, q] >= 0):
                    raise ValueError(f"temperatures must be finite and not negative, got {temperatures[s, q]} at [{s}, {q}]")
        self.units, self.cues = units, temperatures.shape[1]
        d.metropolis = member("method", method, METHODS)
        expect(not (d.metropolis and update == "sync"), "method must be heat_bath for synchronous updates")
        d.synchronous, d.order, d.tie = member("update", update, UPDATES), member("order", order, ORDERS), member("tie", tie, TIES)
        d.temperatures, d.sweeps = &temperatures[0, 0], temperatures.shape[0]
        d.by_sweep, d.by_cue = self.cues, self.cues > 1
        d.clamp = &clamp[0] if clamp.shape[0] else NULL
        d.covers = order != "replacement"
        self.order_cues = self.uniform_cues = 1
        if order == "array":
            self.take_visits(visits.reshape((1, 1, -1)) if visits.ndim == 1 else visits)
        if uniforms is not None:
            self.take_uniforms(uniforms)
        self.arrays = (visits, clamp, temperatures, uniforms)

    cdef take_visits(self, const uint32_t[:, :, ::1] visits):
        cdef hb_dynamics *d = &self.rules
        cdef uint8_t[::1] seen
        cdef int64_t q, s, j
        expect(visits.shape[0] > 0 and visits.shape[1] > 0 and visits.shape[2] > 0, "visits must name at least one unit")
        d.visits, d.visit_count, d.visit_sweeps, d.covers = &visits[0, 0, 0], visits.shape[2], visits.shape[1], True
        self.order_cues = visits.shape[0]
        d.visits_by_cue = visits.shape[1] * visits.shape[2] if self.order_cues > 1 else 0
        for q in range(visits.shape[0]):
            for s in range(visits.shape[1]):
                seen = bytearray(self.units)
                for j in range(visits.shape[2]):
                    if visits[q, s, j] >= self.units:
                        raise ValueError(f"visits must lie in 0..{self.units - 1}, got {visits[q, s, j]}")
                    seen[visits[q, s, j]] = 1
                d.covers = d.covers and 0 not in bytes(seen)

    cdef take_uniforms(self, const double[:, :, ::1] uniforms):
        cdef hb_dynamics *d = &self.rules
        cdef int64_t visits = d.visit_count if d.order == HB_ARRAY and not d.synchronous else self.units
        expect(uniforms.shape[0] > 0 and uniforms.shape[1] > 0, "uniforms must have at least one row")
        expect(uniforms.shape[2] == visits, "uniforms must have one entry a visit")
        expect(not d.metropolis, "method must be heat_bath where uniforms are given")
        d.uniforms, d.uniform_count = &uniforms[0, 0, 0], visits
        self.uniform_cues, self.uniform_sweeps = uniforms.shape[0], uniforms.shape[1]
        d.uniforms_by_cue = uniforms.shape[1] * visits if self.uniform_cues > 1 else 0


cdef const hb_dynamics *rules_of(Dynamics dynamics, const hb_model *m) except NULL:
    if dynamics.units != m.units:
        raise ValueError(f"dynamics must be for D={m.units}, got D={dynamics.units}")
    return &dynamics.rules


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
    expect(energies.shape[0] == 0 or model.energies, "energies must be empty for these couplings")
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


cdef object check_cues(Dynamics dynamics, int64_t cues, int64_t sweeps=0):
    """Are there rules for so many cues, and numbers for so many sweeps?"""
    if dynamics.cues != 1 and dynamics.cues != cues:
        raise ValueError(f"temperatures must have one column or {cues}, one a cue, got {dynamics.cues}")
    if dynamics.order_cues != 1 and dynamics.order_cues != cues:
        raise ValueError(f"order must have one table, or {cues}, one for each cue, got {dynamics.order_cues}")
    if dynamics.uniform_cues != 1 and dynamics.uniform_cues != cues:
        raise ValueError(f"uniforms must have one table, or {cues}, one for each cue, got {dynamics.uniform_cues}")
    if dynamics.rules.uniforms != NULL and dynamics.uniform_sweeps < sweeps:
        raise ValueError(f"uniforms must have a row for each of {sweeps} sweeps, got {dynamics.uniform_sweeps}")


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
    expect(model.energies or (model.symmetric and not hb_foreseen(d)), "energies must exist, and wide couplings be hot, to be followed")
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


# ---- one state, from signs to signs: a batch pays 12 µs of Python, arrays and views, which is more than a small network takes itself

cdef class Room:
    """Memory that starts at a cache line."""

    cdef char *raw
    cdef int64_t size

    def __cinit__(self, int64_t size):
        self.raw, self.size = <char *> malloc(size + 64), size
        if self.raw == NULL:
            raise MemoryError(f"a workspace of {size} bytes")

    def __dealloc__(self):
        free(self.raw)

    cdef char *start(self) noexcept:
        return self.raw + (64 - <uintptr_t> self.raw % 64)


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
    cdef double *energies = &energy if model.energies and sweep_limit > 0 else NULL
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
        seeds[0], seeds[1] = hb_next_shared(&process), hb_next_shared(&process)
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
    expect(energies.shape[0] == (count if model.energies else 0), "energies must have one entry a cue where the model gives them")
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


cdef hb_stream process  # of the process: where fresh seeds come from


def reseed():
    """Begin the stream of the process anew; done at import, and to be done in a child after a fork."""
    cdef const uint64_t[:, ::1] words = memoryview(os.urandom(16)).cast("B").cast("Q", (1, 2))
    cdef int64_t stream[2]
    hb_seed(&words[0, 0], 1, stream, 2)
    global process
    process = hb_stream_of(stream)


reseed()


def fresh(uint64_t[:, ::1] words not None):
    """Random words that no other call of this process has given."""
    for j in range(words.shape[0]):
        for k in range(words.shape[1]):
            words[j, k] = hb_next_shared(&process)


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
