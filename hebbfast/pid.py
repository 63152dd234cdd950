"""What a unit's output owes to the pattern and to the other units: partial information decomposition."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments
from hebbfast._work.pieces import pieces
from hebbfast.atoms import Atoms, decompose
from hebbfast.bits import PackedPatterns
from hebbfast.networks._network import Network

__all__ = ["Atoms", "decompose", "neuron_pmf", "neuron_profile"]

Array = NDArray[np.float64]


def neuron_profile(
    network: Network,
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
        Any couplings, learned ones too; or another network.
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
    network: Network,
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
    if not isinstance(network, Network):
        raise TypeError(f"network must be a network, as HopfieldNetwork, got {type(network).__name__}")
    count = 2 if isinstance(bins, str) and bins == "sign" else _bins(bins)
    reach = _arguments.real("bin_range", bin_range, 0, ends="(]")
    weight, T = _arguments.real("external", external, 0), _arguments.real("temperature", temperature, 0)
    packed = patterns if isinstance(patterns, PackedPatterns) else PackedPatterns(patterns)
    K, D = packed.shape
    if D != network.units:
        raise ValueError(f"patterns must have the {network.units} units of the network, got {D}")
    if K == 0:
        raise ValueError("patterns must hold at least one pattern, got none")
    pmf = np.zeros((2 * D * count, 2))
    for part in pieces(K, bytes_each=64 * D):
        signs, fields = packed[part].unpack(), network.fields(packed[part])
        # R: one exact product and one rounding, so that whole fields on an edge go right
        place = np.clip(np.floor((fields + reach) * count / (2 * reach)), 0, count - 1) if count > 2 else fields >= 0
        plus = _chance_of_plus(weight * signs + fields, signs, T)
        cell = (2 * np.arange(D) + (signs > 0)) * count + place.astype(np.int64)
        for y, share in enumerate((1 - plus, plus)):
            pmf[:, y] += np.bincount(cell.ravel(), share.ravel() / K, minlength=len(pmf))
    return pmf.reshape(D, 2, count, 2)


def _chance_of_plus(fields: Array, signs: NDArray[np.int8], temperature: float) -> Array:
    if temperature == 0:
        return np.where(fields == 0, signs > 0, fields > 0).astype(np.float64)
    with np.errstate(over="ignore"):  # tiny temperatures
        return 0.5 + 0.5 * np.tanh(np.clip(fields / temperature, -400, 400))


def _bins(bins: Any) -> int:
    try:
        return _arguments.whole("bins", bins, 2, 2**31 - 1)
    except ValueError:
        shown = _arguments.shown(bins)
        raise ValueError(f"bins must be 'sign' or an integer from 2 to {2**31 - 1}, got {shown}") from None
