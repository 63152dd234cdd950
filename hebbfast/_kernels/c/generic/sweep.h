/* One sweep of asynchronous visits, which can be left when its budget is used and goes on from the same workspace. How visits are made
   depends on what is known: one by one, or several at once in one of three ways. */

#define HB_SIGHT 24      /* visits between the fetch of a column and its use while a pattern leads */
#define HB_FAR (1 << 18) /* words of columns that are too many for the caches */

/* A sweep, or the rest of one, of one cue. */
typedef struct {
    const uint32_t *visits; /* NULL: 0, 1, 2, ... */
    int64_t count, budget, visit_cost, flip_cost;
    int drawn; /* each unit is drawn when it is visited */
    int plain; /* all visits are known in advance, and the sign of the field alone decides */
    int hot;   /* visits compare with thresholds */
    uint64_t *state;
    hb_stream stream;
} HB(pass);

HB_INLINE int64_t HB(visited)(const uint32_t *visits, int64_t position) { return visits ? visits[position] : position; }

HB_TARGET HB_INLINE int HB(decide)(const hb_model *m, const hb_dynamics *d, hb_run *r, int64_t unit, int bit, hb_stream *s) {
    if (r->temperature == 0) {
        int sign = HB(sign)(m, r, unit, bit);
        if (sign) return sign > 0;
        return d->tie == HB_KEEP ? bit : d->tie == HB_PLUS;
    }
    return HB(rule)(m, r, unit, bit, r->given ? r->u : hb_uniform(s));
}

#include "couplings_seek.h"

HB_INLINE int HB(plain)(const hb_dynamics *d, const hb_run *r) {
    return r->temperature == 0 && (d->synchronous || d->order != HB_REPLACEMENT) && !d->clamp;
}

/* Would every free unit keep its value at T = 0? */
HB_TARGET static int HB(stable)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint64_t *state) {
    for (int64_t i = 0; i < m->units; i++) {
        int bit = hb_bit(state, i);
        if (!(d->clamp && hb_bit(d->clamp, i)) && HB(decide)(m, d, r, i, bit, NULL) != bit) return 0;
    }
    return 1;
}

/* A random order of all units. The numbers are drawn 64 at a time, which vectors do, then used. */
HB_TARGET static void HB(shuffle)(uint32_t *visits, int64_t n, hb_stream *s) {
    uint64_t steps[64];
    uint32_t drawn[64];
    for (uint64_t k = 0; k < 64; k++) steps[k] = (k + 1) * s->increment;
    for (int64_t j = 0; j < n; j++) visits[j] = (uint32_t)j;
    for (int64_t j = n - 1; j > 0;) {
        int64_t count = j < 64 ? j : 64;
        for (uint32_t k = 0; k < 64; k++) drawn[k] = hb_scale(hb_mix(s->z + steps[k]), (uint32_t)j + 1 - k);
        for (int64_t k = 0; k < count; k++, j--) {
            uint32_t other = visits[drawn[k]];
            visits[drawn[k]] = visits[j];
            visits[j] = other;
        }
        s->z += (uint64_t)count * s->increment;
    }
}

/* The stream as a shuffle leaves it. */
HB_INLINE void HB(skip_shuffle)(int64_t n, hb_stream *s) { s->z += (uint64_t)(n - 1) * s->increment; }

/* `flips` units have changed in `state`, one after another. */
HB_TARGET HB_INLINE void HB(flip_together)(const hb_model *m, hb_run *r, const uint64_t *state, const int64_t *units, int flips) {
    if (flips == 1) HB(flip_planes)(m, r, state, units[0]);
    else if (flips > 1) HB(flip_batch)(m, r, state, units, flips);
}

/* Do so many flips leave room in the planes, and the lead as it is? */
HB_TARGET static int HB(leads_on)(const hb_model *m, const hb_planes *v, int flips) {
    hb_lead then;
    if (flips > v->slack) return 0;
    HB(lead)(m, v, flips - 1, &then);
    return then.certain == v->lead.certain;
}

/* Visits while one pattern leads. The overlaps wait for as many flips as cannot end its lead, and columns are needed for flipped units
   alone: fetched HB_SIGHT visits before where they are too many words for the caches. */
