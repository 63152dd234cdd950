"""Problems that people bring, ±1 or 0 and 1, solved by annealing; answers in their own variables.

ising, maxcut, qubo     of arrays, SciPy's sparse matrices, networkx graphs, edges, dictionaries
read                    a problem from a file: rudy and G-set, Biq Mac, OR-Library, qbsolv, MatrixMarket, dimod
gset, best_known        instances of the G-set, made by their generator
Problem, OptimizeResult what is solved, and what comes of it

>>> from hebbfast import optimize
>>> optimize.maxcut([[0, 1, 2], [1, 0, 3], [2, 3, 0]], rng=0).cut
5
"""

from hebbfast.optimize._answers import OptimizeResult
from hebbfast.optimize.formats import read
from hebbfast.optimize.gsets import best_known, gset
from hebbfast.optimize.problem import Problem
from hebbfast.optimize.solvers import ising, maxcut, qubo

__all__ = ["OptimizeResult", "Problem", "best_known", "gset", "ising", "maxcut", "qubo", "read"]
