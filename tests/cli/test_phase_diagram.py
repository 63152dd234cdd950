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


def test_other_interactions_and_a_store(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("hebbfast.cli.phase_diagram.QUICK", {"networks": 4, "sweeps": 2})
    command = ["phase-diagram", "--quick", "--interaction", "polynomial:3", "--units", "40", "--store"]
    tables = []
    for _ in range(2):
        assert cli.main([*command, str(tmp_path / "points")]) == 0
        tables.append(capsys.readouterr().out.rpartition("\n")[0].splitlines()[:-1])
    assert tables[0][:6] == tables[1][:6]
    assert "0.5318" in tables[0][2]  # T_M at a quarter of the critical load
    assert cli.main(["phase-diagram", "--interaction", "exponential:0.1"]) == 1
    assert "interaction must be a Polynomial" in capsys.readouterr().err
