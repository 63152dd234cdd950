"""The command ``hebbfast phase-diagram``: lines of mean-field theory, and simulated networks on them."""

import time
from pathlib import Path
from typing import Any

import click

from hebbfast.cli._shared import PLOT, SEED, blamed, picture, read_whole_numbers, say, show, table, watched

QUICK: dict[str, Any] = {"units": [500, 2000], "networks": 12, "sweeps": 30}


@click.command("phase-diagram")
@click.option("--units", type=read_whole_numbers, metavar="D,D,...", help="Sizes of networks.  [default: 1000,4000]")
@click.option("--quick", is_flag=True, help="Smaller, fewer, for fewer sweeps: some seconds instead of a minute.")
@PLOT
@SEED
def phase_diagram(units: list[int] | None, quick: bool, plot: Path | None, seed: int) -> None:
    """Compare the phase diagram of the Hopfield network with simulated networks.

    States begin in stored patterns and move by the heat bath. T_M is where retrieval states end in theory; beside it
    the temperature at which half of the states have lost their pattern. They are lost late (they are metastable, and
    the sweeps are few) or early (loads near the end), the less so the larger D. At temperature zero, mean final
    overlaps of two D cross near the critical load.
    """
    options = {**(QUICK if quick else {}), **({"units": units} if units else {})}
    start = time.perf_counter()
    with picture(plot) as draw:
        with blamed("phase-diagram"):
            from hebbfast.experiments import phase

            found = phase.phase_diagram(**options, seed=seed, progress=watched())
        print_ends(found)
        say(f"{time.perf_counter() - start:.0f} s")
        draw("phase_diagram", found)


def print_ends(found: Any) -> None:
    """Print where retrieval ends, at some loads and at temperature zero."""
    ends = table("D", "load", "T_M, theory", "half lost at T", f"{found.level:.0%} interval", "ratio")
    for end in found.retrieval:
        T = end.temperature
        ends.add_row(
            f"{end.units:,}",
            f"{end.alpha:g}",
            f"{end.theory:.4f}",
            f"{T.value:.4f}",
            f"{T.low:.4f} to {T.high:.4f}",
            f"{T.value / end.theory:.3f}",
        )
    show(ends)
    limit = found.lines.retrieval[0, 0]
    for critical in found.critical:
        a, (small, large) = critical.alpha, critical.units
        say(
            f"T = 0: overlaps of D = {small:,} and {large:,} cross at load {a.value:.4f}"
            f" ({found.level:.0%}: {a.low:.4f} to {a.high:.4f}); theory, D to infinity: {limit:.4f}"
        )
