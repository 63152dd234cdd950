/* The heat bath and Metropolis of the scalar level: logits against the C library, then a digest of runs of every kind of field, which must not depend
   on how often the rule is asked. Built as it is and with a huge HB_LOGIT_ERROR, under which every visit asks. */
#include "levels.h"
#include "shared/run.h"

#include "level/scalar/begin.h"
#include "body.h"
#include "level/end.h"
#include "room.h"

enum { STATES = 3, SWEEPS = 12 };

static uint64_t digest = 0xCBF29CE484222325u;
static hb_stream stream = {20261125, HB_GOLDEN};

static void take(const void *bytes, int64_t count) {
    for (int64_t j = 0; j < count; j++) digest = (digest ^ ((const uint8_t *)bytes)[j]) * 0x100000001B3u;
}

/* Draws that do not ask are as near as shared/thresholds.h says: 1.1e-6 + 1e-6, beside 1e-6 for a spread. */
static int check_logits(int metropolis) {
    hb_block b = {.count = HB_VISITS, .metropolis = metropolis};
    hb_stream s = {3, HB_GOLDEN};
    double worst = 0;
    int64_t asks = 0, draws = 4000 * HB_VISITS;
    for (int j = 0; j < 4000; j++, s.z += HB_VISITS * s.increment) {
        hb_draw_block(&b, &s, 1, 1000, 1);
        for (int64_t k = 0; k < HB_VISITS; k++) {
            double u = hb_drawn(&b, k), apart = fabs(b.at[k] / 1000.0 - (metropolis ? -log(u) : log(u) - log1p(-u)));
            if (b.ask[k]) asks++;
            else worst = apart > worst ? apart : worst;
        }
    }
    return worst < 3.1e-6 && asks > draws / 1500 && asks < draws / 700; /* one in 1024: 1000 +- 32 */
}

static void run(hb_model *m, double temperature, int order, int synchronous, int clamped, int metropolis) {
    int64_t words = m->row_words, units = m->units, moved = 0;
    uint64_t *states = room((size_t)(8 * STATES * words)), *previous = room((size_t)(8 * STATES * words)),
             *clamp = room((size_t)(8 * words));
    int64_t *progress = room(8 * STATES * HB_PROGRESS);
    uint32_t *visits = room((size_t)(4 * 3 * units));
    double schedule[4] = {2 * temperature, temperature, 0, temperature};
    for (int64_t j = 0; j < 3 * units; j++) visits[j] = (uint32_t)hb_below(&stream, units);
    for (int64_t w = 0; w < words; w++) clamp[w] = hb_next(&stream) & hb_next(&stream);
    for (int64_t q = 0; q < STATES; q++) {
        for (int64_t w = 0; w < words; w++) states[q * words + w] = hb_next(&stream) & (w == words - 1 ? hb_tail(units) : ~(uint64_t)0);
        uint64_t seed[2] = {hb_next(&stream), hb_next(&stream)};
        hb_seed(seed, 1, progress + q * HB_PROGRESS, HB_PROGRESS);
    }
    hb_dynamics d = {.synchronous = synchronous,
                     .order = order,
                     .tie = HB_KEEP,
                     .covers = order < HB_REPLACEMENT,
                     .metropolis = metropolis,
                     .temperatures = schedule,
                     .by_sweep = 1,
                     .sweeps = 4,
                     .visits = visits,
                     .visit_count = 3 * units,
                     .visit_sweeps = 1,
                     .clamp = clamped ? clamp : NULL};
    void *workspace = room((size_t)hb_lay_out(m, &d, NULL));
    for (int64_t limit = 1; limit <= SWEEPS; limit++)
        for (int64_t first = 0; first < STATES;)
            first =
                recall_scalar(m, &d, states, previous, progress, limit, first, STATES, limit % 3 ? 500 : INT64_MAX / 2, NULL, workspace);
    for (int64_t q = 0; q < STATES; q++) moved += progress[q * HB_PROGRESS + HB_FLIPS];
    take(states, 8 * STATES * words);
    take(progress, 8 * STATES * HB_PROGRESS);
    if (moved < STATES) digest = 0; /* a run that rests checks nothing */
}

static void run_all(hb_model *m, double temperature) {
    for (int order = HB_RANDOM; order <= HB_ARRAY; order++)
        for (int clamped = 0; clamped < 2; clamped++) run(m, temperature, order, 0, clamped, 0);
    for (int clamped = 0; clamped < 2; clamped++) {
        run(m, temperature, HB_SEQUENTIAL, 1, clamped, 0);
        run(m, temperature, HB_RANDOM, 0, clamped, 1);
    }
}

