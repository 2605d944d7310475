"""The manifest: one small file that names the segments of a store, and is replaced as a whole.

What it names is the store. A file that it does not name is the rest of an addition that did not
come to its end: readers do not see it, and the next addition clears it away.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clew.errors import InputRejected
from clew.store.durable import LOCK, write_durably
from clew.version import VERSION

MANIFEST = "manifest.json"
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
    """What a store consists of, and how its texts are read: zone and mapping, once for all."""

    timezone: str
    mapping: str
    segments: tuple[Segment, ...] = ()


def is_store(folder: Path) -> bool:
    """Return whether a folder is a store."""
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest, and check that its files are there in their length.

    Raises
    ------
    InputRejected
        If it is not there, not whole, of another schema, or a file is not as it says.
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
                raise ValueError("a segment lacks a file")
            segments.append(Segment(**(one | {"files": files})))
        manifest = Manifest(raw["timezone"], raw["mapping"], tuple(segments))
    except FileNotFoundError:
        raise InputRejected(
            str(folder), "there is no store here", "Begin one with clew store add"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputRejected(name, f"the manifest is damaged ({fault!r})", FROM_COPY) from None
    for segment in manifest.segments:
        for table, written in segment.files.items():
            path = segment.path(folder, table)
            if not path.is_file() or path.stat().st_size != written.bytes:
                raise InputRejected(f"{folder.name}/{path.name}", "not whole", FROM_COPY)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest. When this returns, what it names is kept."""
    raw = {"schema": SCHEMA, "clew": VERSION, **asdict(manifest)}
    text = json.dumps(raw | {"sum": _sum(raw)}, indent=1)
    write_durably(folder / MANIFEST, lambda file: file.write(text.encode()))


def left_over(folder: Path, manifest: Manifest | None) -> list[Path]:
    """Return the files of additions that did not come to their end."""
    named = {LOCK, MANIFEST}
    for segment in () if manifest is None else manifest.segments:
        named |= {segment.path(folder, table).name for table in segment.files}
    ours = (*(f"{table}-*.arrow*" for table in TABLES), f"{MANIFEST}*")
    found = {path for pattern in ours for path in folder.glob(pattern)}
    return sorted(path for path in found if path.name not in named)


def _sum(raw: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(raw, sort_keys=True).encode()).hexdigest()
