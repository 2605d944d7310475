"""The newest records of a report, and the few candidates of each that have evidence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clew.disclosure.comparison import CardContext, PairCard, show_pair
from clew.disclosure.words import count_of
from clew.model.case import Case
from clew.model.finding import BUSY, Answer, Link, Tier
from clew.model.values import DAY

NEWEST_S = 2 * DAY
"""Declared: last night and the day before it, as a morning meeting looks back."""
STANDS_OUT = 0.3
"""Declared: of ten unrelated records about three would have a candidate that stands out."""
NO_EVIDENCE = 1.0
"""From this chance on every unrelated record would match as well: that is no candidate."""
MOST_OF_RECORD = 5
"""Candidates of one new record, of those that share a person, phone or place and of the others."""

Entities = frozenset[tuple[str, str]]
"""The type and code of each person, phone or place that a record names."""


@dataclass(frozen=True, slots=True)
class BusyEntity:
    """A person, phone or place that many records name: in how many, and which new ones."""

    says: str
    records: int
    of_new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Latest:
    """Rows for the newest records' candidates; how many newest records there are, and have none."""

    rows: tuple[PairCard, ...]
    busy: tuple[BusyEntity, ...]
    records: int
    quiet: int


def show_latest(answer: Answer, setting: CardContext) -> Latest:
    """Return the newest records' candidates, newest record first, a few of each.

    The ranked pairs are of the whole file, and a death of last night would be lost among them. A
    candidate has evidence: more speaks for it than against it, and not every unrelated record
    would match as well.
    """
    newest = {c.case_id for c in answer.cases if c.reported_at > answer.last_report - NEWEST_S}
    named = {case.case_id: _entities(case) for case in answer.cases}
    in_records = Counter(entity for entities in named.values() for entity in entities)
    busy: dict[tuple[str, str], set[str]] = defaultdict(set)
    chosen = []
    for link in answer.links:
        if link.case_a not in newest:
            continue
        shared = named.get(link.case_a, frozenset()) & named.get(link.case_b, frozenset())
        crowd = [entity for entity in shared if in_records[entity] > BUSY]
        for entity in crowd:
            busy[entity].add(link.case_a)
        if _is_candidate(link, through_crowd=bool(crowd) and len(crowd) == len(shared)):
            chosen.append(link)
    reported = {case.case_id: case.reported_at for case in answer.cases}
    chosen.sort(key=lambda link: (-reported[link.case_a], link.case_a, link.rank))
    rows = [show_pair(link, setting, "", full=False) for link in _first_few(chosen)]
    quiet = newest - {link.case_a for link in chosen}
    return Latest(tuple(rows), _say_busy(busy, in_records), len(newest), len(quiet))


def _entities(case: Case) -> Entities:
    return frozenset((entity.type, entity.code) for entity in case.entities or ())


def _is_candidate(link: Link, *, through_crowd: bool) -> bool:
    """Tell whether a pair is listed.

    One that a busy person, phone or place alone brings together is not, unless it stands out by
    what else is in the two records.
    """
    if link.micro_bans <= 0 or link.chance >= NO_EVIDENCE:
        return False
    if link.tier is Tier.SHARED_ENTITY and not through_crowd:
        return True
    if link.rank > MOST_OF_RECORD or link.chance > STANDS_OUT:
        return False
    if not through_crowd:
        return True
    findings = link.breakdown.findings
    return sum(f.micro_bans for f in findings if f.evidence != "entities") > 0


def _first_few(links: Iterable[Link]) -> list[Link]:
    """Return at most MOST_OF_RECORD links of each record and tier, in their order."""
    taken: Counter[tuple[str, Tier]] = Counter()
    few = []
    for link in links:
        taken[link.case_a, link.tier] += 1
        if taken[link.case_a, link.tier] <= MOST_OF_RECORD:
            few.append(link)
    return few


def _say_busy(
    busy: Mapping[tuple[str, str], set[str]], in_records: Mapping[tuple[str, str], int]
) -> tuple[BusyEntity, ...]:
    ordered = sorted(busy, key=lambda entity: (-in_records[entity], entity))
    return tuple(
        BusyEntity(
            f"{kind} {code} is named in {count_of(in_records[kind, code], 'record', 'records')} of"
            " this file",
            in_records[kind, code],
            tuple(sorted(busy[kind, code])),
        )
        for kind, code in ordered
    )
