"""A new extract against what is held: new cases, changed cells, rows that are gone."""

from __future__ import annotations

from dataclasses import dataclass, field

from clew.intake.cases.draft import Draft
from clew.intake.cases.times import TimeReader
from clew.intake.extracts.flat import FlatFile
from clew.intake.extracts.held import EXTRACT, FactRow, HeldExtract, same
from clew.model.case_file import Reject

NO_FACT = "the time of the report changed; no fact can change it, so the first stands"


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that says something else than before. An empty `after`: it is blank now."""

    case_id: str
    field: str
    before: str
    after: str


@dataclass(slots=True)
class Changes:
    """What an import brought. `returned`: cases that were gone, and are there again."""

    new: list[str] = field(default_factory=list)
    changed: list[CellChange] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    columns_gone: list[str] = field(default_factory=list)
    columns_new: list[str] = field(default_factory=list)
    traits_changed: int = 0
    facts: list[FactRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the file's name and sum, when it is recorded, and how its times are read."""

    name: str
    sha256: str
    at: str
    times: TimeReader

    @property
    def source(self) -> str:
        """Return the words that stand with every fact of this import."""
        return f"{EXTRACT} {self.name} sha256:{self.sha256[:16]}"


def compare_extract(held: HeldExtract, flat: FlatFile, told: Import) -> Changes:
    """Compare a whole extract with what is held, and take what is new into it.

    A changed cell becomes a fact recorded at the import; what its row said before becomes one
    recorded at the report, if it is none yet. A column that the extract lacks retracts nothing.
    A case that it lacks is reported, and stays.
    """
    changes = Changes()
    known = held.columns
    if held.cases:
        changes.columns_gone = sorted(known - flat.columns - {"case_id", "reported_at"})
        changes.columns_new = sorted(flat.columns - known - {"case_id", "reported_at"})
    for case_id, draft in flat.drafts.items():
        if case_id not in held.cases:
            changes.new.append(case_id)
            held.add(draft)
        else:
            _compare_case(held, draft, flat, told, changes)
    gone = set(held.cases) - set(flat.drafts)
    changes.vanished = sorted(gone - held.gone)
    changes.returned = sorted(held.gone & set(flat.drafts))
    held.gone = gone
    held.columns |= flat.columns
    changes.traits_changed = held.take_traits(flat.traits)
    return changes


def _compare_case(
    held: HeldExtract, draft: Draft, flat: FlatFile, told: Import, changes: Changes
) -> None:
    case_id = draft.case_id
    row = held.cases[case_id]
    if draft.reported_at != row.reported_at:
        value = draft.texts["reported_at"]
        file = draft.file or told.name
        changes.rejects.append(Reject(file, draft.row, "reported_at", value, NO_FACT, kept=True))
    cells = draft.texts | draft.extra
    for name in sorted((flat.columns | set(cells)) - {"case_id", "reported_at"}):
        before, after = held.cell(case_id, name), cells.get(name, "")
        if same(name, before, after, told.times):
            continue
        changes.changed.append(CellChange(case_id, name, before, after))
        changes.facts += held.note(case_id, name, after, told.source, told.at)
