#ifndef HB_AVX512_VECTOR_H
#define HB_AVX512_VECTOR_H

#include "../common/lanes.h"

HB_TARGET HB_INLINE HB(vector) HB(load_part)(const uint64_t *p, int64_t words) {
    if (words >= HB_LANES) return HB(load_words)(p);
    return (HB(vector))_mm512_maskz_loadu_epi64((__mmask8)((1 << words) - 1), p);
}

HB_TARGET HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) { return part + (HB(vector))_mm512_popcnt_epi64((__m512i)x); }
HB_TARGET HB_INLINE HB(vector) HB(flush)(HB(vector) part) { return part; /* lanes of 64 bits never overflow */ }
HB_TARGET HB_INLINE int64_t HB(sum_lanes)(HB(vector) v) { return _mm512_reduce_add_epi64((__m512i)v); }
HB_TARGET HB_INLINE int HB(any)(HB(vector) v) { return _mm512_test_epi64_mask((__m512i)v, (__m512i)v) != 0; }

#define HB_LOGIC(a, b, c, table) ((HB(vector))_mm512_ternarylogic_epi64((__m512i)(a), (__m512i)(b), (__m512i)(c), table))
HB_TARGET HB_INLINE HB(vector) HB(add_bits)(HB(vector) a, HB(vector) b, HB(vector) c) { return HB_LOGIC(a, b, c, 0x96); }
HB_TARGET HB_INLINE HB(vector) HB(carry_bits)(HB(vector) a, HB(vector) b, HB(vector) c) { return HB_LOGIC(a, b, c, 0xE8); }
HB_TARGET HB_INLINE HB(vector) HB(choose_bits)(HB(vector) which, HB(vector) a, HB(vector) b) { return HB_LOGIC(which, a, b, 0xCA); }
HB_TARGET HB_INLINE HB(vector) HB(ripple)(HB(vector) carry, HB(vector) old, HB(vector) up) { return HB_LOGIC(carry, old, up, 0x90); }
HB_TARGET HB_INLINE HB(vector) HB(step)(HB(vector) up, HB(vector) old, HB(vector) now) { return HB_LOGIC(up, old, now, 0xC5); }
/* (x ^ s) & keep */
HB_TARGET HB_INLINE HB(vector) HB(differ)(__m512i x, __m512i s, __m512i keep) { return HB_LOGIC(x, s, keep, 0x28); }
#undef HB_LOGIC

HB_TARGET HB_INLINE HB(doubles) HB(add_exact)(HB(doubles) sum, double factor, HB(doubles) values) {
    return (HB(doubles))_mm512_fmadd_pd(_mm512_set1_pd(factor), (__m512d)values, (__m512d)sum);
}

/* 64 numbers: one more where the bit is set, one less where it is not, or the other way round. */
HB_TARGET HB_INLINE void HB(add_masked)(int16_t *a, uint64_t bits, int16_t sign) {
    const __m512i plus = _mm512_set1_epi16(sign), minus = _mm512_set1_epi16((int16_t)-sign);
    __m512i low = _mm512_loadu_si512(a), high = _mm512_loadu_si512(a + 32);
    low = _mm512_add_epi16(low, _mm512_mask_blend_epi16((__mmask32)bits, minus, plus));
    high = _mm512_add_epi16(high, _mm512_mask_blend_epi16((__mmask32)(bits >> 32), minus, plus));
    _mm512_storeu_si512(a, low);
    _mm512_storeu_si512(a + 32, high);
}

HB_TARGET HB_INLINE uint64_t HB(pack_word)(const int8_t *values, uint64_t *bad) {
    __m512i x = _mm512_loadu_si512(values);
    *bad |= ~_mm512_cmpeq_epi8_mask(_mm512_abs_epi8(x), _mm512_set1_epi8(1));
    return ~_mm512_movepi8_mask(x);
}

HB_TARGET HB_INLINE void HB(unpack_word)(uint64_t word, int8_t *values) {
    _mm512_storeu_si512(values, _mm512_mask_blend_epi8((__mmask64)word, _mm512_set1_epi8(-1), _mm512_set1_epi8(1)));
}

#include "transpose.h"

HB_TARGET HB_INLINE void HB(slice)(const int32_t *numbers, int bits, uint64_t *out) {
    __m512i x[4];
    for (int j = 0; j < 4; j++) x[j] = _mm512_loadu_si512(numbers + 16 * j);
    for (int b = 0; b < bits; b++) {
        __m512i one = _mm512_set1_epi32((int)(1u << b));
        uint64_t word = 0;
        for (int j = 0; j < 4; j++) word |= (uint64_t)_mm512_test_epi32_mask(x[j], one) << (16 * j);
        out[b] = word;
    }
}

HB_TARGET HB_INLINE void HB(join)(const uint64_t *planes, int bits, int32_t base, int32_t *out) {
    for (int j = 0; j < 4; j++) {
        __m512i x = _mm512_set1_epi32(base);
        for (int b = 0; b < bits; b++)
            x = _mm512_mask_add_epi32(x, (__mmask16)(planes[b * HB_LANES] >> (16 * j)), x,
                                      _mm512_set1_epi32(b == bits - 1 ? -(1 << b) : 1 << b));
        _mm512_storeu_si512(out + 16 * j, x);
    }
}

