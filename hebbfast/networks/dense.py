"""Dense associative memories: packed patterns and an interaction, without a D × D matrix."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.once import Once
from hebbfast._work.pieces import pieces
from hebbfast._work.threads import HUGE, share
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Compiled
from hebbfast.interactions import Interaction, Polynomial, read_weights
from hebbfast.networks._growing import Growing, without
from hebbfast.networks._network import Network
from hebbfast.networks.certainty import Certainty

if TYPE_CHECKING:
    from hebbfast.search import Nearest

__all__ = ["DenseAssociativeMemory"]

CLASSICAL = Polynomial(2)  # Hopfield 1982
Layouts = Literal["rows", "both"]


class DenseAssociativeMemory(Certainty, Network):
    """Memory with the energy E(σ) = -Σ_μ F(m_μ) (Krotov and Hopfield 2016, eq. 1).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1. Packed patterns are shared, not copied.
    interaction : Polynomial, RectifiedPolynomial, Exponential or one's own, default Polynomial(2)
        F. ``Polynomial(2)`` is the classical Hopfield network with zero self-coupling; `interactions.Interaction`
        says what a class of one's own needs.

    Attributes
    ----------
    patterns : PackedPatterns
        The stored patterns.
    interaction : Interaction
        F.
    units : int
        D.

    Raises
    ------
    ValueError
        If the patterns are not ±1, or the energy of the interaction would leave float64.

    Notes
    -----
    Fields of polynomials are exact: the integer 2 n h_i (times D^(n-1) when normalized) is rounded once. Energies of
    polynomials are exact integers, rounded once. E counts the self-term, so for n = 2 it lies K·D/2 below that of
    ``HopfieldNetwork.train(patterns)``; fields and energy differences are the same.

    Memory: K·D/8 bytes, and as much again once something asks for fields or dynamics (the transposed copy). Memories
    do not change, so any number of threads may use one at once.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(300, 200, rng=0)
    >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
    >>> result = memory.recall(hb.corrupt(patterns[7], flips=20, rng=1), rng=2)
    >>> bool((result.states == patterns[7]).all())
    True
    """

    def __init__(self, patterns: ArrayLike | PackedPatterns, interaction: Interaction = CLASSICAL) -> None:
        self.patterns = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
        if len(self.patterns) == 0:
            raise ValueError("patterns must hold at least one pattern, got none")
        self.interaction = interaction
        self.units = self.patterns.shape[1]
        self._weights = read_weights(interaction, self.units, len(self.patterns))
        self._columns: NDArray[np.uint64] | None = None  # the transposed patterns, where they cost nothing
        self._growing: Growing | None = None
        self._made = Once(self._make)  # the transposed patterns, when first asked for

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        return f"<DenseAssociativeMemory K={len(self)} D={self.units} {self.interaction}>"

    def __reduce__(self) -> Any:
        return type(self), (self.patterns, self.interaction)

    def _make(self) -> "_Kernel":
        return self._made_of(self.patterns.columns() if self._columns is None else self._columns)

    def _made_of(self, columns: NDArray[np.uint64]) -> "_Kernel":
        return _Kernel(_kernels.Memory(self.patterns.words, columns, self.units, self._weights), self.patterns, columns)

    @property
    def _kernel(self) -> "_Kernel":
        return self._made()

    @property
    def _transposed(self) -> NDArray[np.uint64] | None:
        """The transposed patterns, if they have been made."""
        made = self._made.peek()
        return self._columns if made is None else made.columns

    def store(self, patterns: ArrayLike | PackedPatterns) -> "DenseAssociativeMemory":
        """A new memory with further patterns.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (D,) or (K', D) of ±1, appended.

        Returns
        -------
        DenseAssociativeMemory
            This memory itself is unchanged.

        Notes
        -----
        The new memory has room behind its patterns, in both layouts, which the next ``store`` fills: a few patterns
        more cost little more than themselves, and the transposed copy is never made as a whole again.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(3, 50, rng=0)
        >>> len(hb.DenseAssociativeMemory(patterns).store(-patterns))
        6
        """
        added = bits.read_states(patterns, self.units, "patterns").words
        together, growing, columns = len(self) + len(added), self._growing, self._transposed
        known = growing is not None and (columns is None) == (growing.columns is None)
        if growing is None or not (known and growing.claim(len(self), together)):
            growing = Growing(self.patterns.words, columns, self.units, together)
            growing.claim(len(self), together)
        growing.write(len(self), added)
        rows, columns = growing.seen(together)
        memory = DenseAssociativeMemory(bits.packed(rows, self.units), self.interaction)
        memory._growing, memory._columns = growing, columns
        return memory

    def forget(self, indices: ArrayLike) -> "DenseAssociativeMemory":
        """A new memory without some patterns.

        Parameters
        ----------
        indices : int or array_like of int
            Patterns to leave out, negative ones counted from the end.

        Returns
        -------
        DenseAssociativeMemory
            This memory itself is unchanged.

        Raises
        ------
        IndexError
            If an index is out of range.
        ValueError
            If no pattern would remain.
        """
        index = _arguments.array("indices", indices, "integers")
        if index.dtype.kind not in "iu" and index.size:
            raise TypeError(f"indices must be integers, got dtype {index.dtype}")
        if index.size and not -len(self) <= index.min() <= index.max() < len(self):
            raise IndexError(f"indices must lie in {-len(self)}..{len(self) - 1}, got {indices!r}")
        keep = np.ones(len(self), dtype=bool)
        keep[index.astype(np.int64)] = False
        if not keep.any():
            raise ValueError(f"indices must leave at least one pattern, got all {len(self)}")
        memory = DenseAssociativeMemory(self.patterns[keep], self.interaction)
        columns = self._transposed
        if columns is not None:
            first = len(self) if keep.all() else int(keep.argmin())
            memory._columns = without(columns, memory.patterns.words, self.units, first)
        return memory

    def save(self, path: "str | os.PathLike[str]", *, layouts: Layouts = "rows") -> None:
        """Write the memory to a safetensors file; needs ``pip install "hebbfast[files]"``.

        It appears whole or not at all, with checksums. ``docs/files.md`` draws the format; no pickle is in it.

        Parameters
        ----------
        path : path-like
            The file to write; an existing one is replaced.
        layouts : {"rows", "both"}
            The patterns alone, or the transposed copy that dynamics need beside them, which processes then share.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If ``layouts`` is not as described.
        """
        from hebbfast.networks import _saved

        both = _arguments.choice("layouts", layouts, ("rows", "both")) == "both"
        _saved.save(self, path, {"columns": self.patterns.columns()} if both else {})

    @classmethod
    def load(
        cls,
        path: "str | os.PathLike[str]",
        *,
        interaction: Interaction | None = None,
        mmap: bool = True,
        verify: bool | None = None,
    ) -> "DenseAssociativeMemory":
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.
        interaction : Interaction, optional
            Instead of the one that the file names; needed where that is a class of one's own.
        mmap : bool, default True
            Map the patterns from the file instead of reading them, as `PackedPatterns.load` says.
        verify : bool, optional
            Compare all that the file holds with its checksums. By default that is done unless it is mapped and more
            than 64 MiB; the two layouts are then compared with each other when the second is first needed. With False
            nothing is: the file is one's own, and opens at once, whatever its size.

        Returns
        -------
        DenseAssociativeMemory
            With the results of the one that was saved, bit for bit.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, was not written by `save`, or by a later version; the message names it.
        """
        from hebbfast.networks import _saved

        found = _saved.read("DenseAssociativeMemory", path, {"columns?": ("U64", 2)}, [], mmap, verify)
        patterns, chosen = bits.of_file(found), _saved.interaction_of(found, interaction)
        with found.blamed():
            memory = cls(patterns, chosen)
        if "columns" in found.arrays:
            memory._made = Once(lambda: memory._made_of(_saved.expect_columns(found, patterns)))
            if found.verified:
                memory._made()
        return memory

    def overlaps(
        self, states: ArrayLike | PackedPatterns, *, known: ArrayLike | None = None, threads: int | None = None
    ) -> NDArray[np.int32]:
        """Overlaps m_μ = Σ_i ξ_i^μ σ_i, of known units: int32 (K,) for one state (D,), (Q, K) for a batch (Q, D)."""
        return self.patterns.overlaps(states, known=known, threads=threads)

    def nearest(
        self,
        states: ArrayLike | PackedPatterns,
        count: int = 1,
        *,
        known: ArrayLike | None = None,
        threads: int | None = None,
    ) -> "Nearest":
        """The stored patterns with the largest overlaps: `PackedPatterns.nearest`."""
        return self.patterns.nearest(states, count, known=known, threads=threads)

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]:
        return self.patterns.overlaps_of(words, threads)

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        model, out = self._kernel.model, np.empty(len(words))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(out), len(self), 4 * len(self)):
            _kernels.energies(model, self._overlaps_of(words[part], threads), out[part], workspace)
        workspaces.give_back(workspace)
        return out

    def _energy_of_one(self, state: NDArray[np.int8]) -> float | None:
        return None if len(self) * self.units >= HUGE else _kernels.energy_one(self._kernel.model, state)

    def _fields_of_one(
        self, state: NDArray[np.int8], units: NDArray[np.uint32] | None, out: NDArray[np.float64]
    ) -> bool:
        return _kernels.fields_one(self._kernel.model, state, units, out)

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        model, out = self._kernel.model, np.empty((len(words), len(units)))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(out), len(self) * self.units):
            _kernels.fields(model, words[part], units, out[part], workspace)
        workspaces.give_back(workspace)
        return out


