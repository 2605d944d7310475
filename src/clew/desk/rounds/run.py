"""Running a round, step by step; a step that is done is not done again.

Each step commits what it did together with its row in `Step`. What a round found - links, alerts,
pairs, series - is one transaction, so that nobody ever sees half of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.checkpoint import checkpoint
from clew.desk.rounds.found import find
from clew.desk.rounds.hold import Hold, HoldLost, renewed, take_next
from clew.desk.rounds.inbox import take_inbox
from clew.desk.rounds.models import Round, Step
from clew.desk.rounds.sync import forget_if_asked, sync
from clew.desk.rounds.workload import count_workload
from clew.errors import ClewError

TRIES = 3
"""Settled: a round that fails is tried three times."""
Commit = Callable[[Round], dict[str, Any]]
"""What a step commits, within the transaction of its own row; returns what the step says."""
STEPS: tuple[tuple[str, str, Callable[[Hold, Round], Commit]], ...] = (
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
    hold = Hold(taken.pk)
    try:
        with renewed(hold):
            _run(hold, taken)
    except HoldLost:
        LOG.warning("round %s goes on with another worker", taken.pk)
    except Exception as fault:  # whatever it is, the next round must not wait for it
        _failed(hold, fault)
    return True


def _run(hold: Hold, one: Round) -> None:
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
            Step.objects.create(round=held, name=name, says=commit(held))
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


def _failed(hold: Hold, fault: Exception) -> None:
    """Say what went wrong, and let the round wait for another try, or end."""
    known = isinstance(fault, ClewError)
    said = fault.line() if isinstance(fault, ClewError) else f"{type(fault).__name__}: {fault}"
    if not known:
        LOG.exception("a round failed", exc_info=fault)
        said = f"A fault of Clew's own. {said}"
    with transaction.atomic():
        try:
            one = hold.lock()
        except HoldLost:
            return
        one.tries += 1
        one.failed_because = said
        one.state = Round.FAILED if one.tries >= TRIES else Round.WAITING
        again = f"It is tried again ({one.tries + 1} of {TRIES})"
        one.progress = "Failed" if one.state == Round.FAILED else again
        one.held_by, one.held_until = "", None
        one.save()
