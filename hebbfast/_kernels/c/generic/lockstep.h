/* Four states of at most 128 units side by side, at T = 0 with half fields of 16 bits: one alone waits for each of its flips, and none of
   them is foreseen. For levels that can (HB_LOCKED: so many states; 0: none). */

#if HB_LOCKED
/* What is prepared for a batch: the bit of each unit and of none, and orders. */
typedef struct {
    HB(locked_bits) ones[129];
    HB(locked_visits) visits[HB_LOCKED];
    uint32_t sequence[128];
    int known; /* does visits[0] hold the order of all cues and sweeps? */
} HB(locked_room);

/* Does it serve? Orders must be those of all units, each once. */
HB_TARGET static int HB(locks)(const hb_model *m, const hb_dynamics *d) {
    return m->kind == HB_COUPLINGS8 && m->halves.bounded && m->units <= 128 && d->tie != HB_KEEP && d->covers && hb_foreseen(d) &&
           (d->order != HB_ARRAY || d->visit_count == m->units);
}

HB_TARGET static void HB(read_visits)(const uint32_t *visits, int64_t units, HB(locked_visits) *v) {
    v->unit[0][64] = v->unit[1][64] = (uint8_t)units;
    for (int64_t part = 0; 64 * part < units; part++) {
        int64_t count = units - 64 * part < 64 ? units - 64 * part : 64;
        const uint32_t *from = visits + 64 * part;
        uint8_t *unit = v->unit[part], *byte = v->byte[part], *bit = v->bit[part];
        for (int64_t j = 0; j < count; j++) {
            unit[j] = (uint8_t)from[j];
            byte[j] = HB(locked_byte)(from[j]);
            bit[j] = HB(locked_bit)(from[j]);
        }
    }
}

/* Lanes that do not move have some order. */
HB_TARGET static void HB(begin_locked)(int64_t units, HB(locked_room) *room) {
    memset(room->ones, 0, sizeof room->ones);
    for (uint32_t unit = 0; unit < 128; unit++) {
        room->ones[unit].byte[HB(locked_byte)(unit)] = HB(locked_bit)(unit);
        room->sequence[unit] = unit;
    }
    HB(read_visits)(room->sequence, units, room->visits);
    room->known = 0;
}

/* The visits of cue q in a sweep. */
HB_TARGET static const HB(locked_visits) *HB(locked_order)(const hb_model *m, const hb_dynamics *d, hb_run *r, int64_t q, int64_t sweep,
                                                           int lane, hb_stream *stream, HB(locked_room) *room) {
    const uint32_t *visits = d->order == HB_ARRAY ? hb_visits(d, sweep, q) : d->order == HB_RANDOM ? r->visits : room->sequence;
    int same = d->order != HB_RANDOM && !d->visits_by_cue && d->visit_sweeps <= 1;
    if (d->order == HB_RANDOM) HB(shuffle)(r->visits, m->units, stream);
    if (same) lane = 0;
    if (!same || !room->known) HB(read_visits)(visits, m->units, room->visits + lane);
    room->known = same;
    return room->visits + lane;
}

/* Moves cues from q on, up to HB_LOCKED of them; how many have ended, or 0 if there are too few or the budget was used up. */
HB_TARGET static int64_t HB(recall_locked)(const hb_model *m, const hb_dynamics *d, hb_run *r, uint64_t *states, int64_t *progress,
                                           int64_t sweep_limit, int64_t q, int64_t last, int64_t *budget, double *energies,
                                           HB(locked_room) *room) {
    HB(locked) x[HB_LOCKED];
    int16_t turns[HB_LOCKED][192] HB_ALIGNED;
    const HB(locked_visits) *v[HB_LOCKED];
    int64_t units = m->units, stride = m->halves.stride, words = m->row_words, count;
    int wide = units > 64, ran = 0, open;
    HB(share_halves)(m, r, states, q, last);
    if (!r->shared_count) return 0;
    count = r->shared_from + r->shared_count - q < HB_LOCKED ? r->shared_from + r->shared_count - q : HB_LOCKED;
    for (int lane = 0; lane < HB_LOCKED; lane++) { /* a lane without a cue has the first one, and never moves */
        int64_t p = lane < count ? q + lane : q, *row = progress + HB_PROGRESS * p;
        HB(load_locked)((const int16_t *)r->shared + (p - r->shared_from) * stride, states + p * words, wide, turns[lane], x + lane);
        ran |= (lane < count && row[HB_STATUS] == HB_RUNNING && row[HB_SWEEPS] < sweep_limit) << lane;
    }
    open = ran;
    while (open && *budget > 0) {
        int moving = 0;
        for (int lane = 0; lane < HB_LOCKED; lane++) {
            int64_t *row = progress + HB_PROGRESS * (q + lane);
            v[lane] = room->visits;
            x[lane].flips = 0;
            if (!(open >> lane & 1)) continue;
            hb_stream stream = hb_stream_of(row + HB_STREAM);
            moving |= HB(moves)(x + lane, units) << lane;
            if (moving >> lane & 1) v[lane] = HB(locked_order)(m, d, r, q + lane, row[HB_SWEEPS], lane, &stream, room);
            else if (d->order == HB_RANDOM) HB(skip_shuffle)(units, &stream);
            row[HB_STREAM] = (int64_t)stream.z;
        }
        HB(sweep_locked)(m->halves.rows, room->ones, units, v, moving, x);
        for (int lane = 0; lane < count; lane++) {
            int64_t *row = progress + HB_PROGRESS * (q + lane);
            if (!(open >> lane & 1)) continue;
            if (x[lane].flips == 0) row[HB_STATUS] = HB_CONVERGED;
            row[HB_SWEEPS]++;
            row[HB_FLIPS] += x[lane].flips;
            *budget -= 4 * units + x[lane].flips * hb_row_cost(m);
            if (row[HB_STATUS] != HB_RUNNING || row[HB_SWEEPS] >= sweep_limit) open &= ~(1 << lane);
        }
    }
    r->held = HB_NOTHING;
    for (int lane = 0; lane < count; lane++) {
        if (!(ran >> lane & 1)) continue;
        HB(store_locked)(x + lane, wide, states + (q + lane) * words, r->fields, r->signs);
        states[(q + lane + 1) * words - 1] &= hb_tail(units);
        if (!energies) continue;
        r->wide = 0;
        energies[q + lane] = HB(coupling_energy)(m, r, states + (q + lane) * words);
    }
    if (open) r->shared_count = 0; /* these have moved */
    return open ? 0 : count;
}
#endif
