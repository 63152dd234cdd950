/* Compares every level of the kernels that runs here with `scalar`, without Python: the NEON level runs so under an emulator.
   Prints the levels it checked; exits with 1 at the first difference. */
#include "kernels.h"
#include "room.h"

static hb_stream stream = {20261123, HB_GOLDEN};

static int64_t power(int64_t x, int n) { return n == 1 ? x : x * power(x, n - 1); }

typedef struct {
    int8_t *unpacked;
    uint64_t *rows, *columns, *states, *previous;
    int32_t *overlaps;
    double *fields, *energies;
    int64_t *progress;
} answers;

enum { STATES = 6 };

static answers run(const hb_kernels *level, const int8_t *signs, int64_t patterns, int64_t units, int kind, int planes, int degree,
                   const hb_dynamics *d) {
    int64_t row_words = (units + 63) / 64, column_words = (patterns + 63) / 64;
    answers a = {room(units * patterns),         room(8 * patterns * row_words),
                 room(8 * units * column_words), room(8 * STATES * row_words),
                 room(8 * STATES * row_words),   room(4 * STATES * patterns),
                 room(8 * STATES * units),       room(16 * STATES),
                 room(8 * STATES * HB_PROGRESS)};
    int64_t *gain = room(8 * (units + 2)), *powers = room(8 * (units + 1));
    double *gain_float = room(8 * (units + 2));
    level->pack(signs, patterns, units, a.rows);
    level->unpack(a.rows, patterns, units, a.unpacked);
    int64_t cut = patterns / 128 * 64; /* in two pieces */
    level->transpose(a.rows, patterns, units, 0, cut, a.columns);
    level->transpose(a.rows, patterns, units, cut, patterns, a.columns);
    for (int64_t q = 0; q < STATES; q++) {
        hb_stream z = {77 + (uint64_t)q, HB_GOLDEN};
        for (int64_t w = 0; w < row_words; w++)
            a.states[q * row_words + w] = a.rows[q % patterns * row_words + w] ^ (hb_next(&z) & hb_next(&z));
        a.states[(q + 1) * row_words - 1] &= hb_tail(units);
        uint64_t words[2] = {1000 + (uint64_t)q, 2000 + (uint64_t)q};
        hb_seed(words, 1, a.progress + q * HB_PROGRESS, HB_PROGRESS);
    }
    level->overlaps(a.rows, patterns, units, a.states, STATES, a.overlaps);
    for (int64_t j = 0; j < units + 2; j++) {
        gain[j] = power(2 * j - units, degree) - power(2 * j - units - 2, degree);
        gain_float[j] = (double)gain[j];
    }
    for (int64_t j = 0; j <= units; j++) powers[j] = power(2 * j - units, degree);
    int64_t *bias = room(8 * units);
    for (int64_t i = 0; i < units; i++) bias[i] = (i % 7 - 3) * units;
    int plane_limit = 1; /* bits of a signed half overlap: tight, as the bridge has it, so that no plane behind the last is read */
    while ((int64_t)1 << (plane_limit - 1) <= (units + 1) / 2) plane_limit++;
    hb_model m = {
        .kind = kind,
        .planes = planes,
        .plane_limit = plane_limit,
        .units = units,
        .row_words = row_words,
        .patterns = {.count = patterns, .column_words = column_words, .column_stride = column_words, .rows = a.rows, .columns = a.columns},
        .gain = {.form = HB_POWER,
                 .power = degree,
                 .limbs = kind == HB_FILTERED ? 2 : 0,
                 .bias = planes ? NULL : bias,
                 .plain = planes,
                 .exact = gain,
                 .rounded = gain_float,
                 .power_table = powers,
                 .divisor = 2.0 * degree,
                 .energy_divisor = degree,
                 .error = 1e-9}};
    void *workspace = room((size_t)hb_lay_out(&m, NULL, NULL)), *kept = room((size_t)hb_lay_out(&m, d, NULL));
    uint32_t *every = room(4 * units);
    for (int64_t i = 0; i < units; i++) every[i] = (uint32_t)i;
    level->fields(&m, a.states, STATES, every, units, a.fields, workspace);
    level->energies(&m, a.overlaps, a.states, STATES, a.energies, workspace);
    level->recall(&m, d, a.states, a.previous, a.progress, 4, 0, STATES, INT64_MAX / 2, a.energies + STATES, kept);
    return a;
}

