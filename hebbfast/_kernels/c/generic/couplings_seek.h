/* Sweeps of coupling space whose visits are known in advance and decided by the sign of a field: part of sweep.h. */

/* Visits that the signs of the fields of coupling space decide, from `position` to the first flip or to `stop`; returns where it is. */
HB_TARGET HB_INLINE int64_t HB(seek_some)(const void *fields, const uint64_t *state, const uint32_t *visits, int tie, int64_t position,
                                          int64_t stop, const int wide) {
    int plus = tie == HB_PLUS, keep = tie == HB_KEEP;
    for (; position < stop; position++) {
        int64_t unit = visits ? visits[position] : position;
        int bit = hb_bit(state, unit);
        int64_t h = wide ? ((const int64_t *)fields)[unit] : ((const int32_t *)fields)[unit];
        if ((h > -(plus | (keep & bit))) != bit) break; /* at zero: to 1 if that is the rule for ties */
    }
    return position;
}

/* The same with half fields (halves.h), whose sign is that of the field from `sure` on; others ask. */
HB_TARGET HB_INLINE int64_t HB(seek_half)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint32_t *visits, int64_t position,
                                          int64_t stop, const int wide) {
    const void *fields = r->fields;
    const int16_t *signs = r->signs;
    int64_t sure = r->sure, doubt = sure ? sure : d->tie == HB_KEEP;
    for (; position < stop; position++) {
        int64_t unit = visits ? visits[position] : position;
        int64_t x = (wide ? ((const int32_t *)fields)[unit] : ((const int16_t *)fields)[unit]) ^ signs[unit];
        if (x < sure && (x < -doubt || HB(decide)(m, d, r, unit, signs[unit] == 0, NULL) != (signs[unit] == 0))) break;
    }
    return position;
}

/* Visits of half fields, flips and all. To fetch the rows of coming flips gave 3 to 7 % at best, not every time. */
HB_TARGET static void HB(seek_halves)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    int64_t position = r->position, count = p->count, budget = p->budget, flips = 0;
    while (position < count && budget > 0) {
        int64_t from = position, most = budget / p->visit_cost + 1, stop = count - from < most ? count : from + most;
        if (r->wide) position = HB(seek_half)(m, d, r, p->visits, from, stop, 1);
        else position = HB(seek_half)(m, d, r, p->visits, from, stop, 0);
        budget -= (position - from) * p->visit_cost;
        if (position == stop) continue;
        int64_t unit = HB(visited)(p->visits, position++);
        p->state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
        HB(turn)(m, r, unit, r->signs[unit] != 0);
        flips++;
        budget -= p->visit_cost + p->flip_cost;
    }
    r->position = position;
    r->sweep_flips += flips;
    p->budget = budget;
}

/* Visits of coupling space, up to a flip. */
HB_TARGET static void HB(seek)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    int64_t from = r->position, most = p->budget / p->visit_cost + 1, stop = p->count - from < most ? p->count : from + most, at;
    if (m->kind == HB_COUPLINGS64) at = HB(seek_some)(r->fields, p->state, p->visits, d->tie, from, stop, 1);
    else at = HB(seek_some)(r->fields, p->state, p->visits, d->tie, from, stop, 0);
    p->budget -= (at - from) * p->visit_cost;
    if (at < stop) {
        HB(set)(m, r, p->state, HB(visited)(p->visits, at++));
        r->sweep_flips++;
        p->budget -= p->visit_cost + p->flip_cost;
    }
    r->position = at;
}
