"""The end of a round: possible series are referred, and what is new reopens refused referrals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from clew.assurance.referral import ACCEPTED, REFUSED, WITHDRAWN
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.referrals import notify_team, refer_automatically, resurface
from clew.desk.ledger.clock import desk_now
from clew.desk.records.sealing import pass_to_keepers
from clew.desk.records.timeline import field_words
from clew.desk.review.models import Link, Pair
from clew.desk.review.pair_state import FactTouched, Match
from clew.desk.review.runs import Round

Touched = Sequence[tuple[str, Sequence[str]]]
"""Records of which something is known that is new and compared, with its fields; as it came."""


def notify_referrals(
    touched: Touched, links: Sequence[Link], now: datetime | None = None
) -> dict[str, int]:
    """Refer each alert, reopen refusals that the round affects, and notify the teams of matches.

    Deadlines begin when the round is kept, whatever moment it was as of: nobody could have answered
    before.
    """
    now = now or desk_now()
    reopened = reopen_referrals(touched, links, now)
    say_matches(links)
    return {"referred": send_referrals(links, now), "brought_up": reopened}


def links_of_referrals(job: Round) -> list[Link]:
    """Return the links of a round that may refer or reopen something, or of which a team learns."""
    states = (REFUSED, WITHDRAWN, ACCEPTED)
    referred = Referral.objects.filter(state__in=states).order_by().values("cases")
    links = Link.objects.filter(run__round=job).filter(
        Q(alert=True) | Q(update=True) | Q(case__in=referred) | Q(other__in=referred)
    )
    plain = links.select_related("case", "other").defer("findings", "case__texts", "other__texts")
    return list(plain.order_by("pk"))


def reopen_referrals(touched: Touched, links: Sequence[Link], now: datetime) -> int:
    """Reopen refusals that a round affects, each in a transaction of its own; return how many.

    A compared fact reopens a refusal, or a new link within the budget. A link beyond it does so
    where it is at least as surprising as the best that the team received: each new death has five
    candidates, and most mean nothing.
    """
    refused = Referral.objects.filter(state__in=(REFUSED, WITHDRAWN)).prefetch_related("cases")
    best_sent = {
        case.case_id: _best_chance(referral)
        for referral in refused
        for case in referral.cases.all()
    }
    reopened = 0
    for case_id, changed in touched:
        if case_id in best_sent:
            says = FactTouched(case_id, field_words(changed)).says()
            reopened += len(resurface([case_id], says, now))
    for link in links:
        names = {link.case.case_id, link.other.case_id}
        for case_id in sorted(names & best_sent.keys()):
            (other,) = names - {case_id}
            sent_both = Referral.objects.filter(cases__case_id=case_id)
            if other in best_sent and sent_both.filter(cases__case_id=other).exists():
                continue  # the team received this very pair
            if link.notifies or link.chance <= best_sent[case_id]:
                reopened += len(resurface([case_id], Match(other, case_id), now))
    return reopened


def say_matches(links: Sequence[Link]) -> None:
    """Notify a team that holds an accepted referral of a match as surprising as its own.

    Call it within a transaction, so that no team is notified twice.
    """
    best = [link for link in links if link.rank == 1 or link.notifies]
    ids = {number for link in best for number in (link.case_id, link.other_id)}
    accepted = Referral.objects.filter(state=ACCEPTED, cases__in=ids).distinct()
    for referral in accepted.prefetch_related("cases"):
        members = {case.pk for case in referral.cases.all()}
        for link in best:
            new = {link.case_id, link.other_id} - members
            if len(new) == 1 and (link.notifies or link.chance <= _best_chance(referral)):
                _say_match(referral, link)


def send_referrals(links: Sequence[Link], now: datetime) -> int:
    """Refer each alert, in a transaction of its own; return how many were sent now."""
    sent = 0
    for link in (link for link in links if link.notifies):
        both = Q(first=link.case_id, second=link.other_id)
        both |= Q(first=link.other_id, second=link.case_id)
        pair = Pair.objects.filter(both).select_related("first", "second", "link").first()
        if pair is not None:
            sent += refer_automatically(pair, now).sent_at == now
    return sent


def _say_match(referral: Referral, link: Link) -> None:
    """Notify the team of a new match; where a seal keeps it from them, the seal's keeper."""
    says, both = f"{link.case} matches {link.other}", (link.case, link.other)
    told = notify_team(referral, says, also=both)
    for case in (case for case in both if case.sealed):
        words = f"{says}, and the team that has referral {referral.pk} may not know of it"
        pass_to_keepers(case, words, told)


def _best_chance(referral: Referral) -> float:
    """Return the smallest chance among the pairs of a referral; 0 where it has none."""
    ids = [case.pk for case in referral.cases.all()]
    pairs = Pair.objects.filter(first__in=ids, second__in=ids)
    return min(pairs.values_list("link__chance", flat=True), default=0.0)
