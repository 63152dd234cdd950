/* Which patterns lie nearest to a state, how many lie at each overlap, and what they say of a unit: one pass over the patterns,
   without a table of all overlaps. Compiled once per level like the rest. */
#ifndef HB_SEARCH_H
#define HB_SEARCH_H

#include "kernels.h"

enum { HB_SEARCH_STATES = 64 }; /* states whose overlaps are counted together */

typedef struct {
    int64_t patterns, units, row_words;
    const uint64_t *rows;
    const uint64_t *known; /* NULL: all units; else overlaps are those of the units whose bits are set */
    int64_t known_units;
    int64_t base;             /* index of the first row */
    int64_t top;              /* patterns to keep for each state */
    int64_t reach;            /* overlaps that are counted: from the best one down to best - reach; -1: none */
    const int64_t *multitude; /* NULL: each pattern counts once */
} hb_search;

/* Patterns whose overlaps are counted before anybody looks at them: they stay in the second cache (measured: 512 for a batch). */
HB_INLINE int64_t hb_search_rows(const hb_search *s, int64_t count) {
    int64_t rows = count < 4 ? 4096 : 512, masked = 32768 / s->row_words;
    if (s->known && masked < rows) rows = masked < 32 ? 32 : masked;
    return rows < s->patterns ? rows : s->patterns;
}

/* Overlaps; masked rows; masked states. */
static inline int64_t hb_search_bytes(const hb_search *s, int64_t count) {
    int64_t states = count < HB_SEARCH_STATES ? count : HB_SEARCH_STATES, rows = hb_search_rows(s, count);
    return 4 * states * rows + (s->known ? 8 * (rows + states) * s->row_words : 0) + 3 * 64;
}

/* A pattern that stands before another has the larger key: by overlap, then by the lower index. */
HB_INLINE uint64_t hb_key(int64_t overlap, int64_t units, int64_t index) {
    return (uint64_t)(overlap + units) << 32 | (0xFFFFFFFFu - (uint64_t)index);
}
HB_INLINE int64_t hb_key_overlap(uint64_t key, int64_t units) { return (int64_t)(key >> 32) - units; }

/* A heap with the smallest key on top: `key` sinks from place j. */
HB_INLINE void hb_sink(uint64_t *heap, int64_t size, int64_t j, uint64_t key) {
    for (int64_t child; (child = 2 * j + 1) < size; j = child) {
        if (child + 1 < size) child += heap[child + 1] < heap[child]; /* no branch: it would be foreseen half of the time */
        if (heap[child] >= key) break;
        heap[j] = heap[child];
    }
    heap[j] = key;
}
HB_INLINE void hb_rise(uint64_t *heap, int64_t j, uint64_t key) {
    for (; j && heap[(j - 1) / 2] > key; j = (j - 1) / 2) heap[j] = heap[(j - 1) / 2];
    heap[j] = key;
}

#define HB_BODY "generic/search.h"
#include "levels.h"

typedef struct {
    void (*search)(const hb_search *s, const uint64_t *states, int64_t count, uint64_t *keys, int32_t *best, int64_t *histogram,
                   void *workspace);
    void (*blend)(const hb_search *s, const uint64_t *states, int64_t count, const int32_t *best, const int64_t *weights, int64_t *sums,
                  void *workspace);
    void (*tally)(const uint64_t *columns, int64_t stride, int64_t units, int64_t words, const int64_t *values, int64_t count,
                  int64_t *sums);
} hb_searchers;

#define HB_ENTRY(level, runs_here) {search_##level, blend_##level, tally_##level},

static const hb_searchers hb_search_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
