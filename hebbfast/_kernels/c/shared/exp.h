/* exp and ln, and the heat bath that is made of exp. */
#ifndef HB_EXP_H
#define HB_EXP_H

#include <math.h>

#include "base.h"

/* Our own exp, because libm's last bit differs between systems and the NumPy twin must agree in all of them. */
HB_INLINE double hb_exp(double x) {
    static const double c[14] = {1.0,        1.0,         0.5,          1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
                                 1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};
    if (x > 709.0) return HUGE_VAL;
    if (x < -708.0) return 0.0;
    double k = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0;
    double r = (x - k * 6.93147180369123816490e-01) - k * 1.90821492927058770002e-10, p = c[13];
    for (int j = 12; j >= 0; j--) p = p * r + c[j];
    int64_t exponent = (int64_t)k;
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, 8);
    return p * power;
}

/* ln((1 + s) / (1 - s)) = 2 (s + s^3 / 3 + s^5 / 5 + ...), to the last bits for |s| below 0.172. */
HB_INLINE double hb_log_turn(double s) {
    static const double c[12] = {2.0,      2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23};
    double square = s * s, p = c[11];
    for (int j = 10; j >= 0; j--) p = p * square + c[j];
    return s * p;
}

/* ln x of a normal x > 0: x = 2^k f with f between the roots of 1/2 and 2, and ln 2 in two parts. Our own, as exp is. */
HB_INLINE double hb_ln(double x) {
    int64_t bits, k;
    memcpy(&bits, &x, 8);
    k = (bits - 0x3FE6A09E667F3BCD) >> 52;
    bits -= (int64_t)((uint64_t)k << 52);
    memcpy(&x, &bits, 8);
    return (double)k * 6.93147180369123816490e-01 + (hb_log_turn((x - 1.0) / (x + 1.0)) + (double)k * 1.90821492927058770002e-10);
}

/* Heat bath: P(sigma_i = +1) = 1 / (1 + exp(-2 h / T)) (Glauber 1963). */
HB_INLINE double hb_probability(double field, double temperature) { return 1.0 / (1.0 + hb_exp(-2.0 * field / temperature)); }

/* Metropolis et al. (1953): a flip that costs 2 sigma h is made with this probability, if it is below one. */
HB_INLINE double hb_acceptance(double stays, double temperature) { return hb_exp(-2.0 * stays / temperature); }

HB_INLINE void hb_exp_all(const double *x, int64_t count, double *out) {
    for (int64_t j = 0; j < count; j++) out[j] = hb_exp(x[j]);
}
#endif
