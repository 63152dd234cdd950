"""The command ``hebbfast demo``."""

import time
from importlib.util import find_spec
from pathlib import Path

import click
import numpy as np
from rich.text import Text

from hebbfast._work.progress import progress_bar
from hebbfast.bits import PackedPatterns
from hebbfast.cli._shared import OUT, SEED, THREADS, blamed, examples, failed, picture, say, show, table, watched
from hebbfast.experiments import shipped
from hebbfast.experiments.shipped import DAMAGES, DIGIT_FLIPS, FLIP, POWERS, Recalled
from hebbfast.experiments.speed import peak_bytes

DISTRACTORS = 2000


@click.command(epilog=examples("demo", "demo --out pictures.pdf"))
@click.option("--out", type=OUT, default="hebbfast-demo.png", show_default=True, help="Picture to write.")
@SEED
@THREADS
def demo(out: Path, seed: int, threads: int | None) -> None:
    """Recall real pictures and digits from damaged cues; nothing is downloaded."""
    for module in ("matplotlib", "PIL", "skimage", "sklearn"):
        if find_spec(module) is None:
            raise failed(f'the demo needs {module}: pip install "hebbfast[demo]"')
    start = time.perf_counter()
    with picture(out, "--out") as draw:
        rng = np.random.default_rng(seed)
        with blamed("demo"):
            pictures, names, note = shipped.shipped_pictures()
            distractors = PackedPatterns.random(DISTRACTORS, pictures.shape[1], rng=rng)
            packed = PackedPatterns.concatenate([PackedPatterns(pictures), distractors])
        say(note)
        say(f"stored with {DISTRACTORS:,} random distractors: {len(packed):,} patterns of D = {packed.shape[1]:,} bits")
        say(f"cues: {FLIP:.0%} of the pixels flipped, or the lower half blanked by noise\n")
        count = len(names) * len(DAMAGES) * len(POWERS)
        with blamed("demo"), progress_bar("recall", count, watched()) as advance:
            recalls = shipped.recall_pictures(packed, pictures, names, rng=rng, threads=threads, advance=advance)
        print_recalls(recalls)
        print_verdict(recalls, pictures, names)
        say(memory_line(packed) + "\n")
        print_digits(rng, threads)
        columns, overlaps, title = gallery(recalls, pictures, names)
        draw("gallery", names, columns, overlaps, title=title)
        say(f"\n{time.perf_counter() - start:.0f} s in all")


def overlap_text(overlap: float) -> str:
    """Write an overlap so that nothing below 1 looks like 1."""
    from hebbfast import plots

    return plots.overlap_text(overlap)


def print_recalls(recalls: list[Recalled]) -> None:
    """Print a line a picture and damage, the powers side by side."""
    headings = [heading for n in POWERS for heading in (f"n = {n}\noverlap", "\nsweeps", "\nseconds")]
    side_by_side = table("picture", "cue", "cue\noverlap", *headings, left=2)
    lines: dict[tuple[str, str], list[str | Text]] = {}
    for r in recalls:
        line = lines.setdefault((r.name, r.damage), [r.name, r.damage, f"{r.cue_overlap:.3f}"])
        line += [
            Text(overlap_text(r.overlap), "green" if r.overlap == 1 else "red"),
            f"{r.sweeps}{'' if r.converged else '+'}",
            f"{r.seconds:.2f}",
        ]
    for line in lines.values():
        side_by_side.add_row(*line)
    show(side_by_side)


def print_verdict(recalls: list[Recalled], pictures: np.ndarray, names: list[str]) -> None:
    """Count the exact recalls and say why the others fail."""
    for n in POWERS:
        of_n = [r for r in recalls if r.n == n]
        wrong = np.array([r.state for r in of_n if r.overlap < 1])
        seconds = sum(r.seconds for r in of_n) / len(of_n)
        line = f"n = {n}: {len(of_n) - len(wrong)} of {len(of_n)} recalls exact, {seconds:.2f} s each"
        if len(wrong) > 1 and (alike := np.abs(shipped.all_overlaps(wrong)).min()) > 0.9:
            text = overlap_text(float(alike))
            line += f"; the other {len(wrong)} ended in one blend (up to its sign, overlaps from {text})"
        say(line)
    overlaps = shipped.all_overlaps(pictures)
    np.fill_diagonal(overlaps, 0)
    a, b = np.unravel_index(np.argmax(np.abs(overlaps)), overlaps.shape)
    say(
        f"Why: pictures are correlated ({names[a]} and {names[b]}: {overlaps[a, b]:.2f}). With n = 2 each pulls in"
        " proportion to its\noverlap, and they blend; with n = 3 in proportion to its square, and the closest one wins:"
        " why dense memories exist."
    )


def memory_line(packed: PackedPatterns) -> str:
    """Say what the patterns take, and the process at its height."""
    units = len(packed) * packed.shape[1]
    return (
        f"memory: patterns {packed.nbytes / 1e6:.0f} MB as bits ({units / 1e6:.0f} MB as bytes), their transposed copy"
        f" as much again; peak of the process {peak_bytes() / 1e6:.0f} MB"
    )


def print_digits(rng: np.random.Generator, threads: int | None) -> None:
    """Recall all digits of scikit-learn, and print how many come back."""
    with blamed("demo"):
        digits = shipped.shipped_digits()
        found = shipped.recall_digits(digits, rng=rng, threads=threads)
    distinct, (patterns, units) = len(np.unique(digits, axis=0)), digits.shape
    say(
        f"{patterns:,} digits of {units} pixels ({distinct:,} distinct; {patterns / units:.0f} a pixel, far more than"
        f" small n can hold), {DIGIT_FLIPS} pixels flipped;\nexact: all {units} pixels equal those of the digit"
        " before the damage"
    )
    counts = table("", "exact", "sweeps", "seconds", left=1)
    for row in found:
        counts.add_row(
            row.how, f"{row.exact:.1%}", "-" if row.sweeps is None else f"{row.sweeps:.1f}", f"{row.seconds:.2f}"
        )
    show(counts)


def gallery(
    recalls: list[Recalled], pictures: np.ndarray, names: list[str]
) -> tuple[list[tuple[str, np.ndarray]], dict[int, np.ndarray], str]:
    """Columns, overlaps and title of the picture: cue, recalled, original, one row a picture."""
    side = shipped.SIDE
    columns: list[tuple[str, np.ndarray]] = []
    overlaps: dict[int, np.ndarray] = {}
    for damage in DAMAGES:
        chosen = {n: [r for r in recalls if (r.damage, r.n) == (damage, n)] for n in POWERS}
        columns.append((f"cue: {damage}", np.stack([r.cue for r in chosen[POWERS[0]]]).reshape(-1, side, side)))
        for n in POWERS:
            overlaps[len(columns)] = np.array([r.overlap for r in chosen[n]])
            columns.append((f"n = {n}", np.stack([r.state for r in chosen[n]]).reshape(-1, side, side)))
    columns.append(("original", pictures.reshape(-1, side, side)))
    title = (
        f"hebbfast demo: cue \N{RIGHTWARDS ARROW} recalled \N{RIGHTWARDS ARROW} original"
        f"  ({len(names)} pictures and {DISTRACTORS:,} random patterns of {side}x{side} bits; green frame: exact,"
        " orange: overlap with the original)"
    )
    return columns, overlaps, title
