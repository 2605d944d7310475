"""A lease on a round: one worker at a time, which renews the lease while it runs.

A worker that dies stops renewing, and another takes the round over; at once, if it was a process
of this machine that is gone. A worker that lost its lease can commit nothing more.
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
from django.utils import timezone

from clew.desk.review.runs import Round

HELD_S = 60
"""Declared: a lease not renewed for so long may be taken over; half a minute is a pause."""
RENEWED_S = 10
"""Declared: time between renewals; five may fail before the lease is lost."""
SAID_S = 0.5
"""Declared: the shortest time between two progress messages."""


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
    """Tell whether a worker was a process of this machine that no longer runs."""
    machine, _, rest = name.partition(":")
    number, _, began = rest.partition(":")
    if machine != socket.gethostname()[:60] or not number.isdigit():
        return False
    return not began or _began(int(number)) != began


class Lease:
    """A round that this process works on; reports its progress."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._said = 0.0

    def say(self, words: str, done: float) -> None:
        """Write progress, now and then; `done` in [0, 1].

        Raises
        ------
        LeaseLost
            If another worker has taken the round over.
        """
        if time.monotonic() - self._said < SAID_S:
            return
        self._said = time.monotonic()
        if not self.renew(progress=words[:300], done=done):
            raise LeaseLost

    def renew(self, **progress: object) -> bool:
        """Renew the lease; False where it is lost."""
        until = timezone.now() + timedelta(seconds=HELD_S)
        mine = Round.objects.filter(pk=self.number, state=Round.RUNNING, held_by=my_name())
        return bool(mine.update(held_until=until, **progress))

    def lock(self) -> Round:
        """Lock the round within a transaction, so that only its worker commits.

        Raises
        ------
        LeaseLost
            If another worker has taken the round over.
        """
        row = Round.objects.select_for_update().get(pk=self.number)
        if row.state != Round.RUNNING or row.held_by != my_name():
            raise LeaseLost
        return row

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Open a transaction for one batch of what the round writes.

        Raises
        ------
        LeaseLost
            If another worker has taken the round over.
        """
        with transaction.atomic():
            self.lock()
            yield


@contextmanager
def renewed(lease: Lease) -> Iterator[None]:
    """Renew a lease from a thread of its own, however long a comparison takes."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(RENEWED_S):
            with suppress(DatabaseError):  # a busy database costs one renewal, not the round
                lease.renew()
            connection.close()

    thread = threading.Thread(target=renew, name="renews the lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
