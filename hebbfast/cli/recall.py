"""The command ``hebbfast recall``."""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

import hebbfast as hb
from hebbfast import files
from hebbfast._work.progress import progress_bar
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    OUT,
    PLOT,
    SEED,
    SIZE,
    THREADS,
    THRESHOLD,
    TIE,
    answer,
    blamed,
    examples,
    expect_apart,
    failed,
    interaction_option,
    picture,
    read_argument,
    read_flip,
    refused,
    say,
    show,
    table,
    target,
    watched,
    words,
)
from hebbfast.cli._streams import escaped

PIECE_BYTES = 2**27  # of states and overlaps, in one piece of a batch
POSTERIOR = ("index", "probability", "novelty", "flip")
SHOWN = 10  # cues listed one by one


@click.command(
    epilog=examples(
        "recall patterns.npy cues.npz:damaged --out result.npz",
        "recall patterns.csv cues.txt --interaction exponential:0.1 --out result.npz --json",
        "recall PICTURES/ DAMAGED/ --size 128 --out result.npz --plot recalled.png",
        "recall grey.mat:stored grey.mat:cues --threshold mean --out result.npz",
    )
)
@click.argument("patterns", type=INPUT)
@click.argument("cues", type=INPUT)
@click.option("--out", type=OUT, required=True, metavar="RESULT.npz", help="File to write.")
@interaction_option("polynomial:3")
@click.option(
    "--update",
    type=click.Choice(["async", "sync"]),
    default="async",
    show_default=True,
    help="One unit after another, or all at once.",
)
@click.option(
    "--order", type=click.Choice(["random", "sequential", "replacement"]), default="random", show_default=True,
    help="Of the visits of a sweep.",
)  # fmt: skip
@TIE
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Heat bath above 0.")
@click.option("--max-sweeps", type=click.IntRange(min=0), default=100, show_default=True, help="When to stop.")
@SIZE
@THRESHOLD
@click.option(
    "--posterior",
    type=read_flip,
    shell_complete=words("fit"),
    metavar="FLIP",
    help="Say how probable patterns are if units flipped so often; or fit.",
)
@PLOT
@SEED
@THREADS
@JSON
def recall(
    patterns: str,
    cues: str,
    out: Path,
    interaction: Any,
    size: tuple[int, int] | None,
    threshold: str | float | None,
    posterior: float | str | None,
    plot: Path | None,
    seed: int,
    **options: Any,
) -> None:
    """Store PATTERNS and recall them from CUES.

    Each is a .npy file, a .npz or .mat file (FILE.npz:NAME picks an array), lines of numbers (.csv, .txt), a folder of
    pictures, one picture, or a file written by PackedPatterns.save.

    The result holds one entry a cue: states, converged, sweeps, energy, best (the stored pattern with the largest
    overlap, counted from 0) and overlap (that overlap, from -D to D).

    --plot draws the first cues, what was recalled, and the nearest stored patterns. Rows of values are drawn as
    pictures of --size WxH.
    """
    start = time.perf_counter()
    inputs = patterns, cues
    expect_apart(plot, "--plot", out, "--out")
    with target(out, inputs=inputs) as file, picture(plot, inputs=inputs) as draw:
        stored, names = read_argument("PATTERNS", patterns, size, threshold)
        given, cue_names = read_argument("CUES", cues, size, threshold)
        if given.shape[1] != stored.shape[1]:
            raise failed(
                f"CUES: {cues} has D = {given.shape[1]:,} units, but PATTERNS {patterns} has {stored.shape[1]:,}"
            )
        shape = picture_shape(inputs, size, stored.shape[1]) if plot else None
        with blamed("recall"):
            memory = hb.DenseAssociativeMemory(stored, interaction)
            result = recall_pieces(memory, stored, given, rng=np.random.default_rng(seed), **options)
            if posterior is not None:
                known = memory.posterior(given, flip=posterior, threads=options["threads"])
                result |= {name: np.asarray(getattr(known, name)) for name in POSTERIOR}
        files.write_arrays(file, result)
        if plot:
            best = stored[result["best"][:SHOWN]].unpack()
            columns = {"cue": given[:SHOWN].unpack(), "recalled": result["states"][:SHOWN], "nearest stored": best}
            title = f"{len(stored):,} patterns, {interaction}"
            draw("states", columns, shape, names=cue_names[:SHOWN], against="nearest stored", title=title)
    seconds = time.perf_counter() - start
    print_summary(stored, names, cue_names, result, seconds)
    say(f"result: {escaped(str(out))}")
    answer(
        {name: values for name, values in result.items() if name != "states"}, patterns=len(stored),
        units=stored.shape[1], cues=cue_names, nearest=[names[best] for best in result["best"]], seconds=seconds,
        result=out, picture=plot,
    )  # fmt: skip


