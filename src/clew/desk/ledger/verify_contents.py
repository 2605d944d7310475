"""Comparing every covered table with the ledger: what each row holds now, and what it must hold.

Found: any value of any covered column altered, any row added, removed or exchanged without a row of
the ledger; a digest, salt or coverage altered; a table, column, trigger or function that is missing
or altered, and a trigger that is not the desk's. No Django's set-up, no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from clew.desk.ledger.contents import (
    Coverage,
    CoveredTable,
    content_digest,
    content_text,
    coverage_digest,
    read_coverage,
    rows_query,
    sum_of,
)
from clew.desk.ledger.reading import DIGESTS, ContentSource, Told
from clew.desk.ledger.trigger_sql import trigger_faults, wanted_triggers
from clew.errors import LedgerBroken

MOST = 1_000
"""Declared: faults that are listed before the search ends; one is enough to fail."""
Newest = dict[str, bytes]
"""What the newest digest of each row is: digest, salt, and the ledger row's number, by key."""
_DIGEST, _SALT = 32, 16
"""Bytes of a digest and of a salt, before the number of the ledger row that bears them."""


@dataclass(slots=True)
class ContentWalk:
    """Follows the digests along the ledger's rows, then compares the tables with the newest.

    `differing`: keys of the rows of tables that do not agree, by table, once `faults` was asked.
    """

    source: ContentSource
    expected: Coverage | None = None
    digests: int = 0
    rows: int = 0
    differing: dict[str, list[str]] = field(default_factory=dict)
    _newest: dict[str, Newest] = field(default_factory=dict)
    _coverage: str = ""
    _stream: Iterator[Told] = field(init=False)
    _next: Told | None = field(init=False)

    def __post_init__(self) -> None:
        self._stream = self.source.read(DIGESTS)
        self._next = next(self._stream, None)

    def take(self, number: int, content: str) -> None:
        """Take the digests of one row of the ledger, which must give the sum that it bears.

        Raises
        ------
        LedgerBroken
            If they do not, or one is there that the row does not bear.
        """
        own: list[Told] = []
        one = self._next
        while one is not None and type(one[0]) is int and one[0] <= number:
            own.append(one)
            one = next(self._stream, None)
        self._next = one
        if not content and not own:
            return
        coverage = content.rpartition(" ")[2] if content else ""
        try:
            total = sum_of((of, key, digest) for _, of, key, digest, _ in own)
            fits = content == content_text(len(own), total, coverage)
            fits = fits and all(one[0] == number for one in own)
            for _, of, key, digest, salt in own:
                self._newest.setdefault(of, {})[key] = (
                    bytes.fromhex(digest) + bytes.fromhex(salt) + number.to_bytes(8)
                    if digest else b""
                )  # fmt: skip
        except (AttributeError, TypeError, ValueError):  # a value of another kind, or no digits
            fits = False
        if not fits:
            raise LedgerBroken(
                number, "the digests of what it changed do not give its sum: altered or removed"
            )
        self.digests += len(own)
        self._coverage = coverage

    def faults(self) -> list[str]:
        """Return what is wrong, in plain words; [] if every table agrees."""
        found: list[str] = []
        for fault in self._all_faults():
            found.append(fault)
            if len(found) == MOST:
                break
        return found

    def _all_faults(self) -> Iterator[str]:
        if self._next is not None:
            yield f"a digest of {self._next[1]} {self._next[2]} is there that no ledger row bears"
        for digest, text in self.source.coverages.items():
            if not isinstance(text, str) or coverage_digest(text) != digest:
                yield f"the coverage {str(digest)[:16]} was altered"
                return
        covered = self.expected or {}
        if self._coverage:
            text = self.source.coverages.get(self._coverage)
            if text is None:
                yield f"the coverage {self._coverage[:16]} that ledger rows name is missing"
                return
            covered = read_coverage(text)
            if self.expected is not None and covered != self.expected:
                yield "the ledger covers other tables or columns than this version of the desk"
        yield from trigger_faults(wanted_triggers(self.source.vendor, covered), self.source.found)
        for table, one in covered.items():
            yield from self._table_faults(table, one)

    def _table_faults(self, table: str, covered: CoveredTable) -> Iterator[str]:
        lost = {covered.key, *covered.columns} - self.source.columns.get(table, set())
        if lost:
            what = f"columns of it are missing: {', '.join(sorted(lost))}"
            gone = "the table no longer exists"
            yield f"{table}: {what if table in self.source.columns else gone}"
            return
        newest = self._newest.get(table, {})
        order = f' ORDER BY "{covered.key}"'
        for row in self.source.read(rows_query(self.source.vendor, table, covered) + order):
            key = str(row[0])
            self.rows += 1
            held = newest.pop(key, None)
            if not held:
                self.differing.setdefault(table, []).append(key)
                yield f"{table} {key}: the ledger has no row for it"
                continue
            digest, salt = held[:_DIGEST], held[_DIGEST : _DIGEST + _SALT]
            if len(held) != _DIGEST + _SALT + 8 or not _fits(digest, salt, row):
                number = int.from_bytes(held[-8:])
                self.differing.setdefault(table, []).append(key)
                yield f"{table} {key}: it is not what row {number} of the ledger says: altered"
        for key, held in newest.items():
            if held:
                number = int.from_bytes(held[-8:])
                self.differing.setdefault(table, []).append(key)
                yield f"{table} {key}: it was removed; row {number} of the ledger says it is there"


def _fits(digest: bytes, salt: bytes, row: Told) -> bool:
    return content_digest(salt.hex(), row[1:]) == digest.hex()
