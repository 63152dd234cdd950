/* Overlaps m = D - 2 popcount(pattern xor state). One state: lanes along the row, HB_ROWS rows a pass share its loads.
   A batch: lanes are patterns, so that no sum crosses lanes: a panel holds HB_PANEL patterns word by word, and a tile
   of HB_TILE states runs over it with its counts in registers. */

#define HB_PANEL (HB_COLUMNS * HB_LANES)
#define HB_DEPTH 64 /* words of a panel: 16 KB at most, half of the smallest L1 */

/* Short rows several at once, for the sum across lanes would take longer than the row; then one after another, a single stream from
   memory; several at once again where the state leaves the first cache. The limits, in words, and the distance of the prefetch are
   measured (one query of 1 MB to 1 GB, Zen 5). */
#define HB_SHORT 128
#define HB_LONG 2048
#define HB_DISTANCE 1024

/* Differing units of HB_ROWS rows; `fetch`: the rows behind them meanwhile. */
HB_TARGET HB_INLINE void HB(count_rows)(const uint64_t *rows, int64_t row_words, const uint64_t *state, uint64_t tail, const int fetch,
                                        int64_t *counts) {
    HB(vector) sum[HB_ROWS], part[HB_ROWS];
    int64_t last = row_words - 1, w = 0;
    for (int r = 0; r < HB_ROWS; r++) sum[r] = HB(spread)(0);
    while (w + HB_LANES <= last) {
        int64_t stop = HB_UNTIL_FLUSH(w, last, HB_LANES, 1);
        for (int r = 0; r < HB_ROWS; r++) part[r] = HB(spread)(0);
        for (; w + HB_LANES <= stop; w += HB_LANES) {
            HB(vector) s = HB(load_words)(state + w);
            for (int r = 0; r < HB_ROWS; r++) {
                if (fetch) HB_PREFETCH(rows + (r + HB_ROWS) * row_words + w);
                part[r] = HB(count)(part[r], s ^ HB(load_words)(rows + r * row_words + w));
            }
        }
        for (int r = 0; r < HB_ROWS; r++) sum[r] += HB(flush)(part[r]);
    }
    HB(finish_rows)(sum, rows, row_words, state, tail, w, counts);
}

/* Differing units of one row. */
HB_TARGET HB_INLINE int64_t HB(count_row)(const uint64_t *row, int64_t row_words, const uint64_t *state, uint64_t tail) {
    HB(vector) sum[4], part[4];
    int64_t last = row_words - 1, w = 0;
    for (int j = 0; j < 4; j++) sum[j] = HB(spread)(0);
    while (w + 4 * HB_LANES <= last) {
        int64_t stop = HB_UNTIL_FLUSH(w, last, 4 * HB_LANES, 1);
        for (int j = 0; j < 4; j++) part[j] = HB(spread)(0);
        for (; w + 4 * HB_LANES <= stop; w += 4 * HB_LANES)
            for (int j = 0; j < 4; j++) {
                HB_PREFETCH(row + w + j * HB_LANES + HB_DISTANCE);
                part[j] = HB(count)(part[j], HB(load_words)(state + w + j * HB_LANES) ^ HB(load_words)(row + w + j * HB_LANES));
            }
        for (int j = 0; j < 4; j++) sum[j] += HB(flush)(part[j]);
    }
    for (; w + HB_LANES <= last; w += HB_LANES)
        sum[0] += HB(flush)(HB(count)(HB(spread)(0), HB(load_words)(state + w) ^ HB(load_words)(row + w)));
    int64_t count = HB(sum_lanes)(sum[0] + sum[1] + sum[2] + sum[3]) + HB(count_word)((state[last] ^ row[last]) & tail);
    for (; w < last; w++) count += HB(count_word)(state[w] ^ row[w]);
    return count;
}

