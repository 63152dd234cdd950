"""Posterior, means and samplers against the channel itself: enumeration in fractions, formulas, published numbers."""

import itertools
import math
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest

import hebbfast as hb
from hebbfast._work import pieces

TINY = hb.DenseAssociativeMemory([[1, 1, 1, 1], [1, 1, -1, -1]])


def channel(patterns, state, flip, prior=None, known=None):
    """P(μ and σ) of each pattern, as a fraction: p^d (1 - p)^(D - d) π_μ over the known units."""
    flip, prior = Fraction(flip), prior or [Fraction(1, len(patterns))] * len(patterns)
    known = np.ones(len(state), bool) if known is None else known
    differ = ((patterns != state) & known).sum(axis=1).tolist()
    return [w * flip**d * (1 - flip) ** (int(known.sum()) - d) for w, d in zip(prior, differ, strict=True)]


def every_state(units):
    return np.array(list(itertools.product([-1, 1], repeat=units)), dtype=np.int8)


def test_the_worked_example():
    """Patterns ++++ and ++--, cue ++++, p = 1/4: weights 81 to 9."""
    found = TINY.posterior([1, 1, 1, 1], flip=0.25)
    assert found.index.tolist() == [0, 1]
    np.testing.assert_allclose(found.probability, [0.9, 0.1], rtol=1e-14)
    np.testing.assert_allclose(found.novelty, 1.034074, atol=5e-7)
    np.testing.assert_allclose(found.log_evidence, math.log((81 + 9) / 2 / 256), rtol=1e-14)
    assert TINY.denoise([1, 1, 1, 1], flip=0.25).mean == pytest.approx([1, 1, 0.8, 0.8], rel=1e-7)


