/* The field of a unit. Pattern space: a sum of weights over the patterns whose bit is set in the unit's column.
   Coupling space: all fields are kept as integers and a flip adds one row of couplings. */

/* The weights G(a-1) + G(a) of the patterns and the sums. `top`: a pattern with a larger a counts zero times. */
HB_TARGET HB_INLINE void HB(weigh_integers)(const hb_model *m, hb_run *r, const int64_t *gain, int32_t top, const int many) {
    const int32_t *restrict a = r->agreements;
    const int64_t *restrict multitude = m->gain.multitude;
    int64_t *restrict weights = r->sums.exact, total = 0, differ = 0, count = m->patterns.count;
    for (int64_t k = 0; k < count; k++) {
        int64_t at = many && a[k] > top ? top : a[k], apart = gain[at + 1], both = gain[at] + apart;
        if (many) apart *= multitude[k], both *= multitude[k];
        weights[k] = both;
        total += both;
        differ += apart;
    }
    r->sums.total = total;
    r->sums.differ = differ;
}

/* Those of n = 2, 3, 4 from the overlaps x themselves, in vectors, for a table is read one by one:
   G(a-1) + G(a) = (x + 2)^n - (x - 2)^n, and G(a) is half of it and a rest. */
HB_TARGET HB_INLINE void HB(weigh_powers)(const hb_model *m, hb_run *r, const int power) {
    const int32_t *restrict a = r->agreements;
    const int64_t *restrict multitude = m->gain.multitude;
    int64_t *restrict weights = r->sums.exact, total = 0, rest = 0, count = m->patterns.count, units = m->units;
    for (int64_t k = 0; k < count; k++) {
        int64_t w = multitude[k], x = 2 * (int64_t)a[k] - units;
        int64_t both = w * (power == 2 ? 8 * x : power == 3 ? 12 * x * x + 16 : 16 * x * (x * x + 4));
        weights[k] = both;
        total += both;
        rest += w * (power == 2 ? 4 : power == 3 ? 12 * x : 24 * x * x + 16);
    }
    r->sums.total = total;
    r->sums.differ = total / 2 + rest;
}

/* n = 2 in 32 bits. */
HB_TARGET static void HB(weigh_narrow)(const hb_model *m, hb_run *r) {
    const int32_t *restrict a = r->agreements, *restrict times = m->gain.times;
    int32_t *restrict weights = r->sums.narrow, total = 0, rest = 0, units = (int32_t)m->units;
    for (int64_t k = 0; k < m->patterns.count; k++) {
        int32_t both = 8 * times[k] * (2 * a[k] - units);
        weights[k] = both;
        total += both;
        rest += 4 * times[k];
    }
    r->sums.total = total;
    r->sums.differ = total / 2 + rest;
}

HB_TARGET HB_INLINE void HB(weigh_floats)(const hb_model *m, hb_run *r, const int many) {
    const int32_t *restrict a = r->agreements;
    const double *restrict gain = m->gain.rounded;
    const int64_t *restrict multitude = m->gain.multitude;
    int64_t count = m->patterns.count;
    double *restrict weights = r->sums.rounded, total = 0, differ = 0, magnitude = 0;
    for (int64_t k = 0; k < count; k++) {
        double apart = gain[a[k] + 1], both = gain[a[k]] + apart;
        if (many) apart *= (double)multitude[k], both *= (double)multitude[k];
        weights[k] = both;
        total += both;
        differ += apart;
        magnitude += fabs(both) + fabs(apart);
    }
    r->sums.total_float = total;
    r->sums.differ_float = differ;
    r->sums.magnitude = magnitude;
}

/* The same after the agreements have changed. */
HB_TARGET static void HB(weigh)(const hb_model *m, hb_run *r) {
    const int32_t *a = r->agreements;
    const int64_t *multitude = m->gain.multitude, *gain = m->gain.exact;
    int32_t top = hb_relative(m) ? 0 : (int32_t)m->units;
    r->sums.weighed = 1;
    r->sums.exact_loaded = 0;
    if (hb_relative(m)) {
        if (multitude)
            for (int64_t k = 0; k < m->patterns.count; k++) top = a[k] > top && multitude[k] ? a[k] : top;
        else
            for (int64_t k = 0; k < m->patterns.count; k++) top = a[k] > top ? a[k] : top;
        r->sums.top = top;
        gain += m->units - top;
    }
    if (m->kind == HB_FILTERED && multitude) HB(weigh_floats)(m, r, 1);
    else if (m->kind == HB_FILTERED) HB(weigh_floats)(m, r, 0);
    else if (m->gain.times) HB(weigh_narrow)(m, r);
    else if (multitude && m->gain.power == 2 && !m->gain.rectified) HB(weigh_powers)(m, r, 2);
    else if (multitude && m->gain.power == 3 && !m->gain.rectified) HB(weigh_powers)(m, r, 3);
    else if (multitude && m->gain.power == 4 && !m->gain.rectified) HB(weigh_powers)(m, r, 4);
    else if (multitude) HB(weigh_integers)(m, r, gain, top, 1);
    else HB(weigh_integers)(m, r, gain, top, 0);
    if (!m->gain.logarithmic) return;
    for (int64_t k = 0; k < m->patterns.count; k++) r->sums.apart[k] = gain[(a[k] > top ? top : a[k]) + 1] * (multitude ? multitude[k] : 1);
    for (int64_t k = m->patterns.count; k < hb_round_up(m->patterns.count, 64); k++) r->sums.apart[k] = 0;
}

