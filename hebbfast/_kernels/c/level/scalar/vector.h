#ifndef HB_SCALAR_VECTOR_H
#define HB_SCALAR_VECTOR_H

typedef uint64_t HB(vector);
typedef double HB(doubles) __attribute__((vector_size(16), may_alias, aligned(8))); /* compilers split it, but are lost with one */

HB_INLINE HB(vector) HB(load_words)(const void *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}
HB_INLINE void HB(store_words)(void *p, HB(vector) v) { memcpy(p, &v, 8); }
HB_INLINE HB(vector) HB(spread)(uint64_t x) { return x; }

HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) {
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    return part + ((x + (x >> 4)) & 0x0F0F0F0F0F0F0F0Fu);
}
HB_INLINE HB(vector) HB(flush)(HB(vector) part) {
    part = (part & 0x00FF00FF00FF00FFu) + (part >> 8 & 0x00FF00FF00FF00FFu);
    return part * 0x0001000100010001u >> 48;
}
HB_INLINE int64_t HB(count_word)(uint64_t x) { return (int64_t)HB(flush)(HB(count)(0, x)); }
HB_INLINE int64_t HB(sum_lanes)(HB(vector) v) { return (int64_t)v; }
HB_INLINE int HB(any)(HB(vector) v) { return v != 0; }

HB_UNUSED static int64_t HB(sum_where)(const uint64_t *bits, int64_t words, const int64_t *values) {
    uint64_t sum = 0;
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 64; j++) sum += (uint64_t)values[j] & (0 - (bits[w] >> j & 1));
    return (int64_t)sum;
}

HB_UNUSED static double HB(sum_where_float)(const uint64_t *bits, int64_t words, const double *values) {
    double sum = 0;
    for (int64_t w = 0; w < words; w++, values += 64)
        for (int j = 0; j < 64; j++) sum += bits[w] >> j & 1 ? values[j] : 0.0;
    return sum;
}

/* -1 where the bit is set, else 0. */
HB_INLINE void HB(spread_bits)(uint64_t word, int8_t *masks) {
    for (int j = 0; j < 8; j++) {
        uint64_t bits = (word >> (8 * j) & 255) * 0x0101010101010101u & 0x8040201008040201u; /* bit k in byte k */
        uint64_t x = ((bits + 0x7F7F7F7F7F7F7F7Fu) >> 7 & 0x0101010101010101u) * 0xFF;
        memcpy(masks + 8 * j, &x, 8);
    }
}

#include "../common/bytes.h"
#include "../common/plain.h"
#include "../common/floats.h"
#endif
