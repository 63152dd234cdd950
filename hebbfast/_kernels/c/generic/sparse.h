/* Sparse couplings of one level; included once per level, so without a guard. */

#define HB_SOON 16 /* visits between the fetch of a field and its use: units in random order lie anywhere */

/* Twice (or once) the couplings of a unit, with the sign of its new value, to the fields of its neighbours. */
HB_TARGET static void HB(sparse_add)(const hb_sparse *m, int64_t *restrict fields, int64_t unit, int64_t factor) {
    int64_t from = m->starts[unit], stop = m->starts[unit + 1];
    if (m->wide)
        for (int64_t k = from; k < stop; k++) fields[m->targets[k]] += factor * ((const int64_t *)m->values)[k];
    else
        for (int64_t k = from; k < stop; k++) fields[m->targets[k]] += factor * ((const int32_t *)m->values)[k];
}

/* The fields of a state, and E = -(sum s (h + b)) / 2. */
HB_TARGET static void HB(sparse_load)(const hb_sparse *m, hb_sparse_run *r, const uint64_t *state) {
    uint64_t twice = 0; /* may wrap where it is not used */
    memcpy(r->fields, m->bias, (size_t)(8 * m->units));
    for (int64_t i = 0; i < m->units; i++) HB(sparse_add)(m, r->fields, i, hb_bit(state, i) ? 1 : -1);
    for (int64_t i = 0; i < m->units; i++) {
        uint64_t sum = (uint64_t)r->fields[i] + (uint64_t)m->bias[i];
        twice += hb_bit(state, i) ? sum : 0 - sum;
    }
    r->energy = -((int64_t)twice / 2);
}

HB_TARGET static void HB(sparse_flip)(const hb_sparse *m, hb_sparse_run *r, uint64_t *state, int64_t unit) {
    int bit = hb_bit(state, unit);
    uint64_t field = (uint64_t)r->fields[unit];
    r->energy = (int64_t)((uint64_t)r->energy + 2 * (bit ? field : 0 - field));
    state[unit >> 6] ^= (uint64_t)1 << (unit & 63);
    HB(sparse_add)(m, r->fields, unit, bit ? -2 : 2);
}

/* Asynchronous visits flip at once; those of a synchronous update change the coming state. */
HB_TARGET static void HB(sparse_change)(const hb_sparse *m, hb_sparse_run *r, uint64_t *state, uint64_t *next, int64_t unit) {
    if (next == state) HB(sparse_flip)(m, r, state, unit);
    else next[unit >> 6] ^= (uint64_t)1 << (unit & 63);
    r->sweep_flips++;
}

/* The value of a unit: the sign of its field, or what the heat bath or Metropolis says of the draw u. */
HB_INLINE int HB(sparse_sign)(int64_t field, int tie, int bit) { return field ? field > 0 : tie == HB_KEEP ? bit : tie == HB_PLUS; }

HB_INLINE int HB(sparse_rule)(const hb_sparse *m, const hb_dynamics *d, double temperature, int64_t field, int bit, double u) {
    double h = (double)field * m->scale;
    if (d->metropolis) return bit ^ (u < hb_acceptance(bit ? h : -h, temperature));
    return u < hb_probability(h, temperature);
}

