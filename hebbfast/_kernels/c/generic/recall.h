/* The dynamics: one cue at a time, sweep after sweep; it can be left inside a sweep when its budget is used, and goes on
   from the same workspace. */

HB_TARGET HB_INLINE int HB(decide)(const hb_model *m, const hb_dynamics *d, hb_run *r, int64_t unit, int bit, uint64_t *z) {
    if (d->temperature == 0) {
        int sign = HB(sign)(m, r, unit, bit);
        if (sign) return sign > 0;
        return d->tie == HB_KEEP ? bit : d->tie == HB_PLUS;
    }
    double u = hb_uniform(z);
    if (m->kind == HB_FILTERED) {
        /* Exact sums cost `limbs` passes; most draws are decided by the interval of the rounded one. 1e-12 covers the rounding
           of the probability itself: below 1e-13 for arguments up to 700. */
        double error, x = HB(sum_filtered)(m, r, unit, bit, &error);
        x = bit ? x : -x;
        if (u < hb_probability((x - error) / m->divisor, d->temperature) * (1 - 1e-12)) return 1;
        if (u > hb_probability((x + error) / m->divisor, d->temperature) * (1 + 1e-12)) return 0;
    }
    return u < hb_probability(HB(field)(m, r, unit, bit), d->temperature);
}

HB_TARGET HB_INLINE void HB(set)(const hb_model *m, hb_run *r, uint64_t *state, int64_t unit) {
    state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
    HB(flip)(m, r, state, unit, hb_bit(state, unit));
}

/* Are all visits known in advance, and decided by the sign of the field alone? */
HB_TARGET HB_INLINE int HB(plain)(const hb_dynamics *d) {
    return d->temperature == 0 && (d->synchronous || d->order != HB_REPLACEMENT) && !d->clamp;
}

HB_TARGET HB_INLINE int HB(scannable)(const hb_model *m, const hb_run *r) {
    return m->planes == HB_SLICED && (m->power > 2 || r->planes.by <= HB_WIDE);
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
HB_TARGET static void HB(shuffle)(uint32_t *visits, int64_t n, uint64_t *z) {
    uint32_t drawn[64];
    for (int64_t j = 0; j < n; j++) visits[j] = (uint32_t)j;
    for (int64_t j = n - 1; j > 0;) {
        int64_t count = j < 64 ? j : 64;
        for (uint32_t k = 0; k < 64; k++) drawn[k] = hb_scale(hb_mix(*z + (k + 1) * HB_GOLDEN), (uint32_t)j + 1 - k);
        for (int64_t k = 0; k < count; k++, j--) {
            uint32_t other = visits[drawn[k]];
            visits[drawn[k]] = visits[j];
            visits[j] = other;
        }
        *z += (uint64_t)count * HB_GOLDEN;
    }
}

HB_TARGET HB_INLINE void HB(fetch)(const hb_model *m, int64_t unit) {
    const uint64_t *column = m->columns + unit * m->column_words;
    for (int64_t w = 0; w < m->column_words && w < 256; w += 8) HB_PREFETCH(column + w);
}

/* The order is known, so the column of a coming visit is fetched while this one computes: 2 to 3 times faster where the
   columns do not fit the caches. Not while visits are decided without columns. */
#define HB_AHEAD 4
HB_TARGET HB_INLINE void HB(prefetch)(const hb_model *m, const hb_dynamics *d, const uint32_t *visits, int64_t position, int64_t count) {
    if (position >= count || d->order == HB_REPLACEMENT) return;
    int64_t unit = d->order == HB_SEQUENTIAL ? position : visits[position];
    HB(fetch)(m, unit);
}

/* Visits while one pattern leads; returns what is left of the budget. The overlaps wait for as many flips as cannot end its lead,
   and columns are needed for flipped units alone: fetched HB_SIGHT visits before where they are too many words for the caches. */
#define HB_SIGHT 24
#define HB_FAR (1 << 18)
HB_TARGET static int64_t HB(follow)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, const uint32_t *visits,
                                    int64_t count, int64_t budget) {
    hb_planes *v = &r->planes;
    int64_t units[HB_BATCH + 1], position = r->position;
    int far = m->units * m->column_words > HB_FAR;
    while (v->certain && position < count && budget > 0) {
        const uint64_t *followed = v->followed;
        uint64_t turn = v->certain < 0;
        int flips = 0, most = v->by <= HB_WIDE ? HB_BATCH : 1;
        int64_t from = position;
        while (most > 1 && (most > v->slack || HB(lead)(m, v, most - 1) != v->certain)) most /= 2;
        for (; position < count && flips < most; position++) { /* without a branch: which units differ cannot be predicted */
            int64_t unit = d->order == HB_SEQUENTIAL ? position : visits[position], w = unit >> 6;
            uint64_t differs = ((state[w] ^ followed[w]) >> (unit & 63) & 1) ^ turn;
            if (far && position + HB_SIGHT < count) {
                int64_t later = d->order == HB_SEQUENTIAL ? position + HB_SIGHT : visits[position + HB_SIGHT];
                if ((uint64_t)(hb_bit(state, later) ^ hb_bit(followed, later)) != turn) HB(fetch)(m, later);
            }
            state[w] ^= differs << (unit & 63);
            units[flips] = unit;
            flips += (int)differs;
        }
        budget -= 4 * (position - from) + flips * m->patterns;
        r->sweep_flips += flips;
        if (flips == 1) HB(flip_planes)(m, r, state, units[0]);
        else if (flips > 1) HB(flip_batch)(m, r, state, units, flips);
    }
    r->position = position;
    return budget;
}

