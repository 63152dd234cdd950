/* Words of the vocabulary in plain C, for levels that have no instruction for them. */
HB_TARGET HB_INLINE HB(vector) HB(load_part)(const uint64_t *p, int64_t words) {
    if (words >= HB_LANES) return HB(load_words)(p);
    uint64_t part[HB_LANES] = {0};
    for (int64_t w = 0; w < words; w++) part[w] = p[w];
    return HB(load_words)(part);
}

HB_TARGET HB_INLINE HB(vector) HB(add_bits)(HB(vector) a, HB(vector) b, HB(vector) c) { return a ^ b ^ c; }
HB_TARGET HB_INLINE HB(vector) HB(carry_bits)(HB(vector) a, HB(vector) b, HB(vector) c) { return (a & b) | (c & (a ^ b)); }
HB_TARGET HB_INLINE HB(vector) HB(choose_bits)(HB(vector) which, HB(vector) a, HB(vector) b) { return b ^ (which & (a ^ b)); }
HB_TARGET HB_INLINE HB(vector) HB(ripple)(HB(vector) carry, HB(vector) old, HB(vector) up) { return carry & ~(old ^ up); }
HB_TARGET HB_INLINE HB(vector) HB(step)(HB(vector) up, HB(vector) old, HB(vector) now) { return (up & old) | ~(up | now); }

HB_TARGET HB_UNUSED static int64_t HB(sum_where_narrow)(const uint64_t *bits, int64_t words, const int32_t *values) {
    uint32_t sum = 0;
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int half = 0; half < 2; half++) {
            uint32_t word = (uint32_t)(bits[w] >> (32 * half));
            for (int j = 0; j < 32; j++) sum += (uint32_t)values[32 * half + j] & (0 - (word >> j & 1));
        }
    return (int32_t)sum;
}

HB_TARGET HB_INLINE void HB(add_rows)(const uint64_t *const *rows, int64_t words, const int32_t *weights, int32_t *sums) {
    for (int64_t w = 0; w < words; w++, sums += 64)
        for (int half = 0; half < 2; half++) {
            uint32_t bits[4];
            for (int r = 0; r < 4; r++) bits[r] = (uint32_t)(rows[r][w] >> (32 * half));
            for (int j = 0; j < 32; j++) {
                uint32_t sum = (uint32_t)sums[32 * half + j];
                for (int r = 0; r < 4; r++) sum += (uint32_t)weights[r] & (0 - (bits[r] >> j & 1));
                sums[32 * half + j] = (int32_t)sum;
            }
        }
}

/* sum + factor * values where no product needs rounding, so that fusing it with the sum changes no bit. */
HB_TARGET HB_INLINE HB(doubles) HB(add_exact)(HB(doubles) sum, double factor, HB(doubles) values) { return sum + factor * values; }

HB_TARGET HB_INLINE void HB(unpack_word)(uint64_t word, int8_t *values) {
    HB(spread_bits)(word, values);
    for (int j = 0; j < 64; j++) values[j] = (int8_t)(-1 - 2 * values[j]);
}

/* By ever smaller off-diagonal blocks (Warren, Hacker's Delight, 7-3). */
HB_TARGET HB_INLINE void HB(transpose_block)(uint64_t *block) {
    uint64_t mask = 0x00000000FFFFFFFFu;
    for (int half = 32; half; half >>= 1, mask ^= mask << half)
        for (int base = 0; base < 64; base += 2 * half)
            for (int r = base; r < base + half; r++) {
                uint64_t swap = (block[r] >> half ^ block[r + half]) & mask;
                block[r] ^= swap << half;
                block[r + half] ^= swap;
            }
}

HB_INLINE int HB(transpose_tile)(const uint64_t *words, int64_t rows, int64_t units, int64_t row_words, uint64_t *out, int64_t out_words) {
    (void)words, (void)rows, (void)units, (void)row_words, (void)out, (void)out_words;
    return 0;
}

HB_TARGET HB_INLINE void HB(slice)(const int32_t *numbers, int bits, uint64_t *out) {
    uint64_t block[64];
    for (int j = 0; j < 64; j++) block[j] = (uint64_t)numbers[j] & (((uint64_t)1 << bits) - 1);
    HB(transpose_block)(block);
    for (int b = 0; b < bits; b++) out[b] = block[b];
}

HB_TARGET HB_INLINE void HB(join)(const uint64_t *planes, int bits, int32_t base, int32_t *out) {
    uint64_t numbers[64] = {0}, sign = (uint64_t)1 << (bits - 1);
    for (int b = 0; b < bits; b++) numbers[b] = planes[b * HB_LANES];
    HB(transpose_block)(numbers);
    for (int j = 0; j < 64; j++) out[j] = base + (int32_t)((numbers[j] ^ sign) - sign);
}

HB_TARGET HB_INLINE void HB(finish_rows)(HB(vector) *sum, const uint64_t *rows, int64_t row_words, const uint64_t *state, uint64_t tail,
                                         int64_t w, int64_t *counts) {
    for (int r = 0; r < HB_ROWS; r++) counts[r] = HB(sum_lanes)(sum[r]);
    for (; w < row_words - 1; w++)
        for (int r = 0; r < HB_ROWS; r++) counts[r] += HB(count_word)(state[w] ^ rows[r * row_words + w]);
    for (int r = 0; r < HB_ROWS; r++) counts[r] += HB(count_word)((state[w] ^ rows[r * row_words + w]) & tail);
}

HB_INLINE int64_t HB(agree_narrow)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, uint64_t tail,
                                   int32_t *out) {
    (void)rows, (void)patterns, (void)units, (void)state, (void)tail, (void)out;
    return 0;
}

HB_TARGET HB_INLINE void HB(add_counts)(HB(vector) sum, int32_t *counts) {
    uint64_t lanes[HB_LANES];
    HB(store_words)(lanes, sum);
    for (int j = 0; j < HB_LANES; j++) counts[j] += (int32_t)lanes[j];
}

HB_INLINE int64_t HB(fill_squares)(const uint64_t *rows, int64_t row_words, int64_t depth, uint64_t *panel) {
    (void)rows, (void)row_words, (void)depth, (void)panel;
    return 0;
}
