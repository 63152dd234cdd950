/* What changes bit planes: the powers Q of y (powers.h), and flips, one by one or up to eight at once. */

/* Words between the same planes of two blocks of Q. */
HB_INLINE int64_t HB(power_stride)(int power, const hb_planes *v) { return (power == 3 ? 2 * v->by - 1 : 3 * v->by) * HB_LANES; }

/* Digits of the widest y, or of -1 - y. */
HB_INLINE int HB(digits)(const hb_planes *v, int64_t widest) {
    int digits = hb_digits((uint64_t)((widest + 1) / 2 + 1));
    return digits < v->by - 1 ? digits : v->by - 1;
}

/* Planes of Q up to the highest that can be set, and for n = 4 one more, the sign. */
HB_INLINE int HB(top_power)(int power, const hb_planes *v) {
    uint64_t x = (uint64_t)((v->widest + 1 - v->parity) / 2), largest; /* |y|, or a */
    if (power == 3) largest = v->parity ? x * (x + 1) / 2 : x * x;
    else largest = v->parity ? ((4 * x + 6) * x + 7) * x + 2 : (x * x + 1) * x / 2;
    int top = (power == 4) + (largest ? hb_digits(largest) : 0), most = (int)(HB(power_stride)(power, v) / HB_LANES);
    return top < 1 ? 1 : top < most ? top : most;
}

#define HB_SIZED(name) HB(name)
#define HB_LOOP HB_UNROLLED
#include "powers.h"
#define HB_SIZED(name) HB(name##_any)
#define HB_LOOP
#include "powers.h"

/* The planes of Q from those of y. */
HB_TARGET static void HB(raise_planes)(const hb_model *m, hb_planes *v) {
    int digits = HB(digits)(v, v->widest), by = v->by, top = HB(top_power)(m->gain.power, v);
    int64_t words = hb_round_up(m->patterns.column_words, HB_LANES), sum;
    if (digits <= 4) sum = HB(raise_some)(m, v, top, 4);
    else if (digits == 5) sum = HB(raise_some)(m, v, top, 5);
    else if (digits == 6) sum = HB(raise_some)(m, v, top, 6);
    else if (digits == 7) sum = HB(raise_some)(m, v, top, 7);
    else if (digits == 8) sum = HB(raise_some)(m, v, top, 8);
    else if (digits <= 10) sum = HB(raise_some)(m, v, top, 10);
    else sum = HB(raise_some_any)(m, v, top, digits);
    v->raised = HB_Q_TRUE;
    if (m->gain.power == 3) return;
    if (v->parity) sum = 32 * sum + 16 * v->count;
    else sum = 256 * (sum + HB(count_planes)(v->words + (by - 1) * HB_LANES, by * HB_LANES, v->valid, v->valid, words, 1, 0, 1));
    v->apart = sum / 2 + 24 * HB(sum_mm)(v) + 16 * v->count; /* G(m+1) = 8 m (m^2 + 4) + 24 m^2 + 16 */
}

