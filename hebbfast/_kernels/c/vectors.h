/* The vector of a level: HB_LANES words side by side, counting bits, and adding where a bit is set.
   A count runs in two stages, because levels without a 64-bit popcount count in bytes first:
   HB_COUNT_STEPS times count(part, x), or any number of times if that is 0, then flush(part) into 64-bit lanes. */

/* How far from `from` to `end`, in steps of `stride` with `counts` counts each, before a flush is due. */
#define HB_UNTIL_FLUSH(from, end, stride, counts)                                                          \
    (!HB_COUNT_STEPS || (end) - (from) < HB_COUNT_STEPS / (counts) * (stride) ? (end) : (from) + HB_COUNT_STEPS / (counts) * (stride))


#if HB_LANES == 1
typedef uint64_t HB(vector);
#define HB_LOAD(p) (*(const HB(vector) *)(p))
#define HB_STORE(p, v) (*(HB(vector) *)(p) = (v))
#define HB_SPREAD(x) ((uint64_t)(x))
#else
typedef uint64_t HB(vector) __attribute__((vector_size(8 * HB_LANES), may_alias));
typedef uint64_t HB(loose) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(8)));
#define HB_LOAD(p) ((HB(vector)) * (const HB(loose) *)(p))
#define HB_STORE(p, v) (*(HB(loose) *)(p) = (HB(loose))(v))
#define HB_SPREAD(x) ((HB(vector)){0} + (uint64_t)(x))
#endif

#if defined(HB_IS_AVX512)
#define HB_COUNT_STEPS (int64_t)0 /* lanes of 64 bits never overflow */
HB_TARGET HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    return part + (HB(vector))_mm512_popcnt_epi64((__m512i)x);
}
HB_TARGET HB_INLINE HB(vector) HB(flush)(HB(vector) part) { return part; }

#elif defined(HB_IS_AVX2)
#define HB_COUNT_STEPS (int64_t)31
HB_TARGET HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256((__m256i)x, nibble));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16((__m256i)x, 4), nibble));
    return (HB(vector))_mm256_add_epi8((__m256i)part, _mm256_add_epi8(low, high));
}
HB_TARGET HB_INLINE HB(vector) HB(flush)(HB(vector) part) {
    return (HB(vector))_mm256_sad_epu8((__m256i)part, _mm256_setzero_si256());
}

#elif defined(HB_IS_NEON)
#define HB_COUNT_STEPS (int64_t)31
HB_TARGET HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    return (HB(vector))vaddq_u8((uint8x16_t)part, vcntq_u8((uint8x16_t)x));
}
HB_TARGET HB_INLINE HB(vector) HB(flush)(HB(vector) part) {
    return (HB(vector))vpaddlq_u32(vpaddlq_u16(vpaddlq_u8((uint8x16_t)part)));
}

#else
#define HB_COUNT_STEPS (int64_t)31
HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return part + ((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu);
}
HB_INLINE HB(vector) HB(flush)(HB(vector) part) {
    part = (part & 0x00FF00FF00FF00FFu) + (part >> 8 & 0x00FF00FF00FF00FFu);
    return part * 0x0001000100010001u >> 48;
}
#endif

#if defined(HB_IS_AVX512)
/* 8 x 8 words: row j becomes column j. */
HB_TARGET HB_INLINE void HB(transpose_words)(__m512i *x) {
    __m512i pair[8], quad[8];
    for (int j = 0; j < 4; j++) {
        pair[2 * j] = _mm512_unpacklo_epi64(x[2 * j], x[2 * j + 1]);
        pair[2 * j + 1] = _mm512_unpackhi_epi64(x[2 * j], x[2 * j + 1]);
    }
    for (int j = 0; j < 2; j++) {
        /* quad[j]: words j and j + 4 of rows 0-3; quad[j + 2]: words j + 2 and j + 6; from 4 on the same of rows 4-7 */
        quad[j] = _mm512_shuffle_i64x2(pair[j], pair[j + 2], 0x88);
        quad[j + 2] = _mm512_shuffle_i64x2(pair[j], pair[j + 2], 0xDD);
        quad[j + 4] = _mm512_shuffle_i64x2(pair[j + 4], pair[j + 6], 0x88);
        quad[j + 6] = _mm512_shuffle_i64x2(pair[j + 4], pair[j + 6], 0xDD);
    }
    for (int j = 0; j < 4; j++) {
        x[j] = _mm512_shuffle_i64x2(quad[j], quad[j + 4], 0x88);
        x[j + 4] = _mm512_shuffle_i64x2(quad[j], quad[j + 4], 0xDD);
    }
}
#endif

HB_TARGET HB_INLINE int64_t HB(count_word)(uint64_t x) {
#if HB_LANES == 1
    return (int64_t)HB(flush)(HB(count)(0, x));
#else
    return __builtin_popcountll(x); /* one instruction under this target */
#endif
}

HB_TARGET HB_INLINE int64_t HB(sum_lanes)(HB(vector) v) {
#if HB_LANES == 1
    return (int64_t)v;
#elif defined(HB_IS_AVX512)
    return _mm512_reduce_add_epi64((__m512i)v);
#else
    int64_t sum = 0;
    for (int j = 0; j < HB_LANES; j++) sum += (int64_t)v[j];
    return sum;
#endif
}
