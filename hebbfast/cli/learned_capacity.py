"""The command ``hebbfast learned-capacity``."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
    read_numbers,
    say,
    show,
    table,
    watched,
    words,
)
from hebbfast.cli._streams import escaped
from hebbfast.learning import RULES

if TYPE_CHECKING:
    from hebbfast.experiments.learned import LearnedCapacity


@click.command(
    "learned-capacity",
    epilog=examples(
        "learned-capacity --units 60 --loads 0.2,0.6,1 --networks 5 --no-basins",
        "learned-capacity --rule Hebb --rule projection --plot learned.png",
    ),
)
@click.option("--units", type=click.IntRange(min=2), default=100, show_default=True, help="D.")
@loads_option("0.1:1.7:0.2")
@click.option(
    "--rule", "rules", multiple=True, metavar="NAME", help="A rule; again for more.  [default: all]",
    shell_complete=words(*(name for name in RULES if name.replace("-", "").isalpha())),  # no shell needs quotes there
)  # fmt: skip
@click.option("--networks", type=click.IntRange(min=1), default=20, show_default=True, help="Networks at each load.")
@click.option("--epochs", type=click.IntRange(min=1), default=5000, show_default=True, help="Limit of epochs.")
@click.option(
    "--flips", type=read_numbers, default="0.05,0.1", show_default=True, help="Shares of units flipped in cues."
)
@click.option("--basins/--no-basins", default=True, show_default=True, help="Measure basins, too.")
@PLOT
@SEED
@THREADS
@JSON
def learned_capacity(
    units: int,
    loads: list[float],
    rules: tuple[str, ...],
    networks: int,
    epochs: int,
    flips: list[float],
    basins: bool,
    plot: Path | None,
    seed: int,
    threads: int | None,
) -> None:
    """Compare what learning rules hold: fixed points, noisy cues, basins of attraction."""
    start = time.perf_counter()
    with picture(plot) as draw:
        with blamed("learned-capacity"):
            from hebbfast import experiments

            found = experiments.learned_capacity(
                units, loads, rules=rules or None, networks=networks, epochs=epochs, flips=flips, basins=basins,
                rng=seed, threads=threads, progress=watched(),
            )  # fmt: skip
        seconds = time.perf_counter() - start
        say(f"D = {units}, {networks} networks a load, at most {epochs:,} epochs, {seconds:.0f} s")
        print_held(found)
        if basins:
            print_basins(found)
        draw("learned_capacity", found)
    answer(found, seconds=seconds)


def print_held(found: "LearnedCapacity") -> None:
    """Print the largest load that each rule holds, by the noise of the cues."""
    say(
        "Synchronous recall. A load is held while the mean overlap / D of the networks is at least"
        f" {found.criterion}; between loads by linear interpolation."
    )
    shares = (f"cues {share:.0%} flipped" if share else "fixed points" for share in found.flips)
    held = table("largest load held", *shares, left=1)
    for name in found.rules:
        cells = (
            shown_capacity(found.capacity(name, f), found.capacity_error(name, f), found.loads) for f in found.flips
        )
        held.add_row(escaped(name), *cells)
    show(held)


def print_basins(found: "LearnedCapacity") -> None:
    """Print how many flipped units a network repairs, in per cent."""
    basins = table("basin, % of D, at load", *map(escaped, found.rules), left=1)
    for load, reach in zip(found.loads, found.basins.mean(axis=2).T, strict=True):
        basins.add_row(f"{load:g}", *(f"{100 * share:.1f}" for share in reach))
    show(basins)


def shown_capacity(load: float, error: float, loads: Any) -> str:
    """Write a capacity, or on which side of the loads it lies."""
    if math.isnan(load):
        return f"< {loads[0]:g}"
    if math.isinf(load):
        return f"> {loads[-1]:g}"
    return f"{load:.3f}" + ("" if math.isnan(error) else f" ± {error:.3f}")
