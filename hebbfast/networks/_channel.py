"""The channel between stored patterns and cues, and what follows from it: the workings of `certainty`.

The channel: a pattern μ is drawn with probability π_μ, then each unit flips with probability p. With
β = ½ ln((1 - p) / p), the overlaps m_μ of a cue σ of D units decide, for any patterns::

    P(μ | σ) = π_μ e^(β m_μ) / Σ_ν π_ν e^(β m_ν)         P(σ) = Σ_μ π_μ e^(β m_μ) / (2 cosh β)^D

Sums go over the histogram of overlaps, whose entries are integers: from the best overlap down, until what is left out
is below the last bit. So they do not depend on threads, on levels of instruction sets, or on the split of a batch.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hebbfast import _arguments, _kernels, bits, search
from hebbfast._records import Record
from hebbfast._work.pieces import pieces
from hebbfast.dynamics.run import seeds

__all__ = ["Denoised", "Diffused", "Drawn", "Posterior", "calibrate", "denoise", "diffuse", "draw", "posterior"]

_LAST_BIT = 54 * math.log(2)  # e^-this is below half of the last bit of 1
_ROUNDS = 1000  # of the fit, at most
_SETTLED = 1e-12


@dataclass(frozen=True, eq=False)
class Posterior(Record):
    """Which patterns a cue may come from; for one cue without the leading Q.

    Attributes
    ----------
    index : ndarray
        int64 (Q, top): the most probable patterns, of equally probable ones the lower index first.
    probability : ndarray
        float64 (Q, top): P(μ | cue) of each; those of all K patterns sum to one.
    log_evidence : float64 or ndarray
        (Q,): ln P(cue), over the known units.
    novelty : float64 or ndarray
        (Q,): log_evidence + D ln 2, the log Bayes factor of a damaged pattern against fair bits: positive where the cue
        is better explained by the store. For fair bits P(novelty > x) ≤ e^-x.
    flip : float
        The flip probability p, as given or fitted.

    Examples
    --------
    >>> import hebbfast as hb
    >>> memory = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]])
    >>> memory.posterior([1, 1, 1, 1], flip=0.25).probability.round(9).tolist()
    [0.9, 0.1]
    """

    index: NDArray[np.int64]
    probability: NDArray[np.float64]
    log_evidence: Any
    novelty: Any
    flip: float


@dataclass(frozen=True, eq=False)
class Denoised(Record):
    """What each unit was before the noise; for one cue without the leading Q.

    Attributes
    ----------
    mean : ndarray
        float32 (Q, D): E[ξ_i | cue], from -1 to 1.
    states : ndarray or PackedPatterns
        The more probable value of each unit (+1 where both are equally so), of the same kind as the cues.
    """

    mean: NDArray[np.float32]
    states: Any


@dataclass(frozen=True, eq=False)
class Drawn(Record):
    """Patterns drawn with the probability that they are the cue's; for one cue without the leading Q.

    Attributes
    ----------
    index : int64 or ndarray
        (Q,): which pattern.
    states : ndarray or PackedPatterns
        The patterns themselves, of the same kind as the cues.
    """

    index: Any
    states: Any


@dataclass(frozen=True, eq=False)
class Diffused(Record):
    """Where reverse diffusion ended.

    Attributes
    ----------
    states : ndarray or PackedPatterns
        Of the same kind as the cues; int8 (samples, D) from nothing.
    """

    states: Any


@dataclass(frozen=True)
class Cues:
    """Cues and the store that they are compared with; ``units`` counts the known ones."""

    asked: search.Asked
    batch: bits.States
    units: int
    threads: int | None = None

    def part(self, part: slice) -> "Cues":
        """Some of the cues."""
        return replace(self, batch=replace(self.batch, words=self.batch.words[part]))

    def counts(self, beta: float, top: int = 0) -> search.Found:
        """Overlaps from the best one down, as far as they matter at this β."""
        far = self.reach(beta, len(self.asked.rows))
        return search.search(self.asked, self.batch.words, top=top, reach=far, threads=self.threads)

    def reach(self, beta: float, patterns: int) -> int:
        """How far below the best overlap one of so many patterns still matters."""
        far = 2 * self.units
        if beta > 0 and self.asked.multitude is None:
            far = min(far, 2 * math.ceil((_LAST_BIT + math.log(patterns)) / (2 * beta)))
        return far


def _read(memory: Any, cues: Any, known: Any, threads: int | None = None, prior: Any = None) -> Cues:
    batch = bits.read_states(cues, memory.units, "cues")
    mask, units = search.read_known(known, memory.units)
    many = None if prior is None else _multitude(prior, len(memory))
    return Cues(search.Asked(memory.patterns.words, memory.units, mask, units, many), batch, units, threads)


def _multitude(prior: Any, patterns: int) -> NDArray[np.int64]:
    """A prior as multiples of 2^-62."""
    values = _arguments.real_array("prior", prior)
    if values.shape != (patterns,):
        raise ValueError(f"prior must have shape ({patterns},), one number a pattern, got shape {values.shape}")
    if values.min() < 0:
        raise ValueError(f"prior must not be negative, got {values.min():g} at {int(values.argmin())}")
    total = math.fsum(values.tolist())
    if abs(total - 1) > 1e-9:
        raise ValueError(f"prior must sum to 1, got a sum of {total:.12g}")
    return np.rint(values.astype(np.float64) * (2.0**62 / total)).astype(np.int64)


def _exp(x: NDArray[Any]) -> NDArray[np.float64]:
    """`hebbfast._exp.exp` by the kernels: the same bits, in a tenth of the time."""
    out = np.empty(x.shape)
    _kernels.exp(x.reshape(-1), out.reshape(-1))
    return out


def _beta(flip: float) -> float:
    """β = atanh(1 - 2 p), finite for any p > 0."""
    return 0.5 * (math.log1p(-flip) - math.log(flip))


def _sums(found: search.Found, beta: float) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Σ_μ e^(β (m_μ - m₀)) and Σ_μ (m₀ - m_μ) / 2 · e^(...), where m₀ is the best overlap of a pattern that counts.

    One column after another, from the smallest term: an order that nothing else changes.
    """
    counts = found.counts
    start = np.argmax(counts > 0, axis=1)
    table = _exp(-2 * beta * np.arange(counts.shape[1]))
    total, below = np.zeros((2, len(counts)))
    for j in np.flatnonzero(counts.any(axis=0))[::-1].tolist():
        down = np.maximum(j - start, 0)
        term = counts[:, j] * table[down]
        total += term
        below += term * down
    return start, total, below


