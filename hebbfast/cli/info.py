"""The command ``hebbfast info``."""

import platform
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np

import hebbfast as hb
from hebbfast._work.threads import thread_count
from hebbfast.cli._shared import JSON, answer, cpu_model, examples, say
from hebbfast.cli._streams import escaped


@click.command(epilog=examples("info", "info --json"))
@JSON
def info() -> None:
    """Show version, CPU, instruction-set levels and threads."""
    found = {
        "hebbfast": version("hebbfast"),
        "installed in": Path(hb.__file__).parent,
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "NumPy": np.__version__,
        "CPU": cpu_model(),
        "levels available": hb.available_simd_levels(),
        "level active": hb.simd_level(),
        "threads": thread_count(None),
    }
    for name, value in found.items():
        text = " ".join(value) if isinstance(value, (list, tuple)) else str(value)
        say(f"{name:18}{escaped(text)}")
    answer(found)
