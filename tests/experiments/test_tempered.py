"""experiments.temper: the same numbers by one process and by two, and from a folder that was left halfway."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast.experiments import temper, tempered

NETWORKS = [hb.HopfieldNetwork.train(hb.random_patterns(3, 30, rng=seed)) for seed in range(2)]
LADDERS = [[15.0, 20.0, 30.0], [15.0, 30.0]]


def test_runs_are_the_same_alone_by_workers_and_from_a_folder(tmp_path):
    whole = temper(NETWORKS, LADDERS, sweeps=600, seeds=2, observables=())
    assert [(run.network, run.ladder, run.seed) for run in whole] == [
        (i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)
    ]
    temper(NETWORKS[:1], LADDERS, sweeps=250, seeds=2, store=tmp_path / "runs", observables=())
    again = temper(NETWORKS, LADDERS, sweeps=600, seeds=2, store=tmp_path / "runs", workers=2, observables=())
    assert again == whole and len(list((tmp_path / "runs").iterdir())) == 8
    energies = {run.result.mean["overlap_squared"][0] for run in whole}
    assert len(energies) == 8  # each has chance of its own
    alone = hb.parallel_tempering(NETWORKS[1], temperatures=LADDERS[0], sweeps=600, rng=[0, 1, 0, 1], observables=())
    assert whole[5].result == alone
    measured = temper(NETWORKS[:1], sweeps=100, seed=3, observables=())
    assert len(measured) == 1 and (np.diff(measured[0].result.temperatures) > 0).all()


def test_workers_pass_on_their_warnings():
    """Of each run that is too short for its errors."""
    with pytest.warns(UserWarning, match="sweeps=20 is shorter than 50 autocorrelation times of energy") as caught:
        temper(NETWORKS, LADDERS[1:], sweeps=20, workers=2)
    assert len(caught) == 2 and {one.filename for one in caught} == {__file__}


def test_refusals(tmp_path):
    (tmp_path / "file").write_text("")
    for change, message in (
        ({"networks": []}, "networks must be a sequence"),
        ({"networks": NETWORKS[0]}, "networks must be a sequence"),
        ({"networks": [3]}, r"networks\[0\] must be a network"),
        ({"ladders": []}, "ladders must be at least one"),
        ({"ladders": [[2.0, 1.0]]}, "ladders must rise"),
        ({"seeds": 0}, "seeds must be"),
        ({"seed": -1}, "seed must be"),
        ({"sweeps": 0}, "sweeps must be"),
        ({"workers": 0}, "workers must be"),
        ({"progress": 1}, "progress must be"),
        ({"rng": 1}, "rng must be left to temper"),
        ({"temperatures": [1.0]}, "temperatures must be left to temper"),
        ({"store": tmp_path / "file" / "folder"}, "store must be a folder"),
        ({"store": 3}, "store must be a path"),
    ):
        with pytest.raises((ValueError, TypeError, OSError), match=message):
            temper(**{"networks": NETWORKS, "ladders": LADDERS, "sweeps": 9, **change})


def test_average():
    """Means over networks by hand; energies a unit; the law of overlaps adds to 1."""
    networks = [hb.spin_glass.sherrington_kirkpatrick(24, rng=j) for j in range(3)]
    runs = temper(networks, [[0.6, 1.0, 1.6]], sweeps=2000, seeds=2)
    found = tempered.average(runs)
    means = np.array([run.result.mean["energy"] for run in runs]).reshape(3, 2, 3).mean(axis=1) / 24
    np.testing.assert_allclose(found.energy, means.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.energy_error, means.std(axis=0, ddof=1) / np.sqrt(3), rtol=1e-12)
    np.testing.assert_allclose(found.overlaps.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found.overlaps @ found.overlap_values**2, found.overlap_squared, rtol=1e-9)
    assert (found.networks, found.units) == (3, 24)
    alone = tempered.average(runs[:1])
    np.testing.assert_allclose(alone.energy_error, runs[0].result.error["energy"] / 24, rtol=1e-12)
    with pytest.raises(ValueError, match="runs must be at least one"):
        tempered.average([])
    with pytest.raises(ValueError, match="one ladder"):
        tempered.average([runs[0], *temper(networks[:1], [[1.0, 9.0]], sweeps=2000)])


def test_average_of_one_copy_has_no_overlaps():
    network = hb.spin_glass.sherrington_kirkpatrick(16, rng=0)
    found = tempered.average(temper([network], [[0.8, 2.0]], sweeps=3000, copies=1))
    assert np.isnan(found.overlap_squared).all() and np.isnan(found.overlaps).all()
