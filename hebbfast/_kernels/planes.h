/* Vertical counters: the overlaps of 64 x HB_LANES patterns as bit planes, for F(x) = x^2/2 and x^3/3.

   Write m = 2 y + p with p = D mod 2. A block holds the planes of y (two's complement, lowest first) and, for n = 3, of
   Q = y^2 (p = 0) or T = y (y + 1) / 2 (p = 1), since G is linear in y for n = 2 and in m^2 and m for n = 3:

       block 0:  y_0 .. y_(by-1)  Q_0 .. Q_(bq-1)      each a vector, one bit a pattern
       block 1:  ...

   A visit counts agree AND plane; a flip adds +-1 to every y by ripple carry and the difference to every Q. The few largest
   overlaps, which would widen all planes, are `outliers`: exact numbers beside the planes, their lanes not valid. Often they
   alone decide: the rest of a field cannot exceed `bound`. The twin is the sum over patterns of G. */

#define HB_GROUP 6 /* planes between two tests for an early decision: a test costs a sum across lanes */

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
#define HB_SUM(a, b, c) ((HB(vector))_mm512_ternarylogic_epi64((__m512i)(a), (__m512i)(b), (__m512i)(c), 0x96))
#define HB_CARRY(a, b, c) ((HB(vector))_mm512_ternarylogic_epi64((__m512i)(a), (__m512i)(b), (__m512i)(c), 0xE8))
#else
#define HB_SUM(a, b, c) ((a) ^ (b) ^ (c))
#define HB_CARRY(a, b, c) (((a) & (b)) | ((c) & ((a) ^ (b))))
#endif

/* G(m-1) of an agreeing pattern, or -G(m+1), from its overlap. */
HB_INLINE int64_t HB(term)(int power, int64_t overlap, int agrees) {
    int64_t s = agrees ? overlap - 1 : overlap + 1, gain = power == 2 ? 4 * s : 6 * s * s + 2;
    return agrees ? gain : -gain;
}

/* Sums over the valid lanes that every visit needs, from the totals of y and Q. */
HB_TARGET static void HB(settle)(const hb_model *m, hb_planes *v, int64_t sum_q) {
    int64_t n = v->count, sum_m = 2 * v->sum_y + n * v->parity;
    if (m->power == 2) {
        v->apart = 4 * (sum_m + n);
        return;
    }
    int64_t squares = v->parity ? 8 * sum_q + n : 4 * sum_q;
    v->apart = 6 * squares + 12 * sum_m + 8 * n;
    /* sum of 6 (|m| + 1)^2 + 2, with sum |m| <= sqrt(n sum m^2); 1e-9 covers the rounding of the root. */
    v->bound = 6 * squares + (int64_t)(12 * (1 + 1e-9) * sqrt((double)n * (double)squares)) + 12 + 8 * n;
}

/* Fills the planes from the agreements in r; at most HB_OUTLIERS patterns stay outside. */
HB_TARGET static void HB(load_planes)(const hb_model *m, hb_run *r) {
    hb_planes *v = &r->planes;
    int64_t half = (m->units + 1) / 2, lengths[65] = {0}, sum_q = 0, above = 0;
    int full = 1, length;
    while ((int64_t)1 << full <= half) full++; /* |y| <= half < 2^full */
    for (int64_t k = 0; k < m->patterns; k++) {
        int64_t y = r->agreements[k] - half;
        lengths[64 - __builtin_clzll((uint64_t)(y < 0 ? ~y : y) << 1 | 1)]++;
    }
    for (length = full + 1; length > 1 && above + lengths[length] <= HB_OUTLIERS; length--) above += lengths[length];
    /* y of `length` bits with sign, and two more: 2^length flips before a lane can overflow, and then hardly one is near it. With
       one bit more, filling the planes anew took half of a sweep (D = K = 4096). */
    v->by = length + 2 < full + 1 ? length + 2 : full + 1;
    v->bq = m->power == 3 ? 2 * v->by - 1 : 0;
    v->slack = v->by > full ? INT64_MAX : (int64_t)1 << (v->by - 2);
    v->parity = (int)(m->units & 1);
    v->outliers = 0;
    v->count = v->sum_y = 0;
    memset(v->remainders, 0, sizeof v->remainders);
    int64_t words = hb_round_up(m->column_words, HB_LANES);
    int planes = v->by + v->bq;
    for (int64_t w = 0; w < words; w++) {
        uint64_t block[64] = {0}, valid = 0;
        for (int64_t k = 64 * w; k < 64 * w + 64 && k < m->patterns; k++) {
            int64_t y = r->agreements[k] - half, limit = (int64_t)1 << (length - 1);
            if (length < full + 1 && (y < -limit || y >= limit)) {
                v->outlier[v->outliers] = k;
                v->overlap[v->outliers++] = 2 * y + v->parity;
                continue;
            }
            uint64_t q = m->power == 3 ? (uint64_t)(v->parity ? y * (y + 1) / 2 : y * y) : 0;
            valid |= (uint64_t)1 << (k & 63);
            v->count++;
            v->sum_y += y;
            sum_q += (int64_t)q;
            for (int g = 0; g * HB_GROUP < v->bq; g++) v->remainders[g] += (int64_t)(q & (((uint64_t)1 << (g * HB_GROUP)) - 1));
            block[k & 63] = ((uint64_t)y & (((uint64_t)1 << v->by) - 1)) | q << v->by;
        }
        HB(transpose_block)(block);
        v->valid[w] = valid;
        for (int b = 0; b < planes; b++) v->words[(w / HB_LANES * planes + b) * HB_LANES + w % HB_LANES] = block[b];
    }
    HB(settle)(m, v, sum_q);
}

