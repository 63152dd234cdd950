"""The command line: ``hebbfast demo``, ``hebbfast recall``, ``hebbfast info``, and those of the modules at the end.

A subcommand parses, calls one function and prints. A new one is a function under ``@commands.command()``.
"""

import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

import hebbfast as hb
from hebbfast._work.threads import thread_count
from hebbfast import files as images

try:
    import click
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table
except ModuleNotFoundError as error:
    raise SystemExit(f'hebbfast: the command line needs {error.name}: pip install "hebbfast[cli]"') from None

PIECE_BYTES = 2**27  # of states and overlaps, in one piece of a batch
SHOWN = 10  # cues listed one by one after a recall

INTERACTIONS: dict[str, tuple[Callable[..., Any], type]] = {
    "polynomial": (hb.Polynomial, int),
    "rectified": (hb.RectifiedPolynomial, int),
    "exponential": (hb.Exponential, float),
}


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line on `args`, else on those of the process.

    Returns
    -------
    int
        0; 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
    """
    try:
        code: int | None = commands.main(args, prog_name="hebbfast", standalone_mode=False)
        sys.stdout.flush()
        return code or 0
    except click.Abort:
        print("interrupted", file=sys.stderr)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def read_interaction(text: str) -> Any:
    """Read ``polynomial:3``, ``rectified:3`` or ``exponential:0.1``."""
    name, _, number = text.partition(":")
    try:
        make, kind = INTERACTIONS[name]
        return make(kind(number))
    except (KeyError, ValueError):
        wanted = "polynomial:N or rectified:N (N = 2, 3, ...), or exponential:BETA (BETA > 0)"
        raise click.BadParameter(f"{text!r}: say {wanted}") from None


def read_size(text: str) -> tuple[int, int]:
    """Read ``640x480``, or one number for a square."""
    numbers = text.lower().split("x")
    if len(numbers) > 2 or not all(n.isdecimal() and 0 < int(n) < 2**16 for n in numbers):
        raise click.BadParameter(f"{text!r}: say WIDTHxHEIGHT in pixels, or one number for a square")
    return int(numbers[0]), int(numbers[-1])


def read_threshold(text: str) -> str | float:
    """Read a grey value or the name of a rule."""
    if text in images.THRESHOLDS:
        return text
    try:
        if 0 <= float(text) <= 255:
            return float(text)
    except ValueError:
        pass
    raise click.BadParameter(f"{text!r}: say {', '.join(images.THRESHOLDS)}, or a grey value from 0 to 255")


OUT = click.Path(dir_okay=False, path_type=Path)
ORDERS = click.Choice(["random", "sequential", "replacement"])
SEED = click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of all chance.")
THREADS = click.option("--threads", type=click.IntRange(min=1), help="Threads to use.  [default: all usable CPUs]")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hebbfast", message="%(prog)s %(version)s")
def commands() -> None:
    """Store patterns of +1 and -1 as bits and recall them: Hopfield networks and dense associative memories."""


@commands.command()
def info() -> None:
    """Show version, CPU, instruction-set levels and threads."""
    with blamed("info"):
        threads = thread_count(None)
    for name, value in {
        "hebbfast": version("hebbfast"),
        "installed in": Path(hb.__file__).parent,
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "NumPy": np.__version__,
        "CPU": cpu_model(),
        "levels available": " ".join(hb.available_simd_levels()),
        "level active": hb.simd_level(),
        "threads": threads,
    }.items():
        click.echo(f"{name:18}{value}")


@commands.command()
@click.option("--out", type=OUT, default="hebbfast-demo.png", show_default=True, help="Picture to write.")
@SEED
@THREADS
def demo(out: Path, seed: int, threads: int | None) -> None:
    """Recall real pictures and digits from damaged cues; nothing is downloaded."""
    for module in ("matplotlib", "PIL", "skimage", "sklearn"):
        if find_spec(module) is None:
            raise click.ClickException(f'the demo needs {module}: pip install "hebbfast[demo]"')
    from hebbfast.cli import demo

    file_format = checked_picture(out, "--out")
    console = Console()
    with written_whole(out) as file:
        demo.run(console, file, file_format, seed=seed, threads=threads)
    click.echo(f"picture: {out}")


@commands.command()
@click.argument("patterns")
@click.argument("cues")
@click.option("--out", type=OUT, required=True, metavar="RESULT.npz", help="File to write.")
@click.option(
    "--interaction", type=read_interaction, metavar="NAME:NUMBER", default="polynomial:3", show_default=True,
    help="polynomial:N, rectified:N or exponential:BETA.",
)  # fmt: skip
@click.option("--update", type=click.Choice(["async", "sync"]), default="async", show_default=True)
@click.option("--order", type=ORDERS, default="random", show_default=True)
@click.option("--tie", type=click.Choice(["plus", "keep", "minus"]), default="plus", show_default=True)
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Heat bath above 0.")
@click.option("--max-sweeps", type=click.IntRange(min=0), default=100, show_default=True)
@click.option("--size", type=read_size, metavar="WxH", help="Resize pictures; one number means a square.")
@click.option(
    "--threshold",
    type=read_threshold,
    metavar="RULE",
    help="balanced (half of the pixels +1), mean, or a grey value: pixels from there on are +1."
    "  [default: balanced for pictures; arrays of +1 and -1 stay as they are, others need it]",
)
@SEED
@THREADS
def recall(
    patterns: str,
    cues: str,
    out: Path,
    interaction: Any,
    size: tuple[int, int] | None,
    threshold: str | float | None,
    seed: int,
    **options: Any,
) -> None:
    """Store PATTERNS and recall them from CUES.

    Each is a .npy file, a .npz file (FILE.npz:NAME picks an array), a folder of pictures, one picture, or a file
    written by PackedPatterns.save.

    The result holds one entry a cue: states, converged, sweeps, energy, best (the stored pattern with the largest
    overlap, counted from 0) and overlap (that overlap, from -D to D).
    """
    start = time.perf_counter()
    with written_whole(out) as file:
        stored, names = read_argument("PATTERNS", patterns, size, threshold)
        given, cue_names = read_argument("CUES", cues, size, threshold)
        if given.shape[1] != stored.shape[1]:
            raise click.ClickException(
                f"CUES: {cues} has D = {given.shape[1]:,} units, but PATTERNS {patterns} has {stored.shape[1]:,}"
            )
        with blamed("recall"):
            memory = hb.DenseAssociativeMemory(stored, interaction)
            result = recall_pieces(memory, stored, given, rng=np.random.default_rng(seed), **options)
            np.savez(file, allow_pickle=False, **result)
    print_summary(stored, names, cue_names, result, time.perf_counter() - start)
    click.echo(f"result: {out}")


def read_argument(
    argument: str, path: str, size: tuple[int, int] | None, threshold: str | float | None
) -> tuple[hb.PackedPatterns, list[str]]:
    """Read patterns, and blame the argument if that fails."""
    try:
        with blamed(argument):
            return images.read_patterns(path, size, threshold)
    except FileNotFoundError as error:
        raise click.BadParameter(str(error), param_hint=argument) from None


def recall_pieces(
    memory: hb.DenseAssociativeMemory, stored: hb.PackedPatterns, cues: hb.PackedPatterns, **options: Any
) -> dict[str, np.ndarray]:
    """Recall a batch in pieces, so that neither states nor overlaps of all cues stand in memory as (Q, K)."""
    step = max(1, PIECE_BYTES // (cues.shape[1] + 4 * len(stored)))
    parts: dict[str, list[np.ndarray]] = {}
    console = Console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for first in progress.track(range(0, len(cues), step), description="recall"):
            found = memory.recall(cues[first : first + step].unpack(), **options)
            overlaps = stored.overlaps(found.states)
            best = overlaps.argmax(axis=1)
            for name, values in {
                "states": found.states,
                "converged": found.converged,
                "sweeps": found.sweeps,
                "energy": found.energy,
                "best": best,
                "overlap": np.take_along_axis(overlaps, best[:, None], axis=1)[:, 0],
            }.items():
                parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def print_summary(
    stored: hb.PackedPatterns, names: list[str], cue_names: list[str], result: dict[str, np.ndarray], seconds: float
) -> None:
    """Print what a recall did, and its first cues one by one."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("cue", "best pattern", "overlap / D", "converged", "sweeps"):
        table.add_column(heading, justify="left" if heading in ("cue", "best pattern") else "right", overflow="fold")
    units = stored.shape[1]
    for cue, name in enumerate(cue_names[:SHOWN]):
        best, overlap, converged, sweeps = (result[key][cue] for key in ("best", "overlap", "converged", "sweeps"))
        table.add_row(name, names[best], f"{overlap / units:.4f}", "yes" if converged else "no", str(sweeps))
    Console().print(table, highlight=False)
    cues, exact, converged = len(cue_names), np.sum(result["overlap"] == units), np.sum(result["converged"])
    if cues > SHOWN:
        click.echo(f"... and {cues - SHOWN:,} more cues")
    click.echo(
        f"{exact:,} of {cues:,} ended in a stored pattern, {converged:,} converged;"
        f" {len(stored):,} patterns of {units:,} units, {seconds:.2f} s"
    )


