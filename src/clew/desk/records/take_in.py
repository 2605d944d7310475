"""Taking a case file into the desk: every cell and every fact a row, once, however often it comes.

A cell of the report is a fact recorded when the report was; what came later stands in the facts
file. A hand-in that is repeated adds nothing. What changed in a case file comes as facts
(`clew intake --previous`); a row that reads otherwise than the one held is told, not taken.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import instant_text, write
from clew.desk.records.commitments import masked
from clew.desk.records.models import Case, Erasure, Fact, SourceCoverage
from clew.desk.records.sealing import seal_by_rule, seal_moved, sealed_by_default
from clew.desk.records.traits import hold_traits
from clew.desk.settings import CONFIGURATION
from clew.intake.cases.draft import Reading, Warnings
from clew.intake.cases.facts import read_facts
from clew.intake.cases.stored_history import StoredHistory, read_stored_history
from clew.intake.cases.times import TimeReader
from clew.intake.inputs.baselines import read_coverage
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources

HOME = CONFIGURATION.home
AT_ONCE = 2_000
"""Declared: cases written in one transaction, each with its ledger row."""
COLUMNS = ("kind", "agency", "area", "latitude", "longitude")
"""Fields of a record that have a column of their own, beside its texts."""
AREA_MOVED_CALLS: list[Callable[[Case], None]] = []
"""Called when a fact moved a record to another area, within the same transaction."""


@dataclass(slots=True)
class HandInResult:
    """What a hand-in brought: new records and facts, those held already, and what was refused."""

    cases: int = 0
    facts: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)
    new_ids: list[str] = field(default_factory=list)
    touched_ids: list[str] = field(default_factory=list)


def take_in(sources: CaseSources, by: str) -> HandInResult:
    """Take a case file and its facts in; returns when all is committed.

    Raises
    ------
    InputRejected, UsageRejected
        As for `read_stored_history`.
    """
    papers = read_stored_history(sources)
    taken = HandInResult(refused=[_say(papers, reject) for reject in papers.rejects])
    ids = list(papers.rows)
    for k in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            _take_rows(papers, ids[k : k + AT_ONCE], by, taken)
    _take_all_facts(papers, by, taken)
    if sources.coverage is not None:
        rows, _ = read_coverage(sources.coverage)
        with transaction.atomic():
            SourceCoverage.objects.all().delete()
            SourceCoverage.objects.bulk_create(
                SourceCoverage(system=r.system, agency=r.agency, records=r.records, up_to=r.up_to)
                for r in rows
            )
            write(Act.ALTERATION, "coverage", by, rows=len(rows))
    return taken


def take_in_facts(path: Path, by: str, timezone: str = DEFAULT_TIMEZONE) -> HandInResult:
    """Take in a facts file that comes without a case file: facts about records that are held."""
    times, notes = TimeReader(timezone, int(time.time())), Warnings()
    read = read_facts(path, times, notes)
    papers = StoredHistory(Reading(read.name, times, notes), timezone=timezone)
    papers.add_facts(read)
    taken = HandInResult(refused=[_say(papers, reject) for reject in papers.rejects])
    _take_all_facts(papers, by, taken)
    return taken


def _take_all_facts(papers: StoredHistory, by: str, taken: HandInResult) -> None:
    ids = list(papers.facts)
    for k in range(0, len(ids), AT_ONCE):
        with transaction.atomic():
            _take_facts(papers, ids[k : k + AT_ONCE], by, taken)
    with transaction.atomic():
        hold_traits(papers.traits, by)


def _say(papers: StoredHistory, reject: object) -> str:
    row, name = getattr(reject, "row", 0), getattr(reject, "field", "")
    return f"{papers.reading.file}, row {row}, {name}: {getattr(reject, 'reason', '')}"


def _take_rows(papers: StoredHistory, ids: Sequence[str], by: str, taken: HandInResult) -> None:
    held = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    gone = _erased_of(held)
    new: list[Case] = []
    facts: list[Fact] = []
    for case_id in ids:
        reported, to_the_minute, texts, extra = json.loads(papers.rows[case_id])
        cells = {**texts, **extra}
        if case_id in held:
            before = held[case_id].texts.get("report", {})
            if before in (cells, masked(HOME, case_id, gone.get(case_id, ()), cells)):
                taken.known += 1
            else:
                taken.refused.append(
                    f"{papers.reading.file}, row {papers.numbers[case_id]}, case_id: {case_id} is"
                    " held with other values. Hand changes in as facts"
                )
            continue
        reported_at = datetime.fromtimestamp(reported, UTC)
        case = Case(
            case_id=case_id,
            reported_at=reported_at,
            texts={"report": cells, "now": cells, "to_the_minute": to_the_minute},
        )
        set_columns(case)
        if sealed_by_default(cells):
            seal_by_rule(case)
        new.append(case)
        at = instant_text(reported_at)
        facts += [
            Fact(
                case=case, field=name, value=value, known_at=at, recorded_at=at,
                entered_by=by, from_report=True, source="the report",
            )
            for name, value in cells.items()
        ]  # fmt: skip
    Case.objects.bulk_create(new)
    Fact.objects.bulk_create(facts)
    for case in new:
        seal = {"sealed": case.seal_reason} if case.sealed else {}
        write(Act.COLLECTION, case_subject(case.case_id), by, file=papers.reading.file, **seal)
    taken.cases += len(new)
    taken.new_ids += [case.case_id for case in new]


def set_columns(case: Case) -> None:
    """Set what lists, maps and permissions ask for from what is now known of a record."""
    now = case.texts["now"]
    case.kind = now.get("kind") or "death"
    case.agency, case.area = now.get("agency", "")[:120], now.get("area", "")[:120]
    case.latitude, case.longitude = (_number(now.get(name)) for name in ("latitude", "longitude"))


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _take_facts(papers: StoredHistory, ids: Sequence[str], by: str, taken: HandInResult) -> None:
    cases = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    later = Fact.objects.filter(case__in=cases.values(), from_report=False)
    held = {_key(fact) for fact in later}
    gone = _erased_of(cases)
    for case_id in ids:
        if case_id not in cases:
            taken.refused += [
                f"{papers.facts_name}, row {row}, case_id: no record {case_id} is held"
                for _, row in papers.facts[case_id]
            ]
            continue
        erased = gone.get(case_id, ())
        new: list[Fact] = []
        for text, _ in papers.facts[case_id]:
            name, op, value, known, recorded, known_to, basis, source = json.loads(text)
            fact = Fact(
                case=cases[case_id], field=name, op=str(op), value=value,
                known_at=instant_text(datetime.fromtimestamp(known, UTC)),
                recorded_at=instant_text(datetime.fromtimestamp(recorded, UTC)),
                known_to=known_to, basis=basis, source=source, entered_by=by, handed_in=True,
            )  # fmt: skip
            cell = {name: value}
            if _key(fact) not in held and cell == masked(HOME, case_id, erased, cell):
                new.append(fact)
        taken.known += len(papers.facts[case_id]) - len(new)
        if new:
            add_facts(cases[case_id], new, by)
            taken.facts += len(new)
            taken.touched_ids.append(case_id)


def _erased_of(cases: Mapping[str, Case]) -> dict[str, list[Erasure]]:
    """Return what was erased of these records: a file handed in again must not bring it back."""
    found: dict[str, list[Erasure]] = {}
    for one in Erasure.objects.filter(case__in=cases.values()).select_related("case"):
        found.setdefault(one.case.case_id, []).append(one)
    return found


def _key(fact: Fact) -> tuple[object, ...]:
    case = fact.case_id  # Django's own column: the record's number
    return (case, fact.field, fact.op, fact.value, fact.known_at, fact.recorded_at)


def add_facts(case: Case, facts: Sequence[Fact], by: str, purpose: str = "") -> None:
    """Add facts to a record, each with its ledger row; call it within a transaction."""
    ruled = {fact.field for fact in facts if fact.handed_in} - set(case.texts.get("ruled", ()))
    Fact.objects.bulk_create(facts)
    # What a facts file rules, the report's own cell tells no more (docs/reference/columns.md).
    now = {name: v for name, v in case.texts.get("now", {}).items() if name not in ruled}
    case.texts["ruled"] = sorted({*case.texts.get("ruled", ()), *ruled})
    for fact in facts:
        now[fact.field] = after(now.get(fact.field, ""), fact.op, fact.value)
        write(
            Act.ALTERATION, case_subject(case.case_id), by, purpose,
            field=fact.field, op=fact.op, recorded_at=fact.recorded_at,
        )  # fmt: skip
    case.texts = {**case.texts, "now": {name: value for name, value in now.items() if value}}
    area = case.area
    set_columns(case)
    case.save(update_fields=["texts", *COLUMNS])
    if case.area != area:
        for call in AREA_MOVED_CALLS:
            call(case)
    # These facts may have made it a survivor's record.
    touched = {fact.field for fact in facts} & {"kind", "allegation"}
    if touched and not case.sealed and sealed_by_default(case.texts["now"]):
        seal_by_rule(case)
        case.save(update_fields=["sealed", "sealed_by", "seal_reason", "sealed_at"])
        seal_moved(case)
        write(Act.DECISION, case_subject(case.case_id), by, purpose, what="sealed by rule")


def items_of(value: str) -> list[str]:
    """Return the elements of a list cell, as written."""
    return [item.strip() for item in value.split(";") if item.strip()]


def after(value: str, op: str, given: str) -> str:
    """Return the text of a field after one fact: set, or one element added or withdrawn."""
    if op == "set":
        return given
    items = items_of(value)
    if op == "withdraw":
        return "; ".join(item for item in items if item != given.strip())
    return "; ".join([*items, given.strip()] if given.strip() not in items else items)
