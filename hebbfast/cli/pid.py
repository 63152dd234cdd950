"""The command ``hebbfast pid``."""

import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from hebbfast.cli.main import OUT, SEED, THREADS, blamed, checked_picture, commands, read_numbers, written_whole

RULES = ["Hebb", "redundancy"]


@commands.command()
@click.option("--units", type=click.IntRange(min=2), default=100, show_default=True, help="D.")
@click.option(
    "--loads", type=read_numbers, default="0.05:0.5:0.05", show_default=True, help="K/D: a,b,c or START:STOP:STEP."
)
@click.option(
    "--rule", "rules", multiple=True, type=click.Choice(RULES), help="A rule; again for more.  [default: all]"
)
@click.option("--networks", type=click.IntRange(min=2), default=20, show_default=True, help="Networks at each load.")
@click.option("--bins", type=click.IntRange(min=2), default=60, show_default=True, help="Bins, beside the sign.")
@click.option("--epochs", type=click.IntRange(min=1), default=500, show_default=True, help="Epochs of redundancy.")
@click.option("--plot", type=OUT, metavar="PICTURE", help="Picture to write.")
@SEED
@THREADS
def pid(
    units: int,
    loads: list[float],
    rules: tuple[str, ...],
    networks: int,
    bins: int,
    epochs: int,
    plot: Path | None,
    seed: int,
    threads: int | None,
) -> None:
    """Split the output of units between the pattern and the other units, against load.

    Each atom is given in bits, with its standard error; for Hebb's rule the exact value follows after the slash.
    """
    file_format = checked_picture(plot) if plot else ""
    try:
        from hebbfast.experiments import pid_profile
    except ImportError as missing:
        raise click.ClickException(str(missing)) from None

    start = time.perf_counter()

    def run() -> Any:
        with blamed("pid"):
            found = pid_profile(
                units, loads, rules=rules or RULES, networks=networks, bins=("sign", bins),
                epochs=epochs, rng=seed, threads=threads, progress=Console().is_terminal,
            )  # fmt: skip
        print_profile(found)
        click.echo(f"{time.perf_counter() - start:.0f} s")
        return found

    if plot is None:
        run()
        return
    from hebbfast import plots

    with written_whole(plot) as file:
        plots.pid_profile(file, run(), file_format=file_format)
    click.echo(f"picture: {plot}")


def print_profile(found: Any) -> None:
    """Print a table for every rule and binning."""
    click.echo(f"D = {found.units}, {found.networks} networks a load, units and networks pooled; bits")
    for r, rule in enumerate(found.rules):
        for b, binning in enumerate(found.binnings):
            title = f"{rule}, " + ("sign of the field" if binning == "sign" else f"{binning} bins of the field")
            table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
            for heading in ("load", "redundant", "unique E", "unique R", "synergistic", "residual"):
                table.add_column(heading, justify="right", no_wrap=True)
            for a, load in enumerate(found.loads):
                cells = [f"{v:.3f}±{e:.3f}" for v, e in zip(found.atoms[r, b, a], found.errors[r, b, a], strict=True)]
                if rule == "Hebb":
                    cells = [f"{cell}/{v:.3f}" for cell, v in zip(cells, found.theory[b, a], strict=True)]
                table.add_row(f"{load:g}", *(cell.replace("-0.000", "0.000") for cell in cells))
            Console(width=120).print(table, highlight=False)
