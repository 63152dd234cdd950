"""Objects in files: arrays and parameters as safetensors, with a version and checksums; no pickle, ever.

A file is one of safetensors. Its metadata say what it holds::

    format      hebbfast
    version     1
    kind        the class that wrote it
    parameters  JSON: what is no array
    sums        JSON: CRC-32 of each array
    checksum    CRC-32 of all that stands above, and of names, types and shapes

Arrays begin at a multiple of 64 bytes, the widest first, so that all can be used where they are mapped.
"""

import json
import mmap as maps
import os
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments
from hebbfast._work.pieces import BYTES, pieces
from hebbfast._work.whole import written_whole

__all__ = ["Contents", "read_tensors", "write_tensors"]

Path = str | os.PathLike[str]

_FORMAT, _VERSION = "hebbfast", "1"
_FIRST = "PackedPatterns"  # the only kind there was when files did not say theirs
_TYPES = {
    name: np.dtype(code)
    for name, code in {
        "U64": "<u8", "I64": "<i8", "F64": "<f8", "U32": "<u4", "I32": "<i4", "F32": "<f4", "I16": "<i2", "I8": "|i1",
    }.items()
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in _TYPES.items()}
_SMALL = BYTES  # a mapped file of so many bytes is read through without being asked


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes
    ----------
    path, kind : str
        The file, and the class that wrote it.
    parameters, arrays : dict
        By name.
    verified : bool
        Have the arrays been compared with their checksums?
    trusted : bool
        Does the caller vouch for the file?
    """

    path: str
    kind: str
    parameters: dict[str, Any]
    arrays: dict[str, NDArray[Any]]
    verified: bool
    trusted: bool

    def refusal(self, reason: object) -> ValueError:
        """One clear error, with the name of the file."""
        return _refusal(self.path, self.kind, reason)

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What a constructor refuses is in the file."""
        try:
            yield
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise self.refusal(error) from None


