"""Rows and facts as they were imported, as text and back: from them a history is made again."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clew.intake.cases.column_plan import SUBSTANCE_TEXT
from clew.intake.cases.contract import header_key, is_trait, trait_name
from clew.intake.cases.draft import Draft, Reading, Warnings
from clew.intake.cases.facts import FactsFile, FactsProfile, kept_of_facts, read_facts
from clew.intake.cases.history import build_histories
from clew.intake.cases.times import TimeReader
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.table import say_odd
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources, check_any
from clew.model.case_file import Fact, Op, Reject
from clew.model.input_account import InputAccount, NotRead, account_for


@dataclass(slots=True)
class StoredHistory:
    """What one import gives, row by row, before anything is made of it.

    `rows` and `facts` are texts by case id; two are the same record if their texts are equal.
    `ruled`: fields that facts rule, by case, those of refused facts too. `numbers`: of each case's
    row in its file. Sensitive traits are not among them; a warning counts what was left out. They
    are in `traits`, (trait, value, source) by case, to be kept apart for the audit. `profile` names
    the reading of each column that was profiled. `read` counts the rows of the case file, 0 where
    they come from no file; `not_read` are parts of it, and `notes` what was in doubt. `source` is
    the key of its header, by which a profile is kept, and `readings` says how columns were read.
    `fields` are fields that could not be read, where they were asked for (`refused_fields`).
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
    source: str = ""
    readings: list[str] = field(default_factory=list)
    fields: list[Reject] = field(default_factory=list)

    def account(self) -> InputAccount:
        """Return what was taken of the files and what was not."""
        return account_for(
            self.reading.file or self.facts_name,
            (*self.rejects, *self.fields),
            rows=self.read,
            not_read=self.not_read,
            case_ids=self.rows,
            notes=(*self.notes, *self.readings),
        )

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
    stored.profile = rows.kinds()
    stored.source = header_key(table.header)
    check_any(rows)
    left_out = len(rows.traits)
    for case_id, own in rows.traits.items():
        stored.traits[case_id] = [(name, value, "") for name, value in own.items()]
    stored.rejects += rows.rejects
    stored.read, stored.not_read, stored.notes = rows.read, table.not_read, table.notes
    stored.warnings += [*plan.warnings, *table.warnings, *say_odd(table)]
    facts = None
    if sources.facts is not None:
        facts = read_facts(sources.facts, times, rows.reading.notes, rows.facts_profile())
        stored.profile |= facts.kinds()
    if table.late or (facts is not None and facts.late):
        facts = with_late(facts, table, drafts, times)
    if facts is not None:
        left_out += stored.add_facts(facts)
    stored.readings += rows.reading.notes.lines()
    if left_out:
        stored.warnings.append(f"sensitive traits are not kept in a store: {left_out} left out")
    return stored


FACTS_ALONE = "facts"
"""The source of facts files that come without a case file: their header is always the same."""


def read_facts_alone(
    path: Path, timezone: str, profiles: Mapping[str, Mapping[str, str]]
) -> StoredHistory:
    """Read a facts file that comes without its case file, about cases that are held."""
    times, notes = TimeReader(timezone, int(time.time())), Warnings()
    kept = kept_of_facts(profiles.get(FACTS_ALONE, {}))
    read = read_facts(path, times, notes, FactsProfile(kept=kept))
    stored = StoredHistory(Reading(read.name, times, notes), timezone=timezone, source=FACTS_ALONE)
    stored.add_facts(read)
    stored.profile, stored.readings = read.kinds(), list(notes.lines())
    return stored


_NEVER_REFUSED = ("narrative", "cause", SUBSTANCE_TEXT)
"""Prose takes nearly all the time of a reading, and whatever it says is taken."""


def refused_fields(stored: StoredHistory) -> list[Reject]:
    """Return the fields of the rows that cannot be read, and facts about them that cannot.

    Each case is made and let go of, so that it takes the time of a reading and no memory.
    """
    rejects: list[Reject] = []
    for case_id, text in stored.rows.items():
        facts = FactsFile(stored.facts_name)
        own = [fact_from_text(case_id, *fact) for fact in stored.facts.get(case_id, ())]
        own = [fact for fact in own if fact.field not in _NEVER_REFUSED]
        if own:
            facts.by_case[case_id] = own
            facts.ruled[case_id] = stored.ruled.get(case_id, set()) | {one.field for one in own}
        draft = draft_from_text(case_id, text, stored.numbers[case_id])
        for name in _NEVER_REFUSED:
            draft.texts.pop(name, None)
        given = facts if own else None
        rejects += build_histories([draft], draft.texts, stored.reading, given).rejects
    return rejects


def _as_text(values: Sequence[object]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def draft_from_text(case_id: str, text: str, row: int = 0) -> Draft:
    """Return a row again; `row` is its number in its file, 0 for one of an earlier file."""
    return Draft(row, case_id, *json.loads(text))


def fact_from_text(case_id: str, text: str, row: int = 0) -> Fact:
    """Return a fact again; `row` is its number in its file, 0 for one of an earlier file."""
    name, op, value, known, recorded, known_to, basis, source = json.loads(text)
    return Fact(case_id, name, Op(op), value, known, recorded, known_to, basis, source, row)
