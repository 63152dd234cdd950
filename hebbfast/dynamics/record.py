"""The record of a recall, and what it keeps along the way."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits
from hebbfast._records import Record
from hebbfast.dynamics.run import Course

if TYPE_CHECKING:  # who asks for neither events nor ties does without these
    from hebbfast.dynamics.events import Fields

__all__ = ["Recall", "Trace"]

_CONVERGED, _CYCLE = _kernels.CONVERGED, _kernels.CYCLE
_COLUMNS = ("converged", "sweeps", "flips", "energy", "cycle")  # of the table
_NEEDS = {"overlaps": "patterns", "ties": "exact fields and the same weights for all cues"}


class _Open:
    """What becomes a `Recall` once its fields are set: 0.2 µs less than to fill one that is frozen."""


@dataclass(frozen=True, eq=False, repr=False)
class Recall(Record):
    """What a recall did. For one cue, (D,), the values are scalars; for a batch, arrays with a leading Q.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        The final states, of the same kind as the cues (int8 where the dtype of these has no -1).
    converged : bool
        A sweep passed without a flip (all D units checked); never true at a temperature above zero.
    sweeps : int
        Sweeps run, the confirming one included; a synchronous sweep is one update of all units.
    flips : int
        Units that changed, over all sweeps.
    energy : float64
        Energy of the final states; NaN where couplings are asymmetric and no energy exists.
    cycle : bool
        A synchronous run ended in a cycle of period 2.
    trace : dict of str to ndarray
        What ``record=`` asked for; the leading axis counts sweeps from 0 (the cues) to the longest run.
    ties : int or None
        With ``record="ties"``, the visits at which the field of a unit that may move was exactly zero.
    events : Events or None
        With ``record="events"``, every flip, its visit and its unit, from which states on the way follow.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(5, 200, rng=0)
    >>> memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
    >>> memory.recall(patterns[0], rng=1)
    <Recall of one state, D=200: converged after 1 sweep, 0 flips, energy -2.66535e+06>
    >>> memory.recall(patterns, rng=1, record="flips")
    <Recall of 5 states, D=200: 5 converged; 1 sweep, 0 flips; trace of flips>
    """

    states: Any
    converged: Any
    sweeps: Any
    flips: Any
    energy: Any
    cycle: Any
    trace: dict[str, NDArray[Any]] = field(default_factory=dict)
    ties: Any = None
    events: Any = None

    @classmethod
    def of_one(cls, states: Any, sweeps: int, flips: int, status: int, energy: Any) -> "Recall":
        """The record of one cue; ``energy`` may be a call that finds it."""
        made: Any = _Open()
        made.states = states
        made.converged = status == _CONVERGED
        made.sweeps = sweeps
        made.flips = flips
        made.cycle = status == _CYCLE
        made.trace = {}
        made._late = energy
        made.__class__ = cls
        return made  # type: ignore[no-any-return]

    @classmethod
    def of_batch(cls, states: Any, progress: NDArray[np.int64], energy: Any, **kept: Any) -> "Recall":
        """The record of a batch, in the same way."""
        made = object.__new__(cls)
        columns = progress.T.copy()
        status = columns[_kernels.STATUS]
        values = {
            "states": states,
            "converged": status == _CONVERGED,
            "sweeps": columns[_kernels.SWEEPS],
            "flips": columns[_kernels.FLIPS],
            "_late" if callable(energy) else "energy": energy,
            "cycle": status == _CYCLE,
            "trace": {},
            **kept,
        }
        object.__setattr__(made, "__dict__", values)
        return made

    def to_dict(self) -> dict[str, NDArray[Any]]:
        """A table with a row a cue: arrays (Q,) of converged, sweeps, flips, energy and cycle; (1,) for one cue.

        Examples
        --------
        >>> import hebbfast as hb
        >>> table = hb.HopfieldNetwork([[0, 1], [1, 0]]).recall([1, 1]).to_dict()
        >>> {name: column.tolist() for name, column in table.items()}
        {'converged': [True], 'sweeps': [1], 'flips': [0], 'energy': [-1.0], 'cycle': [False]}
        """
        return {name: np.atleast_1d(getattr(self, name)) for name in _COLUMNS}

    def to_frame(self) -> Any:
        """`to_dict` as a pandas.DataFrame; needs pandas."""
        try:
            import pandas
        except ModuleNotFoundError:
            raise ImportError("to_frame needs pandas: pip install pandas; to_dict does without it") from None
        return pandas.DataFrame(self.to_dict())

    def __post_init__(self) -> None:
        if callable(self.energy):
            self.__dict__["_late"] = self.__dict__.pop("energy")

    def __getattr__(self, name: str) -> Any:
        """Energies that cost more than the recall, found when they are asked for; so is NumPy's number."""
        if name != "energy" or "_late" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        late = self.__dict__["_late"]
        return self.__dict__.setdefault("energy", late() if callable(late) else np.float64(late))

    def __getstate__(self) -> tuple[dict[str, Any], list[str]]:
        values, read_only = super().__getstate__()
        values.pop("_late", None)
        return {**values, "energy": self.energy}, read_only

    def __repr__(self) -> str:
        traced = f"; trace of {', '.join(self.trace)}" if self.trace else ""
        if np.ndim(self.sweeps) == 0:
            end = "converged" if self.converged else "in a cycle" if self.cycle else "still moving"
            moved = f"{end} after {_count(self.sweeps, 'sweep')}, {_count(self.flips, 'flip')}"
            return f"<Recall of one state, D={math.prod(self.states.shape)}: {moved}, energy {self.energy:g}{traced}>"
        ends = [f"{np.count_nonzero(self.converged)} converged"]
        if np.any(self.cycle):
            ends.append(f"{np.count_nonzero(self.cycle)} in a cycle")
        moved = f"{_span(self.sweeps, 'sweep')}, {_span(self.flips, 'flip')}"
        of = f"{_count(len(self.sweeps), 'state')}, D={math.prod(self.states.shape[1:])}"
        return f"<Recall of {of}: {', '.join(ends)}; {moved}{traced}>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _span(numbers: NDArray[np.int64], what: str) -> str:
    if len(numbers) == 0 or numbers.min() == numbers.max():
        return _count(int(numbers[0]) if len(numbers) else 0, what)
    return f"{numbers.min():,} to {numbers.max():,} {what}s"


