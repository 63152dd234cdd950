"""Every example runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example(example, tmp_path, patience):
    no_window = os.environ | {"MPLBACKEND": "agg"}
    subprocess.run(
        [sys.executable, "-P", str(example)], cwd=tmp_path, env=no_window, check=True, timeout=120 * patience
    )