HB_TARGET static void HB(follow)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    hb_planes *v = &r->planes;
    const uint32_t *visits = p->visits;
    uint64_t *state = p->state;
    int64_t units[HB_BATCH + 1], position = r->position, count = p->count;
    int far = m->units * m->patterns.column_words > HB_FAR;
    (void)d;
    while (v->lead.certain && position < count && p->budget > 0) {
        const uint64_t *followed = v->lead.followed;
        uint64_t turn = v->lead.certain == HB_FLEES;
        int flips = 0, most = v->by <= HB_WIDE ? HB_BATCH : 1;
        int64_t from = position;
        while (most > 1 && !HB(leads_on)(m, v, most)) most /= 2;
        for (; position < count && flips < most; position++) { /* without a branch: which units differ cannot be predicted */
            int64_t unit = HB(visited)(visits, position), w = unit >> 6;
            uint64_t differs = ((state[w] ^ followed[w]) >> (unit & 63) & 1) ^ turn;
            if (far && position + HB_SIGHT < count) {
                int64_t later = HB(visited)(visits, position + HB_SIGHT);
                if ((uint64_t)(hb_bit(state, later) ^ hb_bit(followed, later)) != turn) HB(fetch)(m, later);
            }
            state[w] ^= differs << (unit & 63);
            units[flips] = unit;
            flips += (int)differs;
        }
        p->budget -= 4 * (position - from) + flips * m->patterns.count;
        r->sweep_flips += flips;
        HB(flip_together)(m, r, state, units, flips);
    }
    r->position = position;
}

/* Visits by planes, until a pattern leads. For n = 4 flips wait, and visits that are surer than what these can change go on with the
   old planes of Q: making them anew costs as much as many visits. */
HB_TARGET static void HB(visit_planes)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    hb_planes *v = &r->planes;
    uint64_t *state = p->state;
    int64_t units[HB_BATCH], count = p->count;
    int flips = 0, most = 0;
    double doubt = 0;
    while (r->position < count && p->budget > 0 && !v->lead.certain && HB(scannable)(m, r)) {
        int64_t from = r->position, stop = (count - from) * p->visit_cost <= p->budget ? count : from + p->budget / p->visit_cost + 1;
        if (stop > count) stop = count;
        int64_t found = HB(scan)(m, r, state, NULL, p->visits, d->tie, from, stop, count, (int64_t)doubt, NULL),
                at = found < 0 ? ~found : found;
        int again = 0;
        p->budget -= (at - from) * p->visit_cost;
        r->position = at;
        if (at < stop && found >= 0) {
            int64_t unit = HB(visited)(p->visits, at);
            for (int f = 0; f < flips; f++) again |= units[f] == unit;
            if (!again) {
                state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
                units[flips++] = unit;
                r->position++;
                r->sweep_flips++;
                p->budget -= p->visit_cost + p->flip_cost;
                if (flips == 1) most = m->gain.power == 4 ? HB(most_waiting)(m, v) : 1;
                if (flips < most) {
                    doubt = HB(doubt_of)(v, flips);
                    continue;
                }
            }
        }
        HB(flip_together)(m, r, state, units, flips);
        flips = 0;
        doubt = 0;
    }
    HB(flip_together)(m, r, state, units, flips);
}

/* Visits one by one; after a flip another way may be open. The order is known, so the column of a coming visit is fetched while this
   one computes: 2 to 3 times faster where the columns do not fit the caches. Not while visits are decided without columns. */
HB_TARGET static void HB(visit)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    const uint32_t *visits = p->visits;
    int64_t position = r->position, count = p->count, budget = p->budget, flips = 0;
    int until_flip = m->planes && p->plain;
    for (; position < count && budget > 0; position++) {
        int64_t unit = p->drawn ? hb_below(&p->stream, m->units) : HB(visited)(visits, position);
        budget -= p->visit_cost;
        r->ahead = position + 2 < count && !p->drawn ? HB(visited)(visits, position + 2) : unit;
        if (r->reading && !p->drawn && position + HB_AHEAD < count) HB(fetch)(m, HB(visited)(visits, position + HB_AHEAD));
        if (d->clamp && hb_bit(d->clamp, unit)) continue;
        if (r->given) r->u = r->given[position];
        int bit = hb_bit(p->state, unit);
        if (HB(decide)(m, d, r, unit, bit, &p->stream) == bit) continue;
        HB(set)(m, r, p->state, unit);
        flips++;
        budget -= p->flip_cost;
        if (until_flip) {
            position++;
            break;
        }
    }
    r->position = position;
    r->sweep_flips += flips;
    p->budget = budget;
}

