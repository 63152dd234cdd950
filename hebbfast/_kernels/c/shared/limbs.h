/* Integers of any width, in pieces of 32 bits, lowest first. */
#ifndef HB_LIMBS_H
#define HB_LIMBS_H

#include <math.h>

#include "base.h"

#define HB_MAX_LIMBS 48

/* |x|^n in pieces of 32 bits, lowest first; returns its sign, 0 where the interaction vanishes. */
HB_INLINE int hb_power(int64_t x, int n, int rectified, int limbs, uint32_t *out) {
    memset(out, 0, 4 * (size_t)limbs);
    if (x == 0 || (rectified && x < 0)) return 0;
    uint64_t magnitude = (uint64_t)(x < 0 ? -x : x);
    int used = 1;
    out[0] = (uint32_t)magnitude;
    for (int k = 1; k < n; k++) {
        uint64_t carry = 0;
        for (int l = 0; l < used; l++) {
            carry += out[l] * magnitude;
            out[l] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry) out[used++] = (uint32_t)carry;
    }
    return x < 0 && (n & 1) ? -1 : 1;
}

/* Pieces of at most 33 bits and a sign, times |w| <= 2^29, in pieces of 32 bits again; the last takes the sign. */
HB_INLINE void hb_multiply(int64_t *pieces, int limbs, int64_t w) {
    int64_t carry = 0;
    for (int l = 0; l < limbs; l++) {
        int64_t v = pieces[l] * w + carry;
        pieces[l] = l == limbs - 1 ? v : (v & 0xFFFFFFFF);
        carry = v >> 32;
    }
}

/* Carries signed pieces to digits of 32 bits and a sign; the digits become the magnitude. */
HB_INLINE int hb_carry(int64_t *pieces, int limbs) {
    int64_t carry = 0;
    int any = 0;
    for (int l = 0; l < limbs; l++) {
        int64_t v = pieces[l] + carry;
        pieces[l] = v & 0xFFFFFFFF;
        carry = v >> 32;
    }
    int negative = carry < 0;
    if (negative) {
        carry = 1;
        for (int l = 0; l < limbs; l++) {
            int64_t v = (~pieces[l] & 0xFFFFFFFF) + carry;
            pieces[l] = v & 0xFFFFFFFF;
            carry = v >> 32;
        }
    }
    for (int l = 0; l < limbs; l++) any |= pieces[l] != 0;
    return negative ? -any : any;
}

/* The magnitude as the nearest double, ties to even: 64 leading bits, the lowest of them sticky. */
HB_INLINE double hb_nearest(const int64_t *digits, int limbs) {
    int top = limbs - 1;
    while (top > 0 && !digits[top]) top--;
    uint64_t high = (uint64_t)digits[top] << 32 | (top > 0 ? (uint64_t)digits[top - 1] : 0);
    uint64_t low = top > 1 ? (uint64_t)digits[top - 2] << 32 : 0;
    int shift = 0;
    if (!high) return 0.0;
    while (!(high >> 63)) {
        high = high << 1 | low >> 63;
        low <<= 1;
        shift++;
    }
    for (int l = 0; l < top - 2; l++) low |= (uint64_t)digits[l];
    return ldexp((double)(high | (low != 0)), 32 * (top - 1) - shift);
}
#endif
