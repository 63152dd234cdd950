/* Coupling space: integer fields are kept, and a flip adds twice a row to them. Included for each width of the couplings, and so
   without a guard: HB_COUPLING is their type, HB_INTEGER that of fields, HB_PARTIAL one that holds the sum of 16 couplings,
   HB_SIZED(name) the name of a function at this width. A row comes from memory, so narrow couplings are fast ones. */

/* `times` the couplings from a unit, sparse ones, are added to fields. */
HB_TARGET HB_INLINE void HB_SIZED(add_sparse)(const hb_model *m, HB_INTEGER *restrict h, int64_t unit, HB_INTEGER times) {
    const HB_COUPLING *restrict values = m->couplings.outgoing;
    const uint32_t *restrict targets = m->couplings.targets;
    for (int64_t e = m->couplings.starts[unit]; e < m->couplings.starts[unit + 1]; e++) h[targets[e]] += times * (HB_INTEGER)values[e];
}

/* Unit i has taken the value `bit`. */
HB_TARGET static void HB_SIZED(add_twice)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    HB_INTEGER *restrict h = r->fields;
    if (hb_sparse(m)) {
        HB_SIZED(add_sparse)(m, h, unit, bit ? 2 : -2);
        return;
    }
    const HB_COUPLING *restrict row = (const HB_COUPLING *)m->couplings.outgoing + unit * m->units;
    if (bit)
        for (int64_t j = 0; j < m->units; j++) h[j] += 2 * (HB_INTEGER)row[j];
    else
        for (int64_t j = 0; j < m->units; j++) h[j] -= 2 * (HB_INTEGER)row[j];
}

/* Fields of one state, HB_ROWS_TOGETHER rows at a time: -w is ~w + 1. */
HB_TARGET static void HB_SIZED(field_rows)(const hb_model *m, const uint64_t *state, HB_INTEGER *restrict h) {
    const HB_COUPLING *restrict row = m->couplings.outgoing;
    memcpy(h, m->couplings.bias, sizeof(HB_INTEGER) * (size_t)m->units);
    if (hb_sparse(m)) {
        for (int64_t i = 0; i < m->units; i++) HB_SIZED(add_sparse)(m, h, i, hb_bit(state, i) ? 1 : -1);
        return;
    }
    for (int64_t i = 0; i < m->units; i += HB_ROWS_TOGETHER) {
        HB_INTEGER turn[HB_ROWS_TOGETHER] = {0}, ones = 0;
        int64_t step[HB_ROWS_TOGETHER] = {0}, count = m->units - i < HB_ROWS_TOGETHER ? m->units - i : HB_ROWS_TOGETHER;
        for (int64_t k = 0; k < count; k++) {
            turn[k] = (HB_INTEGER)hb_bit(state, i + k) - 1;
            step[k] = (i + k) * m->units;
            ones -= turn[k];
        }
        if (count < HB_ROWS_TOGETHER) {
            for (int64_t k = 0; k < count; k++)
                for (int64_t j = 0; j < m->units; j++) h[j] += (row[step[k] + j] ^ turn[k]) - turn[k];
            return;
        }
        for (int64_t j = 0; j < m->units; j++)
            h[j] += (((row[step[0] + j] ^ turn[0]) + (row[step[1] + j] ^ turn[1])) +
                     ((row[step[2] + j] ^ turn[2]) + (row[step[3] + j] ^ turn[3]))) +
                    ones;
    }
}

/* Fields of a block of states: four rows have 16 signed sums, and each state takes one of them. */
HB_TARGET static void HB_SIZED(field_block)(const hb_model *m, const uint64_t *states, int64_t count, HB_INTEGER *out) {
    enum { LANES = 256 / sizeof(HB_PARTIAL) }; /* the tables stay within half of the first cache */
    HB_PARTIAL sums[16 * HB_FOURS][LANES];
    int64_t units = m->units;
    for (int64_t q = 0; q < count; q++) memcpy(out + q * units, m->couplings.bias, sizeof(HB_INTEGER) * (size_t)units);
    for (int64_t first = 0; first < units; first += 4 * HB_FOURS)
        for (int64_t l = 0; l < units; l += LANES) {
            int64_t lanes = units - l < LANES ? units - l : LANES;
            int64_t rows = units - first < 4 * HB_FOURS ? units - first : 4 * HB_FOURS;
            uint64_t real = ((uint64_t)1 << rows) - 1;
            for (int g = 0; g < HB_FOURS; g++) memset(sums[16 * g], 0, sizeof *sums);
            for (int64_t i = first; i < first + rows; i++) {
                HB_PARTIAL(*of_four)[LANES] = sums + 16 * ((i - first) / 4), row[LANES] = {0};
                const HB_COUPLING *from = (const HB_COUPLING *)m->couplings.outgoing + i * units + l;
                for (int64_t j = 0; j < lanes; j++) row[j] = from[j];
                for (int c = 0, bit = 1 << (i & 3); c < bit; c++) {
                    HB_PARTIAL *restrict minus = of_four[c], *restrict plus = of_four[c + bit];
                    for (int j = 0; j < LANES; j++) {
                        plus[j] = (HB_PARTIAL)(minus[j] + row[j]);
                        minus[j] = (HB_PARTIAL)(minus[j] - row[j]);
                    }
                }
            }
            for (int64_t q = 0; q < count; q++) {
                HB_INTEGER *restrict to = out + q * units + l;
                uint64_t codes = (states[q * m->row_words + (first >> 6)] >> (first & 63)) & real;
                const HB_PARTIAL *a = sums[codes & 15], *b = sums[16 + (codes >> 4 & 15)];
                const HB_PARTIAL *c = sums[32 + (codes >> 8 & 15)], *d = sums[48 + (codes >> 12 & 15)];
                if (lanes == LANES)
                    for (int j = 0; j < LANES; j++) to[j] += (HB_PARTIAL)((HB_PARTIAL)(a[j] + b[j]) + (HB_PARTIAL)(c[j] + d[j]));
                else
                    for (int64_t j = 0; j < lanes; j++) to[j] += (HB_PARTIAL)((HB_PARTIAL)(a[j] + b[j]) + (HB_PARTIAL)(c[j] + d[j]));
            }
        }
}

#undef HB_COUPLING
#undef HB_INTEGER
#undef HB_PARTIAL
#undef HB_SIZED
