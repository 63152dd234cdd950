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
from hebbfast.optimize._search import Asked, Search
from hebbfast.optimize._terms import exact_sum, largest, scipy_sparse

__all__ = ["VALUES", "Problem"]

Number = int | float

VALUES = {"ising": (-1, 1), "maxcut": (0, 1), "qubo": (0, 1)}
_DENSE = 4  # if one pair of so many is coupled, a matrix is faster than lists of neighbours
_SAFE = 2**60  # below it four times an integer fits int64


@dataclass(frozen=True, eq=False, repr=False)
class Problem(Record):
    """Terms of an objective in n variables x, and whether it is to be small or large.

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
        for array in (self.first, self.second, self.weights, self.linear):
            array.flags.writeable = False

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
        if weights.dtype != linear.dtype or max(largest(weights), largest(linear)) >= _SAFE:
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
        run = Search(network, asked, None if asked.target is None else factor * asked.target + constant)
        run.run()
        found = run.state.astype(np.int64)
        end = "all sweeps are done" if asked.seconds is None else "the time is over"
        return self._result(
            found if self.kind == "ising" else (found + 1) // 2,
            asked,
            end,
            began,
            run.sweeps,
            [(seconds, (energy - constant) / factor) for seconds, energy in run.history],
            (run.energies - constant) / factor,
            (run.length, run.took),
        )

    def _result(
        self,
        x: NDArray[np.int64],
        asked: Asked,
        end: str,
        began: float,
        sweeps: int = 0,
        history: list[tuple[float, float]] | None = None,
        values: NDArray[np.float64] | None = None,
        anneal: tuple[int, float] = (0, 0.0),
    ) -> OptimizeResult:
        fun, target = self._value(x), asked.target
        met = target is not None and (fun <= target if self.sense == "min" else fun >= target)
        if target is not None:
            end = "the target is reached" if met else f"{end}, the target is not reached"
        return OptimizeResult(
            x=x.astype(np.int8) if self.labels is None else dict(zip(self.labels, x.tolist(), strict=True)),
            fun=fun,
            success=target is None or met,
            message=end,
            nit=sweeps,
            cut=fun if self.kind == "maxcut" else None,
            seconds=time.monotonic() - began,
            history=np.array([(0.0, fun)] if history is None else history),
            values=np.array([float(fun)]) if values is None else values,
            anneal_sweeps=anneal[0],
            anneal_seconds=anneal[1],
        )
