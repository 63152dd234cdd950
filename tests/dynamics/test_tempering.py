"""Tempering against enumeration and its own parts: swaps, trips, overlaps, clusters, and a store to go on from."""

import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import bits
from hebbfast.dynamics.clusters import Clusters

UNITS = np.arange(10)
COUPLINGS = np.triu((np.outer(UNITS, UNITS) + UNITS[:, None] + UNITS) % 7 - 3, 1)
ORACLE = hb.HopfieldNetwork(COUPLINGS + COUPLINGS.T, UNITS % 3 - 1)
LADDER = [2.0, 3.0, 5.0, 9.0]


def lattice(size, seed=0):
    """±J on a square lattice with open ends."""
    rng, J = np.random.default_rng(seed), np.zeros((size, size, size, size), dtype=np.int64)
    for y in range(size):
        for x in range(size):
            for v, u in ((y + 1, x), (y, x + 1)):
                if v < size and u < size:
                    J[y, x, v, u] = J[v, u, y, x] = rng.choice([-1, 1])
    return hb.HopfieldNetwork(J.reshape(size**2, size**2))


@pytest.mark.parametrize("cluster", [None, "houdayer"])
def test_energies_and_overlaps_of_the_oracle(cluster):
    """⟨E⟩ at T = 2 and 5 by enumeration, where single chains at T = 2 need 10⁵ sweeps; ⟨q²⟩ = Σ ⟨s_i s_j⟩² / D².

    Each of the four within 5 errors, once in 400,000 runs."""
    arguments = {"temperatures": LADDER, "sweeps": 3000 if cluster else 20_000, "burn_in": 300, "cluster": cluster}
    found = hb.parallel_tempering(ORACLE, rng=1, **arguments)
    every = np.array([[1 - 2 * (j >> i & 1) for i in range(10)] for j in range(1024)])
    for t in (0, 2):
        weights = np.exp(-(ORACLE.energy(every) + 40) / LADDER[t])
        weights /= weights.sum()
        pairs = (every * weights[:, None]).T @ every
        for name, exact in (("energy", weights @ ORACLE.energy(every)), ("overlap_squared", (pairs**2).sum() / 100)):
            assert abs(found.mean[name][t] - exact) < 5 * found.error[name][t], (name, t)
    assert weights @ ORACLE.energy(every) == pytest.approx(-29.1062764228)
    assert found.best_energy == -40 and ORACLE.energy(found.best_state) == -40
    assert (found.swap_rate > 0.3).all() and found.round_trips > 100
    assert found.overlaps.shape == (4, 11) and (found.overlaps.sum(axis=1) == found.sweeps).all()
    squared = found.overlaps @ found.overlap_values**2 / found.sweeps
    np.testing.assert_allclose(squared, found.mean["overlap_squared"])
    assert found.states.shape == (2, 4, 10)


def test_swap_rates_are_those_of_gaussian_energies():
    """Independent units in fields of ±1: E is a sum, ⟨E⟩ = -D tanh(1/T), and swaps between β and β' fail with about
    erf(½ s |β - β'|), s² = D / cosh²(1/T) in the middle; rates of 4000 rounds are known to 1 to 2 %."""
    D, ladder = 400, np.array([1.0, 1.08, 1.17])
    network = hb.HopfieldNetwork(np.zeros((D, D), dtype=int), 1 - 2 * (np.arange(D) % 2))
    found = hb.parallel_tempering(network, temperatures=ladder, sweeps=4000, rng=0, copies=3)
    assert (abs(found.mean["energy"] + D * np.tanh(1 / ladder)) < 5 * found.error["energy"]).all()
    for t in (0, 1):
        middle = 0.5 * (1 / ladder[t] + 1 / ladder[t + 1])
        spread = np.sqrt(D) / np.cosh(middle)
        expected = 1 - math.erf(0.5 * spread * abs(1 / ladder[t] - 1 / ladder[t + 1]))
        assert found.swap_rate[t] == pytest.approx(expected, abs=0.03)
    assert found.mean["overlap_squared"][0] == pytest.approx(
        np.tanh(1) ** 4 + (1 - np.tanh(1) ** 4) / D, abs=6 * found.error["overlap_squared"][0]
    )


