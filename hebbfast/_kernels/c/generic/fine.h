/* Fine fields, for couplings of 64 bits at T > 0: f_i = sum_j (256 q_ij + l_ij) u_j - 256 c_i, of the two bytes that filter.h has of each
   coupling. A threshold decides by them but for one visit in a thousand, where half fields leave every fifth in doubt. They are kept as
   f = 256 a + b, each of 16 bits and moved by one of the bytes, while there is room; else whole. */

HB_TARGET HB_INLINE int16_t *HB(low_part)(const hb_model *m, const hb_run *r) { return (int16_t *)r->fields + m->halves.stride; }

/* The sign of a field in a sweep at T = 0 between hot ones. Inlined, it made other sweeps slower by 5 %. */
HB_TARGET __attribute__((noinline)) static int HB(fine_sign)(const hb_model *m, const hb_run *r, int64_t unit) {
    const int16_t *a = r->fields;
    return HB(sign_by)(m, r, unit, r->wide ? ((const int32_t *)r->fields)[unit] : 256 * a[unit] + HB(low_part)(m, r)[unit]);
}

/* From whole numbers to their parts, with b as small as can be, if both then have room for a while. */
HB_TARGET static void HB(part_fine)(const hb_model *m, hb_run *r, const int32_t *restrict f) {
    enum { MOST = (INT16_MAX - 128) / 127 }; /* flips that b has room for */
    int16_t *restrict a = r->fields, *restrict b = HB(low_part)(m, r);
    int64_t stride = m->halves.stride, high = 0, room;
    for (int64_t i = 0; i < stride; i++) high = hb_size(f[i]) > high ? hb_size(f[i]) : high;
    room = (m->halves.limit - (high + 128) / 256) / 127;
    r->wide = room < HB_LEAST_ROOM;
    r->room = r->wide ? INT64_MAX : room < MOST ? room : MOST;
    if (r->wide) {
        memcpy(r->fields, f, (size_t)(4 * stride));
        return;
    }
    for (int64_t i = 0; i < stride; i++) {
        int32_t whole = (f[i] + 128) >> 8;
        a[i] = (int16_t)whole;
        b[i] = (int16_t)(f[i] - 256 * whole);
    }
}

/* The room is used up. */
HB_TARGET static void HB(renew_fine)(const hb_model *m, hb_run *r) {
    const int16_t *restrict a = r->fields, *restrict b = HB(low_part)(m, r);
    int32_t *restrict f = r->shared;
    for (int64_t i = 0; i < m->halves.stride; i++) f[i] = 256 * a[i] + b[i];
    HB(part_fine)(m, r, f);
}

HB_TARGET static void HB(add_whole)(const hb_model *m, int32_t *restrict f, int64_t unit, int16_t sign) {
    const int8_t *first = m->halves.rows + unit * m->halves.stride, *second = m->halves.second + unit * m->halves.stride;
    for (int64_t i = 0; i < m->halves.stride; i += HB_STRETCH)
        for (int64_t j = i; j < i + HB_STRETCH; j++) f[j] += (int16_t)((int16_t)(256 * first[j] + second[j]) * sign);
}

HB_TARGET static void HB(add_parts)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    int16_t sign = (int16_t)(2 * bit - 1);
    HB(add_row_16)(r->fields, m->halves.rows + unit * m->halves.stride, m->halves.stride, sign);
    HB(add_row_16)(HB(low_part)(m, r), m->halves.second + unit * m->halves.stride, m->halves.stride, sign);
}

/* Unit i has taken the value `bit`. */
HB_TARGET static void HB(turn_fine)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    r->signs[unit] = (int16_t)(bit - 1);
    if (r->room <= 0) HB(renew_fine)(m, r);
    r->room--;
    if (r->wide) HB(add_whole)(m, r->fields, unit, (int16_t)(2 * bit - 1));
    else HB(add_parts)(m, r, unit, bit);
}

HB_TARGET static void HB(load_fine)(const hb_model *m, hb_run *r, const uint64_t *state) {
    int32_t *restrict a = r->shared, *restrict b = a + m->halves.stride;
    HB(begin_32)(m, r, a);
    memset(b, 0, (size_t)(4 * m->halves.stride));
    HB(add_units_32)(m, m->halves.rows, state, a);
    HB(add_units_32)(m, m->halves.second, state, b);
    for (int64_t i = 0; i < m->halves.stride; i++) a[i] = 256 * a[i] + b[i];
    HB(take_signs)(m, r, state);
    HB(part_fine)(m, r, a);
}