def cpu_model() -> str:
    """Name the CPU as the system does."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


@contextmanager
def blamed(name: str) -> Iterator[None]:
    """Turn the errors of bad input into one line that begins with the name of what is to blame."""
    try:
        yield
    except FileNotFoundError:
        raise
    except MemoryError:
        raise click.ClickException(f"{name}: not enough memory") from None
    except (ValueError, TypeError, OSError) as error:
        raise click.ClickException(f"{name}: {error}") from error


def checked_picture(path: Path, option: str = "--plot") -> str:
    """The format that the name of a picture to draw asks for."""
    try:
        from hebbfast import plots
    except ImportError:
        raise click.ClickException(f'{option} needs matplotlib: pip install "hebbfast[plot]"') from None
    file_format = path.suffix[1:].lower()
    if file_format not in plots.picture_formats():
        wanted = ", ".join(plots.picture_formats())
        raise click.BadParameter(f"'{path}': the name must end in {wanted}", param_hint=option)
    return file_format


@contextmanager
def written_whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file beside `path`, before any work, that takes its name when all went well."""
    if path.exists() and not path.is_file():
        raise click.BadParameter(f"'{path}' is not a regular file", param_hint="--out")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        file = part.open("xb")
    except OSError as error:
        raise click.BadParameter(f"cannot write '{path}': {error.strerror}", param_hint="--out") from None
    try:
        with file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_numbers(text: str) -> list[float]:
    """Read ``0.1,0.2,0.5``, or ``START:STOP:STEP`` with both ends."""
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        start, stop, step = (float(part) for part in text.split(":"))
        if step > 0 and start <= stop and math.isfinite(stop / step):
            return [round(start + j * step, 10) for j in range(int((stop - start) / step + 1e-9) + 1)]
    except ValueError:
        pass
    raise click.BadParameter(f"{text!r}: say numbers with commas between them, or START:STOP:STEP")


import hebbfast.cli.bench  # noqa: E402  (adds its command, as the next)
import hebbfast.cli.capacity  # noqa: E402
import hebbfast.cli.learning  # noqa: E402
import hebbfast.cli.phase  # noqa: E402
import hebbfast.cli.pid  # noqa: E402
import hebbfast.cli.reproduce  # noqa: E402
import hebbfast.cli.theory  # noqa: E402
