"""The command line: ``hebbfast``, or ``python -m hebbfast``."""

from collections.abc import Sequence

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    args : sequence of str, optional
        What follows ``hebbfast``; default: the arguments of the process.

    Returns
    -------
    int
        0 when all went well, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.

    Raises
    ------
    SystemExit
        If click or rich is not installed; the message says how to install them.

    Examples
    --------
    >>> from hebbfast import cli
    >>> cli.main(["recall", "--sede", "3"])  # and a line about it on standard error
    2
    """
    try:
        from hebbfast.cli import commands
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("click", "rich"):
            raise
        raise SystemExit(f'hebbfast: the command line needs {missing}: pip install "hebbfast[cli]"') from None
    return commands.run(args)
