"""What commands share: options, errors, files to write, pictures to draw, tables to print."""

import json
import math
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

import hebbfast as hb
from hebbfast import files
from hebbfast._work.whole import same_file, written_whole
from hebbfast.cli import _streams
from hebbfast.cli._streams import escaped

COMPLETE = "_HEBBFAST_COMPLETE"  # the variable by which shells ask for words
MOST_NUMBERS = 10**6  # of one option
PIPE = 1000  # columns where no terminal sets them: no name is cut
WORDS = 12  # columns that words have at least

INTERACTIONS: dict[str, tuple[Callable[..., Any], type]] = {
    "polynomial": (hb.Polynomial, int),
    "rectified": (hb.RectifiedPolynomial, int),
    "exponential": (hb.Exponential, float),
    "logsumexp": (hb.LogSumExp, float),
}


# ---- what options hold


def read_interaction(text: str) -> Any:
    """Read ``polynomial:3``, ``rectified:3``, ``exponential:0.1`` or ``logsumexp:0.1``."""
    name, _, number = text.partition(":")
    try:
        make, kind = INTERACTIONS[name]
        return make(kind(number))
    except (KeyError, ValueError, OverflowError):
        wanted = "polynomial:N or rectified:N (N = 2, 3, ...), exponential:BETA or logsumexp:BETA (BETA > 0)"
        raise refused(f"{text!r}: say {wanted}") from None


def read_size(text: str) -> tuple[int, int]:
    """Read ``640x480``, or one number for a square."""
    numbers = text.lower().split("x")
    if len(numbers) > 2 or not all(n.isdecimal() and len(n) < 6 and 0 < int(n) < 2**16 for n in numbers):
        raise refused(f"{text!r}: say WIDTHxHEIGHT in pixels, or one number for a square")
    return int(numbers[0]), int(numbers[-1])


def read_threshold(text: str) -> str | float:
    """Read a grey value or the name of a rule."""
    if text in files.THRESHOLDS:
        return text
    try:
        if 0 <= float(text) <= 255:
            return float(text)
    except ValueError:
        pass
    raise refused(f"{text!r}: say {', '.join(files.THRESHOLDS)}, or a grey value from 0 to 255")


def read_flip(text: str) -> float | str:
    """Read a probability between 0 and 1/2, or ``fit``."""
    if text == "fit":
        return text
    try:
        if 0 < float(text) < 0.5:
            return float(text)
    except ValueError:
        pass
    raise refused(f"{text!r}: say fit, or the probability of a flipped unit, above 0 and below 0.5")


def read_numbers(text: str) -> list[float]:
    """Read ``0.1,0.2,0.5``, or ``START:STOP:STEP`` with both ends.

    Examples
    --------
    >>> read_numbers("0.1:0.3:0.1")
    [0.1, 0.2, 0.3]
    """
    return [float(number) for number in _decimals(text, "numbers")]


def read_whole_numbers(text: str) -> list[int]:
    """Read ``64,96,128``, or ``START:STOP:STEP`` with both ends."""
    numbers = _decimals(text, "whole numbers")
    if any(number != number.to_integral_value() or abs(number) > 2**63 for number in numbers):
        raise refused(f"{text!r}: say whole numbers with commas between them, or START:STOP:STEP")
    return [int(number) for number in numbers]


def read_number(text: str) -> int | float:
    """Read a number, an integer of any size as it is."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    raise refused(f"{text!r}: say a number")


def _decimals(text: str, kind: str) -> list[Decimal]:
    """Numbers as they are written, so that a range ends where it says."""
    try:
        parts = [Decimal(part) for part in text.split(":" if ":" in text else ",")]
        if all(abs(float(part)) < float("inf") for part in parts):
            if ":" not in text:
                return parts
            start, stop, step = parts
            if step > 0 and start <= stop:
                steps = (stop - start) / step
                if steps >= MOST_NUMBERS:
                    raise refused(f"{text!r}: at most {MOST_NUMBERS:,} numbers, not {steps + 1:.3g}")
                return [start + j * step for j in range(int(steps) + 1)]
    except (ArithmeticError, ValueError):
        pass
    raise refused(f"{text!r}: say {kind} with commas between them, or START:STOP:STEP with START <= STOP, STEP > 0")


def words(*known: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What shells complete of an option that takes these words, among other text."""
    return lambda context, option, begun: [word for word in known if word.startswith(begun)]


