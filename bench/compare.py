"""Compare two versions of hebbfast: ``python bench/compare.py OLD_WHEEL [NEW_WHEEL]``, NEW being this tree by default.

For each row of compare_rows.py, thrice (once if quick), two processes begin, one a version, with the same NumPy and
one thread. They assert their results, then take turns, with fresh cues each round. A line has the minima, the ratio
old / new of the medians and that of the minima. Rows below the bound are measured again, with three times the rounds,
and judged by all rounds together. Exit status 1: a row is still below, gives a wrong result, or its call is no more.
"""

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compare_rows import LARGE, all_rows

BOUND = 0.97
LAUNCHES = 3  # pairs of processes for a row: where its memory lies makes a process faster or slower by 2 %
TREE = Path(__file__).resolve().parent.parent
SOURCES = ("hebbfast", "pyproject.toml", "setup.py", "README.md", "LICENSE", "MANIFEST.in")


def pip(*arguments):
    """Run pip, which fetches nothing."""
    options = ["--disable-pip-version-check", "--no-deps", "--no-index"]
    command = [sys.executable, "-m", "pip", *map(str, arguments), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"pip {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def built(folder):
    """A wheel of this tree, from a copy of it: an old build/ would add modules that are no more."""
    copy = folder / "tree"
    for name in SOURCES:
        if (TREE / name).is_dir():
            shutil.copytree(TREE / name, copy / name, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
        else:
            shutil.copy(TREE / name, copy / name)
    pip("wheel", copy, "--no-build-isolation", "--wheel-dir", folder)
    return next(folder.glob("*.whl"))


class Worker:
    """A process that runs one row of one version."""

    def __init__(self, folder, number):
        environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
        environment |= dict.fromkeys(("HEBBFAST_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        # glibc keeps what is freed, or gives it back, by what was freed before; 4 MB of fresh pages take 0.15 ms
        environment |= dict.fromkeys(("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"), str(2**32))
        command = [sys.executable, str(Path(__file__).with_name("compare_rows.py")), str(number)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=environment, text=True, bufsize=1, **pipes)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a worker ended with status {self.process.wait()}")
        return line.strip()

    def turn(self, seed):
        self.process.stdin.write(f"{seed}\n")
        return float(self.answer())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def measure(number, folders, rounds, longest, launches=LAUNCHES):
    """Seconds of each round, old and new, or why there are none."""
    seconds = ([], [])
    for launch in range(launches):
        with Worker(folders[0], number) as old, Worker(folders[1], number) as new:
            answers = [old.answer(), new.answer()]
            if answers != ["ready", "ready"]:
                return answers
            end = time.perf_counter() + longest / launches
            for done in range(-(-rounds // launches)):
                if done >= 2 and time.perf_counter() > end:
                    break
                for which in (0, 1) if (launch + done) % 2 else (1, 0):
                    seconds[which].append((old, new)[which].turn(launches * done + launch))
    return seconds


def verdict(name, measured, again=False):
    """What is printed and kept of a row; `bad` if it must not stay so."""
    if isinstance(measured[0], str):
        old, new = (answer.split(":")[0] for answer in measured)
        bad = "wrong" in (old, new) or (old == "ready" and new == "absent")
        return {"row": name, "old": measured[0], "new": measured[1], "bad": bad}
    old, new = ({"min": min(s), "median": statistics.median(s), "rounds": len(s)} for s in measured)
    ratio = old["min"] / new["min"]
    medians = old["median"] / new["median"]
    return {
        "row": name,
        "old": old,
        "new": new,
        "ratio": ratio,
        "medians": medians,
        "bad": ratio < BOUND,
        "again": again,
    }


def shown(result):
    """A line of the table."""
    if "ratio" not in result:
        return f"| {result['row']} | {result['old']} | {result['new']} | | {'FAILS' if result['bad'] else 'skipped'} |"
    times = [f"{1e3 * result[version]['min']:.4g}" for version in ("old", "new")]
    mark = f" BELOW {BOUND}" if result["bad"] else ""
    mark += f" (again, {result['old']['rounds']} rounds in all)" if result["again"] else ""
    return f"| {result['row']} | {times[0]} | {times[1]} | {result['medians']:.3f} | {result['ratio']:.3f}{mark} |"


def installed(wheels, folder):
    """A folder for each wheel."""
    folders = [folder / name for name in ("old", "new")]
    for wheel, target in zip(wheels, folders, strict=True):
        pip("install", wheel, "--target", target)
    return folders


def compare(folders, numbers, options):
    """The results by row, printed as they come."""
    rows, results, measured = all_rows(), {}, {}
    longest, launches = (2, 1) if options.quick else (5, LAUNCHES)
    print("| ms, min of rounds | old | new | ratio of medians | old / new |\n|---|---|---|---|---|")
    for number in numbers:
        measured[number] = measure(number, folders, options.rounds, longest, launches)
        results[number] = verdict(rows[number].name, measured[number])
        print(shown(results[number]), flush=True)
    doubtful = [number for number in numbers if results[number]["bad"] and "ratio" in results[number]]
    if doubtful:
        print(f"\n{len(doubtful)} of them below {BOUND}: again, three times the rounds\n")
    for number in doubtful:
        more = measure(number, folders, 3 * options.rounds, 3 * longest)
        both = more if isinstance(more[0], str) else [a + b for a, b in zip(measured[number], more, strict=True)]
        results[number] = verdict(rows[number].name, both, again=True)
        print(shown(results[number]), flush=True)
    return list(results.values())


def wheel(text):
    path = Path(text)
    if not (path.is_file() and path.suffix == ".whl"):
        raise argparse.ArgumentTypeError(f"must be a wheel of hebbfast, got {text!r}")
    return path.resolve()


def count(text):
    if not re.fullmatch("[1-9][0-9]*", text):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def pattern(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"must be a regular expression, got {text!r}: {error}") from None


def main():
    """Compare, print, and say by the exit status whether something got slower or wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=wheel, metavar="OLD_WHEEL")
    parser.add_argument("new", type=wheel, nargs="?", metavar="NEW_WHEEL")
    parser.add_argument("--rows", type=pattern, default="", metavar="PATTERN", help="only rows that this is found in")
    parser.add_argument("--rounds", type=count, default=15, metavar="N", help="of each row (15)")
    parser.add_argument("--quick", action="store_true", help="small rows: two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep all figures here")
    options = parser.parse_args()
    numbers = [
        number
        for number, row in enumerate(all_rows())
        if re.search(options.rows, row.name) and not (options.quick and row.size >= LARGE)
    ]
    if not numbers:
        parser.error(f"--rows: no row contains {options.rows.pattern!r}")
    with tempfile.TemporaryDirectory(prefix="hebbfast-compare-") as temporary:
        folder = Path(temporary)
        folders = installed([options.old, options.new or built(folder)], folder)
        start = time.perf_counter()
        results = compare(folders, numbers, options)
    bad = [result["row"] for result in results if result["bad"]]
    machine = f"{platform.processor() or platform.machine()}, {datetime.date.today()}, {options.rounds} rounds"
    print(f"\nold: {options.old.name}; new: {options.new.name if options.new else 'this tree'}; {machine}; ", end="")
    conclusion = f"Below {BOUND} or wrong: {'; '.join(bad)}" if bad else "Nothing is slower."
    print(f"{time.perf_counter() - start:.0f} s. {conclusion}")
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "bound": BOUND, "rows": results}, indent=1) + "\n")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
