"""The demonstration: real pictures and digits stored as bits and recalled from damaged cues.

All data ship inside the wheels of scikit-image and scikit-learn; nothing is downloaded.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO

import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from hebbfast import plots
from hebbfast._work.threads import thread_count
from hebbfast.bits import PackedPatterns
from hebbfast.files.pictures import read_pictures
from hebbfast.interactions import Polynomial
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.patterns import corrupt

SIDE = 512
DISTRACTORS = 2000
FLIP = 0.3
DAMAGES = ("flipped", "blanked")
POWERS = (2, 3)
DIGIT_POWERS = (2, 3, 5, 10, 20)
DIGIT_FLIPS = 5


@dataclass(frozen=True)
class Recalled:
    """One recall of one picture: (D,) states of ±1; overlaps are divided by D."""

    name: str
    damage: str
    n: int
    cue: np.ndarray
    state: np.ndarray
    cue_overlap: float
    overlap: float
    sweeps: int
    converged: bool
    seconds: float


def run(
    console: Console, file: BinaryIO, file_format: str = "png", *, seed: int = 0, threads: int | None = None
) -> None:
    """Run the whole demonstration.

    Parameters
    ----------
    console : where tables go, and the progress if it is a terminal
    file, file_format : binary file for the picture, and its format
    seed : seed of the distractors, the damage and the visiting orders; it decides all results but the times
    threads : threads to use; default: as `DenseAssociativeMemory.recall`
    """
    start = time.perf_counter()
    rng = np.random.default_rng(seed)
    pictures, names, note = shipped_pictures()
    _say(console, note)
    distractors = PackedPatterns.random(DISTRACTORS, SIDE**2, rng=rng)
    packed = PackedPatterns.concatenate([PackedPatterns(pictures), distractors])
    _say(console, f"stored with {DISTRACTORS:,} random distractors: {len(packed):,} patterns of D = {SIDE**2:,} bits")
    _say(console, f"cues: {FLIP:.0%} of the pixels flipped, or the lower half blanked by noise\n")
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        steps = _recall_pictures(packed, pictures, names, rng, threads)
        recalls = list(progress.track(steps, len(names) * len(DAMAGES) * len(POWERS), description="recall"))
    console.print(_picture_table(recalls))
    _print_verdict(console, recalls, pictures, names)
    _say(console, _memory_line(packed) + "\n")
    with console.status("digits") if console.is_terminal else nullcontext():
        _recall_digits(console, rng, threads)
    _draw(file, file_format, recalls, pictures, names)
    _say(console, f"\n{time.perf_counter() - start:.0f} s in all")


def _say(console: Console, text: str) -> None:
    """Print a line, unwrapped and uncoloured."""
    console.print(text, highlight=False, soft_wrap=True)


def shipped_pictures() -> tuple[np.ndarray, list[str], str]:
    """Read the pictures that lie inside the installed scikit-image, each one once.

    Returns
    -------
    pictures : (P, D) int8 of ±1, D = 512 * 512
    names : list of P str
    note : one line that says what was found
    """
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("scikit-image is missing", name="skimage")
    files = sorted(p for p in (Path(spec.origin).parent / "data").iterdir() if p.suffix in (".png", ".jpg"))
    pictures = read_pictures(files, (SIDE, SIDE)).unpack()
    same = np.triu(_all_overlaps(pictures) == 1, k=1)
    first = ~same.any(axis=0)
    twins = [f"{files[b].name} has the bits of {files[a].name}" for a, b in np.argwhere(same)]
    note = f"{first.sum()} pictures inside scikit-image, {SIDE}x{SIDE}, the brighter half of each +1"
    if twins:
        note += f" ({len(files)} files; {', '.join(twins)})"
    return pictures[first], [file.stem for file, keep in zip(files, first, strict=True) if keep], note


def _recall_pictures(
    packed: PackedPatterns, pictures: np.ndarray, names: list[str], rng: np.random.Generator, threads: int | None
) -> Iterator[Recalled]:
    """Recall each picture from each damaged cue with each n, each on one thread and timed by itself."""
    half = pictures.shape[1] // 2
    blanked = pictures.copy()
    blanked[:, half:] = rng.choice(np.array([-1, 1], np.int8), (len(pictures), half))
    cues = np.stack([corrupt(pictures, flip=FLIP, rng=rng), blanked], axis=1)

    def recall(job: tuple[int, int, int]) -> Recalled:
        row, damage, seed = job
        cue = cues[row, damage]
        degree = getattr(memory.interaction, "degree", 0)
        start = time.perf_counter()
        result = memory.recall(cue, rng=seed, threads=1)
        seconds = time.perf_counter() - start
        before, after = (float(np.mean(state * pictures[row])) for state in (cue, result.states))
        return Recalled(
            names[row], DAMAGES[damage], degree, cue, result.states, before, after,
            int(result.sweeps), bool(result.converged), seconds,
        )  # fmt: skip

    with ThreadPoolExecutor(thread_count(threads)) as pool:
        for n in POWERS:
            memory = DenseAssociativeMemory(packed, Polynomial(n))
            memory.recall(pictures[0], max_sweeps=0)  # transposes the patterns, which is no part of a recall's time
            jobs = [(row, damage, int(rng.integers(2**63))) for row, damage in np.ndindex(cues.shape[:2])]
            try:
                yield from pool.map(recall, jobs)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _picture_table(recalls: list[Recalled]) -> Table:
    """One line a picture and damage, the powers side by side."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("picture", no_wrap=True)
    table.add_column("cue", no_wrap=True)
    table.add_column("cue\noverlap", justify="right")
    for n in POWERS:
        for heading in (f"n = {n}\noverlap", "\nsweeps", "\nseconds"):
            table.add_column(heading, justify="right")
    lines: dict[tuple[str, str], list[str]] = {}
    for r in recalls:
        line = lines.setdefault((r.name, r.damage), [r.name, r.damage, f"{r.cue_overlap:.3f}"])
        colour = "green" if r.overlap == 1 else "red"
        line += [
            f"[{colour}]{plots.overlap_text(r.overlap)}[/]",
            f"{r.sweeps}{'' if r.converged else '+'}",
            f"{r.seconds:.2f}",
        ]
    for line in lines.values():
        table.add_row(*line)
    return table


