"""A desk with a row in every table that the ledger covers, and a hand to alter it."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from copies import copy_sqlite
from desk_world import world
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone
from original import own_address

from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.reading import open_ledger
from clew.desk.ledger.verify import verify_all
from clew.errors import ContentAltered, LedgerBroken

VALUES: tuple[tuple[type[models.Field[Any, Any]], Callable[[], Any]], ...] = (
    (models.BooleanField, lambda: True),
    (models.DateTimeField, timezone.now),
    (models.DateField, lambda: dt.date(2014, 8, 28)),
    (models.FloatField, lambda: 1 / 3),
    (models.DecimalField, lambda: Decimal(1)),
    (models.UUIDField, lambda: uuid.UUID(int=7)),
    (models.JSONField, lambda: [{"caf\xe9": 1.5}]),
    (models.BinaryField, lambda: b"\x00\xffbytes"),
    (models.IntegerField, lambda: 7),
    (models.CharField, lambda: "caf\xe9"),
    (models.TextField, lambda: "l'id\xe9e"),
)


def fill_every_table() -> None:
    """Make the world of `desk_world.py`, and one row in each covered table that it leaves empty."""
    with transaction.atomic():
        world()
        for model in apps.get_models(include_auto_created=True):
            if model._meta.db_table in own_coverage():
                one_of(model)


def one_of(model: type[models.Model]) -> models.Model:
    """Return a row of a table; it is made if there is none, and what it refers to with it."""
    found = model._base_manager.order_by("pk").first()
    if found is not None:
        return found
    made = model()
    for field in model._meta.local_concrete_fields:
        if isinstance(field, models.AutoField):
            continue
        if isinstance(field, models.ForeignKey):
            if field.related_model is not model:
                setattr(made, field.name, one_of(field.related_model))  # type: ignore[arg-type]
        elif not (field.has_default() and field.get_default()):
            value = next(make() for kind, make in VALUES if isinstance(field, kind))
            setattr(made, field.name, value)
    made.save(force_insert=True)
    return made


class Hand:
    """Somebody who can write to the database, past the desk and past its triggers."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.postgres = "=" in address
        self.triggers: list[tuple[str, str]] = []
        if self.postgres:
            import psycopg  # noqa: PLC0415

            self.book: Any = psycopg.connect(address, autocommit=True)
            self.run("SET session_replication_role = replica")
        else:
            self.book = sqlite3.connect(address, isolation_level=None)
            self.run("PRAGMA ignore_check_constraints=ON")
            self.triggers = self.ask("SELECT name, sql FROM sqlite_master WHERE type='trigger'")
            for name, _ in self.triggers:
                self.run(f"DROP TRIGGER {name}")

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.book.execute(statement)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self.book.execute(statement).fetchall())

    def leave(self) -> None:
        """Put the triggers back, as somebody would who hides what was done."""
        for _, statement in self.triggers:
            self.run(statement)
        self.book.close()

    @contextmanager
    def changed(self, table: str, key: str, *statements: str) -> Iterator[None]:
        """Change one row of a table, and put the row back afterwards."""
        column = own_coverage()[table].key
        where = f"\"{column}\" = '{key}'"
        self.run(f'CREATE TEMP TABLE saved AS SELECT * FROM "{table}" WHERE {where}')
        try:
            self.run(*statements)
            yield
        finally:
            self.run(f'DELETE FROM "{table}" WHERE {where}')
            self.run(f'INSERT INTO "{table}" SELECT * FROM saved', "DROP TABLE saved")

    def first_key(self, table: str) -> str:
        column = own_coverage()[table].key
        found = self.ask(f'SELECT "{column}" FROM "{table}" ORDER BY "{column}" LIMIT 1')
        return str(found[0][0])

    def other(self, table: str, column: str) -> str:
        """Return SQL for another value than a column holds, hardly to be seen where it can be."""
        name = f'"{column}"'
        if not self.postgres:
            return (
                f"CASE typeof({name}) WHEN 'text' THEN {name} || ' '"
                f" WHEN 'integer' THEN {name} + 1000001"
                f" WHEN 'real' THEN {name} * 1.0000000000000002 WHEN 'blob' THEN x'00'"
                " ELSE 'x' END"
            )
        kind = self.ask(
            "SELECT data_type FROM information_schema.columns WHERE table_schema = 'public'"
            f" AND table_name = '{table}' AND column_name = '{column}'"
        )[0][0]
        return {
            "boolean": f"NOT COALESCE({name}, false)",
            "timestamp with time zone": f"COALESCE({name}, now()) + interval '1 microsecond'",
            "date": f"COALESCE({name}, current_date) + 1",
            "double precision": f"COALESCE({name}, 1) * 1.0000000000000002",
            "jsonb": f"jsonb_build_array({name})",
            "bytea": "'\\x00'::bytea",
            "uuid": "'00000000-0000-0000-0000-000000000008'::uuid",
        }.get(kind, "") or (
            f"COALESCE({name}, 0) + 10001"
            if "int" in kind
            else f"CASE left({name}, 1) WHEN 'x' THEN 'y' ELSE 'x' END || substr({name}, 2)"
        )


class Desk:
    """A filled desk, and fresh copies of its database to be tampered with."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.made = folder, 0
        fill_every_table()
        self.address = own_address()

    @contextmanager
    def copy(self) -> Iterator[str]:
        """Give the address of a copy, gone afterwards."""
        self.made += 1
        if connection.vendor == "sqlite":
            path = self.folder / f"copy-{self.made}"
            copy_sqlite(Path(self.address), path)
            yield str(path)
            path.unlink()
            return
        import psycopg  # noqa: PLC0415

        told = connection.settings_dict
        name = f"{told['NAME']}_tampered_{self.made}"  # each worker of the tests has its own
        connection.close()  # a database that somebody is in cannot be copied
        server = f"host={told['HOST']} user={told['USER']} dbname="
        with psycopg.connect(f"{server}postgres", autocommit=True) as book:
            book.execute(f"CREATE DATABASE {name} TEMPLATE {told['NAME']}")  # type: ignore[call-overload]
            try:
                yield server + name
            finally:
                book.execute(f"DROP DATABASE {name}")  # type: ignore[call-overload]


def faults_of(address: str) -> list[str]:
    """Return what `verify --all` finds wrong with a database."""
    with open_ledger(address) as source:
        try:
            verify_all(source, None, None, own_coverage())
        except ContentAltered as altered:
            return altered.faults
        except LedgerBroken as broken:
            return [f"row {broken.row}: {broken.reason}"]
    return []
