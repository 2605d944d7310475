"""What happened near here before: every record within a radius, nearest first.

Needs no kernel and no case objects, so that it answers at once on a scene's terminal.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather

from clew.digests import file_digest
from clew.errors import UsageRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory, Coverage
from clew.model.columns import Array
from clew.model.values import EARTH_RADIUS_M, Instant
from clew.store.case_text import in_memory
from clew.store.opened import FOREVER, Store, TextColumn
from clew.store.segments import NUMBERS, plain_columns
from clew.store.segments import WORDS as COLUMNS
from clew.version import VERSION

# A case file prepared for quick answers: every version of every record, in one Arrow file.
#
# Kept in a cache folder under a name made of a hash of everything it depends on: the bytes of the
# case file, its facts, coverage and mapping, the time zone and Clew's version. A change in any of
# them gives another name, so a stale preparation is never read; old ones may be deleted at any
# time.


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
    text: Mapping[str, Sequence[str]]
    coverage: tuple[tuple[str, str, int, str], ...]
    timezone: str
    merged: int = 0

    @staticmethod
    def of(table: pa.Table) -> Prepared:
        """Return a preparation from its Arrow table."""
        meta = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        whole = table.combine_chunks()
        numbers: dict[str, Any] = {
            name: in_memory(whole.column(name).chunk(0)) for name in ("since", "until", *NUMBERS)
        }
        rows = [line.split("\t") for line in meta.get("coverage", "").splitlines()]
        return Prepared(
            **numbers,
            text={name: table.column(name).to_pylist() for name in COLUMNS},
            coverage=tuple((s, a, int(n), u) for s, a, n, u in rows),
            timezone=meta["timezone"],
            merged=int(meta["merged"]),
        )

    @staticmethod
    def of_store(store: Store, coverage: tuple[Coverage, ...]) -> Prepared:
        """Return the versions that stand in a store; its words stay in mapped memory."""
        stands = store.standing()
        numbers: dict[str, Any] = {name: store.numbers(name)[stands.rows] for name in NUMBERS}
        return Prepared(
            since=stands.since,
            until=stands.until,
            **numbers,
            text={name: TextColumn(store.words(name), stands.rows) for name in COLUMNS},
            coverage=tuple((c.system, c.agency, c.records, c.up_to) for c in coverage),
            timezone=store.manifest.timezone,
        )

    def rows_as_of(self, instant: Instant | None) -> Array:
        """Return the rows that stood at `instant`; None means after every fact."""
        at = FOREVER - 1 if instant is None else instant
        return np.flatnonzero((self.since <= at) & (at < self.until))


def key_of(paths: list[Path], settings: list[str]) -> str:
    """Return the name under which a preparation of these files is kept."""
    digest = hashlib.sha256(VERSION.encode())
    for path in paths:
        digest.update(b"\0file\0" + bytes.fromhex(file_digest(path)))
    for setting in settings:
        digest.update(b"\0setting\0" + setting.encode())
    return digest.hexdigest()[:32]


def prepare(case_file: CaseFile) -> pa.Table:
    """Lay out every version of every record as an Arrow table."""
    spans = [span for history in case_file.histories for span in _spans(history)]
    columns = {
        "since": [since for since, _, _ in spans],
        "until": [until for _, until, _ in spans],
        **plain_columns([case for _, _, case in spans]),
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


@dataclass(frozen=True, slots=True)
class Spot:
    """The asked point and radius.

    Raises
    ------
    UsageRejected
        If the point is not on Earth or the radius not above 0.
    """

    latitude: float
    longitude: float
    within_km: float = 2.0

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise UsageRejected(
                f"there is no place {self.latitude}, {self.longitude}",
                "Give --lat within -90 and 90 and --lon within -180 and 180",
            )
        if not self.within_km > 0:
            raise UsageRejected(
                f"a radius of {self.within_km} km finds nothing", "Give --within-km above 0"
            )


@dataclass(frozen=True, slots=True)
class NearAnswer:
    """Rows of the prepared file, nearest first, with metres; what was and was not searched."""

    rows: Array
    metres: Array
    searched: int
    without_point: int


def find_near(prepared: Prepared, spot: Spot, as_of: Instant | None = None) -> NearAnswer:
    """Return the records within the radius that were known at `as_of`.

    A record known only within a radius of its own counts where that radius reaches.
    """
    rows = prepared.rows_as_of(as_of)
    placed = rows[~np.isnan(prepared.latitude[rows])]
    metres = metres_from(prepared.latitude[placed], prepared.longitude[placed], spot)
    inside = metres <= spot.within_km * 1000 + prepared.precision_m[placed]
    order = np.lexsort((prepared.reported_at[placed][inside], np.round(metres[inside])))
    return NearAnswer(
        placed[inside][order], metres[inside][order], len(rows), len(rows) - len(placed)
    )


def metres_from(latitude: Array, longitude: Array, spot: Spot) -> Array:
    """Return great-circle distances from the spot, metres, by the haversine formula."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    here_lat, here_lon = np.radians([spot.latitude, spot.longitude])
    square = np.sin((lat - here_lat) / 2) ** 2
    square += np.cos(lat) * np.cos(here_lat) * np.sin((lon - here_lon) / 2) ** 2
    metres: Array = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(square, 1)))
    return metres
