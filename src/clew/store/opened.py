"""An open store: its files mapped into memory, and which of their rows are current.

`check_store` reads all of it: every byte as it was written, every row in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from clew.digests import file_digest
from clew.errors import InputRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile, CaseHistory, Coverage
from clew.model.columns import Array, Columns
from clew.model.input_account import InputAccount, account_from_json
from clew.model.values import Instant
from clew.store.case_text import case_of, from_arrow, in_memory
from clew.store.manifest import FROM_COPY, Manifest, check_sums, left_over, read_manifest
from clew.store.segments import GROUPS, Paper

FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The current versions: row numbers over all segments, and from and until when, seconds.

    A case whose history a late fact changed was written again; its last segment contains it whole.
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
        check_sums(folder, self.manifest)
        self._mapped: dict[str, list[pa.RecordBatch]] = {}

    def mapped(self, table: str) -> list[pa.RecordBatch]:
        """Return one of the TABLES of every segment: read when it is looked at, not before.

        Raises
        ------
        InputRejected
            If a file is no such table.
        """
        if table not in self._mapped:
            batches = []
            for segment in self.manifest.segments:
                path = segment.path(self.folder, table)
                try:
                    batch = pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
                    if table in {"versions", "coded"} and batch.num_rows != segment.rows:
                        raise ValueError(f"{batch.num_rows} rows instead of {segment.rows}")
                except (OSError, ValueError) as fault:
                    raise InputRejected(
                        f"{self.folder.name}/{path.name}",
                        f"the segment is damaged ({fault})",
                        FROM_COPY,
                    ) from None
                batches.append(batch)
            self._mapped[table] = batches
        return self._mapped[table]

    def columns(self) -> list[Columns]:
        """Return the kernel's columns of every segment, in mapped memory; nothing is parsed."""
        return [from_arrow(batch) for batch in self.mapped("coded")]

    def numbers(self, name: str, table: str = "versions") -> Array:
        """Return one of the plain number columns over all segments."""
        parts = [in_memory(batch.column(name)) for batch in self.mapped(table)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def words(self, name: str) -> pa.ChunkedArray:
        """Return one of the text columns over all segments, in mapped memory."""
        parts = [batch.column(name) for batch in self.mapped("versions")]
        return pa.chunked_array(parts, pa.large_string())

    def owners(self) -> Array:
        """Return the number of each row's case, over all segments."""
        return self.numbers("owner", "coded")

    def case_count(self) -> int:
        """Return how many cases are in the store."""
        return len(np.unique(self.owners()))

    def current(self) -> CurrentVersions:
        """Return the current rows, by case and time."""
        owner = self.owners()
        rows_of_segment = [batch.num_rows for batch in self.mapped("coded")]
        segment = np.repeat(np.arange(len(rows_of_segment)), rows_of_segment)
        last = np.zeros(int(owner.max(initial=-1)) + 1, np.int64)
        last[owner] = segment  # of one case's segments the last is kept: they are in order
        rows = np.flatnonzero(last[owner] == segment)
        since = self.numbers("since")
        rows = rows[np.lexsort((since[rows], owner[rows]))]
        until = np.full(len(rows), FOREVER, np.int64)
        same = owner[rows[1:]] == owner[rows[:-1]]
        until[:-1][same] = since[rows[1:]][same]
        return CurrentVersions(rows, since[rows], until)

    def histories(self) -> tuple[CaseHistory, ...]:
        """Return every case with its versions, in the order of first instant, then `case_id`."""
        current = self.current()
        rows = pa.array(current.rows)
        texts = self.words("case").take(rows).to_pylist()
        ids = self.words("case_id").take(rows).to_pylist()
        versions: dict[str, list[tuple[Instant, Case]]] = {}
        for case_id, since, text in zip(ids, current.since.tolist(), texts, strict=True):
            versions.setdefault(case_id, []).append((since, case_of(text)))
        found = [CaseHistory(case_id, tuple(own)) for case_id, own in versions.items()]
        return tuple(sorted(found, key=lambda h: (h.versions[0][0], h.case_id)))

    def case_file(self, coverage: tuple[Coverage, ...] = ()) -> CaseFile:
        """Return the store as what intake hands on; warnings came when it was added."""
        return CaseFile(
            self.folder.name,
            self.histories(),
            coverage=coverage,
            timezone=self.manifest.timezone,
            account=self.account(),
        )

    def account(self) -> InputAccount:
        """Return what was taken of the files of all additions, and what was not."""
        whole = InputAccount(self.folder.name, earlier=True)
        for one in self.manifest.accounts:
            whole = whole.joined(account_from_json(one["account"]))
        return whole

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
            found += [Paper(*row) for row in zip(*columns, strict=True)]
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


class StoreCheck(NamedTuple):
    """What a whole store contains; `left_over` counts files that are not part of it."""

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
    segments = store.manifest.segments
    files = [
        (segment.path(folder, table), written)
        for segment in segments
        for table, written in segment.files.items()
    ]
    damaged = [path.name for path, written in files if file_digest(path) != written.sha256]
    if damaged:
        raise InputRejected(
            f"{folder.name}/{damaged[0]}",
            f"its bytes are not those that were written ({len(damaged)} such files)",
            FROM_COPY,
        )
    # Each code has a name, and each row's case the name of its number.
    names = {group: store.names_of(group).values for group in GROUPS}
    case_ids = store.words("case_id").to_pylist()
    row = 0
    for segment, cols in zip(segments, store.columns(), strict=True):
        fits = (
            cols.items.max(initial=-1) < len(names["items"])
            and cols.entities.max(initial=-1) < len(names["entities"])
            and cols.place_key.max(initial=-1) < len(names["place_keys"])
            and cols.area.max(initial=-1) < len(names["areas"])
            and cols.owner.max(initial=-1) < len(names["case_ids"])
            and np.all(np.diff(cols.item_start) >= 0)
            and [names["case_ids"][k] for k in cols.owner.tolist()]
            == case_ids[row : row + segment.rows]
        )
        if not fits:
            coded = segment.path(folder, "coded").name
            raise InputRejected(f"{folder.name}/{coded}", "rows and names differ", FROM_COPY)
        row += segment.rows
    return StoreCheck(
        cases=store.case_count(),
        versions=len(store.current().rows),
        segments=len(segments),
        bytes=sum(written.bytes for _, written in files),
        left_over=len(left_over(folder, store.manifest)),
    )
