/* Compares chains abreast, and by multi-spin coding, at every level that runs here with `scalar`, as check_training.c does the learning rules. */
#include "abreast.h"
#include "multispin.h"
#include "room.h"

enum { COUNT = 37, CHAINS = 130, SWEEPS = 5 };

typedef struct {
    uint64_t *states, *up, *best;
    int64_t *sums, *progress;
    double *energies;
} answers;

/* A ring in which unit i also sees i + 2 up to i + reach. */
static answers run(const hb_abreast *level, int64_t units, int64_t reach, int weighted, int metropolis) {
    int64_t words = (units + 63) / 64, degree = 2 * reach, edges = units * (degree + HB_NEIGHBOURS);
    int64_t *starts = room((size_t)(8 * (units + 1))), *middles = room((size_t)(8 * units)), largest = 3 * degree + 3;
    uint32_t *targets = room((size_t)(4 * edges)), *visits = room((size_t)(4 * units));
    int16_t *weights = room((size_t)(2 * edges));
    int32_t *base = room((size_t)(4 * units)), *bias = room((size_t)(4 * units)), *places = room((size_t)(4 * units)),
            *numbers = room((size_t)(4 * (2 * largest + 1)));
    for (int64_t i = 0, e = 0; i < units; i++) {
        int32_t sum = 0;
        starts[i] = e;
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int64_t k = 1; k <= reach; k++)
                for (int side = -1; side <= 1; side += 2) {
                    int64_t other = (i + side * k + units) % units;
                    int weight = (((i < other ? i : other) * 7 + k) % 3 ? 1 : -1) * (weighted ? (int)(k % 3) + 1 : 1);
                    if (weight * sign < 0) continue;
                    targets[e] = (uint32_t)other;
                    weights[e++] = (int16_t)weight;
                    sum += weight;
                }
            for (int64_t gap = -degree & (HB_NEIGHBOURS - 1); sign > 0 && !weighted && gap; gap--) targets[e++] = (uint32_t)units;
            if (sign > 0) middles[i] = e;
        }
        bias[i] = 2 * (int32_t)(i % 3) - 2;
        base[i] = bias[i] - sum - (weighted ? 0 : 2 * (int32_t)(e - middles[i]));
        starts[i + 1] = e;
        visits[i] = (uint32_t)(units - 1 - i);
    }
    for (int64_t j = 0, e = 0; j < 2; j++)
        for (int64_t n = -largest; n <= largest; n++)
            if (((n + largest) & 1) == j) numbers[e++] = (int32_t)n;
    for (int64_t i = 0; i < units; i++)
        for (int64_t e = 0; e < 2 * largest + 1; e++)
            if (numbers[e] == base[i]) places[i] = (int32_t)e;
    hb_neighbours m = {.units = units,
                       .unit = 2,
                       .step = 2,
                       .entries = 2 * largest + 1,
                       .scale = 0.125,
                       .starts = starts,
                       .middles = middles,
                       .targets = targets,
                       .weights = weighted ? weights : NULL,
                       .base = base,
                       .bias = bias,
                       .places = places,
                       .numbers = numbers};
    answers a = {.states = room((size_t)(8 * COUNT * words)),
                 .up = room((size_t)(8 * units)),
                 .best = room((size_t)(8 * units)),
                 .sums = room(16 * HB_ABREAST),
                 .progress = room(8 * COUNT * HB_PROGRESS),
                 .energies = room(8 * COUNT * SWEEPS)};
    hb_chains c = {.up = room((size_t)(8 * (units + 1))),
                   .best = room((size_t)(8 * (units + 1))),
                   .sums = a.sums,
                   .progress = a.progress,
                   .count = COUNT,
                   .stride = HB_PROGRESS};
    uint64_t seeds[2 * COUNT];
    hb_stream z = {3, HB_GOLDEN};
    for (int64_t w = 0; w < COUNT * words; w++) a.states[w] = hb_next(&z) & (w % words == words - 1 ? hb_tail(units) : ~(uint64_t)0);
    for (int j = 0; j < 2 * COUNT; j++) seeds[j] = hb_next(&z);
    hb_seed(seeds, COUNT, a.progress, HB_PROGRESS);
    for (int64_t i = 0; i < units; i++)
        for (int64_t l = 0; l < COUNT; l++) c.up[i] |= (uint64_t)hb_bit(a.states + l * words, i) << l;
    double temperatures[SWEEPS] = {2.0, 1.0, 1.0, 0.5, 0.1}, own[2 * COUNT];
    for (int j = 0; j < 2 * COUNT; j++) own[j] = 0.1 * (1 + j % 19);
    void *workspace = room((size_t)hb_round_up(hb_chances_bytes(m.entries, HB_ABREAST), 64));
    level->run(&m, &c, NULL, units, temperatures, 0, SWEEPS, metropolis, a.energies, COUNT, workspace);
    level->run(&m, &c, visits, units / 2, temperatures, 0, 1, metropolis, NULL, 0, workspace);
    level->run(&m, &c, NULL, units, own, 1, 2, metropolis, NULL, 0, workspace);
    for (int64_t i = 0; i < units; i++) { /* those of the chains that are there */
        a.up[i] = c.up[i] & (((uint64_t)1 << COUNT) - 1);
        a.best[i] = c.best[i] & (((uint64_t)1 << COUNT) - 1);
    }
    return a;
}

