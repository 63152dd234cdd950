"""The table of the kernels that store and recall, a row for each level of instruction sets, and the choice of one."""

from hebbfast._kernels.common cimport *

import os

cdef extern from "c/kernels.h":
    const hb_kernels hb_table[]

cdef const hb_kernels *active = NULL
cdef str complaint = None


def available_simd_levels():
    """Levels of vector instructions that run on this machine.

    Returns
    -------
    list of str
        The fastest first, ``"scalar"`` last.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.available_simd_levels()[-1]
    'scalar'
    """
    return [hb_table[j].name.decode() for j in range(HB_LEVELS) if hb_table[j].runs_here()]


def simd_level():
    """Level of vector instructions that the kernels use: the fastest, unless ``HEBBFAST_SIMD`` or `use_simd_level` chose another.

    Returns
    -------
    str
        One of `available_simd_levels`.

    Raises
    ------
    ValueError
        If the environment variable ``HEBBFAST_SIMD`` holds none of them.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.simd_level() in hb.available_simd_levels()
    True
    """
    return chosen().name.decode()


class use_simd_level:
    """Choose the level of instruction sets, for good or for the length of a ``with`` block.

    The choice holds for the whole process, all threads included; results are the same at every level, so it matters
    for tests and benchmarks alone. A recall that runs keeps the level it began with.

    Parameters
    ----------
    name : str
        One of `available_simd_levels`, in small or capital letters.

    Raises
    ------
    ValueError
        If the machine has no such level; nothing has changed then.

    Examples
    --------
    >>> import hebbfast as hb
    >>> before = hb.simd_level()
    >>> with hb.use_simd_level("scalar"):
    ...     hb.simd_level()
    'scalar'
    >>> hb.simd_level() == before
    True
    """

    def __init__(self, name):
        before = name if active == NULL else simd_level()  # there is none where the environment asked for nonsense
        if not choose(name):
            raise ValueError(f"name must be one of {', '.join(available_simd_levels())}, the levels of this machine, got {name!r}")
        self._before, self._name = before, name

    def __repr__(self):
        return f"use_simd_level({self._name!r})"

    def __enter__(self):
        """The level is chosen already."""

    def __exit__(self, kind, error, trace):
        choose(self._before)


def active_level():
    """The index of the level in use, as `recall` takes it."""
    return chosen() - &hb_table[0]


cdef bint choose(object name):
    global active
    for j in range(HB_LEVELS):
        if isinstance(name, str) and hb_table[j].name.decode() == name.lower() and hb_table[j].runs_here():
            active = &hb_table[j]
            return True
    return False


cdef void choose_first() except *:
    """What the environment asks for. Import never fails: whoever needs a level is told."""
    global complaint
    cdef str asked = os.environ.get("HEBBFAST_SIMD") or available_simd_levels()[0]
    if not choose(asked):
        complaint = f"HEBBFAST_SIMD must be one of {', '.join(available_simd_levels())} on this machine, got {asked!r}"


choose_first()


cdef const hb_kernels *chosen() except NULL:
    if active == NULL:
        raise ValueError(complaint)
    return active


cdef const hb_kernels *level_of(int64_t level) except NULL:
    if not (0 <= level < HB_LEVELS and hb_table[level].runs_here()):
        raise ValueError(f"level must be what active_level() gives, got {level}")
    return &hb_table[level]