static void check(const hb_kernels *level, const hb_kernels *scalar, int64_t patterns, int64_t units, int kind, int planes, int degree,
                  hb_dynamics d) {
    int8_t *signs = room(units * patterns);
    for (int64_t j = 0; j < units * patterns; j++) signs[j] = hb_next(&stream) & 1 ? 1 : -1;
    answers a = run(level, signs, patterns, units, kind, planes, degree, &d),
            b = run(scalar, signs, patterns, units, kind, planes, degree, &d);
    int64_t row_words = (units + 63) / 64, column_words = (patterns + 63) / 64;
    int64_t bits = level->count_bits(a.rows, patterns * row_words), ones = scalar->count_bits(a.rows, patterns * row_words);
    uint64_t any = level->read_words(a.rows, patterns * row_words), all = scalar->read_words(a.rows, patterns * row_words);
    same(&bits, &ones, sizeof bits, level->name, "count_bits", units, patterns);
    same(&any, &all, sizeof any, level->name, "read_words", units, patterns);
    same(signs, a.unpacked, units * patterns, level->name, "unpack(pack)", units, patterns);
    same(a.rows, b.rows, 8 * patterns * row_words, level->name, "pack", units, patterns);
    same(a.columns, b.columns, 8 * units * column_words, level->name, "transpose", units, patterns);
    same(a.overlaps, b.overlaps, 4 * STATES * patterns, level->name, "overlaps", units, patterns);
    same(a.fields, b.fields, 8 * STATES * units, level->name, "fields", units, patterns);
    same(a.energies, b.energies, 16 * STATES, level->name, "energies", units, patterns);
    same(a.progress, b.progress, 8 * STATES * HB_PROGRESS, level->name, "progress", units, patterns);
    same(a.states, b.states, 8 * STATES * row_words, level->name, "states", units, patterns);
    clear_rooms();
}

/* Fields and recall by couplings of 8 or 64 bits; `limit` of 16 bits, and what is asked at every visit, as the bridge has them. */
static answers run_couplings(const hb_kernels *level, int64_t units, int wide, int64_t limit, int asked, const hb_dynamics *d) {
    enum { MANY = 12 };
    hb_stream z = {(uint64_t)(units + wide), HB_GOLDEN};
    int64_t row_words = (units + 63) / 64;
    answers a = {.states = room(8 * MANY * row_words),
                 .previous = room(8 * MANY * row_words),
                 .fields = room(8 * MANY * units),
                 .energies = room(8 * MANY),
                 .progress = room(8 * MANY * HB_PROGRESS)};
    char *outgoing = room((wide ? 8 : 1) * units * units), *bias = room((wide ? 8 : 4) * units);
    for (int64_t j = 0; j < units * units; j++) {
        int64_t w = j % (units + 1) ? (int64_t)hb_next(&z) >> (wide ? 14 : 60) : 0;
        if (wide) ((int64_t *)outgoing)[j] = w;
        else outgoing[j] = (char)w;
    }
    for (int64_t q = 0; q < MANY; q++) {
        for (int64_t w = 0; w < row_words; w++) a.states[q * row_words + w] = hb_next(&z);
        a.states[(q + 1) * row_words - 1] &= hb_tail(units);
        uint64_t words[2] = {1000 + (uint64_t)q, 2000 + (uint64_t)q};
        hb_seed(words, 1, a.progress + q * HB_PROGRESS, HB_PROGRESS);
    }
    hb_model m = {.kind = wide ? HB_COUPLINGS64 : HB_COUPLINGS8,
                  .units = units,
                  .row_words = row_words,
                  .couplings = {.outgoing = outgoing, .bias = bias, .scale = 1, .divisor = 1}};
    char *memory = room((size_t)hb_round_up(wide ? hb_filter_bytes(units) : hb_halves_bytes(units), 64));
    m.halves = wide ? hb_filter((int64_t *)outgoing, (int64_t *)bias, units, 0, limit, asked, memory)
                    : hb_halve((int8_t *)outgoing, (int32_t *)bias, units, limit, 1, memory);
    uint32_t *every = room(4 * units);
    for (int64_t i = 0; i < units; i++) every[i] = (uint32_t)i;
    level->fields(&m, a.states, MANY, every, units, a.fields, room((size_t)hb_lay_out(&m, NULL, NULL)));
    level->recall(&m, d, a.states, a.previous, a.progress, 4, 0, MANY, INT64_MAX / 2, wide ? NULL : a.energies,
                  room((size_t)hb_lay_out(&m, d, NULL)));
    return a;
}

