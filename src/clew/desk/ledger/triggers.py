"""Guards in the database itself: rows of the ledger, and of KEPT, are added and never altered.

They stop a mistake and a careless hand. Whoever owns the database can take them away; what is
done then is found by `verify.py`.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

LEDGER = ("ledger_entry", "ledger_checkpoint")
KEPT = (
    "casework_dissent", "casework_classchange", "casework_lineact", "casework_leadact",
    "casework_closing", "casework_approvalrequest", "casework_approvaldecision",
    "casework_referralstep", "casework_concernwords", "casework_concernstep",
)  # fmt: skip
"""Beside the ledger: what was decided, refused or disagreed with, and the words of a family. Each
is guarded from the migration of its own app on."""
GUARDED = (*LEDGER, *KEPT)
SAYS = "rows of the ledger are never altered or removed"
SAYS_KEPT = "words and acts that are kept are never altered or removed"


def raise_guards(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ()) -> None:
    """Put the triggers in place; without `tables`, those of every guarded table that stands."""
    on_postgres = connection.vendor == "postgresql"
    functions = {"ledger_refuse": SAYS, "kept_refuse": SAYS_KEPT} if on_postgres else {}
    statements = [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
        for name, says in functions.items()
    ]
    for table in tables or _standing(connection):
        if on_postgres:
            refuse = "kept_refuse" if table in KEPT else "ledger_refuse"
            statements += [
                f"CREATE TRIGGER {table}_rows BEFORE UPDATE OR DELETE ON {table}"
                f" FOR EACH ROW EXECUTE FUNCTION {refuse}()",
                f"CREATE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()",
            ]
            continue
        stop = f"BEGIN SELECT RAISE(ABORT, '{SAYS_KEPT if table in KEPT else SAYS}'); END"
        key = "number" if table == "ledger_entry" else "id"
        statements += [
            f"CREATE TRIGGER {table}_update BEFORE UPDATE ON {table} {stop}",
            f"CREATE TRIGGER {table}_delete BEFORE DELETE ON {table} {stop}",
            # INSERT OR REPLACE would remove a row without asking the trigger above.
            f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} WHEN EXISTS"
            f" (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {stop}",
        ]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _standing(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return the guarded tables that have been made."""
    made = set(connection.introspection.table_names())
    return tuple(table for table in GUARDED if table in made)


def drop_guards(connection: BaseDatabaseWrapper, tables: tuple[str, ...] = ()) -> None:
    """Take the triggers away: for a restore to an earlier time, and for tests."""
    with connection.cursor() as cursor:
        for table in tables or _standing(connection):
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_rows ON {table}")
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_truncate ON {table}")
            else:
                for what in ("update", "delete", "insert"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{what}")
