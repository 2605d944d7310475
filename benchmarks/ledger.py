"""How long a ledger of a million rows takes to verify, and what one row more costs.

`python benchmarks/ledger.py [rows]`. The rows are made by bulk insert, as the desk itself writes
them, on SQLite in a folder of its own; a checkpoint stands after each 1,000. Each row accounts for
one fact of a record, so there are as many facts and digests as rows. What is timed is `clew ledger
verify`, and the same with `--all`, each a process of its own.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROWS = 1_000_000
AT_ONCE = 20_000
CHECKPOINTS = 1_000
WRITES = 300
MAKE = "import ledger, sys; ledger.make(int(sys.argv[1]))"
WRITE = "import ledger; print(ledger.time_writes())"


def make(rows: int) -> None:
    """Fill the desk of CLEW_DESK_HOME with so many rows and their checkpoints."""
    from django.db import connection, transaction

    from clew.desk.setup import migrate, set_up

    set_up()
    migrate()
    from clew.desk.ledger.coverage import own_coverage_digest, own_coverage_text
    from clew.desk.ledger.models import ContentDigest, Coverage, Entry, Head
    from clew.desk.ledger.triggers import drop_triggers, set_triggers, standing_triggers

    with transaction.atomic():
        connection.cursor().execute("PRAGMA cache_size=-200000")
        drop_triggers(
            connection, standing_triggers(connection)
        )  # a note of each would be no ledger
        make_facts(rows)
        Coverage.objects.create(digest=own_coverage_digest(), text=own_coverage_text())
        batch, digests, last = [], [], None
        for last, of in made(rows):
            batch.append(last)
            digests += of
            if len(batch) == AT_ONCE:
                Entry.objects.bulk_create(batch)
                ContentDigest.objects.bulk_create(digests)
                batch.clear()
                digests.clear()
        Entry.objects.bulk_create(batch)
        ContentDigest.objects.bulk_create(digests)
        assert last is not None
        set_triggers(connection)
        Head.objects.create(
            pk=1, number=last.number, digest=last.digest, recorded_at=last.recorded_at
        )


def make_facts(rows: int) -> None:
    """Make a record with as many facts as there are rows."""
    from django.utils import timezone

    from clew.desk.records.models import Case, Fact

    case, at = Case.objects.create(case_id="BD-1", reported_at=timezone.now()), timezone.now()
    for begin in range(0, rows, AT_ONCE):
        Fact.objects.bulk_create(
            Fact(
                case=case, field="scene", op="add", value=f"item {k}: phone missing, propped up",
                known_at="2014-08-28T04:05", recorded_at="2014-08-28T04:05:00.000000Z",
                entered_at=at, entered_by=f"officer.{k % 300}",
            )
            for k in range(begin, min(begin + AT_ONCE, rows))
        )  # fmt: skip


def contents(rows: int) -> Iterator[list[object]]:
    """Yield the digests of each row: one fact each, and the record beside the first."""
    from django.db import connection

    from clew.desk.ledger.contents import content_digest, new_salt, rows_query
    from clew.desk.ledger.coverage import own_coverage
    from clew.desk.ledger.models import ContentDigest

    def digests(table: str, number: int | None) -> Iterator[object]:
        query = rows_query("sqlite", table, own_coverage()[table])
        with connection.cursor() as cursor:
            cursor.execute(query)
            for k, row in enumerate(cursor, 1):
                salt, key = new_salt(), str(row[0])
                digest = content_digest(salt, row[1:])
                yield ContentDigest(entry=number or k, of=table, key=key, digest=digest, salt=salt)

    first = list(digests("records_case", 1))
    for k, one in zip(range(rows), digests("records_fact", None), strict=True):
        yield [one, *first] if k == 0 else [one]


def made(rows: int) -> Iterator[tuple[object, list[object]]]:
    """Yield rows as the desk writes them, with their digests.

    A checkpoint is written beside each thousandth.
    """
    from datetime import UTC, datetime, timedelta

    from clew.desk.ledger.chain import BEGINNING, LedgerRow, canonical
    from clew.desk.ledger.contents import content_text, sum_of
    from clew.desk.ledger.coverage import own_coverage_digest
    from clew.desk.ledger.models import Act, Entry
    from clew.desk.ledger.write import instant_text

    acts = list(Act)
    # The rows end now: one far later than the last is refused, as a jump of the clock.
    begin = datetime.now(UTC) - timedelta(seconds=rows + 60)
    previous, signing = BEGINNING, Signing()
    telling: dict[str, object] | None = None
    for number, of in enumerate(contents(rows), 1):
        total = sum_of((one.of, one.key, one.digest) for one in of)  # type: ignore[attr-defined]
        told = telling or {"page": "matrix", "wanted": "see_links", "number": number}
        row = LedgerRow(
            number, instant_text(begin + timedelta(seconds=number)),
            "access" if telling else acts[number % len(acts)].value, f"officer.{number % 300}",
            "night duty, the nine o'clock meeting",
            "ledger" if telling else f"pair:BD-{number % 9973},BD-{number % 7919}",
            canonical(told), previous, content_text(len(of), total, own_coverage_digest()),
        )  # fmt: skip
        previous = row.digest()
        telling = signing.after(row, previous, number % CHECKPOINTS == 0 and number < rows)
        entry = Entry(
            number=row.number, recorded_at=row.recorded_at, act=row.act, actor=row.actor,
            purpose=row.purpose, subject=row.subject, body=row.body, previous=row.previous,
            digest=previous, content=row.content,
        )  # fmt: skip
        yield entry, of


class Signing:
    """Signs checkpoints while rows are made, as `checkpoint.checkpoint` would."""

    def __init__(self) -> None:
        from clew.desk.ledger.chain import Frontier
        from clew.desk.ledger.key import FIRST, key_of
        from clew.desk.settings import CONFIGURATION

        self.frontier, self.before = Frontier(), FIRST
        self.key = key_of(CONFIGURATION.home)

    def after(self, row: object, digest: str, due: bool) -> dict[str, object] | None:
        """Add a row; sign if due, and return the body of the row that tells of it."""
        from base64 import b64encode

        from clew.desk.ledger.key import Statement, id_of
        from clew.desk.ledger.models import Checkpoint
        from clew.desk.ledger.verify import frontier_text

        self.frontier.add(bytes.fromhex(digest))
        if not due:
            return None
        at, key_id = row.recorded_at, id_of(self.key.public_key())  # type: ignore[attr-defined]
        told = Statement(
            self.frontier.size, self.frontier.root().hex(), digest, at, self.before, key_id
        )
        Checkpoint.objects.create(
            size=told.size, root=told.root, head=told.head, signed_at=at, before=told.before,
            key_id=key_id, signature=b64encode(self.key.sign(told.text().encode())).decode(),
            frontier=frontier_text(self.frontier),
        )  # fmt: skip
        self.before = told.digest()
        return {"what": "checkpoint", "rows": told.size, "root": told.root, "signed_at": at,
                "key": key_id}  # fmt: skip


def time_writes() -> float:
    """Return milliseconds an act's row takes, in a transaction each, behind all those rows."""
    from clew.desk.setup import set_up

    set_up()
    from django.db import transaction

    from clew.desk.ledger.models import Act
    from clew.desk.ledger.write import write

    began = time.perf_counter()
    for k in range(WRITES):
        with transaction.atomic():
            write(Act.CONSULTATION, f"case:BD-{k}", "ann", "night duty", page="matrix")
    return (time.perf_counter() - began) / WRITES * 1000


