/* A bout of 32 visits (generic/heat_bouts.h) in registers. */
typedef struct {
    __m512i a[2], turn[2], least[2], sure[2];
} HB(bout);

HB_TARGET HB_INLINE void HB(begin_bout)(HB(bout) *b, const int32_t *turn, const int32_t *least, const int32_t *sure) {
    for (int h = 0; h < 2; h++) {
        b->turn[h] = _mm512_loadu_si512(turn + 16 * h);
        b->least[h] = _mm512_loadu_si512(least + 16 * h);
        b->sure[h] = _mm512_loadu_si512(sure + 16 * h);
    }
}

HB_TARGET HB_INLINE void HB(take_fields)(HB(bout) *b, const int16_t *high, const int16_t *low) {
    for (int h = 0; h < 2; h++) {
        __m512i a = _mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)(high + 16 * h)));
        b->a[h] =
            !low ? a : _mm512_add_epi32(_mm512_slli_epi32(a, 8), _mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)(low + 16 * h))));
    }
}

HB_TARGET HB_INLINE uint32_t HB(below)(const __m512i *a, const __m512i *turn, const __m512i *least) {
    return _mm512_kunpackw(_mm512_cmplt_epi32_mask(_mm512_xor_si512(a[1], turn[1]), least[1]),
                           _mm512_cmplt_epi32_mask(_mm512_xor_si512(a[0], turn[0]), least[0]));
}
HB_TARGET HB_INLINE uint32_t HB(unsure_of)(const HB(bout) *b) { return HB(below)(b->a, b->turn, b->least); }
HB_TARGET HB_INLINE uint32_t HB(sure_of)(const HB(bout) *b) { return HB(below)(b->a, b->turn, b->sure); }

HB_TARGET HB_INLINE void HB(keep_fields)(const HB(bout) *b, int32_t *a) {
    for (int h = 0; h < 2; h++) _mm512_storeu_si512(a + 16 * h, b->a[h]);
}
HB_TARGET HB_INLINE void HB(resume_fields)(HB(bout) *b, const int32_t *a) {
    for (int h = 0; h < 2; h++) b->a[h] = _mm512_loadu_si512(a + 16 * h);
}

HB_TARGET HB_INLINE void HB(turn_bout)(HB(bout) *b, const int8_t *first, const int8_t *second, int32_t sign) {
    __m512i factor = _mm512_set1_epi32(sign);
    for (int h = 0; h < 2; h++) {
        __m512i x = _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(first + 16 * h)));
        if (second) x = _mm512_add_epi32(_mm512_slli_epi32(x, 8), _mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)(second + 16 * h))));
        b->a[h] = _mm512_add_epi32(b->a[h], _mm512_mullo_epi32(x, factor));
    }
}

/* The same by couplings of 16 bits, twice each. */
HB_TARGET HB_INLINE void HB(turn_twice)(HB(bout) *b, const int16_t *row, int32_t sign) {
    for (int h = 0; h < 2; h++)
        b->a[h] = _mm512_add_epi32(b->a[h], _mm512_mullo_epi32(HB(widen_16)(row + 16 * h), _mm512_set1_epi32(2 * sign)));
}

/* Eight rows of bits, each turned over where its bit of `down` is set: of every unit how many are set, bit by bit. */
HB_TARGET HB_INLINE void HB(count_octet)(const uint64_t *const *rows, uint32_t down, int64_t from, __mmask8 words, __m512i *count) {
    __m512i x[8], sum[3], carry[4];
    for (int k = 0; k < 8; k++)
        x[k] = _mm512_xor_si512(_mm512_maskz_loadu_epi64(words, rows[k] + from), _mm512_set1_epi64(-(int64_t)(down >> k & 1)));
#define HB_ADD(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0x96)
#define HB_CARRY(a, b, c) _mm512_ternarylogic_epi64(a, b, c, 0xE8)
    sum[0] = HB_ADD(x[0], x[1], x[2]);
    sum[1] = HB_ADD(x[3], x[4], x[5]);
    sum[2] = HB_ADD(sum[0], sum[1], x[6]);
    carry[0] = HB_CARRY(x[0], x[1], x[2]);
    carry[1] = HB_CARRY(x[3], x[4], x[5]);
    carry[2] = HB_CARRY(sum[0], sum[1], x[6]);
    carry[3] = _mm512_and_si512(sum[2], x[7]);
    count[0] = _mm512_xor_si512(sum[2], x[7]);
    sum[0] = HB_ADD(carry[0], carry[1], carry[2]);
    carry[0] = HB_CARRY(carry[0], carry[1], carry[2]);
    count[1] = _mm512_xor_si512(sum[0], carry[3]);
    carry[1] = _mm512_and_si512(sum[0], carry[3]);
    count[2] = _mm512_xor_si512(carry[0], carry[1]);
    count[3] = _mm512_and_si512(carry[0], carry[1]);
#undef HB_ADD
#undef HB_CARRY
}

/* Those rows, of +1 and -1, to 64 `words` numbers. */
HB_TARGET HB_UNUSED static void HB(add_octet)(int16_t *a, const uint64_t *const *rows, uint32_t down, int64_t words) {
    for (int64_t from = 0; from < words; from += 8) {
        int64_t here = words - from < 8 ? words - from : 8;
        __m512i count[4];
        uint32_t bits[4][16] HB_ALIGNED;
        HB(count_octet)(rows, down, from, (__mmask8)((1u << here) - 1), count);
        for (int p = 0; p < 4; p++) _mm512_store_si512(bits[p], count[p]);
        for (int64_t h = 0; h < 2 * here; h++, a += 32) {
            __m512i x = _mm512_add_epi16(_mm512_loadu_si512(a), _mm512_set1_epi16(-8));
            for (int p = 0; p < 4; p++) x = _mm512_mask_add_epi16(x, HB(mask_32)(&bits[p][h]), x, _mm512_set1_epi16((int16_t)(2 << p)));
            _mm512_storeu_si512(a, x);
        }
    }
}
