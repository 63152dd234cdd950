/* The field of a unit. Pattern space: a sum of weights over the patterns whose bit is set in the unit's column.
   Coupling space: all fields are kept as integers and a flip adds one row of couplings. */

/* weights[mu] = G(a-1) + G(a) and the sums, after the agreements have changed. */
HB_TARGET static void HB(weigh)(const hb_model *m, hb_run *r) {
    const int32_t *a = r->agreements;
    int64_t shift = 0;
    r->weighed = 1;
    r->exact_loaded = 0;
    if (m->relative) {
        int32_t top = 0;
        for (int64_t k = 0; k < m->patterns; k++) top = a[k] > top ? a[k] : top;
        r->top = top;
        shift = m->units - top;
    }
    if (m->kind == HB_EXACT) {
        const int64_t *gain = m->gain + shift;
        int64_t *weights = r->weights, total = 0, differ = 0;
        for (int64_t k = 0; k < m->patterns; k++) {
            int64_t apart = gain[a[k] + 1], both = gain[a[k]] + apart;
            weights[k] = both;
            total += both;
            differ += apart;
        }
        r->total = total;
        r->differ = differ;
    } else {
        const double *gain = m->gain_float;
        double *weights = r->weights, total = 0, differ = 0, magnitude = 0;
        for (int64_t k = 0; k < m->patterns; k++) {
            double apart = gain[a[k] + 1], both = gain[a[k]] + apart;
            weights[k] = both;
            total += both;
            differ += apart;
            magnitude += fabs(both) + fabs(apart);
        }
        r->total_float = total;
        r->differ_float = differ;
        r->magnitude = magnitude;
    }
}

/* Makes the weights, if a flip has changed them. */
HB_TARGET HB_INLINE void HB(weigh_if_stale)(const hb_model *m, hb_run *r) {
    if (r->weighed) return;
    if (m->planes) HB(read_planes)(m, r);
    HB(weigh)(m, r);
}

/* The weights in exact pieces of 32 bits, each in an int64 lane of its own: P(m+2) - P(m-2), and the sums of P(m+2) - P(m). */
HB_TARGET static void HB(weigh_exactly)(const hb_model *m, hb_run *r) {
    int limbs = m->limbs;
    int64_t lanes = hb_round_up(m->patterns, 64);
    uint32_t power[3][HB_MAX_LIMBS];
    memset(r->limb_total, 0, sizeof(int64_t) * HB_MAX_LIMBS);
    memset(r->limb_differ, 0, sizeof(int64_t) * HB_MAX_LIMBS);
    for (int l = 0; l < limbs; l++) memset(r->limbs + l * lanes + m->patterns, 0, sizeof(int64_t) * (size_t)(lanes - m->patterns));
    for (int64_t k = 0; k < m->patterns; k++) {
        int64_t overlap = 2 * (int64_t)r->agreements[k] - m->units, sign[3];
        for (int j = 0; j < 3; j++) sign[j] = hb_power(overlap + 2 * (j - 1), m->power, m->rectified, limbs, power[j]);
        for (int l = 0; l < limbs; l++) {
            int64_t up = sign[2] * power[2][l], both = up - sign[0] * power[0][l];
            r->limbs[l * lanes + k] = both;
            r->limb_total[l] += both;
            r->limb_differ[l] += up - sign[1] * power[1][l];
        }
    }
    r->exact_loaded = 1;
}

/* sigma_i N_i in pieces; returns its sign, and the digits of its magnitude in `pieces`. */
HB_TARGET static int HB(sum_exactly)(const hb_model *m, hb_run *r, int64_t unit, int bit, int64_t *pieces) {
    int64_t lanes = hb_round_up(m->patterns, 64);
    if (!r->exact_loaded) HB(weigh_exactly)(m, r);
    for (int l = 0; l < m->limbs; l++) {
        int64_t set = HB(sum_where)(m->columns + unit * m->column_words, m->column_words, r->limbs + l * lanes);
        pieces[l] = (bit ? set : r->limb_total[l] - set) - r->limb_differ[l];
    }
    pieces[m->limbs] = pieces[m->limbs + 1] = 0;
    return hb_carry(pieces, m->limbs + 2);
}

