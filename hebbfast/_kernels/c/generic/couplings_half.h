/* Half fields of small couplings (shared/halves.h): a_i = sum_j q_ij u_j - c_i with u = 0 or 1, so that a flip adds a row once and the
   sign of a_i is that of the field. Included for each width of a, and so without a guard: HB_HALF is its type, HB_SIZED(name) the name
   of a function at this width. Rows and fields are padded to whole blocks of HB_STRETCH units. */

/* The constants -c_i of a state without a unit at +1. */
HB_TARGET static void HB_SIZED(begin)(const hb_model *m, const hb_run *r, HB_HALF *restrict a) {
    const int32_t *sums = m->halves.sums;
    int32_t minus = r->minus;
    for (int64_t i = 0; i < m->halves.stride; i++) a[i] = (HB_HALF) - (((sums[i] + 1 - minus) >> 1) + minus);
}

/* One row more or less. By a product: an XOR and a subtraction are one instruction more, on ports that are the limit. */
HB_TARGET HB_INLINE void HB_SIZED(add_row)(HB_HALF *restrict a, const int8_t *restrict row, int64_t stride, int16_t sign) {
    for (int64_t i = 0; i < stride; i += HB_STRETCH)
        for (int64_t j = i; j < i + HB_STRETCH; j++) a[j] = (HB_HALF)(a[j] + (int16_t)(row[j] * sign));
}

HB_TARGET HB_INLINE void HB_SIZED(add)(const hb_model *m, HB_HALF *restrict a, int64_t unit, int bit) {
#if HB_MASKED
    if (sizeof(HB_HALF) == 2 && m->halves.signs && m->halves.alone) {
        HB(add_signs)(m, (int16_t *)a, unit, (int16_t)(2 * bit - 1));
        return;
    }
#endif
    HB_SIZED(add_row)(a, m->halves.rows + unit * m->halves.stride, m->halves.stride, (int16_t)(2 * bit - 1));
}

/* The rows of units at +1, eight at a time, whose sums fit 16 bits. */
HB_TARGET static void HB_SIZED(add_units)(const hb_model *m, const int8_t *all, const uint64_t *state, HB_HALF *restrict a) {
    const int8_t *rows[8];
    int held = 0;
    for (int64_t w = 0; w < m->row_words; w++)
        for (uint64_t word = state[w] & (w == m->row_words - 1 ? hb_tail(m->units) : ~(uint64_t)0); word; word &= word - 1) {
            rows[held++] = all + (64 * w + __builtin_ctzll(word)) * m->halves.stride;
            if (held < 8) continue;
            const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3], *x4 = rows[4], *x5 = rows[5], *x6 = rows[6],
                         *x7 = rows[7];
            for (int64_t i = 0; i < m->halves.stride; i += HB_STRETCH)
                for (int64_t j = i; j < i + HB_STRETCH; j++)
                    a[j] = (HB_HALF)(a[j] + (int16_t)(((x0[j] + x1[j]) + (x2[j] + x3[j])) + ((x4[j] + x5[j]) + (x6[j] + x7[j]))));
            held = 0;
        }
    for (int k = 0; k < held; k++) HB_SIZED(add_row)(a, rows[k], m->halves.stride, 1);
}

/* One state. */
HB_TARGET static void HB_SIZED(first_alone)(const hb_model *m, const hb_run *r, const uint64_t *state, HB_HALF *restrict a) {
    HB_SIZED(begin)(m, r, a);
    HB_SIZED(add_units)(m, m->halves.rows, state, a);
}

/* The sums of every choice of four rows, for `lanes` units. */
HB_TARGET HB_INLINE void HB_SIZED(choose)(const int8_t *rows, int64_t stride, int64_t lanes, int16_t (*restrict sums)[HB_CHOICE]) {
    const int8_t *row0 = rows, *row1 = rows + stride, *row2 = rows + 2 * stride, *row3 = rows + 3 * stride;
    for (int64_t j = 0; j < lanes; j++) {
        int16_t w0 = row0[j], w1 = row1[j], w2 = row2[j], w3 = row3[j];
        int16_t low[4] = {0, w0, w1, (int16_t)(w0 + w1)}, high[4] = {0, w2, w3, (int16_t)(w2 + w3)};
        HB_UNROLLED
        for (int c = 0; c < 16; c++) sums[c][j] = (int16_t)(low[c & 3] + high[c >> 2]);
    }
}

