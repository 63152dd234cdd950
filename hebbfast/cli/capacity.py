"""The command ``hebbfast capacity``: how many patterns networks hold, by simulation beside theory."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hebbfast._work.threads import thread_count
from hebbfast.cli._shared import (
    JSON,
    PLOT,
    SEED,
    TIE,
    answer,
    blamed,
    examples,
    interaction_option,
    picture,
    read_numbers,
    read_whole_numbers,
    say,
    show,
    table,
    watched,
)

if TYPE_CHECKING:
    from hebbfast.experiments import Capacity


@click.command(
    epilog=examples(
        "capacity --interaction polynomial:2 --units 64,128,256 --plot capacity.png",
        "capacity --criterion retrieval --noise 0.1 --store capacity.sqlite",
    )
)
@interaction_option("polynomial:3")
@click.option(
    "--units", type=read_whole_numbers, default="64,96,128,192,256", show_default=True, help="D: a,b,c or A:B:STEP."
)
@click.option(
    "--criterion", type=click.Choice(["pattern", "unit", "retrieval"]), default="pattern", show_default=True,
    help="What must hold: a whole stored pattern for one step, one of its units, or recall from noisy cues.",
)  # fmt: skip
@click.option(
    "--loads", type=read_numbers, help="K/D^(n-1): a,b,c or START:STOP:STEP.  [default: a search for the range]"
)
@click.option("--trials", type=click.IntRange(min=1), default=200, show_default=True, help="Networks at each load.")
@click.option("--cues", type=click.IntRange(min=1), default=4, show_default=True, help="Cues of a network.")
@click.option("--noise", type=float, help="retrieval: share of flipped units in a cue.  [default: 0.1]")
@click.option("--threshold", type=float, default=0.9, show_default=True, help="retrieval: least overlap / D.")
@click.option(
    "--update",
    type=click.Choice(["async", "sync"]),
    default="async",
    show_default=True,
    help="retrieval: how states move.",
)
@click.option(
    "--max-sweeps", type=click.IntRange(min=1), default=100, show_default=True, help="retrieval: 1 is one step."
)
@TIE
@click.option("--error", type=float, default=0.005, show_default=True, help="unit: the error at capacity.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of the intervals.")
@click.option("--width", type=float, help="Widest interval of a share wanted; needs trials enough.")
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished networks; goes on from there.")
@PLOT
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one for each usable CPU]")
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster, to run there.")
@SEED
@JSON
def capacity(interaction: Any, units: list[int], plot: Path | None, workers: int | None, **options: Any) -> None:
    """Measure how many random patterns networks hold, at several loads and D, beside theory.

    A run that was stopped goes on with the same --store, to the same numbers; more sizes, loads or trials cost only
    what is new.
    """
    start = time.perf_counter()
    store = [options["store"]] if options["store"] else []
    with picture(plot, inputs=store) as draw:
        with blamed("capacity"):
            from hebbfast import experiments

            processes = 1 if options["scheduler"] else workers or thread_count(None)
            found = experiments.capacity(interaction, units, workers=processes, progress=watched(), **options)
        print_points(found)
        print_sizes(found)
        if options["loads"] and not found.protocol.one_step:
            print_crossings(found)
        seconds = time.perf_counter() - start
        say(f"{options['trials']:,} networks a load, {seconds:.1f} s")
        draw("capacity", found)
    answer(found, seconds=seconds)


def print_points(found: "Capacity") -> None:
    """Print success at every load, its interval and theory."""
    degree = getattr(found.protocol.interaction, "degree", None)
    load = [] if degree is None else ["K/D" if degree == 2 else f"K/D^{degree - 1}"]
    points = table("D", "K", *load, "success", f"{100 * found.level:g} % interval", "theory")
    places = 5 if found.protocol.criterion == "unit" else 3
    for size in found.sizes:
        for p in size.points:
            alpha = [] if degree is None else [f"{p.patterns / float(p.units) ** (degree - 1):.5g}"]
            share, low, high = (f"{x:.{places}f}" for x in (p.success.value, p.success.low, p.success.high))
            predicted = "" if math.isnan(p.theory) else f"{p.theory:.{places}f}"
            points.add_row(f"{p.units:,}", f"{p.patterns:,}", *alpha, share, f"{low} to {high}", predicted)
    show(points)


def print_sizes(found: "Capacity") -> None:
    """Print the capacity of every D, and how it grows."""
    unit = found.protocol.criterion == "unit"
    held = f"K at {found.error:g} errors" if unit else "K50, half succeed"
    sizes = table("D", held, f"{100 * found.level:g} % interval", "theory", "ratio")
    for size in found.sizes:
        K = size.capacity
        shown = ["not seen" if math.isnan(K.value) else f"{K.value:,.1f}", f"{K.low:,.1f} to {K.high:,.1f}"]
        known = not math.isnan(size.theory) and not math.isnan(K.value)
        compared = [f"{size.theory:,.1f}", f"{K.value / size.theory:.3f}"] if known else ["", ""]
        sizes.add_row(f"{size.units:,}", *shown, *compared)
    show(sizes)
    if found.scaling is None:
        return
    say(f"K - 1 grows as D to the power {slope(found.scaling.raw)}")
    if found.protocol.criterion == "pattern":
        say(f"corrected for finite D, as D to the power {slope(found.scaling.corrected)}")


def print_crossings(found: "Capacity") -> None:
    """Print where the mean overlaps of two sizes cross: estimates of the critical load."""
    for small, large, crossing in found.crossings():
        where = "do not cross at these loads"
        if not math.isnan(crossing.value):
            where = f"cross at load {crossing.value:.4f} ({crossing.low:.4f} to {crossing.high:.4f})"
        say(f"mean overlaps of D = {small:,} and {large:,} {where}")


def slope(line: Any) -> str:
    """The slope of a line with its interval."""
    return f"{line.slope.value:.3f} ({line.slope.low:.3f} to {line.slope.high:.3f})"
