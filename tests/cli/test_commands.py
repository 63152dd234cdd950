"""The group of commands: each name is a file, a function and a line of help."""

from pathlib import Path

import click
import pytest

import hebbfast.cli
from hebbfast import cli
from hebbfast.cli import commands

FILES = {path.stem for path in Path(hebbfast.cli.__file__).parent.glob("*.py")} - {"commands"}


def test_every_command_is_a_file_of_its_name():
    assert {name.replace("-", "_") for name in commands.COMMANDS} == {name for name in FILES if name[0] != "_"}
    context = click.Context(commands.commands)
    for name in commands.COMMANDS:
        command = commands.commands.get_command(context, name)
        assert command is not None and command.name == name
        assert command.help and command.help.split("\n\n")[0].endswith(".")


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_help_of_every_command(capsys, name):
    assert cli.main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: hebbfast {name} [OPTIONS]")
    assert "\x1b" not in text


def test_the_list_has_a_line_for_each(capsys):
    assert cli.main(["-h"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for name, words in commands.COMMANDS.items():
        assert f"{name} {words}" in lines


def test_there_are_no_others(capsys):
    for name in ("commands", "learned_capacity", "os"):
        assert cli.main([name]) == 2
        assert f"No such command '{name}'" in capsys.readouterr().err


def test_completion_of_shells(capsys, monkeypatch):
    monkeypatch.setenv("_HEBBFAST_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "hebbfast re")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert cli.main([]) == 0
    assert [line.split(",")[1] for line in capsys.readouterr().out.split()] == ["recall", "reproduce"]


def test_a_failure_of_memory_is_one_line(capsys, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(commands.commands, "invoke", fail)
    assert cli.main(["info"]) == 1
    assert capsys.readouterr().err == "Error: not enough memory\n"


def test_arguments_may_be_paths(capsys):
    assert cli.main(["theory", "--units", "10", "--interaction", Path("polynomial:2")]) == 0
    assert "D = 10" in capsys.readouterr().out
