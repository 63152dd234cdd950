"""The packages whose objects go in and out, imported when they are needed."""

import importlib
from typing import Any

__all__ = ["host"]


def host(name: str, extra: str) -> Any:
    """A package, or an ImportError that says how to get it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(f"{name} is needed here: pip install 'hebbfast[{extra}]' ({error})") from error
