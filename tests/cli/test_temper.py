"""`hebbfast temper`: its table against the library, its store, its picture, what it refuses."""

import numpy as np
import pytest
from matplotlib import image

import hebbfast as hb
from hebbfast import cli

QUICK = ["--temperatures", "0.7,1.2,2", "--sweeps", "400", "--burn-in", "50", "--workers", "1"]


def test_a_spin_glass_beside_theory(tmp_path, capsys):
    picture, store = tmp_path / "glass.png", tmp_path / "runs"
    command = ["temper", "sk:32", *QUICK, "--samples", "3", "--store", str(store)]
    assert cli.main([*command, "--plot", str(picture)]) == 0
    text = capsys.readouterr().out
    assert "-0.41667" in text  # -1 / (2 T) at T = 1.2
    assert "3 networks" in text and len(list(store.iterdir())) == 3
    assert image.imread(picture).shape[2] == 4
    assert cli.main(command) == 0
    assert capsys.readouterr().out.splitlines()[:4] == text.splitlines()[:4]


@pytest.mark.parametrize("model", ["sk-signs:24", "ea:4x4", "ea-gaussian:3x3x3"])
def test_models(model, capsys):
    assert cli.main(["temper", model, *QUICK, "--samples", "1"]) == 0
    assert "1 network;" in capsys.readouterr().out


def test_couplings_of_a_file(tmp_path, capsys):
    """The best energy is that of enumeration."""
    network = hb.HopfieldNetwork.train(hb.random_patterns(3, 10, rng=0))
    np.save(tmp_path / "J.npy", network.couplings)
    assert cli.main(["temper", str(tmp_path / "J.npy"), "--sweeps", "300", "--workers", "1"]) == 0
    states = (np.arange(1024)[:, None] >> np.arange(10) & 1) * 2 - 1
    assert f"best energy {network.energy(states).min() / 10:g} a unit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["sk"], 2, "say sk:D"),
        (["sk:x"], 2, "say sk:D"),
        (["sk:9x9"], 2, "say sk:D"),
        (["ising:9"], 2, "say sk:D"),
        (["nothing.npy"], 1, "MODEL"),
        (["sk:9", "--temperatures", "2,1"], 1, "must rise"),
        (["sk:9", "--samples", "0"], 2, "samples"),
        (["sk:9", "--plot", "a.doc"], 2, "must end in"),
    ],
)
def test_refusals(arguments, code, words, capsys):
    assert cli.main(["temper", *arguments]) == code
    assert words in capsys.readouterr().err
