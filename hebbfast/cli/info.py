"""The command ``hebbfast info``."""

import platform
from importlib.metadata import version
from pathlib import Path

import click
import numpy as np

import hebbfast as hb
from hebbfast._work.threads import thread_count
from hebbfast.cli._shared import cpu_model, say
from hebbfast.cli._streams import escaped


@click.command()
def info() -> None:
    """Show version, CPU, instruction-set levels and threads."""
    for name, value in {
        "hebbfast": version("hebbfast"),
        "installed in": Path(hb.__file__).parent,
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "NumPy": np.__version__,
        "CPU": cpu_model(),
        "levels available": " ".join(hb.available_simd_levels()),
        "level active": hb.simd_level(),
        "threads": thread_count(None),
    }.items():
        say(f"{name:18}{escaped(str(value))}")
