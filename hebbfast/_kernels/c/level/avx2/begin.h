/* Four words a vector; counts in bytes by a table of nibbles. Opens the level; level/end.h closes it. */
#define HB(f) f##_avx2
#define HB_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))
#define HB_LANES 4
#define HB_ROWS 4
#define HB_COLUMNS 2
#define HB_TILE 2
#define HB_PAIRED 0
#define HB_COUNT_STEPS (int64_t)31
#define HB_LOOKUP 8
#define HB_LOCKED 0
#define HB_MASKED 0
#define HB_BOUTS 1
#define HB_CHAINED 0
#include "vector.h"
