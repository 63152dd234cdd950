"""A machine as it is: its couplings, what it draws, what it says of patterns, and its file."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast._records import Record
from hebbfast.bits import PackedPatterns
from hebbfast.dynamics.partition import LogPartition
from hebbfast.networks.boltzmann._files import LARGEST, read_machine, write_machine
from hebbfast.networks.boltzmann._layers import Layers
from hebbfast.networks.boltzmann._likelihood import annealed, independent
from hebbfast.networks.boltzmann._model import Chains, Model
from hebbfast.networks.boltzmann._units import Units
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["Completion", "Machine"]

Floats = NDArray[np.float64]

_SPREAD = 0.01  # of the first couplings to hidden units
_COUNTED = 1 << 16  # states that are counted without being asked


@dataclass(frozen=True, eq=False)
class Completion(Record):
    """What a machine makes of patterns that are known in part.

    Attributes
    ----------
    states : ndarray
        int8 (V,) or (Q, V): the sign of each mean, +1 where it is 0; known units as they were.
    mean : ndarray
        float64, of the same shape: means of the units beside the known ones.
    """

    states: NDArray[np.int8]
    mean: Floats


class Machine:
    """Couplings and bias, and all that follows from them; `BoltzmannMachine` learns them."""

    def __init__(self, visible: int, hidden: int = 0, *, restricted: bool = True, rng: Any = None) -> None:
        self.visible = _arguments.size("visible", visible)
        self.hidden = _arguments.whole("hidden", hidden, 0, 2**31 - 1 - self.visible)
        self.restricted = _arguments.flag("restricted", restricted)
        self._rng = _arguments.generator(rng)
        self._weights = self._first_weights(self._rng)
        self._bias, self._fields = np.zeros(self.visible + self.hidden), np.zeros(self.visible)
        self._chains: Chains | None = None  # that go on from one step of learning to the next
        self._partition: LogPartition | None = None
        self._learned = False

    @classmethod
    def of(
        cls, couplings: ArrayLike, bias: ArrayLike | None = None, *, visible: int | None = None, rng: Any = None
    ) -> Self:
        """A machine whose couplings are known.

        Parameters
        ----------
        couplings : array_like
            (D, D) symmetric, zero diagonal, visible units first. The machine is restricted if there are hidden units
            and neither layer is coupled to itself.
        bias : array_like, optional
            (D,), zero by default.
        visible : int, optional
            V; by default all D units.
        rng : seed, SeedSequence or Generator, optional
            As of a new machine.

        Returns
        -------
        BoltzmannMachine
            It anneals from visible units that see nothing, since it knows no patterns.

        Examples
        --------
        >>> import hebbfast as hb
        >>> hb.BoltzmannMachine.of([[0, 1], [1, 0]], visible=1)
        <BoltzmannMachine 1 visible, 1 hidden, restricted>
        """
        matrix = _arguments.real_array("couplings", couplings).astype(np.float64)
        network = HopfieldNetwork(matrix, bias)  # which refuses what is no matrix of couplings
        if not network.symmetric:
            raise ValueError("couplings must be symmetric for a distribution to exist, got asymmetric ones")
        units = len(matrix)
        V = units if visible is None else _arguments.whole("visible", visible, 1, units)
        layered = not (matrix[:V, :V].any() or matrix[V:, V:].any())
        made = cls(V, units - V, restricted=layered or V == units, rng=rng)
        made._weights = matrix[:V, V:].copy() if made._layered else matrix
        made._bias = np.zeros(units) if bias is None else np.array(bias, dtype=np.float64)
        with np.errstate(over="ignore"):
            size = float(np.abs(made._weights).sum() + np.abs(made._bias).sum())
        if size > LARGEST:
            raise ValueError(f"couplings and bias must add up to at most {LARGEST:g}, got {size:.3g}")
        made._learned = True
        return made

    def _first_weights(self, rng: "np.random.Generator") -> Floats:
        """Of N(0, 0.01²) where there are hidden units: without a difference they would all learn the same."""
        if self._layered:
            return rng.normal(0, _SPREAD, (self.visible, self.hidden))
        units = self.visible + self.hidden
        drawn = np.triu(rng.normal(0, _SPREAD, (units, units)), 1) if self.hidden else np.zeros((units, units))
        return drawn + drawn.T

    @property
    def _layered(self) -> bool:
        return self.restricted and self.hidden > 0

    def _make(self, weights: Floats, bias: Floats) -> Model:
        return Layers(weights, bias) if self._layered else Units(weights, bias, self.visible)

    @property
    def _model(self) -> Model:
        return self._make(self._weights, self._bias)

    def _values(self, patterns: ArrayLike | PackedPatterns, name: str = "patterns") -> tuple[NDArray[np.int8], bool]:
        batch = bits.read_states(patterns, self.visible, name)
        if not len(batch.words):
            raise ValueError(f"{name} must have at least one row, got none")
        return bits.unpack(batch.words, self.visible), batch.single

    def _generator(self, rng: Any) -> "np.random.Generator":
        return self._rng if rng is None else _arguments.generator(rng)

    @property
    def couplings(self) -> Floats:
        """(V + H, V + H) float64: J, visible units first, a copy."""
        if not self._layered:
            return self._weights.copy()
        units, V = self.visible + self.hidden, self.visible
        made = np.zeros((units, units))
        made[:V, V:], made[V:, :V] = self._weights, self._weights.T
        return made

    @property
    def bias(self) -> Floats:
        """(V + H,) float64: b, visible units first, a copy."""
        return self._bias.copy()

    @property
    def network(self) -> HopfieldNetwork:
        """All units as a `HopfieldNetwork`, whose states at temperature 1 are those of the machine."""
        return HopfieldNetwork(self.couplings, self._bias)

    def __repr__(self) -> str:
        kind = ("restricted" if self.restricted else "general") if self.hidden else "visible only"
        return f"<{type(self).__name__} {self.visible} visible, {self.hidden} hidden, {kind}>"

    def log_partition(
        self,
        *,
        method: str | None = None,
        chains: int = 256,
        sweeps: int = 1000,
        rng: Any = None,
        threads: int | None = None,
    ) -> LogPartition:
        """ln Z, Z = Σ_s exp(-E(s)); kept for `score_samples` until the machine learns again.

        Parameters
        ----------
        method : {"exact", "annealed"}, optional
            All states counted: up to 22 units in the smaller layer of a restricted machine, or 24 units in all. Or
            annealed importance sampling (Neal 2001) from units that are independent and have the means of the
            patterns that were learned. By default exact up to 2^16 states.
        chains, sweeps : int
            Of the annealed method: chains, and steps of β with a sweep each.
        rng : seed, SeedSequence or Generator, optional
            By default the machine's own.
        threads : int, optional
            Results do not depend on it.

        Returns
        -------
        LogPartition
            ``value`` and ``error``.
        """
        chains, sweeps = _arguments.size("chains", chains), _arguments.size("sweeps", sweeps)
        model = self._model
        if method is None:
            method = "exact" if model.states <= _COUNTED else "annealed"
        _arguments.choice("method", method, ("exact", "annealed"))
        if method == "exact":
            if not model.countable:
                raise ValueError(f"method must be 'annealed' for {self!r}: too many states to count")
            self._partition = LogPartition(model.counted()[0], 0.0)
        else:
            rng = self._generator(rng)
            self._partition = annealed(model, self._fields, chains=chains, sweeps=sweeps, rng=rng, threads=threads)
        return self._partition

    def score_samples(self, patterns: ArrayLike | PackedPatterns) -> Any:
        """ln p of patterns, in nats.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (V,) or (K, V) of ±1.

        Returns
        -------
        float64 or ndarray
            Scalar or (K,). All of them share the error of `log_partition`, which is found first where it is not known.

        Examples
        --------
        >>> import hebbfast as hb
        >>> float(hb.BoltzmannMachine(2).score_samples([1, 1]))  # ln ¼
        -1.3862943611198906
        """
        values, single = self._values(patterns)
        model = self._model
        if not model.scorable:
            raise ValueError(f"patterns must be of a restricted machine, or one with fewer hidden units, got {self!r}")
        found = model.log_weights(values) - (self._partition or self.log_partition()).value
        return found[0] if single else found

    def sample(
        self, states: Any = 1, *, sweeps: int = 1000, known: Any = None, rng: Any = None, threads: int | None = None
    ) -> NDArray[np.int8]:
        """Visible states after some Gibbs sweeps.

        Parameters
        ----------
        states : array_like, PackedPatterns or int
            (V,) or (Q, V) to begin with; or how many, from independent units.
        sweeps : int, default 1000
            Visits of every unit.
        known : array_like of bool, optional
            (V,): visible units that stay.
        rng : seed, SeedSequence or Generator, optional
            By default the machine's own; each chain has a stream of its own.
        threads : int, optional
            Results do not depend on it.

        Returns
        -------
        ndarray
            int8 (V,) or (Q, V).
        """
        sweeps, generator, single = _arguments.whole("sweeps", sweeps, 0), self._generator(rng), False
        if (
            not isinstance(states, PackedPatterns)
            and _arguments.array("states", states, "±1, or be a number").ndim == 0
        ):
            values = independent(self._fields, _arguments.size("states", states), generator)
        else:
            values, single = self._values(states, "states")
        clamp = None if known is None else _arguments.mask("known", known, self.visible)
        model = self._model
        chains = model.start(values, generator)
        model.move(chains, sweeps, clamp, threads=threads)
        found = model.values(chains)
        return found[0] if single else found

    def complete(
        self,
        patterns: ArrayLike | PackedPatterns,
        *,
        known: ArrayLike,
        sweeps: int = 200,
        burn_in: int = 100,
        rng: Any = None,
        threads: int | None = None,
    ) -> Completion:
        """Find the units of patterns that are not known, beside those that are.

        Parameters
        ----------
        patterns : array_like or PackedPatterns
            (V,) or (Q, V) of ±1; values of unknown units mean nothing.
        known : array_like of bool
            (V,): units that are known.
        sweeps, burn_in : int, default 200 and 100
            Gibbs sweeps over which means are taken, and before.
        rng, threads
            As `sample` has them.

        Returns
        -------
        Completion
            ``states`` and ``mean``.
        """
        clamp = _arguments.mask("known", known, self.visible)
        if not isinstance(patterns, PackedPatterns):
            patterns = np.array(bits.as_array(patterns, "patterns"), order="C")
            if patterns.size % self.visible == 0:  # any other shape is refused
                patterns.reshape(-1, self.visible)[:, ~clamp] = 1
        values, single = self._values(patterns)
        sweeps, burn_in = _arguments.whole("sweeps", sweeps, 1), _arguments.whole("burn_in", burn_in, 0)
        generator, model = self._generator(rng), self._model
        values = np.where(clamp, values, independent(self._fields, len(values), generator)).astype(np.int8)
        chains, sums = model.start(values, generator), np.zeros(values.shape)
        model.move(chains, burn_in, clamp, threads=threads)
        model.move(chains, sweeps, clamp, sums, threads)
        mean = np.where(clamp, values, sums / sweeps)
        states = np.where(mean >= 0, 1, -1).astype(np.int8)
        return Completion(states[0], mean[0]) if single else Completion(states, mean)

    def save(self, path: Any) -> None:
        """Write couplings and bias to a safetensors file, whole or not at all; needs ``pip install "hebbfast[files]"``.

        Parameters
        ----------
        path : path-like or binary file
            The file to write, an existing one is replaced; or one that is open. Chains and ``history`` are not kept.
        """
        arrays = {"weights": self._weights, "bias": self._bias, "fields": self._fields}
        write_machine(path, arrays, self.visible, self.restricted)

    @classmethod
    def load(cls, path: Any, *, rng: Any = None) -> Self:
        """Read what `save` wrote.

        Parameters
        ----------
        path : path-like
            The file.
        rng : seed, SeedSequence or Generator, optional
            As of a new machine.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, or was not written by `save`.
        """
        arrays, visible, restricted = read_machine(path)
        made = cls(visible, len(arrays["bias"]) - visible, restricted=restricted, rng=rng)
        made._weights, made._bias, made._fields = arrays["weights"], arrays["bias"], arrays["fields"]
        made._learned = True
        return made
