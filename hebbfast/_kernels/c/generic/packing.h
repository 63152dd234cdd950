/* Bits from bytes of +1 and -1 and back, and the transposed bit matrix. */

/* Returns 1 if every value is +1 or -1; `words` is written whatever the values are. */
HB_TARGET static int HB(pack)(const int8_t *values, int64_t rows, int64_t units, uint64_t *words) {
    int64_t row_words = (units + 63) / 64;
    uint64_t bad = 0;
    for (int64_t r = 0; r < rows; r++, values += units, words += row_words) {
        int64_t w = 0;
        for (; w < units / 64; w++) {
            HB_PREFETCH(values + 64 * w + 8192); /* a fifth faster from memory; half or double the distance: less */
            words[w] = HB(pack_word)(values + 64 * w, &bad);
        }
        if (units & 63) {
            int8_t last[64];
            memset(last, -1, 64);
            memcpy(last, values + 64 * w, (size_t)(units & 63));
            words[w] = HB(pack_word)(last, &bad);
        }
    }
    return bad == 0;
}

HB_TARGET static void HB(unpack)(const uint64_t *words, int64_t rows, int64_t units, int8_t *values) {
    int64_t row_words = (units + 63) / 64;
    for (int64_t r = 0; r < rows; r++, values += units, words += row_words) {
        int64_t w = 0;
        for (; w < units / 64; w++) HB(unpack_word)(words[w], values + 64 * w);
        if (units & 63) {
            int8_t last[64];
            HB(unpack_word)(words[w], last);
            memcpy(values + 64 * w, last, (size_t)(units & 63));
        }
    }
}

/* (rows x units) to (units x rows), of which rows from..to-1, `from` a multiple of 64. Eight blocks at a time, so that whole cache
   lines are written. */
HB_TARGET static void HB(transpose)(const uint64_t *words, int64_t rows, int64_t units, int64_t from, int64_t to, uint64_t *out) {
    int64_t row_words = (units + 63) / 64, out_words = (rows + 63) / 64;
    uint64_t blocks[8][64];
    for (int64_t first = from / 64, end = (to + 63) / 64; first < end; first += 8)
        for (int64_t w = 0; w < row_words; w++) {
            if (HB(transpose_tile)(words + 64 * first * row_words + w, to - 64 * first, units - 64 * w, row_words,
                                   out + 64 * w * out_words + first, out_words)) {
                w += 7;
                continue;
            }
            int64_t count = end - first < 8 ? end - first : 8;
            int64_t height = units - 64 * w < 64 ? units - 64 * w : 64;
            for (int64_t b = 0; b < count; b++) {
                int64_t top = 64 * (first + b), filled = rows - top < 64 ? rows - top : 64;
                for (int64_t r = 0; r < filled; r++) blocks[b][r] = words[(top + r) * row_words + w];
                for (int64_t r = filled; r < 64; r++) blocks[b][r] = 0;
                HB(transpose_block)(blocks[b]);
            }
            for (int64_t r = 0; r < height; r++)
                for (int64_t b = 0; b < count; b++) out[(64 * w + r) * out_words + first + b] = blocks[b][r];
        }
}

/* The measures of a machine: bits set in `words`, and all words or-ed, which takes no more than to read them. */
HB_TARGET static int64_t HB(count_bits)(const uint64_t *words, int64_t count) {
    HB(vector) sum[4] = {HB(spread)(0), HB(spread)(0), HB(spread)(0), HB(spread)(0)};
    int64_t w = 0, total = 0;
    while (w + 4 * HB_LANES <= count) {
        HB(vector) part[4] = {HB(spread)(0), HB(spread)(0), HB(spread)(0), HB(spread)(0)};
        int64_t stop = HB_UNTIL_FLUSH(w, count, 4 * HB_LANES, 1);
        for (; w + 4 * HB_LANES <= stop; w += 4 * HB_LANES)
            for (int j = 0; j < 4; j++) part[j] = HB(count)(part[j], HB(load_words)(words + w + j * HB_LANES));
        for (int j = 0; j < 4; j++) sum[j] += HB(flush)(part[j]);
    }
    for (; w < count; w++) total += HB(count_word)(words[w]);
    return total + HB(sum_lanes)(sum[0] + sum[1] + sum[2] + sum[3]);
}

HB_TARGET static uint64_t HB(read_words)(const uint64_t *words, int64_t count) {
    HB(vector) all[4] = {HB(spread)(0), HB(spread)(0), HB(spread)(0), HB(spread)(0)};
    uint64_t any = 0, lanes[HB_LANES];
    int64_t w = 0;
    for (; w + 4 * HB_LANES <= count; w += 4 * HB_LANES)
        for (int j = 0; j < 4; j++) all[j] |= HB(load_words)(words + w + j * HB_LANES);
    for (; w < count; w++) any |= words[w];
    HB(store_words)(lanes, all[0] | all[1] | all[2] | all[3]);
    for (int j = 0; j < HB_LANES; j++) any |= lanes[j];
    return any;
}
