"""`hebbfast demo`, small and whole: what it prints and the picture."""

import io
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from hebbfast import plots
from hebbfast.cli import demo


def run(threads, seed=0):
    text, file = io.StringIO(), io.BytesIO()
    demo.run(Console(file=text, width=100), file, seed=seed, threads=threads)
    without_times = re.sub(r"\d+(\.\d+)? s |\d+\.\d\d(?=\n| +(exact|\d))|peak.*", "", text.getvalue())
    return without_times, file


def test_small_demo(monkeypatch):
    monkeypatch.setattr(demo, "SIDE", 64)
    monkeypatch.setattr(demo, "DISTRACTORS", 50)
    text, file = run(threads=1)
    again, _ = run(threads=2)
    assert again == text
    assert "\x1b" not in text
    names = re.findall(r"^(\w+) +flipped ", text, re.MULTILINE)
    assert len(names) == int(re.match(r"\d+", text)[0])
    assert "camera" in names
    assert re.search(r"n = 3: \d+ of \d+ recalls exact", text)
    assert "n = 20" in text
    with Image.open(file) as picture:
        assert picture.width > picture.height > 1000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(2**24)}
    assert {plots.RIGHT, plots.WRONG} <= colours


def test_pictures_are_balanced_and_distinct():
    pictures, names, note = demo.shipped_pictures()
    assert pictures.shape == (len(names), 512 * 512)
    assert len(set(names)) == len(names) >= 20
    assert note.startswith(f"{len(names)} pictures")
    assert not pictures.sum(axis=1, dtype=int).any()
    assert len(np.unique(pictures, axis=0)) == len(names)


def test_overlap_below_one_never_looks_like_one():
    assert [plots.overlap_text(x) for x in (1.0, 0.99999, 0.9985, -0.0001, -0.5)] == [
        "exact",
        "0.9999",
        "0.999",
        "0.000",
        "-0.500",
    ]


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
