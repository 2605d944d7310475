"""A ledger made once, and a fresh copy of it for each test that tampers."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from copies import FIRST, ROWS, SECOND, Copy, copy_sqlite
from django.db import connection, transaction
from django.test import TransactionTestCase

from clew.desk.ledger.key import CheckpointFile
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.trigger_sql import GUARDED
from clew.desk.ledger.write import checkpoint, kept_of, write


@pytest.fixture
def database(transactional_db: None) -> str:
    """The address under which the verifier finds the test's own database."""
    return own_address()


def own_address() -> str:
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(told["NAME"])
    return f"host={told['HOST']} user={told['USER']} dbname={told['NAME']}"


class Original:
    """The ledger that is copied, and its checkpoints as files kept elsewhere, by size."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept = folder, {}
        self.name = f"ledger_{uuid.uuid4().hex[:12]}"
        self.made: list[str] = []
        _fill(FIRST)
        self._sign()
        _fill(SECOND)
        self._sign()
        _fill(ROWS)
        if connection.vendor == "sqlite":
            copy_sqlite(Path(str(connection.settings_dict["NAME"])), folder / self.name)
        else:
            connection.close()  # A database that somebody is in cannot be copied.
            self._clone(str(connection.settings_dict["NAME"]), self.name)
        self._sign()

    kept: dict[int, CheckpointFile]

    def _sign(self) -> None:
        row = checkpoint("test")
        assert row is not None
        self.kept[row.size] = kept_of(Checkpoint.objects.get(pk=row.pk))

    def copy(self) -> Copy:
        name = f"copy_{uuid.uuid4().hex[:12]}"
        if connection.vendor == "sqlite":
            shutil.copyfile(self.folder / self.name, self.folder / name)
            made = Copy(str(self.folder / name))
            for table in GUARDED:
                made.run(*(f"DROP TRIGGER {table}_{w}" for w in ("update", "delete", "insert")))
            return made
        self._clone(self.name, name)
        told = connection.settings_dict
        made = Copy(f"host={told['HOST']} user={told['USER']} dbname={name}")
        for table in GUARDED:
            made.run(f"DROP TRIGGER {table}_rows ON {table}")
        return made

    def _clone(self, source: str, name: str) -> None:
        self.elsewhere(f"CREATE DATABASE {name} TEMPLATE {source}")
        self.made.append(name)

    def elsewhere(self, statement: str) -> None:
        import psycopg  # noqa: PLC0415

        told = connection.settings_dict
        address = f"host={told['HOST']} user={told['USER']} dbname=postgres"
        with psycopg.connect(address, autocommit=True) as book:
            book.execute(statement)

    def drop(self) -> None:
        if connection.vendor == "sqlite":
            for path in self.folder.glob("copy_*"):
                path.unlink()
        while len(self.made) > 1:
            self.elsewhere(f"DROP DATABASE {self.made.pop()}")


def _fill(to: int) -> None:
    with transaction.atomic():
        for k in range(Entry.objects.count(), to):
            kind = list(Act)[k % len(Act)]
            write(kind, f"case:BD-{k % 7}", f"officer.{k % 5}", "night duty", page="matrix",
                  says="caf\N{LATIN SMALL LETTER E WITH ACUTE}", k=k, yes=True)  # fmt: skip


@pytest.fixture(scope="module")
def original(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Original]:
    with django_db_blocker.unblock():
        made = Original(tmp_path_factory.mktemp("ledger"))
        yield made
        made.drop()
        if connection.vendor != "sqlite":
            made.elsewhere(f"DROP DATABASE {made.name}")
        TransactionTestCase._fixture_teardown(TransactionTestCase())  # type: ignore[attr-defined]


@pytest.fixture
def copied(original: Original) -> Iterator[Copy]:
    yield original.copy()
    original.drop()
