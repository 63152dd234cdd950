"""`hebbfast anneal`: what it prints, writes and draws, and what it refuses."""

import json
import math

import numpy as np
import pytest
from matplotlib import image

import hebbfast as hb
from hebbfast import cli
from hebbfast.cli.anneal import time_to_solution
from hebbfast.optimize import OptimizeResult

RING = "5 5\n1 2\n2 3\n3 4\n4 5\n1 5\n"


@pytest.fixture
def ring(tmp_path):
    path = tmp_path / "ring.txt"
    path.write_text(RING)
    return str(path)


def test_it_prints_writes_and_draws(ring, tmp_path, capsys):
    picture, out = tmp_path / "a.png", tmp_path / "a.npz"
    assert cli.main(["anneal", ring, "--sweeps", "20", "--plot", str(picture), "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert "ring.txt: maxcut, 5 variables, 5 terms" in text and "cut: 4; all sweeps are done" in text
    assert "20 sweeps of each read" in text and "of 64 reads reach it, their mean is " in text
    assert "TTS99" in text and "a.npz" in text
    assert image.imread(picture).shape == (400, 1000, 4)
    with np.load(out) as found:
        assert found["value"] == 4 == hb.optimize.read(ring).value(found["x"])
        assert found["history"][-1, 1] == 4 and found["values"].shape == (64,)


def test_json_has_all_of_it(ring, tmp_path, capsys):
    out = tmp_path / "a.json"
    assert cli.main(["anneal", ring, "--kind", "ising", "--json", "--reads", "8", "--out", str(out)]) == 0
    printed, written = json.loads(capsys.readouterr().out), json.loads(out.read_text())
    assert printed["value"] == -5 and printed["kind"] == "ising" and printed["reads"] == 8
    assert written.pop("x") in ([1] * 5, [-1] * 5) and written == printed


def test_the_g_set_by_name(capsys):
    arguments = ["anneal", "gset:G11", "--target", "480", "--seconds", "60", "--reads", "4", "--threads", "1"]
    assert cli.main(arguments) == 0
    text = capsys.readouterr().out
    assert "(best known: 564); the target is reached" in text


def test_nothing_to_do(tmp_path, capsys):
    path, picture = tmp_path / "a", tmp_path / "a.png"
    path.write_text("3 0\n")
    assert cli.main(["anneal", str(path), "--plot", str(picture)]) == 0
    assert "cut: 0; every answer is worth the same" in capsys.readouterr().out
    assert cli.main(["anneal", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sweeps"] == 0


def test_a_value_beyond_64_bits_is_written_as_json(tmp_path, capsys):
    path = tmp_path / "a"
    path.write_text("6 5\n" + "".join(f"{k} {k + 1} {2**62}\n" for k in range(1, 6)))
    assert cli.main(["anneal", str(path), "--sweeps", "9", "--out", str(tmp_path / "a.npz")]) == 1
    assert not (tmp_path / "a.npz").exists()
    assert cli.main(["anneal", str(path), "--sweeps", "9", "--out", str(tmp_path / "a.json")]) == 0
    assert json.loads((tmp_path / "a.json").read_text())["value"] == 5 * 2**62


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing"], 2, "no such file: missing"),
        (["gset:G62"], 1, "not known for certain"),
        (["gset:G1", "--kind", "qubo"], 1, "cuts alone"),
        (["bad"], 1, "bad, line 2: an index must be"),
        (["ring.txt", "--number", "2"], 1, "number must be at most 1"),
        (["ring.txt", "--kind", "x"], 2, "--kind"),
        (["ring.txt", "--seconds", "0"], 2, "--seconds"),
        (["ring.txt", "--reads", "0"], 2, "--reads"),
        (["ring.txt", "--target", "four"], 2, "'four': say a number"),
        (
            ["ring.txt", "--out", "a.json", "--plot", "same.png"],
            2,
            "--plot must not be the file of --out, got 'same.png'",
        ),
        (["ring.txt", "--target", "nan"], 1, "target must be a finite number"),
        (["ring.txt", "--out", "a.txt"], 2, ".npz or .json"),
        (["ring.npz", "--out", "ring.npz"], 2, "must not name a file that is read"),
        ([], 2, "FILE"),
    ],
)
def test_refusals(arguments, code, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, text in (("ring.txt", RING), ("ring.npz", RING), ("bad", "2 1\n1 3\n")):
        (tmp_path / name).write_text(text)
    (tmp_path / "a.json").symlink_to("same.png")
    assert cli.main(["anneal", *arguments]) == code
    assert message in " ".join(capsys.readouterr().err.split())
    assert {path.name for path in tmp_path.iterdir()} == {"ring.txt", "ring.npz", "bad", "a.json"}


@pytest.mark.parametrize("weight", [2**62, 1e290])
def test_huge_values_that_are_all_the_same_are_drawn(tmp_path, weight):
    path, picture = tmp_path / "a", tmp_path / "a.png"
    path.write_text(f"2 1\n1 2 {weight}\n")
    assert cli.main(["anneal", str(path), "--plot", str(picture)]) == 0  # a warning is an error here
    assert image.imread(picture).shape == (400, 1000, 4)


@pytest.mark.parametrize("weight", ["0.1", str(2**58 + 1)])
def test_reads_that_reach_it_are_counted_whatever_the_weights(tmp_path, capsys, weight):
    """Of a ring of five they are those of weights 1; a target of four edges ends the search in the first anneal."""
    reached = []
    for each in ("1", weight):
        path = tmp_path / f"ring{each}.txt"
        path.write_text("\n".join(f"{line} {each}" if k else line for k, line in enumerate(RING.splitlines())))
        best = hb.optimize.read(path).value([0, 1, 0, 1, 0])
        assert cli.main(["anneal", str(path), "--sweeps", "64", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["value"] == best and found["history"][-1][1] == float(best)
        reached.append(found["reads_that_reach_it"])
    assert reached[0] == reached[1] > 0
    assert cli.main(["anneal", str(path), "--target", str(best), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["success"] and found["sweeps"] <= 64
    if weight == str(2**58 + 1):
        assert cli.main(["anneal", str(path), "--target", str(best + 1), "--sweeps", "9", "--json"]) == 0
        assert not json.loads(capsys.readouterr().out)["success"]


@pytest.mark.parametrize(("reached", "value"), [(5, 0.1 * math.log(0.01) / math.log(0.95)), (100, 0.1), (0, math.inf)])
def test_time_to_solution(reached, value):
    """t ln 0.01 / ln (1 - p) with t = 0.1 s; never less than one read; the bounds are those of Wilson's share."""
    found = OptimizeResult(
        np.ones(1), 1, True, "", 1, 1, 10.0, np.zeros((1, 2)), np.zeros(100), anneal_sweeps=1, anneal_seconds=10.0
    )
    middle, low, high = time_to_solution(found, reached)
    assert middle == pytest.approx(value) and low <= middle <= high
    if reached == 5:  # Wilson 1927: 0.0215 to 0.1118
        assert (low, high) == pytest.approx((0.1 * 4.60517 / 0.11852, 0.1 * 4.60517 / 0.021775), rel=2e-3)
