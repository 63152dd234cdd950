"""`hebbfast phase-diagram`: its table, its picture, what it refuses."""

from matplotlib import image

from hebbfast import cli


def test_command(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("hebbfast.cli.phase_diagram.QUICK", {"networks": 4, "sweeps": 3})
    picture = tmp_path / "phase.png"
    assert cli.main(["phase-diagram", "--quick", "--units", "200,300", "--plot", str(picture)]) == 0
    text = capsys.readouterr().out
    assert text.count("0.7165") == 2  # T_M(0.02), for both D
    assert "cross at load" in text and "0.1379" in text
    assert image.imread(picture).shape[2] == 4
    for wrong, words in ((["--units", "x"], "whole numbers"), (["--plot", "a.doc"], "must end in")):
        assert cli.main(["phase-diagram", *wrong]) == 2
        assert words in capsys.readouterr().err
    assert cli.main(["phase-diagram", "--units", "5"]) == 1
    assert "units must be" in capsys.readouterr().err
