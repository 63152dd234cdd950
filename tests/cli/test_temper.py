"""`hebbfast temper`: its table against the library, its store, its picture, what it refuses."""

import os

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
        (["missing.npy"], 2, "no such file or folder: missing.npy"),
        (["folder.npy"], 1, "MODEL: folder.npy: not a regular file"),
        (["junk.npy"], 1, "MODEL: junk.npy: damaged header"),
        (["archive.npy"], 1, "MODEL: archive.npy: damaged header"),
        (["J.npy", "--plot", "J.png"], 2, "--plot must not name a file that is read, got 'J.png': it is 'J.npy'"),
        (["sk:9", "--temperatures", "2,1"], 1, "--temperatures must rise"),
        (["sk:9", "--samples", "0"], 2, "samples"),
        (["sk:9", "--plot", "a.doc"], 2, "must end in"),
    ],
)
def test_refusals(arguments, code, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("J.npy", np.zeros((2, 2)))
    np.savez("archive.npz", J=np.zeros((2, 2)))
    (tmp_path / "archive.npz").rename("archive.npy")
    (tmp_path / "junk.npy").write_text("junk")
    (tmp_path / "folder.npy").mkdir()
    (tmp_path / "J.png").symlink_to("J.npy")
    assert cli.main(["temper", *arguments]) == code
    assert words in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path, started):
    os.mkfifo(tmp_path / "J.npy")
    assert "MODEL: J.npy: not a regular file" in started("temper", "J.npy", code=1).stderr


def test_workers_are_as_quiet_as_one(started):
    """A run too short for its errors says so in the table alone."""
    assert started("temper", "sk:16", *QUICK[:2], "--sweeps", 100, "--samples", 2, "--workers", 2).stderr == ""
