/* Products of double matrices whose sums have one order at every level; included once per level, so without a guard. */
enum {
    HB(PRODUCT_ROWS) = 4,                    /* that share a load */
    HB(WIDTH) = HB_LANES > 1 ? HB_LANES : 2, /* of a vector: compilers split those of two, but are lost with one */
    HB(STRIP) = 8 * HB(WIDTH)                /* columns of one row alone */
};
typedef double HB(doubles) __attribute__((vector_size(8 * HB(WIDTH)), aligned(8), may_alias));

/* Up to HB_STRIP columns of one row. */
HB_TARGET
HB_INLINE void HB(product_strip)(const double *a, int64_t depth, const double *b, int64_t stride, double *out, const int columns) {
    double sums[HB(STRIP)] = {0};
    for (int64_t k = 0; k < depth; k++)
        for (int j = 0; j < columns; j++) sums[j] += a[k] * b[k * stride + j];
    memcpy(out, sums, 8 * (size_t)columns);
}

/* out (rows, columns) = a (rows, depth) b (depth, columns); rows of b are `stride` apart. Each sum runs from k = 0 upwards, product
   and sum rounded one by one, so that bits depend neither on the level nor on a BLAS. (300, 100) by (100, 300) takes 210 us at
   avx512, a row alone 2: both near what BLAS takes. */
HB_TARGET static void HB(ordered_product)(const double *a, int64_t rows, int64_t depth, const double *b, int64_t stride, int64_t columns,
                                          double *out) {
    for (int64_t r = 0; r < rows; r += HB(PRODUCT_ROWS)) {
        int64_t some = rows - r < HB(PRODUCT_ROWS) ? rows - r : HB(PRODUCT_ROWS), j = 0;
        const double *own = a + r * depth;
        for (; some == HB(PRODUCT_ROWS) &&j + 2 * HB(WIDTH) <= columns; j += 2 * HB(WIDTH)) {
            HB(doubles) sums[HB(PRODUCT_ROWS)][2];
            memset(sums, 0, sizeof(sums));
            for (int64_t k = 0; k < depth; k++) {
                const HB(doubles) *there = (const HB(doubles) *)(b + k * stride + j);
                HB(doubles) low = there[0], high = there[1];
                for (int q = 0; q < HB(PRODUCT_ROWS); q++) {
                    sums[q][0] += own[q * depth + k] * low;
                    sums[q][1] += own[q * depth + k] * high;
                }
            }
            for (int q = 0; q < HB(PRODUCT_ROWS); q++) memcpy(out + (r + q) * columns + j, sums[q], sizeof(sums[q]));
        }
        for (; j < columns; j += HB(STRIP)) {
            int full = j + HB(STRIP) <= columns;
            for (int64_t q = 0; q < some; q++) {
                if (full) HB(product_strip)(own + q * depth, depth, b + j, stride, out + (r + q) * columns + j, HB(STRIP));
                else HB(product_strip)(own + q * depth, depth, b + j, stride, out + (r + q) * columns + j, (int)(columns - j));
            }
        }
    }
}
