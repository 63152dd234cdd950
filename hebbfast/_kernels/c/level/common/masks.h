/* For vectors without masks: lane by lane, and bits that select lanes through a table of masks. */
HB_TARGET HB_INLINE int64_t HB(sum_lanes)(HB(vector) v) {
    int64_t sum = 0;
    for (int j = 0; j < HB_LANES; j++) sum += (int64_t)v[j];
    return sum;
}

HB_TARGET HB_INLINE int HB(any)(HB(vector) v) {
    uint64_t any = 0;
    for (int j = 0; j < HB_LANES; j++) any |= v[j];
    return any != 0;
}

/* Lane k of row j is all ones where bit k of j is set; a level of two lanes uses four rows. */
static const uint64_t HB(masks)[16][HB_LANES] HB_UNUSED __attribute__((aligned(32))) = {
#define HB_MASK(j, k) (0 - (uint64_t)((j) >> (k) & 1))
#if HB_LANES == 2
#define HB_ROW(j) {HB_MASK(j, 0), HB_MASK(j, 1)}
#else
#define HB_ROW(j) {HB_MASK(j, 0), HB_MASK(j, 1), HB_MASK(j, 2), HB_MASK(j, 3)}
#endif
    HB_ROW(0), HB_ROW(1),  HB_ROW(2),  HB_ROW(3),  HB_ROW(4),  HB_ROW(5),  HB_ROW(6), HB_ROW(7), HB_ROW(8),
    HB_ROW(9), HB_ROW(10), HB_ROW(11), HB_ROW(12), HB_ROW(13), HB_ROW(14), HB_ROW(15)
#undef HB_ROW
#undef HB_MASK
};

/* The values of vector j of 64, where their bits are set. */
HB_TARGET HB_INLINE HB(vector) HB(where)(uint64_t bits, const void *values, int j) {
    return HB(load_words)((const uint64_t *)values + HB_LANES * j) &
           HB(load_words)(HB(masks)[bits >> (HB_LANES * j) & ((1 << HB_LANES) - 1)]);
}

HB_TARGET HB_UNUSED static int64_t HB(sum_where)(const uint64_t *bits, int64_t words, const int64_t *values) {
    HB(vector) sum[4] = {{0}, {0}, {0}, {0}};
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 64 / HB_LANES; j++) sum[j & 3] += HB(where)(bits[w], values, j);
    return HB(sum_lanes)(sum[0] + sum[1] + sum[2] + sum[3]);
}

HB_TARGET HB_UNUSED static double HB(sum_where_float)(const uint64_t *bits, int64_t words, const double *values) {
    typedef double lanes __attribute__((vector_size(8 * HB_LANES)));
    lanes sum[4] = {{0}, {0}, {0}, {0}}, all;
    double total = 0;
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 64 / HB_LANES; j++) sum[j & 3] += (lanes)HB(where)(bits[w], values, j);
    all = sum[0] + sum[1] + sum[2] + sum[3];
    for (int j = 0; j < HB_LANES; j++) total += all[j];
    return total;
}
