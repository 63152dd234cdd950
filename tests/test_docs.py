"""All code of README and docs/ runs: prompts as doctests, other blocks of Python as they stand, page by page."""

import doctest
import re
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
PAGES = [page for page in (TREE / "README.md", *sorted((TREE / "docs").rglob("*.md"))) if page.exists()]
BLOCK = re.compile(r"^```python\n(.+?)^```", re.DOTALL | re.MULTILINE)


def short(page):
    return page.relative_to(TREE).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_examples_with_prompts(page):
    assert doctest.testfile(str(page), module_relative=False, encoding="utf-8").failed == 0


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(page.read_text(encoding="utf-8"))], ids=short)
def test_blocks_run(page, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "documentation"}
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        if not block.startswith(">>>"):
            exec(compile(block, str(page), "exec"), names)
    if page.name == "README.md":
        assert capsys.readouterr().out.splitlines()[0] == "1.0"
