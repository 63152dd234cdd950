"""``hebbfast bench``: what is printed and drawn, at small sizes."""

import io
import os
import subprocess
import sys

import click
import numpy as np
import pytest
from PIL import Image

import hebbfast as hb
from hebbfast import cli, plots
from hebbfast.cli import bench as cli_bench
from hebbfast.experiments import speed

SIZES = [(200, 130), (64, 64)]
LEVEL = hb.simd_level()


@pytest.fixture(autouse=True)
def shorter(monkeypatch):
    monkeypatch.setattr(speed, "SHORTEST", 0.0)
    monkeypatch.setattr(speed, "LONGER", 0.0)


def test_report(capsys):
    levels = hb.available_simd_levels()
    machines, rows = cli_bench.print_report(levels, SIZES, buffer_bytes=1 << 16)
    text = capsys.readouterr().out
    assert list(machines) == levels
    assert hb.simd_level() == LEVEL
    for level in levels:
        assert f"{level}: the popcount loop counts" in text
    for row in rows:
        states = 64 if "64 states" in row.kernel else 1
        assert row.visits == pytest.approx(states * row.units * row.patterns / row.seconds)
        assert row.of_popcount == pytest.approx(row.visits / machines[row.level].popcount)
        words = -(-row.units // 64)
        data = row.units * row.patterns if row.kernel == "pack" else 8 * words * row.patterns
        assert row.of_read == pytest.approx(data / row.seconds / machines[row.level].read)
        assert row.kernel in text
    assert {(row.units, row.patterns) for row in rows} == set(SIZES)
    assert len({(row.kernel, row.level, row.units) for row in rows}) == len(rows) == 11 * len(SIZES) * len(levels)
    assert "\x1b" not in text


def test_the_shortest_of_enough_calls(monkeypatch):
    ticks = iter([0.0, 3.0, 3.0, 4.0, 4.0, 6.0, 6.0, 8.5])  # calls of 3, 1, 2 and 2.5 seconds
    with monkeypatch.context() as patched:
        patched.setattr(speed.time, "perf_counter", lambda: next(ticks))
        fastest = speed.best_time(lambda: None, shortest=7.0)
    assert fastest == 1.0
    assert list(ticks) == []


def test_machine():
    found = speed.peaks(1 << 20)
    assert found.read > 1e7 and found.copy > 1e7 and found.popcount > 1e8  # a calculator of 1990 could


def test_a_level_is_left_after_an_error():
    (lowest,) = hb.available_simd_levels()[-1:]

    def fail():
        yield hb.simd_level()
        raise RuntimeError

    levels = speed.at_level(lowest, fail)
    assert next(levels) == lowest
    with pytest.raises(RuntimeError):
        next(levels)
    assert hb.simd_level() == LEVEL


def test_picture():
    machines = {LEVEL: speed.peaks(1 << 16)}
    file = io.BytesIO()
    plots.kernel_rates(file, "title", machines, list(speed.kernels(machines[LEVEL], SIZES)))
    pixels = np.asarray(Image.open(file).convert("RGB"))
    assert min(pixels.shape[:2]) > 300
    for color in plots.SERIES[: len(SIZES)]:
        wanted = [int(color[j : j + 2], 16) for j in (1, 3, 5)]
        assert (pixels == wanted).all(axis=2).sum() > 100


@pytest.mark.skipif(speed.free_bytes() is None, reason="the system does not say how much memory is free")
def test_huge(capsys, monkeypatch):
    cli_bench.print_huge(LEVEL, patterns=300, units=20_000)
    text = capsys.readouterr().out
    assert "flipped back 2,000 units" in text
    assert "K = 300, D = 20,000" in text
    assert hb.simd_level() == LEVEL
    monkeypatch.setattr(speed, "free_bytes", lambda: 10**6)
    with pytest.raises(click.ClickException, match=r"--huge: K=300 patterns of D=20,000 units need .* GB"):
        cli_bench.print_huge(LEVEL, patterns=300, units=20_000)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system cannot forget a file it has read")
def test_disk(capsys, tmp_path, monkeypatch):
    pytest.importorskip("safetensors")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["bench", "--disk", "--disk-gb", "0.001", "--level", LEVEL]) == 0
    text = capsys.readouterr().out
    assert "K = 976, D = 8,192: a file of 0.00 GB" in text  # 10^6 bytes, 1 KB a pattern
    for step in ("read the file", "overlaps", "nearest", "posterior", "energies", "fields", "synchronous sweep"):
        assert sum(line.startswith(step + " ") for line in text.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    assert cli.main(["bench", "--disk", "--huge"]) == 2
    monkeypatch.chdir("/proc")
    assert cli.main(["bench", "--disk", "--disk-gb", "0.001"]) == 1
    assert "Error: --disk: " in capsys.readouterr().err


def test_peak_memory_is_that_of_the_process():
    """A process that fills 200 MB and gives them back has had them."""
    code = (
        "import numpy as np\n"
        "from hebbfast.experiments import speed\n"
        "before = speed.peak_bytes()\n"
        "np.ones(25_000_000)\n"
        "print(speed.peak_bytes() - before)\n"
    )
    grown = int(subprocess.check_output([sys.executable, "-P", "-c", code], text=True))
    assert 190e6 < grown < 260e6


def test_usage(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(cli_bench, "print_report", None)  # no work before a refusal
    assert cli.main(["bench", "--huge", "--plot", str(tmp_path / "a.png")]) == 2
    assert cli.main(["bench", "--level", "mmx"]) == 2
    assert cli.main(["bench", "--plot", str(tmp_path / "a.doc")]) == 2
    assert "png" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_command(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(cli_bench.print_report, "__defaults__", (SIZES, 1 << 16))
    assert cli.main(["bench", "--level", LEVEL, "--plot", str(tmp_path / "a.png")]) == 0
    assert f"picture: {tmp_path / 'a.png'}" in capsys.readouterr().out
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG"
