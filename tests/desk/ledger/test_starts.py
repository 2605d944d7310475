"""Starts and restores: triggers stay, the desk is never half restored, and old ledgers go on."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from copies import Copy
from django.db import connection, transaction
from made_desk import person
from test_restore import held

from clew.desk.accounts.models import Account, Area
from clew.desk.commands import restore as restoring
from clew.desk.commands.ledger import accept_differences
from clew.desk.commands.restore import backup, restore
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.models import Entry, RowChange
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.triggers import set_triggers, standing_triggers
from clew.desk.ledger.verify import verify_all
from clew.desk.settings import CONFIGURATION
from clew.desk.setup import HELD, LOCK, migrate
from clew.errors import ContentAltered, UsageRejected

pytestmark = pytest.mark.database


ENDS = "_update" if connection.vendor == "sqlite" else ""
ON_FACTS = "" if connection.vendor == "sqlite" else " ON records_fact"


def trigger_versions() -> list[object]:
    """Whatever changes when a trigger is dropped and made again, even the same one."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA schema_version")
        else:
            cursor.execute("SELECT oid, xmin FROM pg_trigger ORDER BY oid")
        return [tuple(map(str, row)) for row in cursor.fetchall()]


def test_a_start_changes_no_trigger(database: str) -> None:
    before = trigger_versions()
    for _ in range(3):
        migrate()
    assert trigger_versions() == before


def test_whatever_is_changed_while_commands_start_is_noted(database: str) -> None:
    def work() -> None:
        try:
            for k in range(30):
                with transaction.atomic():
                    Area.objects.create(code=f"A{k}", name="x")
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        migrate()
    thread.join()
    assert RowChange.objects.filter(of="accounts_area", did="I").count() == 30


def test_a_start_without_a_trigger_is_refused(database: str) -> None:
    wanted = standing_triggers(connection).triggers
    name = f"clew_note_records_fact{ENDS}"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{ON_FACTS}")
    with pytest.raises(ContentAltered, match=f"{name} on records_fact is missing"):
        migrate()
    with transaction.atomic():
        set_triggers(connection)
    migrate()
    assert standing_triggers(connection).triggers == wanted


def test_a_difference_is_accepted_openly_or_not_at_all(database: str) -> None:
    person("ann", "analyst")
    with pytest.raises(UsageRejected, match="nothing differs"):
        accept_differences("r")
    Account.objects.update(full_name="Eve")  # outside any transaction
    trigger = standing_triggers(connection).triggers["clew_note_records_fact" + ENDS]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER clew_note_records_fact{ENDS}{ON_FACTS}")
    with pytest.raises(UsageRejected, match="reason"):
        accept_differences(" ")
    assert "2 differences" in accept_differences("Repaired by hand on 3 May")
    row = Entry.objects.latest("number")
    assert "Repaired by hand" in row.body
    assert "accounts_account" in row.body
    assert standing_triggers(connection).triggers["clew_note_records_fact" + ENDS] == trigger
    with open_ledger(database) as source:
        verify_all(source, None, None, own_coverage())


# Restores.


@contextmanager
def unchanged(database: str) -> Iterator[None]:
    """What is live afterwards is what was live before, and nothing lies beside it."""
    wanted, rows = held(), Entry.objects.count()
    yield
    assert held() == wanted
    assert Entry.objects.count() >= rows
    assert not list(Path(database).parent.glob("*restoring*"))
    with open_ledger(database) as source:
        verify_all(source, None, None, own_coverage())


def backed_up(folder: Path) -> Path:
    person("ann", "analyst")
    backup(folder / "b")
    person("bob", "analyst")
    return folder / "b"


def test_a_restore_is_refused_while_anybody_uses_the_desk(database: str, tmp_path: Path) -> None:
    made = backed_up(tmp_path)
    server = os.open(CONFIGURATION.home / LOCK, os.O_WRONLY | os.O_CREAT)
    fcntl.flock(server, fcntl.LOCK_SH)
    with unchanged(database), pytest.raises(UsageRejected, match="Stop the desk first"):
        restore(made, None)
    os.close(server)
    with unchanged(database), closing(connected(database)) as book:
        book.execute("BEGIN")
        book.execute("SELECT count(*) FROM records_case").fetchall()
        with pytest.raises(UsageRejected, match="someone else is using the desk's database"):
            restore(made, None)
        book.execute("ROLLBACK")
    restore(made, None)


