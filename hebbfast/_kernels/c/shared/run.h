/* The working state of one cue, and where it lies in a workspace. */
#ifndef HB_RUN_H
#define HB_RUN_H

#include "filter.h"
#include "thresholds.h"

#define HB_OUTLIERS 8
#define HB_MOST_PLANES 24

enum { HB_FLEES = -1, HB_UNKNOWN, HB_FOLLOWS }; /* certain: every unit takes the other value of `followed`, or its value */
enum { HB_Q_STALE, HB_Q_TRUE, HB_Q_USED };      /* raised: USED since the last flip, which then carries Q along */

/* What the outliers decide (planes.h). */
typedef struct {
    int certain;
    int64_t shift; /* where the gain of an exponential begins */
    double bound;  /* no field of the valid lanes is larger */
    const uint64_t *followed;
} hb_lead;

/* Overlaps as bit planes (planes.h). */
typedef struct {
    int by, parity, outliers;
    int raised;                   /* are the planes of Q those of y? */
    int64_t slack, drift;         /* flips before a lane could overflow; flips since `widest` was found */
    int64_t count, sum_y, sum_yy; /* valid lanes, and the sums of their y and y^2 */
    int64_t widest;               /* no |m| of a valid lane is larger */
    int64_t apart;                /* sum of G(m+1) */
    hb_lead lead;
    int64_t outlier[HB_OUTLIERS], overlap[HB_OUTLIERS];
    uint64_t *words, *powers, *valid;
} hb_planes;

/* The numbers of the field, in pattern space. */
typedef struct {
    int weighed, exact_loaded; /* do `weights` and `limbs` belong to this state? */
    int64_t total, differ;     /* sums of `weights` and of G(a) over the patterns */
    double total_float, differ_float, magnitude;
    int64_t top;     /* largest a */
    int64_t *exact;  /* K: G(a-1) + G(a), zero padded */
    double *rounded; /* the same place */
    int32_t *narrow; /* and here: those of n = 2 that fit */
    int64_t *limbs;  /* limbs x K: the weights in exact pieces of 32 bits */
    int64_t *limb_total, *limb_differ;
    int64_t *apart;  /* of a logarithm: K G(a), zero padded */
    int64_t *counts; /* where they are `hb_tallied`, or of a logarithm: D + 1, how many patterns have each a */
} hb_sums;

enum { HB_WHOLE, HB_HALVED, HB_PARTED }; /* narrow fields: of 32 bits, half fields of 16, fine ones in two parts of 16 */
/* Rows of flips: of half fields by bytes or bits, of fine ones by two bytes, of whole ones by 16 bits. */
enum { HB_BYTES, HB_SIGNS, HB_PARTS, HB_WORDS };
enum { HB_NOTHING, HB_STALE, HB_CUE }; /* held: nothing, the state before the last synchronous update, the state of `cue` */

/* At the start of the workspace; the arrays follow it (hb_lay_out). A workspace whose first 64 bytes are zero holds nothing. */
typedef struct {
    int held, lanes; /* lanes: of the level that laid the planes out */
    int64_t cue;
    int64_t position;                  /* next visit of a sweep that was left, or -1 */
    int64_t shared_from, shared_count; /* cues whose first overlaps `shared` holds */
    int64_t sweep_flips;
    double temperature;  /* of this sweep */
    int metropolis;      /* at T > 0, not the heat bath */
    int reading;         /* the last visit read its column */
    double u;            /* of this visit, where all are given */
    const double *given; /* those of this sweep, or NULL */
    int64_t ahead;       /* the unit whose column to fetch during a visit */
    uint32_t *visits;    /* D */
    uint64_t *next;      /* row_words: the coming state of a synchronous update */
    int32_t *agreements; /* K: a of each pattern */
    void *fields;        /* coupling space: D integers, as wide as the bias; or half fields, padded */
    void *shared;        /* hb_sharing x K int32: overlaps; or HB_TOGETHER x D: fields */
    int halved;          /* are fields half fields? */
    int fine;            /* or fine ones? (generic/fine.h) */
    int wide, minus;     /* half and fine fields: are they of 32 bits, or of 16? half ones: is sign(0) = -1? */
    int64_t room;        /* half and fine fields: flips that cannot leave their width */
    int64_t sure;        /* half fields: from this size on they have the sign of the field */
    int16_t *signs;      /* half fields: 0 where a unit is at +1, else -1 */
    hb_sums sums;
    hb_planes planes;
} hb_run;

