"""Running a round, step by step; a step that is done is not done again.

Each step commits what it did together with its row in `RoundStep`. What a round found (links,
alerts, pairs, series) is written where nobody sees it and published by one short transaction, so
that nobody ever sees half of it and nobody waits for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import checkpoint, instant_text, write
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.compare import compare_round
from clew.desk.rounds.follow import follow
from clew.desk.rounds.inbox import take_inbox
from clew.desk.rounds.lease import HELD_S, Lease, LeaseLost, is_gone, my_name, renewed
from clew.desk.rounds.sync import forget_if_asked, sync
from clew.desk.rounds.workload import count_workload
from clew.desk.settings import CONFIGURATION
from clew.errors import ClewError, UsageRejected

TRIES = 3
"""Settled: a round that fails is tried three times."""
MOST_TAKES = 10
"""Declared: takes of one step that ended with the worker's death, after which the round has failed:
a machine is restarted less often in a day than that."""
Commit = Callable[[Round], dict[str, Any]]
"""What a step commits, within the transaction of its row; returns what the step says."""
STEPS: tuple[tuple[str, str, Callable[[Lease, Round], Commit]], ...] = (
    ("intake", "Taking in the files of the watched folder", take_inbox),
    ("store", "Updating the prepared store", sync),
    ("workload", "Counting open deaths", count_workload),
    ("link", "Comparing", compare_round),
    ("follow", "Assigning owners and referring alerts", follow),
)
"""Name, words, and the work; in order."""
LOG = logging.getLogger(__name__)
BY_THE_CLOCK = "the clock"


def run_next() -> bool:
    """Run the next round that waits or whose worker is gone; tell whether there was one."""
    now = timezone.now()
    with transaction.atomic():
        open_rounds = Round.objects.select_for_update().filter(
            state__in=[Round.WAITING, Round.RUNNING]
        )
        taken = next(iter(open_rounds.order_by("id")), None)
        if taken is None:
            return False
        held = taken.state == Round.RUNNING and taken.held_until and taken.held_until > now
        if held and not is_gone(taken.held_by):
            return False  # rounds run one after another
        if taken.tries >= MOST_TAKES:
            taken.state, taken.progress, taken.held_by = Round.FAILED, "Failed", ""
            taken.failed_because = taken.failed_because or (
                f"{MOST_TAKES} times the process that ran this step ended before it was done"
            )
            taken.save()
            return True
        # A try counts when it is taken: a worker that is killed records nothing afterwards.
        taken.state, taken.held_by, taken.tries = Round.RUNNING, my_name(), taken.tries + 1
        taken.held_until = now + timedelta(seconds=HELD_S)
        taken.save(update_fields=["state", "held_by", "held_until", "tries"])
    lease = Lease(taken.pk)
    try:
        with renewed(lease):
            _run(lease, taken)
    except LeaseLost:
        LOG.warning("round %s goes on with another worker", taken.pk)
    except Exception as fault:  # whatever it is, the next round must not wait for it
        _record_failure(lease, fault)
    return True


def _run(lease: Lease, job: Round) -> None:
    done = set(job.steps.values_list("name", flat=True))
    if not done:
        forget_if_asked()
    for k, (name, words, work) in enumerate(STEPS):
        if name in done:
            continue
        lease.say(words, k / len(STEPS))
        commit = work(lease, job)
        with transaction.atomic():
            locked = lease.lock()
            RoundStep.objects.create(round=locked, name=name, says=commit(locked))
            locked.tries = 1  # what was done is done: tries count for the step that is next
            locked.save(update_fields=["tries"])
    with transaction.atomic():
        locked = lease.lock()
        locked.state, locked.progress, locked.done = Round.DONE, "Done", 1.0
        locked.finished_at, locked.held_by, locked.held_until = timezone.now(), "", None
        locked.save()
    forget_if_asked()
    try:
        checkpoint("round", stamped=True)
    except ClewError as fault:  # the round stays done
        LOG.error("no checkpoint was signed after the round: %s", fault.line())


def _record_failure(lease: Lease, fault: Exception) -> None:
    """Record what went wrong, and let the round wait for another attempt, or end."""
    if isinstance(fault, ClewError):
        reason = fault.line()
    else:
        LOG.exception("a round failed", exc_info=fault)
        reason = f"A fault of Clew's own. {type(fault).__name__}: {fault}"
    with transaction.atomic():
        try:
            locked = lease.lock()
        except LeaseLost:
            return
        locked.failed_because = reason
        if locked.tries >= TRIES:
            locked.state, locked.progress = Round.FAILED, "Failed"
        else:
            locked.state = Round.WAITING
            locked.progress = f"It is tried again ({locked.tries + 1} of {TRIES})"
        locked.held_by, locked.held_until = "", None
        locked.save()


def ask_for_round(
    by: str, as_of: datetime | None = None, purpose: str = "", *, replays: bool = False
) -> Round:
    """Ask for a round; one that already waits or runs for the same moment is returned.

    Raises
    ------
    UsageRejected
        If a later round exists: what it compared is not compared again as of an earlier time.
    """
    now = desk_now()
    wanted = now if as_of is None else as_of
    if wanted > now:
        raise UsageRejected("--as-of must not be in the future", "Give an earlier --as-of")
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
        job = Round.objects.create(asked_by=by, as_of=wanted, replays=replays)
        write(Act.DECISION, f"round:{job.pk}", by, purpose, what="round asked for",
              as_of=instant_text(wanted))  # fmt: skip
    return job


def _hour_of(day: date, hour: int, minute: int) -> datetime:
    """Return the one instant at which a local time of a day is meant.

    Of a time that comes twice in October the first; one that March leaves out is an hour later.
    """
    local = timezone.make_aware(datetime.combine(day, time(hour, minute)))
    return local.replace(fold=0).astimezone(UTC)


def ask_by_the_clock(now: datetime | None = None) -> Round | None:
    """Ask for today's round if its hour has come and nobody has asked since."""
    if not CONFIGURATION.round_at:
        return None
    at = now or desk_now()
    hour, minute = map(int, CONFIGURATION.round_at.split(":"))
    day = timezone.localdate(at)
    due = _hour_of(day, hour, minute)
    if at < due:
        due = _hour_of(day - timedelta(days=1), hour, minute)
    if Round.objects.filter(as_of__gte=due).exists():
        return None
    try:
        return ask_for_round(BY_THE_CLOCK)
    except UsageRejected:
        return None
