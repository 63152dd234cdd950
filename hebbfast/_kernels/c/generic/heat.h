/* Blocks of visits at T > 0 that compare, by the heat bath or Metropolis (shared/thresholds.h). A visit whose threshold is not sure asks the rule, with the same draw. */

HB_TARGET HB_INLINE void HB(fetch)(const hb_model *m, int64_t unit) {
    const uint64_t *column = hb_column(m, unit);
    for (int64_t w = 0; w < m->patterns.column_words && w < 256; w += 8) HB_PREFETCH(column + w);
}

/* Does Metropolis flip the unit? What is filtered is so as in the heat bath. */
HB_TARGET HB_INLINE int HB(accept)(const hb_model *m, hb_run *r, int64_t unit, int bit, double u) {
    if (m->kind == HB_FILTERED) {
        double error, x = HB(sum_filtered)(m, r, unit, bit, &error);
        if (u < hb_acceptance((x + error) / m->gain.divisor, r->temperature) * (1 - 1e-12)) return 1;
        if (u > hb_acceptance((x - error) / m->gain.divisor, r->temperature) * (1 + 1e-12)) return 0;
    }
    double field = HB(field)(m, r, unit, bit);
    return u < hb_acceptance(bit ? field : -field, r->temperature);
}

/* The value of a unit by the rule. */
HB_TARGET HB_INLINE int HB(rule)(const hb_model *m, hb_run *r, int64_t unit, int bit, double u) {
    if (r->metropolis) return bit ^ HB(accept)(m, r, unit, bit, u);
    if (m->kind == HB_FILTERED) {
        /* Exact sums cost `limbs` passes; most draws are decided by the interval of the rounded one. 1e-12 covers the rounding
           of the probability itself: below 1e-13 for arguments up to 700. */
        double error, x = HB(sum_filtered)(m, r, unit, bit, &error);
        x = bit ? x : -x;
        if (u < hb_probability((x - error) / m->gain.divisor, r->temperature) * (1 - 1e-12)) return 1;
        if (u > hb_probability((x + error) / m->gain.divisor, r->temperature) * (1 + 1e-12)) return 0;
    }
    return u < hb_probability(HB(field)(m, r, unit, bit), r->temperature);
}

HB_TARGET HB_INLINE void HB(set)(const hb_model *m, hb_run *r, uint64_t *state, int64_t unit) {
    state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
    HB(flip)(m, r, state, unit, hb_bit(state, unit));
}

/* A visit changes its unit in `next`: the state itself, or the coming one of a synchronous update. */
HB_TARGET HB_INLINE void HB(change)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, int64_t unit) {
    if (next == state) HB(set)(m, r, next, unit);
    else next[unit >> 6] ^= (uint64_t)1 << (unit & 63);
    r->sweep_flips++;
}

/* Does the rule change the unit of visit k? */
HB_TARGET HB_INLINE int HB(asked)(const hb_model *m, hb_run *r, const uint64_t *state, const hb_block *b, int64_t k) {
    int64_t unit = b->units[k];
    int bit = hb_bit(state, unit);
    return HB(rule)(m, r, unit, bit, hb_drawn(b, k)) != bit;
}

/* Sums of weights. Their numbers are doubles beside thresholds: an exact one is rounded by far less than the margin. */
HB_TARGET static void HB(heat_sums)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const hb_block *b) {
    double spread = 0.5 * r->temperature * m->gain.divisor;
    int64_t top = -1;
    for (int64_t k = 0; k < b->count; k++) {
        int64_t unit = b->units[k];
        int bit = hb_bit(state, unit);
        double error = 0, x;
        if (k + HB_AHEAD < b->count) HB(fetch)(m, b->units[k + HB_AHEAD]);
        if (!b->ask[k] && !m->gain.logarithmic) {
            x = m->kind == HB_FILTERED ? HB(sum_filtered)(m, r, unit, bit, &error) : (double)HB(sum_integers)(m, r, unit, bit, 1);
            if (hb_relative(m) && top != r->sums.top) {
                top = r->sums.top;
                spread = 0.5 * r->temperature / HB(relative_unit)(m, r);
            }
            double stays = x - (bit || b->metropolis ? b->at[k] : -b->at[k]) * spread;
            error += spread * HB_LOGIT_ERROR;
            if (stays > error) continue;
            if (stays < -error) {
                HB(change)(m, r, state, next, unit);
                continue;
            }
        }
        if (HB(asked)(m, r, state, b, k)) HB(change)(m, r, state, next, unit);
    }
}

