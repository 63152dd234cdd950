/* What every level shares: the models, the dynamics, the random stream, exp. Baseline code only, so it may be inlined anywhere. */
#ifndef HB_MODEL_H
#define HB_MODEL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "portability.h"

enum { HB_EXACT, HB_FILTERED, HB_COUPLINGS8, HB_COUPLINGS16, HB_COUPLINGS32, HB_COUPLINGS64 }; /* numbers of the field; bits of a coupling */
enum { HB_NO_PLANES, HB_BOUNDED, HB_SLICED };                  /* bit planes bound a field, or also give it */
enum { HB_RANDOM, HB_SEQUENTIAL, HB_REPLACEMENT, HB_ARRAY };             /* visiting orders */
enum { HB_PLUS, HB_MINUS, HB_KEEP };                                     /* sign(0) */
enum { HB_RUNNING, HB_CONVERGED, HB_CYCLE, HB_STOPPED };                 /* status of a cue */
enum { HB_STREAM, HB_SWEEPS, HB_FLIPS, HB_STATUS, HB_PROGRESS };         /* columns of the progress table */

/* The rule of the field h_i. In pattern space sigma_i N_i = sum_agree G(a-1) - sum_disagree G(a), where a counts the
   units that agree with a pattern and G is `gain`, stored from a = -1 to D, so that G(a-1) = gain[a], G(a) = gain[a+1]. */
typedef struct {
    int kind;
    int planes;
    int64_t units, row_words;
    /* pattern space */
    int64_t patterns, column_words;
    const uint64_t *rows, *columns;
    const int64_t *gain;            /* HB_EXACT: integers whose sums fit int64 */
    const double *gain_float;       /* HB_FILTERED: the same, rounded; exact integers decide near zero */
    const int64_t *power_table;     /* F of the energy by a, times its divisor, where sums fit int64 */
    const double *energy_table;     /* exponential: F by a */
    int relative;                   /* exponential: gain is relative to the largest overlap */
    int power, rectified, limbs, plane_limit; /* plane_limit: bits of a signed half overlap */
    double divisor, energy_divisor, beta, unit, filter_error;
    /* coupling space */
    const void *outgoing, *bias;    /* integers, as kind says; row j: couplings from unit j. Bias and fields: int32, or int64 for HB_COUPLINGS64 */
    double scale;
} hb_model;

typedef struct {
    int synchronous, order, tie, covers; /* covers: a sweep visits every unit */
    double temperature;
    const uint32_t *visits;
    int64_t visit_count;
    const uint64_t *clamp; /* or NULL */
} hb_dynamics;

#define HB_OUTLIERS 8
#define HB_MOST_PLANES 24

/* Overlaps as bit planes (planes.h). */
typedef struct {
    int by, parity, outliers;
    int raised;                     /* planes of Q: 0 stale, 1 true, 2 true and used since the last flip */
    int certain;                    /* 1: every unit takes its value in `followed`, -1: the other one, 0: not known */
    int64_t slack, drift;           /* flips before a lane could overflow; flips since `widest` was found */
    int64_t count, sum_y, sum_yy;   /* valid lanes, and the sums of their y and y^2 */
    int64_t widest, shift;          /* no |m| of a valid lane is larger; where the gain of an exponential begins */
    int64_t apart;                  /* sum of G(m+1) */
    double bound;                   /* no field of the valid lanes is larger */
    const uint64_t *followed;
    int64_t outlier[HB_OUTLIERS], overlap[HB_OUTLIERS];
    uint64_t *words, *powers, *valid;
} hb_planes;