/* Adds +-1 to every y. `kind` 0: y alone; 1: also the sum of y over the patterns that come to agree; 2: also Q. */
HB_TARGET HB_INLINE void HB(flip_lanes)(const hb_model *m, hb_planes *v, const uint64_t *column, int bit, const int by, const int kind) {
    const int bq = 2 * by - 1;
    HB(vector) turn = HB(spread)(bit ? 0 : ~(uint64_t)0), risen = HB(spread)(0), part[HB_MOST_PLANES], sum[HB_MOST_PLANES],
               step[HB_MOST_PLANES];
#define HB_ZERO(b) sum[b] = HB(spread)(0)
#define HB_BEGIN(b) part[b] = HB(spread)(0)
#define HB_MOVE(b)                                                            \
    HB(vector) old = HB(load_words)(block + b * HB_LANES), now = old ^ carry; \
    if (kind > 0) part[b] = HB(count)(part[b], up & old);                     \
    if (kind > 1) step[b] = HB(step)(up, old, now) & valid;                   \
    carry = HB(ripple)(carry, old, up);                                       \
    HB(store_words)(block + b * HB_LANES, now)
#define HB_ADD(j)                                                                 \
    if ((j) < bq) { /* Q += step + up, or Q += 2 step + 1 */                      \
        HB(vector) old = HB(load_words)(squares + (j) * HB_LANES), add = valid;   \
        if ((j) >= shift) add = step[(j) - shift < by ? (j) - shift : by - 1];    \
        HB(store_words)(squares + (j) * HB_LANES, HB(add_bits)(old, add, carry)); \
        carry = HB(carry_bits)(old, add, carry);                                  \
    }
#define HB_ADD_HIGH(b) HB_ADD(b + HB_MOST_PLANES)
#define HB_END(b) sum[b] += HB(flush)(part[b])
    const int kept = by > HB_WIDE ? HB_MOST_PLANES : by;
    if (kind > 0) HB_EACH(kept, HB_ZERO);
    for (int64_t w = 0; w < m->patterns.column_words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, m->patterns.column_words, HB_LANES, 1);
        HB(vector) rising = HB(spread)(0);
        if (kind > 0) HB_EACH(kept, HB_BEGIN);
        for (; w < stop; w += HB_LANES) {
            uint64_t *block = v->words + w * by, *squares = v->powers + w * bq;
            HB(vector) valid = HB(load_words)(v->valid + w), up = (HB(load_part)(column + w, m->patterns.column_words - w) ^ turn) & valid,
                       carry = valid;
            rising = HB(count)(rising, up);
            HB_EACH(by, HB_MOVE);
            if (kind < 2) continue;
            if (v->parity) {
                const int shift = 0;
                carry = up;
                HB_EACH(HB_MOST_PLANES, HB_ADD);
                HB_EACH(HB_MOST_PLANES, HB_ADD_HIGH);
            } else {
                const int shift = 1;
                carry = HB(spread)(0);
                HB_EACH(HB_MOST_PLANES, HB_ADD);
                HB_EACH(HB_MOST_PLANES, HB_ADD_HIGH);
            }
        }
        risen += HB(flush)(rising);
        if (kind > 0) HB_EACH(kept, HB_END);
    }
    int64_t rises = HB(sum_lanes)(risen), total = 0;
    if (kind > 0) {
        sum[by - 1] = HB(spread)(0) - sum[by - 1];
        if (by > HB_WIDE) total = HB(sum_lanes)(HB(weigh_bits)(sum + HB_WIDE, by - HB_WIDE)) * (1 << HB_WIDE);
        total += HB(sum_lanes)(HB(weigh_bits)(sum, by < HB_WIDE ? by : HB_WIDE));
        v->sum_yy += 2 * (2 * total - v->sum_y) + v->count;
    }
    v->sum_y += 2 * rises - v->count;
#undef HB_ZERO
#undef HB_BEGIN
#undef HB_MOVE
#undef HB_ADD
#undef HB_ADD_HIGH
#undef HB_END
}

/* After `flips` flips, in their order: outliers, bounds, and room in the planes. */
HB_TARGET static void HB(moved)(const hb_model *m, hb_run *r, const uint64_t *state, const int64_t *units, int flips) {
    hb_planes *v = &r->planes;
    r->sums.weighed = 0;
    for (int f = 0; f < flips; f++) {
        int bit = hb_bit(state, units[f]);
        for (int t = 0; t < v->outliers; t++)
            v->overlap[t] += hb_bit(m->patterns.rows + v->outlier[t] * m->row_words, units[f]) == bit ? 2 : -2;
    }
    v->widest = v->widest + 2 * flips < m->units ? v->widest + 2 * flips : m->units;
    v->drift += flips;
    v->slack -= flips;
    if (v->drift >= HB_DRIFT && !HB(linear)(m)) {
        int64_t widest = HB(find_widest)(m, v);
        v->widest = widest < v->widest ? widest : v->widest;
        v->drift = 0;
    }
    if (v->slack <= 0) {
        v->widest = HB(find_widest)(m, v);
        v->drift = 0;
        HB(make_room)(m, v);
    }
    HB(settle)(m, v);
}

