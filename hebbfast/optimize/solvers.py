"""Problems solved in one call."""

from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from hebbfast import _arguments
from hebbfast.optimize._answers import OptimizeResult
from hebbfast.optimize._inputs import Terms, is_symmetric, read_linear, read_terms, refuse_loops, upper
from hebbfast.optimize._terms import largest
from hebbfast.optimize.problem import Problem

__all__ = ["ising", "maxcut", "problem_of", "qubo"]

_NAMES = {"ising": "couplings", "maxcut": "graph", "qubo": "Q"}


class Options(TypedDict, total=False):
    """Keywords of `Problem.solve`, which says what they do."""

    reads: int | None
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
    return problem_of("ising", read_terms("couplings", couplings), bias=bias).solve(**options)


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
    return problem_of("maxcut", read_terms("graph", graph)).solve(**options)


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
    return problem_of("qubo", read_terms("Q", Q)).solve(**options)


def problem_of(kind: str, terms: Terms, name: str = "", best_known: int | None = None, *, bias: Any = None) -> Problem:
    """A problem of entries: couplings, the weights of a graph, or Q."""
    what = _NAMES[kind]
    if kind == "qubo":
        terms = _halved(terms)
    else:
        refuse_loops(what, terms)
        terms = upper(what, terms, triangle=kind == "maxcut")
    linear = read_linear("bias", bias, terms)
    sense = "max" if kind == "maxcut" else "min"
    return Problem(
        kind, sense, terms.variables, terms.first, terms.second, terms.weights, linear, terms.labels, name, best_known
    )


def _halved(terms: Terms) -> Terms:
    """Each pair of a symmetric matrix once, with twice its weight, if that is exact."""
    if not terms.whole or largest(terms.weights) >= 2**62 or not is_symmetric(terms):
        return terms
    kept = terms.first <= terms.second
    first, second, weights = terms.first[kept], terms.second[kept], terms.weights[kept]
    return terms._replace(first=first, second=second, weights=np.where(first < second, 2 * weights, weights))
