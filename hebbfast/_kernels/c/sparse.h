/* Networks of which most couplings are zero, compiled once per level like the rest: a flip visits the neighbours of a unit alone, so a
   sweep takes time for visits and flips, not for D couplings each. States move as those of dense couplings do, bit for bit. */
#ifndef HB_SPARSE_H
#define HB_SPARSE_H

#include "shared/thresholds.h"

/* Integer couplings that are not zero, by the unit that sends: those of unit j to targets[starts[j]] .. targets[starts[j + 1] - 1]. Times
   `scale` they are energies. Fields and the energy of a state fit int64, the latter if `energies`. */
typedef struct {
    int64_t units, row_words;
    const int64_t *starts;
    const int32_t *targets;
    const void *values; /* int64 if wide, else int32 */
    const int64_t *bias;
    int wide, energies;
    double scale;
} hb_sparse;

/* Scratch space of one state; a workspace begins with it. */
typedef struct {
    int64_t held;        /* the cue, and 1; or 0 */
    int64_t position;    /* of the next visit, -1 between sweeps */
    int64_t sweep_flips; /* so far */
    int64_t energy;      /* of the state, over the scale */
    double temperature;  /* of this sweep */
    uint32_t *visits;    /* D */
    uint64_t *next;      /* the coming state of a synchronous update */
    int64_t *fields;     /* D */
} hb_sparse_run;

/* Places the arrays behind the header and returns the bytes needed; memory may be NULL to ask for the size. */
HB_INLINE int64_t hb_sparse_lay_out(const hb_sparse *m, char *memory) {
    int64_t visits = hb_round_up(sizeof(hb_sparse_run), 64), next = visits + hb_round_up(4 * m->units, 64);
    int64_t fields = next + hb_round_up(8 * m->row_words, 64);
    if (memory) {
        hb_sparse_run *r = (hb_sparse_run *)memory;
        r->visits = (uint32_t *)(memory + visits);
        r->next = (uint64_t *)(memory + next);
        r->fields = (int64_t *)(memory + fields);
    }
    return fields + 8 * m->units;
}

HB_INLINE int64_t hb_sparse_value(const hb_sparse *m, int64_t k) {
    return m->wide ? ((const int64_t *)m->values)[k] : ((const int32_t *)m->values)[k];
}

#define HB_BODY "generic/sparse.h"
#include "levels.h"

typedef struct {
    void (*load)(const hb_sparse *m, hb_sparse_run *r, const uint64_t *state);
    int64_t (*recall)(const hb_sparse *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous, int64_t *progress,
                      int64_t sweep_limit, int64_t first, int64_t last, int64_t budget, double *energies, void *workspace);
} hb_sparse_kernels;

#define HB_ENTRY(level, runs_here) {sparse_load_##level, sparse_recall_##level},

static const hb_sparse_kernels hb_sparse_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
