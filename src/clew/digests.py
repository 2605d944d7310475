"""The digest of a file: one, for every room that keeps files or tells them apart."""

from __future__ import annotations

import hashlib
from io import BufferedIOBase
from pathlib import Path


def file_digest(file: Path | BufferedIOBase) -> str:
    """Return a file's SHA-256 as hexadecimal digits; of an open file, from where it stands.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return file_digest(opened)
    return hashlib.file_digest(file, "sha256").hexdigest()
