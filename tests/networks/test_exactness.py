"""At T = 0 each decision has the sign of the exact integer field: fields and decisions against Python integers."""

import math

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels

KINDS = [hb.Polynomial, hb.RectifiedPolynomial]


def exact_fields(patterns, state, degree, rectified):
    """2 n h_i as Python integers, from the energy difference of each flip."""

    def power(x):
        return (max(x, 0) if rectified else x) ** degree

    overlaps = [int(m) for m in patterns.astype(np.int64) @ state.astype(np.int64)]
    fields = []
    for i in range(len(state)):
        rest = [m - int(p) * int(state[i]) for m, p in zip(overlaps, patterns[:, i], strict=True)]
        fields.append(sum(power(s + int(p)) - power(s - int(p)) for s, p in zip(rest, patterns[:, i], strict=True)))
    return fields


def signs_of(fields, state, tie):
    return [
        (f > 0) - (f < 0) or {"plus": 1, "minus": -1, "keep": int(s)}[tie] for f, s in zip(fields, state, strict=True)
    ]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("degree", [2, 3, 4, 5, 7, 10, 20, 50])
@pytest.mark.parametrize("tie", ["plus", "keep", "minus"])
def test_near_ties(make, degree, tie):
    """Opposite votes of two close patterns nearly cancel; what is left decides."""
    rng = np.random.default_rng(degree)
    units = 120
    one = hb.random_patterns(1, units, rng=rng)[0]
    near = one.copy()
    near[:4] *= -1  # votes against `one` in four units
    weak = hb.random_patterns(2, units, rng=rng)
    patterns = np.stack([one, near, *weak])
    state = one.copy()
    state[[0, 1, 50, 60]] *= -1
    fields = exact_fields(patterns, state, degree, make.rectified)
    memory = hb.DenseAssociativeMemory(patterns, make(degree))
    update = memory.recall(state, update="sync", tie=tie, max_sweeps=1).states
    assert update.tolist() == signs_of(fields, state, tie)
    np.testing.assert_array_equal(memory.fields(state), [float(f) / (2.0 * degree) for f in fields])


def test_a_sum_that_float64_gets_wrong():
    """At n = 20, D = 4096 a field of two huge opposite terms and a small one has the sign of the small one."""
    units, degree = 4096, 20
    rng = np.random.default_rng(0)
    one = hb.random_patterns(1, units, rng=rng)[0]
    other = one.copy()
    other[
        0
    ] *= -1  # overlaps with a state differ by 2 ξ_0 σ_0 alone: without unit 0 they are equal, so at unit 0 they cancel
    small = hb.random_patterns(1, units, rng=rng)[0]
    patterns = np.stack([one, other, small])
    for value in (1, -1):
        patterns[2, 0] = value
        state = one.copy()
        fields = exact_fields(patterns[:, :], state, degree, False)[:1]
        rounded = math.fsum([])  # the float sum, left to right, of the same three terms
        for p in patterns:
            rest = float(p.astype(np.int64) @ state) - p[0] * state[0]
            rounded += (rest + p[0]) ** degree - (rest - p[0]) ** degree
        assert fields[0] != 0
        assert abs(fields[0]) < 2.0**-53 * 4096.0**19
        after = hb.DenseAssociativeMemory(patterns, hb.Polynomial(degree)).recall(state, order=[0], max_sweeps=1).states
        assert after[0] == (1 if fields[0] > 0 else -1)
        assert rounded == pytest.approx(fields[0], abs=1e60)


def test_degree_fifty_stays_finite():
    units = 10_000
    patterns = hb.random_patterns(3, units, rng=1)
    memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(50))
    energy = memory.energy(patterns[0])
    overlaps = [int(m) for m in patterns.astype(np.int64) @ patterns[0].astype(np.int64)]
    assert energy == -(float(sum(m**50 for m in overlaps)) / 50)
    assert np.isfinite(memory.fields(patterns[0])).all()


@pytest.mark.parametrize("degree", [2, 3])
def test_engines_give_the_same_bits(degree):
    """Bit planes and masked sums, over sizes where blocks and lanes end, hot and cold."""
    rng = np.random.default_rng(degree)
    for units, count in [(1, 1), (7, 9), (64, 64), (65, 513), (200, 129), (513, 700), (1000, 65)]:
        patterns = hb.random_patterns(count, units, mean=float(rng.choice([0.0, 0.8])), rng=rng)
        cues = np.concatenate([hb.corrupt(patterns[:3], flip=0.2, rng=rng), -patterns[:1]])
        weights = hb.Polynomial(degree).weights(units, count)
        for rules in (
            {},
            {"temperature": 3.0 * units ** (degree - 1)},
            {"update": "sync"},
            {"tie": "keep", "order": "replacement"},
        ):
            results = []
            for engine in ("planes", "sums"):
                memory = hb.DenseAssociativeMemory(patterns, hb.Polynomial(degree))
                packed = memory.patterns
                memory._kernel.model = _kernels.Memory(packed.words, packed.columns(), units, weights, engine)
                results.append((memory.fields(cues), memory.recall(cues, rng=5, max_sweeps=6, **rules)))
            (fields, a), (fields_too, b) = results
            np.testing.assert_array_equal(fields, fields_too)
            np.testing.assert_array_equal(a.states, b.states)
            np.testing.assert_array_equal(a.flips, b.flips)
