/* The learning rules of one level; included once per level, so without a guard. */

#if defined(HB_IS_AVX512)
typedef __m512 HB(lookup);
#define HB_LOOKUP 16
HB_TARGET HB_INLINE HB(lookup) HB(zero_sums)(void) { return _mm512_setzero_ps(); }
HB_TARGET HB_INLINE __m512i HB(read_codes)(const uint8_t *codes) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)codes)); }
HB_TARGET HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, __m512i codes) {
    return _mm512_add_ps(sums, _mm512_permutexvar_ps(codes, _mm512_loadu_ps(table)));
}
HB_TARGET HB_INLINE void HB(write_sums)(float *out, HB(lookup) sums) { _mm512_storeu_ps(out, sums); }
#define HB_CODES __m512i

#elif defined(HB_IS_AVX2)
/* Eight entries fill a register: the other half of the table is its negative, in reverse order. */
typedef __m256 HB(lookup);
#define HB_LOOKUP 8
typedef struct { __m256i entry, sign; } HB(codes);
HB_TARGET HB_INLINE HB(lookup) HB(zero_sums)(void) { return _mm256_setzero_ps(); }
HB_TARGET HB_INLINE HB(codes) HB(read_codes)(const uint8_t *bytes) {
    __m256i code = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)bytes));
    __m256i negative = _mm256_cmpeq_epi32(_mm256_and_si256(code, _mm256_set1_epi32(8)), _mm256_setzero_si256());
    HB(codes) made = {_mm256_xor_si256(code, negative), _mm256_slli_epi32(negative, 31)};
    return made;
}
HB_TARGET HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, HB(codes) codes) {
    __m256 half = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), codes.entry);
    return _mm256_add_ps(sums, _mm256_xor_ps(half, (__m256)codes.sign));
}
HB_TARGET HB_INLINE void HB(write_sums)(float *out, HB(lookup) sums) { _mm256_storeu_ps(out, sums); }
#define HB_CODES HB(codes)

#else
typedef float HB(lookup);
#define HB_LOOKUP 1
HB_INLINE HB(lookup) HB(zero_sums)(void) { return 0.0f; }
HB_INLINE int HB(read_codes)(const uint8_t *codes) { return *codes; }
HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, int code) { return sums + table[code]; }
HB_INLINE void HB(write_sums)(float *out, HB(lookup) sums) { *out = sums; }
#define HB_CODES int
#endif

