"""A ledger of sixty rows with two checkpoints, and copies of it to be tampered with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clew.desk.ledger.chain import BEGINNING, LedgerRow

ROWS, FIRST, SECOND = 60, 20, 40
"""Rows in all; what the two checkpoints cover. Rows 21 and 41 tell of them."""
COLUMNS = "number, recorded_at, act, actor, purpose, subject, body, previous, digest"
Change = Callable[[list[LedgerRow]], list[LedgerRow]]


@dataclass(frozen=True)
class Copy:
    """A copied database: its address, and SQL upon it. The guards are gone."""

    address: str

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.many(statement, [()])

    def many(self, statement: str, rows: list[tuple[Any, ...]]) -> None:
        if "=" in self.address:
            import psycopg  # noqa: PLC0415

            with psycopg.connect(self.address) as book, book.cursor() as cursor:
                for row in rows:
                    cursor.execute(statement, row or None)
            return
        plain = sqlite3.connect(self.address)
        plain.execute("PRAGMA synchronous=OFF")
        with plain:
            for row in rows:
                plain.execute(statement.replace("%s", "?"), row)
        plain.close()

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        if "=" in self.address:
            import psycopg  # noqa: PLC0415

            with psycopg.connect(self.address) as book:
                return book.execute(statement).fetchall()
        plain = sqlite3.connect(self.address)
        found = plain.execute(statement).fetchall()
        plain.close()
        return found

    def rows(self) -> list[LedgerRow]:
        told = self.ask(f"SELECT {COLUMNS} FROM ledger_entry ORDER BY number")
        return [LedgerRow(*row[:8]) for row in told]

    def rechain(self, change: Change, since: int = 1) -> None:
        """Change rows, and reckon numbers, digests and head anew from `since` on, as if true."""
        rows = change(self.rows())
        digests: list[str] = []
        for k, row in enumerate(rows):
            if k + 1 >= since:
                before = digests[-1] if digests else BEGINNING
                rows[k] = replace(row, number=k + 1, previous=before)
            digests.append(rows[k].digest())
        self.put(rows, digests)

    def put(self, rows: list[LedgerRow], digests: list[str]) -> None:
        self.run("DELETE FROM ledger_entry")
        marks = ", ".join(["%s"] * 9)
        told = [
            (r.number, r.recorded_at, r.act, r.actor, r.purpose, r.subject, r.body, r.previous, d)
            for r, d in zip(rows, digests, strict=True)
        ]
        self.many(f"INSERT INTO ledger_entry ({COLUMNS}) VALUES ({marks})", told)
        self.fix_head()

    def fix_head(self) -> None:
        told = self.ask("SELECT number, digest, recorded_at FROM ledger_entry ORDER BY number")
        self.many("UPDATE ledger_head SET number=%s, digest=%s, recorded_at=%s", [told[-1]])

    def cut(self, to: int) -> None:
        """Remove the rows after `to`, and let the head agree."""
        self.run(f"DELETE FROM ledger_entry WHERE number > {to}")
        self.fix_head()

    def loosen(self) -> None:
        """Take the table's constraints away."""
        self.run(
            "CREATE TABLE loose AS SELECT * FROM ledger_entry",
            "DROP TABLE ledger_entry",
            "ALTER TABLE loose RENAME TO ledger_entry",
        )


def copy_sqlite(original: Path, to: Path) -> None:
    source, target = sqlite3.connect(original), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.execute("PRAGMA journal_mode=DELETE")
    target.close()
