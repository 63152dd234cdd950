/* A bout of 32 visits: as in level/avx512/bouts.h, with what does not fit registers in memory. */
typedef struct {
    __m256i a[4];
    const int32_t *turn, *least, *sure;
} HB(bout);

HB_TARGET HB_INLINE void HB(begin_bout)(HB(bout) *b, const int32_t *turn, const int32_t *least, const int32_t *sure) {
    b->turn = turn;
    b->least = least;
    b->sure = sure;
}

HB_TARGET HB_INLINE void HB(take_fields)(HB(bout) *b, const int16_t *high, const int16_t *low) {
    for (int h = 0; h < 4; h++) {
        __m256i a = _mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)(high + 8 * h)));
        b->a[h] = !low ? a : _mm256_add_epi32(_mm256_slli_epi32(a, 8), _mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)(low + 8 * h))));
    }
}

HB_TARGET HB_INLINE uint32_t HB(below)(const HB(bout) *b, const int32_t *least) {
    uint32_t below = 0;
    for (int h = 0; h < 4; h++) {
        __m256i x = _mm256_xor_si256(b->a[h], _mm256_loadu_si256((const void *)(b->turn + 8 * h)));
        __m256i less = _mm256_cmpgt_epi32(_mm256_loadu_si256((const void *)(least + 8 * h)), x);
        below |= (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(less)) << (8 * h);
    }
    return below;
}
HB_TARGET HB_INLINE uint32_t HB(unsure_of)(const HB(bout) *b) { return HB(below)(b, b->least); }
HB_TARGET HB_INLINE uint32_t HB(sure_of)(const HB(bout) *b) { return HB(below)(b, b->sure); }

HB_TARGET HB_INLINE void HB(keep_fields)(const HB(bout) *b, int32_t *a) {
    for (int h = 0; h < 4; h++) _mm256_storeu_si256((void *)(a + 8 * h), b->a[h]);
}
HB_TARGET HB_INLINE void HB(resume_fields)(HB(bout) *b, const int32_t *a) {
    for (int h = 0; h < 4; h++) b->a[h] = _mm256_loadu_si256((const void *)(a + 8 * h));
}

HB_TARGET HB_INLINE void HB(turn_bout)(HB(bout) *b, const int8_t *first, const int8_t *second, int32_t sign) {
    __m256i factor = _mm256_set1_epi32(sign);
    for (int h = 0; h < 4; h++) {
        __m256i x = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(first + 8 * h)));
        if (second) x = _mm256_add_epi32(_mm256_slli_epi32(x, 8), _mm256_cvtepi8_epi32(_mm_loadl_epi64((const void *)(second + 8 * h))));
        b->a[h] = _mm256_add_epi32(b->a[h], _mm256_sign_epi32(x, factor));
    }
}

HB_TARGET HB_INLINE void HB(turn_twice)(HB(bout) *b, const int16_t *row, int32_t sign) {
    for (int h = 0; h < 4; h++)
        b->a[h] = _mm256_add_epi32(b->a[h], _mm256_sign_epi32(_mm256_slli_epi32(HB(widen_16)(row + 8 * h), 1), _mm256_set1_epi32(sign)));
}
