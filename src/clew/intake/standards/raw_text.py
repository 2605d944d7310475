"""Bytes of a message become text: bounded size, byte order marks, UTF-16, Latin-1 as a last way."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from pathlib import Path

from clew.intake.standards.message import RefusedError

MAX_BYTES = 16 * 1024 * 1024
"""Bytes in one message. Measured: 24 MiB of the worst JSON (`[],[],...`) took 680 MiB; the largest
certificate known to us has 103 kB."""

_SPLIT = "Split it into one file a record, or into lines (NDJSON)"


def read_bytes(path: Path, limit: int = MAX_BYTES) -> bytes:
    """Return a file's bytes, unpacked where it is gzipped.

    Raises
    ------
    RefusedError
        If it holds more than `limit` bytes, or is damaged.

    """
    with path.open("rb") as file:
        raw = file.read(limit + 1)
    if raw[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as packed:
                raw = packed.read(limit + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise RefusedError(f"the gzip file is damaged ({fault})", "Fetch it again") from None
    if len(raw) > limit:
        raise RefusedError(f"it holds more than {limit:,} bytes", _SPLIT)
    return raw


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file as it lies on the disk, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_text(raw: bytes) -> tuple[str, str]:
    """Return the text of some bytes, and what was odd about their encoding ("" for nothing).

    A byte order mark is obeyed; without one it is UTF-8, and Latin-1 where it cannot be that.
    """
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if raw.startswith(mark):
            odd = "" if name == "utf-8-sig" else f"the text is {name}, not UTF-8"
            return raw.decode(name, errors="replace"), odd
    try:
        return raw.decode("utf-8"), ""
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "the text is not UTF-8; it was read as Latin-1"
