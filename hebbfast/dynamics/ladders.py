"""Ladders of temperatures for tempering: read from the caller, or measured so that all swaps are equally likely."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hebbfast import _arguments, bits
from hebbfast.dynamics import replicas, scale
from hebbfast.dynamics.replicas import expect_energy

__all__ = ["read_ladder", "temperature_ladder"]

_WIDEST, _NARROWEST = 1.5, 0.2  # the default ladder, in units of the hot temperature of `scale`
_STEP = 1.25  # of the geometric ladder that a pilot begins with
_PILOT, _BURN_IN, _SWAP = 400, 200, 1  # sweeps
_REFUSED = 0.95  # a rejection from which a step says nothing but that it is too long
_ROUNDS = 4
_MOST = 512  # temperatures
_COLDEST = 1e-300  # below 6e-309 the difference of two 1 / T may be inf - inf, and every swap would be made

Floats = NDArray[np.float64]


def read_ladder(name: str, values: Any) -> Floats:
    """(T,) temperatures above zero, with a finite 1 / T, each larger than the one before."""
    found = _arguments.real_array(name, values).astype(np.float64)
    if found.ndim != 1 or len(found) == 0:
        raise ValueError(f"{name} must have shape (T,), got shape {found.shape}")
    if not found.min() > 0:
        raise ValueError(f"{name} must be above 0, got {found.min():g} at [{int(np.argmin(found))}]")
    if found.min() < _COLDEST:
        raise ValueError(f"{name} must be at least {_COLDEST:g}, got {found.min():g} at [{int(np.argmin(found))}]")
    steps = np.diff(found)
    if not (steps > 0).all():
        where = int(np.argmin(steps > 0))
        raise ValueError(f"{name} must rise, each different, got {found[where + 1]:g} after {found[where]:g}")
    return found


def temperature_ladder(
    network: replicas.Tempered,
    cold: float | None = None,
    hot: float | None = None,
    *,
    acceptance: float = 0.3,
    clamp: ArrayLike | None = None,
    states: Any = None,
    rng: Any = None,
    threads: int | None = None,
) -> Floats:
    """Temperatures between which replicas swap equally often, measured in a pilot run.

    Parameters
    ----------
    network : HopfieldNetwork, DenseAssociativeMemory or another network with an energy
        What is to be tempered.
    cold, hot : float, optional
        The ends. By default hot is 1.5 times the root mean square of the fields in random states, and cold a seventh
        or so of that, but not below the temperature at which nothing moves.
    acceptance : float
        The share of swaps between neighbours that are to be accepted, above 0 and below 1; 0.2 to 0.6 serve.
    clamp, states : array_like, optional
        Units that never move, and (D,) or (R, D), the states of any number from which replicas of the pilot start.
    rng : seed, SeedSequence or Generator, optional
        Passed to `numpy.random.default_rng`.
    threads : int, optional
        As in ``recall``.

    Returns
    -------
    ndarray
        float64 (T,), rising from cold to hot; the ends alone where energies do not vary.

    Raises
    ------
    ValueError
        If an argument is not as described, or more than 512 temperatures were needed.

    Notes
    -----
    The pilot starts with a geometric ladder and halves the steps that nearly always fail. A swap between β and β' of
    energies with variance s² fails with the probability r = erf(x), x = ½ s |β - β'|, where both are Gaussian: so
    x = erf⁻¹(r) measures the way between two temperatures, adds up along the ladder, and new temperatures are put at
    equal steps of it (Syed et al. 2019 take the sum of r, which is the same for small steps).

    Examples
    --------
    >>> import hebbfast as hb
    >>> network = hb.HopfieldNetwork.train(hb.random_patterns(5, 64, rng=0))
    >>> ladder = hb.temperature_ladder(network, 20.0, 120.0, rng=1)
    >>> bool(ladder[0] == 20.0 and ladder[-1] == 120.0 and (np.diff(ladder) > 0).all())
    True
    """
    expect_energy(network)
    share = _arguments.real("acceptance", acceptance, 0.0, 1.0, ends="()")
    given = None if states is None else network._read(states, "states").words
    if given is not None and len(given) == 0:
        raise ValueError(f"states must hold at least one state, got shape (0, {network.units})")
    low, high = _ends(network, cold, hot, clamp)
    step = _inverse_erf(1.0 - share)
    count = max(2, 1 + math.ceil(math.log(high / low) / math.log(_STEP)))
    ladder = np.geomspace(low, high, min(count, _MOST))
    generator = _arguments.generator(rng)
    for _ in range(_ROUNDS):
        rejected = _rejections(network, ladder, clamp, given, generator, threads)
        way = np.concatenate([[0.0], np.cumsum([_inverse_erf(min(r, _REFUSED)) for r in rejected.tolist()])])
        long = rejected >= _REFUSED
        if not long.any():
            break
        ladder = np.sort(np.concatenate([ladder, np.sqrt(ladder[:-1] * ladder[1:])[long]]))
        _expect_few(len(ladder))
    else:
        rejected = _rejections(network, ladder, clamp, given, generator, threads)
        way = np.concatenate([[0.0], np.cumsum([_inverse_erf(min(r, _REFUSED)) for r in rejected.tolist()])])
    steps = max(1, round(way[-1] / step))
    _expect_few(steps + 1)
    wanted = np.linspace(0.0, way[-1], steps + 1)
    found = np.exp(np.interp(wanted, way, np.log(ladder))) if way[-1] > 0 else ladder[[0, -1]].copy()
    found[0], found[-1] = low, high
    return found


def _ends(network: Any, cold: float | None, hot: float | None, clamp: Any) -> tuple[float, float]:
    given = [
        None if value is None else _arguments.real(name, value, 0.0, ends="(]")
        for name, value in (("cold", cold), ("hot", hot))
    ]
    low, high = given
    if low is None or high is None:
        free, frozen = scale.hot_and_cold(network, clamp)
        high = max(_WIDEST * free, 0.0 if low is None else 2.0 * low) if high is None else high
        low = min(max(_NARROWEST * free, frozen), 0.5 * high) if low is None else low
    if not low < high:
        raise ValueError(f"cold and hot must rise, got cold={low:g} and hot={high:g}")
    return low, high


def _rejections(network: Any, ladder: Floats, clamp: Any, states: Any, generator: Any, threads: int | None) -> Floats:
    """The expected share of swaps that fail, of each step of the ladder; ``states`` are packed, any number."""
    if states is not None:
        states = bits.packed(states[np.arange(2 * len(ladder)) % len(states)], network.units)
    run = replicas.Replicas(network, ladder, 2, states=states, clamp=clamp, rng=generator, threads=threads)
    failed, beta = np.zeros(len(ladder) - 1), 1.0 / ladder
    for step in range(_BURN_IN + _PILOT):
        run.advance(_SWAP)
        if step >= _BURN_IN:
            energies = run.energies
            gain = np.minimum(0.0, (beta[:-1] - beta[1:]) * (energies[:, :-1] - energies[:, 1:]))
            failed += 1.0 - np.exp(gain).mean(axis=0)
        run.swap()
    found: Floats = failed / _PILOT
    return found


def _expect_few(count: int) -> None:
    if count > _MOST:
        raise ValueError(f"cold and hot must be bridged by at most {_MOST} temperatures, got a way that needs {count}")


def _inverse_erf(share: float) -> float:
    """erf⁻¹, by halving: to 10⁻¹², without SciPy."""
    low, high = 0.0, 6.0
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if math.erf(middle) < share else (low, middle)
    return 0.5 * (low + high)