class Place(NamedTuple):
    """Where an array stands in a file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int


def write_tensors(path: Path, kind: str, parameters: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a file, whole or not at all; nothing is held twice.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    arrays = dict(sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize))
    text = json.dumps(parameters, sort_keys=True)
    with written_whole(path) as file:
        empty = _header(kind, text, arrays, dict.fromkeys(arrays, 0))
        file.write(empty)
        sums = {name: _write(file, array) for name, array in arrays.items()}
        file.seek(0)
        file.write(_header(kind, text, arrays, sums))  # of the same length: sums have eight digits


def _header(kind: str, parameters: str, arrays: Mapping[str, NDArray[Any]], sums: Mapping[str, int]) -> bytes:
    metadata = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": kind,
        "parameters": parameters,
        "sums": json.dumps({name: f"{crc:08x}" for name, crc in sums.items()}),
    }
    header: dict[str, Any] = {}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        shape = list(array.shape)
        header[name] = {"dtype": _NAMES[array.dtype], "shape": shape, "data_offsets": [begin, end]}
    metadata["checksum"] = _checksum(metadata, {name: (_NAMES[a.dtype], list(a.shape)) for name, a in arrays.items()})
    text = json.dumps({"__metadata__": metadata, **header}).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return len(text).to_bytes(8, "little") + text


def _checksum(metadata: Mapping[str, str], arrays: Mapping[str, tuple[str, list[int]]]) -> str:
    facts = [[name, metadata.get(name)] for name in ("format", "version", "kind", "parameters", "sums")]
    return f"{zlib.crc32(json.dumps([facts, sorted(arrays.items())]).encode()):08x}"


def _write(file: IO[bytes], array: NDArray[Any]) -> int:
    """Write an array piece by piece; its checksum."""
    crc = 0
    for part in _parts(array):
        file.write(part)
        crc = zlib.crc32(part, crc)
    return crc


def _parts(array: NDArray[Any]) -> Iterator[Any]:
    """The bytes of an array, some at a time."""
    for part in pieces(len(array), bytes_each=array.nbytes // max(1, len(array))):  # of a view, only these are copied
        octets = np.ascontiguousarray(array[part]).reshape(-1).view(np.uint8)
        yield from (octets[first : first + BYTES].data for first in range(0, octets.size, BYTES))


def read_tensors(
    path: Path,
    kind: str,
    wanted: Mapping[str, tuple[str, int]],
    parameters: Collection[str],
    *,
    mmap: bool = False,
    verify: bool | None = None,
    kinds: Collection[str] = (),
) -> Contents:
    """What `write_tensors` wrote; both ways of loading take the same bytes.

    Parameters
    ----------
    path : path-like
        The file.
    kind : str
        The class whose file it must be.
    wanted : mapping
        For each array its types, such as "I16 I32", and how many axes; a name that ends in "?" may be missing.
    parameters : names
        All that there are; a name that ends in "?" may be missing.
    mmap : bool
        Map the arrays; otherwise they are read.
    verify : bool, optional
        Compare the arrays with their checksums; by default where they are read, or mapped and small.
    kinds : names, optional
        Further classes whose files it may be.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    OSError
        If it cannot be read.
    TypeError
        If ``path`` is none.
    ValueError
        If it is damaged, or not what is wanted, or an option is neither true nor false.
    """
    path, mmap = _arguments.path("path", path), _arguments.flag("mmap", mmap)
    verify = None if verify is None else _arguments.flag("verify", verify)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"path must name a file written by {kind}.save, got {path!r}: no such file")
    try:
        metadata, places = _read_header(path)
        held = metadata.get("kind", _FIRST)
        sums, found = _facts(metadata, places, [kind, *kinds])
        _expect(places, wanted, found, parameters, old=sums is None)
        chosen = {name: places[name] for name in (name.rstrip("?") for name in wanted) if name in places}
        size = sum(place.dtype.itemsize * prod(place.shape) for place in chosen.values())
        arrays = (_mapped if mmap else _read)(path, chosen)
        verified = verify is True or (verify is None and (not mmap or size <= _SMALL))
        if verified and sums is not None:
            _compare(arrays, sums)
        return Contents(path, held, found, arrays, verified, verify is False)
    except ValueError as error:
        raise _refusal(path, kind, error) from None


def _refusal(path: str, kind: str, reason: object) -> ValueError:
    return ValueError(f"path must name a file written by {kind}.save, got {path!r}: {reason}")


def _read_header(path: str) -> tuple[dict[str, str], dict[str, Place]]:
    """The texts of a file that safetensors accepts, and where its arrays stand."""
    safetensors = _safetensors()
    try:
        with safetensors.safe_open(path, framework="np"):  # checks header and length: no holes, nothing twice
            pass
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length))
        metadata = header.pop("__metadata__", {})
        return metadata, {
            name: Place(
                _TYPES.get(entry["dtype"], np.dtype("V1")), tuple(entry["shape"]), 8 + length + entry["data_offsets"][0]
            )
            for name, entry in header.items()
        }
    except (safetensors.SafetensorError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _facts(
    metadata: dict[str, str], places: Mapping[str, Place], kinds: Collection[str]
) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """Checksums of the arrays, and the parameters; of the first files there are none, and D is their only parameter."""
    if metadata.get("format") != _FORMAT:
        raise ValueError("its metadata are not those of hebbfast")
    version, held = metadata.get("version", "1"), metadata.get("kind", _FIRST)  # the first files had neither
    if version != _VERSION:
        raise ValueError(f"this version of hebbfast reads format {_VERSION}, not {version}")
    if held not in kinds:
        raise ValueError(f"it holds a {held}, which {held}.load reads")
    if "kind" not in metadata:
        digits = metadata.get("units", "")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 12):
            raise ValueError("its metadata are not those of packed patterns")
        return None, {"units": int(digits)}
    names = {dtype: name for name, dtype in _TYPES.items()}
    found = {name: (names.get(place.dtype, "?"), list(place.shape)) for name, place in places.items()}
    if metadata.get("checksum") != _checksum(metadata, found):
        raise ValueError("its header is damaged: the checksum is another")
    try:
        parameters, sums = json.loads(metadata["parameters"]), json.loads(metadata["sums"])
    except (KeyError, RecursionError) as error:
        raise ValueError(f"its metadata are damaged: {error}") from None
    if not isinstance(parameters, dict) or not isinstance(sums, dict) or sums.keys() != places.keys():
        raise ValueError("its metadata are damaged")
    return sums, parameters


def _expect(
    places: Mapping[str, Place],
    wanted: Mapping[str, tuple[str, int]],
    found: Mapping[str, Any],
    parameters: Collection[str],
    *,
    old: bool,
) -> None:
    """Refuse arrays and parameters that are missing, of another kind, or not known."""
    missing = {name for name in parameters if not name.endswith("?")} - found.keys()
    if missing:
        raise ValueError(f"it has no parameter {min(missing)!r}")
    for name, (types, axes) in wanted.items():
        place = places.get(name.rstrip("?"))
        if place is None:
            if not name.endswith("?"):
                raise ValueError(f"it has no array {name!r}")
            continue
        if place.dtype not in [_TYPES[one] for one in types.split()] or len(place.shape) != axes:
            kind = _NAMES.get(place.dtype, "another type")
            raise ValueError(f"{name} of {kind} and shape {place.shape}, wanted {types} with {axes} axes")
    unknown = (found.keys() | places.keys()) - {name.rstrip("?") for name in (*parameters, *wanted)}
    if unknown and not old:
        raise ValueError(f"it holds {min(unknown)!r}, which this version of hebbfast does not know")


def _mapped(path: str, places: Mapping[str, Place]) -> dict[str, NDArray[Any]]:
    """Arrays in place; those that a processor could not read there are copied."""
    with open(path, "rb") as file:
        whole = maps.mmap(file.fileno(), 0, access=maps.ACCESS_READ)
    arrays: dict[str, NDArray[Any]] = {}
    for name, place in places.items():
        if place.offset % place.dtype.itemsize or 0 in place.shape:
            arrays |= _read(path, {name: place})
        else:
            count = prod(place.shape)
            arrays[name] = np.frombuffer(whole, place.dtype, count, place.offset).reshape(place.shape)
    return arrays


def _read(path: str, places: Mapping[str, Place]) -> dict[str, NDArray[Any]]:
    return {
        name: np.fromfile(path, place.dtype, prod(place.shape), offset=place.offset).reshape(place.shape)
        for name, place in places.items()
    }


def _compare(arrays: Mapping[str, NDArray[Any]], sums: Mapping[str, str]) -> None:
    for name, array in arrays.items():
        crc = 0
        for part in _parts(array):
            crc = zlib.crc32(part, crc)
        if sums.get(name) != f"{crc:08x}":
            raise ValueError(f"{name} are damaged: the checksum is another")


def _safetensors() -> Any:
    try:
        import safetensors
    except ModuleNotFoundError:
        raise ImportError('files of hebbfast need safetensors: pip install "hebbfast[files]"') from None
    return safetensors
