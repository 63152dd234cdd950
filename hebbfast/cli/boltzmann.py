"""The command ``hebbfast boltzmann``."""

import time
from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np

import hebbfast as hb
from hebbfast import files
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    OUT,
    SEED,
    SIZE,
    THREADS,
    THRESHOLD,
    answer,
    blamed,
    examples,
    expect_apart,
    failed,
    read_argument,
    say,
    show,
    table,
    target,
    watched,
)
from hebbfast.cli._streams import escaped
from hebbfast.networks.boltzmann import History


@click.command(
    epilog=examples(
        "boltzmann patterns.npy --hidden 64 --epochs 200 --out machine.safetensors",
        "boltzmann a.npy --out m.safetensors --complete b.npy --known 20 --completed c.npz",
    )
)
@click.argument("patterns", type=INPUT)
@click.option("--out", type=OUT, required=True, metavar="MACHINE.safetensors", help="File to write.")
@click.option("--hidden", type=click.IntRange(min=0), default=128, show_default=True, help="Hidden units.")
@click.option("--epochs", type=click.IntRange(min=1), default=1000, show_default=True, help="Passes over the patterns.")
@click.option("--learning-rate", type=float, default=0.1, show_default=True, help="First step; it falls to 0.")
@click.option("--validation", type=INPUT, metavar="FILE", help="Patterns that are scored, not learned.")
@click.option("--complete", type=INPUT, metavar="CUES", help="Patterns whose last units are to be found.")
@click.option(
    "--known", type=click.IntRange(min=1), help="How many units of the cues are known, from the first one on."
)
@click.option("--completed", type=OUT, metavar="RESULT.npz", help="File for what was found.")
@SIZE
@THRESHOLD
@SEED
@THREADS
@JSON
def boltzmann(
    patterns: str,
    out: Path,
    hidden: int,
    epochs: int,
    learning_rate: float,
    validation: str | None,
    complete: str | None,
    known: int | None,
    completed: Path | None,
    size: tuple[int, int] | None,
    threshold: str | float | None,
    seed: int,
    threads: int | None,
) -> None:
    """Learn the distribution of PATTERNS with a restricted Boltzmann machine.

    PATTERNS, --validation and --complete are read as by hebbfast recall. Printed is the mean of ln p, in nats a
    pattern, on the way and at the end. Without hidden units all visible ones are coupled. The result is read by
    BoltzmannMachine.load; that of --complete holds states and mean, one row a cue.
    """
    if len({complete is None, known is None, completed is None}) > 1:
        raise click.UsageError("--complete, --known and --completed belong together")
    expect_apart(completed, "--completed", out, "--out")
    start = time.perf_counter()
    inputs = tuple(name for name in (patterns, validation, complete) if name)
    with ExitStack() as opened:
        file = opened.enter_context(target(out, inputs=inputs))
        found = opened.enter_context(target(completed, "--completed", inputs)) if completed else None
        stored, _ = read_argument("PATTERNS", patterns, size, threshold)
        scored = read_argument("--validation", validation, size, threshold)[0] if validation else None
        cues = read_argument("--complete", complete, size, threshold)[0] if complete else None
        units = stored.shape[1]
        if known is not None and known >= units:
            raise click.UsageError(f"--known must be below the {units} units of a pattern, got {known}")
        for option, path, others in (("--validation", validation, scored), ("--complete", complete, cues)):
            if others is not None and others.shape[1] != units:
                raise failed(
                    f"{option}: {path} has D = {others.shape[1]:,} units, but PATTERNS {patterns} has {units:,}"
                )
        with blamed("boltzmann"):
            machine = hb.BoltzmannMachine(units, hidden, rng=seed)
            machine.fit(
                stored,
                validation=scored,
                epochs=epochs,
                learning_rate=learning_rate,
                threads=threads,
                progress=watched(),
            )
            machine.save(file)
            if cues is not None and found is not None and known is not None:
                mask = np.arange(units) < known
                made = machine.complete(cues, known=mask, threads=threads)
                files.write_arrays(found, {"states": made.states, "mean": made.mean})
    if machine.history is not None:
        print_history(machine.history)
    seconds = time.perf_counter() - start
    say(f"{machine!r}, {len(stored):,} patterns, {seconds:.2f} s")
    say(f"result: {escaped(str(out))}")
    if completed:
        say(f"completed: {escaped(str(completed))}")
    answer(
        visible=machine.visible, hidden=machine.hidden, patterns=len(stored), history=machine.history, seconds=seconds,
        result=out, completed=completed,
    )  # fmt: skip


def print_history(history: History) -> None:
    """Print how the likelihood rose."""
    rows = table("epochs", "ln p", "of validation", "error of both")
    for epoch, own, other, error in zip(history.epochs, history.train, history.validation, history.error, strict=True):
        cells = (f"{value:.2f}" if np.isfinite(value) else "-" for value in (own, other, error))
        rows.add_row(f"{epoch:,}", *cells)
    show(rows)
