"""The command ``hebbfast reproduce``: claims of the literature beside theory and simulation, in one table."""

import math
import time

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from hebbfast.cli.main import SEED, commands


@commands.command()
@click.option("--quick", is_flag=True, help="Fewer and smaller networks: half a minute instead of some.")
@SEED
def reproduce(quick: bool, seed: int) -> None:
    """Check the claims of the literature against theory and simulation.

    A claim is off when theory, in the limit that the claim is about, differs from the published digits; where there is
    no theory, when the simulation does. Theory is off when, at the simulated sizes, it lies outside the interval of the
    simulation, which holds with 99.9 %.
    """
    try:
        from hebbfast.experiments import reproduce as experiment
    except ImportError as missing:
        raise click.ClickException(str(missing)) from None

    start, rows, console = time.perf_counter(), [], Console()
    if not console.is_terminal:
        console.width = 140
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for row in progress.track(
            experiment.reproduce(quick, seed), total=len(experiment.CLAIMS), description="reproduce"
        ):
            rows.append(row)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("claim", overflow="fold")
    for heading in ("published", "theory", "at this size", "simulation, 99.9 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in rows:
        interval = f"{shown(row.measured.low)} to {shown(row.measured.high)}"
        table.add_row(row.claim, shown(row.claimed), shown(row.limit), shown(row.expected), interval, row.verdict)
        for note in (row.source, row.setting, row.remark if row.verdict != "agrees" else ""):
            if note:
                table.add_row(f"  {note}", style="dim")
    console.print(table, highlight=False)
    agree = sum(row.verdict == "agrees" for row in rows)
    click.echo(f"{agree} of {len(rows)} agree; {time.perf_counter() - start:.0f} s")


def shown(value: float) -> str:
    """A number with five digits; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.5g}"
