"""`hebbfast demo`, small and whole: what it prints and the picture."""

import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from hebbfast import cli, plots
from hebbfast.cli import demo
from hebbfast.experiments import shipped


def run(capsys, path, threads, seed=0):
    assert cli.main(["demo", "--out", str(path), "--threads", str(threads), "--seed", str(seed)]) == 0
    text = capsys.readouterr().out
    return re.sub(r"\d+(\.\d+)? s |\d+\.\d\d(?=\n| +(exact|\d))|peak.*|picture: .*", "", text)


def test_small_demo(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "SIDE", 64)
    monkeypatch.setattr(demo, "DISTRACTORS", 50)
    text = run(capsys, tmp_path / "a.png", threads=1)
    assert run(capsys, tmp_path / "b.png", threads=2) == text
    assert "\x1b" not in text
    names = re.findall(r"^(\w+) +flipped ", text, re.MULTILINE)
    assert len(names) == int(re.match(r"\d+", text)[0])
    assert "camera" in names
    assert re.search(r"n = 3: \d+ of \d+ recalls exact", text)
    assert "n = 20" in text
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > picture.height > 1000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24)}
    assert {plots.RIGHT, plots.WRONG} <= colours


def test_pictures_are_balanced_and_distinct():
    pictures, names, note = shipped.shipped_pictures()
    assert pictures.shape == (len(names), 512 * 512)
    assert len(set(names)) == len(names) >= 20
    assert note.startswith(f"{len(names)} pictures")
    assert not pictures.sum(axis=1, dtype=int).any()
    assert len(np.unique(pictures, axis=0)) == len(names)


def test_it_says_what_is_missing(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    assert cli.main(["demo", "--out", str(tmp_path / "a.png")]) == 1
    assert 'pip install "hebbfast[demo]"' in capsys.readouterr().err
    monkeypatch.undo()
    assert cli.main(["demo", "--out", str(tmp_path / "a.doc")]) == 2
    assert "png" in capsys.readouterr().err
    assert cli.main(["demo", "--out", str(tmp_path / "none" / "a.png")]) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_demo(tmp_path):
    command = [sys.executable, "-P", "-m", "hebbfast", "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    recalled = {
        int(n): (int(exact), int(all_))
        for n, exact, all_ in re.findall(r"n = (\d): (\d+) of (\d+) recalls exact", done.stdout)
    }
    assert recalled[3][0] >= 40
    assert recalled[3][0] > recalled[2][0]
    assert recalled[2][1] == recalled[3][1] == 50  # 25 pictures, two cues each
    assert "n = 20" in done.stdout
    with Image.open(tmp_path / "hebbfast-demo.png") as picture:
        assert picture.width > 1000