HB_TARGET HB_INLINE void HB_SIZED(take_chosen)(HB_HALF *restrict a, const int16_t (*sums)[HB_CHOICE], uint64_t codes, int64_t lanes) {
    const int16_t *w0 = sums[codes & 15], *w1 = sums[16 + (codes >> 4 & 15)], *w2 = sums[32 + (codes >> 8 & 15)],
                  *w3 = sums[48 + (codes >> 12 & 15)];
    for (int64_t j = 0; j < lanes; j++) a[j] = (HB_HALF)(a[j] + (int16_t)((w0[j] + w1[j]) + (w2[j] + w3[j])));
}

/* A block of states, 16 sending units and HB_CHOICE receiving ones at a time: four tables of 16 sums, of which each state takes four
   entries. The tables and what the states have so far stay in the first cache. */
HB_TARGET static void HB_SIZED(first_block)(const hb_model *m, const hb_run *r, const uint64_t *states, int64_t count, HB_HALF *out) {
    int16_t sums[64][HB_CHOICE] HB_ALIGNED;
    int64_t stride = m->halves.stride;
    HB_SIZED(begin)(m, r, out);
    for (int64_t q = 1; q < count; q++) memcpy(out + q * stride, out, sizeof(HB_HALF) * (size_t)stride);
    for (int64_t i = 0; i < stride; i += HB_CHOICE) {
        int64_t lanes = stride - i < HB_CHOICE ? HB_STRETCH : HB_CHOICE;
        for (int64_t first = 0; first < m->units; first += 16) {
            uint64_t real = m->units - first < 16 ? hb_tail(m->units - first) : 0xFFFF;
            for (int g = 0; g < 4; g++) HB_SIZED(choose)(m->halves.rows + (first + 4 * g) * stride + i, stride, lanes, sums + 16 * g);
            for (int64_t q = 0; q < count; q++) {
                uint64_t codes = states[q * m->row_words + (first >> 6)] >> (first & 63) & real;
                if (lanes == HB_CHOICE) HB_SIZED(take_chosen)(out + q * stride + i, sums, codes, HB_CHOICE);
                else HB_SIZED(take_chosen)(out + q * stride + i, sums, codes, HB_STRETCH);
            }
        }
    }
}

/* The largest |a|. */
HB_TARGET static int64_t HB_SIZED(widest)(const hb_model *m, const HB_HALF *a) {
    HB_HALF high = 0, low = 0;
    for (int64_t i = 0; i < m->units; i++) {
        high = a[i] > high ? a[i] : high;
        low = a[i] < low ? a[i] : low;
    }
    return -(int64_t)low > high ? -(int64_t)low : high;
}

/* Does every unit surely keep its value? */
HB_TARGET static int HB_SIZED(settled)(const hb_model *m, const hb_run *r) {
    const HB_HALF *a = r->fields;
    HB_HALF least = (HB_HALF)((uint64_t)~0 >> (65 - 8 * sizeof(HB_HALF)));
    for (int64_t i = 0; i < m->units; i++) {
        HB_HALF x = (HB_HALF)(a[i] ^ r->signs[i]);
        least = x < least ? x : least;
    }
    return least >= r->sure;
}

/* -2 times the energy, without its scale: sum sigma_i (h_i + b_i), integers below 2^31 each, so the sum is exact. */
HB_TARGET static int64_t HB_SIZED(twice_energy)(const hb_model *m, const hb_run *r) {
    const HB_HALF *a = r->fields;
    const int32_t *bias = m->couplings.bias;
    int64_t sum = 0;
    for (int64_t i = 0; i < m->units; i++) sum += ((2 * (int64_t)a[i] + HB(rest)(m, r, i) + bias[i]) ^ r->signs[i]) - r->signs[i];
    return sum;
}

#undef HB_HALF
#undef HB_SIZED
