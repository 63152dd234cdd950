"""What samplers of `dimod` share: how problems come in, and samples go out."""

import numbers
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._host import host

__all__ = ["Sampler", "dimod", "read_seed"]


def dimod() -> Any:
    """The package."""
    return host("dimod", "dimod")


def read_seed(seed: Any) -> int | None:
    """From 0 to 2^31 - 1, as dwave-samplers takes them."""
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral):
        raise TypeError(f"seed must be None or an integer from 0 to 2^31 - 1, got {_arguments.shown(seed)}")
    return _arguments.whole("seed", seed, 0, 2**31 - 1)


class Sampler:
    """A sampler, without `sample`; dimod's own to `isinstance`."""

    _parameters: Mapping[str, list[str]]

    def __init__(self) -> None:
        package = dimod()
        package.Sampler.register(type(self))
        package.Initialized.register(type(self))

    @property
    def parameters(self) -> dict[str, list[str]]:
        """Keywords of `sample`, and the properties that say what they may be."""
        return {name: list(properties) for name, properties in self._parameters.items()}

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """There is nothing to release."""

    def sample(self, bqm: Any, **parameters: Any) -> Any:
        """Samples of a binary quadratic model."""
        raise NotImplementedError

    def sample_ising(self, h: Any, J: Any, **parameters: Any) -> Any:
        """`sample` of E = Σ h_i s_i + Σ J_ij s_i s_j.

        Parameters
        ----------
        h : mapping or list
            Linear biases by variable.
        J : mapping
            Quadratic biases by pairs of variables.
        **parameters
            As in `sample`.

        Returns
        -------
        dimod.SampleSet
            With values -1 and +1.
        """
        return self.sample(dimod().BinaryQuadraticModel.from_ising(h, J), **parameters)

    def sample_qubo(self, Q: Any, **parameters: Any) -> Any:
        """`sample` of E = Σ Q_ij x_i x_j.

        Parameters
        ----------
        Q : mapping
            Coefficients by pairs of variables.
        **parameters
            As in `sample`.

        Returns
        -------
        dimod.SampleSet
            With values 0 and 1.
        """
        return self.sample(dimod().BinaryQuadraticModel.from_qubo(Q), **parameters)

    def _starts(self, bqm: Any, **given: Any) -> tuple[NDArray[np.int8], list[Any]]:
        """Initial states (R, N) of ±1 as dimod makes them, and its variables in order: sorted, where labels can be."""
        starts = dimod().Initialized().parse_initial_states(bqm=bqm, **given).initial_states
        states = np.ascontiguousarray(starts.record.sample, dtype=np.int8)
        return (2 * states - 1 if bqm.vartype.name == "BINARY" else states), list(starts.variables)

    def _samples(
        self, bqm: Any, states: tuple[NDArray[np.int8], list[Any]], info: Any, times: Any, **vectors: Any
    ) -> Any:
        """A SampleSet of states of ±1 and their variables; ``times``: of the start, before and after the sampling."""
        signs, variables = states
        values = (signs + 1) // 2 if bqm.vartype.name == "BINARY" else signs
        samples = dimod().SampleSet.from_samples_bqm((values, variables), bqm, info=info, **vectors)
        ends = (*times, time.perf_counter_ns())
        parts = ("preprocessing_ns", "sampling_ns", "postprocessing_ns")
        samples.info["timing"] = {part: ends[k + 1] - ends[k] for k, part in enumerate(parts)}
        return samples
