/* Sums of counts across lanes, and rows that do not fill a vector. */

HB_TARGET HB_INLINE void HB(sum_rows)(const HB(vector) *sum, int64_t *counts) {
    /* All eight at once, in three steps of halving: a third of the work where rows are short. */
    __m512i pair[4], quad[2];
    for (int j = 0; j < 4; j++) {
        __m512i x = (__m512i)sum[2 * j], y = (__m512i)sum[2 * j + 1];
        pair[j] = _mm512_add_epi64(_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y));
    }
    for (int j = 0; j < 2; j++)
        quad[j] = _mm512_add_epi64(_mm512_shuffle_i64x2(pair[2 * j], pair[2 * j + 1], 0x88),
                                   _mm512_shuffle_i64x2(pair[2 * j], pair[2 * j + 1], 0xDD));
    _mm512_storeu_si512(counts,
                        _mm512_add_epi64(_mm512_shuffle_i64x2(quad[0], quad[1], 0x88), _mm512_shuffle_i64x2(quad[0], quad[1], 0xDD)));
}

HB_TARGET HB_INLINE void HB(finish_rows)(HB(vector) *sum, const uint64_t *rows, int64_t row_words, const uint64_t *state, uint64_t tail,
                                         int64_t w, int64_t *counts) {
    int64_t last = row_words - 1;
    __mmask8 rest = (__mmask8)((2 << (last - w)) - 1);
    __m512i keep = _mm512_mask_blend_epi64((__mmask8)(1 << (last - w)), _mm512_set1_epi64(-1), _mm512_set1_epi64((int64_t)tail));
    __m512i s = _mm512_maskz_loadu_epi64(rest, state + w);
    for (int r = 0; r < HB_ROWS; r++)
        sum[r] = HB(count)(sum[r], HB(differ)(_mm512_maskz_loadu_epi64(rest, rows + r * row_words + w), s, keep));
    HB(sum_rows)(sum, counts);
}

/* Units that agree, for eight rows at a time of 1, 2 or 4 words, several of which fill a vector: 2 to 5 times faster than a vector
   for each row. Returns the rows done. */
HB_TARGET HB_INLINE int64_t HB(agree_some)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, uint64_t tail,
                                           const int row_words, int32_t *out) {
    uint64_t word[8], kept[8];
    int64_t k = 0;
    for (int j = 0; j < 8; j++) word[j] = state[j % row_words], kept[j] = (j + 1) % row_words ? ~(uint64_t)0 : tail;
    __m512i s = _mm512_loadu_si512(word), keep = _mm512_loadu_si512(kept), sum[4], all = _mm512_set1_epi32((int)units);
    __m512i places[3] = {
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 0, 0, 0, 0, 0, 0, 0, 0),
        _mm512_setr_epi32(0, 4, 8, 12, 2, 6, 10, 14, 0, 0, 0, 0, 0, 0, 0, 0),
        _mm512_setr_epi32(0, 4, 2, 6, 8, 12, 10, 14, 0, 0, 0, 0, 0, 0, 0, 0),
    };
    for (; k + 8 <= patterns; k += 8, rows += 8 * row_words) {
        for (int j = 0; j < row_words; j++) sum[j] = _mm512_popcnt_epi64((__m512i)HB(differ)(_mm512_loadu_si512(rows + 8 * j), s, keep));
        for (int j = 0; 2 * j < row_words && row_words > 1; j++)
            sum[j] = _mm512_add_epi64(_mm512_unpacklo_epi64(sum[2 * j], sum[2 * j + 1]), _mm512_unpackhi_epi64(sum[2 * j], sum[2 * j + 1]));
        if (row_words == 4)
            sum[0] = _mm512_add_epi64(_mm512_shuffle_i64x2(sum[0], sum[1], 0x88), _mm512_shuffle_i64x2(sum[0], sum[1], 0xDD));
        __m512i counts = _mm512_permutexvar_epi32(places[row_words / 2], sum[0]);
        _mm256_storeu_si256((__m256i *)(out + k), _mm512_castsi512_si256(_mm512_sub_epi32(all, counts)));
    }
    return k;
}

HB_TARGET HB_INLINE int64_t HB(agree_narrow)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, uint64_t tail,
                                             int32_t *out) {
    int64_t row_words = (units + 63) / 64;
    if (row_words == 1) return HB(agree_some)(rows, patterns, units, state, tail, 1, out);
    if (row_words == 2) return HB(agree_some)(rows, patterns, units, state, tail, 2, out);
    if (row_words == 4) return HB(agree_some)(rows, patterns, units, state, tail, 4, out);
    return 0;
}

HB_TARGET HB_INLINE void HB(add_counts)(HB(vector) sum, int32_t *counts) {
    __m256i *narrow = (__m256i *)counts;
    _mm256_storeu_si256(narrow, _mm256_add_epi32(_mm256_loadu_si256(narrow), _mm512_cvtepi64_epi32((__m512i)sum)));
}

/* 8 x 8 words in registers: three times faster than word by word. */
HB_TARGET HB_INLINE int64_t HB(fill_squares)(const uint64_t *rows, int64_t row_words, int64_t depth, uint64_t *panel) {
    const int64_t width = HB_COLUMNS * HB_LANES;
    int64_t done = 0;
    for (; done + 8 <= depth; done += 8)
        for (int64_t c = 0; c < width; c += 8) {
            __m512i row[8];
            for (int j = 0; j < 8; j++) row[j] = _mm512_loadu_si512(rows + (c + j) * row_words + done);
            HB(transpose_words)(row);
            for (int j = 0; j < 8; j++) _mm512_store_si512(panel + (done + j) * width + c, row[j]);
        }
    return done;
}
