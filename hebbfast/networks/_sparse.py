"""Sparse couplings as the kernels take them: integers times one power of two, by the unit that sends."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.pieces import pieces
from hebbfast.dynamics import workspaces
from hebbfast.dynamics.rules import Rules
from hebbfast.dynamics.run import Compiled
from hebbfast.networks._fixed_point import fixed_point_of_few

__all__ = ["Sparse", "is_sparse", "read_sparse"]

Words = NDArray[np.uint64]


def is_sparse(couplings: Any) -> bool:
    """Is it a matrix of scipy.sparse, of any format? SciPy itself is not imported."""
    return hasattr(couplings, "tocsc") and hasattr(couplings, "nnz")


class Sparse(Compiled):
    """Couplings (D, D) with few that are not zero, as a `hebbfast.dynamics.run.Kernel`.

    ``starts``, ``targets`` and ``values`` are the columns of J: what each unit sends, to whom.
    """

    __slots__ = ("state",)

    def __init__(self, *state: Any) -> None:
        """``state`` is (starts, targets, values, bias, scale, symmetric)."""
        self.state = state
        starts, targets, values, bias, scale, symmetric = state
        for array in (starts, targets, values, bias):
            array.flags.writeable = False
        energies = symmetric and _energies_fit(values, bias)
        super().__init__(_kernels.SparseCouplings(starts, targets, values, bias, scale, energies))

    def workspace_bytes(self, rules: Rules) -> int:
        """As `Kernel` says."""
        return _kernels.sparse_bytes(self.model)

    def recall(self, rules: Rules, *state: Any) -> int:
        """As `Kernel` says."""
        return _kernels.sparse_recall(self.model, rules.kernel, *state)

    def follow(self, rules: Rules, *state: Any) -> int:
        """As `Kernel` says."""
        return _kernels.sparse_follow(self.model, rules.kernel, *state)

    def alone(self, rules: Rules, cue: Any, out: Any, sweep_limit: int, words: Any) -> None:
        """Never: the short way is for small networks."""

    def matrix(self) -> Any:
        """(D, D) scipy.sparse.csc_array of float64: J as the network uses it."""
        from scipy import sparse

        starts, targets, values, bias, scale, _ = self.state
        return sparse.csc_array((values * scale, targets.copy(), starts.copy()), shape=(len(bias), len(bias)))

    def fields_of(self, words: Words, units: NDArray[np.uint32]) -> NDArray[np.float64]:
        """(Q, len(units))."""
        out = np.empty((len(words), len(units)))
        for part, fields, _ in self._evaluated(words):
            out[part] = fields[:, units] * self.state[4]
        return out

    def energies_of(self, words: Words) -> NDArray[np.float64]:
        """(Q,)."""
        out, (bias, scale) = np.empty(len(words)), self.state[3:5]
        for part, fields, energies in self._evaluated(words):
            if self.energies:
                out[part] = energies * scale
            else:  # too large for int64: Python's integers, rounded once
                signs = bits.unpack(words[part], len(bias))
                twice = [
                    sum(int(s) * (int(h) + int(b)) for s, h, b in zip(*x, bias, strict=True))
                    for x in zip(signs, fields, strict=True)
                ]
                out[part] = [-0.5 * scale * t for t in twice]
        return out

    def _evaluated(self, words: Words) -> Any:
        units, workspace = self.model.units, workspaces.take(_kernels.sparse_bytes(self.model))
        for part in pieces(len(words), len(self.state[1]) + 8 * units, 24 * units):
            count = part.stop - part.start
            fields, energies = np.empty((count, units), dtype=np.int64), np.empty(count, dtype=np.int64)
            _kernels.sparse_fields(self.model, words[part], fields, energies, workspace)
            yield part, fields, energies
        workspaces.give_back(workspace)


def _energies_fit(values: NDArray[Any], bias: NDArray[np.int64]) -> bool:
    total = float(np.abs(values.astype(np.float64)).sum()) + 2.0 * float(np.abs(bias.astype(np.float64)).sum())
    return total < 2.0**61


def read_sparse(couplings: Any, bias: ArrayLike | None) -> Sparse:
    """Couplings of SciPy and a bias, or a ValueError that names them; entries given twice are added, as SciPy does."""
    if len(couplings.shape) != 2 or couplings.shape[0] != couplings.shape[1] or couplings.shape[0] == 0:
        raise ValueError(f"couplings must have shape (D, D), got shape {couplings.shape}")
    units = couplings.shape[0]
    if units >= 2**31:
        raise ValueError(f"couplings must be of fewer than 2^31 units, got shape {couplings.shape}")
    columns = couplings.tocsc(copy=True)
    columns.sum_duplicates()
    columns.data = _arguments.real_array("couplings", columns.data)
    columns.eliminate_zeros()
    diagonal = np.flatnonzero(columns.diagonal())
    if len(diagonal):
        unit = int(diagonal[0])
        raise ValueError(f"couplings must have a zero diagonal, got {columns.diagonal()[unit]} at [{unit}, {unit}]")
    field = np.zeros(units, dtype=np.int64) if bias is None else _arguments.real_array("bias", bias)
    if field.shape != (units,):
        raise ValueError(f"bias must have shape ({units},), got shape {field.shape}")
    rows = columns.tocsr()
    rows.sort_indices()
    symmetric = all(
        np.array_equal(one, other)
        for one, other in ((rows.indptr, columns.indptr), (rows.indices, columns.indices), (rows.data, columns.data))
    )
    values, offsets, scale = fixed_point_of_few(columns.data, columns.indices, field)
    starts, targets = columns.indptr.astype(np.int64), columns.indices.astype(np.int32)
    return Sparse(starts, targets, values, offsets, scale, symmetric)