INPUT = click.Path()  # shells complete it; whoever reads it says what is wrong with it
OUT = click.Path(dir_okay=False, path_type=Path)
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance.")
THREADS = click.option("--threads", type=click.IntRange(min=1), help="Threads to use.  [default: all usable CPUs]")
TIE = click.option(
    "--tie", type=click.Choice(["plus", "keep", "minus"]), default="plus", show_default=True,
    help="What a unit with field 0 becomes.",
)  # fmt: skip
PLOT = click.option("--plot", type=OUT, metavar="PICTURE", help="Picture to write.")
JSON = click.option(
    "--json", is_flag=True, expose_value=False, help="Print one object of JSON, and nothing else.",
    callback=lambda context, option, given: context.meta.__setitem__(__name__, given),
)  # fmt: skip
SIZE = click.option("--size", type=read_size, metavar="WxH", help="Resize pictures; one number means a square.")

THRESHOLD = click.option(
    "--threshold",
    type=read_threshold,
    shell_complete=words(*files.THRESHOLDS),
    metavar="RULE",
    help="balanced (half of the pixels +1), mean, or a grey value: pixels from there on are +1."
    "  [default: balanced for pictures; arrays of +1 and -1 stay as they are, others need it]",
)


def interaction_option(default: str) -> Callable[[Any], Any]:
    """The option ``--interaction``."""
    return click.option(
        "--interaction", type=read_interaction, metavar="NAME:NUMBER", default=default, show_default=True,
        help="polynomial:N, rectified:N, exponential:BETA or logsumexp:BETA.",
    )  # fmt: skip


def loads_option(default: str) -> Callable[[Any], Any]:
    """The option ``--loads``, K/D."""
    return click.option(
        "--loads", type=read_numbers, default=default, show_default=True, help="K/D: a,b,c or START:STOP:STEP."
    )


def examples(*lines: str) -> str:
    """The end of a help text: commands to copy, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  hebbfast {line}" for line in lines)


# ---- errors


def refused(message: str, hint: str | None = None) -> click.BadParameter:
    """Wrong usage, to raise: exit code 2; the option is named by `hint`, or by click where it reads it."""
    return click.BadParameter(escaped(message), param_hint=hint)


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """Turn the errors of bad input and of a bad day into one line that begins with the name of what is to blame."""
    try:
        yield
    except MemoryError as error:
        raise failed(f"{name}: {str(error) or 'not enough memory'}") from error
    except (ValueError, TypeError, OverflowError, OSError, ImportError, RuntimeError) as error:
        raise failed(f"{name}: {error}") from error


def failed(message: str) -> click.ClickException:
    """A failure, to raise: exit code 1."""
    return click.ClickException(escaped(message))


# ---- files


def read_argument(
    argument: str, path: str, size: tuple[int, int] | None, threshold: str | float | None
) -> tuple[hb.PackedPatterns, list[str]]:
    """Read patterns, and blame the argument if that fails."""
    with reading(argument):
        return files.read(path, size=size, threshold=threshold)


@contextmanager
def reading(argument: str) -> Iterator[None]:
    """Blame the argument for what goes wrong with its file; one that is not there is bad usage."""
    try:
        with blamed(argument):
            yield
    except click.ClickException as failure:
        if isinstance(failure.__cause__, FileNotFoundError):
            raise refused(str(failure.__cause__), argument) from None
        raise


@contextmanager
def target(path: Path, option: str = "--out", inputs: Iterable[str | os.PathLike[str]] = ()) -> Iterator[IO[bytes]]:
    """A file that appears whole when all went well; what stands in its way is said before any work."""
    opened = ExitStack()
    try:
        files.refuse_over_input(path, inputs, name=option)
        file = opened.enter_context(written_whole(path, name=option))
    except (OSError, ValueError) as error:
        raise click.UsageError(escaped(str(error))) from None
    try:
        with opened:
            yield file
    except OSError as error:
        raise failed(str(error)) from error


def expect_apart(path: Path | None, option: str, other: Path | None, other_option: str) -> None:
    """Refuse two results in one file."""
    if path is not None and other is not None and same_file(path, other):
        raise click.UsageError(f"{option} must not be the file of {other_option}, got {escaped(str(path))!r}")


@contextmanager
def picture(
    path: Path | None, option: str = "--plot", inputs: Iterable[str | os.PathLike[str]] = ()
) -> Iterator[Callable[..., None]]:
    """What draws the picture of a command, if one is wanted: ``draw(name of a function of plots, its arguments)``.

    Whether it can be drawn and written is found out before the block, that is, before any work.
    """
    if path is None:
        yield lambda name, *arguments, **options: None
        return
    file_format = picture_format(path, option)
    from hebbfast import plots

    with target(path, option, inputs) as file:

        def draw(name: str, *arguments: Any, **options: Any) -> None:
            getattr(plots, name)(file, *arguments, file_format=file_format, **options)

        yield draw
    say(f"picture: {escaped(str(path))}")


def picture_format(path: Path, option: str) -> str:
    """The format that the name of a picture asks for."""
    try:
        from hebbfast import plots
    except ImportError as error:
        raise failed(f'{option} needs {error.name or "matplotlib"}: pip install "hebbfast[plot]"') from None
    file_format = path.suffix[1:].lower()
    if file_format not in plots.picture_formats():
        raise refused(f"'{path}': the name must end in {', '.join(plots.picture_formats())}", option)
    return file_format


# ---- what is printed


def as_json() -> bool:
    """Whether the command is asked for JSON (`JSON`): then words and tables stay unsaid, and `answer` speaks."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(__name__))


