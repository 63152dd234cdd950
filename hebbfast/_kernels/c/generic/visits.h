/* What reads bit planes: the sign of one field, decided as early as it is sure, and runs of visits from flip to flip. */

/* G(m-1) of an agreeing pattern, or -G(m+1), from its overlap. */
HB_INLINE int64_t HB(term)(int power, int64_t overlap, int agrees) {
    int64_t s = agrees ? overlap - 1 : overlap + 1, gain = power == 2 ? 4 * s : power == 3 ? 6 * s * s + 2 : 8 * s * (s * s + 1);
    return agrees ? gain : -gain;
}

/* Sign of sigma_i N_i if the outliers decide it alone, else 0. */
HB_TARGET HB_INLINE int HB(foresee)(const hb_model *m, const hb_planes *v, int64_t unit, int bit) {
    if (v->lead.certain) return hb_bit(v->lead.followed, unit) == bit ? v->lead.certain : -v->lead.certain;
    if (v->lead.bound == HUGE_VAL) return 0;
    double sum = 0, magnitude = 0;
    for (int t = 0; t < v->outliers; t++) {
        int agrees = hb_bit(m->patterns.rows + v->outlier[t] * m->row_words, unit) == bit;
        double gain = HB(gain_at)(m, agrees ? v->overlap[t] - 1 : v->overlap[t] + 1, v->lead.shift);
        sum += agrees ? gain : -gain;
        magnitude += fabs(gain);
    }
    double bound = v->lead.bound + 1e-9 * magnitude;
    return (sum > bound) - (sum < -bound);
}

/* Weights as the planes give them: factor Q, and `each` for every set lane of `extra`. */
typedef struct {
    int64_t factor, each, stride, extra_stride;
    const uint64_t *extra;
} HB(scale);

HB_TARGET HB_INLINE HB(scale) HB(scale_of)(const hb_planes *v, int power) {
    int64_t stride = v->by * HB_LANES, odd = v->parity;
    if (power == 2) return (HB(scale)){16, odd ? 8 : 0, stride, HB_LANES, v->valid};
    if (power == 3) return (HB(scale)){odd ? 96 : 48, odd ? 28 : 16, 2 * stride - HB_LANES, HB_LANES, v->valid};
    if (odd) return (HB(scale)){32, 16, 3 * stride, HB_LANES, v->valid};
    return (HB(scale)){256, 256, 3 * stride, stride, v->words + stride - HB_LANES};
}

/* sigma_i N_i - lift, N = (G over agreeing) - (G over the rest), for n = 2, 3, 4: exact, or of the same sign and farther than `margin`
   from zero, as it is. The top `done` planes of Q have been counted: `begun`. */
HB_TARGET
HB_INLINE int64_t HB(sum_some)(const hb_model *m, hb_run *r, int64_t unit, int bit, int64_t lift, int64_t margin, int done, int64_t begun) {
    hb_planes *v = &r->planes;
    const uint64_t *column = hb_column(m, unit);
    const uint64_t *ahead = hb_column(m, r->ahead);
    int64_t sum = -lift, words = m->patterns.column_words, known = 0;
    HB(scale) scale = HB(scale_of)(v, m->gain.power);
    for (int t = 0; t < v->outliers; t++)
        sum += HB(term)(m->gain.power, v->overlap[t], hb_bit(m->patterns.rows + v->outlier[t] * m->row_words, unit) == bit);
    if (m->gain.power == 2) {
        sum += scale.factor * HB(count_planes)(v->words, scale.stride, column, ahead, words, bit, 1, v->by) - v->apart;
        return scale.each ? sum + scale.each * HB(count_planes)(scale.extra, scale.extra_stride, column, column, words, bit, 0, 1) : sum;
    }
    if (v->raised == HB_Q_STALE) HB(raise_planes)(m, v);
    v->raised = HB_Q_USED;
    sum -= v->apart;
    int top = HB(top_power)(m->gain.power, v), last = top - done;
    for (known = begun;;) {
        if (margin < INT64_MAX && last < top) { /* What the lower planes and `each` can add. */
            int64_t low = sum + scale.factor * (known * ((int64_t)1 << last));
            int64_t high = low + (scale.factor * (((int64_t)1 << last) - 1) + scale.each) * v->count;
            if (low > margin) return low;
            if (high < -margin) return high;
        }
        if (last == 0) break;
        int first = last > HB_GROUP ? last - HB_GROUP : 0, negative = m->gain.power == 4 && last == top;
        int64_t some;
#define HB_COUNT(n) some = HB(count_some)(v->powers + first * HB_LANES, scale.stride, column, ahead, words, bit, negative, n)
        HB_UNROLL_TO_TEN(last - first, HB_COUNT)
#undef HB_COUNT
        known = known * ((int64_t)1 << (last - first)) + some;
        last = first;
    }
    return sum + scale.factor * known + scale.each * HB(count_planes)(scale.extra, scale.extra_stride, column, column, words, bit, 0, 1);
}

/* sigma_i N_i, exact: 4 % faster for knowing that no test for an early decision comes. */
HB_TARGET static int64_t HB(sum_planes)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    return HB(sum_some)(m, r, unit, bit, 0, INT64_MAX, 0, 0);
}

