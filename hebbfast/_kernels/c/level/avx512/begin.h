/* Eight words a vector; counts in words, masks, functions of three bits. Opens the level; level/end.h closes it. */
#define HB(f) f##_avx512
#define HB_TARGET \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx512bitalg,avx512vbmi,gfni,avx2,bmi,bmi2,popcnt,lzcnt")))
#define HB_LANES 8
#define HB_ROWS 8
#define HB_COLUMNS 4
#define HB_TILE 4
#define HB_PAIRED 11
#define HB_COUNT_STEPS (int64_t)0
#define HB_LOOKUP 16
#define HB_LOCKED 4
#define HB_MASKED 1
#define HB_BOUTS 1
#define HB_CHAINED 1
#include "vector.h"