/* sigma_i N_i in doubles; exact integers lie within *error of it. */
HB_TARGET HB_INLINE double HB(sum_filtered)(const hb_model *m, hb_run *r, int64_t unit, int bit, double *error) {
    HB(weigh_if_stale)(m, r);
    double set = HB(sum_where_float)(m->columns + unit * m->column_words, m->column_words, r->weights);
    *error = m->filter_error * r->magnitude;
    return (bit ? set : r->total_float - set) - r->differ_float;
}

/* sigma_i N_i in integers: exact if `exact`, else a number of the same sign. */
HB_TARGET HB_INLINE int64_t HB(sum_integers)(const hb_model *m, hb_run *r, int64_t unit, int bit, int exact) {
    if (m->planes == HB_SLICED) return HB(sum_planes)(m, r, unit, bit, exact, 0, 0);
    HB(weigh_if_stale)(m, r);
    int64_t set = HB(sum_where)(m->columns + unit * m->column_words, m->column_words, r->weights);
    return (bit ? set : r->total - set) - r->differ;
}

/* Sign of N_i, exact. */
HB_TARGET HB_INLINE int HB(sign)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    int64_t n;
    if (m->planes) {
        int foreseen = HB(foresee)(m, &r->planes, unit, bit);
        r->reading = foreseen == 0;
        if (foreseen) return bit ? foreseen : -foreseen;
    }
    switch (m->kind) {
    case HB_EXACT:
        n = HB(sum_integers)(m, r, unit, bit, 0);
        n = bit ? n : -n;
        break;
    case HB_FILTERED: {
        int64_t pieces[HB_MAX_LIMBS];
        double error, x = HB(sum_filtered)(m, r, unit, bit, &error);
        int sign = fabs(x) > error ? (x > 0) - (x < 0) : HB(sum_exactly)(m, r, unit, bit, pieces);
        return bit ? sign : -sign;
    }
    case HB_COUPLINGS64:
        n = ((const int64_t *)r->weights)[unit];
        break;
    default:
        n = ((const int32_t *)r->weights)[unit];
    }
    return (n > 0) - (n < 0);
}

/* h_i in energy units: the exact integer N_i, rounded once, times its scale. */
HB_TARGET HB_INLINE double HB(field)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    int64_t pieces[HB_MAX_LIMBS];
    double n;
    switch (m->kind) {
    case HB_EXACT: {
        int64_t sum = HB(sum_integers)(m, r, unit, bit, 1);
        n = (double)(bit ? sum : -sum);
        if (!m->relative) return n / m->divisor;
        return n * (m->unit * hb_exp(m->beta * (double)(2 * r->top - m->units + 1)));
    }
    case HB_FILTERED: {
        HB(weigh_if_stale)(m, r);
        int sign = HB(sum_exactly)(m, r, unit, bit, pieces);
        n = sign * hb_nearest(pieces, m->limbs + 2);
        return (bit ? n : -n) / m->divisor;
    }
    case HB_COUPLINGS64:
        return (double)((const int64_t *)r->weights)[unit] * m->scale;
    default:
        return (double)((const int32_t *)r->weights)[unit] * m->scale;
    }
}

#define HB_ROWS_TOGETHER 4
#define HB_FOURS 4 /* rows in a block, over four */

#define HB_COUPLING int8_t
#define HB_TABLE int16_t
#define HB_INTEGER int32_t
#define HB_SIZED(name) HB(name##8)
#include "couplings.h"
#define HB_COUPLING int16_t
#define HB_TABLE int32_t
#define HB_INTEGER int32_t
#define HB_SIZED(name) HB(name##16)
#include "couplings.h"
#define HB_COUPLING int32_t
#define HB_TABLE int32_t
#define HB_INTEGER int32_t
#define HB_SIZED(name) HB(name##32)
#include "couplings.h"
#define HB_COUPLING int64_t
#define HB_TABLE int64_t
#define HB_INTEGER int64_t
#define HB_SIZED(name) HB(name##64)
#include "couplings.h"