/* Visits by planes, until a pattern leads; returns what is left of the budget. For n = 4 flips wait, and visits that are surer than what
   these can change go on with the old planes of Q: making them anew costs as much as many visits. */
HB_TARGET static int64_t HB(visit_planes)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, const uint32_t *visits,
                                          int64_t count, int64_t budget) {
    hb_planes *v = &r->planes;
    int64_t units[HB_BATCH], visit_cost = m->patterns + 16;
    int flips = 0, most = 0;
    double doubt = 0;
    while (r->position < count && budget > 0 && !v->certain && HB(scannable)(m, r)) {
        int64_t from = r->position, stop = (count - from) * visit_cost <= budget ? count : from + budget / visit_cost + 1;
        if (stop > count) stop = count;
        int64_t found = HB(scan)(m, r, state, NULL, visits, d->tie, from, stop, count, (int64_t)doubt), at = found < 0 ? ~found : found;
        int again = 0;
        budget -= (at - from) * visit_cost;
        r->position = at;
        if (at < stop && found >= 0) {
            int64_t unit = visits ? visits[at] : at;
            for (int f = 0; f < flips; f++) again |= units[f] == unit;
            if (!again) {
                state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
                units[flips++] = unit;
                r->position++;
                r->sweep_flips++;
                budget -= visit_cost + 8 * m->patterns;
                if (flips == 1) most = m->power == 4 ? HB(most_waiting)(m, v) : 1;
                if (flips < most) {
                    doubt = HB(doubt_of)(v, flips);
                    continue;
                }
            }
        }
        if (flips == 1) HB(flip_planes)(m, r, state, units[0]);
        else if (flips > 1) HB(flip_batch)(m, r, state, units, flips);
        flips = 0;
        doubt = 0;
    }
    if (flips == 1) HB(flip_planes)(m, r, state, units[0]);
    else if (flips > 1) HB(flip_batch)(m, r, state, units, flips);
    return budget;
}

/* Is it known, without a visit, that this sweep will flip nothing? */
HB_TARGET static int HB(at_rest)(const hb_model *m, const hb_dynamics *d, const hb_run *r, const uint64_t *state) {
    if (!m->planes || !r->planes.certain || !HB(plain)(d)) return 0;
    uint64_t turn = r->planes.certain > 0 ? 0 : ~(uint64_t)0, differ = 0;
    for (int64_t w = 0; w < m->row_words; w++)
        differ |= (state[w] ^ r->planes.followed[w] ^ turn) & (w == m->row_words - 1 ? hb_tail(m->units) : ~(uint64_t)0);
    return differ == 0;
}

