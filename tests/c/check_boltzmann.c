/* Compares the layers of Boltzmann machines at every level that runs here with `scalar`, as check_training.c does the learning rules. */
#include "boltzmann.h"
#include "room.h"

enum { ROWS = 70 };

typedef struct {
    float *asked[3];
    uint64_t *visible;
    int64_t *streams;
    double *sums;
} answers;

static hb_layer layer(const hb_layers *level, int64_t seen, int64_t units, uint64_t seed) {
    hb_stream z = {seed, HB_GOLDEN};
    int64_t lanes = hb_round_up(units, HB_LAYER_LANES);
    float *weights = room((size_t)(4 * seen * lanes)), *bias = room((size_t)(4 * lanes));
    float *tables = room((size_t)(4 * 16 * hb_layer_groups(seen) * lanes));
    for (int64_t i = 0; i < seen; i++)
        for (int64_t j = 0; j < units; j++) weights[i * lanes + j] = (float)(hb_next(&z) >> 40) / 16777216.0f - 0.5f;
    for (int64_t j = 0; j < units; j++) bias[j] = 100.0f * ((float)(hb_next(&z) >> 40) / 16777216.0f - 0.5f);
    level->tables(weights, seen, lanes, tables);
    return (hb_layer){.units = units, .lanes = lanes, .seen = seen, .tables = tables, .bias = bias};
}

static answers run(const hb_layers *level, int64_t visible, int64_t hidden) {
    hb_layer up = layer(level, visible, hidden, 1), down = layer(level, hidden, visible, 2);
    int64_t wide = hb_layer_words(visible), deep = hb_layer_words(hidden);
    answers a = {.visible = room((size_t)(8 * ROWS * wide)), .streams = room(16 * ROWS), .sums = room((size_t)(8 * ROWS * visible))};
    uint64_t *clamp = room((size_t)(8 * wide)), words[2 * ROWS];
    hb_stream z = {3, HB_GOLDEN};
    for (int64_t w = 0; w < ROWS * wide; w++) a.visible[w] = hb_next(&z) & (w % wide == wide - 1 ? hb_tail(visible) : ~(uint64_t)0);
    for (int j = 0; j < 2 * ROWS; j++) words[j] = hb_next(&z);
    hb_seed(words, ROWS, a.streams, 2);
    clamp[0] = 5 & hb_tail(visible);
    for (int form = HB_LAYER_FIELDS; form <= HB_LAYER_COSTS; form++) {
        a.asked[form] = room((size_t)(4 * ROWS * up.lanes));
        level->ask(&up, a.visible, ROWS, form, a.asked[form]);
    }
    void *fields = room((size_t)hb_round_up(hb_gibbs_bytes(&up, &down), 64));
    uint64_t *other = room((size_t)(8 * ROWS * deep));
    level->gibbs(&up, &down, a.visible, other, ROWS, a.streams, 2, 3, clamp, a.sums, fields);
    level->gibbs(&up, &down, a.visible, other, ROWS, a.streams, 2, 1, NULL, NULL, fields);
    return a;
}

int main(void) {
    const int64_t sizes[][2] = {{1, 1}, {5, 3}, {64, 32}, {65, 130}, {31, 64}};
    for (int level = 0; level < HB_LEVELS; level++) {
        if (!levels[level].runs_here()) continue;
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            int64_t visible = sizes[s][0], hidden = sizes[s][1];
            answers got = run(&hb_layer_table[level], visible, hidden), expected = run(&hb_layer_table[HB_LEVELS - 1], visible, hidden);
            const char *name = levels[level].name;
            for (int form = HB_LAYER_FIELDS; form <= HB_LAYER_COSTS; form++)
                same(got.asked[form], expected.asked[form], (size_t)(4 * ROWS * hb_round_up(hidden, HB_LAYER_LANES)), name, "asked",
                     visible, hidden);
            same(got.visible, expected.visible, (size_t)(8 * ROWS * hb_layer_words(visible)), name, "visible", visible, hidden);
            same(got.streams, expected.streams, 16 * ROWS, name, "streams", visible, hidden);
            same(got.sums, expected.sums, (size_t)(8 * ROWS * visible), name, "sums", visible, hidden);
            clear_rooms();
        }
        printf("%s ", levels[level].name);
    }
    printf("agree\n");
    return 0;
}
