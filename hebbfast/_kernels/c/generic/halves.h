/* Small couplings: half fields of 16 bits, or of 32 where those are too narrow for a state (shared/halves.h). */

/* N_i - 2 a_i. */
HB_INLINE int64_t HB(rest)(const hb_model *m, const hb_run *r, int64_t unit) {
    int64_t odd = m->halves.sums[unit] & 1;
    return r->minus ? 2 - odd : odd;
}

#if HB_MASKED
/* One row more or less, from its bits: an eighth of the bytes, which pays where rows come from the second cache or farther (2000 units:
   42 ns for 60; 4000: 90 for 500, on an AMD EPYC). What is behind the last unit stays as it is; unit i, whose bit says +1, too. */
HB_TARGET HB_INLINE void HB(add_signs)(const hb_model *m, int16_t *a, int64_t unit, int16_t sign) {
    int64_t words = m->halves.stride / 64;
    const uint64_t *bits = m->halves.signs + unit * words;
    for (int64_t w = 0; w < words - 1; w++) HB(add_masked)(a + 64 * w, bits[w], sign);
    for (int64_t i = 64 * (words - 1); i < m->units; i++) a[i] = (int16_t)(a[i] + (hb_bit(bits, i) ? sign : -sign));
    a[unit] = (int16_t)(a[unit] - sign);
}
#endif

#define HB_HALF int16_t
#define HB_SIZED(name) HB(name##_16)
#include "couplings_half.h"
#define HB_HALF int32_t
#define HB_SIZED(name) HB(name##_32)
#include "couplings_half.h"

/* N_i, the field in units of its scale. */
HB_TARGET HB_INLINE int64_t HB(half_integer)(const hb_model *m, const hb_run *r, int64_t unit) {
    int64_t a = r->wide ? ((const int32_t *)r->fields)[unit] : ((const int16_t *)r->fields)[unit];
    return 2 * a + HB(rest)(m, r, unit);
}

/* The field of couplings of 64 bits, of which only narrower ones are kept. */
HB_TARGET static int64_t HB(field_anew)(const hb_model *m, const hb_run *r, int64_t unit) {
    const int64_t *row = m->couplings.outgoing, *bias = m->couplings.bias;
    const int16_t *signs = r->signs;
    int64_t h = bias[unit], units = m->units;
    if (m->halves.symmetric)
        for (int64_t j = 0; j < units; j++) h += (row[unit * units + j] ^ signs[j]) - signs[j];
    else
        for (int64_t j = 0; j < units; j++) h += (row[j * units + unit] ^ signs[j]) - signs[j];
    return h;
}

/* Its sign, from the small couplings of 16 bits: `sum` is that of 256 q_ij + l_ij over units at +1, less 256 c_i. */
HB_TARGET static int HB(sign_by)(const hb_model *m, const hb_run *r, int64_t unit, int64_t sum) {
    int64_t h = (int64_t)((uint64_t)m->halves.small[unit] * (uint64_t)(2 * sum) + (uint64_t)m->halves.fixed[unit]);
    if (h <= m->halves.doubt[unit] && h >= -m->halves.doubt[unit]) h = HB(field_anew)(m, r, unit);
    return (h > 0) - (h < 0);
}

/* From a half field. */
HB_TARGET static int HB(filtered_sign)(const hb_model *m, const hb_run *r, int64_t unit) {
    const int8_t *second = m->halves.second + unit * m->halves.stride;
    const int16_t *signs = r->signs;
    int64_t a = r->wide ? ((const int32_t *)r->fields)[unit] : ((const int16_t *)r->fields)[unit], units = m->units;
    int32_t sum = 0;
    for (int64_t j = 0; j < units; j++) sum += (int16_t)(second[j] & ~signs[j]);
    return HB(sign_by)(m, r, unit, 256 * a + sum);
}

/* How many flips fields of 16 bits have room for, if none is larger than `widest`. */
HB_INLINE int64_t HB(room_above)(const hb_model *m, int64_t widest) { return (m->halves.limit - widest) / m->halves.largest; }

