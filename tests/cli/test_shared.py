"""What commands share: numbers and ranges, names of interactions, who is blamed, files, tables."""

import math
from fractions import Fraction

import click
import pytest
from rich.console import Console

from hebbfast.cli import _shared


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.1:0.5:0.1", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("0:1:0.3", [0, 0.3, 0.6, 0.9]),
        ("1,2.5", [1, 2.5]),
        ("-1:1:1", [-1, 0, 1]),
        ("3:3:0.1", [3]),
        ("1e-12:3e-12:1e-12", [1e-12, 2e-12, 3e-12]),
        (" 2 , 3", [2, 3]),
    ],
)
def test_numbers(text, numbers):
    assert _shared.read_numbers(text) == numbers


def test_a_range_ends_where_it_says():
    """Every step of a hundredth up to every end: the floats nearest to the decimal numbers, both ends among them."""
    for stop in range(1, 200):
        found = _shared.read_numbers(f"0:{stop / 100}:0.01")
        assert found == [float(Fraction(j, 100)) for j in range(stop + 1)]


@pytest.mark.parametrize(
    "text",
    [
        "", ",", "1,", "a", "1:2", "1:2:3:4", "1:0:0.1", "0:1:0", "0:1:-0.1", "1:0:-0.1", "nan", "inf", "1,-inf",
        "0:inf:1", "-inf:0:1", "0:1:inf", "0:1:nan", "nan:1:1", "1e400", "0:1e999999999:1", "snan", "0x10", "1;2",
    ],
)  # fmt: skip
def test_what_is_no_list_of_numbers(text):
    for read in (_shared.read_numbers, _shared.read_whole_numbers):
        with pytest.raises(click.BadParameter, match=r"say (whole )?numbers with commas"):
            read(text)


@pytest.mark.parametrize("text", ["0:1:1e-12", "0:1:1e-300", "0:1e9:1", "-1e300:1e300:1e-300", "0:1000000:1"])
def test_too_many_numbers_are_refused_before_they_are_made(text):
    for read in (_shared.read_numbers, _shared.read_whole_numbers):
        with pytest.raises(click.BadParameter, match="at most 1,000,000 numbers"):
            read(text)
    assert len(_shared.read_numbers("1:1000000:1")) == 10**6


def test_whole_numbers():
    assert _shared.read_whole_numbers("64,96.0,1e3") == [64, 96, 1000]
    assert _shared.read_whole_numbers("10:30:10") == [10, 20, 30]
    for text in ("64,6.5", "0:1:0.5", "1e300"):
        with pytest.raises(click.BadParameter, match="whole numbers"):
            _shared.read_whole_numbers(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "3", "cubic:3", "polynomial", "polynomial:", "polynomial:1", "polynomial:2.5", "polynomial:" + "9" * 5000,
        "rectified:-2", "exponential:0", "exponential:nan", "exponential:inf", "exponential:x",
    ],
)  # fmt: skip
def test_what_is_no_interaction(text):
    with pytest.raises(click.BadParameter, match=r"say polynomial:N or rectified:N"):
        _shared.read_interaction(text)


def test_sizes_and_thresholds():
    assert _shared.read_size("640x480") == (640, 480)
    assert _shared.read_size("12") == (12, 12)
    for text in ("", "x", "3x4x5", "0x3", "-1", "1.5", "65536", "9" * 5000, "²"):
        with pytest.raises(click.BadParameter, match="WIDTHxHEIGHT"):
            _shared.read_size(text)
    assert _shared.read_threshold("mean") == "mean"
    assert _shared.read_threshold("127.5") == 127.5
    for text in ("", "half", "-1", "256", "nan", "inf"):
        with pytest.raises(click.BadParameter, match="0 to 255"):
            _shared.read_threshold(text)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("no\x1b[2J\nway"), r"it: no\x1b[2J\nway"),
        (TypeError("what"), "it: what"),
        (OSError(28, "No space left on device", "a"), "it: [Errno 28] No space left on device: 'a'"),
        (ImportError("it needs scipy"), "it: it needs scipy"),
        (RuntimeError("a worker died"), "it: a worker died"),
        (MemoryError(), "it: not enough memory"),
        (MemoryError("3 GB are needed"), "it: 3 GB are needed"),
    ],
)
def test_blamed(error, message):
    with pytest.raises(click.ClickException) as caught, _shared.blamed("it"):
        raise error
    assert caught.value.format_message() == message and caught.value.exit_code == 1


def test_mistakes_of_ours_are_not_blamed_on_anyone():
    with pytest.raises(ZeroDivisionError), _shared.blamed("it"):
        1 / 0  # noqa: B018


def test_a_target_is_checked_first_and_appears_at_the_end(tmp_path):
    for path in (tmp_path, tmp_path / "no" / "a"):
        with pytest.raises(click.UsageError, match="--out must name a file that can be written"), _shared.target(path):
            pytest.fail("work was begun")
    with _shared.target(tmp_path / "a") as file:
        file.write(b"whole")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a").read_bytes() == b"whole"
    with pytest.raises(ZeroDivisionError), _shared.target(tmp_path / "a") as file:
        file.write(b"half" * 10**5 if 1 / 0 else b"")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"whole")]
    with pytest.raises(click.UsageError, match="--plot"), _shared.target(tmp_path / "a", "--plot", [tmp_path / "a"]):
        pytest.fail("work was begun")


def test_a_picture_is_checked_first_and_drawn_or_not(capsys, monkeypatch, tmp_path):
    for path, words in ((tmp_path / "a.doc", "must end in"), (tmp_path / "a", "must end in")):
        with pytest.raises(click.BadParameter, match=words), _shared.picture(path):
            pytest.fail("work was begun")
    with _shared.picture(None) as draw:
        draw("capacity", None)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(
        "hebbfast.plots.capacity", lambda file, found, file_format: file.write(found + file_format.encode())
    )
    with _shared.picture(tmp_path / "a [b].PNG") as draw:
        draw("capacity", b"drawn as ")
    assert (tmp_path / "a [b].PNG").read_bytes() == b"drawn as png"
    assert capsys.readouterr().out == f"picture: {tmp_path / 'a [b].PNG'}\n"


@pytest.mark.parametrize("columns", ["abc", "-1", "0", "20", ""])
def test_tables_hold_text_as_it_is_whatever_the_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    names = ["photo [final].png", "[/]", ":smile:", "x" * 255, "[red]a[/red]"]
    made = _shared.table("name", "number", left=1, title="[b]title[/b]")
    for name in names:
        made.add_row(name, f"{math.pi:.3f}")
    _shared.show(made)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "[b]title[/b]"
    assert [line.split()[-1] for line in lines[2:]] == ["3.142"] * len(names)
    assert [line.removesuffix("3.142").rstrip() for line in lines[2:]] == names


@pytest.mark.parametrize("columns", ["1", "20", "40", "80"])
def test_no_number_is_cut_on_a_narrow_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(_shared, "console", lambda width: Console(markup=False, highlight=False, width=int(columns)))
    made = _shared.table("words that fold", *(f"heading {j}" for j in range(8)), left=1)
    numbers = [f"{j}.93±0.03{j}" for j in range(8)]
    made.add_row("some more words", *numbers)
    _shared.show(made)
    text = capsys.readouterr().out
    assert all(number in text for number in numbers) and "…" not in text and "heading 7" in text
