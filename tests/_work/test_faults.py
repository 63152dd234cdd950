"""What holds when things go wrong: memory that is refused, many processes on one file, and the tools that count it."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

import hebbfast as hb

TREE = Path(__file__).parents[2]
linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not say what a process holds")


def python(code, folder="."):
    """What a fresh process prints."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", textwrap.dedent(code)], cwd=folder, capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def tool(name, *options):
    """A tool of ci/, run for a short time."""
    if not (TREE / "ci" / name).exists():
        pytest.skip("no checkout")
    return subprocess.run(
        [sys.executable, "-P", TREE / "ci" / name, *options], capture_output=True, text=True, timeout=300, check=False
    )


@linux
@pytest.mark.not_sanitized(reason="the limit on addresses is one of the faults, and it needs them")
def test_soak():
    pytest.importorskip("safetensors")
    done = tool("soak", "--seconds", "3", "--seed", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "faults, 0 wrong, 0 lost" in done.stdout
    done = tool("soak", "--kills", "5")
    assert "5 steps with seed 0" in done.stdout and "5 faults, 0 wrong, 0 lost" in done.stdout


def signs():
    """The module ci/signs."""
    path = TREE / "ci" / "signs"
    if not path.exists():
        pytest.skip("no checkout")
    loader = importlib.machinery.SourceFileLoader("signs", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("signs", loader))
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode  # beside the tool, where nobody wants it
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def test_the_oracle_of_signs_is_that_of_python_integers():
    module, seen = signs(), set()
    for seed in range(40):
        made = module.Patterns(np.random.default_rng(seed))
        states = hb.corrupt(made.seeds[:2], flip=0.1, rng=seed)
        found, units = made.judge(states)[0], sorted({0, made.units // 2, made.units - 1})
        degree, rectified = made.network.interaction.degree, made.network.interaction.rectified
        for state, row in zip(states, found, strict=True):
            for i in units:
                up, down = state.astype(int), state.astype(int)
                up[i], down[i] = 1, -1
                sums = [
                    sum((max(m, 0) if rectified else m) ** degree for m in (made.seeds @ s).tolist())
                    for s in (up, down)
                ]
                assert row[i] == (sums[0] > sums[1]) - (sums[0] < sums[1])
        seen.add(made.digits)
    assert len(seen) > 3  # of many sizes


@pytest.mark.parametrize("kind", ["Patterns", "Couplings"])
def test_wrong_decisions_are_counted(kind):
    """The judge has the values of the network in another order."""
    module, rng = signs(), np.random.default_rng(4)
    made = getattr(module, kind)(rng)
    states = hb.random_patterns(300, made.units, rng=rng)
    for step in (module.all_at_once, lambda *arguments: module.one_after_another(*arguments, rng)):
        assert step(made, states, "plus")[-1] == 0
    values = made.signs if kind == "Patterns" else made.couplings
    values[...] = rng.permuted(values, axis=-1)
    for step in (module.all_at_once, lambda *arguments: module.one_after_another(*arguments, rng)):
        decisions, *_, wrong = step(made, states, "plus")
        assert 0 < wrong < decisions


def test_a_million_decisions():
    done = tool("signs", "--decisions", "1e6", "--seed", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    *_, total, last = done.stdout.splitlines()
    assert total.split()[:2] == ["in", "all"] and total.split()[-1] == "0"
    assert int(total.split()[2].replace(",", "")) >= 1e6 and last.startswith("seed 4, levels")


@linux
@pytest.mark.not_sanitized(reason="it keeps what was freed")
def test_cycles_without_growth():
    """5,000 memories made, moved, changed and forgotten: less than 400 bytes of each stay."""
    code = """
        import gc, resource
        from pathlib import Path
        import numpy as np, hebbfast as hb
        signs = hb.random_patterns(64, 100, rng=0)  # 1 KB packed, and as much transposed
        couplings = np.ones((30, 30)) - np.eye(30)
        def cycle(number):
            memory = hb.DenseAssociativeMemory(signs, hb.Polynomial(2 + number % 4))
            memory.recall(signs[:2], rng=number, threads=1 + (number % 20 == 0))
            memory.store(signs[:1]).forget(0).nearest(signs[0])
            hb.HopfieldNetwork(couplings).recall(signs[0, :30], rng=number)
        def held():
            gc.collect()
            return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
        for number in range(1000):
            cycle(number)
        before = held()
        for number in range(5000):
            cycle(number)
        print(held() - before)
    """
    assert int(python(code)) < 2_000_000


@linux
@pytest.mark.not_sanitized(reason="it needs the addresses that are limited")
def test_memory_that_cannot_be_had():
    """MemoryError with the size; then the same objects go on."""
    code = """
        import os, resource
        from pathlib import Path
        import numpy as np, hebbfast as hb
        os.environ["HEBBFAST_NUM_THREADS"] = "1"
        many, wide = hb.PackedPatterns.random(50_000, 2000, rng=0), hb.PackedPatterns.random(50, 40_000, rng=0)
        memory = hb.DenseAssociativeMemory(many[:50], hb.Polynomial(3))
        wanted = memory.recall(many[:3], rng=1)
        memory.posterior(many[:1], flip=0.1), many.nearest(many[:1])  # what is imported late has been
        calls = {
            "random": lambda: hb.PackedPatterns.random(100_000, 100_000),
            "unpack": lambda: many.unpack(),
            "overlaps": lambda: many.overlaps(many),
            "fields": lambda: memory.fields(many),
            "nearest": lambda: many.nearest(many, 10_000),
            "posterior": lambda: hb.DenseAssociativeMemory(many).posterior(many, flip=0.1, top=40_000),
            "couplings": lambda: hb.HopfieldNetwork.train(wide),
            "recall": lambda: memory.recall(np.broadcast_to(np.int8(1), (10**6, 2000))),
            "sample": lambda: memory.sample(hb.PackedPatterns.random(10**6, 2000), temperature=1.0, sweeps=1),
        }
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 2**26, resource.RLIM_INFINITY))
        for name, call in calls.items():
            try:
                call()
                print(name, "was done")
            except MemoryError as error:
                print(name, any(unit in str(error) for unit in ("MiB", "GiB", "bytes")))
        print("again", memory.recall(many[:3], rng=1).states == wanted.states)
    """
    names = ["random", "unpack", "overlaps", "fields", "nearest", "posterior", "couplings", "recall", "sample", "again"]
    assert python(code).splitlines() == [f"{name} True" for name in names]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes of POSIX")
def test_twenty_processes_and_eight_threads_on_one_file(tmp_path):
    """All load it at once, mapped, with both layouts, and recall; meanwhile it is replaced by an equal one, twice."""
    pytest.importorskip("safetensors")
    code = """
        import os, threading
        import numpy as np, hebbfast as hb
        patterns = hb.PackedPatterns.random(500, 300, rng=0)
        made = hb.DenseAssociativeMemory(patterns, hb.Polynomial(3))
        made.save("memory", layouts="both")
        cues = hb.corrupt(patterns[:4], flip=0.2, rng=1)
        wanted = made.recall(cues, rng=2).states.words
        def work(right):
            for verify in (None, False):
                memory = hb.DenseAssociativeMemory.load("memory", verify=verify)
                right.append(np.array_equal(memory.recall(cues, rng=2).states.words, wanted))
        def process():
            right = []
            threads = [threading.Thread(target=work, args=(right,)) for _ in range(8)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            os._exit(0 if right == [True] * 16 else 1)
        children = []
        for _ in range(20):
            children.append(os.fork())
            if children[-1] == 0: process()
        for _ in range(2):
            made.save("memory", layouts="both")
        print(sum(os.waitpid(child, 0)[1] == 0 for child in children))
    """
    assert python(code, tmp_path) == "20\n"
