/* Chains abreast, at one level; included once per level, so without a guard. Loops over the 64 chains are what compilers make vectors of. */

/* The streams while they run. */
typedef struct {
    uint64_t z[HB_ABREAST], increment[HB_ABREAST];
} HB_ALIGNED HB(draws);

/* What a block of visits adds up: flips, and sigma N / unit of each before its flip. */
typedef struct {
    int8_t flips[HB_ABREAST];
    int16_t narrow[HB_ABREAST];
    int32_t wide[HB_ABREAST];
} HB_ALIGNED HB(gains);

#if !HB_CHAINED
typedef struct {
    int16_t at[HB_ABREAST];
} HB_ALIGNED HB(numbers);

HB_TARGET HB_INLINE void HB(draw_tops)(const uint64_t *z, const uint64_t *increment, int64_t count, uint16_t (*tops)[HB_ABREAST]) {
    uint64_t now[HB_ABREAST] HB_ALIGNED;
    memcpy(now, z, sizeof now);
    for (int64_t k = 0; k < count; k++) {
        for (int l = 0; l < HB_ABREAST; l++) now[l] += increment[l];
        for (int l = 0; l < HB_ABREAST; l++) tops[k][l] = hb_mix_top(now[l]);
    }
}

/* A full adder, in every place: *sum becomes a bit of *sum + x + y, and the carry is returned. */
HB_INLINE uint64_t HB(add_words)(uint64_t *sum, uint64_t x, uint64_t y) {
    uint64_t differ = *sum ^ x, carry = (*sum & x) | (differ & y);
    *sum = differ ^ y;
    return carry;
}

/* Eight words at once are added to planes 1, 2, 4 and so on, of which only a few become numbers. */
HB_TARGET
HB_INLINE void HB(count_signs)(const uint64_t *up, const uint32_t *target, const uint32_t *middle, const uint32_t *end, HB(numbers) *a) {
    uint64_t planes[8] = {0}; /* up to 248 neighbours with gaps */
    uint8_t sums[HB_ABREAST] HB_ALIGNED = {0};
    int used = 0;
    for (int64_t most = end - target; most; most >>= 1) used++;
    for (; target < end; target += HB_NEIGHBOURS) {
        uint64_t x[HB_NEIGHBOURS], two[4], four[2], carry;
        for (int j = 0; j < HB_NEIGHBOURS; j++) x[j] = up[target[j]] ^ (target + j < middle ? 0 : ~(uint64_t)0);
        for (int j = 0; j < 4; j++) two[j] = HB(add_words)(&planes[0], x[2 * j], x[2 * j + 1]);
        for (int j = 0; j < 2; j++) four[j] = HB(add_words)(&planes[1], two[2 * j], two[2 * j + 1]);
        carry = HB(add_words)(&planes[2], four[0], four[1]);
        for (int b = 3; b < used; b++) {
            uint64_t old = planes[b];
            planes[b] = old ^ carry;
            carry &= old;
        }
    }
    for (int b = 0; b < used; b++) {
        int8_t set[HB_ABREAST] HB_ALIGNED;
        HB(spread_bits)(planes[b], set);
        for (int l = 0; l < HB_ABREAST; l++) sums[l] |= (uint8_t)(set[l] & (1 << b));
    }
    for (int l = 0; l < HB_ABREAST; l++) a->at[l] = sums[l];
}

HB_TARGET
HB_INLINE void HB(add_weights)(const uint64_t *up, const uint32_t *target, const uint32_t *end, const int16_t *weights, HB(numbers) *a) {
    HB(numbers) sums = {{0}};
    for (; target < end; target++, weights++) {
        int8_t set[HB_ABREAST] HB_ALIGNED;
        int16_t weight = *weights;
        HB(spread_bits)(up[*target], set);
        for (int l = 0; l < HB_ABREAST; l++) sums.at[l] = (int16_t)(sums.at[l] + (weight & set[l]));
    }
    *a = sums;
}

