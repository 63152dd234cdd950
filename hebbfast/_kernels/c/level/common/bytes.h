/* Bits from bytes, eight at a time in a word. */
HB_INLINE uint64_t HB(pack_word)(const int8_t *values, uint64_t *bad) {
    uint64_t word = 0;
    for (int j = 0; j < 8; j++) {
        uint64_t x, negative;
        memcpy(&x, values + 8 * j, 8);
        negative = x >> 7 & 0x0101010101010101u;
        *bad |= x ^ 0x0101010101010101u ^ negative * 0xFE; /* 0x01 or 0xFF in every byte */
        word |= ((negative ^ 0x0101010101010101u) * 0x0102040810204080u >> 56) << (8 * j);
    }
    return word;
}
