"""Real pictures and digits, recalled from damaged cues: the work behind ``hebbfast demo``.

All data ship inside the wheels of scikit-image and scikit-learn; nothing is downloaded.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hebbfast._work.threads import over, thread_count
from hebbfast.bits import PackedPatterns
from hebbfast.files import read_pictures
from hebbfast.interactions import Polynomial
from hebbfast.networks.dense import DenseAssociativeMemory
from hebbfast.patterns import corrupt

__all__ = ["DigitRecall", "Recalled", "all_overlaps", "recall_digits", "recall_pictures", "shipped_pictures"]

SIDE = 512
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


@dataclass(frozen=True)
class DigitRecall:
    """Recall of all digits: the share that came back exactly; no sweeps for the closest stored digit."""

    how: str
    exact: float
    sweeps: float | None
    seconds: float


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
    same = np.triu(all_overlaps(pictures) == 1, k=1)
    first = ~same.any(axis=0)
    twins = [f"{files[b].name} has the bits of {files[a].name}" for a, b in np.argwhere(same)]
    note = f"{first.sum()} pictures inside scikit-image, {SIDE}x{SIDE}, the brighter half of each +1"
    if twins:
        note += f" ({len(files)} files; {', '.join(twins)})"
    return pictures[first], [file.stem for file, keep in zip(files, first, strict=True) if keep], note


def recall_pictures(
    packed: PackedPatterns,
    pictures: np.ndarray,
    names: list[str],
    *,
    rng: np.random.Generator,
    threads: int | None = None,
    advance: Callable[[float], None] = lambda step: None,
) -> list[Recalled]:
    """Recall each picture from each damaged cue with each n, each on one thread and timed by itself.

    Parameters
    ----------
    packed : PackedPatterns
        What is stored, the pictures among it.
    pictures : (P, D) int8 of ±1
    names : list of P str
    rng : Generator
        Of the damage and the visiting orders.
    threads : int, optional
        How many recalls run at a time; default: as `DenseAssociativeMemory.recall`.
    advance : function of a number
        Called after each recall, on any thread.
    """
    half = pictures.shape[1] // 2
    blanked = pictures.copy()
    blanked[:, half:] = rng.choice(np.array([-1, 1], np.int8), (len(pictures), half))
    cues = np.stack([corrupt(pictures, flip=FLIP, rng=rng), blanked], axis=1)
    recalls: list[Recalled] = []
    for n in POWERS:
        memory = DenseAssociativeMemory(packed, Polynomial(n))
        memory.recall(pictures[0], max_sweeps=0)  # transposes the patterns, which is no part of a recall's time

        def recall(
            job: tuple[int, int, int], _: object, n: int = n, memory: DenseAssociativeMemory = memory
        ) -> Recalled:
            row, damage, seed = job
            cue = cues[row, damage]
            start = time.perf_counter()
            result = memory.recall(cue, rng=seed, threads=1)
            seconds = time.perf_counter() - start
            before, after = (float(np.mean(state * pictures[row])) for state in (cue, result.states))
            advance(1)
            return Recalled(
                names[row], DAMAGES[damage], n, cue, result.states, before, after,
                int(result.sweeps), bool(result.converged), seconds,
            )  # fmt: skip

        jobs = [(row, damage, int(rng.integers(2**63))) for row, damage in np.ndindex(cues.shape[:2])]
        recalls += over(recall, jobs, thread_count(threads))
    return recalls


def all_overlaps(states: np.ndarray) -> np.ndarray:
    """Overlaps divided by D of all pairs of (Q, D) states."""
    packed = PackedPatterns(states)
    return packed.overlaps(packed) / packed.shape[1]


def shipped_digits() -> np.ndarray:
    """The (1797, 64) digits of scikit-learn as int8 of ±1."""
    from sklearn.datasets import load_digits

    return np.where(load_digits().data >= 8, 1, -1).astype(np.int8)  # grey values 0 .. 16


def recall_digits(digits: np.ndarray, *, rng: np.random.Generator, threads: int | None = None) -> list[DigitRecall]:
    """Recall all digits from `DIGIT_FLIPS` flipped pixels, by every n and by looking for the closest."""
    cues = corrupt(digits, flips=DIGIT_FLIPS, rng=rng)
    packed, found = PackedPatterns(digits), []
    for n in DIGIT_POWERS:
        start = time.perf_counter()
        result = DenseAssociativeMemory(packed, Polynomial(n)).recall(cues, rng=rng, threads=threads)
        seconds = time.perf_counter() - start
        exact = float(np.mean((result.states == digits).all(axis=1)))
        found.append(DigitRecall(f"n = {n}", exact, float(result.sweeps.mean()), seconds))
    start = time.perf_counter()
    closest = digits[np.argmax(packed.overlaps(cues), axis=1)]
    exact, seconds = float(np.mean((closest == digits).all(axis=1))), time.perf_counter() - start
    return [*found, DigitRecall("closest stored digit, for comparison", exact, None, seconds)]
