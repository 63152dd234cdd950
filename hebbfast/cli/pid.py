"""The command ``hebbfast pid``."""

import time
from pathlib import Path
from typing import Any

import click

from hebbfast import learning
from hebbfast.cli._shared import (
    JSON,
    PLOT,
    SEED,
    THREADS,
    answer,
    blamed,
    examples,
    loads_option,
    picture,
    say,
    show,
    table,
    watched,
)

RULES = [name for name, rule in learning.RULES.items() if rule.neuron is not None]


@click.command(epilog=examples("pid --units 60 --loads 0.1,0.3 --rule Hebb --networks 5", "pid --plot pid.png"))
@click.option("--units", type=click.IntRange(min=2), default=100, show_default=True, help="D.")
@loads_option("0.05:0.5:0.05")
@click.option(
    "--rule", "rules", multiple=True, type=click.Choice(RULES), help="A rule; again for more.  [default: all]"
)
@click.option("--networks", type=click.IntRange(min=2), default=20, show_default=True, help="Networks at each load.")
@click.option("--bins", type=click.IntRange(min=2), default=60, show_default=True, help="Bins, beside the sign.")
@click.option("--epochs", type=click.IntRange(min=1), default=500, show_default=True, help="Epochs of redundancy.")
@PLOT
@SEED
@THREADS
@JSON
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
    start = time.perf_counter()
    with picture(plot) as draw:
        with blamed("pid"):
            from hebbfast.experiments import pid_profile

            found = pid_profile(
                units, loads, rules=rules or RULES, networks=networks, bins=("sign", bins),
                epochs=epochs, rng=seed, threads=threads, progress=watched(),
            )  # fmt: skip
        print_profile(found)
        seconds = time.perf_counter() - start
        say(f"{seconds:.0f} s")
        draw("pid_profile", found)
    answer(found, seconds=seconds)


def print_profile(found: Any) -> None:
    """Print a table for every rule and binning."""
    say(f"D = {found.units}, {found.networks} networks a load, units and networks pooled; bits")
    for r, rule in enumerate(found.rules):
        for b, binning in enumerate(found.binnings):
            title = f"{rule}, " + ("sign of the field" if binning == "sign" else f"{binning} bins of the field")
            atoms = table("load", "redundant", "unique E", "unique R", "synergistic", "residual", title=title)
            for a, load in enumerate(found.loads):
                cells = [f"{v:.3f}±{e:.3f}" for v, e in zip(found.atoms[r, b, a], found.errors[r, b, a], strict=True)]
                if rule == "Hebb":
                    cells = [f"{cell}/{v:.3f}" for cell, v in zip(cells, found.theory[b, a], strict=True)]
                atoms.add_row(f"{load:g}", *(cell.replace("-0.000", "0.000") for cell in cells))
            show(atoms)