/* To be compared. */
HB_TARGET static int64_t HB(sum_lifted)(const hb_model *m, hb_run *r, int64_t unit, int bit, int64_t lift, int64_t margin, int done,
                                        int64_t begun) {
    return HB(sum_some)(m, r, unit, bit, lift, margin, done, begun);
}

/* The outliers between two flips: their rows, and what each adds to a field if it differs from the unit, or agrees. */
typedef struct {
    const uint64_t *rows[HB_OUTLIERS];
    int64_t terms[HB_OUTLIERS][2];
} HB(aside);

HB_TARGET HB_INLINE void HB(set_aside)(const hb_model *m, const hb_planes *v, int power, HB(aside) *out) {
    for (int t = 0; t < v->outliers; t++) {
        out->rows[t] = m->patterns.rows + v->outlier[t] * m->row_words;
        for (int agrees = 0; agrees < 2; agrees++) out->terms[t][agrees] = HB(term)(power, v->overlap[t], agrees);
    }
}

HB_TARGET HB_INLINE int64_t HB(sum_aside)(const HB(aside) *a, int count, int64_t unit, int bit) {
    int64_t sum = 0, word = unit >> 6;
    for (int t = 0; t < count; t++) {
        sum += a->terms[t][(int)(a->rows[t][word] >> (unit & 63) & 1) == bit];
        HB_KEEP_SCALAR(sum); /* there are one or two terms, of which gcc would make a vector */
    }
    return sum;
}

/* The lowest `count` planes of Q for two units. */
HB_TARGET static void HB(count_below)(const uint64_t *planes, int64_t stride, const hb_model *m, const uint64_t *state, int64_t unit,
                                      int64_t other, int count, int64_t *out) {
    const uint64_t *columns[2] = {hb_column(m, unit), hb_column(m, other)};
    int bits[2] = {hb_bit(state, unit), hb_bit(state, other)};
#define HB_COUNT(n) HB(count_pair)(planes, stride, columns, columns, m->patterns.column_words, bits, 0, n, out)
    HB_UNROLL(count, HB_COUNT)
#undef HB_COUNT
}

/* How much a field of n = 4 can change while `flips` wait: an S becomes S + e with |e| <= f = 2 flips, and |G| = 8 |S|^3 + 8 |S| grows
   by at most 24 f S^2 + 24 f^2 |S| + 8 f^3 + 8 f. Sums as in `lead`. */
HB_TARGET static double HB(doubt_of)(const hb_planes *v, int flips) {
    double f = 2 * flips, count = (double)v->count, norm = sqrt((double)HB(sum_mm)(v)) + sqrt(count), sum_ss = norm * norm,
           sum_s = sqrt(count) * norm;
    for (int t = 0; t < v->outliers; t++) {
        double s = fabs((double)v->overlap[t]) + 1;
        sum_ss += s * s;
        sum_s += s;
        count += 1;
    }
    return (24 * f * (sum_ss + f * sum_s) + 8 * f * (f * f + 1) * count) * (1 + 1e-9) + 1;
}

/* Flips that may wait: with more, too few visits would be sure. */
HB_TARGET static int HB(most_waiting)(const hb_model *m, const hb_planes *v) {
    int most = v->by > HB_WIDE ? 1 : v->slack < HB_BATCH ? (int)v->slack : HB_BATCH;
    double largest = 0;
    for (int t = 0; t < v->outliers; t++) {
        double gain = fabs(HB(gain_at)(m, v->overlap[t] < 0 ? v->overlap[t] + 1 : v->overlap[t] - 1, 0));
        largest = gain > largest ? gain : largest;
    }
    while (most > 1 && HB(doubt_of)(v, most - 1) > HB_DOUBT * largest) most--;
    return most;
}

/* At T = 0: the first visit from `position` on, before `count`, that changes its unit, or ~visit if its field is not surer than `doubt`.
   In a synchronous update, all visits, and the changes go to `next`. At T > 0 the visits are those of block `b`, and one that must ask
   ends the scan, too: what is compared is sigma N - lift, whose sign at zero says that the unit stays. What all visits share (the scale,
   the outliers' terms, the bounds) is made once before the loop, which is up to three times faster than visits one by one. `planes`: y,
   or the top `some` of Q. */
