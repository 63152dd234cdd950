"""`hebbfast theory`: the numbers of its table, against published ones and the library."""

import math
import subprocess
import sys

import pytest

import hebbfast as hb
from hebbfast import cli
from hebbfast.cli import theory as cli_theory


def rows(D, K, interaction, **options):
    return {name.strip(): values for name, *values in cli_theory.theory_rows(D, K, interaction, **options)}


def printed(capsys, *args, code=0):
    assert cli.main(["theory", *map(str, args)]) == code
    output = capsys.readouterr()
    return output.err if code else output.out


def test_numbers_of_the_hopfield_network():
    found = rows(1000, 50, hb.Polynomial(2))
    assert found["K: 0.005 of the units wrong"] == pytest.approx([151.57, 151.57, 150.72], abs=0.01)
    assert found["K: half of the patterns with a wrong unit"][1] == pytest.approx(98.71, abs=0.01)
    assert found["K: half a unit of all patterns wrong"][1] == pytest.approx(55.34, abs=0.01)
    assert found["K: the retrieval phase ends"][2] == pytest.approx(137.906, abs=1e-3)
    assert found["overlap per unit there"][2] == pytest.approx(0.967417, abs=1e-6)
    assert rows(1000, 100, hb.Polynomial(2))["overlap per unit, recalled"][2] == pytest.approx(0.997999, abs=1e-6)
    for K, phase in ((51, "ground"), (53, "metastable"), (137, "metastable"), (139, "none")):
        assert phase in rows(1000, K, hb.Polynomial(2))["retrieval states"][2]
    assert rows(100, 500, hb.Polynomial(3))["retrieval states"][2] == "present"


def test_errors_with_and_without_ties():
    found = rows(100, 14, hb.Polynomial(2))
    wrong = found["unit wrong, a zero field being right"][0]
    half = found["unit wrong, a zero field half of the time"][0]
    assert wrong == pytest.approx(0.00264602, abs=1e-8)
    assert 2 * (half - wrong) == pytest.approx(0.00049324, abs=1e-8)
    assert found["wrong units of a pattern, expected"][0] == pytest.approx(100 * half)
    assert found["no wrong unit, were they independent"][0] == pytest.approx((1 - half) ** 100)
    assert found["signal / noise of one update"][0] == pytest.approx(math.sqrt(99 / 13))


def test_rows_that_do_not_apply_are_left_out():
    assert not any("noise" in name for name in rows(50, None, hb.Polynomial(3)))
    for interaction in (hb.Exponential(0.2), hb.RectifiedPolynomial(2)):
        assert not any("retrieval" in name for name in rows(20, 10, interaction))
    assert rows(50, 10, hb.Polynomial(3), flips=5)["K: 0.005 of the units wrong"][2] is None


def test_mean_field_ends_before_capacities_do():
    found = rows(100, None, hb.Polynomial(160))
    assert len(found) == 3 and all(exact == pytest.approx(gaussian) for exact, gaussian, _ in found.values())
    assert "K: the retrieval phase ends" in rows(100, None, hb.Polynomial(100))


def test_the_table(capsys):
    text = printed(capsys, "--interaction", "polynomial:3", "--units", 100, "--patterns", 500)
    assert text.splitlines()[0].split() == f"{hb.Polynomial(3)}, D = 100, K = 500 exact Gaussian large D".split()
    for expected in ("2.5646", "840.63", "0.084063", "K/D^2", "present"):
        assert expected in text
    assert "\x1b" not in text
    flipped = printed(capsys, "--interaction", "polynomial:3", "--units", 100, "--patterns", 500, "--flips", 10)
    assert f"{hb.theory.snr(100, 500, hb.Polynomial(3), flips=10):.5g}" in flipped
    strict = printed(capsys, "--units", 1000, "--error", 0.0036)
    assert f"{hb.theory.capacity(1000, hb.Polynomial(2), error=0.0036):.5g}" in strict
    assert "inf" in printed(capsys, "--interaction", "exponential:5", "--units", 2000, "--patterns", 9)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--units", 1], 2, "--units"),
        ([], 2, "--units"),
        (["--units", 100, "--patterns", 0], 2, "--patterns"),
        (["--units", 100, "--error", 0.5], 2, "--error"),
        (["--units", 100, "--interaction", "cubic:3"], 2, "polynomial:N"),
        (["--units", 100, "--interaction", "polynomial:1000"], 1, "interaction must have (degree - 1) times the order"),
        (["--units", 100, "--flips", 100], 1, "flips must be an integer from 0 to D-1 = 99"),
        (["--units", 100, "--patterns", 5, "--flips", 60], 1, "flips must leave a signal"),
    ],
)
def test_bad_usage(capsys, args, code, message):
    assert message in printed(capsys, *args, code=code)


def test_without_scipy():
    code = "import sys; sys.modules['scipy'] = None; from hebbfast.cli import main; sys.exit(main())"
    command = [sys.executable, "-P", "-c", code, "theory", "--units", "10"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert 'hebbfast.theory needs SciPy: pip install "hebbfast[experiments]"' in done.stderr
    assert "Traceback" not in done.stderr
