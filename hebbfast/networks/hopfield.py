"""Hopfield networks in coupling space: a matrix J, a bias, and the same dynamics as the dense memories."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels
from hebbfast._records import aligned
from hebbfast._work.once import Once
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.run import Compiled
from hebbfast.networks._common_scale import real
from hebbfast.networks._fixed_point import Sparse, fixed_point, fixed_point_sparse, is_sparse, read_sparse
from hebbfast.networks._network import Network

if TYPE_CHECKING:  # whoever stays at T = 0 does without these
    from hebbfast.dynamics.abreast import Neighbourhood
    from hebbfast.dynamics.chains import Chains
    from hebbfast.dynamics.rules import Rules

__all__ = ["HopfieldNetwork"]


class Rule(Protocol):
    """A learning rule as an object."""

    def couplings(self, patterns: Any) -> NDArray[Any]:
        """(D, D) couplings of (K, D) patterns."""
        ...


class HopfieldNetwork(Network):
    """Network with fields h = J σ + b and, if J is symmetric, energy E(σ) = -½ σᵀJσ - b·σ (Hopfield 1982).

    Parameters
    ----------
    couplings : array_like or SciPy sparse matrix or array
        (D, D) finite numbers; J_ij couples unit j to unit i. Asymmetric ones are allowed. The diagonal must be zero,
        unless ``self_couplings`` allow one. Sparse ones stay sparse: a flip then costs the couplings of its unit, and
        memory grows with their number.
    bias : array_like, optional
        (D,) external field b, zero by default.
    scale : float, default 1
        What couplings and bias are multiplied with, above 0: integers over √D, say, stay integers of few bits.
    self_couplings : bool, default False
        May the couplings have a diagonal? Fields then count the unit itself, h_i = Σ_j J_ij σ_j + b_i with j = i.

    Attributes
    ----------
    units : int
        D.
    couplings : ndarray or scipy.sparse.csr_array
        (D, D) float64, a copy.
    bias : ndarray
        (D,) float64, a copy.
    symmetric : bool
        Whether an energy exists.
    self_couplings : bool
        Whether a unit is coupled to itself.

    Raises
    ------
    ValueError
        If the couplings are not square, not finite or have a diagonal that is not expected, the bias does not match,
        or the scale is not above 0.

    Notes
    -----
    Couplings have a fixed-point meaning: they are kept as integers times one number. Then each field is an exact sum,
    no drift builds up over flips, and results are the same on every machine. The number is a power of two where
    integers of 8, 16 or 32 bits are exact so. Else it may be any of which all couplings and biases are multiples, up to
    2^-40 of it or 2^-50 of themselves, a power of two only if 64 bits are not exact either: sums of outer products over
    D, or ±1/√D, are the integers that they stand for, with ties where those have ties. Else integers have 64 bits, with
    the finest step for which no field overflows, and what is no multiple of a power of two is rounded to about
    62 - log2(D) bits of the largest row.

    Couplings take 2 bytes each where 8 bits are exact, 2 or 4 where 16 or 32 are, else 10: the integers of 64 bits and
    two bytes that decide most visits without them. A sparse one takes 4 bytes for its unit and 2, 4 or 8 for itself;
    the results are those of the same couplings given dense.

    Self-couplings hold a unit at its value, or drive it away from it. They add the constant -½ Σ_i J_ii to the energy,
    and a flip costs ΔE = 2 σ_i h_i - 2 J_ii, so asynchronous updates never raise E where no J_ii is negative. A heat
    bath with these fields has no such energy: ``sample``, ``anneal`` and all else that needs one refuse.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(3, 100, rng=0)
    >>> network = hb.HopfieldNetwork.train(patterns)
    >>> result = network.recall(hb.corrupt(patterns[0], flips=10, rng=1), rng=2)
    >>> bool((result.states == patterns[0]).all())
    True
    """

    _energies_wait = True

    def __init__(
        self,
        couplings: ArrayLike,
        bias: ArrayLike | None = None,
        *,
        scale: float = 1.0,
        self_couplings: bool = False,
    ) -> None:
        scale = _arguments.real("scale", scale, 0.0, ends="(]")
        _arguments.flag("self_couplings", self_couplings)
        if is_sparse(couplings):
            columns = read_sparse("couplings", couplings)
            _expect_diagonal(columns.diagonal(), self_couplings)
            outgoing, offsets, unit = fixed_point_sparse(columns, _bias(bias, columns.shape[0]), scale)
            columns.data = outgoing.values
            symmetric, looped = (columns != columns.T).nnz == 0, bool(columns.diagonal().any())
            self.__setstate__((outgoing, offsets, unit, symmetric, looped))
            return
        matrix = _arguments.real_array("couplings", couplings)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] == 0:
            raise ValueError(f"couplings must have shape (D, D), got shape {matrix.shape}")
        _expect_diagonal(matrix.diagonal(), self_couplings)
        integers, offsets, unit = fixed_point(matrix, _bias(bias, len(matrix)), scale)
        symmetric = bool(np.array_equal(integers, integers.T))
        looped = self_couplings and bool(integers.diagonal().any())
        self.__setstate__((integers, offsets, unit, symmetric, looped))

    def __getstate__(self) -> Any:
        return self._outgoing, self._bias, self._scale, self.symmetric, self.self_couplings

    def __setstate__(self, state: Any) -> None:
        outgoing, bias, self._scale, self.symmetric, self.self_couplings = state
        if isinstance(outgoing, Sparse):
            outgoing = Sparse(aligned(outgoing.starts), aligned(outgoing.targets), aligned(outgoing.values))
        self._outgoing: NDArray[Any] | Sparse = aligned(outgoing)
        self._bias = aligned(bias)
        leads = self._outgoing[:2] if isinstance(self._outgoing, Sparse) else None
        self._values = self._outgoing.values if isinstance(self._outgoing, Sparse) else self._outgoing
        for array in (self._values, self._bias, *(leads or ())):
            array.flags.writeable = False
        self.units = len(self._bias)
        self._field = real(self._bias, self._scale)  # b
        self._compiled = Compiled(
            _kernels.Couplings(self._values, self._bias, self._scale, self.symmetric, sparse=leads)
        )
        self._around = Once(self._look_around)

    @property
    def _kernel(self) -> Compiled:
        return self._compiled

    def _look_around(self) -> "Neighbourhood | None":
        from hebbfast.dynamics.abreast import neighbourhood

        if not isinstance(self._outgoing, Sparse) or not self.symmetric or self.self_couplings:
            return None
        return neighbourhood(*self._outgoing, self._bias, self._scale)

    def _chains(
        self, rules: "Rules", words: NDArray[np.uint64], seeds: NDArray[np.uint64], *, threads: int | None
    ) -> "Chains":
        from hebbfast.dynamics.abreast import Abreast, expect_shared, moves_abreast

        if rules.draws == "shared":
            return Abreast(expect_shared(self._around.value, rules), rules, words, seeds, threads=threads)
        around = self._around.value if moves_abreast(rules, len(words)) else None
        if around is not None and around.serves(rules):
            return Abreast(around, rules, words, seeds, threads=threads)
        return super()._chains(rules, words, seeds, threads=threads)

    @classmethod
    def train(
        cls, patterns: ArrayLike | PackedPatterns, rule: Rule | Callable[..., Any] | None = None
    ) -> "HopfieldNetwork":
        """Make a network from patterns.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (K, D) of ±1.
        rule : object with ``couplings(patterns)``, or function of patterns, optional
            For instance a `learning.HebbianRule`; by default `learning.activity_product`, the sum of outer products.

        Returns
        -------
        HopfieldNetwork
            With the couplings of the rule and no bias.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.HopfieldNetwork.train([[1, -1, 1]]).couplings.tolist()
        [[0.0, -1.0, 1.0], [-1.0, 0.0, -1.0], [1.0, -1.0, 0.0]]
        """
        from hebbfast import learning  # half of the time of `import hebbfast`

        rule = learning.activity_product if rule is None else rule
        wanted = "a function of patterns or an object with couplings(patterns)"
        if isinstance(rule, type) and hasattr(rule, "couplings"):
            raise TypeError(f"rule must be {wanted}, got the class {rule.__name__}")
        if not hasattr(rule, "couplings"):
            rule = _arguments.function("rule", rule, wanted)
        made = rule.couplings(patterns) if hasattr(rule, "couplings") else rule(patterns)
        return cls(getattr(made, "couplings", made))

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the network to a safetensors file; needs ``pip install "hebbfast[files]"``.

        The integers that it computes with are kept, dense or sparse, and the bias. The file appears whole or not at
        all, with checksums; ``docs/files.md`` draws the format.

        Parameters
        ----------
        path : path-like
            The file to write; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from hebbfast.networks import _saved_couplings

        _saved_couplings.save(path, *self.__getstate__())

    @classmethod
    def load(
        cls, path: "str | os.PathLike[str]", *, mmap: bool = True, verify: bool | None = None
    ) -> "HopfieldNetwork":
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.
        mmap : bool, default True
            Map the couplings from the file instead of reading them: those of 16 and 32 bits are used where they are,
            others need their own copy in memory. The file must not change meanwhile.
        verify : bool, optional
            Compare all that the file holds with its checksums; by default unless it is mapped and more than 64 MiB.
            Whatever it is, the couplings are looked through once, unless it is False: the file is one's own.

        Returns
        -------
        HopfieldNetwork
            With the results of the one that was saved, bit for bit.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, was not written by `save`, or by a later version; the message names it.
        """
        from hebbfast.networks import _saved_couplings

        network = cls.__new__(cls)
        found, state = _saved_couplings.load(path, mmap, verify)
        with found.blamed():
            network.__setstate__(state)
        return network

    @property
    def couplings(self) -> Any:
        """(D, D) float64: J as the network uses it; a SciPy array in CSR if it was made of a sparse matrix."""
        if isinstance(self._outgoing, Sparse):
            return self._outgoing.matrix(self._scale)
        return np.ascontiguousarray(real(self._outgoing.T, self._scale))

    @property
    def bias(self) -> NDArray[np.float64]:
        """(D,) float64: b as the network uses it."""
        return self._field.copy()

    def __repr__(self) -> str:
        kind = "symmetric" if self.symmetric else "asymmetric"
        form = " sparse" if isinstance(self._outgoing, Sparse) else ""
        looped = " with self-couplings" if self.self_couplings else ""
        return f"<HopfieldNetwork D={self.units} {kind}{form} {self._values.dtype} couplings{looped}>"

    def _expect_energy(self) -> None:
        if not self.symmetric:
            raise ValueError("couplings must be symmetric for an energy to exist, got asymmetric ones")

    def _expect_balance(self) -> None:
        self._expect_energy()
        if self.self_couplings:
            raise ValueError("couplings must have a zero diagonal for states to have a temperature, got self-couplings")

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences E(after) - E(before) of single flips, 2 σ_i h_i, less 2 J_ii with self-couplings."""
        costs = super().delta_energy(states, units)
        if self.self_couplings:
            own = (
                self._outgoing.matrix(1.0).diagonal()
                if isinstance(self._outgoing, Sparse)
                else self._outgoing.diagonal()
            )
            costs -= 2 * real(own if units is None else own[np.asarray(units)], self._scale)
        return costs

    def _energy_of_one(self, state: NDArray[Any]) -> float | None:
        return _kernels.energy_one(self._kernel.model, state)

    def _fields_of_one(
        self, state: NDArray[Any], units: NDArray[np.uint32] | None, out: NDArray[np.float64], costs: bool = False
    ) -> bool:
        return _kernels.fields_one(self._kernel.model, state, units, out, costs)

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        model, out = self._kernel.model, np.empty((len(words), len(units)))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(out), self.units**2):
            _kernels.fields(model, words[part], units, out[part], workspace)
        workspaces.give_back(workspace)
        return out

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        if not self.symmetric:
            return np.full(len(words), np.nan)
        model, out = self._kernel.model, np.empty(len(words))
        workspace = workspaces.take(_kernels.workspace_bytes(model))
        for part in pieces(len(words), self.units**2):
            _kernels.coupling_energies(model, words[part], out[part], workspace)
        workspaces.give_back(workspace)
        return out


def _expect_diagonal(diagonal: NDArray[Any], expected: bool) -> None:
    """Zero, unless another one is expected."""
    unit = int(np.argmax(diagonal != 0))
    if diagonal[unit] and not expected:
        raise ValueError(
            f"couplings must have a zero diagonal, got {diagonal[unit]} at [{unit}, {unit}], unless self_couplings=True"
        )


def _bias(bias: ArrayLike | None, units: int) -> NDArray[Any]:
    field = np.zeros(units, dtype=np.int64) if bias is None else _arguments.real_array("bias", bias)
    if field.shape != (units,):
        raise ValueError(f"bias must have shape ({units},), got shape {field.shape}")
    return field
