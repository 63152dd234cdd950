/* The dynamics: one cue at a time, sweep after sweep or update after update, until it ends or the budget does. */

/* Visits of a synchronous update, from r->position to `last`; flips go to `next`. Returns what is left of the budget. */
HB_TARGET static int64_t HB(visit_units)(const hb_model *m, const hb_dynamics *d, hb_run *r, const uint64_t *state, uint64_t *next,
                                         hb_stream *s, int64_t last, int64_t budget) {
    int64_t visit_cost = hb_in_patterns(m) ? m->patterns.count + 16 : 4;
    if (HB(plain)(d, r) && HB(scannable)(m, r)) {
        int64_t from = r->position, stop = (last - from) * visit_cost <= budget ? last : from + budget / visit_cost + 1;
        if (from < last && budget > 0)
            r->position = HB(scan)(m, r, state, next, NULL, d->tie, from, stop < last ? stop : last, m->units, 0, NULL);
        return budget - (r->position - from) * visit_cost;
    }
    while (r->halved && HB(plain)(d, r) && r->position < last && budget > 0) {
        int64_t from = r->position, most = budget / visit_cost + 1, stop = last - from < most ? last : from + most;
        int64_t unit = r->wide ? HB(seek_half)(m, d, r, NULL, from, stop, 1) : HB(seek_half)(m, d, r, NULL, from, stop, 0);
        r->position = unit == stop ? stop : unit + 1;
        budget -= (r->position - from) * visit_cost;
        if (unit == stop) continue;
        next[unit >> 6] ^= (uint64_t)1 << (unit & 63);
        r->sweep_flips++;
    }
    if (hb_compares(m, r->fine, r->temperature) && !r->given) {
        while (r->position < last && budget > 0) {
            int64_t left = last - r->position, most = budget / visit_cost + 1;
            int64_t visited = HB(heat)(m, d, r, state, next, s, NULL, 0, r->position, left < most ? left : most);
            r->position += visited;
            budget -= visited * visit_cost;
        }
        return budget;
    }
    for (; r->position < last && budget > 0; r->position++, budget -= visit_cost) {
        int64_t unit = r->position;
        int bit = hb_bit(state, unit);
        if (r->given) r->u = r->given[unit];
        if ((d->clamp && hb_bit(d->clamp, unit)) || HB(decide)(m, d, r, unit, bit, s) == bit) continue;
        next[unit >> 6] ^= (uint64_t)1 << (unit & 63);
        r->sweep_flips++;
    }
    return budget;
}

/* A part of a synchronous update at T = 0: the coming values of units first..last-1, whole words of `next`. */
HB_TARGET static void HB(update_units)(const hb_model *m, const hb_dynamics *d, const uint64_t *state, const int32_t *overlaps,
                                       int64_t first, int64_t last, uint64_t *next, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, d, workspace);
    r->held = HB_NOTHING;
    r->temperature = 0;
    r->given = NULL;
    HB(take_overlaps)(m, r, overlaps);
    HB(load_agreed)(m, r);
    memcpy(next + first / 64, state + first / 64, (size_t)(8 * ((last + 63) / 64 - first / 64)));
    r->position = first;
    HB(visit_units)(m, d, r, state, next, NULL, last, INT64_MAX);
}

/* The status after a synchronous update without a random number: a return to the state before the last one is a cycle if that one, too,
   was made without. */
HB_TARGET static int HB(end_of_updates)(const hb_model *m, const hb_dynamics *d, const hb_run *r, const uint64_t *previous,
                                        int64_t updates) {
    if (!hb_cold(d, updates, r->cue)) return HB_RUNNING;
    if (r->sweep_flips == 0) return HB_CONVERGED;
    if (updates == 0 || hb_temperature(d, updates - 1, r->cue) != 0) return HB_RUNNING;
    return memcmp(r->next, previous, (size_t)(8 * m->row_words)) ? HB_RUNNING : HB_CYCLE;
}

/* One synchronous update of all units, or the rest of one. */
HB_TARGET static int64_t HB(update)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *state, uint64_t *previous,
                                    int64_t *progress, int64_t budget) {
    hb_stream stream = hb_stream_of(progress + HB_STREAM);
    int64_t words = m->row_words;
    r->given = hb_given(d, progress[HB_SWEEPS], r->cue);
    if (r->position < 0) {
        r->temperature = hb_temperature(d, progress[HB_SWEEPS], r->cue);
        memcpy(r->next, state, (size_t)(8 * words));
        r->position = r->sweep_flips = 0;
    }
    budget = HB(visit_units)(m, d, r, state, r->next, &stream, m->units, budget);
    progress[HB_STREAM] = (int64_t)stream.z;
    if (r->position < m->units) return budget;
    r->position = -1;
    if (r->temperature == 0) progress[HB_STATUS] = HB(end_of_updates)(m, d, r, previous, progress[HB_SWEEPS]);
    progress[HB_SWEEPS]++;
    progress[HB_FLIPS] += r->sweep_flips;
    memcpy(previous, state, (size_t)(8 * words));
    memcpy(state, r->next, (size_t)(8 * words));
    if (hb_in_patterns(m)) {
        r->held = HB_STALE;
    } else if (r->halved && 4 * r->sweep_flips > m->units) { /* eight rows at once cost as much as two flips */
        HB(load_alone)(m, r, state);
        budget -= m->units * m->units / 4;
    } else {
        for (int64_t w = 0; w < words; w++)
            for (uint64_t changed = state[w] ^ previous[w]; changed; changed &= changed - 1) {
                int j = (int)HB(count_word)((changed & (0 - changed)) - 1);
                HB(add_twice)(m, r, 64 * w + j, (int)(state[w] >> j & 1));
            }
        budget -= r->sweep_flips * hb_row_cost(m);
    }
    return budget;
}