class Trace:
    """Observables after each sweep, beginning with the cues."""

    NAMES = ("energy", "flips", "overlaps", "states", "ties", "events")

    def __init__(
        self,
        record: str | Iterable[str],
        energies: Callable[[NDArray[np.uint64]], NDArray[np.float64]],
        overlaps: Callable[[NDArray[np.uint64]], NDArray[Any]] | None,
        fields: "Fields | None",
    ) -> None:
        """`record` names observables; `overlaps` is None where there are no patterns, `fields` where no exact ones."""
        missing = [name for name, found in (("overlaps", overlaps), ("ties", fields)) if found is None]
        allowed = [name for name in self.NAMES if name not in missing]
        needs = ", ".join(f"{name!r} needs {_NEEDS[name]}" for name in missing)
        several = f"several ({needs})" if missing else "several"
        self._values: dict[str, list[Any]] = {
            _arguments.choice("record", name, allowed, several): [] for name in _arguments.several(record)
        }
        self._energies, self._overlaps = energies, overlaps
        self._flips: Any = 0
        self._eventful, tied = self._values.pop("events", None) is not None, "ties" in self._values
        self._watch = None
        if self._eventful or tied:
            from hebbfast.dynamics.events import Watch

            self._watch = Watch(fields if tied else None, self._eventful)

    def add(self, course: Course) -> None:
        """Observe the states of a course as they are."""
        flips = course.progress[:, _kernels.FLIPS].copy()
        ties = None if self._watch is None else self._watch.look(course)
        for name, values in self._values.items():
            if name == "energy":
                values.append(self._energies(course.words))
            elif name == "overlaps" and self._overlaps is not None:
                values.append(self._overlaps(course.words))
            elif name == "flips":
                values.append(flips - self._flips)
            elif name == "ties":
                values.append(ties)
            else:
                values.append(bits.unpack(course.words, course.rules.units))
        self._flips = flips

    def kept(self, single: bool) -> dict[str, Any]:
        """Fields of the record: (sweeps + 1, Q, ...) of each observable, without Q for one state; ties; events."""
        stacked = {name: np.stack(values) for name, values in self._values.items()}
        trace = {name: values[:, 0] for name, values in stacked.items()} if single else stacked
        kept: dict[str, Any] = {"trace": trace}
        if "ties" in trace:
            kept["ties"] = trace["ties"].sum(axis=0)
        if self._watch is not None and self._eventful:
            kept["events"] = self._watch.events()
        return kept
