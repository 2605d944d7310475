"""Files that are whole or not there: written aside, flushed to disk, and renamed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clew.errors import UsageRejected
from clew.outputs import FILE_MODE, refuse_link

LOCK = "lock"


def write_durably(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file so that after any interruption it is there whole, or as it was before.

    Flushed to disk before it gets its name, and the folder after; when this returns, a loss of
    power does not lose it. Where the disk refuses, the part is taken away again.

    Raises
    ------
    OSError
        If the disk is full or refuses; nothing has changed then.
    """
    part = path.with_name(f"{path.name}.part")  # no such file is part of any store
    part.unlink(missing_ok=True)  # of a writer that died, or a link that somebody put there
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, FILE_MODE), "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time change a folder; the system lets go of it when a process dies.

    Raises
    ------
    UsageRejected
        If another process is changing it.
    """
    refuse_link(folder / LOCK)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    with os.fdopen(os.open(folder / LOCK, flags, FILE_MODE), "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageRejected(
                f"another process is adding to {folder.name}", "Try again when it has ended"
            ) from None
        yield
