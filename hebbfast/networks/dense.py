"""Dense associative memories: packed patterns and an interaction, without a D × D matrix."""

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _kernels, bits
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import run as dynamics
from hebbfast.dynamics.run import Recall
from hebbfast.interactions import Exponential, Interaction, Polynomial

__all__ = ["DenseAssociativeMemory"]

CLASSICAL = Polynomial(2)  # Hopfield 1982
_PIECE = 1 << 28  # pattern-visits between two looks at Ctrl-C


class DenseAssociativeMemory:
    """Memory with the energy E(σ) = -Σ_μ F(m_μ) (Krotov and Hopfield 2016, eq. 1).

    Parameters
    ----------
    patterns : array_like or PackedPatterns
        (K, D) of ±1. Packed patterns are shared, not copied.
    interaction : Polynomial, RectifiedPolynomial or Exponential, default Polynomial(2)
        F. ``Polynomial(2)`` is the classical Hopfield network with zero self-coupling.

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
        if not isinstance(interaction, (Polynomial, Exponential)):
            raise TypeError(f"interaction must be Polynomial, RectifiedPolynomial or Exponential, got {interaction!r}")
        self.patterns = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
        if len(self.patterns) == 0:
            raise ValueError("patterns must hold at least one pattern, got none")
        self.interaction = interaction
        self.units = self.patterns.shape[1]
        self._weights = interaction.weights(self.units, len(self.patterns))
        self._lock = threading.Lock()
        self._kernel_memory: Any = None

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        return f"<DenseAssociativeMemory K={len(self)} D={self.units} {self.interaction}>"

    @property
    def _memory(self) -> Any:
        """The kernels' memory; the transposed patterns are made when first asked for."""
        with self._lock:
            if self._kernel_memory is None:
                rows = self.patterns.words
                self._kernel_memory = _kernels.Memory(rows, self.patterns.columns(), self.units, self._weights)
            return self._kernel_memory

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

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(3, 50, rng=0)
        >>> len(hb.DenseAssociativeMemory(patterns).store(-patterns))
        6
        """
        added = bits.read_states(patterns, self.units, "patterns")
        joined = PackedPatterns.concatenate([self.patterns, PackedPatterns._of(added.words.view(), self.units)])
        return DenseAssociativeMemory(joined, self.interaction)

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
        index = np.asarray(indices)
        if index.dtype.kind not in "iu" and index.size:
            raise TypeError(f"indices must be integers, got dtype {index.dtype}")
        if index.size and not -len(self) <= index.min() <= index.max() < len(self):
            raise IndexError(f"indices must lie in {-len(self)}..{len(self) - 1}, got {indices!r}")
        keep = np.ones(len(self), dtype=bool)
        keep[index.astype(np.int64)] = False
        if not keep.any():
            raise ValueError(f"indices must leave at least one pattern, got all {len(self)}")
        return DenseAssociativeMemory(self.patterns[keep], self.interaction)

    def overlaps(self, states: ArrayLike | PackedPatterns) -> NDArray[np.int32]:
        """Overlaps m_μ = Σ_i ξ_i^μ σ_i: int32 (K,) for one state (D,), (Q, K) for a batch (Q, D)."""
        return self.patterns.overlaps(states)

    def energy(self, states: ArrayLike | PackedPatterns) -> Any:
        """Energy E = -Σ_μ F(m_μ).

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.

        Returns
        -------
        float64 or ndarray
            Scalar or (Q,). For polynomials the sum is an exact integer, rounded once.

        Examples
        --------
        >>> import hebbfast as hb
        >>> float(hb.DenseAssociativeMemory([[1, 1, 1, 1]]).energy([1, 1, 1, -1]))
        -2.0
        """
        batch = bits.read_states(states, self.units, "states")
        energies = self._energies(batch.words)
        return energies[0] if batch.single else energies

    def _energies(self, words: NDArray[np.uint64]) -> NDArray[np.float64]:
        out = np.empty(len(words))
        step = max(1, _PIECE // len(self))
        for first in range(0, len(out), step):
            part = slice(first, first + step)
            _kernels.energies(self._memory, self._overlaps(words[part]), out[part])
        return out

    def _overlaps(self, words: NDArray[np.uint64]) -> NDArray[np.int32]:
        return self.patterns.overlaps(PackedPatterns._of(words.view(), self.units))

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[np.float64]:
        """Fields h_i = ½ [E(σ_i = -1) - E(σ_i = +1)].

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.

        Returns
        -------
        ndarray
            float64 (D,) or (Q, D); the zero-temperature update is σ_i ← sign(h_i). For polynomials the exact
            integer 2 n h_i (times D^(n-1) when normalized) is rounded once, so the sign is exact.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.DenseAssociativeMemory([[1, 1, -1]]).fields([1, 1, 1]).tolist()
        [0.0, 0.0, -2.0]
        """
        batch = bits.read_states(states, self.units, "states")
        fields = self._fields(batch.words, all_units(self))
        return fields[0] if batch.single else fields

    def _fields(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        out = np.empty((len(words), len(units)))
        step = max(1, _PIECE // (len(self) * self.units))
        for first in range(0, len(out), step):
            _kernels.fields(self._memory, words[first : first + step], units, out[first : first + step])
        return out

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences E(after) - E(before) of single flips, 2 σ_i h_i.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        units : array_like of int, optional
            Units to flip, each alone; all when None.

        Returns
        -------
        ndarray
            float64 (len(units),) or (Q, len(units)).

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.DenseAssociativeMemory([[1, 1, 1]]).delta_energy([1, 1, -1], [2]).tolist()
        [-4.0]
        """
        return flip_costs(self, bits.read_states(states, self.units, "states"), units)

    def recall(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        update: str = "async",
        order: str | ArrayLike = "random",
        max_sweeps: int = 100,
        temperature: float = 0.0,
        tie: str = "plus",
        clamp: ArrayLike | None = None,
        rng: Any = None,
        threads: int | None = None,
        record: str | Iterable[str] | None = None,
    ) -> Recall:
        """Let cues move until they rest.

        Parameters
        ----------
        cues : array_like or PackedPatterns
            (D,) or (Q, D) of ±1; not modified.
        update : {"async", "sync"}
            One unit after another, or all at once (then ``order`` has no effect).
        order : {"random", "sequential", "replacement"} or array_like of int
            A new permutation in every sweep; 0..D-1; D units drawn with replacement; or units visited again in every
            sweep, any number of them.
        max_sweeps : int
            Where to stop at the latest.
        temperature : float
            T of the heat bath, P(σ_i = +1) = 1 / (1 + exp(-2 h_i / T)) (Glauber 1963); at 0 the sign of h_i.
        tie : {"plus", "keep", "minus"}
            The value of a unit whose field is exactly zero.
        clamp : array_like of bool, optional
            (D,); units that are True never move.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`; each cue gets one stream from it.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process. Results do not depend on it.
        record : {"energy", "flips", "overlaps", "states"} or several of them, optional
            What to keep after each sweep in ``trace``.

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
        Asynchronous updates never raise the energy (Hopfield 1982). With ``tie="plus"`` or ``"minus"`` a flip can
        leave it equal, with ``"keep"`` each flip lowers it. Synchronous updates may end in a cycle of period 2.
        An order that leaves units out stops when a sweep of it changes nothing.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(20, 300, rng=0)
        >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        >>> result = memory.recall(hb.corrupt(patterns, flip=0.1, rng=1), rng=2)
        >>> bool(result.converged.all())
        True
        """
        states = bits.read_states(cues, self.units, "cues")
        return dynamics.recall(
            self._memory,
            states,
            self._energies,
            self._overlaps,
            update=update,
            order=order,
            max_sweeps=max_sweeps,
            temperature=temperature,
            tie=tie,
            clamp=clamp,
            rng=rng,
            threads=threads,
            record=record,
            work=len(self) * self.units,
        )

    sample = dynamics.sample


def all_units(network: Any) -> NDArray[np.uint32]:
    """0..D-1."""
    return np.arange(network.units, dtype=np.uint32)


def flip_costs(network: Any, batch: bits.States, units: ArrayLike | None) -> NDArray[np.float64]:
    """2 σ_i h_i of a network, for all units or some."""
    index = all_units(network) if units is None else dynamics.read_units(units, network.units, "units")
    signs = PackedPatterns._of(batch.words.view(), network.units).unpack()[:, index]
    costs: NDArray[np.float64] = 2.0 * signs * network._fields(batch.words, index)
    return costs[0] if batch.single else costs
