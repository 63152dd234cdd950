"""Output that is missing, closed, full, left by its reader or short of characters; text that would move a cursor."""

import io
import os
import subprocess
import sys

import pytest

from hebbfast import cli
from hebbfast.cli import _streams

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors of POSIX")
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
RECALL = "recall patterns.npy cues.npz --out r.npz"


def shell(folder, line):
    """Run a line after ``hebbfast`` in a shell, which closes and redirects: exit code and standard error."""
    done = subprocess.run(
        f'"{sys.executable}" -P -m hebbfast {line}', shell=True, cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    return done.returncode, done.stderr


def test_what_would_move_a_cursor_is_written_as_its_number():
    assert _streams.escaped("a [b] ü 漢 $") == "a [b] ü 漢 $"
    assert _streams.escaped("\x1b[2J\r\n\x07\x9b") == r"\x1b[2J\r\n\x07\x9b"
    assert _streams.escaped("\u202egnp.exe") == r"\u202egnp.exe"  # would be shown from right to left
    assert _streams.escaped("\udcff") == r"\udcff"  # a byte of a name that is no UTF-8


@POSIX
@pytest.mark.parametrize("line", ["info", "--version", "--help", "theory --units 10", RECALL])
def test_without_a_standard_output_all_is_done_and_well(data, line):
    assert shell(data, f"{line} >&-") == (0, "")
    assert (data / "r.npz").exists() == (line == RECALL)


@POSIX
def test_without_any_stream(data):
    assert shell(data, f"{RECALL} <&- >&- 2>&-") == (0, "")
    assert (data / "r.npz").exists()
    assert shell(data, "nonsense <&- >&- 2>&-")[0] == 2
    assert shell(data, "nonsense 2>&-")[0] == 2


@FULL
@pytest.mark.parametrize("line", ["info", "--version", "--help", "theory --units 10", RECALL])
def test_a_full_device_is_one_line(data, line):
    code, errors = shell(data, f"{line} >/dev/full")
    assert (code, errors) == (1, "Error: standard output: No space left on device\n")


@FULL
def test_a_full_standard_error_changes_no_exit_code(data):
    assert shell(data, "nonsense 2>/dev/full") == (2, "")
    assert shell(data, "info 2>/dev/full") == (0, "")


@POSIX
def test_a_reader_that_has_gone_is_not_told(data):
    for line in ("--help", "theory --units 10"):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hebbfast", *line.split()], stdout=write, stderr=subprocess.PIPE, timeout=120
        )
        os.close(write)
        assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("ascii", "sigma+-x?"), ("latin-1", "sigma±×?"), ("cp1252", "sigma±×?"), ("cp437", "σ±x?"), ("utf-16", "σ±×漢")],
)
def test_every_encoding_will_do(data, started, encoding, name):
    def run(*line, code=0):
        return started(*line, code=code, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, encoding=encoding)

    pid = run("pid", "--units", 20, "--loads", 0.2, "--networks", 2, "--rule", "Hebb").stdout
    assert ("+-0.0" if encoding == "ascii" else "±0.0") in pid
    assert f"result: {name}.npz" in run("recall", "patterns.npy", "cues.npz", "--out", "σ±×漢.npz").stdout
    assert (data / "σ±×漢.npz").exists()
    assert f"{name}.npy" in run("recall", "patterns.npy", "σ±×漢.npy", "--out", "ä.npz", code=2).stderr


def test_a_spelling_for_every_character_of_ours():
    """What the package prints, as its sources have it: no question marks in an ASCII log."""
    assert "±×≥≤→…αβσµ".encode("ascii", "hebbfast.plain") == b"+-x>=<=->...alphabetasigmamu"
    assert "漢".encode("ascii", "hebbfast.plain") == b"?"
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "hebbfast.plain")


def test_the_streams_of_a_caller_stay_as_they_were(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", stream)
    assert cli.main(["info"]) == 0
    assert stream.errors == "strict" and sys.stdout is stream
    stream.close()
    assert cli.main(["info"]) == 0
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli.main(["info"]) == 0 and cli.main(["nonsense"]) == 2
    assert sys.stdout is None and sys.stderr is None


@POSIX
def test_names_cannot_write_to_the_terminal(data, started):
    (data / "a\x1b[2Jb.npy").write_text("no array")
    os.mkdir(os.fsencode(data / "x") + b"\xff\x1b]0;title\x07")
    for given in ("a\x1b[2Jb.npy", "none\x1b[2J.npy", os.fsdecode(b"x\xff\x1b]0;title\x07")):
        done = started("recall", "patterns.npy", given, "--out", "r.npz", code=1 if "none" not in given else 2)
        assert "\x1b" not in done.stderr and r"\x1b" in done.stderr
    done = started("recall", "patterns.npy", "cues.npz", "--out", "r\x1b[2J\n.npz")
    assert "\x1b" not in done.stdout and r"result: r\x1b[2J\n.npz" in done.stdout
    for wrong in (["x\x1b[2J"], ["recall", "--x\x1b[2J"], ["recall", "a", "b", "--out", "r", "--size", "\x1b[2J"]):
        assert "\x1b" not in started(*wrong, code=2).stderr
