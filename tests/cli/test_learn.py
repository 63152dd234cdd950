"""`hebbfast learn`: its file beside the library, its words, what it refuses."""

import numpy as np
import pytest

import hebbfast as hb
from hebbfast import cli, learning
from hebbfast.cli.learn import RULES


def run(capsys, *args, code=0):
    assert cli.main(list(map(str, args))) == code
    output = capsys.readouterr()
    return output.err if code else output.out


def test_learn(capsys, tmp_path):
    patterns = hb.random_patterns(60, 50, rng=0)
    patterns[:, 4] = 1
    np.save(tmp_path / "p.npy", patterns)
    text = run(capsys, "learn", tmp_path / "p.npy", "--out", tmp_path / "c.npz", "--rule", "redundancy", "--seed", 3)
    learned = learning.redundancy(patterns, rng=3)
    with np.load(tmp_path / "c.npz") as file:
        np.testing.assert_array_equal(file["couplings"], learned.couplings)
        np.testing.assert_array_equal(file["failed"], learned.failed)
        assert file["epochs"] == learned.epochs and file["fallback"].tolist() == [4]
    assert "the goal has no gradient: 1 unit (4)" in text


def test_the_units_that_failed_are_named(capsys, tmp_path):
    patterns = np.repeat(hb.random_patterns(8, 30, rng=10), 2, axis=0)
    patterns[::2, 7], patterns[1::2, 7] = 1, -1
    np.save(tmp_path / "p.npy", patterns)
    text = run(capsys, "learn", tmp_path / "p.npy", "--out", tmp_path / "c.npz", "--rule", "perceptron", "--epochs", 50)
    assert "epochs 50, NOT converged" in text
    assert "do not keep their value in every pattern: 1 unit (7)" in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--rule", "redundancy", "--goal", "1,2"], 1, "goal must hold five numbers, one for each atom, got"),
        (["--rule", "redundancy", "--goal", "0:1:1e-9"], 2, "'--goal': '0:1:1e-9': at most 1,000,000 numbers"),
        (["--rule", "redundancy", "--bins", "1"], 1, "bins must be an integer of at least 2, got 1"),
        (["--rule", "storkey", "--bins", "3"], 2, "--bins means nothing to the rule storkey"),
        (["--rule", "unlearning"], 2, "the rule unlearning needs --dreams"),
        (["--rule", "magic"], 2, "'magic' is not one of"),
    ],
)
def test_bad_usage(capsys, tmp_path, arguments, code, message):
    np.save(tmp_path / "p.npy", hb.random_patterns(5, 20, rng=0))
    assert message in run(capsys, "learn", tmp_path / "p.npy", "--out", tmp_path / "c.npz", *arguments, code=code)
    assert list(tmp_path.iterdir()) == [tmp_path / "p.npy"]


def test_every_rule_of_the_library_is_offered(capsys, tmp_path):
    """Couplings as the rule returns them; margins by NumPy."""
    patterns = hb.random_patterns(3, 20, rng=0)
    np.save(tmp_path / "p.npy", patterns)
    for name, rule in RULES.items():
        options = ["bound"] if name == "palimpsest" else rule.needs  # it needs one of two
        needed = [word for option in options for word in (f"--{option}", 3)]
        run(capsys, "learn", tmp_path / "p.npy", "--out", tmp_path / "c.npz", "--rule", name, "--seed", 1, *needed)
        with np.load(tmp_path / "c.npz") as file:
            J = file["couplings"].astype(float)
            norms = np.linalg.norm(J, axis=1)
            margins = (patterns * (patterns @ J.T)).min(axis=0) / np.where(norms > 0, norms, 1)
            np.testing.assert_allclose(file["margins"], margins, atol=1e-6, err_msg=name)
            np.testing.assert_array_equal(file["failed"], np.flatnonzero(file["margins"] <= 0))
    assert {"activity-product", "projection", "storkey", "maximal-stability", "redundancy"} <= set(RULES)


def test_its_own_input_is_no_result(capsys, tmp_path):
    np.save(tmp_path / "p.npy", hb.random_patterns(5, 20, rng=0))
    (tmp_path / "link.npz").symlink_to("p.npy")
    before = (tmp_path / "p.npy").read_bytes()
    for out in ("p.npy", "link.npz"):
        assert "--out" in run(capsys, "learn", tmp_path / "p.npy", "--out", tmp_path / out, code=2)
    assert (tmp_path / "p.npy").read_bytes() == before
