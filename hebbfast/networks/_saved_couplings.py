"""Couplings in a file: the integers that a `HopfieldNetwork` computes with, and nothing about them taken on trust."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast._work.pieces import pieces
from hebbfast._work.tensors import Contents, Path, read_tensors, write_tensors
from hebbfast.networks._fixed_point import Sparse

__all__ = ["load", "save"]

_KIND = "HopfieldNetwork"
_ARRAYS = {
    "outgoing?": ("I8 I16 I32 I64", 2),
    "starts?": ("I64", 1),
    "targets?": ("U32", 1),
    "values?": ("I16 I32 I64", 1),
    "bias": ("I32 I64", 1),
}

State = tuple[Any, NDArray[Any], float, bool, bool]


def save(path: Path, outgoing: Any, bias: NDArray[Any], scale: float, symmetric: bool, looped: bool) -> None:
    """Write what `HopfieldNetwork.__getstate__` gives."""
    parameters: dict[str, Any] = {"scale": scale, "symmetric": symmetric}  # JSON keeps every bit of a float of Python
    if looped:
        parameters["self_couplings"] = True
    arrays = outgoing._asdict() if isinstance(outgoing, Sparse) else {"outgoing": outgoing}
    write_tensors(path, _KIND, parameters, {**arrays, "bias": bias})


def load(path: Path, mmap: bool, verify: bool | None) -> tuple[Contents, State]:
    """What `HopfieldNetwork.__setstate__` takes."""
    found = read_tensors(path, _KIND, _ARRAYS, ["scale", "symmetric", "self_couplings?"], mmap=mmap, verify=verify)
    arrays, scale, symmetric = found.arrays, found.parameters["scale"], found.parameters["symmetric"]
    looped = found.parameters.get("self_couplings", False)
    if type(scale) is not float or not 0 < scale < math.inf or type(symmetric) is not bool or type(looped) is not bool:
        raise found.refusal("its parameters are not those of couplings")
    if arrays.keys() not in ({"outgoing", "bias"}, {"starts", "targets", "values", "bias"}):
        raise found.refusal(f"arrays {', '.join(sorted(arrays))} are not those of couplings")
    bias, sparse = arrays["bias"], "outgoing" not in arrays
    values = arrays["values" if sparse else "outgoing"]
    if len(bias) == 0 or (bias.dtype == np.int64) != (values.dtype == np.int64):
        raise found.refusal(f"bias of {bias.dtype} and shape {bias.shape} does not fit couplings of {values.dtype}")
    outgoing: Any = values
    if sparse:
        outgoing = Sparse(arrays["starts"], arrays["targets"], values)
        _expect_places(found, outgoing, len(bias))
    elif values.shape != (len(bias), len(bias)):
        raise found.refusal(f"couplings of shape {values.shape} do not fit {len(bias)} units")
    if not found.trusted:
        _expect_sums(found, outgoing, bias, looped)
        if symmetric and not _is_symmetric(outgoing):
            raise found.refusal("couplings that are said to be symmetric are not")
    return found, (outgoing, bias, scale, symmetric, looped)


def _expect_places(found: Contents, sparse: Sparse, units: int) -> None:
    starts, targets, values = sparse
    if len(starts) != units + 1 or starts[0] != 0 or starts[-1] != len(targets) or len(values) != len(targets):
        raise found.refusal(f"sparse couplings of {len(values)} values do not fit {units} units")
    if np.any(starts[1:] < starts[:-1]) or targets.max(initial=0) >= units:
        raise found.refusal(f"sparse couplings lead out of {units} units")


def _expect_sums(found: Contents, outgoing: Any, bias: NDArray[Any], expected: bool) -> None:
    """Every field must fit its integers, and no unit couple to itself unless that is expected."""
    units = len(bias)
    if isinstance(outgoing, Sparse):
        senders = np.repeat(np.arange(units, dtype=np.uint32), np.diff(outgoing.starts))
        looped = bool(np.any(senders == outgoing.targets))
        sums: NDArray[Any] = np.bincount(outgoing.targets, np.abs(outgoing.values.astype(np.float64)), units)
    else:
        looped, sums = bool(np.any(outgoing.diagonal())), np.zeros(units)
        for part in pieces(units, units, 16 * units):
            sums += np.abs(outgoing[part].astype(np.float64)).sum(axis=0)
    if looped and not expected:
        raise found.refusal("a unit is coupled to itself")
    most = 2.0**31 if bias.dtype == np.int32 else 2.0**62 + 2.0 * units  # as `fixed_point` leaves them
    largest = 3 * float((sums + np.abs(bias.astype(np.float64))).max())
    if largest > most:
        raise found.refusal(f"fields of up to {largest / 3:.3g} do not fit {bias.dtype}")


def _is_symmetric(outgoing: Any) -> bool:
    if isinstance(outgoing, Sparse):
        matrix = outgoing.matrix(1.0)
        return bool((matrix != matrix.T).nnz == 0)
    block = 512  # both are read in tiles: a column of a large matrix is a page for each entry
    return all(
        np.array_equal(outgoing[i : i + block, j : j + block], outgoing[j : j + block, i : i + block].T)
        for i in range(0, len(outgoing), block)
        for j in range(i, len(outgoing), block)
    )
