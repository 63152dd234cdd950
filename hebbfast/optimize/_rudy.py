"""Graphs as Rinaldi's program rudy draws them, after the description of its rules (docs/optimization.md, section 4).

Vertices are counted from 0 and edges kept in the order in which they were made; a list of neighbours has the newest
first, and that order settles which edge gets which sign.
"""

from typing import NamedTuple

from hebbfast.optimize._flip import Flip

__all__ = ["Graph", "planar", "random", "signed", "torus", "union"]

Edge = tuple[int, int]


class Graph(NamedTuple):
    """So many vertices, and edges, each once."""

    vertices: int
    edges: list[Edge]

    def neighbours(self) -> list[list[int]]:
        """Of each vertex those that come later, the newest edge first."""
        found: list[list[int]] = [[] for _ in range(self.vertices)]
        for u, v in reversed(self.edges):
            found[min(u, v)].append(max(u, v))
        return found


def random(vertices: int, percent: float, seed: int) -> Graph:
    """So many percent of all pairs, each drawn as two vertices; loops and edges that are there are passed over."""
    numbers, seen = Flip(seed), set()
    edges: list[Edge] = []
    wanted = round(vertices * (vertices - 1) * percent / 200)
    while len(edges) < wanted:
        u = numbers.below(vertices)
        v = numbers.below(vertices)
        pair = min(u, v), max(u, v)
        if u != v and pair not in seen:
            seen.add(pair)
            edges.append((u, v))
    return Graph(vertices, edges)


def planar(vertices: int, percent: float, seed: int) -> Graph:
    """A triangulation, grown from vertices put into faces drawn, of which edges drawn are then taken away."""
    numbers = Flip(seed)
    edges, faces = [(0, 1), (0, 2), (1, 2)], [(0, 1, 2)]
    for new in range(3, vertices):
        f = numbers.below(2 * new - 5)
        a, b, c = faces[f]
        edges += [(a, new), (b, new), (c, new)]
        faces[f] = a, b, new
        faces += [(a, c, new), (b, c, new)]
    kept = 3 * (vertices - 2) * percent / 100
    while len(edges) > kept:
        e = numbers.below(len(edges))
        last = edges.pop()
        if e < len(edges):
            edges[e] = last
    return Graph(vertices, edges)


def torus(height: int, width: int) -> Graph:
    """A square grid, closed in both directions."""
    places = [(y, x) for y in range(height) for x in range(width)]
    across = [(y * width + x, y * width + (x + 1) % width) for y, x in places]
    down = [(y * width + x, (y + 1) % height * width + x) for y, x in places]
    return Graph(height * width, across + down)


def union(first: Graph, second: Graph) -> Graph:
    """The edges of both, vertex by vertex."""
    edges: list[Edge] = []
    for v, (mine, theirs) in enumerate(zip(first.neighbours(), second.neighbours(), strict=True)):
        edges += [(v, u) for u in dict.fromkeys(mine + theirs)]
    return Graph(first.vertices, edges)


def signed(graph: Graph, seed: int | None) -> list[tuple[int, int, int]]:
    """Edges u < v and their weights: ±1, drawn vertex by vertex; all 1 without a seed."""
    numbers = None if seed is None else Flip(seed)
    return [
        (u, v, 1 if numbers is None else 2 * numbers.below(2) - 1)
        for u, later in enumerate(graph.neighbours())
        for v in later
    ]
