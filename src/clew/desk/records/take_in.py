"""Taking a case file into the desk: every cell and every fact a row, once, however often it comes.

A cell of the report is a fact recorded when the report was; what came later stands in the facts
file. A hand-in that is repeated adds nothing. What changed in a case file comes as facts
(`clew intake --previous`); a row that reads otherwise than the one held is told, not taken.

Each record that a file touches is asked of the rules (origin.py) before anything is read from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import plain, write
from clew.desk.records.commitments import masked
from clew.desk.records.coverage import coverage_fault, state
from clew.desk.records.facts import add_facts, new_record, write_collected
from clew.desk.records.hand_ins import HandIn, Proposal
from clew.desk.records.limits import fact_fault, record_fault
from clew.desk.records.models import Case, Erasure, Fact
from clew.desk.records.origin import Origin
from clew.desk.records.proposals import fact_of, propose
from clew.desk.records.sealing import tell_keepers
from clew.desk.records.traits import hold_traits
from clew.desk.settings import CONFIGURATION
from clew.digests import file_digest
from clew.intake.cases.stored_history import (
    StoredHistory,
    read_facts_alone,
    read_stored_history,
)
from clew.intake.inputs.baselines import read_coverage
from clew.intake.read import DEFAULT_TIMEZONE, CaseSources
from clew.model.case_file import Coverage

HOME = CONFIGURATION.home
MOST_ROWS = 300
"""Declared: rows of tables that one transaction writes, each with its note and its digest, so that
people who work meanwhile wait for it no longer than for a page."""
LEDGER_ROW = 10
"""Declared: a row of the ledger counts as ten, for it takes as many statements as ten rows do."""
MOST_REASONS = 50
"""Declared: reasons that the account of a hand-in keeps; its totals count all."""
TRAITS_AT_ONCE = 300
"""Declared: records whose traits one transaction writes, with one row of the ledger for all of
them: of fewer it would tell too much."""


@dataclass(slots=True)
class HandInResult:
    """What a hand-in brought: new records and facts, those held already, and what was refused.

    `proposed` counts what waits for a keeper, `coverage` systems whose coverage was stated.
    `hidden_ids`: sealed records whose numbers the file gives; to the person who handed it in
    they are as new as any.
    """

    cases: int = 0
    facts: int = 0
    known: int = 0
    proposed: int = 0
    coverage: int = 0
    refused: list[str] = field(default_factory=list)
    new_ids: list[str] = field(default_factory=list)
    touched_ids: list[str] = field(default_factory=list)
    hidden_ids: set[str] = field(default_factory=set)


def take_in(sources: CaseSources, by: str) -> HandInResult:
    """Take a case file and its facts in from the command line; returns when all is committed.

    Raises
    ------
    InputRejected, UsageRejected
        As for `read_stored_history`.
    """
    files = {"cases": sources.path, "facts": sources.facts, "coverage": sources.coverage}
    origin = Origin(by, digests=digests_of(files))
    papers = read_stored_history(replace(sources, profiles=kept_profiles()))
    taken = take_papers(papers, origin)
    _record(papers, files, by)
    if sources.coverage is not None:
        take_coverage(read_coverage(sources.coverage)[0], sources.coverage.name, origin, taken)
    return taken


def take_in_facts(path: Path, by: str, zone: str = DEFAULT_TIMEZONE) -> HandInResult:
    """Take in a facts file that comes without a case file: facts about records that are held."""
    papers = read_facts_alone(path, zone, kept_profiles())
    taken = take_papers(papers, Origin(by, digests=digests_of({"facts": path})))
    _record(papers, {"facts": path}, by)
    return taken


def _record(papers: StoredHistory, files: Mapping[str, Path | None], by: str) -> None:
    """Keep what the files showed of their columns, so that the next ones are read likewise."""
    if not papers.profile:
        return
    digests = digests_of(files)
    described = {
        kind: {"name": plain(path.name, 255), "sha256": digests[kind], "bytes": path.stat().st_size}
        for kind, path in files.items()
        if path and kind in digests
    }
    with transaction.atomic():
        made = HandIn(
            files=described, by=by, via=HandIn.COMMAND, state=HandIn.TAKEN,
            settled_at=timezone.now(),
        )  # fmt: skip
        keep_reading(made, papers)
        made.save()
        write(
            Act.COLLECTION, f"hand-in:{made.pk}", by, what="taken in", via=made.via,
            sha256=digests,
        )  # fmt: skip


def kept_profiles() -> dict[str, dict[str, str]]:
    """Return how the columns of each source are read, by the key of its header."""
    taken = HandIn.objects.filter(state=HandIn.TAKEN).exclude(source="").order_by()
    last = taken.values("source").annotate(last=Max("pk")).values("last")
    return dict(HandIn.objects.filter(pk__in=last).values_list("source", "profile"))


def keep_reading(hand_in: HandIn, papers: StoredHistory) -> None:
    """Put into a hand-in, not saved yet, how its columns were read and what was not taken.

    A reading that earlier files showed stays, unless the person said that the new one counts.
    """
    before = kept_profiles().get(papers.source, {})
    new = papers.profile
    hand_in.source = papers.source
    hand_in.profile = before | new if hand_in.new_profile else new | before
    account = papers.account()
    # Without ids and values: nobody looks a record up here, and what is erased must not be here.
    short = replace(account, ids={}, reasons=account.reasons[:MOST_REASONS])
    hand_in.account = _plain(short.to_json())


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value, 1_000)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def digests_of(files: Mapping[str, Path | None]) -> dict[str, str]:
    """Return the SHA-256 of each file by kind; a folder of messages has none of its own."""
    return {kind: file_digest(path) for kind, path in files.items() if path and path.is_file()}


def take_papers(papers: StoredHistory, origin: Origin) -> HandInResult:
    """Take in what was read, a few records at once; then sensitive traits, held apart.

    A record comes whole: with its row, and with the facts about it that came in the same hand-in.
    Others come before or after it, in transactions of their own.
    """
    taken = HandInResult(refused=[_say(papers, reject) for reject in papers.rejects])
    for part in _parts(papers):
        with transaction.atomic():
            _take_rows(papers, [name for name in part if name in papers.rows], origin, taken)
            _take_facts(papers, [name for name in part if name in papers.facts], origin, taken)
    kind = "cases" if papers.rows else "facts"
    says, names = origin.says(kind, papers.reading.file), list(papers.traits)
    for k in range(0, len(names), TRAITS_AT_ONCE):
        with transaction.atomic():
            cases = Case.objects.filter(case_id__in=names[k : k + TRAITS_AT_ONCE])
            may = [case.case_id for case in cases if origin.may_change(case).allowed]
            own = {name: papers.traits[name] for name in may}
            hold_traits(own, origin.by, origin.purpose, says)
    return taken


def _parts(papers: StoredHistory) -> Iterator[list[str]]:
    """Yield the records of a hand-in, as many at once as one transaction takes; one at least."""
    part: list[str] = []
    rows = 0
    for case_id in dict.fromkeys((*papers.rows, *papers.facts)):
        _, _, texts, extra = json.loads(papers.rows.get(case_id, "[0, 0, [], []]"))
        own = len(texts) + len(extra) + len(papers.facts.get(case_id, ()))
        ledger = (case_id in papers.rows) + len(papers.facts.get(case_id, ()))
        if part and rows + own + LEDGER_ROW * ledger > MOST_ROWS:
            yield part
            part, rows = [], 0
        part.append(case_id)
        rows += own + LEDGER_ROW * ledger
    if part:
        yield part


def take_coverage(rows: Iterable[Coverage], file: str, origin: Origin, taken: HandInResult) -> None:
    """Keep what was searched, or propose it to those who may state it for the whole desk."""
    sound = []
    for row in rows:
        if fault := coverage_fault(row):
            taken.refused.append(f"{file}, {row.system[:60]}: {fault}")
        else:
            sound.append(row)
    with transaction.atomic():
        if origin.may_state_coverage():
            if sound:
                state(sound, origin.by, origin.purpose, origin.says("coverage", file))
            taken.coverage += len(sound)
        elif sound:
            content = [[row.system, row.agency, row.records, row.up_to] for row in sound]
            reason = "coverage is for the whole desk: it needs a supervisor for all areas"
            propose(Proposal.COVERAGE, ("", ""), content, origin, (reason, file))
            taken.proposed += len(sound)


def _say(papers: StoredHistory, reject: object) -> str:
    row, name = getattr(reject, "row", 0), getattr(reject, "field", "")
    return f"{papers.reading.file}, row {row}, {name}: {getattr(reject, 'reason', '')}"


def _take_rows(
    papers: StoredHistory, ids: Sequence[str], origin: Origin, taken: HandInResult
) -> None:
    held = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    gone = _erased_of(held)
    file, new, facts = papers.reading.file, list[Case](), list[Fact]()
    for case_id in ids:
        where = f"{file}, row {papers.numbers[case_id]}, case_id"
        row = papers.rows[case_id]
        case, cells_facts = new_record(case_id, row, origin.by, origin.hand_in)
        cells = case.texts["report"]
        if fault := record_fault(case_id, cells):
            taken.refused.append(f"{where}: {fault}")
            continue
        ruling = origin.may_change(held[case_id]) if case_id in held else None
        if ruling is not None and not ruling.hidden:
            before = held[case_id].texts.get("report", {})
            if not ruling.allowed:
                taken.refused.append(f"{where}: {case_id} is held, and {ruling.reason}")
            elif before in (cells, masked(HOME, case_id, gone.get(case_id, ()), cells)):
                taken.known += 1
            else:
                taken.refused.append(
                    f"{where}: {case_id} is held with other values. Hand changes in as facts"
                )
            continue
        adding = origin.may_add(case.area)
        if ruling is not None:  # sealed: answered as if it were new
            tell_keepers([case_id], origin.by)
            taken.hidden_ids.add(case_id)
        elif not adding.allowed:
            propose(Proposal.RECORD, (case_id, case.area), row, origin, (adding.reason, file))
        else:
            new.append(case)
            facts += cells_facts
        taken.cases += adding.allowed
        taken.proposed += not adding.allowed
    Case.objects.bulk_create(new)
    Fact.objects.bulk_create(facts)
    for case in new:
        write_collected(case, origin.by, origin.purpose, origin.says("cases", file))
    taken.new_ids += [case.case_id for case in new]


def _take_facts(
    papers: StoredHistory, ids: Sequence[str], origin: Origin, taken: HandInResult
) -> None:
    cases = {case.case_id: case for case in Case.objects.filter(case_id__in=ids)}
    later = Fact.objects.filter(case__in=cases.values(), from_report=False)
    held = {_key(fact) for fact in later}
    gone = _erased_of(cases)
    file = papers.facts_name
    for case_id in ids:
        case = cases.get(case_id)
        sound = [text for text, row in papers.facts[case_id] if _is_sound(text, row, papers, taken)]
        ruling = None if case is None else origin.may_change(case)
        if case is None or ruling is None or ruling.hidden:
            if case is not None and sound:
                why = ("the person who handed it in cannot see this record", file)
                propose(Proposal.FACTS, case, sound, origin, why)
            if case_id in taken.hidden_ids:
                taken.facts += len(sound)
                continue
            taken.refused += [
                f"{file}, row {row}, case_id: no record {case_id} is held"
                for _, row in papers.facts[case_id]
            ]
            continue
        if not ruling.allowed:
            if sound:
                propose(Proposal.FACTS, case, sound, origin, (ruling.reason, file))
            taken.proposed += len(sound)
            continue
        erased = gone.get(case_id, ())
        new: list[Fact] = []
        waiting: dict[str, list[str]] = {}
        for text in sound:
            fact = fact_of(case, text, origin.by)
            cell = {fact.field: fact.value}
            if _key(fact) in held or cell != masked(HOME, case_id, erased, cell):
                taken.known += 1
            elif why_not := origin.why_not_alone(case, fact.field, fact.value):
                waiting.setdefault(why_not, []).append(text)
            else:
                new.append(fact)
        for why_not, texts in waiting.items():
            propose(Proposal.FACTS, case, texts, origin, (why_not, file))
            taken.proposed += len(texts)
        if new:
            agreed = "its own hand-in" if origin.brought(case) else ""
            says = origin.says("facts", file)
            add_facts(case, new, origin.by, origin.purpose, says, agreed_by=agreed)
            taken.facts += len(new)
            taken.touched_ids.append(case_id)


def _is_sound(text: str, row: int, papers: StoredHistory, taken: HandInResult) -> bool:
    """Tell whether the columns can hold a fact; say why where they cannot."""
    name, _, value, _, _, known_to, basis, source = json.loads(text)
    if fault := fact_fault(name, value, known_to, basis, source):
        taken.refused.append(f"{papers.facts_name}, row {row}: {fault}")
    return not fault


def _erased_of(cases: Mapping[str, Case]) -> dict[str, list[Erasure]]:
    """Return what was erased of these records: a file handed in again must not bring it back."""
    found: dict[str, list[Erasure]] = {}
    for one in Erasure.objects.filter(case__in=cases.values()).select_related("case"):
        found.setdefault(one.case.case_id, []).append(one)
    return found


def _key(fact: Fact) -> tuple[object, ...]:
    case = fact.case_id  # Django's own column: the record's number
    return (case, fact.field, fact.op, fact.value, fact.known_at, fact.recorded_at)
