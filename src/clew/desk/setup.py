"""Django's own start: settings named, apps loaded, the database as this version wants it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from clew.errors import UsageRejected

LOCK = "in-use.lock"
"""A file in the desk's home that each of its processes holds a shared lock on while it runs."""
HELD: dict[Path, int] = {}
"""The lock's file as this process has it open, by home: closing it would let go."""


def set_up() -> None:
    """Load Django, and say that the home is in use; call before any model is imported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clew.desk.settings")
    django.setup()
    hold_home()


def hold_home() -> None:
    """Hold a shared lock on the home until this process ends.

    Raises
    ------
    UsageRejected
        If a restore is at work.
    """
    if not _locked(fcntl.LOCK_SH):
        raise UsageRejected("a restore is at work", "Wait until it has ended")


@contextmanager
def home_alone() -> Iterator[None]:
    """Hold the home alone: neither a server, a worker nor a command may run meanwhile.

    Raises
    ------
    UsageRejected
        If one does.
    """
    held = bool(HELD)
    if not _locked(fcntl.LOCK_EX):
        _locked(fcntl.LOCK_SH if held else fcntl.LOCK_UN)
        raise UsageRejected(
            "the desk is being served, or another command is running",
            "Stop the desk first, then restore",
        )
    try:
        yield
    finally:
        _locked(fcntl.LOCK_SH if held else fcntl.LOCK_UN)


def _locked(how: int) -> bool:
    from clew.desk.settings import CONFIGURATION  # noqa: PLC0415 (reads the environment)

    home = CONFIGURATION.home
    if home not in HELD:
        HELD[home] = os.open(home / LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(HELD[home], how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def migrate() -> None:
    """Bring the database to this version's tables and triggers, or check that it has them.

    Only where a migration waits is anything changed: all of it in one transaction that nobody else
    writes beside.

    Raises
    ------
    ContentAltered
        If the triggers are not those of this version.
    UsageRejected
        If a newer version of Clew changed the database.
    """
    from clew.desk.ledger.migrating import alone, is_behind  # noqa: PLC0415 (after set-up)

    _refuse_newer()
    if is_behind():
        with alone():
            call_command("migrate", interactive=False, verbosity=0)
    check()


def _refuse_newer() -> None:
    from clew.desk.ledger.migrating import refuse_newer  # noqa: PLC0415 (after set-up)

    refuse_newer()


def check() -> None:
    """Check that the database's tables and triggers are this version's; nothing is changed.

    Raises
    ------
    ContentAltered
        If the triggers are not.
    UsageRejected
        If a newer version of Clew changed the database.
    """
    from django.db import connection  # noqa: PLC0415

    _refuse_newer()

    from clew.desk.ledger.triggers import check_triggers  # noqa: PLC0415

    check_triggers(connection)
    connection.close()  # a server may fork next
