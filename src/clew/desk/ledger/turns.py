"""Writers of a SQLite database take turns, so that a round never keeps people waiting for long.

SQLite lets one write at a time, and a writer that waits asks again only now and then, up to ten
times a second: a round that writes one short batch after another would win nearly every time. Here
each write transaction first waits at the head of a queue, and that place is held by one at a time.
A worker that has just ended a batch finds it taken. On PostgreSQL, `serialized.py` has a lock that
the server itself queues for.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

ASK_AGAIN_S = 0.005
"""Declared: pause between two looks whether it is one's turn; a page takes ten times as long."""
NEXT, NOW = ".next", ".now"
"""Endings of the two files beside the database: who writes next, and who writes now."""


class Turn:
    """One connection's place among the writers of a database; a process that dies gives it up."""

    def __init__(self, database: str, most_s: float) -> None:
        self._database, self._most_s = database, most_s
        self._files: dict[str, int] = {}
        self._mine = False

    def take(self) -> None:
        """Wait for this connection's turn to write; its own again changes nothing.

        Raises
        ------
        OperationalError
            If it does not come in the time that SQLite itself would wait.
        """
        if self._mine:
            return
        until = time.monotonic() + self._most_s
        self._wait(NEXT, until)
        try:
            self._wait(NOW, until)
        finally:
            self._let_go(NEXT)
        self._mine = True

    def give_up(self) -> None:
        """Let the next one write."""
        if self._mine:
            self._mine = False
            self._let_go(NOW)

    def close(self) -> None:
        """Give up the turn and the files, as before a fork."""
        self.give_up()
        while self._files:
            os.close(self._files.popitem()[1])

    def _wait(self, what: str, until: float) -> None:
        if what not in self._files:
            flags = os.O_WRONLY | os.O_CREAT
            self._files[what] = os.open(self._database + what, flags, 0o600)
        while True:
            try:
                fcntl.flock(self._files[what], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise OperationalError("database is locked") from None
                time.sleep(ASK_AGAIN_S)
            else:
                return

    def _let_go(self, what: str) -> None:
        fcntl.flock(self._files[what], fcntl.LOCK_UN)


def take_turns(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let each transaction of a new SQLite connection wait for its turn, and give it up after."""
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]
        return
    settings = connection.settings_dict
    turn = Turn(str(settings["NAME"]), float(settings["OPTIONS"].get("timeout", 5.0)))
    kind: Any = type(connection)  # its own methods, whatever an earlier connection put before them
    own: Any = connection

    def begin() -> None:
        turn.take()
        try:
            kind._start_transaction_under_autocommit(connection)
        except BaseException:
            turn.give_up()
            raise

    def commit() -> None:
        kind._commit(connection)
        turn.give_up()

    def roll_back() -> None:
        try:
            kind._rollback(connection)
        finally:
            turn.give_up()

    def close() -> None:
        try:
            kind._close(connection)
        finally:
            turn.close()

    own._start_transaction_under_autocommit = begin
    own._commit, own._rollback, own._close = commit, roll_back, close
