/* The kernels of one level: HB(f) names them, HB_TARGET compiles them. Included once per level, so without a guard. */
#include "vectors.h"
#include "packing.h"
#include "overlaps.h"
#include "planes.h"
#include "fields.h"
#include "recall.h"

#undef HB
#undef HB_TARGET
#undef HB_LANES
#undef HB_COLUMNS
#undef HB_TILE
#undef HB_LOAD
#undef HB_STORE
#undef HB_SPREAD
#undef HB_COUNT_STEPS
#undef HB_PANEL
#undef HB_DEPTH
#undef HB_BLOCK
#undef HB_ADD_ROW
#undef HB_GROUP
#undef HB_AHEAD
#undef HB_SUM
#undef HB_CARRY
