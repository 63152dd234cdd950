/* Vertical counters: the overlaps of 64 x HB_LANES patterns as bit planes.

   Write m = 2 y + p with p = D mod 2. A block holds the planes of y (two's complement, lowest first), each a vector with one bit
   a pattern. For n = 2 the weights G(m-1) + G(m+1) are linear in y; for n = 3 and 4 a second array holds, block by block, the
   planes of a power Q of y:

       y:        block 0: y_0 .. y_(by-1)    block 1: y_0 .. y_(by-1)   ...
       powers:   block 0: Q_0 .. Q_(bq-1)    block 1: Q_0 .. Q_(bq-1)   ...

       n = 3     12 m^2 + 16     = 48 Q + 16    with Q = y^2,             or 96 Q + 28 with Q = y (y + 1) / 2 where p = 1
       n = 4     16 m (m^2 + 4)  = 256 Q        with Q = (y^3 + y) / 2,   or 32 Q + 16 with Q = 4 y^3 + 6 y^2 + 7 y + 2 where p = 1

   A visit counts agree AND plane; a flip adds +-1 to every y by ripple carry. Q follows flips only for n = 3 and while visits need
   it, and is made anew from y otherwise. The few largest overlaps, which would widen all planes, are `outliers`: exact numbers
   beside the planes, their lanes not valid (zero in every plane). The twin of all this is the sum over patterns of G. */

#include "../shared/planes.h"

/* Sum over b of values[b] << b, as a tree: a chain of additions would take 25 cycles. */
HB_TARGET HB_INLINE HB(vector) HB(weigh_bits)(const HB(vector) *values, const int count) {
    HB(vector) pair[6], total;
#define HB_PAIR(j)                              \
    pair[j] = HB(spread)(0);                    \
    if (2 * j < count) pair[j] = values[2 * j]; \
    if (2 * j + 1 < count) pair[j] += values[2 * j + 1] << 1
    HB_EACH(6, HB_PAIR);
#undef HB_PAIR
    total = pair[0] + (pair[1] << 2);
    if (count > 4) total += (pair[2] + (pair[3] << 2)) << 4;
    if (count > 8) total += (pair[4] + (pair[5] << 2)) << 8;
    return total;
}

/* Sum over the patterns that agree of the number in `count` planes, a compile-time number; the top plane may be a sign. `ahead`:
   the column of a coming visit, fetched meanwhile: three times faster where columns do not fit the second cache. */
HB_TARGET HB_INLINE int64_t HB(count_some)(const uint64_t *planes, int64_t stride, const uint64_t *column, const uint64_t *ahead,
                                           int64_t words, int bit, int negative, const int count) {
    HB(vector) turn = HB(spread)(bit ? 0 : ~(uint64_t)0), part[HB_WIDE], sum[HB_WIDE];
#define HB_ZERO(b) sum[b] = HB(spread)(0)
#define HB_BEGIN(b) part[b] = HB(spread)(0)
#define HB_VISIT(b) part[b] = HB(count)(part[b], agree & HB(load_words)(planes + b * HB_LANES))
#define HB_END(b) sum[b] += HB(flush)(part[b])
    HB_EACH(count, HB_ZERO);
    for (int64_t w = 0; w < words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, words, HB_LANES, 1);
        HB_EACH(count, HB_BEGIN);
        for (; w + HB_LANES <= stop; w += HB_LANES, planes += stride) {
            HB(vector) agree = HB(load_words)(column + w) ^ turn;
            HB_PREFETCH(ahead + w);
            HB_EACH(count, HB_VISIT);
        }
        if (w < stop) {
            HB(vector) agree = HB(load_part)(column + w, stop - w) ^ turn;
            HB_EACH(count, HB_VISIT);
            w = stop;
        }
        HB_EACH(count, HB_END);
    }
    if (negative) sum[count - 1] = HB(spread)(0) - sum[count - 1];
    return HB(sum_lanes)(HB(weigh_bits)(sum, count));
#undef HB_ZERO
#undef HB_BEGIN
#undef HB_VISIT
#undef HB_END
}