/* Makes the weights, if a flip has changed them. */
HB_TARGET HB_INLINE void HB(weigh_if_stale)(const hb_model *m, hb_run *r) {
    if (r->sums.weighed) return;
    if (m->planes) HB(read_planes)(m, r);
    HB(weigh)(m, r);
}

/* The weights in exact pieces of 32 bits, each in an int64 lane of its own: P(m+2) - P(m-2), and the sums of P(m+2) - P(m). */
HB_TARGET static void HB(weigh_exactly)(const hb_model *m, hb_run *r) {
    int limbs = m->gain.limbs;
    int64_t lanes = hb_round_up(m->patterns.count, 64);
    uint32_t power[3][HB_MAX_LIMBS];
    int64_t both[HB_MAX_LIMBS], apart[HB_MAX_LIMBS];
    memset(r->sums.limb_total, 0, sizeof(int64_t) * HB_MAX_LIMBS);
    memset(r->sums.limb_differ, 0, sizeof(int64_t) * HB_MAX_LIMBS);
    for (int l = 0; l < limbs; l++)
        memset(r->sums.limbs + l * lanes + m->patterns.count, 0, sizeof(int64_t) * (size_t)(lanes - m->patterns.count));
    for (int64_t k = 0; k < m->patterns.count; k++) {
        int64_t overlap = 2 * (int64_t)r->agreements[k] - m->units, sign[3];
        for (int j = 0; j < 3; j++) sign[j] = hb_power(overlap + 2 * (j - 1), m->gain.power, m->gain.rectified, limbs, power[j]);
        for (int l = 0; l < limbs; l++) {
            int64_t up = sign[2] * (int64_t)power[2][l];
            both[l] = up - sign[0] * (int64_t)power[0][l];
            apart[l] = up - sign[1] * (int64_t)power[1][l];
        }
        if (m->gain.multitude) {
            hb_multiply(both, limbs, m->gain.multitude[k]);
            hb_multiply(apart, limbs, m->gain.multitude[k]);
        }
        for (int l = 0; l < limbs; l++) {
            r->sums.limbs[l * lanes + k] = both[l];
            r->sums.limb_total[l] += both[l];
            r->sums.limb_differ[l] += apart[l];
        }
    }
    r->sums.exact_loaded = 1;
}

/* What the bias adds to sigma_i N_i. */
HB_INLINE int64_t HB(bias_of)(const hb_model *m, int64_t unit, int bit) {
    if (!m->gain.bias) return 0;
    return bit ? m->gain.bias[unit] : -m->gain.bias[unit];
}

/* sigma_i N_i in pieces; returns its sign, and the digits of its magnitude in `pieces`. */
HB_TARGET static int HB(sum_exactly)(const hb_model *m, hb_run *r, int64_t unit, int bit, int64_t *pieces) {
    int64_t lanes = hb_round_up(m->patterns.count, 64);
    if (!r->sums.exact_loaded) HB(weigh_exactly)(m, r);
    for (int l = 0; l < m->gain.limbs; l++) {
        int64_t set = HB(sum_where)(hb_column(m, unit), m->patterns.column_words, r->sums.limbs + l * lanes);
        pieces[l] = (bit ? set : r->sums.limb_total[l] - set) - r->sums.limb_differ[l];
    }
    pieces[m->gain.limbs] = pieces[m->gain.limbs + 1] = 0;
    int64_t bias = HB(bias_of)(m, unit, bit);
    pieces[0] += bias & 0xFFFFFFFF;
    pieces[1] += bias >> 32;
    return hb_carry(pieces, m->gain.limbs + 2);
}

