/* 512 chains by multi-spin coding (Isakov, Zintchenko, Ronnow and Troyer 2015): sparse couplings of one size, all chains at one temperature.
   Chains of a group draw bits of the same words, each bits of its own. Compiled once per level.

   A unit flips iff x < P, its chance, which depends on how many neighbours agree with it (J sigma sigma' > 0). x has 53 binary digits,
   and so has P 2^53, which is rounded up. For visit n of a group since its start, digit k of x of chain l, the first one k = 0, is bit
   l % 64 of draw 512 n + 8 k + l / 64 + 1 of the stream of the group's first chain: a place of its own, so that no chain depends on how
   soon others are decided. */
#ifndef HB_MULTISPIN_H
#define HB_MULTISPIN_H

#include "abreast.h"

enum {
    HB_MULTISPIN = 512,                /* chains */
    HB_SPIN_WORDS = HB_MULTISPIN / 64, /* words of a unit */
    HB_DIGITS = 53,                    /* of x */
    HB_DRAWS = 512,                    /* of a visit, more than 8 * 53 */
    HB_AT_ONCE = 13, /* digits that are compared before a visit asks whether all chains are decided, as they are in 94 % of visits then */
    HB_MOST_AROUND = 31, /* neighbours: their number has five digits */
    HB_PAIRS = 16,       /* of numbers up to 31 */
    HB_PROGRAM = (HB_DIGITS + 1) * HB_PAIRS,
};

/* Units of a kind have as many neighbours, and the same fields. Without a bias these depend on the neighbours that agree alone, not on the
   unit's own sign. */
typedef struct {
    const hb_neighbours *around;
    const int32_t *kinds;            /* of each unit */
    const int32_t *places, *degrees; /* of each kind */
    int64_t count;
    int biased;
} hb_kinds;

/* Digit k of P 2^53 is a function of the number of neighbours that agree. For each pair of numbers that differ in the last digit, a
   program says which of four functions of that digit it is, as a place in a table: never, where it is 0, where it is 1, always. Row 0 is the
   digit in front of the first one, which only P = 1 has. Programs of units at +1 come first, those of units at -1 behind them. */
HB_INLINE int64_t hb_programs_bytes(const hb_kinds *m) { return (m->biased ? 2 : 1) * m->count * HB_PROGRAM; }

HB_INLINE void hb_set_program(uint8_t *program, const hb_kinds *m, int64_t kind, int sign, double temperature, int metropolis) {
    int64_t degree = m->degrees[kind];
    const int32_t *numbers = m->around->numbers + m->places[kind];
    memset(program, 0, HB_PROGRAM);
    for (int64_t agree = 0; agree <= degree; agree++) {
        double held = (double)(m->around->unit * sign * numbers[sign > 0 ? agree : degree - agree]) * m->around->scale;
        double chance = !metropolis ? hb_probability(-held, temperature) : held > 0.0 ? hb_acceptance(held, temperature) : 1.0;
        uint64_t below = (uint64_t)ceil((chance < 1.0 ? chance : 1.0) * 0x1p53);
        for (int k = 0; k <= HB_DIGITS; k++)
            program[k * HB_PAIRS + agree / 2] |= (uint8_t)((below >> (HB_DIGITS - k) & 1) << (6 + (agree & 1)));
    }
}

/* Returns whether a flip is certain anywhere. */
HB_UNUSED static int hb_set_programs(uint8_t *programs, const hb_kinds *m, double temperature, int metropolis) {
    int certain = 0;
    for (int side = 0; side < (m->biased ? 2 : 1); side++)
        for (int64_t kind = 0; kind < m->count; kind++, programs += HB_PROGRAM) {
            hb_set_program(programs, m, kind, side ? -1 : 1, temperature, metropolis);
            for (int j = 0; j < HB_PAIRS; j++) certain |= programs[j];
        }
    return certain;
}

/* Which words are turned over: eight, from the first negative coupling on. */
static const uint64_t hb_turns[2 * HB_NEIGHBOURS] = {
    [HB_NEIGHBOURS] = ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0, ~(uint64_t)0};

#define HB_BODY "generic/multispin.h"
#include "levels.h"

typedef struct {
    int (*runs_here)(void);
    void (*run)(const hb_kinds *m, hb_chains *c, const uint32_t *visits, int64_t visit_count, const double *temperatures, int64_t sweeps,
                int metropolis, double *energies, int64_t energy_stride, void *workspace);
    void (*sum)(const hb_kinds *m, uint64_t *up, int64_t *sums);
} hb_multispin;

#define HB_ENTRY(level, runs_here) {runs_here, run_multispin_##level, sum_multispin_##level},

static const hb_multispin hb_multispin_table[HB_LEVELS] = {HB_FOR_LEVELS(HB_ENTRY)};
#undef HB_ENTRY
#endif
