"""For bridges that draw from the stream of the process."""

from libc.stdint cimport uint64_t


cdef uint64_t next_of_process() noexcept
