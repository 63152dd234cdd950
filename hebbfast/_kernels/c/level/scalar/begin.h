/* Plain C: a vector is one word. Opens the level; level/end.h closes it. */
#define HB(f) f##_scalar
#define HB_TARGET
#define HB_LANES 1
#define HB_ROWS 4
#define HB_COLUMNS 2
#define HB_TILE 2
#define HB_PAIRED 0
#define HB_COUNT_STEPS (int64_t)31
#define HB_LOOKUP 1
#define HB_LOCKED 0
#define HB_MASKED 0
#define HB_BOUTS 0
#define HB_CHAINED 0
#include "vector.h"
