"""What was shown of a pair, to whom and when: kept, with a digest of what stood there."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import AccessDecision, Permission, Person, Target, areas_of, rule
from clew.desk.ledger.chain import canonical
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import missing_pair_subject, pair_subject
from clew.desk.records.models import Case
from clew.desk.records.visible import opened_to
from clew.desk.review.candidates import has_reason, places_of
from clew.desk.review.models import Link, Opinion, Pair, Shown
from clew.desk.review.pair_state import CANDIDATES
from clew.desk.web.guard import Refused, check, consulted, person_of

COMPARISON = "comparison"


def digest_of(link: Link) -> str:
    """Return SHA-256 over all that a page can show of a link."""
    content = {
        "link": link.pk,
        "run": link.run_id,
        "rank": link.rank,
        "chance": repr(link.chance),
        "compared": link.compared,
        "relation": link.relation,
        "findings": link.findings,
        "other_explanations": link.other_explanations,
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()


@transaction.atomic
def show(request: HttpRequest, pair: Pair) -> Shown:
    """Keep that the comparison was shown, in one transaction with its ledger row."""
    digest = digest_of(pair.link)
    assert isinstance(request.user, Account)
    shown = Shown.objects.create(
        pair=pair,
        link=pair.link,
        account=request.user,
        page=COMPARISON,
        digest=digest,
        at=desk_now(),
    )
    consulted(request, subject_of(pair), COMPARISON, link=pair.link_id, digest=digest)
    return shown


@transaction.atomic
def show_list(request: HttpRequest, pairs: Sequence[Any], page: str, subject: str) -> None:
    """Keep that a list named these pairs: once for each reader and link, and one ledger row.

    `pairs`: pairs, or rows of them with `pk` and `link_id`.
    """
    assert isinstance(request.user, Account)
    ids = [pair.pk for pair in pairs]
    seen = Shown.objects.filter(account=request.user, pair__in=ids)
    before = set(seen.values_list("pair_id", "link_id"))
    now = desk_now()
    Shown.objects.bulk_create(
        Shown(
            pair_id=pair.pk,
            link_id=pair.link_id,
            account=request.user,
            page=page,
            digest="",
            at=now,
        )
        for pair in pairs
        if (pair.pk, pair.link_id) not in before
    )
    consulted(request, subject, page, pairs=ids)


def subject_of(pair: Pair) -> str:
    """Return the pair as every row of the ledger names it, in whatever order it was compared."""
    return pair_subject(pair.first.case_id, pair.second.case_id)


def opinion_before(pair: Pair, account: Account) -> bool:
    """Tell whether this reader said what happened to either before first being shown the pair."""
    first_shown = Shown.objects.filter(pair=pair, account=account).order_by("at").first()
    opinions = Opinion.objects.filter(account=account, case__in=[pair.first_id, pair.second_id])
    if first_shown is not None:
        opinions = opinions.filter(at__lt=first_shown.at)
    return opinions.exists()


# Which pairs whoever asks may see: one of the two lies in an own area, and no seal is passed.


def unsealed_pairs(person: Person, act: Permission) -> QuerySet[Pair]:
    """Return the pairs of which neither record is sealed from `person`; areas are not asked."""
    first = Q(first__sealed=False) | opened_to(person, act, "first__")
    second = Q(second__sealed=False) | opened_to(person, act, "second__")
    return Pair.objects.filter(first, second)


def visible_pairs(person: Person, act: Permission) -> QuerySet[Pair]:
    """Return the pairs of which either record lies in an area of `person`, none behind a seal."""
    areas = areas_of(person, act)
    pairs = unsealed_pairs(person, act)
    return pairs if areas is None else pairs.filter(in_areas(areas))


def pairs_of(person: Person, act: Permission, case: Case) -> tuple[list[Pair], list[Pair]]:
    """Return what `person` may see of a record's pairs: those to show now, and the history.

    First its present candidates in the engine's order, then what is shown for a reason, the most
    urgent first. The history are pairs that were candidates once and are in nobody's list now.
    """
    pairs = unsealed_pairs(person, act).filter(Q(first=case) | Q(second=case))
    places = places_of([case.pk], person).get(case.pk, {})

    def place(pair: Pair) -> int:
        other = pair.second_id if pair.first_id == case.pk else pair.first_id
        return places.get(other, CANDIDATES + 1)

    reasons = set(pairs.filter(has_reason()).values_list("pk", flat=True))
    ordered = pairs.select_related("first", "second", "link__run").order_by("-priority", "pk")
    now: list[Pair] = []
    history: list[Pair] = []
    for pair in sorted(ordered, key=place):
        if pair.pk in reasons or place(pair) <= CANDIDATES:
            now.append(pair)
        elif not pair.listed or pair.spare:
            history.append(pair)
    return now, history


def in_areas(areas: Collection[str]) -> Q:
    """Return the condition that either record of a pair lies in one of some areas."""
    return Q(area__in=areas) | Q(other_area__in=areas)


def pair_of(request: HttpRequest, act: Permission, number: int) -> Pair:
    """Return a pair that whoever asks may see.

    Two deaths that may belong together often lie in two areas: whoever works in either sees the
    comparison. The whole of the other record is another matter, and asked for by itself.

    Raises
    ------
    Refused
        If there is none, neither record lies in an own area, or one is sealed.
    """
    pair = Pair.objects.select_related("first", "second", "link__run").filter(pk=number).first()
    if pair is None:
        nothing = AccessDecision(False, "there is no such pair", hidden=True)
        raise Refused(nothing, act, missing_pair_subject(number))
    subject, cases = subject_of(pair), (pair.first, pair.second)
    person = person_of(request)
    for case in cases:
        if case.sealed:
            check(request, act, case.about(), subject)  # refused, it reads as 'not found'
    rulings = [rule(person, act, Target(case.area)) for case in cases]
    if not any(ruling.allowed for ruling in rulings):
        raise Refused(rulings[0], act, subject)
    return pair


def may_open(request: HttpRequest, case: Case) -> bool:
    """Tell whether whoever asks may open the record itself."""
    return rule(person_of(request), Permission.SEE_RECORD, case.about()).allowed
