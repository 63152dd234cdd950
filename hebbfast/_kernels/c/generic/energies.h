/* Energies, of agreements or of fields. */

/* How many patterns have each number of agreements. */
HB_TARGET static void HB(count_patterns)(const hb_model *m, hb_run *r) {
    const int64_t *multitude = m->gain.multitude;
    memset(r->sums.counts, 0, sizeof(int64_t) * (size_t)(m->units + 1));
    for (int64_t k = 0; k < m->patterns.count; k++) r->sums.counts[r->agreements[k]] += multitude ? multitude[k] : 1;
}

/* E = -ln(sum e^(beta m)) / beta: how many patterns have each overlap are integers, and these are added up from the smallest term. */
HB_TARGET static double HB(logarithmic_energy)(const hb_model *m, hb_run *r) {
    int64_t *counts = r->sums.counts, top = m->units;
    double sum = 0;
    HB(count_patterns)(m, r);
    while (top > 0 && !counts[top]) top--;
    for (int64_t a = 0; a <= top; a++)
        if (counts[a]) sum += (double)counts[a] * m->gain.energy_table[top - a];
    return -((m->gain.beta * (double)(2 * top - m->units) + hb_ln(sum / m->gain.energy_divisor)) / m->gain.beta);
}

/* sum_i b_i sigma_i in two parts, for the sum may leave 64 bits: those above 2^32, and the rest. */
HB_TARGET HB_INLINE void HB(add_bias)(const hb_model *m, const uint64_t *state, int64_t *low, int64_t *high) {
    for (int64_t i = 0; i < m->units; i++) {
        int64_t b = HB(bias_of)(m, i, hb_bit(state, i));
        *low += b & UINT32_MAX;
        *high += b >> 32;
    }
}

/* -sum / energy_divisor of a sum in pieces; with a bias -(2 sum + bias) / divisor, which is twice energy_divisor: rounded once. */
HB_TARGET static double HB(whole_energy)(const hb_model *m, int64_t *pieces, int count, const uint64_t *state) {
    int sign = hb_carry(pieces, count);
    if (!m->gain.bias) return -(sign * hb_nearest(pieces, count) / m->gain.energy_divisor);
    for (int l = 0; l < count; l++) pieces[l] *= 2 * sign;
    HB(add_bias)(m, state, pieces, pieces + 1);
    sign = hb_carry(pieces, count);
    return -(sign * hb_nearest(pieces, count) / m->gain.divisor);
}

/* The same of a sum of doubles. */
HB_TARGET static double HB(rounded_energy)(const hb_model *m, double energy, const uint64_t *state) {
    if (!m->gain.bias) return energy;
    int64_t high = 0, low = 0;
    HB(add_bias)(m, state, &low, &high);
    high += low >> 32;
    return energy - ((double)high * 0x1p32 + (double)(low & UINT32_MAX)) / m->gain.divisor;
}

/* The same of powers beyond 64 bits, pattern by pattern, or overlap by overlap (K = 8192, D = 1024, n = 7: 6 us for 82). */
HB_TARGET static double HB(large_energy)(const hb_model *m, hb_run *r, const uint64_t *state) {
    const int64_t *multitude = m->gain.multitude;
    int64_t pieces[HB_MAX_LIMBS] = {0}, part[HB_MAX_LIMBS], *counts = r->sums.counts;
    uint32_t power[HB_MAX_LIMBS];
    int tallied = hb_tallied(m);
    int64_t terms = tallied ? m->units + 1 : m->patterns.count;
    if (tallied) HB(count_patterns)(m, r);
#ifdef __SIZEOF_INT128__
    if (m->gain.limbs < 4) { /* |m|^n < 2^96, and K of them below 2^127 */
        __int128 sum = 0;
        for (int64_t t = 0; t < terms; t++) {
            int64_t times = tallied ? counts[t] : multitude ? multitude[t] : 1;
            int64_t overlap = 2 * (tallied ? t : (int64_t)r->agreements[t]) - m->units;
            if (!times || (m->gain.rectified && overlap < 0)) continue;
            __int128 x = overlap;
            for (int e = 1; e < m->gain.power; e++) x *= overlap;
            sum += x * times;
        }
        for (int l = 0; l < m->gain.limbs + 1; l++, sum >>= 32) pieces[l] = (int64_t)(sum & 0xFFFFFFFF);
        pieces[m->gain.limbs + 1] = (int64_t)sum;
    } else
#endif
        for (int64_t t = 0; t < terms; t++) {
            int64_t times = tallied ? counts[t] : multitude ? multitude[t] : 1;
            int64_t overlap = 2 * (tallied ? t : (int64_t)r->agreements[t]) - m->units;
            if (!times) continue;
            int sign = hb_power(overlap, m->gain.power, m->gain.rectified, m->gain.limbs, power);
            for (int l = 0; l < m->gain.limbs; l++) part[l] = sign * (int64_t)power[l];
            if (times != 1) hb_multiply(part, m->gain.limbs, times);
            for (int l = 0; l < m->gain.limbs; l++) pieces[l] += part[l];
        }
    return HB(whole_energy)(m, pieces, m->gain.limbs + 2, state);
}

