"""`--json`: one object alone on standard output, with what is printed otherwise, whatever the command."""

import json
import math
import types

import numpy as np
import pytest
from matplotlib import image

import hebbfast as hb
from hebbfast import cli
from hebbfast.cli import bench, commands
from hebbfast.cli._shared import plain
from hebbfast.experiments import reproduce as experiment
from hebbfast.experiments.reproduce import Row
from hebbfast.experiments.speed import Measurement, Peaks
from hebbfast.experiments.statistics import Interval

QUICK = {
    "anneal": "ring.txt --sweeps 9 --reads 4",
    "bench": "",
    "boltzmann": "patterns.npy --hidden 3 --epochs 4 --out b.safetensors",
    "capacity": "--units 16 --loads 0.01,0.1 --trials 3 --workers 1",
    "info": "",
    "learn": "patterns.npy --rule projection --out l.npz",
    "learned-capacity": "--units 20 --loads 0.1 --rule Hebb --networks 1 --epochs 5 --no-basins",
    "nearest": "patterns.npy cues.npz --count 2 --out n.npz",
    "phase-diagram": "--quick --units 200,300",
    "pid": "--units 10 --loads 0.5 --rule Hebb --networks 2",
    "recall": "patterns.npy cues.npz --posterior 0.1 --out r.npz",
    "reproduce": "--quick",
    "temper": "sk:8 --temperatures 1,2 --sweeps 30 --burn-in 5 --samples 1 --workers 1",
    "theory": "--units 100 --patterns 9",
}
WITHOUT = {"completion", "demo"}  # a script, a story with a picture


@pytest.fixture
def asked(data, monkeypatch, capsys):
    """Run a command with --json: its object."""
    monkeypatch.chdir(data)
    (data / "ring.txt").write_text("5 5\n1 2\n2 3\n3 4\n4 5\n1 5\n")
    monkeypatch.setattr("hebbfast.cli.phase_diagram.QUICK", {"networks": 4, "sweeps": 2})
    interval = Interval(math.nan, 0.1, math.inf)
    monkeypatch.setattr(experiment, "CLAIMS", (lambda *_: Row("a", "b", 1.0, 0.1, 1.0, 1.0, interval, "c"),))
    measured = {"scalar": Peaks(1.0, 2.0, 3.0)}, [Measurement("recall", "scalar", 9, 8, 0.5, 144.0, 0.1, 0.2)]
    monkeypatch.setattr(bench, "print_report", lambda levels: measured)

    def run(command, *more):
        assert cli.main([command, *QUICK[command].split(), "--json", *more]) == 0
        text = capsys.readouterr().out
        assert text.count("\n") == 1 and text.endswith("}\n")

        def refuse(word):
            raise AssertionError(f"{word} is no JSON")

        return json.loads(text, parse_constant=refuse)

    return run


def test_every_command_that_finds_something_has_it():
    assert set(QUICK) == set(commands.COMMANDS) - WITHOUT


@pytest.mark.parametrize("command", QUICK)
def test_one_object_alone(asked, command):
    assert asked(command)


def test_recall(asked, data, patterns, cues):
    found = asked("recall")
    assert found["nearest"] == found["cues"] == [str(j) for j in range(8)]
    assert (found["patterns"], found["units"], found["result"]) == (8, 144, "r.npz")
    with np.load(data / "r.npz") as result:
        for name in ("best", "overlap", "converged", "sweeps", "energy", "index", "probability"):
            assert found[name] == result[name].tolist()
    assert found["overlap"] == [144] * 8 and "states" not in found


def test_nearest(asked, patterns, cues):
    found = asked("nearest")
    overlaps = cues.astype(int) @ patterns.T.astype(int)
    assert found["index"] == np.argsort(-overlaps, axis=1, kind="stable")[:, :2].tolist()
    assert found["overlap"] == (-np.sort(-overlaps, axis=1))[:, :2].tolist()
    assert found["nearest"] == [[str(j) for j in row] for row in found["index"]]


def test_others_have_their_numbers(asked):
    assert asked("info")["level active"] == hb.simd_level()
    theory = asked("theory")
    expected = {"quantity": "signal / noise of one update", "exact": hb.theory.snr(100, 9, hb.Polynomial(2))}
    assert theory["rows"][0] == {**expected, "gaussian": None, "large D": None}
    temper = asked("temper")
    assert temper["temperatures"] == [1, 2] and temper["theory"][0]["energy"] == hb.theory.parisi(1.0).energy
    assert asked("anneal")["value"] == 4
    assert asked("boltzmann")["history"]["epochs"][-1] == 4
    learned = asked("learn")
    assert learned["failed"] == [] and len(learned["margins"]) == 144
    assert asked("reproduce")["rows"][0]["measured"] == {"value": None, "low": 0.1, "high": None}
    assert asked("bench")["measurements"][0]["visits"] == 144
    assert asked("capacity")["protocol"]["interaction"] == str(hb.Polynomial(3))


def test_pictures_and_errors_stay_off_it(asked, data, capsys):
    assert asked("recall", "--plot", "r.png", "--size", "16x9")["picture"] == "r.png"
    assert image.imread(data / "r.png").shape[0] > 100
    assert cli.main(["recall", "patterns.npy", "none.npy", "--out", "r.npz", "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "none.npy" in err


def test_after_json_words_come_again(asked, capsys):
    asked("info")
    assert cli.main(["info"]) == 0
    assert "level active" in capsys.readouterr().out


def test_values_as_json_has_them():
    values = {1: np.array([1.5, math.nan, -math.inf]), "b": (np.int8(3), np.bool_(True), None), "c": hb.Polynomial(3)}
    assert plain(values) == {"1": [1.5, None, None], "b": [3, True, None], "c": str(hb.Polynomial(3))}
    assert plain(np.array(["a"])) == ["a"] and plain(types.SimpleNamespace()) == "namespace()"
