/* The numbers of 64 chains (generic/abreast.h): 16 bits each, in two vectors. */
typedef struct {
    __m512i half[2];
} HB(numbers);

HB_TARGET HB_INLINE __m512i HB(mix_top)(__m512i y) {
    y = _mm512_xor_si512(y, _mm512_srli_epi64(y, 30));
    y = _mm512_mullo_epi64(y, _mm512_set1_epi64((int64_t)0xBF58476D1CE4E5B9));
    y = _mm512_xor_si512(y, _mm512_srli_epi64(y, 27));
    return _mm512_mullo_epi64(y, _mm512_set1_epi64((int64_t)0x94D049BB133111EB)); /* the last step of mix leaves the first 31 bits */
}

HB_TARGET HB_INLINE void HB(draw_tops)(const uint64_t *z, const uint64_t *increment, int64_t count, uint16_t (*tops)[64]) {
    uint16_t places[32];
    for (int j = 0; j < 32; j++) places[j] = (uint16_t)(4 * (j & 7) + (j >> 3)); /* word j / 8 of lane j % 8 */
    __m512i order = _mm512_loadu_si512(places);
    for (int half = 0; half < 64; half += 32) {
        __m512i now[4], step[4];
        for (int v = 0; v < 4; v++) {
            now[v] = _mm512_loadu_si512(z + half + 8 * v);
            step[v] = _mm512_loadu_si512(increment + half + 8 * v);
        }
        for (int64_t k = 0; k < count; k++) {
            for (int v = 0; v < 4; v++) now[v] = _mm512_add_epi64(now[v], step[v]);
            __m512i x = _mm512_srli_epi64(HB(mix_top)(now[0]), 48);
            x = _mm512_mask_mov_epi16(x, 0x22222222, _mm512_srli_epi64(HB(mix_top)(now[1]), 32));
            x = _mm512_mask_mov_epi16(x, 0x44444444, _mm512_srli_epi64(HB(mix_top)(now[2]), 16));
            x = _mm512_mask_mov_epi16(x, 0x88888888, HB(mix_top)(now[3]));
            _mm512_storeu_si512(tops[k] + half, _mm512_permutexvar_epi16(order, x));
        }
    }
}

/* Words of two neighbours side by side. */
HB_TARGET HB_INLINE __m128i HB(two_words)(const uint64_t *up, const uint32_t *target) {
    return _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64((const void *)(up + target[0]))), (const void *)(up + target[1])));
}

/* Eight words are 64 chains of eight bits: bytes of the same chains side by side, their bits turned, and counted. This takes 0.3 ns a
   neighbour where adding one under each word as a mask takes 0.53, and a gather 0.75. */
HB_TARGET
HB_INLINE void HB(count_signs)(const uint64_t *up, const uint32_t *target, const uint32_t *middle, const uint32_t *end, HB(numbers) *a) {
    __m512i sum = _mm512_setzero_si512(), units = _mm512_set1_epi64((int64_t)0x8040201008040201), order;
    uint8_t places[64];
    for (int j = 0; j < 64; j++) places[j] = (uint8_t)((j & 7) * 8 + (j >> 3));
    order = _mm512_loadu_si512(places);
    for (; target < end; target += 8) {
        int64_t positive = middle - target < 0 ? 0 : middle - target < 8 ? middle - target : 8;
        __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(HB(two_words)(up, target)), HB(two_words)(up, target + 2), 1);
        __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(HB(two_words)(up, target + 4)), HB(two_words)(up, target + 6), 1);
        __m512i words = _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
        words = _mm512_mask_xor_epi64(words, (__mmask8)(0xFF << positive), words, _mm512_set1_epi64(-1));
        words = _mm512_gf2p8affine_epi64_epi8(units, _mm512_permutexvar_epi8(order, words), 0);
        sum = _mm512_add_epi8(sum, _mm512_popcnt_epi8(words));
    }
    a->half[0] = _mm512_cvtepu8_epi16(_mm512_castsi512_si256(sum));
    a->half[1] = _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(sum, 1));
}

HB_TARGET
HB_INLINE void HB(add_weights)(const uint64_t *up, const uint32_t *target, const uint32_t *end, const int16_t *weights, HB(numbers) *a) {
    __m512i low = _mm512_setzero_si512(), high = low;
    for (; target < end; target++, weights++) {
        __m512i weight = _mm512_set1_epi16(*weights);
        low = _mm512_mask_add_epi16(low, (__mmask32)up[*target], low, weight);
        high = _mm512_mask_add_epi16(high, (__mmask32)(up[*target] >> 32), high, weight);
    }
    a->half[0] = low;
    a->half[1] = high;
}

HB_TARGET HB_INLINE void HB(store_numbers)(const HB(numbers) *a, int16_t *out) {
    for (int h = 0; h < 2; h++) _mm512_storeu_si512(out + 32 * h, a->half[h]);
}

HB_TARGET HB_INLINE void HB(load_numbers)(const int16_t *in, HB(numbers) *a) {
    for (int h = 0; h < 2; h++) a->half[h] = _mm512_loadu_si512(in + 32 * h);
}

