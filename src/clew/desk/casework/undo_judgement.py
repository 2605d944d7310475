"""Taking back one's own last judgement within a minute: a slip, before it has led to anything."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Person
from clew.desk.casework.models.referrals import WarnDecision
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.review.models import Judgement, Pair, SecondReading
from clew.desk.review.pair_state import judged
from clew.desk.review.shown import subject_of
from clew.errors import ActRefused

UNDO_FOR = timedelta(minutes=1)
"""Declared (issue 24): how long a judgement can be undone by its writer."""
TOO_LATE = "it can no longer be undone. Record a new judgement instead"


def undoable(account: Account, now: datetime) -> Judgement | None:
    """Return the person's last judgement, if it can still be undone."""
    mine = Judgement.objects.filter(account=account).select_related("pair__first", "pair__second")
    last = mine.order_by("-pk").first()
    recent = last is not None and now - UNDO_FOR < last.recorded_at <= now
    return last if recent else None


@transaction.atomic
def undo(number: int, account: Account, person: Person, now: datetime) -> Judgement:
    """Undo a judgement: it counts nowhere from then on, and stays in the pair's history.

    A decision whom to warn that it led to ends with it, unless somebody has taken it. A closed
    death that it opened again stays open.

    Raises
    ------
    ActRefused
        If it is not the person's last one, a minute has passed, or the pair has moved since.
    """
    last = undoable(account, now)
    if last is None or last.pk != number:
        raise ActRefused(TOO_LATE)
    pair = Pair.objects.select_for_update().get(pk=last.pair_id)
    was_read = SecondReading.objects.filter(judgement=last).exists()
    expected = judged(pair.standing(), last.verdict).state
    if was_read or pair.state != expected or pair.link_id != last.link_id:
        raise ActRefused(TOO_LATE)
    last.undone_at = now
    last.save(update_fields=["undone_at"])
    pair.state = last.state_before or Pair.OPEN
    pair.save(update_fields=["state"])
    WarnDecision.objects.filter(pair=pair, since=last.recorded_at, taken=None).delete()
    write(
        Act.DECISION, subject_of(last.pair), person.name, person.purpose, what="judgement undone",
        judgement=last.pk, verdict=last.verdict, state=pair.state,
    )  # fmt: skip
    return last
