"""Fixtures: the command line as a person runs it, and files to run it on."""

import os
import subprocess
import sys

import numpy as np
import pytest

import hebbfast as hb


@pytest.fixture
def started(tmp_path):
    """Run ``python -m hebbfast`` in the temporary folder: the finished process, with its text."""

    def run(*args, code=0, env=None, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", **options}
        done = subprocess.run(
            [sys.executable, "-P", "-m", "hebbfast", *map(str, args)],
            cwd=tmp_path, env={**os.environ, **(env or {})}, timeout=120, **options,
        )  # fmt: skip
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in (done.stderr or "")
        return done

    return run


@pytest.fixture
def patterns():
    return hb.random_patterns(8, 144, rng=0)


@pytest.fixture
def cues(patterns):
    return hb.corrupt(patterns, flips=14, rng=1)


@pytest.fixture
def data(tmp_path, patterns, cues):
    """A folder with patterns.npy and cues.npz."""
    np.save(tmp_path / "patterns.npy", patterns)
    np.savez(tmp_path / "cues.npz", cues=cues)
    return tmp_path
