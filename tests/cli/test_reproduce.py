"""`hebbfast reproduce`: what is printed of a row, decided or not."""

import math

from hebbfast import cli
from hebbfast.experiments import reproduce as experiment
from hebbfast.experiments.reproduce import Row
from hebbfast.experiments.statistics import Interval


def test_the_command_prints_a_table(monkeypatch, capsys):
    claims = (experiment.load_at_05_percent, experiment.rectified_noise)
    monkeypatch.setattr(experiment, "CLAIMS", claims)
    assert cli.main(["reproduce", "--quick", "--seed", "7"]) == 0
    text = capsys.readouterr().out
    for expected in (
        "published",
        "0.14  0.15072       0.15157",
        "the claim is off",
        "not a one-step error",
        "D = 1000, 100 networks",
        "1 of 2 agree",
    ):
        assert expected in text
    assert "\x1b" not in text
    assert cli.main(["reproduce", "--seed", "-1"]) == 2
    assert "--seed" in capsys.readouterr().err


def test_what_is_not_decided_says_so(monkeypatch, capsys):
    """A crossing that was not found: no interval, no verdict on theory, and the reason."""
    nothing = Interval(math.nan, math.nan, math.nan)
    row = Row("a [claim]", "a source", 0.138, 5e-4, 0.1379, 0.14, nothing, "D = 100", undecided="no crossing found")
    monkeypatch.setattr(experiment, "CLAIMS", (lambda *_: row,))
    assert cli.main(["reproduce", "--quick", "--threads", "1"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[1].split() == ["a", "[claim]", "0.138", "0.1379", "0.14", "not", "decided"]
    assert lines[2:5] == ["  a source", "  D = 100", "  no crossing found"]
    assert lines[5].startswith("0 of 1 agree")
