"""`hebbfast learned-capacity`: its tables and picture; a picture that cannot be is refused before the work."""

import pytest

from hebbfast import cli, experiments
from hebbfast.cli.learned_capacity import shown_capacity

SMALL = ["learned-capacity", "--units", "30", "--networks", "2", "--epochs", "50"]


def test_it_prints_and_draws(capsys, tmp_path):
    rules = ["--rule", "Hebb", "--rule", "logistic"]
    assert cli.main([*SMALL, "--loads", "0.1,0.5,1.3", *rules, "--plot", str(tmp_path / "c.png")]) == 0
    text = capsys.readouterr().out
    assert "fixed points" in text and "basin" in text
    found = experiments.learned_capacity(
        30, [0.1, 0.5, 1.3], rules=("Hebb", "logistic"), networks=2, epochs=50, flips=[0.05, 0.1], rng=0
    )
    for name in ("Hebb", "logistic"):
        (line,) = (line for line in text.splitlines() if line.startswith(name))
        for flip in found.flips:
            assert shown_capacity(found.capacity(name, flip), found.capacity_error(name, flip), found.loads) in line
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--plot", "x.doc"], 2, "--plot: 'x.doc': the name must end in"),
        (["--plot", "no/x.png"], 2, "--plot must name a file that can be written, got 'no/x.png': there is no such"),
        (["--flips", "0:1:1e-12"], 2, "'--flips': '0:1:1e-12': at most 1,000,000 numbers"),
        (["--rule", "none"], 1, "rules must be some of"),
    ],
)
def test_bad_usage_ends_before_the_work(capsys, monkeypatch, tmp_path, args, code, words):
    monkeypatch.chdir(tmp_path)
    if code == 2:
        monkeypatch.setattr(experiments, "learned_capacity", None)
    assert cli.main([*SMALL, *args]) == code
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_capacities_beyond_the_loads():
    assert shown_capacity(float("nan"), float("nan"), [0.1, 0.5]) == "< 0.1"
    assert shown_capacity(float("inf"), float("nan"), [0.1, 0.5]) == "> 0.5"
    assert shown_capacity(0.25, 0.01, [0.1, 0.5]) == "0.250 ± 0.010"
