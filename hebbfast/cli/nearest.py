"""The command ``hebbfast nearest``."""

import time
from pathlib import Path

import click

from hebbfast import files
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    OUT,
    SIZE,
    THREADS,
    THRESHOLD,
    answer,
    blamed,
    examples,
    failed,
    read_argument,
    say,
    show,
    table,
    target,
)
from hebbfast.cli._streams import escaped
from hebbfast.search import Nearest

SHOWN = 10  # states listed one by one


@click.command(
    epilog=examples(
        "nearest patterns.npy states.npy --out nearest.npz",
        "nearest PICTURES/ DAMAGED/ --size 128 --count 3 --out nearest.npz",
    )
)
@click.argument("patterns", type=INPUT)
@click.argument("states", type=INPUT)
@click.option("--out", type=OUT, required=True, metavar="RESULT.npz", help="File to write.")
@click.option("--count", type=click.IntRange(min=1), default=1, show_default=True, help="Patterns for each state.")
@SIZE
@THRESHOLD
@THREADS
@JSON
def nearest(
    patterns: str,
    states: str,
    out: Path,
    count: int,
    size: tuple[int, int] | None,
    threshold: str | float | None,
    threads: int | None,
) -> None:
    """Find the patterns among PATTERNS that lie nearest to each of STATES.

    Both are read as by hebbfast recall.

    The result holds index and overlap, one row a state: the patterns in order, counted from 0, and their overlaps, from
    -D to D; of equal ones the lower index comes first.
    """
    start = time.perf_counter()
    with target(out, inputs=(patterns, states)) as file:
        stored, names = read_argument("PATTERNS", patterns, size, threshold)
        given, state_names = read_argument("STATES", states, size, threshold)
        if given.shape[1] != stored.shape[1]:
            raise failed(
                f"STATES: {states} has D = {given.shape[1]:,} units, but PATTERNS {patterns} has {stored.shape[1]:,}"
            )
        with blamed("nearest"):
            found = stored.nearest(given, count, threads=threads)
        files.write_arrays(file, {"index": found.index, "overlap": found.overlap})
    seconds = time.perf_counter() - start
    print_summary(found, names, state_names, stored.shape[1])
    say(f"{len(stored):,} patterns of {stored.shape[1]:,} units, {seconds:.2f} s")
    say(f"result: {escaped(str(out))}")
    answer(
        patterns=len(stored), units=stored.shape[1], states=state_names, seconds=seconds, result=out,
        nearest=[[names[best] for best in row] for row in found.index], index=found.index, overlap=found.overlap,
    )  # fmt: skip


def print_summary(found: Nearest, names: list[str], state_names: list[str], units: int) -> None:
    """Print the best pattern of the first states."""
    first = table("state", "nearest pattern", "overlap / D", "differing units", left=2)
    for state, name in enumerate(state_names[:SHOWN]):
        best, overlap = int(found.index[state, 0]), int(found.overlap[state, 0])
        first.add_row(escaped(name), escaped(names[best]), f"{overlap / units:.4f}", f"{(units - overlap) // 2:,}")
    show(first)
    if len(state_names) > SHOWN:
        say(f"... and {len(state_names) - SHOWN:,} more states")
