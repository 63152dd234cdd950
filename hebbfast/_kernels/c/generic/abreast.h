/* Chains abreast, at one level; included once per level, so without a guard. Loops over the 64 chains are what compilers make vectors of. */

/* Each neighbour's a changes by `turn` times its coupling. Pointers are copied, for a store of bytes may change whatever m points to. */
HB_TARGET HB_INLINE void HB(tell)(const hb_neighbours *m, hb_chains *c, int64_t unit, const int8_t *turn) {
    const uint32_t *target = m->targets + m->starts[unit], *end = m->targets + m->starts[unit + 1];
    if (m->weights) {
        const int16_t *weights = m->weights + m->starts[unit];
        int16_t *fields = c->fields, wide[HB_ABREAST];
        for (int l = 0; l < HB_ABREAST; l++) wide[l] = turn[l];
        for (; target < end; target++, weights++) {
            int16_t *restrict a = fields + HB_ABREAST * (int64_t)*target, weight = *weights;
            for (int l = 0; l < HB_ABREAST; l++) a[l] = (int16_t)(a[l] + weight * wide[l]);
        }
        return;
    }
    const uint32_t *middle = m->targets + m->middles[unit];
    uint8_t *fields = c->fields;
    for (; target < middle; target++) {
        uint8_t *restrict a = fields + HB_ABREAST * (int64_t)*target;
        for (int l = 0; l < HB_ABREAST; l++) a[l] = (uint8_t)(a[l] + turn[l]);
    }
    for (; target < end; target++) {
        uint8_t *restrict a = fields + HB_ABREAST * (int64_t)*target;
        for (int l = 0; l < HB_ABREAST; l++) a[l] = (uint8_t)(a[l] - turn[l]);
    }
}

/* Chains at packed states; `fields` are those of all units at -1. */
HB_TARGET static void HB(load_abreast)(const hb_neighbours *m, const uint64_t *states, hb_chains *c) {
    int64_t words = (m->units + 63) / 64;
    for (int64_t i = 0; i < m->units; i++) {
        int8_t *up = c->up + HB_ABREAST * i, turn[HB_ABREAST];
        for (int64_t l = 0; l < HB_ABREAST; l++) up[l] = l < c->count && hb_bit(states + l * words, i) ? -1 : 0;
        for (int l = 0; l < HB_ABREAST; l++) turn[l] = (int8_t)-up[l];
        HB(tell)(m, c, i, turn);
    }
}

/* The packed states of chains. */
HB_TARGET static void HB(store_abreast)(const int8_t *up, int64_t units, int64_t count, uint64_t *states) {
    int64_t words = (units + 63) / 64;
    for (int64_t w = 0; w < words; w++) {
        uint64_t block[64] = {0}, bad = 0;
        for (int64_t i = 0; i < 64 && 64 * w + i < units; i++, up += HB_ABREAST) {
            int8_t values[HB_ABREAST];
            for (int l = 0; l < HB_ABREAST; l++) values[l] = (int8_t)(-1 - 2 * up[l]);
            block[i] = HB(pack_word)(values, &bad);
        }
        HB(transpose_block)(block);
        for (int64_t l = 0; l < count; l++) states[l * words + w] = block[l];
    }
}

/* The streams while they run. */
typedef struct {
    uint64_t z[HB_ABREAST], increment[HB_ABREAST];
} HB_ALIGNED HB(draws);

HB_TARGET HB_INLINE int HB(any_byte)(const void *bytes, int count) {
    HB(vector) all = HB(spread)(0);
    for (int w = 0; w < count / 8; w += HB_LANES) all |= HB(load_words)((const uint64_t *)bytes + w);
    return HB(any)(all);
}

/* Where the chances of a unit begin in the table of chain l. */
HB_INLINE int64_t HB(chance_of)(const hb_chances *p, int64_t place, const int8_t *up, int l) {
    return l * p->own + place + (up[l] & p->second);
}

