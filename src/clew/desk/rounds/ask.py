"""Asking for a round: by a button, by the command line, or each day at the hour that is set."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import instant_text, write
from clew.desk.rounds.models import Round
from clew.desk.settings import CONFIGURATION
from clew.errors import UsageRejected

BY_THE_CLOCK = "the clock"


def ask_for_round(
    by: str, as_of: datetime | None = None, purpose: str = "", *, replays: bool = False
) -> Round:
    """Ask for a round; one that already waits or runs for the same moment is returned.

    Raises
    ------
    UsageRejected
        If a round has gone further already: what it compared is not compared again as of before.
    """
    now = timezone.now()
    wanted = now if as_of is None else as_of
    if wanted > now:
        raise UsageRejected("a round cannot be as of a time to come", "Give an earlier --as-of")
    with transaction.atomic():
        waiting = Round.objects.filter(state__in=[Round.WAITING, Round.RUNNING]).order_by("id")
        same = waiting.first() if as_of is None else waiting.filter(as_of=as_of).first()
        if same is not None:
            return same
        last = Round.objects.exclude(state=Round.FAILED).order_by("-as_of").first()
        if last is not None and wanted <= last.as_of:
            raise UsageRejected(
                f"a round as of {last.as_of:%Y-%m-%d %H:%M} was asked for already",
                "Give a later --as-of",
            )
        one = Round.objects.create(asked_by=by, as_of=wanted, replays=replays)
        write(Act.DECISION, f"round:{one.pk}", by, purpose, what="round asked for",
              as_of=instant_text(wanted))  # fmt: skip
    return one


def ask_by_the_clock(now: datetime | None = None) -> Round | None:
    """Ask for today's round if its hour has come and nobody has asked since."""
    if not CONFIGURATION.round_at:
        return None
    local = timezone.localtime(now)
    hour, _, minute = CONFIGURATION.round_at.partition(":")
    due = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if local < due:
        due -= timedelta(days=1)
    if Round.objects.filter(as_of__gte=due).exists():
        return None
    try:
        return ask_for_round(BY_THE_CLOCK)
    except UsageRejected:
        return None
