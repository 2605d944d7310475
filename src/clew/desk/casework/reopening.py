"""A closed death opens again: by an alert, a link, a concern that names it, or a late fact.

By these four and nothing else: each new death has five candidates, and most mean nothing. Whatever
brings them calls these functions, within the transaction that brings them: a round, a replay, a
page, a file, a proposal. The change of class is a row of the ledger, and its owner and supervisors
get a notice.

Reasons name no other record: people read them who may not see links. Where the other record is
sealed, its keepers get a notice, and they decide (docs/desk/assured.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Q

from clew.assurance.contradictions import contradicted
from clew.desk.casework.acts import DEATH
from clew.desk.casework.lines import CLOSED, late_fact, open_if_closed
from clew.desk.casework.models.status import CaseworkStatus
from clew.desk.ledger.clock import desk_now
from clew.desk.records.models import Case, Fact
from clew.desk.records.sealing import pass_to_keepers
from clew.desk.records.timeline import read_cells, read_now
from clew.desk.review.models import Link, Pair
from clew.model.case import Case as Noun
from clew.model.values import Instant
from clew.replay.events import COMPARED, Event

ALERT = "New alert"
UPDATE = "A record was added to an alert about it"
LINKED = "A link with another record was judged linked"
NAMED = "A concern named it"
ANSWER_CHALLENGED = "The answer to a concern about it was challenged"
FIELDS = tuple(field.name for field in fields(Noun))


def open_named(case: Case | None, because: str, now: datetime) -> bool:
    """Open a closed death again that a concern names; tell whether it was closed."""
    if case is None or case.kind != DEATH:
        return False
    return open_if_closed(case, because, now)


def open_both(cases: tuple[Case, Case], because: str, now: datetime) -> int:
    """Open the closed deaths of a pair again; return how many.

    Of a death whose other half is sealed nothing is opened: that would tell that there is such a
    record. The keepers of the seal are notified.
    """
    opened = 0
    for case, other in (cases, cases[::-1]):
        closed = CaseworkStatus.objects.filter(case=case, category__in=CLOSED, case__kind=DEATH)
        if not closed.exists():
            continue
        if other.sealed:
            words = (
                f"{case.case_id} is closed, and something came up between it and {other.case_id},"
                f" whose seal you keep: {because[:1].lower()}{because[1:]}. Have the death opened"
                " again if it matters"
            )
            pass_to_keepers(other, words)
            continue
        opened += open_if_closed(case, because, now)
    return opened


def open_for_links(links: Iterable[Link], now: datetime) -> int:
    """Open closed deaths again about which a round alerted, or updated an alert."""
    return sum(
        open_both((link.case, link.other), ALERT if link.alert else UPDATE, now)
        for link in links
        if link.notifies
    )


@dataclass(frozen=True, slots=True)
class LateFacts:
    """What facts of one moment changed about a record, as a round found it.

    `compared`: the fields that are compared. `against`: by class, the fields by which the record,
    as these facts left it, contradicts a closing of that class.
    """

    case_id: str
    at: Instant
    compared: tuple[str, ...]
    against: dict[str, tuple[str, ...]]


def late_facts_of(event: Event) -> LateFacts:
    """Return what a fact's event changed."""
    return LateFacts(
        event.case_id,
        event.at,
        event.changed if event.compares_anew else (),
        {name: contradicted(name, event.changed, event.case) for name in CLOSED},
    )


def open_for_facts(case: Case, brought: Iterable[LateFacts], now: datetime) -> bool:
    """Open a closed death again because of facts that a round brought, unless they were known.

    A fact that the desk held when the death was closed is not late.
    """
    status = CaseworkStatus.objects.filter(case=case, category__in=CLOSED).first()
    if status is None or case.kind != DEATH:
        return False
    later = Fact.objects.filter(case=case, from_report=False, entered_at__gt=status.since).exists()
    found: dict[str, None] = {}
    for facts in brought:
        if later or facts.at > status.since.timestamp():
            found |= dict.fromkeys((*facts.compared, *facts.against.get(status.category, ())))
    return late_fact(case, tuple(found), now)


def facts_added(case: Case, before: Mapping[str, str]) -> None:
    """Open a closed death again where new facts change what is compared, or contradict its closing.

    Called after each addition of facts, by whatever way; `before` are the record's cells until
    then.
    """
    status = CaseworkStatus.objects.filter(case=case, category__in=CLOSED).first()
    if status is None or case.kind != DEATH:
        return
    was, now = read_cells(case, before), read_now(case)
    changed = [name for name in FIELDS if getattr(was, name) != getattr(now, name)]
    compared = [name for name in changed if name in COMPARED]
    against = contradicted(status.category, changed, now)
    late_fact(case, tuple(dict.fromkeys((*compared, *against))), desk_now())


def seal_moved(case: Case) -> None:
    """Open closed deaths again for what a seal had kept from those who work on them.

    Called when a seal was set or lifted. What was judged linked after the closing, and what alerted
    and is not judged, counts once the record may be known.
    """
    if case.sealed:
        return
    pairs = Pair.objects.filter(Q(first=case) | Q(second=case)).select_related("first", "second")
    waits = Q(state__in=(Pair.OPEN, Pair.SECOND), within_budget=True)
    for pair in pairs.filter(waits | Q(state=Pair.LINKED)):
        both = (pair.first, pair.second)
        if pair.state != Pair.LINKED:
            open_both(both, ALERT, desk_now())
            continue
        last = pair.judgements.filter(verdict="linked").last()
        for one, other in (both, both[::-1]):
            status = CaseworkStatus.objects.filter(case=one, category__in=CLOSED).first()
            late = status is not None and last is not None and last.recorded_at > status.since
            if late and not other.sealed:
                open_named(one, LINKED, desk_now())