/* f of the width of the couplings; those up to 32 bits have the same fields. */
#define HB_CALL_SIZED(f, ...)                                  \
    do {                                                       \
        if (m->kind == HB_COUPLINGS8) HB(f##8)(__VA_ARGS__);   \
        else if (m->kind == HB_COUPLINGS16) HB(f##16)(__VA_ARGS__); \
        else if (m->kind == HB_COUPLINGS32) HB(f##32)(__VA_ARGS__); \
        else HB(f##64)(__VA_ARGS__);                           \
    } while (0)

HB_TARGET static void HB(add_twice)(const hb_model *m, hb_run *r, int64_t unit, int bit) { HB_CALL_SIZED(add_twice, m, r, unit, bit); }

/* Visits that the signs of the fields decide, from `position` to the first flip or to `stop`; returns where it is. */
HB_TARGET HB_INLINE int64_t HB(seek_some)(const void *fields, const uint64_t *state, const uint32_t *visits, int tie, int64_t position, int64_t stop,
                                          const int wide) {
    int plus = tie == HB_PLUS, keep = tie == HB_KEEP;
    for (; position < stop; position++) {
        int64_t unit = visits ? visits[position] : position;
        int bit = hb_bit(state, unit);
        int64_t h = wide ? ((const int64_t *)fields)[unit] : ((const int32_t *)fields)[unit];
        if ((h > -(plus | (keep & bit))) != bit) break; /* at zero: to 1 if that is the rule for ties */
    }
    return position;
}

HB_TARGET static int64_t HB(seek)(const hb_model *m, const hb_run *r, const uint64_t *state, const uint32_t *visits, int tie, int64_t position,
                                  int64_t stop) {
    if (m->kind == HB_COUPLINGS64) return HB(seek_some)(r->weights, state, visits, tie, position, stop, 1);
    return HB(seek_some)(r->weights, state, visits, tie, position, stop, 0);
}

/* E = -1/2 sum sigma_i (h_i + b_i) of symmetric couplings: integers below 2^31 each, so the sum is exact. */
HB_TARGET static double HB(coupling_energy)(const hb_model *m, const int32_t *fields, const uint64_t *state) {
    const int32_t *bias = m->bias;
    int64_t sum = 0;
    for (int64_t i = 0; i < m->units; i++) {
        int64_t turn = (int64_t)hb_bit(state, i) - 1;
        sum += (((int64_t)fields[i] + bias[i]) ^ turn) - turn;
    }
    return -0.5 * ((double)sum * m->scale);
}

/* The fields of state q of `count`, alone or from a block of states. */
HB_TARGET static void HB(first_fields)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    size_t bytes = (size_t)((m->kind == HB_COUPLINGS64 ? 8 : 4) * m->units);
    const uint64_t *state = states + q * m->row_words;
    if (q < r->shared_from || q >= r->shared_from + r->shared_count) {
        int64_t block = count - q < HB_TOGETHER ? count - q : HB_TOGETHER;
        r->shared_from = q;
        r->shared_count = block < 8 ? 0 : block;
        if (r->shared_count) HB_CALL_SIZED(field_block, m, state, block, (void *)r->shared);
    }
    if (r->shared_count) memcpy(r->weights, (char *)r->shared + (size_t)(q - r->shared_from) * bytes, bytes);
    else HB_CALL_SIZED(field_rows, m, state, r->weights);
}

HB_TARGET static void HB(take_overlaps)(const hb_model *m, hb_run *r, const int32_t *overlaps) {
    for (int64_t k = 0; k < m->patterns; k++) r->agreements[k] = (int32_t)(((int64_t)overlaps[k] + m->units) / 2);
}

/* The agreements of state q of `count`, alone or from a block of states. */
HB_TARGET static void HB(agree)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    if (q < r->shared_from || q >= r->shared_from + r->shared_count) {
        int64_t block = count - q < hb_sharing(m) ? count - q : hb_sharing(m);
        r->shared_from = q;
        r->shared_count = block < 4 ? 0 : block;
        if (r->shared_count) HB(overlap_block)(m->rows, m->patterns, m->units, states + q * m->row_words, block, r->shared);
    }
    if (r->shared_count == 0) {
        HB(agreements)(m->rows, m->patterns, m->units, states + q * m->row_words, r->agreements);
        return;
    }
    HB(take_overlaps)(m, r, r->shared + (q - r->shared_from) * m->patterns);
}

/* Takes a state into the workspace, whose agreements are there already. */
HB_TARGET static void HB(load_agreed)(const hb_model *m, hb_run *r) {
    r->reading = 1;
    r->ahead = 0;
    r->weighed = 0;
    if (m->planes != HB_SLICED) memset((char *)r->weights + 8 * m->patterns, 0, (size_t)(8 * (hb_round_up(m->patterns, 64) - m->patterns)));
    if (m->planes) HB(load_planes)(m, r);
}

/* Takes state q of `count` into the workspace. */
HB_TARGET static void HB(load)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    if (hb_in_patterns(m)) {
        HB(agree)(m, r, states, q, count);
        HB(load_agreed)(m, r);
        return;
    }
    r->reading = 0;
    HB(first_fields)(m, r, states, q, count);
}

/* Unit i has taken the value `bit` in `state`: one pass over K, or over D in coupling space. */
HB_TARGET static void HB(flip)(const hb_model *m, hb_run *r, const uint64_t *state, int64_t unit, int bit) {
    if (m->planes) {
        HB(flip_planes)(m, r, state, unit);
    } else if (hb_in_patterns(m)) {
        const uint64_t *column = m->columns + unit * m->column_words;
        uint64_t turn = bit ? 0 : ~(uint64_t)0;
        for (int64_t k = 0; k < m->patterns; k += 64) {
            uint64_t word = column[k >> 6] ^ turn;
            int64_t width = m->patterns - k < 64 ? m->patterns - k : 64;
            for (int64_t j = 0; j < width; j++) r->agreements[k + j] += (int32_t)(word >> j & 1) * 2 - 1;
        }
        r->weighed = 0;
    } else {
        HB(add_twice)(m, r, unit, bit);
    }
}

/* h_i of some units in each state. */
HB_TARGET static void HB(fields)(const hb_model *m, const uint64_t *states, int64_t count, const uint32_t *units, int64_t unit_count, double *out,
                                 void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, NULL, workspace);
    r->shared_count = 0;
    for (int64_t q = 0; q < count; q++) {
        HB(load)(m, r, states, q, count);
        for (int64_t j = 0; j < unit_count; j++) *out++ = HB(field)(m, r, units[j], hb_bit(states + q * m->row_words, units[j]));
    }
}

