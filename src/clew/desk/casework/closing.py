"""Closing a death as not suspicious: every ground is checked, and every attempt is kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from clew.assurance.classes import HOMICIDE, INVESTIGATED
from clew.assurance.closing import Closing as Grounds
from clew.assurance.closing import Ground, missing_grounds
from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.acts import begin, may_sign, notify_supervisors, write_ledger_row
from clew.desk.casework.concerns import open_concerns_of
from clew.desk.casework.leads import open_leads
from clew.desk.casework.lines import CLOSE, OPENED_AGAIN, class_of, lines_of, move
from clew.desk.casework.models.referrals import Referral
from clew.desk.casework.models.status import CaseworkStatus, ClassChange, Closing
from clew.desk.casework.referrals import open_referrals_of
from clew.desk.records.models import Case, SceneCard
from clew.desk.records.sealing import pass_to_keepers
from clew.desk.records.visible import open_numbers, sealed_from, unsealed_to
from clew.desk.review.models import Candidate, Pair
from clew.desk.review.shown import unsealed_pairs
from clew.errors import ActRefused

HIDDEN = "a record that is sealed"
"""Said instead of its number where no reader is named."""
A_LINK = re.compile(r"the link with (?P<number>.+?)(?: \(waits for a second reader\))?$")
A_REFERRAL = re.compile(r"Referral (?P<number>\d+): ")
"""What an attempt keeps of a link or a referral that was open then."""
LAST = 50
"""Settled: the last fifty similar closings (issue 9)."""
LEAST = 5
"""Declared: fewer speak of single deaths rather than of a practice."""


@dataclass(frozen=True, slots=True)
class ClosingRequest:
    """What the person asking states; `answers` are pairs: the words of a prompt, and the answer."""

    evidence: str
    would_change: str
    rank: str = ""
    answers: Sequence[tuple[str, str]] = ()


def open_pairs(case: Case, person: Person | None = None) -> list[str]:
    """Return the links that `person` must see judged before a closing, in words.

    The first of its present candidates that the person may see; those that alerted, were judged
    undetermined, are back again, were named by the public, or wait for a second reader. A link with
    a record whose seal keeps it from the person blocks nothing here: the seal's keepers judge it.
    Without `person`, all there are, and no sealed record is named.
    """
    links = []
    for pair in _waiting(case, person):
        other = pair.beside(case)
        name = HIDDEN if other.sealed and person is None else other.case_id
        why = " (waits for a second reader)" if pair.state == Pair.SECOND else ""
        links.append(f"the link with {name}{why}")
    return links


def open_referrals(case: Case, person: Person) -> list[str]:
    """Return the referrals that `person` must see answered before a closing, in words.

    Those with a record whose seal keeps it from the person block nothing here.
    """
    shut = sealed_from(person, Permission.SEE_LINKS)
    # Asked in two steps: the related manager would ask for `case` itself among the sealed ones.
    among = Referral.objects.filter(cases=case).filter(cases__in=shut)
    hidden = set(among.values_list("pk", flat=True))
    every = [(says, A_REFERRAL.match(says)) for says in open_referrals_of(case)]
    return [says for says, hit in every if hit is None or int(hit["number"]) not in hidden]


def _waiting(case: Case, person: Person | None) -> list[Pair]:
    """Return the pairs that wait to be judged before a closing; `person` None: all there are."""
    mine = Q(first=case) | Q(second=case)
    places = Candidate.objects.filter(case=case).order_by("place")
    pairs = Pair.objects.all()
    if person is not None:
        pairs = unsealed_pairs(person, Permission.SEE_LINKS)
        places = places.filter(unsealed_to(person, Permission.SEE_LINKS, "other__"))
    best = list(places.values_list("other", flat=True)[:1])
    waits = Q(state=Pair.SECOND) | Q(state=Pair.OPEN) & (
        Q(within_budget=True)
        | Q(times__gt=1)
        | Q(judgements__verdict="undetermined", judgements__undone_at=None)
        | Q(claims__isnull=False)
        | Q(first=case, second__in=best)
        | Q(second=case, first__in=best)
    )
    found = pairs.filter(mine, waits).select_related("first", "second").distinct()
    return list(found.order_by("-priority", "pk"))


def _pass_on(case: Case, person: Person) -> None:
    """Give the keepers of seals what a closing left unjudged, since its people may not know of it.

    The death is closed: a blocked closing would tell them that there is a sealed record.
    """
    seen = {pair.pk for pair in _waiting(case, person)}
    for pair in _waiting(case, None):
        sealed = [one for one in (pair.first, pair.second) if one.sealed and one.pk != case.pk]
        if pair.pk in seen or not sealed:
            continue
        words = (
            f"{case.case_id} is closed as not suspicious, and its link with {sealed[0].case_id},"
            " whose seal you keep, is not judged. Have it judged, and the death opened again if"
            " it matters"
        )
        pass_to_keepers(sealed[0], words)


LINKS_ELSEWHERE = {
    "link": "Some links of this record are not judged. An analyst or supervisor of this"
    " area can see"
    " which",
    "referral": "A request to another team is waiting for an answer. A supervisor of"
    " this area can see"
    " it",
}
"""Said once, instead of the links and referrals themselves, to a person who may not see links."""


def without_links(grounds: Sequence[Ground]) -> list[Ground]:
    """Return the grounds in the words for a person who may not see links: no number, no count."""
    return list(
        dict.fromkeys(
            Ground(ground.name, LINKS_ELSEWHERE[ground.name])
            if ground.name in LINKS_ELSEWHERE
            else ground
            for ground in grounds
        )
    )


def grounds_of(
    case: Case,
    ask: ClosingRequest,
    by: Account | None,
    signer: Account | None,
    now: datetime,
    reader: Person | None = None,
) -> tuple[Ground, ...]:
    """Return every ground that is not met, in the order of the page.

    `reader`: who reads the grounds; without, who acts: the signer, else the person who asks. What a
    seal keeps from that person is no ground.
    """
    acts = reader or _acting(by, signer)
    reporter = by.name if by else ""
    if signer is not None and SceneCard.objects.filter(case=case, account=signer).exists():
        reporter = signer.name  # the person who reported from the scene does not sign either
    return missing_grounds(
        Grounds(
            reporter=reporter,
            supervisor=signer.name if signer else "",
            supervisor_may=signer is not None and may_sign(signer, case),
            evidence=ask.evidence,
            would_change=ask.would_change,
            lines=[line.kept for line in lines_of(case, now)],
            open_pairs=open_pairs(case, acts),
            open_concerns=open_concerns_of(case),
            open_leads=[str(lead) for lead in open_leads(case)],
            open_referrals=open_referrals(case, acts),
            answers=tuple(ask.answers),
        )
    )


def _acting(by: Account | None, signer: Account | None) -> Person:
    account = signer or by
    return Person("") if account is None else account.person(second_factor=True)


@transaction.atomic
def ask_to_close(
    case: Case, ask: ClosingRequest, by: Account, now: datetime, signer: Account | None = None
) -> Closing:
    """Ask to close a death; it is closed only if every ground is met. Every attempt is kept.

    Without `signer` the supervisor's signature is missing: the request waits for it if that is the
    only gap, and is refused with its grounds otherwise.

    Raises
    ------
    ActRefused
        If it is not under investigation.
    """
    return _close(case, ask, by, signer, now)


@transaction.atomic
def sign_closing(request: Closing, by: Account, now: datetime) -> Closing:
    """Sign a request to close: every ground is checked again, then it is closed or refused.

    Raises
    ------
    ActRefused
        If `by` may not sign for this death, or the request does not wait any more.
    """
    begin(request.case, now)
    last = Closing.objects.filter(case=request.case).last()
    if last != request or not request.waits():
        raise ActRefused("this request is no longer waiting for a signature")
    if not may_sign(by, request.case) or request.by_id == by.pk:
        raise ActRefused(
            "a supervisor of this area who did not request it must sign", ("supervisor",)
        )
    answers = tuple((words, answer) for words, answer in request.answers)
    ask = ClosingRequest(request.evidence, request.would_change, request.rank, answers)
    return _close(request.case, ask, request.by, by, now, request)


def _close(
    case: Case,
    ask: ClosingRequest,
    by: Account | None,
    signer: Account | None,
    now: datetime,
    request: Closing | None = None,
) -> Closing:
    if begin(case, now).category != INVESTIGATED:
        raise ActRefused("you can close only a death under investigation")
    missing = grounds_of(case, ask, by, signer, now)
    closing = Closing.objects.create(
        case=case, request=request, by=by, rank=ask.rank, evidence=ask.evidence,
        would_change=ask.would_change, answers=[list(pair) for pair in ask.answers],
        missing=[[ground.name, ground.says] for ground in missing], signer=signer,
        closed=not missing, at=now,
    )  # fmt: skip
    names = sorted({ground.name for ground in missing})
    write_ledger_row(
        case, signer or by, "closed" if closing.closed else "asked to close", closing=closing.pk,
        missing=names, evidence=ask.evidence, asked_by=by.name if by else None,
    )  # fmt: skip
    if closing.closed:
        said = {
            "by": by.name if by else "", "rank": ask.rank or (by.rank if by else "") or "not told",
            "reason": ask.evidence, "would_change": ask.would_change,
            "supervisor": signer.name if signer else "",
        }  # fmt: skip
        move(case, CLOSE, said, by, now)
        _pass_on(case, _acting(by, signer))
    elif closing.waits():
        notify_supervisors(case, f"A closing is waiting for your signature: {case.case_id}", but=by)
    return closing


def grounds_seen(attempts: Sequence[Closing], person: Person) -> dict[int, int]:
    """Return how many grounds were not met at each attempt, of those that `person` may know of."""
    every = [(one.pk, name, says) for one in attempts for name, says in one.missing]
    judged = {says: A_LINK.search(says) for _, name, says in every if name == "link"}
    links = {says: hit["number"] if hit else "" for says, hit in judged.items()}
    asked = {says: A_REFERRAL.search(says) for _, name, says in every if name == "referral"}
    open_ = open_numbers(person, Permission.SEE_LINKS, links.values())
    referred = {int(hit["number"]) for hit in asked.values() if hit}
    shut = sealed_from(person, Permission.SEE_LINKS)
    visible = Referral.objects.filter(pk__in=referred).exclude(cases__in=shut)
    seen = set(visible.values_list("pk", flat=True))
    found: dict[int, set[str]] = {one.pk: set() for one in attempts}
    for pk, name, says in every:
        hit = asked.get(says)
        if says in links and links[says] not in open_:
            continue
        if hit is not None and int(hit["number"]) not in seen:
            continue
        found[pk].add(name)
    return {pk: len(names) for pk, names in found.items()}


def closing_that_waits(case: Case) -> Closing | None:
    """Return the request that waits for a signature, if the last one does."""
    last = Closing.objects.filter(case=case).select_related("by").last()
    if last is None or not last.waits() or class_of(case) != INVESTIGATED:
        return None
    return last


@dataclass(frozen=True, slots=True)
class TurnedOut:
    """Of the last `closings` at this kind of place: opened again, and homicide by now."""

    premises: str
    closings: int
    opened_again: int
    homicide: int

    @property
    def tells(self) -> bool:
        """Tell whether there are enough of them to draw a conclusion."""
        return self.closings >= LEAST


def last_similar(case: Case) -> TurnedOut:
    """Count what the last closings as not suspicious at this kind of place became."""
    premises = str(case.texts.get("now", {}).get("premises", "")).strip()
    kind = Q(case__texts__now__premises=premises) if premises else Q()
    closed = ClassChange.objects.filter(kind, act=CLOSE, case__sealed=False).exclude(case=case)
    rows = list(closed.order_by("-at", "-pk").values_list("pk", "case_id")[:LAST])
    first: dict[int, int] = {}
    for pk, case_id in rows:
        first[case_id] = min(pk, first.get(case_id, pk))
    later = ClassChange.objects.filter(act=OPENED_AGAIN, case__in=list(first))
    again = Counter(
        case_id for pk, case_id in later.values_list("pk", "case_id") if pk > first[case_id]
    )
    homicides = CaseworkStatus.objects.filter(case__in=list(first), category=HOMICIDE).count()
    return TurnedOut(premises, len(rows), len(again), homicides)
