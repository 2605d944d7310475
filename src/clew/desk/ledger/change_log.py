"""Triggers that note what each row was before a change, in every table of the desk.

From these notes a restore goes back to any moment that they cover. Sessions and the ledger itself
are left out: the ledger is its own history.
"""

from __future__ import annotations

import time
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Func

LEFT_OUT = {
    "django_session", "django_migrations", "django_content_type", "ledger_entry", "ledger_head",
    "ledger_rowchange", "ledger_checkpoint",
}  # fmt: skip
PREFIX = "clew_note_"
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


def note_after_migrating(using: str, **_: Any) -> None:
    """Put the triggers in place, anew: a migration may have made tables and columns."""
    connection = connections[using]
    if "ledger_rowchange" in connection.introspection.table_names():
        stop_noting(connection)
        start_noting(connection)


def noted_tables(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, list[str]]]:
    """Return the tables that are noted: key and columns of each."""
    standing = set(connection.introspection.table_names())
    found = {}
    for model in apps.get_models(include_auto_created=True):
        meta = model._meta
        if meta.managed and meta.db_table in standing - LEFT_OUT:
            columns = [str(field.column) for field in meta.local_concrete_fields]
            found[meta.db_table] = (str(meta.pk.column), columns)
    return found


def start_noting(connection: BaseDatabaseWrapper) -> None:
    """Put the triggers in place."""
    tables = noted_tables(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in _FUNCTIONS:
                cursor.execute(statement)
            for table, (key, _) in tables.items():
                cursor.execute(
                    f'CREATE TRIGGER "{PREFIX}{table}" AFTER UPDATE OR DELETE ON "{table}"'
                    f" FOR EACH ROW EXECUTE FUNCTION clew_note('{key}')"
                )
                cursor.execute(
                    f'CREATE TRIGGER "{PREFIX}{table}_made" AFTER INSERT ON "{table}" REFERENCING'
                    " NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION"
                    f" clew_note_made('{key}')"
                )
            return
        now = "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
        for table, (key, columns) in tables.items():
            # As SQL literals: `quote` gives every float back exactly, which json_object would not.
            parts = ", ".join(f"'{column}', quote(OLD.\"{column}\")" for column in columns)
            was = f"json_object({parts})"
            for what, row, old in (
                ("INSERT", "NEW", "''"), ("UPDATE", "OLD", was), ("DELETE", "OLD", was),
            ):  # fmt: skip
                cursor.execute(
                    f'CREATE TRIGGER "{PREFIX}{table}_{what.lower()}" AFTER {what} ON "{table}"'
                    f" BEGIN {_NOTED} VALUES (clew_tx(), {now}, '{table}', '{what[0]}',"
                    f' {row}."{key}", {old}); END'
                )


def stop_noting(connection: BaseDatabaseWrapper) -> None:
    """Take the triggers away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON tgrelid = pg_class.oid"
                " WHERE starts_with(tgname, %s)", [PREFIX],
            )  # fmt: skip
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')
            return
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB %s", [f"{PREFIX}*"]
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')


_NOTED = "INSERT INTO ledger_rowchange (tx, at, of, did, key, was)"
_NOW = """to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_FUNCTIONS = (
    "CREATE OR REPLACE FUNCTION clew_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" {_NOTED} VALUES (txid_current(), {_NOW}, TG_TABLE_NAME, left(TG_OP, 1),"
    " to_jsonb(OLD) ->> TG_ARGV[0], to_jsonb(OLD)::text); RETURN NULL; END $$",
    "CREATE OR REPLACE FUNCTION clew_note_made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" {_NOTED} SELECT txid_current(), {_NOW}, TG_TABLE_NAME, 'I',"
    " to_jsonb(made) ->> TG_ARGV[0], '' FROM made; RETURN NULL; END $$",
)