def test_clusters_keep_the_sum_of_energies_and_what_is_clamped():
    """Houdayer's move alone: the sum of two energies is that before, clamped units stay, and something moves."""
    network = lattice(9)
    clamp = np.random.default_rng(0).random(81) < 0.15
    states = hb.random_patterns(8, 81, rng=1)
    states[:, clamp] = states[0, clamp]
    words, stream = hb.PackedPatterns(states).words.copy(), np.array([5, 0x9E3779B97F4A7C15 - 2**64])
    who = np.arange(8).reshape(4, 2)
    clusters, moved = Clusters(network, bits.read_mask(clamp, 81, "clamp")), 0
    for _ in range(50):
        before, old = network.energy(hb.PackedPatterns(bits.unpack(words, 81))), words.copy()
        rows, changed = clusters.exchanged(words, who, stream)
        words[rows] = changed
        after = network.energy(hb.PackedPatterns(bits.unpack(words, 81)))
        for one, other in ((0, 2), (1, 3), (4, 6), (5, 7)):
            assert before[one] + before[other] == after[one] + after[other]
            np.testing.assert_array_equal(old[one] ^ old[other], words[one] ^ words[other])
        moved += (old != words).any()
    assert moved == 50
    np.testing.assert_array_equal(bits.unpack(words, 81)[:, clamp], states[:, clamp])
    differing = states.copy()
    differing[4, clamp] *= -1  # a cluster with a clamped unit in it stays
    words = hb.PackedPatterns(differing).words.copy()
    for _ in range(30):
        rows, changed = clusters.exchanged(words, np.array([[0], [4]]), stream)
        words[rows] = changed
    np.testing.assert_array_equal(bits.unpack(words, 81)[:, clamp], differing[:, clamp])


def test_results_do_not_depend_on_threads():
    arguments = {"temperatures": [10, 14, 20], "sweeps": 300, "swap_every": 100, "rng": 3}
    network = hb.HopfieldNetwork.train(hb.random_patterns(9, 2000, rng=0))
    with pytest.warns(UserWarning, match="shorter"):
        one, two = (hb.parallel_tempering(network, threads=threads, **arguments) for threads in (1, 2))
    assert one == two


def test_own_observables_copies_and_clamps():
    clamp, start = np.arange(10) < 3, np.array([1, -1, 1, 1, 1, -1, -1, 1, 1, 1])
    found = hb.parallel_tempering(
        ORACLE, temperatures=LADDER, sweeps=800, copies=1, observables={"first": lambda s: s[:, :3]}, states=start,
        clamp=clamp, method="metropolis", order="random", rng=0,
    )  # fmt: skip
    np.testing.assert_array_equal(found.mean["first"], np.tile(start[:3], (4, 1)))
    assert set(found.mean) == {"first"} and not found.overlaps.any() and found.states.shape == (1, 4, 10)
    for observables in ({"energy": lambda s: s[:, :3]}, {"energy": lambda s: s[:, :3], "cost": "energy"}):
        named = hb.parallel_tempering(
            ORACLE, temperatures=LADDER, sweeps=800, observables=observables, states=start, clamp=clamp, rng=0
        )
        np.testing.assert_array_equal(named.mean["energy"], np.tile(start[:3], (4, 1)))
    plain = hb.parallel_tempering(ORACLE, temperatures=LADDER, sweeps=800, states=start, clamp=clamp, rng=0)
    np.testing.assert_array_equal(named.mean["cost"], plain.mean["energy"])
    one = hb.parallel_tempering(ORACLE, temperatures=[5.0], sweeps=500, rng=0)
    assert len(one.swap_rate) == 0 and one.round_trips == 0 and "1 temperatures" in repr(one)