def posterior(
    memory: Any,
    cues: Any,
    *,
    flip: Any,
    prior: Any = None,
    known: Any = None,
    top: Any = None,
    threads: int | None = None,
) -> Posterior:
    """As `Certainty.posterior` says."""
    top = min(8, len(memory)) if top is None else _arguments.whole("top", top, 1, len(memory))
    return posterior_of(_read(memory, cues, known, threads, prior), len(memory), flip, top)


def posterior_of(read: Cues, patterns: int, flip: Any, top: int) -> Posterior:
    """The posterior of cues over so many patterns, wherever these are."""
    if isinstance(flip, str):
        _arguments.choice("flip", flip, ("fit",), "a number in (0, 0.5)")
        flip = _fitted(read, read.counts(0.0))
    flip = _arguments.flip(flip)
    beta, count = _beta(flip), len(read.batch.words)
    index, probability, evidence = np.empty((count, top), np.int64), np.empty((count, top)), np.empty(count)
    for part in pieces(count, bytes_each=4 * read.reach(beta, patterns)):
        index[part], probability[part], evidence[part] = _posterior(read.part(part), patterns, beta, top)
    novelty = evidence + read.units * math.log(2)
    if read.batch.single:
        return Posterior(index[0], probability[0], evidence[0], novelty[0], flip)
    return Posterior(index, probability, evidence, novelty, flip)


def _posterior(
    read: Cues, patterns: int, beta: float, top: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[Any]]:
    """The best patterns of a piece of the batch, their probabilities, and the evidence."""
    prior = read.asked.multitude
    found = read.counts(beta, 0 if prior is not None else top)
    start, total, _ = _sums(found, beta)
    ahead = found.best - 2 * start  # the best overlap of a pattern that counts
    scale = math.log(patterns) if prior is None else math.log(float(prior.sum()))
    evidence = beta * ahead + np.log(total) - scale - read.units * (math.log1p(math.exp(-2 * beta)) + beta)
    if prior is not None:
        return *_best_with_prior(read, beta, top, ahead, total), evidence
    index, overlap = found.nearest(read.asked.units)
    return index, _exp(beta * (overlap - ahead[:, None])) / total[:, None], evidence