/* The working state of one cue, at the start of the workspace; the arrays follow it (hb_lay_out). */
typedef struct {
    int64_t loaded;   /* 1 + index of the cue whose state is here; 0: none */
    int64_t position; /* next visit of a sweep that was left, or -1 */
    int64_t shared_from, shared_count; /* states whose overlaps `shared` holds */
    int64_t sweep_flips;
    int reading; /* the last visit read its column */
    int64_t ahead; /* the unit whose column to fetch during a visit */
    int64_t total, differ;         /* sums of `weights` and of G(a) over the patterns */
    double total_float, differ_float, magnitude;
    int weighed, exact_loaded; /* do `weights` and `limbs` belong to this state? */
    int64_t top;                   /* largest a */
    uint32_t *visits;              /* D */
    uint64_t *next;                /* row_words: the coming state of a synchronous update */
    int32_t *agreements;           /* K: a of each pattern */
    int32_t *shared;               /* hb_sharing x K: overlaps of the states that come next; or HB_TOGETHER x D: their fields */
    void *weights;                 /* K: G(a-1) + G(a), zero padded; or the D integer fields of coupling space */
    int64_t *limbs;                /* limbs x K: the weights in exact pieces of 32 bits */
    int64_t *limb_total, *limb_differ;
    hb_planes planes;
} hb_run;

#define HB_MAX_LIMBS 48

HB_INLINE int64_t hb_round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

HB_INLINE int hb_in_patterns(const hb_model *m) { return m->kind <= HB_FILTERED; }

/* States whose overlaps are computed together: a block is three times faster than one by one, and must stay small beside the patterns. */
HB_INLINE int64_t hb_sharing(const hb_model *m) { return m->units < 512 ? 4 : m->units < 2048 ? m->units / 128 : 16; }

#define HB_TOGETHER 64 /* states of coupling space whose first fields are computed together */

/* Places the arrays behind the header and returns the bytes needed; memory may be NULL to ask for the size. */
HB_INLINE int64_t hb_lay_out(const hb_model *m, const hb_dynamics *d, char *memory) {
    int pattern_space = hb_in_patterns(m);
    int64_t lanes = pattern_space ? hb_round_up(m->patterns, 64) : hb_round_up(m->units, 64);
    int64_t limbs = m->limbs ? m->limbs + 2 : 0;
    int64_t at = hb_round_up(sizeof(hb_run), 64), order, next, agreements, shared, weights, pieces, sums, planes, powers, valid;
    int64_t words = m->planes ? hb_round_up(m->column_words, 8) : 0;
    order = at;      at += d && !d->synchronous ? hb_round_up(4 * m->units, 64) : 0;
    next = at;       at += d && d->synchronous ? hb_round_up(8 * m->row_words, 64) : 0;
    agreements = at; at += pattern_space ? 4 * lanes : 0;
    shared = at;     at += pattern_space ? hb_round_up(4 * hb_sharing(m) * m->patterns, 64) : (m->kind == HB_COUPLINGS64 ? 8 : 4) * HB_TOGETHER * m->units;
    weights = at;    at += m->planes == HB_SLICED ? 0 : 8 * lanes;
    pieces = at;     at += 8 * lanes * limbs;
    sums = at;       at += 2 * 8 * HB_MAX_LIMBS;
    planes = at;     at += 8 * words * m->plane_limit;
    powers = at;     at += m->planes == HB_SLICED && m->power > 2 ? 8 * words * (m->power - 1) * m->plane_limit : 0;
    valid = at;      at += 8 * words;
    if (memory) {
        hb_run *r = (hb_run *)memory;
        r->visits = (uint32_t *)(memory + order);
        r->next = (uint64_t *)(memory + next);
        r->agreements = (int32_t *)(memory + agreements);
        r->shared = (int32_t *)(memory + shared);
        r->weights = memory + weights;
        r->limbs = (int64_t *)(memory + pieces);
        r->limb_total = (int64_t *)(memory + sums);
        r->planes.words = (uint64_t *)(memory + planes);
        r->planes.powers = (uint64_t *)(memory + powers);
        r->planes.valid = (uint64_t *)(memory + valid);
        r->limb_differ = r->limb_total + HB_MAX_LIMBS;
    }
    return at;
}

HB_INLINE int hb_bit(const uint64_t *words, int64_t i) { return (int)(words[i >> 6] >> (i & 63) & 1); }
HB_INLINE uint64_t hb_tail(int64_t bits) { return bits & 63 ? ((uint64_t)1 << (bits & 63)) - 1 : ~(uint64_t)0; }