/* The same for two units, that share the loads of the planes: 1.5 to 2 times faster where these do not fit the first cache. */
HB_TARGET
HB_INLINE void HB(count_pair)(const uint64_t *planes, int64_t stride, const uint64_t *const *columns, const uint64_t *const *ahead,
                              int64_t words, const int *bits, int negative, const int count, int64_t *out) {
    const uint64_t *column = columns[0], *other = columns[1];
    HB(vector) turn = HB(spread)(bits[0] ? 0 : ~(uint64_t)0), other_turn = HB(spread)(bits[1] ? 0 : ~(uint64_t)0);
    HB(vector) part[HB_WIDE], other_part[HB_WIDE];
#define HB_BEGIN(b) part[b] = other_part[b] = HB(spread)(0)
#define HB_VISIT(b)                                           \
    HB(vector) plane = HB(load_words)(planes + b * HB_LANES); \
    part[b] = HB(count)(part[b], agree & plane);              \
    other_part[b] = HB(count)(other_part[b], other_agree & plane)
    HB_EACH(count, HB_BEGIN);
    int64_t w = 0;
    for (; w + HB_LANES <= words; w += HB_LANES, planes += stride) {
        HB(vector) agree = HB(load_words)(column + w) ^ turn, other_agree = HB(load_words)(other + w) ^ other_turn;
        HB_PREFETCH(ahead[0] + w);
        HB_PREFETCH(ahead[1] + w);
        HB_EACH(count, HB_VISIT);
    }
    if (w < words) {
        HB(vector) agree = HB(load_part)(column + w, words - w) ^ turn, other_agree = HB(load_part)(other + w, words - w) ^ other_turn;
        HB_EACH(count, HB_VISIT);
    }
    if (negative) {
        part[count - 1] = HB(spread)(0) - part[count - 1];
        other_part[count - 1] = HB(spread)(0) - other_part[count - 1];
    }
    out[0] = HB(sum_lanes)(HB(weigh_bits)(part, count));
    out[1] = HB(sum_lanes)(HB(weigh_bits)(other_part, count));
#undef HB_BEGIN
#undef HB_VISIT
}

/* The same for any number of planes. */
HB_TARGET HB_INLINE int64_t HB(count_planes)(const uint64_t *planes, int64_t stride, const uint64_t *column, const uint64_t *ahead,
                                             int64_t words, int bit, int negative, int count) {
    int64_t total = 0;
    for (int last = count; last > 0;) {
        int first = last > HB_WIDE ? last - HB_WIDE : 0;
        int64_t some;
#define HB_COUNT(n) some = HB(count_some)(planes + first * HB_LANES, stride, column, ahead, words, bit, negative && last == count, n)
        HB_UNROLL(last - first, HB_COUNT)
#undef HB_COUNT
        total = total * ((int64_t)1 << (last - first)) + some;
        last = first;
    }
    return total;
}

/* Is a field linear in the overlaps? */
HB_INLINE int HB(linear)(const hb_model *m) { return m->planes == HB_SLICED && m->gain.power == 2; }

/* Sum of m^2 over the valid lanes. */
HB_INLINE int64_t HB(sum_mm)(const hb_planes *v) { return 4 * v->sum_yy + v->parity * (4 * v->sum_y + v->count); }

/* G at a unit whose other units give overlap S: exact where the table holds integers. */
HB_INLINE double HB(gain_at)(const hb_model *m, int64_t s, int64_t shift) {
    int64_t j = (s + m->units + 1) / 2 + shift;
    return m->gain.exact ? (double)m->gain.exact[j] : m->gain.rounded[j];
}

/* Does the largest outlier alone outweigh all other patterns, so that every unit follows it or flees it? Also after `drift` flips that
   obey it, each of which adds 2 to its overlap or, fleeing, takes 2 from it, and adds at most 2 to any other |m|.

   G(u) = u^2 R(u) + l(u), where l is its lowest term (2 or 2 n u) and R grows with u, so that the sum over the valid lanes of
   |G| <= R(U) sum u^2 + sum l with u = |m| + 1 + 2 drift <= U, and root sum u^2 <= root sum m^2 + (1 + 2 drift) root count. An
   exponential has sum <= count G(U). 1e-9 covers the rounding of a few operations. */
