/* What every level shares: the two models, and how their states move. Baseline code only, so it may be inlined anywhere. */
#ifndef HB_MODEL_H
#define HB_MODEL_H

#include "base.h"
#include "exp.h"
#include "limbs.h"
#include "random.h"

enum {
    HB_EXACT,
    HB_FILTERED,
    HB_COUPLINGS8,
    HB_COUPLINGS16,
    HB_COUPLINGS32,
    HB_COUPLINGS64
}; /* numbers of the field; bits of a coupling */
enum { HB_NO_PLANES, HB_BOUNDED, HB_SLICED };                /* bit planes bound a field, or also give it */
enum { HB_POWER, HB_EXPONENTIAL, HB_TABLE };                 /* what is known of an interaction: of a table nothing but its numbers */
enum { HB_RANDOM, HB_SEQUENTIAL, HB_REPLACEMENT, HB_ARRAY }; /* visiting orders */
enum { HB_PLUS, HB_MINUS, HB_KEEP };                         /* sign(0) */
enum { HB_RUNNING, HB_CONVERGED, HB_CYCLE, HB_STOPPED };     /* status of a cue */
enum { HB_STREAM, HB_INCREMENT, HB_SWEEPS, HB_FLIPS, HB_STATUS, HB_PROGRESS }; /* columns of the progress table */

/* K patterns of D units, packed both ways round; columns are `column_stride` words apart, for there may be room behind each. */
typedef struct {
    int64_t count, column_words, column_stride;
    const uint64_t *rows, *columns;
} hb_patterns;

/* An interaction F, by a: the units that agree with a pattern. sigma_i N_i = sum_agree G(a-1) - sum_disagree G(a), and the tables of G
   are stored from a = -1 to D, so that G(a-1) = exact[a], G(a) = exact[a+1]. The field is N_i / divisor. */
typedef struct {
    int form; /* HB_POWER, HB_EXPONENTIAL, HB_TABLE; an exponential counts a from the largest one, for then G <= G(D) */
    int power, rectified, limbs;
    int logarithmic;                       /* of an exponential: E = -ln(sum) / beta, and `energy_table` counts a from the largest, too */
    const int64_t *multitude;              /* how often each pattern counts, or NULL: once */
    const int32_t *times;                  /* the same of n = 2, where weights and all their sums fit 32 bits; or NULL */
    const int64_t *bias;                   /* of each unit, added to N_i, or NULL; then there are no planes, and no exponential */
    const int64_t *exact;                  /* HB_EXACT: integers whose sums fit int64 */
    const double *rounded;                 /* HB_FILTERED: the same, rounded; exact integers of `limbs` pieces decide near zero */
    const int64_t *power_table;            /* F of the energy, times its divisor, where sums fit int64 */
    const double *energy_table;            /* F as doubles: an exponential, or a table */
    int plain;                             /* neither `times` nor `bias` */
    double divisor, energy_divisor, error; /* error: of a sum of `rounded`, over its magnitude */
    double beta, unit;                     /* exponential: field = N unit e^(beta (max m + 1)); unit = e^(-2 beta) of a logarithm */
} hb_gain;

/* Row j: couplings from unit j, integers as kind says; times `scale` over `divisor` they are energies. Bias and fields: int32, or int64
   beside int64. What units do to themselves, sum_i J_ii = `own`, is in energies alone; it is 0 beside int64, and `divisor` 1. Sparse ones:
   those from unit j are outgoing[starts[j]] up to outgoing[starts[j + 1] - 1], to the units `targets`. */
typedef struct {
    const void *outgoing, *bias;
    double scale, divisor;
    int64_t own;
    const int64_t *starts; /* or NULL: dense */
    const uint32_t *targets;
} hb_couplings;

/* Small couplings q_ij beside the given ones, a padded row for each sending unit, and what bounds half fields (halves.h). Those of 64 bits
   have a filter: from `sure` on a half field has the sign of the field (filter.h). */
