/* Vectors of several words, as gcc and clang have them for every machine. */
typedef uint64_t HB(vector) __attribute__((vector_size(8 * HB_LANES), may_alias));
typedef uint64_t HB(loose) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(8)));
typedef double HB(doubles) __attribute__((vector_size(8 * HB_LANES), may_alias, aligned(8)));

HB_TARGET HB_INLINE HB(vector) HB(load_words)(const void *p) { return (HB(vector))*(const HB(loose) *)p; }
HB_TARGET HB_INLINE void HB(store_words)(void *p, HB(vector) v) { *(HB(loose) *)p = (HB(loose))v; }
HB_TARGET HB_INLINE HB(vector) HB(spread)(uint64_t x) { return (HB(vector)){0} + x; }
HB_TARGET HB_INLINE int64_t HB(count_word)(uint64_t x) { return __builtin_popcountll(x); /* one instruction under this target */ }
