"""`hebbfast reproduce`: what is printed of a row, decided or not."""

from hebbfast import cli
from hebbfast.experiments import reproduce as experiment


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
