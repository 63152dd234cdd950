"""What every rule that searches for couplings returns, and what rules share: reading patterns, measuring margins."""

import dataclasses
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import bits
from hebbfast._records import Record
from hebbfast._work.pieces import pieces
from hebbfast.bits import PackedPatterns
from hebbfast.learning._exact import ordered_product, signed_sums, whole_rows

__all__ = ["Learned"]

_LARGE = 1e100


@dataclass(frozen=True, eq=False)
class Learned(Record):
    """Couplings that a rule has found, and how well they hold the patterns.

    ``HopfieldNetwork(learned.couplings)`` makes a network of it, and so does ``HopfieldNetwork.train(patterns, rule)``.
    Two of them are equal when all they hold is.

    Attributes
    ----------
    couplings : ndarray
        (D, D) float64 or float32, zero diagonal; J_ij couples unit j to unit i.
    epochs : int
        Passes over the patterns that were run; the largest over the units where each runs by itself.
    margins : ndarray
        (D,) float64: the stability of each unit, min over the patterns of ξ_i h_i / |J_i|, with |J_i| the Euclidean
        norm of row i. Above zero: the unit keeps its value in every pattern. Exactly zero where a field is.
    converged : bool
        The rule has reached what it promises (see the rule).

    Examples
    --------
    >>> import hebbfast as hb
    >>> learned = hb.learning.perceptron(hb.random_patterns(50, 100, rng=0))
    >>> learned.converged, bool(learned.margins.min() > 0), learned.failed.tolist()
    (True, True, [])
    """

    couplings: NDArray[Any]
    epochs: int
    margins: NDArray[np.float64]
    converged: bool

    @property
    def failed(self) -> NDArray[np.int64]:
        """Units, ascending, that some pattern makes flip or leaves without a field: ``margins <= 0``."""
        return np.flatnonzero(~(self.margins > 0))

    def save(self, path: "str | os.PathLike[str]") -> None:
        """Write the record to a safetensors file, whole or not at all; needs ``pip install "hebbfast[files]"``.

        Parameters
        ----------
        path : path-like
            The file to write; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        from hebbfast._work.tensors import write_tensors

        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
        parameters = {"epochs": self.epochs, "converged": self.converged}
        if "patterns" in values:
            arrays["words"], parameters["units"] = values["patterns"].words, len(self.couplings)
        write_tensors(path, type(self).__name__, parameters, arrays)

    @staticmethod
    def load(path: "str | os.PathLike[str]") -> "Learned":
        """Read what `save` wrote, and compare it with its checksums.

        Parameters
        ----------
        path : path-like
            The file.

        Returns
        -------
        Learned
            Equal to the record that was saved, and of its class.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, was not written by `save`, or by a later version; the message names it.
        """
        from hebbfast._work.tensors import read_tensors

        known: list[type[Learned]] = [Learned, *Learned.__subclasses__()]
        kinds = {kind.__name__: kind for kind in known}
        wanted = {f"{name}?": types for name, types in _ARRAYS.items()}
        found = read_tensors(path, "Learned", wanted, ["epochs", "converged", "units?"], kinds=kinds)
        epochs, units = found.parameters["epochs"], len(found.arrays.get("couplings", ()))
        if (
            found.parameters.get("units", units) != units
            or type(epochs) is not int
            or epochs < 0
            or type(found.parameters["converged"]) is not bool
        ):
            raise found.refusal("its parameters are not those of a learned record")
        shapes = {"couplings": (units, units), "projector": (units, units), "margins": (units,), "bounds": (units,)}
        for name, array in found.arrays.items():
            if array.shape != shapes.get(name, array.shape):
                raise found.refusal(f"{name} of shape {array.shape} do not fit {units} units")
        values = {**found.parameters, **found.arrays}
        if values.pop("words", None) is not None:
            values["patterns"] = bits.of_file(found)
        values.pop("units", None)
        with found.blamed():
            learned: Learned = kinds[found.kind](**values)
        return learned


_ARRAYS = {
    "couplings": ("F64 F32", 2),
    "margins": ("F64", 1),
    "bounds": ("F64", 1),
    "projector": ("F64", 2),
    "words": ("U64", 2),
    "fallback": ("I64", 1),
}


def held(couplings: NDArray[Any], patterns: NDArray[np.int8], epochs: int = 1) -> Learned:
    """The record of a rule that promises fixed points."""
    margins = stabilities(couplings, patterns)
    if couplings.dtype.kind in "iu":
        couplings = couplings.astype(np.float64)
    return Learned(couplings, epochs, margins, bool((margins > 0).all()))


def read_patterns(patterns: ArrayLike | PackedPatterns, least_units: int = 1) -> NDArray[np.int8]:
    """(K, D) int8 of ±1 from what a rule is given."""
    packed = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    if packed.shape[1] < least_units:
        raise ValueError(f"patterns must have D >= {least_units} units, got shape {packed.shape}")
    return packed.unpack()


def room(units: int, dtype: Any = np.float64, make: Callable[..., NDArray[Any]] = np.zeros) -> NDArray[Any]:
    """(D, D) couplings to be filled."""
    try:
        return make((units, units), dtype=dtype)
    except MemoryError:
        size = units * units * np.dtype(dtype).itemsize
        raise MemoryError(f"patterns of D={units} units need couplings of {size:,} bytes, more than there is") from None


def stabilities(couplings: NDArray[Any], patterns: NDArray[np.int8]) -> NDArray[np.float64]:
    """(D,) min over the patterns of ξ_i h_i / |J_i|; 0 for a row of zeros. The same bits on every machine."""
    weights = np.ascontiguousarray(couplings, dtype=np.float64)
    signs = patterns.T.astype(np.float64, order="C")
    if couplings.dtype.kind in "iu" and couplings.dtype.itemsize <= 4:  # any order of sums serves, so a BLAS does
        whole = float(max(int(couplings.max()), -int(couplings.min()))) ** 2 * len(weights) < 2.0**53
        norms = np.sqrt(np.einsum("ij,ij->i", weights, weights)) if whole else _norms(weights)
        least = np.empty(len(weights))
        for part in pieces(len(weights), signs.size // 8, 16 * signs.shape[1]):
            margins = weights[part] @ signs
            margins *= signs[part]
            margins.min(axis=1, out=least[part])
    else:
        norms = _norms(weights)
        if not (1 / _LARGE < norms.min() and norms.max() < _LARGE):  # squares of tiny and huge numbers leave float64
            largest = np.maximum(weights.max(axis=1), -weights.min(axis=1))
            weights = np.ldexp(weights, -np.frexp(largest)[1][:, None])
            norms = _norms(weights)
        least = _least(weights, norms, signs)
    np.divide(least, norms, out=least, where=norms > 0)
    return least


def _least(weights: NDArray[np.float64], norms: NDArray[np.float64], signs: NDArray[np.float64]) -> NDArray[np.float64]:
    """min over the patterns of ξ_i h_i, found exactly where rounding could change its sign."""
    noise = norms * (weights.shape[1] ** 1.5 * 2.0**-52)  # of D products whose sizes add up to √D norms
    margins = ordered_product(weights, signs, exact=True)
    margins *= signs
    least: NDArray[np.float64] = margins.min(axis=1)
    doubtful = np.flatnonzero(np.abs(least) <= noise)
    if len(doubtful):
        doubtful = doubtful[~whole_rows(weights[doubtful])]
    if len(doubtful):
        least[doubtful] = _exact_least(margins[doubtful], noise[doubtful], weights[doubtful], signs, doubtful)
    return least


def _norms(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Euclidean norms of rows, 64 KiB at a time: the pages of a new array cost more than the squares."""
    some = max(1, 2**13 // weights.shape[1])
    squares, norms = np.empty((some, weights.shape[1])), np.empty(len(weights))
    with np.errstate(over="ignore", under="ignore"):  # whoever asks looks at the result
        for first in range(0, len(weights), some):
            rows = weights[first : first + some]
            np.multiply(rows, rows, out=squares[: len(rows)]).sum(axis=1, out=norms[first : first + some])
    return np.sqrt(norms, out=norms)


def _exact_least(
    margins: NDArray[np.float64],
    noise: NDArray[np.float64],
    weights: NDArray[np.float64],
    signs: NDArray[np.float64],
    units: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The least margins of units, rounded once, from noisy ones: of all patterns that may have it."""
    rows, patterns = np.nonzero(margins <= (margins.min(axis=1) + 2 * noise)[:, None])
    least = np.full(len(units), np.inf)
    for part in pieces(len(rows), bytes_each=64 * weights.shape[1]):
        of, seen = rows[part], signs[:, patterns[part]].T
        np.minimum.at(least, of, signed_sums(weights[of], seen) * seen[np.arange(len(of)), units[of]])
    return least
