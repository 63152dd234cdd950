/* Closes a level, and lists its words. begin.h defines the macros:

   HB(f)           the name of f at this level          HB_TARGET    its instructions
   HB_LANES        words of a vector                    HB_LOOKUP    floats of a lookup
   HB_ROWS         rows counted together for one state  HB_COLUMNS, HB_TILE  vectors of a panel of patterns, and states that run over it at once
   HB_PAIRED       visits go in pairs up to so many planes (0: never), as registers allow and where lanes need no flush
   HB_COUNT_STEPS  counts that a vector takes before a flush; 0: any number
   HB_LOCKED       small states that move in lock-step (generic/lockstep.h); 0: none
   HB_MASKED       are bits that choose between two numbers as fast as the numbers themselves?
   HB_BOUTS        are visits at T > 0 decided 32 at once (generic/heat_bouts.h)?
   HB_CHAINED      has vector.h the numbers of 64 chains (else generic/abreast.h has them in plain C)?

   vector.h says, from instructions of the level or from level/common:

   vector                         HB_LANES words side by side, with the operators of C
   load_words, store_words        from and to any address; load_part reads fewer words than lanes and no word behind them
   spread, sum_lanes, any         a word in every lane; the sum of all lanes; is a bit set?
   count, flush                   adds the bits of x to `part`, in lanes that may be narrow; to lanes of 64 bits, after HB_COUNT_STEPS counts at most
   count_word                     bits of one word
   add_bits, carry_bits           sum and carry of three bits, in every place
   choose_bits                    a where a bit is set, else b
   ripple, step                   flips.h: the carry goes on where old = 1 rises or old = 0 falls; y where it rises, -y' - 1 of the new y' where it falls
   pack_word, unpack_word         64 values of +1 and -1 to a word (bit 1 = +1) and back; *bad collects what is neither
   spread_bits                    -1 for each bit that is set, else 0, in 64 bytes (not with HB_CHAINED)
   transpose_block                64 x 64 bits in place
   transpose_tile                 512 x 512 bits from whole cache lines to whole cache lines; returns 0 if the matrix is smaller, or the level cannot
   slice, join                    bit b of 64 numbers to out[b], and back from planes HB_LANES words apart, the top one a sign, plus `base`
   finish_rows                    counts of HB_ROWS rows: their sums, and what differs in words w on, fewer than lanes, the last under `tail`
   agree_narrow                   units that agree for rows of few words, several to a vector; returns the rows done, 0 if rows are wide
   add_counts                     the lanes of a sum to counts
   fill_squares                   the first words of a full panel of rows, column by column; returns how many
   sum_where_narrow               of 32 bits, in which every sum of them fits
   sum_where, sum_where_float     sum of values[j] over the set bits j; values are zero padded to 64 * words, so the tail of bits does not matter.
                                  The rounding of doubles is covered by the filter, so their order is each level's own
   add_rows                       a weight each of four rows, added to 64 * words sums of 32 bits, aligned, where its bit is set
   lookup, codes                  HB_LOOKUP floats, and what chooses each from a table of 16: zero_sums, read_codes, add_looked_up, read_floats,
                                  roots, write_floats
   locked         where HB_LOCKED: such a state; locked_visits of a sweep, load_locked, store_locked, unstable, sweep_locked
   add_masked     where HB_MASKED: 64 numbers of 16 bits and a sign, added where the bit is set, else taken off
   bout           where HB_BOUTS: fields and thresholds of 32 visits. begin_bout, take_fields (256 high + low, if there is a low part), unsure_of
                  and sure_of (a bit each: a ^ turn < least, < sure), turn_bout (a unit flips: sign times its couplings, of one byte or two),
                  turn_twice (twice those of 16 bits), keep_fields and resume_fields (to and from memory)
   widen, widen_16  where HB_BOUTS: bytes to 16 bits, and those to 32; add_four and add_four_twice: such rows more, or less
   add_octet      where HB_BOUTS and HB_MASKED: eight rows of bits, +1 and -1, or the other way round
   numbers        where HB_CHAINED: 64 of 16 bits, a chain each. draw_tops (the first bits of `count` draws of each stream), count_signs and
                  add_weights (of neighbours' words: how many bits are set, turned over from `middle` on, or what their weights add up to),
                  choose (table[a], or second[a] where `up` is set; a < span, or any if that is above 128; 128 numbers may be read there),
                  choose_own (of 64 tables side by side),
                  store_numbers, load_numbers, draws_below (a bit where x is below first; `same` where it is the same), add_gains (sigma N of those that flip) */
#undef HB
#undef HB_TARGET
#undef HB_LANES
#undef HB_ROWS
#undef HB_COLUMNS
#undef HB_TILE
#undef HB_PAIRED
#undef HB_COUNT_STEPS
#undef HB_LOOKUP
#undef HB_LOCKED
#undef HB_MASKED
#undef HB_BOUTS
#undef HB_CHAINED
