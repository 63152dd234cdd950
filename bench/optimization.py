"""Max-Cut on the G-set: speed beside dwave-samplers at equal sweeps, and the time to the best known cut.

python bench/optimization.py            one thread, 64 reads and one, the same schedule; needs dwave-samplers
python bench/optimization.py --gset     G1 to G54 by the defaults, at most 10 s each, all CPUs; --only G1,G22 of them
python bench/optimization.py --visits 1e10    so many visits of 64 reads of G1: are energies those of the states?

The first asserts that both give the same distribution of cuts before it compares times, taken turn by turn.
"""

import argparse
import importlib.util
import math
import time

import numpy as np

from hebbfast import optimize
from hebbfast._work.threads import thread_count

SPEED = ("G1", "G14", "G22", "G43")
SWEEPS, ROUNDS = 200, 5
TARGETS = {64: 25, 1: 5}  # ratios


def rivals(name, reads):
    """Two calls that give the cuts of all reads."""
    import dimod
    from dwave.samplers import SimulatedAnnealingSampler

    problem = optimize.gset(name)
    network, total = problem.network, int(problem.weights.sum())
    line = np.linspace(0.9 * math.sqrt(2 * len(problem.weights) / problem.variables), 0.25, SWEEPS)
    edges = zip(problem.first.tolist(), problem.second.tolist(), strict=True)
    weights = dict(zip(edges, problem.weights.astype(float).tolist(), strict=True))
    model = dimod.BinaryQuadraticModel(dict.fromkeys(range(problem.variables), 0.0), weights, 0.0, "SPIN")
    schedule = {"beta_schedule_type": "custom", "beta_schedule": list(1 / line), "num_sweeps_per_beta": 1}

    def ours(seed):
        found = network.anneal(temperatures=line, reads=reads, method="metropolis", rng=seed, threads=1)
        return (total - found.energies) / 2

    def theirs(seed):
        found = SimulatedAnnealingSampler().sample(model, num_reads=reads, seed=seed, **schedule)
        return (total - found.record.energy) / 2

    return ours, theirs


def compare():
    """One row for each instance and number of reads."""
    print("| instance | reads | mean cuts, hebbfast / dwave | ms, min / median | dwave ms | ratio (target) |")
    print("|---|---|---|---|---|---|")
    for name in SPEED:
        for reads, wanted in TARGETS.items():
            calls = rivals(name, reads)
            means = [[call(seed).mean() for seed in range(1 if reads > 1 else 30)] for call in calls]
            cuts = [float(np.mean(mean)) for mean in means]
            # the best state on the way is ours, the last one theirs: half of an edge, and the noise of 30 to 64 reads
            assert abs(cuts[0] - cuts[1]) < 0.002 * cuts[0], (name, reads, cuts)
            times = np.empty((ROUNDS, 2))
            for k in range(ROUNDS):
                for which, call in enumerate(calls):
                    began = time.perf_counter()
                    call(k)
                    times[k, which] = 1e3 * (time.perf_counter() - began)
            least, middle = times.min(axis=0), np.median(times, axis=0)
            shown = [f"{a:.3g} / {b:.3g}" for a, b in zip(least, middle, strict=True)]
            print(
                f"| {name} | {reads} | {cuts[0]:.1f} / {cuts[1]:.1f} | {shown[0]} | {shown[1]} "
                f"| {least[1] / least[0]:.1f}× ({wanted}×) |",
                flush=True,
            )


def race(names, seconds, seed):
    """The time to the best known cut, by the defaults."""
    print(f"{thread_count(None)} threads, 64 reads, at most {seconds:g} s each\n")
    print("| instance | best known | found | after s | sweeps of a read |\n|---|---|---|---|---|")
    met = 0
    for name in names:
        problem = optimize.gset(name)
        found = problem.solve(target=problem.best_known, seconds=seconds, rng=seed)
        assert problem.value(found.x) == found.cut <= problem.best_known, name
        met += found.success
        row = f"| {name} | {problem.best_known} | {found.cut} | {found.history[-1, 0]:.2f} | {found.nit:,} |"
        print(row + ("" if found.success else "   missed"), flush=True)
    print(f"\n{met} of {len(names)} met")


def endure(visits, seed):
    """Energies are carried along from flip to flip: are they exact in the end?"""
    network = optimize.gset("G1").network
    sweeps = math.ceil(visits / (64 * network.units))
    began = time.perf_counter()
    found = network.anneal(temperatures=np.full(sweeps, 3.0), reads=64, keep="last", rng=seed)
    seconds = time.perf_counter() - began
    assert np.array_equal(network.energy(found.states), found.energies)
    done = sweeps * 64 * network.units
    print(f"{done:.3g} visits in {seconds:.1f} s, {thread_count(None)} threads: the energies of 64 reads are exact")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gset", action="store_true")
    parser.add_argument("--only", default=",".join(f"G{k}" for k in range(1, 55)))
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--visits", type=float)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.gset:
        race(asked.only.split(","), asked.seconds, asked.seed)
    elif asked.visits:
        endure(asked.visits, asked.seed)
    elif importlib.util.find_spec("dwave") is None:
        raise SystemExit("the comparison needs dwave-samplers: pip install dwave-samplers")
    else:
        compare()


if __name__ == "__main__":
    main()