#include "counts.h"

/* Eight mask bits straight from memory: through a general register the move takes three times as long (1.77 cycles against
   0.57, Zen 4), and that is what gcc 12 makes of the plain intrinsic. */
HB_TARGET HB_INLINE __mmask8 HB(mask)(const void *bits) {
    __mmask8 mask;
    __asm__("kmovb %1, %0" : "=k"(mask) : "m"(*(const uint8_t *)bits));
    return mask;
}

HB_TARGET HB_UNUSED static int64_t HB(sum_where)(const uint64_t *bits, int64_t words, const int64_t *values) {
    __m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 8; j++)
            sum[j & 3] =
                _mm512_mask_add_epi64(sum[j & 3], HB(mask)((const char *)(bits + w) + j), sum[j & 3], _mm512_loadu_si512(values + 8 * j));
    return _mm512_reduce_add_epi64(_mm512_add_epi64(_mm512_add_epi64(sum[0], sum[1]), _mm512_add_epi64(sum[2], sum[3])));
}

HB_TARGET HB_INLINE __mmask16 HB(mask_16)(const void *bits) {
    __mmask16 mask;
    __asm__("kmovw %1, %0" : "=k"(mask) : "m"(*(const uint16_t *)bits));
    return mask;
}

HB_TARGET HB_INLINE __mmask32 HB(mask_32)(const void *bits) {
    __mmask32 mask;
    __asm__("kmovd %1, %0" : "=k"(mask) : "m"(*(const uint32_t *)bits));
    return mask;
}

HB_TARGET HB_UNUSED static int64_t HB(sum_where_narrow)(const uint64_t *bits, int64_t words, const int32_t *values) {
    __m512i sum[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 4; j++)
            sum[j] =
                _mm512_mask_add_epi32(sum[j], HB(mask_16)((const char *)(bits + w) + 2 * j), sum[j], _mm512_loadu_si512(values + 16 * j));
    return _mm512_reduce_add_epi32(_mm512_add_epi32(_mm512_add_epi32(sum[0], sum[1]), _mm512_add_epi32(sum[2], sum[3])));
}

HB_TARGET HB_INLINE void HB(add_rows)(const uint64_t *const *rows, int64_t words, const int32_t *weights, int32_t *sums) {
    __m512i weight[4];
    for (int r = 0; r < 4; r++) weight[r] = _mm512_set1_epi32(weights[r]);
    for (int64_t w = 0; w < words; w++)
        for (int j = 0; j < 4; j++) {
            __m512i sum = _mm512_load_si512(sums + 64 * w + 16 * j);
            for (int r = 0; r < 4; r++) sum = _mm512_mask_add_epi32(sum, HB(mask_16)((const char *)(rows[r] + w) + 2 * j), sum, weight[r]);
            _mm512_store_si512(sums + 64 * w + 16 * j, sum);
        }
}

HB_TARGET HB_UNUSED static double HB(sum_where_float)(const uint64_t *bits, int64_t words, const double *values) {
    __m512d sum[4] = {_mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd(), _mm512_setzero_pd()};
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 8; j++)
            sum[j & 3] =
                _mm512_mask_add_pd(sum[j & 3], HB(mask)((const char *)(bits + w) + j), sum[j & 3], _mm512_loadu_pd(values + 8 * j));
    return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_add_pd(sum[0], sum[1]), _mm512_add_pd(sum[2], sum[3])));
}

typedef __m512 HB(lookup);
typedef __m512i HB(codes);
HB_TARGET HB_INLINE HB(lookup) HB(zero_sums)(void) { return _mm512_setzero_ps(); }
HB_TARGET HB_INLINE HB(codes) HB(read_codes)(const uint8_t *codes) { return _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)codes)); }
HB_TARGET HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, HB(codes) codes) {
    return _mm512_add_ps(sums, _mm512_permutexvar_ps(codes, _mm512_loadu_ps(table)));
}
HB_TARGET HB_INLINE __m512i HB(widen)(const int8_t *p) { return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const void *)p)); }
HB_TARGET HB_INLINE __m512i HB(widen_16)(const int16_t *p) { return _mm512_cvtepi16_epi32(_mm256_loadu_si256((const void *)p)); }
#include "../common/rows.h"
#include "bouts.h"
#include "lockstep.h"
#include "abreast.h"

HB_TARGET HB_INLINE HB(lookup) HB(read_floats)(const float *in) { return _mm512_loadu_ps(in); }
HB_TARGET HB_INLINE HB(lookup) HB(roots)(HB(lookup) x) { return _mm512_sqrt_ps(x); }
HB_TARGET HB_INLINE void HB(write_floats)(float *out, HB(lookup) x) { _mm512_storeu_ps(out, x); }
#endif
