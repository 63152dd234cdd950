"""The command line on people's own data, run as a person would run it."""

import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import hebbfast as hb
from hebbfast import cli

PATTERNS = hb.random_patterns(8, 144, rng=0)
CUES = hb.corrupt(PATTERNS, flips=14, rng=1)


def run(*args, code=0, cwd=None):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "hebbfast", *map(str, args)], capture_output=True, text=True, cwd=cwd, timeout=300
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def data(tmp_path):
    np.save(tmp_path / "patterns.npy", PATTERNS)
    np.savez(tmp_path / "cues.npz", cues=CUES)
    return tmp_path


def test_info_and_version():
    text = run("info")
    for level in hb.available_simd_levels():
        assert level in text
    assert run("--version").startswith("hebbfast ")


@pytest.mark.parametrize("interaction", ["polynomial:3", "rectified:4", "exponential:0.1"])
def test_recall(data, interaction):
    text = run(
        "recall", data / "patterns.npy", data / "cues.npz", "--out", data / "r.npz", "--interaction", interaction
    )
    result = np.load(data / "r.npz")
    np.testing.assert_array_equal(result["states"], PATTERNS)
    np.testing.assert_array_equal(result["best"], np.arange(8))
    np.testing.assert_array_equal(result["overlap"], np.full(8, 144))
    assert result["converged"].all()
    assert result["sweeps"].shape == result["energy"].shape == (8,)
    assert "\x1b" not in text  # no colours, no progress in a pipe


def test_recall_of_pictures(data):
    for folder, rows in (("stored", PATTERNS), ("damaged", CUES)):
        (data / folder).mkdir()
        for j, picture in enumerate(rows):
            Image.fromarray(np.where(picture > 0, 255, 0).astype(np.uint8).reshape(12, 12)).save(
                data / folder / f"{j}.png"
            )
    run(
        "recall",
        data / "stored",
        data / "damaged",
        "--out",
        data / "r.npz",
        "--interaction",
        "polynomial:4",
        "--threshold",
        128,
    )
    assert (np.load(data / "r.npz")["overlap"] == 144).all()
    Image.new("L", (9, 12)).save(data / "stored" / "other.png")
    assert "size" in run("recall", data / "stored", data / "damaged", "--out", data / "s.npz", code=1)
    run("recall", data / "stored", data / "damaged", "--out", data / "s.npz", "--size", "12x12", "--threshold", 128)
    (data / "stored" / "broken.png").write_bytes((data / "stored" / "0.png").read_bytes()[:60])
    assert "broken.png" in run(
        "recall", data / "stored", data / "damaged", "--out", data / "t.npz", "--size", 12, code=1
    )
    assert not (data / "t.npz").exists()


def test_bad_usage(data):
    patterns, cues = data / "patterns.npy", data / "cues.npz"
    assert "none.npy" in run("recall", data / "none.npy", cues, "--out", data / "r.npz", code=2)
    assert "polynomial:N" in run("recall", patterns, cues, "--out", data / "r.npz", "--interaction", "cubic", code=2)
    assert "'plus', 'keep', 'minus'" in run("recall", patterns, cues, "--out", data / "r.npz", "--tie", "up", code=2)
    assert "no-folder" in run("recall", patterns, cues, "--out", data / "no-folder" / "r.npz", code=2)
    np.save(data / "zeros.npy", np.zeros((2, 144)))
    assert "+1 and -1" in run("recall", patterns, data / "zeros.npy", "--out", data / "r.npz", code=1)
    np.save(data / "narrow.npy", PATTERNS[:, :100])
    assert "144" in run("recall", patterns, data / "narrow.npy", "--out", data / "r.npz", code=1)
    (data / "short.npy").write_bytes(patterns.read_bytes()[:200])
    assert "short.npy" in run("recall", patterns, data / "short.npy", "--out", data / "r.npz", code=1)
    assert not (data / "r.npz").exists()


def test_misspelt_words_are_answered_with_the_right_ones():
    assert "recall" in run("recalls", code=2)
    assert "--seed" in run("recall", "--sede", 3, code=2)
    assert "exponential:BETA" in run("recall", "a", "b", "--out", "r", "--interaction", "exponential:-1", code=2)
    assert "WIDTHxHEIGHT" in run("recall", "a", "b", "--out", "r", "--size", "3x4x5", code=2)
    assert "0 to 255" in run("recall", "a", "b", "--out", "r", "--threshold", "half", code=2)


def test_module_and_script_are_one():
    script = shutil.which("hebbfast", path=str(sys.executable).rpartition("/")[0])
    if script is None:
        pytest.skip("the script is not beside this Python")
    assert subprocess.check_output([script, "info"], text=True) == run("info")


def test_pieces_threads_and_kinds_of_file_do_not_change_a_result(data, monkeypatch):
    patterns, cues = data / "patterns.npy", data / "cues.npz"
    hb.PackedPatterns(PATTERNS).save(data / "packed")
    options = ["--temperature", "3000", "--max-sweeps", "3", "--seed", "7"]
    assert cli.main(["recall", str(patterns), str(cues), "--out", str(data / "a.npz"), *options]) == 0
    monkeypatch.setattr(cli, "PIECE_BYTES", 400)
    packed = ["recall", str(data / "packed"), str(cues), "--out", str(data / "b.npz"), "--threads", "3"]
    assert cli.main([*packed, *options]) == 0
    one, many = np.load(data / "a.npz"), np.load(data / "b.npz")
    assert sorted(one) == ["best", "converged", "energy", "overlap", "states", "sweeps"]
    for name in one:
        np.testing.assert_array_equal(one[name], many[name])
    np.testing.assert_array_equal(one["overlap"], (one["states"].astype(int) @ PATTERNS.T).max(axis=1))
    assert not one["converged"].any()


def test_a_failure_leaves_the_old_result(data):
    out = data / "r.npz"
    out.write_text("old")
    assert "beta" in run(
        "recall", data / "patterns.npy", data / "cues.npz", "--out", out, "--interaction", "exponential:99", code=1
    )
    assert out.read_text() == "old"
    assert sorted(path.name for path in data.iterdir()) == ["cues.npz", "patterns.npy", "r.npz"]
    assert "not a regular file" in run("recall", "a", "b", "--out", "/dev/null", code=2)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupt(data):
    command = ["recall", data / "patterns.npy", data / "cues.npz", "--out", data / "r.npz"]
    command += ["--temperature", "1000000", "--max-sweeps", "1000000000"]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "hebbfast", *map(str, command)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        deadline = time.monotonic() + 60
        while not list(data.glob(".r.npz.*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, "interrupted")
    assert not list(data.glob("*r.npz*"))
    assert not list(data.glob(".r.npz*"))


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra(missing):
    code = f"import sys; sys.modules[{missing!r}] = None; from hebbfast.cli import main; main()"
    done = subprocess.run([sys.executable, "-P", "-c", code, "info"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip().endswith('pip install "hebbfast[cli]"')
    assert "Traceback" not in done.stderr


def test_demo_says_what_is_missing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert cli.main(["demo", "--out", str(tmp_path / "a.png")]) == 1
    assert 'pip install "hebbfast[demo]"' in capsys.readouterr().err
    monkeypatch.undo()
    assert cli.main(["demo", "--out", str(tmp_path / "a.doc")]) == 2
    assert "png" in capsys.readouterr().err
    assert cli.main(["demo", "--out", str(tmp_path / "none" / "a.png")]) == 2
    assert not list(tmp_path.iterdir())
