/* Overlaps of a block of states with some patterns after another; what reaches the bar of a state is looked at. */

#define HB_GLANCE 16  /* overlaps that are looked at together */
#define HB_GLIMPSE 64 /* and passed by together, where none reaches the bar */

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

/* The overlap from which a pattern is kept, `bar` while there is room, and that from which it is counted. */
HB_INLINE int64_t HB(kept_from)(const hb_search *s, const HB(findings) *f, int64_t top, int64_t bar) {
    return f->size < top ? bar : top ? hb_key_overlap(f->heap[0], s->units) + 1 : INT64_MAX;
}
HB_INLINE int64_t HB(counted_from)(const hb_search *s, const HB(findings) *f) { return s->reach < 0 ? INT64_MAX : f->best - s->reach; }

/* A bar that `top` of these overlaps reach at least, so that few others need a look: the largest of as many groups. */
HB_TARGET static int64_t HB(reached)(const int32_t *m, int64_t width, int64_t top) {
    int32_t best[HB_GLANCE];
    if (top > HB_GLANCE || width < top * HB_GLANCE) return INT32_MIN;
    for (int64_t t = 0; t < top; t++) best[t] = INT32_MIN;
    for (int64_t k = 0; k + HB_GLANCE <= width; k += HB_GLANCE) {
        int32_t most = HB(largest)(m + k, HB_GLANCE);
        if (most <= best[top - 1]) continue;
        int64_t t = top - 1;
        for (; t > 0 && best[t - 1] < most; t--) best[t] = best[t - 1];
        best[t] = most;
    }
    return best[top - 1];
}

/* Is any of n overlaps, at most HB_GLIMPSE, at least `bar`? */
HB_TARGET HB_INLINE int HB(reach)(const int32_t *m, int64_t n, int64_t bar) {
    int32_t found = 0, least = (int32_t)(bar < INT32_MIN ? INT32_MIN : bar > INT32_MAX ? INT32_MAX : bar);
    if (n == HB_GLIMPSE)
        for (int j = 0; j < HB_GLIMPSE; j++) found |= m[j] >= least;
    else
        for (int64_t j = 0; j < n; j++) found |= m[j] >= least;
    return found;
}

/* The first of the largest overlaps, if nothing else is asked for. */
HB_TARGET static void HB(look_for_one)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int32_t unknown,
                                       HB(findings) *f) {
    int32_t most = m[0];
    int64_t k = 0;
    for (int64_t j = 0; j < width; j++) most = m[j] > most ? m[j] : most;
    if (f->size && most - unknown <= hb_key_overlap(f->heap[0], s->units)) return;
    while (!HB(reach)(m + k, width - k < HB_GLIMPSE ? width - k : HB_GLIMPSE, most)) k += HB_GLIMPSE;
    while (m[k] != most) k++;
    f->heap[0] = hb_key(most - unknown, s->units, s->base + first + k);
    f->size = 1;
}

/* The overlaps m + unknown of one state with rows first..first+width-1. A group that reaches a bar is counted as a whole: what lies too
   low is taken back at the end. While there is room, there is something in most glimpses, so none is taken. */
HB_TARGET HB_INLINE void HB(look_for_some)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int64_t top, int32_t unknown,
                                           HB(findings) *found, const int glimpses) {
    HB(findings) f = *found;
    int64_t known = s->units - unknown, counted = HB(counted_from)(s, &f);
    int64_t bar = f.size < top ? HB(reached)(m, width, top) - unknown : INT32_MIN, kept = HB(kept_from)(s, &f, top, bar);
    for (int64_t k = 0; k < width; k += HB_GLANCE) {
        int64_t n = width - k < HB_GLANCE ? width - k : HB_GLANCE, least = kept < counted ? kept : counted;
        if (glimpses && k % HB_GLIMPSE == 0 && !HB(reach)(m + k, width - k < HB_GLIMPSE ? width - k : HB_GLIMPSE, least + unknown)) {
            k += HB_GLIMPSE - HB_GLANCE;
            continue;
        }
        int64_t most = HB(largest)(m + k, n) - unknown;
        if (most < least) continue;
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
            kept = HB(kept_from)(s, &f, top, bar);
        }
    }
    *found = f;
}

