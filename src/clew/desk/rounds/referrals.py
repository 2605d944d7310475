"""The end of a round: a possible series refers itself, and what is new brings refusals up again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from clew.assurance.referral import ACCEPTED, REFUSED, WITHDRAWN
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.referrals import notify_team, refer_itself, resurface
from clew.desk.records.timeline import field_words
from clew.desk.review.models import Link, Pair
from clew.desk.review.pair_state import FactTouched
from clew.model.alert import Trigger
from clew.replay.events import Event


def tell_referrals(
    events: Sequence[Event], links: Sequence[Link], now: datetime | None = None
) -> dict[str, int]:
    """Refer each alert, and let refusals hear what the round brought; in the round's transaction.

    Clocks begin when the round is kept, whatever moment it was as of: nobody could have answered
    before.
    """
    now = now or timezone.now()
    again = _hear(events, links, now)
    _tell_who_accepted(links)
    alerts = [link for link in links if link.alert]
    sent = 0
    for link in alerts:
        both = Q(first=link.case_id, second=link.other_id)
        both |= Q(first=link.other_id, second=link.case_id)
        pair = Pair.objects.filter(both).select_related("first", "second", "link").first()
        if pair is not None:
            sent += refer_itself(pair, now).sent_at == now
    return {"referred": sent, "brought_up": again}


def _hear(events: Sequence[Event], links: Sequence[Link], now: datetime) -> int:
    """Bring up what a fact that is compared touches, or a new link within the budget.

    A link beyond the budget brings a referral up where it is at least as surprising as the best
    that the team was told: each new death has five candidates, and most mean nothing.
    """
    aside = Referral.objects.filter(state__in=(REFUSED, WITHDRAWN)).prefetch_related("cases")
    best = {
        case.case_id: _best(one) for one in aside for case in one.cases.all()
    }  # fmt: skip
    if not best:
        return 0
    brought = 0
    for event in events:
        if event.trigger is Trigger.NEW_FACT and event.compares_anew and event.case_id in best:
            says = FactTouched(event.case_id, field_words(event.changed)).says()
            brought += len(resurface([event.case_id], says, now))
    for link in links:
        ids = {link.case.case_id, link.other.case_id}
        for case_id in sorted(ids & best.keys()):
            (other,) = ids - {case_id}
            if other in best and _together(ids):
                continue  # the team was told of this very pair
            if link.alert or link.chance <= best[case_id]:
                brought += len(resurface([case_id], f"{other} matches {case_id}", now))
    return brought


def _tell_who_accepted(links: Sequence[Link]) -> None:
    """Tell the team that holds a referral of a new match, where it is as surprising as its own."""
    best = [link for link in links if link.rank == 1 or link.alert]
    ids = {number for link in best for number in (link.case_id, link.other_id)}
    held = Referral.objects.filter(state=ACCEPTED, cases__in=ids).distinct()
    for one in held.prefetch_related("cases"):
        members = {case.pk for case in one.cases.all()}
        for link in best:
            new = {link.case_id, link.other_id} - members
            if len(new) == 1 and (link.alert or link.chance <= _best(one)):
                notify_team(one, f"{link.case} matches {link.other}")


def _together(ids: set[str]) -> bool:
    a, b = sorted(ids)
    return Referral.objects.filter(cases__case_id=a).filter(cases__case_id=b).exists()


def _best(one: Referral) -> float:
    """Return the smallest chance among the pairs of a referral; 0 where it has none."""
    ids = [case.pk for case in one.cases.all()]
    pairs = Pair.objects.filter(first__in=ids, second__in=ids)
    return min(pairs.values_list("link__chance", flat=True), default=0.0)