/* All sums of four numbers with signs: entry c is (+-a +-b) + (+-c +-d), bit 0 of c being the sign of a. */
HB_TARGET static void HB(sign_tables)(const float *values, int64_t count, float *restrict tables) {
    static const float sign[4][16] = {
        {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
        {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
        {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
        {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1},
    };
    for (int64_t g = 0; 4 * g < count; g++, tables += 16) {
        float v[4] = {0, 0, 0, 0};
        for (int64_t j = 0; j < 4 && 4 * g + j < count; j++) v[j] = values[4 * g + j];
        for (int c = 0; c < 16; c++) tables[c] = (v[0] * sign[0][c] + v[1] * sign[1][c]) + (v[2] * sign[2][c] + v[3] * sign[3][c]);
    }
}

/* `width` vectors of sums for HB_BLOCK_ROWS rows: a code is read once for all rows, a table once for all vectors. */
HB_TARGET HB_INLINE void HB(signed_sums_tile)(const float *tables, int64_t groups, const uint8_t *codes, int64_t lanes, float *out, const int width) {
    HB(lookup) sums[HB_BLOCK_ROWS][4];
    for (int r = 0; r < HB_BLOCK_ROWS; r++)
        for (int v = 0; v < width; v++) sums[r][v] = HB(zero_sums)();
    for (int64_t g = 0; g < groups; g++) {
        HB_CODES code[4];
        for (int v = 0; v < width; v++) code[v] = HB(read_codes)(codes + g * lanes + v * HB_LOOKUP);
        for (int r = 0; r < HB_BLOCK_ROWS; r++)
            for (int v = 0; v < width; v++) sums[r][v] = HB(add_looked_up)(sums[r][v], tables + (r * groups + g) * 16, code[v]);
    }
    for (int r = 0; r < HB_BLOCK_ROWS; r++)
        for (int v = 0; v < width; v++) HB(write_sums)(out + r * lanes + v * HB_LOOKUP, sums[r][v]);
}

/* out[r][l] = sum_m values[r][m] s[m][l], four m at a time: a table of the 16 sums of four, and one lookup for each l. */
HB_TARGET static void HB(signed_sums)(const float *values, int64_t stride, int64_t count, const uint8_t *codes, int64_t lanes, float *tables, float *out) {
    int64_t groups = (count + 3) / 4, l = 0;
    for (int r = 0; r < HB_BLOCK_ROWS; r++) HB(sign_tables)(values + r * stride, count, tables + r * groups * 16);
    for (; l + 4 * HB_LOOKUP <= lanes; l += 4 * HB_LOOKUP) HB(signed_sums_tile)(tables, groups, codes + l, lanes, out + l, 4);
    for (; l < lanes; l += HB_LOOKUP) HB(signed_sums_tile)(tables, groups, codes + l, lanes, out + l, 1);
}

/* Output probabilities of one unit, P(+) and P(-), each accurate when it is small. */
HB_TARGET static void HB(outputs)(const hb_ascent *a, const float *fields, const uint8_t *targets, float external, float *restrict plus, float *restrict minus) {
    for (int64_t k = 0; k < a->pattern_lanes; k++) {
        float u = fields[k] + (targets[k] ? external : -external);
        float e = hb_exp_float(-u), p = 1.0f / (1.0f + e);
        plus[k] = p;
        minus[k] = e * p;
    }
}

/* g(e, b) of one unit (redundancy goal and others): the derivative of the goal by P(+) at a cell of external and recurrent source.
   `sums` holds [cell][y] on entry; p(e, b), p(e) and B(e, b) drop out of the differences over y. */
HB_TARGET static void HB(gains)(const hb_ascent *a, const double *sums, double *restrict work, float *restrict gains) {
    int64_t bins = a->bins;
    double tiny = 1e-12 * (double)a->patterns, total[2][2] = {{0, 0}, {0, 0}}, shares[2][2] = {{0, 0}, {0, 0}};
    double *plus = work, *minus = plus + 2 * bins, *share_plus = minus + 2 * bins, *share_minus = share_plus + 2 * bins, *ratio = share_minus + 2 * bins;
    for (int64_t c = 0; c < 2 * bins; c++) plus[c] = sums[2 * c], minus[c] = sums[2 * c + 1];
    for (int e = 0; e < 2; e++)
        for (int64_t b = 0; b < bins; b++) total[e][1] += plus[e * bins + b], total[e][0] += minus[e * bins + b];
    double p_plus = total[0][1] + total[1][1], p_minus = total[0][0] + total[1][0];
    double prior = hb_log2((p_plus > tiny ? p_plus : tiny) / (p_minus > tiny ? p_minus : tiny));
    double constant[2];
    for (int e = 0; e < 2; e++) {
        double by_e = hb_log2((total[e][1] > tiny ? total[e][1] : tiny) / (total[e][0] > tiny ? total[e][0] : tiny));
        constant[e] = (a->gain[0] * (by_e - prior) - a->gain[4] * prior) - (a->gain[1] + a->gain[2] + a->gain[3]) * prior;
    }
    if (a->gain[1] == 0 && a->gain[2] == 0 && a->gain[3] == 0) { /* no bins in the goal */
        for (int e = 0; e < 2; e++)
            for (int64_t b = 0; b < bins; b++) gains[e * bins + b] = (float)constant[e];
        return;
    }
    for (int e = 0; e < 2; e++)
        for (int64_t b = 0; b < bins; b++) {
            int64_t c = e * bins + b;
            double either_plus = (total[e][1] + (plus[b] + plus[bins + b])) - plus[c];
            double either_minus = (total[e][0] + (minus[b] + minus[bins + b])) - minus[c];
            either_plus = either_plus > tiny ? either_plus : tiny;
            either_minus = either_minus > tiny ? either_minus : tiny;
            share_plus[c] = plus[c] / either_plus;
            share_minus[c] = minus[c] / either_minus;
            ratio[c] = either_plus / either_minus;
        }
    for (int e = 0; e < 2; e++)
        for (int64_t b = 0; b < bins; b++) shares[e][1] += share_plus[e * bins + b], shares[e][0] += share_minus[e * bins + b];
    for (int e = 0; e < 2; e++)
        for (int64_t b = 0; b < bins; b++) {
            int64_t c = e * bins + b, other = (1 - e) * bins + b;
            double weight = (shares[e][1] + share_plus[other]) - (shares[e][0] + share_minus[other]);
            work[c] = constant[e] + a->gain[2] * (hb_log2(ratio[c]) + weight * 1.4426950408889634);
        }
    if (a->gain[1] != 0 || a->gain[3] != 0)
        for (int e = 0; e < 2; e++)
            for (int64_t b = 0; b < bins; b++) {
                int64_t c = e * bins + b;
                double b_plus = sums[2 * b] + sums[2 * (bins + b)], b_minus = sums[2 * b + 1] + sums[2 * (bins + b) + 1];
                double c_plus = sums[2 * c], c_minus = sums[2 * c + 1];
                double by_b = hb_log2((b_plus > tiny ? b_plus : tiny) / (b_minus > tiny ? b_minus : tiny));
                double by_cell = hb_log2((c_plus > tiny ? c_plus : tiny) / (c_minus > tiny ? c_minus : tiny));
                work[c] += a->gain[1] * by_b + a->gain[3] * by_cell;
            }
    for (int64_t c = 0; c < 2 * bins; c++) gains[c] = (float)work[c];
}

/* Derivatives by the fields of one unit, over K: g(e, b) P(+) P(-) / K for atoms, (target - P(+)) / K for the likelihood. */
HB_TARGET static void HB(drive)(const hb_ascent *a, const float *fields, const uint8_t *targets, float external, float *restrict plus, float *restrict minus,
                                int32_t *restrict cells, double *restrict doubles, float *restrict slopes) {
    int64_t patterns = a->patterns, bins = a->bins;
    float share = (float)(1.0 / (double)patterns);
    HB(outputs)(a, fields, targets, external, plus, minus);
    if (a->kind == HB_LIKELIHOOD) {
        for (int64_t k = 0; k < patterns; k++) slopes[k] = (targets[k] ? minus[k] : -plus[k]) * share;
        return;
    }
    float offset = (float)a->range, scale = (float)((double)bins / (2.0 * a->range)), last = (float)(bins - 1);
    for (int64_t k = 0; k < a->pattern_lanes; k++) {
        float bin = (fields[k] + offset) * scale;
        bin = bin > 0.0f ? bin : 0.0f;
        bin = bin < last ? bin : last;
        cells[k] = (int32_t)bin + (targets[k] ? (int32_t)bins : 0);
    }
    double *sums = doubles, *work = sums + 4 * bins;
    float *gains = (float *)(work + 10 * bins);
    memset(sums, 0, sizeof(double) * 4 * (size_t)bins);
    for (int64_t k = 0; k < patterns; k++) {
        double *cell = sums + 2 * cells[k];
        cell[0] += plus[k];
        cell[1] += minus[k];
    }
    HB(gains)(a, sums, work, gains);
    for (int64_t k = 0; k < patterns; k++) slopes[k] = gains[cells[k]] * (plus[k] * minus[k] * share);
}

/* Sum of products; exact products, added one after another in double. */
HB_TARGET static double HB(dot)(int64_t count, const float *a, const float *b) {
    double sum = 0.0;
    for (int64_t j = 0; j < count; j++) sum += (double)a[j] * (double)b[j];
    return sum;
}

/* One step of Adam (Kingma and Ba 2015, algorithm 1), upwards. */
HB_TARGET static void HB(adam)(int64_t count, float step, float second, const float *restrict gradient, float *restrict weights,
                               float *restrict means, float *restrict squares) {
    for (int64_t j = 0; j < count; j++) {
        float m = 0.9f * means[j] + 0.1f * gradient[j];
        float s = 0.999f * squares[j] + 0.001f * (gradient[j] * gradient[j]);
        means[j] = m;
        squares[j] = s;
        weights[j] += (m * step) / (sqrtf(s * second) + 1e-8f);
    }
}

/* Rows are trained a few at a time through all epochs, so that their weights and moments stay in the cache. */
HB_TARGET static void HB(ascend)(const hb_ascent *a, int64_t first, int64_t rows, float *weights, float *means, float *squares, const float *schedule,
                                 int64_t epochs, void *workspace) {
    int64_t lanes = a->pattern_lanes, groups = (a->patterns + 3) / 4 > (a->units + 3) / 4 ? (a->patterns + 3) / 4 : (a->units + 3) / 4;
    float *tables = workspace;
    float *fields = tables + HB_BLOCK_ROWS * 16 * groups, *plus = fields + HB_BLOCK_ROWS * lanes, *slopes = plus + HB_BLOCK_ROWS * lanes;
    float *gradient = slopes + HB_BLOCK_ROWS * lanes, *minus = plus + lanes;
    int32_t *cells = (int32_t *)(gradient + HB_BLOCK_ROWS * a->unit_lanes);
    double *doubles = (double *)(((uintptr_t)(cells + lanes) + 63) & ~(uintptr_t)63);
    for (int64_t i = 0; i < rows; i += HB_BLOCK_ROWS) {
        float *block = weights + i * a->unit_lanes;
        for (int64_t epoch = 0; epoch < epochs; epoch++) {
            const float *now = schedule + epoch * HB_SCHEDULE;
            HB(signed_sums)(block, a->unit_lanes, a->units, a->unit_codes, lanes, tables, fields);
            for (int64_t r = 0; r < HB_BLOCK_ROWS; r++) {
                if (i + r < rows)
                    HB(drive)(a, fields + r * lanes, a->targets + (first + i + r) * lanes, now[HB_EXTERNAL], plus, minus, cells, doubles, slopes + r * lanes);
            }
            HB(signed_sums)(slopes, lanes, a->patterns, a->pattern_codes, a->unit_lanes, tables, gradient);
            for (int64_t r = 0; r < HB_BLOCK_ROWS && i + r < rows; r++) {
                int64_t row = (i + r) * a->unit_lanes;
                gradient[r * a->unit_lanes + first + i + r] = 0.0f; /* no coupling of a unit to itself */
                float *slope = gradient + r * a->unit_lanes, *w = weights + row;
                if (a->norm > 0.0) { /* along the sphere only */
                    float part = (float)(HB(dot)(a->units, slope, w) / (a->norm * a->norm));
                    for (int64_t j = 0; j < a->units; j++) slope[j] -= part * w[j];
                }
                HB(adam)(a->units, now[HB_STEP], now[HB_SECOND], slope, w, means + row, squares + row);
                if (a->norm > 0.0) {
                    float scale = (float)(a->norm / sqrt(HB(dot)(a->units, w, w)));
                    for (int64_t j = 0; j < a->units; j++) w[j] *= scale;
                }
            }
        }
    }
}

/* Stability x_k h_k of pattern k: what the unit's own column adds to the Gram matrix is taken away again. */
#define HB_STABILITY(k) (d->targets[k] * fields[k] - sums[0])

HB_TARGET HB_INLINE void HB(strengthen)(const hb_dual *d, int64_t l, double step, double *restrict strengths, double *restrict fields, double *sums) {
    const float *row = d->gram + l * d->patterns;
    double signed_step = d->targets[l] * step;
    strengths[l] += step;
    sums[0] += step;
    for (int64_t k = 0; k < d->patterns; k++) fields[k] += signed_step * (double)row[k];
}

/* Perceptron with margin, x h <= kappa |w| (Gardner 1988, appendix), patterns one after another; strengths count the updates, so every
   number is an integer. The pocket (Gallant 1990) keeps the strengths with the fewest violations at the end of an epoch.
   sums: [strengths, squared norm of w, fewest violations]. Returns the epochs run; fewer than asked means that one had no update. */
HB_TARGET static int64_t HB(perceptron)(const hb_dual *d, double kappa, int64_t epochs, double *strengths, double *fields, double *sums, double *pocket) {
    for (int64_t epoch = 0; epoch < epochs; epoch++) {
        int64_t updates = 0;
        for (int64_t l = 0; l < d->patterns; l++) {
            double stability = HB_STABILITY(l);
            if (stability <= kappa * sqrt(sums[1])) {
                sums[1] += 2.0 * stability + (double)(d->units - 1);
                HB(strengthen)(d, l, 1.0, strengths, fields, sums);
                updates++;
            }
        }
        if (updates == 0) return epoch;
        double violations = 0.0, limit = kappa * sqrt(sums[1]);
        for (int64_t k = 0; k < d->patterns; k++) violations += HB_STABILITY(k) <= limit ? 1.0 : 0.0;
        if (violations < sums[2]) {
            sums[2] = violations;
            memcpy(pocket, strengths, sizeof(double) * (size_t)d->patterns);
        }
    }
    return epochs;
}

/* AdaTron (Anlauf and Biehl 1989), patterns one after another: strengths a_l >= 0 ascend towards x h = 1. With A = sum a_l the largest margin
   lies between min(x h) / |w| and |w| / A; the sweeps end when these agree to the tolerance. sums: [A, |w|^2, min x h]. Returns sweeps run. */
HB_TARGET static int64_t HB(adatron)(const hb_dual *d, double rate, double tolerance, int64_t sweeps, double *strengths, double *fields, double *sums) {
    for (int64_t sweep = 0; sweep < sweeps; sweep++) {
        double square = 0.0, least = 1e300;
        for (int64_t l = 0; l < d->patterns; l++) {
            double step = (rate * (1.0 - HB_STABILITY(l))) / (double)(d->units - 1);
            step = step > -strengths[l] ? step : -strengths[l];
            if (step != 0.0) HB(strengthen)(d, l, step, strengths, fields, sums);
        }
        for (int64_t l = 0; l < d->patterns; l++) {
            double stability = HB_STABILITY(l);
            square += strengths[l] * stability;
            least = stability < least ? stability : least;
        }
        sums[1] = square;
        sums[2] = least;
        if (least * sums[0] >= (1.0 - tolerance) * square) return sweep + 1;
    }
    return sweeps;
}
#undef HB_STABILITY

/* W_ij <- W_ij + x_i x_j, kept within -bound..bound, pattern after pattern; the first pattern comes first. */
HB_TARGET static void HB(bounded)(const int8_t *patterns, int64_t count, int64_t units, int32_t bound, int32_t *out) {
    for (int64_t i = 0; i < units; i++) {
        int32_t *restrict row = out + i * units;
        for (int64_t k = 0; k < count; k++) {
            const int8_t *x = patterns + k * units;
            int32_t own = x[i];
            for (int64_t j = 0; j < units; j++) {
                int32_t w = row[j] + own * x[j];
                w = w < bound ? w : bound;
                row[j] = w > -bound ? w : -bound;
            }
        }
        row[i] = 0;
    }
}

#undef HB
#undef HB_TARGET
#undef HB_LOOKUP
#undef HB_CODES
