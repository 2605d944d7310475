"""Where a pair stands and who may judge it now, in words."""

from __future__ import annotations

from django.http import HttpRequest

from clew.desk.accounts.rules import Permission, Person, rule
from clew.desk.review.models import Judgement, Pair
from clew.desk.review.pair_state import SENIOR_READER
from clew.desk.review.reasons import reasons_for
from clew.desk.web.guard import person_of
from clew.disclosure.words import sentence


def needed(pair: Pair) -> Permission:
    """Return the act that judging this pair needs: from the second time on, a senior reader's."""
    return Permission.READ_SECOND if pair.level >= SENIOR_READER else Permission.JUDGE


def may_judge(request: HttpRequest, pair: Pair) -> bool:
    """Tell whether whoever asks may judge the pair as it stands."""
    person = person_of(request)
    return any(
        rule(person, needed(pair), case.about()).allowed for case in (pair.first, pair.second)
    )


def waiting_for_second(request: HttpRequest, pair: Pair) -> Judgement | None:
    """Return the judgement that waits for whoever asks to read it second, if there is one."""
    if pair.state != Pair.SECOND:
        return None
    found = Judgement.objects.filter(pair=pair, verdict="not_linked", second=None).last()
    if found is None or found.account_id == request.user.pk:
        return None
    person = person_of(request)
    cases = (pair.first, pair.second)
    able = any(rule(person, Permission.READ_SECOND, case.about()).allowed for case in cases)
    return found if able else None


def says_standing(pair: Pair, person: Person) -> str:
    """Return where the pair stands, as a sentence or two for one reader."""
    says = reasons_for(person, [pair])[pair.pk]
    because = f" {sentence(says)}" if says else ""
    if pair.state == Pair.OPEN and pair.level >= SENIOR_READER:
        return f"Reopened: a more senior reader must judge it.{because}"
    words = {
        Pair.OPEN: "Open: not judged yet.",
        Pair.SECOND: "Judged not linked. It is waiting for a second reader, and stays in the queue"
        " until that person agrees.",
        Pair.NOT_TAKEN: f"Not taken forward.{because} It comes back when a new fact affects either"
        " record, or a new death matches one of them.",
        Pair.LINKED: "Judged linked. This affects only the adopted series.",
    }
    return words[pair.state]