typedef struct {
    const int8_t *rows;                   /* or NULL */
    const uint64_t *signs;                /* rows as bits, q_ii set, where all others are +1 or -1, and many; or NULL */
    int alone;                            /* is one row alone added by its bits? */
    const int32_t *sums;                  /* sum_j q_ij - b_i */
    int odd;                              /* 0 or 1: all are even, or odd; else -1 */
    int64_t stride;                       /* of a row */
    int64_t largest, limit;               /* |q|, and |a| in 16 bits */
    int bounded;                          /* does every state fit fields of 16 bits? */
    int symmetric;                        /* is row i also what unit i receives? */
    int64_t sure;                         /* 0: no filter */
    const int8_t *second;                 /* l, a padded row for each receiving unit */
    const int64_t *small, *fixed, *doubt; /* s_i; what s_i (512 a_i + 2 sum_j l_ij u_j) lacks of the field; but for so much */
    int64_t step;                         /* 2 s, if all s_i are one and l is symmetric, so that fine fields serve T > 0; else 0 */
    int64_t blur;                         /* no field is so many steps from its fine one and `base` */
    const int32_t *base;                  /* fixed, in steps */
} hb_halves;

/* A network: patterns and their gain, or couplings. */
typedef struct {
    int kind, planes, plane_limit; /* plane_limit: bits of a signed half overlap */
    int64_t units, row_words;
    hb_patterns patterns;
    hb_gain gain;
    hb_couplings couplings;
    hb_halves halves;
} hb_model;

HB_INLINE int hb_in_patterns(const hb_model *m) { return m->kind <= HB_FILTERED; }
HB_INLINE const uint64_t *hb_column(const hb_model *m, int64_t unit) { return m->patterns.columns + unit * m->patterns.column_stride; }
HB_INLINE int hb_sparse(const hb_model *m) { return m->couplings.starts != NULL; }
/* What a flip costs in coupling space: the couplings of a unit, mean; scattered ones take four times as long each. */
HB_INLINE int64_t hb_row_cost(const hb_model *m) { return hb_sparse(m) ? 4 * (m->couplings.starts[m->units] / m->units + 1) : m->units; }
HB_INLINE int hb_relative(const hb_model *m) { return m->gain.form == HB_EXPONENTIAL; }

/* The temperature of cue q in sweep s is temperatures[s by_sweep + q by_cue]; the last row stays for all sweeps behind the table. Orders
   are tables with rows of `visit_count`, and in the same way; uniforms, with a u for every visit, have a row for every sweep. */
typedef struct {
    int synchronous, order, tie, covers, metropolis; /* covers: a sweep visits every unit; metropolis: at T > 0, not the heat bath */
    int energies;                                    /* are they asked on the way? */
    const double *temperatures;
    int64_t by_sweep, by_cue, sweeps;
    const uint32_t *visits;
    int64_t visit_count, visit_sweeps, visits_by_cue;
    const double *uniforms; /* or NULL: drawn */
    int64_t uniform_count, uniforms_by_cue;
    const uint64_t *clamp; /* or NULL */
} hb_dynamics;

HB_INLINE double hb_temperature(const hb_dynamics *d, int64_t sweep, int64_t cue) {
    return d->temperatures[(sweep < d->sweeps ? sweep : d->sweeps - 1) * d->by_sweep + cue * d->by_cue];
}

HB_INLINE const uint32_t *hb_visits(const hb_dynamics *d, int64_t sweep, int64_t cue) {
    int64_t last = d->visit_sweeps - 1;
    return d->visits + cue * d->visits_by_cue + (sweep < last ? sweep : last) * d->visit_count;
}

HB_INLINE const double *hb_given(const hb_dynamics *d, int64_t sweep, int64_t cue) {
    return d->uniforms ? d->uniforms + cue * d->uniforms_by_cue + sweep * d->uniform_count : NULL;
}

/* Is every visit known in advance, and decided by the sign of a field? */
HB_INLINE int hb_foreseen(const hb_dynamics *d) {
    int64_t j = d->sweeps * d->by_sweep;
    if (d->synchronous || d->order == HB_REPLACEMENT || d->clamp) return 0;
    while (j > 0 && d->temperatures[j - 1] == 0) j--;
    return j == 0;
}

/* Is T = 0 in this sweep and all later ones? Only then may a cue end. */
HB_INLINE int hb_cold(const hb_dynamics *d, int64_t sweep, int64_t cue) {
    int64_t s = d->sweeps - 1, from = sweep < s ? sweep : s;
    while (s >= from && hb_temperature(d, s, cue) == 0) s--;
    return s < from;
}
#endif
