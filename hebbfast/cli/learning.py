"""The commands ``hebbfast learn`` and ``hebbfast learned-capacity``."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from hebbfast import learning
from hebbfast.cli.main import (
    OUT,
    SEED,
    THREADS,
    blamed,
    commands,
    read_argument,
    read_numbers,
    read_size,
    read_threshold,
    written_whole,
)
from hebbfast.learning.record import Learned

NAMED = 10  # units listed by number

ASCENT = {"epochs", "learning_rate", "norm", "flip", "copies", "rng", "threads", "progress"}
RULES: dict[str, tuple[Callable[..., Learned], set[str]]] = {
    "redundancy": (learning.redundancy, {"goal", "external", "bins", *ASCENT}),
    "logistic": (learning.logistic, ASCENT),
    "perceptron": (learning.perceptron, {"kappa", "symmetric", "epochs", "threads"}),
    "maximal-stability": (learning.maximal_stability, {"epochs", "threads"}),
    "projection": (learning.projection, set()),
    "storkey": (learning.storkey, set()),
    "unlearning": (learning.unlearning, {"dreams", "rng"}),
    "palimpsest": (learning.palimpsest, {"bound", "decay"}),
    "sign-clipped": (learning.sign_clipped, set()),
}
ALWAYS = {"rng", "threads", "progress"}  # passed on to the rules that know them, no use in refusing them


@commands.command()
@click.argument("patterns")
@click.option("--rule", type=click.Choice(list(RULES)), default="redundancy", show_default=True)
@click.option("--out", type=OUT, required=True, metavar="COUPLINGS.npz", help="File to write.")
@click.option("--epochs", type=int, help="Limit of passes over the patterns.  [default: the rule's]")
@click.option("--goal", type=read_numbers, metavar="E,R,RED,SYN,RES", help="redundancy: weights of the five atoms.")
@click.option("--external", type=float, help="redundancy: weight of the external input.")
@click.option("--bins", type=int, help="redundancy: bins of the recurrent field.")
@click.option("--learning-rate", type=float, help="redundancy, logistic: rate of Adam.")
@click.option("--norm", type=float, help="redundancy, logistic: keep rows at this norm; 2 to 3 give wide basins.")
@click.option("--flip", type=float, help="redundancy, logistic: learn with noise, units flipped with this probability.")
@click.option("--copies", type=int, help="redundancy, logistic: noisy copies of each pattern.")
@click.option("--kappa", type=float, help="perceptron: the margin.")
@click.option("--symmetric", is_flag=True, default=None, help="perceptron: symmetric couplings.")
@click.option("--dreams", type=int, help="unlearning: how many dreams.")
@click.option("--bound", type=int, help="palimpsest: couplings stay within -bound..bound.")
@click.option("--decay", type=float, help="palimpsest: what each pattern takes off the older ones.")
@click.option("--size", type=read_size, metavar="WxH", help="Resize pictures; one number means a square.")
@click.option("--threshold", type=read_threshold, metavar="RULE", help="As for hebbfast recall.")
@SEED
@THREADS
def learn(
    patterns: str,
    rule: str,
    out: Path,
    size: tuple[int, int] | None,
    threshold: str | float | None,
    seed: int,
    threads: int | None,
    **options: Any,
) -> None:
    """Learn couplings that hold PATTERNS.

    PATTERNS is read as by hebbfast recall. The result holds couplings (D, D), margins (D,), epochs, converged, and
    failed: the units that do not keep their value in every pattern.
    """
    function, known = RULES[rule]
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in known:
            raise click.UsageError(f"--{name.replace('_', '-')} means nothing to the rule {rule}")
    if rule == "unlearning" and "dreams" not in given:
        raise click.UsageError("the rule unlearning needs --dreams")
    common = {"rng": seed, "threads": threads, "progress": Console().is_terminal}
    start = time.perf_counter()
    with written_whole(out) as file:
        stored, _ = read_argument("PATTERNS", patterns, size, threshold)
        with blamed("learn"):
            learned = function(stored, **given, **{name: common[name] for name in ALWAYS & known})
            fields = {
                name: value for name, value in vars(learned).items() if isinstance(value, (np.ndarray, int, bool))
            }
            np.savez(file, allow_pickle=False, failed=learned.failed, **fields)
    print_learned(rule, stored.shape, learned, time.perf_counter() - start)
    click.echo(f"result: {out}")


def print_learned(rule: str, shape: tuple[int, int], learned: Learned, seconds: float) -> None:
    """Print what a rule has reached, and the units for which it has not."""
    count, units = shape
    click.echo(f"{rule}: {count:,} patterns of {units:,} units, load {count / units:.3f}, {seconds:.2f} s")
    click.echo(f"epochs {learned.epochs:,}, {'converged' if learned.converged else 'NOT converged'}")
    click.echo(f"margins: least {learned.margins.min():.4f}, mean {learned.margins.mean():.4f}")
    fallback = getattr(learned, "fallback", np.empty(0, dtype=int))
    if len(fallback):
        click.echo(f"learned by their likelihood instead, the goal has no gradient: {listed(fallback)}")
    if len(learned.failed):
        click.echo(f"do not keep their value in every pattern: {listed(learned.failed)}")


def listed(units: Any) -> str:
    """Say how many units and which; the first few of many."""
    shown = ", ".join(map(str, units[:NAMED])) + (", ..." if len(units) > NAMED else "")
    return f"{len(units):,} unit{'s' * (len(units) != 1)} ({shown})"


@commands.command("learned-capacity")
@click.option("--units", type=click.IntRange(min=2), default=100, show_default=True, help="D.")
@click.option(
    "--loads", type=read_numbers, default="0.1:1.7:0.2", show_default=True, help="K/D: a,b,c or START:STOP:STEP."
)
@click.option("--rule", "rules", multiple=True, metavar="NAME", help="A rule; again for more.  [default: all]")
@click.option("--networks", type=click.IntRange(min=1), default=20, show_default=True, help="Networks at each load.")
@click.option("--epochs", type=click.IntRange(min=1), default=5000, show_default=True, help="Limit of epochs.")
@click.option(
    "--flips", type=read_numbers, default="0.05,0.1", show_default=True, help="Shares of units flipped in cues."
)
@click.option("--basins/--no-basins", default=True, show_default=True, help="Measure basins, too.")
@click.option("--plot", type=OUT, metavar="PICTURE", help="Picture to write.")
@SEED
@THREADS
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
    """Compare what learning rules hold: patterns as fixed points, noisy cues, and basins of attraction."""
    from hebbfast import experiments

    start = time.perf_counter()
    with blamed("learned-capacity"):
        found = experiments.learned_capacity(
            units, loads, rules=rules or None, networks=networks, epochs=epochs, flips=flips, basins=basins,
            rng=seed, threads=threads, progress=Console().is_terminal,
        )  # fmt: skip
    click.echo(
        f"D = {units}, {networks} networks a load, at most {epochs:,} epochs, {time.perf_counter() - start:.0f} s"
    )
    click.echo(
        "Synchronous recall. A load is held while the mean overlap / D of the networks is at least"
        f" {found.criterion}; between loads by linear interpolation."
    )
    console = Console()
    if not console.is_terminal:
        console.width = 140
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("largest load held")
    for share in found.flips:
        table.add_column(f"cues {share:.0%} flipped" if share else "fixed points", justify="right")
    for name in found.rules:
        cells = (
            shown_capacity(found.capacity(name, f), found.capacity_error(name, f), found.loads) for f in found.flips
        )
        table.add_row(name, *cells)
    console.print(table, highlight=False)
    if basins:
        table = Table(box=None, pad_edge=False, header_style="bold")
        table.add_column("basin, % of D, at load")
        for name in found.rules:
            table.add_column(name, justify="right", overflow="fold")
        for load, reach in zip(found.loads, found.basins.mean(axis=2).T, strict=True):
            table.add_row(f"{load:g}", *(f"{100 * share:.1f}" for share in reach))
        console.print(table, highlight=False)
    if plot:
        from hebbfast import plots

        with written_whole(plot) as file:
            plots.learned_capacity(file, found, file_format=plot.suffix[1:].lower())
        click.echo(f"picture: {plot}")


def shown_capacity(load: float, error: float, loads: Any) -> str:
    """Write a capacity, or on which side of the loads it lies."""
    if math.isnan(load):
        return f"< {loads[0]:g}"
    if math.isinf(load):
        return f"> {loads[-1]:g}"
    return f"{load:.3f}" + ("" if math.isnan(error) else f" ± {error:.3f}")
