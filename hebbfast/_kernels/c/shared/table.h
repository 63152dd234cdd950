/* A row of the table of kernels: what each level of instruction sets has. */
#ifndef HB_TABLE_H
#define HB_TABLE_H

#include "../levels.h"
#include "run.h"

typedef struct {
    const char *name;
    int (*runs_here)(void);
    int (*pack)(const int8_t *values, int64_t rows, int64_t units, uint64_t *words);
    void (*unpack)(const uint64_t *words, int64_t rows, int64_t units, int8_t *values);
    int64_t (*count_bits)(const uint64_t *words, int64_t count);
    uint64_t (*read_words)(const uint64_t *words, int64_t count);
    void (*transpose)(const uint64_t *words, int64_t rows, int64_t units, int64_t first, int64_t last, uint64_t *out);
    void (*overlaps)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *states, int64_t count, int32_t *out);
    void (*energies)(const hb_model *m, const int32_t *overlaps, const uint64_t *states, int64_t count, double *out, void *workspace);
    void (*coupling_energies)(const hb_model *m, const uint64_t *states, int64_t count, double *out, void *workspace);
    void (*fields)(const hb_model *m, const uint64_t *states, int64_t count, const uint32_t *units, int64_t unit_count, double *out,
                   void *workspace);
    int64_t (*recall)(const hb_model *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous, int64_t *progress, int64_t sweep_limit,
                      int64_t first, int64_t last, int64_t budget, double *energies, void *workspace);
    void (*update_units)(const hb_model *m, const hb_dynamics *d, const uint64_t *state, const int32_t *overlaps, int64_t first,
                         int64_t last, uint64_t *next, void *workspace);
} hb_kernels;
#endif
