/* The learning rules of one level; included once per level, so without a guard. */
#include "products.h"

/* All sums of four numbers with signs: entry c is (+-a +-b) + (+-c +-d), bit 0 of c being the sign of a. */
HB_TARGET static void HB(sign_tables)(const float *values, int64_t count, float *tables) {
    static const float sign[4][16] = {
        {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
        {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
        {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
        {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1},
    };
    for (int64_t g = 0; 4 * g < count; g++, tables += 16) {
        float v[4] = {0, 0, 0, 0};
        for (int64_t j = 0; j < 4 && 4 * g + j < count; j++) v[j] = values[4 * g + j];
        for (int c = 0; c < 16; c += HB_LOOKUP) { /* in vectors by hand: gcc makes 16 scalars of it */
            HB(lookup) ab = v[0] * HB(read_floats)(sign[0] + c) + v[1] * HB(read_floats)(sign[1] + c);
            HB(lookup) cd = v[2] * HB(read_floats)(sign[2] + c) + v[3] * HB(read_floats)(sign[3] + c);
            HB(write_floats)(tables + c, ab + cd);
        }
    }
}

/* `width` vectors of sums for HB_BLOCK_ROWS rows: a code is read once for all rows, a table once for all vectors. */
HB_TARGET
HB_INLINE void HB(signed_sums_tile)(const float *tables, int64_t groups, const uint8_t *codes, int64_t lanes, float *out, const int width) {
    HB(lookup) sums[HB_BLOCK_ROWS][4];
    for (int r = 0; r < HB_BLOCK_ROWS; r++)
        for (int v = 0; v < width; v++) sums[r][v] = HB(zero_sums)();
    for (int64_t g = 0; g < groups; g++) {
        HB(codes) code[4];
        for (int v = 0; v < width; v++) code[v] = HB(read_codes)(codes + g * lanes + v * HB_LOOKUP);
        for (int r = 0; r < HB_BLOCK_ROWS; r++)
            for (int v = 0; v < width; v++) sums[r][v] = HB(add_looked_up)(sums[r][v], tables + (r * groups + g) * 16, code[v]);
    }
    for (int r = 0; r < HB_BLOCK_ROWS; r++)
        for (int v = 0; v < width; v++) HB(write_floats)(out + r * lanes + v * HB_LOOKUP, sums[r][v]);
}

/* out[r][l] = sum_m values[r][m] s[m][l], four m at a time: a table of the 16 sums of four, and one lookup for each l. */
HB_TARGET static void HB(signed_sums)(const float *values, int64_t stride, int64_t count, const uint8_t *codes, int64_t lanes,
                                      float *tables, float *out) {
    int64_t groups = (count + 3) / 4, l = 0;
    for (int r = 0; r < HB_BLOCK_ROWS; r++) HB(sign_tables)(values + r * stride, count, tables + r * groups * 16);
    for (; l + 4 * HB_LOOKUP <= lanes; l += 4 * HB_LOOKUP) HB(signed_sums_tile)(tables, groups, codes + l, lanes, out + l, 4);
    for (; l < lanes; l += HB_LOOKUP) HB(signed_sums_tile)(tables, groups, codes + l, lanes, out + l, 1);
}

/* Output probabilities of one unit, P(+) and P(-), each accurate when it is small. */
HB_TARGET static void HB(outputs)(const hb_ascent *a, const float *fields, const uint8_t *targets, float external, float *restrict plus,
                                  float *restrict minus) {
    for (int64_t k = 0; k < a->pattern_lanes; k++) {
        float u = fields[k] + (targets[k] ? external : -external);
        float e = hb_exp_float(-u), p = 1.0f / (1.0f + e);
        plus[k] = p;
        minus[k] = e * p;
    }
}

/* Sum over the bins: lanes side by side, one row of lanes after another, then the lanes. */
HB_TARGET HB_INLINE float HB(sum_bins)(const float *values, int64_t lanes) {
    float part[HB_TRAINING_LANES] = {0}, sum = 0.0f;
    for (int64_t b = 0; b < lanes; b += HB_TRAINING_LANES)
        for (int l = 0; l < HB_TRAINING_LANES; l++) part[l] += values[b + l];
    for (int l = 0; l < HB_TRAINING_LANES; l++) sum += part[l];
    return sum;
}

HB_INLINE float HB(clip)(float x, float tiny) { return x > tiny ? x : tiny; }

/* P(E = e or B = b, y), all of e and the other e in b, and the share of the cell in it. */
HB_TARGET HB_INLINE void HB(either)(const float *restrict cells, const float *restrict others, float total, float tiny, int64_t lanes,
                                    float *restrict share, float *restrict either) {
    for (int64_t b = 0; b < lanes; b++) {
        float sum = total + others[b];
        sum = sum > tiny ? sum : tiny;
        either[b] = sum;
        share[b] = cells[b] / sum;
    }
}

/* g(e, b) of one unit: the derivative of the goal by P(+) at a cell of external and recurrent source. sums[cell][y] are sums of P(y),
   y = +, -. The difference over y leaves no p(e, b), p(e) and B(e, b). */
HB_TARGET static void HB(gains)(const hb_ascent *a, const double *restrict sums, int64_t lanes, float *restrict work,
                                float *restrict gains) {
    const float by_e = (float)a->gain[0], by_r = (float)a->gain[1], by_red = (float)a->gain[2], by_both = (float)a->gain[3],
                by_prior = (float)a->gain[4];
    const float tiny = (float)(1e-12 * (double)a->patterns);
    float *plus = work, *minus = plus + 2 * lanes, *share_plus = minus + 2 * lanes, *share_minus = share_plus + 2 * lanes,
          *logs = share_minus + 2 * lanes;
    float total_plus[2], total_minus[2], rest[2];
    for (int64_t c = 0; c < 2 * lanes; c++) plus[c] = (float)sums[2 * c], minus[c] = (float)sums[2 * c + 1];
    for (int e = 0; e < 2; e++) {
        total_plus[e] = HB(sum_bins)(plus + e * lanes, lanes);
        total_minus[e] = HB(sum_bins)(minus + e * lanes, lanes);
    }
    float prior = hb_log2_float(HB(clip)(total_plus[0] + total_plus[1], tiny) / HB(clip)(total_minus[0] + total_minus[1], tiny));
    for (int e = 0; e < 2; e++) {
        float of_e = hb_log2_float(HB(clip)(total_plus[e], tiny) / HB(clip)(total_minus[e], tiny)) - prior;
        rest[e] = by_e * of_e - (by_prior + ((by_r + by_red) + by_both)) * prior;
    }
    if (by_r == 0.0f && by_red == 0.0f && by_both == 0.0f) { /* no bins in the goal */
        for (int e = 0; e < 2; e++)
            for (int64_t b = 0; b < lanes; b++) gains[e * lanes + b] = rest[e];
        return;
    }
    for (int e = 0; e < 2; e++) {
        int64_t own = e * lanes, other = lanes - own;
        HB(either)(plus + own, plus + other, total_plus[e], tiny, lanes, share_plus + own, logs + own);
        HB(either)(minus + own, minus + other, total_minus[e], tiny, lanes, share_minus + own, gains + own);
        for (int64_t b = 0; b < lanes; b++) logs[own + b] = hb_log2_float(logs[own + b] / gains[own + b]);
    }
    for (int e = 0; e < 2; e++) {
        float shares = HB(sum_bins)(share_plus + e * lanes, lanes) - HB(sum_bins)(share_minus + e * lanes, lanes);
        const float *others_plus = share_plus + (1 - e) * lanes, *others_minus = share_minus + (1 - e) * lanes;
        for (int64_t b = 0; b < lanes; b++) {
            float weight = (shares + (others_plus[b] - others_minus[b])) * 1.44269504f;
            gains[e * lanes + b] = rest[e] + by_red * (logs[e * lanes + b] + weight);
        }
    }
    if (by_r == 0.0f && by_both == 0.0f) return;
    for (int e = 0; e < 2; e++)
        for (int64_t b = 0; b < lanes; b++) {
            float of_b = hb_log2_float(HB(clip)(plus[b] + plus[lanes + b], tiny) / HB(clip)(minus[b] + minus[lanes + b], tiny));
            float of_cell = hb_log2_float(HB(clip)(plus[e * lanes + b], tiny) / HB(clip)(minus[e * lanes + b], tiny));
            gains[e * lanes + b] += by_r * of_b + by_both * of_cell;
        }
}

/* Derivatives by the fields of one unit, over K: g(e, b) P(+) P(-) / K for atoms, (target - P(+)) / K for the likelihood. */
HB_TARGET static void HB(drive)(const hb_ascent *a, const float *fields, const uint8_t *targets, float external, float *restrict plus,
                                float *restrict minus, int32_t *restrict cells, double *restrict doubles, float *restrict slopes) {
    int64_t patterns = a->patterns, bins = a->bins;
    float share = (float)(1.0 / (double)patterns);
    HB(outputs)(a, fields, targets, external, plus, minus);
    if (a->kind == HB_LIKELIHOOD) {
        for (int64_t k = 0; k < patterns; k++) slopes[k] = (targets[k] ? minus[k] : -plus[k]) * share;
        return;
    }
    int64_t lanes = (bins + HB_TRAINING_LANES - 1) / HB_TRAINING_LANES * HB_TRAINING_LANES;
    float offset = (float)a->range, scale = (float)((double)bins / (2.0 * a->range)), last = (float)(bins - 1);
    for (int64_t k = 0; k < a->pattern_lanes; k++) {
        float bin = (fields[k] + offset) * scale;
        bin = bin > 0.0f ? bin : 0.0f;
        bin = bin < last ? bin : last;
        cells[k] = (int32_t)bin + (targets[k] ? (int32_t)lanes : 0);
    }
    double *sums = doubles;
    float *gains = (float *)(sums + 4 * lanes), *work = gains + 2 * lanes;
    memset(sums, 0, sizeof(double) * 4 * (size_t)lanes);
    for (int64_t k = 0; k < patterns; k++) {
        double *cell = sums + 2 * cells[k];
        cell[0] += plus[k];
        cell[1] += minus[k];
    }
    HB(gains)(a, sums, lanes, work, gains);
    for (int64_t k = 0; k < patterns; k++) slopes[k] = gains[cells[k]] * (plus[k] * minus[k] * share);
}

/* Sum of products; exact products, added one after another in double. */
HB_TARGET static double HB(dot)(int64_t count, const float *a, const float *b) {
    double sum = 0.0;
    for (int64_t j = 0; j < count; j++) sum += (double)a[j] * (double)b[j];
    return sum;
}

/* One step of Adam (Kingma and Ba 2015, algorithm 1), upwards. In vectors by hand: with sqrtf, which may set errno, gcc leaves the loop. */
HB_TARGET static void HB(adam)(int64_t lanes, float step, float second, const float *gradient, float *weights, float *means,
                               float *squares) {
    for (int64_t j = 0; j < lanes; j += HB_LOOKUP) {
        HB(lookup) g = HB(read_floats)(gradient + j);
        HB(lookup) m = 0.9f * HB(read_floats)(means + j) + 0.1f * g;
        HB(lookup) s = 0.999f * HB(read_floats)(squares + j) + 0.001f * (g * g);
        HB(write_floats)(means + j, m);
        HB(write_floats)(squares + j, s);
        HB(write_floats)(weights + j, HB(read_floats)(weights + j) + (m * step) / (HB(roots)(s * second) + 1e-8f));
    }
}

/* Rows are trained a few at a time through all epochs, so that their weights and moments stay in the cache. */
HB_TARGET static void HB(ascend)(const hb_ascent *a, int64_t first, int64_t rows, float *weights, float *means, float *squares,
                                 const float *schedule, int64_t epochs, void *workspace) {
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
                    HB(drive)(a, fields + r * lanes, a->targets + (first + i + r) * lanes, now[HB_EXTERNAL], plus, minus, cells, doubles,
                              slopes + r * lanes);
            }
            HB(signed_sums)(slopes, lanes, a->patterns, a->pattern_codes, a->unit_lanes, tables, gradient);
            for (int64_t r = 0; r < HB_BLOCK_ROWS && i + r < rows; r++) {
                int64_t row = (i + r) * a->unit_lanes;
                float *slope = gradient + r * a->unit_lanes, *w = weights + row;
                slope[first + i + r] = 0.0f; /* no coupling of a unit to itself */
                for (int64_t j = a->units; j < a->unit_lanes; j++) slope[j] = 0.0f;
                if (a->norm > 0.0) { /* along the sphere only */
                    float part = (float)(HB(dot)(a->units, slope, w) / (a->norm * a->norm));
                    for (int64_t j = 0; j < a->units; j++) slope[j] -= part * w[j];
                }
                HB(adam)(a->unit_lanes, now[HB_STEP], now[HB_SECOND], slope, w, means + row, squares + row);
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

HB_TARGET
HB_INLINE void HB(strengthen)(const hb_dual *d, int64_t l, double step, double *restrict strengths, double *restrict fields, double *sums) {
    const float *row = d->gram + l * d->patterns;
    double signed_step = d->targets[l] * step;
    strengths[l] += step;
    sums[0] += step;
    for (int64_t k = 0; k < d->patterns; k++) fields[k] += signed_step * (double)row[k];
}

/* Perceptron with margin, x h <= kappa |w| (Gardner 1988, appendix), patterns one after another; strengths count the updates, so every
   number is an integer. The pocket (Gallant 1990) keeps the strengths with the fewest violations at the end of an epoch.
   sums: [strengths, squared norm of w, fewest violations]. Returns the epochs run; fewer than asked means that one had no update. */
HB_TARGET static int64_t HB(perceptron)(const hb_dual *d, double kappa, int64_t epochs, double *strengths, double *fields, double *sums,
                                        double *pocket) {
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
HB_TARGET static int64_t HB(adatron)(const hb_dual *d, double rate, double tolerance, int64_t sweeps, double *strengths, double *fields,
                                     double *sums) {
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

/* W_ij <- W_ij + x_i x_j, kept within -bound..bound, pattern after pattern, in rows first..last-1; the first pattern comes first. */
HB_TARGET static void HB(bounded)(const int8_t *patterns, int64_t count, int64_t units, int32_t bound, int64_t first, int64_t last,
                                  int32_t *out) {
    for (int64_t i = first; i < last; i++) {
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
