/* Overlaps of a block of states with some patterns after another; what reaches the bar of a state is looked at. */

#define HB_GLANCE 16 /* overlaps that are compared with a bar at once */

/* The largest of n overlaps, at most HB_GLANCE. */
HB_TARGET HB_INLINE int32_t HB(largest)(const int32_t *x, int64_t n) {
    int32_t most = x[0];
    if (n == HB_GLANCE)
        for (int j = 1; j < HB_GLANCE; j++) most = x[j] > most ? x[j] : most;
    else
        for (int64_t j = 1; j < n; j++) most = x[j] > most ? x[j] : most;
    return most;
}

/* What one state has found so far. */
typedef struct {
    uint64_t *heap;
    int64_t size, *counts;
    int32_t best;
} HB(findings);

/* What blocks of states and patterns share: room for overlaps, and rows where only known units are left. */
typedef struct {
    int32_t *overlaps;
    uint64_t *rows, *states;
    int64_t step;
    int32_t unknown; /* units that are set to agree everywhere */
} HB(search_room);

HB_TARGET static HB(search_room) HB(open_search)(const hb_search *s, int64_t count, char *memory) {
    HB(search_room) r = {0};
    int64_t states = count < HB_SEARCH_STATES ? count : HB_SEARCH_STATES;
    r.step = hb_search_rows(s, count), r.overlaps = (int32_t *)memory;
    memory += hb_round_up(4 * states * r.step, 64);
    r.rows = (uint64_t *)memory;
    r.states = (uint64_t *)(memory + hb_round_up(8 * r.step * s->row_words, 64));
    r.unknown = s->known ? (int32_t)(s->units - s->known_units) : 0;
    return r;
}

HB_TARGET static void HB(mask_rows)(const hb_search *s, const uint64_t *rows, int64_t count, uint64_t *out) {
    for (int64_t k = 0; k < count; k++)
        for (int64_t w = 0; w < s->row_words; w++) out[k * s->row_words + w] = rows[k * s->row_words + w] & s->known[w];
}

/* The states, without their unknown units. */
HB_TARGET static const uint64_t *HB(search_states)(const hb_search *s, const HB(search_room) *r, const uint64_t *states, int64_t count) {
    if (s->known == NULL) return states;
    HB(mask_rows)(s, states, count, r->states);
    return r->states;
}

/* Overlaps of `count` states (masked before) with rows first..first+width-1, state by state; unknown units count as agreeing. */
HB_TARGET static void HB(search_overlaps)(const hb_search *s, const HB(search_room) *r, const uint64_t *states, int64_t count,
                                          int64_t first, int64_t width) {
    const uint64_t *rows = s->rows + first * s->row_words;
    if (s->known) {
        HB(mask_rows)(s, rows, width, r->rows);
        rows = r->rows;
    }
    HB(overlaps)(rows, width, s->units, states, count, r->overlaps);
}

/* The overlap from which a pattern is kept, and that from which it is counted. */
HB_INLINE int64_t HB(kept_from)(const hb_search *s, const HB(findings) *f, int64_t top) {
    return f->size < top ? INT32_MIN : top ? hb_key_overlap(f->heap[0], s->units) + 1 : INT64_MAX;
}
HB_INLINE int64_t HB(counted_from)(const hb_search *s, const HB(findings) *f) { return s->reach < 0 ? INT64_MAX : f->best - s->reach; }

/* The overlaps m + unknown of one state with rows first..first+width-1. A group that reaches a bar is counted as a whole: what lies too
   low is taken back at the end. */
HB_TARGET static void HB(look)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int64_t top, int32_t unknown,
                               HB(findings) *found) {
    HB(findings) f = *found;
    int64_t known = s->units - unknown, kept = HB(kept_from)(s, &f, top), counted = HB(counted_from)(s, &f);
    for (int64_t k = 0; k < width; k += HB_GLANCE) {
        int64_t n = width - k < HB_GLANCE ? width - k : HB_GLANCE, most = HB(largest)(m + k, n) - unknown;
        if (most < (kept < counted ? kept : counted)) continue;
        if (most >= counted) {
            for (int64_t j = 0; j < n; j++) f.counts[(m[k + j] - unknown + known) >> 1] += s->multitude ? s->multitude[first + k + j] : 1;
            if (most > f.best) f.best = (int32_t)most;
            counted = HB(counted_from)(s, &f);
        }
        if (most < kept) continue;
        for (int64_t j = 0; j < n; j++) {
            int64_t overlap = m[k + j] - unknown;
            if (overlap < kept) continue;
            uint64_t key = hb_key(overlap, s->units, s->base + first + k + j);
            if (f.size < top) hb_rise(f.heap, f.size++, key);
            else hb_sink(f.heap, top, 0, key);
            kept = HB(kept_from)(s, &f, top);
        }
    }
    *found = f;
}

