#ifndef HB_AVX2_VECTOR_H
#define HB_AVX2_VECTOR_H

#include "../common/lanes.h"

HB_TARGET HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256((__m256i)x, nibble));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16((__m256i)x, 4), nibble));
    return (HB(vector))_mm256_add_epi8((__m256i)part, _mm256_add_epi8(low, high));
}
HB_TARGET HB_INLINE HB(vector) HB(flush)(HB(vector) part) { return (HB(vector))_mm256_sad_epu8((__m256i)part, _mm256_setzero_si256()); }

HB_TARGET HB_INLINE uint64_t HB(pack_word)(const int8_t *values, uint64_t *bad) {
    __m256i x = _mm256_loadu_si256((const __m256i *)values), y = _mm256_loadu_si256((const __m256i *)(values + 32));
    const __m256i one = _mm256_set1_epi8(1);
    __m256i good = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_abs_epi8(x), one), _mm256_cmpeq_epi8(_mm256_abs_epi8(y), one));
    *bad |= (uint32_t)~_mm256_movemask_epi8(good);
    return ~((uint64_t)(uint32_t)_mm256_movemask_epi8(y) << 32 | (uint32_t)_mm256_movemask_epi8(x));
}
HB_TARGET HB_INLINE void HB(spread_bits)(uint64_t word, int8_t *masks) {
    const __m256i bit = _mm256_set1_epi64x((int64_t)0x8040201008040201);
    const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    for (int h = 0; h < 2; h++) {
        __m256i bits = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int32_t)(word >> 32 * h)), byte), bit);
        _mm256_storeu_si256((void *)(masks + 32 * h), _mm256_cmpeq_epi8(bits, bit));
    }
}

HB_TARGET HB_INLINE __m256i HB(widen)(const int8_t *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)p)); }
HB_TARGET HB_INLINE __m256i HB(widen_16)(const int16_t *p) { return _mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)p)); }
#include "../common/rows.h"
#include "bouts.h"
#include "../common/masks.h"
#include "../common/plain.h"

/* Eight entries fill a register: the other half of the table is its negative, in reverse order. */
typedef __m256 HB(lookup);
typedef struct {
    __m256i entry, sign;
} HB(codes);
HB_TARGET HB_INLINE HB(lookup) HB(zero_sums)(void) { return _mm256_setzero_ps(); }
HB_TARGET HB_INLINE HB(codes) HB(read_codes)(const uint8_t *bytes) {
    __m256i code = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const void *)bytes));
    __m256i negative = _mm256_cmpeq_epi32(_mm256_and_si256(code, _mm256_set1_epi32(8)), _mm256_setzero_si256());
    HB(codes) made = {_mm256_xor_si256(code, negative), _mm256_slli_epi32(negative, 31)};
    return made;
}
HB_TARGET HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, HB(codes) codes) {
    __m256 half = _mm256_permutevar8x32_ps(_mm256_loadu_ps(table + 8), codes.entry);
    return _mm256_add_ps(sums, _mm256_xor_ps(half, (__m256)codes.sign));
}
HB_TARGET HB_INLINE HB(lookup) HB(read_floats)(const float *in) { return _mm256_loadu_ps(in); }
HB_TARGET HB_INLINE HB(lookup) HB(roots)(HB(lookup) x) { return _mm256_sqrt_ps(x); }
HB_TARGET HB_INLINE void HB(write_floats)(float *out, HB(lookup) x) { _mm256_storeu_ps(out, x); }
#endif
