"""What a unit's output owes to the pattern and to the other units: partial information decomposition."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast.atoms import Atoms, decompose
from hebbfast.bits import PackedPatterns
from hebbfast.networks.hopfield import HopfieldNetwork

__all__ = ["Atoms", "decompose", "neuron_pmf", "neuron_profile"]

Array = NDArray[np.float64]


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
    return _arguments.size("bins", bins)


def _number(name: str, value: Any, above: bool = False) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and (number > 0 or (number == 0 and not above))):
        raise ValueError(f"{name} must be a finite number {'above' if above else 'of at least'} 0, got {value!r}")
    return number
