/* Visits of coupling space at T > 0, a block at a time: part of heat.h. */

/* Fields of 64 bits. With x = N - t a unit at +1 stays if x > 0 and one at -1 if 1 - x > 0, or -N - t > 0 by Metropolis; each is sure
   beyond the margin. */
HB_TARGET static void HB(heat_wide)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const hb_block *b) {
    const int64_t *fields = r->fields;
    int64_t asking = hb_next_asking(b, 0), margin = b->margin;
    for (int64_t k = 0; k < b->count; k++) {
        int64_t unit = b->units[k], h = fields[unit];
        int64_t x = h - (int64_t)b->at[k], stays = hb_bit(state, unit) ? x : b->metropolis ? x - 2 * h : 1 - x;
        int sure = 0;
        if (k < asking) {
            if (stays > margin) continue;
            sure = stays <= -margin;
        } else {
            asking = hb_next_asking(b, k + 1);
        }
        if (sure || HB(asked)(m, r, state, b, k)) HB(change)(m, r, state, next, unit);
    }
}

/* Narrower fields are N = by a + odd, `by` 2 for half fields and else 1; fine ones lack their base. All but a is known before the block, so
   a visit is one comparison: with turn = 0 for a unit at +1, else -1, and x = a ^ turn, which is a or -a - 1, the unit stays if x >= least.
   By the heat bath, N > t iff a > above; by Metropolis a unit at -1 stays iff -N > t, iff a <= below. A visit that asks is never sure to
   stay. */
typedef struct {
    const hb_block *b;
    int64_t reach; /* of the margin: x is sure to flip below least - 2 reach */
    int32_t turn[HB_VISITS], odd[HB_VISITS], least[HB_VISITS], sure[HB_VISITS];
} HB(foreseen);

/* Where the units are, and what a lacks. `near`: do they follow one another? */
HB_TARGET HB_INLINE void HB(look_up)(const hb_model *m, const hb_run *r, const uint64_t *state, HB(foreseen) *f, int64_t from, int64_t end,
                                     const int near) {
    const uint32_t *units = f->b->units;
    if (!r->halved && !r->fine) {
        for (int64_t k = from; k < end; k++) f->turn[k] = (int32_t)hb_bit(state, near ? units[from] + k - from : units[k]) - 1;
        memset(f->odd + from, 0, (size_t)(4 * (end - from)));
        return;
    }
    const int16_t *signs = r->signs + (near ? units[from] - from : 0);
    const int32_t *lacks = (r->fine ? m->halves.base : m->halves.sums) + (near ? units[from] - from : 0);
    int32_t minus = r->minus, same = minus ? 2 - m->halves.odd : m->halves.odd;
    for (int64_t k = from; k < end; k++) f->turn[k] = signs[near ? k : units[k]];
    if (r->fine)
        for (int64_t k = from; k < end; k++) f->odd[k] = lacks[near ? k : units[k]];
    else if (m->halves.odd >= 0)
        for (int64_t k = from; k < end; k++) f->odd[k] = same;
    else
        for (int64_t k = from; k < end; k++) f->odd[k] = (lacks[near ? k : units[k]] & 1) * (minus ? -1 : 1) + 2 * minus;
}

HB_TARGET HB_INLINE void HB(set_least)(HB(foreseen) *f, int64_t from, int64_t end, const int halved, const int metropolis) {
    enum { FARTHEST = 0x4E800000 }; /* the bits of 2^30, which no field reaches */
    const hb_block *b = f->b;
    int32_t reach = (int32_t)f->reach;
    for (int64_t k = from; k < end; k++) {
        int32_t bits = hb_bits_of(b->at[k]), size = bits & INT32_MAX, turn = f->turn[k], odd = f->odd[k];
        size = size < FARTHEST ? size : FARTHEST;
        int32_t t = (int32_t)hb_float_of(size | (bits & INT32_MIN)), above = (t - odd) >> halved;
        int32_t below = metropolis ? (-t - 1 - odd) >> halved : above;
        f->least[k] = ((above & ~turn) + (~below & turn)) + 1 + turn + reach; /* above + 1, or -below - 1 */
    }
    for (int64_t k = from; k < end; k++) f->least[k] = b->ask[k] ? INT32_MAX : f->least[k];
}

HB_TARGET HB_INLINE void HB(foresee_visits)(const hb_model *m, const hb_run *r, const uint64_t *state, HB(foreseen) *f, int64_t from,
                                            int64_t end, int near) {
    int metropolis = f->b->metropolis;
    if (near) HB(look_up)(m, r, state, f, from, end, 1);
    else HB(look_up)(m, r, state, f, from, end, 0);
    if (r->halved && metropolis) HB(set_least)(f, from, end, 1, 1);
    else if (r->halved) HB(set_least)(f, from, end, 1, 0);
    else if (metropolis) HB(set_least)(f, from, end, 0, 1);
    else HB(set_least)(f, from, end, 0, 0);
}

HB_TARGET HB_INLINE int32_t HB(kept_field)(const hb_model *m, const hb_run *r, int64_t unit, const int kept_as) {
    const int16_t *narrow = r->fields;
    return kept_as == HB_PARTED   ? 256 * narrow[unit] + HB(low_part)(m, r)[unit]
           : kept_as == HB_HALVED ? narrow[unit]
                                  : ((const int32_t *)r->fields)[unit];
}

/* The first visit from k on that is not sure to stay. */
HB_TARGET HB_INLINE int64_t HB(unsure)(const hb_model *m, const hb_run *r, const HB(foreseen) *f, int64_t k, const int kept_as) {
    const uint32_t *units = f->b->units;
    int64_t count = f->b->count;
    for (; k < count; k++)
        if ((HB(kept_field)(m, r, units[k], kept_as) ^ f->turn[k]) < f->least[k]) break;
    return k;
}

/* All visits of a block. */
HB_TARGET static void HB(foresee_all)(const hb_model *m, const hb_run *r, const uint64_t *state, HB(foreseen) *f, hb_block *b, int near) {
    f->b = b;
    if (r->fine) f->reach = (int64_t)(hb_spread(m, 1, r->temperature) * HB_LOGIT_ERROR) + m->halves.blur + 2;
    else f->reach = b->margin ? (b->margin >> (r->halved != 0)) + 1 : 0;
    if (f->reach > 1 << 28) {
        memset(b->ask, 1, sizeof b->ask);
        f->reach = 0;
    }
    HB(foresee_visits)(m, r, state, f, 0, b->count, near);
}

/* Visits k and later of a block. `again`: may a unit come twice in it? */
HB_TARGET static void HB(heat_narrow)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, HB(foreseen) *f, int64_t k,
                                      int again) {
    const hb_block *b = f->b;
    for (;; k++) {
        int kept_as = hb_kept_as(r);
        k = kept_as == HB_PARTED   ? HB(unsure)(m, r, f, k, HB_PARTED)
            : kept_as == HB_HALVED ? HB(unsure)(m, r, f, k, HB_HALVED)
                                   : HB(unsure)(m, r, f, k, HB_WHOLE);
        if (k == b->count) return;
        int64_t unit = b->units[k], a = HB(kept_field)(m, r, unit, kept_as);
        int sure = !b->ask[k] && (a ^ f->turn[k]) < f->least[k] - 2 * f->reach;
        if (!sure && !HB(asked)(m, r, state, b, k)) continue;
        HB(change)(m, r, state, next, unit);
        if (!again || next != state) continue;
        for (int64_t later = k + 1; later < b->count; later++)
            if (b->units[later] == unit) HB(foresee_visits)(m, r, state, f, later, later + 1, 0);
    }
}