HB_TARGET static void HB(look)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int64_t top, int32_t unknown,
                               HB(findings) *found) {
    if (top == 1 && s->reach < 0) HB(look_for_one)(s, m, first, width, unknown, found);
    else if (found->size == top) HB(look_for_some)(s, m, first, width, top, unknown, found, 1);
    else HB(look_for_some)(s, m, first, width, top, unknown, found, 0);
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

#define HB_BLENDED 256   /* rows that are added up in 32 bits */
#define HB_DIGIT 23      /* bits of a weight that are added at once: 256 * 2^22 fits 32 bits */
#define HB_BLEND_TILE 64 /* words of a row whose sums stay in the first cache */

/* Rows, and a digit of the weight of each. */
typedef struct {
    int64_t count;
    int32_t digit[HB_BLENDED];
    const uint64_t *rows[HB_BLENDED];
} HB(weighed_rows);

/* sums += 2^shift digit ξ over the rows, as twice the sum over set units less the sum over all; leaves none. Adding digits where a bit is
   set is one instruction for 16 units, four times as fast as signed weights of 64 bits. */
HB_TARGET static void HB(add_weighed)(const hb_search *s, HB(weighed_rows) *list, int shift, int64_t *sums) {
    int64_t total = 0;
    int32_t set[64 * HB_BLEND_TILE] HB_ALIGNED;
    for (int64_t k = 0; k < list->count; k++) total += list->digit[k];
    for (; list->count % 4; list->count++) list->rows[list->count] = list->rows[0], list->digit[list->count] = 0;
    for (int64_t w = 0; w < s->row_words && list->count; w += HB_BLEND_TILE) {
        int64_t words = s->row_words - w < HB_BLEND_TILE ? s->row_words - w : HB_BLEND_TILE;
        memset(set, 0, sizeof(int32_t) * (size_t)(64 * words));
        for (int64_t k = 0; k < list->count; k += 4) {
            const uint64_t *rows[4] = {list->rows[k] + w, list->rows[k + 1] + w, list->rows[k + 2] + w, list->rows[k + 3] + w};
            HB(add_rows)(rows, words, list->digit + k, set);
        }
        for (int64_t j = 0; j < 64 * words; j++)
            sums[64 * w + j] = (int64_t)((uint64_t)sums[64 * w + j] + ((uint64_t)(2 * (int64_t)set[j] - total) << shift));
    }
    list->count = 0;
}

/* sums += weights[(best - m) / 2] ξ over rows first..first+width-1 with m from best - reach on, each as often as it counts. */
HB_TARGET static void HB(blend_rows)(const hb_search *s, const int32_t *m, int64_t first, int64_t width, int64_t best,
                                     const int64_t *weights, int64_t *sums) {
    HB(weighed_rows) lists[3]; /* by digit: a row is in those where its weight has one */
    for (int l = 0; l < 3; l++) lists[l].count = 0;
    for (int64_t k = 0; k < width; k++) {
        if (k % HB_GLANCE == 0 && k + HB_GLANCE <= width && HB(largest)(m + k, HB_GLANCE) < best - s->reach) {
            k += HB_GLANCE - 1;
            continue;
        }
        if (m[k] < best - s->reach || m[k] > best) continue;
        int64_t weight = weights[(best - m[k]) >> 1];
        if (s->multitude) weight = (int64_t)((uint64_t)weight * (uint64_t)s->multitude[first + k]);
        for (int l = 0; weight; l++) { /* digits from -2^22 to 2^22 - 1 */
            int64_t digit = (int64_t)((uint64_t)weight << (64 - HB_DIGIT)) >> (64 - HB_DIGIT);
            weight = (int64_t)((uint64_t)weight - (uint64_t)digit) >> HB_DIGIT;
            if (digit == 0) continue;
            lists[l].rows[lists[l].count] = s->rows + (first + k) * s->row_words;
            lists[l].digit[lists[l].count++] = (int32_t)digit;
            if (lists[l].count == HB_BLENDED) HB(add_weighed)(s, &lists[l], HB_DIGIT * l, sums);
        }
    }
    for (int l = 0; l < 3; l++) HB(add_weighed)(s, &lists[l], HB_DIGIT * l, sums);
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

#define HB_TALLIED 64 /* words of a column whose values are planes at once: twenty such planes stay in the first cache */
#define HB_TAKEN 4    /* values that may stand beside the planes for each plane that this saves */

/* The values of some patterns as bit planes, two's complement and lowest first, block by block as in planes.h; a few large ones apart. */
typedef struct {
    uint64_t planes[64 * HB_TALLIED] HB_ALIGNED;
    int count, outliers;
    int64_t outlier[HB_OUTLIERS], amount[HB_OUTLIERS];
} HB(sliced);

/* Digits of a value, and a sign. */
HB_INLINE int HB(width)(int64_t x) { return x < 0 ? (~x ? hb_digits((uint64_t)~x) + 1 : 1) : x ? hb_digits((uint64_t)x) + 1 : 0; }

/* Planes for 64 * words values, at most HB_TALLIED words; none where all are zero. */
HB_TARGET static void HB(slice_values)(const int64_t *values, int64_t words, HB(sliced) *s) {
    int wide[65] = {0}, beyond = 0, cost = INT32_MAX, tried = 0;
    for (int64_t k = 0; k < 64 * words; k++) wide[HB(width)(values[k])]++;
    s->outliers = 0;
    for (int b = 64; b >= 0 && tried <= HB_OUTLIERS; tried += wide[b--])
        if (HB_TAKEN * b + tried < cost) cost = HB_TAKEN * b + tried, s->count = b, beyond = tried;
    for (int64_t w = 0; w < hb_round_up(words, HB_LANES); w++) {
        int32_t low[64] = {0}, high[64] = {0};
        uint64_t planes[64];
        for (int64_t j = 0; j < 64 && w < words; j++) {
            int64_t v = values[64 * w + j];
            if (beyond && HB(width)(v) > s->count) s->outlier[s->outliers] = 64 * w + j, s->amount[s->outliers++] = v, v = 0;
            low[j] = (int32_t)(uint32_t)v, high[j] = (int32_t)(v >> 32);
        }
        HB(slice)(low, s->count < 32 ? s->count : 32, planes);
        if (s->count > 32) HB(slice)(high, s->count - 32, planes + 32);
        for (int b = 0; b < s->count; b++) s->planes[(w / HB_LANES * s->count + b) * HB_LANES + w % HB_LANES] = planes[b];
    }
}

/* The sums of the values where a bit is set, of two columns; `ahead` are the columns that come then. */
HB_TARGET HB_INLINE void HB(sum_sliced)(const HB(sliced) *s, const uint64_t *const *columns, const uint64_t *const *ahead, int64_t words,
                                        uint64_t *out) {
    const int both[2] = {1, 1}, widest = HB_PAIRED ? HB_PAIRED : HB_WIDE;
    out[0] = out[1] = 0;
    for (int last = s->count; last > 0;) {
        int first = last > widest ? last - widest : 0;
        const uint64_t *planes = s->planes + first * HB_LANES;
        int64_t some[2], stride = s->count * HB_LANES;
#define HB_COUNT(n) HB(count_pair)(planes, stride, columns, ahead, words, both, last == s->count, n, some)
#define HB_COUNT_EACH(n) \
    for (int j = 0; j < 2; j++) some[j] = HB(count_some)(planes, stride, columns[j], ahead[j], words, 1, last == s->count, n)
        if (HB_PAIRED) HB_UNROLL(last - first, HB_COUNT)
        else HB_UNROLL(last - first, HB_COUNT_EACH)
#undef HB_COUNT
#undef HB_COUNT_EACH
        for (int j = 0; j < 2; j++) out[j] = (out[j] << (last - first)) + (uint64_t)some[j];
        last = first;
    }
    for (int t = 0; t < s->outliers; t++)
        for (int j = 0; j < 2; j++) out[j] += hb_bit(columns[j], s->outlier[t]) ? (uint64_t)s->amount[t] : 0;
}

/* sums[q][i] = Σ_k ±values[q][k], plus where bit k of column i is set, modulo 2^64; columns are `stride` words apart. Values are zero padded to 64 * words. The values
   of 4096 patterns at a time become bit planes, so that a unit costs as many counts as they have digits: with twenty of them a third
   of a masked sum in int64. */
HB_TARGET static void HB(tally)(const uint64_t *columns, int64_t stride, int64_t units, int64_t words, const int64_t *values, int64_t count,
                                int64_t *sums) {
    HB(sliced) s;
    for (int64_t q = 0; q < count; q++, values += 64 * words, sums += units) {
        uint64_t total = 0;
        for (int64_t k = 0; k < 64 * words; k++) total += (uint64_t)values[k];
        for (int64_t i = 0; i < units; i++) sums[i] = (int64_t)-total;
        for (int64_t from = 0; from < words; from += HB_TALLIED) {
            int64_t here = words - from < HB_TALLIED ? words - from : HB_TALLIED;
            HB(slice_values)(values + 64 * from, here, &s);
            for (int64_t i = 0; i < units && s.count + s.outliers; i += 2) {
                int64_t other = i + 1 < units ? i + 1 : i, next = i + 2 < units ? i + 2 : i, last = i + 3 < units ? i + 3 : i;
                const uint64_t *now[2] = {columns + i * stride + from, columns + other * stride + from};
                const uint64_t *ahead[2] = {columns + next * stride + from, columns + last * stride + from};
                uint64_t set[2];
                HB(sum_sliced)(&s, now, ahead, here, set);
                sums[i] = (int64_t)((uint64_t)sums[i] + 2 * set[0]);
                if (other > i) sums[other] = (int64_t)((uint64_t)sums[other] + 2 * set[1]);
            }
        }
    }
}
#undef HB_GLANCE
#undef HB_BLENDED
#undef HB_DIGIT
#undef HB_BLEND_TILE
#undef HB_TALLIED
#undef HB_TAKEN
