/* Multi-spin coding, at one level; included once per level, so without a guard. `up` has HB_SPIN_WORDS words a unit, of which a vector
   takes HB_LANES; the other ones come after it, for no chain depends on another. */

enum { HB(parts) = HB_SPIN_WORDS / HB_LANES, HB(tally_planes) = 30, HB(tally_step) = 7 };

/* Numbers of 64 * HB_LANES chains, a plane a digit. */
typedef struct {
    HB(vector) planes[HB(tally_planes)];
} HB(tally);

/* A number of `planes` digits more, in a tally of `top`. */
HB_TARGET HB_INLINE void HB(add_tally)(HB(vector) *sums, const HB(vector) *x, const int planes, int top) {
    HB(vector) carry = HB(spread)(0);
    for (int b = 0; b < planes; b++) {
        HB(vector) next = HB(carry_bits)(sums[b], x[b], carry);
        sums[b] = HB(add_bits)(sums[b], x[b], carry);
        carry = next;
    }
    for (int b = planes; b < top; b++) {
        HB(vector) old = sums[b];
        sums[b] = old ^ carry;
        carry &= old;
    }
}

/* The numbers of a tally, below 2^30, are added to those of the chains. */
HB_TARGET static void HB(read_tally)(const HB(tally) *t, int top, int64_t factor, int64_t *out) {
    uint64_t planes[31 * HB_LANES] = {0};
    for (int b = 0; b < top; b++) HB(store_words)(planes + b * HB_LANES, t->planes[b]);
    for (int w = 0; w < HB_LANES; w++, out += 64) {
        int32_t numbers[64];
        HB(join)(planes + w, 31, 0, numbers);
        for (int l = 0; l < 64; l++) out[l] += factor * numbers[l];
    }
}

/* How many neighbours of a unit agree with it. A gap stands for a word behind all units, which is made to disagree. */
HB_TARGET HB_INLINE void HB(count_agreeing)(const hb_neighbours *m, uint64_t *up, int64_t unit, HB(vector) *agree, const int planes) {
    const uint32_t *target = m->targets + m->starts[unit], *end = m->targets + m->starts[unit + 1];
    int64_t positive = m->middles[unit] - m->starts[unit];
    HB(vector) other = ~HB(load_words)(up + HB_SPIN_WORDS * unit);
    HB(store_words)(up + HB_SPIN_WORDS * m->units, other);
    HB_UNROLLED for (int b = 0; b < planes; b++) agree[b] = HB(spread)(0);
    for (; target < end; target += HB_NEIGHBOURS, positive -= HB_NEIGHBOURS) {
        const uint64_t *turn = hb_turns + HB_NEIGHBOURS - (positive < 0 ? 0 : positive < HB_NEIGHBOURS ? positive : HB_NEIGHBOURS);
        HB(vector) x[HB_NEIGHBOURS], two[4], four[2], carry;
        HB_UNROLLED for (int j = 0; j < HB_NEIGHBOURS; j++) x[j] =
            HB(add_bits)(HB(load_words)(up + HB_SPIN_WORDS * (int64_t)target[j]), other, HB(spread)(turn[j]));
        HB_UNROLLED for (int j = 0; j < 4; j++) {
            two[j] = HB(carry_bits)(agree[0], x[2 * j], x[2 * j + 1]);
            agree[0] = HB(add_bits)(agree[0], x[2 * j], x[2 * j + 1]);
        }
        HB_UNROLLED for (int j = 0; j < 2; j++) {
            four[j] = HB(carry_bits)(agree[1], two[2 * j], two[2 * j + 1]);
            agree[1] = HB(add_bits)(agree[1], two[2 * j], two[2 * j + 1]);
        }
        carry = HB(carry_bits)(agree[2], four[0], four[1]);
        agree[2] = HB(add_bits)(agree[2], four[0], four[1]);
        HB_UNROLLED for (int b = 3; b < planes; b++) {
            HB(vector) old = agree[b];
            agree[b] = old ^ carry;
            carry &= old;
        }
    }
}

