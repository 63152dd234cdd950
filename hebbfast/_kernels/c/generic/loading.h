/* States come into a workspace: their overlaps or fields, alone or a block of states at once; and a flip keeps them true. */

#define HB_ROWS_TOGETHER 4
#define HB_FOURS 4 /* rows in a block, over four */

#define HB_COUPLING int16_t
#define HB_PARTIAL int32_t
#define HB_INTEGER int32_t
#define HB_SIZED(name) HB(name##16)
#include "couplings.h"
#define HB_COUPLING int32_t
#define HB_PARTIAL int32_t
#define HB_INTEGER int32_t
#define HB_SIZED(name) HB(name##32)
#include "couplings.h"
#define HB_COUPLING int64_t
#define HB_PARTIAL int64_t
#define HB_INTEGER int64_t
#define HB_SIZED(name) HB(name##64)
#include "couplings.h"

/* f of the width of the couplings; those up to 32 bits have the same fields. */
#define HB_CALL_SIZED(f, ...)                                       \
    do {                                                            \
        if (m->kind == HB_COUPLINGS16) HB(f##16)(__VA_ARGS__);      \
        else if (m->kind == HB_COUPLINGS32) HB(f##32)(__VA_ARGS__); \
        else HB(f##64)(__VA_ARGS__);                                \
    } while (0)

HB_TARGET static void HB(add_twice)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    if (r->halved) HB(turn)(m, r, unit, bit);
    else if (r->fine) HB(turn_fine)(m, r, unit, bit);
    else HB_CALL_SIZED(add_twice, m, r, unit, bit);
}

/* The fields of state q of `count`, alone or from a block of states. */
HB_TARGET static void HB(first_fields)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    size_t bytes = (size_t)((m->kind == HB_COUPLINGS64 ? 8 : 4) * m->units);
    const uint64_t *state = states + q * m->row_words;
    if (q < r->shared_from || q >= r->shared_from + r->shared_count) {
        int64_t block = count - q < HB_TOGETHER ? count - q : HB_TOGETHER;
        r->shared_from = q;
        r->shared_count = block < 8 || hb_sparse(m) ? 0 : block;
        if (r->shared_count) HB_CALL_SIZED(field_block, m, state, block, r->shared);
    }
    if (r->shared_count) memcpy(r->fields, (char *)r->shared + (size_t)(q - r->shared_from) * bytes, bytes);
    else HB_CALL_SIZED(field_rows, m, state, r->fields);
}

HB_TARGET static void HB(take_overlaps)(const hb_model *m, hb_run *r, const int32_t *overlaps) {
    for (int64_t k = 0; k < m->patterns.count; k++) r->agreements[k] = (int32_t)(((int64_t)overlaps[k] + m->units) / 2);
}

/* The agreements of state q of `count`, alone or from a block of states. */
HB_TARGET static void HB(agree)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    if (q < r->shared_from || q >= r->shared_from + r->shared_count) {
        int64_t block = count - q < hb_sharing(m) ? count - q : hb_sharing(m);
        r->shared_from = q;
        r->shared_count = block < 4 ? 0 : block;
        if (r->shared_count) HB(overlap_block)(m->patterns.rows, m->patterns.count, m->units, states + q * m->row_words, block, r->shared);
    }
    if (r->shared_count == 0) {
        HB(agreements)(m->patterns.rows, m->patterns.count, m->units, states + q * m->row_words, r->agreements);
        return;
    }
    HB(take_overlaps)(m, r, (const int32_t *)r->shared + (q - r->shared_from) * m->patterns.count);
}

/* Takes a state into the workspace, whose agreements are there already. */
HB_TARGET static void HB(load_agreed)(const hb_model *m, hb_run *r) {
    r->reading = 1;
    r->ahead = 0;
    r->sums.weighed = 0;
    if (m->gain.times)
        memset(r->sums.narrow + m->patterns.count, 0, (size_t)(4 * (hb_round_up(m->patterns.count, 64) - m->patterns.count)));
    else if (m->planes != HB_SLICED)
        memset(r->sums.exact + m->patterns.count, 0, (size_t)(8 * (hb_round_up(m->patterns.count, 64) - m->patterns.count)));
    if (m->planes) HB(load_planes)(m, r);
}

