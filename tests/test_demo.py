"""`hebbfast demo`, whole: what it prints and the picture."""

import re
import subprocess
import sys

import pytest
from PIL import Image


@pytest.mark.slow
def test_demo(tmp_path):
    command = [sys.executable, "-P", "-m", "hebbfast", "demo"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    recalled = {
        int(n): (int(exact), int(all_))
        for n, exact, all_ in re.findall(r"n = (\d): (\d+) of (\d+) recalls exact", done.stdout)
    }
    assert recalled[3][0] >= 40
    assert recalled[3][0] > recalled[2][0]
    assert recalled[2][1] == recalled[3][1] == 50  # 25 pictures, two cues each
    assert "n = 20" in done.stdout
    with Image.open(tmp_path / "hebbfast-demo.png") as picture:
        assert picture.width > 1000