/* A digit of the chances of all chains: the functions of the last digit that a program names, chosen by the other digits. */
HB_TARGET HB_INLINE HB(vector) HB(digit_of)(const uint8_t *functions, const uint8_t *row, const HB(vector) *agree, const int planes) {
    HB(vector) v[HB_PAIRS];
    const int pairs = 1 << (planes - 1);
    HB_UNROLLED for (int j = 0; j < pairs; j++) v[j] = HB(load_words)(functions + row[j]);
    HB_UNROLLED for (int b = 1; b < planes; b++) for (int j = 0; j < pairs >> b; j++) v[j] =
        HB(choose_bits)(agree[b], v[2 * j + 1], v[2 * j]);
    return v[0];
}

HB_TARGET HB_INLINE HB(vector) HB(mix)(HB(vector) y) {
    y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9u;
    y = (y ^ (y >> 27)) * 0x94D049BB133111EBu;
    return y ^ (y >> 31);
}

/* What the visits of a sweep share. */
typedef struct {
    const uint8_t *programs;
    uint64_t step; /* from a digit to the next */
    int certain;   /* is a flip? */
    uint8_t functions[4 * 64] HB_ALIGNED;
} HB(sweeper);

/* Which chains flip a unit: those whose x is below P, as the first digit says in which they differ. In front of x there is a 0. */
HB_TARGET HB_INLINE HB(vector)
    HB(flips_of)(HB(sweeper) *s, const hb_kinds *m, int64_t kind, HB(vector) now, const HB(vector) *agree, HB(vector) z, const int planes) {
    const uint8_t *program = s->programs + kind * HB_PROGRAM, *other = program + m->count * HB_PROGRAM;
    HB(vector) less = HB(spread)(0), same = ~less;
    HB(store_words)(s->functions + 64, ~agree[0]);
    HB(store_words)(s->functions + 128, agree[0]);
    for (int k = !s->certain; k <= HB_AT_ONCE || (k <= HB_DIGITS && HB(any)(same)); k++) {
        HB(vector) x = HB(spread)(0), p = HB(digit_of)(s->functions, program + HB_PAIRS * k, agree, planes);
        if (m->biased) p = HB(choose_bits)(now, p, HB(digit_of)(s->functions, other + HB_PAIRS * k, agree, planes));
        if (k) {
            z += HB(spread)(s->step);
            x = HB(mix)(z);
        }
        less = HB(choose_bits)(same, p & ~x, less);
        same = HB(ripple)(same, x, p);
    }
    return less;
}

HB_TARGET HB_INLINE HB(vector)
    HB(visit_multispin)(const hb_kinds *m, uint64_t *up, HB(sweeper) *s, int64_t unit, HB(vector) z, const int planes) {
    HB(vector) agree[5], flips, now = HB(load_words)(up + HB_SPIN_WORDS * unit);
    HB(count_agreeing)(m->around, up, unit, agree, planes);
    flips = HB(flips_of)(s, m, m->kinds[unit], now, agree, z, planes);
    HB(store_words)(up + HB_SPIN_WORDS * unit, now ^ flips);
    return flips;
}

/* A sweep of one part, whose first draws are z + `step` of a digit, and whose flips are counted. */
HB_TARGET static void HB(sweep_multispin)(const hb_kinds *m, uint64_t *up, HB(sweeper) *s, const uint32_t *visits, int64_t count,
                                          HB(vector) z, uint64_t stride, HB(tally) *flips, int top) {
    for (int64_t from = 0; from < count; from += HB(tally_step)) {
        HB(vector) few[3] = {HB(spread)(0), HB(spread)(0), HB(spread)(0)};
        for (int64_t k = from; k < count && k < from + HB(tally_step); k++, z += HB(spread)(stride)) {
            int64_t unit = visits ? visits[k] : k;
            int degree = m->degrees[m->kinds[unit]];
            HB(vector) flip;
            if (degree < 8) flip = HB(visit_multispin)(m, up, s, unit, z, 3);
            else if (degree < 16) flip = HB(visit_multispin)(m, up, s, unit, z, 4);
            else flip = HB(visit_multispin)(m, up, s, unit, z, 5);
            HB(add_tally)(few, &flip, 1, 3);
        }
        HB(add_tally)(flips->planes, few, 3, top);
    }
}