def test_a_store_is_gone_on_from_bit_for_bit(tmp_path, monkeypatch):
    path, arguments = tmp_path / "run.npz", {"temperatures": LADDER, "burn_in": 20, "rng": 5, "cluster": "houdayer"}
    whole = hb.parallel_tempering(ORACLE, sweeps=700, **arguments)
    with monkeypatch.context() as patched:

        def killed(run):
            if run.swaps == 333:
                raise KeyboardInterrupt

        patched.setattr("hebbfast.dynamics.checkpoint._SECONDS", 0.0)
        patched.setattr("hebbfast.dynamics.replicas.Replicas.exchange", killed)
        with pytest.raises(KeyboardInterrupt):
            hb.parallel_tempering(ORACLE, sweeps=700, store=path, **{**arguments, "cluster": None})
    plain = hb.parallel_tempering(ORACLE, sweeps=700, store=path, **{**arguments, "cluster": None})
    assert plain == hb.parallel_tempering(ORACLE, sweeps=700, **{**arguments, "cluster": None})
    path.unlink()
    hb.parallel_tempering(ORACLE, sweeps=300, store=path, **arguments)
    assert hb.parallel_tempering(ORACLE, sweeps=700, store=path, **{**arguments, "rng": None}) == whole
    assert hb.parallel_tempering(ORACLE, sweeps=700, store=path, **arguments) == whole  # nothing is left to do


@pytest.mark.parametrize("old", [False, True])
def test_a_store_knows_observables_by_name(tmp_path, old):
    """Listed in another order; stores that were written before know them by their order alone."""
    path, arguments = tmp_path / "run.npz", {"temperatures": LADDER, "rng": 5}
    names = ["magnetization", "energy"]
    hb.parallel_tempering(ORACLE, sweeps=300, store=path, observables=names, **arguments)
    if old:
        with np.load(path) as file:
            arrays = dict(file)
        for number, name in enumerate(["energy", "magnetization", "overlap_squared"]):
            place = [*names, "overlap_squared"].index(name)
            for key in [key for key in arrays if key.startswith(f"1 observable {number} ")]:
                arrays[key.replace(f"observable {number}", f"bins {place}")] = arrays.pop(key)
        np.savez(path, **arrays)
    found = hb.parallel_tempering(
        ORACLE, sweeps=600, store=path, observables=names if old else names[::-1], **arguments
    )  # fmt: skip
    assert found == hb.parallel_tempering(ORACLE, sweeps=600, observables=names, **arguments)


def test_a_store_of_a_measured_ladder(tmp_path):
    path = tmp_path / "run.npz"
    first = hb.parallel_tempering(ORACLE, sweeps=300, store=path, rng=1)
    again = hb.parallel_tempering(ORACLE, sweeps=600, store=path)
    np.testing.assert_array_equal(again.temperatures, first.temperatures)
    assert again == hb.parallel_tempering(ORACLE, sweeps=600, rng=1)


