"""What a unit's output owes to the pattern and to the other units: partial information decomposition."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import bits
from hebbfast.bits import PackedPatterns
from hebbfast.hopfield import HopfieldNetwork

__all__ = ["Atoms", "decompose", "neuron_pmf", "neuron_profile"]

Array = NDArray[np.float64]
TOLERANCE = 1e-9  # of the sum of a pmf


@dataclass(frozen=True, eq=False)
class Atoms:
    """The information of an output, split by its sources; bits, all but ``residual`` may be negative.

    Attributes
    ----------
    redundant : float or ndarray
        What both sources tell.
    unique_external, unique_recurrent : float or ndarray
        What one source tells alone.
    synergistic : float or ndarray
        What only both together tell.
    residual : float or ndarray
        What neither tells, H(Y | E, R). The five add up to the entropy H(Y).
    """

    redundant: Any
    unique_external: Any
    unique_recurrent: Any
    synergistic: Any
    residual: Any


def decompose(pmf: ArrayLike) -> Atoms:
    """Split the entropy of an output Y between the sources E and R, by shared exclusions.

    Parameters
    ----------
    pmf : array_like
        (..., E, R, Y) probabilities; each leading index is a decomposition of its own.

    Returns
    -------
    Atoms
        Arrays of shape (...), or floats for a single pmf.

    Raises
    ------
    ValueError
        If there are fewer than three axes, or a pmf has a negative or no finite entry, or does not sum to 1 to 1e-9.

    Notes
    -----
    The redundancy is the mean of log2 P(y | E = e or R = r) / P(y): Makkeh, Gutknecht and Wibral (2021),
    Phys. Rev. E 103, 032149. The other atoms follow from it, I(E; Y), I(R; Y) and I(E, R; Y).

    Examples
    --------
    >>> import hebbfast as hb
    >>> both = hb.pid.decompose([[[0.5, 0], [0, 0]], [[0, 0], [0, 0.5]]])  # E, R and Y are one fair bit
    >>> both.redundant, both.synergistic, both.residual
    (1.0, 0.0, 0.0)
    """
    p = _read_pmf(pmf)
    e, r, y = (p.sum(axis=axes, keepdims=True) for axes in ((-2, -1), (-3, -1), (-3, -2)))
    er, ey, ry = (p.sum(axis=axis, keepdims=True) for axis in (-1, -2, -3))
    redundant = _mean_log(p, ey + ry - p, e + r - er, y)
    about_e = _mean_log(ey, ey, e, y)
    about_r = _mean_log(ry, ry, r, y)
    about_both = _mean_log(p, p, er, y)
    residual = _mean_log(p, er, p)
    atoms = redundant, about_e - redundant, about_r - redundant, about_both - about_e - about_r + redundant, residual
    return Atoms(*(float(atom) if p.ndim == 3 else atom for atom in atoms))


def _mean_log(weights: Array, above: Array, *below: Array) -> Array:
    """Sums of weights · log2(above / below) over the last three axes; weight 0 counts 0, tiny ones do not underflow."""

    def log2(x: Array) -> Array:
        return np.log2(np.broadcast_to(x, weights.shape), out=np.zeros_like(weights), where=weights > 0)

    logs = log2(above) - sum(map(log2, below))
    return np.asarray((weights * logs).sum(axis=(-3, -2, -1)))


def _read_pmf(pmf: ArrayLike) -> Array:
    try:
        p = np.asarray(pmf, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError("pmf must be a rectangular array of real numbers") from None
    if p.ndim < 3 or 0 in p.shape[-3:]:
        raise ValueError(f"pmf must have the axes (..., external, recurrent, output), got shape {p.shape}")
    if not np.isfinite(p).all():
        raise ValueError("pmf must be finite, got NaN or infinity")
    if (p < 0).any():
        raise ValueError(f"pmf must not be negative, got {p.min()}")
    total = p.sum(axis=(-3, -2, -1))
    off = np.abs(total - 1)
    if (off > TOLERANCE).any():
        raise ValueError(f"pmf must sum to 1, got a sum of {total.flat[int(off.argmax())]}")
    return p


def neuron_profile(
    network: HopfieldNetwork,
    patterns: ArrayLike | PackedPatterns,
    *,
    bins: int | str = 60,
    bin_range: float = 20.0,
    external: float = 0.0,
    temperature: float = 0.0,
) -> Atoms:
    """Split the output of every unit between the pattern and the field of the other units.

    Each pattern in turn is the state. Unit i then has the field h_i, and its output is that of one heat-bath update in
    the field external · ξ_i + h_i. The sources are E, the value ξ_i of the pattern, and R, the bin of h_i.

    Parameters
    ----------
    network : HopfieldNetwork
        Any couplings, learned ones too.
    patterns : array_like or PackedPatterns
        (K, D) of ±1; all are equally likely.
    bins : int or "sign", default 60
        Equal bins of h, at least 2, closed on the left; "sign" are two, h < 0 and h ≥ 0.
    bin_range : float, default 20.0
        The bins cover fields from -bin_range to bin_range, in the units of the field; fields outside go to the end
        bins. Of no meaning for two bins.
    external : float, default 0.0
        Weight of the pattern in the output, at least 0.
    temperature : float, default 0.0
        Of the output: P(+1) = 1 / (1 + exp(-2 (external ξ_i + h_i) / temperature)). At 0 a field of zero gives ξ_i.

    Returns
    -------
    Atoms
        Arrays (D,), in bits. A unit whose output never varies has five zeros.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of its range or of the wrong kind.

    Notes
    -----
    Y is summed over its probability, not sampled. `learning.redundancy` maximises what this gives for
    ``external=2.3, temperature=2, bins=60, bin_range=20`` (Blümel et al. 2025, arXiv 2511.02584).
    Atoms depend on the binning, and those of few patterns are biased: ``docs/pid.md``.

    Examples
    --------
    >>> import hebbfast as hb
    >>> patterns = hb.random_patterns(21, 1000, rng=0)
    >>> profile = hb.pid.neuron_profile(hb.HopfieldNetwork.train(patterns), patterns, bins="sign")
    >>> profile.redundant.shape, float(profile.redundant.mean()) > 0.95
    ((1000,), True)
    """
    return decompose(
        neuron_pmf(
            network, patterns, bins=bins, bin_range=bin_range, external=external, temperature=temperature
        )
    )  # fmt: skip


def neuron_pmf(
    network: HopfieldNetwork,
    patterns: ArrayLike | PackedPatterns,
    *,
    bins: int | str = 60,
    bin_range: float = 20.0,
    external: float = 0.0,
    temperature: float = 0.0,
) -> Array:
    """Joint probabilities that `neuron_profile` decomposes: float64 (D, 2, bins, 2), index 0 of E and Y is -1.

    Parameters and errors are those of `neuron_profile`. To pool units or networks, average pmfs, then `decompose`.

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork([[0, 1], [1, 0]])
    >>> hb.pid.neuron_pmf(network, [[1, 1], [-1, -1]], bins="sign")[0].tolist()
    [[[0.5, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.5]]]
    """
    if not isinstance(network, HopfieldNetwork):
        raise TypeError(f"network must be a HopfieldNetwork, got {type(network).__name__}")
    count = _read_bins(bins)
    reach = _number("bin_range", bin_range, above=True)
    weight, T = _number("external", external), _number("temperature", temperature)
    packed = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    K, D = packed.shape
    if D != network.units:
        raise ValueError(f"patterns must have the {network.units} units of the network, got {D}")
    if K == 0:
        raise ValueError("patterns must hold at least one pattern, got none")
    signs, fields = packed.unpack(), network.fields(packed)
    # R: one exact product and one rounding, so that whole fields on an edge go right
    place = np.clip(np.floor((fields + reach) * count / (2 * reach)), 0, count - 1) if count > 2 else fields >= 0
    total = weight * signs + fields
    if T > 0:
        plus = 0.5 + 0.5 * np.tanh(np.clip(total / T, -400, 400))
    else:
        plus = np.where(total == 0, signs > 0, total > 0).astype(np.float64)
    cell = (2 * np.arange(D) + (signs > 0)) * count + place.astype(np.int64)
    cells = 2 * D * count
    both = [np.bincount(cell.ravel(), share.ravel() / K, minlength=cells) for share in (1 - plus, plus)]
    pmf: Array = np.stack(both, axis=-1, dtype=np.float64).reshape(D, 2, count, 2)
    return pmf


def _read_bins(bins: Any) -> int:
    if isinstance(bins, str) and bins == "sign":
        return 2
    if isinstance(bins, (bool, str)) or not isinstance(bins, (int, np.integer)) or bins < 2:
        raise ValueError(f"bins must be 'sign' or an integer of at least 2, got {bins!r}")
    return bits.check_size(int(bins), "bins")


def _number(name: str, value: Any, above: bool = False) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and (number > 0 or (number == 0 and not above))):
        raise ValueError(f"{name} must be a finite number {'above' if above else 'of at least'} 0, got {value!r}")
    return number