/* A block of visits at T > 0 that compare with thresholds (shared/thresholds.h); returns how many. Clamped units take no draw. */
HB_TARGET static int64_t HB(sparse_heat)(const hb_sparse *m, const hb_dynamics *d, hb_sparse_run *r, uint64_t *state, uint64_t *next,
                                         hb_stream *s, const uint32_t *visits, int drawn, int64_t from, int64_t count) {
    hb_block b = {.metropolis = d->metropolis};
    count = count < HB_VISITS ? count : HB_VISITS;
    for (int64_t j = 0; j < count; j++) {
        uint32_t unit = drawn    ? hb_scale(hb_mix(s->z + (uint64_t)(2 * j + 1) * s->increment), (uint32_t)m->units)
                        : visits ? visits[from + j]
                                 : (uint32_t)(from + j);
        b.units[b.count] = unit;
        b.count += !(d->clamp && hb_bit(d->clamp, unit));
    }
    hb_draw_block(&b, s, drawn ? 2 : 1, 0.5 * r->temperature / m->scale, 1);
    s->z += (uint64_t)b.count * b.step;
    int64_t asking = hb_next_asking(&b, 0);
    for (int64_t k = 0; k < b.count; k++) {
        int64_t unit = b.units[k], h = r->fields[unit], x = h - (int64_t)b.at[k];
        int bit = hb_bit(state, unit), sure = 0;
        int64_t stays = bit ? x : b.metropolis ? x - 2 * h : 1 - x; /* as with dense couplings, heat.h */
        if (k + HB_SOON < b.count) HB_PREFETCH(r->fields + b.units[k + HB_SOON]);
        if (k < asking) {
            if (stays > b.margin) continue;
            sure = stays <= -b.margin;
        } else {
            asking = hb_next_asking(&b, k + 1);
        }
        if (sure || HB(sparse_rule)(m, d, r->temperature, h, bit, hb_drawn(&b, k)) != bit) HB(sparse_change)(m, r, state, next, unit);
    }
    return count;
}

/* Visits from r->position on, until all `count` are made or the budget is used; returns what is left of it. */
HB_TARGET static int64_t HB(sparse_visits)(const hb_sparse *m, const hb_dynamics *d, hb_sparse_run *r, uint64_t *state, uint64_t *next,
                                           hb_stream *s, const uint32_t *visits, int drawn, int64_t count, int64_t budget) {
    double t = r->temperature;
    if (t > 1e-280 && t < 1e280 && 0.5 * t / m->scale <= HB_FINEST && !(drawn && d->clamp)) {
        while (r->position < count && budget > 0) {
            int64_t visited = HB(sparse_heat)(m, d, r, state, next, s, visits, drawn, r->position, count - r->position);
            r->position += visited;
            budget -= 8 * visited;
        }
        return budget;
    }
    for (; r->position < count && budget > 0; r->position++, budget -= 8) {
        int64_t unit = drawn ? hb_below(s, m->units) : visits ? visits[r->position] : r->position;
        if (visits && r->position + HB_SOON < count) HB_PREFETCH(r->fields + visits[r->position + HB_SOON]);
        if (d->clamp && hb_bit(d->clamp, unit)) continue;
        int bit = hb_bit(state, unit);
        int value = t == 0 ? HB(sparse_sign)(r->fields[unit], d->tie, bit) : HB(sparse_rule)(m, d, t, r->fields[unit], bit, hb_uniform(s));
        if (value != bit) HB(sparse_change)(m, r, state, next, unit);
    }
    return budget;
}

/* Would every free unit keep its value at T = 0? */
HB_TARGET static int HB(sparse_stable)(const hb_sparse *m, const hb_dynamics *d, const hb_sparse_run *r, const uint64_t *state) {
    for (int64_t i = 0; i < m->units; i++) {
        int bit = hb_bit(state, i);
        if (!(d->clamp && hb_bit(d->clamp, i)) && HB(sparse_sign)(r->fields[i], d->tie, bit) != bit) return 0;
    }
    return 1;
}

