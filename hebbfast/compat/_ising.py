"""Binary quadratic models as networks: E = Σ h_i s_i + Σ J_ij s_i s_j is that of couplings -J and a bias -h."""

import heapq
import importlib.util
import math
import warnings
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["Ising"]

_DENSE = 512  # variables up to which couplings are kept dense
_FEW = 64  # descents go apart where so many times as many interactions could be there
_SPARSE = 16  # kept sparse where so many times as many could be there: a sparse one costs four times a dense one


class Ising:
    """A `dimod.BinaryQuadraticModel` in spins.

    Parameters
    ----------
    bqm : dimod.BinaryQuadraticModel
        Of either vartype.
    variables : sequence
        Its N variables, in the order of the units.

    Attributes
    ----------
    linear : ndarray
        float64 (N,): h.
    rows, columns, quadratic : ndarray
        The interactions J, each pair once.
    """

    def __init__(self, bqm: Any, variables: Sequence[Hashable]) -> None:
        spins = bqm if bqm.vartype.name == "SPIN" else bqm.change_vartype("SPIN", inplace=False)
        vectors = spins.to_numpy_vectors(variable_order=variables)
        self.linear: NDArray[np.float64] = np.asarray(vectors.linear_biases, dtype=np.float64)
        self.rows: NDArray[Any] = vectors.quadratic.row_indices
        self.columns: NDArray[Any] = vectors.quadratic.col_indices
        self.quadratic: NDArray[np.float64] = np.asarray(vectors.quadratic.biases, dtype=np.float64)
        # pairs first: in a model of 0 and 1 they are part of the linear ones
        for biases, ends in ((self.quadratic, (self.rows, self.columns)), (self.linear, (np.arange(len(variables)),))):
            if not (finite := np.isfinite(biases)).all():
                first = int(finite.argmin())
                where = ", ".join(repr(variables[int(end[first])]) for end in ends)
                raise ValueError(f"bqm must have finite biases, got {biases[first]} of {where}")

    def couplings(self) -> Any:
        """-J, symmetric: a SciPy array where it is large and has few entries, if there is SciPy."""
        units = len(self.linear)
        few = units > _DENSE and 2 * _SPARSE * len(self.quadratic) < units**2
        if few and importlib.util.find_spec("scipy"):
            from scipy import sparse

            half = sparse.coo_array((-self.quadratic, (self.rows, self.columns)), shape=(units, units))
            return (half + half.T).tocsr()
        dense = np.zeros((units, units))
        dense[self.rows, self.columns] = -self.quadratic
        return dense + dense.T

    def network(self) -> HopfieldNetwork:
        """The network with these energies, but for the offset."""
        return HopfieldNetwork(self.couplings(), -self.linear)

    def beta_range(self) -> list[float]:
        """Hot and cold β as dwave-samplers chooses them.

        Hot: the spin with the largest possible field flips against it with probability ½, ln 2 / (2 max_i (|h_i| +
        Σ_j |J_ij|)). Cold: of the g spins whose smallest bias is the smallest of all, b, one in a hundred is expected
        to be out of place, ln(g / 0.01) / (2 b).
        """
        sizes = np.abs(self.quadratic)
        widest = np.abs(self.linear)
        least = np.where(widest > 0, widest, np.inf)
        for ends in (self.rows, self.columns):
            np.add.at(widest, ends, sizes)
            np.minimum.at(least, ends, np.where(sizes > 0, sizes, np.inf))
        if not widest.any():
            warnings.warn(
                "all biases are zero, and so are all energies: beta_range is set to [0.1, 1]", UserWarning, stacklevel=4
            )
            return [0.1, 1]
        smallest = least.min()
        gaps = np.count_nonzero(least == smallest)
        return [math.log(2) / (2 * float(widest.max())), math.log(gaps / 0.01) / (2 * float(smallest))]

    def descend(self, states: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.uint32]]:
        """Local minima (R, N) from ±1 by steepest descent, and the flips of each."""
        units, pairs = len(self.linear), len(self.quadratic)
        return (self._descend_apart if 2 * _FEW * pairs <= units**2 else self._descend_together)(states)

    def _descend_together(self, states: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.uint32]]:
        """All reads step at once, and look at all units."""
        couplings = self.couplings()
        signs = states.astype(np.float64)
        fields = signs @ couplings - self.linear  # couplings are symmetric
        steps = np.zeros(len(states), dtype=np.uint32)
        moving = np.arange(len(states) if states.size else 0)
        while len(moving):
            costs = fields[moving] * signs[moving]  # of each flip, halved
            units = costs.argmin(axis=1)
            falls = costs[np.arange(len(moving)), units] < 0
            moving, units = moving[falls], units[falls]
            signs[moving, units] *= -1
            rows = couplings[units]
            rows = rows.toarray() if hasattr(rows, "toarray") else rows
            fields[moving] += 2 * signs[moving, units][:, None] * rows
            steps[moving] += 1
        return signs.astype(np.int8), steps

    def _descend_apart(self, states: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.uint32]]:
        """Read by read; a heap of flips that pay, and a flip looks at neighbours alone."""
        units = len(self.linear)
        ends, others = np.concatenate([self.rows, self.columns]), np.concatenate([self.columns, self.rows])
        order, biases = np.argsort(ends, kind="stable"), np.concatenate([self.quadratic, self.quadratic])
        first = np.searchsorted(ends[order], np.arange(units + 1)).tolist()
        neighbours, sizes = others[order].tolist(), biases[order].tolist()
        final, steps = states.copy(), np.zeros(len(states), dtype=np.uint32)
        for read, state in enumerate(states):
            fields = self.linear + np.bincount(ends, biases * state[others], units)
            costs, signs = (-state * fields).tolist(), state.tolist()  # of each flip, halved
            heap = [(cost, unit) for unit, cost in enumerate(costs) if cost < 0]
            heapq.heapify(heap)
            while heap:
                cost, unit = heapq.heappop(heap)
                if cost != costs[unit]:
                    continue  # it has changed since
                signs[unit], costs[unit] = -signs[unit], -cost
                steps[read] += 1
                for place in range(first[unit], first[unit + 1]):
                    other = neighbours[place]
                    costs[other] -= 2 * sizes[place] * signs[unit] * signs[other]
                    if costs[other] < 0:
                        heapq.heappush(heap, (costs[other], other))
            final[read] = signs
        return final, steps
