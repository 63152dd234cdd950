"""For bridges that call through the table."""

from hebbfast._kernels.common cimport *

cdef const hb_kernels *chosen() except NULL
cdef const hb_kernels *level_of(int64_t level) except NULL
