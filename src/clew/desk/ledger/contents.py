"""What rows of tables hold, as the ledger's digests cover it: pure sums, no database.

A row of the ledger bears one sum over the digests of all that its transaction changed. Each digest
is over a salt and one table row's values; the salt lies beside the digest and is destroyed when the
content is erased, so that nobody can guess erased content from its digest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any

from clew.desk.ledger.chain import canonical, digest_of

SALT_BYTES = 16
"""Of a salt: 128 bits, more than anybody can try (NIST SP 800-132, section 5.1)."""
REMOVED = ""
"""Stands in place of a digest where the change removed the row."""


@dataclass(frozen=True, slots=True)
class CoveredTable:
    """A table that the ledger covers.

    `columns` are those that the digests cover; `beside` are those that they leave out.
    """

    key: str
    columns: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Return all its columns."""
        return (*self.columns, *self.beside)


Coverage = Mapping[str, CoveredTable]
"""The tables that a version of the desk covers, by name."""


def coverage_text(coverage: Coverage) -> str:
    """Return a coverage as the database keeps it."""
    return canonical({
        name: [table.key, table.columns, table.beside] for name, table in coverage.items()
    })  # fmt: skip


def coverage_digest(text: str) -> str:
    """Return the SHA-256 by which rows of the ledger name a coverage."""
    return sha256(text.encode()).hexdigest()


def read_coverage(text: str) -> dict[str, CoveredTable]:
    """Return the coverage that a text states; the reverse of `coverage_text`."""
    return {
        name: CoveredTable(key, tuple(columns), tuple(beside))
        for name, (key, columns, beside) in json.loads(text).items()
    }


def new_salt() -> str:
    """Return a fresh salt, in hexadecimal."""
    return token_hex(SALT_BYTES)


def _of_bytes(value: Any) -> dict[str, str]:
    return {"bytes": bytes(value).hex()}


_ENCODE = json.JSONEncoder(default=_of_bytes).encode
"""Made once: it runs for each row of every table."""


def content_digest(salt: str, values: Sequence[Any]) -> str:
    """Return the salted SHA-256 of a table row's values, in hexadecimal.

    As JSON in ASCII, so that a number, the same digits as text, and bytes all differ.
    """
    return sha256((salt + _ENCODE(values)).encode()).hexdigest()


def sum_of(changes: Iterable[tuple[str, str, str]]) -> str:
    """Return the SHA-256 over changes, each its table, key and digest."""
    return digest_of(part for change in changes for part in change)


def content_text(count: int, sum_: str, coverage: str) -> str:
    """Return what a row of the ledger says of contents: how many, their sum, which coverage."""
    return f"{count} {sum_} {coverage}"


def rows_query(vendor: str, table: str, covered: CoveredTable) -> str:
    """Return the SQL that reads a table's keys and covered values, the same way for all readers.

    PostgreSQL writes each value as text. SQLite gives it as it lies: the plus keeps Django's own
    converters away and changes nothing.
    """
    names = [f'"{name}"' for name in (covered.key, *covered.columns)]
    if vendor == "postgresql":
        listed = ", ".join(f"{name}::text" for name in names)
    else:
        listed = ", ".join(f"+{name}" for name in names)
    return f'SELECT {listed} FROM "{table}"'
