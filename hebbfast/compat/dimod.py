"""Samplers of `dimod`, with the keywords of dwave-samplers: change ``SimulatedAnnealingSampler`` to `HebbfastSampler`.

``dimod`` must be installed; samplers are dimod's to its composites and to `isinstance`.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._ising import Ising
from hebbfast.compat._sampler import Sampler, read_seed
from hebbfast.compat._schedule import SCHEDULES, read_betas
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["HebbfastSampler", "HebbfastSteepestDescent"]

_METHODS = {"Metropolis": "metropolis", "Gibbs": "heat_bath"}
_LEAST_BETA = 1e-300  # a temperature is finite


class HebbfastSampler(Sampler):
    """Simulated annealing, with the interface of `dwave.samplers.SimulatedAnnealingSampler`.

    Attributes
    ----------
    parameters : dict
        The keywords of `sample`.
    properties : dict
        What ``beta_schedule_type`` may be.

    Raises
    ------
    ImportError
        If ``dimod`` is not installed.

    Notes
    -----
    Initial states, schedules and the rules of a visit are the peer's, the random numbers of the visits are not: equal
    seeds give equal samples, for any number of threads, of the peer's distribution, but not the peer's samples.

    Examples
    --------
    >>> sampler = HebbfastSampler()
    >>> found = sampler.sample_ising({"a": -1.0}, {("a", "b"): 1.0, ("b", "c"): 1.0}, num_reads=10, seed=1)
    >>> {v: int(s) for v, s in found.first.sample.items()}, float(found.first.energy)
    ({'a': 1, 'b': -1, 'c': 1}, -3.0)
    """

    _parameters: Mapping[str, list[str]] = {
        "beta_range": [],
        "num_reads": [],
        "num_sweeps": [],
        "num_sweeps_per_beta": [],
        "beta_schedule_type": ["beta_schedule_options"],
        "beta_schedule": [],
        "seed": [],
        "interrupt_function": [],
        "initial_states": [],
        "initial_states_generator": [],
        "randomize_order": [],
        "proposal_acceptance_criteria": [],
    }

    @property
    def properties(self) -> dict[str, Any]:
        """Kinds of schedules."""
        return {"beta_schedule_options": SCHEDULES}

    def sample(
        self,
        bqm: Any,
        beta_range: Any = None,
        num_reads: int | None = None,
        num_sweeps: int | None = None,
        num_sweeps_per_beta: int = 1,
        beta_schedule_type: str = "geometric",
        seed: int | None = None,
        interrupt_function: Callable[[], bool] | None = None,
        beta_schedule: Any = None,
        initial_states: Any = None,
        initial_states_generator: str = "random",
        randomize_order: bool = False,
        proposal_acceptance_criteria: str = "Metropolis",
        **kwargs: Any,
    ) -> Any:
        """Anneal reads from hot to cold.

        Parameters
        ----------
        bqm : dimod.BinaryQuadraticModel
            N variables of either vartype.
        beta_range : (float, float), optional
            First and last β = 1 / T, in units of the biases; by default from the biases (`Ising.beta_range`).
        num_reads : int, optional
            R; by default as many as initial states, or 1.
        num_sweeps : int, optional
            Sweeps of a read, 1000 by default; 0 returns the initial states.
        num_sweeps_per_beta : int
            Sweeps at each β; must divide ``num_sweeps``.
        beta_schedule_type : {"geometric", "linear", "custom"}
            Steps between the ends of ``beta_range``, or ``beta_schedule`` as it is.
        seed : int, optional
            From 0 to 2^31 - 1.
        interrupt_function : function, optional
            Asked after each read; once it is true the reads so far are returned.
        beta_schedule : array_like, optional
            (B,) of at least 0.
        initial_states, initial_states_generator
            As `dimod.Initialized.parse_initial_states` reads them.
        randomize_order : bool
            Each visit draws its variable, instead of one after another.
        proposal_acceptance_criteria : {"Metropolis", "Gibbs"}
            How a visit decides; in any case.
        **kwargs
            Unknown ones are named in a warning.

        Returns
        -------
        dimod.SampleSet
            (R, N) int8 in the vartype of ``bqm``, the state of each read after its last sweep; float64 energies with
            the offset; ``info`` with ``beta_range``, ``beta_schedule_type`` and ``timing``.

        Raises
        ------
        ValueError, TypeError
            If an argument is not as described; nothing has been sampled then.
        """
        began = time.perf_counter_ns()
        self.remove_unknown_kwargs(**kwargs)
        criterion = proposal_acceptance_criteria
        named = criterion.capitalize() if isinstance(criterion, str) else criterion
        method = _METHODS[_arguments.choice("proposal_acceptance_criteria", named, [*_METHODS])]
        seed = read_seed(seed)
        if interrupt_function is not None:
            _arguments.function("interrupt_function", interrupt_function, "a function without arguments")
        states, variables = self._starts(
            bqm,
            seed=seed,
            num_reads=num_reads,
            initial_states=initial_states,
            initial_states_generator=initial_states_generator,
        )
        ising = Ising(bqm, variables)
        betas, beta_range = read_betas(
            ising.beta_range, beta_range, num_sweeps, num_sweeps_per_beta, beta_schedule_type, beta_schedule
        )
        network = ising.network() if states.size and len(betas) else None
        prepared = time.perf_counter_ns()
        if network is not None:
            temperatures = 1 / np.maximum(betas, _LEAST_BETA)
            states = _annealed(network, states, temperatures, method, randomize_order, seed, interrupt_function)
        sampled = time.perf_counter_ns()
        info = {"beta_range": beta_range, "beta_schedule_type": beta_schedule_type}
        return self._samples(bqm, (states, variables), info, (began, prepared, sampled))


def _annealed(
    network: HopfieldNetwork,
    states: NDArray[np.int8],
    temperatures: NDArray[np.float64],
    method: Any,
    drawn: bool,
    seed: int | None,
    interrupt: Callable[[], bool] | None,
) -> NDArray[np.int8]:
    """States (R, N) after the last sweep; read by read, and maybe not all, where someone may interrupt."""
    generator = np.random.default_rng(seed)
    at_once = len(states) if interrupt is None else 1
    done: list[NDArray[np.int8]] = []
    for first in range(0, len(states), at_once):
        reads = states[first : first + at_once]
        found = network.anneal(
            reads,
            temperatures=temperatures,
            reads=len(reads),
            method=method,
            order="replacement" if drawn else "sequential",
            keep="last",
            rng=generator,
        )
        done.append(found.states)
        if interrupt is not None and interrupt():
            break
    return np.concatenate(done)


class HebbfastSteepestDescent(Sampler):
    """Steepest descent, with the interface of `dwave.samplers.SteepestDescentSampler`.

    Attributes
    ----------
    parameters : dict
        The keywords of `sample`.
    properties : dict
        What ``initial_states_generator`` and ``large_sparse_opt`` may be.

    Raises
    ------
    ImportError
        If ``dimod`` is not installed.

    Notes
    -----
    From the same initial states the samples and numbers of steps are the peer's, wherever
    differences of energies are exact in float64 (integers, multiples of a power of two).

    Examples
    --------
    >>> found = HebbfastSteepestDescent().sample_ising({}, {("a", "b"): -1.0}, initial_states={"a": 1, "b": -1})
    >>> {v: int(s) for v, s in found.first.sample.items()}, int(found.first.num_steps)
    ({'a': -1, 'b': -1}, 1)
    """

    _parameters: Mapping[str, list[str]] = {
        "num_reads": [],
        "initial_states": [],
        "initial_states_generator": ["initial_states_generators"],
        "seed": [],
        "large_sparse_opt": ["large_sparse_opt_values"],
    }

    @property
    def properties(self) -> dict[str, Any]:
        """Values of keywords."""
        return {
            "initial_states_generators": ("none", "tile", "random"),
            "large_sparse_opt_values": (True, False),
        }

    def sample(
        self,
        bqm: Any,
        num_reads: int | None = None,
        initial_states: Any = None,
        initial_states_generator: str = "random",
        seed: int | None = None,
        large_sparse_opt: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Flip the variable that lowers the energy most, the first of equals, until none does.

        Parameters
        ----------
        bqm : dimod.BinaryQuadraticModel
            N variables of either vartype.
        num_reads, initial_states, initial_states_generator
            As in `HebbfastSampler.sample`.
        seed : int, optional
            From 0 to 2^32 - 1.
        large_sparse_opt : bool
            Accepted; results do not depend on it.
        **kwargs
            Unknown ones are named in a warning.

        Returns
        -------
        dimod.SampleSet
            (R, N) int8 local minima in the vartype of ``bqm``, float64 energies, and ``num_steps``, the flips of each.

        Raises
        ------
        ValueError, TypeError
            If an argument is not as described.
        """
        began = time.perf_counter_ns()
        self.remove_unknown_kwargs(**kwargs)
        if not isinstance(large_sparse_opt, bool):
            raise TypeError(f"large_sparse_opt must be True or False, got {_arguments.shown(large_sparse_opt)}")
        seed = read_seed(seed, 2**32 - 1)
        states, variables = self._starts(
            bqm,
            seed=seed,
            num_reads=num_reads,
            initial_states=initial_states,
            initial_states_generator=initial_states_generator,
        )
        ising = Ising(bqm, variables)
        prepared = time.perf_counter_ns()
        states, steps = ising.descend(states)
        sampled = time.perf_counter_ns()
        return self._samples(bqm, (states, variables), {}, (began, prepared, sampled), num_steps=steps)
