"""For bridges that take models and dynamics."""

from hebbfast._kernels.common cimport *


cdef class Room:
    cdef char *raw
    cdef int64_t size

    cdef char *start(self) noexcept


cdef class Memory:
    cdef hb_model model
    cdef object arrays
    cdef Room times  # how often patterns count, in 32 bits
    cdef readonly int64_t units
    cdef readonly int64_t cost  # of a sweep, in patterns visited
    cdef readonly bint energies  # does recall give them?

    cdef tuple take(self, object weights)


ctypedef fused coupling:
    int8_t
    int16_t
    int32_t
    int64_t


cdef class Couplings:
    cdef hb_model model
    cdef object arrays
    cdef Room prepared
    cdef readonly int64_t units
    cdef readonly int64_t cost  # of a sweep, in couplings passed
    cdef readonly bint energies  # does recall give them?
    cdef readonly bint symmetric

    cdef take(self, const coupling[:, ::1] outgoing, int kind)
    cdef take_sparse(self, outgoing, const int64_t[::1] starts, const uint32_t[::1] targets)
    cdef take_entries(self, const coupling[::1] outgoing, int kind)
    cdef halve(self, const int8_t[:, ::1] outgoing, const int32_t[::1] bias, int64_t limit, int64_t signs_from)
    cdef filter(self, const int64_t[:, ::1] outgoing, const int64_t[::1] bias, bint symmetric, int64_t limit, int asked)


cdef class Dynamics:
    cdef hb_dynamics rules
    cdef object arrays
    cdef int64_t cues, order_cues, uniform_cues, uniform_sweeps
    cdef readonly int64_t units

    cdef take_visits(self, const uint32_t[:, :, ::1] visits)
    cdef take_uniforms(self, const double[:, :, ::1] uniforms)


cdef const hb_model *model_of(object model) except NULL
cdef bint gives_energies(object model) noexcept
cdef const hb_dynamics *rules_of(Dynamics dynamics, const hb_model *m) except NULL
cdef object check_cues(Dynamics dynamics, int64_t cues, int64_t sweeps)