def answer(*records: Any, **more: Any) -> None:
    """Print records, mappings and what is named as one object of JSON, if that is asked for."""
    if as_json():
        found = [*map(plain, records), plain(more)]
        _streams.write(json.dumps({name: value for part in found for name, value in part.items()}) + "\n")


def plain(value: Any) -> Any:
    """A value as JSON has it: records as objects, what is not finite or not known as null, others as their text."""
    if is_dataclass(value) and not callable(value):  # as interactions are
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(found) for name, found in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(found) for found in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (int, str)) else str(value)


def console(width: int | None = None) -> Console:
    """Standard output for rich: text is text, never markup; where no terminal sets the width, nothing is cut."""
    options: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
    if os.environ.get("NO_COLOR"):
        options["color_system"] = None  # neither colours nor bold
    found = Console(**options)
    return found if found.is_terminal else Console(**options, width=width or PIPE)


def watched() -> bool:
    """Whether someone sees a progress bar."""
    return console().is_terminal and not as_json()


def say(text: str = "") -> None:
    """Print lines of our own; text of others in them is `escaped`."""
    if not as_json():
        _streams.write(text + "\n")


def show(found: Table, width: int | None = None) -> None:
    """Print a table; where a terminal is too narrow it goes on in the next line, no number is cut."""
    if as_json():
        return
    printer = console(width)
    free = printer.options.update(max_width=PIPE)
    for column in found.columns:
        if column.no_wrap:
            texts = [
                printer.render_str(cell) if isinstance(cell, str) else cell for cell in (column.header, *column.cells)
            ]
            column.min_width = max(printer.measure(text, options=free).maximum for text in texts)
    least = sum((column.min_width or WORDS) + 2 for column in found.columns)
    printer.width = max(printer.width, least)
    with printer.capture() as captured:
        printer.print(found, crop=False)
    _streams.write(captured.get())


def table(*headings: str, left: int = 0, title: str | None = None) -> Table:
    """An empty table; its first columns are words, which fold, the others numbers, which do not."""
    made = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left", title_style="bold")
    for number, heading in enumerate(headings):
        if number < left:
            made.add_column(heading, overflow="fold")
        else:
            made.add_column(heading, justify="right", no_wrap=True)
    return made


def cpu_model() -> str:
    """Name the CPU as the system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except (OSError, ValueError):
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
