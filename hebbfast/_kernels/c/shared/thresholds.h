/* The heat bath as a comparison. sigma = +1 iff u < 1 / (1 + e^(-2 h / T)), that is, with h = N scale and c = T / (2 scale), iff N > c L,
   L = ln(u / (1 - u)). So a block of visits draws first, in vectors, and visits compare; where rounding could decide, the rule is asked.

   Metropolis flips iff u < e^(-2 sigma h / T), that is iff sigma N < c L with L = -ln u, and is done in the same way.

   u is x / 2^53, and L is made in floats from the first 30 bits of x, of which a = 2 (x >> 23) + 1 in units of 2^-31 is the middle. Draws
   with a or 2^31 - a below 2^20, one in a thousand, ask. Of the others |L| < 7.63, and L is wrong by at most 10^-6 because x is cut off,
   and 1.1 10^-6 by its roundings; c and the product add 10^-6. HB_LOGIT_ERROR is twice as much and more: where 2 h / T is so far from L,
   the probability is 10^-9 from u, and its own rounding is below 10^-12. */
#ifndef HB_THRESHOLDS_H
#define HB_THRESHOLDS_H

#include "model.h"

#define HB_VISITS 256        /* of a block */
#if !defined(HB_LOGIT_ERROR) /* the checks make it huge */
#define HB_LOGIT_ERROR 1.2e-5
#endif
#define HB_COARSE 256.0  /* up to this c thresholds are integers, and one that might be another asks; above, fields within a margin do */
#define HB_FINEST 0x1p50 /* above this c every visit asks */

/* The visits of a block and their thresholds. */
typedef struct {
    int64_t count, margin;
    int metropolis;
    uint64_t z, step; /* draw k is mix(z + k step) */
    uint32_t units[HB_VISITS];
    float at[HB_VISITS];        /* c L; the next integer below, if margin = 0 */
    uint8_t ask[HB_VISITS + 8]; /* not 0: no threshold is sure */
} hb_block;

HB_INLINE double hb_drawn(const hb_block *b, int64_t k) { return (double)(int64_t)(hb_mix(b->z + (uint64_t)k * b->step) >> 11) * 0x1p-53; }

HB_INLINE int32_t hb_bits_of(float x) {
    int32_t bits;
    memcpy(&bits, &x, 4);
    return bits;
}

HB_INLINE float hb_float_of(int32_t bits) {
    float x;
    memcpy(&x, &bits, 4);
    return x;
}

/* ln (a / b) of positive floats: with b 2^e next to a, s = (a - b 2^e) / (a + b 2^e) is below 0.201, and the logarithm is e ln 2 + 2 artanh s,
   whose series ends here at 1.2 10^-7. */
HB_INLINE float hb_log_ratio(float a, float b) {
    int32_t e = (hb_bits_of(a) - hb_bits_of(b) + (1 << 22)) >> 23;
    float near = hb_float_of(hb_bits_of(b) + e * (1 << 23)), s = (a - near) / (a + near), y = s * s;
    return (float)e * 0.69314718056f + s * (2.0f + y * (0.66666667f + y * (0.4f + y * 0.28571429f)));
}

/* Distances are compared as bits, for gcc makes no vectors of loops that choose by floats. */
HB_INLINE void hb_compare_with(hb_block *b, const int32_t *middle, float c, const int coarse, const int metropolis) {
    int64_t count = hb_round_up(b->count, 32);
    const float magic = 12582912.0f; /* 1.5 2^23: a float to which it is added becomes an integer */
    int32_t doubt = hb_bits_of(c * (float)HB_LOGIT_ERROR);
    for (int64_t k = 0; k < count; k++) {
        float above = (float)middle[k], below = metropolis ? 0x1p31f : (float)(int32_t)(0x80000000u - (uint32_t)middle[k]);
        float at = metropolis ? -c * hb_log_ratio(above, below) : c * hb_log_ratio(above, below);
        int32_t aside = middle[k] - (1 << 30), ask = (aside < 0 ? -aside : aside) > (1 << 30) - (1 << 20);
        if (coarse) {
            float nearest = (at + magic) - magic;
            int32_t apart = hb_bits_of(at - nearest);
            ask |= (apart & INT32_MAX) <= doubt;
            at = nearest + (float)(apart >> 31);
        }
        b->at[k] = at;
        b->ask[k] = (uint8_t)ask;
    }
}

HB_INLINE void hb_compare(hb_block *b, const int32_t *middle, float c, const int coarse) {
    if (b->metropolis) hb_compare_with(b, middle, c, coarse, 1);
    else hb_compare_with(b, middle, c, coarse, 0);
}

/* Thresholds for the next draws of a stream, each `every`th of them. `whole`: fields are integers. */
HB_INLINE void hb_draw_block(hb_block *b, const hb_stream *s, uint64_t every, double c, int whole) {
    int32_t middle[HB_VISITS];
    b->step = every * s->increment;
    b->z = s->z + b->step;
    b->margin = 0;
    for (uint64_t k = 0, count = (uint64_t)hb_round_up(b->count, 32); k < count; k++)
        middle[k] = (int32_t)(hb_mix(b->z + k * b->step) >> 34) * 2 + 1;
    if (whole && c <= HB_COARSE) {
        hb_compare(b, middle, c < 0x1p-20 ? 0x1p-20f : (float)c, 1); /* smaller ones have the same integers below */
    } else {
        if (whole) b->margin = (int64_t)(c * HB_LOGIT_ERROR) + 2;
        hb_compare(b, middle, (float)c, 0);
    }
    memset(b->ask + b->count, 1, 8); /* ends the search */
}

/* The first visit from k on that asks, or the end; k is not behind it. */
HB_INLINE int64_t hb_next_asking(const hb_block *b, int64_t k) {
    for (uint64_t eight = 0;; k += 8) {
        memcpy(&eight, b->ask + k, 8);
        if (eight) return k + hb_zeros(eight) / 8;
    }
}

/* c of a model whose fields are integers times a scale, or `fine` ones. */
HB_INLINE double hb_spread(const hb_model *m, int fine, double temperature) {
    if (hb_in_patterns(m)) return 0.5 * temperature * m->gain.divisor;
    return 0.5 * temperature * m->couplings.divisor / m->couplings.scale / (fine ? (double)m->halves.step : 1.0);
}

/* Do visits compare? Not where c, or fields beside T, leave the range of floats. */
HB_INLINE int hb_compares(const hb_model *m, int fine, double temperature) {
    int sums = m->kind == HB_FILTERED || (hb_in_patterns(m) && hb_relative(m));
    return temperature > 1e-280 && temperature < 1e280 && (sums || hb_spread(m, fine, temperature) <= HB_FINEST);
}
#endif