HB_TARGET static void HB(lead)(const hb_model *m, const hb_planes *v, int64_t drift, hb_lead *found) {
    int one_sided = hb_relative(m) || m->gain.rectified, top = 0;
    *found = (hb_lead){HB_UNKNOWN, 0, HUGE_VAL, NULL};
    if (v->outliers == 0) return;
    for (int t = 1; t < v->outliers; t++) {
        int64_t a = v->overlap[top], b = v->overlap[t];
        if ((one_sided ? a : a < 0 ? -a : a) < (one_sided ? b : b < 0 ? -b : b)) top = t;
    }
    int64_t highest = v->overlap[top], widest = v->widest + 2 * drift, shift = hb_relative(m) ? (m->units - highest) / 2 : 0;
    if (widest > m->units) widest = m->units;
    if (one_sided && highest <= widest) return;
    double size = (double)v->count, u = (double)(widest + 1), largest = HB(gain_at)(m, widest + 1, shift);
    double tail, norm = sqrt((double)HB(sum_mm)(v)) + (double)(1 + 2 * drift) * sqrt(size), moment = norm * norm;
    if (hb_relative(m)) tail = size * largest;
    else if (m->gain.power & 1) tail = (largest - 2) / (u * u) * moment + 2 * size;
    else tail = (largest - 2 * m->gain.power * u) / (u * u) * moment + 2 * m->gain.power * sqrt(size) * norm;
    found->bound = tail = tail * (1 + 1e-9) + 1;
    found->shift = shift;
    found->followed = m->patterns.rows + v->outlier[top] * m->row_words;
    for (int t = 0; t < v->outliers; t++) {
        if (t == top) continue;
        int64_t other = (v->overlap[t] < 0 && !hb_relative(m) ? -v->overlap[t] : v->overlap[t]) + 2 * drift;
        if (other > m->units || (hb_relative(m) && other > highest)) return;
        tail += HB(gain_at)(m, other + 1, shift) * (1 + 1e-9);
    }
    double agreeing = HB(gain_at)(m, highest - 1, shift), differing = HB(gain_at)(m, highest + 1, shift);
    if (highest < 0 && (m->gain.power & 1) && !one_sided) { /* followed although it is far: |m| and G fall with every flip */
        if (highest + 2 * drift + 1 >= 0) return;
        differing = HB(gain_at)(m, highest + 2 * drift + 1, shift);
    }
    found->certain = agreeing > tail && differing > tail ? HB_FOLLOWS : agreeing < -tail && differing < -tail ? HB_FLEES : HB_UNKNOWN;
}

/* What every visit needs, after overlaps have changed. */
HB_TARGET static void HB(settle)(const hb_model *m, hb_planes *v) {
    int64_t n = v->count, sum_m = 2 * v->sum_y + n * v->parity;
    if (HB(linear)(m)) {
        v->lead.certain = HB_UNKNOWN;
        v->lead.bound = HUGE_VAL;
        v->apart = 4 * (sum_m + n);
        return;
    }
    if (m->planes == HB_SLICED && m->gain.power == 3) v->apart = 6 * HB(sum_mm)(v) + 12 * sum_m + 8 * n; /* n = 4: with Q */
    HB(lead)(m, v, 0, &v->lead); /* there, for a copy would wait for its stores: 3 % of a sweep of n = 3 */
}

/* One plane more for every y: a copy of its sign. */
HB_TARGET static void HB(widen_planes)(const hb_model *m, hb_planes *v) {
    int by = v->by++;
    for (int64_t w = hb_round_up(m->patterns.column_words, HB_LANES) - HB_LANES; w >= 0; w -= HB_LANES) {
        uint64_t *block = v->words + w * v->by;
        memmove(block, v->words + w * by, sizeof(uint64_t) * HB_LANES * (size_t)by);
        memcpy(block + by * HB_LANES, block + (by - 1) * HB_LANES, sizeof(uint64_t) * HB_LANES);
    }
    v->raised = HB_Q_STALE;
}

/* Flips before a lane could overflow, from the widest y of now; few are a reason for one more plane. */
HB_TARGET static void HB(make_room)(const hb_model *m, hb_planes *v) {
    for (;;) {
        int64_t largest = (v->widest + 1) / 2, room = ((int64_t)1 << (v->by - 1)) - 1 - largest;
        v->slack = v->by == m->plane_limit ? INT64_MAX : room;
        if (v->slack >= HB_ROOM) return;
        HB(widen_planes)(m, v);
    }
}

