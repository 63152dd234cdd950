"""The house itself: the tree that CONTRIBUTING draws, the sizes of its rooms, and what the texts tell people to run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TREE = Path(__file__).parent.parent
TEXTS = [TREE / "README.md", TREE / "CONTRIBUTING.md", *sorted((TREE / "docs").rglob("*.md"))]
LINES = 400  # of a module, unless it has a reason here
LONG = {
    "hebbfast/networks/dense.py": "one class: half of it are docstrings",
    "hebbfast/networks/_network.py": "the one interface: half of it are docstrings",
    "hebbfast/bits.py": "the packed format, to make, slice, join, save, load and multiply",
}


@pytest.fixture(scope="module")
def files():
    """What git keeps, below the root."""
    if not (TREE / ".git").exists() or not shutil.which("git"):
        pytest.skip("no checkout: the tree is NOT compared")
    done = subprocess.run(["git", "-C", str(TREE), "ls-files"], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")) - {""}


def drawn():
    """What CONTRIBUTING draws: files, and for each folder whether lines below it say what is inside."""
    block = re.search(r"```\n(.+?)```", (TREE / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    found, folders = [], {0: ""}
    for line in block.splitlines():
        depth = len(line) - len(line.lstrip())
        names = re.split(r"\s{2,}", line.strip())[0].split()  # two spaces part names from what is said about them
        assert depth in folders, f"wrong indent: {line!r}"
        folders = {d: folder for d, folder in folders.items() if d <= depth}
        found += [folders[depth] + name for name in names]
        if names[-1].endswith("/"):
            folders[depth + 2] = folders[depth] + names[-1]
    return found


def missing_and_invented(files, found):
    """Files that nobody drew, and drawings without a file. A folder with nothing drawn inside stands for its files."""
    opened = {path.rpartition("/")[0] + "/" for path in (name.rstrip("/") for name in found)}
    closed = tuple(name for name in found if name.endswith("/") and name not in opened)
    missing = {f for f in files if f not in found and not f.startswith(closed) and not f.endswith("/__init__.py")}
    invented = {name for name in found if not any(f == name or f.startswith(name.rstrip("/") + "/") for f in files)}
    return missing, invented


def test_the_tree_of_contributing_is_the_tree(files):
    assert missing_and_invented(files, drawn()) == (set(), set())


def test_a_wrong_tree_is_seen():
    files = {"a/b.py", "a/c/d.py", "e.md"}
    assert missing_and_invented(files, ["a/", "a/b.py", "a/c/", "e.md"]) == (set(), set())
    assert missing_and_invented(files, ["a/", "e.md"]) == (set(), set())
    assert missing_and_invented(files, ["a/", "a/b.py", "e.md"]) == ({"a/c/d.py"}, set())
    assert missing_and_invented(files, ["a/", "f.py"]) == ({"e.md"}, {"f.py"})


def test_no_module_is_long_without_a_reason(files):
    sizes = {
        name: len((TREE / name).read_text(encoding="utf-8").splitlines())
        for name in files
        if name.startswith("hebbfast/") and name.endswith((".py", ".pyx", ".h"))
    }
    assert {name for name, lines in sizes.items() if lines > LINES} == set(LONG)


def test_every_test_has_its_module(files):
    """tests/ mirrors the package: tests/x/test_y.py stands for hebbfast/x, and tests/test_z.py for hebbfast/z.py."""
    rooms = {"kernels": "_kernels"}
    folders = {name.split("/")[1] for name in files if name.startswith("tests/") and name.count("/") > 1} - {
        "c",
        "data",
    }
    assert {f for f in folders if not (TREE / "hebbfast" / rooms.get(f, f)).is_dir()} == set()


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(TREE).as_posix())
def test_what_a_text_names_is_there(text):
    """Links, and paths of this repository between backquotes or on a line of commands."""
    content = text.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", content) if "://" not in link]
    roots = r"(?:hebbfast|tests|bench|docs|examples|ci|\.ci|\.github)"
    paths = re.findall(rf"(?<![\w./-])({roots}/[\w./-]*\w/?)(?![\w*<{{])", "\n".join(code(content)))
    assert [link for link in links if link and not (text.parent / link).exists()] == []
    assert [path for path in paths if not (TREE / path).exists()] == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.relative_to(TREE).as_posix())
def test_commands_of_a_text_exist(text):
    """Each ``hebbfast COMMAND --option`` of README and docs."""
    click = pytest.importorskip("click")
    from hebbfast.cli.commands import commands

    context = click.Context(commands)
    for line in code(text.read_text(encoding="utf-8").replace("\\\n", " ")):
        for name, rest in re.findall(r"(?:^|&& |\$ )hebbfast ([a-z][a-z-]*)([^&|#\n]*)", line):
            command = commands.get_command(context, name)
            assert command, f"{text.name}: hebbfast {name}"
            known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
            used = set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest))
            assert used <= known | {"--help"}, f"{text.name}: hebbfast {name}{rest}"


def code(text):
    """Lines of fenced blocks, and what stands between backquotes."""
    blocks = re.findall(r"^```[a-z]*\n(.+?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", re.sub(r"^```.+?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def test_child_processes_run_the_installed_package():
    """Without -P Python looks into the current folder first, which is the source tree where the suite runs."""
    pages = {path: path.read_text(encoding="utf-8") for path in (TREE / "tests").rglob("*.py")}
    assert [str(path) for path, text in pages.items() if re.search(r'sys\.executable, "-[cm]"', text)] == []