/* The keys of a heap in order, the largest first. */
HB_TARGET static void HB(put_in_order)(uint64_t *heap, int64_t size) {
    for (int64_t last = size - 1; last > 0; last--) { /* the smallest key goes behind the others */
        uint64_t key = heap[last];
        heap[last] = heap[0];
        hb_sink(heap, last, 0, key);
    }
}

/* keys: for each state s->top places; best, and histogram (units + 1 a state, by agreeing known units, zero before), where s->reach is
   not negative. */
HB_TARGET static void HB(search)(const hb_search *s, const uint64_t *states, int64_t count, uint64_t *keys, int32_t *best,
                                 int64_t *histogram, void *workspace) {
    HB(search_room) r = HB(open_search)(s, count, workspace);
    HB(findings) found[HB_SEARCH_STATES];
    for (int64_t q0 = 0; q0 < count; q0 += HB_SEARCH_STATES) {
        int64_t block = count - q0 < HB_SEARCH_STATES ? count - q0 : HB_SEARCH_STATES;
        const uint64_t *cues = HB(search_states)(s, &r, states + q0 * s->row_words, block);
        for (int64_t q = 0; q < block; q++) {
            found[q].heap = keys + (q0 + q) * s->top, found[q].size = 0;
            found[q].counts = histogram + (q0 + q) * (s->units + 1), found[q].best = -(int32_t)s->units;
        }
        for (int64_t first = 0; first < s->patterns; first += r.step) {
            int64_t width = s->patterns - first < r.step ? s->patterns - first : r.step;
            HB(search_overlaps)(s, &r, cues, block, first, width);
            for (int64_t q = 0; q < block; q++) HB(look)(s, r.overlaps + q * width, first, width, s->top, r.unknown, &found[q]);
        }
        for (int64_t q = 0; q < block; q++) {
            HB(put_in_order)(found[q].heap, s->top);
            if (s->reach < 0) continue;
            int64_t lowest = (found[q].best - s->reach + s->units - r.unknown + 1) >> 1;
            best[q0 + q] = found[q].best;
            if (lowest > 0) memset(found[q].counts, 0, sizeof(int64_t) * (size_t)lowest);
        }
    }
}

/* sums += weights[(best - m) / 2] ξ over rows first..first+width-1 with m from best - reach on. */
HB_TARGET static void HB(blend_rows)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int64_t best,
                                     const int64_t *weights, int64_t *sums) {
    for (int64_t k = 0; k < width; k++) {
        if (k % HB_GLANCE == 0 && k + HB_GLANCE <= width && HB(largest)(m + k, HB_GLANCE) < best - s->reach) {
            k += HB_GLANCE - 1;
            continue;
        }
        if (m[k] < best - s->reach || m[k] > best) continue;
        const uint64_t *row = s->rows + (first + k) * s->row_words;
        int64_t weight = weights[(best - m[k]) >> 1];
        for (int64_t w = 0; w < s->row_words; w++)
            for (int64_t j = 0; j < 64; j++) {
                int64_t minus = (int64_t)(row[w] >> j & 1) - 1; /* 0 for +1, all ones for -1 */
                sums[64 * w + j] += (weight ^ minus) - minus;
            }
    }
}

/* sums (64 * row_words a state, zero before) += weights[(best - m) / 2] ξ, over the patterns with m >= best - s->reach. */
HB_TARGET static void HB(blend)(const hb_search *s, const uint64_t *states, int64_t count, const int32_t *best, const int64_t *weights,
                                int64_t *sums, void *workspace) {
    HB(search_room) r = HB(open_search)(s, count, workspace);
    for (int64_t q0 = 0; q0 < count; q0 += HB_SEARCH_STATES) {
        int64_t block = count - q0 < HB_SEARCH_STATES ? count - q0 : HB_SEARCH_STATES;
        const uint64_t *cues = HB(search_states)(s, &r, states + q0 * s->row_words, block);
        for (int64_t first = 0; first < s->patterns; first += r.step) {
            int64_t width = s->patterns - first < r.step ? s->patterns - first : r.step;
            HB(search_overlaps)(s, &r, cues, block, first, width);
            for (int64_t q = 0; q < block; q++)
                HB(blend_rows)(s, r.overlaps + q * width, first, width, best[q0 + q] + r.unknown, weights,
                               sums + (q0 + q) * 64 * s->row_words);
        }
    }
}

/* sums[q][i] = Σ_k ±values[q][k], plus where bit k of column i is set. Values are zero padded to 64 * words, and their sizes add up to
   less than 2^63. */
HB_TARGET static void HB(tally)(const uint64_t *columns, int64_t units, int64_t words, const int64_t *values, int64_t count,
                                int64_t *sums) {
    for (int64_t q = 0; q < count; q++, values += 64 * words, sums += units) {
        uint64_t total = 0;
        for (int64_t k = 0; k < 64 * words; k++) total += (uint64_t)values[k];
        for (int64_t i = 0; i < units; i++) sums[i] = (int64_t)(2 * (uint64_t)HB(sum_where)(columns + i * words, words, values) - total);
    }
}
#undef HB_GLANCE
