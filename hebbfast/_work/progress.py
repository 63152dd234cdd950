"""A progress bar for long runs, or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str, total: float, shown: bool) -> Iterator[Callable[[float], None]]:
    """A bar with the time left, on terminals only; yields what advances it by a step. Needs rich, if shown."""
    if not shown:
        yield lambda step: None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as drawn:
        task = drawn.add_task(what, total=total)
        yield lambda step: drawn.advance(task, step)
