"""Guards in the database, checkpoints, files kept elsewhere, and the two commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from clew.desk.commands.ledger import sign_checkpoint, verify_ledger
from clew.desk.ledger.key import read_kept
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import Verified, verify
from clew.desk.ledger.write import checkpoint, kept_of, write
from clew.errors import InputRejected, LedgerBroken


def add(count: int) -> None:
    with transaction.atomic():
        for k in range(count):
            write(Act.CONSULTATION, f"case:C{k}", "ann", "night duty", page="matrix", k=k)


def found(database: str) -> Verified:
    with open_ledger(database) as source:
        return verify(source, None)


CHANGES = (
    "UPDATE ledger_entry SET actor = 'x' WHERE number = 1",
    "DELETE FROM ledger_entry WHERE number = 3",
    "DELETE FROM ledger_entry",
    "DELETE FROM ledger_checkpoint",
    "UPDATE ledger_checkpoint SET size = 1",
)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_change(change: str, transactional_db: None) -> None:
    add(3)
    checkpoint("test")
    with (
        pytest.raises(DatabaseError, match="never altered or removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert Entry.objects.count() == 4


def test_the_database_refuses_to_empty_or_replace(transactional_db: None) -> None:
    add(3)
    statement = "TRUNCATE ledger_entry"
    if connection.vendor == "sqlite":
        statement = "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry WHERE number=2"
    with (
        pytest.raises(DatabaseError, match="never altered or removed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_an_empty_ledger_holds(database: str) -> None:
    assert found(database).rows == 0
    assert checkpoint("test") is None


def test_checkpoints_go_on_from_one_another(database: str) -> None:
    for count in (3, 1, 10):
        add(count)
        assert checkpoint("test") is not None
        assert checkpoint("test") is None
    assert [one.size for one in Checkpoint.objects.all()] == [3, 5, 16]
    told = found(database)
    assert (told.rows, told.checkpoints, told.covered) == (17, 3, 16)


def test_a_checkpoint_is_signed_every_so_many_rows(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.desk.ledger.write.CHECKPOINT_EVERY", 10)
    for _ in range(25):
        add(1)
    assert [one.size for one in Checkpoint.objects.all()] == [10, 20]
    assert found(database).rows == 27


def test_a_file_kept_elsewhere_comes_back_as_written(database: str, tmp_path: Path) -> None:
    add(5)
    out = tmp_path / "monday.checkpoint"
    assert "5 rows" in sign_checkpoint(out)
    text = out.read_text()
    kept = read_kept("f", text)
    assert kept.text() == text
    for line in range(len(text.splitlines())):
        lines = text.splitlines(keepends=True)
        lines[line] = lines[line].replace("5", "6").replace("a", "b", 1)
        if "".join(lines) != text:
            with pytest.raises(InputRejected):
                read_kept("f", "".join(lines))
    add(2)
    said = verify_ledger(database, out, None)
    assert "its 5 rows are those that were signed then" in said[-1]


def test_what_was_cut_off_is_found_by_the_file_alone(database: str, tmp_path: Path) -> None:
    add(5)
    checkpoint("test")
    add(1)
    row = checkpoint("test")
    assert row is not None
    out = tmp_path / "tuesday.checkpoint"
    out.write_text(kept_of(row).text())
    from clew.desk.ledger.triggers import drop_guards, raise_guards  # noqa: PLC0415

    drop_guards(connection)
    Entry.objects.filter(number__gt=6).delete()
    Checkpoint.objects.filter(size__gt=5).delete()
    last = Entry.objects.get(number=6)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_head SET number=6, digest=%s, recorded_at=%s",
            [last.digest, last.recorded_at],
        )
    raise_guards(connection)
    said = verify_ledger(database, None, None)
    assert "The ledger alone cannot show: rows removed from its end" in said[-1]
    with pytest.raises(LedgerBroken, match="at row 7: rows 7 to 7 are missing"):
        verify_ledger(database, out, None)