def _best_with_prior(
    read: Cues, beta: float, top: int, ahead: NDArray[Any], total: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The best by prior and overlap together: they are sorted by both, in pieces of the batch."""
    words, prior = read.batch.words, read.asked.multitude
    assert prior is not None
    index, probability = np.empty((len(words), top), np.int64), np.empty((len(words), top))
    for part in pieces(len(words), len(prior) * read.asked.units, 32 * len(prior)):
        overlaps = search.overlaps(read.asked, words[part])
        below = np.minimum(overlaps - ahead[part, None], 0)  # what lies above has no weight
        share = prior * _exp(beta * below) / total[part, None]
        index[part] = np.argsort(-share, axis=1, kind="stable")[:, :top]
        probability[part] = np.take_along_axis(share, index[part], axis=1)
    return index, probability


def _fitted(read: Cues, found: search.Found) -> float:
    """p by expectation and maximisation: the mean share of units in which cues and their patterns differ."""
    cues, least = len(found.best), 0.5 / (read.units * max(1, len(found.best)))
    if cues == 0:
        raise ValueError("cues must hold at least one state to fit flip, got none")
    flip = 0.25
    for _ in range(_ROUNDS):
        start, total, below = _sums(found, _beta(flip))
        distance = (read.units - found.best) / 2 + start + below / total
        before, flip = flip, float(np.add.reduce(distance)) / (cues * read.units)
        flip = min(max(flip, least), 0.5 - 1e-9)
        if abs(flip - before) < _SETTLED:
            break
    return flip


def calibrate(memory: Any, cues: Any, index: Any, *, known: Any = None, threads: int | None = None) -> float:
    """As `Certainty.calibrate` says."""
    read = _read(memory, cues, known, threads)
    right = np.atleast_1d(_arguments.array("index", index, "integers"))
    if right.shape != (len(read.batch.words),) or right.size == 0:
        raise ValueError(f"index must name one pattern a cue, got shape {right.shape} for {len(read.batch.words)} cues")
    right = _arguments.indices("index", right, len(memory))
    found = read.counts(0.0)
    differ = read.batch.words ^ memory.patterns.words[right]
    if read.asked.known is not None:
        differ &= read.asked.known
    own = (found.best - (read.units - 2 * np.bitwise_count(differ).sum(axis=1, dtype=np.int64))) / 2

    def excess(flip: float) -> float:
        """Σ of m of the right pattern minus the mean of m, halved: falls with β, zero where ln P(right) is largest."""
        start, total, below = _sums(found, _beta(flip))
        return float(np.add.reduce(start + below / total - own))

    low, high = 1e-9, 0.5 - 1e-9
    while high - low > _SETTLED * high:
        middle = math.sqrt(low * high)
        if middle in (low, high):
            break
        low, high = (middle, high) if excess(middle) < 0 else (low, middle)
    return high


def denoise(memory: Any, cues: Any, *, flip: Any, known: Any = None, threads: int | None = None) -> Denoised:
    """As `Certainty.denoise` says."""
    flip = _arguments.flip(flip)
    read = _read(memory, cues, known, threads)
    mean = np.empty((len(read.batch.words), memory.units), dtype=np.float32)
    words = np.empty_like(read.batch.words)
    for part in pieces(len(words), bytes_each=24 * memory.units):
        sums, total = _blended(read.part(part), _beta(flip))
        mean[part] = sums / total[:, None]
        words[part] = bits.pack_signs(sums >= 0, "states")
    return Denoised(mean[0] if read.batch.single else mean, read.batch.restore(words))


def _blended(read: Cues, beta: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Σ_μ w_μ ξ_i^μ and Σ_μ w_μ, with e^(β (m_μ - max m)) rounded to multiples of 2^-s as in `Exponential`."""
    shift = min(52, 62 - len(read.asked.rows).bit_length())
    found = read.counts(beta)
    weights = np.rint(_exp(-2 * beta * np.arange(found.counts.shape[1])) * 2.0**shift).astype(np.int64)
    weights = weights[: int(np.count_nonzero(weights))]  # they fall
    total = found.counts[:, : len(weights)] @ weights
    return search.blend(read.asked, read.batch.words, found.best, weights, read.threads), total


def draw(memory: Any, cues: Any, *, flip: Any, known: Any = None, rng: Any = None) -> Drawn:
    """As `Certainty.draw` says."""
    beta = _beta(_arguments.flip(flip))
    read = _read(memory, cues, known)
    uniforms = _uniforms(_streams(rng, len(read.batch.words)), 2)
    index = np.empty(len(uniforms), dtype=np.int64)
    bytes_each = 4 * len(memory) + 12 * read.reach(beta, len(memory))
    for part in pieces(len(index), len(memory) * memory.units, bytes_each):
        index[part] = _drawn(read.part(part), beta, uniforms[part])
    states = read.batch.restore(memory.patterns.words[index].copy())
    return Drawn(index[0] if read.batch.single else index, states)


def _drawn(read: Cues, beta: float, uniforms: NDArray[np.float64]) -> list[np.int64]:
    """A pattern for each cue by two numbers: one for its overlap, and one for which of those that have it."""
    found = read.counts(beta)
    shares = np.cumsum(found.counts * _exp(-2 * beta * np.arange(found.counts.shape[1])), axis=1)
    level = np.argmax(shares > uniforms[:, :1] * shares[:, -1:], axis=1)
    among = np.take_along_axis(found.counts, level[:, None], axis=1)[:, 0]
    place = np.minimum((uniforms[:, 1] * among).astype(np.int64), among - 1)
    at_level = search.overlaps(read.asked, read.batch.words) == (found.best - 2 * level)[:, None]
    return [np.flatnonzero(row)[n] for row, n in zip(at_level, place, strict=True)]


def diffuse(
    memory: Any, cues: Any = None, *, flip: Any = None, steps: int = 100, samples: int = 1, rng: Any = None
) -> Diffused:
    """As `Certainty.diffuse` says."""
    if (cues is None) != (flip is None):
        raise ValueError(f"flip must be given with cues, and only with them, got {_arguments.shown(flip)}")
    steps = _arguments.whole("steps", steps, 1, 2**31)
    samples = _arguments.whole("samples", samples, 1, 2**31)
    flip = 0.5 if flip is None else _arguments.flip(flip)
    if cues is None:
        rng = _arguments.generator(rng)
        streams = _streams(rng, samples)
        states = np.where(_uniforms(streams, memory.units) < 0.5, 1, -1).astype(np.int8)
        batch = bits.read_states(states, memory.units, "cues")
    else:
        batch = bits.read_states(cues, memory.units, "cues")
        streams = _streams(rng, len(batch.words))
    words = np.array(batch.words)
    for step in range(steps):
        before, after = (flip * ((steps - n) / steps) for n in (step, step + 1))
        if before == 0:  # a flip that the least number cannot tell from none
            break
        for part in pieces(len(words), len(memory) * memory.units, 64 * memory.units):
            words[part] = _step_back(memory, words[part], before, after, streams[part])
    return Diffused(batch.restore(words))


def _step_back(
    memory: Any, words: NDArray[np.uint64], before: float, after: float, streams: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """From p = ``before`` to ``after``: each unit, given that of the pattern, by Bayes' rule."""
    units, beta = memory.units, _beta(before)
    asked = search.Asked(memory.patterns.words, units, None, units)
    sums, total = _blended(Cues(asked, bits.States(words, units, False, None), units), beta)
    plus = 0.5 + 0.5 * (sums / total[:, None])  # P(ξ_i = +1 | σ)
    own, between = bits.unpack(words, units) > 0, (before - after) / (1 - 2 * after)  # p is after, then between
    stayed = np.where(own, 1 - between, between)
    chance = np.zeros_like(plus)
    for agrees, weight, share in ((own, plus, 1 - after), (~own, 1 - plus, after)):
        # P(+1 after | own, ξ) = P(+1 after | ξ) P(own | +1 after) / P(own | ξ)
        chance += weight * (share * stayed / np.where(agrees, 1 - before, before))
    return bits.pack_signs(_uniforms(streams, units) < chance, "states")


def _streams(rng: Any, count: int) -> NDArray[np.int64]:
    """A stream of random numbers for each cue."""
    streams = np.zeros((count, _kernels.PROGRESS), dtype=np.int64)
    _kernels.seed(seeds(rng, count), streams)
    return streams


def _uniforms(streams: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Numbers in [0, 1): so many from each stream."""
    out = np.empty((len(streams), count))
    for stream, row in zip(streams, out, strict=True):
        _kernels.uniforms(stream, row)
    return out
