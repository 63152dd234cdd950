/* Compares the search of patterns at every level that runs here with `scalar`, and tallies with plain sums, as check_levels.c does recall. */
#include "search.h"

#include "room.h"

static hb_stream stream = {20261126, HB_GOLDEN};

static uint64_t *drawn(int64_t rows, int64_t bits) {
    int64_t words = (bits + 63) / 64;
    uint64_t *out = room((size_t)(8 * rows * words));
    for (int64_t j = 0; j < rows * words; j++) out[j] = hb_next(&stream) & (j % words == words - 1 ? hb_tail(bits) : ~(uint64_t)0);
    return out;
}

/* Values of about so many digits, and some that are larger. */
static void check_tally(int level, int64_t units, int64_t patterns, int digits) {
    int64_t words = (patterns + 63) / 64, *values = room((size_t)(8 * 64 * words)), *sums = room((size_t)(8 * units));
    int64_t *expected = room((size_t)(8 * units));
    uint64_t *columns = drawn(units, patterns);
    for (int64_t k = 0; k < patterns; k++) {
        int64_t size = (int64_t)(hb_next(&stream) >> 1 >> (63 - (k % 97 ? digits : 52)));
        values[k] = hb_next(&stream) & 1 ? size : -size;
    }
    if (digits == 63) memset(values, 0, (size_t)(8 * patterns)), values[0] = INT64_MIN + 1;
    for (int64_t i = 0; i < units; i++)
        for (int64_t k = 0; k < patterns; k++) expected[i] += hb_bit(columns + i * words, k) ? values[k] : -values[k];
    hb_search_table[level].tally(columns, words, units, words, values, 1, sums);
    same(sums, expected, (size_t)(8 * units), levels[level].name, "tally", units, patterns);
}

/* Weights of about so many digits, of all patterns, more than are added up at once; sums wrap alike. */
static void check_blend(int level, int64_t units, int64_t patterns, int digits) {
    int64_t words = (units + 63) / 64, *weights = room((size_t)(8 * (units + 1))), *sums = room((size_t)(8 * 64 * words));
    uint64_t *rows = drawn(patterns, units), *state = drawn(1, units), *expected = room((size_t)(8 * 64 * words));
    int64_t *many = room((size_t)(8 * patterns));
    for (int64_t k = 0; k < patterns; k++) many[k] = digits & 1 ? (int64_t)hb_next(&stream) >> digits : 1;
    hb_search s = {patterns, units, words, rows, NULL, units, 0, 0, 2 * units, digits & 1 ? many : NULL};
    void *memory = room((size_t)hb_round_up(hb_search_bytes(&s, 1), 64));
    int32_t best = (int32_t)units;
    for (int64_t a = 0; a <= units; a++) weights[a] = (int64_t)hb_next(&stream) >> (63 - digits);
    weights[0] = INT64_MAX, weights[units] = INT64_MIN;
    for (int64_t k = 0; k < patterns; k++) {
        int64_t differing = 0;
        for (int64_t i = 0; i < units; i++) differing += hb_bit(rows + k * words, i) != hb_bit(state, i);
        for (int64_t j = 0; j < 64 * words; j++)
            expected[j] += (uint64_t)weights[differing] * (uint64_t)many[k] * (hb_bit(rows + k * words, j) ? 1 : UINT64_MAX);
    }
    hb_search_table[level].blend(&s, state, 1, &best, weights, sums, memory);
    same(sums, expected, (size_t)(8 * 64 * words), levels[level].name, "blend of all", units, patterns);
}

typedef struct {
    uint64_t *keys;
    int32_t *best;
    int64_t *histogram, *sums;
} answers;

enum { STATES = 5 };

static answers run(int level, const hb_search *s, const uint64_t *states) {
    const hb_searchers *searchers = &hb_search_table[level];
    answers a = {room((size_t)(8 * STATES * s->top)), room(4 * STATES), room((size_t)(8 * STATES * (s->units + 1))),
                 room((size_t)(8 * STATES * 64 * s->row_words))};
    int64_t *weights = room((size_t)(8 * (s->reach / 2 + 1)));
    void *memory = room((size_t)hb_round_up(hb_search_bytes(s, STATES), 64));
    for (int64_t j = 0; j <= s->reach / 2; j++) weights[j] = 1000 - j;
    searchers->search(s, states, STATES, a.keys, a.best, a.histogram, memory);
    searchers->blend(s, states, STATES, a.best, weights, a.sums, memory);
    return a;
}

int main(void) {
    const int64_t sizes[][2] = {{1, 1}, {2, 70}, {64, 33}, {65, 640}, {300, 1100}};
    for (int level = 0; level < HB_LEVELS; level++) {
        if (!levels[level].runs_here()) continue;
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            int64_t units = sizes[j][0], patterns = sizes[j][1], tops[] = {1, patterns < 16 ? patterns : 16, patterns};
            for (int digits = 0; digits <= 63; digits += digits < 48 ? 6 : 15) check_tally(level, units, 4 * patterns, digits);
            for (int digits = 0; digits <= 63; digits += 7) check_blend(level, units, patterns, digits);
            uint64_t *rows = drawn(patterns, units), *states = drawn(STATES, units), *known = drawn(1, units);
            known[0] |= 1;
            int64_t left = 0;
            for (int64_t i = 0; i < units; i++) left += hb_bit(known, i);
            for (int t = 0; t < 3; t++)
                for (int masked = 0; masked < 2; masked++) {
                    hb_search s = {patterns, units, (units + 63) / 64, rows, masked ? known : NULL, masked ? left : units, 7, tops[t],
                                   10,       NULL};
                    answers got = run(level, &s, states), expected = run(HB_LEVELS - 1, &s, states);
                    const char *name = levels[level].name;
                    same(got.keys, expected.keys, (size_t)(8 * STATES * s.top), name, "keys", units, patterns);
                    same(got.best, expected.best, 4 * STATES, name, "best overlaps", units, patterns);
                    same(got.histogram, expected.histogram, (size_t)(8 * STATES * (units + 1)), name, "histogram", units, patterns);
                    same(got.sums, expected.sums, (size_t)(8 * STATES * 64 * s.row_words), name, "blend", units, patterns);
                }
            clear_rooms();
        }
        printf("%s ", levels[level].name);
    }
    printf("agree\n");
    return 0;
}