/* sigma_i N_i in doubles; exact integers lie within *error of it. */
HB_TARGET HB_INLINE double HB(sum_filtered)(const hb_model *m, hb_run *r, int64_t unit, int bit, double *error) {
    HB(weigh_if_stale)(m, r);
    double set = HB(sum_where_float)(hb_column(m, unit), m->patterns.column_words, r->sums.rounded);
    double bias = (double)HB(bias_of)(m, unit, bit);
    *error = m->gain.error * (r->sums.magnitude + fabs(bias));
    return (bit ? set : r->sums.total_float - set) - r->sums.differ_float + bias;
}

/* sigma_i N_i of weights in 32 bits, or with a bias. */
HB_TARGET static int64_t HB(sum_apart)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    const uint64_t *column = hb_column(m, unit);
    int64_t words = m->patterns.column_words;
    int64_t set = m->gain.times ? HB(sum_where_narrow)(column, words, r->sums.narrow) : HB(sum_where)(column, words, r->sums.exact);
    return (bit ? set : r->sums.total - set) - r->sums.differ + HB(bias_of)(m, unit, bit);
}

/* sigma_i N_i in integers: exact if `exact`, else a number of the same sign. */
HB_TARGET HB_INLINE int64_t HB(sum_integers)(const hb_model *m, hb_run *r, int64_t unit, int bit, int exact) {
    if (m->planes == HB_SLICED) return exact ? HB(sum_planes)(m, r, unit, bit) : HB(sum_lifted)(m, r, unit, bit, 0, 0, 0, 0);
    HB(weigh_if_stale)(m, r);
    if (!m->gain.plain) return HB(sum_apart)(m, r, unit, bit); /* beside a few patterns two questions a visit take 4 % */
    int64_t set = HB(sum_where)(hb_column(m, unit), m->patterns.column_words, r->sums.exact);
    return (bit ? set : r->sums.total - set) - r->sums.differ;
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
        if (r->halved) return HB(filtered_sign)(m, r, unit);
        if (r->fine) return HB(fine_sign)(m, r, unit);
        n = ((const int64_t *)r->fields)[unit];
        break;
    case HB_COUPLINGS8: n = HB(half_integer)(m, r, unit); break;
    default: n = ((const int32_t *)r->fields)[unit];
    }
    return (n > 0) - (n < 0);
}

/* What one is worth in the sums of an exponential. */
HB_TARGET HB_INLINE double HB(relative_unit)(const hb_model *m, const hb_run *r) {
    return m->gain.unit * hb_exp(m->gain.beta * (double)(2 * r->sums.top - m->units + 1));
}

/* h_i of a logarithm. With A and B, the sums of e^(beta S) over the patterns that agree with unit i and over the others, both exact,
   sigma_i h_i = ln[(A + c B) / (c A + B)] / (2 beta), c = e^(-2 beta). Near zero the series begins with the difference itself. */
HB_TARGET static double HB(logarithmic_field)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    int64_t differ = HB(sum_integers)(m, r, unit, bit, 1);
    int64_t set = HB(sum_where)(hb_column(m, unit), m->patterns.column_words, r->sums.apart);
    int64_t others = bit ? r->sums.differ - set : set, agree = others + differ;
    double c = m->gain.unit, a = (double)agree, b = (double)others, turn = (1.0 - c) * (double)differ / ((1.0 + c) * (a + b));
    double h = (fabs(turn) < 0.17 ? hb_log_turn(turn) : hb_ln((a + c * b) / (c * a + b))) / (2.0 * m->gain.beta);
    return bit ? h : -h;
}

/* h_i in energy units: the exact integer N_i, rounded once, times its scale. */
HB_TARGET HB_INLINE double HB(field)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    int64_t pieces[HB_MAX_LIMBS];
    double n;
    switch (m->kind) {
    case HB_EXACT: {
        if (m->gain.logarithmic) return HB(logarithmic_field)(m, r, unit, bit);
        int64_t sum = HB(sum_integers)(m, r, unit, bit, 1);
        n = (double)(bit ? sum : -sum);
        if (!hb_relative(m)) return n / m->gain.divisor;
        return n * HB(relative_unit)(m, r);
    }
    case HB_FILTERED: {
        HB(weigh_if_stale)(m, r);
        int sign = HB(sum_exactly)(m, r, unit, bit, pieces);
        n = sign * hb_nearest(pieces, m->gain.limbs + 2);
        return (bit ? n : -n) / m->gain.divisor;
    }
    case HB_COUPLINGS64: n = (double)(r->fine ? HB(field_anew)(m, r, unit) : ((const int64_t *)r->fields)[unit]); break;
    case HB_COUPLINGS8: n = (double)HB(half_integer)(m, r, unit); break;
    default: n = (double)((const int32_t *)r->fields)[unit];
    }
    return n * m->couplings.scale / m->couplings.divisor;
}