/* Planes. */
HB_TARGET static void HB(heat_planes)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const hb_block *b) {
    for (int64_t k = 0; k < b->count; k++) {
        int64_t found =
            HB(scannable)(m, r) ? HB(scan)(m, r, state, next == state ? NULL : next, b->units, HB_KEEP, k, b->count, b->count, 0, b) : ~k;
        k = found < 0 ? ~found : found;
        if (k < b->count && (found >= 0 || HB(asked)(m, r, state, b, k))) HB(change)(m, r, state, next, b->units[k]);
    }
}

#include "heat_couplings.h"
#if HB_BOUTS
#include "heat_bouts.h"
#endif

/* The units of `count` visits from `from` on. Clamped ones take no draw; where each is drawn before its u, none is clamped. */
HB_TARGET HB_INLINE void HB(list_visits)(hb_block *b, const hb_model *m, const hb_dynamics *d, const hb_stream *s, const uint32_t *visits,
                                         int drawn, int64_t from, int64_t count) {
    b->count = count;
    if (drawn)
        for (int64_t j = 0; j < count; j++) b->units[j] = hb_scale(hb_mix(s->z + (uint64_t)(2 * j + 1) * s->increment), (uint32_t)m->units);
    else if (visits) memcpy(b->units, visits + from, (size_t)(4 * count));
    else
        for (int64_t j = 0; j < count; j++) b->units[j] = (uint32_t)(from + j);
    if (!d->clamp) return;
    b->count = 0;
    for (int64_t j = 0; j < count; j++) {
        uint32_t unit = b->units[j];
        b->units[b->count] = unit;
        b->count += !hb_bit(d->clamp, unit);
    }
}

/* By narrow fields. */
HB_TARGET static void HB(heat_narrow_block)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint64_t *state, uint64_t *next,
                                            hb_block *b, const uint32_t *visits, int drawn) {
    HB(foreseen) f;
    int neighbours = !visits && !drawn && !d->clamp;
    HB(foresee_all)(m, r, state, &f, b, neighbours);
#if HB_BOUTS
    if (neighbours && next == state && b->units[0] % HB_BOUT == 0 && HB(has_bouts)(m, r)) {
        HB(heat_bouts)(m, r, next, &f);
        return;
    }
#endif
    HB(heat_narrow)(m, r, state, next, &f, 0, drawn || (d->order == HB_ARRAY && !(d->covers && d->visit_count == m->units)));
}

/* A block of visits; returns how many. */
HB_TARGET static int64_t HB(heat)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint64_t *state, uint64_t *next, hb_stream *s,
                                  const uint32_t *visits, int drawn, int64_t from, int64_t count) {
    hb_block b;
    int patterns = hb_in_patterns(m), planes = patterns && HB(scannable)(m, r), whole = patterns ? planes : !r->fine;
    count = count < HB_VISITS ? count : HB_VISITS;
    b.metropolis = r->metropolis;
    HB(list_visits)(&b, m, d, s, visits, drawn, from, count);
    hb_draw_block(&b, s, drawn ? 2 : 1, patterns && !planes ? 1 : hb_spread(m, r->fine, r->temperature), whole);
    s->z += (uint64_t)b.count * b.step;
    if (planes) HB(heat_planes)(m, r, state, next, &b);
    else if (patterns) HB(heat_sums)(m, r, state, next, &b);
    else if (m->kind == HB_COUPLINGS64 && !r->fine) HB(heat_wide)(m, r, state, next, &b);
    else HB(heat_narrow_block)(m, d, r, state, next, &b, visits, drawn);
    return count;
}
