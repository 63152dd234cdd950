"""The command ``hebbfast anneal``: problems of others, solved."""

import json
import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from hebbfast import files
from hebbfast.cli._shared import (
    INPUT,
    JSON,
    OUT,
    PLOT,
    SEED,
    THREADS,
    answer,
    blamed,
    examples,
    expect_apart,
    failed,
    picture,
    plain,
    read_number,
    refused,
    say,
    target,
    watched,
)
from hebbfast.cli._streams import escaped

if TYPE_CHECKING:
    from hebbfast.optimize import OptimizeResult, Problem

SHOWN = 3  # digits


@click.command(
    epilog=examples(
        "anneal gset:G11 --seconds 10 --plot g11.png",
        "anneal graph.txt --kind maxcut --target 480 --json",
        "anneal matrix.txt --kind qubo --out answer.json",
    )
)
@click.argument("problem", type=INPUT, metavar="FILE")
@click.option("--kind", type=click.Choice(["maxcut", "qubo", "ising"]), help="How to take a graph or a matrix.")
@click.option("--number", type=click.IntRange(min=1), help="Which of several problems in a file.")
@click.option(
    "--reads", type=click.IntRange(min=1), help="Anneals side by side.  [default: 64; fewer if time is short]"
)
@click.option("--sweeps", type=click.IntRange(min=1), help="One anneal of so many.  [default: rounds of 64 to 1024]")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="When to stop.")
@click.option("--target", "goal", type=read_number, metavar="VALUE", help="Stop at a value as good as this one.")
@click.option(
    "--method", type=click.Choice(["metropolis", "heat_bath"]), default="metropolis", show_default=True, help="Visits."
)
@click.option("--out", type=OUT, metavar="RESULT", help="File to write, .npz or .json: x, value, history.")
@PLOT
@SEED
@THREADS
@JSON
def anneal(
    problem: str,
    kind: str | None,
    number: int | None,
    goal: int | float | None,
    out: Path | None,
    plot: Path | None,
    seed: int,
    **options: Any,
) -> None:
    """Look for the best value of the problem in FILE by simulated annealing.

    FILE is a graph of rudy or the G-set, a problem of Biq Mac, OR-Library, qbsolv, MatrixMarket or dimod; or gset:G22,
    say, for an instance of the G-set.

    What is found is the best that was seen, not proved to be the best. TTS99 is the time after which anneals like the
    last one, one read after another, have found it with 99 %; its interval comes from that of the share of reads.
    """
    if out is not None and out.suffix not in (".npz", ".json"):
        raise refused(f"'{out}': the name must end in .npz or .json", "--out")
    expect_apart(plot, "--plot", out, "--out")
    inputs = [] if problem.startswith("gset:") else [problem]
    with ExitStack() as outputs:
        file = outputs.enter_context(target(out, inputs=inputs)) if out else None
        draw = outputs.enter_context(picture(plot, inputs=inputs))
        asked = read_problem(problem, kind, number)
        with blamed("anneal"):
            found = asked.solve(target=goal, rng=seed, progress=watched(), **options)
        if file is not None and out is not None:
            write_result(file, out.suffix, asked, found)
        draw("optimized", asked, found)
    print_result(asked, found)
    if out is not None:
        say(f"result: {escaped(str(out))}")
    answer(summary(asked, found))


def read_problem(text: str, kind: str | None, number: int | None) -> "Problem":
    """Read a file, or make ``gset:NAME``."""
    from hebbfast import optimize

    try:
        with blamed("FILE"):
            if not text.startswith("gset:"):
                return optimize.read(text, kind, number=number)
            if kind not in (None, "maxcut") or number is not None:
                raise ValueError("the G-set has cuts alone, one a name: leave out --kind and --number")
            return optimize.gset(text[len("gset:") :])
    except click.ClickException as failure:
        if isinstance(failure.__cause__, FileNotFoundError):
            raise refused(str(failure.__cause__), "FILE") from None
        raise


def summary(problem: "Problem", found: "OptimizeResult") -> dict[str, Any]:
    """All but x."""
    reached = reads_that_reach(problem, found)
    return {
        "problem": problem.name,
        "kind": problem.kind,
        "sense": problem.sense,
        "variables": problem.variables,
        "value": found.fun,
        "best_known": problem.best_known,
        "success": found.success,
        "message": found.message,
        "seconds": found.seconds,
        "seconds_to_best": float(found.history[-1, 0]),
        "sweeps": found.nit,
        "reads": len(found.values),
        "reads_that_reach_it": reached,
        "mean_of_reads": float(found.values.mean()),
        "anneal_sweeps": found.anneal_sweeps,
        "tts99": time_to_solution(found, reached),
        "history": found.history,
    }


def reads_that_reach(problem: "Problem", found: "OptimizeResult") -> int:
    """How many reads of the last whole anneal are as good as the answer."""
    best = float(found.fun)
    return int(np.count_nonzero(found.values <= best if problem.sense == "min" else found.values >= best))


def time_to_solution(found: "OptimizeResult", reached: int) -> tuple[float, float, float]:
    """Seconds, and bounds of 95 %: t ln 0.01 / ln (1 - p), with t of one read, at least t; p by Wilson's interval."""
    from hebbfast.experiments.statistics import wilson

    share, each = wilson(reached, len(found.values)), found.anneal_seconds / len(found.values)
    low, value, high = (
        each if p == 1 else max(each, each * math.log(0.01) / math.log1p(-p)) if p else math.inf
        for p in (share.high, share.value, share.low)
    )
    return value, low, high


def write_result(file: Any, suffix: str, problem: "Problem", found: "OptimizeResult") -> None:
    """The answer and how it was found."""
    x = np.array(list(found.x.values())) if isinstance(found.x, dict) else found.x
    if suffix == ".json":
        file.write(json.dumps(plain({**summary(problem, found), "x": x})).encode())
        return
    value = np.array(found.fun)
    if value.dtype.hasobject:
        raise failed(f"--out must be a .json file for an integer beyond 64 bits, got {found.fun}")
    files.write_arrays(file, {"x": x, "value": value, "history": found.history, "values": found.values})


def print_result(problem: "Problem", found: "OptimizeResult") -> None:
    """A few lines."""
    terms = len(problem.weights) + np.count_nonzero(problem.linear)
    say(f"{escaped(problem.name)}: {problem.kind}, {problem.variables:,} variables, {terms:,} terms")
    known = "" if problem.best_known is None else f" (best known: {problem.best_known:,})"
    what = "cut" if problem.kind == "maxcut" else "largest value" if problem.sense == "max" else "least value"
    say(f"{what}: {found.fun:,}{known}; {found.message}")
    say(f"found after {found.history[-1, 0]:.2f} s of {found.seconds:.2f} s; {found.nit:,} sweeps of each read")
    if not found.anneal_sweeps:
        return
    reached = reads_that_reach(problem, found)
    value, low, high = (f"{x:.{SHOWN}g} s" if math.isfinite(x) else "unknown" for x in time_to_solution(found, reached))
    say(
        f"one anneal of {found.anneal_sweeps:,} sweeps: {reached} of {len(found.values)} reads reach it, "
        f"their mean is {found.values.mean():,.6g}; TTS99 {value} (95 %: {low} to {high})"
    )
