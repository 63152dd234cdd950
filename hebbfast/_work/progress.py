"""A progress bar for long runs, or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str, total: float, shown: bool) -> Iterator[Callable[[float], None]]:
    """A bar with the time left, on terminals only; yields what advances it by a step. Needs rich, if shown."""
    if shown:
        from rich.console import Console
        from rich.progress import Progress

        console = Console()
        if console.is_terminal:  # rich 13.0 ends a bar that is disabled with an empty line
            with Progress(console=console, transient=True) as drawn:
                task = drawn.add_task(what, total=total)
                yield lambda step: drawn.advance(task, step)
            return
    yield lambda step: None