/* A ring in which unit i also sees those up to i + reach: 2 reach neighbours, a bias of its own for every third unit. */
static answers share(const hb_multispin *level, int64_t units, int64_t reach, int biased, int metropolis) {
    int64_t degree = 2 * reach, stride = hb_round_up(degree, HB_NEIGHBOURS), largest = degree + 3;
    int64_t *starts = room((size_t)(8 * (units + 1))), *middles = room((size_t)(8 * units));
    uint32_t *targets = room((size_t)(4 * units * stride)), *visits = room((size_t)(4 * units));
    int32_t *base = room((size_t)(4 * units)), *bias = room((size_t)(4 * units)), *places = room((size_t)(4 * units)),
            *kinds = room((size_t)(4 * units)), *numbers = room((size_t)(4 * (2 * largest + 1))), *of_kinds = room(4 * 6);
    for (int64_t e = 0; e < 2 * largest + 1; e++) numbers[e] = (int32_t)(2 * e - 2 * largest);
    for (int64_t i = 0, e = 0; i < units; i++) {
        starts[i] = e;
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int64_t k = 1; k <= reach; k++)
                for (int side = -1; side <= 1; side += 2) {
                    int64_t other = (i + side * k + units) % units;
                    if ((((i < other ? i : other) * 7 + k) % 3 ? 1 : -1) == sign) targets[e++] = (uint32_t)other;
                }
            for (int64_t gap = stride - degree; sign > 0 && gap; gap--) targets[e++] = (uint32_t)units;
            if (sign > 0) middles[i] = e;
        }
        kinds[i] = biased ? (int32_t)(i % 3) : 0;
        bias[i] = biased ? 2 * kinds[i] - 2 : 0;
        base[i] = bias[i] - (int32_t)degree;
        places[i] = (base[i] + 2 * (int32_t)largest) / 2;
        of_kinds[kinds[i]] = places[i];
        of_kinds[3 + kinds[i]] = (int32_t)degree;
        starts[i + 1] = e;
        visits[i] = (uint32_t)(units - 1 - i);
    }
    hb_neighbours around = {.units = units,
                            .unit = 2,
                            .step = 2,
                            .entries = 2 * largest + 1,
                            .scale = 0.125,
                            .starts = starts,
                            .middles = middles,
                            .targets = targets,
                            .base = base,
                            .bias = bias,
                            .places = places,
                            .numbers = numbers};
    hb_kinds m = {
        .around = &around, .kinds = kinds, .places = of_kinds, .degrees = of_kinds + 3, .count = biased ? 3 : 1, .biased = biased};
    size_t bytes = (size_t)(8 * HB_SPIN_WORDS * (units + 1));
    answers a = {.up = room(bytes),
                 .best = room(bytes),
                 .sums = room(16 * HB_MULTISPIN),
                 .progress = room(8 * CHAINS * HB_PROGRESS),
                 .energies = room(8 * CHAINS * SWEEPS)};
    hb_chains c = {.up = a.up, .best = a.best, .sums = a.sums, .progress = a.progress, .count = CHAINS, .stride = HB_PROGRESS};
    uint64_t seeds[2 * CHAINS];
    hb_stream z = {3, HB_GOLDEN};
    for (int j = 0; j < 2 * CHAINS; j++) seeds[j] = hb_next(&z);
    hb_seed(seeds, CHAINS, a.progress, HB_PROGRESS);
    for (int64_t w = 0; w < HB_SPIN_WORDS * units; w++) a.up[w] = hb_next(&z);
    for (int l = 0; l < HB_MULTISPIN; l++) a.sums[HB_MULTISPIN + l] = INT64_MIN;
    double temperatures[SWEEPS] = {2.0, 1.0, 1.0, 0.5, 0.1};
    void *workspace = room((size_t)hb_round_up(hb_programs_bytes(&m), 64));
    level->run(&m, &c, NULL, units, temperatures, SWEEPS, metropolis, a.energies, CHAINS, workspace);
    level->run(&m, &c, visits, units / 2, temperatures, 1, metropolis, NULL, 0, workspace);
    level->sum(&m, a.up, a.sums);
    return a;
}

