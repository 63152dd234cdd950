"""What outputs of units owe to the pattern and to the other units, against load."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, pid, theory
from hebbfast._records import Record
from hebbfast._work import threads as pool
from hebbfast._work.progress import progress_bar
from hebbfast.atoms import ATOMS
from hebbfast.experiments._sizes import read_loads
from hebbfast.experiments.learned import read_rules
from hebbfast.learning import RULES
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.patterns import random_patterns

__all__ = ["PidProfile", "pid_profile"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PidProfile(Record):
    """Atoms in bits against load; the last axis of the arrays is that of `ATOMS`.

    Attributes
    ----------
    units, networks, epochs : int
        D, networks at each load, epochs of learning.
    loads : ndarray (loads,)
        K/D, as simulated.
    patterns : ndarray (loads,)
        K, odd.
    rules : tuple of str
        Names in `learning.RULES`, of rules that state the unit that they learn with.
    binnings : tuple
        Bins of the field, as asked for.
    atoms, errors : ndarray (rules, binnings, loads, 5)
        Probabilities of all units and networks pooled, then decomposed; jackknife standard errors over networks.
    unit_means, unit_errors : ndarray (rules, binnings, loads, 5)
        Each unit decomposed, then the mean over units and networks; standard errors over networks.
    theory : ndarray (binnings, loads, 5)
        `theory.pid_profile`, what ``atoms`` of Hebb's rule approach.
    """

    units: int
    networks: int
    epochs: int
    loads: Array
    patterns: NDArray[np.int64]
    rules: tuple[str, ...]
    binnings: tuple[int | str, ...]
    atoms: Array
    errors: Array
    unit_means: Array
    unit_errors: Array
    theory: Array


def pid_profile(
    units: int,
    loads: Sequence[float],
    *,
    rules: Sequence[str] = ("Hebb", "redundancy"),
    networks: int = 20,
    bins: Sequence[int | str] = ("sign", 60),
    epochs: int = 500,
    rng: Any = None,
    threads: int | None = None,
    progress: bool = False,
) -> PidProfile:
    """Measure the information atoms of units against load, on random patterns.

    Units of Hebb's rule have the output sign(h); bins cover fields of ±3 D, the couplings having no factor 1/D. Units
    of the redundancy rule are those it learns with: external weight 2.3, temperature 2, bins over ±20.

    Parameters
    ----------
    units : int
        D, at least 2.
    loads : sequence of float
        K/D, increasing; K is the next odd number, since zero fields (even K, even D) spoil the jackknife.
    rules : sequence of str, default ("Hebb", "redundancy")
        Names in `learning.RULES`, of rules that state the unit that they learn with.
    networks : int, default 20
        Independent networks at each load, at least 2.
    bins : sequence of int or "sign", default ("sign", 60)
        Binnings of the field; see `pid.neuron_profile`.
    epochs : int, default 500
        Epochs of the redundancy rule; all are run.
    rng : seed, SeedSequence or Generator, optional
        Of patterns and couplings (`numpy.random.default_rng`).
    threads : int, optional
        Threads of learning; the result does not depend on it.
    progress : bool, default False
        Show a progress bar (needs rich).

    Returns
    -------
    PidProfile

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import hebbfast as hb
    >>> found = hb.experiments.pid_profile(50, [0.1, 0.5], rules=["Hebb"], networks=10, rng=0)
    >>> red = found.atoms[0, 0, :, 0]  # Hebb, sign of the field, both loads
    >>> bool(red[0] > 0.95 > red[1])
    True
    """
    units, networks = (
        _arguments.whole("units", units, 2, 2**31 - 1),
        _arguments.whole("networks", networks, 2, 2**31 - 1),
    )
    alphas, epochs = read_loads(loads, rising=True), _arguments.whole("epochs", epochs, 1)
    neurons = {name: rule.neuron for name, rule in RULES.items() if rule.neuron is not None}
    rules, threads = read_rules(rules, neurons), pool.thread_count(threads)
    generator, progress = _arguments.generator(rng), _arguments.flag("progress", progress)
    sizes = 2 * np.floor(alphas * units / 2 + 1e-9).astype(np.int64) + 1
    binnings = () if isinstance(bins, str) or not isinstance(bins, Sequence) else tuple(bins)
    if not binnings:
        raise ValueError(f"bins must be a sequence of at least one binning, got {_arguments.shown(bins)}")
    expected = np.array([[_table(theory.pid_profile(units, int(K), b, 3.0 * units)) for K in sizes] for b in binnings])
    found = np.empty((4, len(rules), len(binnings), len(sizes), len(ATOMS)))
    with progress_bar("networks", len(sizes) * networks * len(rules), progress) as done:
        for a, stream in enumerate(generator.spawn(len(sizes))):
            pmfs: list[list[list[Array]]] = [[[] for _ in binnings] for _ in rules]
            single: list[list[list[Array]]] = [[[] for _ in binnings] for _ in rules]
            for own in stream.spawn(networks):
                patterns = random_patterns(int(sizes[a]), units, rng=own)
                for r, (name, child) in enumerate(zip(rules, own.spawn(len(rules)), strict=True)):
                    made: Any = RULES[name](patterns, epochs, child, threads, early_stop=False)
                    network = HopfieldNetwork(getattr(made, "couplings", made))
                    for b, binning in enumerate(binnings):
                        pmf = pid.neuron_pmf(network, patterns, bins=binning, **neurons[name](units))
                        pmfs[r][b].append(pmf.mean(axis=0))
                        single[r][b].append(_table(pid.decompose(pmf)).mean(axis=0))
                    done(1)
            for r in range(len(rules)):
                for b in range(len(binnings)):
                    per_network = np.array(single[r][b])
                    found[0, r, b, a], found[1, r, b, a] = pooled(np.array(pmfs[r][b]))
                    found[2, r, b, a] = per_network.mean(axis=0)
                    found[3, r, b, a] = per_network.std(axis=0, ddof=1) / np.sqrt(networks)
    pooled_atoms, errors, means, mean_errors = found
    return PidProfile(
        units, networks, epochs, sizes / units, sizes, tuple(rules), binnings,
        pooled_atoms, errors, means, mean_errors, expected,
    )  # fmt: skip


def pooled(pmfs: Array) -> tuple[Array, Array]:
    """Atoms of the mean of (networks, E, R, Y) pmfs, and their jackknife standard errors."""
    n = len(pmfs)
    left_out = _table(pid.decompose((pmfs.sum(axis=0) - pmfs) / (n - 1)))
    spread = np.square(left_out - left_out.mean(axis=0)).sum(axis=0)
    return _table(pid.decompose(pmfs.mean(axis=0))), np.sqrt((n - 1) / n * spread)


def _table(atoms: pid.Atoms) -> Array:
    return np.stack([getattr(atoms, name) for name in ATOMS], axis=-1)
