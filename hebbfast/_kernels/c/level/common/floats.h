/* Lookups of one float. */
typedef float HB(lookup);
typedef int HB(codes);
HB_INLINE HB(lookup) HB(zero_sums)(void) { return 0.0f; }
HB_INLINE HB(codes) HB(read_codes)(const uint8_t *codes) { return *codes; }
HB_INLINE HB(lookup) HB(add_looked_up)(HB(lookup) sums, const float *table, HB(codes) code) { return sums + table[code]; }
HB_INLINE HB(lookup) HB(read_floats)(const float *in) { return *in; }
HB_INLINE HB(lookup) HB(roots)(HB(lookup) x) { return sqrtf(x); }
HB_INLINE void HB(write_floats)(float *out, HB(lookup) x) { *out = x; }
