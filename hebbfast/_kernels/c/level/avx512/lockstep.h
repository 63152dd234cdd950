#ifndef HB_AVX512_LOCKSTEP_H
#define HB_AVX512_LOCKSTEP_H

/* The visits of a sweep, 64 after another: units, and behind them the number of units, which is none; and where the bit of each is found
   among those of HB(signs_of): its byte, and the bit there. */
typedef struct {
    uint8_t unit[2][65], byte[2][64], bit[2][64];
} HB(locked_visits);

/* A bit for each unit, in the order of HB(signs_of). */
typedef union {
    __m128i vector;
    uint8_t byte[16];
} HB(locked_bits);

/* A state of at most 128 units: half fields, 32 a vector; -1 for a unit that is up and 1 for one that is down, which is what a flip adds its
   row with; a bit for each unit that is down, in the order of HB(signs_of); visits to come. */
typedef struct {
    __m512i a0, a1, a2, a3;
    __m128i down;
    uint64_t left;
    int64_t flips;
    int16_t *turns;
} HB(locked);

HB_INLINE uint8_t HB(locked_byte)(uint32_t unit) { return (uint8_t)((unit >> 6 << 3) + ((unit >> 3 & 3) << 1) + (unit >> 5 & 1)); }
HB_INLINE uint8_t HB(locked_bit)(uint32_t unit) { return (uint8_t)(0x80u >> (unit & 7)); }

/* The sign bits of 128 numbers, by instructions that leave them in an order of their own: packing takes eight from each of two vectors in
   turn, a matrix over bits collects those of eight bytes. In masks it would be twice as many instructions. */
HB_TARGET HB_INLINE __m128i HB(signs_of)(__m512i a0, __m512i a1, __m512i a2, __m512i a3, const int wide) {
    __m512i top = _mm512_set1_epi8((char)0x80);
    __m128i low = _mm512_cvtepi64_epi8(_mm512_gf2p8affine_epi64_epi8(top, _mm512_packs_epi16(a0, a1), 0));
    if (!wide) return low;
    return _mm_unpacklo_epi64(low, _mm512_cvtepi64_epi8(_mm512_gf2p8affine_epi64_epi8(top, _mm512_packs_epi16(a2, a3), 0)));
}

/* `turns` has room for 129 numbers. */
HB_TARGET HB_UNUSED static void HB(load_locked)(const int16_t *a, const uint64_t *state, int wide, int16_t *turns, HB(locked) *x) {
    __m512i up = _mm512_set1_epi16(-1), down = _mm512_set1_epi16(1), t[4];
    for (int j = 0; j < 4; j++) {
        t[j] = j < 2 || wide ? _mm512_mask_blend_epi16((__mmask32)(state[j >> 1] >> (32 * (j & 1))), down, up) : down;
        _mm512_storeu_si512(turns + 32 * j, t[j]);
    }
    turns[128] = 1;
    x->a0 = _mm512_loadu_si512(a);
    x->a1 = _mm512_loadu_si512(a + 32);
    x->a2 = wide ? _mm512_loadu_si512(a + 64) : _mm512_setzero_si512();
    x->a3 = wide ? _mm512_loadu_si512(a + 96) : _mm512_setzero_si512();
    x->down = _mm_xor_si128(HB(signs_of)(t[0], t[1], t[2], t[3], 1), _mm_set1_epi8(-1));
    x->turns = turns;
}

/* The state, its half fields and signs (0 where a unit is up, else -1). */
HB_TARGET HB_UNUSED static void HB(store_locked)(const HB(locked) *x, int wide, uint64_t *state, int16_t *a, int16_t *signs) {
    __m512i fields[4] = {x->a0, x->a1, x->a2, x->a3};
    for (int j = 0; j < 2 + 2 * wide; j++) {
        __m512i t = _mm512_loadu_si512(x->turns + 32 * j);
        uint64_t word = _mm512_movepi16_mask(t);
        state[j >> 1] = j & 1 ? state[j >> 1] | word << 32 : word;
        _mm512_storeu_si512(a + 32 * j, fields[j]);
        _mm512_storeu_si512(signs + 32 * j, _mm512_movm_epi16(~_mm512_movepi16_mask(t)));
    }
}