@pytest.mark.parametrize("flip", [Fraction(1, 5), Fraction(1, 100), Fraction(49, 100)])
@pytest.mark.parametrize("with_prior", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_all_states_against_fractions(flip, with_prior, masked):
    patterns, states = hb.random_patterns(7, 8, rng=1), every_state(8)
    patterns[4] = patterns[2]
    prior = [Fraction(k, 21) for k in (6, 1, 0, 5, 2, 4, 3)] if with_prior else None
    known = np.array([1, 0, 1, 1, 1, 0, 1, 1], bool) if masked else None
    memory = hb.DenseAssociativeMemory(patterns)
    given = {"flip": float(flip), "known": known}
    found = memory.posterior(states, top=7, prior=None if prior is None else [float(w) for w in prior], **given)
    means = memory.denoise(states, **given).mean
    for q, state in enumerate(states):
        exact = channel(patterns, state, flip, prior, known)
        total = sum(exact)
        order = sorted(range(7), key=lambda k: (-exact[k], k))
        assert found.index[q].tolist() == order
        np.testing.assert_allclose(found.probability[q], [float(exact[k] / total) for k in order], rtol=1e-12)
        np.testing.assert_allclose(found.log_evidence[q], math.log(total), rtol=1e-12)
        if prior is None:
            mean = [float(sum(e * int(x) for e, x in zip(exact, column, strict=True)) / total) for column in patterns.T]
            np.testing.assert_allclose(means[q], mean, atol=1e-7)
    units = 8 if known is None else 6
    assert math.fsum(np.exp(found.log_evidence)) == pytest.approx(2 ** (8 - units), rel=1e-12)
    np.testing.assert_allclose(found.novelty - found.log_evidence, units * math.log(2), rtol=1e-12)


def test_shapes_and_kinds():
    patterns = hb.random_patterns(20, 70, rng=0)
    memory, packed = hb.DenseAssociativeMemory(patterns), hb.PackedPatterns(patterns[:3])
    assert memory.posterior(patterns[0], flip=0.1).index.shape == (8,)
    assert memory.posterior(patterns[:3], flip=0.1, top=20).probability.shape == (3, 20)
    assert memory.posterior(patterns[:0], flip=0.1).index.shape == (0, 8)
    assert memory.denoise(patterns[0], flip=0.1).mean.dtype == np.float32
    assert memory.denoise(packed, flip=0.1).states == packed
    assert memory.draw(packed, flip=0.01, rng=0).states == packed
    assert memory.diffuse(packed, flip=0.01, rng=0).states == packed
    assert memory.draw(patterns[5], flip=0.01, rng=0).index == 5
    assert memory.diffuse(samples=2, steps=1, rng=0).states.shape == (2, 70)


def test_bits_depend_on_neither_threads_nor_levels_nor_splits(level):
    patterns = hb.PackedPatterns.random(700, 150, rng=0)
    cues = hb.corrupt(patterns[:90], flip=0.3, rng=1)
    memory = hb.DenseAssociativeMemory(patterns)
    with hb.use_simd_level("scalar"):
        expected = memory.posterior(cues, flip=0.3), memory.denoise(cues, flip=0.3)
    for threads in (1, 3):
        assert memory.posterior(cues, flip=0.3, threads=threads) == expected[0]
        assert memory.denoise(cues, flip=0.3, threads=threads) == expected[1]
    part = memory.posterior(cues[40:50], flip=0.3)
    assert (part.probability == expected[0].probability[40:50]).all()
    assert (part.log_evidence == expected[0].log_evidence[40:50]).all()
    alone = memory.posterior(cues[41:42], flip=0.3, threads=3)  # threads share the patterns
    assert (alone.probability == expected[0].probability[41]).all()
    drawn = memory.draw(cues, flip=0.3, rng=5)
    assert memory.draw(cues, flip=0.3, rng=5) == drawn
    assert (memory.draw(cues[:9], flip=0.3, rng=5).index == drawn.index[:9]).all()


def test_a_uniform_prior_is_no_prior():
    patterns = hb.random_patterns(64, 40, rng=3)
    memory, cues = hb.DenseAssociativeMemory(patterns), hb.corrupt(patterns[:9], flip=0.3, rng=4)
    plain, prior = (memory.posterior(cues, flip=0.3, prior=p) for p in (None, np.full(64, 1 / 64)))
    assert (plain.index == prior.index).all()
    np.testing.assert_allclose(plain.probability, prior.probability, rtol=1e-13)
    np.testing.assert_allclose(plain.novelty, prior.novelty, rtol=1e-12)


def test_a_pattern_of_no_weight_is_not_there():
    patterns = hb.random_patterns(2, 4000, rng=0)
    found = hb.DenseAssociativeMemory(patterns).posterior(patterns[0], flip=0.001, prior=[0, 1])
    assert found.index[0] == 1
    assert found.probability.tolist() == [1, 0]
    assert np.isfinite(found.log_evidence)


@pytest.mark.parametrize(("flip", "expected"), [(0.1, 87.3), (0.23, 32.5), (0.35, 4.8)])
def test_novelty_of_true_cues_is_information_left(flip, expected):
    """Mean D (ln 2 - H(p)) - ln K at D = 256, K = 1000; the last is larger, since other patterns help.

    n = 1000 cues, standard deviation of one below 12: five standard errors are 1.9.
    """
    entropy = -flip * math.log(flip) - (1 - flip) * math.log(1 - flip)
    assert 256 * (math.log(2) - entropy) - math.log(1000) == pytest.approx(expected, abs=0.1)
    patterns = hb.random_patterns(1000, 256, rng=0)
    found = hb.DenseAssociativeMemory(patterns).posterior(hb.corrupt(patterns, flip=flip, rng=1), flip=flip)
    assert found.novelty.mean() == pytest.approx(expected, abs=1.9)
    noise = hb.random_patterns(2000, 256, rng=2)
    strange = hb.DenseAssociativeMemory(patterns).posterior(noise, flip=flip)
    # Markov: P(novelty > 3) <= e^-3 = .0498; n = 2000, .0498 + 5 standard errors = .074
    assert (strange.novelty > 3).mean() < 0.074


@pytest.mark.parametrize("flip", [0.05, 0.2, 0.3])
def test_the_flip_can_be_fitted(flip):
    """n = 200 cues of 256 units: the standard error of p is below .0021; 5 of them."""
    patterns = hb.random_patterns(1000, 256, rng=0)
    memory, cues = hb.DenseAssociativeMemory(patterns), hb.corrupt(patterns[:200], flip=flip, rng=3)
    found = memory.posterior(cues, flip="fit")
    assert found.flip == pytest.approx(flip, abs=5 * math.sqrt(flip * (1 - flip) / (200 * 256)))
    best = memory.posterior(cues, flip=found.flip)
    np.testing.assert_allclose(best.log_evidence, found.log_evidence, rtol=1e-12)
    for other in (found.flip - 0.003, found.flip + 0.003):
        assert memory.posterior(cues, flip=other).log_evidence.sum() < found.log_evidence.sum()
    assert memory.posterior(patterns[:5], flip="fit").flip == pytest.approx(0.5 / (5 * 256))


def test_calibration_in_deciles():
    """Of the cues whose best pattern has probability about c, a share c are right.

    D = 64, p = .2, K = 2^12, n = 8192: in deciles of at least 200 cues the standard error is at most .035 (5 of them:
    .18); over all cues, right minus probability has a standard error below .0045.
    """
    patterns = hb.random_patterns(4096, 64, rng=0)
    memory = hb.DenseAssociativeMemory(patterns)
    right, sure = [], []
    for seed in (1, 2):
        found = memory.posterior(hb.corrupt(patterns, flip=0.2, rng=seed), flip=0.2, top=1)
        right.append(found.index[:, 0] == np.arange(4096))
        sure.append(found.probability[:, 0])
    right, sure = np.concatenate(right), np.concatenate(sure)
    assert abs(right.mean() - sure.mean()) < 5 * 0.0045
    assert right.mean() == pytest.approx(0.9171, abs=5 * math.sqrt(0.9171 * 0.0829 / 8192))  # the best decoder's
    for low in np.arange(10) / 10:
        chosen = (sure >= low) & (sure < low + 0.1)
        if chosen.sum() >= 200:
            c = sure[chosen].mean()
            assert right[chosen].mean() == pytest.approx(c, abs=5 * math.sqrt(c * (1 - c) / chosen.sum()) + 1e-3)


def test_a_flip_can_be_calibrated():
    """Where the channel is true, to the flip itself; for bits that flip together, to less trust in each.

    Codes of noisy data, n = 750 cues apart from those of the calibration: 5 standard errors of what is right are .083;
    with the flip that is counted the mean probability lies a quarter too high.
    """
    patterns = hb.random_patterns(4096, 64, rng=0)
    memory = hb.DenseAssociativeMemory(patterns)
    assert memory.calibrate(hb.corrupt(patterns, flip=0.25, rng=1), range(4096)) == pytest.approx(0.25, abs=0.01)
    rng, projection = np.random.default_rng(0), hb.SignProjection(20, 256, rng=1)
    data = rng.standard_normal((1500, 20))
    memory = hb.DenseAssociativeMemory(projection.encode(data))
    cues = projection.encode(data + 0.8 * rng.standard_normal(data.shape))
    flip = memory.calibrate(cues[:750], range(750))
    too_sure, sure = (memory.posterior(cues[750:], flip=f, top=1) for f in ("fit", flip))
    right = (sure.index[:, 0] == np.arange(750, 1500)).mean()
    assert abs(sure.probability.mean() - right) < 0.083
    assert too_sure.probability.mean() - right > 0.15

    def likelihood(flip):
        found = memory.posterior(cues[:300], flip=flip, top=1500)
        own = np.take_along_axis(found.probability, np.argsort(found.index, axis=1), axis=1)[range(300), range(300)]
        return np.log(own).sum()

    best = memory.calibrate(cues[:300], range(300))
    assert likelihood(best) > max(likelihood(best + 0.004), likelihood(best - 0.004))


def frequencies(found, patterns):
    """Share of states that are each pattern."""
    return (found[:, None] == patterns).all(axis=2).mean(axis=0)


def test_draw_and_diffuse_have_the_law_of_the_posterior():
    """n = 20,000 draws and 4,000 diffusions of one cue: 5 standard errors, and the bias of finite steps, .02."""
    patterns = hb.random_patterns(6, 24, rng=7)
    cue = hb.corrupt(patterns[0], flips=7, rng=2)
    memory = hb.DenseAssociativeMemory(patterns)
    exact = [float(x) for x in channel(patterns, cue, Fraction(3, 10))]
    exact = np.array(exact) / sum(exact)
    assert exact.max() < 0.9  # several patterns have a chance
    drawn = memory.draw(np.tile(cue, (20000, 1)), flip=0.3, rng=1)
    assert (drawn.states == patterns[drawn.index]).all()
    error = np.sqrt(exact * (1 - exact))
    np.testing.assert_array_less(
        abs(np.bincount(drawn.index, minlength=6) / 20000 - exact), 5 * error / math.sqrt(20000) + 1e-3
    )
    flowed = frequencies(memory.diffuse(np.tile(cue, (4000, 1)), flip=0.3, steps=100, rng=2).states, patterns)
    assert flowed.sum() > 0.95  # the rest mixed patterns
    np.testing.assert_array_less(abs(flowed - exact), 5 * error / math.sqrt(4000) + 0.04)
    nothing = frequencies(memory.diffuse(samples=3000, steps=100, rng=3).states, patterns)
    np.testing.assert_array_less(abs(nothing - 1 / 6), 5 * math.sqrt(5 / 36 / 3000) + 0.03)


@pytest.mark.parametrize("flip", [5e-324, 1e-320, 1e-300, 1e-15, 1e-9])
def test_the_smallest_flips(flip):
    """A pattern, and one with a flip: ln P = ln p - ln K but for D p; the others lie too far away."""
    patterns = hb.random_patterns(3, 40, rng=0)
    cues = patterns[[1, 1]]
    cues[1, 0] *= -1
    memory = hb.DenseAssociativeMemory(patterns)
    found = memory.posterior(cues, flip=flip)
    assert found.index[:, 0].tolist() == [1, 1]
    np.testing.assert_allclose(found.probability[:, 0], 1, rtol=1e-15)
    evidence = np.array([0, math.log(flip)]) - math.log(3)
    np.testing.assert_allclose(found.log_evidence, evidence, rtol=1e-12, atol=41 * flip + 1e-12)
    np.testing.assert_array_equal(memory.denoise(cues, flip=flip).mean, patterns[[1, 1]])
    np.testing.assert_array_equal(memory.draw(cues, flip=flip, rng=0).index, [1, 1])
    np.testing.assert_array_equal(memory.diffuse(cues, flip=flip, rng=0).states, patterns[[1, 1]])


@pytest.mark.parametrize(
    "ask",
    [
        lambda memory, cues: memory.posterior(cues, flip=0.2, prior=[0.5, 0.3, 0.2]),
        lambda memory, cues: memory.posterior(cues, flip=0.4999),
        lambda memory, cues: memory.draw(cues, flip=0.4999, rng=0),
    ],
    ids=["prior", "posterior", "draw"],
)
def test_histograms_are_held_in_pieces(monkeypatch, ask):
    """All of them would be 400 of 8 (D + 1) bytes, 16 MB."""
    patterns = hb.random_patterns(3, 5000, rng=0)
    memory, cues = hb.DenseAssociativeMemory(patterns), hb.PackedPatterns(hb.corrupt(patterns, flip=0.2, rng=1))
    cues = cues[np.arange(400) % 3]
    wanted = ask(memory, cues)
    monkeypatch.setattr(pieces, "BYTES", 1 << 20)
    tracemalloc.start()
    found = ask(memory, cues)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6e6
    for name, values in vars(wanted).items():
        np.testing.assert_array_equal(getattr(found, name), values)


def test_draw_takes_each_of_equal_patterns():
    memory = hb.DenseAssociativeMemory(np.repeat(hb.random_patterns(1, 10, rng=0), 4, axis=0))
    drawn = memory.draw(np.ones((4000, 10), np.int8), flip=0.1, rng=0)
    shares = np.bincount(drawn.index, minlength=4) / 4000
    np.testing.assert_allclose(shares, 0.25, atol=5 * math.sqrt(0.25 * 0.75 / 4000))


ONE = np.ones(4)


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        ("posterior", {"flip": 0.0}, r"flip must be a finite number in \(0, 0.5\), got 0.0"),
        (
            "posterior",
            {"flip": 0.5},
            r"flip must be below 0.5, got 0.5: a unit that flips as often as not says",
        ),
        ("posterior", {"flip": 0.7}, r"flip must be a finite number in \(0, 0.5\), got 0.7"),
        ("posterior", {"flip": math.nan}, r"flip must be a finite number"),
        ("posterior", {"flip": "guess"}, r"flip must be one of 'fit' or a number in \(0, 0.5\), got 'guess'"),
        ("posterior", {"flip": "fit", "cues": np.ones((0, 4))}, r"cues must hold at least one state to fit flip"),
        ("posterior", {"prior": [0.5, 0.6]}, r"prior must sum to 1, got a sum of 1.1"),
        ("posterior", {"prior": [1.5, -0.5]}, r"prior must not be negative, got -0.5 at 1"),
        ("posterior", {"prior": [1.0]}, r"prior must have shape \(2,\)"),
        ("posterior", {"prior": [np.nan, 1.0]}, r"prior must be finite"),
        ("posterior", {"top": 3}, r"top must be an integer from 1 to 2, got 3"),
        ("posterior", {"top": 0}, r"top must be an integer from 1 to 2, got 0"),
        ("posterior", {"known": np.zeros(4, bool)}, r"known must leave at least one unit"),
        ("denoise", {"flip": "fit"}, r"flip must be a finite number"),
        ("denoise", {"known": np.zeros(4, bool)}, r"known must leave at least one unit"),
        ("calibrate", {"index": [2]}, r"index must lie in 0..1, got 2"),
        ("calibrate", {"index": [0, 1]}, r"index must name one pattern a cue"),
        ("calibrate", {"index": [0.0]}, r"index must be a 1-d array of integers"),
        ("draw", {"rng": -1}, r"rng must be"),
        ("diffuse", {"flip": None}, r"flip must be given with cues"),
        ("diffuse", {"cues": None}, r"flip must be given with cues"),
        ("diffuse", {"steps": 0}, r"steps must be an integer"),
        ("diffuse", {"cues": None, "flip": None, "samples": 0}, r"samples must be an integer"),
        ("posterior", {"cues": np.ones(5)}, r"cues must have shape \(4,\)"),
    ],
)
def test_refusals(method, change, message):
    with pytest.raises(ValueError, match=message):
        getattr(TINY, method)(**({"cues": ONE} | ({} if method == "calibrate" else {"flip": 0.25}) | change))


def test_probabilities_are_met_in_ten_deciles():
    """D = 64, p = .2, K = 4096, 400,000 cues: of the best patterns of each decile as many are right as they say, within
    .02 and 4 standard errors; a false alarm once in 1,500 seeds at most."""
    patterns, rng = hb.PackedPatterns.random(4096, 64, rng=0), np.random.default_rng(1)
    own = rng.integers(0, 4096, size=400_000)
    found = hb.DenseAssociativeMemory(patterns).posterior(hb.corrupt(patterns[own], flip=0.2, rng=2), flip=0.2, top=1)
    says, right, met = found.probability[:, 0], found.index[:, 0] == own, 0
    decile = np.minimum((10 * says).astype(int), 9)
    for k in np.unique(decile):
        chosen = decile == k
        error = np.sqrt((says[chosen] * (1 - says[chosen])).sum()) / chosen.sum()
        assert abs(says[chosen].mean() - right[chosen].mean()) < 4 * error
        if 4 * error < 0.02:
            met += 1
            assert abs(says[chosen].mean() - right[chosen].mean()) < 0.02
    assert met >= 5  # the deciles that have cues enough for .02 to mean something
