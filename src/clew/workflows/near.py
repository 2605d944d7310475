"""`near`: what happened near here before. Every record within a radius, nearest first.

Needs no kernel and no case objects, so that it answers at once on a scene's terminal. A case file
is prepared for quick answers: every version of every record, in one Arrow file. It is kept in a
cache folder under a name made of a hash of everything it depends on: the bytes of the case file,
its facts, coverage and mapping, the time zone and Clew's version. A change in any of them gives
another name, so a stale preparation is never read; old ones may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import feather

from clew.caches import note_sum
from clew.digests import file_digest
from clew.errors import UsageRejected
from clew.intake.cases.times import Time, instant_of
from clew.intake.read import Source, case_file_of
from clew.model.case_file import CaseFile, Coverage
from clew.model.columns import Array
from clew.model.distance import great_circle_m
from clew.model.input_account import InputAccount, account_from_json
from clew.outputs import output_file
from clew.store.case_text import in_memory
from clew.store.opened import FOREVER, Store, TextColumn
from clew.store.segments import NUMBERS, plain_columns
from clew.store.segments import WORDS as COLUMNS
from clew.tabular import Tabular
from clew.version import VERSION


@dataclass(frozen=True, slots=True)
class Prepared:
    """One row per version of a record; `since` inclusive, `until` exclusive, seconds UTC.

    `merged` counts the reports that are, or will be, part of another record. `account` says what
    was taken of the files, and what was not.
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
    account: InputAccount = field(default_factory=InputAccount)

    @staticmethod
    def from_table(table: pa.Table) -> Prepared:
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
            account=account_from_json(json.loads(meta["account"])),
        )

    @staticmethod
    def from_store(store: Store, coverage: tuple[Coverage, ...]) -> Prepared:
        """Return the current versions of a store; its words stay in mapped memory."""
        current = store.current()
        numbers: dict[str, Any] = {name: store.numbers(name)[current.rows] for name in NUMBERS}
        return Prepared(
            since=current.since,
            until=current.until,
            **numbers,
            text={name: TextColumn(store.words(name), current.rows) for name in COLUMNS},
            coverage=tuple((c.system, c.agency, c.records, c.up_to) for c in coverage),
            timezone=store.manifest.timezone,
            account=store.account(),
        )


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
    since, until, cases = [], [], []
    for history in case_file.histories:
        ends = FOREVER if history.until is None else history.until
        following = [at for at, _ in history.versions[1:]]
        for (at, case), then in zip(history.versions, [*following, ends], strict=True):
            if at < ends:
                since.append(at)
                until.append(min(then, ends))
                cases.append(case)
    columns = {"since": since, "until": until, **plain_columns(cases)}
    covered = "\n".join(
        f"{c.system}\t{c.agency}\t{c.records}\t{c.up_to}" for c in case_file.coverage
    )
    merged = sum(history.until is not None for history in case_file.histories)
    account = json.dumps(case_file.account.to_json())
    meta = {"timezone": case_file.timezone, "coverage": covered, "merged": str(merged)}
    meta["account"] = account
    return pa.table(columns).replace_schema_metadata(meta)


def write_prepared(table: pa.Table, path: Path) -> None:
    """Write and rename, so that a preparation is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}.part")
    with output_file(part) as file:
        feather.write_feather(table, file, compression="uncompressed")
    part.replace(path)
    note_sum(path)


def read_prepared(path: Path) -> Prepared:
    """Read a preparation.

    Raises
    ------
    OSError, pyarrow.ArrowInvalid
        If it is not there or not whole; the caller prepares it again.
    """
    return Prepared.from_table(feather.read_table(path, memory_map=True))


@dataclass(frozen=True)
class NearAnswer(Tabular):
    """Records within the radius, nearest first; what was and was not searched.

    `rows` are rows of the prepared file, with their `metres`.
    """

    prepared: Prepared
    rows: Array
    metres: Array
    searched: int
    without_point: int

    columns = (
        "metres", "reported", "case_id", "kind", "sex", "age", "premises", "manner", "mechanism",
    )  # fmt: skip
    shown = columns

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records, with their distance in whole metres and the day of their report."""
        zone = ZoneInfo(self.prepared.timezone)
        for row, metres in zip(self.rows.tolist(), self.metres.tolist(), strict=True):
            day = datetime.fromtimestamp(int(self.prepared.reported_at[row]), zone).date()
            texts = {name: values[row] for name, values in self.prepared.text.items()}
            yield texts | {"reported": day.isoformat(), "metres": round(metres)}

    @property
    def not_searched(self) -> list[str]:
        """Return the systems that should have been searched and were not."""
        return [system for system, _, records, _ in self.prepared.coverage if records == 0]


def near(
    cases: Source | Prepared,
    lat: float,
    lon: float,
    within_km: float = 2.0,
    *,
    as_of: Time = None,
) -> NearAnswer:
    """List what happened near a place before, nearest first. Needs no kernel.

    Of records that are equally near, to the metre, the one reported first comes first.

    Parameters
    ----------
    cases
        A case file, the path of one, or a preparation.
    lat, lon
        WGS84 degrees.
    as_of
        Use only what was recorded by then; None: everything.

    Raises
    ------
    UsageRejected
        If the point is not on Earth, the radius not above 0, or `as_of` no time.
    """
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise UsageRejected(
            f"{lat:g}, {lon:g} is not a valid latitude and longitude",
            "Give --lat between -90 and 90, and --lon between -180 and 180",
        )
    if not within_km > 0:
        raise UsageRejected(
            f"--within-km must be above 0, not {within_km:g}", "Give a radius in kilometres, like 2"
        )
    prepared = (
        cases if isinstance(cases, Prepared) else Prepared.from_table(prepare(case_file_of(cases)))
    )
    asked = instant_of(as_of, prepared.timezone, "as_of")
    at = FOREVER - 1 if asked is None else asked
    rows = np.flatnonzero((prepared.since <= at) & (at < prepared.until))
    placed = rows[~np.isnan(prepared.latitude[rows])]
    placed = placed[np.argsort(prepared.reported_at[placed], kind="stable")]
    points = np.column_stack([prepared.latitude[placed], prepared.longitude[placed]])
    exact, within_m = prepared.precision_m[placed], within_km * 1000
    found, metres = points_within((lat, lon), points, exact, within_m)
    return NearAnswer(prepared, placed[found], metres, len(rows), len(rows) - len(placed))


def points_within(
    here: tuple[float, float], points: Array, precision_m: Array, within_m: float
) -> tuple[Array, Array]:
    """Return which points are near, nearest first, and their distances in metres.

    A point known only within a radius of its own, `precision_m` (n,), counts where that radius
    reaches. `points` (n, 2) in degrees; those equally near, to the metre, keep their order.
    """
    metres = great_circle_m(np.array([here]), points)
    inside = np.flatnonzero(metres <= within_m + precision_m)
    found = inside[np.argsort(np.round(metres[inside]), kind="stable")]
    return found, metres[found]
