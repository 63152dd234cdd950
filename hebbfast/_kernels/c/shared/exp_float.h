/* exp of floats, the same at all levels. */
#ifndef HB_EXP_FLOAT_H
#define HB_EXP_FLOAT_H

#include "base.h"

/* exp, with the error of the polynomial below 2e-7: libm's last bit differs between systems. */
HB_INLINE float hb_exp_float(float x) {
    union {
        float f;
        uint32_t u;
    } clipped = {.f = x}, power;
    int32_t size = (int32_t)(clipped.u & 0x7FFFFFFFu);
    size = size < 0x42A00000 ? size : 0x42A00000; /* 80; of integers, or gcc makes branches of it and no vectors of the loop around */
    clipped.u = (clipped.u & 0x80000000u) | (uint32_t)size;
    x = clipped.f;
    float shifted = x * 1.44269504f + 12582912.0f; /* 1.5 * 2^23: the sum rounds to an integer */
    float k = shifted - 12582912.0f;
    float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
    float series = 1.0f / 720.0f;
    series = series * r + 1.0f / 120.0f;
    series = series * r + 1.0f / 24.0f;
    series = series * r + 1.0f / 6.0f;
    series = series * r + 0.5f;
    series = series * r + 1.0f;
    series = series * r + 1.0f;
    power.f = shifted;
    power.u = (power.u + 127) << 23; /* the low bits of `shifted` are k */
    return series * power.f;
}
#endif
