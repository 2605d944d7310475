"""One transaction of the desk at a time, from its first statement on.

SQLite is opened so (`BEGIN IMMEDIATE`). On PostgreSQL each transaction waits here for its turn
before it reads anything. So what an act decides by is what everybody committed before it, and what
it commits is there before the next act looks: a death cannot close while a concern about it
arrives. There is one lock, and everyone takes it first: no two transactions wait for each other.

Every transaction that writes locked the ledger's head until its end already, at its first row.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

TAKE_TURN = "SELECT pg_advisory_xact_lock(hashtext('clew transaction'))"
"""Held until the transaction ends, however it ends. A lock of its own rather than the head's row:
it is there while the ledger is empty, and who waits for it holds no table that a migration needs.
"""


def serialize_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Let each transaction of a connection to PostgreSQL begin by waiting for its turn."""
    if connection.vendor != "postgresql":
        return
    plain_set = type(connection).set_autocommit

    def set_autocommit(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        plain_set(connection, autocommit, *args, **kwargs)
        if autocommit:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute(TAKE_TURN)
        except BaseException:
            connection.close()  # Django has not marked it as in a transaction yet
            raise

    connection.set_autocommit = set_autocommit  # type: ignore[method-assign]
