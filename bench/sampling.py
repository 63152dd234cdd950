"""Cases of sparse couplings at T > 0. The rival is measured where it is installed: pip install dwave-samplers."""

import importlib.util

import numpy as np

import hebbfast as hb

OURS = "hebbfast"
SWEEPS = 200


def cuts(units, reads):
    """Annealing for a large cut of a random graph, 20 edges a unit as G22; mean energies of 64 reads agree."""
    from scipy import sparse

    rng, edges = np.random.default_rng(0), 10 * units
    pairs = np.sort(rng.integers(0, units, (2 * edges, 2)), axis=1)
    keys = np.unique(pairs[pairs[:, 0] < pairs[:, 1]] @ [units, 1])
    first, second = np.divmod(rng.permutation(keys)[:edges], units)
    upper = sparse.coo_array((-np.ones(len(first), np.int8), (first, second)), shape=(units, units))
    couplings, ladder = upper + upper.T, np.linspace(6, 0.4, SWEEPS)

    def anneal(network, reads=reads):
        return network.anneal(temperatures=ladder, reads=reads, method="metropolis", rng=1, threads=1).energies

    sparse_ones, dense = hb.HopfieldNetwork(couplings), hb.HopfieldNetwork(couplings.toarray())
    calls = {OURS: lambda: anneal(sparse_ones), "our dense couplings": lambda: anneal(dense)}
    np.testing.assert_array_equal(*(call() for call in calls.values()))
    if importlib.util.find_spec("dwave"):
        import dimod
        from dwave.samplers import SimulatedAnnealingSampler

        edges = zip(first.tolist(), second.tolist(), strict=True)
        model = dimod.BinaryQuadraticModel(dict.fromkeys(range(units), 0.0), dict.fromkeys(edges, 1.0), 0.0, "SPIN")
        schedule = {"beta_schedule_type": "custom", "beta_schedule": list(1 / ladder), "num_sweeps_per_beta": 1}

        def theirs(reads=reads):
            return SimulatedAnnealingSampler().sample(model, num_reads=reads, seed=1, **schedule).record.energy

        means = anneal(sparse_ones, 64).mean(), theirs(64).mean()
        assert abs(means[0] - means[1]) < 0.03 * abs(means[0]), means  # a read of 200 units spreads by 2 %
        calls["dwave-samplers"] = theirs
    return calls


def cases(case, speed):
    """Lines of the table."""
    rivals = {"our dense couplings": {1: None, 64: None}}
    if importlib.util.find_spec("dwave"):
        rivals["dwave-samplers"] = {1: 5, 64: 25}
    found = []
    for rival, targets in rivals.items():
        for reads, target in targets.items():
            what, options = f"annealing, 20 edges a unit, reads: {reads}", (("reads", reads),)
            found.append(case("sparse", what, cuts, {"units": 2000}, target, speed, rival, options))
    return found
