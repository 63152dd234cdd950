/* The one list of levels, fastest first: names and conditions (HB_FOR_LEVELS), and below what is compiled once for each of them. */
#ifndef HB_LEVELS_H
#define HB_LEVELS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "shared/portability.h"
#include "shared/unroll.h"

HB_INLINE int hb_always(void) { return 1; }

#if defined(__x86_64__)
#include <immintrin.h>

/* __builtin_cpu_supports asks the operating system too. lzcnt has no name there before gcc 14; every CPU with avx2 and bmi2 has it. */
HB_UNUSED static int hb_has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("popcnt");
}
HB_UNUSED static int hb_has_avx512(void) {
    return hb_has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vpopcntdq") && __builtin_cpu_supports("avx512bitalg") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni");
}
#define HB_FOR_LEVELS(X) X(avx512, hb_has_avx512) X(avx2, hb_has_avx2) X(scalar, hb_always)

#elif defined(__aarch64__)
#include <arm_neon.h>
#define HB_FOR_LEVELS(X) X(neon, hb_always) X(scalar, hb_always)

#else
#define HB_FOR_LEVELS(X) X(scalar, hb_always)
#endif

/* Every table has one entry a level, in this order. */
#define HB_INDEX(level, runs_here) HB_LEVEL_##level,
enum { HB_FOR_LEVELS(HB_INDEX) HB_LEVELS };
#undef HB_INDEX
#endif

/* The file HB_BODY, once for each level, in the words of the level (level/end.h lists them). */
#ifdef HB_BODY
HB_QUIET_BEGIN
#include "level/scalar/begin.h"
#include HB_BODY
#include "level/end.h"
#if defined(__x86_64__)
#include "level/avx2/begin.h"
#include HB_BODY
#include "level/end.h"
#include "level/avx512/begin.h"
#include HB_BODY
#include "level/end.h"
#elif defined(__aarch64__)
#include "level/neon/begin.h"
#include HB_BODY
#include "level/end.h"
#endif
HB_QUIET_END
#undef HB_BODY
#endif