/* Visits at T > 0, in blocks. */
HB_TARGET static void HB(visit_hot)(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p) {
    while (r->position < p->count && p->budget > 0) {
        int64_t left = p->count - r->position, most = p->budget / p->visit_cost + 1, flips = r->sweep_flips;
        int64_t visited = HB(heat)(m, d, r, p->state, p->state, &p->stream, p->visits, p->drawn, r->position, left < most ? left : most);
        r->position += visited;
        p->budget -= visited * p->visit_cost + (r->sweep_flips - flips) * p->flip_cost;
    }
}

typedef void (*HB(mode))(const hb_model *m, const hb_dynamics *d, hb_run *r, HB(pass) *p);

HB_TARGET HB_INLINE HB(mode) HB(mode_of)(const hb_model *m, const hb_run *r, const HB(pass) *p) {
    if (p->hot) return HB(visit_hot);
    if (!p->plain || r->fine) return HB(visit);
    if (!hb_in_patterns(m)) return r->halved ? HB(seek_halves) : HB(seek);
    if (m->planes && r->planes.lead.certain) return HB(follow);
    return HB(scannable)(m, r) ? HB(visit_planes) : HB(visit);
}

/* Is it known, without a visit, that this sweep will flip nothing? */
HB_TARGET static int HB(at_rest)(const hb_model *m, const hb_run *r, const uint64_t *state) {
    if (r->halved) return HB(settled)(m, r);
    if (!m->planes || !r->planes.lead.certain) return 0;
    uint64_t turn = r->planes.lead.certain == HB_FOLLOWS ? 0 : ~(uint64_t)0, differ = 0;
    for (int64_t w = 0; w < m->row_words; w++)
        differ |= (state[w] ^ r->planes.lead.followed[w] ^ turn) & (w == m->row_words - 1 ? hb_tail(m->units) : ~(uint64_t)0);
    return differ == 0;
}

/* One sweep, or the rest of one; returns what is left of the budget. */
HB_TARGET static int64_t HB(sweep)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, int64_t *progress, int64_t budget) {
    int patterns = hb_in_patterns(m);
    if (r->position < 0) r->temperature = hb_temperature(d, progress[HB_SWEEPS], r->cue);
    r->given = hb_given(d, progress[HB_SWEEPS], r->cue);
    HB(pass) p = {
        .visits = d->order == HB_ARRAY    ? hb_visits(d, progress[HB_SWEEPS], r->cue)
                  : d->order == HB_RANDOM ? r->visits
                                          : NULL,
        .count = d->order == HB_ARRAY ? d->visit_count : m->units,
        .budget = budget,
        .visit_cost = patterns ? m->patterns.count + 16 : 4,
        .flip_cost = patterns ? 8 * m->patterns.count : hb_row_cost(m),
        .drawn = d->order == HB_REPLACEMENT,
        .plain = HB(plain)(d, r),
        .hot = hb_compares(m, r->fine, r->temperature) && !r->given && !(d->order == HB_REPLACEMENT && d->clamp),
        .state = state,
        .stream = hb_stream_of(progress + HB_STREAM),
    };
    if (r->position < 0) {
        r->position = r->sweep_flips = 0;
        if (d->covers && p.plain && HB(at_rest)(m, r, state)) {
            if (d->order == HB_RANDOM) HB(skip_shuffle)(m->units, &p.stream);
            r->position = p.count;
        } else if (d->order == HB_RANDOM) {
            HB(shuffle)(r->visits, m->units, &p.stream);
        }
    }
    while (r->position < p.count && p.budget > 0) HB(mode_of)(m, r, &p)(m, d, r, &p);
    progress[HB_STREAM] = (int64_t)p.stream.z;
    if (r->position < p.count) return p.budget;
    r->position = -1;
    if (r->temperature == 0 && r->sweep_flips == 0 && hb_cold(d, progress[HB_SWEEPS], r->cue)) {
        if (d->covers || HB(stable)(m, d, r, state)) progress[HB_STATUS] = HB_CONVERGED;
        else if (d->order == HB_ARRAY && progress[HB_SWEEPS] >= d->visit_sweeps - 1) progress[HB_STATUS] = HB_STOPPED;
        if (!d->covers) p.budget -= m->units * p.visit_cost;
    }
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    return p.budget;
}

#undef HB_SIGHT
#undef HB_FAR
