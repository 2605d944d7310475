"""A desk with a row in every table; and for restores a database without other connections."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import TransactionTestCase
from every_table import Desk

MADE: weakref.WeakSet[BaseDatabaseWrapper] = weakref.WeakSet()
"""Every connection of this process. Django keeps one for each thread, and in the main thread one
more once a browser's event loop runs in it; the first then stays open, unseen."""


def _keep(connection: BaseDatabaseWrapper, **_: Any) -> None:
    MADE.add(connection)


connection_created.connect(_keep)


@pytest.fixture(autouse=True)
def _no_other_connection() -> None:
    mine = connections["default"]
    for made in list(MADE):
        if made is not mine and made.connection is not None and not made.in_atomic_block:
            made.inc_thread_sharing()
            made.close()
            made.dec_thread_sharing()


@pytest.fixture(scope="module")
def filled_desk(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Fill every table once for the tests of a file; afterwards they are empty."""
    with django_db_blocker.unblock():
        yield Desk(tmp_path_factory.mktemp("desk"))
        TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]
