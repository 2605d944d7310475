"""What benchmarks/search.py runs beside its database: fill it, index it, ask, and ask by page."""

# ruff: noqa: PLC0415 (nothing of Django may load before it is set up)
from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

import numpy as np

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Row
from served import signed_in, wait_for
from store import _again

YEAR = 2014
USERS, ASKED, PORT = 20, 12, 8771
READS = 5.0
"""Declared: seconds for which a user reads the results before the next search."""
TYPED = (
    "male 23 churchyard", "14 September 2011", "phone missing", "propped against a wall",
    "overdose hotel 2012", "aged about 40 female railway", '"small bottle" 22', "D-2009-00017",
    "male", "GHB", "curchyard", "burial ground 2005 -alcohol",
)  # fmt: skip
"""Searches of every kind: few and many matches, dates, features, a slip of the pen."""


def rows_of(count: int) -> list[Row]:
    """Return that many made-up records, a year repeated backwards."""
    settings = ForceSettings(date(YEAR, 1, 1), date(YEAR, 12, 31))
    made = generate_force(settings, np.random.default_rng(8)).rows
    rows, times = list(made[:count]), 1
    while len(rows) < count:
        for row in made[: count - len(rows)]:
            again = _again(row, times)
            again["reported_at"] = f"{YEAR - times}{again['reported_at'][4:]}"
            rows.append(again)
        times += 1
    return rows


def fill(rows: list[Row]) -> float:
    """Put the records into the database and their index; return ms a record of the index."""
    from django.db import transaction

    from clew.desk.records import models
    from clew.desk.records.models import Case

    follow = list(models.SAVED_CALLS)
    spent = 0.0
    for k in range(0, len(rows), 2_000):
        cases = [_case(row) for row in rows[k : k + 2_000]]
        with transaction.atomic():
            models.SAVED_CALLS.clear()
            Case.objects.bulk_create(cases, batch_size=500)
            began = time.perf_counter()
            for call in follow:
                call(cases)
            spent += time.perf_counter() - began
            models.SAVED_CALLS.extend(follow)
    return spent / len(rows) * 1000


def _case(row: Row) -> Any:
    from clew.desk.records.models import Case

    at = datetime.fromisoformat(row["reported_at"])
    return Case(
        case_id=row["case_id"], reported_at=at if at.tzinfo else at.replace(tzinfo=UTC),
        kind=row.get("kind", "death"), agency=row.get("agency", ""), area=row.get("area", ""),
        texts={"report": {}, "now": row, "to_the_minute": True},
    )  # fmt: skip


def alone(typed: str) -> tuple[float, str]:
    """Return the ms of one search in this process, the median of three, and what it found."""
    from clew.desk.accounts.rules import Person, Role, RoleGrant
    from clew.desk.search.find import did_you_mean, find, read

    person = Person("benchmark", (RoleGrant(Role.ANALYST),))
    took = []
    for _ in range(3):
        began = time.perf_counter()
        query = read(typed)
        found = find(person, query)
        if not found.cases:
            did_you_mean(person, query)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)[1], f"{'over ' if found.more else ''}{len(found.cases):,}"


def pages(cookie: str) -> dict[str, list[float]]:
    """Let all users search; return how long each page took, ms, by what was typed."""
    took: dict[str, list[float]] = {typed: [] for typed in TYPED}

    def user(number: int) -> None:
        draws = np.random.default_rng(number)
        for _ in range(ASKED):
            time.sleep(READS * float(draws.uniform(0.5, 1.5)))  # no two in step
            typed = TYPED[int(draws.integers(len(TYPED)))]
            asks = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            began = time.perf_counter()
            headers = {"Cookie": cookie, "Host": "localhost"}
            asks.request("GET", f"/records?words={quote(typed)}", headers=headers)
            answer = asks.getresponse()
            answer.read()
            took[typed].append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, answer.status
            asks.close()

    faults: list[BaseException] = []

    def asks_on(number: int) -> None:
        try:
            user(number)
        except Exception as fault:  # a figure without its slowest answers would be none
            faults.append(fault)

    users = [threading.Thread(target=asks_on, args=(number,)) for number in range(USERS)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    if faults:
        raise SystemExit(f"{len(faults)} of {USERS} users got no answer: {faults[0]}")
    return took


def serve_and_ask() -> dict[str, list[float]]:
    """Serve as in service, sign in, and let the users search."""
    from clew.desk.commands.service import Address, commands_of

    cookie = f"sessionid={signed_in('bench')}"
    server = subprocess.Popen(commands_of(Address(port=PORT))[0])
    try:
        wait_for(PORT)
        return pages(cookie)
    finally:
        server.terminate()
        server.wait(30)


def index_bytes() -> int:
    """Return how large the documents and their index are."""
    from django.db import connection

    sql = (
        "SELECT pg_total_relation_size('search_searchdocument')"
        if connection.vendor == "postgresql"
        else "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_%'"
    )
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql)
            return int(cursor.fetchone()[0])
        except Exception:  # SQLite may be built without dbstat
            cursor.execute("SELECT sum(length(block)) FROM search_text_data")
            return int(cursor.fetchone()[0])


def main(count: int) -> dict[str, Any]:
    """Fill, index, ask and serve; return the figures."""
    from clew.desk.setup import migrate, set_up

    set_up()
    migrate()
    from django.db import connection

    from clew.desk.search.index import rebuild

    index_ms = fill(rows_of(count))
    began = time.perf_counter()
    rebuild()
    rebuild_s = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    asked = [(typed, *alone(typed)) for typed in TYPED]
    took = serve_and_ask()
    every = [one for part in took.values() for one in part]
    queries = [
        {
            "typed": typed, "found": found, "alone": ms,
            "p50": float(np.median(took[typed] or [0])),
            "p95": float(np.percentile(took[typed] or [0], 95)),
        }
        for typed, ms, found in asked
    ]  # fmt: skip
    return {
        "database": connection.display_name, "records": count, "index_mb": index_bytes() / 1e6,
        "index_ms": index_ms, "rebuild_s": rebuild_s, "queries": queries,
        "p50": float(np.median(every)), "p95": float(np.percentile(every, 95)),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