/* Makes the workspace hold cue q of `last`; returns what that costs. A sweep that was left goes on: only what a synchronous update or
   another level has made useless is loaded again. */
HB_TARGET static int64_t HB(hold)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t last) {
    int known = r->held != HB_NOTHING && r->cue == q, patterns = hb_in_patterns(m);
    if (known && r->held == HB_CUE && (r->lanes == HB_LANES || !patterns)) return 0;
    if (!known) r->position = -1;
    HB(load)(m, r, states, q, last, known);
    r->held = HB_CUE;
    r->lanes = HB_LANES;
    r->cue = q;
    return patterns ? m->patterns.count * m->row_words / 4 : m->units * hb_row_cost(m) / 4;
}

/* Energies of cues first..last-1, whose last update has left their overlaps behind. */
HB_TARGET static void HB(late_energies)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t first, int64_t last,
                                        double *energies) {
    if (first == last) return;
    r->shared_count = 0;
    for (int64_t q = first; q < last; q++) {
        HB(agree)(m, r, states, q, last);
        energies[q] = HB(energy)(m, r, states + q * m->row_words);
    }
    r->shared_count = 0;
    r->lanes = 0; /* the agreements of the cue that is held are gone: load it again */
}

/* Runs cues first..last-1 until each has a status or `sweep_limit` sweeps, or the budget is used; returns the first cue that is
   not finished. `previous`: the states one update back, for synchronous runs. `energies`, or NULL: those of the cues that ran. */
HB_TARGET static int64_t HB(recall)(const hb_model *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous, int64_t *progress,
                                    int64_t sweep_limit, int64_t first, int64_t last, int64_t budget, double *energies, void *workspace) {
    hb_run *r = workspace;
    int64_t q, late = first; /* energies of cues late..q-1 are due */
    /* A block of cues that waits for its energies goes on for a while: to leave it means to find its overlaps again. */
    int64_t more = budget < (int64_t)1 << 60 ? 4 * budget : (int64_t)1 << 62,
            least = energies && d->synchronous && hb_in_patterns(m) ? -more : 0;
    hb_lay_out(m, d, workspace);
    if (r->held == HB_NOTHING) r->shared_count = 0;
#if HB_LOCKED
    HB(locked_room) room;
    int locks = last - first >= HB_FEW_STATES && HB(locks)(m, d);
    if (locks) HB(begin_locked)(m->units, &room);
#endif
    for (q = first; q < last; q++) {
#if HB_LOCKED
        int64_t ended = locks && !(r->held == HB_CUE && r->cue == q)
                            ? HB(recall_locked)(m, d, r, states, progress, sweep_limit, q, last, &budget, energies, &room)
                            : 0;
        if (ended) {
            q += ended - 1;
            late = q + 1;
            continue;
        }
#endif
        uint64_t *state = states + q * m->row_words;
        int64_t *row = progress + HB_PROGRESS * q;
        int ran = 0, open;
        int64_t end = q < r->shared_from + r->shared_count && q > r->shared_from ? least : 0;
        while ((open = row[HB_STATUS] == HB_RUNNING && row[HB_SWEEPS] < sweep_limit) && budget > end) {
            ran = 1;
            budget -= HB(hold)(m, r, states, q, last);
            budget = d->synchronous ? HB(update)(m, d, r, state, previous + q * m->row_words, row, budget - end) + end
                                    : HB(sweep)(m, d, r, state, row, budget);
        }
        if (open) break;
        if (!energies) continue;
        if (ran && r->held == HB_STALE) { /* together with others: a block of overlaps is three times faster than one by one */
            if (q + 1 < r->shared_from + r->shared_count) continue;
            HB(late_energies)(m, r, states, late, q + 1, energies);
        } else {
            HB(late_energies)(m, r, states, late, q, energies);
            if (ran) energies[q] = HB(energy_held)(m, r, state);
        }
        late = q + 1;
    }
    if (energies) HB(late_energies)(m, r, states, late, q, energies);
    if (q == last) r->shared_count = 0;
    return q;
}
