/* Learning rules, compiled once per level like the rest: gradient ascent of all rows of couplings, dual perceptrons, bounded
   sums, products. Every sum has one order, whatever the width of the level's vectors, so weights are equal bit for bit at all levels. */
#ifndef HB_TRAINING_H
#define HB_TRAINING_H

#include "levels.h"
#include "shared/floats.h"

enum { HB_ATOMS, HB_LIKELIHOOD };                   /* what a unit ascends: a goal of information atoms, or the likelihood */
enum { HB_BLOCK_ROWS = 4, HB_TRAINING_LANES = 16 }; /* rows trained together; lanes are padded to a multiple */
enum {
    HB_EXTERNAL,
    HB_STEP,
    HB_SECOND,
    HB_SCHEDULE
}; /* columns of the schedule: external weight, and Adam's rate / (1 - 0.9^t), 1 / (1 - 0.999^t) */

/* Full-batch ascent. Codes hold the signs of four summands in bits 0-3 of a byte; targets are 0 or 1. */
typedef struct {
    int kind;
    int64_t units, unit_lanes;       /* D, and D padded */
    int64_t patterns, pattern_lanes; /* K, and K padded */
    const uint8_t *unit_codes;       /* (ceil(D / 4), pattern_lanes): four units of each pattern */
    const uint8_t *pattern_codes;    /* (ceil(K / 4), unit_lanes): four patterns of each unit */
    const uint8_t *targets;          /* (D, pattern_lanes) */
    int64_t bins;
    double range;   /* bins cover fields from -range to range */
    double gain[5]; /* weights of g_E, g_R, g_red, g_ER, g_H */
    double norm;    /* of every row; 0 leaves it free */
} hb_ascent;

/* Tables of a block, fields and slopes; outputs, gradient and cells; sums and gains of one row. */
static inline int64_t hb_ascent_bytes(const hb_ascent *a) {
    int64_t groups = (a->patterns + 3) / 4 > (a->units + 3) / 4 ? (a->patterns + 3) / 4 : (a->units + 3) / 4;
    int64_t lanes = (a->bins + HB_TRAINING_LANES - 1) / HB_TRAINING_LANES * HB_TRAINING_LANES;
    return (8 * 4 + 4 * 14) * lanes + HB_BLOCK_ROWS * (64 * groups + 4 * (3 * a->pattern_lanes + a->unit_lanes)) + 4 * a->pattern_lanes +
           6 * 64;
}

/* Strengths of the patterns of one unit: couplings are sums of a_l s_l x^l. F_k = sum_l a_l s_l G_kl with the Gram matrix G. */
typedef struct {
    int64_t patterns, units;
    const float *gram;     /* (K, K): overlaps of patterns, exact below 2^24 */
    const int8_t *targets; /* (K,) of +-1: the unit's own values */
} hb_dual;

#define HB_BODY "generic/training.h"
#include "levels.h"

typedef struct {
    void (*ascend)(const hb_ascent *a, int64_t first, int64_t rows, float *weights, float *means, float *squares, const float *schedule,
                   int64_t epochs, void *workspace);
    int64_t (*perceptron)(const hb_dual *d, double kappa, int64_t epochs, double *strengths, double *fields, double *sums, double *pocket);
    int64_t (*adatron)(const hb_dual *d, double rate, double tolerance, int64_t sweeps, double *strengths, double *fields, double *sums);
    void (*bounded)(const int8_t *patterns, int64_t count, int64_t units, int32_t bound, int64_t first, int64_t last, int32_t *out);
    void (*ordered_product)(const double *a, int64_t rows, int64_t depth, const double *b, int64_t stride, int64_t columns, int exact,
                            double *out);
} hb_trainers;

#define HB_ENTRY(level, runs_here) {ascend_##level, perceptron_##level, adatron_##level, bounded_##level, ordered_product_##level},

static const hb_trainers hb_training_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
