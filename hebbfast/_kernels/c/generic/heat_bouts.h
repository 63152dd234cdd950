/* Bouts: visits of neighbouring units in their order, at T > 0, that are decided before the rows of those that flip are added. A flip
   changes the fields of its bout at once, so that the next visit waits for one piece of one row alone, and no branch is there to guess
   wrong; then rows are added by fours, and each field is read and written once for all of them: part of heat.h. */

#define HB_BOUT 32 /* units, of whose flips fields of 16 bits always have room */
#define HB_OCTET 8 /* rows that are added together */

/* Units that have flipped and whose rows wait: for three others with the same sign, in lists for -1 and +1, or, where rows are bits, for
   seven, all in the first list. */
typedef struct {
    int64_t count[2], units[2][HB_BOUT + HB_OCTET];
    uint64_t ups; /* of the first list, where all are in it */
} HB(waiting);

/* The bytes of a unit's couplings from a unit on. */
HB_TARGET HB_INLINE const int8_t *HB(first_byte)(const hb_model *m, int64_t unit, int64_t from) {
    return m->halves.rows + unit * m->halves.stride + from;
}
HB_TARGET HB_INLINE const int8_t *HB(second_byte)(const hb_model *m, int64_t unit, int64_t from) {
    return m->halves.second + unit * m->halves.stride + from;
}

HB_TARGET static void HB(add_quartet)(const hb_model *m, hb_run *r, const int64_t *units, int up) {
    const int8_t *first[4], *second[4];
    int64_t stride = m->halves.stride;
    for (int k = 0; k < 4; k++) first[k] = HB(first_byte)(m, units[k], 0);
    if (up) HB(add_four)(r->fields, first, stride, 0);
    else HB(add_four)(r->fields, first, stride, 1);
    if (!r->fine) return;
    for (int k = 0; k < 4; k++) second[k] = HB(second_byte)(m, units[k], 0);
    if (up) HB(add_four)(HB(low_part)(m, r), second, stride, 0);
    else HB(add_four)(HB(low_part)(m, r), second, stride, 1);
}

/* Eight rows of bits; what is behind the last unit changes, and nobody asks. */
HB_TARGET HB_INLINE void HB(add_bits_of)(const hb_model *m, hb_run *r, const int64_t *units, uint32_t ups) {
#if HB_MASKED
    const uint64_t *rows[8];
    int64_t words = m->halves.stride / 64;
    int16_t *a = r->fields;
    for (int k = 0; k < 8; k++) rows[k] = m->halves.signs + units[k] * words;
    HB(add_octet)(a, rows, ~ups, words);
    for (int k = 0; k < 8; k++) a[units[k]] = (int16_t)(a[units[k]] - (2 * (int)(ups >> k & 1) - 1)); /* the bit of q_ii says +1 */
#else
    (void)m, (void)r, (void)units, (void)ups;
#endif
}

/* Twice rows of 16 bits. */
HB_TARGET static void HB(add_words)(const hb_model *m, hb_run *r, const int64_t *units, int up) {
    const int16_t *rows[4];
    for (int k = 0; k < 4; k++) rows[k] = (const int16_t *)m->couplings.outgoing + units[k] * m->units;
    if (up) HB(add_four_twice)(r->fields, rows, m->units, 0);
    else HB(add_four_twice)(r->fields, rows, m->units, 1);
}

HB_TARGET HB_INLINE void HB(add_waiting)(const hb_model *m, hb_run *r, HB(waiting) *w, const int by) {
    int together = by == HB_SIGNS ? HB_OCTET : 4;
    for (int list = 0; list < (by == HB_SIGNS ? 1 : 2); list++) {
        int64_t k = 0;
        for (; k + together <= w->count[list]; k += together) {
            if (by == HB_SIGNS) HB(add_bits_of)(m, r, w->units[0] + k, (uint32_t)(w->ups >> k) & 255);
            else if (by == HB_WORDS) HB(add_words)(m, r, w->units[list] + k, list);
            else HB(add_quartet)(m, r, w->units[list] + k, list);
        }
        if (!k) continue;
        memmove(w->units[list], w->units[list] + k, HB_OCTET * sizeof(int64_t));
        w->count[list] -= k;
        if (by == HB_SIGNS) w->ups >>= k;
    }
}