/* Could a lane be about to overflow? Then the top two planes differ in it. */
HB_TARGET static int HB(crowded)(const hb_model *m, const hb_planes *v) {
    int planes = v->by + v->bq;
    uint64_t any = 0;
    for (int64_t w = 0; w < hb_round_up(m->column_words, HB_LANES); w++) {
        const uint64_t *block = v->words + w / HB_LANES * planes * HB_LANES + w % HB_LANES;
        any |= block[(v->by - 1) * HB_LANES] ^ block[(v->by - 2) * HB_LANES];
    }
    return any != 0;
}

/* Every y moves by +-1 as unit i takes the value `bit`. */
HB_TARGET static void HB(flip_planes)(const hb_model *m, hb_run *r, const uint64_t *state, int64_t unit, int bit) {
    hb_planes *v = &r->planes;
    const uint64_t *column = m->columns + unit * m->column_words;
    int planes = v->by + v->bq, by = v->by, bq = v->bq;
    HB(vector) turn = HB_SPREAD(bit ? 0 : ~(uint64_t)0), risen = HB_SPREAD(0), zero = HB_SPREAD(0);
    HB(vector) totals[12], step[64];
    for (int g = 0; g * HB_GROUP < bq; g++) totals[g] = zero;
    for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
        uint64_t *block = v->words + w * planes;
        HB(vector) valid = HB_LOAD(v->valid + w), up = (HB(load_part)(column + w, m->column_words - w) ^ turn) & valid, carry = valid;
        risen += HB(flush)(HB(count)(zero, up));
        for (int b = 0; b < by; b++) {
            HB(vector) old = HB_LOAD(block + b * HB_LANES), now = old ^ carry;
            step[b] = ((up & old) | ~(up | now)) & valid; /* y where it rises, -y' - 1 of the new y' where it falls */
            carry &= ~(old ^ up);
            HB_STORE(block + b * HB_LANES, now);
        }
        if (!bq) continue;
        block += by * HB_LANES;
        carry = v->parity ? up : zero; /* T += step + up;  Q += 2 step + 1 */
        for (int g = 0; g * HB_GROUP < bq; g++) {
            int first = g * HB_GROUP, last = first + HB_GROUP < bq ? first + HB_GROUP : bq;
            HB(vector) total = zero;
            for (int b = first; b < last; b++) {
                int from = v->parity ? b : b - 1;
                HB(vector) old = HB_LOAD(block + b * HB_LANES), add = from < 0 ? valid : step[from < by ? from : by - 1];
                HB(vector) now = HB_SUM(old, add, carry);
                carry = HB_CARRY(old, add, carry);
                HB_STORE(block + b * HB_LANES, now);
                total += HB(flush)(HB(count)(zero, now)) << (b - first);
            }
            totals[g] += total;
        }
    }
    int64_t rises = HB(sum_lanes)(risen), sum_q = 0;
    v->sum_y += 2 * rises - v->count;
    for (int g = 0; g * HB_GROUP < bq; g++) {
        v->remainders[g] = sum_q;
        sum_q += HB(sum_lanes)(totals[g]) << (g * HB_GROUP);
    }
    for (int t = 0; t < v->outliers; t++) v->overlap[t] += hb_bit(m->rows + v->outlier[t] * m->row_words, unit) == bit ? 2 : -2;
    HB(settle)(m, v, sum_q);
    if (--v->slack <= 0) {
        if (HB(crowded)(m, v)) {
            HB(agreements)(m->rows, m->patterns, m->units, state, r->agreements);
            HB(load_planes)(m, r);
        } else {
            v->slack = (int64_t)1 << (v->by - 2);
        }
    }
}