/* Takes state q of `count` into the workspace; `alone` if it has moved since the overlaps of its block were shared. */
HB_TARGET static void HB(load)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count, int alone) {
    if (hb_in_patterns(m)) {
        if (alone) HB(agreements)(m->patterns.rows, m->patterns.count, m->units, states + q * m->row_words, r->agreements);
        else HB(agree)(m, r, states, q, count);
        HB(load_agreed)(m, r);
        return;
    }
    r->reading = 0;
    if (r->halved) HB(load_halves)(m, r, states, q, count);
    else if (r->fine) HB(load_fine)(m, r, states + q * m->row_words);
    else HB(first_fields)(m, r, states, q, count);
}

/* A flip of a unit whose column is `column`, or its inverse under `turn`: agreements go up or down by one. For n = 2 a weight is 8 w m and
   follows them, if it is kept. */
enum { HB(FORGOTTEN), HB(KEPT), HB(KEPT_NARROW) };
HB_TARGET HB_INLINE void HB(agree_anew)(const hb_model *m, hb_run *r, const uint64_t *column, uint64_t turn, const int kept) {
    const int64_t *restrict multitude = m->gain.multitude;
    const int32_t *restrict times = m->gain.times;
    int64_t *restrict weights = r->sums.exact, total = 0;
    int32_t *restrict narrow = r->sums.narrow, *restrict agreements = r->agreements, small = 0;
    for (int64_t k = 0; k < m->patterns.count; k += 64) {
        uint64_t word = column[k >> 6] ^ turn;
        int64_t width = m->patterns.count - k < 64 ? m->patterns.count - k : 64;
        for (int64_t j = 0; j < width; j++) agreements[k + j] += (int32_t)(word >> j & 1) * 2 - 1;
        for (int64_t j = 0; j < width && kept == HB(KEPT); j++) {
            int64_t minus = (int64_t)(word >> j & 1) - 1, step = ((16 * multitude[k + j]) ^ minus) - minus;
            weights[k + j] += step;
            total += step;
        }
        for (int64_t j = 0; j < width && kept == HB(KEPT_NARROW); j++) {
            int32_t minus = (int32_t)(word >> j & 1) - 1, step = ((16 * times[k + j]) ^ minus) - minus;
            narrow[k + j] += step;
            small += step;
        }
    }
    total += small;
    r->sums.weighed = kept != HB(FORGOTTEN);
    r->sums.total += total;
    r->sums.differ += total / 2;
}

/* Unit i has taken the value `bit` in `state`: one pass over K, or over the couplings of a unit. */
HB_TARGET static void HB(flip)(const hb_model *m, hb_run *r, const uint64_t *state, int64_t unit, int bit) {
    if (m->planes) {
        HB(flip_planes)(m, r, state, unit);
    } else if (hb_in_patterns(m)) {
        const uint64_t *column = hb_column(m, unit);
        uint64_t turn = bit ? 0 : ~(uint64_t)0;
        int kept = r->sums.weighed && m->kind == HB_EXACT && m->gain.multitude && m->gain.power == 2 && !m->gain.rectified;
        if (!kept) HB(agree_anew)(m, r, column, turn, HB(FORGOTTEN));
        else if (m->gain.times) HB(agree_anew)(m, r, column, turn, HB(KEPT_NARROW));
        else HB(agree_anew)(m, r, column, turn, HB(KEPT));
    } else {
        HB(add_twice)(m, r, unit, bit);
    }
}

/* h_i of some units in each state. */
HB_TARGET static void HB(fields)(const hb_model *m, const uint64_t *states, int64_t count, const uint32_t *units, int64_t unit_count,
                                 double *out, void *workspace) {
    hb_run *r = workspace;
    hb_lay_out(m, NULL, workspace);
    r->held = HB_NOTHING;
    r->shared_count = 0;
    for (int64_t q = 0; q < count; q++) {
        HB(load)(m, r, states, q, count, 0);
        for (int64_t j = 0; j < unit_count; j++) *out++ = HB(field)(m, r, units[j], hb_bit(states + q * m->row_words, units[j]));
    }
}

#undef HB_ROWS_TOGETHER
#undef HB_FOURS
#undef HB_CALL_SIZED
