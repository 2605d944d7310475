"""Drafts and facts become histories: what each case said from each instant on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Literal

from clew.intake.cases.cleaning import says_none, split_list
from clew.intake.cases.column_plan import SUBSTANCE_TEXT, WINDOW_TEXT
from clew.intake.cases.contract import TRAIT_PREFIX, is_trait, trait_name
from clew.intake.cases.draft import Draft, Problem, Reading
from clew.intake.cases.facts import FactsFile
from clew.intake.cases.row_parsers import PARSERS, run_parsers
from clew.intake.cases.words import read_codes, read_entity, read_words
from clew.model.case import Case
from clew.model.case_file import CaseHistory, Fact, Op, Reject
from clew.model.values import Instant

By = Literal["recorded_at", "known_at"]
_SAME_ELSEWHERE = {
    "cause": (SUBSTANCE_TEXT,),
    "substances": (SUBSTANCE_TEXT,),
    "earliest": (WINDOW_TEXT,),
    "latest": (WINDOW_TEXT,),
}
"""Where facts rule a column, other text of the case file that says the same is ignored as well."""


@dataclass(slots=True)
class Histories:
    """The histories of a case file as they are built, with what was rejected on the way.

    `traits` is what facts say of sensitive traits: the latest value, outside any history.
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
        `recorded_at`: the view of what a system had; `known_at`: of what people claim to have
        known.

    """
    order = tuple(sorted(set(columns) & set(PARSERS)))
    histories = Histories()
    unmet = {} if facts is None else dict(facts.by_case)
    for draft in drafts:
        own = unmet.pop(draft.case_id, None)
        if own is None or facts is None:
            run_parsers(draft, reading, order)
            histories.rejects += _kept_rejects(draft, reading)
            versions: tuple[tuple[Instant, Case], ...] = ((draft.reported_at, draft.case()),)
        else:
            changes = _Changes(draft, reading, facts.name, histories)
            versions = changes.versions(own, facts.ruled[draft.case_id], order, by)
        histories.built.append(CaseHistory(draft.case_id, versions))
    reason = "the case file has no case of this id"
    histories.rejects += [
        Reject(facts.name if facts else "", fact.row, "case_id", case_id, reason, kept=False)
        for case_id, own in unmet.items()
        for fact in own
    ]
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
            for gone in (name, *_SAME_ELSEWHERE.get(name, ())):
                draft.texts.pop(gone, None)
            draft.extra.pop(name, None)
        draft.ruled = frozenset(ruled)
        run_parsers(draft, self.reading, order)
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
        """Apply the facts of one instant together, then read each column they touch once."""
        draft, before, last = self.draft, dict(self.draft.texts), dict[str, Fact]()
        for fact in batch:
            if is_trait(fact.field):
                traits = self.histories.traits.setdefault(fact.case_id, {})
                traits[trait_name(fact.field)] = fact.value
                if not fact.field.startswith(TRAIT_PREFIX):
                    subject = f"{self.file}: facts on what looks like a sensitive trait, held apart"
                    self.reading.notes.count(subject, fact.field)
            elif fact.field not in PARSERS:
                draft.put_extra(fact.field, fact.value or None)
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
            if not problem.partial:
                _put(draft.texts, problem.field, before.get(problem.field, ""))
        if not all(problem.partial for problem in refused):
            self._run(last)

    def _run(self, touched: dict[str, Fact]) -> None:
        self.draft.problems = []
        run_parsers(self.draft, self.reading, tuple(touched))

    def _reject(self, fact: Fact, value: str, reason: str) -> None:
        reject = Reject(self.file, fact.row, fact.field, value, reason, kept=False)
        self.histories.rejects.append(reject)


def _change(texts: dict[str, str], fact: Fact) -> str:
    """Change a column's text as a fact says; return what is wrong, or nothing."""
    name, value = fact.field, fact.value
    if fact.op is Op.SET:
        _put(texts, name, value)
        return ""
    elements = [e for e in split_list(texts.get(name, "")) if not says_none(e)]
    if fact.op is Op.ADD:
        added = elements + [e for e in split_list(value) if not says_none(e)]
        _put(texts, name, ";".join(added) or texts.get(name, ""))
        return ""
    withdrawn = {_meaning(name, element) for element in split_list(value)}
    left = [element for element in elements if _meaning(name, element) not in withdrawn]
    if len(left) == len(elements):
        return "there is no such element to withdraw at that time"
    # Where nothing is left the list is missing: nothing says that there was none.
    _put(texts, name, ";".join(left))
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


def _waits(problem: Problem) -> bool:
    """Say whether the other half of a value may still come (a latitude without longitude)."""
    return problem.partial and problem.field != "entities"


def _kept_rejects(
    draft: Draft, reading: Reading, *, spare_partial: bool = False
) -> Iterator[Reject]:
    for problem in draft.problems:
        if spare_partial and _waits(problem):
            continue
        file = draft.file or reading.file
        yield Reject(file, draft.row, problem.field, problem.value, problem.reason, True)
    draft.problems = []