/* One asynchronous sweep, or the rest of one; returns what is left of the budget. */
HB_TARGET static int64_t HB(sweep)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, int64_t *progress, int64_t budget) {
    uint64_t z = (uint64_t)progress[HB_STREAM];
    int64_t count = d->order == HB_ARRAY ? d->visit_count : m->units;
    int64_t visit_cost = hb_in_patterns(m) ? m->patterns + 16 : 4;
    int64_t flip_cost = hb_in_patterns(m) ? 8 * m->patterns : m->units;
    const uint32_t *visits = d->order == HB_ARRAY ? d->visits : r->visits;
    int known = m->planes && HB(plain)(d), sought = !hb_in_patterns(m) && HB(plain)(d);
    if (r->position < 0) {
        r->position = r->sweep_flips = 0;
        if (d->covers && HB(at_rest)(m, d, r, state)) {
            if (d->order == HB_RANDOM) z += (uint64_t)(m->units - 1) * HB_GOLDEN; /* what the shuffle would have drawn */
            r->position = count;
        } else if (d->order == HB_RANDOM) {
            HB(shuffle)(r->visits, m->units, &z);
        }
    }
    for (; r->position < count && budget > 0; r->position++) {
        if (known && r->planes.certain) {
            budget = HB(follow)(m, d, r, state, visits, count, budget);
            if (r->position == count || budget <= 0) break;
        } else if (known && HB(scannable)(m, r)) {
            budget = HB(visit_planes)(m, d, r, state, d->order == HB_SEQUENTIAL ? NULL : visits, count, budget);
            if (r->position == count || budget <= 0) break;
        } else if (sought) {
            int64_t most = budget / visit_cost + 1, stop = count - r->position < most ? count : r->position + most, from = r->position;
            r->position = HB(seek)(m, r, state, d->order == HB_SEQUENTIAL ? NULL : visits, d->tie, from, stop);
            budget -= (r->position - from) * visit_cost;
            if (r->position == stop) {
                r->position--;
                continue;
            }
        }
        int64_t unit = d->order == HB_SEQUENTIAL ? r->position : d->order == HB_REPLACEMENT ? hb_below(&z, m->units) : visits[r->position];
        budget -= visit_cost;
        r->ahead = r->position + 2 < count && d->order != HB_REPLACEMENT ? d->order == HB_SEQUENTIAL ? r->position + 2 : visits[r->position + 2] : unit;
        if (r->reading) HB(prefetch)(m, d, visits, r->position + HB_AHEAD, count);
        if (d->clamp && hb_bit(d->clamp, unit)) continue;
        int bit = hb_bit(state, unit), next = HB(decide)(m, d, r, unit, bit, &z);
        if (next != bit) {
            HB(set)(m, r, state, unit);
            r->sweep_flips++;
            budget -= flip_cost;
        }
    }
    progress[HB_STREAM] = (int64_t)z;
    if (r->position < count) return budget;
    r->position = -1;
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    if (d->temperature == 0 && r->sweep_flips == 0) {
        if (d->covers || HB(stable)(m, d, r, state)) progress[HB_STATUS] = HB_CONVERGED;
        else if (d->order == HB_ARRAY) progress[HB_STATUS] = HB_STOPPED;
        if (!d->covers) budget -= m->units * visit_cost;
    }
    return budget;
}

/* Visits of a synchronous update, from r->position to `last`; flips go to `next`. Returns what is left of the budget. */
HB_TARGET static int64_t HB(visit_units)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint64_t *state, uint64_t *next,
                                         uint64_t *z, int64_t last, int64_t budget) {
    int64_t visit_cost = hb_in_patterns(m) ? m->patterns + 16 : 4;
    if (HB(plain)(d) && HB(scannable)(m, r)) {
        int64_t from = r->position, stop = (last - from) * visit_cost <= budget ? last : from + budget / visit_cost + 1;
        if (from < last && budget > 0) r->position = HB(scan)(m, r, state, next, NULL, d->tie, from, stop < last ? stop : last, m->units, 0);
        return budget - (r->position - from) * visit_cost;
    }
    for (; r->position < last && budget > 0; r->position++, budget -= visit_cost) {
        int64_t unit = r->position;
        int bit = hb_bit(state, unit);
        if ((d->clamp && hb_bit(d->clamp, unit)) || HB(decide)(m, d, r, unit, bit, z) == bit) continue;
        next[unit >> 6] ^= (uint64_t)1 << (unit & 63);
        r->sweep_flips++;
    }
    return budget;
}

