#ifndef HB_NEON_VECTOR_H
#define HB_NEON_VECTOR_H

#include "../common/lanes.h"

HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) { return (HB(vector))vaddq_u8((uint8x16_t)part, vcntq_u8((uint8x16_t)x)); }
HB_INLINE HB(vector) HB(flush)(HB(vector) part) { return (HB(vector))vpaddlq_u32(vpaddlq_u16(vpaddlq_u8((uint8x16_t)part))); }

#include "../common/masks.h"
#include "../common/plain.h"
#include "../common/bytes.h"
#include "../common/floats.h"
#endif