/* Units that agree with the state, for `patterns` rows. */
HB_TARGET static void HB(agreements)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *state, int32_t *out) {
    int64_t row_words = (units + 63) / 64, counts[HB_ROWS];
    uint64_t tail = hb_tail(units);
    int64_t k = HB(agree_narrow)(rows, patterns, units, state, tail, out);
    if (row_words < HB_SHORT || row_words > HB_LONG)
        for (; k + HB_ROWS <= patterns; k += HB_ROWS) {
            if (row_words < HB_SHORT) HB(count_rows)(rows + k * row_words, row_words, state, tail, 1, counts);
            else HB(count_rows)(rows + k * row_words, row_words, state, tail, 0, counts);
            for (int r = 0; r < HB_ROWS; r++) out[k + r] = (int32_t)(units - counts[r]);
        }
    for (; k < patterns; k++) out[k] = (int32_t)(units - HB(count_row)(rows + k * row_words, row_words, state, tail));
}

/* `count` states over `depth` words of a panel; their counts are added to `counts` (state by state, HB_PANEL each). */
HB_TARGET
HB_INLINE void HB(count_tile)(const uint64_t *panel, int64_t depth, const uint64_t *states, int64_t row_words, int count, int32_t *counts) {
    HB(vector) sum[HB_TILE][HB_COLUMNS], part[HB_TILE][HB_COLUMNS];
    for (int q = 0; q < count; q++)
        for (int c = 0; c < HB_COLUMNS; c++) sum[q][c] = HB(spread)(0);
    for (int64_t w = 0; w < depth;) {
        int64_t stop = HB_UNTIL_FLUSH(w, depth, 1, 1);
        for (int q = 0; q < count; q++)
            for (int c = 0; c < HB_COLUMNS; c++) part[q][c] = HB(spread)(0);
        for (; w < stop; w++) {
            HB(vector) column[HB_COLUMNS];
            for (int c = 0; c < HB_COLUMNS; c++) column[c] = HB(load_words)(panel + w * HB_PANEL + c * HB_LANES);
            for (int q = 0; q < count; q++) {
                HB(vector) s = HB(spread)(states[q * row_words + w]);
                for (int c = 0; c < HB_COLUMNS; c++) part[q][c] = HB(count)(part[q][c], s ^ column[c]);
            }
        }
        for (int q = 0; q < count; q++)
            for (int c = 0; c < HB_COLUMNS; c++) sum[q][c] += HB(flush)(part[q][c]);
    }
    for (int q = 0; q < count; q++)
        for (int c = 0; c < HB_COLUMNS; c++) HB(add_counts)(sum[q][c], counts + q * HB_PANEL + c * HB_LANES);
}

/* Words from..from+depth of HB_PANEL rows, of which `width` exist, as a panel: word by word, one row a lane. */
HB_TARGET
HB_INLINE void HB(fill_panel)(const uint64_t *rows, int64_t row_words, int64_t width, int64_t from, int64_t depth, uint64_t *panel) {
    int64_t done = width == HB_PANEL ? HB(fill_squares)(rows + from, row_words, depth, panel) : 0;
    if (width < HB_PANEL) memset(panel, 0, sizeof(uint64_t) * (size_t)(depth * HB_PANEL));
    for (int64_t c = 0; c < width; c++)
        for (int64_t w = done; w < depth; w++) panel[w * HB_PANEL + c] = rows[c * row_words + from + w];
}

/* out[q * patterns + k] for `count` states, at most HB_BLOCK: the counts of a block stay in L1. It begins a cache line, for moved by 16 bytes
   its loops took 4 % longer. */
#define HB_BLOCK 64
HB_TARGET HB_ALIGNED static void HB(overlap_block)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *states,
                                                   int64_t count, int32_t *out) {
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
            for (int64_t c = 0; c < width; c++) out[q * patterns + first + c] = (int32_t)(units - 2 * (int64_t)counts[q * HB_PANEL + c]);
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
#undef HB_PANEL
#undef HB_DEPTH
#undef HB_SHORT
#undef HB_LONG
#undef HB_DISTANCE
#undef HB_BLOCK
