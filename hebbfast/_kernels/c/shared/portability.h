/* Everything that belongs to a compiler and not to C. gcc and clang build the kernels; others stop here. */
#ifndef HB_PORTABILITY_H
#define HB_PORTABILITY_H

#if !defined(__GNUC__) /* clang defines it, too */
#error "hebbfast's kernels are built with gcc or clang"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the packed format is little-endian"
#endif

#define HB_INLINE static inline __attribute__((always_inline, unused))
#define HB_UNUSED __attribute__((unused))
#define HB_ALIGNED __attribute__((aligned(64)))
#define HB_PREFETCH(p) __builtin_prefetch(p)

/* Around the kernels. clang warns of entries behind an array that HB_EACH names in branches never taken, and of loops that it unrolls in part. */
#if defined(__clang__)
#define HB_QUIET_BEGIN                                                                      \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Warray-bounds\"") \
        _Pragma("clang diagnostic ignored \"-Wpass-failed\"")
#define HB_QUIET_END _Pragma("clang diagnostic pop")
#else
#define HB_QUIET_BEGIN
#define HB_QUIET_END
#endif

/* Before a loop whose count is known when it is compiled: all of it without a loop. */
#if defined(__clang__)
#define HB_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define HB_UNROLLED _Pragma("GCC unroll 24")
#endif

/* Keeps a number in a general register: the compiler cannot make a vector of it and its neighbours. */
#define HB_KEEP_SCALAR(x) __asm__("" : "+r"(x))

/* Binary digits of x > 0. */
HB_INLINE int hb_digits(unsigned long long x) { return 64 - __builtin_clzll(x); }

/* Zeros behind the last one of x > 0. */
HB_INLINE int hb_zeros(unsigned long long x) { return __builtin_ctzll(x); }

/* Ones among the binary digits of x. */
HB_INLINE int hb_ones(unsigned long long x) { return __builtin_popcountll(x); }
#endif
