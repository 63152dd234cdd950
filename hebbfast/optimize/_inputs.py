"""What people have, read as terms: arrays, SciPy's sparse ones, networkx graphs, edges, dictionaries."""

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.networks._fixed_point import is_sparse
from hebbfast.optimize._terms import largest, read_weights, total_size

__all__ = ["Terms", "is_symmetric", "read_linear", "read_terms", "refuse_loops", "upper"]


class Terms(NamedTuple):
    """Entries (i, j, w) of n variables; ``whole`` if they are those of a matrix, which may have (j, i, w), too."""

    variables: int
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weights: NDArray[Any]
    labels: tuple[Hashable, ...] | None
    whole: bool


def read_terms(name: str, given: Any) -> Terms:
    """Of a matrix, dense or sparse; of a networkx graph; of a tuple of arrays (i, j) or (i, j, w); of {(i, j): w}."""
    if hasattr(given, "nodes") and hasattr(given, "edges") and hasattr(given, "is_directed"):
        return _graph(name, given)
    if is_sparse(given):
        return _sparse(name, given)
    if isinstance(given, Mapping):
        return _mapping(name, given)
    if isinstance(given, tuple):
        return _edges(name, given)
    matrix = read_weights(name, given)
    _expect_square(name, matrix.shape)
    first, second = np.nonzero(matrix)
    return Terms(len(matrix), first, second, matrix[first, second], None, True)


def _expect_square(name: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise ValueError(f"{name} must have shape (n, n), got shape {shape}")


def _sparse(name: str, given: Any) -> Terms:
    _expect_square(name, given.shape)
    entries = given.tocoo(copy=True)
    entries.data = read_weights(name, entries.data)
    total_size(name, entries.data)
    if entries.data.dtype.kind == "i" and len(entries.data) * largest(entries.data) >= 2**63:
        entries.data = entries.data.astype(object)  # sums of those in one place may leave int64
    entries.sum_duplicates()
    entries.data = read_weights(name, entries.data)
    entries.eliminate_zeros()
    first, second = (np.asarray(index, dtype=np.int64) for index in (entries.row, entries.col))
    return Terms(given.shape[0], first, second, entries.data, None, True)


def _graph(name: str, graph: Any) -> Terms:
    if graph.is_directed():
        raise ValueError(f"{name} must be an undirected graph, got {type(graph).__name__}")
    labels = tuple(graph.nodes)
    place = {label: number for number, label in enumerate(labels)}
    edges = [(place[u], place[v], weight) for u, v, weight in graph.edges(data="weight", default=1)]
    first, second = (np.array([edge[k] for edge in edges], dtype=np.int64) for k in (0, 1))
    weights = read_weights(f"weights of {name}", [edge[2] for edge in edges])
    return Terms(len(labels), first, second, weights, labels, False)


def _mapping(name: str, given: Mapping[Any, Any]) -> Terms:
    for pair in given:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise ValueError(f"{name} must have pairs (i, j) as keys, got {_arguments.shown(pair)}")
    labels = tuple(dict.fromkeys(label for pair in given for label in pair))
    place = {label: number for number, label in enumerate(labels)}
    first, second = (np.array([place[pair[k]] for pair in given], dtype=np.int64) for k in (0, 1))
    return Terms(len(labels), first, second, read_weights(f"values of {name}", list(given.values())), labels, False)


def _edges(name: str, given: tuple[Any, ...]) -> Terms:
    if len(given) not in (2, 3):
        raise ValueError(f"{name} must be arrays (i, j) or (i, j, w), got a tuple of {len(given)}")
    first, second = (_arguments.array(name, index, "integers") for index in given[:2])
    weights = read_weights(f"weights of {name}", given[2] if len(given) == 3 else np.ones(len(first), np.int64))
    if not (first.shape == second.shape == weights.shape and first.ndim == 1):
        shapes = ", ".join(str(array.shape) for array in (first, second, weights))
        raise ValueError(f"{name} must be arrays of one length, got shapes {shapes}")
    if len(first) and not (first.dtype.kind in "iu" and second.dtype.kind in "iu"):
        raise ValueError(f"{name} must have integers as indices, got {first.dtype} and {second.dtype}")
    count = max((int(index.max(initial=-1)) + 1 for index in (first, second)), default=0)
    if min(int(index.min(initial=0)) for index in (first, second)) < 0:
        raise ValueError(f"{name} must have indices of at least 0, got {min(first.min(), second.min())}")
    _arguments.whole(f"vertices of {name}", count, 0, 2**31 - 1)
    return Terms(count, first.astype(np.int64), second.astype(np.int64), weights, None, False)


def refuse_loops(name: str, terms: Terms) -> None:
    """No term of a variable with itself."""
    loops = np.flatnonzero((terms.first == terms.second) & (terms.weights != 0))
    if len(loops):
        unit, weight = int(terms.first[loops[0]]), terms.weights[loops[0]]
        label = unit if terms.labels is None else terms.labels[unit]
        raise ValueError(f"{name} must have a zero diagonal and no loops, got {weight} at {label!r}")


def upper(name: str, terms: Terms, triangle: bool) -> Terms:
    """Each pair of a symmetric matrix once; ``triangle``: one of its halves alone will do, too."""
    if not terms.whole:
        return terms
    above = terms.first < terms.second
    if triangle and (above.all() or not above.any()):
        return terms
    if not is_symmetric(terms):
        raise ValueError(f"{name} must be symmetric, got an asymmetric matrix; A + A.T is symmetric")
    return terms._replace(first=terms.first[above], second=terms.second[above], weights=terms.weights[above])


def is_symmetric(terms: Terms) -> bool:
    """Of the entries of a matrix, the diagonal left out."""
    above, below = terms.first < terms.second, terms.first > terms.second
    return all(map(np.array_equal, _half(terms, above), _half(terms, below, turned=True)))


def _half(terms: Terms, chosen: NDArray[np.bool_], turned: bool = False) -> tuple[NDArray[Any], ...]:
    """Entries in the order of their places; ``turned`` to the other side."""
    first, second, weights = (array[chosen] for array in (terms.first, terms.second, terms.weights))
    if turned:
        first, second = second, first
    order = np.lexsort((second, first))
    return first[order], second[order], weights[order]


def read_linear(name: str, given: Any, terms: Terms) -> NDArray[Any]:
    """(n,) of an array, or of a number for each label; zeros if None."""
    if given is None:
        return np.zeros(terms.variables, dtype=np.int64)
    if isinstance(given, Mapping) and terms.labels is not None:
        known = set(terms.labels)
        unknown = [label for label in given if label not in known]
        if unknown:
            raise ValueError(f"{name} must name variables of the couplings, got {unknown[0]!r}")
        given = [given.get(label, 0) for label in terms.labels]
    found = read_weights(name, given)
    if found.shape != (terms.variables,):
        raise ValueError(f"{name} must have shape ({terms.variables},), got shape {found.shape}")
    return found
