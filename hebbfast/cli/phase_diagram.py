"""The command ``hebbfast phase-diagram``: lines of mean-field theory, and simulated networks on them."""

import time
from pathlib import Path
from typing import Any

import click

from hebbfast.cli._shared import (
    JSON,
    PLOT,
    SEED,
    answer,
    blamed,
    examples,
    interaction_option,
    picture,
    read_whole_numbers,
    say,
    show,
    table,
    watched,
)

QUICK: dict[str, Any] = {"networks": 12, "sweeps": 30}
QUICK_UNITS = {2: [500, 2000], 3: [100, 200], 4: [40, 80]}


@click.command(
    "phase-diagram",
    epilog=examples("phase-diagram --quick", "phase-diagram --interaction polynomial:3 --plot phase.png"),
)
@interaction_option("polynomial:2")
@click.option(
    "--units", type=read_whole_numbers, metavar="D,D,...",
    help="Sizes of networks.  [default: 1000,4000 for n = 2; 200,400 for 3; 80,160 for 4]",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Smaller, fewer, for fewer sweeps: some seconds instead of a minute.")
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished points; goes on from there.")
@PLOT
@click.option(
    "--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Processes; one alone takes all CPUs."
)
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster, to run there.")
@SEED
@JSON
def phase_diagram(
    interaction: Any, units: list[int] | None, quick: bool, store: Path | None, plot: Path | None, **options: Any
) -> None:
    """Compare the phase diagram of retrieval with simulated networks, for n = 2, 3 and 4.

    States begin in stored patterns and move by the heat bath. T_M is where retrieval states end in theory; beside it
    the temperature at which half of the states have lost their pattern. They are lost late (they are metastable, and
    the sweeps are few) or early (loads near the end, and all loads for n = 3 and 4), the less so the larger D. For
    n = 2 at temperature zero, mean final overlaps of two D cross near the critical load.
    """
    if quick:
        options |= QUICK
    if units or quick:
        options["units"] = units or QUICK_UNITS.get(getattr(interaction, "degree", 0))
    start = time.perf_counter()
    with picture(plot, inputs=[store] if store else []) as draw:
        with blamed("phase-diagram"):
            from hebbfast.experiments import phase

            found = phase.phase_diagram(interaction=interaction, **options, store=store, progress=watched())
        print_ends(found)
        seconds = time.perf_counter() - start
        say(f"{seconds:.0f} s")
        draw("phase_diagram", found)
    answer(found, seconds=seconds)


def print_ends(found: Any) -> None:
    """Print where retrieval ends, at some loads and at temperature zero."""
    ends = table("D", "load", "T_M, theory", "half lost at T", f"{found.level:.0%} interval", "ratio")
    for end in found.retrieval:
        T = end.temperature
        ends.add_row(
            f"{end.units:,}",
            f"{end.alpha:.4g}",
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