/* sigma_i N_i = (G over agreeing) - (G over the rest): exact if `exact`, else a number of the same sign. */
HB_TARGET static int64_t HB(sum_planes)(const hb_model *m, hb_run *r, int64_t unit, int bit, int exact) {
    const hb_planes *v = &r->planes;
    int64_t sum = 0;
    for (int t = 0; t < v->outliers; t++)
        sum += HB(term)(m->power, v->overlap[t], hb_bit(m->rows + v->outlier[t] * m->row_words, unit) == bit);
    r->reading = exact || m->power == 2 || (sum <= v->bound && sum >= -v->bound);
    if (!r->reading) return sum;

    const uint64_t *column = m->columns + unit * m->column_words;
    int planes = v->by + v->bq;
    HB(vector) zero = HB_SPREAD(0), turn = HB_SPREAD(bit ? 0 : ~(uint64_t)0), total = zero, high = zero;
    sum -= v->apart;
    if (m->power == 2) {
        /* planes of y from the sign down: total = 2 total + count */
        HB(vector) agreeing = zero;
        for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
            const uint64_t *block = v->words + w * planes;
            HB(vector) agree = (HB(load_part)(column + w, m->column_words - w) ^ turn) & HB_LOAD(v->valid + w);
            HB(vector) part = zero - HB(flush)(HB(count)(zero, agree & HB_LOAD(block + (v->by - 1) * HB_LANES)));
            agreeing += HB(flush)(HB(count)(zero, agree));
            for (int b = v->by - 2; b >= 0; b--) part = part + part + HB(flush)(HB(count)(zero, agree & HB_LOAD(block + b * HB_LANES)));
            total += part;
        }
        return sum + 16 * HB(sum_lanes)(total) + 8 * v->parity * HB(sum_lanes)(agreeing);
    }
    for (int64_t w = 0; w < m->column_words; w += HB_LANES)
        total += HB(flush)(HB(count)(zero, (HB(load_part)(column + w, m->column_words - w) ^ turn) & HB_LOAD(v->valid + w)));
    int64_t agreeing = HB(sum_lanes)(total), factor = v->parity ? 96 : 48;
    sum += (v->parity ? 28 : 16) * agreeing;
    for (int g = (v->bq - 1) / HB_GROUP; g >= 0; g--) {
        int first = g * HB_GROUP, last = first + HB_GROUP < v->bq ? first + HB_GROUP : v->bq;
        for (int b = first; b < last; b++) high += high;
        for (int64_t w = 0; w < m->column_words; w += HB_LANES) {
            const uint64_t *block = v->words + w * planes + (int64_t)v->by * HB_LANES;
            HB(vector) agree = (HB(load_part)(column + w, m->column_words - w) ^ turn), part = zero; /* planes are zero where not valid */
            for (int b = last - 1; b >= first; b--) part = part + part + HB(flush)(HB(count)(zero, agree & HB_LOAD(block + b * HB_LANES)));
            high += part;
        }
        int64_t known = HB(sum_lanes)(high) << first, rest = v->remainders[g], width = ((int64_t)1 << first) - 1;
        if (g == 0) return sum + factor * known;
        if (exact) continue;
        /* What the lower planes can add: between rest - width * disagreeing and width * agreeing, and never more than rest. */
        int64_t least = rest - width * (v->count - agreeing), most = width * agreeing < rest ? width * agreeing : rest;
        int64_t low = sum + factor * (known + (least > 0 ? least : 0)), top = sum + factor * (known + most);
        if (low > 0) return low;
        if (top < 0) return top;
    }
    return sum;
}
