"""Every deadline of the desk, gathered in one place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from clew.assurance.machine import Deadline
from clew.assurance.referral import WAITS
from clew.assurance.standard import HOUR
from clew.desk.casework.concerns import WAITING
from clew.desk.casework.models.concerns import Concern, Contact, Promise
from clew.desk.casework.models.referrals import Referral, WarnDecision
from clew.desk.records.models import Case
from clew.desk.records.who_to_tell import named

REFERRAL, CONCERN, PROMISE, CONTACT, WARN = (
    "referral", "concern", "promise", "contact", "warn",
)  # fmt: skip


def all_deadlines(now: datetime) -> list[Deadline]:
    """Return everything that is owed: referrals, concerns, promises, contact, warnings, lines.

    No words name a sealed record: what is owed may be told to people who must not know of it.
    """
    from clew.desk.casework.line_deadlines import deadlines_of_lines  # noqa: PLC0415 (it comes after)

    owed = [*_referrals(), *_concerns(), *_promises(), *_contacts(), *_warnings()]
    return [*owed, *deadlines_of_lines(now)]


def _at(moment: datetime) -> int:
    return int(moment.timestamp())


def _about(cases: Sequence[Case]) -> str:
    told = named(cases)
    return f" about {told}" if told else ""


def _referrals() -> Iterator[Deadline]:
    waiting = Referral.objects.filter(state__in=WAITS).prefetch_related("cases").order_by("pk")
    for one in waiting:
        cases = list(one.cases.all())
        due = _at(one.due)
        yield Deadline(
            f"referral:{one.pk}:{due}", REFERRAL, f"Answer referral {one.pk}{_about(cases)}", due,
            one.senior if one.state == "challenged" else "", cases[0].area if cases else "",
            f"referral:{one.pk}",
        )  # fmt: skip


def _concerns() -> Iterator[Deadline]:
    waiting = Concern.objects.filter(state__in=WAITING).select_related("owner").order_by("pk")
    for one in waiting:
        due, owner = _at(one.due), one.owner.name if one.owner else ""
        what = f"Answer concern {one.reference}"
        if not owner:
            what += ", which nobody owns yet"
        yield Deadline(
            f"concern:{one.pk}:{due}", CONCERN, what, due, owner, one.area, f"concern:{one.pk}"
        )


def _promises() -> Iterator[Deadline]:
    open_ = Promise.objects.filter(kept_at=None).select_related("case", "by").order_by("pk")
    for one in open_:
        what = f"Keep a promise to a family{_about([one.case])}: {one.what}"
        if one.case.sealed:
            what = "Keep a promise to a family"
        yield Deadline(
            f"promise:{one.pk}", PROMISE, what[:300], _at(one.due), one.by.name, one.case.area,
            f"case:{one.case.case_id}",
        )  # fmt: skip


def _contacts() -> Iterator[Deadline]:
    """Yield the next call of each record: that of its latest contact alone counts."""
    seen: set[int] = set()
    told = Contact.objects.select_related("case__owner", "by").order_by("case", "-at", "-id")
    for one in told:
        if one.case_id in seen:
            continue
        seen.add(one.case_id)
        if one.again_at is None:
            continue
        owner = one.case.owner or one.by
        yield Deadline(
            f"contact:{one.pk}", CONTACT, f"Speak to the next of kin again{_about([one.case])}",
            _at(one.again_at), owner.name, one.case.area, f"case:{one.case.case_id}",
        )  # fmt: skip


def _warnings() -> Iterator[Deadline]:
    owed = WarnDecision.objects.filter(taken=None).select_related(
        "pair__first", "pair__second", "owner"
    )
    for one in owed.order_by("pk"):
        cases = [one.pair.first, one.pair.second]
        yield Deadline(
            f"warn:{one.pk}", WARN, f"Decide whom to warn{_about(cases)}", _at(one.due),
            one.owner.name if one.owner else "", one.pair.area, f"warn:{one.pk}",
        )  # fmt: skip


# Lengths of time and what is left, in words. Pure.


MINUTE, DAY = 60, 24 * HOUR


def span(seconds: int) -> str:
    """Return a length of time: 3 hours, 2 days. Below two days people count hours."""
    for size, one, most in ((MINUTE, "minute", HOUR), (HOUR, "hour", 2 * DAY)):
        if seconds < most:
            number = max(seconds // size, 1)
            return f"{number} {one}{'' if number == 1 else 's'}"
    return f"{seconds // DAY:,} days"


def time_left(due: datetime, now: datetime) -> str:
    """Return 'in 3 hours', 'in 2 days', or '5 hours late'."""
    seconds = int((due - now).total_seconds())
    told = span(abs(seconds))
    return f"in {told}" if seconds >= 0 else f"{told} late"
