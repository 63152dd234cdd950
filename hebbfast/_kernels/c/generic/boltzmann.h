/* Layers of one level; included once per level, so without a guard. */

/* Entry c of a table is (+-a +-b) + (+-c +-d) in every lane, for four rows of couplings; those behind the last are zeros. */
HB_TARGET static void HB(layer_tables)(const float *weights, int64_t rows, int64_t lanes, float *tables) {
    for (int64_t g = 0; g < hb_layer_groups(rows); g++, tables += 16 * lanes)
        for (int64_t l = 0; l < lanes; l += HB_LOOKUP) {
            HB(lookup) v[4];
            for (int j = 0; j < 4; j++) v[j] = 4 * g + j < rows ? HB(read_floats)(weights + (4 * g + j) * lanes + l) : HB(zero_sums)();
            for (int c = 0; c < 16; c++) {
                HB(lookup) low = (c & 2 ? v[1] : -v[1]) + (c & 1 ? v[0] : -v[0]), high = (c & 8 ? v[3] : -v[3]) + (c & 4 ? v[2] : -v[2]);
                HB(write_floats)(tables + c * lanes + l, low + high);
            }
        }
}

/* Fields of up to HB_LAYER_ROWS rows: a tile of the tables stays in the first cache while all rows pass. */
HB_TARGET static void HB(layer_fields)(const hb_layer *l, const uint64_t *states, int64_t count, float *out) {
    int64_t groups = hb_layer_groups(l->seen), words = hb_layer_words(l->seen);
    for (int64_t lane = 0; lane < l->lanes; lane += HB_LAYER_LANES)
        for (int64_t q = 0; q < count; q++) {
            HB(lookup) sums[HB_LAYER_LANES / HB_LOOKUP];
            const float *table = l->tables + lane;
            for (int v = 0; v < HB_LAYER_LANES / HB_LOOKUP; v++) sums[v] = HB(read_floats)(l->bias + lane + v * HB_LOOKUP);
            for (int64_t g = 0; g < groups; g++, table += 16 * l->lanes) {
                const float *entry = table + (states[q * words + (g >> 4)] >> (4 * (g & 15)) & 15) * (uint64_t)l->lanes;
                for (int v = 0; v < HB_LAYER_LANES / HB_LOOKUP; v++) sums[v] = sums[v] + HB(read_floats)(entry + v * HB_LOOKUP);
            }
            for (int v = 0; v < HB_LAYER_LANES / HB_LOOKUP; v++) HB(write_floats)(out + q * l->lanes + lane + v * HB_LOOKUP, sums[v]);
        }
}

/* Mean values of units in their fields: tanh h. */
HB_INLINE float HB(layer_mean)(float field) {
    float e = hb_exp_float(-2.0f * field);
    return (1.0f - e) / (1.0f + e);
}

/* Of all rows fields, means, or ln 2 cosh h, which summing a unit away leaves of it. Means are multiples of 2^-12, so that sums of 4096
   of them are exact in float32, in any order. */
HB_TARGET static void HB(layer_ask)(const hb_layer *l, const uint64_t *states, int64_t count, int form, float *out) {
    int64_t words = hb_layer_words(l->seen);
    for (int64_t q = 0; q < count; q += HB_LAYER_ROWS) {
        int64_t rows = count - q < HB_LAYER_ROWS ? count - q : HB_LAYER_ROWS;
        float *block = out + q * l->lanes;
        HB(layer_fields)(l, states + q * words, rows, block);
        if (form == HB_LAYER_MEANS) /* 1.5 * 2^11: the sum rounds */
            for (int64_t j = 0; j < rows * l->lanes; j++) block[j] = (HB(layer_mean)(block[j]) + 3072.0f) - 3072.0f;
        if (form == HB_LAYER_COSTS)
            for (int64_t j = 0; j < rows * l->lanes; j++) {
                float size = fabsf(block[j]);
                block[j] = size + 0.693147182f * hb_log2_float(1.0f + hb_exp_float(-2.0f * size));
            }
    }
}

/* The units of a row from their fields: +1 iff u < 1 / (1 + e^(-2 h)), with u a multiple of 2^-24. A draw of 64 bits serves two
   units, its low half the first; `known` units (NULL: none) keep their value. */
HB_TARGET static void HB(layer_draw)(const hb_layer *l, const float *fields, hb_stream *s, const uint64_t *known, uint64_t *state) {
    for (int64_t w = 0; w < hb_layer_words(l->units); w++) {
        int8_t values[64];
        uint64_t word, bad = 0;
        memset(values, -1, sizeof values);
        for (int64_t part = 0; part < 64 && 64 * w + part < l->lanes; part += HB_LAYER_LANES) {
            const float *field = fields + 64 * w + part;
            uint64_t draws[HB_LAYER_LANES / 2], first = (uint64_t)(64 * w + part) / 2 + 1;
            uint32_t halves[HB_LAYER_LANES];
            int32_t up[HB_LAYER_LANES]; /* a loop for each width, or gcc makes no vectors of them */
            for (int k = 0; k < HB_LAYER_LANES / 2; k++) draws[k] = hb_mix(s->z + (first + (uint64_t)k) * s->increment);
            memcpy(halves, draws, sizeof halves);
            for (int j = 0; j < HB_LAYER_LANES; j++)
                up[j] = (float)(int32_t)(halves[j] >> 8) < 0x1p24f / (1.0f + hb_exp_float(-2.0f * field[j]));
            for (int j = 0; j < HB_LAYER_LANES; j++) values[part + j] = (int8_t)(2 * up[j] - 1);
        }
        word = HB(pack_word)(values, &bad);
        if (w == hb_layer_words(l->units) - 1) word &= hb_tail(l->units);
        state[w] = known ? (state[w] & known[w]) | (word & ~known[w]) : word;
    }
    s->z += (uint64_t)((l->units + 1) / 2) * s->increment;
}

/* Sweeps of both layers, the hidden one first; each row has its stream. `sums` (NULL: none) gets the means of the visible units added. */
HB_TARGET static void HB(layer_gibbs)(const hb_layer *up, const hb_layer *down, uint64_t *visible, uint64_t *hidden, int64_t count,
                                      int64_t *streams, int64_t stride, int64_t sweeps, const uint64_t *clamp, double *sums,
                                      void *workspace) {
    float *fields = workspace;
    int64_t wide = hb_layer_words(down->units), deep = hb_layer_words(up->units);
    for (int64_t q = 0; q < count; q += HB_LAYER_ROWS) {
        int64_t rows = count - q < HB_LAYER_ROWS ? count - q : HB_LAYER_ROWS;
        for (int64_t sweep = 0; sweep < sweeps; sweep++)
            for (int turn = 0; turn < 2; turn++) {
                const hb_layer *l = turn ? down : up;
                HB(layer_fields)(l, turn ? hidden + q * deep : visible + q * wide, rows, fields);
                for (int64_t r = 0; r < rows; r++) {
                    int64_t *row = streams + (q + r) * stride;
                    hb_stream s = hb_stream_of(row);
                    HB(layer_draw)(l, fields + r * l->lanes, &s, turn ? clamp : NULL,
                                   turn ? visible + (q + r) * wide : hidden + (q + r) * deep);
                    row[0] = (int64_t)s.z;
                    if (turn && sums)
                        for (int64_t i = 0; i < l->units; i++)
                            sums[(q + r) * l->units + i] += (double)HB(layer_mean)(fields[r * l->lanes + i]);
                }
            }
    }
}
