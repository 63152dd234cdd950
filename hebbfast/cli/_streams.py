"""Standard output and error as they come: missing, closed, full, left by their reader, or short of characters."""

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import TextIO

__all__ = ["OutputError", "complain", "escaped", "ready", "silence", "write"]

PLAIN = {
    "±": "+-", "×": "x", "·": "*", "≥": ">=", "≤": "<=", "→": "->", "−": "-", "–": "-", "—": "-", "…": "...",
    "α": "alpha", "β": "beta", "σ": "sigma", "ξ": "xi", "Ξ": "Xi", "µ": "mu", "μ": "mu", "Σ": "sum", "∞": "inf",
    "━": "-", "─": "-", "╸": "-", "╺": " ", "│": "|",
}  # fmt: skip


class OutputError(Exception):
    """Standard output takes no more."""

    def __init__(self, error: OSError):
        super().__init__(f"standard output: {error.strerror or error}")
        self.unread = error.errno == errno.EPIPE  # whoever read it has gone, and knows


def escaped(text: str) -> str:
    r"""Text of others on one line: what would move a cursor, change colours or hide is written as its number.

    Examples
    --------
    >>> print(escaped("a\x1b[2Jb.png"))
    a\x1b[2Jb.png
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def write(text: str) -> None:
    """Write to standard output at once; `OutputError` if it takes no more."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(error) from error


def complain(text: str) -> None:
    """Write lines to standard error, if there is one that listens."""
    with suppress(OSError, ValueError):
        print("\n".join(map(escaped, text.splitlines())), file=sys.stderr, flush=True)


def silence(stream: TextIO) -> None:
    """Let a stream that takes no more end in nothing, so that Python does not complain of it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def ready() -> Iterator[None]:
    """Give a missing output and a missing error stream an end, and other characters to one that cannot write ours."""
    with ExitStack() as stack:
        for name in ("COLUMNS", "LINES"):
            size = os.environ.get(name)
            if size is not None and not (size.isascii() and size.isdigit()):  # rich would take '²' for a number
                stack.callback(os.environ.__setitem__, name, os.environ.pop(name))
        if sys.stdout is None or sys.stdout.closed:
            stack.enter_context(redirect_stdout(stack.enter_context(_nowhere())))
        if sys.stderr is None or sys.stderr.closed:
            stack.enter_context(redirect_stderr(stack.enter_context(_nowhere())))
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stack.callback(_reconfigure, stream, stream.errors)
                _reconfigure(stream, "hebbfast.plain")
        yield


def _nowhere() -> TextIO:
    """A stream that ends in nothing, above the descriptors of the three standard streams: no file may take theirs."""
    held = os.open(os.devnull, os.O_WRONLY)
    while held <= 2:
        held = os.open(os.devnull, os.O_WRONLY)
    return open(held, "w", encoding="utf-8", errors="replace")


def _reconfigure(stream: io.TextIOWrapper, errors: str | None) -> None:
    with suppress(OSError, ValueError):  # it is flushed before, and may be full
        stream.reconfigure(errors=errors)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks, in characters that all have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(c, "?") for c in error.object[error.start : error.end]), error.end


codecs.register_error("hebbfast.plain", _plain)
