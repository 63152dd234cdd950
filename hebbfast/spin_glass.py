"""Spin glasses: networks of random couplings, on all pairs of units or on a lattice, and overlaps of their replicas."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast.bits import PackedPatterns
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["GRID", "bonds", "edwards_anderson", "overlaps", "sherrington_kirkpatrick"]

GRID = 4096
"""Steps of a standard deviation of Gaussian couplings."""

_LARGEST = 2**15 - 1  # steps, of 16 bits: 8 standard deviations, which one draw in 10^15 leaves
_KINDS = ("gaussian", "signs")


def sherrington_kirkpatrick(D: int, *, couplings: str = "gaussian", rng: Any = None) -> HopfieldNetwork:
    """Network of random couplings between all pairs of units: E = -Σ_{i<j} J_ij σ_i σ_j, of variance 1/D.

    Parameters
    ----------
    D : int
        Units.
    couplings : {"gaussian", "signs"}
        J_ij ~ N(0, 1/D), or ±1/√D with equal chances.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.

    Returns
    -------
    HopfieldNetwork
        Symmetric, without a bias. It freezes at T = 1 for D → ∞ (`theory.parisi`).

    Raises
    ------
    ValueError
        If an argument is not as described.

    Notes
    -----
    Sherrington and Kirkpatrick (1975). Couplings are integers k of 8 or 16 bits times one number, and so exact: signs
    are k = ±1 over √D. Gaussian ones are k = round(4096 z) over 4096 √D, z standard normal, k at most 32767: rounding
    adds 1/12 of a squared step to their variance, 5·10⁻⁹ of it.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.spin_glass.sherrington_kirkpatrick(200, couplings="signs", rng=0)
    >>> network, network.anneal(rng=1).best_energy / 200 < -0.7
    (<HopfieldNetwork D=200 symmetric int8 couplings>, True)
    """
    units, kind = _arguments.size("D", D), _arguments.choice("couplings", couplings, _KINDS)
    generator = _arguments.generator(rng)
    matrix = np.zeros((units, units), dtype=np.int8 if kind == "signs" else np.int16)
    for i in range(units - 1):  # row by row: whatever D is, few numbers wait as floats
        matrix[i, i + 1 :] = matrix[i + 1 :, i] = _drawn(kind, units - 1 - i, generator)
    return HopfieldNetwork(matrix, scale=step(units, kind))


def edwards_anderson(
    shape: int | tuple[int, ...], *, couplings: str = "signs", periodic: bool = True, rng: Any = None
) -> HopfieldNetwork:
    """Network of random couplings between neighbours on a lattice: E = -Σ_<ij> J_ij σ_i σ_j, of variance 1.

    Parameters
    ----------
    shape : int or tuple of int
        Sites along each axis; units are sites in the order of `numpy.ravel`.
    couplings : {"signs", "gaussian"}
        J_ij = ±1 with equal chances, or ~ N(0, 1).
    periodic : bool
        Whether the last site along an axis is a neighbour of the first.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.

    Returns
    -------
    HopfieldNetwork
        Symmetric, sparse, without a bias; J_ij belong to the rows of `bonds`, in their order.

    Raises
    ------
    ValueError
        If an argument is not as described.
    ImportError
        If SciPy is not installed.

    Notes
    -----
    Edwards and Anderson (1975). Gaussian couplings are round(4096 z) / 4096, as in `sherrington_kirkpatrick`.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.spin_glass.edwards_anderson((8, 8, 8), rng=0)
    <HopfieldNetwork D=512 symmetric sparse int16 couplings>
    """
    kind, pairs = _arguments.choice("couplings", couplings, _KINDS), bonds(shape, periodic=periodic)
    try:
        from scipy import sparse
    except ModuleNotFoundError:
        raise ImportError('edwards_anderson needs scipy: pip install "hebbfast[experiments]"') from None
    values = _drawn(kind, len(pairs), _arguments.generator(rng))
    units = math.prod(_read_shape(shape))
    i, j = np.concatenate([pairs, pairs[:, ::-1]]).T
    matrix = sparse.csc_array((np.concatenate([values, values]), (i, j)), shape=(units, units))
    return HopfieldNetwork(matrix, scale=step(1, kind))


def bonds(shape: int | tuple[int, ...], *, periodic: bool = True) -> NDArray[np.int64]:
    """Pairs of neighbours on a lattice, each once.

    Parameters
    ----------
    shape : int or tuple of int
        Sites along each axis, at least 1; sites are counted in the order of `numpy.ravel`.
    periodic : bool
        Whether the last site along an axis is a neighbour of the first. Two sites along an axis have one bond.

    Returns
    -------
    ndarray
        int64 (B, 2), axis after axis: a site and its next.

    Raises
    ------
    ValueError
        If an argument is not as described.

    Examples
    --------
    >>> import hebbfast as hb
    >>> hb.spin_glass.bonds((2, 2)).tolist()
    [[0, 2], [1, 3], [0, 1], [2, 3]]
    >>> hb.spin_glass.bonds(4, periodic=False).tolist()
    [[0, 1], [1, 2], [2, 3]]
    """
    lengths, around = _read_shape(shape), _arguments.flag("periodic", periodic)
    sites, found = np.arange(math.prod(lengths)).reshape(lengths), []
    for axis, length in enumerate(lengths):
        last = length if around and length > 2 else length - 1
        first = sites.take(np.arange(last), axis)
        found.append(np.stack([first.ravel(), np.roll(sites, -1, axis).take(np.arange(last), axis).ravel()], axis=1))
    return np.concatenate(found)


def overlaps(a: ArrayLike | PackedPatterns, b: ArrayLike | PackedPatterns | None = None) -> Any:
    """Overlaps of replicas, q = Σ_i σ_i σ'_i / D.

    Parameters
    ----------
    a : array_like or PackedPatterns
        (..., D) of ±1.
    b : array_like or PackedPatterns, optional
        (..., D) of ±1, of a shape that broadcasts with that of ``a``. By default all pairs of the states of ``a`` are
        compared.

    Returns
    -------
    float64 or ndarray
        The shape of states that both have together; of Q states (Q, D) without ``b``, (Q (Q - 1) / 2,) in the order
        01, 02, ..., 12, ....

    Raises
    ------
    ValueError
        If states are not of ±1, or their shapes do not go together.

    Notes
    -----
    Of two replicas of one network at one temperature, P(q) is a peak at 0 where they are free, and has weight between
    ±q_EA in a spin glass (Parisi 1983). `parallel_tempering` counts it on the way, in ``overlaps``.

    Examples
    --------
    >>> import hebbfast as hb
    >>> float(hb.spin_glass.overlaps([1, 1, 1, -1], [1, 1, -1, -1]))
    0.5
    >>> hb.spin_glass.overlaps([[1, 1], [1, -1], [-1, -1]]).tolist()
    [0.0, -1.0, 0.0]
    """
    (one, first), (other, second) = _read("a", a), _read("a", a) if b is None else _read("b", b)
    if first[-1] != second[-1]:
        raise ValueError(f"b must have shape (..., {first[-1]}) as a, got shape {second}")
    if b is None:
        if len(first) != 2:
            raise ValueError(f"a must have shape (Q, D) where b is not given, got shape {first}")
        pairs = [_overlaps(one[j], other[j + 1 :], first[-1]) for j in range(len(one))]  # the last has none
        return np.concatenate([np.empty(0), *pairs])
    try:
        np.broadcast_shapes(first, second)
    except ValueError:
        raise ValueError(f"b must have a shape that broadcasts with that of a, {first}, got {second}") from None
    return _overlaps(one, other, first[-1])


def _overlaps(a: NDArray[np.uint64], b: NDArray[np.uint64], units: int) -> Any:
    return (units - 2.0 * np.bitwise_count(a ^ b).sum(axis=-1, dtype=np.int64)) / units


def _read(name: str, states: Any) -> tuple[NDArray[np.uint64], tuple[int, ...]]:
    """Words (..., W), and the shape of the states."""
    if isinstance(states, PackedPatterns):
        return states.words, states.shape
    values = bits.as_array(states, name)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"{name} must have shape (..., D), D at least 1, got shape {values.shape}")
    words = bits.pack_signs(values.reshape(-1, values.shape[-1]), name)
    return words.reshape(*values.shape[:-1], words.shape[-1]), values.shape


def _read_shape(shape: Any) -> tuple[int, ...]:
    """Sites along each axis, at least one axis."""
    lengths = tuple(_arguments.size("shape", length) for length in _arguments.several(shape))
    if not lengths:
        raise ValueError("shape must have at least one axis, got ()")
    _arguments.size("shape: sites", math.prod(lengths))
    return lengths


def _drawn(kind: str, count: int, generator: "np.random.Generator") -> NDArray[Any]:
    """Couplings in steps."""
    if kind == "signs":
        return 2 * generator.integers(0, 2, count, np.int8) - 1
    steps = np.rint(GRID * generator.standard_normal(count))
    return np.clip(steps, -_LARGEST, _LARGEST).astype(np.int16)


def step(D: int, couplings: str) -> float:
    """Of what the couplings of a Sherrington-Kirkpatrick network are multiples, and its energies too."""
    return (1.0 if couplings == "signs" else 1 / GRID) / math.sqrt(D)
