"""Closed deaths that are read again each month: some at random, some by risk.

The choice is a function of the month and the record's number alone, by SHA-256, so that anybody
can check it afterwards with any tool.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from clew.assurance.closing import prompts_of
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.acts import begin, write_ledger_row
from clew.desk.casework.lines import CLOSED, open_again
from clew.desk.casework.models.status import (
    CaseworkStatus,
    ClassChange,
    Dissent,
    LineState,
    ReAudit,
)
from clew.desk.records.models import Case
from clew.desk.records.visible import may
from clew.errors import ActRefused

AT_RANDOM, BY_RISK = 5, 5
"""Declared: deaths chosen each month of each kind, of those that whoever looks may see."""
RISKS: Mapping[str, int] = {
    "somebody differs": 3,
    "the reason raised a question": 2,
    "a waiver because of cost or workload": 2,
    "a line was waived": 1,
    "called expected": 1,
}
"""Declared from requirements.md, 49 and 52, and from what the study of stopped post-mortems found:
how many times likelier than a plain closing (1, plus these) a death is read again."""


@dataclass(frozen=True, slots=True)
class ReAuditSample:
    """A closed death that is to be read again: how it was chosen, its risks, and what was found."""

    case: Case
    how: str
    risks: tuple[str, ...]
    found: ReAudit | None


def draw(month: str, case_id: str) -> float:
    """Return a number in (0, 1) from the month and the record's number."""
    told = sha256(f"{month} {case_id}".encode()).digest()
    return (int.from_bytes(told[:6]) + 1) / (256**6 + 1)


def choose(month: str, risks: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Return the records chosen at random, and those by risk; `risks` gives each one's weight.

    By risk: the largest draw ** (1 / weight), a weighted sample without replacement (Efraimidis
    and Spirakis, 2006).
    """
    at_random = sorted(risks, key=lambda one: (draw(month, one), one))[:AT_RANDOM]
    rest = [one for one in risks if one not in at_random]
    key = f"{month} by risk"
    by_risk = sorted(rest, key=lambda one: (-(draw(key, one) ** (1 / risks[one])), one))
    return at_random, by_risk[:BY_RISK]


def chosen_for(person: Person, now: datetime) -> tuple[str, list[ReAuditSample]]:
    """Return the month, and the closed deaths of an own area that are read again in it.

    A death is in the choice of a month if it was closed before the month began, so that the list
    stands all month.
    """
    start = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = f"{start:%Y-%m}"
    closed = (
        CaseworkStatus.objects.filter(may(person, Permission.DECIDE, "case__"), since__lt=start)
        .filter(category__in=CLOSED)
        .select_related("case")
    )
    cases = {one.case.case_id: one.case for one in closed}
    again = ReAudit.objects.filter(month=month, outcome="opened_again").select_related("case")
    cases |= {
        one.case.case_id: one.case for one in again.filter(may(person, Permission.DECIDE, "case__"))
    }
    risks = risks_of(cases.values())
    weights = {name: 1 + sum(RISKS[risk] for risk in told) for name, told in risks.items()}
    at_random, by_risk = choose(month, weights)
    found = {one.case_id: one for one in ReAudit.objects.filter(month=month).select_related("by")}
    told = [(name, "at random") for name in at_random] + [(name, "by risk") for name in by_risk]
    return month, [
        ReAuditSample(cases[name], how, risks[name], found.get(cases[name].pk))
        for name, how in told
    ]


def risks_of(cases: Iterable[Case]) -> dict[str, tuple[str, ...]]:
    """Return the declared risks of each record, by its number."""
    listed = {case.pk: case.case_id for case in cases}
    found: dict[int, set[str]] = defaultdict(set)
    for case_id in Dissent.objects.filter(case__in=listed).values_list("case_id", flat=True):
        found[case_id].add("somebody differs")
    for change in ClassChange.objects.filter(case__in=listed, after__in=CLOSED):
        if prompts_of(change.reason):
            found[change.case_id].add("the reason raised a question")
        if change.act == "called expected":
            found[change.case_id].add("called expected")
    for row in LineState.objects.filter(case__in=listed, state="waived"):
        found[row.case_id].add("a line was waived")
    flagged = Case.objects.filter(pk__in=listed, line_acts__flagged=True)
    for pk in flagged.values_list("pk", flat=True):
        found[pk].add("a waiver because of cost or workload")
    return {name: tuple(risk for risk in RISKS if risk in found[pk]) for pk, name in listed.items()}


@transaction.atomic
def read_again(
    case: Case, month: str, told: tuple[str, str], by: Account, now: datetime
) -> ReAudit:
    """Keep what a second reader found of a closed death; `told` is the outcome and the grounds.

    Raises
    ------
    ActRefused
        If it was read in this month already, is not closed, or `by` asked for or signed its
        closing.
    """
    held = begin(case, now)
    outcome, words = told
    if held.category not in CLOSED:
        raise ActRefused("this death is not closed")
    if ReAudit.objects.filter(case=case, month=month).exists():
        raise ActRefused("this death was read again in this month already")
    last = ClassChange.objects.filter(case=case, after__in=CLOSED).last()
    if last is not None and (last.by == by or last.signer == by.name):
        raise ActRefused("somebody else reads it again than who closed it")
    made = ReAudit.objects.create(
        case=case, month=month, outcome=outcome, words=words, by=by, at=now
    )
    write_ledger_row(case, by, "read again", month=month, outcome=outcome, words=words)
    if outcome == "opened_again":
        open_again(case, f"Read again: {words}", by, now)
    return made
