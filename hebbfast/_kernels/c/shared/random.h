/* Random streams (Steele, Lea and Flood 2014, SplittableRandom): draw k of a stream is mix(z + k increment). The increment is odd, so
   that z runs through all words, and each stream has its own: two streams do not meet, as two windows of one cycle may. */
#ifndef HB_RANDOM_H
#define HB_RANDOM_H

#include "base.h"

#define HB_GOLDEN 0x9E3779B97F4A7C15u /* the increment of splitmix64 */

typedef struct {
    uint64_t z, increment;
} hb_stream;

HB_INLINE uint64_t hb_mix(uint64_t y) {
    y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9u;
    y = (y ^ (y >> 27)) * 0x94D049BB133111EBu;
    return y ^ (y >> 31);
}

/* The first 16 bits of mix, which its last step leaves as they are. */
HB_INLINE uint16_t hb_mix_top(uint64_t y) {
    y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9u;
    return (uint16_t)((y ^ (y >> 27)) * 0x94D049BB133111EBu >> 48);
}

/* An odd increment from a random word; one with few changes between neighbouring bits would give similar draws. */
HB_INLINE uint64_t hb_increment(uint64_t y) {
    y = (y ^ (y >> 33)) * 0xFF51AFD7ED558CCDu;
    y = (y ^ (y >> 33)) * 0xC4CEB9FE1A85EC53u;
    y = (y ^ (y >> 33)) | 1;
    return hb_ones(y ^ (y >> 1)) < 24 ? y ^ 0xAAAAAAAAAAAAAAAAu : y;
}

HB_INLINE uint64_t hb_next(hb_stream *s) { return hb_mix(s->z += s->increment); }

/* The same where several threads draw from one stream. */
HB_INLINE uint64_t hb_next_shared(hb_stream *s) { return hb_mix(__atomic_add_fetch(&s->z, s->increment, __ATOMIC_RELAXED)); }

/* x n / 2^64 for n < 2^32, in words of 64 bits. */
HB_INLINE uint32_t hb_scale(uint64_t x, uint32_t n) {
    uint64_t high = (uint64_t)(uint32_t)(x >> 32) * n, low = (uint64_t)(uint32_t)x * n;
    return (uint32_t)((high + (low >> 32)) >> 32);
}
HB_INLINE int64_t hb_below(hb_stream *s, int64_t n) { return hb_scale(hb_next(s), (uint32_t)n); }

HB_INLINE double hb_uniform(hb_stream *s) { return (double)(int64_t)(hb_next(s) >> 11) * 0x1p-53; }

/* Streams lie in rows of int64, z first. */
HB_INLINE hb_stream hb_stream_of(const int64_t *row) { return (hb_stream){(uint64_t)row[0], (uint64_t)row[1]}; }

/* Two random words make a stream. */
HB_INLINE void hb_seed(const uint64_t *words, int64_t count, int64_t *rows, int64_t stride) {
    for (int64_t q = 0; q < count; q++, words += 2, rows += stride) {
        rows[0] = (int64_t)words[0];
        rows[1] = (int64_t)hb_increment(words[1]);
    }
}

HB_INLINE void hb_uniforms(hb_stream *s, int64_t count, double *out) {
    for (int64_t j = 0; j < count; j++) out[j] = hb_uniform(s);
}

HB_INLINE void hb_integers(hb_stream *s, int64_t below, int64_t count, uint32_t *out) {
    for (int64_t j = 0; j < count; j++) out[j] = (uint32_t)hb_below(s, below);
}

/* Fisher and Yates, from the end; levels do the same 64 draws at a time. */
HB_INLINE void hb_permutation(hb_stream *s, int64_t count, uint32_t *out) {
    for (int64_t j = 0; j < count; j++) out[j] = (uint32_t)j;
    for (int64_t j = count - 1; j > 0; j--) {
        int64_t other = hb_below(s, j + 1);
        uint32_t kept = out[other];
        out[other] = out[j];
        out[j] = kept;
    }
}

/* `rows` packed patterns for each stream, every bit fair. */
HB_INLINE void hb_draw(const int64_t *streams, int64_t stride, int64_t count, int64_t units, int64_t rows, uint64_t *out) {
    int64_t words = (units + 63) / 64;
    uint64_t tail = hb_tail(units);
    for (int64_t m = 0; m < count; m++, streams += stride) {
        hb_stream s = hb_stream_of(streams);
        for (int64_t k = 0; k < rows; k++, out += words) {
            for (int64_t w = 0; w < words; w++) out[w] = hb_next(&s);
            out[words - 1] &= tail;
        }
    }
}

/* States with exactly `flips` units flipped, every choice equally likely (Bentley and Floyd 1987). */
HB_INLINE void hb_corrupt(const uint64_t *states, int64_t count, int64_t units, int64_t flips, const int64_t *streams, int64_t stride,
                          uint64_t *out) {
    int64_t words = (units + 63) / 64;
    for (int64_t q = 0; q < count; q++, states += words, streams += stride, out += words) {
        hb_stream s = hb_stream_of(streams);
        memset(out, 0, (size_t)(8 * words));
        for (int64_t j = units - flips; j < units; j++) {
            int64_t unit = hb_below(&s, j + 1);
            if (hb_bit(out, unit)) unit = j;
            out[unit >> 6] |= (uint64_t)1 << (unit & 63);
        }
        for (int64_t w = 0; w < words; w++) out[w] ^= states[w];
    }
}
#endif