HB_TARGET HB_INLINE int64_t HB(scan_some)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const uint32_t *visits,
                                          int tie, int64_t position, int64_t count, int64_t last, int64_t doubt, const hb_block *b,
                                          const int power, const int some) {
    hb_planes *v = &r->planes;
    HB(scale) scale = HB(scale_of)(v, power);
    int64_t words = m->patterns.column_words, first = power == 2 ? 0 : HB(top_power)(power, v) - some,
            factor = scale.factor * ((int64_t)1 << first);
    int64_t margin = b ? b->margin : 0, sure = doubt + margin, lift = 0;
    int64_t bound = v->lead.bound < 0x1p61 ? (int64_t)v->lead.bound + sure : INT64_MAX,
            rest = (factor - scale.factor + scale.each) * v->count;
    const uint64_t *planes = (power == 2 ? v->words : v->powers) + first * HB_LANES;
#define HB_FOUND                                       \
    {                                                  \
        if (!next) break;                              \
        next[unit >> 6] ^= (uint64_t)1 << (unit & 63); \
        r->sweep_flips++;                              \
        continue;                                      \
    }
    HB(aside) aside;
    HB(set_aside)(m, v, power, &aside);
    int64_t sums[2] = {0, 0}, summed = -1;                 /* sums[1] belongs to visit `summed` */
    int64_t lower[2] = {0, 0}, lowered = -1;               /* the same of the planes below */
    int64_t sight = words < 64 ? 16 : words < 512 ? 8 : 2; /* how many visits before its own a column is fetched */
    for (; position < count; position++) {
        int64_t unit = visits ? visits[position] : position;
        int bit = hb_bit(state, unit);
        const uint64_t *column = hb_column(m, unit);
        if (b) {
            if (b->ask[position]) return ~position;
            lift = bit || b->metropolis ? (int64_t)b->at[position] + 1 : -(int64_t)b->at[position];
        }
        int64_t field = HB(sum_aside)(&aside, v->outliers, unit, bit) - lift;
        if (power > 2) {
            if (field > bound) continue;
            if (field < -bound) HB_FOUND;
        }
        if (summed == position) {
            sums[0] = sums[1];
        } else {
            int64_t places[4] = {position, position + 1, position + sight, position + sight + 1}, units[4];
            for (int j = 0; j < 4; j++) units[j] = places[j] >= last ? unit : visits ? visits[places[j]] : places[j];
            const uint64_t *columns[4] = {column, hb_column(m, units[1]), hb_column(m, units[2]), hb_column(m, units[3])};
            if (some <= HB_PAIRED && position + 1 < count) {
                int bits[2] = {bit, hb_bit(state, units[1])};
                HB(count_pair)(planes, scale.stride, columns, columns + 2, words, bits, power != 3, some, sums);
                summed = position + 1;
            } else {
                sums[0] = HB(count_some)(planes, scale.stride, column, columns[2], words, bit, power != 3, some);
            }
        }
        field += sums[0] * factor - v->apart;
        if (power == 2 && scale.each) field += scale.each * HB(count_some)(scale.extra, HB_LANES, column, column, words, bit, 0, 1);
        if (power > 2) {
            if (field > sure) continue;
            if (field + rest < -sure) HB_FOUND;
            if (doubt) return ~position;
            if (summed == position + 1 && first > 0 && first <= HB_PAIRED) {
                HB(count_below)(v->powers, scale.stride, m, state, unit, visits ? visits[summed] : summed, (int)first, lower);
                lowered = summed;
            } else if (lowered == position) {
                lower[0] = lower[1];
            }
            int below = lowered == position || lowered == position + 1 ? (int)first : 0;
            int64_t begun = below ? sums[0] * ((int64_t)1 << below) + lower[0] : sums[0];
            field = HB(sum_lifted)(m, r, unit, bit, lift, margin, some + below, begun);
        }
        if (margin && field >= -margin && field <= margin) return ~position;
        if (field < 0 || (field == 0 && tie != HB_KEEP && bit != (tie == HB_PLUS))) HB_FOUND;
    }
#undef HB_FOUND
    return position;
}

HB_TARGET static int64_t HB(scan)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const uint32_t *visits, int tie,
                                  int64_t position, int64_t count, int64_t last, int64_t doubt, const hb_block *b) {
    hb_planes *v = &r->planes;
    int some = v->by;
    if (m->gain.power > 2) {
        if (v->raised == HB_Q_STALE) HB(raise_planes)(m, v);
        v->raised = HB_Q_USED;
        some = HB(top_power)(m->gain.power, v) < HB_GROUP ? HB(top_power)(m->gain.power, v) : HB_GROUP;
    }
#define HB_SCAN(power, n) /* without a block it is 3 % faster for knowing, which 130 KB of plain C are not worth */              \
    if (b || HB_LANES == 1) position = HB(scan_some)(m, r, state, next, visits, tie, position, count, last, doubt, b, power, n); \
    else position = HB(scan_some)(m, r, state, next, visits, tie, position, count, last, doubt, NULL, power, n)
#define HB_SCAN_2(n) HB_SCAN(2, n)
#define HB_SCAN_3(n) HB_SCAN(3, n)
#define HB_SCAN_4(n) HB_SCAN(4, n)
    if (m->gain.power == 2) HB_UNROLL(some, HB_SCAN_2)
    else if (m->gain.power == 3) HB_UNROLL_TO_TEN(some, HB_SCAN_3)
    else HB_UNROLL_TO_TEN(some, HB_SCAN_4)
#undef HB_SCAN
#undef HB_SCAN_2
#undef HB_SCAN_3
#undef HB_SCAN_4
    return position;
}

/* Can fields be read by `scan`? */
HB_TARGET HB_INLINE int HB(scannable)(const hb_model *m, const hb_run *r) {
    return m->planes == HB_SLICED && (m->gain.power > 2 || r->planes.by <= HB_WIDE);
}
