"""The group of commands: each name is a file, a function and a line of help."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

import hebbfast.cli
from hebbfast import cli
from hebbfast.cli import commands

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
FILES = {path.stem for path in Path(hebbfast.cli.__file__).parent.glob("*.py")} - {"commands"}


def test_every_command_is_a_file_of_its_name():
    assert {name.replace("-", "_") for name in commands.COMMANDS} == {name for name in FILES if name[0] != "_"}
    context = click.Context(commands.commands)
    for name in commands.COMMANDS:
        command = commands.commands.get_command(context, name)
        assert command is not None and command.name == name
        assert command.help and command.help.split("\n\n")[0].endswith(".")


def command_of(name):
    return commands.commands.get_command(click.Context(commands.commands), name)


def options_of(name):
    """Option to help."""
    options = (option for option in command_of(name).params if isinstance(option, click.Option))
    return {word: option.help for option in options for word in option.opts + option.secondary_opts}


def parsed(line):
    """Parse a line as the program does, and run nothing."""
    program, name, *words = shlex.split(line.partition(" > ")[0].partition(" >> ")[0].partition(" | ")[0])
    assert program == "hebbfast"
    command_of(name).make_context(name, words).close()


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help_of_every_command(capsys, name):
    assert cli.main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: hebbfast {name} [OPTIONS]")
    assert "\x1b" not in text
    _, _, examples = text.partition("Examples:\n")
    lines = [line.strip() for line in examples.splitlines()]
    assert lines and all(line.startswith(f"hebbfast {name}") for line in lines)
    for line in lines:
        parsed(line)
    assert all(words and words.endswith((".", "]")) for words in options_of(name).values())


def test_the_page_has_every_command_and_option_and_no_others():
    text = PAGE.read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## hebbfast ([a-z-]+)\n(.+?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    assert list(sections) == list(commands.COMMANDS)
    for name, section in sections.items():
        examples = re.search(r"^```\n(.+?)^```", section, re.DOTALL | re.MULTILINE)[1].splitlines()
        prose = section.replace("\n".join(examples), "")
        assert set(re.findall(r"`(--[a-z-]+)", prose)) == set(options_of(name)), name
        context = click.Context(command_of(name), info_name=name, parent=click.Context(commands.commands))
        assert [line.strip() for line in context.get_help().partition("Examples:\n")[2].splitlines()] == examples
        for option in command_of(name).params:
            if isinstance(option, click.Option) and option.show_default and not option.is_flag:
                (line,) = re.findall(rf"^\| `{option.opts[0]}[ `].*", text if option.name == "seed" else section, re.M)
                assert f"; default {option.default}" in line, (name, line)


def test_the_page_has_the_exit_codes(started):
    rows = re.findall(r"^\| (\d+) \| .+? \| `hebbfast (.+?)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(code) for code, _ in rows] == [0, 1, 2]  # 130 is in test_main.py
    for code, line in rows:
        started(*shlex.split(line), code=int(code))


def test_the_list_has_a_line_for_each(capsys):
    assert cli.main(["-h"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for name, words in commands.COMMANDS.items():
        assert f"{name} {words}" in lines


def test_there_are_no_others(capsys):
    for name in ("commands", "learned_capacity", "os"):
        assert cli.main([name]) == 2
        assert f"No such command '{name}'" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_of_shells(capsys, monkeypatch, shell):
    def completed(line):
        """What the program answers a shell that has come to the end of a line."""
        *words, last = line.split(" ")
        monkeypatch.setenv("_HEBBFAST_COMPLETE", f"{shell}_complete")
        monkeypatch.setenv("COMP_WORDS", " ".join(words) if shell == "fish" else line)
        monkeypatch.setenv("COMP_CWORD", last if shell == "fish" else str(len(words)))
        assert cli.main([]) == 0
        text = capsys.readouterr().out
        if shell == "zsh":  # kind, word, help: a line each
            lines = text.splitlines()
            return list(zip(lines[::3], lines[1::3], strict=True))
        return [tuple(line.partition("\t")[0].split(",", 1)) for line in text.splitlines() if "," in line]

    assert completed("hebbfast re") == [("plain", "recall"), ("plain", "reproduce")]
    assert ("plain", "--posterior") in completed("hebbfast recall --p")
    assert completed("hebbfast recall --tie k") == [("plain", "keep")]
    assert completed("hebbfast anneal --kind m") == [("plain", "maxcut")]
    for command in ("recall a b", "nearest a b", "boltzmann a", "learn a"):
        words = [("plain", word) for word in ("balanced", "median", "mean")]
        assert completed(f"hebbfast {command} --threshold ") == words
    assert completed("hebbfast recall --posterior f") == [("plain", "fit")]
    assert completed("hebbfast learned-capacity --rule per") == [("plain", "perceptron")]
    for line in ("recall ", "recall a.npy ", "recall a b --plot ", "anneal ", "boltzmann a --validation ", "temper "):
        assert completed(f"hebbfast {line}") == [("file", "")]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_for_shells(capsys, shell):
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_HEBBFAST_COMPLETE={shell}_complete" in script and "hebbfast" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes(tmp_path):
    """The script as bash reads it, and Tab behind `hebbfast rec`."""
    script = os.path.join(os.path.dirname(sys.executable), "hebbfast")
    if not os.path.exists(script):
        pytest.skip("the script is not beside this Python")
    keys = f"""
        eval "$({script} completion bash)"
        COMP_WORDS=(hebbfast rec) COMP_CWORD=1
        _hebbfast_completion {script} rec hebbfast
        echo "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(["bash", "-c", keys], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["recall"]


def test_completion_refuses(capsys):
    assert cli.main(["completion", "csh"]) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize(("value", "coloured"), [(None, True), ("", True), ("1", False)])
def test_no_color_on_a_terminal(monkeypatch, tmp_path, value, coloured):
    import pty

    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"}
    environment.pop("NO_COLOR", None)
    if value is not None:
        environment["NO_COLOR"] = value
    ours, theirs = pty.openpty()
    line = [sys.executable, "-P", "-m", "hebbfast", "theory", "--units", "10"]
    with subprocess.Popen(line, cwd=tmp_path, env=environment, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        text = b""
        while True:
            try:
                text += (part := os.read(ours, 4096))
            except OSError:  # Linux, at the end
                break
            if not part:
                break
    os.close(ours)
    assert process.returncode == 0 and b"large D" in text
    assert (b"\x1b[" in text) is coloured


def test_a_failure_of_memory_is_one_line(capsys, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(commands.commands, "invoke", fail)
    assert cli.main(["info"]) == 1
    assert capsys.readouterr().err == "Error: not enough memory\n"


def test_arguments_may_be_paths(capsys):
    assert cli.main(["theory", "--units", "10", "--interaction", Path("polynomial:2")]) == 0
    assert "D = 10" in capsys.readouterr().out
