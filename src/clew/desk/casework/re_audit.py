"""Closed deaths to review each month: some at random, some by risk.

The choice is a function of the month and the record's number alone, by SHA-256, so that anyone
can check it afterwards with any tool.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
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
"""Declared: deaths chosen each month of each kind, of those that the reviewer may see."""
RISKS: Mapping[str, int] = {
    "a different view": 3,
    "the reason raised a question": 2,
    "a waiver because of cost or workload": 2,
    "a line was waived": 1,
    "called expected": 1,
}
"""Declared from requirements.md, 49 and 52, and from what the study of stopped post-mortems found:
how many times likelier than a plain closing (1, plus these) a death is reviewed."""


@dataclass(frozen=True, slots=True)
class ReAuditSample:
    """A closed death to review: how it was chosen, its risks, and what the review found."""

    case: Case
    how: str
    risks: tuple[str, ...]
    found: ReAudit | None


def draw(month: str, case_id: str) -> float:
    """Return a number in (0, 1) from the month and the record's number."""
    digest = sha256(f"{month} {case_id}".encode()).digest()
    return (int.from_bytes(digest[:6]) + 1) / (256**6 + 1)


def choose(month: str, risks: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Return the records chosen at random, and those by risk; `risks` gives each one's weight.

    By risk: the largest draw ** (1 / weight), a weighted sample without replacement (Efraimidis
    and Spirakis, 2006).
    """
    at_random = sorted(risks, key=lambda case_id: (draw(month, case_id), case_id))[:AT_RANDOM]
    rest = [case_id for case_id in risks if case_id not in at_random]
    key = f"{month} by risk"
    by_risk = sorted(
        rest, key=lambda case_id: (-(draw(key, case_id) ** (1 / risks[case_id])), case_id)
    )
    return at_random, by_risk[:BY_RISK]


def chosen_for(person: Person, now: datetime) -> tuple[str, list[ReAuditSample]]:
    """Return the month, and the closed deaths of the person's areas to review in it.

    Only deaths closed before the month began are chosen, so that the list stays the same all month.
    """
    start = timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    month = f"{start:%Y-%m}"
    closed = (
        CaseworkStatus.objects.filter(may(person, Permission.DECIDE, "case__"), since__lt=start)
        .filter(category__in=CLOSED)
        .select_related("case")
    )
    reopened = ReAudit.objects.filter(
        may(person, Permission.DECIDE, "case__"), month=month, outcome="opened_again"
    ).select_related("case")
    chosen_from = [status.case for status in closed] + [audit.case for audit in reopened]
    cases = {case.case_id: case for case in chosen_from}
    # The declared risks of each record.
    listed = {case.pk: case_id for case_id, case in cases.items()}
    found: dict[int, set[str]] = defaultdict(set)
    for pk in Dissent.objects.filter(case__in=listed).values_list("case_id", flat=True):
        found[pk].add("a different view")
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
    risks = {
        case_id: tuple(risk for risk in RISKS if risk in found[pk])
        for pk, case_id in listed.items()
    }
    weights = {case_id: 1 + sum(RISKS[risk] for risk in names) for case_id, names in risks.items()}
    at_random, by_risk = choose(month, weights)
    audits = {row.case_id: row for row in ReAudit.objects.filter(month=month).select_related("by")}
    return month, [
        ReAuditSample(cases[case_id], how, risks[case_id], audits.get(cases[case_id].pk))
        for how, chosen in (("at random", at_random), ("by risk", by_risk))
        for case_id in chosen
    ]


@transaction.atomic
def read_again(
    case: Case, month: str, result: tuple[str, str], by: Account, now: datetime
) -> ReAudit:
    """Keep a second reader's review of a closed death; `result` is the outcome and the grounds.

    Raises
    ------
    ActRefused
        If it was reviewed in this month already, is not closed, or `by` asked for or signed its
        closing.
    """
    outcome, words = result
    if begin(case, now).category not in CLOSED:
        raise ActRefused("this death is not closed")
    if ReAudit.objects.filter(case=case, month=month).exists():
        raise ActRefused("this death has already been reviewed this month")
    last = ClassChange.objects.filter(case=case, after__in=CLOSED).last()
    if last is not None and (last.by == by or last.signer == by.name):
        raise ActRefused("someone other than the person who closed it must review it")
    audit = ReAudit.objects.create(
        case=case, month=month, outcome=outcome, words=words, by=by, at=now
    )
    write_ledger_row(case, by, "read again", month=month, outcome=outcome, words=words)
    if outcome == "opened_again":
        open_again(case, f"Read again: {words}", by, now)
    return audit