/* Every y moves by +-1, as a unit has taken a new value in `state`. */
HB_TARGET static void HB(flip_planes)(const hb_model *m, hb_run *r, const uint64_t *state, int64_t unit) {
    hb_planes *v = &r->planes;
    const uint64_t *column = hb_column(m, unit);
    int by = v->by, bit = hb_bit(state, unit), kind = HB(linear)(m) ? 0 : v->raised == HB_Q_USED && m->gain.power == 3 ? 2 : 1;
    v->raised = kind == 2 ? HB_Q_TRUE : HB_Q_STALE; /* carried along by this flip, for it was used since the last one */
#define HB_FLIP(n)                                               \
    if (kind == 0) HB(flip_lanes)(m, v, column, bit, n, 0);      \
    else if (kind == 1) HB(flip_lanes)(m, v, column, bit, n, 1); \
    else HB(flip_lanes)(m, v, column, bit, n, 2)
    if (by > HB_WIDE) {
        HB_FLIP(by);
    } else {
        HB_UNROLL(by, HB_FLIP)
    }
#undef HB_FLIP
    HB(moved)(m, r, state, &unit, 1);
}

/* Sum of y^2 over the valid lanes, from `digits` planes of a = y or -1 - y: a^2, and 2 a + 1 more where y < 0. */
HB_TARGET HB_INLINE int64_t HB(sum_squares)(const hb_model *m, const hb_planes *v, const int digits) {
    HB(vector) part[2 * HB_WIDE], sum[2 * HB_WIDE], a[HB_WIDE];
#define HB_ZERO(b) sum[b] = HB(spread)(0), sum[b + digits] = HB(spread)(0)
#define HB_BEGIN(b) part[b] = HB(spread)(0), part[b + digits] = HB(spread)(0)
#define HB_DIGIT(b) a[b] = (HB(load_words)(block + b * HB_LANES) ^ sign) & valid
#define HB_PAIR(b, c) \
    if (c < b) part[b + c + 1] = HB(count)(part[b + c + 1], a[b] & a[c]);
#define HB_SQUARE(b)                                   \
    part[b + 1] = HB(count)(part[b + 1], a[b] & sign); \
    part[2 * b] = HB(count)(part[2 * b], a[b]);        \
    HB_PAIR(b, 0)                                      \
    HB_PAIR(b, 1)                                      \
    HB_PAIR(b, 2) HB_PAIR(b, 3) HB_PAIR(b, 4) HB_PAIR(b, 5) HB_PAIR(b, 6) HB_PAIR(b, 7) HB_PAIR(b, 8) HB_PAIR(b, 9) HB_PAIR(b, 10)
#define HB_END(b) sum[b] += HB(flush)(part[b]), sum[b + digits] += HB(flush)(part[b + digits])
    HB_EACH(digits, HB_ZERO);
    for (int64_t w = 0; w < m->patterns.column_words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, m->patterns.column_words, HB_LANES, digits + 1);
        HB_EACH(digits, HB_BEGIN);
        for (; w < stop; w += HB_LANES) {
            const uint64_t *block = v->words + w * v->by;
            HB(vector) sign = HB(load_words)(block + (v->by - 1) * HB_LANES), valid = HB(load_words)(v->valid + w);
            HB_EACH(digits, HB_DIGIT);
            part[0] = HB(count)(part[0], sign);
            HB_EACH(digits, HB_SQUARE);
        }
        HB_EACH(digits, HB_END);
    }
    int64_t low = HB(sum_lanes)(HB(weigh_bits)(sum, digits)), high = HB(sum_lanes)(HB(weigh_bits)(sum + digits, digits));
    return low + (high << digits);
#undef HB_ZERO
#undef HB_BEGIN
#undef HB_DIGIT
#undef HB_PAIR
#undef HB_SQUARE
#undef HB_END
}

/* Up to eight flips at once: their columns are first counted among themselves, in a tree of full adders, and the counts c
   added to the planes, y += 2 c - flips. Four times cheaper a flip than one by one. What is missing to eight is made up by as many
   columns of ones as of zeros, which change nothing, and by one bit if it is odd: y += 2 (c + ones) + odd - 8. */
