"""The command ``hebbfast bench``: how fast this machine runs the kernels, beside what it can do at all."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.table import Table

import hebbfast as hb
from hebbfast.cli._shared import JSON, PLOT, answer, blamed, cpu_model, examples, picture, say, show, table
from hebbfast.cli._streams import escaped
from hebbfast.experiments import speed


@click.command(epilog=examples("bench --plot kernels.png", "bench --level scalar --json"))
@click.option("--huge", is_flag=True, help="Instead, recall from 10,000 patterns of 1,000,000 units (needs 2.9 GB).")
@click.option(
    "--disk", is_flag=True, help="Instead, overlaps, nearest and fields of patterns that are read from a file."
)
@click.option(
    "--disk-gb", type=click.FloatRange(0.001, 1000.0), default=2.0, show_default=True, help="Size of that file."
)
@PLOT
@click.option("--level", type=click.Choice(hb.available_simd_levels()), help="Measure one level.  [default: all]")
@JSON
def bench(huge: bool, disk: bool, disk_gb: float, plot: Path | None, level: str | None) -> None:
    """Measure the kernels on this machine, on one thread: about 20 seconds.

    A visit is one unit of one pattern seen by one state. The last two columns compare with the popcount loop
    within the first cache, and with plain loads from memory: above 100 % there, most visits were decided without
    counting, or data came from caches or not at all. --disk writes a file of patterns into the current folder, reads it
    as fast as the system does, and goes through its patterns, each time from the disk.
    """
    levels = [level] if level else hb.available_simd_levels()
    if plot and (huge or disk):
        raise click.UsageError("--plot draws the report without --huge and --disk")
    if huge and disk:
        raise click.UsageError("--huge and --disk are two measurements: choose one")
    if huge:
        print_huge(levels[0])
        return
    if disk:
        print_disk(levels[0], disk_gb)
        return
    with picture(plot) as draw:
        machine, rows = print_report(levels)
        draw("kernel_rates", cpu_model(), machine, rows)
    answer(cpu=cpu_model(), peaks=machine, measurements=rows)


def print_report(
    levels: Sequence[str],
    sizes: Sequence[tuple[int, int]] = speed.SIZES,
    buffer_bytes: int = speed.BUFFER_BYTES,
) -> tuple[dict[str, speed.Peaks], list[speed.Measurement]]:
    """Measure level by level and print a table each; the measures of the machine by level, and all measurements."""
    machine = speed.peaks(buffer_bytes)
    found: dict[str, speed.Peaks] = {}
    rows: list[speed.Measurement] = []
    say(f"{escaped(cpu_model())}, one thread")
    say(f"memory: {machine.read / 1e9:.1f} GB/s read, {machine.copy / 1e9:.1f} GB/s copied\n")
    for level in levels:

        def measure(level: str = level) -> Iterator[speed.Measurement]:
            found[level] = dataclasses.replace(machine, popcount=speed.popcount_peak())
            yield from speed.kernels(found[level], sizes)

        part = list(speed.at_level(level, measure))
        show(level_table(level, found[level], part))
        say()
        rows += part
    return found, rows


def level_table(level: str, machine: speed.Peaks, rows: Sequence[speed.Measurement]) -> Table:
    """The table of one level: a line a kernel and size."""
    title = f"{level}: the popcount loop counts {machine.popcount / 1e9:.0f} Gbit/s"
    rates = table("kernel", "D", "K", "ms", "10^9 visits/s", "of popcount", "of reading", left=1, title=title)
    for row in rows:
        rates.add_row(
            row.kernel,
            str(row.units),
            str(row.patterns),
            f"{1e3 * row.seconds:.3f}",
            f"{row.visits / 1e9:.1f}",
            f"{row.of_popcount:.0%}",
            f"{row.of_read:.0%}",
        )
    return rates


def print_huge(level: str, patterns: int = 10_000, units: int = 1_000_000) -> None:
    """Recall from a huge store, and say what it took."""
    with blamed("--huge"):
        (result,) = speed.at_level(level, lambda: [speed.huge(patterns, units)])
    say(f"K = {patterns:,}, D = {units:,}: {patterns * units / 8e9:.2f} GB packed, level {level}")
    for step, seconds in result.seconds.items():
        say(f"{step:22}{seconds:8.2f} s")
    say(f"flipped back {result.flips:,} units of a pattern with 10 % noise, n = 3")
    say(f"peak memory           {result.peak_bytes / 1e9:8.2f} GB = {result.peak:.2f} x K D / 8 bytes")
    answer(result, level=level)


def print_disk(level: str, gigabytes: float, folder: Path | str = ".") -> None:
    """Go through patterns on the disk, and say how fast beside a plain reading of the file."""
    with blamed("--disk"):
        (result,) = speed.at_level(level, lambda: [speed.disk(int(1e9 * gigabytes), folder)])
    say(f"K = {result.patterns:,}, D = {result.units:,}: a file of {result.size / 1e9:.2f} GB, level {level}")
    say(f"{'':24}{'GB/s':>8}{'of reading':>12}")
    plain = result.seconds["read the file"]
    for step, seconds in result.seconds.items():
        say(f"{step:24}{result.size / seconds / 1e9:8.2f}{plain / seconds:12.0%}")
    answer(result, level=level)
