/* Compares the learning rules of every level that runs here with `scalar`, without Python, as check_levels.c does the rest. */
#include "room.h"
#include "shared/random.h"
#include "training.h"

static hb_stream stream = {20261124, HB_GOLDEN};

static int64_t up(int64_t n, int64_t step) { return (n + step - 1) / step * step; }

static uint8_t *codes(const int8_t *signs, int64_t count, int64_t stride, int64_t lanes, int64_t lane_stride, int64_t padded) {
    uint8_t *made = room((size_t)(up(count, 4) / 4 * padded));
    for (int64_t m = 0; m < count; m++)
        for (int64_t l = 0; l < lanes; l++) made[m / 4 * padded + l] |= (uint8_t)((signs[m * stride + l * lane_stride] > 0) << m % 4);
    return made;
}

typedef struct {
    float *weights;
    double *strengths, *stable;
    int32_t *sums;
} answers;

static answers run(const hb_trainers *level, const int8_t *signs, int64_t patterns, int64_t units, int kind, double norm) {
    int64_t unit_lanes = up(units, 16), pattern_lanes = up(patterns, 16), rows = up(units, 4);
    uint8_t *targets = room((size_t)(units * pattern_lanes));
    float *gram = room((size_t)(4 * patterns * patterns)), *moments = room((size_t)(8 * rows * unit_lanes)), schedule[5 * HB_SCHEDULE];
    int8_t *column = room((size_t)patterns);
    answers a = {room((size_t)(4 * rows * unit_lanes)), room((size_t)(8 * patterns)), room((size_t)(8 * patterns)),
                 room((size_t)(4 * units * units))};
    for (int64_t i = 0; i < units; i++)
        for (int64_t k = 0; k < patterns; k++) targets[i * pattern_lanes + k] = signs[k * units + i] > 0;
    hb_stream z = {5, HB_GOLDEN};
    for (int64_t i = 0; i < units; i++)
        for (int64_t j = 0; j < units; j++) a.weights[i * unit_lanes + j] = i == j ? 0.0f : (float)(hb_next(&z) >> 40) / 8388608.0f - 1.0f;
    for (int t = 0; t < 5; t++) schedule[3 * t] = 2.3f, schedule[3 * t + 1] = 0.05f, schedule[3 * t + 2] = 1.5f;
    hb_ascent ascent = {.kind = kind,
                        .units = units,
                        .unit_lanes = unit_lanes,
                        .patterns = patterns,
                        .pattern_lanes = pattern_lanes,
                        .unit_codes = codes(signs, units, 1, patterns, units, pattern_lanes),
                        .pattern_codes = codes(signs, patterns, units, units, 1, unit_lanes),
                        .targets = targets,
                        .bins = 60,
                        .range = 20.0,
                        .gain = {0.3, -0.2, 1.0, 0.4, 0.1},
                        .norm = norm};
    level->ascend(&ascent, 0, units, a.weights, moments, moments + rows * unit_lanes, schedule, 5, room((size_t)hb_ascent_bytes(&ascent)));
    for (int64_t k = 0; k < patterns; k++) {
        column[k] = signs[k * units];
        for (int64_t l = 0; l < patterns; l++)
            for (int64_t j = 0; j < units; j++) gram[k * patterns + l] += (float)(signs[k * units + j] * signs[l * units + j]);
    }
    hb_dual dual = {.patterns = patterns, .units = units, .gram = gram, .targets = column};
    double sums[3] = {0, 0, 1e300}, other[3] = {0, 0, 0};
    level->perceptron(&dual, 0.1, 20, room((size_t)(8 * patterns)), room((size_t)(8 * patterns)), sums, a.strengths);
    level->adatron(&dual, 1.5, 0.01, 20, a.stable, room((size_t)(8 * patterns)), other);
    level->bounded(signs, patterns, units, 2, 0, units / 2, a.sums);
    level->bounded(signs, patterns, units, 2, units / 2, units, a.sums);
    return a;
}

int main(void) {
    const int64_t sizes[][2] = {{2, 1}, {5, 3}, {16, 17}, {33, 64}, {70, 41}};
    for (int level = 0; level < HB_LEVELS; level++) {
        if (!levels[level].runs_here()) continue;
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            int64_t units = sizes[s][0], patterns = sizes[s][1];
            int8_t *signs = room((size_t)(units * patterns));
            for (int64_t j = 0; j < units * patterns; j++) signs[j] = hb_next(&stream) & 1 ? 1 : -1;
            for (int kind = HB_ATOMS; kind <= HB_LIKELIHOOD; kind++)
                for (int norm = 0; norm < 2; norm++) {
                    answers got = run(&hb_training_table[level], signs, patterns, units, kind, 3.0 * norm);
                    answers expected = run(&hb_training_table[HB_LEVELS - 1], signs, patterns, units, kind, 3.0 * norm);
                    const char *name = levels[level].name;
                    same(got.weights, expected.weights, (size_t)(4 * units * up(units, 16)), name, "weights", units, patterns);
                    same(got.strengths, expected.strengths, (size_t)(8 * patterns), name, "perceptron", units, patterns);
                    same(got.stable, expected.stable, (size_t)(8 * patterns), name, "adatron", units, patterns);
                    same(got.sums, expected.sums, (size_t)(4 * units * units), name, "bounded", units, patterns);
                }
            clear_rooms();
        }
        printf("%s ", levels[level].name);
    }
    printf("agree\n");
    return 0;
}
