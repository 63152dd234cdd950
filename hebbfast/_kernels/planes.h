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

#define HB_WIDE 12 /* planes counted in one pass over the blocks: their counts and what a step needs fit 32 registers */
#define HB_ROOM 16  /* flips that the planes must leave room for, or they get one more: a look for the widest costs two flips */
#define HB_DRIFT 32 /* flips between two looks for the widest overlap */
#define HB_DOUBT 0.5 /* of the largest gain: what flips that wait may change */
#define HB_GROUP 10 /* planes of Q between two tests for an early decision: a test costs a sum across lanes */

HB_TARGET HB_INLINE HB(vector) HB(load_part)(const uint64_t *p, int64_t words) {
    if (words >= HB_LANES) return HB_LOAD(p);
#if defined(HB_IS_AVX512)
    return (HB(vector))_mm512_maskz_loadu_epi64((__mmask8)((1 << words) - 1), p);
#else
    uint64_t part[HB_LANES] = {0};
    for (int64_t w = 0; w < words; w++) part[w] = p[w];
    return HB_LOAD(part);
#endif
}

#if defined(HB_IS_AVX512)
#define HB_LOGIC(a, b, c, table) ((HB(vector))_mm512_ternarylogic_epi64((__m512i)(a), (__m512i)(b), (__m512i)(c), table))
#define HB_SUM(a, b, c) HB_LOGIC(a, b, c, 0x96)
#define HB_CARRY(a, b, c) HB_LOGIC(a, b, c, 0xE8)
#define HB_RIPPLE(carry, old, up) HB_LOGIC(carry, old, up, 0x90)
#define HB_STEP(up, old, now) HB_LOGIC(up, old, now, 0xC5)
#else
#define HB_SUM(a, b, c) ((a) ^ (b) ^ (c))
#define HB_CARRY(a, b, c) (((a) & (b)) | ((c) & ((a) ^ (b))))
#define HB_RIPPLE(carry, old, up) ((carry) & ~((old) ^ (up)))   /* the carry goes on where old = 1 rises or old = 0 falls */
#define HB_STEP(up, old, now) (((up) & (old)) | ~((up) | (now))) /* y where it rises, -y' - 1 of the new y' where it falls */
#endif

/* Calls f with a compile-time number of planes, so that its loops unroll and its counts stay in registers: twice as fast. */
#define HB_UNROLL(n, f)                                                                                                       \
    switch (n) {                                                                                                              \
    case 1: f(1); break;                                                                                                      \
    case 2: f(2); break;                                                                                                      \
    case 3: f(3); break;                                                                                                      \
    case 4: f(4); break;                                                                                                      \
    case 5: f(5); break;                                                                                                      \
    case 6: f(6); break;                                                                                                      \
    case 7: f(7); break;                                                                                                      \
    case 8: f(8); break;                                                                                                      \
    case 9: f(9); break;                                                                                                      \
    case 10: f(10); break;                                                                                                    \
    case 11: f(11); break;                                                                                                    \
    default: f(12);                                                                                                           \
    }

/* f(0), f(1), ... f(count - 1) for a compile-time count. A loop would do, but gcc then keeps the arrays in memory, and a visit of
   14 cycles takes 72 (one block of ten planes, gcc 12). */
#define HB_EACH(count, f)                                                                                                 \
    do {                                                                                                                  \
        if (0 < (count)) { f(0); }                                                                                        \
        if (1 < (count)) { f(1); }                                                                                        \
        if (2 < (count)) { f(2); }                                                                                        \
        if (3 < (count)) { f(3); }                                                                                        \
        if (4 < (count)) { f(4); }                                                                                        \
        if (5 < (count)) { f(5); }                                                                                        \
        if (6 < (count)) { f(6); }                                                                                        \
        if (7 < (count)) { f(7); }                                                                                        \
        if (8 < (count)) { f(8); }                                                                                        \
        if (9 < (count)) { f(9); }                                                                                        \
        if (10 < (count)) { f(10); }                                                                                      \
        if (11 < (count)) { f(11); }                                                                                      \
        if (12 < (count)) { f(12); }                                                                                      \
        if (13 < (count)) { f(13); }                                                                                      \
        if (14 < (count)) { f(14); }                                                                                      \
        if (15 < (count)) { f(15); }                                                                                      \
        if (16 < (count)) { f(16); }                                                                                      \
        if (17 < (count)) { f(17); }                                                                                      \
        if (18 < (count)) { f(18); }                                                                                      \
        if (19 < (count)) { f(19); }                                                                                      \
        if (20 < (count)) { f(20); }                                                                                      \
        if (21 < (count)) { f(21); }                                                                                      \
        if (22 < (count)) { f(22); }                                                                                      \
        if (23 < (count)) { f(23); }                                                                                      \
    } while (0)

