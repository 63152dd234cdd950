"""Two layers that take turns: the bridge against its twin at every level, and what it refuses."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import _kernels
from hebbfast._kernels.twin import boltzmann as twin
from hebbfast.bits import aligned_bytes


def packed(rng, count, units):
    words = np.zeros((count, -(-units // 64)), dtype=np.uint64)
    _kernels.pack((2 * rng.integers(0, 2, (count, units)) - 1).astype(np.int8), words)
    return words


def layer(module, weights, bias):
    seen, units = weights.shape
    lanes = -(-units // 32) * 32
    wide, offsets = np.zeros((seen, lanes), dtype=np.float32), np.zeros(lanes, dtype=np.float32)
    wide[:, :units], offsets[:units] = weights, bias
    return module.Layer(units, wide, offsets, np.empty((-(-seen // 4), 16, lanes), dtype=np.float32))


def results(module, visible, hidden, clamped):
    rng = np.random.default_rng(visible)
    weights = rng.normal(0, 0.5, (visible, hidden))
    up = layer(module, weights, rng.normal(0, 30 if hidden == 3 else 1, hidden))  # e^80 is where exp ends
    down = layer(module, weights.T, rng.normal(0, 1, visible))
    states, other = packed(rng, 70, visible), packed(rng, 70, hidden)
    streams = np.zeros((70, 3), dtype=np.int64)
    _kernels.seed(rng.integers(0, 2**63, (70, 2), dtype=np.uint64), streams)
    fields = np.empty((70, -(-hidden // 32) * 32), dtype=np.float32)
    means, costs, sums = fields.copy(), fields.copy(), np.zeros((70, visible)) if clamped else None
    module.layer_fields(up, states, fields)
    module.layer_means(up, states, means)
    module.layer_costs(up, states, costs)
    clamp = packed(rng, 1, visible)[0] if clamped else None
    module.gibbs(up, down, states, other, streams, 3, clamp, sums, aligned_bytes(module.gibbs_bytes(up, down)))
    return states, other, streams, fields, means, costs, sums


@pytest.mark.parametrize("level", _kernels.available_simd_levels())
@pytest.mark.parametrize(("visible", "hidden"), [(1, 1), (5, 3), (64, 32), (65, 130), (7, 200)])
def test_layers_are_those_of_the_twin(visible, hidden, level):
    for clamped in (False, True):
        with hb.use_simd_level(level):
            got = results(_kernels, visible, hidden, clamped)
        for one, other in zip(got, results(twin, visible, hidden, clamped), strict=True):
            np.testing.assert_array_equal(one, other)


def test_fields_and_means_are_those_of_float64():
    rng = np.random.default_rng(0)
    weights, bias, states = rng.normal(0, 1, (65, 40)), rng.normal(0, 1, 40), packed(rng, 300, 65)
    up, fields, means, costs = layer(_kernels, weights, bias), *np.empty((3, 300, 64), dtype=np.float32)
    _kernels.layer_fields(up, states, fields)
    _kernels.layer_means(up, states, means)
    _kernels.layer_costs(up, states, costs)
    signs = np.empty((300, 65), dtype=np.int8)
    _kernels.unpack(states, signs)
    exact = signs @ weights + bias
    np.testing.assert_allclose(fields[:, :40], exact, rtol=0, atol=2e-5)
    np.testing.assert_allclose(means[:, :40], np.tanh(exact), rtol=0, atol=2**-13 + 1e-5)
    np.testing.assert_allclose(costs[:, :40], np.logaddexp(exact, -exact), rtol=0, atol=2e-5)
    assert ((means * 4096) % 1 == 0).all()


def test_what_the_bridge_refuses():
    rng = np.random.default_rng(0)
    up, down = layer(_kernels, np.ones((5, 3)), np.zeros(3)), layer(_kernels, np.ones((3, 5)), np.zeros(5))
    states, room = packed(rng, 2, 5), aligned_bytes(_kernels.gibbs_bytes(up, down))
    streams = np.ones((2, 2), dtype=np.int64)
    right = [up, down, states, packed(rng, 2, 3), streams, 1, None, None, room]
    _kernels.gibbs(*right)
    for place, wrong, message in [
        (1, up, "must see each other"),
        (2, packed(rng, 2, 65), "visible must have"),
        (3, packed(rng, 1, 3), "hidden must have"),
        (4, np.ones((1, 2), dtype=np.int64), "streams must have"),
        (5, -1, "sweeps must not"),
        (6, np.zeros(2, dtype=np.uint64), "clamp must have"),
        (7, np.zeros((2, 3)), "sums must have"),
        (8, room[64:], "workspace must have"),
    ]:
        with pytest.raises(ValueError, match=message):
            _kernels.gibbs(*(wrong if place == at else value for at, value in enumerate(right)))
    with pytest.raises(ValueError, match="out must have"):
        _kernels.layer_means(up, states, np.empty((2, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="states must have"):
        _kernels.layer_fields(up, packed(rng, 2, 65), np.empty((2, 32), dtype=np.float32))
    for weights, bias, tables, message in [
        ((5, 31), 32, (2, 16, 32), "weights must have"),
        ((5, 32), 31, (2, 16, 32), "bias must have"),
        ((5, 32), 32, (1, 16, 32), "tables must have"),
        ((0, 32), 32, (0, 16, 32), "at least one unit"),
    ]:
        with pytest.raises(ValueError, match=message):
            _kernels.Layer(3, *(np.zeros(shape, dtype=np.float32) for shape in (weights, bias, tables)))
