/* Overlaps m = D - 2 popcount(pattern xor state). One state: lanes along the row, HB_ROWS rows a pass share its loads.
   A batch: lanes are patterns, so that no sum crosses lanes: a panel holds HB_PANEL patterns word by word, and a tile
   of HB_TILE states runs over it with its counts in registers. */

#define HB_PANEL (HB_COLUMNS * HB_LANES)
#define HB_DEPTH 64 /* words of a panel: 16 KB at most, half of the smallest L1 */

/* Short rows several at once, for the sum across lanes would take longer than the row; then one after another, a single stream from
   memory; several at once again where the state leaves the first cache. The limits, in words, and the distance of the prefetch are
   measured (one query of 1 MB to 1 GB, Zen 5). */
#define HB_ROWS (HB_LANES == 8 ? 8 : 4)
#define HB_SHORT 128
#define HB_LONG 2048
#define HB_DISTANCE 1024

/* Sums across the lanes of HB_ROWS vectors. */
HB_TARGET HB_INLINE void HB(sum_rows)(const HB(vector) *sum, int64_t *counts) {
#if defined(HB_IS_AVX512)
    /* All eight at once, in three steps of halving: a third of the work where rows are short. */
    __m512i pair[4], quad[2];
    for (int j = 0; j < 4; j++) {
        __m512i x = (__m512i)sum[2 * j], y = (__m512i)sum[2 * j + 1];
        pair[j] = _mm512_add_epi64(_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y));
    }
    for (int j = 0; j < 2; j++)
        quad[j] = _mm512_add_epi64(_mm512_shuffle_i64x2(pair[2 * j], pair[2 * j + 1], 0x88),
                                   _mm512_shuffle_i64x2(pair[2 * j], pair[2 * j + 1], 0xDD));
    _mm512_storeu_si512(counts, _mm512_add_epi64(_mm512_shuffle_i64x2(quad[0], quad[1], 0x88), _mm512_shuffle_i64x2(quad[0], quad[1], 0xDD)));
#else
    for (int r = 0; r < HB_ROWS; r++) counts[r] = HB(sum_lanes)(sum[r]);
#endif
}

/* Differing units of HB_ROWS rows; `fetch`: the rows behind them meanwhile. */
HB_TARGET HB_INLINE void HB(count_rows)(const uint64_t *rows, int64_t row_words, const uint64_t *state, uint64_t tail, const int fetch,
                                        int64_t *counts) {
    HB(vector) sum[HB_ROWS], part[HB_ROWS];
    int64_t last = row_words - 1, w = 0;
    for (int r = 0; r < HB_ROWS; r++) sum[r] = HB_SPREAD(0);
    while (w + HB_LANES <= last) {
        int64_t stop = HB_UNTIL_FLUSH(w, last, HB_LANES, 1);
        for (int r = 0; r < HB_ROWS; r++) part[r] = HB_SPREAD(0);
        for (; w + HB_LANES <= stop; w += HB_LANES) {
            HB(vector) s = HB_LOAD(state + w);
            for (int r = 0; r < HB_ROWS; r++) {
                if (fetch) HB_PREFETCH(rows + (r + HB_ROWS) * row_words + w);
                part[r] = HB(count)(part[r], s ^ HB_LOAD(rows + r * row_words + w));
            }
        }
        for (int r = 0; r < HB_ROWS; r++) sum[r] += HB(flush)(part[r]);
    }
#if defined(HB_IS_AVX512)
    __mmask8 rest = (__mmask8)((2 << (last - w)) - 1);
    __m512i keep = _mm512_mask_blend_epi64((__mmask8)(1 << (last - w)), _mm512_set1_epi64(-1), _mm512_set1_epi64((int64_t)tail));
    __m512i s = _mm512_maskz_loadu_epi64(rest, state + w);
    for (int r = 0; r < HB_ROWS; r++) {
        __m512i x = _mm512_maskz_loadu_epi64(rest, rows + r * row_words + w);
        sum[r] = HB(count)(sum[r], (HB(vector))_mm512_ternarylogic_epi64(x, s, keep, 0x28)); /* (x ^ s) & keep */
    }
    HB(sum_rows)(sum, counts);
#else
    HB(sum_rows)(sum, counts);
    for (; w < last; w++)
        for (int r = 0; r < HB_ROWS; r++) counts[r] += HB(count_word)(state[w] ^ rows[r * row_words + w]);
    for (int r = 0; r < HB_ROWS; r++) counts[r] += HB(count_word)((state[w] ^ rows[r * row_words + w]) & tail);
#endif
}

