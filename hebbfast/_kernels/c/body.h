/* The kernels of one level, in its words: included once per level, so without a guard. */
#include "generic/packing.h"
#include "generic/overlaps.h"
#include "generic/planes.h"
#include "generic/flips.h"
#include "generic/visits.h"
#include "generic/fields.h"
#include "generic/recall.h"
