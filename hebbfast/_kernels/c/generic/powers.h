/* Powers of numbers in bit planes, by multiplication, all lanes side by side. Included, and so without a guard, for as many digits as are
   known when compiled, whose loops are unrolled with all planes in registers, in half the time; and for any number of them, since 24 digits
   unrolled were two thirds of the code. HB_SIZED(name) is the name of a function, HB_LOOP stands before its loops. */

/* out = x * y, lane by lane, from the planes of both. */
HB_TARGET
HB_INLINE void HB_SIZED(multiply)(const HB(vector) *x, const int x_planes, const HB(vector) *y, const int y_planes, HB(vector) *out) {
    HB_LOOP for (int c = 0; c < y_planes; c++) out[c] = x[0] & y[c];
    out[y_planes] = HB(spread)(0);
    HB_LOOP for (int b = 1; b < x_planes; b++) {
        HB(vector) add = x[b] & y[0], carry = out[b] & add;
        out[b] ^= add;
        HB_LOOP for (int c = 1; c < y_planes; c++) {
            HB(vector) old = out[b + c], more = x[b] & y[c];
            out[b + c] = HB(add_bits)(old, more, carry);
            carry = HB(carry_bits)(old, more, carry);
        }
        out[b + y_planes] = carry;
    }
}

/* out = x * x. Row b is x_b 4^b and twice the products with higher digits: half the work of a product. */
HB_TARGET HB_INLINE void HB_SIZED(square)(const HB(vector) *x, const int planes, HB(vector) *out) {
    out[0] = x[0];
    out[1] = HB(spread)(0);
    HB_LOOP for (int c = 1; c < planes; c++) out[c + 1] = x[0] & x[c];
    HB_LOOP for (int c = planes + 1; c < 2 * planes; c++) out[c] = HB(spread)(0);
    HB_LOOP for (int b = 1; b < planes; b++) {
        HB(vector) old = out[2 * b], carry = old & x[b], even = old ^ x[b];
        out[2 * b] = even;
        old = out[2 * b + 1];
        out[2 * b + 1] = old ^ carry;
        carry &= old;
        HB_LOOP for (int c = b + 1; c < planes; c++) {
            HB(vector) here = out[b + c + 1], more = x[b] & x[c];
            out[b + c + 1] = HB(add_bits)(here, more, carry);
            carry = HB(carry_bits)(here, more, carry);
        }
        if (b + planes + 1 < 2 * planes) out[b + planes + 1] = carry;
    }
}

/* x += y + carry */
HB_TARGET HB_INLINE void HB_SIZED(increase)(HB(vector) *x, const int x_planes, const HB(vector) *y, const int y_planes, HB(vector) carry) {
    HB_LOOP for (int b = 0; b < x_planes; b++) {
        HB(vector) old = x[b], add = HB(spread)(0);
        if (b < y_planes) add = y[b];
        x[b] = HB(add_bits)(old, add, carry);
        carry = HB(carry_bits)(old, add, carry);
    }
}

/* Q of every pattern from y, all lanes side by side, by long multiplication of x = |y|, or where p = 1 of x = y or -1 - y, whichever
   is not negative. n = 3: y^2 = x^2, y (y + 1) / 2 = x (x + 1) / 2. n = 4: with V = x^2 + 1 (its lowest digits are not x_0 and x_0,
   for a square is 0 or 1 modulo 4), or x^2 + x + 1, |Q| is x V / 2, or 4 x V + 2 V + x; the planes of a negative one are inverted,
   -|Q| - 1, which is right for p = 1 and 1 too low for p = 0. Returns the sum of the planes of Q for n = 4, which writes `top` of them. */
HB_TARGET HB_INLINE int64_t HB_SIZED(raise_some)(const hb_model *m, hb_planes *v, const int top, const int digits) {
    int by = v->by;
    int64_t stride = HB(power_stride)(m->gain.power, v), bq = stride / HB_LANES;
    HB(vector) x[HB_MOST_PLANES], q[2 * HB_MOST_PLANES], t[3 * HB_MOST_PLANES], zero = HB(spread)(0), total = zero;
    for (int64_t w = 0; w < m->patterns.column_words; w += HB_LANES) {
        const uint64_t *block = v->words + w * by;
        uint64_t *out = v->powers + w / HB_LANES * stride;
        HB(vector) valid = HB(load_words)(v->valid + w), sign = HB(load_words)(block + (by - 1) * HB_LANES), carry = zero, before = zero;
        HB_LOOP for (int b = 0; b < digits; b++) {
            x[b] = zero;
            if (b < by - 1) x[b] = (HB(load_words)(block + b * HB_LANES) ^ sign) & valid;
        }
        if (!v->parity) HB_SIZED(increase)(x, digits, x, 0, sign);
        HB_SIZED(square)(x, digits, q);
        if (m->gain.power == 3) {
            if (v->parity) HB_SIZED(increase)(q, 2 * digits, x, digits, zero);
            for (int b = 0; b < bq; b++) HB(store_words)(out + b * HB_LANES, b + v->parity < 2 * digits ? q[b + v->parity] : zero);
            continue;
        }
        if (v->parity) HB_SIZED(increase)(q, 2 * digits, x, digits, valid);
        else q[0] ^= valid, q[1] = x[0];
        HB_SIZED(multiply)(x, digits, q, 2 * digits, t);
        HB_LOOP for (int b = 0; b < 3 * digits + 3; b++) {
            if (b == top) break;
            HB(vector) size = zero;
            if (!v->parity) {
                if (b + 1 < 3 * digits) size = t[b + 1];
            } else {
                HB(vector) four = zero, two = zero, one = zero;
                if (b >= 2 && b - 2 < 3 * digits) four = t[b - 2];
                if (b >= 1 && b - 1 < 2 * digits) two = q[b - 1];
                if (b < digits) one = x[b];
                HB(vector) sum = HB(add_bits)(four, two, one), after = HB(carry_bits)(four, two, one);
                size = HB(add_bits)(sum, before, carry);
                carry = HB(carry_bits)(sum, before, carry);
                before = after;
            }
            HB(vector) plane = (size ^ sign) & valid, count = HB(flush)(HB(count)(zero, plane)) << b;
            HB(store_words)(out + b * HB_LANES, plane);
            if (b == top - 1) count = zero - count;
            total += count;
        }
    }
    return HB(sum_lanes)(total);
}

#undef HB_SIZED
#undef HB_LOOP
