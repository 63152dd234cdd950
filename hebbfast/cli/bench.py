"""The command ``hebbfast bench``: how fast this machine runs the kernels, beside what it can do at all."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

import hebbfast as hb
from hebbfast.cli.main import OUT, checked_picture, commands, cpu_model, written_whole
from hebbfast.experiments import speed as benchmark


@commands.command()
@click.option("--huge", is_flag=True, help="Instead, recall from 10,000 patterns of 1,000,000 units (needs 2.9 GB).")
@click.option("--plot", type=OUT, metavar="FILE", help="Draw the report.")
@click.option("--level", type=click.Choice(hb.available_simd_levels()), help="Measure one level.  [default: all]")
def bench(huge: bool, plot: Path | None, level: str | None) -> None:
    """Measure the kernels on this machine, on one thread: about 20 seconds.

    A visit is one unit of one pattern seen by one state. The last two columns compare with the popcount loop
    within the first cache, and with plain loads from memory: above 100 % there, most visits were decided without
    counting, or data came from caches or not at all.
    """
    levels = [level] if level else hb.available_simd_levels()
    if huge:
        if plot:
            raise click.UsageError("--plot draws the report without --huge")
        print_huge(levels[0])
    elif plot is None:
        print_report(levels)
    else:
        file_format = checked_picture(plot)
        from hebbfast import plots

        with written_whole(plot) as file:
            found = print_report(levels)
            plots.kernel_rates(file, cpu_model(), *found, file_format=file_format)
        click.echo(f"picture: {plot}")


def print_report(
    levels: Sequence[str],
    sizes: Sequence[tuple[int, int]] = benchmark.SIZES,
    buffer_bytes: int = benchmark.BUFFER_BYTES,
) -> tuple[dict[str, benchmark.Peaks], list[benchmark.Measurement]]:
    """Measure level by level and print a table each; the measures of the machine by level, and all measurements."""
    console = Console()
    if not console.is_terminal:
        console.width = 100
    machine = benchmark.peaks(buffer_bytes)
    found: dict[str, benchmark.Peaks] = {}
    rows: list[benchmark.Measurement] = []
    console.print(f"{cpu_model()}, one thread", highlight=False)
    console.print(
        f"memory: {machine.read / 1e9:.1f} GB/s read, {machine.copy / 1e9:.1f} GB/s copied\n", highlight=False
    )
    for level in levels:

        def measure(level: str = level) -> Iterator[benchmark.Measurement]:
            found[level] = dataclasses.replace(machine, popcount=benchmark.popcount_peak())
            yield from benchmark.kernels(found[level], sizes)

        part = list(benchmark.at_level(level, measure))
        console.print(level_table(level, found[level], part), highlight=False)
        console.print()
        rows += part
    return found, rows


def level_table(level: str, machine: benchmark.Peaks, rows: Sequence[benchmark.Measurement]) -> Table:
    """The table of one level: a line a kernel and size."""
    title = f"{level}: the popcount loop counts {machine.popcount / 1e9:.0f} Gbit/s"
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left", title_style="bold")
    table.add_column("kernel", no_wrap=True)
    for heading in ("D", "K", "ms", "10^9 visits/s", "of popcount", "of reading"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.kernel,
            str(row.units),
            str(row.patterns),
            f"{1e3 * row.seconds:.3f}",
            f"{row.visits / 1e9:.1f}",
            f"{row.of_popcount:.0%}",
            f"{row.of_read:.0%}",
        )
    return table


def print_huge(level: str, patterns: int = 10_000, units: int = 1_000_000) -> None:
    """Recall from a huge store, and say what it took."""
    try:
        (result,) = benchmark.at_level(level, lambda: [benchmark.huge(patterns, units)])
    except (MemoryError, RuntimeError) as error:
        raise click.ClickException(f"--huge: {error}") from None
    click.echo(f"K = {patterns:,}, D = {units:,}: {patterns * units / 8e9:.2f} GB packed, level {level}")
    for step, seconds in result.seconds.items():
        click.echo(f"{step:22}{seconds:8.2f} s")
    click.echo(f"flipped back {result.flips:,} units of a pattern with 10 % noise, n = 3")
    click.echo(f"peak memory           {result.peak_bytes / 1e9:8.2f} GB = {result.peak:.2f} x K D / 8 bytes")