/* To fields of 16 bits, if they have room for a while: a look at all of them costs about as much as a flip. */
HB_TARGET static void HB(narrow)(const hb_model *m, hb_run *r) {
    const int32_t *wide = r->fields;
    int16_t *a = r->fields;
    r->wide = 1;
    r->room = INT64_MAX;
    int64_t room = HB(room_above)(m, HB(widest_32)(m, wide));
    if (room < HB_LEAST_ROOM) return;
    for (int64_t i = 0; i < m->halves.stride; i++) a[i] = (int16_t)wide[i]; /* never ahead of what is read */
    r->wide = 0;
    r->room = room;
}

/* The room is used up: more of it, or fields of 32 bits for the rest of this recall. */
HB_TARGET static void HB(find_room)(const hb_model *m, hb_run *r) {
    const int16_t *a = r->fields;
    int32_t *wide = r->fields;
    r->room = HB(room_above)(m, HB(widest_16)(m, a));
    if (r->room >= HB_LEAST_ROOM) return;
    for (int64_t i = m->halves.stride; i-- > 0;) wide[i] = a[i];
    r->wide = 1;
    r->room = INT64_MAX;
}

/* Unit i has taken the value `bit`. */
HB_TARGET HB_INLINE void HB(turn)(const hb_model *m, hb_run *r, int64_t unit, int bit) {
    if (r->room <= 0) HB(find_room)(m, r);
    r->room--;
    r->signs[unit] = (int16_t)(bit - 1);
    if (r->wide) HB(add_32)(m, r->fields, unit, bit);
    else HB(add_16)(m, r->fields, unit, bit);
}

HB_TARGET static void HB(take_signs)(const hb_model *m, hb_run *r, const uint64_t *state) {
    for (int64_t w = 0; w < m->row_words; w++) { /* a bit at a time took a tenth of a recall of 400 units */
        int8_t values[64];
        HB(unpack_word)(state[w], values);
        for (int j = 0; j < 64; j++) r->signs[64 * w + j] = (int16_t)((values[j] - 1) >> 1);
    }
}

/* The first fields are there: the signs, and how wide the fields are. */
HB_TARGET static void HB(take_halves)(const hb_model *m, hb_run *r, const uint64_t *state) {
    HB(take_signs)(m, r, state);
    r->sure = m->halves.sure;
    r->wide = 0;
    r->room = INT64_MAX;
    if (!m->halves.bounded) HB(narrow)(m, r);
}

HB_TARGET static void HB(load_alone)(const hb_model *m, hb_run *r, const uint64_t *state) {
    if (m->halves.bounded) HB(first_alone_16)(m, r, state, r->fields);
    else HB(first_alone_32)(m, r, state, r->fields);
    HB(take_halves)(m, r, state);
}

/* The half fields of a block of states from q on, unless that of q is there; none if there are few. */
HB_TARGET static void HB(share_halves)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    int64_t block = count - q < HB_TOGETHER ? count - q : HB_TOGETHER;
    if (q >= r->shared_from && q < r->shared_from + r->shared_count) return;
    r->shared_from = q;
    r->shared_count = block < HB_FEW_STATES ? 0 : block;
    if (r->shared_count && m->halves.bounded) HB(first_block_16)(m, r, states + q * m->row_words, block, r->shared);
    else if (r->shared_count) HB(first_block_32)(m, r, states + q * m->row_words, block, r->shared);
}

/* The half fields and signs of state q of `count`, alone or from a block of states. */
HB_TARGET static void HB(load_halves)(const hb_model *m, hb_run *r, const uint64_t *states, int64_t q, int64_t count) {
    const uint64_t *state = states + q * m->row_words;
    int64_t stride = m->halves.stride, bytes = (m->halves.bounded ? 2 : 4) * stride;
    HB(share_halves)(m, r, states, q, count);
    if (!r->shared_count) {
        HB(load_alone)(m, r, state);
        return;
    }
    memcpy(r->fields, (char *)r->shared + (q - r->shared_from) * bytes, (size_t)bytes);
    HB(take_halves)(m, r, state);
}

/* Is every unit known to keep its value? */
HB_TARGET static int HB(settled)(const hb_model *m, const hb_run *r) { return r->wide ? HB(settled_32)(m, r) : HB(settled_16)(m, r); }
