"""`hebbfast nearest`, and `hebbfast recall --posterior`: their files, words and refusals."""

import numpy as np
import pytest

import hebbfast as hb


def test_nearest(data, started, patterns, cues):
    text = started("nearest", "patterns.npy", "cues.npz", "--out", "r.npz", "--count", 3).stdout
    overlaps = cues.astype(int) @ patterns.T.astype(int)
    with np.load(data / "r.npz") as result:
        assert sorted(result) == ["index", "overlap"]
        np.testing.assert_array_equal(result["index"], np.argsort(-overlaps, axis=1, kind="stable")[:, :3])
        np.testing.assert_array_equal(result["overlap"], -np.sort(-overlaps, axis=1)[:, :3])
    assert "differing units" in text and "8 patterns of 144 units" in text
    assert text.endswith("result: r.npz\n")


def test_nearest_refuses(data, started):
    assert (
        "count must be an integer from 1 to 8, got 9"
        in started("nearest", "patterns.npy", "cues.npz", "--out", "r.npz", "--count", 9, code=1).stderr
    )
    np.save(data / "other.npy", hb.random_patterns(2, 9, rng=0))
    assert "D = 9 units" in started("nearest", "patterns.npy", "other.npy", "--out", "r.npz", code=1).stderr
    assert not (data / "r.npz").exists()


@pytest.mark.parametrize("flip", ["0.1", "fit"])
def test_recall_posterior(data, started, patterns, cues, flip):
    text = started("recall", "patterns.npy", "cues.npz", "--out", "r.npz", "--posterior", flip).stdout
    expected = hb.DenseAssociativeMemory(patterns).posterior(cues, flip=0.1 if flip == "0.1" else "fit")
    with np.load(data / "r.npz") as result:
        assert {"states", "index", "probability", "novelty", "flip"} <= set(result)
        np.testing.assert_array_equal(result["probability"], expected.probability)
        assert (result["index"][:, 0] == np.arange(8)).all()
        assert result["flip"] == pytest.approx(14 / 144, abs=0.003)
        assert (result["novelty"] > 0).all()
    assert "most probable" in text and "posterior: units flip with probability 0." in text


def test_recall_posterior_refuses(data, started):
    for wrong in ("0.5", "0", "guess", "nan"):
        errors = started("recall", "patterns.npy", "cues.npz", "--out", "r.npz", "--posterior", wrong, code=2).stderr
        assert "say fit, or the probability" in errors
