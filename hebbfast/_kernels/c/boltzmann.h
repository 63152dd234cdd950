/* Two layers of units that take turns: each unit of a layer sees all of the other layer, and none of its own. Compiled once per level;
   sums have one order, whatever the width of the vectors, so that states are equal bit for bit at all levels. */
#ifndef HB_BOLTZMANN_H
#define HB_BOLTZMANN_H

#include "levels.h"
#include "shared/floats.h"
#include "shared/random.h"

enum {
    HB_LAYER_LANES = 32,
    HB_LAYER_ROWS = 64
}; /* floats of a tile, to which lanes are padded; rows that run over a tile one after another */
enum { HB_LAYER_FIELDS, HB_LAYER_MEANS, HB_LAYER_COSTS }; /* what is asked of a layer */

/* A layer as it is drawn when the other one is known. */
typedef struct {
    int64_t units, lanes; /* of this layer, and padded */
    int64_t seen;         /* units of the other layer */
    const float *tables;  /* (ceil(seen / 4), 16, lanes): sums of four rows of couplings with all signs, bit 0 that of the first */
    const float *bias;    /* (lanes) */
} hb_layer;

HB_INLINE int64_t hb_layer_groups(int64_t seen) { return (seen + 3) / 4; }
HB_INLINE int64_t hb_layer_words(int64_t units) { return (units + 63) / 64; }

/* Fields of a block of rows. */
static inline int64_t hb_gibbs_bytes(const hb_layer *up, const hb_layer *down) {
    return 4 * HB_LAYER_ROWS * (up->lanes > down->lanes ? up->lanes : down->lanes) + 64;
}

#define HB_BODY "generic/boltzmann.h"
#include "levels.h"

typedef struct {
    void (*tables)(const float *weights, int64_t rows, int64_t lanes, float *tables);
    void (*ask)(const hb_layer *l, const uint64_t *states, int64_t count, int form, float *out);
    void (*gibbs)(const hb_layer *up, const hb_layer *down, uint64_t *visible, uint64_t *hidden, int64_t count, int64_t *streams,
                  int64_t stride, int64_t sweeps, const uint64_t *clamp, double *sums, void *workspace);
} hb_layers;

#define HB_ENTRY(level, runs_here) {layer_tables_##level, layer_ask_##level, layer_gibbs_##level},

static const hb_layers hb_layer_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
