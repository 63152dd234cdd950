"""Bridge between hebbfast and the loops over replicas of tempering, in the manner of `recall.pyx`."""

from hebbfast._kernels.common cimport *

cdef extern from "c/shared/replicas.h":
    ctypedef struct hb_tally:
        int64_t *accepted
        int64_t *trips
        int8_t *heading

    void hb_swap(
        const double *, const double *, int64_t, int64_t, int64_t, hb_stream *, int64_t *, const hb_tally *
    ) noexcept nogil
    void hb_agreements(const uint64_t *, int64_t, const int64_t *, int64_t, int64_t, int64_t *) noexcept nogil


cdef object check_who(const int64_t[:, ::1] who, int64_t count):
    expect(who.shape[0] > 0 and who.shape[1] > 0, "who must have at least one copy and one temperature")
    for c in range(who.shape[0]):
        for t in range(who.shape[1]):
            if not 0 <= who[c, t] < count:
                raise ValueError(f"who must lie in 0..{count - 1}, got {who[c, t]}")


def swap(
    const double[::1] energies not None,
    const double[::1] ladder not None,
    int64_t parity,
    int64_t[::1] stream not None,
    int64_t[:, ::1] who not None,
    double[::1] temperatures not None,
    int64_t[::1] accepted,
    int64_t[::1] trips,
    int8_t[::1] heading,
):
    """One round of swaps: changes `who`, the temperature of each replica, and the counts, unless they are None. Advances the stream."""
    cdef int64_t copies = who.shape[0], steps = who.shape[1], count = energies.shape[0], c, t
    cdef hb_tally tally
    expect(stream.shape[0] >= 2, f"stream must have at least two entries, got {stream.shape[0]}")
    cdef hb_stream s = hb_stream_of(&stream[0])
    check_who(who, count)
    expect(parity == 0 or parity == 1, f"parity must be 0 or 1, got {parity}")
    expect(ladder.shape[0] == steps, "ladder must have one entry a column of who")
    expect(temperatures.shape[0] == count, "temperatures must have one entry a replica")
    if accepted is not None:
        expect(accepted.shape[0] == steps, "accepted must have one entry a temperature")
        expect(trips.shape[0] == count and heading.shape[0] == count, "trips and heading must have one entry a replica")
        tally.accepted, tally.trips, tally.heading = &accepted[0], &trips[0], &heading[0]
    hb_swap(&energies[0], &ladder[0], copies, steps, parity, &s, &who[0, 0], &tally if accepted is not None else NULL)
    stream[HB_STREAM] = <int64_t> s.z
    for c in range(copies):
        for t in range(steps):
            temperatures[who[c, t]] = ladder[t]


def agreements(const uint64_t[:, ::1] states not None, int64_t units, const int64_t[:, ::1] who not None, int64_t[:, ::1] out not None):
    """(pairs of copies, temperatures): in how many units two copies agree."""
    cdef int64_t copies = who.shape[0]
    expect(states.shape[1] == words_of(units), "states must have ceil(units / 64) words a row")
    check_who(who, states.shape[0])
    expect(
        out.shape[0] == copies * (copies - 1) // 2 and out.shape[1] == who.shape[1], "out must have shape (pairs of copies, temperatures)"
    )
    if out.shape[0] and units:
        with nogil:
            hb_agreements(&states[0, 0], units, &who[0, 0], copies, who.shape[1], &out[0, 0])