/* Sum over b of values[b] << b, as a tree: a chain of additions would take 25 cycles. */
HB_TARGET HB_INLINE HB(vector) HB(weigh_bits)(const HB(vector) *values, const int count) {
    HB(vector) pair[6], total;
#define HB_PAIR(j)                                         \
    pair[j] = HB_SPREAD(0);                                \
    if (2 * j < count) pair[j] = values[2 * j];            \
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
    HB(vector) turn = HB_SPREAD(bit ? 0 : ~(uint64_t)0), part[HB_WIDE], sum[HB_WIDE];
#define HB_ZERO(b) sum[b] = HB_SPREAD(0)
#define HB_BEGIN(b) part[b] = HB_SPREAD(0)
#define HB_VISIT(b) part[b] = HB(count)(part[b], agree & HB_LOAD(planes + b * HB_LANES))
#define HB_END(b) sum[b] += HB(flush)(part[b])
    HB_EACH(count, HB_ZERO);
    for (int64_t w = 0; w < words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, words, HB_LANES, 1);
        HB_EACH(count, HB_BEGIN);
        for (; w + HB_LANES <= stop; w += HB_LANES, planes += stride) {
            HB(vector) agree = HB_LOAD(column + w) ^ turn;
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
    if (negative) sum[count - 1] = HB_SPREAD(0) - sum[count - 1];
    return HB(sum_lanes)(HB(weigh_bits)(sum, count));
#undef HB_ZERO
#undef HB_BEGIN
#undef HB_VISIT
#undef HB_END
}

/* The same for two units, that share the loads of the planes: 1.5 to 2 times faster where these do not fit the first cache. */
HB_TARGET HB_INLINE void HB(count_pair)(const uint64_t *planes, int64_t stride, const uint64_t *const *columns, const uint64_t *const *ahead,
                                        int64_t words, const int *bits, int negative, const int count, int64_t *out) {
    const uint64_t *column = columns[0], *other = columns[1];
    HB(vector) turn = HB_SPREAD(bits[0] ? 0 : ~(uint64_t)0), other_turn = HB_SPREAD(bits[1] ? 0 : ~(uint64_t)0);
    HB(vector) part[HB_WIDE], other_part[HB_WIDE];
#define HB_BEGIN(b) part[b] = other_part[b] = HB_SPREAD(0)
#define HB_VISIT(b)                                               \
    HB(vector) plane = HB_LOAD(planes + b * HB_LANES);            \
    part[b] = HB(count)(part[b], agree & plane);                  \
    other_part[b] = HB(count)(other_part[b], other_agree & plane)
    HB_EACH(count, HB_BEGIN);
    int64_t w = 0;
    for (; w + HB_LANES <= words; w += HB_LANES, planes += stride) {
        HB(vector) agree = HB_LOAD(column + w) ^ turn, other_agree = HB_LOAD(other + w) ^ other_turn;
        HB_PREFETCH(ahead[0] + w);
        HB_PREFETCH(ahead[1] + w);
        HB_EACH(count, HB_VISIT);
    }
    if (w < words) {
        HB(vector) agree = HB(load_part)(column + w, words - w) ^ turn, other_agree = HB(load_part)(other + w, words - w) ^ other_turn;
        HB_EACH(count, HB_VISIT);
    }
    if (negative) {
        part[count - 1] = HB_SPREAD(0) - part[count - 1];
        other_part[count - 1] = HB_SPREAD(0) - other_part[count - 1];
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
        total = (total << (last - first)) + some;
        last = first;
    }
    return total;
}

/* Is a field linear in the overlaps? */
HB_INLINE int HB(linear)(const hb_model *m) { return m->planes == HB_SLICED && m->power == 2; }

/* Sum of m^2 over the valid lanes. */
HB_INLINE int64_t HB(sum_mm)(const hb_planes *v) { return 4 * v->sum_yy + v->parity * (4 * v->sum_y + v->count); }

/* G at a unit whose other units give overlap S: exact where the table holds integers. */
HB_INLINE double HB(gain_at)(const hb_model *m, int64_t s, int64_t shift) {
    int64_t j = (s + m->units + 1) / 2 + shift;
    return m->gain ? (double)m->gain[j] : m->gain_float[j];
}

/* 1 if the largest outlier alone outweighs all other patterns, so that every unit follows it, -1 if every unit flees it, else 0;
   also after `drift` flips that obey it, each of which adds 2 to its overlap (1) or takes 2 from it (-1), and adds at most 2 to any
   other |m|.

   G(u) = u^2 R(u) + l(u), where l is its lowest term (2 or 2 n u) and R grows with u, so that the sum over the valid lanes of
   |G| <= R(U) sum u^2 + sum l with u = |m| + 1 + 2 drift <= U, and root sum u^2 <= root sum m^2 + (1 + 2 drift) root count. An
   exponential has sum <= count G(U). 1e-9 covers the rounding of a few operations. */
HB_TARGET static int HB(lead)(const hb_model *m, hb_planes *v, int64_t drift) {
    int one_sided = m->relative || m->rectified, top = 0;
    v->bound = HUGE_VAL;
    if (v->outliers == 0) return 0;
    for (int t = 1; t < v->outliers; t++) {
        int64_t a = v->overlap[top], b = v->overlap[t];
        if ((one_sided ? a : a < 0 ? -a : a) < (one_sided ? b : b < 0 ? -b : b)) top = t;
    }
    int64_t highest = v->overlap[top], widest = v->widest + 2 * drift, shift = m->relative ? (m->units - highest) / 2 : 0;
    if (widest > m->units) widest = m->units;
    if (one_sided && highest <= widest) return 0;
    double size = (double)v->count, u = (double)(widest + 1), largest = HB(gain_at)(m, widest + 1, shift);
    double tail, norm = sqrt((double)HB(sum_mm)(v)) + (double)(1 + 2 * drift) * sqrt(size), moment = norm * norm;
    if (m->relative) tail = size * largest;
    else if (m->power & 1) tail = (largest - 2) / (u * u) * moment + 2 * size;
    else tail = (largest - 2 * m->power * u) / (u * u) * moment + 2 * m->power * sqrt(size) * norm;
    v->bound = tail = tail * (1 + 1e-9) + 1;
    v->shift = shift;
    v->followed = m->rows + v->outlier[top] * m->row_words;
    for (int t = 0; t < v->outliers; t++) {
        if (t == top) continue;
        int64_t other = (v->overlap[t] < 0 && !m->relative ? -v->overlap[t] : v->overlap[t]) + 2 * drift;
        if (other > m->units || (m->relative && other > highest)) return 0;
        tail += HB(gain_at)(m, other + 1, shift) * (1 + 1e-9);
    }
    double agreeing = HB(gain_at)(m, highest - 1, shift), differing = HB(gain_at)(m, highest + 1, shift);
    if (highest < 0 && (m->power & 1) && !one_sided) { /* followed although it is far: |m| and G fall with every flip */
        if (highest + 2 * drift + 1 >= 0) return 0;
        differing = HB(gain_at)(m, highest + 2 * drift + 1, shift);
    }
    return agreeing > tail && differing > tail ? 1 : agreeing < -tail && differing < -tail ? -1 : 0;
}

/* What every visit needs, after overlaps have changed. */
HB_TARGET static void HB(settle)(const hb_model *m, hb_planes *v) {
    int64_t n = v->count, sum_m = 2 * v->sum_y + n * v->parity;
    v->certain = 0;
    v->bound = HUGE_VAL;
    if (HB(linear)(m)) {
        v->apart = 4 * (sum_m + n);
        return;
    }
    if (m->planes == HB_SLICED && m->power == 3) v->apart = 6 * HB(sum_mm)(v) + 12 * sum_m + 8 * n; /* n = 4: with Q */
    v->certain = HB(lead)(m, v, 0);
}

/* 64 numbers as bits: out[b] holds bit b of each. */
HB_TARGET HB_INLINE void HB(slice)(const int32_t *numbers, int bits, uint64_t *out) {
#if defined(HB_IS_AVX512)
    __m512i x[4];
    for (int j = 0; j < 4; j++) x[j] = _mm512_loadu_si512(numbers + 16 * j);
    for (int b = 0; b < bits; b++) {
        __m512i one = _mm512_set1_epi32(1 << b);
        uint64_t word = 0;
        for (int j = 0; j < 4; j++) word |= (uint64_t)_mm512_test_epi32_mask(x[j], one) << (16 * j);
        out[b] = word;
    }
#else
    uint64_t block[64];
    for (int j = 0; j < 64; j++) block[j] = (uint64_t)numbers[j] & (((uint64_t)1 << bits) - 1);
    HB(transpose_block)(block);
    for (int b = 0; b < bits; b++) out[b] = block[b];
#endif
}

/* One plane more for every y: a copy of its sign. */
HB_TARGET static void HB(widen_planes)(const hb_model *m, hb_planes *v) {
    int by = v->by++;
    for (int64_t w = hb_round_up(m->column_words, HB_LANES) - HB_LANES; w >= 0; w -= HB_LANES) {
        uint64_t *block = v->words + w * v->by;
        memmove(block, v->words + w * by, sizeof(uint64_t) * HB_LANES * (size_t)by);
        memcpy(block + by * HB_LANES, block + (by - 1) * HB_LANES, sizeof(uint64_t) * HB_LANES);
    }
    v->raised = 0;
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
    int full = 1, length, outliers = m->power == 2 && m->patterns < 4096 * HB_OUTLIERS ? (int)(m->patterns / 4096) + 1 : HB_OUTLIERS;
    while ((int64_t)1 << full <= half) full++; /* |y| <= half < 2^full */
    for (length = full + 1; length > 1; length--) {
        int32_t limit = (int32_t)1 << (length - 2), beyond = 0;
        for (int64_t k = 0; k < m->patterns; k++) beyond += (uint32_t)(agreements[k] - half + limit) >= 2 * (uint32_t)limit;
        if (beyond > outliers) break;
    }
    v->by = length;
    v->parity = (int)(m->units & 1);
    v->outliers = 0;
    v->count = v->sum_y = v->sum_yy = v->raised = 0;
    int64_t words = hb_round_up(m->column_words, HB_LANES);
    int32_t limit = length > full ? INT32_MAX : (int32_t)1 << (length - 1), widest = 0;
    for (int64_t w = 0; w < words; w++) {
        int64_t filled = m->patterns - 64 * w < 64 ? m->patterns - 64 * w : 64;
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

HB_TARGET HB_INLINE int HB(any)(HB(vector) x) {
#if HB_LANES == 1
    return x != 0;
#elif defined(HB_IS_AVX512)
    return _mm512_test_epi64_mask((__m512i)x, (__m512i)x) != 0;
#else
    uint64_t any = 0;
    for (int j = 0; j < HB_LANES; j++) any |= x[j];
    return any != 0;
#endif
}

/* A bound of |m| in the valid lanes, at most 2 too large: digit by digit from the top. */
HB_TARGET static int64_t HB(find_widest)(const hb_model *m, const hb_planes *v) {
    int64_t widest = 0;
    for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
        const uint64_t *block = v->words + w * v->by;
        HB(vector) sign = HB_LOAD(block + (v->by - 1) * HB_LANES), alive = HB_LOAD(v->valid + w);
        int64_t size = 0;
        for (int b = v->by - 2; b >= 0; b--) {
            HB(vector) here = alive & (HB_LOAD(block + b * HB_LANES) ^ sign);
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
    for (int64_t w = 0; w < m->column_words; w++, out += 64) {
        const uint64_t *block = v->words + w / HB_LANES * HB_LANES * v->by + w % HB_LANES;
#if defined(HB_IS_AVX512)
        for (int j = 0; j < 4; j++) {
            __m512i x = _mm512_set1_epi32(half);
            for (int b = 0; b < v->by; b++)
                x = _mm512_mask_add_epi32(x, (__mmask16)(block[b * HB_LANES] >> (16 * j)), x,
                                          _mm512_set1_epi32(b == v->by - 1 ? -(1 << b) : 1 << b));
            _mm512_storeu_si512(out + 16 * j, x);
        }
#else
        uint64_t numbers[64] = {0}, sign = (uint64_t)1 << (v->by - 1);
        for (int b = 0; b < v->by; b++) numbers[b] = block[b * HB_LANES];
        HB(transpose_block)(numbers);
        for (int j = 0; j < 64; j++) out[j] = half + (int32_t)((numbers[j] ^ sign) - sign);
#endif
    }
    for (int t = 0; t < v->outliers; t++) r->agreements[v->outlier[t]] = (int32_t)((v->overlap[t] + m->units) / 2);
}

/* Words between the same planes of two blocks of Q. */
HB_INLINE int64_t HB(power_stride)(int power, const hb_planes *v) { return (power == 3 ? 2 * v->by - 1 : 3 * v->by) * HB_LANES; }

/* Digits of the widest y, or of -1 - y. */
HB_INLINE int HB(digits)(const hb_planes *v, int64_t widest) {
    int digits = 64 - __builtin_clzll((uint64_t)((widest + 1) / 2 + 1));
    return digits < v->by - 1 ? digits : v->by - 1;
}

/* Planes of Q up to the highest that can be set, and for n = 4 one more, the sign. */
HB_INLINE int HB(top_power)(int power, const hb_planes *v) {
    uint64_t x = (uint64_t)((v->widest + 1 - v->parity) / 2), largest; /* |y|, or a */
    if (power == 3) largest = v->parity ? x * (x + 1) / 2 : x * x;
    else largest = v->parity ? ((4 * x + 6) * x + 7) * x + 2 : (x * x + 1) * x / 2;
    int top = (power == 4) + (largest ? 64 - __builtin_clzll(largest) : 0), most = (int)(HB(power_stride)(power, v) / HB_LANES);
    return top < 1 ? 1 : top < most ? top : most;
}

/* With compile-time numbers of planes, all of them in registers, multiplication takes half the time. */
#undef HB_UNROLLED
#define HB_UNROLLED _Pragma("GCC unroll 24")

/* out = x * y, lane by lane, from the planes of both. */
HB_TARGET HB_INLINE void HB(multiply)(const HB(vector) *x, const int x_planes, const HB(vector) *y, const int y_planes, HB(vector) *out) {
    HB_UNROLLED for (int c = 0; c < y_planes; c++) out[c] = x[0] & y[c];
    out[y_planes] = HB_SPREAD(0);
    HB_UNROLLED for (int b = 1; b < x_planes; b++) {
        HB(vector) add = x[b] & y[0], carry = out[b] & add;
        out[b] ^= add;
        HB_UNROLLED for (int c = 1; c < y_planes; c++) {
            HB(vector) old = out[b + c], more = x[b] & y[c];
            out[b + c] = HB_SUM(old, more, carry);
            carry = HB_CARRY(old, more, carry);
        }
        out[b + y_planes] = carry;
    }
}

/* out = x * x. Row b is x_b 4^b and twice the products with higher digits: half the work of a product. */
HB_TARGET HB_INLINE void HB(square)(const HB(vector) *x, const int planes, HB(vector) *out) {
    out[0] = x[0];
    out[1] = HB_SPREAD(0);
    HB_UNROLLED for (int c = 1; c < planes; c++) out[c + 1] = x[0] & x[c];
    HB_UNROLLED for (int c = planes + 1; c < 2 * planes; c++) out[c] = HB_SPREAD(0);
    HB_UNROLLED for (int b = 1; b < planes; b++) {
        HB(vector) old = out[2 * b], carry = old & x[b], even = old ^ x[b];
        out[2 * b] = even;
        old = out[2 * b + 1];
        out[2 * b + 1] = old ^ carry;
        carry &= old;
        HB_UNROLLED for (int c = b + 1; c < planes; c++) {
            HB(vector) here = out[b + c + 1], more = x[b] & x[c];
            out[b + c + 1] = HB_SUM(here, more, carry);
            carry = HB_CARRY(here, more, carry);
        }
        if (b + planes + 1 < 2 * planes) out[b + planes + 1] = carry;
    }
}

/* x += y + carry */
HB_TARGET HB_INLINE void HB(increase)(HB(vector) *x, const int x_planes, const HB(vector) *y, const int y_planes, HB(vector) carry) {
    HB_UNROLLED for (int b = 0; b < x_planes; b++) {
        HB(vector) old = x[b], add = HB_SPREAD(0);
        if (b < y_planes) add = y[b];
        x[b] = HB_SUM(old, add, carry);
        carry = HB_CARRY(old, add, carry);
    }
}

/* Q of every pattern from y, all lanes side by side, by long multiplication of x = |y|, or where p = 1 of x = y or -1 - y, whichever
   is not negative. n = 3: y^2 = x^2, y (y + 1) / 2 = x (x + 1) / 2. n = 4: with V = x^2 + 1 (its lowest digits are not x_0 and x_0,
   for a square is 0 or 1 modulo 4), or x^2 + x + 1, |Q| is x V / 2, or 4 x V + 2 V + x; the planes of a negative one are inverted,
   -|Q| - 1, which is right for p = 1 and 1 too low for p = 0. Returns the sum of the planes of Q for n = 4, which writes `top` of them. */
HB_TARGET HB_INLINE int64_t HB(raise_some)(const hb_model *m, hb_planes *v, const int top, const int digits) {
    int by = v->by;
    int64_t stride = HB(power_stride)(m->power, v), bq = stride / HB_LANES;
    HB(vector) x[HB_MOST_PLANES], q[2 * HB_MOST_PLANES], t[3 * HB_MOST_PLANES], zero = HB_SPREAD(0), total = zero;
    for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
        const uint64_t *block = v->words + w * by;
        uint64_t *out = v->powers + w / HB_LANES * stride;
        HB(vector) valid = HB_LOAD(v->valid + w), sign = HB_LOAD(block + (by - 1) * HB_LANES), carry = zero, before = zero;
        HB_UNROLLED for (int b = 0; b < digits; b++) {
            x[b] = zero;
            if (b < by - 1) x[b] = (HB_LOAD(block + b * HB_LANES) ^ sign) & valid;
        }
        if (!v->parity) HB(increase)(x, digits, x, 0, sign);
        HB(square)(x, digits, q);
        if (m->power == 3) {
            if (v->parity) HB(increase)(q, 2 * digits, x, digits, zero);
            for (int b = 0; b < bq; b++) HB_STORE(out + b * HB_LANES, b + v->parity < 2 * digits ? q[b + v->parity] : zero);
            continue;
        }
        if (v->parity) HB(increase)(q, 2 * digits, x, digits, valid);
        else q[0] ^= valid, q[1] = x[0];
        HB(multiply)(x, digits, q, 2 * digits, t);
        HB_UNROLLED for (int b = 0; b < 3 * digits + 3; b++) {
            if (b == top) break;
            HB(vector) size = zero;
            if (!v->parity) {
                if (b + 1 < 3 * digits) size = t[b + 1];
            } else {
                HB(vector) four = zero, two = zero, one = zero;
                if (b >= 2 && b - 2 < 3 * digits) four = t[b - 2];
                if (b >= 1 && b - 1 < 2 * digits) two = q[b - 1];
                if (b < digits) one = x[b];
                HB(vector) sum = HB_SUM(four, two, one), after = HB_CARRY(four, two, one);
                size = HB_SUM(sum, before, carry);
                carry = HB_CARRY(sum, before, carry);
                before = after;
            }
            HB(vector) plane = (size ^ sign) & valid, count = HB(flush)(HB(count)(zero, plane)) << b;
            HB_STORE(out + b * HB_LANES, plane);
            if (b == top - 1) count = zero - count;
            total += count;
        }
    }
    return HB(sum_lanes)(total);
}

/* The planes of Q from those of y. */
HB_TARGET static void HB(raise_planes)(const hb_model *m, hb_planes *v) {
    int digits = HB(digits)(v, v->widest), by = v->by, top = HB(top_power)(m->power, v);
    int64_t words = hb_round_up(m->column_words, HB_LANES), sum;
    if (digits <= 4) sum = HB(raise_some)(m, v, top, 4);
    else if (digits == 5) sum = HB(raise_some)(m, v, top, 5);
    else if (digits == 6) sum = HB(raise_some)(m, v, top, 6);
    else if (digits == 7) sum = HB(raise_some)(m, v, top, 7);
    else if (digits == 8) sum = HB(raise_some)(m, v, top, 8);
    else if (digits <= 10) sum = HB(raise_some)(m, v, top, 10);
    else sum = HB(raise_some)(m, v, top, HB_MOST_PLANES);
    v->raised = 1;
    if (m->power == 3) return;
    if (v->parity) sum = 32 * sum + 16 * v->count;
    else sum = 256 * (sum + HB(count_planes)(v->words + (by - 1) * HB_LANES, by * HB_LANES, v->valid, v->valid, words, 1, 0, 1));
    v->apart = sum / 2 + 24 * HB(sum_mm)(v) + 16 * v->count; /* G(m+1) = 8 m (m^2 + 4) + 24 m^2 + 16 */
}

/* Adds +-1 to every y. `kind` 0: y alone; 1: also the sum of y over the patterns that come to agree; 2: also Q. */
HB_TARGET HB_INLINE void HB(flip_lanes)(const hb_model *m, hb_planes *v, const uint64_t *column, int bit, const int by, const int kind) {
    const int bq = 2 * by - 1;
    HB(vector) turn = HB_SPREAD(bit ? 0 : ~(uint64_t)0), risen = HB_SPREAD(0), part[HB_MOST_PLANES], sum[HB_MOST_PLANES], step[HB_MOST_PLANES];
#define HB_ZERO(b) sum[b] = HB_SPREAD(0)
#define HB_BEGIN(b) part[b] = HB_SPREAD(0)
#define HB_MOVE(b)                                                            \
    HB(vector) old = HB_LOAD(block + b * HB_LANES), now = old ^ carry;        \
    if (kind > 0) part[b] = HB(count)(part[b], up & old);                     \
    if (kind > 1) step[b] = HB_STEP(up, old, now) & valid;                    \
    carry = HB_RIPPLE(carry, old, up);                                        \
    HB_STORE(block + b * HB_LANES, now)
#define HB_ADD(j)                                                             \
    if ((j) < bq) { /* Q += step + up, or Q += 2 step + 1 */                  \
        HB(vector) old = HB_LOAD(squares + (j) * HB_LANES), add = valid;      \
        if ((j) >= shift) add = step[(j) - shift < by ? (j) - shift : by - 1]; \
        HB_STORE(squares + (j) * HB_LANES, HB_SUM(old, add, carry));          \
        carry = HB_CARRY(old, add, carry);                                    \
    }
#define HB_ADD_HIGH(b) HB_ADD(b + HB_MOST_PLANES)
#define HB_END(b) sum[b] += HB(flush)(part[b])
    const int kept = by > HB_WIDE ? HB_MOST_PLANES : by;
    if (kind > 0) HB_EACH(kept, HB_ZERO);
    for (int64_t w = 0; w < m->column_words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, m->column_words, HB_LANES, 1);
        HB(vector) rising = HB_SPREAD(0);
        if (kind > 0) HB_EACH(kept, HB_BEGIN);
        for (; w < stop; w += HB_LANES) {
            uint64_t *block = v->words + w * by, *squares = v->powers + w * bq;
            HB(vector) valid = HB_LOAD(v->valid + w), up = (HB(load_part)(column + w, m->column_words - w) ^ turn) & valid, carry = valid;
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
                carry = HB_SPREAD(0);
                HB_EACH(HB_MOST_PLANES, HB_ADD);
                HB_EACH(HB_MOST_PLANES, HB_ADD_HIGH);
            }
        }
        risen += HB(flush)(rising);
        if (kind > 0) HB_EACH(kept, HB_END);
    }
    int64_t rises = HB(sum_lanes)(risen), total = 0;
    if (kind > 0) {
        sum[by - 1] = HB_SPREAD(0) - sum[by - 1];
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
    r->weighed = 0;
    for (int f = 0; f < flips; f++) {
        int bit = hb_bit(state, units[f]);
        for (int t = 0; t < v->outliers; t++) v->overlap[t] += hb_bit(m->rows + v->outlier[t] * m->row_words, units[f]) == bit ? 2 : -2;
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
    const uint64_t *column = m->columns + unit * m->column_words;
    int by = v->by, bit = hb_bit(state, unit), kind = HB(linear)(m) ? 0 : v->raised > 1 && m->power == 3 ? 2 : 1;
    v->raised = kind == 2; /* carried along by this flip, for it was used since the last one */
#define HB_FLIP(n)                                                       \
    if (kind == 0) HB(flip_lanes)(m, v, column, bit, n, 0);              \
    else if (kind == 1) HB(flip_lanes)(m, v, column, bit, n, 1);         \
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
#define HB_ZERO(b) sum[b] = HB_SPREAD(0), sum[b + digits] = HB_SPREAD(0)
#define HB_BEGIN(b) part[b] = HB_SPREAD(0), part[b + digits] = HB_SPREAD(0)
#define HB_DIGIT(b) a[b] = (HB_LOAD(block + b * HB_LANES) ^ sign) & valid
#define HB_PAIR(b, c) if (c < b) part[b + c + 1] = HB(count)(part[b + c + 1], a[b] & a[c]);
#define HB_SQUARE(b)                                                                                              \
    part[b + 1] = HB(count)(part[b + 1], a[b] & sign);                                                            \
    part[2 * b] = HB(count)(part[2 * b], a[b]);                                                                   \
    HB_PAIR(b, 0) HB_PAIR(b, 1) HB_PAIR(b, 2) HB_PAIR(b, 3) HB_PAIR(b, 4) HB_PAIR(b, 5) HB_PAIR(b, 6)             \
    HB_PAIR(b, 7) HB_PAIR(b, 8) HB_PAIR(b, 9) HB_PAIR(b, 10)
#define HB_END(b) sum[b] += HB(flush)(part[b]), sum[b + digits] += HB(flush)(part[b + digits])
    HB_EACH(digits, HB_ZERO);
    for (int64_t w = 0; w < m->column_words;) {
        int64_t stop = HB_UNTIL_FLUSH(w, m->column_words, HB_LANES, digits + 1);
        HB_EACH(digits, HB_BEGIN);
        for (; w < stop; w += HB_LANES) {
            const uint64_t *block = v->words + w * v->by;
            HB(vector) sign = HB_LOAD(block + (v->by - 1) * HB_LANES), valid = HB_LOAD(v->valid + w);
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

/* Up to HB_BATCH flips at once: their columns are first counted among themselves, in a tree of full adders, and the counts c
   added to the planes, y += 2 c - flips. Four times cheaper a flip than one by one. */
#define HB_BATCH 8
HB_TARGET HB_INLINE void HB(batch_lanes)(const hb_model *m, hb_planes *v, const uint64_t *state, const int64_t *units, const int flips,
                                         const int by) {
    HB(vector) zero = HB_SPREAD(0), turn[HB_BATCH], x[HB_BATCH], c[4], risen[4] = {zero, zero, zero, zero}, total = zero;
    const uint64_t *column[HB_BATCH];
    for (int f = 0; f < flips; f++) {
        column[f] = m->columns + units[f] * m->column_words;
        turn[f] = HB_SPREAD(hb_bit(state, units[f]) ? 0 : ~(uint64_t)0);
    }
    for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
        uint64_t *block = v->words + w * by;
        HB(vector) valid = HB_LOAD(v->valid + w), carry = zero, borrow = zero;
        for (int f = 0; f < HB_BATCH; f++) {
            x[f] = zero;
            if (f < flips) x[f] = (HB(load_part)(column[f] + w, m->column_words - w) ^ turn[f]) & valid;
        }
        HB(vector) s0 = HB_SUM(x[0], x[1], x[2]), k0 = HB_CARRY(x[0], x[1], x[2]);
        HB(vector) s1 = HB_SUM(x[3], x[4], x[5]), k1 = HB_CARRY(x[3], x[4], x[5]);
        HB(vector) s2 = HB_SUM(s0, s1, x[6]), k2 = HB_CARRY(s0, s1, x[6]);
        HB(vector) k3 = s2 & x[7], t0 = HB_SUM(k0, k1, k2), f0 = HB_CARRY(k0, k1, k2), f1 = t0 & k3;
        c[0] = s2 ^ x[7], c[1] = t0 ^ k3, c[2] = f0 ^ f1, c[3] = f0 & f1;
        for (int b = 0; b < 4; b++) risen[b] += HB(flush)(HB(count)(zero, c[b]));
#define HB_ADD(b)                                                            \
    HB(vector) old = HB_LOAD(block + b * HB_LANES), add = zero, fall = zero; \
    if (b >= 1 && b <= 4) add = c[b >= 1 && b <= 4 ? b - 1 : 0];             \
    if (-flips >> b & 1) fall = valid;                                       \
    HB(vector) up = HB_SUM(old, add, carry);                                 \
    carry = HB_CARRY(old, add, carry);                                       \
    HB_STORE(block + b * HB_LANES, HB_SUM(up, fall, borrow));                \
    borrow = HB_CARRY(up, fall, borrow)
        HB_EACH(by, HB_ADD);
#undef HB_ADD
    }
    for (int b = 3; b >= 0; b--) total = total + total + risen[b];
    v->sum_y += 2 * HB(sum_lanes)(total) - flips * v->count;
}

HB_TARGET static void HB(flip_batch)(const hb_model *m, hb_run *r, const uint64_t *state, const int64_t *units, int flips) {
    hb_planes *v = &r->planes;
#define HB_FLIP(n)                                                              \
    if (flips == HB_BATCH) HB(batch_lanes)(m, v, state, units, HB_BATCH, n);    \
    else HB(batch_lanes)(m, v, state, units, flips, n)
    HB_UNROLL(v->by, HB_FLIP)
#undef HB_FLIP
    v->raised = 0;
    int digits = HB(digits)(v, v->widest + 2 * flips);
#define HB_SQUARES(n) v->sum_yy = HB(sum_squares)(m, v, n)
    HB_UNROLL(digits, HB_SQUARES)
#undef HB_SQUARES
    HB(moved)(m, r, state, units, flips);
}

/* G(m-1) of an agreeing pattern, or -G(m+1), from its overlap. */
HB_INLINE int64_t HB(term)(int power, int64_t overlap, int agrees) {
    int64_t s = agrees ? overlap - 1 : overlap + 1, gain = power == 2 ? 4 * s : power == 3 ? 6 * s * s + 2 : 8 * s * (s * s + 1);
    return agrees ? gain : -gain;
}

/* Sign of sigma_i N_i if the outliers decide it alone, else 0. */
HB_TARGET HB_INLINE int HB(foresee)(const hb_model *m, const hb_planes *v, int64_t unit, int bit) {
    if (v->certain) return hb_bit(v->followed, unit) == bit ? v->certain : -v->certain;
    if (v->bound == HUGE_VAL) return 0;
    double sum = 0, magnitude = 0;
    for (int t = 0; t < v->outliers; t++) {
        int agrees = hb_bit(m->rows + v->outlier[t] * m->row_words, unit) == bit;
        double gain = HB(gain_at)(m, agrees ? v->overlap[t] - 1 : v->overlap[t] + 1, v->shift);
        sum += agrees ? gain : -gain;
        magnitude += fabs(gain);
    }
    double bound = v->bound + 1e-9 * magnitude;
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

/* sigma_i N_i = (G over agreeing) - (G over the rest), for n = 2, 3, 4: exact if `exact`, else a number of the same sign. The top
   `done` planes of Q have been counted: `begun`. */
HB_TARGET static int64_t HB(sum_planes)(const hb_model *m, hb_run *r, int64_t unit, int bit, int exact, int done, int64_t begun) {
    hb_planes *v = &r->planes;
    const uint64_t *column = m->columns + unit * m->column_words;
    const uint64_t *ahead = m->columns + r->ahead * m->column_words;
    int64_t sum = 0, words = m->column_words, known = 0;
    HB(scale) scale = HB(scale_of)(v, m->power);
    for (int t = 0; t < v->outliers; t++)
        sum += HB(term)(m->power, v->overlap[t], hb_bit(m->rows + v->outlier[t] * m->row_words, unit) == bit);
    if (m->power == 2) {
        sum += scale.factor * HB(count_planes)(v->words, scale.stride, column, ahead, words, bit, 1, v->by) - v->apart;
        return scale.each ? sum + scale.each * HB(count_planes)(scale.extra, scale.extra_stride, column, column, words, bit, 0, 1) : sum;
    }
    if (!v->raised) HB(raise_planes)(m, v);
    v->raised = 2;
    sum -= v->apart;
    int top = HB(top_power)(m->power, v), last = top - done;
    for (known = begun;;) {
        if (!exact && last < top) { /* What the lower planes and `each` can add. */
            int64_t low = sum + scale.factor * (known * ((int64_t)1 << last));
            int64_t high = low + (scale.factor * (((int64_t)1 << last) - 1) + scale.each) * v->count;
            if (low > 0) return low;
            if (high < 0) return high;
        }
        if (last == 0) break;
        int first = last > HB_GROUP ? last - HB_GROUP : 0, negative = m->power == 4 && last == top;
        int64_t some;
#define HB_COUNT(n) some = HB(count_some)(v->powers + first * HB_LANES, scale.stride, column, ahead, words, bit, negative, n)
        HB_UNROLL(last - first, HB_COUNT)
#undef HB_COUNT
        known = known * ((int64_t)1 << (last - first)) + some;
        last = first;
    }
    return sum + scale.factor * known + scale.each * HB(count_planes)(scale.extra, scale.extra_stride, column, column, words, bit, 0, 1);
}

/* The outliers between two flips: their rows, and what each adds to a field if it differs from the unit, or agrees. */
typedef struct {
    const uint64_t *rows[HB_OUTLIERS];
    int64_t terms[HB_OUTLIERS][2];
} HB(aside);

HB_TARGET HB_INLINE void HB(set_aside)(const hb_model *m, const hb_planes *v, int power, HB(aside) *out) {
    for (int t = 0; t < v->outliers; t++) {
        out->rows[t] = m->rows + v->outlier[t] * m->row_words;
        for (int agrees = 0; agrees < 2; agrees++) out->terms[t][agrees] = HB(term)(power, v->overlap[t], agrees);
    }
}

HB_TARGET HB_INLINE int64_t HB(sum_aside)(const HB(aside) *a, int count, int64_t unit, int bit) {
    int64_t sum = 0, word = unit >> 6;
    for (int t = 0; t < count; t++) {
        sum += a->terms[t][(int)(a->rows[t][word] >> (unit & 63) & 1) == bit];
        __asm__("" : "+r"(sum)); /* not as a vector, as gcc would: there are one or two */
    }
    return sum;
}

/* Two visits at once, where the registers allow it and lanes need no flush. */
#undef HB_PAIRS
#if defined(HB_IS_AVX512)
#define HB_PAIRS(planes) ((planes) <= 11)
#else
#define HB_PAIRS(planes) 0
#endif

/* The lowest `count` planes of Q for two units. */
HB_TARGET static void HB(count_below)(const uint64_t *planes, int64_t stride, const hb_model *m, const uint64_t *state, int64_t unit, int64_t other,
                                      int count, int64_t *out) {
    const uint64_t *columns[2] = {m->columns + unit * m->column_words, m->columns + other * m->column_words};
    int bits[2] = {hb_bit(state, unit), hb_bit(state, other)};
#define HB_COUNT(n) HB(count_pair)(planes, stride, columns, columns, m->column_words, bits, 0, n, out)
    HB_UNROLL(count, HB_COUNT)
#undef HB_COUNT
}

/* How much a field of n = 4 can change while `flips` wait: an S becomes S + e with |e| <= f = 2 flips, and |G| = 8 |S|^3 + 8 |S| grows
   by at most 24 f S^2 + 24 f^2 |S| + 8 f^3 + 8 f. Sums as in `lead`. */
HB_TARGET static double HB(doubt_of)(const hb_planes *v, int flips) {
    double f = 2 * flips, count = (double)v->count, norm = sqrt((double)HB(sum_mm)(v)) + sqrt(count), sum_ss = norm * norm, sum_s = sqrt(count) * norm;
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
   In a synchronous update, all visits, and the changes go to `next`. With everything but the visits outside its loop it is up to three
   times faster than visits one by one. `planes`: y, or the top `some` of Q. */
HB_TARGET HB_INLINE int64_t HB(scan_some)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const uint32_t *visits, int tie,
                                          int64_t position, int64_t count, int64_t last, int64_t doubt, const int power, const int some) {
    hb_planes *v = &r->planes;
    HB(scale) scale = HB(scale_of)(v, power);
    int64_t words = m->column_words, first = power == 2 ? 0 : HB(top_power)(power, v) - some, factor = scale.factor * ((int64_t)1 << first);
    int64_t bound = v->bound < 0x1p61 ? (int64_t)v->bound + doubt : INT64_MAX, rest = (factor - scale.factor + scale.each) * v->count;
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
    int64_t sums[2] = {0, 0}, summed = -1; /* sums[1] belongs to visit `summed` */
    int64_t lower[2] = {0, 0}, lowered = -1; /* the same of the planes below */
    int64_t sight = words < 64 ? 16 : words < 512 ? 8 : 2; /* how many visits before its own a column is fetched */
    for (; position < count; position++) {
        int64_t unit = visits ? visits[position] : position;
        int bit = hb_bit(state, unit);
        const uint64_t *column = m->columns + unit * words;
        int64_t field = HB(sum_aside)(&aside, v->outliers, unit, bit);
        if (power > 2) {
            if (field > bound) continue;
            if (field < -bound) HB_FOUND;
        }
        if (summed == position) {
            sums[0] = sums[1];
        } else {
            int64_t places[4] = {position, position + 1, position + sight, position + sight + 1}, units[4];
            for (int j = 0; j < 4; j++) units[j] = places[j] >= last ? unit : visits ? visits[places[j]] : places[j];
            const uint64_t *columns[4] = {column, m->columns + units[1] * words, m->columns + units[2] * words, m->columns + units[3] * words};
            if (HB_PAIRS(some) && position + 1 < count) {
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
            if (field > doubt) continue;
            if (field + rest < -doubt) HB_FOUND;
            if (doubt) return ~position;
            if (summed == position + 1 && HB_PAIRS(first)) {
                HB(count_below)(v->powers, scale.stride, m, state, unit, visits ? visits[summed] : summed, (int)first, lower);
                lowered = summed;
            } else if (lowered == position) {
                lower[0] = lower[1];
            }
            int below = lowered == position || lowered == position + 1 ? (int)first : 0;
            int64_t begun = below ? sums[0] * ((int64_t)1 << below) + lower[0] : sums[0];
            field = HB(sum_planes)(m, r, unit, bit, 0, some + below, begun);
        }
        if (field < 0 || (field == 0 && tie != HB_KEEP && bit != (tie == HB_PLUS))) HB_FOUND;
    }
#undef HB_FOUND
    return position;
}

HB_TARGET static int64_t HB(scan)(const hb_model *m, hb_run *r, const uint64_t *state, uint64_t *next, const uint32_t *visits, int tie, int64_t position,
                                  int64_t count, int64_t last, int64_t doubt) {
    hb_planes *v = &r->planes;
    int some = v->by;
    if (m->power > 2) {
        if (!v->raised) HB(raise_planes)(m, v);
        v->raised = 2;
        some = HB(top_power)(m->power, v) < HB_GROUP ? HB(top_power)(m->power, v) : HB_GROUP;
    }
#define HB_SCAN(power, n) position = HB(scan_some)(m, r, state, next, visits, tie, position, count, last, doubt, power, n)
#define HB_SCAN_Y(n) HB_SCAN(2, n)
#define HB_SCAN_Q(n)                                            \
    if (m->power == 3) HB_SCAN(3, n < HB_GROUP ? n : HB_GROUP); \
    else HB_SCAN(4, n < HB_GROUP ? n : HB_GROUP)
    if (m->power == 2) HB_UNROLL(some, HB_SCAN_Y)
    else HB_UNROLL(some, HB_SCAN_Q)
#undef HB_SCAN
#undef HB_SCAN_Y
#undef HB_SCAN_Q
    return position;
}
