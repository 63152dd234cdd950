/* exp and log2 of floats, the same at all levels. */
#ifndef HB_FLOATS_H
#define HB_FLOATS_H

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

/* log2 of a positive normal number: x = 2^e m with m in [sqrt(1/2), sqrt(2)), ln m = 2 artanh((m - 1) / (m + 1)). */
HB_INLINE float hb_log2_float(float x) {
    union {
        float f;
        uint32_t u;
    } m = {.f = x};
    uint32_t offset = m.u - 0x3F3504F3u + (256u << 23); /* biased: both parts are of a positive number */
    float e = (float)(int32_t)(offset >> 23) - 256.0f;
    m.u = (offset & 0x007FFFFFu) + 0x3F3504F3u;
    float s = (m.f - 1.0f) / (m.f + 1.0f), z = s * s;
    float series = 1.0f / 9.0f; /* the next term is below 4e-9 */
    series = series * z + 1.0f / 7.0f;
    series = series * z + 1.0f / 5.0f;
    series = series * z + 1.0f / 3.0f;
    series = series * z + 1.0f;
    return e + (s * series) * 2.88539008f; /* 2 / ln 2 */
}
#endif
