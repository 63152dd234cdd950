"""The command ``hebbfast reproduce``: claims of the literature beside theory and simulation, in one table."""

import math
import time

import click

from hebbfast._work.progress import progress_bar
from hebbfast.cli._shared import JSON, SEED, THREADS, answer, blamed, examples, plain, say, show, table, watched

WIDTH = 140  # the notes fold


@click.command(epilog=examples("reproduce --quick", "reproduce --json > claims.json"))
@click.option("--quick", is_flag=True, help="Fewer and smaller networks: a minute instead of ten.")
@SEED
@THREADS
@JSON
def reproduce(quick: bool, seed: int, threads: int | None) -> None:
    """Check the claims of the literature against theory and simulation.

    A claim is off when theory, in the limit that the claim is about, differs from the published digits; where there is
    no theory, when the simulation does. Theory is off when, at the simulated sizes, it lies outside the interval of the
    simulation, which holds with 99.9 %. What a simulation does not show (some do not with --quick) is not decided; the
    reason stands below it.
    """
    start, rows = time.perf_counter(), []
    with blamed("reproduce"):
        from hebbfast.experiments import reproduce as experiment

        with progress_bar("reproduce", len(experiment.CLAIMS), watched()) as advance:
            for row in experiment.reproduce(quick, seed, threads=threads):
                rows.append(row)
                advance(1)
    claims = table("claim", "published", "theory", "at this size", "simulation, 99.9 %", left=1)
    claims.add_column("verdict")
    for row in rows:
        interval = f"{shown(row.measured.low)} to {shown(row.measured.high)}" if row.decided else ""
        claims.add_row(row.claim, shown(row.claimed), shown(row.limit), shown(row.expected), interval, row.verdict)
        for note in (row.source, row.setting, row.note):
            if note:
                claims.add_row(f"  {note}", style="dim")
    show(claims, WIDTH)
    agree = sum(row.verdict == "agrees" for row in rows)
    seconds = time.perf_counter() - start
    say(f"{agree} of {len(rows)} agree; {seconds:.0f} s")
    answer(rows=[{**plain(row), "verdict": row.verdict} for row in rows], agree=agree, seconds=seconds)


def shown(value: float) -> str:
    """A number with five digits; nothing where there is none."""
    return "" if math.isnan(value) else f"{value:.5g}"
