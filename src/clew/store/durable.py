"""Files that are whole or not there: written aside, flushed to disk, and renamed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clew.errors import UsageRejected

PART = ".part"
"""Ending of a file that is being written. What bears it is not part of any store."""
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
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time change a folder; the system lets go of it when a process dies.

    Raises
    ------
    UsageRejected
        If another process is changing it.
    """
    with (folder / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageRejected(
                f"another process is adding to {folder.name}", "Try again when it has ended"
            ) from None
        yield
