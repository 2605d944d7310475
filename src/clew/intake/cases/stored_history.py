"""Rows and facts as they were handed in, as text and back: from them a history is made again."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from clew.intake.cases.column_plan import plan_columns
from clew.intake.cases.contract import TRAIT_PREFIX, looks_sensitive, trait_name
from clew.intake.cases.draft import Draft, Reading, Warnings
from clew.intake.cases.facts import FactsFile, read_facts
from clew.intake.cases.mapping import load_mapping
from clew.intake.cases.rows import CaseRows
from clew.intake.cases.times import TimeReader
from clew.intake.messages.late_messages import with_late
from clew.intake.messages.table import say_odd
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources, check_any
from clew.intake.tables.open import open_table
from clew.model.case_file import Fact, Op, Reject


@dataclass(slots=True)
class Papers:
    """What one hand-in holds, row by row, before anything is made of it.

    `rows` and `facts` are texts by case id; two are the same paper if their texts are equal.
    `ruled`: fields that facts rule, by case, those of refused facts too. `numbers`: of each case's
    row in its file. Sensitive traits are not among them; a warning counts what was left out. They
    stand in `traits`, (trait, value, source) by case, for who holds them apart for the audit.
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


def read_papers(sources: CaseSources) -> Papers:
    """Read a case file and its facts, row by row.

    Raises
    ------
    InputRejected, UsageRejected
        As for `read_case_file`.
    """
    mapping = load_mapping(sources.mapping)
    table = open_table(sources.path)
    zone = sources.timezone or mapping.timezone or table.timezone or DEFAULT_TIMEZONE
    now = int(time.time()) if sources.now is None else sources.now
    notes = Warnings()
    times = TimeReader(zone, now, mapping.date_formats)
    plan = plan_columns(table, mapping)
    rows = CaseRows(table, plan, Reading(table.name, times, notes, mapping.window))
    papers = Papers(rows.reading, timezone=zone)
    drafts = []
    for draft in rows:
        papers.rows[draft.case_id] = row_text(draft)
        papers.numbers[draft.case_id] = draft.row
        if table.late:
            drafts.append(draft)
    check_any(rows)
    left_out = len(rows.traits)
    for case_id, own in rows.traits.items():
        papers.traits[case_id] = [(name, value, "") for name, value in own.items()]
    papers.rejects += rows.rejects
    papers.warnings += [*plan.warnings, *table.warnings, *say_odd(table)]
    facts = None if sources.facts is None else read_facts(sources.facts, times, notes)
    if table.late or (facts is not None and facts.late):
        facts = with_late(facts, table, drafts, times)
    if facts is not None:
        left_out += add_facts_file(papers, facts)
    if left_out:
        papers.warnings.append(f"sensitive traits are not kept in a store: {left_out} left out")
    return papers


def add_facts_file(papers: Papers, file: FactsFile) -> int:
    """Take all facts but those about traits; return how many of these there were."""
    left_out = 0
    papers.facts_name = file.name
    papers.rejects += file.rejects
    for case_id, own in file.by_case.items():
        kept = [fact for fact in own if not _is_trait(fact.field)]
        left_out += len(own) - len(kept)
        if len(kept) < len(own):
            papers.traits.setdefault(case_id, []).extend(
                (trait_name(fact.field), fact.value, fact.source)
                for fact in own
                if _is_trait(fact.field)
            )
        papers.facts[case_id] = [(fact_text(fact), fact.row) for fact in kept]
    for case_id, names in file.ruled.items():
        papers.ruled[case_id] = {name for name in names if not _is_trait(name)}
    return left_out


def _is_trait(name: str) -> bool:
    return name.startswith(TRAIT_PREFIX) or looks_sensitive(name)


def row_text(draft: Draft) -> str:
    """Return a row of which nothing has been made yet."""
    told = [draft.reported_at, draft.to_the_minute, draft.texts, draft.extra]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def draft_of(case_id: str, text: str, row: int = 0) -> Draft:
    """Return the row again; `row` is its number in its file, 0 for one of an earlier file."""
    reported_at, to_the_minute, texts, extra = json.loads(text)
    return Draft(row, case_id, reported_at, to_the_minute, texts, extra)


def fact_text(fact: Fact) -> str:
    """Return a fact without its case and its row."""
    told = [fact.field, fact.op, fact.value, fact.known_at, fact.recorded_at]
    told += [fact.known_to, fact.basis, fact.source]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def fact_of(case_id: str, text: str, row: int = 0) -> Fact:
    """Return the fact again; `row` is its number in its file, 0 for one of an earlier file."""
    name, op, value, known, recorded, known_to, basis, source = json.loads(text)
    told = (value, known, recorded, known_to, basis, source)
    return Fact(case_id, name, Op(op), *told, row)