/* Differing units of one row. */
HB_TARGET HB_INLINE int64_t HB(count_row)(const uint64_t *row, int64_t row_words, const uint64_t *state, uint64_t tail) {
    HB(vector) sum[4], part[4];
    int64_t last = row_words - 1, w = 0;
    for (int j = 0; j < 4; j++) sum[j] = HB_SPREAD(0);
    while (w + 4 * HB_LANES <= last) {
        int64_t stop = HB_UNTIL_FLUSH(w, last, 4 * HB_LANES, 1);
        for (int j = 0; j < 4; j++) part[j] = HB_SPREAD(0);
        for (; w + 4 * HB_LANES <= stop; w += 4 * HB_LANES)
            for (int j = 0; j < 4; j++) {
                HB_PREFETCH(row + w + j * HB_LANES + HB_DISTANCE);
                part[j] = HB(count)(part[j], HB_LOAD(state + w + j * HB_LANES) ^ HB_LOAD(row + w + j * HB_LANES));
            }
        for (int j = 0; j < 4; j++) sum[j] += HB(flush)(part[j]);
    }
    for (; w + HB_LANES <= last; w += HB_LANES) sum[0] += HB(flush)(HB(count)(HB_SPREAD(0), HB_LOAD(state + w) ^ HB_LOAD(row + w)));
    int64_t count = HB(sum_lanes)(sum[0] + sum[1] + sum[2] + sum[3]) + HB(count_word)((state[last] ^ row[last]) & tail);
    for (; w < last; w++) count += HB(count_word)(state[w] ^ row[w]);
    return count;
}

#if defined(HB_IS_AVX512)
/* Units that agree, for eight rows at a time of 1, 2 or 4 words, several of which fill a vector: 2 to 5 times faster than a vector
   for each row. Returns the rows done. */
HB_TARGET HB_INLINE int64_t HB(agree_narrow)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, uint64_t tail,
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
        for (int j = 0; j < row_words; j++)
            sum[j] = _mm512_popcnt_epi64(_mm512_ternarylogic_epi64(_mm512_loadu_si512(rows + 8 * j), s, keep, 0x28)); /* (x ^ s) & keep */
        for (int j = 0; 2 * j < row_words && row_words > 1; j++)
            sum[j] = _mm512_add_epi64(_mm512_unpacklo_epi64(sum[2 * j], sum[2 * j + 1]), _mm512_unpackhi_epi64(sum[2 * j], sum[2 * j + 1]));
        if (row_words == 4)
            sum[0] = _mm512_add_epi64(_mm512_shuffle_i64x2(sum[0], sum[1], 0x88), _mm512_shuffle_i64x2(sum[0], sum[1], 0xDD));
        __m512i counts = _mm512_permutexvar_epi32(places[row_words / 2], sum[0]);
        _mm256_storeu_si256((__m256i *)(out + k), _mm512_castsi512_si256(_mm512_sub_epi32(all, counts)));
    }
    return k;
}
#endif

/* Units that agree with the state, for `patterns` rows. */
HB_TARGET static void HB(agreements)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, int32_t *out) {
    int64_t row_words = (units + 63) / 64, counts[HB_ROWS], k = 0;
    uint64_t tail = hb_tail(units);
#if defined(HB_IS_AVX512)
    if (row_words == 1) k = HB(agree_narrow)(rows, patterns, units, state, tail, 1, out);
    if (row_words == 2) k = HB(agree_narrow)(rows, patterns, units, state, tail, 2, out);
    if (row_words == 4) k = HB(agree_narrow)(rows, patterns, units, state, tail, 4, out);
#endif
    if (row_words < HB_SHORT || row_words > HB_LONG)
        for (; k + HB_ROWS <= patterns; k += HB_ROWS) {
            if (row_words < HB_SHORT) HB(count_rows)(rows + k * row_words, row_words, state, tail, 1, counts);
            else HB(count_rows)(rows + k * row_words, row_words, state, tail, 0, counts);
            for (int r = 0; r < HB_ROWS; r++) out[k + r] = (int32_t)(units - counts[r]);
        }
    for (; k < patterns; k++) out[k] = (int32_t)(units - HB(count_row)(rows + k * row_words, row_words, state, tail));
}

/* `count` states over `depth` words of a panel; their counts are added to `counts` (state by state, HB_PANEL each). */
HB_TARGET HB_INLINE void HB(count_tile)(const uint64_t *panel, int64_t depth, const uint64_t *states, int64_t row_words, int count,
                                        int32_t *counts) {
    HB(vector) sum[HB_TILE][HB_COLUMNS], part[HB_TILE][HB_COLUMNS];
    for (int q = 0; q < count; q++)
        for (int c = 0; c < HB_COLUMNS; c++) sum[q][c] = HB_SPREAD(0);
    for (int64_t w = 0; w < depth;) {
        int64_t stop = HB_UNTIL_FLUSH(w, depth, 1, 1);
        for (int q = 0; q < count; q++)
            for (int c = 0; c < HB_COLUMNS; c++) part[q][c] = HB_SPREAD(0);
        for (; w < stop; w++) {
            HB(vector) column[HB_COLUMNS];
            for (int c = 0; c < HB_COLUMNS; c++) column[c] = HB_LOAD(panel + w * HB_PANEL + c * HB_LANES);
            for (int q = 0; q < count; q++) {
                HB(vector) s = HB_SPREAD(states[q * row_words + w]);
                for (int c = 0; c < HB_COLUMNS; c++) part[q][c] = HB(count)(part[q][c], s ^ column[c]);
            }
        }
        for (int q = 0; q < count; q++)
            for (int c = 0; c < HB_COLUMNS; c++) sum[q][c] += HB(flush)(part[q][c]);
    }
    for (int q = 0; q < count; q++)
        for (int c = 0; c < HB_COLUMNS; c++) {
            int32_t *to = counts + q * HB_PANEL + c * HB_LANES;
#if defined(HB_IS_AVX512)
            __m256i *narrow = (__m256i *)to;
            _mm256_storeu_si256(narrow, _mm256_add_epi32(_mm256_loadu_si256(narrow), _mm512_cvtepi64_epi32((__m512i)sum[q][c])));
#else
            uint64_t lanes[HB_LANES];
            HB_STORE(lanes, sum[q][c]);
            for (int j = 0; j < HB_LANES; j++) to[j] += (int32_t)lanes[j];
#endif
        }
}

