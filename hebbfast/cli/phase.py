"""The command ``hebbfast phase-diagram``: lines of mean-field theory, and simulated networks on them."""

import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from hebbfast.cli.main import OUT, SEED, blamed, checked_picture, commands, written_whole

QUICK: dict[str, Any] = {"units": [500, 2000], "networks": 12, "sweeps": 30}


def read_units(text: str) -> list[int]:
    """Read ``1000,4000``."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"{text!r}: say whole numbers with commas between them") from None


@commands.command()
@click.option("--units", type=read_units, metavar="D,D,...", help="Sizes of networks.  [default: 1000,4000]")
@click.option("--quick", is_flag=True, help="Smaller, fewer, for fewer sweeps: some seconds instead of one minute.")
@click.option("--plot", type=OUT, metavar="PICTURE", help="Picture to write.")
@SEED
def phase_diagram(units: list[int] | None, quick: bool, plot: Path | None, seed: int) -> None:
    """Compare the phase diagram of the Hopfield network with simulated networks.

    States begin in stored patterns and move by the heat bath. T_M is where retrieval states end in theory; beside it
    the temperature at which half of the states have lost their pattern. They are lost late (they are metastable, and
    the sweeps are few) or early (loads near the end), the less so the larger D. At temperature zero, mean final
    overlaps of two D cross near the critical load.
    """
    file_format = checked_picture(plot) if plot else ""
    try:
        from hebbfast.experiments import phase
    except ImportError as missing:
        raise click.ClickException(str(missing)) from None

    options = {**(QUICK if quick else {}), **({"units": units} if units else {})}
    start = time.perf_counter()

    def run() -> phase.PhaseDiagram:
        with blamed("phase-diagram"):
            found = phase.phase_diagram(**options, seed=seed, progress=Console().is_terminal)
        print_ends(found)
        click.echo(f"{time.perf_counter() - start:.0f} s")
        return found

    if plot is None:
        run()
        return
    from hebbfast import plots

    with written_whole(plot) as file:
        plots.phase_diagram(file, run(), file_format=file_format)
    click.echo(f"picture: {plot}")


def print_ends(found: Any) -> None:
    """Print where retrieval ends, at some loads and at temperature zero."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("D", "load", "T_M, theory", "half lost at T", f"{found.level:.0%} interval", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    for end in found.retrieval:
        T = end.temperature
        table.add_row(
            f"{end.units:,}",
            f"{end.alpha:g}",
            f"{end.theory:.4f}",
            f"{T.value:.4f}",
            f"{T.low:.4f} to {T.high:.4f}",
            f"{T.value / end.theory:.3f}",
        )
    Console().print(table, highlight=False)
    limit = found.lines.retrieval[0, 0]
    for critical in found.critical:
        a, (small, large) = critical.alpha, critical.units
        click.echo(
            f"T = 0: overlaps of D = {small:,} and {large:,} cross at load {a.value:.4f}"
            f" ({found.level:.0%}: {a.low:.4f} to {a.high:.4f}); theory, D to infinity: {limit:.4f}"
        )