/* A visit: `flip` gets -1 where the unit flips. Returns whether it does anywhere. */
HB_TARGET HB_INLINE int HB(draw_flips)(const hb_chances *p, const HB(draws) *s, const int16_t *a, const int8_t *up, int64_t place,
                                       int64_t span, int8_t *flip) {
    uint16_t x[HB_ABREAST] HB_ALIGNED, first[HB_ABREAST] HB_ALIGNED, same[HB_ABREAST] HB_ALIGNED;
    int8_t heat = p->metropolis ? 0 : -1;
    for (int l = 0; l < HB_ABREAST; l++) x[l] = (uint16_t)(hb_mix(s->z[l]) >> 48);
    if (p->own) {
        for (int l = 0; l < HB_ABREAST; l++) first[l] = p->first[HB(chance_of)(p, place, up, l) + a[l]];
    } else {
        HB(choose)(p->first + place, a, span, first);
        if (p->metropolis) {
            uint16_t second[HB_ABREAST] HB_ALIGNED;
            HB(choose)(p->first + p->second + place, a, span, second);
            for (int l = 0; l < HB_ABREAST; l++) first[l] = up[l] ? second[l] : first[l];
        }
    }
    for (int l = 0; l < HB_ABREAST; l++) same[l] = x[l] == first[l] ? 65535 : 0;
    for (int l = 0; l < HB_ABREAST; l++) flip[l] = (int8_t)((x[l] < first[l] ? -1 : 0) ^ (up[l] & heat));
    if (HB(any_byte)(same, sizeof same))
        for (int l = 0; l < HB_ABREAST; l++)
            if (same[l])
                flip[l] = (int8_t)((hb_mix(s->z[l]) >> 11 < p->exact[HB(chance_of)(p, place, up, l) + a[l]] ? -1 : 0) ^ (up[l] & heat));
    return HB(any_byte)(flip, HB_ABREAST);
}

/* What a block of visits adds up: flips, and sigma N / unit of each before its flip. */
typedef struct {
    int8_t flips[HB_ABREAST];
    int16_t narrow[HB_ABREAST];
    int32_t wide[HB_ABREAST];
} HB_ALIGNED HB(gains);

HB_TARGET HB_INLINE void HB(visit_block)(const hb_neighbours *m, hb_chains *c, const hb_chances *p, HB(draws) *s, const uint32_t *visits,
                                         int64_t from, int64_t end, HB(gains) *g, const int wide) {
    for (int64_t k = from; k < end; k++) {
        int64_t unit = visits ? visits[k] : k, span = wide ? 65536 : m->starts[unit + 1] - m->starts[unit] + 1;
        int8_t *restrict up = c->up + HB_ABREAST * unit, flip[HB_ABREAST] HB_ALIGNED, turn[HB_ABREAST] HB_ALIGNED;
        int16_t a[HB_ABREAST] HB_ALIGNED;
        int32_t step = (int32_t)m->step, base = m->base[unit];
        if (wide) memcpy(a, (int16_t *)c->fields + HB_ABREAST * unit, sizeof a);
        else
            for (int l = 0; l < HB_ABREAST; l++) a[l] = ((uint8_t *)c->fields + HB_ABREAST * unit)[l];
        for (int l = 0; l < HB_ABREAST; l++) s->z[l] += s->increment[l];
        if (!HB(draw_flips)(p, s, a, up, m->places[unit], span, flip)) continue;
        if (wide)
            for (int l = 0; l < HB_ABREAST; l++) {
                int32_t number = step * a[l] + base, turned = ~up[l];
                g->wide[l] += ((number ^ turned) - turned) & flip[l];
            }
        else
            for (int l = 0; l < HB_ABREAST; l++) {
                int16_t number = (int16_t)(step * a[l] + base), turned = ~up[l];
                g->narrow[l] = (int16_t)(g->narrow[l] + (((number ^ turned) - turned) & flip[l]));
            }
        for (int l = 0; l < HB_ABREAST; l++) g->flips[l] = (int8_t)(g->flips[l] - flip[l]);
        for (int l = 0; l < HB_ABREAST; l++) up[l] ^= flip[l];
        for (int l = 0; l < HB_ABREAST; l++) turn[l] = (int8_t)(flip[l] & (-1 - 2 * up[l])); /* 1: to +1; -1: to -1 */
        HB(tell)(m, c, unit, turn);
    }
}