/* -2 E / scale of all chains: sigma (N + bias), where N / unit is step times the neighbours that agree, but for those of all, and the bias. */
HB_TARGET static void HB(sum_multispin)(const hb_kinds *m, uint64_t *up, int64_t *sums) {
    const hb_neighbours *around = m->around;
    int64_t edges = 0;
    for (int64_t i = 0; i < around->units; i++) edges += m->degrees[m->kinds[i]];
    for (int l = 0; l < HB_MULTISPIN; l++) sums[l] = -around->unit * (around->step / 2) * edges;
    int top = hb_digits((uint64_t)edges | 31); /* numbers of five digits are added */
    for (int part = 0; part < HB(parts); part++) {
        HB(tally) agreeing = {{HB(spread)(0)}};
        for (int64_t i = 0; i < around->units; i++) {
            HB(vector) agree[5];
            HB(count_agreeing)(around, up + part * HB_LANES, i, agree, 5);
            HB(add_tally)(agreeing.planes, agree, 5, top);
        }
        HB(read_tally)(&agreeing, top, around->unit * around->step, sums + 64 * HB_LANES * part);
    }
    for (int64_t i = 0; i < around->units; i++)
        for (int64_t l = 0; around->bias[i] && l < HB_MULTISPIN; l++)
            sums[l] += (hb_bit(up + HB_SPIN_WORDS * i, l) ? 2 : -2) * around->unit * around->bias[i];
}

/* Flips so far, to the chains. */
HB_TARGET static void HB(count_flips)(hb_chains *c, HB(tally) *flips, int top) {
    int64_t counts[HB_MULTISPIN] = {0};
    for (int part = 0; part < HB(parts); part++) {
        HB(read_tally)(flips + part, top, 1, counts + 64 * HB_LANES * part);
        flips[part] = (HB(tally)){{HB(spread)(0)}};
    }
    for (int64_t l = 0; l < c->count; l++) c->progress[l * c->stride + HB_FLIPS] += counts[l];
}

/* Sweeps at `temperatures`. States are seen after each of them if `energies` are asked (a row a sweep), else after the last. */
HB_TARGET static void HB(run_multispin)(const hb_kinds *m, hb_chains *c, const uint32_t *visits, int64_t visit_count,
                                        const double *temperatures, int64_t sweeps, int metropolis, double *energies, int64_t energy_stride,
                                        void *workspace) {
    HB(sweeper) s = {.programs = workspace};
    HB(tally) flips[HB(parts)] = {{{HB(spread)(0)}}};
    hb_stream stream = hb_stream_of(c->progress);
    int64_t most = ((int64_t)1 << 30) - 1, counted = 0;
    int top = hb_digits((uint64_t)(sweeps > most / (visit_count + 1) ? most : sweeps * visit_count) | 7);
    s.step = 8 * stream.increment;
    memset(s.functions + 192, 255, 64);
    for (int64_t sweep = 0; sweep < sweeps; sweep++) {
        if (sweep == 0 || temperatures[sweep] != temperatures[sweep - 1])
            s.certain = hb_set_programs(workspace, m, temperatures[sweep], metropolis);
        for (int part = 0; part < HB(parts); part++) {
            uint64_t first[HB_LANES]; /* in front of the first digit */
            for (int w = 0; w < HB_LANES; w++) first[w] = stream.z + (uint64_t)(HB_LANES * part + w + 1) * stream.increment - s.step;
            HB(sweep_multispin)(m, c->up + HB_LANES * part, &s, visits, visit_count, HB(load_words)(first), HB_DRAWS * stream.increment,
                                flips + part, top);
        }
        stream.z += (uint64_t)visit_count * HB_DRAWS * stream.increment;
        counted += visit_count;
        if (counted > most - visit_count || sweep == sweeps - 1) {
            HB(count_flips)(c, flips, top);
            counted = 0;
        }
        if (!energies && sweep < sweeps - 1) continue;
        HB(sum_multispin)(m, c->up, c->sums);
        HB(keep_best)(m->around, c, HB_SPIN_WORDS);
        for (int64_t l = 0; energies && l < c->count; l++)
            energies[sweep * energy_stride + l] = -0.5 * ((double)c->sums[l] * m->around->scale);
    }
    c->progress[HB_STREAM] = (int64_t)stream.z;
    for (int64_t l = 0; l < c->count; l++) c->progress[l * c->stride + HB_SWEEPS] += sweeps;
    memset(c->up + HB_SPIN_WORDS * m->around->units, 0, 8 * HB_SPIN_WORDS);
}
