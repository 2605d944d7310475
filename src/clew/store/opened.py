"""An open store: its files mapped into memory, and which of their rows stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from clew.errors import InputRejected
from clew.model.case_file import CaseFile, CaseHistory, Coverage
from clew.model.columns import Array, Columns
from clew.store.case_text import case_of, from_arrow, in_memory
from clew.store.manifest import FROM_COPY, Manifest, damaged, left_over, read_manifest
from clew.store.segments import GROUPS, Paper, map_table

FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The versions that stand: row numbers over all segments, and from and until when, seconds.

    A case whose history a late fact changed was written again; its last segment holds it whole.
    """

    rows: Array
    since: Array
    until: Array


class Names(NamedTuple):
    """What the codes of a group mean; `kinds` and `against` (codes,) are those of items."""

    values: tuple[str, ...]
    kinds: Array
    against: Array


class Store:
    """A store as its manifest named it when it was opened. Later additions are not seen.

    Raises
    ------
    InputRejected
        If it is not there or not whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._mapped: dict[str, list[pa.RecordBatch]] = {}

    def mapped(self, table: str) -> list[pa.RecordBatch]:
        """Return one of the TABLES of every segment."""
        if table not in self._mapped:
            segments = self.manifest.segments
            self._mapped[table] = [map_table(self.folder, one, table) for one in segments]
        return self._mapped[table]

    def columns(self) -> list[Columns]:
        """Return the kernel's columns of every segment, in mapped memory; nothing is parsed."""
        return [from_arrow(batch) for batch in self.mapped("coded")]

    def numbers(self, name: str) -> Array:
        """Return one of the plain number columns over all segments."""
        parts = [in_memory(batch.column(name)) for batch in self.mapped("versions")]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def words(self, name: str) -> pa.ChunkedArray:
        """Return one of the text columns over all segments, in mapped memory."""
        parts = [batch.column(name) for batch in self.mapped("versions")]
        return pa.chunked_array(parts, pa.large_string())

    def case_count(self) -> int:
        """Return how many cases the store holds."""
        return len(np.unique(self._owners()))

    def _owners(self) -> Array:
        parts = [in_memory(batch.column("owner")) for batch in self.mapped("coded")]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def standing(self) -> CurrentVersions:
        """Return the rows that stand, by case and time."""
        cols = self.mapped("coded")
        owner = self._owners()
        segment = np.repeat(np.arange(len(cols)), [batch.num_rows for batch in cols])
        last = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
        last[owner] = segment  # of one case's segments the last is kept: they stand in order
        rows = np.flatnonzero(last[owner] == segment)
        since = self.numbers("since")
        rows = rows[np.lexsort((since[rows], owner[rows]))]
        until = np.full(len(rows), FOREVER, np.int64)
        same = owner[rows[1:]] == owner[rows[:-1]]
        until[:-1][same] = since[rows[1:]][same]
        return CurrentVersions(rows, since[rows], until)

    def histories(self) -> tuple[CaseHistory, ...]:
        """Return every case with its versions, in the order of first instant, then `case_id`."""
        stands = self.standing()
        texts = self.words("case").take(pa.array(stands.rows)).to_pylist()
        ids = self.words("case_id").take(pa.array(stands.rows)).to_pylist()
        versions: dict[str, list[tuple[int, str]]] = {}
        for case_id, since, text in zip(ids, stands.since.tolist(), texts, strict=True):
            versions.setdefault(case_id, []).append((since, text))
        found = [
            CaseHistory(case_id, tuple((since, case_of(text)) for since, text in told))
            for case_id, told in versions.items()
        ]
        return tuple(sorted(found, key=lambda h: (h.versions[0][0], h.case_id)))

    def case_file(self, coverage: tuple[Coverage, ...] = ()) -> CaseFile:
        """Return the store as what intake hands on; rejects and warnings came when it was added."""
        zone = self.manifest.timezone
        return CaseFile(self.folder.name, self.histories(), coverage=coverage, timezone=zone)

    def names_of(self, group: str) -> Names:
        """Return what the codes of one of the GROUPS mean, in the order of codes."""
        number = GROUPS.index(group)
        parts = []
        for batch in self.mapped("names"):
            rows = np.flatnonzero(in_memory(batch.column("group")) == number)
            parts.append(batch.take(pa.array(rows)))
        return Names(
            tuple(value for part in parts for value in part.column("value").to_pylist()),
            np.concatenate([in_memory(part.column("kind")) for part in parts]),
            np.concatenate([in_memory(part.column("against")) for part in parts]),
        )

    def papers_of(self, case_ids: Iterable[str]) -> list[Paper]:
        """Return everything that was handed in of these cases, in that order."""
        wanted = pa.array(sorted(set(case_ids)), pa.large_string())
        found: list[Paper] = []
        for batch in self.mapped("papers"):
            own = batch.filter(pc.is_in(batch.column("case_id"), wanted))
            columns = [own.column(name).to_pylist() for name in Paper._fields]
            found += [Paper(*told) for told in zip(*columns, strict=True)]
        return found


class TextColumn(Sequence[str]):
    """A text column of some rows of a store; each is read when it is asked for."""

    def __init__(self, column: pa.ChunkedArray, rows: Array) -> None:
        self._column, self._rows = column, rows

    @overload
    def __getitem__(self, k: int) -> str: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[str]: ...
    def __getitem__(self, k: int | slice) -> str | Sequence[str]:
        if isinstance(k, slice):
            return TextColumn(self._column, self._rows[k])
        return str(self._column[int(self._rows[k])].as_py())

    def __len__(self) -> int:
        return len(self._rows)


# Whether a store is whole: every byte as it was written, every row in its place.


class StoreCheck(NamedTuple):
    """What a whole store holds; `left_over` counts files that are not part of it."""

    cases: int
    versions: int
    segments: int
    bytes: int
    left_over: int


def check_store(folder: Path) -> StoreCheck:
    """Read a store through.

    Raises
    ------
    InputRejected
        If a file is missing, shorter, longer or changed, or rows and codes do not fit together.
    """
    store = Store(folder)
    if bad := damaged(folder, store.manifest):
        raise InputRejected(
            f"{folder.name}/{bad[0]}",
            f"its bytes are not those that were written ({len(bad)} such files)",
            FROM_COPY,
        )
    _check_rows(store)
    segments = store.manifest.segments
    return StoreCheck(
        cases=store.case_count(),
        versions=len(store.standing().rows),
        segments=len(segments),
        bytes=sum(held.bytes for one in segments for held in one.files.values()),
        left_over=len(left_over(folder, store.manifest)),
    )


def _check_rows(store: Store) -> None:
    """Compare codes with the names there are, and each row's case with the name of its number."""
    case_ids = store.names_of("case_ids").values
    counts = {group: len(store.names_of(group).kinds) for group in GROUPS}
    held = store.words("case_id").to_pylist()
    row = 0
    for segment, cols in zip(store.manifest.segments, store.columns(), strict=True):
        fits = (
            cols.items.max(initial=-1) < counts["items"]
            and cols.entities.max(initial=-1) < counts["entities"]
            and cols.place_key.max(initial=-1) < counts["place_keys"]
            and cols.area.max(initial=-1) < counts["areas"]
            and cols.owner.max(initial=-1) < counts["case_ids"]
            and np.all(np.diff(cols.item_start) >= 0)
            and [case_ids[k] for k in cols.owner.tolist()] == held[row : row + segment.rows]
        )
        if not fits:
            coded = segment.path(store.folder, "coded").name
            raise InputRejected(f"{store.folder.name}/{coded}", "rows and names differ", FROM_COPY)
        row += segment.rows
