"""Four problems in their own words: a graph of people, a division of a sum, a free set, an instance of the G-set.

Each is one call; answers come back in the variables that the problem has (needs networkx and SciPy).
"""

import networkx as nx
import numpy as np

from hebbfast import optimize

# The largest cut of a graph, in the names of its nodes; beside it a search that flips one node at a time.
club = nx.karate_club_graph()
found = optimize.maxcut(nx.Graph(club.edges), rng=0)
greedy, _ = nx.algorithms.approximation.one_exchange(nx.Graph(club.edges), seed=0)
print(f"karate club: {club.number_of_edges()} ties, cut {found.cut}; one node at a time: {greedy}")

# Two shares of equal worth: (Σ a_i s_i)² is smallest where J_ij = -2 a_i a_j has its ground state.
worth = np.random.default_rng(0).integers(1, 10**6, 40)
couplings = -2 * np.outer(worth, worth)
np.fill_diagonal(couplings, 0)
shares = optimize.ising(couplings, rng=0)
gap = abs(int(worth @ shares.x))
assert shares.fun + int((worth**2).sum()) == gap**2  # exact, with integers of 12 digits
print(f"40 numbers up to a million: two shares differ by {gap}, of {worth.sum():,}")

# A set of nodes without a tie between them, as large as can be: each node earns 1, each tie costs 2.
Q = {(v, v): -1 for v in club} | {(u, v): 2 for u, v in club.edges}
free = optimize.qubo(Q, rng=0)
chosen = [v for v, taken in free.x.items() if taken]
assert not any(club.has_edge(u, v) for u in chosen for v in chosen)
print(f"karate club: {len(chosen)} members of whom none knows another")

# An instance that solvers are compared on, made by its generator, beside the largest cut ever published.
problem = optimize.gset("G43")
found = problem.solve(target=problem.best_known, rng=0)
print(f"{problem}: {found.cut} after {found.history[-1, 0]:.2f} s, {found.nit:,} sweeps of {len(found.values)} reads")
