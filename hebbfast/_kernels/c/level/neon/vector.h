#ifndef HB_NEON_VECTOR_H
#define HB_NEON_VECTOR_H

#include "../common/lanes.h"

HB_INLINE HB(vector) HB(count)(HB(vector) part, HB(vector) x) { return (HB(vector))vaddq_u8((uint8x16_t)part, vcntq_u8((uint8x16_t)x)); }
HB_INLINE HB(vector) HB(flush)(HB(vector) part) { return (HB(vector))vpaddlq_u32(vpaddlq_u16(vpaddlq_u8((uint8x16_t)part))); }

HB_INLINE void HB(spread_bits)(uint64_t word, int8_t *masks) {
    const uint8x16_t bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201u));
    for (int j = 0; j < 8; j += 2, word >>= 16)
        vst1q_s8(masks + 8 * j, vreinterpretq_s8_u8(vtstq_u8(vcombine_u8(vdup_n_u8((uint8_t)word), vdup_n_u8((uint8_t)(word >> 8))), bit)));
}

#include "../common/masks.h"
#include "../common/bytes.h"
#include "../common/plain.h"
#include "../common/floats.h"
#endif
