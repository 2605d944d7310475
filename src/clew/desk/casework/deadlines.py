"""Every deadline of the desk, gathered in one place; and lengths of time in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q

from clew.assurance.classes import NOT_SUSPICIOUS
from clew.assurance.machine import Deadline
from clew.assurance.referral import WAITS
from clew.assurance.standard import HOUR
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import DEATH, instant
from clew.desk.casework.concerns import WAITING
from clew.desk.casework.leads import OPEN
from clew.desk.casework.lines import lines_of_many
from clew.desk.casework.models.concerns import Concern, Contact, Promise
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.casework.models.status import Lead
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.desk.records.sealing import review_due, sealed_deaths
from clew.desk.records.who_to_tell import named

REFERRAL, CONCERN, PROMISE, CONTACT, WARN, REVIEW, SEAL = (
    "referral", "concern", "promise", "contact", "warn", "review", "seal",
)  # fmt: skip
FRESH = timedelta(days=14)
"""Declared: a death that came to the desk longer after its report is history: its lines have no
deadline until someone acts on it; else a first intake of twenty years would be escalated."""
MINUTE, DAY = 60, 24 * HOUR


def all_deadlines(now: datetime) -> list[Deadline]:
    """Return every deadline: of referrals, concerns, promises, seals, lines and all others.

    No words name a sealed record: some who see a deadline must not know of it.
    """
    deadlines = []
    referrals = Referral.objects.filter(state__in=WAITS).prefetch_related("cases")
    for referral in referrals.order_by("pk"):
        cases, due = list(referral.cases.all()), instant(referral.due)
        deadlines.append(
            Deadline(
                f"referral:{referral.pk}:{due}", REFERRAL,
                f"Answer referral {referral.pk}{_about(cases)}", due,
                referral.senior if referral.state == "challenged" else "",
                cases[0].area if cases else "", f"referral:{referral.pk}",
            )
        )  # fmt: skip
    concerns = Concern.objects.filter(state__in=WAITING).select_related("owner")
    for concern in concerns.order_by("pk"):
        due, name = instant(concern.due), concern.owner.name if concern.owner else ""
        what = f"Answer concern {concern.reference}{'' if name else ' (no owner yet)'}"
        subject = f"concern:{concern.pk}"
        deadlines.append(
            Deadline(f"{subject}:{due}", CONCERN, what, due, name, concern.area, subject)
        )
    promises = Promise.objects.filter(kept_at=None).select_related("case", "by")
    for promise in promises.order_by("pk"):
        case, key, what = promise.case, f"promise:{promise.pk}", "Promise to a family"
        if not case.sealed:
            what = f"{what}{_about([case])}: {promise.what}"
        deadlines.append(_deadline(case, key, PROMISE, what[:300], promise.due, promise.by))
    contacts = Contact.objects.select_related("case__owner", "by").order_by("case", "-at", "-id")
    latest: dict[int, Contact] = {}
    for contact in contacts:
        latest.setdefault(contact.case_id, contact)
    for contact in latest.values():
        if contact.again_at is not None:
            case, key = contact.case, f"contact:{contact.pk}"
            what = f"Contact the next of kin again{_about([case])}"
            owner = case.owner or contact.by
            deadlines.append(_deadline(case, key, CONTACT, what, contact.again_at, owner))
    warnings = WarnDecision.objects.filter(taken=None).select_related(
        "pair__first", "pair__second", "owner"
    )
    for decision in warnings.order_by("pk"):
        pair, subject = decision.pair, f"warn:{decision.pk}"
        deadlines.append(
            Deadline(
                subject, WARN, f"Decide who to warn{_about([pair.first, pair.second])}",
                instant(decision.due), decision.owner.name if decision.owner else "", pair.area,
                subject,
            )
        )  # fmt: skip
    return [*deadlines, *reviews_of_seals(), *deadlines_of_lines(now)]


def reviews_of_seals() -> Iterator[Deadline]:
    """Yield the reviews of seals of deaths; each day that is set has its own key."""
    for case in sealed_deaths().order_by("pk"):
        due = instant(review_due(case))
        yield Deadline(
            f"seal:{case.pk}:{due}", SEAL, "Review the seal of a death", due, case.sealed_by,
            case.area, case_subject(case.case_id),
        )  # fmt: skip


def _about(cases: Sequence[Case]) -> str:
    numbers = named(cases)
    return f" about {numbers}" if numbers else ""


def deadlines_of_lines(now: datetime) -> Iterator[Deadline]:
    """Yield the deadlines of every death that is not closed: leads, lines, and what perishes."""
    leads = Lead.objects.filter(state=OPEN, at__lte=now).select_related("case__owner")
    for lead in leads.order_by("pk"):
        yield _deadline(lead.case, f"lead:{lead.pk}", "lead", str(lead), lead.due)
    late = ExpressionWrapper(F("entered_at") - F("reported_at"), output_field=DurationField())
    fresh = Case.objects.annotate(late=late).filter(late__lte=FRESH).values("pk")
    not_closed = Q(casework__isnull=False) & ~Q(casework__category=NOT_SUSPICIOUS)
    deaths = Case.objects.filter(kind=DEATH, reported_at__lte=now).filter(
        not_closed | Q(casework__isnull=True, pk__in=fresh)
    )
    ids = list(deaths.order_by("pk").values_list("pk", flat=True))
    for case, lines in lines_of_many(ids, now):
        for status in lines:
            if not status.open:
                continue
            line, since = status.line, status.kept.since
            key = f"line:{case.case_id}:{line.id}{'' if since is None else f'@{since}'}"
            yield _deadline(case, f"{key}:due", "line", line.title, status.due)
            if status.gone is not None and status.gone != status.due:
                what = f"Evidence is usually lost by now: {line.title}"
                yield _deadline(case, f"{key}:gone", "perishable", what, status.gone)


def _deadline(
    case: Case, key: str, kind: str, what: str, due: datetime, owner: Account | None = None
) -> Deadline:
    """Return a deadline about a record; without an `owner` it is the record's."""
    owner = owner or case.owner
    return Deadline(
        key=key, kind=kind, what=what, due=instant(due), owner=owner.name if owner else "",
        area=case.area, subject=case_subject(case.case_id),
    )  # fmt: skip


def span(seconds: int) -> str:
    """Return a length of time: 3 hours, 2 days. Below two days people count hours."""
    for size, unit, most in ((MINUTE, "minute", HOUR), (HOUR, "hour", 2 * DAY)):
        if seconds < most:
            number = max(seconds // size, 1)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds // DAY:,} days"


def time_left(due: datetime, now: datetime) -> str:
    """Return 'in 3 hours', 'in 2 days', or '5 hours overdue'."""
    seconds = int((due - now).total_seconds())
    return f"in {span(seconds)}" if seconds >= 0 else f"{span(-seconds)} overdue"
