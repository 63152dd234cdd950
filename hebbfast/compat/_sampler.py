"""What samplers of `dimod` share: how problems come in, and samples go out."""

import numbers
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast.compat._host import host

__all__ = ["Sampler", "dimod", "read_seed", "read_whole"]


def dimod() -> Any:
    """The package."""
    return host("dimod", "dimod")


def read_whole(name: str, value: Any, least: int, most: int = _arguments.LARGEST, other: str = "") -> int:
    """An integer; a TypeError for what is none, as dwave-samplers has it."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        span = f"of at least {least}" if most == _arguments.LARGEST else f"from {least} to {most}"
        raise TypeError(f"{name} must be {other}an integer {span}, got {_arguments.shown(value)}")
    return _arguments.whole(name, value, least, most)


def read_seed(seed: Any, most: int = 2**31 - 1) -> int | None:
    """From 0 to 2^31 - 1, as dwave-samplers takes them."""
    return None if seed is None else read_whole("seed", seed, 0, most, "None or ")


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

    def remove_unknown_kwargs(self, **kwargs: Any) -> Any:
        """The keywords that `sample` knows; others are named in a warning."""
        return dimod().Sampler.remove_unknown_kwargs(self, **kwargs)

    def parse_initial_states(self, bqm: Any, *arguments: Any, **keywords: Any) -> Any:
        """As `dimod.Initialized.parse_initial_states`."""
        return dimod().Initialized().parse_initial_states(bqm, *arguments, **keywords)

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
        starts = self.parse_initial_states(bqm, **given).initial_states
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
