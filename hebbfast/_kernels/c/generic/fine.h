/* Fine fields, for couplings of 64 bits at T > 0: f_i = sum_j (256 q_ij + l_ij) u_j - 256 c_i, of the two bytes that filter.h has of each
   coupling. A threshold decides by them but for one visit in a thousand, where half fields leave every fifth in doubt. */

HB_TARGET HB_INLINE void HB(take_sign)(hb_run *r, int64_t unit, int bit) { r->signs[unit] = (int16_t)(bit - 1); }

/* Unit i has taken the value `bit`. */
HB_TARGET static void HB(turn_fine)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    const int8_t *restrict first = m->halves.rows + unit * m->halves.stride, *restrict second = m->halves.second + unit * m->halves.stride;
    int32_t *restrict f = r->fields;
    int16_t sign = (int16_t)(2 * bit - 1);
    HB(take_sign)(r, unit, bit);
    for (int64_t i = 0; i < m->halves.stride; i += HB_STRETCH)
        for (int64_t j = i; j < i + HB_STRETCH; j++) f[j] += (int16_t)((int16_t)(256 * first[j] + second[j]) * sign);
}

/* The rows of units at +1, four at a time, whose bytes have sums of 16 bits. */
HB_TARGET static void HB(load_fine)(const hb_model *m, hb_run *r, const uint64_t *state) {
    int64_t stride = m->halves.stride, held[4];
    const int8_t *rows = m->halves.rows, *seconds = m->halves.second;
    int32_t *restrict f = r->fields;
    int count = 0;
    for (int64_t i = 0; i < stride; i++) f[i] = -256 * ((m->halves.sums[i] + 1) >> 1);
    for (int64_t i = 0; i < m->units; i++) {
        int bit = hb_bit(state, i);
        HB(take_sign)(r, i, bit);
        held[count] = i;
        count += bit;
        if (count < 4) continue;
        const int8_t *x0 = rows + held[0] * stride, *x1 = rows + held[1] * stride, *x2 = rows + held[2] * stride,
                     *x3 = rows + held[3] * stride;
        const int8_t *y0 = seconds + held[0] * stride, *y1 = seconds + held[1] * stride, *y2 = seconds + held[2] * stride,
                     *y3 = seconds + held[3] * stride;
        for (int64_t k = 0; k < stride; k += HB_STRETCH)
            for (int64_t j = k; j < k + HB_STRETCH; j++)
                f[j] += 256 * (int16_t)((x0[j] + x1[j]) + (x2[j] + x3[j])) + (int16_t)((y0[j] + y1[j]) + (y2[j] + y3[j]));
        count = 0;
    }
    while (count > 0) HB(turn_fine)(m, r, held[--count], 1);
}