def _print_verdict(console: Console, recalls: list[Recalled], pictures: np.ndarray, names: list[str]) -> None:
    """Count the exact recalls and say why the others fail."""
    for n in POWERS:
        of_n = [r for r in recalls if r.n == n]
        wrong = np.array([r.state for r in of_n if r.overlap < 1])
        seconds = sum(r.seconds for r in of_n) / len(of_n)
        line = f"n = {n}: {len(of_n) - len(wrong)} of {len(of_n)} recalls exact, {seconds:.2f} s each"
        if len(wrong) > 1 and (alike := np.abs(_all_overlaps(wrong)).min()) > 0.9:
            text = plots.overlap_text(float(alike))
            line += f"; the other {len(wrong)} ended in one blend (up to its sign, overlaps from {text})"
        _say(console, line)
    overlaps = _all_overlaps(pictures)
    np.fill_diagonal(overlaps, 0)
    a, b = np.unravel_index(np.argmax(np.abs(overlaps)), overlaps.shape)
    _say(
        console,
        f"Why: pictures are correlated ({names[a]} and {names[b]}: {overlaps[a, b]:.2f}). With n = 2 each pulls in"
        " proportion to its\noverlap, and they blend; with n = 3 in proportion to its square, and the closest one wins:"
        " why dense memories exist.",
    )


def _all_overlaps(states: np.ndarray) -> np.ndarray:
    """Overlaps divided by D of all pairs of (Q, D) states."""
    packed = PackedPatterns(states)
    return packed.overlaps(packed) / packed.shape[1]


