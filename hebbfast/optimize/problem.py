"""A problem as people bring it: its terms, what an answer is worth, and the network whose lowest energy answers it."""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._records import Record
from hebbfast.networks.hopfield import HopfieldNetwork
from hebbfast.optimize._answers import OptimizeResult
from hebbfast.optimize._search import Asked, Goal, Search
from hebbfast.optimize._terms import exact_sum, read_weights, scipy_sparse, total_size

__all__ = ["VALUES", "Problem"]

Number = int | float

VALUES = {"ising": (-1, 1), "maxcut": (0, 1), "qubo": (0, 1)}
_DENSE = 4  # if one pair of so many is coupled, a matrix is faster than lists of neighbours
_SAFE = 2.0**60  # sums of sizes below it stay integers: float64 tells them to far less than the rest of int64
_ROUNDING = 2.0**-46  # of all sizes together: by no more are energies, of couplings of 62 bits, and goals off


@dataclass(frozen=True, eq=False, repr=False)
class Problem(Record):
    """Terms of an objective in n variables x, and whether it is to be small or large.

    Arrays are copied.

    Attributes
    ----------
    kind : {"ising", "maxcut", "qubo"}
        "ising", x_i = ±1: -Σ w x_i x_j - Σ b_i x_i. "maxcut", x_i = 0 or 1, the side of a vertex: Σ w of the terms
        whose x differ. "qubo", x_i = 0 or 1: Σ w x_i x_j.
    sense : {"min", "max"}
        What is looked for.
    variables : int
        n.
    first, second : ndarray
        int64 (M,), i and j of each term, counted from 0; terms may name a pair again. In a QUBO i may be j.
    weights : ndarray
        int64 or float64 (M,), w.
    linear : ndarray
        int64 or float64 (n,), b of an Ising problem, else zeros.
    labels : tuple or None
        What the caller calls the variables; answers are dictionaries then.
    name : str
        Where it comes from.
    best_known : int or None
        The best value that is known, if one is.

    Raises
    ------
    ValueError, TypeError
        If one of them is not as described, or sizes add up to more than 1e300.

    Examples
    --------
    >>> import hebbfast as hb
    >>> problem = hb.optimize.gset("G11")
    >>> problem
    <Problem G11: maxcut of 800 variables, 1,600 terms, best known 564>
    >>> found = problem.solve(sweeps=50, rng=0)
    >>> problem.value(found.x) == found.cut <= 564
    True
    """

    kind: str
    sense: str
    variables: int
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weights: NDArray[Any]
    linear: NDArray[Any]
    labels: tuple[Hashable, ...] | None = None
    name: str = ""
    best_known: int | None = None

    def __post_init__(self) -> None:
        _arguments.choice("kind", self.kind, tuple(VALUES))
        _arguments.choice("sense", self.sense, ("min", "max"))
        n = _arguments.whole("variables", self.variables, 0, 2**31 - 1)
        found = {name: self._places(name, n) for name in ("first", "second")}
        found["weights"] = read_weights("weights", self.weights)
        if not found["first"].shape == found["second"].shape == found["weights"].shape:
            shapes = ", ".join(str(array.shape) for array in found.values())
            raise ValueError(f"first, second and weights must have one length, got shapes {shapes}")
        if self.kind != "qubo" and (loops := (found["first"] == found["second"]) & (found["weights"] != 0)).any():
            unit = found["first"][loops][0]
            raise ValueError(f"first and second must differ unless kind is 'qubo', got {unit} twice")
        found["linear"] = read_weights("linear", self.linear)
        if found["linear"].shape != (n,):
            raise ValueError(f"linear must have shape ({n},), got shape {found['linear'].shape}")
        if self.kind != "ising" and found["linear"].any():
            raise ValueError(f"linear must be zeros unless kind is 'ising', got {_arguments.shown(self.linear)}")
        labels = None if self.labels is None else tuple(self.labels)
        if labels is not None and not len(labels) == len(set(labels)) == n:
            raise ValueError(f"labels must be {n} different ones, got {_arguments.shown(labels)}")
        total_size("weights", found["weights"], found["linear"])
        for array in found.values():
            array.flags.writeable = False
        vars(self).update(found, variables=n, labels=labels)

    def _places(self, name: str, n: int) -> NDArray[Any]:
        """(M,) of 0..n - 1."""
        given = _arguments.array(name, getattr(self, name), "integers")
        if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
            raise ValueError(f"{name} must be a 1-d array of integers, got {_arguments.shown(given)}")
        if given.size and not 0 <= given.min() <= given.max() < n:
            raise ValueError(f"{name} must lie in 0..{n - 1}, got {given[(given < 0) | (given >= n)][0]}")
        return given.astype(np.int64)

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        known = "" if self.best_known is None else f", best known {self.best_known}"
        terms = len(self.weights) + np.count_nonzero(self.linear)
        return f"<Problem{name}: {self.kind} of {self.variables:,} variables, {terms:,} terms{known}>"

    def value(self, x: ArrayLike | Mapping[Hashable, Any]) -> Number:
        """What an answer is worth: exact for integers, else the exact sum of the numbers given, rounded once.

        Parameters
        ----------
        x : array_like or mapping
            (n,) of the values that `kind` has, or one for each label.

        Returns
        -------
        int or float

        Raises
        ------
        ValueError
            If there are other values, or not one for each variable.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.optimize.gset("G48").value([(v // 60 + v % 60) % 2 for v in range(3000)])
        6000
        """
        return self._value(self._read(x))

    def _value(self, x: NDArray[np.int64]) -> Number:
        one, other = x[self.first], x[self.second]
        factors = {"ising": -one * other, "maxcut": one ^ other, "qubo": one * other}[self.kind]
        return exact_sum([(self.weights, factors), (self.linear, -x)])

    def _read(self, x: Any) -> NDArray[np.int64]:
        low, high = VALUES[self.kind]
        wanted = f"x must be {self.variables} values of {low} or {high}"
        if isinstance(x, Mapping):
            labels = range(self.variables) if self.labels is None else self.labels
            missing = [label for label in labels if label not in x]
            if missing or len(x) != self.variables:
                raise ValueError(f"{wanted}, got {len(x)} and none for {missing[0] if missing else 'others'!r}")
            x = [x[label] for label in labels]
        found = _arguments.array("x", x, f"{self.variables} values of {low} or {high}")
        if found.shape != (self.variables,) or not np.isin(found, (low, high)).all():
            raise ValueError(f"{wanted}, got {_arguments.shown(x)}")
        return found.astype(np.int64)

    @property
    def network(self) -> HopfieldNetwork:
        """The network in which an answer is a state, σ = x or 2x - 1, and the lowest energy the best answer.

        "ising": J = w, and the energy is the objective.
        "maxcut": J = -w, and the cut is ½ (Σ w - E).
        "qubo": J_ij = -w_ij and b_i = -(2 w_ii + Σ_j w_ij); the objective is ¼ (E + 2 Σ w_ii + Σ w_ij), pairs once.

        Where an Ising or QUBO objective is to be large, its negative is taken. Couplings are dense where more than a
        quarter of all pairs has a term, else sparse, which needs SciPy.
        """
        return self._model()[0]

    def _model(self) -> tuple[HopfieldNetwork, int, Number]:
        """A network, and a and c with: energy = a · objective + c."""
        weights, linear = self.weights, self.linear
        sizes = np.abs(weights.astype(np.float64))
        sums = sum(np.bincount(ends, sizes, self.variables) for ends in (self.first, self.second))
        if weights.dtype != linear.dtype or (sums + np.abs(linear.astype(np.float64))).max(initial=0) >= _SAFE:
            weights, linear = weights.astype(np.float64), linear.astype(np.float64)
        sign = 1 if self.sense == "min" else -1
        weights, linear = sign * weights, sign * linear
        if self.kind == "ising":
            return HopfieldNetwork(self._matrix(weights), linear), sign, 0
        if self.kind == "maxcut":
            every = exact_sum([(self.weights, np.ones(len(weights), dtype=np.int64))])
            return HopfieldNetwork(self._matrix(weights)), 2 * sign, -sign * every
        pairs = self.first != self.second
        field = np.zeros(self.variables, dtype=weights.dtype)
        np.add.at(field, self.first, -weights)
        np.add.at(field, self.second, -weights)  # one with itself counts twice
        constant = exact_sum([(self.weights, np.where(pairs, 1, 2))])
        return HopfieldNetwork(self._matrix(np.where(pairs, -weights, 0)), field), 4 * sign, -sign * constant

    def _matrix(self, weights: NDArray[Any]) -> Any:
        """(n, n) symmetric."""
        n = self.variables
        if 2 * _DENSE * len(weights) > n * n:
            matrix = np.zeros((n, n), dtype=weights.dtype)
            np.add.at(matrix, (self.first, self.second), weights)
            return matrix + matrix.T
        half = scipy_sparse().coo_array((weights, (self.first, self.second)), shape=(n, n))
        return (half + half.T).tocsr()

    def solve(
        self,
        *,
        reads: int | None = None,
        sweeps: int | None = None,
        temperatures: ArrayLike | None = None,
        target: float | None = None,
        seconds: float | None = None,
        method: _arguments.Method = "metropolis",
        rng: Any = None,
        threads: int | None = None,
        progress: bool = False,
    ) -> OptimizeResult:
        """Look for the best value by annealing.

        Parameters
        ----------
        reads : int, optional
            Anneals side by side, each with random numbers of its own. By default 64, or fewer where ``seconds`` do not
            suffice for 256 sweeps of these.
        sweeps : int, optional
            Sweeps of an anneal. Where they, or ``temperatures``, are given, that is what is done: one anneal of all
            reads or, with ``seconds``, one after another. Else their number is found (Notes).
        temperatures : array_like, optional
            (sweeps,) of at least 0, in units of the energy of `network`; by default a straight line from 0.9 times the
            rms field to where hardly anything moves.
        target : float, optional
            Stop when a value at least as good is found.
        seconds : float, optional
            Stop when so much time has passed, after a sweep at least; temperatures for a million variables take a
            while. It alone makes results depend on the machine.
        method : {"metropolis", "heat_bath"}
            As in `Network.sample`. Metropolis flips more units, and finds more in as many sweeps.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process.
        progress : bool
            Whether to show a bar; needs rich.

        Returns
        -------
        OptimizeResult
            The best answer that was seen; nothing says that there is no better one.

        Raises
        ------
        ValueError
            If an argument is not as described.
        ImportError
            If couplings are sparse and SciPy is missing.

        Notes
        -----
        Rounds have 64, 128, 256, ... sweeps, the last 1024, or as many as there are ``seconds`` for. A round anneals
        all reads from random states, and four times lets them meet in pairs: the variables in which two of them
        differ fall into clusters that no term connects, and their child has the better side of each (partition
        crossover, Whitley, Hains and Howe 2009), so it is no worse than either. Children take the places of their
        parents and are annealed from a third of the first temperature.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.optimize.gset("G43").solve(target=6650, rng=0).cut >= 6650
        True
        """
        asked = Asked.read(reads, sweeps, temperatures, target, seconds, method, rng, threads, progress)
        began = time.monotonic()
        if not (self.weights.any() or self.linear.any()):
            x = np.full(self.variables, VALUES[self.kind][1])
            return self._result(x, asked, "every answer is worth the same", began)
        network, factor, constant = self._model()
        run = Search(network, asked, None if asked.target is None else self._goal(asked.target, factor, constant))
        run.run()
        end = "all sweeps are done" if asked.seconds is None else "the time is over"
        return self._result(self._answer(run.state), asked, end, began, run, factor)

    def _answer(self, state: NDArray[np.int8]) -> NDArray[np.int64]:
        x = state.astype(np.int64)
        return x if self.kind == "ising" else (x + 1) // 2

    def _goal(self, target: Number, factor: int, constant: Number) -> Goal:
        total = total_size("weights", self.weights, self.linear)
        within = min(max(target, -2 * total), 2 * total)  # beyond, all answers are good enough, or none is
        return Goal(
            float(factor * within + constant),
            _ROUNDING * total,
            lambda state: self._meets(self._value(self._answer(state)), target),
        )

    def _meets(self, value: Number, target: Number) -> bool:
        return value <= target if self.sense == "min" else value >= target

    def _result(
        self, x: NDArray[np.int64], asked: Asked, end: str, began: float, run: Search | None = None, factor: int = 1
    ) -> OptimizeResult:
        """Values of reads and of the history by their distance from the best: those of its energy are equal to it."""
        fun, target = self._value(x), asked.target
        met = target is not None and self._meets(fun, target)
        history = [(0.0, 0.0)] if run is None else run.history
        energies, best = (np.zeros(1), 0.0) if run is None else (run.energies, run.energy)
        if target is not None:
            end = "the target is reached" if met else f"{end}, the target is not reached"
        return OptimizeResult(
            x=x.astype(np.int8) if self.labels is None else dict(zip(self.labels, x.tolist(), strict=True)),
            fun=fun,
            success=target is None or met,
            message=end,
            nit=0 if run is None else run.sweeps,
            cut=fun if self.kind == "maxcut" else None,
            seconds=time.monotonic() - began,
            history=np.array([(when, fun + (energy - best) / factor) for when, energy in history]),
            values=fun + (energies - best) / factor,
            anneal_sweeps=0 if run is None else run.length,
            anneal_seconds=0.0 if run is None else run.took,
        )
