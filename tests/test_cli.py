"""The command line on people's own data, run as a person would run it."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import hebbfast as hb

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
