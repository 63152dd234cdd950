/* What every header needs: fixed widths, sizes, single bits. */
#ifndef HB_BASE_H
#define HB_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "portability.h"

HB_INLINE int64_t hb_round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
HB_INLINE int hb_bit(const uint64_t *words, int64_t i) { return (int)(words[i >> 6] >> (i & 63) & 1); }
HB_INLINE uint64_t hb_tail(int64_t bits) { return bits & 63 ? ((uint64_t)1 << (bits & 63)) - 1 : ~(uint64_t)0; }
#endif
