"""The manifest: one small file that names the segments of a store, and is replaced as a whole.

What it names is the store. A file that it does not name is the rest of an addition that did not
come to its end: readers do not see it, and the next addition clears it away.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from clew.caches import why_not_own
from clew.digests import file_digest
from clew.errors import InputRejected
from clew.store.durable import LOCK, write_durably
from clew.version import VERSION

MANIFEST = "manifest.json"
CHECKED = "checked.json"
"""Which files were read to their end and found whole; made again where it is lost."""
SETTLED_NS = 2_000_000_000
"""Declared: a file touched within so many nanoseconds could be touched again unnoticed, for the
times of a file move by ticks of the system's clock (a few milliseconds; some, of a second)."""
SCHEMA = 1
TABLES = ("versions", "coded", "names", "papers")
"""The files of a segment: see segments.py."""
FROM_COPY = "Restore the store's folder from a copy, or add the case files to a new one"


@dataclass(frozen=True, slots=True)
class FileSum:
    """Length in bytes and SHA-256 of a file that is never changed."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """What one addition brought. `rows` counts versions, `cases` the cases they are of.

    `taught`: the first rows of the first segment, from which codes and densities were learnt.
    """

    number: int
    rows: int
    cases: int
    taught: int
    files: dict[str, FileSum]

    def path(self, folder: Path, table: str) -> Path:
        """Return where one of its files is."""
        return folder / f"{table}-{self.number:06d}.arrow"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a store consists of, and how its texts are read: zone and mapping, once for all.

    `profile` names the reading of each column, as the first file showed it that could. `accounts`:
    of each addition, what was taken of its files and what was not; `key` is the same for the same
    files.
    """

    timezone: str
    mapping: str
    segments: tuple[Segment, ...] = ()
    profile: Mapping[str, str] = field(default_factory=dict)
    accounts: tuple[dict[str, Any], ...] = ()


def is_store(folder: Path) -> bool:
    """Return whether a folder is a store."""
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest, and check that its files are there in their length.

    Raises
    ------
    InputRejected
        If it is not there, not whole, of another schema, a file is not as it says, or somebody
        else may have written to it.
    """
    name = f"{folder.name}/{MANIFEST}"
    try:
        raw = json.loads((folder / MANIFEST).read_bytes())
        written_sum = raw.pop("sum")
        if raw["schema"] != SCHEMA:
            raise InputRejected(
                name, f"the store has schema {raw['schema']}", "Use the version that wrote it"
            )
        if written_sum != _sum(raw):
            raise ValueError("its sum does not fit")
        segments = []
        for one in raw["segments"]:
            files = {table: FileSum(**file) for table, file in one["files"].items()}
            if set(files) != set(TABLES):
                raise ValueError("a file of a segment is missing")
            segments.append(Segment(**(one | {"files": files})))
        profile = {str(name): str(kind) for name, kind in raw.get("profile", {}).items()}
        manifest = Manifest(
            raw["timezone"],
            raw["mapping"],
            tuple(segments),
            profile,
            tuple(raw.get("accounts", ())),
        )
    except FileNotFoundError:
        raise InputRejected(
            str(folder), "this is not a store", "Start one with clew store add"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputRejected(name, f"the manifest is damaged ({fault!r})", FROM_COPY) from None
    _refuse_others(folder.resolve(), "")
    _refuse_others(folder / MANIFEST, name)
    for segment in manifest.segments:
        for table, written in segment.files.items():
            path = segment.path(folder, table)
            if path.exists():
                _refuse_others(path, f"{folder.name}/{path.name}")
            if not path.is_file() or path.stat().st_size != written.bytes:
                raise InputRejected(f"{folder.name}/{path.name}", "not whole", FROM_COPY)
    return manifest


def _refuse_others(path: Path, name: str) -> None:
    """Refuse a store to which somebody else may have written: its sums lie beside its bytes."""
    if reason := why_not_own(path):
        raise InputRejected(
            name or path.name,
            f"the store cannot be trusted: {reason}",
            "Copy it into a folder of your own, or let only yourself write to it (chmod go-w)",
        )


def check_sums(folder: Path, manifest: Manifest) -> None:
    """Check that every file holds the bytes that were written, and remember that it does.

    A file is read again only when the system says that it was touched: its inode, size or one of
    its times is another than when it was last read to its end.

    Raises
    ------
    InputRejected
        If a file is damaged.
    """
    try:
        known = json.loads((folder / CHECKED).read_bytes())
        found = {name: mark for name, mark in known.items() if isinstance(mark, list)}
    except (OSError, ValueError, AttributeError):
        found = {}
    marks: dict[str, list[object]] = {}
    for segment in manifest.segments:
        for table, written in segment.files.items():
            path = segment.path(folder, table)
            at = path.stat()
            mark = [written.sha256, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns]
            if found.get(path.name) != mark and file_digest(path) != written.sha256:
                raise InputRejected(
                    f"{folder.name}/{path.name}",
                    "its bytes are not those that were written",
                    FROM_COPY,
                )
            if time.time_ns() - at.st_ctime_ns > SETTLED_NS:
                marks[path.name] = mark
    if marks != found:
        part = folder / f"{CHECKED}.part"
        with suppress(OSError):  # a store that only may be read is read again each time
            part.write_text(json.dumps(marks), "utf-8")
            part.replace(folder / CHECKED)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest. When this returns, what it names is kept."""
    raw = {"schema": SCHEMA, "clew": VERSION, **asdict(manifest)}
    text = json.dumps(raw | {"sum": _sum(raw)}, indent=1)
    write_durably(folder / MANIFEST, lambda file: file.write(text.encode()))


def left_over(folder: Path, manifest: Manifest | None) -> list[Path]:
    """Return the files of additions that did not come to their end."""
    named = {LOCK, MANIFEST, CHECKED}
    for segment in () if manifest is None else manifest.segments:
        named |= {segment.path(folder, table).name for table in segment.files}
    ours = (*(f"{table}-*.arrow*" for table in TABLES), f"{MANIFEST}*", f"{CHECKED}.part")
    found = {path for pattern in ours for path in folder.glob(pattern)}
    return sorted(path for path in found if path.name not in named)


def _sum(raw: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
