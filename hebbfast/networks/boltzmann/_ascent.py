"""Ascent of the likelihood: ∂ ln p / ∂J_ij = ⟨s_i s_j⟩ beside the patterns - ⟨s_i s_j⟩ of the machine."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hebbfast._records import Record
from hebbfast._work.progress import progress_bar
from hebbfast.networks.boltzmann._likelihood import annealed, independent, independent_fields
from hebbfast.networks.boltzmann._model import Chains, Model, Signs

__all__ = ["Ascent", "History", "Settings"]

Floats = NDArray[np.float64]

_LARGEST = 1e6
_CHAINS, _SWEEPS = 100, 200  # of a look
_COUNTED = 1 << 14  # states that a look may count


@dataclass(frozen=True, eq=False)
class History(Record):
    """How the likelihood rose.

    Attributes
    ----------
    epochs : ndarray
        int64 (n,): passes over the patterns after which it was looked at.
    train, validation : ndarray
        float64 (n,): mean ln p of the patterns, and of others that were not learned from; NaN where there are none, or
        where the sum over hidden units has too many terms.
    error : ndarray
        float64 (n,): one standard deviation of ln Z, which all of these share; 0 where states were counted.
    """

    epochs: NDArray[np.int64]
    train: Floats
    validation: Floats
    error: Floats

    def __repr__(self) -> str:
        if not len(self.epochs):
            return "<History of no epochs>"
        other = "" if np.isnan(self.validation[-1]) else f", of others {self.validation[-1]:.4g}"
        return f"<History of {self.epochs[-1]} epochs: ln p {self.train[-1]:.4g}{other}>"


@dataclass(frozen=True)
class Settings:
    """How to climb."""

    epochs: int
    batch: int
    learning_rate: float
    falling: bool
    """Does the rate fall linearly to 0?"""
    chains: int
    sweeps: int
    method: str
    decay: float
    threads: int | None


class Ascent:
    """Couplings and bias on their way up; ``make`` makes a model of them."""

    def __init__(self, make: Callable[[Floats, Floats], Model], weights: Floats, bias: Floats) -> None:
        self._make = make
        self.weights, self.bias = weights.copy(), bias.copy()
        self.chains: Chains | None = None

    @property
    def model(self) -> Model:
        """The machine as it is now."""
        return self._make(self.weights, self.bias)

    def climb(
        self,
        values: Signs,
        validation: Signs | None,
        settings: Settings,
        rng: "np.random.Generator",
        looks: int,
        progress: bool,
    ) -> History:
        """All epochs, batch after batch in an order drawn anew each epoch."""
        count, batch = len(values), min(settings.batch, len(values))
        if settings.method == "exact":
            batch = count
        steps, found, done = settings.epochs * -(-count // batch), [], 0
        watched = set(np.linspace(0, settings.epochs, looks + 1).round().astype(int)[1:].tolist())
        with progress_bar("epochs", settings.epochs, progress) as advance:
            for epoch in range(1, settings.epochs + 1):
                order = rng.permutation(count) if batch < count else np.arange(count)
                for first in range(0, count, batch):
                    rate = settings.learning_rate * (1.0 - done / steps if settings.falling else 1.0)
                    self._step(values[order[first : first + batch]], rate, settings, rng)
                    done += 1
                if epoch in watched:
                    found.append((epoch, *self._look(values, validation, rng, settings.threads)))
                advance(1)
        table = np.array(found, dtype=np.float64).reshape(-1, 4)
        return History(table[:, 0].astype(np.int64), *np.ascontiguousarray(table[:, 1:].T))

    def _step(self, values: Signs, rate: float, settings: Settings, rng: "np.random.Generator") -> None:
        model = self.model
        data = model.given(values, settings.method == "exact", rng, settings.threads)
        if settings.method == "exact":
            own = model.counted()[1]
        else:
            if settings.method == "contrastive":
                self.chains = model.start(values, rng)
            elif self.chains is None or len(self.chains.words) != settings.chains:
                self.chains = model.start(independent(self.bias[: model.visible], settings.chains, rng), rng)
            model.move(self.chains, settings.sweeps, threads=settings.threads)
            own = model.moments(self.chains)
        with np.errstate(all="ignore"):
            self.weights += rate * (data.second - own.second - settings.decay * self.weights)
            self.bias += rate * (data.first - own.first)
        largest = max(np.abs(self.weights).max(initial=0), np.abs(self.bias).max())
        if not largest <= _LARGEST:  # or NaN
            raise ValueError(f"learning_rate and decay must be smaller, couplings grow beyond {_LARGEST:g}")

    def _look(
        self, values: Signs, validation: Signs | None, rng: "np.random.Generator", threads: int | None
    ) -> tuple[float, float, float]:
        """Mean ln p of both, and the error of ln Z."""
        model = self.model
        if not model.scorable:
            return np.nan, np.nan, np.nan
        if model.states <= _COUNTED:
            log_z, error = model.counted()[0], 0.0
        else:
            fields = independent_fields(values)
            z = annealed(model, fields, chains=_CHAINS, sweeps=_SWEEPS, rng=rng, threads=threads, warn=False)
            log_z, error = z.value, z.error
        others = float(model.log_weights(validation).mean()) if validation is not None else np.nan
        return float(model.log_weights(values).mean()) - log_z, others - log_z, error
