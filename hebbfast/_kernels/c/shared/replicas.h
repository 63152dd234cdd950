/* Replicas of one network at the temperatures of a ladder: they swap, and their states are compared. `who` is copies x temperatures: the
   replica that is there. */
#ifndef HB_REPLICAS_H
#define HB_REPLICAS_H

#include "exp.h"
#include "random.h"

/* What is counted of swaps, or NULL: accepted ones by the colder temperature, and for each replica round trips and where it heads:
   1 from the coldest, -1 from the hottest, after it was the coldest. */
typedef struct {
    int64_t *accepted, *trips;
    int8_t *heading;
} hb_tally;

/* The replicas at beta and beta' < beta swap iff u < exp((beta - beta')(E - E')); copy after copy, from the coldest pair on. */
HB_INLINE void hb_swap(const double *energies, const double *ladder, int64_t copies, int64_t temperatures, int64_t parity, hb_stream *s,
                       int64_t *who, const hb_tally *tally) {
    for (int64_t c = 0; c < copies; c++, who += temperatures) {
        for (int64_t t = parity; t + 1 < temperatures; t += 2) {
            int64_t colder = who[t], hotter = who[t + 1];
            double gain = (1.0 / ladder[t] - 1.0 / ladder[t + 1]) * (energies[colder] - energies[hotter]);
            if (!(hb_uniform(s) < hb_exp(gain < 0 ? gain : 0.0))) continue;
            who[t] = hotter;
            who[t + 1] = colder;
            if (tally) tally->accepted[t]++;
        }
        if (!tally || temperatures < 2) continue;
        int64_t coldest = who[0], hottest = who[temperatures - 1];
        if (tally->heading[coldest] < 0) tally->trips[coldest]++;
        tally->heading[coldest] = 1;
        if (tally->heading[hottest] > 0) tally->heading[hottest] = -1;
    }
}

/* In how many units two copies agree, for all pairs of copies c < c' and all temperatures. */
HB_INLINE void hb_agreements(const uint64_t *states, int64_t units, const int64_t *who, int64_t copies, int64_t temperatures,
                             int64_t *out) {
    int64_t words = (units + 63) / 64;
    for (int64_t c = 0; c < copies; c++)
        for (int64_t d = c + 1; d < copies; d++)
            for (int64_t t = 0; t < temperatures; t++) {
                const uint64_t *a = states + who[c * temperatures + t] * words, *b = states + who[d * temperatures + t] * words;
                int64_t differing = 0;
                for (int64_t w = 0; w < words; w++) differing += hb_ones(a[w] ^ b[w]);
                *out++ = units - differing;
            }
}
#endif
