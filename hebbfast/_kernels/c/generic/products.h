/* Products of double matrices whose sums have one order at every level; included once per level, so without a guard. */
enum { HB(WIDTH) = HB_LANES > 1 ? HB_LANES : 2 }; /* of a vector: compilers split those of two, but are lost with one */
typedef double HB(doubles) __attribute__((vector_size(8 * HB(WIDTH)), aligned(8), may_alias));

/* Some rows of `a` times `vectors` vectors of columns, whose sums stay in registers. */
HB_TARGET HB_INLINE void HB(product_tile)(const double *a, int64_t depth, const double *b, int64_t stride, double *out, int64_t columns,
                                          const int rows, const int vectors) {
    HB(doubles) sums[4][8];
    memset(sums, 0, sizeof(sums));
    for (int64_t k = 0; k < depth; k++)
        for (int v = 0; v < vectors; v++) {
            HB(doubles) there = ((const HB(doubles) *)(b + k * stride))[v];
            for (int r = 0; r < rows; r++) sums[r][v] += a[r * depth + k] * there;
        }
    for (int r = 0; r < rows; r++) memcpy(out + r * columns, sums[r], sizeof(HB(doubles)) * (size_t)vectors);
}

/* One row, few columns. */
HB_TARGET static void HB(product_narrow)(const double *a, int64_t depth, const double *b, int64_t stride, double *out, int64_t columns) {
    double sums[2 * HB(WIDTH)] = {0};
    for (int64_t k = 0; k < depth; k++)
        for (int64_t j = 0; j < columns; j++) sums[j] += a[k] * b[k * stride + j];
    memcpy(out, sums, 8 * (size_t)columns);
}

/* out (rows, columns) = a (rows, depth) b (depth, columns); rows of b are `stride` apart. Each sum runs from k = 0 upwards, product
   and sum rounded one by one, so that bits depend neither on the level nor on a BLAS. The last tile of a row lies over the one before:
   its sums are the same. (300, 100) by (100, 300) takes 210 us at avx512, a row alone 2: both near what BLAS takes. */
HB_TARGET static void HB(ordered_product)(const double *a, int64_t rows, int64_t depth, const double *b, int64_t stride, int64_t columns,
                                          double *out) {
    const int64_t wide = 8 * HB(WIDTH), tile = 2 * HB(WIDTH);
    int64_t r = 0, last = columns - tile;
    for (; columns >= tile && r + 4 <= rows; r += 4)
        for (int64_t j = 0; j < columns; j += tile) {
            int64_t at = j < last ? j : last;
            HB(product_tile)(a + r * depth, depth, b + at, stride, out + r * columns + at, columns, 4, 2);
        }
    for (; r < rows; r++) {
        int64_t j = 0;
        for (; j + wide <= columns; j += wide) HB(product_tile)(a + r * depth, depth, b + j, stride, out + r * columns + j, columns, 1, 8);
        for (; columns >= tile && j < columns; j += tile) {
            int64_t at = j < last ? j : last;
            HB(product_tile)(a + r * depth, depth, b + at, stride, out + r * columns + at, columns, 1, 2);
        }
        if (columns < tile) HB(product_narrow)(a + r * depth, depth, b, stride, out + r * columns, columns);
    }
}
