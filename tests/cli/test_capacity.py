"""`hebbfast capacity`: its tables beside the library, pictures, and what it says about bad input."""

import re
import subprocess
import sys

import pytest

import hebbfast as hb
from hebbfast import cli
from hebbfast._work import cluster as workers

QUICK = ["--units", "30,50", "--loads", "0.02:0.1:0.02", "--trials", "30", "--workers", "1"]


def run(capsys, *args, code=0):
    assert cli.main(["capacity", *map(str, args)]) == code
    output = capsys.readouterr()
    return output.err if code else output.out


def test_the_tables_hold_what_the_library_found(capsys):
    text = run(capsys, *QUICK, "--seed", 4)
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == "D K K/D^2 success 95 % interval theory".split()
    found = hb.experiments.capacity(hb.Polynomial(3), [30, 50], loads=[0.02, 0.04, 0.06, 0.08, 0.1], trials=30, seed=4)
    points = [p for size in found.sizes for p in size.points]
    assert [p.patterns for p in points] == [18, 36, 54, 72, 90, 50, 100, 150, 200, 250]
    for line, p in zip(lines[1:11], points, strict=True):
        assert line[:4] == [str(p.units), str(p.patterns), f"{p.patterns / p.units**2:.5g}", f"{p.success.value:.3f}"]
        assert line[4:] == [f"{p.success.low:.3f}", "to", f"{p.success.high:.3f}", f"{p.theory:.3f}"]
    for line, size in zip(lines[12:14], found.sizes, strict=True):
        assert line[:2] == [str(size.units), f"{size.capacity.value:.1f}"]
        assert line[-2:] == [f"{size.theory:.1f}", f"{size.capacity.value / size.theory:.3f}"]
    assert f"D to the power {found.scaling.raw.slope.value:.3f} (" in text
    assert f"corrected for finite D, as D to the power {found.scaling.corrected.slope.value:.3f} (" in text
    assert "\x1b" not in text


def test_units_and_retrieval_have_tables_of_their_own(capsys):
    text = run(
        capsys, "--interaction", "polynomial:2", "--criterion", "unit", "--units", "40:80:20", "--error", 0.01,
        "--trials", 60, "--workers", 1,
    )  # fmt: skip
    assert "K at 0.01 errors" in text and "K/D " in text
    text = run(capsys, *QUICK, "--criterion", "retrieval", "--noise", 0.1, "--update", "sync", "--level", 0.9)
    assert "90 % interval" in text and "corrected" not in text
    text = run(
        capsys, "--interaction", "polynomial:2", "--criterion", "retrieval", "--units", "100,400", "--noise", 0,
        "--loads", "0.1:0.19:0.03", "--trials", 150, "--workers", 1,
    )  # fmt: skip
    assert re.search(r"mean overlaps of D = 100 and 400 cross at load 0\.1\d+ \(0\.\d+ to 0\.\d+\)", text)
    text = run(capsys, "--interaction", "exponential:0.3", "--units", "12", "--trials", 50, "--workers", 1)
    assert "K/D" not in text and "power" not in text


def test_a_store_is_continued_and_a_picture_made(capsys, tmp_path):
    store, plot = tmp_path / "runs.sqlite", tmp_path / "capacity.png"
    first = run(capsys, *QUICK, "--store", store, "--plot", plot)
    assert plot.read_bytes().startswith(b"\x89PNG") and plot.stat().st_size > 10_000
    assert f"picture: {plot}" in first
    again = run(capsys, *QUICK, "--store", store)
    assert again.splitlines()[:16] == first.splitlines()[:16]
    assert run(capsys, *QUICK, "--store", store, "--seed", 1, code=1) == (
        f"Error: capacity: store must have been made with the same settings, '{store}' has"
        " seed = 0 there and 1 asked for\n"
    )


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--loads", "0,0.1"], 1, "loads must be numbers above 0, got [0.0, 0.1]"),
        (["--loads", "-0.1"], 1, "loads must be numbers above 0, got [-0.1]"),
        (["--loads", "many"], 2, "'many': say numbers"),
        (["--criterion", "patterns"], 2, "'patterns' is not one of 'pattern', 'unit', 'retrieval'"),
        (["--units", "64,6.5"], 2, "'64,6.5': say whole numbers"),
        (["--units", "1"], 1, "capacity: units must be"),
        (["--interaction", "cubic"], 2, "polynomial:N"),
        (["--trials", "0"], 2, "0 is not in the range"),
        (["--trials", "1"], 1, "trials must be at least 2 for an interval, got 1"),
        (
            ["--trials", "50", "--width", "0.05"],
            1,
            "trials must be at least 1533 for 95 % intervals no wider than 0.05",
        ),
        (["--noise", "0.1"], 1, "noise must be 0 unless criterion is 'retrieval'"),
        (["--criterion", "retrieval", "--noise", "0.7"], 1, "noise must be a finite number from 0 to 0.5, got 0.7"),
        (["--level", "95"], 1, "level must be a finite number in (0, 1), got 95"),
        (["--plot", "curves.txt"], 2, "png"),
        (["--workers", "0"], 2, "0 is not in the range"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_message(capsys, monkeypatch, tmp_path, args, code, message):
    monkeypatch.chdir(tmp_path)
    text = " ".join(run(capsys, *QUICK, *args, code=code).split())
    assert message in text and "Traceback" not in text
    assert not list(tmp_path.iterdir())


def test_stores_and_schedulers_that_are_none(capsys, monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "notes.txt").write_text("no store at all" * 100)
    assert "store must be a store of trials or a new file" in run(
        capsys, *QUICK, "--store", tmp_path / "notes.txt", code=1
    )
    assert "store must be a file that can be written" in run(capsys, *QUICK, "--store", tmp_path / "no" / "a", code=1)
    monkeypatch.setattr(workers, "_ANSWER", 1)
    assert "scheduler must answer, got 'tcp://127.0.0.1:9'" in run(
        capsys, *QUICK, "--scheduler", "tcp://127.0.0.1:9", code=1
    )


def test_without_scipy_it_says_what_to_install():
    code = (
        "import sys; sys.modules['scipy'] = None; from hebbfast.cli import main;"
        "sys.exit(main(['capacity', '--units', '30', '--workers', '1']))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'pip install "hebbfast[experiments]"' in done.stderr and "Traceback" not in done.stderr


def test_other_pictures_and_experiments_do_without_scipy():
    code = (
        "import sys; sys.modules['scipy'] = None; import hebbfast as hb, hebbfast.plots;"
        "print(hb.experiments.learned_capacity.__name__)\n"
        "try: hb.experiments.capacity\nexcept ImportError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["learned_capacity", 'capacity needs scipy: pip install "hebbfast[experiments]"']


def test_processes_of_the_command_line(capsys):
    """As users run it, with workers of their own: the numbers of one process."""
    command = [sys.executable, "-P", "-m", "hebbfast", "capacity", *QUICK, "--workers", "2"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert text.splitlines()[:-1] == run(capsys, *QUICK).splitlines()[:-1]