/* Those that are too few to be added together. */
HB_TARGET static void HB(add_rest)(const hb_model *m, hb_run *r, HB(waiting) *w, int by) {
    for (int list = 0; list < 2; list++)
        for (int64_t k = 0; k < w->count[list]; k++) {
            int64_t unit = w->units[list][k];
            int up = list || (w->ups >> k & 1);
            if (by == HB_WORDS) HB(add_twice16)(m, r, unit, up);
            else if (by == HB_PARTS) HB(add_parts)(m, r, unit, up);
            else HB(add_16)(m, r->fields, unit, up);
        }
    w->count[0] = w->count[1] = 0;
    w->ups = 0;
}

HB_TARGET HB_INLINE void HB(bout_of)(const hb_model *m, const hb_run *r, const HB(foreseen) *f, int64_t k, HB(bout) *b, const int by) {
    int64_t base = f->b->units[k];
    HB(begin_bout)(b, f->turn + k, f->least + k, f->sure + k);
    if (by == HB_WORDS) HB(resume_fields)(b, (const int32_t *)r->fields + base);
    else HB(take_fields)(b, (const int16_t *)r->fields + base, by == HB_PARTS ? HB(low_part)(m, r) + base : NULL);
}

/* The couplings of a bout that it will need soon, of the units that seem to flip: without it each flip waits for the second cache. */
HB_TARGET HB_INLINE void HB(fetch_bout)(const hb_model *m, const hb_run *r, const HB(foreseen) *f, int64_t k, const int by) {
    int64_t base = f->b->units[k];
    HB(bout) b;
    HB(bout_of)(m, r, f, k, &b, by);
    for (uint32_t unsure = HB(unsure_of)(&b); unsure; unsure &= unsure - 1) {
        int64_t unit = base + hb_zeros(unsure);
        if (by == HB_WORDS) HB_PREFETCH((const int16_t *)m->couplings.outgoing + unit * m->units + base);
        else HB_PREFETCH(HB(first_byte)(m, unit, base));
        if (by == HB_PARTS) HB_PREFETCH(HB(second_byte)(m, unit, base));
    }
}

/* A unit flips: its couplings to the bout at `base`. Rows of 16 bits end with the last unit, and nothing behind it is read. */
HB_TARGET HB_INLINE void HB(turn_in_bout)(const hb_model *m, HB(bout) *b, int64_t unit, int64_t base, int up, const int by) {
    if (by == HB_WORDS) {
        const int16_t *row = (const int16_t *)m->couplings.outgoing + unit * m->units + base;
        int16_t last[HB_BOUT] = {0};
        if (m->units - base < HB_BOUT) row = memcpy(last, row, (size_t)(2 * (m->units - base)));
        HB(turn_twice)(b, row, 2 * up - 1);
    } else HB(turn_bout)(b, HB(first_byte)(m, unit, base), by == HB_PARTS ? HB(second_byte)(m, unit, base) : NULL, 2 * up - 1);
}

/* Visit k asks the rule, for which its field is put where it looks. */
HB_TARGET static int HB(asked_in_bout)(const hb_model *m, hb_run *r, uint64_t *state, const hb_block *b, int64_t k, int32_t a, int by) {
    int64_t unit = b->units[k];
    int32_t *whole = r->fields;
    int16_t *half = r->fields;
    int32_t before = by == HB_WORDS ? whole[unit] : half[unit];
    if (by == HB_WORDS) whole[unit] = a;
    else if (by != HB_PARTS) half[unit] = (int16_t)a;
    int changes = HB(asked)(m, r, state, b, k);
    if (by == HB_WORDS) whole[unit] = before;
    else half[unit] = (int16_t)before;
    return changes;
}

/* Units of a bout have flipped. */
HB_TARGET HB_INLINE void HB(take_flips)(hb_run *r, uint64_t *state, int64_t base, uint32_t flipped, const int by) {
    int16_t *signs = r->signs + base;
    state[base >> 6] ^= (uint64_t)flipped << (base & 63);
    for (int j = 0; by != HB_WORDS && j < HB_BOUT; j++) signs[j] = (int16_t)(signs[j] ^ -(int16_t)(flipped >> j & 1));
}