HB_TARGET HB_INLINE void HB(choose)(const uint16_t *table, const uint16_t *second, int64_t span, const HB(numbers) *a, uint64_t up,
                                    HB(numbers) *out) {
    int8_t risen[HB_ABREAST] HB_ALIGNED;
    int32_t at[HB_ABREAST] HB_ALIGNED, apart = (int32_t)(second - table);
    (void)span;
    HB(spread_bits)(up, risen);
    for (int l = 0; l < HB_ABREAST; l++) at[l] = a->at[l] + (risen[l] & apart);
    for (int l = 0; l < HB_ABREAST; l++) out->at[l] = (int16_t)table[at[l]];
}

/* The same of 64 tables, side by side. */
HB_TARGET HB_INLINE void HB(choose_own)(const uint16_t *table, const uint16_t *second, int64_t span, const HB(numbers) *a, uint64_t up,
                                        HB(numbers) *out) {
    int8_t risen[HB_ABREAST] HB_ALIGNED;
    uint16_t found[HB_ABREAST] HB_ALIGNED = {0};
    int64_t apart = second - table;
    HB(spread_bits)(up, risen);
    if (span > HB_SHORT) {
        for (int l = 0; l < HB_ABREAST; l++) out->at[l] = (int16_t)table[HB_ABREAST * a->at[l] + l + (risen[l] & apart)];
        return;
    }
    for (int16_t v = 0; v < (int16_t)span; v++, table += HB_ABREAST)
        for (int l = 0; l < HB_ABREAST; l++) found[l] |= (uint16_t)((a->at[l] == v ? -1 : 0) & table[l]);
    if (apart) {
        uint16_t others[HB_ABREAST] HB_ALIGNED = {0};
        for (int16_t v = 0; v < (int16_t)span; v++, second += HB_ABREAST)
            for (int l = 0; l < HB_ABREAST; l++) others[l] |= (uint16_t)((a->at[l] == v ? -1 : 0) & second[l]);
        for (int l = 0; l < HB_ABREAST; l++) found[l] ^= (uint16_t)((found[l] ^ others[l]) & risen[l]);
    }
    memcpy(out, found, sizeof found);
}

HB_INLINE void HB(store_numbers)(const HB(numbers) *a, int16_t *out) { memcpy(out, a, sizeof *a); }
HB_INLINE void HB(load_numbers)(const int16_t *in, HB(numbers) *a) { memcpy(a, in, sizeof *a); }

HB_TARGET HB_INLINE uint64_t HB(draws_below)(const uint16_t *x, const HB(numbers) *first, uint64_t *same) {
    int8_t less[HB_ABREAST] HB_ALIGNED, equal[HB_ABREAST] HB_ALIGNED;
    uint64_t bad = 0;
    for (int l = 0; l < HB_ABREAST; l++) less[l] = x[l] < (uint16_t)first->at[l] ? 1 : -1;
    for (int l = 0; l < HB_ABREAST; l++) equal[l] = x[l] == (uint16_t)first->at[l] ? 1 : -1;
    *same = HB(pack_word)(equal, &bad);
    return HB(pack_word)(less, &bad);
}

HB_TARGET HB_INLINE void HB(add_gains)(int8_t *flips, int16_t *narrow, int32_t *wide, const HB(numbers) *a, int32_t step, int32_t base,
                                       uint64_t up, uint64_t flip) {
    int8_t turns[HB_ABREAST] HB_ALIGNED, turned[HB_ABREAST] HB_ALIGNED;
    HB(unpack_word)(up, turns);
    HB(spread_bits)(flip, turned);
    for (int l = 0; l < HB_ABREAST; l++) turns[l] &= turned[l];
    for (int l = 0; l < HB_ABREAST; l++) flips[l] = (int8_t)(flips[l] - turned[l]);
    if (wide)
        for (int l = 0; l < HB_ABREAST; l++) wide[l] += turns[l] * (step * a->at[l] + base);
    else
        for (int l = 0; l < HB_ABREAST; l++) narrow[l] = (int16_t)(narrow[l] + turns[l] * (step * a->at[l] + base));
}
#endif

