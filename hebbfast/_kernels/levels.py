"""The switch between levels of instruction sets, for people."""

from types import TracebackType

from hebbfast import _kernels

__all__ = ["use_simd_level"]


class use_simd_level:
    """Choose the level of instruction sets, for good or for the length of a ``with`` block.

    The choice holds for the whole process, all threads included; results are the same at every level, so it matters
    for tests and benchmarks alone. A recall that runs keeps the level it began with.

    Parameters
    ----------
    name : str
        One of `available_simd_levels`.

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

    def __init__(self, name: str) -> None:
        before = _kernels.simd_level()
        _kernels.use_simd_level(name)
        self._before, self._name = before, name

    def __repr__(self) -> str:
        return f"use_simd_level({self._name!r})"

    def __enter__(self) -> None:
        """The level is chosen already."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _kernels.use_simd_level(self._before)