static void check_shared(int level) {
    const int64_t sizes[][2] = {{3, 1}, {40, 3}, {64, 4}, {65, 7}, {70, 15}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int form = 0; form < 4; form++) {
            int64_t units = sizes[s][0], reach = sizes[s][1];
            answers got = share(&hb_multispin_table[level], units, reach, form & 1, form >> 1);
            answers expected = share(&hb_multispin_table[HB_LEVELS - 1], units, reach, form & 1, form >> 1);
            const char *name = levels[level].name;
            same(got.up, expected.up, (size_t)(8 * HB_SPIN_WORDS * units), name, "shared states", units, form);
            same(got.best, expected.best, (size_t)(8 * HB_SPIN_WORDS * units), name, "shared best", units, form);
            same(got.sums, expected.sums, 16 * HB_MULTISPIN, name, "shared sums", units, form);
            same(got.progress, expected.progress, 8 * CHAINS * HB_PROGRESS, name, "shared progress", units, form);
            same(got.energies, expected.energies, 8 * CHAINS * SWEEPS, name, "shared energies", units, form);
            clear_rooms();
        }
}

int main(void) {
    const int64_t sizes[][2] = {{5, 2}, {64, 3}, {65, 31}, {131, 33}, {200, 64}, {255, 127}, {300, 128}, {530, 260}};
    for (int level = 0; level < HB_LEVELS; level++) {
        if (!levels[level].runs_here()) continue;
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int form = 0; form < 4; form++) {
                int64_t units = sizes[s][0], reach = sizes[s][1];
                answers got = run(&hb_abreast_table[level], units, reach, form & 1, form >> 1);
                answers expected = run(&hb_abreast_table[HB_LEVELS - 1], units, reach, form & 1, form >> 1);
                const char *name = levels[level].name;
                same(got.up, expected.up, (size_t)(8 * units), name, "states", units, form);
                same(got.best, expected.best, (size_t)(8 * units), name, "best", units, form);
                same(got.sums, expected.sums, 16 * HB_ABREAST, name, "sums", units, form);
                same(got.progress, expected.progress, 8 * COUNT * HB_PROGRESS, name, "progress", units, form);
                same(got.energies, expected.energies, 8 * COUNT * SWEEPS, name, "energies", units, form);
                clear_rooms();
            }
        check_shared(level);
        printf("%s ", levels[level].name);
    }
    printf("agree\n");
    return 0;
}
