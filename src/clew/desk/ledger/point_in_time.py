"""Going back to a moment: every transaction that was recorded later is undone, whole.

A transaction belongs to the moment of its ledger rows. One without any (it stood for no act on a
record) belongs to the moment of its first change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Max, Min

from clew.desk.ledger.coverage import own_coverage
from clew.desk.ledger.models import Checkpoint, ContentDigest, Entry, Head, RowChange
from clew.desk.ledger.triggers import drop_triggers, set_triggers, standing_triggers
from clew.errors import UsageRejected


@dataclass(frozen=True, slots=True)
class Undone:
    """What going back took away: rows of other tables, and of the ledger, with its last digest.

    `withheld`: rows whose content was erased since, so that no digest of theirs can be checked any
    more; the row of the restore accounts for what they hold now.
    """

    rows: int
    entries: int
    digest: str
    withheld: Mapping[str, list[str]] = field(default_factory=dict)


def go_back(to: str) -> Undone:
    """Bring every table to where it stood at a time, as the ledger writes it.

    Raises
    ------
    UsageRejected
        If the notes do not reach back so far.
    """
    last = Entry.objects.order_by("-number").first()
    if last is None or last.recorded_at <= to:
        return Undone(0, 0, last.digest if last else "")
    with transaction.atomic():
        later, keep = _later(to)
        drop_triggers(connection, standing_triggers(connection))
        rows = _put_back(later)
        gone = Entry.objects.filter(number__gt=keep)
        entries = gone.count()
        gone.delete()
        ContentDigest.objects.filter(entry__gt=keep).delete()
        # Also one over just the rows that stay: the row that tells of it is among those undone.
        Checkpoint.objects.filter(size__gte=keep).delete()
        now_last = Entry.objects.filter(number=keep).first()
        Head.objects.all().delete()
        if now_last is not None:
            Head.objects.create(
                pk=1, number=keep, digest=now_last.digest, recorded_at=now_last.recorded_at
            )
        RowChange.objects.filter(tx__in=later).delete()
        set_triggers(connection)
        withheld = _withheld()
    return Undone(rows, entries, last.digest, withheld)


def _withheld() -> dict[str, list[str]]:
    """Return the rows whose newest digest has lost its salt, by table."""
    newest = ContentDigest.objects.values("of", "key").annotate(last=Max("id")).values("last")
    found: dict[str, list[str]] = {}
    for one in ContentDigest.objects.filter(pk__in=newest, salt="").exclude(digest=""):
        found.setdefault(one.of, []).append(one.key)
    return found


def _later(to: str) -> tuple[set[int], int]:
    """Return the transactions to undo, and the number of the last row of the ledger that stays."""
    first = RowChange.objects.filter(did="E").order_by("id").first()
    kept_from = int(first.key) if first else 0
    # A transaction is later if its last row is: it was committed after that.
    placed: dict[int, int] = {}
    for tx, key in RowChange.objects.filter(did="E").values_list("tx", "key").iterator():
        placed[tx] = max(placed.get(tx, 0), int(key))
    stands = Entry.objects.filter(recorded_at__lte=to).order_by("-number").first()
    number = stands.number if stands else 0
    if number + 1 < kept_from:
        raise UsageRejected(
            "what is noted of earlier states does not reach back so far",
            "Restore an older backup, or go back less far",
        )
    later = {tx for tx, last in placed.items() if last > number}
    begun = RowChange.objects.exclude(did="E").values("tx").annotate(at=Min("at"))
    later |= {one["tx"] for one in begun if one["tx"] not in placed and one["at"] > to}
    firsts = [
        int(key)
        for key in RowChange.objects.filter(did="E", tx__in=later).values_list("key", flat=True)
    ]
    return later, min(firsts, default=number + 1) - 1


def _put_back(later: set[int]) -> int:
    """Give every row that was changed later what it held before the first of those changes."""
    tables, seen = own_coverage(), set()
    with connection.cursor() as cursor:
        for note in (
            RowChange.objects.exclude(did="E").filter(tx__in=later).order_by("id").iterator()
        ):
            if note.of not in tables or (note.of, note.key) in seen:
                continue
            seen.add((note.of, note.key))
            key, columns = tables[note.of].key, tables[note.of].names()
            cursor.execute(f'DELETE FROM "{note.of}" WHERE "{key}" = %s', [note.key])
            if note.did == "I":
                continue
            if connection.vendor == "postgresql":
                made = f'SELECT * FROM jsonb_populate_record(NULL::"{note.of}", %s)'
                cursor.execute(f'INSERT INTO "{note.of}" {made}', [note.was])
                continue
            # The literals are SQLite's own, by `quote`.
            literal_of = json.loads(note.was)
            names = [column for column in columns if column in literal_of]
            listed = ", ".join(f'"{name}"' for name in names)
            literals = ", ".join(literal_of[name] for name in names)
            cursor.execute(f'INSERT INTO "{note.of}" ({listed}) VALUES ({literals})')
    return len(seen)
