"""`hebbfast boltzmann`: its files beside the library, its words, what it refuses."""

import numpy as np
import pytest

import hebbfast as hb

pytest.importorskip("safetensors")


def test_boltzmann(data, started, patterns, cues):
    common = ("boltzmann", "patterns.npy", "--out", "m.safetensors", "--hidden", 5, "--epochs", 20, "--seed", 3)
    text = started(*common, "--validation", "cues.npz", "--threads", 1).stdout
    machine = hb.BoltzmannMachine(144, 5, rng=3).fit(patterns, validation=cues, epochs=20)
    found = hb.BoltzmannMachine.load(data / "m.safetensors")
    np.testing.assert_array_equal(found.couplings, machine.couplings)
    np.testing.assert_array_equal(found.bias, machine.bias)
    assert f"{machine.history.train[-1]:.2f}" in text and f"{machine.history.validation[-1]:.2f}" in text
    assert "144 visible, 5 hidden, restricted" in text and text.endswith("result: m.safetensors\n")
    more = started(*common, "--complete", "cues.npz", "--known", 100, "--completed", "c.npz").stdout
    with np.load(data / "c.npz") as result:
        assert result["states"].shape == result["mean"].shape == cues.shape
        np.testing.assert_array_equal(result["states"][:, :100], cues[:, :100])
    assert more.endswith("completed: c.npz\n")


def test_boltzmann_refuses(data, started):
    begin = ("boltzmann", "patterns.npy", "--out", "m.safetensors")
    assert "belong together" in started(*begin, "--known", 3, code=2).stderr
    assert "learning_rate must be a finite number above 0" in started(*begin, "--learning-rate", 0, code=1).stderr
    np.save(data / "other.npy", hb.random_patterns(2, 9, rng=0))
    for option in ("--validation", "--complete"):
        more = ("--known", 3, "--completed", "c.npz") if option == "--complete" else ()
        text = started(*begin, "--epochs", 10**9, option, "other.npy", *more, code=1).stderr
        assert f"{option}: other.npy has D = 9 units, but PATTERNS patterns.npy has 144" in text
    both = (*begin, "--complete", "cues.npz", "--known")
    assert "below the 144 units" in started(*both, 144, "--completed", "c.npz", code=2).stderr
    assert "not be the file of --out" in started(*both, 9, "--completed", "./m.safetensors", code=2).stderr
    assert not (data / "m.safetensors").exists() and not (data / "c.npz").exists()