/* A part of a synchronous update at T = 0: the coming values of units first..last-1, whole words of `next`. */
HB_TARGET static void HB(update_units)(const hb_model *m, const hb_dynamics *d, const uint64_t *state, const int32_t *overlaps, int64_t first,
                                       int64_t last, uint64_t *next, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, d, workspace);
    HB(take_overlaps)(m, r, overlaps);
    HB(load_agreed)(m, r);
    memcpy(next + first / 64, state + first / 64, (size_t)(8 * ((last + 63) / 64 - first / 64)));
    r->position = first;
    HB(visit_units)(m, d, r, state, next, NULL, last, INT64_MAX);
}

/* One synchronous update of all units, or the rest of one. */
HB_TARGET static int64_t HB(update)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, uint64_t *previous,
                                    int64_t *progress, int64_t budget) {
    uint64_t z = (uint64_t)progress[HB_STREAM], *next = r->next;
    int pattern_space = hb_in_patterns(m);
    int64_t words = m->row_words;
    if (r->position < 0) {
        memcpy(next, state, (size_t)(8 * words));
        r->position = r->sweep_flips = 0;
    }
    budget = HB(visit_units)(m, d, r, state, next, &z, m->units, budget);
    progress[HB_STREAM] = (int64_t)z;
    if (r->position < m->units) return budget;
    r->position = -1;
    if (d->temperature == 0) {
        int same = progress[HB_SWEEPS] > 0;
        for (int64_t w = 0; same && w < words; w++) same = next[w] == previous[w];
        progress[HB_STATUS] = r->sweep_flips == 0 ? HB_CONVERGED : same ? HB_CYCLE : HB_RUNNING;
    }
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    memcpy(previous, state, (size_t)(8 * words));
    memcpy(state, next, (size_t)(8 * words));
    if (pattern_space) {
        r->loaded = -1; /* the state of the workspace is the one before */
    } else {
        for (int64_t w = 0; w < words; w++)
            for (uint64_t changed = state[w] ^ previous[w]; changed; changed &= changed - 1) {
                int j = (int)HB(count_word)((changed & (0 - changed)) - 1);
                HB(add_twice)(m, r, 64 * w + j, (int)(state[w] >> j & 1));
            }
        budget -= r->sweep_flips * m->units;
    }
    return budget;
}

/* Runs cues first..count-1 until each has a status or `sweep_limit` sweeps, or the budget is used; returns the first cue that is
   not finished. `previous`: the states one update back, for synchronous runs. `energies`, or NULL: those of the cues that ran. */
HB_TARGET static int64_t HB(recall)(const hb_model *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous, int64_t count,
                                    int64_t *progress, int64_t sweep_limit, int64_t first, int64_t budget, double *energies, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, d, workspace);
    if (!r->loaded) r->shared_count = 0;
    for (int64_t q = first; q < count; q++) {
        uint64_t *state = states + q * m->row_words;
        int64_t *row = progress + HB_PROGRESS * q;
        while (row[HB_STATUS] == HB_RUNNING && row[HB_SWEEPS] < sweep_limit) {
            if (budget <= 0) return q;
            if (r->loaded != q + 1) {
                if (hb_in_patterns(m) && row[HB_SWEEPS]) {
                    HB(agreements)(m->rows, m->patterns, m->units, state, r->agreements);
                    HB(load_agreed)(m, r);
                } else {
                    HB(load)(m, r, states, q, count);
                }
                r->loaded = q + 1;
                r->position = -1;
                budget -= hb_in_patterns(m) ? m->patterns * m->row_words / 4 : m->units * m->units / 4;
            }
            budget = d->synchronous ? HB(update)(m, d, r, state, previous + q * m->row_words, row, budget)
                                    : HB(sweep)(m, d, r, state, row, budget);
        }
        if (energies && r->loaded == q + 1) {
            if (m->planes) HB(read_planes)(m, r);
            energies[q] = hb_in_patterns(m) ? HB(energy)(m, r->agreements) : HB(coupling_energy)(m, r->weights, state);
        } else if (energies && r->loaded == -1) {
            energies[q] = -HUGE_VAL;
            r->loaded = -2; /* of no cue, and not a fresh workspace */
        }
    }
    r->shared_count = 0;
    for (int64_t q = 0; energies && q < count; q++)
        if (energies[q] == -HUGE_VAL) {
            HB(agree)(m, r, states, q, count);
            energies[q] = HB(energy)(m, r->agreements);
        }
    r->loaded = 0;
    return count;
}
