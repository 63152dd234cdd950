/* The kernels that store and recall, compiled once per level of instruction sets, and the table from which one level is chosen.
   A level's functions carry its target themselves; the file is compiled for the platform's baseline. */
#ifndef HB_KERNELS_H
#define HB_KERNELS_H

#include "shared/table.h"

#define HB_BODY "body.h"
#include "levels.h"

#define HB_ENTRY(level, runs_here) \
    {#level,                       \
     runs_here,                    \
     pack_##level,                 \
     unpack_##level,               \
     count_bits_##level,           \
     read_words_##level,           \
     transpose_##level,            \
     overlaps_##level,             \
     energies_##level,             \
     coupling_energies_##level,    \
     fields_##level,               \
     recall_##level,               \
     update_units_##level},

static const hb_kernels hb_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
