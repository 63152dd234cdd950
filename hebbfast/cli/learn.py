"""The command ``hebbfast learn``."""

import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from hebbfast import files, learning
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    OUT,
    SEED,
    SIZE,
    THREADS,
    answer,
    blamed,
    examples,
    read_argument,
    read_numbers,
    read_threshold,
    say,
    target,
    watched,
    words,
)
from hebbfast.cli._streams import escaped
from hebbfast.learning.record import Learned, stabilities

NAMED = 10  # units listed by number

RULES = {rule.function.__name__.replace("_", "-"): rule for rule in learning.RULES.values() if not rule.options}
ALWAYS = {"rng", "threads", "progress"}  # offered to every rule, no use in refusing them


@click.command(
    epilog=examples(
        "learn patterns.npy --rule projection --out couplings.npz",
        "learn patterns.npy --rule redundancy --norm 2.5 --epochs 500 --out couplings.npz",
    )
)
@click.argument("patterns", type=INPUT)
@click.option("--rule", type=click.Choice(list(RULES)), default="redundancy", show_default=True, help="The rule.")
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
@SIZE
@click.option(
    "--threshold", type=read_threshold, shell_complete=words(*files.THRESHOLDS), metavar="RULE",
    help="As for hebbfast recall.",
)  # fmt: skip
@SEED
@THREADS
@JSON
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
    known = RULES[rule].takes
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in known:
            raise click.UsageError(f"--{name.replace('_', '-')} means nothing to the rule {rule}")
    for name in sorted(RULES[rule].needs - given.keys()):
        raise click.UsageError(f"the rule {rule} needs --{name.replace('_', '-')}")
    common = {"rng": seed, "threads": threads, "progress": watched()}
    start = time.perf_counter()
    with target(out, inputs=(patterns,)) as file:
        stored, _ = read_argument("PATTERNS", patterns, size, threshold)
        with blamed("learn"):
            learned = RULES[rule].function(stored, **given, **{name: common[name] for name in ALWAYS & known})
            if not isinstance(learned, Learned):  # couplings alone
                learned = Learned(learned, 1, stabilities(learned, stored.unpack()), True)
        fields = {name: value for name, value in vars(learned).items() if isinstance(value, (np.ndarray, int, bool))}
        files.write_arrays(file, {**fields, "failed": learned.failed})
    seconds = time.perf_counter() - start
    print_learned(rule, stored.shape, learned, seconds)
    say(f"result: {escaped(str(out))}")
    answer(
        rule=rule, patterns=len(stored), units=stored.shape[1], epochs=learned.epochs, converged=learned.converged,
        margins=learned.margins, failed=learned.failed, seconds=seconds, result=out,
    )  # fmt: skip


def print_learned(rule: str, shape: tuple[int, int], learned: Learned, seconds: float) -> None:
    """Print what a rule has reached, and the units for which it has not."""
    count, units = shape
    say(f"{rule}: {count:,} patterns of {units:,} units, load {count / units:.3f}, {seconds:.2f} s")
    say(f"epochs {learned.epochs:,}, {'converged' if learned.converged else 'NOT converged'}")
    say(f"margins: least {learned.margins.min():.4f}, mean {learned.margins.mean():.4f}")
    fallback = getattr(learned, "fallback", np.empty(0, dtype=int))
    if len(fallback):
        say(f"learned by their likelihood instead, the goal has no gradient: {listed(fallback)}")
    if len(learned.failed):
        say(f"do not keep their value in every pattern: {listed(learned.failed)}")


def listed(units: Any) -> str:
    """Say how many units and which; the first few of many."""
    shown = ", ".join(map(str, units[:NAMED])) + (", ..." if len(units) > NAMED else "")
    return f"{len(units):,} unit{'s' * (len(units) != 1)} ({shown})"
