"""The commands, each in a file of its name, loaded when it is run; and how a run ends.

A new command is a file with a function of the same name, and a line in `COMMANDS`.
"""

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click
from click.shell_completion import shell_complete

import hebbfast as hb
from hebbfast._work.threads import thread_count
from hebbfast.cli import _streams
from hebbfast.cli._shared import COMPLETE, blamed

COMMANDS = {
    "anneal": "Look for the best value of a problem in a file.",
    "bench": "Measure the kernels on this machine.",
    "boltzmann": "Learn the distribution of patterns, and complete others.",
    "capacity": "Measure how many random patterns networks hold.",
    "completion": "Print what completes commands in a shell.",
    "demo": "Recall real pictures and digits from damaged cues.",
    "info": "Show version, CPU, instruction-set levels, threads.",
    "learn": "Learn couplings that hold patterns.",
    "learned-capacity": "Measure how many patterns learned couplings hold.",
    "nearest": "Find the patterns nearest to states.",
    "phase-diagram": "Compare the phase diagram with simulated networks.",
    "pid": "Split what outputs owe to the pattern and to others.",
    "recall": "Store patterns and recall them from cues.",
    "reproduce": "Check the claims of the literature.",
    "temper": "Temper spin glasses, or couplings in a file.",
    "theory": "Show what theory says about one network.",
}


class Commands(click.Group):
    """The commands of `COMMANDS`, which are imported when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Their names."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of a name, if there is one."""
        if name not in COMMANDS:
            return None
        function = name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(f"hebbfast.cli.{function}"), function)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Say a line about each."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""\b
Exit codes: 0 all went well, 1 a failure, 2 wrong usage, 130 interrupted by Ctrl-C.
hebbfast COMMAND --help shows examples; hebbfast completion --help, how a shell completes.
NO_COLOR=1 in the environment prints without colours. More: docs/commands.md.""",
)
@click.version_option(package_name="hebbfast", message="%(prog)s %(version)s")
def commands() -> None:
    """Store patterns of +1 and -1 as bits and recall them: Hopfield networks and dense associative memories."""
    with blamed("environment"):  # HEBBFAST_SIMD, HEBBFAST_NUM_THREADS
        hb.simd_level()
        thread_count(None)


def run(args: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code, whatever happens."""
    with _streams.ready():
        try:
            code = _invoke(sys.argv[1:] if args is None else args)
            _streams.write("")  # what a full disk does not take shows here at the latest
        except _streams.OutputError as error:
            _streams.silence(sys.stdout)
            if not error.unread:
                _streams.complain(f"Error: {error}")
            code = 1
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            _streams.silence(sys.stderr)
        return code


def _invoke(args: Sequence[str]) -> int:
    """Parse and run; every way to fail that a user can cause is one message and a code."""
    try:
        if COMPLETE in os.environ:
            return shell_complete(commands, {}, "hebbfast", COMPLETE, os.environ[COMPLETE])
        with commands.make_context("hebbfast", [os.fspath(arg) for arg in args]) as context:
            commands.invoke(context)
            return 0
    except (KeyboardInterrupt, click.Abort):
        _streams.complain("interrupted")
        return 130
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        text = io.StringIO()
        error.show(text)
        _streams.complain(text.getvalue())
        return error.exit_code
    except MemoryError:
        _streams.complain("Error: not enough memory")
        return 1
    except OSError as error:  # all others are blamed on what they belong to: this is of the help or a progress bar
        raise _streams.OutputError(error) from error