static void check_couplings(const hb_kernels *level, const hb_kernels *scalar, int64_t units, int wide) {
    static const int64_t limits[] = {INT16_MAX, 2500, 0};
    double cold = 0;
    for (int tie = 0; tie < 3; tie++) {
        hb_dynamics d = {
            .synchronous = units % 5 == 4, .order = HB_RANDOM, .tie = tie, .covers = 1, .temperatures = &cold, .by_sweep = 1, .sweeps = 1};
        answers a = run_couplings(level, units, wide, limits[tie], tie, &d), b = run_couplings(scalar, units, wide, INT16_MAX, 0, &d);
        same(a.fields, b.fields, 8 * 12 * units, level->name, "fields of couplings", units, wide);
        same(a.energies, b.energies, 8 * 12, level->name, "energies of couplings", units, wide);
        same(a.progress, b.progress, 8 * 12 * HB_PROGRESS, level->name, "progress of couplings", units, wide);
        same(a.states, b.states, 8 * 12 * ((units + 63) / 64), level->name, "states of couplings", units, wide);
        clear_rooms();
    }
}

int main(void) {
    static const int64_t sizes[] = {1, 7, 8, 31, 63, 64, 65, 127, 129, 191, 193, 257, 511, 513};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    const hb_kernels *scalar = &hb_table[HB_LEVELS - 1];
    for (int l = 0; l < HB_LEVELS; l++) {
        if (!hb_table[l].runs_here()) continue;
        for (int s = 0; s < 4 * SIZES; s++) {
            int64_t units = sizes[s % SIZES], patterns = sizes[(s * 5 + s / SIZES) % SIZES];
            int degree = 2 + s % 3, kind = s % 5 == 0 ? HB_FILTERED : HB_EXACT;
            int planes = s % 2 ? kind == HB_EXACT && degree < 5 ? HB_SLICED : HB_BOUNDED : HB_NO_PLANES;
            double schedule[2] = {s % 6 == 5 ? (double)units : 0, 0};
            hb_dynamics d = {.synchronous = s % 4 == 3,
                             .order = HB_RANDOM,
                             .tie = s % 3,
                             .covers = 1,
                             .temperatures = schedule,
                             .by_sweep = 1,
                             .sweeps = 1 + s % 2};
            check(&hb_table[l], scalar, patterns, units, kind, planes, degree, d);
        }
        double cold = 0;
        hb_dynamics d = {.order = HB_RANDOM, .tie = HB_PLUS, .covers = 1, .temperatures = &cold, .sweeps = 1};
        for (int s = 0; s < SIZES; s++)
            for (int wide = 0; wide < 2; wide++) check_couplings(&hb_table[l], scalar, sizes[s], wide);
        for (int64_t units = 1; units <= 40; units++) { /* few planes */
            check(&hb_table[l], scalar, 64 + units % 3, units, HB_EXACT, HB_SLICED, 2 + (int)(units % 3), d);
            check(&hb_table[l], scalar, 64, units, HB_EXACT, HB_SLICED, 3, d);
        }
        for (int degree = 2; degree < 5; degree++)
            check(&hb_table[l], scalar, 70, 5000, HB_EXACT, HB_SLICED, degree, d); /* more than HB_WIDE planes */
        check(&hb_table[l], scalar, 1100, 16000, HB_EXACT, HB_SLICED, 3, d);       /* tiles of 512 x 512, and columns fetched from afar */
        check(&hb_table[l], scalar, 9, 64 * 2049, HB_EXACT, HB_NO_PLANES, 2, d);   /* rows longer than the first cache */
        printf("%s ", hb_table[l].name);
    }
    printf("agree\n");
    return 0;
}
