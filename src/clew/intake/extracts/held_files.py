"""What imports left, as one folder's files: cases.parquet, facts.csv, traits.csv, intake.json."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from clew.errors import InputRejected
from clew.intake.cases.mapping import ColumnMapping
from clew.intake.cases.times import TimeReader
from clew.intake.extracts.flat import flatten
from clew.intake.extracts.held import HeldExtract
from clew.intake.tables.binary_rows import ACCOUNT_KEY, ZONE_KEY
from clew.intake.tables.open import open_table, sound_rows
from clew.model.contract import CASE_COLUMNS, FACT_COLUMNS
from clew.outputs import csv_begins

CASES, FACTS, TRAITS, STATE = "cases.parquet", "facts.csv", "traits.csv", "intake.json"
SCHEMA = 1
TRAIT_COLUMNS = ("case_id", "trait", "value")
_FROM_COPY = "Restore the folder from a copy, or import the extracts again into another folder"


@dataclass(frozen=True, slots=True)
class Imported:
    """One file that was imported, or refused as a whole with its reason."""

    name: str
    sha256: str
    at: str
    new: int = 0
    changed: int = 0
    facts: int = 0
    vanished: int = 0
    rejected: int = 0
    refused: str = ""


@dataclass(slots=True)
class State:
    """What intake.json keeps beside the tables.

    `profile` names the reading of each column, as the first file showed it that could. `account`
    says what was taken of the last extract, or of all messages, and what was not.
    """

    timezone: str
    mapping: str = ""
    imports: list[Imported] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    profile: dict[str, str] = field(default_factory=dict)
    account: dict[str, Any] = field(default_factory=dict)

    def had(self, sha256: str, name: str) -> Imported | None:
        """Return the import that a file is: one of these bytes and this name, or the last one.

        The bytes of an earlier file under a new name are a new extract: what it says may hold
        again. Bytes that were refused are refused under any name.
        """
        last = next((earlier for earlier in reversed(self.imports) if not earlier.refused), None)
        for earlier in reversed(self.imports):
            if earlier.sha256 == sha256 and (
                earlier.name == name or earlier.refused or earlier is last
            ):
                return earlier
        return None


def is_held(folder: Path) -> bool:
    """Tell whether a folder holds what an import wrote."""
    return (folder / STATE).is_file()


def read_state(folder: Path) -> State:
    """Return what intake.json says.

    Raises
    ------
    InputRejected
        If it is damaged, or was written by a later Clew.

    """
    try:
        state = json.loads((folder / STATE).read_text("utf-8"))
        if state.pop("schema") != SCHEMA:
            raise InputRejected(STATE, "it was written by another version of Clew", _FROM_COPY)
        state["imports"] = [Imported(**earlier) for earlier in state["imports"]]
        return State(**state)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        why = " ".join(str(fault).split())[:100]
        raise InputRejected(STATE, f"it cannot be read ({why})", _FROM_COPY) from None


def read_held(folder: Path, state: State, times: TimeReader) -> HeldExtract:
    """Return what a folder holds.

    Raises
    ------
    InputRejected
        If one of its files is not there, or damaged.

    """
    flat = flatten(open_table(folder / CASES), ColumnMapping(), times)
    if flat.drafts and flat.columns == frozenset():
        raise InputRejected(CASES, "it has no columns", _FROM_COPY)
    held = HeldExtract(
        cases=flat.drafts,
        gone=set(state.gone),
        columns=frozenset(state.columns),
        zone=times.zone,
    )
    for _, row in sound_rows(folder / FACTS, FACT_COLUMNS, _FROM_COPY):
        held.add_fact({name: row[name] for name in FACT_COLUMNS})
    if (folder / TRAITS).exists():
        for _, row in sound_rows(folder / TRAITS, TRAIT_COLUMNS, _FROM_COPY):
            held.traits.setdefault(row["case_id"], {})[row["trait"]] = row["value"]
    return held


def write_cases(
    held: HeldExtract, timezone: str, file: BinaryIO, account: Mapping[str, Any] | None = None
) -> None:
    """Write cases.parquet: every case as in its first row, all texts, and the time zone."""
    named = {name for draft in held.cases.values() for name in (*draft.texts, *draft.extra)}
    named |= {"case_id", "reported_at"}
    order = [name for name in CASE_COLUMNS if name in named]
    order += sorted(named - set(order))
    columns: dict[str, list[str | None]] = {name: [] for name in order}
    for draft in held.cases.values():
        cells = draft.extra | draft.texts | {"case_id": draft.case_id}
        for name, column in columns.items():
            column.append(cells.get(name) or None)
    arrays = [pa.array(column, pa.string()) for column in columns.values()]
    metadata = {ZONE_KEY: timezone.encode()}
    if account:
        metadata[ACCOUNT_KEY] = json.dumps(account).encode()
    schema = pa.schema([(name, pa.string()) for name in order], metadata)
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file)


def text_files(held: HeldExtract, state: State) -> dict[str, bytes]:
    """Return the bytes of facts.csv, in the order of recording, of intake.json and of traits.csv.

    Sensitive traits are kept apart from all else; where no case has any, there is no such file.
    """
    traits = [
        [case_id, name, value]
        for case_id, own in sorted(held.traits.items())
        for name, value in sorted(own.items())
    ]
    facts = ([row[name] for name in FACT_COLUMNS] for row in held.facts)
    files = {
        FACTS: _csv_bytes(FACT_COLUMNS, facts),
        STATE: (json.dumps({"schema": SCHEMA} | asdict(state), indent=1) + "\n").encode(),
    }
    return files | ({TRAITS: _csv_bytes(TRAIT_COLUMNS, traits)} if held.traits else {})


def _csv_bytes(columns: tuple[str, ...], rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    text.write(csv_begins())
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode("utf-8")
