"""Replicas: chains of one network at the temperatures of a ladder, some copies of each, that swap temperatures."""

import zlib
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast.dynamics import sampling, scale
from hebbfast.dynamics.checkpoint import below
from hebbfast.dynamics.clusters import Clusters
from hebbfast.dynamics.rules import read_rules
from hebbfast.dynamics.starts import LARGEST, starts

__all__ = ["Replicas", "Tempered", "expect_energy"]

Floats = NDArray[np.float64]


class Tempered(sampling.Moved, scale.Scaled, Protocol):
    """What can be tempered."""

    def _expect_energy(self) -> None: ...

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> Floats: ...


def expect_energy(network: Any, name: str = "network") -> None:
    """Raise unless it is a network, with an energy."""
    if not callable(getattr(network, "_expect_energy", None)) or isinstance(network, type):
        raise TypeError(f"{name} must be a network of this package, got {_arguments.shown(network)}")
    network._expect_balance()


class Replicas:
    """Replica r = c T + t starts as copy c at temperature t; ``who[c, t]`` is the one that is there now.

    Swaps are those of Hukushima and Nemoto (1996), in the order of Okabe et al. (2001) and Syed et al. (2019): pairs
    that begin at an even temperature, then those at an odd one, in turn. States stay where they are, temperatures move.
    """

    def __init__(
        self,
        network: Tempered,
        ladder: Floats,
        copies: int,
        *,
        states: Any = None,
        method: str = "heat_bath",
        order: Any = "sequential",
        clamp: ArrayLike | None = None,
        clustered: bool = False,
        rng: Any = None,
        threads: int | None = None,
    ) -> None:
        self._network = network
        self.ladder, self.copies = ladder, copies
        count = copies * len(ladder)
        self.who = np.arange(count).reshape(copies, len(ladder))
        self._table = np.tile(ladder, copies)[None]
        rules = self.rules = read_rules(network.units, method=method, order=order, clamp=clamp, temperature=self._table)
        self.table = rules.temperatures  # in which temperatures move
        generator = _arguments.generator(rng)
        words, seeds = starts(network, states, count, clamp, generator)
        own = generator.integers(0, LARGEST, (2, 2), np.uint64, endpoint=True)
        self._streams = np.empty((2, 2), dtype=np.int64)
        _kernels.seed(own, self._streams)  # of swaps, and of clusters
        self._clusters = Clusters(network, rules.clamp) if clustered else None
        self.chains = network._chains(rules, words, seeds, threads=threads)
        self.swept, self.swaps = 0, 0
        self.tried, self.accepted = np.zeros(len(ladder) - 1, dtype=np.int64), np.zeros(len(ladder), dtype=np.int64)
        self._heading = np.zeros(count, dtype=np.int8)  # 1: from cold to hot, -1: from hot, after it was cold
        self.trips = np.zeros(count, dtype=np.int64)

    @property
    def energies(self) -> Floats:
        """(copies, T), by temperature."""
        return self.chains.energies[self.who]

    def advance(self, sweeps: int) -> None:
        """So many sweeps more."""
        self.swept += sweeps
        self.chains.advance(self.swept)

    def swap(self, counted: bool = True) -> None:
        """Try the swaps of one parity, then those of the other, in turn.

        The pair of replicas at β and β' < β swaps iff u < exp((β - β')(E - E')), for which each copy and each pair, in
        this order, takes one draw of the stream of swaps.
        """
        parity, self.swaps = self.swaps % 2, self.swaps + 1
        counts = (self.accepted, self.trips, self._heading) if counted else (None, None, None)
        _kernels.swap(self.chains.energies, self.ladder, parity, self._streams[0], self.who, self.table[0], *counts)
        if counted:
            self.tried[parity::2] += self.copies

    def exchange(self) -> None:
        """Houdayer's move between the copies 2 j and 2 j + 1 at each temperature."""
        if self._clusters is None:
            return
        rows, moved = self._clusters.exchanged(self.chains.words, self.who, self._streams[1])
        if len(rows):
            self.chains.place(rows, moved)

    def fingerprint(self) -> int:
        """A number of the network, its rules and the starts: others have another, but for a chance of 2^-32."""
        probes = bits.PackedPatterns.random(8, self._network.units, rng=0)
        energies = np.append(self._network.delta_energy(probes).ravel(), self.chains.energies)
        return zlib.crc32(energies.tobytes(), zlib.crc32(self.rules.clamp.tobytes() + self.rules.visits.tobytes()))

    def state(self) -> dict[str, NDArray[Any]]:
        """Copies of all that the future depends on."""
        own = {
            name: getattr(self, name).copy() for name in ("who", "_streams", "tried", "accepted", "_heading", "trips")
        }
        counts = {"swept": np.array(self.swept), "swaps": np.array(self.swaps)}
        return {**own, **counts, **{f"chains {name}": value for name, value in self.chains.state().items()}}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from there."""
        for name in ("who", "_streams", "tried", "accepted", "_heading", "trips"):
            getattr(self, name)[...] = state[name]
        self.swept, self.swaps = int(state["swept"]), int(state["swaps"])
        self.chains.restore(below("chains ", state))
        self.table[0, self.who] = self.ladder
