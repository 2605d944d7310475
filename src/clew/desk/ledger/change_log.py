"""By what transactions are numbered in the notes that triggers take of every change."""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func

THIS_TRANSACTION = {
    "postgresql": Func(function="txid_current", output_field=BigIntegerField()),
    "sqlite": Func(function="clew_tx", output_field=BigIntegerField()),
}
"""What numbers the transaction that is open, in SQL."""


def number_transactions(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Give SQLite a function that numbers transactions; it has none of its own.

    The number lasts until the commit. After a rollback it is used again: what had it is gone.
    """
    if connection.vendor != "sqlite":
        return
    open_now: list[int] = []

    def number() -> int:
        if not open_now:
            open_now.append(time.time_ns())
            if connection.in_atomic_block:
                # Beside Django's own list of hooks, whose entries go with a rolled back savepoint.
                connection.run_on_commit.append((set(), open_now.clear, False))  # type: ignore[arg-type]
            else:
                return open_now.pop()
        return open_now[0]

    connection.connection.create_function("clew_tx", 0, number)