static void couplings(int64_t units) {
    int8_t *narrow = room((size_t)(units * units));
    int64_t *wide = room((size_t)(8 * units * units)), *wide_bias = room((size_t)(8 * units));
    int32_t *bias = room((size_t)(4 * units));
    for (int64_t j = 0; j < units * units; j++) {
        narrow[j] = (int8_t)(j % (units + 1) ? (int64_t)(hb_next(&stream) % 7) - 3 : 0);
        if (units % 2) narrow[j] = (int8_t)((narrow[j] > 0) - (narrow[j] < 0)); /* bits, or nearly */
        wide[j] = j % (units + 1) ? (int64_t)(hb_next(&stream) >> 20) - ((int64_t)1 << 43) : 0;
    }
    hb_model m = {.kind = HB_COUPLINGS8, .units = units, .row_words = (units + 63) / 64, .couplings = {narrow, bias, 0.5, 1}};
    m.halves = hb_halve(narrow, bias, units, INT16_MAX, units % 2 ? 1 : INT64_MAX, room((size_t)hb_round_up(hb_halves_bytes(units), 64)));
    run_all(&m, sqrt((double)units));
    run_all(&m, 1e-3);        /* all thresholds between two integers */
    m.couplings.scale = 1e-4; /* a margin */
    run_all(&m, 1e-4 * sqrt((double)units));
    m.couplings.scale = 1e-8;
    run_all(&m, 1e-3);
    m = (hb_model){.kind = HB_COUPLINGS64, .units = units, .row_words = (units + 63) / 64, .couplings = {wide, wide_bias, 0x1p-43, 1}};
    run_all(&m, sqrt((double)units));
    for (int64_t j = 0; j < units; j++)
        for (int64_t i = 0; i < j; i++) wide[j * units + i] = wide[i * units + j];
    m.halves = hb_filter(wide, wide_bias, units, 1, INT16_MAX, 0, room((size_t)hb_round_up(hb_filter_bytes(units), 64)));
    if (!m.halves.step) digest = 0; /* fine fields were not checked */
    run_all(&m, sqrt((double)units));
    clear_rooms();
}

static int64_t power(int64_t x, int n) { return n == 1 ? x : x * power(x, n - 1); }

static void patterns(int64_t count, int64_t units, int kind, int planes, int degree, double temperature) {
    int64_t row_words = (units + 63) / 64, column_words = (count + 63) / 64, *gain = room((size_t)(8 * (units + 2)));
    int8_t *signs = room((size_t)(units * count));
    uint64_t *rows = room((size_t)(8 * count * row_words)), *columns = room((size_t)(8 * units * column_words));
    double *rounded = room((size_t)(8 * (units + 2)));
    for (int64_t j = 0; j < units * count; j++) signs[j] = hb_next(&stream) & 1 ? 1 : -1;
    pack_scalar(signs, count, units, rows);
    transpose_scalar(rows, count, units, 0, count, columns);
    for (int64_t j = 0; j < units + 2; j++) {
        gain[j] = power(2 * j - units, degree) - power(2 * j - units - 2, degree);
        rounded[j] = (double)gain[j];
    }
    int limit = 1;
    while ((int64_t)1 << (limit - 1) <= (units + 1) / 2) limit++;
    hb_model m = {
        .kind = kind,
        .planes = planes,
        .plane_limit = limit,
        .units = units,
        .row_words = row_words,
        .patterns = {.count = count, .column_words = column_words, .column_stride = column_words, .rows = rows, .columns = columns},
        .gain = {.form = HB_POWER,
                 .plain = 1,
                 .power = degree,
                 .limbs = kind == HB_FILTERED ? 2 : 0,
                 .exact = gain,
                 .rounded = rounded,
                 .divisor = 2.0 * degree,
                 .energy_divisor = degree,
                 .error = 1e-9}};
    run_all(&m, temperature * pow((double)units, degree - 1));
    clear_rooms();
}

int main(void) {
    if (HB_LOGIT_ERROR < 1 && !(check_logits(0) && check_logits(1))) return 1;
    for (int64_t units = 63; units <= 65; units++) couplings(units);
    couplings(300);
    couplings(1);
    for (int degree = 2; degree <= 4; degree++)
        for (int64_t units = 40; units <= 65; units += 25) {
            patterns(70, units, HB_EXACT, HB_SLICED, degree, 0.5);
            patterns(70, units, HB_EXACT, HB_NO_PLANES, degree, 0.5);
            patterns(7, units, HB_FILTERED, HB_BOUNDED, degree, 0.5);
        }
    patterns(500, 280, HB_EXACT, HB_SLICED, 3, 0.2);
    printf("%016llx\n", (unsigned long long)digest);
    return digest == 0;
}