/* The planes of y from the agreements in r; at most HB_OUTLIERS patterns stay outside. */
HB_TARGET static void HB(load_planes)(const hb_model *m, hb_run *r) {
    hb_planes *v = &r->planes;
    int32_t half = (int32_t)((m->units + 1) / 2);
    const int32_t *agreements = r->agreements;
    /* For n = 2 an outlier costs a visit 5 cycles, and a plane 0.7 for every 512 patterns; for others an outlier may decide alone. */
    int full = 1, length,
        outliers = m->gain.power == 2 && m->patterns.count < 4096 * HB_OUTLIERS ? (int)(m->patterns.count / 4096) + 1 : HB_OUTLIERS;
    while ((int64_t)1 << full <= half) full++; /* |y| <= half < 2^full */
    for (length = full + 1; length > 1; length--) {
        int32_t limit = (int32_t)1 << (length - 2), beyond = 0;
        for (int64_t k = 0; k < m->patterns.count; k++) beyond += (uint32_t)(agreements[k] - half + limit) >= 2 * (uint32_t)limit;
        if (beyond > outliers) break;
    }
    v->by = length;
    v->parity = (int)(m->units & 1);
    v->outliers = 0;
    v->count = v->sum_y = v->sum_yy = 0;
    v->raised = HB_Q_STALE;
    int64_t words = hb_round_up(m->patterns.column_words, HB_LANES);
    int32_t limit = length > full ? INT32_MAX : (int32_t)1 << (length - 1), widest = 0;
    for (int64_t w = 0; w < words; w++) {
        int64_t filled = m->patterns.count - 64 * w < 64 ? m->patterns.count - 64 * w : 64;
        int32_t y[64] = {0};
        int64_t sum = 0, squares = 0;
        uint64_t planes[64], valid = filled > 0 ? hb_tail(filled) : 0;
        int outside = 0;
        for (int64_t j = 0; j < filled; j++) {
            y[j] = agreements[64 * w + j] - half;
            outside |= y[j] >= limit || y[j] < -limit;
        }
        if (outside)
            for (int64_t j = 0; j < filled; j++)
                if (y[j] >= limit || y[j] < -limit) {
                    v->outlier[v->outliers] = 64 * w + j;
                    v->overlap[v->outliers++] = 2 * (int64_t)y[j] + v->parity;
                    valid &= ~((uint64_t)1 << j);
                    y[j] = 0;
                }
        for (int64_t j = 0; j < 64; j++) {
            int32_t size = y[j] < 0 ? -y[j] : y[j];
            widest = size > widest ? size : widest;
            sum += y[j];
            squares += (int64_t)y[j] * y[j];
        }
        v->sum_y += sum;
        v->sum_yy += squares;
        v->count += HB(count_word)(valid);
        HB(slice)(y, v->by, planes);
        v->valid[w] = valid;
        for (int b = 0; b < v->by; b++) v->words[(w / HB_LANES * v->by + b) * HB_LANES + w % HB_LANES] = planes[b];
    }
    v->widest = 2 * (int64_t)widest + v->parity;
    v->drift = 0;
    HB(make_room)(m, v);
    HB(settle)(m, v);
}

/* A bound of |m| in the valid lanes, at most 2 too large: digit by digit from the top. */
HB_TARGET static int64_t HB(find_widest)(const hb_model *m, const hb_planes *v) {
    int64_t widest = 0;
    for (int64_t w = 0; w < m->patterns.column_words; w += HB_LANES) {
        const uint64_t *block = v->words + w * v->by;
        HB(vector) sign = HB(load_words)(block + (v->by - 1) * HB_LANES), alive = HB(load_words)(v->valid + w);
        int64_t size = 0;
        for (int b = v->by - 2; b >= 0; b--) {
            HB(vector) here = alive & (HB(load_words)(block + b * HB_LANES) ^ sign);
            int found = HB(any)(here);
            size = 2 * size + found;
            if (found) alive = here;
        }
        widest = size > widest ? size : widest;
    }
    return 2 * (widest + 1) - v->parity; /* the digits are those of y or -1 - y */
}

/* y of every pattern, as agreements. */
HB_TARGET static void HB(read_planes)(const hb_model *m, hb_run *r) {
    const hb_planes *v = &r->planes;
    int32_t half = (int32_t)((m->units + 1) / 2), *out = r->agreements;
    for (int64_t w = 0; w < m->patterns.column_words; w++, out += 64) {
        const uint64_t *block = v->words + w / HB_LANES * HB_LANES * v->by + w % HB_LANES;
        HB(join)(block, v->by, half, out);
    }
    for (int t = 0; t < v->outliers; t++) r->agreements[v->outlier[t]] = (int32_t)((v->overlap[t] + m->units) / 2);
}
