/* Rows of bytes, of which four have sums of 16 bits. */
typedef int16_t HB(shorts) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(2)));

/* Four rows more, or less. */
HB_TARGET HB_INLINE void HB(add_four)(int16_t *a, const int8_t *const *rows, int64_t count, const int minus) {
    const int8_t *x0 = rows[0], *x1 = rows[1], *x2 = rows[2], *x3 = rows[3];
    for (int64_t i = 0; i < count; i += 4 * HB_LANES) {
        HB(shorts) low = (HB(shorts))HB(widen)(x0 + i) + (HB(shorts))HB(widen)(x1 + i);
        HB(shorts) high = (HB(shorts))HB(widen)(x2 + i) + (HB(shorts))HB(widen)(x3 + i), *to = (HB(shorts) *)(a + i);
        *to = minus ? *to - (low + high) : *to + (low + high);
    }
}