/* A unit with more neighbours than a byte counts: apart, and by way of memory, for the numbers of others stay in registers. */
HB_TARGET __attribute__((noinline)) static void HB(count_hub)(const uint64_t *up, const uint32_t *target, const uint32_t *middle,
                                                              const uint32_t *end, int16_t *sums) {
    memset(sums, 0, HB_ABREAST * sizeof *sums);
    for (; target < end; target += HB_COUNTED) {
        HB(numbers) some;
        int16_t part[HB_ABREAST];
        HB(count_signs)(up, target, middle, end - target > HB_COUNTED ? target + HB_COUNTED : end, &some);
        HB(store_numbers)(&some, part);
        for (int l = 0; l < HB_ABREAST; l++) sums[l] = (int16_t)(sums[l] + part[l]);
    }
}

/* a of a unit in all chains. */
HB_TARGET HB_INLINE void HB(numbers_of)(const hb_neighbours *m, const uint64_t *up, int64_t unit, HB(numbers) *a, const int wide) {
    const uint32_t *target = m->targets + m->starts[unit], *middle = m->targets + m->middles[unit], *end = m->targets + m->starts[unit + 1];
    if (wide) {
        HB(add_weights)(up, target, end, m->weights + m->starts[unit], a);
    } else if (end - target > HB_COUNTED) {
        int16_t sums[HB_ABREAST];
        HB(count_hub)(up, target, middle, end, sums);
        HB(load_numbers)(sums, a);
    } else {
        HB(count_signs)(up, target, middle, end, a);
    }
}

/* A visit, with draw k from s->z on, of which x are the first bits. */
HB_TARGET HB_INLINE void HB(visit_abreast)(const hb_neighbours *m, uint64_t *up, const hb_chances *p, const HB(draws) *s, uint64_t k,
                                           const uint16_t *x, int64_t unit, HB(gains) *g, const int wide) {
    int64_t place = m->places[unit], span = wide ? 65536 : m->starts[unit + 1] - m->starts[unit] + 1;
    const uint16_t *table = p->first + place * p->each;
    uint64_t old = up[unit], same, flip;
    HB(numbers) a, first;
    HB(numbers_of)(m, up, unit, &a, wide);
    if (p->each == 1) HB(choose)(table, table + p->second, span, &a, old, &first);
    else HB(choose_own)(table, table + p->second, span, &a, old, &first);
    flip = HB(draws_below)(x, &first, &same);
    for (; same; same &= same - 1) {
        int l = (int)hb_zeros(same);
        int16_t at[HB_ABREAST];
        HB(store_numbers)(&a, at);
        int64_t entry = (place + at[l]) * p->each + (p->each == 1 ? 0 : l) + (old >> l & 1 ? p->second : 0);
        uint64_t less = hb_mix(s->z[l] + k * s->increment[l]) >> 11 < p->exact[entry];
        flip = (flip & ~((uint64_t)1 << l)) | less << l;
    }
    if (!p->metropolis) flip ^= old;
    if (!flip) return;
    up[unit] = old ^ flip;
    HB(add_gains)(g->flips, g->narrow, wide ? g->wide : NULL, &a, (int32_t)m->step, m->base[unit], old, flip);
}

HB_TARGET HB_INLINE void HB(visit_block)(const hb_neighbours *m, uint64_t *up, const hb_chances *p, HB(draws) *s, const uint32_t *visits,
                                         int64_t from, int64_t count, HB(gains) *g, const int wide) {
    uint16_t tops[HB_AHEAD][HB_ABREAST] HB_ALIGNED;
    HB(draw_tops)(s->z, s->increment, count, tops);
    for (int64_t k = 0; k < count; k++)
        HB(visit_abreast)(m, up, p, s, (uint64_t)(k + 1), tops[k], visits ? visits[from + k] : from + k, g, wide);
    for (int l = 0; l < HB_ABREAST; l++) s->z[l] += (uint64_t)count * s->increment[l];
}

