"""Accounting for contents: what a transaction changed in other tables, bound to its ledger row.

The triggers of `change_log.py` note every change by transaction, whatever code or hand made it. A
row of the ledger takes the notes of its own transaction that none has taken yet, reads what those
rows hold now, and bears the sum of their digests. What a transaction changes after its last row is
accounted for by one more row, just before the commit (`write.account_for_rest`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db import connection

from clew.desk.ledger.contents import (
    REMOVED,
    content_digest,
    content_text,
    new_salt,
    rows_query,
    sum_of,
)
from clew.desk.ledger.coverage import own_coverage, own_coverage_digest, own_coverage_text
from clew.desk.ledger.models import ContentDigest, Coverage

AT_ONCE = 500
"""Declared: rows read in one query; below the 999 parameters that an old SQLite takes."""
Keys = Mapping[str, Iterable[str]]
"""Keys of rows, by table."""
_THIS = {"sqlite": "clew_tx()", "postgresql": "txid_current_if_assigned()"}
_NOTES = (
    "SELECT \"of\", \"key\" FROM ledger_rowchange WHERE tx = {this} AND did NOT IN ('E', 'V')"
    " AND id > COALESCE((SELECT MAX(id) FROM ledger_rowchange WHERE tx = {this} AND did = 'E'), 0)"
    " ORDER BY id"
)


def unaccounted() -> dict[str, list[str]]:
    """Return what the open transaction changed since its last ledger row: keys by table."""
    found: dict[str, dict[str, None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_NOTES.format(this=_THIS[connection.vendor]))
        for table, key in cursor.fetchall():
            if table in own_coverage():
                found.setdefault(table, {})[key] = None
    return {table: list(keys) for table, keys in found.items()}


def account_for(number: int, changed: Keys) -> str:
    """Write the digests that row `number` of the ledger bears; return its `content`."""
    count = 0

    def accounted() -> Iterator[tuple[str, str, str]]:
        nonlocal count
        for digests in _digests(number, changed):
            ContentDigest.objects.bulk_create(digests)
            count += len(digests)
            yield from ((one.of, one.key, one.digest) for one in digests)

    total = sum_of(accounted())
    if not count:
        return ""
    digest = own_coverage_digest()
    Coverage.objects.get_or_create(digest=digest, defaults={"text": own_coverage_text()})
    return content_text(count, total, digest)


def _digests(number: int, changed: Keys) -> Iterator[list[ContentDigest]]:
    """Yield the digests of rows as they are now, at most `AT_ONCE` at a time."""
    for table, keys in changed.items():
        covered, wanted = own_coverage()[table], list(keys)
        query = rows_query(connection.vendor, table, covered)
        for k in range(0, len(wanted), AT_ONCE):
            part = wanted[k : k + AT_ONCE]
            with connection.cursor() as cursor:
                marks = ", ".join(["%s"] * len(part))
                cursor.execute(f'{query} WHERE "{covered.key}" IN ({marks})', part)
                values = {str(row[0]): row[1:] for row in cursor.fetchall()}
            yield [_digest(number, table, key, values.get(key)) for key in part]


def _digest(number: int, table: str, key: str, values: Sequence[object] | None) -> ContentDigest:
    salt = new_salt() if values is not None else ""
    digest = content_digest(salt, values) if values is not None else REMOVED
    return ContentDigest(entry=number, of=table, key=key, digest=digest, salt=salt)


def every_key(tables: Iterable[str]) -> dict[str, list[str]]:
    """Return the keys of all rows of tables, for a migration that changed what is covered."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            key = own_coverage()[table].key
            cursor.execute(f'SELECT "{key}" FROM "{table}" ORDER BY "{key}"')
            found[table] = [str(row[0]) for row in cursor.fetchall()]
    return {table: keys for table, keys in found.items() if keys}


def blank_salts(rows: Keys) -> None:
    """Destroy the salts of all digests of rows so far: their content was erased.

    Call it before the row of the ledger that accounts for what is left.
    """
    for table, keys in rows.items():
        wanted = [str(key) for key in keys]
        for k in range(0, len(wanted), AT_ONCE):
            part = wanted[k : k + AT_ONCE]
            ContentDigest.objects.filter(of=table, key__in=part).exclude(salt="").update(salt="")
