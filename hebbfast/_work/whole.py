"""Files that appear whole or not at all."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from hebbfast import _arguments

__all__ = ["same_file", "written_whole"]

Path = str | os.PathLike[str]

_DISK = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}  # what a write may fail of


@contextmanager
def written_whole(path: Path, mode: str = "wb", *, name: str = "path") -> Iterator[IO[Any]]:
    """Open a new file beside ``path`` that takes its name when all went well; otherwise nothing has changed.

    A symbolic link is followed and stays; an existing file hands on its mode and, where that is allowed, its owner.
    The unfinished file has a random name: a leftover of a killed process is in nobody's way.

    Parameters
    ----------
    path : path-like
        The file to write. It must be a regular file that may be written, or not exist yet in a folder that does.
    mode : "wb" or "w"
        Bytes, or text as UTF-8.
    name : str
        What the caller calls `path`, for messages.

    Yields
    ------
    file
        Open for writing.

    Raises
    ------
    OSError
        If the file cannot be written, before the block runs or, on a full disk, in it; the message has path and reason.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(os.path.join(folder, "a.txt"), "w") as file:
    ...         _ = file.write("whole")
    ...     os.listdir(folder)
    ['a.txt']
    """
    path = _arguments.path(name, path)
    import secrets  # a tenth of the time of `import hebbfast`

    target, old = _target(path, name)
    part = os.path.join(os.path.dirname(target), f".hebbfast-{secrets.token_hex(8)}.part")

    def create(part: str, flags: int) -> int:
        return os.open(part, flags, 0o666 if old is None else 0o600)

    try:  # around the opening, too: Ctrl-C may come when the file is there
        # "x" fails on anything that stands there already, links too
        with open(part, mode.replace("w", "x"), opener=create, encoding=None if "b" in mode else "utf-8") as file:
            yield file
            file.flush()
            if old is not None:
                _hand_on(old, file.fileno())
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException as error:
        if not (isinstance(error, FileExistsError) and error.filename == part):  # then it is somebody else's
            with suppress(OSError):
                os.unlink(part)
        if isinstance(error, OSError) and (error.filename == part or (not error.filename and error.errno in _DISK)):
            raise _refusal(path, name, error) from None
        raise


def _target(path: str, name: str) -> tuple[str, os.stat_result | None]:
    """The file itself behind all links, and what it is, if it exists."""
    try:
        if not os.path.basename(path):
            raise IsADirectoryError("a name of a file is wanted")
        try:
            old = os.stat(path)
        except FileNotFoundError:
            return os.path.realpath(path), None
        if not stat.S_ISREG(old.st_mode):
            raise OSError("a folder" if stat.S_ISDIR(old.st_mode) else "not a regular file")
        if not os.access(path, os.W_OK):
            raise PermissionError("the file is write-protected")
        return os.path.realpath(path), old
    except (OSError, ValueError) as error:  # ValueError: a null character in it
        raise _refusal(path, name, error) from None


def _hand_on(old: os.stat_result, descriptor: int) -> None:
    """Give the new file the owner and the mode of the old one, as far as this process may."""
    if hasattr(os, "fchown"):
        with suppress(OSError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _refusal(path: str, name: str, error: Exception) -> OSError:
    """The same kind of OSError, with path and reason in its message."""
    kind = type(error) if isinstance(error, OSError) else OSError
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    if isinstance(error, FileNotFoundError):
        reason = "there is no such folder"
    refusal = kind(f"{name} must name a file that can be written, got {path!r}: {reason}")
    refusal.errno = getattr(error, "errno", None)
    return refusal


def same_file(path: Path, other: Path) -> bool:
    """Whether two names mean one file: through links, hard links, other folders or other capitals.

    Examples
    --------
    >>> same_file("a.npy", "./b/../a.npy")
    True
    """
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        first, second = (os.path.normcase(os.path.realpath(p)) for p in (path, other))
        return first == second
