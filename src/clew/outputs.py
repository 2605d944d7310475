"""The one door by which commands write files: whole or not at all, for their owner alone.

A file is written beside its name under a name of its own, flushed, and renamed: a reader, or a
second writer, finds the old file or the new one. Its mode is 0600. A link is never followed, so
that nobody who may write in a folder can point a command at another file of its user. A folder has
one writer at a time, so that its files are of one run.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, TextIO

from clew.errors import UsageRejected

FILE_MODE, FOLDER_MODE = 0o600, 0o700
"""Declared: what is written is about people who died; its owner decides who else may read it."""
_HELD: dict[tuple[int, int], int] = {}
"""Folders that this process is writing into, by device and inode, and how often it asked."""


@contextmanager
def output_folder(folder: str | Path) -> Iterator[Path]:
    """Hold a folder for what one command writes; make it, mode 0700, where it is missing.

    A process may hold the same folder again within.

    Raises
    ------
    UsageRejected
        If it is a link or a file, or another process is writing into it.
    """
    path = Path(folder)
    refuse_link(path)
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    opened = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        state = os.fstat(opened)
        key = (state.st_dev, state.st_ino)
        if not _HELD.get(key):
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageRejected(
                    f"another command is writing into {path}",
                    "Wait until it has ended, or name another --out",
                ) from None
        _HELD[key] = _HELD.get(key, 0) + 1
        try:
            yield path
        finally:
            _HELD[key] -= 1
    finally:
        os.close(opened)


def refuse_link(path: Path) -> None:
    """Refuse a link, or what is neither file nor folder, in place of an output.

    Raises
    ------
    UsageRejected
        If it is one.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "no ordinary file"
        raise UsageRejected(f"{path} is {what}", "Name the file or folder itself")


@contextmanager
def output_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write; it gets its name when all of it is written.

    Raises
    ------
    UsageRejected
        If a link, a folder, or anything but an ordinary file has that name.
    OSError
        If the disk is full or refuses; what was there is as it was.
    """
    refuse_link(path)
    if path.is_dir():
        raise UsageRejected(f"{path} is a folder", "Name a file")
    parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    part = f".{path.name[:200]}.{secrets.token_hex(8)}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, FILE_MODE, dir_fd=parent), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path.name, src_dir_fd=parent, dst_dir_fd=parent)
        os.fsync(parent)
    except BaseException:
        with suppress(OSError):
            os.unlink(part, dir_fd=parent)
        raise
    finally:
        os.close(parent)


BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Begins a CSV file that people open: without it, Excel reads UTF-8 as Windows-1252."""
_WITH_BOM: ContextVar[bool] = ContextVar("with_bom", default=True)


@contextmanager
def no_byte_order_mark() -> Iterator[None]:
    """Write CSV files without a byte-order mark within, for programs that do not expect one."""
    token = _WITH_BOM.set(False)
    try:
        yield
    finally:
        _WITH_BOM.reset(token)


def csv_begins() -> str:
    """Return what a CSV file begins with: the byte-order mark, or nothing."""
    return BOM if _WITH_BOM.get() else ""


@contextmanager
def output_csv(path: Path) -> Iterator[TextIO]:
    """Open a CSV file to write: as `output_text`, and begun as `csv_begins` says."""
    with output_text(path) as text:
        text.write(csv_begins())
        yield text


@contextmanager
def output_text(path: Path) -> Iterator[TextIO]:
    """Open a text file to write, in UTF-8, line ends as they are given; else as `output_file`."""
    with output_file(path) as raw:
        text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


def write_output(path: str | Path, content: str | bytes) -> None:
    """Write a whole file, text in UTF-8; else as `output_file`."""
    with output_file(Path(path)) as file:
        file.write(content.encode() if isinstance(content, str) else content)
