"""Dense associative memories: packed patterns and an interaction, without a D × D matrix."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits, search
from hebbfast._work.free import fits
from hebbfast._work.once import Once
from hebbfast._work.pieces import pieces
from hebbfast._work.threads import HUGE, share
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.record import Recall
from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Compiled
from hebbfast.interactions import Interaction, Polynomial
from hebbfast.networks import _bias, _weights
from hebbfast.networks._completion import completed
from hebbfast.networks._growing import Growing, without
from hebbfast.networks._network import Network
from hebbfast.networks._per_cue import PerCue
from hebbfast.networks._squares import Squares
from hebbfast.networks.certainty import Certainty

if TYPE_CHECKING:
    from hebbfast.networks._summed import Rounds
    from hebbfast.search import Nearest

__all__ = ["DenseAssociativeMemory"]

CLASSICAL = Polynomial(2)  # Hopfield 1982
Layouts = Literal["rows", "both"]


class DenseAssociativeMemory(Certainty, Network):
    """Memory with the energy E(σ) = -Σ_μ w_μ F(m_μ) - Σ_i b_i σ_i (Krotov and Hopfield 2016, eq. 1: w_μ = 1, b_i = 0).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1. Packed patterns are shared, not copied.
    interaction : Polynomial, RectifiedPolynomial, Exponential or one's own, default Polynomial(2)
        F. ``Polynomial(2)`` is the classical Hopfield network with zero self-coupling; `interactions.Interaction`
        says what a class of one's own needs.
    weights : array_like, optional
        (K,): w_μ, how often each pattern counts, 1 if None: with 2 it is stored twice, with 0 forgotten, with less it
        repels. Integers are exact. Of other numbers, powers take multiples of a power of two, 29 bits of the largest,
        and other interactions so many that w_μ and G have half of 62 - log2(K) bits each.
    bias : array_like, optional
        (D,): b_i, an external field, in units of energy; none if None. Not for exponentials, whose sums are relative.
        Exact where b_i is so many parts of what one pattern adds that sums fit int64 (2 n b_i, times D^(n-1) where
        normalized, is an integer or a binary fraction of one); else rounded to the finest part that does.

    Attributes
    ----------
    patterns : PackedPatterns
        The stored patterns.
    interaction : Interaction
        F.
    weights : ndarray or None
        int64 or float64 (K,), read-only.
    bias : ndarray or None
        float64 (D,), read-only.
    units : int
        D.

    Raises
    ------
    ValueError
        If the patterns are not ±1, the energy of the interaction would leave float64, or weights or bias are not as
        described: sums must fit what the interaction has for them.

    Notes
    -----
    Fields of polynomials are exact: the integer 2 n h_i (times D^(n-1) when normalized) is rounded once. Energies of
    polynomials are exact integers, rounded once. E counts the self-term, so for n = 2 it lies K·D/2 below that of
    ``HopfieldNetwork.train(patterns)``; fields and energy differences are the same.

    Memory: K·D/8 bytes, and as much again once something asks for fields or dynamics (the transposed copy). Memories
    do not change, so any number of threads may use one at once. ``Polynomial(2)`` of at most 1536 units, and 16 a
    pattern, makes couplings, 2 to 4 D² bytes, for asynchronous dynamics once D²/80K cues have moved, or one at T > 0:
    that is faster, and no result differs. A bias takes masked sums, as fewer than 64 patterns do: bit planes, which are
    faster, know none. It belongs to the energy alone, so `posterior`, `denoise` and `draw` take no notice of it.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(300, 200, rng=0)
    >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
    >>> result = memory.recall(hb.corrupt(patterns[7], flips=20, rng=1), rng=2)
    >>> bool((result.states == patterns[7]).all())
    True
    """

    def __init__(
        self,
        patterns: ArrayLike | PackedPatterns,
        interaction: Interaction = CLASSICAL,
        weights: ArrayLike | None = None,
        bias: ArrayLike | None = None,
    ) -> None:
        self.patterns = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
        if len(self.patterns) == 0:
            raise ValueError("patterns must hold at least one pattern, got none")
        self.interaction = interaction
        self.units = self.patterns.shape[1]
        self.weights = None if weights is None else _weights.read(weights, len(self.patterns))
        self._weights = _weights.weigh(interaction, self.units, self.weights, len(self.patterns))
        self.bias = None if bias is None else _bias.read(bias, self.units)
        if self.bias is not None and self.bias.any():
            self._weights = _bias.biased(self._weights, self.bias, interaction, len(self.patterns))
        self._columns = Once(self.patterns.columns)  # the transposed patterns, when first asked for
        self._columns_bytes = self.patterns.nbytes  # that making them takes
        self._growing: Growing | None = None
        self._made = Once(self._make)

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        more = ("" if self.weights is None else " weighted") + ("" if self.bias is None else " biased")
        return f"<DenseAssociativeMemory K={len(self)} D={self.units} {self.interaction}{more}>"

    def __reduce__(self) -> Any:
        return type(self), (self.patterns, self.interaction, self.weights, self.bias)

    def _make(self) -> Compiled:
        if self._columns.peek() is None and not fits(self._columns_bytes):
            raise MemoryError
        columns = self._columns.value
        model = _kernels.Memory(self.patterns.words, columns, self.units, self._weights)
        plain = self._weights.multitude is None and self._weights.bias is None
        if plain and type(self.interaction) is Polynomial and Squares.serves(self.patterns, self.interaction):
            return Squares(model, self.patterns, self.interaction)
        return _Kernel(model, self.patterns)

    @property
    def _kernel(self) -> "Compiled | Rounds":
        try:
            return self._made.value
        except MemoryError:  # for now: the next call looks again
            from hebbfast.networks._stream import Streamed

            return Streamed(self.patterns, self.interaction, self._weights)._kernel

    def weighted(self, weights: ArrayLike | None) -> "DenseAssociativeMemory":
        """A new memory of the same patterns with other weights; it shares all that is packed and costs K steps.

        Parameters
        ----------
        weights : array_like or None
            (K,), as of the memory itself.

        Returns
        -------
        DenseAssociativeMemory
            This memory itself is unchanged.

        Raises
        ------
        ValueError
            If the weights are not as described.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(3, 50, rng=0)
        >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        >>> twice = hb.DenseAssociativeMemory(patterns[[0, 1, 1]], hb.Polynomial(3))
        >>> bool((memory.weighted([1, 2, 0]).fields(patterns) == twice.fields(patterns)).all())
        True
        """
        other = DenseAssociativeMemory(self.patterns, self.interaction, weights, self.bias)
        other._columns, other._growing = self._columns, self._growing
        other._columns_bytes = self._columns_bytes
        return other

    def store(self, patterns: ArrayLike | PackedPatterns) -> "DenseAssociativeMemory":
        """A new memory with further patterns.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (D,) or (K', D) of ±1, appended; where there are weights, each with 1.

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
        together, growing, columns = len(self) + len(added), self._growing, self._columns.peek()
        known = growing is not None and (columns is None) == (growing.columns is None)
        if growing is None or not (known and growing.claim(len(self), together)):
            growing = Growing(self.patterns.words, columns, self.units, together)
            growing.claim(len(self), together)
        growing.write(len(self), added)
        rows, columns = growing.seen(together)
        ones = np.ones(len(added), dtype=np.int64)
        weights = None if self.weights is None else np.concatenate([self.weights, ones])
        memory = DenseAssociativeMemory(bits.packed(rows, self.units), self.interaction, weights, self.bias)
        memory._growing = growing
        if columns is not None:
            memory._columns = Once.of(columns)
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
        if not _arguments.are_integers(index) and index.size:
            raise TypeError(f"indices must be integers, got dtype {index.dtype}")
        if index.size and not -len(self) <= index.min() <= index.max() < len(self):
            raise IndexError(f"indices must lie in {-len(self)}..{len(self) - 1}, got {indices!r}")
        keep = np.ones(len(self), dtype=bool)
        keep[index.astype(np.int64)] = False
        if not keep.any():
            raise ValueError(f"indices must leave at least one pattern, got all {len(self)}")
        weights = None if self.weights is None else self.weights[keep]
        memory = DenseAssociativeMemory(self.patterns[keep], self.interaction, weights, self.bias)
        columns = self._columns.peek()
        if columns is not None:
            first = len(self) if keep.all() else int(keep.argmin())
            memory._columns = Once.of(without(columns, memory.patterns.words, self.units, first))
        return memory

    def recall(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        known: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        **rules: Any,
    ) -> Recall:
        """Let cues move until they rest.

        Parameters
        ----------
        cues : array_like or PackedPatterns
            (D,) or (Q, D) of ±1; not modified.
        known : array_like of bool, optional
            (D,); what cues hold of units that are False has no effect. These take their first values from the known
            ones alone, all at once and at T = 0: the sign of Σ_μ w_μ ξ_i^μ [F(m_μ + 1) - F(m_μ - 1)] with the overlaps
            m_μ over the known units, +1 (or -1 with ``tie="minus"``) where it is zero; a bias takes no part in that.
            Then all units move, known ones too, unless ``clamp`` holds them.
        weights : array_like, optional
            (K,) in place of the memory's own, or (Q, K), a row for each cue, none of zeros alone.
        **rules
            ``update``, ``order``, ``max_sweeps``, ``temperature``, ``beta``, ``tie``, ``clamp``, ``uniforms``,
            ``cycles``, ``rng``, ``threads`` and ``record`` of every network: see `HopfieldNetwork.recall`.

        Returns
        -------
        Recall
            States of the same kind as the cues, and how they got there.

        Raises
        ------
        ValueError
            If an argument is not as described; nothing has moved then.

        Notes
        -----
        Weights that are overlaps with an input u, m_μ(u), make E ∝ -Σ_μ m_μ(u) m_μ(σ)² of ``Polynomial(2)``: the
        input-driven plasticity of Betteti, Baggio, Bullo and Zampieri (2025), Science Advances 11, eadu6991.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(20, 300, rng=0)
        >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        >>> result = memory.recall(patterns[:4], known=[True] * 100 + [False] * 200, rng=1)
        >>> bool((result.states == patterns[:4]).all())
        True
        """
        if known is None and weights is None:
            return super().recall(cues, **rules)
        batch = bits.read_states(cues, self.units, "cues")
        memories = self._of_cues(weights, len(batch.words))
        mask, _ = search.read_known(known, self.units)
        if mask is not None:
            tie = _arguments.choice("tie", rules.get("tie", "plus"), _arguments.TIES)
            parts = [batch.words] if len(memories) == 1 else batch.words[:, None]
            each = zip(memories, parts, strict=True)
            words = [
                completed(self.patterns, self._columns.value, memory.interaction, memory.weights, part, mask, tie=tie)
                for memory, part in each
            ]
            cues = batch.restore(np.concatenate(words))
        if len(memories) == 1:
            return memories[0].recall(cues, **rules)
        return PerCue(memories).recall(cues, **rules)

    def _of_cues(self, weights: ArrayLike | None, cues: int) -> "list[DenseAssociativeMemory]":
        """One memory for all cues, or one each."""
        if weights is None:
            return [self]
        values = _arguments.real_array("weights", weights)
        if values.ndim != 2:
            return [self.weighted(values)]
        return _weights.each(values, cues, len(self), self.weighted) or [self]

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
        arrays = {"columns": _saved.own_columns(self._columns.value, len(self))} if both else {}
        arrays |= {name: given for name in ("weights", "bias") if (given := getattr(self, name)) is not None}
        _saved.save(self, path, arrays)

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

        found = _saved.read(
            "DenseAssociativeMemory", path,
            {"columns?": ("U64", 2), "weights?": ("I64 F64", 1), "bias?": ("F64", 1)}, [], mmap, verify,
        )  # fmt: skip
        patterns, chosen = bits.of_file(found), _saved.interaction_of(found, interaction)
        with found.blamed():
            memory = cls(patterns, chosen, found.arrays.get("weights"), found.arrays.get("bias"))
        if "columns" in found.arrays:
            memory._columns, memory._columns_bytes = Once(lambda: _saved.expect_columns(found, patterns)), 0
            if found.verified:
                _ = memory._columns.value  # a damaged file is refused now
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
        kernel, out = self._kernel, np.empty(len(words))
        if not isinstance(kernel, Compiled):
            return kernel.memory._energies_of(words, threads)
        workspace = workspaces.take(_kernels.workspace_bytes(kernel.model))
        for part in pieces(len(out), len(self), 4 * len(self)):
            overlaps = self._overlaps_of(words[part], threads)
            _kernels.energies(kernel.model, overlaps, out[part], workspace, np.ascontiguousarray(words[part]))
        workspaces.give_back(workspace)
        return out

    def _energy_of_one(self, state: NDArray[Any]) -> float | None:
        if len(self) * self.units >= HUGE:
            return None
        kernel = self._kernel
        return _kernels.energy_one(kernel.model, state) if isinstance(kernel, Compiled) else None

    def _fields_of_one(
        self, state: NDArray[Any], units: NDArray[np.uint32] | None, out: NDArray[np.float64], costs: bool = False
    ) -> bool:
        kernel = self._kernel
        return isinstance(kernel, Compiled) and _kernels.fields_one(kernel.model, state, units, out, costs)

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        kernel, out = self._kernel, np.empty((len(words), len(units)))
        if not isinstance(kernel, Compiled):
            return kernel.memory._fields_of(words, units)
        workspace = workspaces.take(_kernels.workspace_bytes(kernel.model))
        for part in pieces(len(out), len(self) * self.units):
            _kernels.fields(kernel.model, words[part], units, out[part], workspace)
        workspaces.give_back(workspace)
        return out


class _Kernel(Compiled):
    """Packed patterns as the kernels take them; several threads may move one huge state."""

    __slots__ = ("huge", "patterns")

    def __init__(self, model: Any, patterns: PackedPatterns) -> None:
        super().__init__(model)
        self.patterns, self.huge = patterns, patterns.shape[0] * patterns.shape[1] >= HUGE

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