def main(rows: int = ROWS) -> str:
    """Return what verifying took."""
    with tempfile.TemporaryDirectory() as name:
        environment = {
            **os.environ, "CLEW_DESK_HOME": name, "CLEW_DESK_DATABASE": "",
            "DJANGO_SETTINGS_MODULE": "clew.desk.settings",
        }  # fmt: skip
        here = {"cwd": Path(__file__).parent, "env": environment, "text": True}
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", MAKE, str(rows)], check=True, **here)  # type: ignore[call-overload]
        filled = time.perf_counter() - began
        written = subprocess.run(  # type: ignore[call-overload]
            [sys.executable, "-c", WRITE], check=True, stdout=subprocess.PIPE, **here
        ).stdout
        size = (Path(name) / "desk.sqlite3").stat().st_size
        took, own, peak, said = verified(here)
        all_took, all_own, all_peak, all_said = verified(here, "--all")
    held = re.search(r"^([\d,]+) rows hold together", said, re.MULTILINE)
    assert held is not None
    assert int(held[1].replace(",", "")) >= rows, said
    assert "rows of other tables are what the ledger says" in all_said
    return (
        f"SQLite, {held[1]} rows with {rows // CHECKPOINTS:,} checkpoints, {size / 2**20:,.0f} MiB."
        f" Made by bulk insert in {filled:.0f} s.\n\n| what | took |\n| --- | ---: |\n"
        f"| `clew ledger verify`, every row, the tree and every signature | {took:.1f} s, of"
        f" which {own:.1f} s of one core,"
        f" at most {peak:,.0f} MiB |\n"
        f"| `clew ledger verify --all`, besides {rows:,} facts by their digests | {all_took:.1f} s,"
        f" of which {all_own:.1f} s of one core, at most {all_peak:,.0f} MiB |\n"
        f"| one act more, its row in a transaction of its own | {float(written):.1f} ms |\n"
    )


def verified(here: dict[str, object], *options: str) -> tuple[float, float, float, str]:
    """Run `clew ledger verify`: seconds by the clock, of a core, MiB at most, what was said."""
    script = (
        "import atexit, sys\n"
        "def peak():\n"
        "    lines = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "    print(lines['VmHWM'].split()[0])\n"
        "atexit.register(peak)\n"
        f"from clew.cli.app import main\nsys.argv = ['clew', 'ledger', 'verify', *{options}]\n"
        "main()"
    )
    began, before = time.perf_counter(), _of_children()
    told = subprocess.run(  # type: ignore[call-overload]
        [sys.executable, "-c", script], check=True, capture_output=True, **here
    ).stdout
    took = time.perf_counter() - began
    return took, _of_children() - before, int(told.split()[-1]) / 1024, told


def _of_children() -> float:
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
