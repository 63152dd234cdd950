"""What the output of a Hebbian unit owes to its pattern and to the other units."""

import numpy as np

from hebbfast import _arguments
from hebbfast.atoms import Atoms, decompose
from hebbfast.theory import _check
from hebbfast.theory._noise_law import log_half_binomial


def pid_profile(D: int, K: int, bins: int | str | None = None, bin_range: float = 20.0) -> Atoms:
    """Information atoms of a unit in a Hebbian network whose state is one of K random patterns, exactly.

    The couplings are J = Σ_μ ξ^μ ξ^μᵀ with no factor 1/D, and zero diagonal. The output is the sign of the field h, a
    zero field gives the value of the pattern; the sources are that value and (the bin of) h.

    Parameters
    ----------
    D, K : int
        Units, at least 2, and patterns, at least 1; (D - 1) (K - 1) ≤ 10^7.
    bins : int, "sign" or None, default None
        Bins of the field as in `pid.neuron_profile`; None is the field itself.
    bin_range : float, default 20.0
        The bins cover fields from -bin_range to bin_range.

    Returns
    -------
    Atoms
        Five floats, in bits.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    At a unit of value +1 the field is (D - 1) + Σ ±1 over (D - 1) (K - 1) fair signs: the law is binomial. This is the
    law of one unit over all random pattern sets, so a sampled profile approaches it when probabilities of units and
    networks are pooled before they are decomposed.

    Examples
    --------
    >>> import hebbfast as hb
    >>> light, heavy = hb.theory.pid_profile(101, 5, "sign"), hb.theory.pid_profile(101, 51, "sign")
    >>> round(light.redundant, 4), round(heavy.redundant, 4)
    (1.0, 0.8248)
    """
    D, K = _check.count("D", D, 2), _check.count("K", K, 1)
    terms = (D - 1) * (K - 1)
    if terms > _check.TABLE:
        raise ValueError(f"(D - 1) (K - 1) must be at most {_check.TABLE:,}, got {terms:,}")
    reach = _arguments.real("bin_range", bin_range, 0, ends="(]")
    heads = np.arange(terms + 1)
    chance = np.exp(log_half_binomial(terms, heads))
    field = (D - 1) - terms + 2 * heads
    if bins is None:
        count = 2 * max(int(field[-1]), -int(field[0])) + 1
        if count > _check.TABLE:
            raise ValueError(f"without bins fields must have at most {_check.TABLE:,} values, got {count:,}")
    elif isinstance(bins, str) and bins == "sign":
        count = 2
    else:
        count = _bins(bins)
    pmf = np.zeros((2, count, 2))
    for value in (-1, 1):
        h = value * field
        if bins is None:
            place = h + count // 2
        elif count == 2:
            place = (h >= 0).astype(int)
        else:
            place = np.clip((h + reach) * count // (2 * reach), 0, count - 1).astype(int)
        output = np.where(h == 0, value, h) > 0
        np.add.at(pmf[(value + 1) // 2], (place, output.astype(int)), chance / 2)
    return decompose(pmf / pmf.sum())


def _bins(bins: object) -> int:
    try:
        return _arguments.whole("bins", bins, 2, _check.TABLE)
    except ValueError:
        shown = _arguments.shown(bins)
        raise ValueError(f"bins must be None, 'sign' or an integer from 2 to {_check.TABLE}, got {shown}") from None