class _Kernel(Compiled):
    """Packed patterns as the kernels take them; several threads may move one huge state."""

    __slots__ = ("columns", "huge", "patterns")

    def __init__(self, model: Any, patterns: PackedPatterns, columns: NDArray[np.uint64]) -> None:
        super().__init__(model)
        self.patterns, self.huge = patterns, patterns.shape[0] * patterns.shape[1] >= HUGE
        self.columns = columns

    def _sharable(self, rules: Rules) -> bool:
        return self.huge and rules.synchronous and rules.cold

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> Any:
        """As `Kernel` says."""
        if self.huge and self._sharable(rules):
            return None
        return _kernels.recall_one(self.model, rules.kernel, cue, out, sweep_limit, words)

    def shared(self, rules: Rules) -> Callable[..., None] | None:
        """Synchronous updates at T = 0: threads share rows for the overlaps, then units for the decisions."""
        if not self._sharable(rules):
            return None

        def advance(level: int, words: Any, previous: Any, progress: Any, sweep_limit: int, workers: int) -> None:
            state, before, row = words[0], previous[0], progress[0]
            while row[_kernels.STATUS] == _kernels.RUNNING and row[_kernels.SWEEPS] < sweep_limit:
                coming = self._updated(rules, level, words, workers)
                flips = _kernels.count_bits(coming ^ state)
                returned = row[_kernels.SWEEPS] > 0 and np.array_equal(coming, before)
                row[_kernels.SWEEPS] += 1
                row[_kernels.FLIPS] += flips
                row[_kernels.STATUS] = (
                    _kernels.CONVERGED if flips == 0 else _kernels.CYCLE if returned else _kernels.RUNNING
                )
                before[...], state[...] = state.copy(), coming

        return advance

    def _updated(self, rules: Rules, level: int, words: NDArray[np.uint64], workers: int) -> NDArray[np.uint64]:
        overlaps = self.patterns.overlaps_of(words, workers)[0]
        coming: NDArray[np.uint64] = np.empty_like(words[0])
        size = self.workspace_bytes(rules)

        def update(first: int, last: int) -> None:
            room = workspaces.take(size)
            _kernels.update_units(self.model, rules.kernel, level, words[0], overlaps, first, last, coming, room)
            workspaces.give_back(room)

        share(update, rules.units, workers)
        return coming
