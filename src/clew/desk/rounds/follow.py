"""What follows from a round that is published: owners, closed deaths, referrals. Each act whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from clew.desk.casework.reopening import (
    LateFacts,
    late_facts_of,
    open_for_facts,
    open_for_links,
)
from clew.desk.casework.scene_card import give_owners
from clew.desk.ledger.clock import desk_now
from clew.desk.records.models import Case
from clew.desk.review.models import Link
from clew.desk.review.queue import Batch
from clew.desk.review.runs import Round, RoundStep
from clew.desk.rounds.lease import Lease
from clew.desk.rounds.referrals import (
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
    touched = [
        LateFacts(case_id, at, tuple(compared), against)
        for case_id, at, compared, against in step.says.get("touched", ())
    ]
    says = follow_round(job, touched, lease.batch)

    def commit(_locked: Round) -> dict[str, Any]:
        say_matches(links_of_referrals(job))
        if step.says.pop("touched", None) is not None:
            step.save(update_fields=["says"])
        return says

    return commit


def follow_round(job: Round, touched: Sequence[LateFacts], batch: Batch) -> dict[str, int]:
    """Give owners, open closed deaths again, refer; in short transactions, all but the notices."""
    owned = give_owners(job.as_of, batch)
    now = job.as_of if job.replays else desk_now()
    links = links_of_referrals(job)
    opened = reopen_closed_deaths(touched, links, now)
    anew = [(facts.case_id, facts.compared) for facts in touched if facts.compared]
    reopened = reopen_referrals(anew, links, now)
    return {
        "owned": owned, "opened_again": opened, "brought_up": reopened,
        "referred": send_referrals(links, now),
    }  # fmt: skip


def touched_in(events: Iterable[Event]) -> list[LateFacts]:
    """Return what facts changed that a round took up."""
    return [late_facts_of(event) for event in events if event.trigger is Trigger.NEW_FACT]


def reopen_closed_deaths(touched: Iterable[LateFacts], links: Iterable[Link], now: datetime) -> int:
    """Open closed deaths again where facts came late or an alert came up; return how many.

    Each in a transaction of its own.
    """
    late: dict[str, list[LateFacts]] = {}
    for facts in touched:
        late.setdefault(facts.case_id, []).append(facts)
    names, opened = sorted(late), 0
    for k in range(0, len(names), AT_ONCE):
        for case in Case.objects.filter(case_id__in=names[k : k + AT_ONCE]):
            with transaction.atomic():
                opened += open_for_facts(case, late[case.case_id], now)
    for link in links:
        with transaction.atomic():
            opened += open_for_links([link], now)
    return opened