#define HB_GOLDEN 0x9E3779B97F4A7C15u
/* splitmix64 (Steele, Lea and Flood 2014): a counter, so a stream is one word to keep. */
HB_INLINE uint64_t hb_mix(uint64_t y) {
    y = (y ^ (y >> 30)) * 0xBF58476D1CE4E5B9u;
    y = (y ^ (y >> 27)) * 0x94D049BB133111EBu;
    return y ^ (y >> 31);
}
HB_INLINE uint64_t hb_next(uint64_t *z) { return hb_mix(*z += HB_GOLDEN); }

/* x n / 2^64 for n < 2^32, in words of 64 bits. */
HB_INLINE uint32_t hb_scale(uint64_t x, uint32_t n) {
    uint64_t high = (uint64_t)(uint32_t)(x >> 32) * n, low = (uint64_t)(uint32_t)x * n;
    return (uint32_t)((high + (low >> 32)) >> 32);
}
HB_INLINE int64_t hb_below(uint64_t *z, int64_t n) { return hb_scale(hb_next(z), (uint32_t)n); }

HB_INLINE double hb_uniform(uint64_t *z) { return (double)(int64_t)(hb_next(z) >> 11) * 0x1p-53; }

/* Our own exp, because libm's last bit differs between systems and the NumPy twin must agree in all of them. */
HB_INLINE double hb_exp(double x) {
    static const double c[14] = {1.0, 1.0, 0.5, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
        1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    if (x > 709.0) return HUGE_VAL;
    if (x < -708.0) return 0.0;
    double k = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10, p = c[13];
    for (int j = 12; j >= 0; j--) p = p * r + c[j];
    int64_t exponent = (int64_t)k;
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, 8);
    return p * power;
}

/* Heat bath: P(sigma_i = +1) = 1 / (1 + exp(-2 h / T)) (Glauber 1963). */
HB_INLINE double hb_probability(double field, double temperature) {
    return 1.0 / (1.0 + hb_exp(-2.0 * field / temperature));
}

/* |x|^n in pieces of 32 bits, lowest first; returns its sign, 0 where the interaction vanishes. */
HB_INLINE int hb_power(int64_t x, int n, int rectified, int limbs, uint32_t *out) {
    memset(out, 0, 4 * (size_t)limbs);
    if (x == 0 || (rectified && x < 0)) return 0;
    uint64_t magnitude = (uint64_t)(x < 0 ? -x : x);
    int used = 1;
    out[0] = (uint32_t)magnitude;
    for (int k = 1; k < n; k++) {
        uint64_t carry = 0;
        for (int l = 0; l < used; l++) {
            carry += out[l] * magnitude;
            out[l] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry) out[used++] = (uint32_t)carry;
    }
    return x < 0 && (n & 1) ? -1 : 1;
}

/* Carries signed pieces to digits of 32 bits and a sign; the digits become the magnitude. */
HB_INLINE int hb_carry(int64_t *pieces, int limbs) {
    int64_t carry = 0;
    int any = 0;
    for (int l = 0; l < limbs; l++) {
        int64_t v = pieces[l] + carry;
        pieces[l] = v & 0xFFFFFFFF;
        carry = v >> 32;
    }
    int negative = carry < 0;
    if (negative) {
        carry = 1;
        for (int l = 0; l < limbs; l++) {
            int64_t v = (~pieces[l] & 0xFFFFFFFF) + carry;
            pieces[l] = v & 0xFFFFFFFF;
            carry = v >> 32;
        }
    }
    for (int l = 0; l < limbs; l++) any |= pieces[l] != 0;
    return negative ? -any : any;
}

/* The magnitude as the nearest double, ties to even: 64 leading bits, the lowest of them sticky. */
HB_INLINE double hb_nearest(const int64_t *digits, int limbs) {
    int top = limbs - 1;
    while (top > 0 && !digits[top]) top--;
    uint64_t high = (uint64_t)digits[top] << 32 | (top > 0 ? (uint64_t)digits[top - 1] : 0);
    uint64_t low = top > 1 ? (uint64_t)digits[top - 2] << 32 : 0;
    int shift = 0;
    if (!high) return 0.0;
    while (!(high >> 63)) {
        high = high << 1 | low >> 63;
        low <<= 1;
        shift++;
    }
    for (int l = 0; l < top - 2; l++) low |= (uint64_t)digits[l];
    return ldexp((double)(high | (low != 0)), 32 * (top - 1) - shift);
}
#endif
