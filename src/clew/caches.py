"""Where Clew keeps what it can always make again, and whether what lies there can be used.

Compiled code is run as it lies there, and prepared files answer in place of the case file. So both
are used only where nobody but this user can have written them, and prepared files only if whole.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from clew.digests import file_digest

LOG = logging.getLogger(__name__)
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
ROOT = 0
"""The user who can write everywhere in any case."""
SUM = ".sum"
"""Ending of the file that says what a prepared file was when it was written."""


def cache_folder() -> Path:
    """Return where Clew keeps what it can always make again."""
    named = os.environ.get("CLEW_CACHE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "clew"


def why_not_own(path: Path) -> str:
    """Return why a file or folder may have been written by somebody else; "" if it cannot have.

    No link is followed.

    Raises
    ------
    OSError
        If it is not there.
    """
    state = path.lstat()
    if stat.S_ISLNK(state.st_mode):
        return "it is a symbolic link"
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
        return "it is neither a file nor a folder"
    if state.st_uid not in (os.geteuid(), ROOT):
        return "it belongs to another user"
    return "other users can write to it" if state.st_mode & OTHERS_WRITE else ""


def own_folder(*names: str) -> Path:
    """Return a folder of the cache that only this user can have written to, made where missing.

    Where the one in the cache is none, nothing in it is used: a folder for this process alone takes
    its place, and that is said once on standard error.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    folder = cache_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    for name in ("", *names):
        folder = folder / name if name else folder
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        if name != names[-1] and folder.lstat().st_uid == os.geteuid() and not folder.is_symlink():
            # On the way, and made by an earlier version with the system's own mode.
            mode = folder.stat().st_mode
            if mode & OTHERS_WRITE:
                folder.chmod(mode & ~OTHERS_WRITE & 0o7777)
        inside = folder.iterdir() if name and name == names[-1] else ()
        for path in (folder, *inside):
            try:
                reason = why_not_own(path)
            except FileNotFoundError:  # another process has replaced it
                continue
            if reason:
                _say(folder if path == folder else path, reason)
                return _instead().joinpath(*names[1:]) if len(names) > 1 else _instead()
    return folder


@cache
def _instead() -> Path:
    return Path(tempfile.mkdtemp(prefix="clew-cache-"))


@cache
def _say(path: Path, reason: str) -> None:
    LOG.warning(
        "clew: the cache %s is not used, because %s. Remove it, or set CLEW_CACHE to a folder of"
        " your own. This run makes its own.",
        path,
        reason,
    )


def note_sum(path: Path) -> None:
    """Keep what a prepared file is, so that `is_whole` can tell later."""
    beside = path.with_name(path.name + SUM)
    part = beside.with_name(f"{beside.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        part.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(part, flags, 0o600), "w", encoding="ascii") as file:
        json.dump([file_digest(path), *_marks(path)], file)
    part.replace(beside)


def is_whole(path: Path) -> bool:
    """Tell whether a prepared file is this user's own, and as it was written.

    It is read to its end only where the system says that it was touched since.
    """
    beside = path.with_name(path.name + SUM)
    try:
        if any(why_not_own(one) for one in (path.parent, path, beside)):
            return False
        digest, *marks = json.loads(beside.read_text(encoding="ascii"))
        return marks == _marks(path) or file_digest(path) == str(digest)
    except (OSError, ValueError):
        return False


def _marks(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns]
