"""The command ``hebbfast temper``: parallel tempering of random couplings, or of those in a file."""

import math
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

import hebbfast as hb
from hebbfast import files
from hebbfast._work.threads import thread_count
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    PLOT,
    SEED,
    answer,
    blamed,
    examples,
    picture,
    read_numbers,
    reading,
    refused,
    say,
    show,
    table,
    watched,
)

MODELS: dict[str, str] = {"sk": "gaussian", "sk-signs": "signs", "ea": "signs", "ea-gaussian": "gaussian"}
WANTED = "sk:D, sk-signs:D, ea:LxL or ea-gaussian:LxLxL, or a .npy file of couplings (D, D)"


def read_model(text: str) -> tuple[Callable[[Any], hb.HopfieldNetwork], bool]:
    """What makes a network of random numbers, and whether it is of Sherrington and Kirkpatrick."""
    name, _, size = text.partition(":")
    if name not in MODELS:
        matrix = _matrix(text)
        return (lambda rng: hb.HopfieldNetwork(matrix)), False
    lengths = size.split("x")
    if not all(length.isdecimal() and 0 < int(length) < 2**31 for length in lengths):
        raise refused(f"{text!r}: say {WANTED}", "MODEL")
    numbers, couplings = tuple(map(int, lengths)), MODELS[name]
    if name.startswith("ea"):
        return (lambda rng: hb.spin_glass.edwards_anderson(numbers, couplings=couplings, rng=rng)), False
    if len(numbers) > 1:
        raise refused(f"{text!r}: say {WANTED}", "MODEL")
    return (lambda rng: hb.spin_glass.sherrington_kirkpatrick(numbers[0], couplings=couplings, rng=rng)), True


def _matrix(path: str) -> Any:
    if not path.endswith(".npy"):
        raise refused(f"{path!r}: say {WANTED}", "MODEL")
    with reading("MODEL"):
        return files.read_values(path)


@click.command(
    epilog=examples(
        "temper sk:128 --samples 4 --temperatures 0.4:1.6:0.2 --plot sk.png",
        "temper ea:16x16 --sweeps 2000 --store runs/",
        "temper couplings.npy --json",
    )
)
@click.argument("model", type=INPUT)
@click.option("--temperatures", type=read_numbers, help="T: a,b,c or START:STOP:STEP.  [default: measured]")
@click.option("--samples", type=click.IntRange(min=1), help="Networks of random couplings.  [default: 8]")
@click.option("--sweeps", type=click.IntRange(min=1), default=5000, show_default=True, help="Measured of each replica.")
@click.option("--burn-in", type=click.IntRange(min=0), default=1000, show_default=True, help="Sweeps before.")
@click.option("--swap-every", type=click.IntRange(min=1), default=5, show_default=True, help="Sweeps between swaps.")
@click.option("--store", type=click.Path(path_type=Path), metavar="FOLDER", help="Runs; goes on from there.")
@PLOT
@click.option("--workers", type=click.IntRange(min=1), help="Processes.  [default: one for each usable CPU]")
@click.option("--scheduler", metavar="ADDRESS", help="Of a dask cluster, to run there.")
@SEED
@JSON
def temper(
    model: str,
    temperatures: list[float] | None,
    samples: int | None,
    store: Path | None,
    plot: Path | None,
    workers: int | None,
    scheduler: str | None,
    seed: int,
    **options: Any,
) -> None:
    """Temper spin glasses: energies, overlaps and their laws at a ladder of temperatures.

    MODEL is sk:D or sk-signs:D (Sherrington and Kirkpatrick, Gaussian or ±1/√D), ea:LxL or ea-gaussian:LxLxL (Edwards
    and Anderson, a periodic lattice), or a .npy file of symmetric couplings. A run that was stopped goes on with the
    same --store, bit for bit. Replicas that make no round trips have not reached equilibrium, whatever errors say.
    """
    start = time.perf_counter()
    make, known = read_model(model)
    count = samples or (1 if model.endswith(".npy") else 8)
    with picture(plot, inputs=[model] if model.endswith(".npy") else []) as draw:
        with blamed("temper"), warnings.catch_warnings():
            from hebbfast import experiments, theory
            from hebbfast.dynamics.ladders import read_ladder
            from hebbfast.experiments.tempered import average

            warnings.simplefilter("ignore", UserWarning)  # of short runs: tau stands in the table
            networks = [make([seed, j]) for j in range(count)]
            if temperatures is None:
                ladder = hb.temperature_ladder(networks[0], rng=seed)
            else:
                ladder = read_ladder("--temperatures", temperatures)
            runs = experiments.temper(
                networks, [ladder], seed=seed, store=store, scheduler=scheduler, progress=watched(),
                workers=1 if scheduler else min(count, workers or thread_count(None)), **options,
            )  # fmt: skip
            found = average(runs)
            limit = [theory.parisi(T) for T in found.temperatures.tolist()] if known else None
        print_table(found, limit)
        seconds, best = time.perf_counter() - start, min(run.result.best_energy for run in runs) / found.units
        say(
            f"D = {found.units:,}, {count} {'network' if count == 1 else 'networks'}; round trips of a run: "
            f"{found.round_trips} or more; best energy {best:.6g} a unit; {seconds:.1f} s"
        )
        draw("tempered", found, model, None if limit is None else curve(found.temperatures))
    answer({"model": model}, found, best_energy=best, theory=limit, seconds=seconds)


def curve(temperatures: Any) -> tuple[Any, list[float], list[float]]:
    """Parisi's energies and ⟨q²⟩, for a line."""
    from hebbfast import theory

    fine = np.linspace(temperatures[0], temperatures[-1], 16)
    found = [theory.parisi(T) for T in fine.tolist()]
    return fine, [point.energy for point in found], [point.overlap_second_moment for point in found]


def print_table(found: Any, limit: Any) -> None:
    """Print a line for each temperature."""
    theory = ["e, D to infinity", "⟨q²⟩, D to infinity"] if limit else []
    lines = table("T", "e", "error", *theory[:1], "⟨q²⟩", "error", *theory[1:], "tau", "swaps with next")
    for t, T in enumerate(found.temperatures.tolist()):
        swaps = found.swap_rate[t] if t < len(found.swap_rate) else math.nan
        lines.add_row(
            f"{T:.4g}",
            f"{found.energy[t]:.5f}",
            f"{found.energy_error[t]:.5f}",
            *([f"{limit[t].energy:.5f}"] if limit else []),
            f"{found.overlap_squared[t]:.4f}",
            f"{found.overlap_squared_error[t]:.4f}",
            *([f"{limit[t].overlap_second_moment:.4f}"] if limit else []),
            f"{found.tau[t]:.0f}",
            "" if math.isnan(swaps) else f"{swaps:.0%}",
        )
    show(lines)
