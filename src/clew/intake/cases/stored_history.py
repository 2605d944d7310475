"""Rows and facts as they were imported, as text and back: from them a history is made again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from clew.intake.cases.contract import is_trait, trait_name
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.facts import FactsFile, read_facts
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.table import say_odd
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources, check_any
from clew.model.case_file import Fact, Op, Reject
from clew.model.input_account import NotRead


@dataclass(slots=True)
class StoredHistory:
    """What one import gives, row by row, before anything is made of it.

    `rows` and `facts` are texts by case id; two are the same record if their texts are equal.
    `ruled`: fields that facts rule, by case, those of refused facts too. `numbers`: of each case's
    row in its file. Sensitive traits are not among them; a warning counts what was left out. They
    are in `traits`, (trait, value, source) by case, to be kept apart for the audit. `profile` names
    the reading of each column that was profiled. `read` counts the rows of the case file, 0 where
    they come from no file; `not_read` are parts of it, and `notes` what was in doubt.
    """

    reading: Reading
    rows: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    facts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    ruled: dict[str, set[str]] = field(default_factory=dict)
    facts_name: str = ""
    rejects: list[Reject] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    traits: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    timezone: str = DEFAULT_TIMEZONE
    profile: dict[str, str] = field(default_factory=dict)
    read: int = 0
    not_read: list[NotRead] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add_facts(self, file: FactsFile) -> int:
        """Take all facts but those about traits; return how many of these there were."""
        left_out = 0
        self.facts_name = file.name
        self.rejects += file.rejects
        for case_id, own in file.by_case.items():
            kept = self.facts[case_id] = []
            for fact in own:
                if is_trait(fact.field):
                    left_out += 1
                    trait = (trait_name(fact.field), fact.value, fact.source)
                    self.traits.setdefault(case_id, []).append(trait)
                    continue
                values = [fact.field, fact.op, fact.value, fact.known_at, fact.recorded_at]
                values += [fact.known_to, fact.basis, fact.source]
                kept.append((_as_text(values), fact.row))
        for case_id, names in file.ruled.items():
            self.ruled[case_id] = {name for name in names if not is_trait(name)}
        return left_out


def read_stored_history(sources: CaseSources) -> StoredHistory:
    """Read a case file and its facts, row by row.

    Raises
    ------
    InputRejected, UsageRejected
        As for `read_case_file`.
    """
    rows, _ = sources.open()
    table, plan, times = rows.table, rows.plan, rows.reading.times
    stored = StoredHistory(rows.reading, timezone=times.timezone)
    drafts = []
    for draft in rows:
        row = [draft.reported_at, draft.to_the_minute, draft.texts, draft.extra]
        stored.rows[draft.case_id] = _as_text(row)
        stored.numbers[draft.case_id] = draft.row
        if table.late:
            drafts.append(draft)
    stored.profile = {column: one.kind for column, one in rows.profile.items()}
    check_any(rows)
    left_out = len(rows.traits)
    for case_id, own in rows.traits.items():
        stored.traits[case_id] = [(name, value, "") for name, value in own.items()]
    stored.rejects += rows.rejects
    stored.read, stored.not_read, stored.notes = rows.read, table.not_read, table.notes
    stored.warnings += [*plan.warnings, *table.warnings, *say_odd(table)]
    facts = None if sources.facts is None else read_facts(sources.facts, times, rows.reading.notes)
    if table.late or (facts is not None and facts.late):
        facts = with_late(facts, table, drafts, times)
    if facts is not None:
        left_out += stored.add_facts(facts)
    if left_out:
        stored.warnings.append(f"sensitive traits are not kept in a store: {left_out} left out")
    return stored


def _as_text(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def draft_from_text(case_id: str, text: str, row: int = 0) -> Draft:
    """Return a row again; `row` is its number in its file, 0 for one of an earlier file."""
    return Draft(row, case_id, *json.loads(text))


def fact_from_text(case_id: str, text: str, row: int = 0) -> Fact:
    """Return a fact again; `row` is its number in its file, 0 for one of an earlier file."""
    name, op, value, known, recorded, known_to, basis, source = json.loads(text)
    return Fact(case_id, name, Op(op), value, known, recorded, known_to, basis, source, row)
