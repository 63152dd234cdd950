"""`hebbfast recall` on people's own data: its file, its words, what it refuses and what it leaves as it was."""

import os
import sys

import numpy as np
import pytest
from PIL import Image

import hebbfast as hb
from hebbfast import cli
from hebbfast.cli import recall as cli_recall


@pytest.fixture
def pictures(data, patterns, cues):
    """Folders of pictures: stored, damaged."""
    for folder, rows in (("stored", patterns), ("damaged", cues)):
        (data / folder).mkdir()
        for j, row in enumerate(rows):
            grey = np.where(row > 0, 255, 0).astype(np.uint8).reshape(12, 12)
            Image.fromarray(grey).save(data / folder / f"{j}.png")
    return data


@pytest.mark.parametrize("interaction", ["polynomial:3", "rectified:4", "exponential:0.1"])
def test_arrays(data, started, patterns, interaction):
    text = started("recall", "patterns.npy", "cues.npz", "--out", "r.npz", "--interaction", interaction).stdout
    with np.load(data / "r.npz") as result:
        assert sorted(result) == ["best", "converged", "energy", "overlap", "states", "sweeps"]
        np.testing.assert_array_equal(result["states"], patterns)
        np.testing.assert_array_equal(result["best"], np.arange(8))
        np.testing.assert_array_equal(result["overlap"], np.full(8, 144))
        assert result["converged"].all()
        assert result["sweeps"].shape == result["energy"].shape == (8,)
    assert "8 of 8 ended in a stored pattern, 8 converged; 8 patterns of 144 units" in text
    assert text.endswith("result: r.npz\n")
    assert "\x1b" not in text  # no colours, no progress in a pipe


def test_pictures(pictures, started):
    line = ["recall", "stored", "damaged", "--interaction", "polynomial:4", "--threshold", 128]
    started(*line, "--out", "r.npz")
    with np.load(pictures / "r.npz") as result:
        assert (result["overlap"] == 144).all()
    Image.new("L", (9, 12)).save(pictures / "stored" / "other.png")
    assert "--size" in started("recall", "stored", "damaged", "--out", "s.npz", code=1).stderr
    started(*line, "--out", "s.npz", "--size", "12x12")
    (pictures / "stored" / "broken.png").write_bytes((pictures / "stored" / "0.png").read_bytes()[:60])
    errors = started("recall", "stored", "damaged", "--out", "t.npz", "--size", 12, code=1).stderr
    assert "PATTERNS" in errors and "broken.png" in errors
    assert not (pictures / "t.npz").exists()


def test_names_are_printed_as_they_are(pictures, started):
    names = ["photo [final].png", "b [red].png", "img[sep].png", ":smile: [b].png", "a" * 200 + ".png"]
    for name, old in zip(names, sorted((pictures / "stored").iterdir()), strict=False):
        old.rename(pictures / "stored" / name)
    lines = started("recall", "stored", "stored", "--out", "r [x].npz").stdout.splitlines()
    for name in names:
        (line,) = (line for line in lines if line.startswith(name))
        assert [part.strip() for part in line.split(name)[:-1]] == ["", ""]  # cue and best pattern
        assert line.split(name)[-1].split()[:2] == ["1.0000", "yes"]
    assert lines[-1] == "result: r [x].npz"


