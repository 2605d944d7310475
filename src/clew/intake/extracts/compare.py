"""A new extract, or new messages, against what earlier imports left: what is new or changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from clew.intake.cases.draft import Draft
from clew.intake.cases.facts import EXTRACT, FactsFile
from clew.intake.cases.times import TimeReader
from clew.intake.extracts.flat import FlatFile, instant_text
from clew.intake.extracts.held import FactRow, HeldExtract, applied, same
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.message import MessageRecord, RecordKind
from clew.intake.tables.table import Late, Table
from clew.model.case_file import Reject
from clew.model.contract import FACT_COLUMNS

NO_FACT = "the time of the report changed; no fact can change it, so the first is kept"


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that changed. An empty `after`: it is blank now."""

    case_id: str
    field: str
    before: str
    after: str


@dataclass(slots=True)
class Changes:
    """What changed with an import. `returned`: cases that were gone, and are there again.

    `unread`: cases that are held and whose row was refused this time; they are not gone.
    """

    new: list[str] = field(default_factory=list)
    changed: list[CellChange] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    columns_gone: list[str] = field(default_factory=list)
    columns_new: list[str] = field(default_factory=list)
    traits_changed: int = 0
    facts: list[FactRow] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the file's name and SHA-256, when it is recorded, how its times are read."""

    name: str
    sha256: str
    at: str
    times: TimeReader

    @property
    def source(self) -> str:
        """Return the source that every fact of this import names."""
        return f"{EXTRACT} {self.name} sha256:{self.sha256[:16]}"


def compare_extract(held: HeldExtract, flat: FlatFile, new: Import) -> Changes:
    """Compare a whole extract with what is held, and add what is new to it.

    A changed cell becomes a fact recorded at the import; what its row said before becomes one
    recorded at the report, if it is none yet. A column that the extract does not have retracts
    nothing. A case that is not in it is reported, and kept.
    """
    changes = Changes()
    if held.cases:
        changes.columns_gone = sorted(held.columns - flat.columns - {"case_id", "reported_at"})
        changes.columns_new = sorted(flat.columns - held.columns - {"case_id", "reported_at"})
    for case_id, draft in flat.drafts.items():
        if case_id not in held.cases:
            changes.new.append(case_id)
            held.cases[case_id] = draft
            continue
        if draft.reported_at != held.cases[case_id].reported_at:
            value = draft.texts["reported_at"]
            file = draft.file or new.name
            reject = Reject(file, draft.row, "reported_at", value, NO_FACT, kept=True)
            changes.rejects.append(reject)
        cells = draft.texts | draft.extra
        for name in sorted((flat.columns | set(cells)) - {"case_id", "reported_at"}):
            before, after = held.cell(case_id, name), cells.get(name, "")
            if not same(name, before, after, new.times):
                changes.changed.append(CellChange(case_id, name, before, after))
                changes.facts += held.note(case_id, name, after, new.source, new.at)
    absent = set(held.cases) - set(flat.drafts)
    unread = absent & flat.account.ids.keys()
    changes.unread = sorted(unread)
    gone = (absent - unread) | (held.gone & unread)
    changes.vanished = sorted(gone - held.gone)
    changes.returned = sorted(held.gone & set(flat.drafts))
    held.gone = gone
    held.columns |= flat.columns
    changes.traits_changed = held.take_traits(flat.traits)
    return changes


def compare_messages(held: HeldExtract, table: Table, flat: FlatFile, new: Import) -> Changes:
    """Add messages to what is held: they retract nothing, and no case is gone for not being there.

    What a document says otherwise of a case that is held already becomes late facts.
    """
    changes = Changes()
    late = list(table.late)
    for case_id, draft in flat.drafts.items():
        if case_id not in held.cases:
            changes.new.append(case_id)
            held.cases[case_id] = draft
            continue
        texts = draft.texts | draft.extra
        at = texts.pop("reported_at", new.at)
        record = MessageRecord(RecordKind.LATE, (case_id,), at, texts=texts)
        sha256 = texts.get("source_sha256", new.sha256)
        late.append(Late(draft.file or new.name, draft.row, record, sha256))
    held.columns |= flat.columns
    held.gone -= set(changes.new)
    changes.traits_changed = held.take_traits(flat.traits)
    current = {case_id: _current(held, case_id) for case_id in held.cases}
    before = FactsFile(new.name)
    before.ruled |= {
        case_id: set(held.ruled_by_case[case_id])
        for case_id in current
        if held.ruled_by_case.get(case_id)
    }
    table.late = late
    facts = with_late(before, table, list(current.values()), new.times)
    changes.rejects += facts.rejects
    for fact in (fact for own in facts.by_case.values() for fact in own):
        known, recorded = (instant_text(at, held.zone) for at in (fact.known_at, fact.recorded_at))
        cells = (fact.case_id, fact.field, str(fact.op), fact.value, known, recorded)
        further = (fact.known_to, fact.basis, fact.source)
        row = dict(zip(FACT_COLUMNS, (*cells, *further), strict=True))
        if not held.add_fact(row):
            continue
        changes.facts.append(row)
        if fact.source != "report":
            draft = current[fact.case_id]
            cell = draft.texts.get(fact.field) or draft.extra.get(fact.field, "")
            changes.changed.append(CellChange(fact.case_id, fact.field, cell, fact.value))
    return changes


def _current(held: HeldExtract, case_id: str) -> Draft:
    """Return a case as it is after all facts that are held."""
    first = held.cases[case_id]
    texts, extra = dict(first.texts), dict(first.extra)
    for row in held.facts_of(case_id):
        name, value = row["field"], row["value"]
        kept = texts if name in texts or name not in extra else extra
        kept[name] = applied(kept.get(name, ""), row["op"], value)
    return Draft(first.row, case_id, first.reported_at, first.to_the_minute, texts, extra)


def current_texts(held: HeldExtract, case_id: str) -> dict[str, str]:
    """Return all texts of a case as they are after all facts that are held, by column."""
    draft = _current(held, case_id)
    texts = draft.texts | draft.extra | {"case_id": case_id}
    return {name: text for name, text in texts.items() if text}
