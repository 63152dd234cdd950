"""Measure the cases: ``python bench/table.py`` prints the README's table, ``--all`` that of docs/performance.md.

Every line compares two calls in this process, taken turn by turn on one thread unless it says otherwise; their results
are compared first. A line has the minimum and the median over the rounds; the verdict is that of the minima.
"""

import argparse
import datetime
import importlib.metadata
import json
import platform
import statistics
import time
from pathlib import Path

from cases import all_cases
from judging import OURS, SPEED, NotHereError, stopwatch
from threadpoolctl import threadpool_limits

import hebbfast as hb

LONGEST = 20  # seconds after which a case has had its rounds, if they were three


def interleave(calls, rounds, measure=stopwatch):
    """What each call measured in each round: {name: [number]}."""
    measured = {name: [] for name in calls}
    end = time.perf_counter() + LONGEST
    with threadpool_limits(1):
        for done in range(rounds):
            if done >= 3 and time.perf_counter() > end:
                break
            for name, call in calls.items():
                measured[name].append(measure(call))
    return measured


def line(case, rounds):
    """The cells of a line: what, against whom, ours and theirs, figure, target and verdict."""
    judge, name = case.judge, str(case)
    target = "" if case.target is None else f"{'≤' if judge.at_most else '≥'} {judge.text.format(case.target)}"
    try:
        measured = interleave(case.calls(), rounds, judge.measure)
    except NotHereError as reason:
        return [name, case.rival, "", "", "", target, f"not measured: {reason}"]
    ours = measured.pop(OURS)
    rivals = {name: numbers for name, numbers in measured.items() if name.startswith(case.rival)}
    rival = min(rivals, key=lambda name: min(rivals[name]), default="")
    theirs = rivals.get(rival, [1.0])
    figures = [judge.figure(best(ours), best(theirs)) for best in (min, statistics.median)]
    loses = " (loses)" if case.readme and judge is SPEED and figures[0] < 1 else ""
    return [
        name,
        rival,
        pair(ours, judge.unit),
        pair(theirs, judge.unit) if rival else "",
        " / ".join(map(judge.text.format, figures)) + loses,
        target,
        judge.verdict(figures[0], case.target),
    ]


def pair(numbers, unit):
    """Minimum and median."""
    return " / ".join(f"{number / unit:.3g}" for number in (min(numbers), statistics.median(numbers)))


def machine(rounds):
    """What the numbers belong to."""
    names = ("numpy", "numba", "numkong", "faiss-cpu")
    with open("/proc/cpuinfo") as info:
        cpu = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return f"{cpu}, level {hb.simd_level()}, {datetime.date.today()}, {rounds} interleaved rounds; {packages}."


def main():
    """Run the cases that were asked for and print their table."""
    cases = all_cases()
    groups = list(dict.fromkeys(case.group for case in cases))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="all cases, with targets and verdicts")
    parser.add_argument("--only", choices=groups, metavar="NAME", help=f"with --all: one of {', '.join(groups)}")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the table here, too")
    options = parser.parse_args()
    heads = ["", "against", "hebbfast ms (memory: MB), min / median", "rival", "result", "target", "verdict"]
    width = len(heads) if options.all else 5
    print("| " + " | ".join(heads[:width]) + " |\n" + "|---" * width + "|")
    rows = []
    for case in cases:
        if options.only in (None, case.group) if options.all else case.readme:
            rows.append(line(case, options.rounds)[:width])
            print("| " + " | ".join(rows[-1]) + " |", flush=True)
    print(f"\n{machine(options.rounds)}")
    if options.json:
        kept = {"hebbfast": hb.__version__, "machine": machine(options.rounds), "heads": heads[:width], "rows": rows}
        options.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