def test_bad_usage(data, started, patterns):
    def refused(*args, code=1):
        return started("recall", *args, "--out", "r.npz", code=code).stderr

    assert "CUES" in refused("patterns.npy", "none.npy", code=2)
    assert "PATTERNS: no such file or folder: none.npy" in refused("none.npy", "cues.npz", code=2)
    assert "polynomial:N" in refused("patterns.npy", "cues.npz", "--interaction", "cubic", code=2)
    assert "'plus', 'keep', 'minus'" in refused("patterns.npy", "cues.npz", "--tie", "up", code=2)
    assert "--threads" in refused("patterns.npy", "cues.npz", "--threads", 0, code=2)
    assert "max_sweeps" in refused("patterns.npy", "cues.npz", "--max-sweeps", 10**30)
    assert "temperature" in refused("patterns.npy", "cues.npz", "--temperature", "nan")
    np.save(data / "zeros.npy", np.zeros((2, 144)))
    assert "+1 and -1" in refused("patterns.npy", "zeros.npy")
    np.save(data / "narrow.npy", patterns[:, :100])
    assert "D = 100 units, but PATTERNS patterns.npy has 144" in refused("patterns.npy", "narrow.npy")
    (data / "short.npy").write_bytes((data / "patterns.npy").read_bytes()[:200])
    assert "CUES: short.npy" in refused("patterns.npy", "short.npy")
    assert not (data / "r.npz").exists()


def test_where_a_result_cannot_be_written_nothing_is_read(data, started):
    for out in ("no/r.npz", ".", "/dev/null" if os.path.exists("/dev/null") else "."):
        errors = started("recall", "none.npy", "none.npy", "--out", out, code=2).stderr
        assert "--out" in errors and "none.npy" not in errors


def test_inputs_are_no_results(data, started):
    """By whatever name: the file itself, another way to it, links of both kinds, a picture in a folder."""
    (data / "pictures").mkdir()
    Image.new("L", (12, 12)).save(data / "pictures" / "a.png")
    (data / "soft.npz").symlink_to("cues.npz")
    os.link(data / "cues.npz", data / "hard.npz")
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    for out in ("patterns.npy", "cues.npz", "./pictures/../cues.npz", data / "cues.npz", "soft.npz", "hard.npz"):
        assert "--out" in started("recall", "patterns.npy", "cues.npz", "--out", out, code=2).stderr
        assert "--out" in started("recall", "patterns.npy", "cues.npz:cues", "--out", out, code=2).stderr
    assert "--out" in started("recall", "pictures", "pictures", "--out", "pictures/a.png", code=2).stderr
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


def test_pieces_threads_and_kinds_of_file_do_not_change_a_result(data, patterns, monkeypatch):
    monkeypatch.chdir(data)
    hb.PackedPatterns(patterns).save("packed")
    options = ["--temperature", "3000", "--max-sweeps", "3", "--seed", "7"]
    assert cli.main(["recall", "patterns.npy", "cues.npz", "--out", "a.npz", *options]) == 0
    monkeypatch.setattr(cli_recall, "PIECE_BYTES", 400)
    assert cli.main(["recall", "packed", "cues.npz", "--out", "b.npz", "--threads", "3", *options]) == 0
    with np.load("a.npz") as one, np.load("b.npz") as many:
        for name in one:
            np.testing.assert_array_equal(one[name], many[name])
        np.testing.assert_array_equal(one["overlap"], (one["states"].astype(int) @ patterns.T).max(axis=1))
        assert not one["converged"].any()


