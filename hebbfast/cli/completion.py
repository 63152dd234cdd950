"""The command ``hebbfast completion``."""

import click
from click.shell_completion import shell_complete

from hebbfast.cli._shared import COMPLETE, examples

SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog=examples(
        "completion bash >> ~/.bashrc",
        "completion zsh >> ~/.zshrc",
        "completion fish > ~/.config/fish/completions/hebbfast.fish",
    )
)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what makes SHELL complete commands, options, their values, and names of files.

    Write it where the shell reads it when it starts, once; bash has to be version 4.4 or later.
    """
    shell_complete(click.get_current_context().find_root().command, {}, "hebbfast", COMPLETE, f"{shell}_source")
