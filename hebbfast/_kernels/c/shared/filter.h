/* Couplings of 64 bits behind couplings of 8 (halves.h), so that a sweep moves an eighth of the bytes:

       J_ij = S_i q_ij + r_ij,  S_i = 256 s_i,  r_ij = s_i l_ij + e_ij,  q and l of 8 bits

   a_i is an exact sum, so |h_i - 2 S_i a_i| <= |S_i (2 c_i - R_i) + b_i| + sum_j |r_ij| at every state, however many flips ago fields were
   made: far from zero a_i has the sign of the field. Nearer, l settles it but for sum_j |e_ij|; then J itself. */
#ifndef HB_FILTER_H
#define HB_FILTER_H

#include "halves.h"

HB_INLINE int64_t hb_filter_bytes(int64_t units) { return hb_halves_bytes(units) + (units + 3 * 8 + 4) * hb_halves_stride(units); }

HB_INLINE int64_t hb_size(int64_t x) { return x < 0 ? -x : x; }

/* The nearest integer of a number below 2^31 in size, halves either way. */
HB_INLINE int64_t hb_rounded(double x) { return (int64_t)(x + (x < 0 ? -0.5 : 0.5)); }

/* What is known of a receiving unit. */
typedef struct {
    double per_step, per_small;
    int64_t sum, sum_second, size, rest, last; /* of q, l, |q|, |r|, |e| */
} hb_receiver;

/* One coupling, of which the rest and the last rest are bounded by what they are. */
HB_INLINE void hb_split(int64_t w, int64_t small, hb_receiver *to, int8_t *q, int8_t *l) {
    int64_t first = hb_rounded((double)w * to->per_step), rest = w - 256 * small * first;
    int64_t second = hb_rounded((double)rest * to->per_small);
    second = second > 127 ? 127 : second < -127 ? -127 : second;
    *q = (int8_t)first;
    *l = (int8_t)second;
    to->sum += first;
    to->sum_second += second;
    to->size += hb_size(first);
    to->rest += hb_size(rest);
    to->last += hb_size(rest - small * second);
}

/* `asked`: 1 asks l at every visit, 2 asks J, too. Sums of |J| and |b| are below 2^62 / 3. Integers that pass 2^63 on their way wrap. */
HB_INLINE hb_halves hb_filter(const int64_t *outgoing, const int64_t *bias, int64_t units, int symmetric, int64_t limit, int asked,
                              char *memory) {
    enum { TILE = 64, BIAS = 4096 }; /* BIAS: a bias of so many steps at most, which leaves room in 16 bits */
    int64_t stride = hb_halves_stride(units), widest = 0, sure = 1, least = INT64_MAX, most = 0, blur = 0;
    int64_t *small = (int64_t *)memory, *fixed = small + stride, *doubt = fixed + stride;
    int32_t *sums = (int32_t *)(doubt + stride), *base = sums + stride;
    int8_t *rows = (int8_t *)(base + stride), *second = rows + hb_halves_rows(units) * stride;
    memset(memory, 0, (size_t)hb_filter_bytes(units));
    for (int64_t j = 0; j < units; j++)
        for (int64_t i = 0; i < units; i++) {
            int64_t size = hb_size(outgoing[j * units + i]);
            small[i] = size > small[i] ? size : small[i];
        }
    for (int64_t i = 0; i < units; i++) {
        int64_t by_size = small[i] / (127 * 256) + 1, by_bias = hb_size(bias[i]) / (BIAS * 256) + 1;
        small[i] = by_size > by_bias ? by_size : by_bias;
        least = small[i] < least ? small[i] : least;
        most = small[i] > most ? small[i] : most;
    }
    int one = symmetric && most <= 2 * least; /* a common s loses at most a bit */
    for (int64_t i = 0; one && i < units; i++) small[i] = most;
    for (int64_t i = 0; i < units; i += TILE) {
        int64_t end = i + TILE < units ? i + TILE : units;
        hb_receiver to[TILE] = {{0}};
        for (int64_t k = i; k < end; k++)
            to[k - i] = (hb_receiver){.per_step = 1.0 / (256.0 * (double)small[k]), .per_small = 1.0 / (double)small[k]};
        for (int64_t j = 0; j < units; j++)
            for (int64_t k = i; k < end; k++)
                hb_split(outgoing[j * units + k], small[k], to + (k - i), rows + j * stride + k, second + k * stride + j);
        for (int64_t k = i; k < end; k++) {
            const hb_receiver *x = to + (k - i);
            int64_t steps = hb_rounded((double)bias[k] * x->per_step), step = 256 * small[k];
            int64_t twice = 2 * ((x->sum - steps + 1) >> 1) - x->sum; /* 2 c - R */
            int64_t bound = (hb_size(step * twice + bias[k]) + x->rest) / (2 * step) + 1, wide = (x->size + hb_size(steps)) / 2 + 2;
            sums[k] = (int32_t)(x->sum - steps);
            fixed[k] = step * twice + bias[k] - small[k] * x->sum_second;
            doubt[k] = asked > 1 ? INT64_MAX : x->last;
            sure = bound > sure ? bound : sure;
            widest = wide > widest ? wide : widest;
            base[k] = (int32_t)hb_rounded((double)fixed[k] / (2.0 * (double)small[k]));
            blur = doubt[k] > blur ? doubt[k] : blur;
        }
    }
    return (hb_halves){.rows = rows,
                       .sums = sums,
                       .stride = stride,
                       .largest = 127,
                       .limit = limit,
                       .bounded = widest <= limit,
                       .sure = asked ? INT32_MAX : sure,
                       .symmetric = symmetric,
                       .second = second,
                       .small = small,
                       .fixed = fixed,
                       .doubt = doubt,
                       .step = one && 256 * widest + 127 * units < 1 << 30 ? 2 * most : 0,
                       .blur = blur / (2 * most) + 2,
                       .base = base};
}
#endif
