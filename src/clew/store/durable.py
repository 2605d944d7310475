"""Files that are whole or not there: written aside, flushed to disk, and renamed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clew.errors import UsageRejected

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
    with (folder / LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageRejected(
                f"another process is adding to {folder.name}", "Try again when it has ended"
            ) from None
        yield