/* E = -sum F(m) from agreements: integers where F is a power, else doubles added in the order of the patterns. */
HB_TARGET static double HB(energy)(const hb_model *m, const int32_t *agreements) {
    if (m->energy_table) {
        double sum = 0;
        for (int64_t k = 0; k < m->patterns; k++) sum += m->energy_table[agreements[k]];
        return -sum;
    }
    if (m->power_table) {
        int64_t sum = 0;
        for (int64_t k = 0; k < m->patterns; k++) sum += m->power_table[agreements[k]];
        return -((double)sum / m->energy_divisor);
    }
    uint32_t power[HB_MAX_LIMBS];
    int64_t pieces[HB_MAX_LIMBS] = {0};
#ifdef __SIZEOF_INT128__
    if (m->limbs < 4) { /* |m|^n < 2^96, and K of them below 2^127 */
        __int128 sum = 0;
        for (int64_t k = 0; k < m->patterns; k++) {
            int64_t overlap = 2 * (int64_t)agreements[k] - m->units;
            if (m->rectified && overlap < 0) continue;
            __int128 x = overlap;
            for (int e = 1; e < m->power; e++) x *= overlap;
            sum += x;
        }
        for (int l = 0; l < m->limbs + 1; l++, sum >>= 32) pieces[l] = (int64_t)(sum & 0xFFFFFFFF);
        pieces[m->limbs + 1] = (int64_t)sum;
    } else
#endif
    for (int64_t k = 0; k < m->patterns; k++) {
        int sign = hb_power(2 * (int64_t)agreements[k] - m->units, m->power, m->rectified, m->limbs, power);
        for (int l = 0; l < m->limbs; l++) pieces[l] += sign * (int64_t)power[l];
    }
    int sign = hb_carry(pieces, m->limbs + 2);
    return -(sign * hb_nearest(pieces, m->limbs + 2) / m->energy_divisor);
}

/* From the overlaps of `count` states. */
HB_TARGET static void HB(energies)(const hb_model *m, const int32_t *overlaps, int64_t count, double *out, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, NULL, workspace);
    for (int64_t q = 0; q < count; q++) {
        HB(take_overlaps)(m, r, overlaps + q * m->patterns);
        out[q] = HB(energy)(m, r->agreements);
    }
}
