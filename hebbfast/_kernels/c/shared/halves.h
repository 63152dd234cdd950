/* Small couplings, prepared for half fields (generic/couplings_half.h): copied to padded rows, with what bounds the fields. */
#ifndef HB_HALVES_H
#define HB_HALVES_H

#include "model.h"

#define HB_STRETCH 64 /* units to which rows are padded */
#define HB_LEAST_ROOM 32
#define HB_FEW_STATES 10 /* fewer are faster one by one */
#define HB_BITS 128      /* units from which eight rows at once are faster by their bits */
#define HB_CHOICE 128    /* receiving units whose sums of four rows are made together: four tables of 16 fill half of the first cache */

HB_INLINE int64_t hb_halves_stride(int64_t units) { return hb_round_up(units, HB_STRETCH); }

/* Rows behind the last, zero: units come by sixteens, and one of none is added (generic/lockstep.h). */
HB_INLINE int64_t hb_halves_rows(int64_t units) { return hb_round_up(units + 1, 16); }
HB_INLINE int64_t hb_halves_bytes(int64_t units) { return (hb_halves_rows(units) + 4 + units / 8 + 1) * hb_halves_stride(units); }

/* The lowest bits of eight bytes. */
HB_INLINE uint64_t hb_lowest_bits(uint64_t bytes) { return (bytes & 0x0101010101010101u) * 0x0102040810204080u >> 56; }

/* The rows as bits, if all couplings but q_ii are +1 or -1. */
HB_INLINE const uint64_t *hb_signs_of(const int8_t *rows, int64_t units, int64_t stride, uint64_t *memory) {
    for (int64_t j = 0; j < units; j++)
        for (int64_t w = 0; w < stride / 64; w++) {
            uint64_t plus = 0, some = 0, units_here = 64 * w + 64 <= units ? ~(uint64_t)0 : hb_tail(units);
            for (int k = 0; k < 8; k++) {
                uint64_t bytes;
                memcpy(&bytes, rows + j * stride + 64 * w + 8 * k, 8);
                plus |= hb_lowest_bits(~bytes >> 7) << (8 * k);
                some |= hb_lowest_bits(bytes) << (8 * k);
            }
            if (some != (units_here & ~(j >> 6 == w ? (uint64_t)1 << (j & 63) : 0))) return NULL;
            memory[j * (stride / 64) + w] = plus & units_here;
        }
    return memory;
}

/* Couplings of 8 bits into memory. `bounded`: |a_i| <= (sum_j |q_ij| + |b_i|) / 2 + 1 is at most `limit` at every state; what sums pass
   through on their way may wrap. From HB_BITS units on, rows of one size are bits, too, and from `signs_from` on one row alone is added
   by its bits. */
HB_INLINE hb_halves hb_halve(const int8_t *outgoing, const int32_t *bias, int64_t units, int64_t limit, int64_t signs_from, char *memory) {
    enum { CHUNK = 512, DEPTH = 128 }; /* so many rows fit sums of 16 bits */
    int64_t stride = hb_halves_stride(units), widest = 0;
    int32_t *sums = (int32_t *)memory;
    int8_t *rows = (int8_t *)(sums + stride);
    int16_t largest = 1;
    int uneven = 0;
    memset(sums, 0, (size_t)(4 * stride));
    memset(rows + units * stride, 0, (size_t)(hb_halves_rows(units) - units) * (size_t)stride);
    for (int64_t first = 0; first < units; first += CHUNK) {
        int64_t lanes = units - first < CHUNK ? units - first : CHUNK;
        int32_t sum[CHUNK] = {0}, size[CHUNK] = {0};
        for (int64_t row = 0; row < units; row += DEPTH) {
            int16_t part[CHUNK] = {0}, part_size[CHUNK] = {0};
            int64_t end = row + DEPTH < units ? row + DEPTH : units;
            for (int64_t j = row; j < end; j++) {
                const int8_t *restrict from = outgoing + j * units + first;
                for (int64_t i = 0; i < lanes; i++) {
                    int16_t w = from[i], s = (int16_t)(w < 0 ? -w : w);
                    part[i] = (int16_t)(part[i] + w);
                    part_size[i] = (int16_t)(part_size[i] + s);
                    largest = s > largest ? s : largest;
                }
                memcpy(rows + j * stride + first, from, (size_t)lanes);
                if (first + lanes == units) memset(rows + j * stride + units, 0, (size_t)(stride - units));
            }
            for (int64_t i = 0; i < lanes; i++) {
                sum[i] += part[i];
                size[i] += part_size[i];
            }
        }
        for (int64_t i = 0; i < lanes; i++) {
            int64_t b = bias[first + i], wide = (size[i] + (b < 0 ? -b : b)) / 2 + 1;
            sums[first + i] = (int32_t)(sum[i] - b);
            uneven |= (sums[first + i] ^ sums[0]) & 1;
            widest = wide > widest ? wide : widest;
        }
    }
    return (hb_halves){.rows = rows,
                       .signs = largest == 1 && (units >= HB_BITS || units >= signs_from)
                                    ? hb_signs_of(rows, units, stride, (uint64_t *)(rows + hb_halves_rows(units) * stride))
                                    : NULL,
                       .alone = units >= signs_from,
                       .sums = sums,
                       .odd = uneven ? -1 : sums[0] & 1,
                       .stride = stride,
                       .largest = largest,
                       .limit = limit,
                       .bounded = widest <= limit};
}
#endif
