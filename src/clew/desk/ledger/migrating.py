"""What a migration does to the ledger: triggers, and what is covered from then on.

All of it, with the migration itself, is one transaction that keeps everybody else out. A start that
finds nothing to migrate changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from clew.desk.ledger.accounting import every_key
from clew.desk.ledger.contents import CoveredTable, read_coverage
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.models import Act, Coverage, Entry
from clew.desk.ledger.triggers import set_triggers
from clew.desk.ledger.write import SUBJECT, write
from clew.errors import UsageRejected
from clew.version import VERSION


def is_behind() -> bool:
    """Tell whether the database waits for a migration."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def refuse_newer() -> None:
    """Refuse a database that a newer version of Clew has changed.

    Raises
    ------
    UsageRejected
        If it has a migration that this version does not know.
    """
    loader = MigrationExecutor(connection).loader
    known = set(loader.disk_migrations) | {
        replaced for one in loader.disk_migrations.values() for replaced in one.replaces
    }
    ours = {app for app, _ in loader.disk_migrations}
    newer = sorted(f"{app} {name}" for app, name in loader.applied_migrations
                   if app in ours and (app, name) not in known)  # fmt: skip
    if newer:
        raise UsageRejected(
            f"the database was changed by a newer version of Clew than this one, {VERSION}"
            f" ({newer[-1]})",
            "Install that version, or restore a backup that this version made",
        )


@contextmanager
def alone() -> Iterator[None]:
    """Open a transaction in which tables may be remade, and nobody else writes."""
    connection.ensure_connection()
    # SQLite remakes a table to alter it, which it does only with this check off, and the check
    # cannot be switched within a transaction. Django checks the references of what it remakes.
    switched = connection.vendor == "sqlite" and connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('clew migration'))")
                    if "ledger_head" in connection.introspection.table_names(cursor):
                        cursor.execute("LOCK TABLE ledger_head IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        if switched:
            connection.enable_constraint_checking()


def after_migrating(using: str, plan: Sequence[Any] = (), **_: Any) -> None:
    """Set the triggers, and account for tables of which something else is covered now.

    Called by Django after each migration; where none ran, there is nothing to do.
    """
    made = connections[using].introspection.table_names()
    if not plan or "ledger_contentdigest" not in made:
        return
    with transaction.atomic(using=using):
        set_triggers(connections[using])
        changed = every_key(_newly_covered())
        if changed:
            write(
                Act.ALTERATION, SUBJECT, "migration", also=changed, any_clock=True,
                what="contents accounted for",
                tables={table: len(keys) for table, keys in changed.items()},
            )  # fmt: skip


def _newly_covered() -> list[str]:
    """Return tables whose covered columns differ from those that the last digests were over."""
    before = last_coverage()
    return [
        table for table, covered in own_coverage().items()
        if table not in before or _of(before[table]) != _of(covered)
    ]  # fmt: skip


def _of(covered: CoveredTable) -> tuple[str, tuple[str, ...]]:
    return covered.key, covered.columns


def last_coverage() -> dict[str, CoveredTable]:
    """Return what was covered when contents were last accounted for; {} if never."""
    last = Entry.objects.exclude(content="").order_by("-number").first()
    found = Coverage.objects.filter(pk=last.content.split()[-1]).first() if last else None
    return read_coverage(found.text) if found else {}
