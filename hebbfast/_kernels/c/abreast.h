/* 64 chains abreast: sparse couplings, the same unit visited in all of them at once, at temperatures above zero. Compiled once per
   level. Each chain draws from its own stream and is moved as it is alone. */
#ifndef HB_ABREAST_H
#define HB_ABREAST_H

#include "levels.h"
#include "shared/model.h"

enum {
    HB_ABREAST = 64,   /* chains */
    HB_AHEAD = 32,     /* visits that are drawn at once, and whose gains are summed in few bits */
    HB_NEIGHBOURS = 8, /* neighbours that are counted at once */
    HB_COUNTED = 248,  /* in bytes */
    HB_SHORT = 40,     /* so many entries of 64 tables are gone through as fast as 64 are looked up */
};

/* A field is h = N scale, N = unit (step a + base), and a a small integer, the sum of the couplings to units at +1. All
   values that step a + base can take are `numbers`; that of a = 0 is at places[i]. */
typedef struct {
    int64_t units, unit, step, entries;
    double scale;
    const int64_t *starts, *middles; /* couplings from unit j: the positive ones are in front of middles[j] */
    const uint32_t *targets;         /* without weights by eights, in gaps `units`, which is no unit */
    const int16_t *weights; /* or NULL: all of size one; then a counts positive ones to units at +1 and negative ones to units at -1, and no
                               number, with the bias once more, is above 1023 in size */
    const int32_t *base, *bias, *places, *numbers; /* the bias is unit * bias * scale */
} hb_neighbours;

/* 64 chains: a word a unit, bit l of chain l. */
typedef struct {
    uint64_t *up, *best; /* set where the unit is at +1, and a word 0 behind them; those of the lowest energy seen */
    int64_t *sums;       /* (2, 64): -2 E / scale now, and the largest seen */
    int64_t *progress;   /* (count, stride) */
    int64_t count, stride;
} hb_chains;

/* What of a draw x of 53 bits is below decides: `exact`, and of its first 16 bits `first`, unless they are equal. One table serves all
   chains, or each has its own. */
typedef struct {
    uint64_t *exact;
    uint16_t *first;
    int64_t second; /* where those of units at +1 begin, by Metropolis */
    int64_t each;   /* how many lie side by side for an entry: one for each chain, or 1 for all */
    int metropolis;
} hb_chances;

HB_INLINE int64_t hb_chances_bytes(int64_t entries, int64_t tables) {
    /* `choose` reads 128 numbers; a gap between neighbours lets `choose_own` look an entry further */
    return 2 * tables * entries * (int64_t)(sizeof(uint64_t) + sizeof(uint16_t)) + 2 * HB_ABREAST * HB_NEIGHBOURS;
}

HB_INLINE void hb_set_chance(hb_chances *c, int64_t entry, double probability) {
    double below = ceil((probability < 1.0 ? probability : 1.0) * 0x1p53);
    c->exact[entry] = (uint64_t)below;
    c->first[entry] = (uint16_t)(c->exact[entry] < (uint64_t)1 << 53 ? c->exact[entry] >> 37 : 65535);
}

/* Heat bath: the unit is at +1 iff x is below. Metropolis: it flips iff x is below, which those at +1 have a table of their own for. */
HB_UNUSED static void hb_set_chances(hb_chances *c, const hb_neighbours *m, int64_t chain, double temperature) {
    for (int64_t e = 0, entry = chain; e < m->entries; e++, entry += c->each) {
        double field = (double)(m->unit * m->numbers[e]) * m->scale;
        if (c->metropolis) {
            hb_set_chance(c, entry, field < 0.0 ? hb_acceptance(-field, temperature) : 1.0);
            hb_set_chance(c, c->second + entry, field > 0.0 ? hb_acceptance(field, temperature) : 1.0);
        } else {
            hb_set_chance(c, entry, hb_probability(field, temperature));
        }
    }
}

#define HB_BODY "generic/abreast.h"
#include "levels.h"

typedef struct {
    int (*runs_here)(void);
    void (*run)(const hb_neighbours *m, hb_chains *c, const uint32_t *visits, int64_t visit_count, const double *temperatures, int64_t each,
                int64_t sweeps, int metropolis, double *energies, int64_t energy_stride, void *workspace);
    void (*sum)(const hb_neighbours *m, const uint64_t *up, int64_t *sums);
} hb_abreast;

#define HB_ENTRY(level, runs_here) {runs_here, run_abreast_##level, sum_abreast_##level},

static const hb_abreast hb_abreast_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
