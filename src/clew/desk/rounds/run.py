"""Running a round, step by step; a step that is done is not done again.

Each step commits what it did together with its row in `RoundStep`. What a round found - links,
alerts, pairs, series - is one transaction, so that nobody ever sees half of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.models import Act
from clew.desk.ledger.write import checkpoint, instant_text, write
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.compare import find
from clew.desk.rounds.inbox import take_inbox
from clew.desk.rounds.lease import Lease, LeaseLost, renewed, take_next
from clew.desk.rounds.sync import forget_if_asked, sync
from clew.desk.rounds.workload import count_workload
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError, UsageRejected

TRIES = 3
"""Settled: a round that fails is tried three times."""
Commit = Callable[[Round], dict[str, Any]]
"""What a step commits, within the transaction of its own row; returns what the step says."""
STEPS: tuple[tuple[str, str, Callable[[Lease, Round], Commit]], ...] = (
    ("intake", "Taking in the files of the watched folder", take_inbox),
    ("store", "Bringing the prepared store up to date", sync),
    ("workload", "Counting open deaths", count_workload),
    ("link", "Comparing", find),
)
"""Name, words, and the work; in order."""
LOG = logging.getLogger(__name__)


def run_next() -> bool:
    """Run the next round that waits or that its worker left; tell whether there was one."""
    taken = take_next()
    if taken is None:
        return False
    hold = Lease(taken.pk)
    try:
        with renewed(hold):
            _run(hold, taken)
    except LeaseLost:
        LOG.warning("round %s goes on with another worker", taken.pk)
    except Exception as fault:  # whatever it is, the next round must not wait for it
        _failed(hold, fault)
    return True


def _run(hold: Lease, one: Round) -> None:
    done = set(one.steps.values_list("name", flat=True))
    if not done:
        forget_if_asked()
    for k, (name, words, work) in enumerate(STEPS):
        if name in done:
            continue
        hold.say(words, k / len(STEPS))
        commit = work(hold, one)
        with transaction.atomic():
            held = hold.lock()
            RoundStep.objects.create(round=held, name=name, says=commit(held))
    with transaction.atomic():
        held = hold.lock()
        held.state, held.progress, held.done = Round.DONE, "Done", 1.0
        held.finished_at, held.held_by, held.held_until = timezone.now(), "", None
        held.save()
    forget_if_asked()
    _sign()


def _sign() -> None:
    """Sign what the ledger is now; a round that is done stays done where that fails."""
    try:
        checkpoint("round", stamped=True)
    except ClewError as fault:
        LOG.error("no checkpoint was signed after the round: %s", fault.line())


def _failed(hold: Lease, fault: Exception) -> None:
    """Say what went wrong, and let the round wait for another try, or end."""
    known = isinstance(fault, ClewError)
    said = fault.line() if isinstance(fault, ClewError) else f"{type(fault).__name__}: {fault}"
    if not known:
        LOG.exception("a round failed", exc_info=fault)
        said = f"A fault of Clew's own. {said}"
    with transaction.atomic():
        try:
            one = hold.lock()
        except LeaseLost:
            return
        one.tries += 1
        one.failed_because = said
        one.state = Round.FAILED if one.tries >= TRIES else Round.WAITING
        again = f"It is tried again ({one.tries + 1} of {TRIES})"
        one.progress = "Failed" if one.state == Round.FAILED else again
        one.held_by, one.held_until = "", None
        one.save()


# Asking for a round: by a button, by the command line, or each day at the hour that is set.


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
