"""Problems solved in one call."""

from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.optimize._answers import OptimizeResult
from hebbfast.optimize._inputs import Terms, is_symmetric, read_linear, read_terms, refuse_loops, upper
from hebbfast.optimize._terms import largest
from hebbfast.optimize.problem import Problem

__all__ = ["ising", "ising_problem", "maxcut", "maxcut_problem", "qubo", "qubo_problem"]


class Options(TypedDict, total=False):
    """Keywords of `Problem.solve`, which says what they do."""

    reads: int
    sweeps: int | None
    temperatures: ArrayLike | None
    target: float | None
    seconds: float | None
    method: _arguments.Method
    rng: Any
    threads: int | None
    progress: bool


def ising(couplings: Any, bias: Any = None, **options: Unpack[Options]) -> OptimizeResult:
    """Look for the ground state of E(s) = -½ s'Js - b·s, s_i = ±1.

    Parameters
    ----------
    couplings : array_like, SciPy sparse matrix, networkx graph, tuple or mapping
        J: (n, n) symmetric with a zero diagonal; or each pair once: an undirected graph (``weight`` of edges, 1 where
        there is none), arrays (i, j, w) or (i, j), or a dictionary {(i, j): w}, which add up.
    bias : array_like or mapping, optional
        b: (n,), or a number for each label of the graph; zero by default.
    **options
        ``reads``, ``sweeps``, ``temperatures``, ``target``, ``seconds``, ``method``, ``rng``, ``threads``, ``progress``
        as `Problem.solve` describes them. The target is an energy.

    Returns
    -------
    OptimizeResult
        ``x`` is s, ``fun`` is E(s).

    Raises
    ------
    ValueError, TypeError
        If J is not as described, or a number is not finite or an integer beyond 64 bits.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.optimize.ising([[0, 1, -1], [1, 0, 2], [-1, 2, 0]], bias=[0, 0, 5], rng=0)
    >>> found.x.tolist(), found.fun
    ([1, 1, 1], -7)
    """
    return ising_problem(couplings, bias).solve(**options)


def maxcut(graph: Any, **options: Unpack[Options]) -> OptimizeResult:
    """Look for the largest cut of a graph: the weight of the edges between two sides of its vertices.

    Parameters
    ----------
    graph : array_like, SciPy sparse matrix, networkx graph, tuple or mapping
        Weights: an (n, n) matrix with a zero diagonal, symmetric or one triangle of it; or each edge once, as for
        `ising`.
    **options
        As for `ising`. The target is a cut.

    Returns
    -------
    OptimizeResult
        ``x`` has the side of each vertex, 0 or 1; ``cut``, and ``fun`` as well, is its weight.

    Raises
    ------
    ValueError, TypeError
        If the graph is directed, has loops or is asymmetric, or a number is not finite or an integer beyond 64 bits.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.optimize.maxcut(([0, 1, 2, 3, 4], [1, 2, 3, 4, 0]), rng=0).cut  # a ring of five
    4
    """
    return maxcut_problem(graph).solve(**options)


def qubo(Q: Any, **options: Unpack[Options]) -> OptimizeResult:
    """Look for the least x'Qx = Σ_ij Q_ij x_i x_j, x_i = 0 or 1.

    Parameters
    ----------
    Q : array_like, SciPy sparse matrix, networkx graph, tuple or mapping
        (n, n), taken as it is: upper, full, symmetric. The diagonal has the cost of x_i = 1, and a pair costs
        Q_ij + Q_ji. In graphs, arrays (i, j, q) and dictionaries {(i, j): q} each entry counts once.
    **options
        As for `ising`. The target is a value of x'Qx.

    Returns
    -------
    OptimizeResult
        ``x`` of 0 and 1, and ``fun`` = x'Qx.

    Raises
    ------
    ValueError, TypeError
        If Q is not square, or a number is not finite or an integer beyond 64 bits.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.optimize.qubo([[-2, 3, 0], [0, -2, 3], [0, 0, -2]], rng=0)
    >>> found.x.tolist(), found.fun
    ([1, 0, 1], -4)
    """
    return qubo_problem(Q).solve(**options)


def ising_problem(couplings: Any, bias: Any = None, name: str = "") -> Problem:
    """The problem of `ising`."""
    terms = read_terms("couplings", couplings)
    refuse_loops("couplings", terms)
    return _problem("ising", "min", upper("couplings", terms, False), read_linear("bias", bias, terms), name)


def maxcut_problem(graph: Any, name: str = "", best_known: int | None = None) -> Problem:
    """The problem of `maxcut`."""
    terms = read_terms("graph", graph)
    refuse_loops("graph", terms)
    return _problem("maxcut", "max", upper("graph", terms, True), read_linear("bias", None, terms), name, best_known)


def qubo_problem(Q: Any, name: str = "") -> Problem:
    """The problem of `qubo`."""
    terms = read_terms("Q", Q)
    if terms.whole and is_symmetric(terms) and largest(terms.weights) < 2**62:
        kept = terms.first <= terms.second
        first, second, weights = terms.first[kept], terms.second[kept], terms.weights[kept]
        terms = terms._replace(first=first, second=second, weights=np.where(first < second, 2 * weights, weights))
    return _problem("qubo", "min", terms, read_linear("bias", None, terms), name)


def _problem(
    kind: str, sense: str, terms: Terms, linear: NDArray[Any], name: str, best_known: int | None = None
) -> Problem:
    return Problem(
        kind, sense, terms.variables, terms.first, terms.second, terms.weights, linear, terms.labels, name, best_known
    )
