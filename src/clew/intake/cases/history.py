"""Drafts and facts become histories: what each case said from each instant on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Literal

from clew.intake.cases.cleaning import says_none, split_list
from clew.intake.cases.column_plan import SUBSTANCE_TEXT, WINDOW_TEXT
from clew.intake.cases.contract import TRAIT_PREFIX, looks_sensitive, trait_name
from clew.intake.cases.draft import Draft, Problem, Reading
from clew.intake.cases.facts import FactsFile
from clew.intake.cases.row_parsers import PARTS, run_parts
from clew.intake.cases.words import read_codes, read_entity, read_words
from clew.model.case import Case
from clew.model.case_file import CaseHistory, Fact, Op, Reject
from clew.model.values import Instant

By = Literal["recorded_at", "known_at"]
_SAID_ELSEWHERE = {
    "cause": (SUBSTANCE_TEXT,),
    "substances": (SUBSTANCE_TEXT,),
    "earliest": (WINDOW_TEXT,),
    "latest": (WINDOW_TEXT,),
}
"""Where facts rule a column, other text of the case file that says the same is ignored as well."""
_NO_VALUE_THERE = "there is no such element to withdraw at that time"


@dataclass(slots=True)
class Histories:
    """The histories of a case file as they are built, with what was rejected on the way.

    `traits` holds what facts say of sensitive traits: the latest word, outside any history.
    """

    built: list[CaseHistory] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    traits: dict[str, dict[str, str]] = field(default_factory=dict)


def build_histories(
    drafts: Iterable[Draft],
    columns: Iterable[str],
    reading: Reading,
    facts: FactsFile | None = None,
    by: By = "recorded_at",
) -> Histories:
    """Return every case's history, in the order of its first instant, then `case_id`.

    Parameters
    ----------
    drafts
        The rows, in any order.
    columns
        The columns that the case file can fill.
    reading
        How the rows are read; warnings gather there.
    facts
        The facts file, if there is one.
    by
        `recorded_at`: the view of what a system held; `known_at`: of what people claim to have
        known.

    """
    order = tuple(sorted(set(columns) & set(PARTS)))
    histories = Histories()
    unmet = {} if facts is None else dict(facts.by_case)
    for draft in drafts:
        own = unmet.pop(draft.case_id, None)
        if own is None or facts is None:
            run_parts(draft, reading, order)
            histories.rejects += _kept_rejects(draft, reading)
            versions = ((draft.reported_at, draft.case()),)
            histories.built.append(CaseHistory(draft.case_id, versions))
            continue
        ruled = facts.ruled[draft.case_id]
        changes = _Changes(draft, reading, facts.name, histories)
        history = CaseHistory(draft.case_id, changes.versions(own, ruled, order, by))
        histories.built.append(history)
    if facts is not None:
        histories.rejects += _of_no_case(facts, unmet)
    histories.built.sort(key=lambda history: (history.versions[0][0], history.case_id))
    return histories


class _Changes:
    """The changes that facts make to one draft, instant by instant."""

    def __init__(self, draft: Draft, reading: Reading, file: str, histories: Histories) -> None:
        self.draft, self.reading, self.file, self.histories = draft, reading, file, histories

    def versions(
        self, facts: list[Fact], ruled: set[str], order: tuple[str, ...], by: By
    ) -> tuple[tuple[Instant, Case], ...]:
        """Return the versions of the case, from its report on."""
        draft = self.draft
        for name in ruled:
            for gone in (name, *_SAID_ELSEWHERE.get(name, ())):
                draft.texts.pop(gone, None)
            draft.extra.pop(name, None)
        draft.ruled = frozenset(ruled)
        run_parts(draft, self.reading, order)
        draft.problems = [problem for problem in draft.problems if problem.field not in ruled]
        self.histories.rejects += _kept_rejects(draft, self.reading, spare_partial=True)
        instant = attrgetter(by)
        timely = sorted(facts, key=instant)  # stable: ties stay in file order
        early = [fact for fact in timely if instant(fact) <= draft.reported_at]
        self._apply(early)
        versions = [(draft.reported_at, draft.case())]
        for since, batch in groupby(timely[len(early) :], key=instant):
            self._apply(list(batch))
            case = draft.case()
            if case != versions[-1][1]:
                versions.append((since, case))
        return tuple(versions)

    def _apply(self, batch: list[Fact]) -> None:
        """Apply the facts of one instant together, then read each part they touch once."""
        draft, before, last = self.draft, dict(self.draft.texts), dict[str, Fact]()
        for fact in batch:
            if fact.field not in PARTS:
                self._apply_plain(fact)
            elif fault := _change(draft.texts, fact):
                self._reject(fact, fact.value, fault)
            else:
                last[fact.field] = fact
        if not last:
            return
        self._run(last)
        refused = [p for p in draft.problems if p.field in last and not _waits(p)]
        for problem in refused:
            self._reject(last[problem.field], problem.value, problem.reason)
            if _whole(problem):
                _restore(draft.texts, before, problem.field)
        if any(map(_whole, refused)):
            self._run(last)

    def _run(self, touched: dict[str, Fact]) -> None:
        self.draft.problems = []
        run_parts(self.draft, self.reading, tuple(touched))

    def _apply_plain(self, fact: Fact) -> None:
        is_trait = fact.field.startswith(TRAIT_PREFIX)
        if is_trait or looks_sensitive(fact.field):
            name = trait_name(fact.field)
            self.histories.traits.setdefault(fact.case_id, {})[name] = fact.value
            if not is_trait:
                subject = f"{self.file}: facts on what looks like a sensitive trait, held apart"
                self.reading.notes.count(subject, fact.field)
            return
        self.draft.put_extra(fact.field, fact.value or None)

    def _reject(self, fact: Fact, value: str, reason: str) -> None:
        reject = Reject(self.file, fact.row, fact.field, value, reason, kept=False)
        self.histories.rejects.append(reject)


def _change(texts: dict[str, str], fact: Fact) -> str:
    """Change a column's text as a fact says; return what is wrong, or nothing."""
    name, value = fact.field, fact.value
    if fact.op is Op.SET:
        _put(texts, name, value)
        return ""
    held = [e for e in split_list(texts.get(name, "")) if not says_none(e)]
    if fact.op is Op.ADD:
        added = held + [e for e in split_list(value) if not says_none(e)]
        _put(texts, name, ";".join(added) or texts.get(name, ""))
        return ""
    withdrawn = {_meaning(name, element) for element in split_list(value)}
    left = [element for element in held if _meaning(name, element) not in withdrawn]
    if len(left) == len(held):
        return _NO_VALUE_THERE
    _put(
        texts, name, ";".join(left)
    )  # nothing left is missing: it does not say that none was there
    return ""


