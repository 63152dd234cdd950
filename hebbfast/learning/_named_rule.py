"""A learning rule as the experiments and the command line know it: by a name in `learning.RULES`."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NamedRule", "hebbian_neuron", "redundancy_neuron"]


@dataclass(frozen=True)
class NamedRule:
    """A rule with some options set, called with what an experiment offers to every rule.

    Attributes
    ----------
    function : callable
        From patterns, and options by name, to couplings or a `Learned`.
    options : mapping
        Options that have a value of their own here.
    compared : bool
        Whether `experiments.learned_capacity` takes it unless other rules are asked for.
    tie : {"minus", "keep", "plus"}
        The value of a unit without a field in these experiments.
    most_epochs : int or None
        What more epochs would not improve.
    neuron : function of D, or None
        Arguments of `pid.neuron_pmf` by name, for the unit that it learns with.
    """

    function: Callable[..., Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    compared: bool = True
    tie: str = "minus"
    most_epochs: int | None = None
    neuron: Callable[[int], dict[str, float]] | None = None

    @property
    def takes(self) -> frozenset[str]:
        """The names of the options of its function."""
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)

    @property
    def needs(self) -> frozenset[str]:
        """The options that have no value yet."""
        parameters = inspect.signature(self.function).parameters.values()
        return frozenset(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty) - set(
            self.options
        )

    def __call__(
        self, patterns: NDArray[np.int8], epochs: int, rng: Any = None, threads: int | None = None, **more: Any
    ) -> Any:
        """Couplings, or a record that has them; what the function does not take is left out."""
        epochs = epochs if self.most_epochs is None else min(epochs, self.most_epochs)
        offered = {"epochs": epochs, "rng": rng, "threads": threads, **more}
        taken = self.takes
        return self.function(patterns, **{**{k: v for k, v in offered.items() if k in taken}, **self.options})


def hebbian_neuron(units: int) -> dict[str, float]:
    """Output sign(h), without external input; couplings have no factor 1/D, and few fields lie beyond 3 D."""
    return {"bin_range": 3.0 * units}


def redundancy_neuron(units: int) -> dict[str, float]:
    """As `learning.redundancy` has it."""
    return {"bin_range": 20.0, "external": 2.3, "temperature": 2.0}