def test_a_failure_leaves_the_old_result(data, started):
    (data / "r.npz").write_text("old")
    errors = started(
        "recall", "patterns.npy", "cues.npz", "--out", "r.npz", "--interaction", "exponential:99", code=1
    ).stderr
    assert "beta" in errors
    assert (data / "r.npz").read_text() == "old"
    assert sorted(path.name for path in data.iterdir()) == ["cues.npz", "patterns.npy", "r.npz"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_two_results_are_two_files(data, started):
    line = ("recall", "patterns.npy", "cues.npz", "--size", "12", "--out", "same.png", "--plot", "./same.png")
    assert "--plot must not be the file of --out, got 'same.png'" in started(*line, code=2).stderr
    assert not (data / "same.png").exists()


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.png", "a", "folder/a.png"])
def test_a_pipe_with_a_name_is_not_waited_for(data, started, name):
    (data / "folder").mkdir()
    os.mkfifo(data / name)
    given = name.partition("/")[0]
    for arguments, blamed in ((("patterns.npy", given), "CUES"), ((given, "cues.npz"), "PATTERNS")):
        assert blamed in started("recall", *arguments, "--out", "r.npz", code=1).stderr
    assert not (data / "r.npz").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_full_disk_is_one_line(data, started):
    """Here a limit on the size of files stands for the disk."""
    import resource
    import signal

    def little():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    np.save(data / "wide.npy", hb.random_patterns(20, 1000, rng=0))
    before = sorted(path.name for path in data.iterdir())
    for line in (["recall", "wide.npy", "wide.npy"], ["learn", "wide.npy", "--rule", "projection"]):
        errors = started(*line, "--out", "r.npz", code=1, preexec_fn=little).stderr
        assert len(errors.splitlines()) == 1 and "'r.npz': File too large" in errors
    assert sorted(path.name for path in data.iterdir()) == before


def test_lines_of_numbers(data, patterns, cues, monkeypatch, capsys):
    """Patterns of a .csv with names, cues of a .txt: the same result as of arrays."""
    monkeypatch.chdir(data)
    names = ",".join(f"unit {j}" for j in range(144))
    np.savetxt("patterns.csv", patterns, "%d", ",", header=names, comments="")
    np.savetxt("cues.txt", cues)
    for number, given in enumerate((["patterns.npy", "cues.npz"], ["patterns.csv", "cues.txt"])):
        assert cli.main(["recall", *given, "--out", f"{number}.npz", "--seed", "3"]) == 0
    with np.load("0.npz") as arrays, np.load("1.npz") as text:
        for name in arrays:
            np.testing.assert_array_equal(arrays[name], text[name])
    with open("cues.txt", "a") as file:
        file.write("1 -1 1\n")
    assert cli.main(["recall", "patterns.csv", "cues.txt", "--out", "2.npz"]) == 1
    assert "CUES: cues.txt: line 9 has 3 values, but line 1 has 144" in capsys.readouterr().err
    assert not os.path.exists("2.npz")


@pytest.fixture
def drawn(monkeypatch):
    """What `plots.states` is asked to draw."""
    from hebbfast import plots

    calls, draw = [], plots.states
    monkeypatch.setattr(plots, "states", lambda file, *a, **b: (calls.append((*a, b)), draw(file, *a, **b)))
    return calls


def test_pictures_are_drawn(pictures, patterns, cues, drawn, monkeypatch, capsys):
    monkeypatch.chdir(pictures)
    line = ["recall", "stored", "damaged", "--threshold", "128", "--out", "r.npz", "--plot", "r.png"]
    assert cli.main(line) == 0
    ((columns, shape, options),) = drawn
    assert shape == (12, 12) and options["names"] == [f"{j}.png" for j in range(8)]
    np.testing.assert_array_equal(columns["cue"], cues)
    with np.load("r.npz") as result:
        np.testing.assert_array_equal(columns["recalled"], result["states"])
        np.testing.assert_array_equal(columns["nearest stored"], patterns[result["best"]])
    assert capsys.readouterr().out.count("picture: r.png") == 1
    with Image.open("r.png") as picture:
        assert picture.size[1] > picture.size[0] > 300


def test_rows_are_drawn_in_a_shape(data, drawn, monkeypatch, capsys):
    monkeypatch.chdir(data)
    line = ["recall", "patterns.npy", "cues.npz", "--out", "r.npz", "--plot", "r.png"]
    for size in ([], ["--size", "10x10"]):
        assert cli.main([*line, *size]) == 2
        assert "rows of 144 units are" in capsys.readouterr().err
    assert not os.path.exists("r.npz") and not os.path.exists("r.png")
    assert cli.main([*line, "--size", "16x9"]) == 0
    assert drawn[0][1] == (9, 16)
    for wrong, code in (("r.doc", 2), ("patterns.npy", 2), ("no/r.png", 2)):
        assert cli.main([*line[:-1], wrong, "--size", "12"]) == code
    assert "--plot" in capsys.readouterr().err