def _meaning(column: str, element: str) -> object:
    if column == "entities":
        return read_entity(element) or element
    if column in {"mentions", "references"}:
        return read_codes(element)
    return read_words(column, element)[0]


def _put(texts: dict[str, str], name: str, value: str) -> None:
    if value:
        texts[name] = value
    else:
        texts.pop(name, None)


def _restore(texts: dict[str, str], before: dict[str, str], name: str) -> None:
    _put(texts, name, before.get(name, ""))


def _waits(problem: Problem) -> bool:
    """Tell whether the other half of a value may still come (a latitude without longitude)."""
    return problem.partial and problem.field != "entities"


def _whole(problem: Problem) -> bool:
    return not problem.partial


def _kept_rejects(
    draft: Draft, reading: Reading, *, spare_partial: bool = False
) -> Iterator[Reject]:
    for problem in draft.problems:
        if spare_partial and _waits(problem):
            continue
        file = draft.file or reading.file
        yield Reject(file, draft.row, problem.field, problem.value, problem.reason, True)
    draft.problems = []


def _of_no_case(facts: FactsFile, unmet: dict[str, list[Fact]]) -> Iterator[Reject]:
    reason = "the case file has no case of this id"
    for case_id, own in unmet.items():
        for fact in own:
            yield Reject(facts.name, fact.row, "case_id", case_id, reason, kept=False)
