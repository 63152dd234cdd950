"""Programs of other packages, as their own tutorials have them, on the package itself and on its adapter.

Both run in one process, in rounds one after the other; what they find is compared. `python bench/adapters.py`; a
package that is not installed is left out. Ratios are those of the least times, and of the medians.
"""

import importlib
import operator
import statistics
import time
import warnings

import numpy as np

ROUNDS = 9


def patterns(units, count, seed=0):
    return np.random.default_rng(seed).choice([-1, 1], size=(count, units))


def noisy(pattern, flip=0.15, seed=1):
    return np.where(np.random.default_rng(seed).random(len(pattern)) < flip, -pattern, pattern)


def kit_capacity(kit, units, counts):
    """hopfieldkit's README: store K patterns, recall one from 15 % noise, for K up to the capacity."""
    found = []
    for count in counts:
        stored = patterns(units, count, count).astype(float)
        network = kit.HopfieldNetwork(units).fit(stored)
        recalled = network.recall(noisy(stored[0]), seed=count)
        found.append((kit.classify_recall_outcome(recalled, stored[:3])["outcome"], recalled.tolist()))
    return found


def kit_recall(kit, units, count):
    """Recalls alone: the network is made before, outside of the time."""
    stored = patterns(units, count).astype(float)
    network, cues = kit.HopfieldNetwork(units).fit(stored), [noisy(stored[k], seed=k).astype(float) for k in range(5)]
    network.recall(cues[0], seed=0)
    return lambda: np.array([network.recall(cue, seed=seed) for seed, cue in enumerate(cues)])


def kit_energies(kit, units, count):
    """The energy after each visit of one recall."""
    stored = patterns(units, count).astype(float)
    state, energies = kit.HopfieldNetwork(units).fit(stored).recall(noisy(stored[0]), record_energy=True, seed=0)
    return state.tolist(), np.round(energies, 9).tolist()


def hn_images(hn, units, count):
    """hopfieldnetwork's tutorial: train pictures, set a noisy one, update to the end, in both modes."""
    stored, found = patterns(units, count), []
    network = hn.HopfieldNetwork(N=units)
    network.train_pattern(stored.T)
    for mode in ("async", "sync"):
        for k in range(3):
            np.random.seed(k)  # noqa: NPY002
            network.set_initial_neurons_state(noisy(stored[k], 0.3, k))
            network.update_neurons(1, mode, run_max=True)
            found.append((network.S.tolist(), network.t, float(np.round(network.compute_energy(network.S), 9))))
    return found


def hn_sync(hn, units, count, iterations):
    """Synchronous steps alone."""
    stored = patterns(units, count)
    network, cues = hn.HopfieldNetwork(N=units), [noisy(stored[k], 0.3, k) for k in range(5)]
    network.train_pattern(stored.T)

    def run():
        found = []
        for cue in cues:
            network.set_initial_neurons_state(cue)
            network.update_neurons(iterations, "sync")
            found.append(network.S)
        return np.array(found)

    return run


