/* Every kernel, compiled once per level of instruction sets, and the table from which one level is chosen.
   A level's functions carry its target themselves; the file is compiled for the platform's baseline. */
#ifndef HB_KERNELS_H
#define HB_KERNELS_H

#include "shared/run.h"

#define HB(f) f##_scalar
#define HB_TARGET
#define HB_LANES 1
#define HB_COLUMNS 2
#define HB_TILE 2
#include "body.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define HB(f) f##_avx2
#define HB_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))
#define HB_IS_AVX2
#define HB_LANES 4
#define HB_COLUMNS 2
#define HB_TILE 2
#include "body.h"
#undef HB_IS_AVX2

#define HB(f) f##_avx512
#define HB_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi,bmi2,popcnt,lzcnt")))
#define HB_IS_AVX512
#define HB_LANES 8
#define HB_COLUMNS 4
#define HB_TILE 4
#include "body.h"
#undef HB_IS_AVX512

/* __builtin_cpu_supports asks the operating system too. lzcnt has no name there before gcc 14; every CPU with avx2 and bmi2 has it. */
static int hb_has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
static int hb_has_avx512(void) {
    return hb_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

#if defined(__aarch64__) && defined(__GNUC__)
#include <arm_neon.h>

#define HB(f) f##_neon
#define HB_TARGET
#define HB_IS_NEON
#define HB_LANES 2
#define HB_COLUMNS 4
#define HB_TILE 2
#include "body.h"
#undef HB_IS_NEON
#endif

static int hb_always(void) { return 1; }

typedef struct {
    const char *name;
    int (*runs_here)(void);
    int (*pack)(const int8_t *values, int64_t rows, int64_t units, uint64_t *words);
    void (*unpack)(const uint64_t *words, int64_t rows, int64_t units, int8_t *values);
    int64_t (*count_bits)(const uint64_t *words, int64_t count);
    uint64_t (*read_words)(const uint64_t *words, int64_t count);
    void (*transpose)(const uint64_t *words, int64_t rows, int64_t units, int64_t first, int64_t last, uint64_t *out);
    void (*overlaps)(const uint64_t *rows, int64_t patterns, int64_t units, const uint64_t *states, int64_t count, int32_t *out);
    void (*energies)(const hb_model *m, const int32_t *overlaps, int64_t count, double *out, void *workspace);
    void (*fields)(const hb_model *m, const uint64_t *states, int64_t count, const uint32_t *units, int64_t unit_count, double *out, void *workspace);
    int64_t (*recall)(const hb_model *m, const hb_dynamics *d, uint64_t *states, uint64_t *previous, int64_t *progress, int64_t sweep_limit,
                      int64_t first, int64_t last, int64_t budget, double *energies, void *workspace);
    void (*update_units)(const hb_model *m, const hb_dynamics *d, const uint64_t *state, const int32_t *overlaps, int64_t first, int64_t last,
                         uint64_t *next, void *workspace);
} hb_kernels;

#define HB_LEVEL(level, runs_here)                                                                                        \
    {#level, runs_here, pack_##level, unpack_##level, count_bits_##level, read_words_##level, transpose_##level, overlaps_##level, energies_##level, fields_##level, \
     recall_##level, update_units_##level}

/* Fastest first. */
static const hb_kernels hb_table[] = {
#if defined(__x86_64__) && defined(__GNUC__)
    HB_LEVEL(avx512, hb_has_avx512),
    HB_LEVEL(avx2, hb_has_avx2),
#elif defined(__aarch64__) && defined(__GNUC__)
    HB_LEVEL(neon, hb_always),
#endif
    HB_LEVEL(scalar, hb_always),
};
enum { HB_LEVELS = sizeof hb_table / sizeof hb_table[0] };
#endif
