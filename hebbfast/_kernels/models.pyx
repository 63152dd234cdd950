"""What the kernels of recall read: a memory or couplings, and the rules of dynamics, checked once, kept with the arrays they point to."""

from libc.math cimport isfinite
from libc.stdlib cimport free, malloc

from hebbfast._kernels.common cimport *


def exp(const double[::1] x not None, double[::1] out not None):
    """e^x, the same on all systems: tables of interactions are made of it."""
    expect(x.shape[0] == out.shape[0], "out must have the length of x")
    if x.shape[0]:
        with nogil:
            hb_exp_all(&x[0], x.shape[0], &out[0])


cdef class Room:
    """Memory that starts at a cache line."""

    def __cinit__(self, int64_t size):
        self.raw, self.size = <char *> malloc(size + 64), size
        if self.raw == NULL:
            raise MemoryError(f"a workspace of {size} bytes")

    def __dealloc__(self):
        free(self.raw)

    cdef char *start(self) noexcept:
        return self.raw + (64 - <uintptr_t> self.raw % 64)


cdef dict ENGINES = {"auto": 0, "sums": 1, "planes": 2}
cdef enum:
    VISIT_COST = 256  # what a visit takes beside patterns or couplings, as many of these


cdef class Memory:
    """Packed patterns, both ways round, and the weights of an interaction.

    Of a table (`power` 0 and not `relative`) nothing is known but its numbers: masked sums alone serve it."""

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
        if multitude is not None and gain is not None and g.power == 2 and not g.rectified and total <= (2**31 - 1) // (8 * (units + 2)):
            self.times = Room(4 * patterns)
            g.times = <const int32_t *> self.times.start()
            for j in range(patterns):
                (<int32_t *> self.times.start())[j] = <int32_t> multitude[j]
        g.plain = g.times == NULL and g.bias == NULL
        return gain, gain_float, power_table, energy_table, multitude, bias


cdef class Couplings:
    """Integer couplings, a row for each sending unit, and a bias; both times `scale` over `divisor` are energies. The bias, like the
    fields, is int32, or int64 beside int64 couplings. Energies, and nothing else, know of `own`, the sum of a diagonal that is left out.

    Those of 8 bits are copied to padded rows; fields of 16 bits then serve sizes up to `limit`, half of a field, and others of 32. From
    `signs_from` units on, those that are all +1 or -1 are bits, too: rows of 8 bits leave the second cache there.
    Those of 64 have 2 bytes more each, which decide nearly all visits, unless not `prepare`: then the array may change. `asked`: 1 asks
    the second of these bytes at every visit, 2 the coupling itself.

    With `sparse`, (starts, targets), `outgoing` is one array of 16, 32 or 64 bits: the couplings from unit j are its entries starts[j] to
    starts[j + 1] - 1, and go to these units of `targets`."""

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


cdef bint gives_energies(object model) noexcept:
    """`model.energies` of what `model_of` took, without Python: 0.05 µs less of a call."""
    return (<Memory> model).energies if isinstance(model, Memory) else (<Couplings> model).energies


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


cdef object check_cues(Dynamics dynamics, int64_t cues, int64_t sweeps):
    """Are there rules for so many cues, and numbers for so many sweeps?"""
    if dynamics.cues != 1 and dynamics.cues != cues:
        raise ValueError(f"temperatures must have one column or {cues}, one a cue, got {dynamics.cues}")
    if dynamics.order_cues != 1 and dynamics.order_cues != cues:
        raise ValueError(f"order must have one table, or {cues}, one for each cue, got {dynamics.order_cues}")
    if dynamics.uniform_cues != 1 and dynamics.uniform_cues != cues:
        raise ValueError(f"uniforms must have one table, or {cues}, one for each cue, got {dynamics.uniform_cues}")
    if dynamics.rules.uniforms != NULL and dynamics.uniform_sweeps < sweeps:
        raise ValueError(f"uniforms must have a row for each of {sweeps} sweeps, got {dynamics.uniform_sweeps}")
