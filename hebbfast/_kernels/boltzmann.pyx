"""Bridge between hebbfast and the C kernels of two layers that take turns, in the manner of `recall.pyx`, whose level they take."""

from hebbfast._kernels.common cimport *

from hebbfast._kernels.levels import active_level

cdef extern from "c/boltzmann.h":
    enum:
        HB_LAYER_LANES
        HB_LAYER_FIELDS
        HB_LAYER_MEANS
        HB_LAYER_COSTS

    ctypedef struct hb_layer:
        int64_t units, lanes, seen
        const float *tables
        const float *bias

    ctypedef struct hb_layers:
        void (*tables)(const float *, int64_t, int64_t, float *) noexcept nogil
        void (*ask)(const hb_layer *, const uint64_t *, int64_t, int, float *) noexcept nogil
        void (*gibbs)(
            const hb_layer *, const hb_layer *, uint64_t *, uint64_t *, int64_t, int64_t *, int64_t, int64_t, const uint64_t *, double *,
            void *
        ) noexcept nogil

    const hb_layers hb_layer_table[]
    int64_t hb_gibbs_bytes(const hb_layer *, const hb_layer *) noexcept nogil


cdef const hb_layers *layers() except NULL:
    return &hb_layer_table[active_level()]


cdef class Layer:
    """A layer of `units` as it is drawn when the other one is known: couplings (units seen, lanes), bias (lanes).

    Lanes are units padded to a multiple of 32; `tables` is room of (ceil(seen / 4), 16, lanes) that the layer fills and keeps."""

    cdef hb_layer model
    cdef object arrays

    def __cinit__(
        self,
        int64_t units,
        const float[:, ::1] weights not None,
        const float[::1] bias not None,
        float[:, :, ::1] tables not None,
    ):
        cdef hb_layer *m = &self.model
        cdef const hb_layers *level = layers()
        m.units, m.lanes, m.seen = units, weights.shape[1], weights.shape[0]
        expect(units > 0 and m.seen > 0, "a layer needs at least one unit, and one that it sees")
        expect(m.lanes >= units and m.lanes % HB_LAYER_LANES == 0, "weights must have 32 n columns, >= units")
        expect(bias.shape[0] == m.lanes, "bias must have the columns of weights")
        expect(
            tables.shape[0] == (m.seen + 3) // 4 and tables.shape[1] == 16 and tables.shape[2] == m.lanes,
            "tables must have shape (ceil(rows of weights / 4), 16, columns of weights)",
        )
        m.tables, m.bias = &tables[0, 0, 0], &bias[0]
        with nogil:
            level.tables(&weights[0, 0], m.seen, m.lanes, &tables[0, 0, 0])
        self.arrays = (bias, tables)


def layer_fields(Layer layer not None, const uint64_t[:, ::1] states not None, float[:, ::1] out not None):
    """Fields (Q, lanes) of a layer in states (Q, W) of the other one."""
    ask(layer, states, HB_LAYER_FIELDS, out)


def layer_means(Layer layer not None, const uint64_t[:, ::1] states not None, float[:, ::1] out not None):
    """Means (Q, lanes), rounded to multiples of 2^-12."""
    ask(layer, states, HB_LAYER_MEANS, out)


def layer_costs(Layer layer not None, const uint64_t[:, ::1] states not None, float[:, ::1] out not None):
    """ln 2 cosh of the fields (Q, lanes)."""
    ask(layer, states, HB_LAYER_COSTS, out)


cdef object ask(Layer layer, const uint64_t[:, ::1] states, int form, float[:, ::1] out):
    cdef const hb_layers *level = layers()
    cdef const hb_layer *m = &layer.model
    expect(states.shape[1] == words_of(m.seen), "states must have ceil(units seen / 64) words a row")
    expect(out.shape[0] == states.shape[0] and out.shape[1] == m.lanes, "out must have shape (states, lanes)")
    if states.shape[0]:
        with nogil:
            level.ask(m, &states[0, 0], states.shape[0], form, &out[0, 0])


def gibbs_bytes(Layer up not None, Layer down not None):
    """Size of the workspace of `gibbs`: uint8 that starts at a multiple of 64 bytes."""
    return hb_gibbs_bytes(&up.model, &down.model)


def gibbs(
    Layer up not None,
    Layer down not None,
    uint64_t[:, ::1] visible not None,
    uint64_t[:, ::1] hidden not None,
    int64_t[:, ::1] streams not None,
    int64_t sweeps,
    const uint64_t[::1] clamp,
    double[:, ::1] sums,
    uint8_t[::1] workspace not None,
):
    """Sweeps of the hidden layer `up` and the visible one `down`; advances the streams.

    Visible units whose bit is in `clamp` stay; to `sums` (Q, visible) the means of the visible units are added."""
    cdef const hb_layers *level = layers()
    cdef const hb_layer *u = &up.model
    cdef const hb_layer *d = &down.model
    cdef int64_t count = visible.shape[0]
    cdef void *memory = room(workspace, hb_gibbs_bytes(u, d))
    expect(u.seen == d.units and d.seen == u.units, "up and down must see each other")
    expect(visible.shape[1] == words_of(d.units), "visible must have ceil(units / 64) words a row")
    expect(
        hidden.shape[0] == count and hidden.shape[1] == words_of(u.units),
        "hidden must have ceil(units / 64) words and the rows of visible",
    )
    expect(streams.shape[0] == count and streams.shape[1] >= 2, "streams must have a row a state, and at least two columns")
    expect(sweeps >= 0, f"sweeps must not be negative, got {sweeps}")
    expect(clamp is None or clamp.shape[0] == visible.shape[1], "clamp must have the words of a row of visible")
    expect(sums is None or (sums.shape[0] == count and sums.shape[1] == d.units), "sums must have shape (states, visible units)")
    if count:
        with nogil:
            level.gibbs(
                u,
                d,
                &visible[0, 0],
                &hidden[0, 0],
                count,
                &streams[0, 0],
                streams.shape[1],
                sweeps,
                &clamp[0] if clamp is not None else NULL,
                &sums[0, 0] if sums is not None else NULL,
                memory,
            )
