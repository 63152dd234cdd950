"""The one interface of every network, over the few hooks in which they differ.

A kind of network is its data and these hooks::

    _kernel            what moves its states (`hebbfast.dynamics.run.Kernel`)
    _fields_of         fields of packed states, for some units
    _energies_of       energies of packed states; NaN where none exists
    _overlaps_of       overlaps with its patterns, if it has any
    _expect_energy     raises where no energy exists
    _expect_balance    raises where the heat bath does not sample exp(-E / T)
    _chains            chains at temperatures above zero, where an engine is faster than the kernel

All of fields, energy, delta_energy, stable, recall and sample follow from them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._work.pieces import pieces
from hebbfast._work.threads import thread_count
from hebbfast.bits import PackedPatterns, are_plain, is_plain
from hebbfast.dynamics.record import Recall, Trace
from hebbfast.dynamics.rules import Rules, read_recall
from hebbfast.dynamics.run import Course, Kernel, seed

if TYPE_CHECKING:  # whoever stays at T = 0 does without these
    from hebbfast.dynamics.annealing import Annealing
    from hebbfast.dynamics.chains import Chains
    from hebbfast.dynamics.sampling import Samples
    from hebbfast.networks._stable import Stability

__all__ = ["Network"]


class Network:
    """What every network answers: energies, fields, energy differences, recall and sampling.

    Wherever states (D,) or (Q, D) are taken, pictures (H, W) or (Q, H, W) with H W = D are too, row by row, and so are
    masks. States come back in the shape in which they came; what belongs to units, as fields, is (D,) for them, too.
    """

    units: int
    """D"""

    # Until they are asked for: where they cost more than the recall, and the network cannot change.
    _energies_wait = False
    # Are fields zero where the dynamics have a tie? So they are where both are exact sums.
    _ties_count = True

    @property
    def _kernel(self) -> Kernel:
        raise NotImplementedError

    def _fields_of(self, words: NDArray[np.uint64], units: NDArray[np.uint32]) -> NDArray[np.float64]:
        raise NotImplementedError

    def _energies_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.float64]:
        raise NotImplementedError

    def _overlaps_of(self, words: NDArray[np.uint64], threads: int | None = None) -> NDArray[np.int32]:
        raise NotImplementedError

    def _fields_of_one(
        self, state: NDArray[Any], units: NDArray[np.uint32] | None, out: NDArray[np.float64], costs: bool = False
    ) -> bool:
        """Fields h of one state (D,), for all units if None; False where the long way must go, or refuse.

        ``costs``: 2 σ h instead.
        """
        return False

    def _energy_of_one(self, state: NDArray[Any]) -> float | None:
        """The energy of one state (D,); None where the long way must go, or refuse."""
        return None

    def _expect_energy(self) -> None:
        """Every state has an energy."""

    def _expect_balance(self) -> None:
        """Every state has the probability that its energy says."""
        self._expect_energy()

    def _chains(
        self, rules: Rules, words: NDArray[np.uint64], seeds: NDArray[np.uint64], *, threads: int | None
    ) -> "Chains":
        """Chains that start at packed states, each with two random words for its stream."""
        from hebbfast.dynamics import abreast
        from hebbfast.dynamics.chains import Stepped

        if rules.draws == "shared":
            raise ValueError(abreast.REFUSAL)
        return Stepped(self, rules, words, seeds, threads=threads)

    def _read(self, states: ArrayLike | PackedPatterns, name: str) -> bits.States:
        return bits.read_states(states, self.units, name)

    def _restore(self, batch: bits.States, words: NDArray[np.uint64]) -> Any:
        """States of the kind that `_read` has read."""
        return batch.restore(words)

    def _values_of(self, words: NDArray[np.uint64]) -> NDArray[np.int8]:
        """(Q, D) of the two values that units have."""
        return bits.unpack(words, self.units)

    def _all_units(self) -> NDArray[np.uint32]:
        return np.arange(self.units, dtype=np.uint32)

    def fields(self, states: ArrayLike | PackedPatterns) -> NDArray[np.float64]:
        """Fields h_i = ½ [E(σ_i = -1) - E(σ_i = +1)], or J σ + b where couplings are asymmetric and no energy exists.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.

        Returns
        -------
        ndarray
            float64 (D,) or (Q, D); the zero-temperature update is σ_i ← sign(h_i). Each is an exact sum (of integers,
            or with the fixed-point meaning that the class documents), rounded once, so the sign is exact.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.DenseAssociativeMemory([[1, 1, -1]]).fields([1, 1, 1]).tolist()
        [0.0, 0.0, -2.0]
        >>> hb.HopfieldNetwork([[0, 1], [1, 0]], bias=[0.5, 0]).fields([1, -1]).tolist()
        [-0.5, 1.0]
        """
        if is_plain(states):
            out = np.empty(self.units)
            if self._fields_of_one(states, None, out):
                return out
        batch = self._read(states, "states")
        fields = self._fields_of(batch.words, self._all_units())
        return fields[0] if batch.single else fields

    def energy(self, states: ArrayLike | PackedPatterns) -> Any:
        """Energy E of states.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.

        Returns
        -------
        float64 or ndarray
            Scalar or (Q,). For integers the sum is exact and rounded once.

        Raises
        ------
        ValueError
            If the couplings are not symmetric: the dynamics then has no energy.

        Examples
        --------
        >>> import hebbfast as hb
        >>> float(hb.DenseAssociativeMemory([[1, 1, 1, 1]]).energy([1, 1, 1, -1]))
        -2.0
        """
        self._expect_energy()
        if is_plain(states):
            energy = self._energy_of_one(states)
            if energy is not None:
                return np.float64(energy)
        batch = self._read(states, "states")
        energies = self._energies_of(batch.words)
        return energies[0] if batch.single else energies

    def delta_energy(self, states: ArrayLike | PackedPatterns, units: ArrayLike | None = None) -> NDArray[np.float64]:
        """Energy differences E(after) - E(before) of single flips, 2 σ_i h_i.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        units : array_like of int, optional
            Units to flip, each alone; all when None.

        Returns
        -------
        ndarray
            float64 (len(units),) or (Q, len(units)).

        Raises
        ------
        ValueError
            If the couplings are not symmetric, or a unit is out of range.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.DenseAssociativeMemory([[1, 1, 1]]).delta_energy([1, 1, -1], [2]).tolist()
        [-4.0]
        """
        self._expect_energy()
        index = None if units is None else _arguments.indices("units", units, self.units)
        if is_plain(states):
            out = np.empty(self.units if index is None else len(index))
            if self._fields_of_one(states, index, out, True):
                return out
        batch = self._read(states, "states")
        index = self._all_units() if index is None else index
        costs = self._fields_of(batch.words, index)
        costs *= 2
        for part in pieces(len(costs), bytes_each=2 * self.units):
            costs[part] *= bits.unpack(batch.words[part], self.units)[:, index]
        return costs[0] if batch.single else costs

    def stable(self, states: ArrayLike | PackedPatterns, *, tie: _arguments.Tie = "plus") -> "Stability":
        """Ask whether states are fixed points, and by what margin: of patterns, whether the network holds them.

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1.
        tie : {"plus", "keep", "minus"}
            As in ``recall``: the value of a unit whose field is exactly zero.

        Returns
        -------
        Stability
            ``.stable``, ``.margin`` and ``.unstable``, one entry a state.

        Raises
        ------
        ValueError
            If an argument is not as described.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.HopfieldNetwork([[0, 2], [2, 0]]).stable([[1, 1], [1, -1]])
        Stability(stable=array([ True, False]), margin=array([ 2., -2.]), unstable=array([0, 2]))
        """
        from hebbfast.networks import _stable

        return _stable.stable(self, states, tie)

    def recall(
        self,
        cues: ArrayLike | PackedPatterns,
        *,
        update: _arguments.Update = "async",
        order: _arguments.Order | ArrayLike = "random",
        max_sweeps: int = 100,
        temperature: float | None = None,
        beta: float | None = None,
        tie: _arguments.Tie = "plus",
        clamp: ArrayLike | None = None,
        uniforms: ArrayLike | None = None,
        cycles: _arguments.Cycles = "stop",
        rng: Any = None,
        threads: int | None = None,
        record: str | Iterable[str] | None = None,
    ) -> Recall:
        """Let cues move until they rest.

        Parameters
        ----------
        cues : array_like or PackedPatterns
            (D,) or (Q, D) of ±1; not modified.
        update : {"async", "sync"}
            One unit after another, or all at once (then ``order`` has no effect).
        order : {"random", "sequential", "replacement"} or array_like of int
            A new permutation in every sweep; 0..D-1; D units drawn with replacement; or units visited again in every
            sweep, any number of them. A table (S, V) has a row for each sweep, of which the last one stays; one of
            (Q, S, V) has these rows for each cue.
        max_sweeps : int
            Where to stop at the latest.
        temperature : float, optional
            T of the heat bath, P(σ_i = +1) = 1 / (1 + exp(-2 h_i / T)) (Glauber 1963), in units of the energy; at 0,
            the default, the sign of h_i.
        beta : float, optional
            β = 1 / T in its place: 0 for P = ½, infinite for T = 0.
        tie : {"plus", "keep", "minus"}
            The value of a unit whose field is exactly zero.
        clamp : array_like of bool, optional
            (D,); units that are True never move.
        uniforms : array_like, optional
            (S, V) or (Q, S, V) numbers u from 0 to 1, one for each visit (V = D, or those of an ``order`` given as an
            array; unit i takes the one of visit i in a synchronous update), with a row for each of ``max_sweeps``
            sweeps: at T > 0 the unit becomes +1 if u < P(σ_i = +1), and nothing is drawn.
        cycles : {"stop", "continue"}
            Whether a synchronous run that ends in a cycle of two states stops there, or goes on to ``max_sweeps``.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`; each cue gets one stream from it.
        threads : int, optional
            At most so many; by default HEBBFAST_NUM_THREADS or the CPUs of the process. Results do not depend on it.
        record : {"energy", "flips", "overlaps", "states", "ties", "events"} or several of them, optional
            What to keep after each sweep in ``trace``; overlaps where the network has patterns. "ties" also makes
            ``ties``, the visits at which the field was exactly zero, where fields are exact sums; "events" makes
            ``events``, every flip with its visit. These two cost more than the recall: they are found between sweeps.

        Returns
        -------
        Recall
            States of the same kind as the cues, and how they got there.

        Raises
        ------
        ValueError
            If an argument is not as described; nothing has moved then.

        Notes
        -----
        Asynchronous updates never raise the energy (Hopfield 1982). With ``tie="plus"`` or ``"minus"`` a flip can
        leave it equal, with ``"keep"`` each flip lowers it. Synchronous updates may end in a cycle of period 2.
        An order that leaves units out stops when a sweep of it changes nothing. With asymmetric couplings convergence
        is not promised, and energies are NaN.

        Examples
        --------
        >>> import hebbfast as hb
        >>> patterns = hb.random_patterns(20, 300, rng=0)
        >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        >>> result = memory.recall(hb.corrupt(patterns, flip=0.1, rng=1), rng=2)
        >>> bool(result.converged.all())
        True
        """
        units = self.units
        rules, sweeps, through = read_recall(
            units, update, order, temperature, beta, tie, clamp, uniforms, max_sweeps, cycles
        )
        if record is None and not through and is_plain(cues):
            if threads is not None:
                thread_count(threads)
            out = np.empty(units, cues.dtype)
            words = None if rng is None else seed(rng)
            ended = self._kernel.alone(rules, cues, out, sweeps, words)
            if ended is not None:
                swept, flips, status, energy = ended
                if energy is None:
                    energy = self._energies_of_signs(out[None], True)
                return Recall.of_one(out, swept, flips, status, energy)
        if record is None and sweeps and not through and are_plain(cues, units):
            if threads is not None:
                thread_count(threads)
            few, progress = np.empty_like(cues), np.empty((len(cues), _kernels.PROGRESS), dtype=np.int64)
            found = self._kernel.few(rules, cues, few, sweeps, rng, progress)
            if found is not None:
                late = None if len(found) else self._energies_of_signs(few, False)
                return Recall.of_batch(few, progress, found if late is None else late)
        states = self._read(cues, "cues")
        trace = None if record is None else self._trace(record, threads)
        steps = trace is not None
        course = Course(self._kernel, rules, states.words, rng=rng, threads=threads, steps=steps, through=through)
        if trace is None:
            course.advance(sweeps)
        else:
            for sweep in range(sweeps + 1):
                course.advance(sweep)
                trace.add(course)
                if not course.running:
                    break
        energies: Any = course.energies if sweeps else None
        if energies is None:
            energies = self._final_energies(course.words.copy(), states.single, threads)
        elif states.single:
            energies = energies[0]
        return self._recalled(states, course, energies, trace)

    def _final_energies(self, words: NDArray[np.uint64], single: bool, threads: int | None = None) -> Any:
        """Energies of final states, or how to find them, where that may wait."""

        def energies() -> Any:
            found = self._energies_of(words, threads)
            return found[0] if single else found

        return energies if self._energies_wait else energies()

    def _energies_of_signs(self, signs: NDArray[np.int8], single: bool) -> Any:
        """The same of states that are not packed yet: while they wait a copy will do, in a tenth of the time."""
        if not self._energies_wait:
            return self._final_energies(bits.pack_signs(signs, "cues"), single)
        kept = signs.copy()  # the caller may change its own

        def energies() -> Any:
            found = self._energies_of(bits.pack_signs(kept, "cues"))
            return found[0] if single else found

        return energies

    @property
    def _patterned(self) -> bool:
        """Are there patterns to overlap with?"""
        return type(self)._overlaps_of is not Network._overlaps_of

    def _trace(self, record: str | Iterable[str], threads: int | None) -> Trace:
        overlaps = (lambda words: self._overlaps_of(words, threads)) if self._patterned else None
        fields = self._fields_of if self._ties_count else None
        return Trace(record, lambda words: self._energies_of(words, threads), overlaps, fields)

    def _recalled(self, states: bits.States, course: Course, energies: Any, trace: Trace | None) -> Recall:
        """The record of a course that has ended."""
        final, kept = states.restore(course.words), {} if trace is None else trace.kept(states.single)
        if states.single:
            swept, flips, status = course.progress[0, _kernels.SWEEPS :].tolist()
            result = Recall.of_one(final, swept, flips, status, energies)
            result.__dict__.update(kept)
            return result
        return Recall.of_batch(final, course.progress, energies, **kept)

    def sample(
        self,
        states: ArrayLike | PackedPatterns,
        *,
        temperature: ArrayLike | None = None,
        beta: ArrayLike | None = None,
        sweeps: int,
        burn_in: int = 0,
        thin: int = 1,
        method: _arguments.Method = "heat_bath",
        observables: Any = ("energy",),
        order: _arguments.Order | ArrayLike = "random",
        clamp: ArrayLike | None = None,
        draws: _arguments.Draws = "own",
        rng: Any = None,
        threads: int | None = None,
        record: str | Iterable[str] | None = None,
    ) -> "Samples":
        """Let states move at a temperature, and measure: samples of exp(-E / T).

        Parameters
        ----------
        states : array_like or PackedPatterns
            (D,) or (Q, D) of ±1, where the chains start; not modified.
        temperature : float or array_like
            T > 0, in units of the energy, or (Q,), one for each chain.
        beta : float or array_like
            β = 1 / T in its place, finite; one of the two must be given.
        sweeps : int
            Sweeps of each chain in which it is measured, D visits each.
        burn_in : int
            Sweeps before, without measurements.
        thin : int
            Measure after every so many sweeps.
        method : {"heat_bath", "metropolis"}
            A visit draws σ_i = ±1 with probability 1 / (1 + exp(∓2 h_i / T)) (Glauber 1963), or flips it with
            probability min(1, exp(-ΔE / T)) (Metropolis et al. 1953).
        observables : str, function, several of both, or mapping of names to both
            What to measure: "energy", "magnetization" (the mean of a state), "states" (of each unit), "overlaps" where
            the network has patterns; a function takes states (Q, D) and gives (Q, ...) numbers.
        order, clamp, rng, threads
            As in ``recall``.
        draws : {"own", "shared"}
            Each state draws from a stream of its own and moves as it does alone; or 512 share random words, each with
            bits of its own, which is several times as fast (multi-spin coding, ``docs/temperature.md``). That needs
            sparse couplings +J and -J, at most 31 for a unit, one temperature, and sequential order.
        record : str or several, optional
            Observables of which to keep all values in ``trace``; also "flips", those since the start.

        Returns
        -------
        Samples
            The states at the end; means, their errors and autocorrelation times.

        Raises
        ------
        ValueError
            If an argument is not as described, or couplings are asymmetric; nothing has moved then.

        Warns
        -----
        UserWarning
            If measurements span less than 50 autocorrelation times of an observable.

        Notes
        -----
        In sequential order Metropolis flips every unit that is free to, again and again: two states of J = 0 swap for
        ever, each with half of the weight. Its chains need a random order to forget; the heat bath does not.

        Examples
        --------
        >>> import hebbfast as hb
        >>> network = hb.HopfieldNetwork([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
        >>> chains = network.sample(hb.random_patterns(8, 3, rng=0), temperature=2.0, sweeps=1000, rng=1)
        >>> weights = np.exp(np.array([3.0, -1.0, -1.0, -1.0]) / 2.0)  # each energy twice
        >>> exact = float(weights @ [-3.0, 1.0, 1.0, 1.0] / weights.sum())
        >>> bool(abs(chains.mean["energy"].mean() - exact) < 4 * np.sqrt((chains.error["energy"] ** 2).sum()) / 8)
        True
        """
        self._expect_balance()
        from hebbfast.dynamics import sampling

        return sampling.sample(
            self, states, temperature=temperature, beta=beta, sweeps=sweeps, burn_in=burn_in, thin=thin, method=method,
            watched=observables, order=order, clamp=clamp, draws=draws, rng=rng, threads=threads, record=record,
        )  # fmt: skip

    def anneal(
        self,
        states: ArrayLike | PackedPatterns | None = None,
        *,
        temperatures: ArrayLike | None = None,
        sweeps: int | None = None,
        reads: int = 64,
        target: float | None = None,
        seconds: float | None = None,
        method: _arguments.Method = "heat_bath",
        order: _arguments.Order | ArrayLike = "sequential",
        clamp: ArrayLike | None = None,
        keep: _arguments.Keep = "best",
        draws: _arguments.Draws = "own",
        rng: Any = None,
        threads: int | None = None,
    ) -> "Annealing":
        """Look for the lowest energy by simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983).

        Parameters
        ----------
        states : array_like or PackedPatterns, optional
            Where reads start: (D,) for all of them, or (R, D), one each, which settles ``reads``; random by default.
        temperatures : array_like, optional
            (S,) of at least 0, one for each sweep. By default S equal steps from hot to cold, found from the fields of
            the network: hot is their root mean square in random states, cold the least energy of a flip from a state
            at rest, divided by ln D.
        sweeps : int, optional
            S, 1000 by default, or as many as there are temperatures.
        reads : int
            R, independent runs.
        target : float, optional
            Stop all reads after the sweep in which one has an energy at or below it.
        seconds : float, optional
            Stop when so much time has passed; then sweeps are missing at the cold end.
        method : {"heat_bath", "metropolis"}
            As in ``sample``.
        order, clamp, threads
            As in ``recall``.
        keep : {"best", "last"}
            Of each read the best state that was seen, or the one at the end, a sample at the last temperature.
        draws : {"own", "shared"}
            As in ``sample``.
        rng : seed, SeedSequence or Generator, optional
            Passed to `numpy.random.default_rng`; read q has the same start and the same draws, however many there are.

        Returns
        -------
        Annealing
            The best state of each read and its energy, and the best of all.

        Raises
        ------
        ValueError
            If an argument is not as described, or couplings are asymmetric.

        Examples
        --------
        >>> import hebbfast as hb
        >>> signs = 2 * (hb.random_patterns(40, 40, rng=0) > 0) - 1
        >>> found = hb.HopfieldNetwork(signs + signs.T - 2 * np.diag(signs.diagonal())).anneal(rng=1)
        >>> bool((found.best_energy <= found.energies).all())
        True
        """
        self._expect_balance()
        from hebbfast.dynamics import annealing

        return annealing.anneal(
            self, states, temperatures=temperatures, sweeps=sweeps, reads=reads, target=target, seconds=seconds,
            method=method, order=order, clamp=clamp, keep=keep, draws=draws, rng=rng, threads=threads,
        )  # fmt: skip