def picture_shape(inputs: tuple[str, str], size: tuple[int, int] | None, units: int) -> tuple[int, int]:
    """(H, W) of what is drawn: that of --size, or that of the pictures."""
    shape = size[::-1] if size else next(filter(None, map(files.picture_shape, inputs)), None)
    if shape is None or shape[0] * shape[1] != units:
        raise refused(f"say as WxH which pictures rows of {units:,} units are, to draw them", "--size")
    return shape


def recall_pieces(
    memory: hb.DenseAssociativeMemory, stored: hb.PackedPatterns, cues: hb.PackedPatterns, **options: Any
) -> dict[str, np.ndarray]:
    """Recall a batch in pieces, so that neither states nor overlaps of all cues stand in memory as (Q, K)."""
    step = max(1, PIECE_BYTES // (cues.shape[1] + 4 * len(stored)))
    parts: dict[str, list[np.ndarray]] = {}
    with progress_bar("recall", len(cues), watched()) as advance:
        for first in range(0, len(cues), step):
            found = memory.recall(cues[first : first + step].unpack(), **options)
            overlaps = stored.overlaps(found.states)
            best = overlaps.argmax(axis=1)
            for name, values in {
                "states": found.states,
                "converged": found.converged,
                "sweeps": found.sweeps,
                "energy": found.energy,
                "best": best,
                "overlap": np.take_along_axis(overlaps, best[:, None], axis=1)[:, 0],
            }.items():
                parts.setdefault(name, []).append(values)
            advance(len(found.states))
    return {name: np.concatenate(values) for name, values in parts.items()}


def print_summary(
    stored: hb.PackedPatterns, names: list[str], cue_names: list[str], result: dict[str, np.ndarray], seconds: float
) -> None:
    """Print what a recall did, and its first cues one by one."""
    certain = ("most probable", "probability") if "probability" in result else ()
    first = table("cue", "best pattern", "overlap / D", "converged", "sweeps", *certain, left=2)
    units = stored.shape[1]
    for cue, name in enumerate(cue_names[:SHOWN]):
        best, overlap, converged, sweeps = (result[key][cue] for key in ("best", "overlap", "converged", "sweeps"))
        labels = escaped(name), escaped(names[best])
        numbers = [f"{overlap / units:.4f}", "yes" if converged else "no", str(sweeps)]
        if certain:
            numbers += [escaped(names[result["index"][cue, 0]]), f"{result['probability'][cue, 0]:.4f}"]
        first.add_row(*labels, *numbers)
    show(first)
    cues, exact, converged = len(cue_names), np.sum(result["overlap"] == units), np.sum(result["converged"])
    if cues > SHOWN:
        say(f"... and {cues - SHOWN:,} more cues")
    say(
        f"{exact:,} of {cues:,} ended in a stored pattern, {converged:,} converged;"
        f" {len(stored):,} patterns of {units:,} units, {seconds:.2f} s"
    )
    if certain:
        say(f"posterior: units flip with probability {result['flip']:.4f}")