/* E = -sum F(m) - sum b sigma from agreements: integers where F is a power, else doubles added in the order of the patterns. */
HB_TARGET static double HB(energy)(const hb_model *m, hb_run *r, const uint64_t *state) {
    const int32_t *agreements = r->agreements;
    const int64_t *multitude = m->gain.multitude;
    if (m->gain.logarithmic) return HB(rounded_energy)(m, HB(logarithmic_energy)(m, r), state);
    if (m->gain.energy_table) {
        double sum = 0;
        for (int64_t k = 0; k < m->patterns.count; k++)
            sum += m->gain.energy_table[agreements[k]] * (multitude ? (double)multitude[k] : 1.0);
        return HB(rounded_energy)(m, -(sum / m->gain.energy_divisor), state);
    }
    if (m->gain.power_table) {
        int64_t sum = 0;
        for (int64_t k = 0; k < m->patterns.count; k++) sum += m->gain.power_table[agreements[k]] * (multitude ? multitude[k] : 1);
        int64_t halves[4] = {sum & UINT32_MAX, sum >> 32};
        return HB(whole_energy)(m, halves, 4, state);
    }
    return HB(large_energy)(m, r, state);
}

/* Beside int64 couplings terms lie below 2^62: their lower and upper halves are summed, and the sum is rounded once. */
HB_TARGET static double HB(wide_energy)(const hb_model *m, const hb_run *r, const uint64_t *state) {
    const int64_t *bias = m->couplings.bias, *fields = r->fields;
    int64_t pieces[4] = {0};
    for (int64_t i = 0; i < m->units; i++) {
        int64_t turn = (int64_t)hb_bit(state, i) - 1, term = ((fields[i] + bias[i]) ^ turn) - turn;
        pieces[0] += term & 0xFFFFFFFF;
        pieces[1] += term >> 32;
    }
    int sign = hb_carry(pieces, 4);
    return -0.5 * (sign * hb_nearest(pieces, 4) * m->couplings.scale);
}

/* E = -1/2 (own + sum sigma_i (h_i + b_i)) of symmetric couplings: integers below 2^31 each, so the sum is exact. */
HB_TARGET static double HB(coupling_energy)(const hb_model *m, const hb_run *r, const uint64_t *state) {
    if (m->kind == HB_COUPLINGS64) return HB(wide_energy)(m, r, state);
    const int32_t *bias = m->couplings.bias, *fields = r->fields;
    int64_t sum = m->couplings.own;
    if (r->halved) {
        sum += r->wide ? HB(twice_energy_32)(m, r) : HB(twice_energy_16)(m, r);
        return -0.5 * ((double)sum * m->couplings.scale / m->couplings.divisor);
    }
    for (int64_t i = 0; i < m->units; i++) {
        int64_t turn = (int64_t)hb_bit(state, i) - 1;
        sum += (((int64_t)fields[i] + bias[i]) ^ turn) - turn;
    }
    return -0.5 * ((double)sum * m->couplings.scale / m->couplings.divisor);
}

/* Of the cue that the workspace holds. */
HB_TARGET static double HB(energy_held)(const hb_model *m, hb_run *r, const uint64_t *state) {
    if (!hb_in_patterns(m)) return HB(coupling_energy)(m, r, state);
    if (m->planes) HB(read_planes)(m, r);
    return HB(energy)(m, r, state);
}

/* Of `count` states, in coupling space. */
HB_TARGET static void HB(coupling_energies)(const hb_model *m, const uint64_t *states, int64_t count, double *out, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, NULL, workspace);
    r->held = HB_NOTHING;
    r->shared_count = 0;
    for (int64_t q = 0; q < count; q++) {
        HB(load)(m, r, states, q, count, 0);
        out[q] = HB(coupling_energy)(m, r, states + q * m->row_words);
    }
}

/* From the overlaps of `count` states, which themselves are needed where there is a bias. */
HB_TARGET static void HB(energies)(const hb_model *m, const int32_t *overlaps, const uint64_t *states, int64_t count, double *out,
                                   void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, NULL, workspace);
    r->held = HB_NOTHING;
    for (int64_t q = 0; q < count; q++) {
        HB(take_overlaps)(m, r, overlaps + q * m->patterns.count);
        out[q] = HB(energy)(m, r, states ? states + q * m->row_words : NULL);
    }
}