/* One asynchronous sweep, or the rest of one. */
HB_TARGET static int64_t HB(sparse_sweep)(const hb_sparse *m, const hb_dynamics *d, hb_sparse_run *r, uint64_t *state, int64_t *progress,
                                          int64_t budget) {
    hb_stream s = hb_stream_of(progress + HB_STREAM);
    const uint32_t *visits = d->order == HB_ARRAY ? d->visits : d->order == HB_RANDOM ? r->visits : NULL;
    int64_t count = d->order == HB_ARRAY ? d->visit_count : m->units;
    if (r->position < 0) {
        r->position = r->sweep_flips = 0;
        if (d->order == HB_RANDOM) hb_permutation(&s, m->units, r->visits);
    }
    budget = HB(sparse_visits)(m, d, r, state, state, &s, visits, d->order == HB_REPLACEMENT, count, budget);
    progress[HB_STREAM] = (int64_t)s.z;
    if (r->position < count) return budget;
    r->position = -1;
    if (r->temperature == 0 && r->sweep_flips == 0 && hb_cold(d, progress[HB_SWEEPS], r->held - 1)) {
        if (d->covers || HB(sparse_stable)(m, d, r, state)) progress[HB_STATUS] = HB_CONVERGED;
        else if (d->order == HB_ARRAY) progress[HB_STATUS] = HB_STOPPED;
    }
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    return budget;
}

/* One synchronous update, or the rest of one; a return to the state before the last one is a cycle if neither drew. */
HB_TARGET static int64_t HB(sparse_update)(const hb_sparse *m, const hb_dynamics *d, hb_sparse_run *r, uint64_t *state, uint64_t *previous,
                                           int64_t *progress, int64_t budget) {
    hb_stream s = hb_stream_of(progress + HB_STREAM);
    int64_t updates = progress[HB_SWEEPS], cue = r->held - 1;
    size_t bytes = (size_t)(8 * m->row_words);
    if (r->position < 0) {
        memcpy(r->next, state, bytes);
        r->position = r->sweep_flips = 0;
    }
    budget = HB(sparse_visits)(m, d, r, state, r->next, &s, NULL, 0, m->units, budget);
    progress[HB_STREAM] = (int64_t)s.z;
    if (r->position < m->units) return budget;
    r->position = -1;
    if (hb_cold(d, updates, cue)) {
        int before = updates > 0 && hb_temperature(d, updates - 1, cue) == 0;
        if (r->sweep_flips == 0) progress[HB_STATUS] = HB_CONVERGED;
        else if (before && !memcmp(r->next, previous, bytes)) progress[HB_STATUS] = HB_CYCLE;
    }
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    memcpy(previous, state, bytes);
    for (int64_t w = 0; w < m->row_words; w++)
        for (uint64_t changed = state[w] ^ r->next[w]; changed; changed &= changed - 1)
            HB(sparse_flip)(m, r, state, 64 * w + hb_zeros(changed));
    return budget;
}

/* Runs cues first..last-1 until each has a status or `sweep_limit` sweeps, or the budget is used; returns the first cue that is not
   finished. `energies`, or NULL: those of the cues that ran. */
HB_TARGET static int64_t HB(sparse_recall)(const hb_sparse *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous,
                                           int64_t *progress, int64_t sweep_limit, int64_t first, int64_t last, int64_t budget,
                                           double *energies, void *workspace) {
    hb_sparse_run *r = workspace;
    int64_t q;
    hb_sparse_lay_out(m, workspace);
    for (q = first; q < last; q++) {
        uint64_t *state = states + q * m->row_words;
        int64_t *row = progress + HB_PROGRESS * q;
        int ran = 0, open;
        while ((open = row[HB_STATUS] == HB_RUNNING && row[HB_SWEEPS] < sweep_limit) && budget > 0) {
            ran = 1;
            if (r->held != q + 1) {
                HB(sparse_load)(m, r, state);
                r->held = q + 1;
                r->position = -1;
                budget -= 8 * m->units + m->starts[m->units];
            }
            if (r->position < 0) r->temperature = hb_temperature(d, row[HB_SWEEPS], q);
            int64_t flips = row[HB_FLIPS];
            budget = d->synchronous ? HB(sparse_update)(m, d, r, state, previous + q * m->row_words, row, budget)
                                    : HB(sparse_sweep)(m, d, r, state, row, budget);
            budget -= (row[HB_FLIPS] - flips) * (m->starts[m->units] / m->units + 1);
        }
        if (open) break;
        if (energies && ran) energies[q] = (double)r->energy * m->scale;
    }
    return q;
}

#undef HB_SOON