/* Words from..from+depth of HB_PANEL rows, of which `width` exist, as a panel: word by word, one row a lane. */
HB_TARGET HB_INLINE void HB(fill_panel)(const uint64_t *rows, int64_t row_words, int64_t width, int64_t from, int64_t depth, uint64_t *panel) {
    int64_t done = 0;
#if defined(HB_IS_AVX512)
    if (width == HB_PANEL)
        for (; done + 8 <= depth; done += 8)
            for (int64_t c = 0; c < HB_PANEL; c += 8) { /* 8 x 8 words in registers: three times faster than word by word */
                __m512i row[8];
                for (int j = 0; j < 8; j++) row[j] = _mm512_loadu_si512(rows + (c + j) * row_words + from + done);
                HB(transpose_words)(row);
                for (int j = 0; j < 8; j++) _mm512_store_si512(panel + (done + j) * HB_PANEL + c, row[j]);
            }
#endif
    if (width < HB_PANEL) memset(panel, 0, sizeof(uint64_t) * (size_t)(depth * HB_PANEL));
    for (int64_t c = 0; c < width; c++)
        for (int64_t w = done; w < depth; w++) panel[w * HB_PANEL + c] = rows[c * row_words + from + w];
}

/* out[q * patterns + k] for `count` states, at most HB_BLOCK: the counts of a block stay in L1. */
#define HB_BLOCK 64
HB_TARGET static void HB(overlap_block)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *states, int64_t count,
                                        int32_t *out) {
    int64_t row_words = (units + 63) / 64;
    uint64_t tail = hb_tail(units), panel[HB_DEPTH * HB_PANEL] HB_ALIGNED;
    uint64_t last_words[HB_BLOCK];
    int32_t counts[HB_BLOCK * HB_PANEL] HB_ALIGNED;
    for (int64_t q = 0; q < count; q++) last_words[q] = states[q * row_words + row_words - 1] & tail;
    for (int64_t first = 0; first < patterns; first += HB_PANEL) {
        int64_t width = patterns - first < HB_PANEL ? patterns - first : HB_PANEL;
        memset(counts, 0, sizeof counts);
        for (int64_t from = 0; from < row_words; from += HB_DEPTH) {
            int64_t depth = row_words - from < HB_DEPTH ? row_words - from : HB_DEPTH, full = depth, q;
            HB(fill_panel)(rows + first * row_words, row_words, width, from, depth, panel);
            if (from + depth == row_words && ~tail) { /* the last word apart: its tail is masked on both sides */
                full--;
                for (int64_t c = 0; c < HB_PANEL; c++) panel[full * HB_PANEL + c] &= tail;
                for (q = 0; q + HB_TILE <= count; q += HB_TILE)
                    HB(count_tile)(panel + full * HB_PANEL, 1, last_words + q, 1, HB_TILE, counts + q * HB_PANEL);
                for (; q < count; q++) HB(count_tile)(panel + full * HB_PANEL, 1, last_words + q, 1, 1, counts + q * HB_PANEL);
            }
            for (q = 0; q + HB_TILE <= count; q += HB_TILE)
                HB(count_tile)(panel, full, states + q * row_words + from, row_words, HB_TILE, counts + q * HB_PANEL);
            for (; q < count; q++) HB(count_tile)(panel, full, states + q * row_words + from, row_words, 1, counts + q * HB_PANEL);
        }
        for (int64_t q = 0; q < count; q++)
            for (int64_t c = 0; c < width; c++)
                out[q * patterns + first + c] = (int32_t)(units - 2 * (int64_t)counts[q * HB_PANEL + c]);
    }
}

HB_TARGET static void HB(overlaps)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *states, int64_t count,
                                   int32_t *out) {
    int64_t row_words = (units + 63) / 64;
    for (int64_t q = 0; q < count;) {
        int64_t block = count - q < HB_BLOCK ? count - q : HB_BLOCK;
        if (block < 4) { /* too few states to pay for a panel */
            HB(agreements)(rows, patterns, units, states + q * row_words, out + q * patterns);
            for (int64_t k = 0; k < patterns; k++) out[q * patterns + k] = (int32_t)(2 * (int64_t)out[q * patterns + k] - units);
            block = 1;
        } else {
            HB(overlap_block)(rows, patterns, units, states + q * row_words, block, out + q * patterns);
        }
        q += block;
    }
}