/* Has a unit another sign than its half field? Negative and up, or not and down. */
HB_TARGET HB_UNUSED static int HB(moves)(const HB(locked) *x, int64_t units) {
    __m512i fields[4] = {x->a0, x->a1, x->a2, x->a3};
    uint32_t differ = 0;
    for (int j = 0; 32 * j < units; j++) {
        uint32_t up = _mm512_movepi16_mask(_mm512_loadu_si512(x->turns + 32 * j));
        uint32_t real = units - 32 * j < 32 ? (1u << (units - 32 * j)) - 1 : ~0u;
        differ |= ~(_mm512_movepi16_mask(fields[j]) ^ up) & real;
    }
    return differ != 0;
}

HB_TARGET HB_INLINE __m512i HB(add_locked)(__m512i a, const int8_t *row, __m512i turn) {
    return _mm512_add_epi16(a, _mm512_mullo_epi16(_mm512_cvtepi8_epi16(_mm256_load_si256((const void *)row)), turn));
}

/* On to the next flip of one state, without a branch: where none is left, a row of zeros is added. `ones`: the bit of each unit, as in
   HB(signs_of). */
HB_TARGET HB_INLINE uint64_t HB(step_locked)(const int8_t *rows, const HB(locked_bits) *ones, const HB(locked_visits) *v, int part,
                                             const int wide, HB(locked) *x) {
    __m128i unstable = _mm_xor_si128(HB(signs_of)(x->a0, x->a1, x->a2, x->a3, wide), x->down);
    __m512i found = _mm512_shuffle_epi8(_mm512_broadcast_i32x4(unstable), _mm512_loadu_si512(v->byte[part]));
    uint64_t open = x->left & _mm512_test_epi8_mask(found, _mm512_loadu_si512(v->bit[part]));
    int64_t unit = v->unit[part][_tzcnt_u64(open)];
    const int8_t *row = rows + unit * (wide ? 128 : 64);
    __m512i turn = _mm512_set1_epi16(x->turns[unit]);
    x->turns[unit] = (int16_t)-x->turns[unit];
    x->left &= ~(open ^ (open - 1));
    x->flips += open != 0;
    x->down = _mm_xor_si128(x->down, ones[unit].vector);
    x->a0 = HB(add_locked)(x->a0, row, turn);
    x->a1 = HB(add_locked)(x->a1, row + 32, turn);
    if (wide) {
        x->a2 = HB(add_locked)(x->a2, row + 64, turn);
        x->a3 = HB(add_locked)(x->a3, row + 96, turn);
    }
    return open;
}

/* A sweep of four states, those of them that move. A flip waits some 40 cycles for the one before; flips of four states wait side by side. */
HB_TARGET HB_INLINE void HB(sweep_some_locked)(const int8_t *rows, const HB(locked_bits) *ones, int64_t units,
                                               const HB(locked_visits) *const *v, int moving, const int wide, HB(locked) *x) {
    HB(locked) x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
    for (int part = 0; 64 * part < units; part++) {
        uint64_t left = units - 64 * part < 64 ? hb_tail(units - 64 * part) : ~(uint64_t)0, open;
        x0.left = moving & 1 ? left : 0;
        x1.left = moving & 2 ? left : 0;
        x2.left = moving & 4 ? left : 0;
        x3.left = moving & 8 ? left : 0;
        do {
            open = HB(step_locked)(rows, ones, v[0], part, wide, &x0);
            open |= HB(step_locked)(rows, ones, v[1], part, wide, &x1);
            open |= HB(step_locked)(rows, ones, v[2], part, wide, &x2);
            open |= HB(step_locked)(rows, ones, v[3], part, wide, &x3);
        } while (open);
    }
    x[0] = x0;
    x[1] = x1;
    x[2] = x2;
    x[3] = x3;
}

HB_TARGET HB_UNUSED static void HB(sweep_locked)(const int8_t *rows, const HB(locked_bits) *ones, int64_t units,
                                                 const HB(locked_visits) *const *v, int moving, HB(locked) *x) {
    if (units > 64) HB(sweep_some_locked)(rows, ones, units, v, moving, 1, x);
    else HB(sweep_some_locked)(rows, ones, units, v, moving, 0, x);
}
#endif