def connected(database: str) -> Any:
    """Somebody else's connection, of a tool that asks for no lock of the home."""
    if "=" in database:
        import psycopg  # noqa: PLC0415

        return psycopg.connect(database, autocommit=True)
    return sqlite3.connect(database, isolation_level=None)


def test_a_server_does_not_start_while_a_restore_is_at_work(database: str) -> None:
    while HELD:  # what an earlier test of this process holds
        os.close(HELD.popitem()[1])
    lock = os.open(CONFIGURATION.home / LOCK, os.O_WRONLY | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    ended = subprocess.run(
        [sys.executable, "-c", "from clew.desk.setup import set_up; set_up()"],
        env={
            **os.environ,
            "CLEW_DESK_HOME": str(CONFIGURATION.home),
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(lock)
    assert ended.returncode != 0
    assert "a restore is at work" in ended.stderr


def test_a_backup_that_was_tampered_with_leaves_the_desk_as_it_was(
    database: str, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:  # a dump is no database: tamper before it is made
            person("ann", "analyst")
            cursor.execute("UPDATE accounts_account SET full_name = 'Eve'")
        backup(tmp_path / "b")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_account SET full_name = 'Ann'")
    else:
        backed_up(tmp_path)
        copy = Copy(str(tmp_path / "b"))
        copy.run("DROP TRIGGER clew_note_accounts_account_update",
                 "UPDATE accounts_account SET full_name = 'Eve'")  # fmt: skip
    with unchanged(database), pytest.raises(ContentAltered, match="accounts_account"):
        restore(tmp_path / "b", None)


@pytest.mark.parametrize("fails", ["migrate", "erase_again", "checkpoint", "_verified_head"])
def test_a_restore_that_fails_leaves_the_desk_as_it_was(
    fails: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backed_up(tmp_path)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, fails, dies)
        with unchanged(database), pytest.raises(KeyboardInterrupt):
            restore(made, None)
    if connection.vendor == "sqlite":  # as a machine that died leaves it
        Path(f"{database}.restoring").write_text("half")
    restore(made, None)
    with open_ledger(database) as source:
        verify_all(source, None, None, own_coverage())


OLD = """
from clew.desk.setup import migrate, set_up
set_up()
from django.core.management import call_command
from django.db import connection
from clew.desk.ledger.chain import BEGINNING, LedgerRow
from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.stand_in import address
from clew.desk.ledger.verify import verify, verify_all
call_command("migrate", verbosity=0)
call_command("migrate", "ledger", "0002", verbosity=0)
row = LedgerRow(1, "2026-01-01T00:00:00.000000Z", "access", "ann", "", "account:1", "{}", BEGINNING)
with connection.cursor() as cursor:
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in cursor.fetchall():
        if name.startswith("clew_note"):
            cursor.execute(f"DROP TRIGGER {name}")
    cursor.execute("INSERT INTO ledger_entry VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)", [
        row.number, row.recorded_at, row.act, row.actor, row.purpose, row.subject, row.body,
        row.previous, row.digest()])
    cursor.execute("INSERT INTO ledger_head VALUES (1, 1, %s, %s)", [row.digest(), row.recorded_at])
    cursor.execute("INSERT INTO accounts_area VALUES ('KD', 'Barking')")
connection.close()
with open_ledger(address()) as source:
    assert verify(source, None).rows == 1
migrate()
with open_ledger(address()) as source:
    found = verify_all(source, None, None, own_coverage())
    assert (found.rows, found.contents.rows) == (2, 1)
migrate()
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM ledger_entry")
    assert cursor.fetchone() == (2,)
print("it goes on")
"""


def test_a_ledger_written_before_still_verifies_and_goes_on(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OLD],
        env={**os.environ, "CLEW_DESK_HOME": str(tmp_path), "CLEW_DESK_DATABASE": "",
             "DJANGO_SETTINGS_MODULE": "clew.desk.settings"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.stdout == "it goes on\n", ended.stderr