def ndx_letters(tools, network_module, units, count, steps):
    """neurodynex3's exercise: store patterns, flip some units of one, run and compute overlaps."""
    side = int(units**0.5)
    np.random.seed(3)  # noqa: NPY002
    factory = tools.PatternFactory(side, side)
    stored = factory.create_random_pattern_list(count)
    network = network_module.HopfieldNetwork(side * side)
    network.store_patterns(stored)
    found = []
    for mode in ("sync", "async"):
        getattr(network, f"set_dynamics_sign_{mode}")()
        network.set_state_from_pattern(tools.flip_n(stored[0], side * side // 5))
        states = factory.reshape_patterns(network.run_with_monitoring(steps))
        found.append([tools.compute_overlap_list(state, stored).round(9).tolist() for state in states])
    return found


def ndx_sync(network_module, units, count, steps):
    """Synchronous steps alone."""
    stored = patterns(units, count)
    network, cues = network_module.HopfieldNetwork(units), [noisy(stored[k], 0.3, k) for k in range(5)]
    network.store_patterns(list(stored))

    def run():
        found = []
        for cue in cues:
            network.set_state_from_pattern(cue)
            network.run(steps)
            found.append(network.state)
        return np.array(found)

    return run


def annealed(sampler, dimod, units, criterion):
    """Reads of a spin glass with ±1 couplings; energies are found again, not samples."""
    rows, columns = np.triu_indices(units, 1)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=len(rows))
    bqm = dimod.BinaryQuadraticModel.from_numpy_vectors(np.zeros(units), (rows, columns, signs), 0.0, "SPIN")

    def run():
        found = sampler.sample(bqm, num_reads=20, num_sweeps=200, seed=1, proposal_acceptance_criteria=criterion)
        return bool(found.first.energy / units**1.5 < -0.70)  # the ground state of Sherrington and Kirkpatrick: -0.76

    return run


def cleanup(memory, torch, units, count):
    """torchhd: clean noisy items by one read."""
    stored = patterns(units, count)
    noise = torch.from_numpy(np.array([noisy(row, 0.2, k) for k, row in enumerate(stored)])).float()
    items = torch.from_numpy(stored).float()
    return lambda: memory.hopfield(noise, items).sign().numpy()


def optional(*names):
    """Modules, or None if one is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return [importlib.import_module(name) for name in names]
        except ImportError as error:
            print(f"left out: {error}")
            return None


def programs():
    """(what, the package's, the adapter's): functions that run it and return what is found."""
    if found := optional("hopfieldkit", "hebbfast.compat.hopfieldkit"):
        for units, counts in ((100, (5, 9, 13)), (1000, (21, 61, 101, 137))):
            yield (
                f"hopfieldkit capacity, N={units}",
                *(lambda m=m, u=units, c=counts: kit_capacity(m, u, c) for m in found),
            )
        yield "hopfieldkit energies, N=1000", *(lambda m=m: kit_energies(m, 1000, 51) for m in found)
        for count in (11, 51, 101):
            yield f"hopfieldkit recall alone, N=1000, K={count}", *(kit_recall(m, 1000, count) for m in found)
    if found := optional("hopfieldnetwork", "hebbfast.compat.hopfieldnetwork"):
        for units in (100, 1000):
            yield f"hopfieldnetwork, N={units}", *(lambda m=m, u=units: hn_images(m, u, u // 20) for m in found)
        for steps in (1, 5, 10, 50):
            yield f"hopfieldnetwork {steps} sync steps, N=100", *(hn_sync(m, 100, 7, steps) for m in found)
    if found := optional(*(f"{m}.network" for m in ("neurodynex3.hopfield_network", "hebbfast.compat.neurodynex3"))):
        for steps in (1, 5):
            yield f"neurodynex3 {steps} sync steps, N=100", *(ndx_sync(m, 100, 7, steps) for m in found)
        tools = importlib.import_module("hebbfast.compat.neurodynex3.pattern_tools")
        for side in (10, 32):
            yield f"neurodynex3, N={side**2}", *(lambda m=m, s=side: ndx_letters(tools, m, s * s, 3, 5) for m in found)
    if found := optional("dimod", "dwave.samplers", "hebbfast.compat.dimod"):
        dimod, peer, ours = found
        samplers = peer.SimulatedAnnealingSampler(), ours.HebbfastSampler()
        for criterion in ("Metropolis", "Gibbs"):
            yield f"dwave-samplers {criterion}, N=500", *(annealed(s, dimod, 500, criterion) for s in samplers)
    if found := optional("torch", "torchhd.memory", "hebbfast.compat.torchhd"):
        yield "torchhd, d=1000", *(cleanup(m, found[0], 1000, 50) for m in found[1:])


def main():
    print(f"{'program':44}{'package ms':>12}{'adapter ms':>12}{'ratio':>9}{'of medians':>12}")
    for what, theirs, ours in programs():
        times = [], []
        results = [theirs(), ours()]
        same = np.array_equal if isinstance(results[0], np.ndarray) else operator.eq
        assert same(*results), what
        for _ in range(ROUNDS):
            for run, taken in zip((theirs, ours), times, strict=True):
                began = time.perf_counter()
                run()
                taken.append(time.perf_counter() - began)
            if sum(times[0]) > 20:
                break
        least, middle = ([f(taken) * 1e3 for taken in times] for f in (min, statistics.median))
        ratios = least[0] / least[1], middle[0] / middle[1]
        print(f"{what:44}{least[0]:12.3f}{least[1]:12.3f}{ratios[0]:9.2f}{ratios[1]:12.2f}", flush=True)


if __name__ == "__main__":
    main()