/* Of up to 128. */
HB_TARGET HB_INLINE __m512i HB(choose_half)(const uint16_t *table, int64_t span, __m512i at) {
    __m512i found = _mm512_permutex2var_epi16(_mm512_loadu_si512(table), at, _mm512_loadu_si512(table + 32));
    if (span <= 64) return found;
    __m512i high = _mm512_permutex2var_epi16(_mm512_loadu_si512(table + 64), at, _mm512_loadu_si512(table + 96));
    return _mm512_mask_mov_epi16(found, _mm512_test_epi16_mask(at, _mm512_set1_epi16(64)), high);
}

HB_TARGET HB_INLINE void HB(choose)(const uint16_t *table, const uint16_t *second, int64_t span, const HB(numbers) *a, uint64_t up,
                                    HB(numbers) *out) {
    if (span > 128) {
        int16_t at[64];
        HB(store_numbers)(a, at);
        for (int l = 0; l < 64; l++) at[l] = (int16_t)(up >> l & 1 ? second : table)[at[l]];
        HB(load_numbers)(at, out);
        return;
    }
    for (int h = 0; h < 2; h++) {
        __mmask32 risen = (__mmask32)(up >> 32 * h);
        __m512i at = a->half[h], found;
        if (span <= 32) { /* both tables at once */
            at = _mm512_mask_add_epi16(at, risen, at, _mm512_set1_epi16(32));
            found = _mm512_permutex2var_epi16(_mm512_loadu_si512(table), at, _mm512_loadu_si512(second));
        } else {
            found = HB(choose_half)(table, span, at);
            if (second != table) found = _mm512_mask_mov_epi16(found, risen, HB(choose_half)(second, span, at));
        }
        out->half[h] = found;
    }
}

/* Of 64 tables side by side; up to 40 entries are gone through as fast as 64 are looked up. */
HB_TARGET HB_INLINE void HB(choose_own)(const uint16_t *table, const uint16_t *second, int64_t span, const HB(numbers) *a, uint64_t up,
                                        HB(numbers) *out) {
    if (span > 40) {
        int16_t at[64];
        HB(store_numbers)(a, at);
        for (int l = 0; l < 64; l++) at[l] = (int16_t)(up >> l & 1 ? second : table)[64 * at[l] + l];
        HB(load_numbers)(at, out);
        return;
    }
    for (int h = 0; h < 2; h++) {
        __mmask32 risen = second == table ? 0 : (__mmask32)(up >> 32 * h);
        __m512i found = _mm512_setzero_si512(), v = found;
        for (int64_t j = 32 * h; j < 64 * span; j += 64, v = _mm512_add_epi16(v, _mm512_set1_epi16(1))) {
            __mmask32 here = _mm512_cmpeq_epi16_mask(a->half[h], v);
            found = _mm512_mask_loadu_epi16(found, here & ~risen, table + j);
            if (risen) found = _mm512_mask_loadu_epi16(found, here & risen, second + j);
        }
        out->half[h] = found;
    }
}

HB_TARGET HB_INLINE uint64_t HB(draws_below)(const uint16_t *x, const HB(numbers) *first, uint64_t *same) {
    __mmask32 less[2], equal[2];
    for (int h = 0; h < 2; h++) {
        __m512i draw = _mm512_loadu_si512(x + 32 * h);
        less[h] = _mm512_cmplt_epu16_mask(draw, first->half[h]);
        equal[h] = _mm512_cmpeq_epu16_mask(draw, first->half[h]);
    }
    *same = equal[0] | (uint64_t)equal[1] << 32;
    return less[0] | (uint64_t)less[1] << 32;
}

HB_TARGET HB_INLINE void HB(add_gains)(int8_t *flips, int16_t *narrow, int32_t *wide, const HB(numbers) *a, int32_t step, int32_t base,
                                       uint64_t up, uint64_t flip) {
    __m512i zero = _mm512_setzero_si512();
    _mm512_storeu_si512(flips, _mm512_mask_add_epi8(_mm512_loadu_si512(flips), flip, _mm512_loadu_si512(flips), _mm512_set1_epi8(1)));
    for (int h = 0; !wide && h < 2; h++) {
        __mmask32 turned = (__mmask32)(flip >> 32 * h), down = (__mmask32)(~up >> 32 * h);
        __m512i number =
            _mm512_add_epi16(_mm512_mullo_epi16(a->half[h], _mm512_set1_epi16((int16_t)step)), _mm512_set1_epi16((int16_t)base));
        __m512i sum = _mm512_loadu_si512(narrow + 32 * h);
        number = _mm512_mask_sub_epi16(number, down, zero, number);
        _mm512_storeu_si512(narrow + 32 * h, _mm512_mask_add_epi16(sum, turned, sum, number));
    }
    for (int q = 0; wide && q < 4; q++) {
        __mmask16 turned = (__mmask16)(flip >> 16 * q), down = (__mmask16)(~up >> 16 * q);
        __m256i part = q & 1 ? _mm512_extracti64x4_epi64(a->half[q >> 1], 1) : _mm512_castsi512_si256(a->half[q >> 1]);
        __m512i number =
            _mm512_add_epi32(_mm512_mullo_epi32(_mm512_cvtepi16_epi32(part), _mm512_set1_epi32(step)), _mm512_set1_epi32(base));
        __m512i sum = _mm512_loadu_si512(wide + 16 * q);
        number = _mm512_mask_sub_epi32(number, down, zero, number);
        _mm512_storeu_si512(wide + 16 * q, _mm512_mask_add_epi32(sum, turned, sum, number));
    }
}
