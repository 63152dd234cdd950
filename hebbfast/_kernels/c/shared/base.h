/* What every header needs: fixed widths, the compiler's words, single bits. */
#ifndef HB_BASE_H
#define HB_BASE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define HB_INLINE static inline __attribute__((always_inline, unused))
#define HB_PREFETCH(p) __builtin_prefetch(p)
#define HB_ALIGNED __attribute__((aligned(64)))
#else
#define HB_INLINE static __forceinline
#define HB_PREFETCH(p) ((void)(p))
#define HB_ALIGNED
#endif
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the packed format is little-endian"
#endif

HB_INLINE int64_t hb_round_up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }
HB_INLINE int hb_bit(const uint64_t *words, int64_t i) { return (int)(words[i >> 6] >> (i & 63) & 1); }
HB_INLINE uint64_t hb_tail(int64_t bits) { return bits & 63 ? ((uint64_t)1 << (bits & 63)) - 1 : ~(uint64_t)0; }
#endif
