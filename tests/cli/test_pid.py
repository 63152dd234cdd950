"""`hebbfast pid`: its tables, its picture, what it refuses."""

import pytest

from hebbfast import cli


def test_command(tmp_path, capsys):
    picture = tmp_path / "pid.png"
    arguments = ["pid", "--units", "20", "--loads", "0.5,1", "--networks", "2", "--epochs", "5", "--plot", str(picture)]
    assert cli.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "Hebb, sign of the field" in printed and "redundancy, 60 bins of the field" in printed
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--bins", "1"], 2),
        (["--loads", "x"], 2),
        (["--plot", "a.txt"], 2),
        (["--rule", "x"], 2),
        (["--loads", "2,1"], 1),
    ],
)
def test_command_refuses(arguments, code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["pid", "--units", "10", "--plot", "b.png", *arguments]) == code
    assert "Traceback" not in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