HB_TARGET
HB_INLINE void HB(batch_lanes)(const hb_model *m, hb_planes *v, const uint64_t *state, const int64_t *units, int flips, const int by) {
    HB(vector) zero = HB(spread)(0), turn[HB_BATCH], x[HB_BATCH], c[4], risen[4] = {zero, zero, zero, zero}, total = zero;
    const uint64_t *column[HB_BATCH];
    int ones = (HB_BATCH - flips) / 2, odd = flips & 1;
    for (int f = 0; f < HB_BATCH; f++) {
        column[f] = f < flips ? hb_column(m, units[f]) : v->valid;
        turn[f] = HB(spread)((f < flips ? hb_bit(state, units[f]) : f < flips + ones) ? 0 : ~(uint64_t)0);
    }
    HB(vector) half = HB(spread)(odd ? ~(uint64_t)0 : 0);
    for (int64_t w = 0; w < m->patterns.column_words; w += HB_LANES) {
        uint64_t *block = v->words + w * by;
        HB(vector) valid = HB(load_words)(v->valid + w), carry = zero, borrow = zero;
        for (int f = 0; f < HB_BATCH; f++) x[f] = (HB(load_part)(column[f] + w, m->patterns.column_words - w) ^ turn[f]) & valid;
        HB(vector) s0 = HB(add_bits)(x[0], x[1], x[2]), k0 = HB(carry_bits)(x[0], x[1], x[2]);
        HB(vector) s1 = HB(add_bits)(x[3], x[4], x[5]), k1 = HB(carry_bits)(x[3], x[4], x[5]);
        HB(vector) s2 = HB(add_bits)(s0, s1, x[6]), k2 = HB(carry_bits)(s0, s1, x[6]);
        HB(vector) k3 = s2 & x[7], t0 = HB(add_bits)(k0, k1, k2), f0 = HB(carry_bits)(k0, k1, k2), f1 = t0 & k3;
        c[0] = s2 ^ x[7], c[1] = t0 ^ k3, c[2] = f0 ^ f1, c[3] = f0 & f1;
        for (int b = 0; b < 4; b++) risen[b] += HB(flush)(HB(count)(zero, c[b]));
#define HB_ADD(b)                                                               \
    HB(vector) old = HB(load_words)(block + b * HB_LANES), add = zero;          \
    if (b == 0) add = half & valid;                                             \
    if (b >= 1 && b <= 4) add = c[b >= 1 && b <= 4 ? b - 1 : 0];                \
    HB(vector) up = HB(add_bits)(old, add, carry);                              \
    carry = HB(carry_bits)(old, add, carry);                                    \
    if (b >= 3) { /* - 8 */                                                     \
        HB(store_words)(block + b * HB_LANES, HB(add_bits)(up, valid, borrow)); \
        borrow = HB(carry_bits)(up, valid, borrow);                             \
    } else HB(store_words)(block + b * HB_LANES, up)
        HB_EACH(by, HB_ADD);
#undef HB_ADD
    }
    for (int b = 3; b >= 0; b--) total = total + total + risen[b];
    v->sum_y += 2 * HB(sum_lanes)(total) + (odd - HB_BATCH) * v->count;
}

HB_TARGET static void HB(flip_batch)(const hb_model *m, hb_run *r, const uint64_t *state, const int64_t *units, int flips) {
    hb_planes *v = &r->planes;
#define HB_FLIP(n) HB(batch_lanes)(m, v, state, units, flips, n)
    HB_UNROLL(v->by, HB_FLIP)
#undef HB_FLIP
    v->raised = HB_Q_STALE;
    int digits = HB(digits)(v, v->widest + 2 * flips);
#define HB_SQUARES(n) v->sum_yy = HB(sum_squares)(m, v, n)
    HB_UNROLL(digits, HB_SQUARES)
#undef HB_SQUARES
    HB(moved)(m, r, state, units, flips);
}
