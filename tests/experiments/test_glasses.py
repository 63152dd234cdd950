"""Ground states of many samples: against enumeration and published numbers, and the same from any store and worker."""

import itertools

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.experiments import ground_states

HALF = np.array(list(itertools.product([-1, 1], repeat=11)), dtype=np.int8)


@pytest.mark.parametrize("couplings", ["gaussian", "signs"])
def test_small_ground_states_are_those_of_enumeration(couplings):
    """Of 12 units, one of them held: -σ has the energy of σ. All 30 are found, the seeds being as documented."""
    found = ground_states(12, 30, couplings=couplings, seed=5).sizes[0]
    states = np.column_stack([HALF, np.ones(len(HALF), dtype=np.int8)])
    for j, energy in enumerate(found.energies):
        network = hb.spin_glass.sherrington_kirkpatrick(12, couplings=couplings, rng=[5, 12, j, 0])
        assert energy == pytest.approx(network.energy(states).min() / 12, rel=1e-14)
    assert (found.hits >= 1).all() and found.hits.max() <= 32


def test_published_means_and_the_law_of_sizes():
    """±1 couplings: -.6931(11) at D = 31 and -.7213(9) at 63, means over 1500 and 800 samples; here 300 and 150, within
    5 errors of both together; and the line in D^(-2/3) ends at Parisi's energy, within 5 errors."""
    found = ground_states([31, 63, 95], [300, 150, 80], couplings="signs", level=0.6827, reads=16)
    for size, (energy, error) in zip(found.sizes, [(-0.6931, 0.0011), (-0.7213, 0.0009)], strict=False):
        own = (size.mean.high - size.mean.low) / 2
        assert own < 0.004
        assert abs(size.mean.value - energy) < 5 * np.hypot(own, error)
    end = found.line.intercept
    assert abs(end.value + 0.76317) < 5 * (end.high - end.low) / 2 < 0.05
    assert found.line.slope.value == pytest.approx(0.7, abs=0.2)


def test_a_store_goes_on(tmp_path):
    """More samples and other sizes: the same numbers; other settings are refused."""
    path = tmp_path / "ground states"
    few = ground_states(16, 5, sweeps=50, store=path)
    many = ground_states([16, 20], [9, 4], sweeps=50, store=path)
    assert many == ground_states([16, 20], [9, 4], sweeps=50)
    assert many.sizes[0].energies[:5].tolist() == few.sizes[0].energies.tolist()
    with pytest.raises(ValueError, match="store must have been made with the same settings"):
        ground_states(16, 5, sweeps=51, store=path)


def test_workers_do_not_change_the_numbers():
    options = {"units": [14, 18], "samples": [6, 3], "sweeps": 30, "reads": 4, "seed": 3}
    assert ground_states(**options, workers=2) == ground_states(**options)


def test_one_size_has_no_line():
    assert ground_states(8, 4).line is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": 1}, "units must be an integer from 2"),
        ({"units": []}, "units must hold at least one number"),
        ({"units": [9, 9]}, "units must be different numbers"),
        ({"samples": 1}, "samples must be an integer"),
        ({"samples": [5, 6]}, "samples must be one number, or 1"),
        ({"couplings": "cauchy"}, "couplings must be one of"),
        ({"reads": 0}, "reads must be"),
        ({"sweeps": 0}, "sweeps must be"),
        ({"level": 1}, "level must be"),
        ({"seed": -1}, "seed must be"),
        ({"workers": 0}, "workers must be"),
        ({"progress": 1}, "progress must be"),
    ],
    ids=str,
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        ground_states(**{"units": 9, **options})
