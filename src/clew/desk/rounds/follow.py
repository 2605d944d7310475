"""What follows from a round that is published: owners, closed deaths, referrals. Each act whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from clew.desk.casework.lines import late_fact
from clew.desk.casework.scene_card import give_owners
from clew.desk.ledger.clock import desk_now
from clew.desk.records.models import Case
from clew.desk.review.queue import Batch
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.referrals import (
    Touched,
    links_of_referrals,
    reopen_referrals,
    say_matches,
    send_referrals,
)
from clew.model.alert import Trigger
from clew.replay.events import Event

AT_ONCE = 500
"""Declared: records asked for at once."""


def follow(lease: Lease, job: Round) -> Callable[[Round], dict[str, Any]]:
    """Do what follows from what the round found. Repeated after an interruption, it does the rest.

    The records that facts touched lie in the row of the step before, until all of this is done.
    """
    step = RoundStep.objects.get(round=job, name="link")
    touched = [(case_id, tuple(fields)) for case_id, fields in step.says.get("touched", ())]
    says = follow_round(job, touched, lease.batch)

    def commit(_locked: Round) -> dict[str, Any]:
        say_matches(links_of_referrals(job))
        if step.says.pop("touched", None) is not None:
            step.save(update_fields=["says"])
        return says

    return commit


def follow_round(job: Round, touched: Touched, batch: Batch) -> dict[str, int]:
    """Give owners, open closed deaths again, refer; in short transactions, all but the notices."""
    owned = give_owners(job.as_of, batch)
    now = job.as_of if job.replays else desk_now()
    opened, links = reopen_closed_deaths(touched, now), links_of_referrals(job)
    reopened = reopen_referrals(touched, links, now)
    return {
        "owned": owned, "opened_again": opened, "brought_up": reopened,
        "referred": send_referrals(links, now),
    }  # fmt: skip


def touched_in(events: Iterable[Event]) -> Touched:
    """Return the records that a round compared because of a fact, with what it changed."""
    return [
        (event.case_id, event.changed)
        for event in events
        if event.trigger is Trigger.NEW_FACT and event.compares_anew
    ]


def reopen_closed_deaths(touched: Touched, now: datetime) -> int:
    """Open closed deaths again where compared facts came late, once each; return how many."""
    late: dict[str, dict[str, None]] = {}
    for case_id, fields in touched:
        late.setdefault(case_id, {}).update(dict.fromkeys(fields))
    names, opened = sorted(late), 0
    for k in range(0, len(names), AT_ONCE):
        for case in Case.objects.filter(case_id__in=names[k : k + AT_ONCE]):
            opened += late_fact(case, tuple(late[case.case_id]), now)
    return opened
