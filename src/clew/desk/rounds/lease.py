"""Who works on a round: one holder at a time, who renews the hold for as long as it lives.

A holder that dies stops renewing, and another takes the round over; where it was a process of this
very machine that is gone, at once. Whoever lost its hold can commit nothing more.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from clew.desk.review.runs import Round

HELD_S = 60
"""Declared: a hold that nobody renewed for so long may be taken over; half a minute is a pause."""
RENEWED_S = 10
"""Declared: time between renewals; five may fail before the hold is lost."""
SAID_S = 0.5
"""Declared: progress is written no oftener."""


class LeaseLost(Exception):
    """Another worker holds the round: what this one was about to commit is not wanted."""


def my_name() -> str:
    """Return the name of this process: machine, number, and when it began, for numbers recur."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{_began(os.getpid())}"


def _began(number: int) -> str:
    try:
        with open(f"/proc/{number}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return ""


def is_gone(name: str) -> bool:
    """Tell whether a holder was a process of this machine that runs no more."""
    machine, _, rest = name.partition(":")
    number, _, began = rest.partition(":")
    if machine != socket.gethostname()[:60] or not number.isdigit():
        return False
    return not began or _began(int(number)) != began


def take_next() -> Round | None:
    """Take the oldest round that waits, or whose holder is gone; None where there is none."""
    now = timezone.now()
    with transaction.atomic():
        found = Round.objects.select_for_update().filter(
            Q(state=Round.WAITING) | Q(state=Round.RUNNING)
        )
        for one in found.order_by("id"):
            held = one.state == Round.RUNNING and one.held_until and one.held_until > now
            if held and not is_gone(one.held_by):
                return None  # rounds go one after another
            one.state, one.held_by = Round.RUNNING, my_name()
            one.held_until = now + timedelta(seconds=HELD_S)
            one.save(update_fields=["state", "held_by", "held_until"])
            return one
    return None


class Lease:
    """A round that this process works on; says how far it is."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._said = 0.0

    def say(self, words: str, done: float) -> None:
        """Write progress, now and then; `done` in [0, 1].

        Raises
        ------
        HoldLost
            If another worker has taken the round over.
        """
        if time.monotonic() - self._said < SAID_S:
            return
        self._said = time.monotonic()
        if not self._renew(progress=words[:300], done=done):
            raise LeaseLost

    def renew(self) -> bool:
        """Renew the hold; False where it is lost."""
        return self._renew()

    def _renew(self, **more: object) -> bool:
        until = timezone.now() + timedelta(seconds=HELD_S)
        mine = Round.objects.filter(pk=self.number, state=Round.RUNNING, held_by=my_name())
        return bool(mine.update(held_until=until, **more))

    def lock(self) -> Round:
        """Lock the round within a transaction, so that only its holder commits.

        Raises
        ------
        HoldLost
            If another worker has taken the round over.
        """
        one = Round.objects.select_for_update().get(pk=self.number)
        if one.state != Round.RUNNING or one.held_by != my_name():
            raise LeaseLost
        return one


@contextmanager
def renewed(hold: Lease) -> Iterator[None]:
    """Renew a hold from a thread of its own, however long a comparison takes."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWED_S):
            with suppress(DatabaseError):  # a busy database costs one renewal, not the round
                hold.renew()
            connection.close()

    thread = threading.Thread(target=renew, name="renews the hold", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