/* The bout from visit k on. What visits need is in registers, but where one asks. */
HB_TARGET HB_INLINE void HB(visit_bout)(const hb_model *m, hb_run *r, uint64_t *state, const HB(foreseen) *f, HB(waiting) *w, int64_t k,
                                        const int by) {
    int64_t base = f->b->units[k], waited = w->count[0] + w->count[1];
    int32_t a[HB_BOUT];
    uint32_t unsure, ahead = ~(uint32_t)0, flipped = 0, lower = ~(uint32_t)(state[base >> 6] >> (base & 63));
    HB(bout) b;
    HB(bout_of)(m, r, f, k, &b, by);
    for (int list = 0; list < (by == HB_SIGNS ? 1 : 2); list++)
        for (int64_t n = 0; n < w->count[list]; n++)
            HB(turn_in_bout)(m, &b, w->units[list][n], base, by == HB_SIGNS ? (int)(w->ups >> n & 1) : list, by);
    while ((unsure = HB(unsure_of)(&b) & ahead)) {
        int j = hb_zeros(unsure), up = lower >> j & 1, list = by == HB_SIGNS ? 0 : up;
        ahead = (uint32_t)(~(uint64_t)1 << j);
        if (!(HB(sure_of)(&b) >> j & 1)) {
            HB(keep_fields)(&b, a);
            HB(take_flips)(r, state, base, flipped, by);
            flipped = 0;
            int changes = HB(asked_in_bout)(m, r, state, f->b, k + j, a[j], by);
            HB(begin_bout)(&b, f->turn + k, f->least + k, f->sure + k);
            HB(resume_fields)(&b, a);
            if (!changes) continue;
        }
        HB(turn_in_bout)(m, &b, base + j, base, up, by);
        flipped |= (uint32_t)1 << j;
        if (by == HB_SIGNS) w->ups |= (uint64_t)up << w->count[0];
        w->units[list][w->count[list]++] = base + j;
    }
    HB(take_flips)(r, state, base, flipped, by);
    if (by != HB_WORDS) r->room -= w->count[0] + w->count[1] - waited;
    r->sweep_flips += w->count[0] + w->count[1] - waited;
    if (k + HB_BOUT < f->b->count) HB(fetch_bout)(m, r, f, k + HB_BOUT, by);
    HB(add_waiting)(m, r, w, by);
}

HB_TARGET HB_INLINE void HB(visit_bouts)(const hb_model *m, hb_run *r, uint64_t *state, HB(foreseen) *f, const int by) {
    HB(waiting) w;
    w.count[0] = w.count[1] = 0;
    w.ups = 0;
    for (int64_t k = 0; k < f->b->count; k += HB_BOUT) {
        if (by != HB_WORDS && r->room < HB_BOUT) {
            HB(add_rest)(m, r, &w, by);
            if (by == HB_PARTS) HB(renew_fine)(m, r);
            else HB(find_room)(m, r);
            if (r->wide) {
                HB(heat_narrow)(m, r, state, state, f, k, 0);
                return;
            }
        }
        HB(visit_bout)(m, r, state, f, &w, k, by);
    }
    HB(add_rest)(m, r, &w, by);
}

/* Are there bouts for these fields? */
HB_TARGET HB_INLINE int HB(has_bouts)(const hb_model *m, const hb_run *r) {
    return hb_kept_as(r) != HB_WHOLE || (m->kind == HB_COUPLINGS16 && !hb_sparse(m));
}

HB_TARGET static void HB(heat_bouts)(const hb_model *m, hb_run *r, uint64_t *state, HB(foreseen) *f) {
    int64_t count = f->b->count;
    for (int64_t k = 0; k < count; k++) f->sure[k] = f->b->ask[k] ? INT32_MIN : f->least[k] - 2 * (int32_t)f->reach;
    for (int64_t k = count; k < hb_round_up(count, HB_BOUT); k++) f->turn[k] = 0, f->least[k] = f->sure[k] = INT32_MIN;
    if (hb_kept_as(r) == HB_WHOLE) HB(visit_bouts)(m, r, state, f, HB_WORDS);
    else if (r->fine) HB(visit_bouts)(m, r, state, f, HB_PARTS);
    else if (HB_MASKED && m->halves.signs) HB(visit_bouts)(m, r, state, f, HB_SIGNS);
    else HB(visit_bouts)(m, r, state, f, HB_BYTES);
}
