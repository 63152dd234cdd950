/* Rows of bytes, of which four have sums of 16 bits, and of 16 bits with sums of 32. */
typedef int16_t HB(shorts) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(2)));
typedef int32_t HB(integers) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(4)));

/* Four rows more, or less. */
HB_TARGET HB_INLINE void HB(add_four)(int16_t *a, const int8_t *const *rows, int64_t count, const int minus) {
    const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3];
    for (int64_t i = 0; i < count; i += 4 * HB_LANES) {
        HB(shorts) low = (HB(shorts))HB(widen)(x0 + i) + (HB(shorts))HB(widen)(x1 + i);
        HB(shorts) high = (HB(shorts))HB(widen)(x2 + i) + (HB(shorts))HB(widen)(x3 + i), *to = (HB(shorts) *)(a + i);
        *to = minus ? *to - (low + high) : *to + (low + high);
    }
}

/* Twice four rows, of any number of units. */
HB_TARGET HB_INLINE void HB(add_four_twice)(int32_t *h, const int16_t *const *rows, int64_t count, const int minus) {
    const int16_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3];
    int64_t i = 0;
    for (; i + 2 * HB_LANES <= count; i += 2 * HB_LANES) {
        HB(integers) low = (HB(integers))HB(widen_16)(x0 + i) + (HB(integers))HB(widen_16)(x1 + i);
        HB(integers) high = (HB(integers))HB(widen_16)(x2 + i) + (HB(integers))HB(widen_16)(x3 + i), *to = (HB(integers) *)(h + i);
        *to = minus ? *to - 2 * (low + high) : *to + 2 * (low + high);
    }
    for (; i < count; i++) {
        int32_t sum = 2 * ((x0[i] + x1[i]) + (x2[i] + x3[i]));
        h[i] = minus ? h[i] - sum : h[i] + sum;
    }
}
