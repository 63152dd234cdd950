/* Shapes of loops: with a compile-time count and without a loop, and in stretches between two flushes of a vector's counts. */
#ifndef HB_UNROLL_H
#define HB_UNROLL_H

/* clang-format off */
/* Calls f with a compile-time number n, 1 to 12 and never 0, so that its loops unroll and its counts stay in registers: twice as fast. */
#define HB_UNROLL(n, f)                                                                                                   \
    switch (n) {                                                                                                          \
    HB_TO_NINE(f)                                                                                                         \
    case 10: f(10); break;                                                                                                \
    case 11: f(11); break;                                                                                                \
    default: f(12);                                                                                                       \
    }

/* The same where there are ten at most. */
#define HB_UNROLL_TO_TEN(n, f)                                                                                            \
    switch (n) {                                                                                                          \
    HB_TO_NINE(f)                                                                                                         \
    default: f(10);                                                                                                       \
    }
#define HB_TO_NINE(f)                                                                                                     \
    case 1: f(1); break;                                                                                                  \
    case 2: f(2); break;                                                                                                  \
    case 3: f(3); break;                                                                                                  \
    case 4: f(4); break;                                                                                                  \
    case 5: f(5); break;                                                                                                  \
    case 6: f(6); break;                                                                                                  \
    case 7: f(7); break;                                                                                                  \
    case 8: f(8); break;                                                                                                  \
    case 9: f(9); break;

/* f(0), f(1), ... f(count - 1) for a compile-time count. A loop would do, but gcc then keeps the arrays in memory, and a visit of
   14 cycles takes 72 (one block of ten planes, gcc 12). */
#define HB_EACH(count, f)                                                                                                 \
    do {                                                                                                                  \
        if (0 < (count)) { f(0); }                                                                                        \
        if (1 < (count)) { f(1); }                                                                                        \
        if (2 < (count)) { f(2); }                                                                                        \
        if (3 < (count)) { f(3); }                                                                                        \
        if (4 < (count)) { f(4); }                                                                                        \
        if (5 < (count)) { f(5); }                                                                                        \
        if (6 < (count)) { f(6); }                                                                                        \
        if (7 < (count)) { f(7); }                                                                                        \
        if (8 < (count)) { f(8); }                                                                                        \
        if (9 < (count)) { f(9); }                                                                                        \
        if (10 < (count)) { f(10); }                                                                                      \
        if (11 < (count)) { f(11); }                                                                                      \
        if (12 < (count)) { f(12); }                                                                                      \
        if (13 < (count)) { f(13); }                                                                                      \
        if (14 < (count)) { f(14); }                                                                                      \
        if (15 < (count)) { f(15); }                                                                                      \
        if (16 < (count)) { f(16); }                                                                                      \
        if (17 < (count)) { f(17); }                                                                                      \
        if (18 < (count)) { f(18); }                                                                                      \
        if (19 < (count)) { f(19); }                                                                                      \
        if (20 < (count)) { f(20); }                                                                                      \
        if (21 < (count)) { f(21); }                                                                                      \
        if (22 < (count)) { f(22); }                                                                                      \
        if (23 < (count)) { f(23); }                                                                                      \
    } while (0)

/* clang-format on */

/* How far from `from` to `end`, in steps of `stride` with `counts` counts each, before a flush is due (HB_COUNT_STEPS: of a level). */
#define HB_UNTIL_FLUSH(from, end, stride, counts) \
    (!HB_COUNT_STEPS || (end) - (from) < HB_COUNT_STEPS / (counts) * (stride) ? (end) : (from) + HB_COUNT_STEPS / (counts) * (stride))
#endif
