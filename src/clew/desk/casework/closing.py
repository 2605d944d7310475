"""Closing a death as not suspicious: everything that the rule needs, gathered; every try kept."""

from __future__ import annotations

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
from clew.desk.casework.acts import begin, may_sign, tell_supervisors, write_ledger_row
from clew.desk.casework.leads import open_leads
from clew.desk.casework.lines import CLOSE, OPENED_AGAIN, class_of, lines_of, move
from clew.desk.casework.models.status import CaseworkStatus, ClassChange, Closing
from clew.desk.records.models import Case, SceneCard
from clew.desk.review.models import Pair
from clew.errors import ActRefused

HIDDEN = "a record that is sealed"
"""Stands for its number, on every page: whoever may see the comparison finds it in the queue."""


@dataclass(frozen=True, slots=True)
class ClosingRequest:
    """What whoever asks says; `answers` are pairs: the words of a prompt, and the answer."""

    evidence: str
    would_change: str
    rank: str = ""
    answers: Sequence[tuple[str, str]] = ()


def open_pairs(case: Case) -> list[str]:
    """Return the links that must be judged before a closing, in words.

    The death's own best match; those within the alert budget, those judged undetermined, those that
    came back or that somebody outside named, and those that wait for a second reader.
    """
    mine = Q(first=case) | Q(second=case)
    waits = Q(state=Pair.SECOND) | Q(state=Pair.OPEN) & (
        Q(within_budget=True)
        | Q(times__gt=1)
        | Q(judgements__verdict="undetermined")
        | Q(claims__isnull=False)
        | Q(link__case=case, link__rank=1)
    )
    found = Pair.objects.filter(mine, waits).select_related("first", "second").distinct()
    told = []
    for pair in found.order_by("-priority", "pk"):
        other = pair.second if pair.first_id == case.pk else pair.first
        name = HIDDEN if other.sealed else other.case_id
        why = " (waits for a second reader)" if pair.state == Pair.SECOND else ""
        told.append(f"the link with {name}{why}")
    return told


def grounds_of(
    case: Case, ask: ClosingRequest, by: Account | None, signer: Account | None, now: datetime
) -> tuple[Ground, ...]:
    """Return every ground that lacks, in the order of the page."""
    from clew.desk.casework.concerns import open_concerns_of  # noqa: PLC0415 (it may ask for us)
    from clew.desk.casework.referrals import open_referrals_of  # noqa: PLC0415

    reporter = by.name if by else ""
    if signer is not None and SceneCard.objects.filter(case=case, account=signer).exists():
        reporter = signer.name  # whoever reported from the scene does not sign either
    return missing_grounds(
        Grounds(
            reporter=reporter,
            supervisor=signer.name if signer else "",
            supervisor_may=signer is not None and may_sign(signer, case),
            evidence=ask.evidence,
            would_change=ask.would_change,
            lines=[one.kept for one in lines_of(case, now)],
            open_pairs=open_pairs(case),
            open_concerns=open_concerns_of(case),
            open_leads=[str(lead) for lead in open_leads(case)],
            open_referrals=open_referrals_of(case),
            answers=tuple(ask.answers),
        )
    )


@transaction.atomic
def ask_to_close(
    case: Case, ask: ClosingRequest, by: Account, now: datetime, signer: Account | None = None
) -> Closing:
    """Ask to close a death; it is closed only if no ground lacks. Every try is kept.

    Without `signer` at least the supervisor's signature lacks: then the request waits for it, if
    nothing else lacks, and is refused with its grounds if something does.

    Raises
    ------
    ActRefused
        If it is not under investigation.
    """
    return _close(case, ask, (by, signer), now, None)


@transaction.atomic
def sign_closing(asked: Closing, by: Account, now: datetime) -> Closing:
    """Sign a request to close: every ground is gathered anew, and then it is closed or refused.

    Raises
    ------
    ActRefused
        If `by` may not sign for this death, or the request does not wait any more.
    """
    begin(asked.case, now)
    last = Closing.objects.filter(case=asked.case).last()
    if last != asked or not asked.waits():
        raise ActRefused("this request does not wait for a signature any more")
    if not may_sign(by, asked.case) or asked.by_id == by.pk:
        raise ActRefused("a supervisor of this area signs it, who did not ask", ("supervisor",))
    answers = tuple((words, answer) for words, answer in asked.answers)
    ask = ClosingRequest(asked.evidence, asked.would_change, asked.rank, answers)
    return _close(asked.case, ask, (asked.by, by), now, asked)


def _close(
    case: Case,
    ask: ClosingRequest,
    people: tuple[Account | None, Account | None],
    now: datetime,
    of: Closing | None,
) -> Closing:
    by, signer = people
    held = begin(case, now)
    if held.category != INVESTIGATED:
        raise ActRefused("only a death under investigation is closed as not suspicious")
    missing = grounds_of(case, ask, by, signer, now)
    made = Closing.objects.create(
        case=case, of=of, by=by, rank=ask.rank, evidence=ask.evidence,
        would_change=ask.would_change, answers=[list(one) for one in ask.answers],
        missing=[[ground.name, ground.says] for ground in missing], signer=signer,
        closed=not missing, at=now,
    )  # fmt: skip
    names = sorted({ground.name for ground in missing})
    write_ledger_row(
        case, signer or by, "closed" if made.closed else "asked to close", closing=made.pk,
        missing=names, evidence=ask.evidence, asked_by=by.name if by else None,
    )  # fmt: skip
    if made.closed:
        said = {
            "by": by.name if by else "", "rank": ask.rank or (by.rank if by else "") or "not told",
            "reason": ask.evidence, "would_change": ask.would_change,
            "supervisor": signer.name if signer else "",
        }  # fmt: skip
        move(case, CLOSE, said, by, (now, None), missing)
    elif made.waits():
        tell_supervisors(case, f"A closing waits to be read and signed: {case.case_id}", but=by)
    return made


def closing_that_waits(case: Case) -> Closing | None:
    """Return the request that waits for a signature, if the last one does."""
    last = Closing.objects.filter(case=case).select_related("by").last()
    if last is None or not last.waits() or class_of(case) != INVESTIGATED:
        return None
    return last


# What the last similar closings turned out to be: counts, and no record's number.


LAST = 50
"""Settled: the last fifty similar closings (issue 9)."""
LEAST = 5
"""Declared: below so many the counts tell of single deaths rather than of a practice."""


@dataclass(frozen=True, slots=True)
class TurnedOut:
    """Of the last `closings` at this kind of place: opened again, and homicide by now."""

    premises: str
    closings: int
    opened_again: int
    homicide: int

    @property
    def tells(self) -> bool:
        """Tell whether there are enough of them to say anything."""
        return self.closings >= LEAST


def last_similar(case: Case) -> TurnedOut:
    """Return what the last closings as not suspicious at this kind of place became."""
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
    now_homicide = CaseworkStatus.objects.filter(case__in=list(first), category=HOMICIDE).count()
    return TurnedOut(premises, len(rows), len(again), now_homicide)