HB_TARGET static void HB(sweep_abreast)(const hb_neighbours *m, hb_chains *c, const hb_chances *p, HB(draws) *s, const uint32_t *visits,
                                        int64_t count) {
    int64_t flips[HB_ABREAST] = {0};
    for (int64_t k = 0; k < count; k += HB_AHEAD) {
        HB(gains) g = {{0}, {0}, {0}};
        int64_t here = k + HB_AHEAD < count ? HB_AHEAD : count - k;
        if (m->weights) HB(visit_block)(m, c->up, p, s, visits, k, here, &g, 1);
        else HB(visit_block)(m, c->up, p, s, visits, k, here, &g, 0);
        for (int l = 0; l < HB_ABREAST; l++) c->sums[l] -= 4 * m->unit * (g.narrow[l] + g.wide[l]);
        for (int l = 0; l < HB_ABREAST; l++) flips[l] += g.flips[l];
    }
    for (int64_t l = 0; l < c->count; l++) c->progress[l * c->stride + HB_FLIPS] += flips[l];
}

/* -2 E / scale of all chains: sigma (N + bias), which is what a block of visits would add up if all flipped, and fields had the bias twice. */
HB_TARGET static void HB(sum_abreast)(const hb_neighbours *m, const uint64_t *up, int64_t *sums) {
    memset(sums, 0, HB_ABREAST * sizeof *sums);
    for (int64_t i = 0; i < m->units; i += HB_AHEAD) {
        HB(gains) g = {{0}, {0}, {0}};
        for (int64_t j = i; j < i + HB_AHEAD && j < m->units; j++) {
            HB(numbers) a;
            int wide = m->weights != NULL;
            HB(numbers_of)(m, up, j, &a, wide);
            HB(add_gains)(g.flips, g.narrow, wide ? g.wide : NULL, &a, (int32_t)m->step, m->base[j] + m->bias[j], up[j], ~(uint64_t)0);
        }
        for (int l = 0; l < HB_ABREAST; l++) sums[l] += m->unit * (g.narrow[l] + g.wide[l]);
    }
}

/* The states that are better than all before, of chains in so many words a unit. */
HB_TARGET HB_INLINE void HB(keep_best)(const hb_neighbours *m, hb_chains *c, const int words) {
    int64_t *seen = c->sums + HB_ABREAST * words;
    for (int w = 0; w < words; w++) {
        uint64_t better = 0;
        for (int l = 0; l < HB_ABREAST; l++) {
            int64_t sum = c->sums[HB_ABREAST * w + l];
            if (sum <= seen[HB_ABREAST * w + l]) continue;
            seen[HB_ABREAST * w + l] = sum;
            better |= (uint64_t)1 << l;
        }
        for (int64_t i = w; better && i < words * m->units; i += words) c->best[i] ^= (c->best[i] ^ c->up[i]) & better;
    }
}

/* Sweeps at `temperatures`, a row each, of one for all chains or of one for `each`. States are seen after each of them if `energies` are
   asked (a row a sweep), else after the last. */
HB_TARGET static void HB(run_abreast)(const hb_neighbours *m, hb_chains *c, const uint32_t *visits, int64_t visit_count,
                                      const double *temperatures, int64_t each, int64_t sweeps, int metropolis, double *energies,
                                      int64_t energy_stride, void *workspace) {
    int64_t tables = each ? HB_ABREAST : 1, columns = each ? c->count : 1;
    hb_chances p = {workspace, (uint16_t *)((uint64_t *)workspace + 2 * tables * m->entries), metropolis ? tables * m->entries : 0, tables,
                    metropolis};
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
        if (energies || sweep == sweeps - 1) HB(keep_best)(m, c, 1);
        for (int64_t l = 0; energies && l < c->count; l++) energies[sweep * energy_stride + l] = -0.5 * ((double)c->sums[l] * m->scale);
    }
    for (int64_t l = 0; l < c->count; l++) {
        c->progress[l * c->stride + HB_STREAM] = (int64_t)s.z[l];
        c->progress[l * c->stride + HB_SWEEPS] += sweeps;
    }
}
