"""A case file prepared for quick answers: every version of every record, in one Arrow file.

Kept in a cache folder under a name made of a hash of everything it depends on: the bytes of the
case file, its facts, coverage and mapping, the time zone and Clew's version. A change in any of
them gives another name, so a stale preparation is never read; old ones may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather

from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory
from clew.model.columns import Array
from clew.model.time_window import Instant
from clew.version import VERSION

FOREVER = 2**62
COLUMNS = ("case_id", "kind", "manner", "mechanism", "premises", "age", "sex", "agency")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One row a version of a record; `since` inclusive, `until` exclusive, seconds UTC.

    `merged` counts the reports that are, or will be, part of another record.
    """

    since: Array
    until: Array
    reported_at: Array
    latitude: Array
    longitude: Array
    precision_m: Array
    text: dict[str, list[str]]
    coverage: tuple[tuple[str, str, int, str], ...]
    timezone: str
    merged: int = 0

    @staticmethod
    def of(table: pa.Table) -> Prepared:
        """Return a preparation from its Arrow table."""
        meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        rows = [line.split("\t") for line in meta.get("coverage", "").splitlines()]
        numbers = ("since", "until", "reported_at", "latitude", "longitude", "precision_m")
        return Prepared(
            **{name: table.column(name).to_numpy() for name in numbers},
            text={name: table.column(name).to_pylist() for name in COLUMNS},
            coverage=tuple((s, a, int(n), u) for s, a, n, u in rows),
            timezone=meta["timezone"],
            merged=int(meta["merged"]),
        )

    def rows_as_of(self, instant: Instant | None) -> Array:
        """Return the rows that stood at `instant`; None means after every fact."""
        at = FOREVER - 1 if instant is None else instant
        return np.flatnonzero((self.since <= at) & (at < self.until))


def key_of(paths: list[Path], settings: list[str]) -> str:
    """Return the name under which a preparation of these files is kept."""
    digest = hashlib.sha256(VERSION.encode())
    for path in paths:
        digest.update(b"\0file\0" + hashlib.sha256(path.read_bytes()).digest())
    for setting in settings:
        digest.update(b"\0setting\0" + setting.encode())
    return digest.hexdigest()[:32]


def prepare(case_file: CaseFile) -> pa.Table:
    """Lay out every version of every record as an Arrow table."""
    spans = [span for history in case_file.histories for span in _spans(history)]
    points = [case.point for _, _, case in spans]
    nan = float("nan")
    columns = {
        "since": [since for since, _, _ in spans],
        "until": [until for _, until, _ in spans],
        "reported_at": [case.reported_at for _, _, case in spans],
        "latitude": [p.latitude if p else nan for p in points],
        "longitude": [p.longitude if p else nan for p in points],
        "precision_m": [(p.precision_m or 0.0) if p else nan for p in points],
        "case_id": [case.case_id for _, _, case in spans],
        "kind": [str(case.kind) for _, _, case in spans],
        "manner": [case.manner or "" for _, _, case in spans],
        "mechanism": [case.mechanism or "" for _, _, case in spans],
        "premises": [case.premises or "" for _, _, case in spans],
        "age": ["" if c.age_years is None else f"{c.age_years:.0f}" for _, _, c in spans],
        "sex": [case.sex or "" for _, _, case in spans],
        "agency": [case.agency or "" for _, _, case in spans],
    }
    covered = "\n".join(
        f"{c.system}\t{c.agency}\t{c.records}\t{c.up_to}" for c in case_file.coverage
    )
    merged = sum(history.until is not None for history in case_file.histories)
    meta = {"timezone": case_file.timezone, "coverage": covered, "merged": str(merged)}
    return pa.table(columns).replace_schema_metadata(meta)


def _spans(history: CaseHistory) -> Iterator[tuple[Instant, Instant, Case]]:
    """Yield each version with its first instant and the one from which it stands no more."""
    ends = FOREVER if history.until is None else history.until
    following = [since for since, _ in history.versions[1:]]
    for (since, case), until in zip(history.versions, [*following, ends], strict=True):
        if since < ends:
            yield since, min(until, ends), case


def write_prepared(table: pa.Table, path: Path) -> None:
    """Write and rename, so that a preparation is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}.part")
    feather.write_feather(table, part, compression="uncompressed")
    part.replace(path)


def read_prepared(path: Path) -> Prepared:
    """Read a preparation.

    Raises
    ------
    OSError, pyarrow.ArrowInvalid
        If it is not there or not whole; the caller prepares anew.
    """
    return Prepared.of(feather.read_table(path, memory_map=True))
