"""Setting and checking the triggers of the open database; what they are is in `trigger_sql.py`.

Somebody who owns the database can take them away; that is found at the next start and by
`clew ledger verify --all`. They change only with a migration, in its own transaction.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.trigger_sql import (
    FIND_FUNCTIONS,
    FIND_POSTGRES,
    FIND_SQLITE,
    GUARD_FUNCTIONS,
    GUARDED,
    KEPT,
    LEDGER,
    PREFIX,
    Found,
    as_found,
    guard_triggers,
    trigger_faults,
    wanted_triggers,
)
from clew.errors import ContentAltered

__all__ = ["KEPT", "LEDGER"]
REMEDY = (
    "find out why; see what else differs with clew ledger verify --all; then restore a backup, or"
    " accept it with clew ledger accept"
)


def standing_triggers(connection: BaseDatabaseWrapper) -> Found:
    """Return the triggers and functions that the open database has."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(FIND_SQLITE)
            return as_found(cursor.fetchall(), [])
        cursor.execute(FIND_POSTGRES)
        triggers = cursor.fetchall()
        cursor.execute(FIND_FUNCTIONS)
        return as_found(triggers, cursor.fetchall())


def set_triggers(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers those of this version; call it within the migration's own transaction.

    A trigger under a name that is none of the desk's stays, and fails the check at the next start.
    """
    wanted = wanted_triggers(connection.vendor, own_coverage())
    found = standing_triggers(connection)
    own = {
        name: trigger for name, trigger in found.triggers.items()
        if name in wanted.triggers or name.startswith(PREFIX)
    }  # fmt: skip
    drop_triggers(connection, Found(own, {}))
    create_triggers(connection, wanted)


def check_triggers(connection: BaseDatabaseWrapper) -> None:
    """Check at a start that the triggers are those of this version.

    Raises
    ------
    ContentAltered
        With every trigger that is missing, altered or foreign.
    """
    wanted = wanted_triggers(connection.vendor, own_coverage())
    faults = list(trigger_faults(wanted, standing_triggers(connection)))
    if faults:
        raise ContentAltered([*faults, REMEDY])


def create_triggers(connection: BaseDatabaseWrapper, wanted: Found) -> None:
    """Create triggers, and the functions that they call."""
    with connection.cursor() as cursor:
        for name, body in wanted.functions.items():
            cursor.execute(
                f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $${body}$$"
            )
        for trigger in wanted.triggers.values():
            cursor.execute(trigger.sql)


def drop_triggers(connection: BaseDatabaseWrapper, found: Found) -> None:
    """Drop triggers: those of an earlier version, and all of a copy that goes back in time."""
    with connection.cursor() as cursor:
        for name, trigger in found.triggers.items():
            on = f' ON "{trigger.table}"' if connection.vendor == "postgresql" else ""
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')


def raise_guards(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ()) -> None:
    """Put the guards in place; without `tables`, those of every guarded table that stands."""
    guards = guard_triggers(connection.vendor, tables or _standing(connection))
    functions = GUARD_FUNCTIONS if connection.vendor == "postgresql" else {}
    create_triggers(connection, Found(guards, functions))


def drop_guards(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ()) -> None:
    """Take the guards away: for tests, and for a migration that changes a guarded table."""
    guards = guard_triggers(connection.vendor, tables or _standing(connection))
    drop_triggers(connection, Found(guards, {}))


def _standing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return the guarded tables that have been made."""
    made = set(connection.introspection.table_names())
    return tuple(table for table in GUARDED if table in made)
