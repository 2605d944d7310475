"""Messages against what is held: new cases, and late facts about those that are there."""

from __future__ import annotations

from clew.intake.cases.draft import Draft
from clew.intake.cases.facts import FactsFile
from clew.intake.extracts.compare import CellChange, Changes, Import
from clew.intake.extracts.flat import FlatFile, instant_text
from clew.intake.extracts.held import FactRow, HeldExtract, applied
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.message import MessageRecord, What
from clew.intake.tables.table import Late, Table
from clew.model.case_file import Fact
from clew.model.contract import FACT_COLUMNS


def compare_messages(held: HeldExtract, table: Table, flat: FlatFile, told: Import) -> Changes:
    """Take messages into what is held: nothing is retracted, and nothing is gone for lacking.

    A document about a case that is held already tells late what it tells otherwise.
    """
    changes = Changes()
    late = list(table.late)
    for case_id, draft in flat.drafts.items():
        if case_id in held.cases:
            late.append(_again(draft, told))
        else:
            changes.new.append(case_id)
            held.add(draft)
    held.columns |= flat.columns
    held.gone -= set(changes.new)
    changes.traits_changed = held.take_traits(flat.traits)
    drafts = [_current(held, case_id) for case_id in held.cases]
    before = FactsFile(told.name)
    for draft in drafts:
        if names := held.ruled_by_case.get(draft.case_id):
            before.ruled[draft.case_id] = set(names)
    table.late = late
    facts = with_late(before, table, drafts, told.times)
    changes.rejects += facts.rejects
    current = {draft.case_id: draft for draft in drafts}
    for case_id, own in facts.by_case.items():
        _keep(held, changes, current[case_id], own)
    return changes


def _again(draft: Draft, told: Import) -> Late:
    texts = draft.texts | draft.extra
    at = texts.pop("reported_at", told.at)
    sha256 = texts.get("source_sha256", told.sha256)
    record = MessageRecord(What.LATE, (draft.case_id,), at, texts=texts)
    return Late(draft.file or told.name, draft.row, record, sha256)


def _current(held: HeldExtract, case_id: str) -> Draft:
    """Return a case as it stands after all facts that are held."""
    first = held.cases[case_id]
    texts, extra = dict(first.texts), dict(first.extra)
    for row in held.facts_of(case_id):
        name, value = row["field"], row["value"]
        kept = texts if name in texts or name not in extra else extra
        kept[name] = applied(kept.get(name, ""), row["op"], value)
    return Draft(first.row, case_id, first.reported_at, first.to_the_minute, texts, extra)


def current_texts(held: HeldExtract, case_id: str) -> dict[str, str]:
    """Return all texts of a case as they stand after all facts that are held, by column."""
    draft = _current(held, case_id)
    told = draft.texts | draft.extra | {"case_id": case_id}
    return {name: text for name, text in told.items() if text}


def _keep(held: HeldExtract, changes: Changes, draft: Draft, facts: list[Fact]) -> None:
    for fact in facts:
        row = _row(fact, held)
        if not held.add_fact(row):
            continue
        changes.facts.append(row)
        if fact.source != "report":
            before = draft.texts.get(fact.field) or draft.extra.get(fact.field, "")
            changes.changed.append(CellChange(fact.case_id, fact.field, before, fact.value))


def _row(fact: Fact, held: HeldExtract) -> FactRow:
    known, recorded = (instant_text(at, held.zone) for at in (fact.known_at, fact.recorded_at))
    told = (fact.case_id, fact.field, str(fact.op), fact.value, known, recorded)
    return dict(zip(FACT_COLUMNS, (*told, fact.known_to, fact.basis, fact.source), strict=True))