def _memory_line(packed: PackedPatterns) -> str:
    """Say what the patterns take, and the process at its height."""
    units = len(packed) * packed.shape[1]
    line = f"memory: patterns {packed.nbytes / 1e6:.0f} MB as bits ({units / 1e6:.0f} MB as bytes)"
    line += ", their transposed copy as much again"
    peak = peak_memory()
    return line + (f"; peak of the process {peak / 1e6:.0f} MB" if peak else "")


def peak_memory() -> int | None:
    """Return the peak resident memory of this process in bytes, or None where the system does not tell."""
    try:
        import resource
    except ModuleNotFoundError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _recall_digits(console: Console, rng: np.random.Generator, threads: int | None) -> None:
    """Recall all digits of scikit-learn from `DIGIT_FLIPS` flipped pixels, and print how many come back."""
    from sklearn.datasets import load_digits

    digits = np.where(load_digits().data >= 8, 1, -1).astype(np.int8)  # grey values 0 .. 16
    cues = corrupt(digits, flips=DIGIT_FLIPS, rng=rng)
    distinct, (patterns, units) = len(np.unique(digits, axis=0)), digits.shape
    _say(
        console,
        f"{patterns:,} digits of {units} pixels ({distinct:,} distinct; {patterns / units:.0f} a pixel, far more than"
        f" small n can hold), {DIGIT_FLIPS} pixels flipped;\nexact: all {units} pixels equal those of the digit"
        " before the damage",
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("", "exact", "sweeps", "seconds"):
        table.add_column(heading, justify="right" if heading else "left")
    packed = PackedPatterns(digits)
    for n in DIGIT_POWERS:
        start = time.perf_counter()
        result = DenseAssociativeMemory(packed, Polynomial(n)).recall(cues, rng=rng, threads=threads)
        seconds = time.perf_counter() - start
        exact = np.mean((result.states == digits).all(axis=1))
        table.add_row(f"n = {n}", f"{exact:.1%}", f"{result.sweeps.mean():.1f}", f"{seconds:.2f}")
    start = time.perf_counter()
    closest = digits[np.argmax(packed.overlaps(cues), axis=1)]
    exact, seconds = np.mean((closest == digits).all(axis=1)), time.perf_counter() - start
    table.add_row("closest stored digit, for comparison", f"{exact:.1%}", "-", f"{seconds:.2f}")
    console.print(table)


def _draw(file: BinaryIO, file_format: str, recalls: list[Recalled], pictures: np.ndarray, names: list[str]) -> None:
    """Draw cue -> recalled -> original, one row a picture."""
    columns: list[tuple[str, np.ndarray]] = []
    overlaps: dict[int, np.ndarray] = {}

    def side_by_side(states: list[np.ndarray]) -> np.ndarray:
        return np.stack(states).reshape(-1, SIDE, SIDE)

    for damage in DAMAGES:
        columns.append(
            (f"cue: {damage}", side_by_side([r.cue for r in recalls if (r.damage, r.n) == (damage, POWERS[0])]))
        )
        for n in POWERS:
            chosen = [r for r in recalls if (r.damage, r.n) == (damage, n)]
            overlaps[len(columns)] = np.array([r.overlap for r in chosen])
            columns.append((f"n = {n}", side_by_side([r.state for r in chosen])))
    columns.append(("original", side_by_side(list(pictures))))
    title = (
        f"hebbfast demo: cue \N{RIGHTWARDS ARROW} recalled \N{RIGHTWARDS ARROW} original"
        f"  ({len(names)} pictures and {DISTRACTORS:,} random patterns of {SIDE}x{SIDE} bits; green frame: exact,"
        " orange: overlap with the original)"
    )
    plots.gallery(file, names, columns, overlaps, title=title, file_format=file_format)
