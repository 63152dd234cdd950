"""`BoltzmannMachine`: a machine that learns from patterns."""

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.bits import PackedPatterns
from hebbfast.networks.boltzmann._ascent import Ascent, History, Settings
from hebbfast.networks.boltzmann._likelihood import independent_fields
from hebbfast.networks.boltzmann._machine import Machine

__all__ = ["BoltzmannMachine"]

Floats = NDArray[np.float64]

_METHODS = ("persistent", "contrastive", "exact")


class BoltzmannMachine(Machine):
    """Units of ±1 with p(s) = exp(-E(s)) / Z, E(s) = -½ sᵀJs - b·s, and couplings learned from patterns.

    Patterns are values of the visible units; hidden ones make the rest of the machine richer, and are summed away.

    Parameters
    ----------
    visible : int
        V, the units of a pattern.
    hidden : int, default 0
        H. Without hidden units all visible ones are coupled, and the machine knows means and correlations alone.
    restricted : bool, default True
        Hidden units are coupled to visible ones alone, and visible ones to hidden ones (Smolensky 1986): both layers
        are drawn at once. False couples all units with each other, which is for small machines. Without hidden
        units it means nothing.
    rng : seed, SeedSequence or Generator, optional
        Of the first couplings, N(0, 0.01²), and of whatever draws and is given no ``rng`` of its own.

    Attributes
    ----------
    visible, hidden : int
        V and H.
    restricted : bool
        As given.
    history : History or None
        How the likelihood rose in the last `fit`.

    Notes
    -----
    Ackley, Hinton and Sejnowski (1985), Cognitive Science 9, 147. For units x = (1 + s) / 2 of 0 and 1 the same
    machine has W₀₁ = 4 J and b₀₁ = 2 b - 2 Σ_j J_ij. ``docs/boltzmann.md`` has the formulas.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = [[1, 1, -1], [1, 1, 1], [-1, -1, 1], [-1, -1, -1]]
    >>> machine = hb.BoltzmannMachine(3, rng=0).fit(patterns, method="exact", epochs=200, learning_rate=0.5)
    >>> machine.history
    <History of 200 epochs: ln p -1.406>
    >>> machine.complete([1, -1, 1], known=[True, False, False], rng=1).states.tolist()[:2]
    [1, 1]
    """

    history: History | None = None

    def fit(
        self,
        patterns: ArrayLike | PackedPatterns,
        *,
        epochs: int = 1000,
        learning_rate: float = 0.1,
        batch: int = 500,
        chains: int = 500,
        sweeps: int = 2,
        method: str = "persistent",
        decay: float = 0.02,
        validation: ArrayLike | PackedPatterns | None = None,
        looks: int = 10,
        rng: Any = None,
        threads: int | None = None,
        progress: bool = False,
    ) -> "BoltzmannMachine":
        """Learn from patterns, from the start.

        Visible biases begin where independent units have the means of the patterns, couplings to hidden units at
        N(0, 0.01²), and the rate falls linearly to 0. What was learned before is forgotten; the machine changes once
        all epochs are done.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (K, V) of ±1.
        epochs : int, default 1000
            Passes over the patterns.
        learning_rate : float, default 0.1
            The first step, above 0.
        batch : int, default 500
            Patterns a step.
        chains, sweeps : int, default 500 and 2
            Chains that stand for the machine, and their Gibbs sweeps a step.
        method : {"persistent", "contrastive", "exact"}
            Chains that go on through all steps (Tieleman 2008); chains that begin at the patterns of each step (Hinton
            2002), which overestimate the likelihood; or all states counted, all patterns a step.
        decay : float, default 0.02
            Each step takes rate · decay · J off the couplings.
        validation : array_like or PackedPatterns, optional
            (L, V): others, whose likelihood ``history`` keeps, too.
        looks : int, default 10
            How often ``history`` looks at the likelihood, at even distances; a look costs some ten steps.
        rng : seed, SeedSequence or Generator, optional
            Also of the first couplings: one seed gives one machine. By default the machine's own.
        threads : int, optional
            Results do not depend on it.
        progress : bool, default False
            Show a bar.

        Returns
        -------
        BoltzmannMachine
            Itself.

        Raises
        ------
        ValueError
            If there is no pattern, a value is not ±1, or the machine is too large for "exact".
        """
        values = self._values(patterns)[0]
        others = None if validation is None else self._values(validation, "validation")[0]
        settings = self._settings(epochs, learning_rate, batch, chains, sweeps, method, decay, threads, falling=True)
        progress, looks = _arguments.flag("progress", progress), _arguments.whole("looks", looks, 0)
        fields, generator = independent_fields(values), self._generator(rng)
        fresh = rng is None and not self._learned
        weights = self._weights if fresh else self._first_weights(generator)
        ascent = Ascent(self._make, weights, np.concatenate([fields, np.zeros(self.hidden)]))
        history = ascent.climb(values, others, settings, generator, looks, progress)
        self._take(ascent, fields)
        self.history = history
        return self

    def partial_fit(
        self,
        patterns: ArrayLike | PackedPatterns,
        *,
        learning_rate: float = 0.01,
        chains: int = 500,
        sweeps: int = 2,
        method: str = "persistent",
        decay: float = 0.02,
        rng: Any = None,
        threads: int | None = None,
    ) -> "BoltzmannMachine":
        """One step with all patterns given, from where the machine and its persistent chains are.

        Parameters are those of `fit`, with a rate that stays. The first patterns ever seen set the visible biases.

        Returns
        -------
        BoltzmannMachine
            Itself.
        """
        values = self._values(patterns)[0]
        settings = self._settings(1, learning_rate, len(values), chains, sweeps, method, decay, threads, falling=False)
        fields = self._fields if self._learned else independent_fields(values)
        first = self._bias if self._learned else np.concatenate([fields, self._bias[self.visible :]])
        ascent = Ascent(self._make, self._weights, first)
        ascent.chains = copy.deepcopy(self._chains)  # which stay where they are if the step is refused
        ascent.climb(values, None, settings, self._generator(rng), 0, False)
        self._take(ascent, fields)
        return self

    def _settings(
        self,
        epochs: int,
        learning_rate: float,
        batch: int,
        chains: int,
        sweeps: int,
        method: str,
        decay: float,
        threads: int | None,
        *,
        falling: bool,
    ) -> Settings:
        _arguments.choice("method", method, _METHODS)
        if method == "exact" and not self._model.countable:
            raise ValueError(f"method must be 'persistent' or 'contrastive' for {self!r}: too many states to count")
        return Settings(
            epochs=_arguments.whole("epochs", epochs, 1),
            batch=_arguments.whole("batch", batch, 1),
            learning_rate=_arguments.real("learning_rate", learning_rate, 0, ends="(]"),
            falling=falling,
            chains=_arguments.size("chains", chains),
            sweeps=_arguments.whole("sweeps", sweeps, 1),
            method=method,
            decay=_arguments.real("decay", decay, 0),
            threads=threads if threads is None else _arguments.whole("threads", threads, 1),
        )

    def _take(self, ascent: Ascent, fields: Floats) -> None:
        self._weights, self._bias, self._fields = ascent.weights, ascent.bias, fields
        self._chains, self._partition, self._learned = ascent.chains, None, True

    def gradient(self, patterns: ArrayLike | PackedPatterns) -> tuple[Floats, Floats]:
        """The exact gradient of the mean ln p of patterns, for machines that can be counted.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (K, V) of ±1.

        Returns
        -------
        couplings, bias : ndarray
            float64 (D, D) and (D,), D = V + H: ⟨s_i s_j⟩ beside the patterns minus that of the machine, 0 where the
            machine has no coupling, and the same of ⟨s_i⟩.

        Examples
        --------
        >>> import hebbfast as hb
        >>> couplings, bias = hb.BoltzmannMachine(2).gradient([[1, 1]])
        >>> couplings.tolist(), bias.tolist()
        ([[0.0, 1.0], [1.0, 0.0]], [1.0, 1.0])
        """
        values, model = self._values(patterns)[0], self._model
        if not model.countable:
            raise ValueError(f"patterns must be of a machine that can be counted, got {self!r}: too many states")
        data, own = model.given(values, True, self._rng), model.counted()[1]
        difference = data.second - own.second
        if self._layered:
            V, whole = self.visible, np.zeros((len(self._bias), len(self._bias)))
            whole[:V, V:], whole[V:, :V] = difference, difference.T
            difference = whole
        return difference, data.first - own.first