HB_INLINE int hb_kept_as(const hb_run *r) { return r->wide || !(r->halved || r->fine) ? HB_WHOLE : r->fine ? HB_PARTED : HB_HALVED; }

/* States whose overlaps are computed together: a block is three times faster than one by one, and must stay small beside the patterns. */
HB_INLINE int64_t hb_sharing(const hb_model *m) { return m->units < 512 ? 4 : m->units < 2048 ? m->units / 128 : 16; }

/* Are energies of large powers added up by overlaps, of which there are fewer than patterns? */
HB_INLINE int hb_tallied(const hb_model *m) {
    int large = hb_in_patterns(m) && !m->gain.power_table && !m->gain.energy_table;
    return large && !m->gain.multitude && m->patterns.count > m->units && m->patterns.count <= (int64_t)1 << 29; /* as hb_multiply asks */
}

#define HB_TOGETHER 64 /* states of coupling space whose first fields are computed together */

/* Places the arrays behind the header and returns the bytes needed; memory may be NULL to ask for the size. */
HB_INLINE int64_t hb_lay_out(const hb_model *m, const hb_dynamics *d, char *memory) {
    int pattern_space = hb_in_patterns(m), width = m->kind == HB_COUPLINGS64 ? 8 : 4;
    int64_t patterns = m->patterns.count, lanes = hb_round_up(pattern_space ? patterns : m->units, 64);
    int64_t limbs = m->gain.limbs ? m->gain.limbs + 2 : 0;
    int64_t at = hb_round_up(sizeof(hb_run), 64), order, next, agreements, shared, weights, pieces, sums, apart, counts, planes, powers,
            valid, signs;
    int64_t words = m->planes ? hb_round_up(m->patterns.column_words, 8) : 0;
    order = at;
    at += d && !d->synchronous ? hb_round_up(4 * m->units, 64) : 0;
    next = at;
    at += d && d->synchronous ? hb_round_up(8 * m->row_words, 64) : 0;
    agreements = at;
    at += pattern_space ? 4 * lanes : 0;
    shared = at;
    at += pattern_space  ? hb_round_up(4 * hb_sharing(m) * patterns, 64)
          : hb_sparse(m) ? 0
                         : width * HB_TOGETHER * (m->halves.rows ? lanes : m->units);
    signs = at;
    at += m->halves.rows ? 2 * lanes : 0;
    weights = at;
    at += m->planes == HB_SLICED ? 0 : 8 * lanes;
    pieces = at;
    at += 8 * lanes * limbs;
    sums = at;
    at += 2 * 8 * HB_MAX_LIMBS;
    apart = at;
    at += m->gain.logarithmic ? 8 * lanes : 0;
    counts = at;
    at += m->gain.logarithmic || hb_tallied(m) ? 8 * hb_round_up(m->units + 1, 8) : 0;
    planes = at;
    at += 8 * words * m->plane_limit;
    powers = at;
    at += m->planes == HB_SLICED && m->gain.power > 2 ? 8 * words * (m->gain.power - 1) * m->plane_limit : 0;
    valid = at;
    at += 8 * words;
    if (memory) {
        hb_run *r = (hb_run *)memory;
        r->visits = (uint32_t *)(memory + order);
        r->next = (uint64_t *)(memory + next);
        r->agreements = (int32_t *)(memory + agreements);
        r->shared = memory + shared;
        r->fields = memory + weights;
        r->signs = (int16_t *)(memory + signs);
        r->halved = m->halves.rows && (m->kind == HB_COUPLINGS8 || (d && hb_foreseen(d)));
        int fine = m->halves.step && d && !hb_foreseen(d) && !d->energies;
        if (fine != r->fine) r->held = HB_NOTHING;
        r->fine = fine;
        r->metropolis = d && d->metropolis;
        r->minus = d && d->tie == HB_MINUS && !m->halves.sure;
        r->sums.exact = (int64_t *)(memory + weights);
        r->sums.rounded = (double *)(memory + weights);
        r->sums.narrow = (int32_t *)(memory + weights);
        r->sums.limbs = (int64_t *)(memory + pieces);
        r->sums.limb_total = (int64_t *)(memory + sums);
        r->sums.limb_differ = r->sums.limb_total + HB_MAX_LIMBS;
        r->sums.apart = (int64_t *)(memory + apart);
        r->sums.counts = (int64_t *)(memory + counts);
        r->planes.words = (uint64_t *)(memory + planes);
        r->planes.powers = (uint64_t *)(memory + powers);
        r->planes.valid = (uint64_t *)(memory + valid);
    }
    return at;
}
#endif
