"""A progress bar for long runs, or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str, total: float, shown: bool) -> Iterator[Callable[[float], None]]:
    """Draw a bar while in the context; yields what advances it. Needs rich, if shown."""
    if not shown:
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(transient=True) as drawn:
        task = drawn.add_task(what, total=total)
        yield lambda steps: drawn.advance(task, steps)
