"""Ladders of temperatures: steps that are accepted equally often."""

import numpy as np
import pytest

import hebbfast as hb

RNG = np.random.default_rng(1)
UPPER = np.triu(RNG.choice([-1, 1], (128, 128)), 1)
GLASS = hb.HopfieldNetwork(UPPER + UPPER.T)


@pytest.mark.parametrize("acceptance", [0.2, 0.5])
def test_swaps_are_equally_likely(acceptance):
    """A run of its own, 3000 sweeps: the steps of the ladder differ by a few percent from what was asked for."""
    root = np.sqrt(128)
    ladder = hb.temperature_ladder(GLASS, 0.3 * root, 1.6 * root, acceptance=acceptance, rng=0)
    assert ladder[0] == 0.3 * root and ladder[-1] == 1.6 * root and (np.diff(ladder) > 0).all()
    rates = hb.parallel_tempering(GLASS, temperatures=ladder, sweeps=3000, burn_in=200, rng=1).swap_rate
    assert abs(rates.mean() - acceptance) < 0.08 and np.ptp(rates) < 0.15


def test_defaults_scale_with_the_network():
    ladder = hb.temperature_ladder(GLASS, rng=0)
    assert ladder[-1] == pytest.approx(1.5 * np.sqrt(128), rel=0.1) and 4 < ladder[-1] / ladder[0] < 10
    larger = hb.temperature_ladder(hb.HopfieldNetwork(64 * GLASS.couplings), rng=0)
    np.testing.assert_allclose(larger, 64 * ladder, rtol=1e-12)
    memory = hb.DenseAssociativeMemory(hb.random_patterns(9, 100, rng=0), hb.Polynomial(3, normalized=True))
    ladder = hb.temperature_ladder(memory, 0.1, 0.9, rng=0)  # a transition of first order lies within
    assert ladder[0] == 0.1 and ladder[-1] == 0.9 and (np.diff(ladder) > 0).all()


def test_states_of_every_kind():
    """Their number does not depend on that of the temperatures, which only the pilot knows."""
    start, clamp = np.resize([1, 1, -1], 128), np.arange(128) < 40
    arguments = {"cold": 4.0, "hot": 16.0, "clamp": clamp, "rng": 0}
    ladder = hb.temperature_ladder(GLASS, states=start, **arguments)
    for states in (start.reshape(8, 16), start[None], np.tile(start, (3, 1)), hb.PackedPatterns([start])):
        np.testing.assert_array_equal(hb.temperature_ladder(GLASS, states=states, **arguments), ladder)
    found = hb.temperature_ladder(GLASS, states=hb.random_patterns(3, 128, rng=0), **arguments)
    assert found[0] == 4.0 and found[-1] == 16.0 and (np.diff(found) > 0).all()
    runs = [
        hb.parallel_tempering(GLASS, sweeps=20, states=states, observables=(), rng=0)
        for states in (start, start.reshape(8, 16))
    ]
    assert runs[0] == runs[1]


def test_networks_without_energy_differences():
    np.testing.assert_array_equal(hb.temperature_ladder(hb.HopfieldNetwork(np.zeros((3, 3))), 1.0, 2.0, rng=0), [1, 2])


def test_refusals():
    for arguments, message in (
        ({"cold": 0.0}, "cold must be"),
        ({"hot": -1.0}, "hot must be"),
        ({"cold": 2.0, "hot": 1.0}, "cold and hot must rise, got cold=2 and hot=1"),
        ({"cold": 2.0, "hot": 2.0}, "cold and hot must rise"),
        ({"acceptance": 1.0}, "acceptance must be"),
        ({"acceptance": 0.0}, "acceptance must be"),
        ({"rng": "x"}, "rng must be"),
        ({"states": np.ones((0, 128))}, r"states must hold at least one state, got shape \(0, 128\)"),
        ({"states": np.ones(127)}, "states must have shape"),
    ):
        with pytest.raises(ValueError, match=message):
            hb.temperature_ladder(GLASS, **arguments)
    with pytest.raises(ValueError, match="couplings must be symmetric"):
        hb.temperature_ladder(hb.HopfieldNetwork([[0, 1], [0, 0]]))
    free = hb.HopfieldNetwork(np.zeros((20, 20), dtype=np.int8), np.full(20, 10))
    with pytest.raises(ValueError, match="cold and hot must be bridged by at most 512 temperatures"):
        hb.temperature_ladder(free, 1.0, 10.0, acceptance=0.999999, rng=0)