def test_stores_that_do_not_fit(tmp_path):
    path = tmp_path / "run.npz"
    arguments = {"temperatures": LADDER, "sweeps": 300, "store": path, "rng": 1}
    hb.parallel_tempering(ORACLE, **arguments)
    kept = path.read_bytes()
    for change, message in (
        ({"sweeps": 200}, "sweeps must be at least 300, which store holds, got 200"),
        ({"rng": 2}, "store must have been made with the same rng"),
        ({"temperatures": [2.0, 3.0, 5.0, 8.0]}, "store must have been made with the same arguments.*temperatures = "),
        ({"copies": 3}, "copies = 2 there and 3 asked for"),
        ({"method": "metropolis"}, "method = 'heat_bath' there"),
        ({"burn_in": 1}, "burn_in"),
        ({"swap_every": 2}, "swap_every"),
        ({"observables": "magnetization"}, "observables"),
        ({"order": "random"}, "order = 'sequential' there"),
        ({"order": np.arange(10)}, "order = "),
        ({"network": hb.HopfieldNetwork(COUPLINGS + COUPLINGS.T)}, "network = "),
    ):
        with pytest.raises(ValueError, match=message):
            hb.parallel_tempering(**{"network": ORACLE, **arguments, **change})
    farther = kept[:-10] + b"\xff\xff\xff\0" + kept[-6:]  # a directory that begins before the file
    first = kept.index(b"PK\1\2")
    bzip2 = kept[: first + 10] + b"\x0c" + kept[first + 11 :]  # what is not compressed
    damaged = (kept[:-300], kept[: len(kept) // 2], b"", b"hello", kept[:2000] + b"\0\1\2" * 40 + kept[2120:])
    for damage in (*damaged, farther, bzip2):
        path.write_bytes(damage)
        with pytest.raises(ValueError, match="store must be a store of tempering or a new file"):
            hb.parallel_tempering(ORACLE, **arguments)
        assert path.read_bytes() == damage
    with pytest.raises(OSError, match="store must be a file that can be read"):
        hb.parallel_tempering(ORACLE, **{**arguments, "store": tmp_path})
    np.savez(path, about=np.array("{}"))
    with pytest.raises(ValueError, match="store must be a store of tempering"):
        hb.parallel_tempering(ORACLE, **arguments)
    with pytest.raises(OSError, match="store must name a file that can be written"):
        hb.parallel_tempering(ORACLE, **{**arguments, "store": tmp_path / "no" / "folder.npz"})


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ctrl_c_within_a_second(patience):
    script = (
        "import hebbfast as hb, numpy as np\n"
        "network = hb.HopfieldNetwork.train(hb.random_patterns(20, 2000, rng=0))\n"
        "temper = hb.parallel_tempering\n"  # Python may lose a Ctrl-C that comes in the middle of an import
        "print('began', flush=True)\n"
        "temper(network, temperatures=[500.0, 900.0], sweeps=10**7, swap_every=10**5, rng=0)"
    )
    process = subprocess.Popen([sys.executable, "-P", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=20)
    assert time.monotonic() - began < 2 * patience and b"KeyboardInterrupt" in complaint


def test_refusals():
    for change, message in (
        ({"temperatures": [2.0, 2.0]}, "temperatures must rise, each different, got 2 after 2"),
        ({"temperatures": [3.0, 2.0]}, "temperatures must rise"),
        ({"temperatures": [0.0, 2.0]}, r"temperatures must be above 0, got 0 at \[0\]"),
        ({"temperatures": [1e-310, 2e-310]}, r"temperatures must be at least 1e-300, got 1e-310 at \[0\]"),
        ({"temperatures": [1.0, np.inf]}, "temperatures must be finite"),
        ({"temperatures": 2.0}, "temperatures must have shape"),
        ({"copies": 0}, "copies must be"),
        ({"sweeps": 0}, "sweeps must be"),
        ({"swap_every": 0}, "swap_every must be"),
        ({"swap_every": 20}, "sweeps must be an integer of at least 20"),
        ({"burn_in": -1}, "burn_in must be"),
        ({"cluster": "wolff"}, "cluster must be one of 'houdayer' or None"),
        ({"cluster": "houdayer", "copies": 1}, "copies must be at least 2"),
        ({"observables": "heat"}, "observables must be one of"),
        ({"observables": {"overlap_squared": "energy"}}, "observables must not be named 'overlap_squared'"),
        ({"states": np.ones((3, 10))}, "states must have shape"),
        ({"store": 3}, "store must be a path"),
        ({"method": "x"}, "method must be"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            hb.parallel_tempering(ORACLE, **{"temperatures": LADDER, "sweeps": 10, **change})
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        hb.parallel_tempering(hb.HopfieldNetwork([[0, 1], [0, 0]]), temperatures=LADDER, sweeps=10)
    memory = hb.DenseAssociativeMemory([[1, 1, 1]])
    with pytest.raises(ValueError, match="cluster must be None for a network without couplings"):
        hb.parallel_tempering(memory, temperatures=LADDER, sweeps=10, cluster="houdayer")