HB_TARGET static void HB(sweep_abreast)(const hb_neighbours *m, hb_chains *c, const hb_chances *p, HB(draws) *s, const uint32_t *visits,
                                        int64_t count) {
    int64_t flips[HB_ABREAST] = {0};
    for (int64_t k = 0, end; k < count; k = end) {
        HB(gains) g = {{0}, {0}, {0}};
        end = k + HB_GAINS < count ? k + HB_GAINS : count;
        if (m->weights) HB(visit_block)(m, c, p, s, visits, k, end, &g, 1);
        else HB(visit_block)(m, c, p, s, visits, k, end, &g, 0);
        for (int l = 0; l < HB_ABREAST; l++) c->sums[l] -= 4 * m->unit * (g.narrow[l] + g.wide[l]);
        for (int l = 0; l < HB_ABREAST; l++) flips[l] += g.flips[l];
    }
    for (int64_t l = 0; l < c->count; l++) c->progress[l * c->stride + HB_FLIPS] += flips[l];
}

/* The states that are better than all before. */
HB_TARGET static void HB(keep_best)(const hb_neighbours *m, hb_chains *c) {
    int8_t better[HB_ABREAST], any = 0;
    for (int l = 0; l < HB_ABREAST; l++) any |= better[l] = c->sums[l] > c->sums[HB_ABREAST + l] ? -1 : 0;
    if (!any) return;
    for (int l = 0; l < HB_ABREAST; l++) c->sums[HB_ABREAST + l] = better[l] ? c->sums[l] : c->sums[HB_ABREAST + l];
    for (int64_t i = 0; i < m->units; i++) {
        const int8_t *restrict up = c->up + HB_ABREAST * i;
        int8_t *restrict best = c->best + HB_ABREAST * i;
        for (int l = 0; l < HB_ABREAST; l++) best[l] ^= (best[l] ^ up[l]) & better[l];
    }
}

/* Sweeps at `temperatures`, a row each, of one for all chains or of one for `each`. States are seen after each of them if `energies` are
   asked (a row a sweep), else after the last. */
HB_TARGET static void HB(run_abreast)(const hb_neighbours *m, hb_chains *c, const uint32_t *visits, int64_t visit_count,
                                      const double *temperatures, int64_t each, int64_t sweeps, int metropolis, double *energies,
                                      int64_t energy_stride, void *workspace) {
    int64_t tables = each ? HB_ABREAST : 1, columns = each ? c->count : 1;
    hb_chances p = {workspace, (uint16_t *)((uint64_t *)workspace + 2 * tables * m->entries), metropolis ? tables * m->entries : 0,
                    each ? m->entries : 0, metropolis};
    HB(draws) s = {{0}, {0}};
    for (int64_t l = 0; l < c->count; l++) {
        hb_stream stream = hb_stream_of(c->progress + l * c->stride);
        s.z[l] = stream.z;
        s.increment[l] = stream.increment;
    }
    for (int64_t sweep = 0; sweep < sweeps; sweep++) {
        const double *now = temperatures + sweep * columns;
        for (int64_t t = 0; t < tables; t++) { /* chains that are none take the last one's */
            int64_t column = t < columns ? t : columns - 1;
            if (sweep == 0 || now[column] != now[column - columns]) hb_set_chances(&p, m, t, now[column]);
        }
        HB(sweep_abreast)(m, c, &p, &s, visits, visit_count);
        if (energies || sweep == sweeps - 1) HB(keep_best)(m, c);
        for (int64_t l = 0; energies && l < c->count; l++) energies[sweep * energy_stride + l] = -0.5 * ((double)c->sums[l] * m->scale);
    }
    for (int64_t l = 0; l < c->count; l++) {
        c->progress[l * c->stride + HB_STREAM] = (int64_t)s.z[l];
        c->progress[l * c->stride + HB_SWEEPS] += sweeps;
    }
}
