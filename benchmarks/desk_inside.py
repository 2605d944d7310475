"""What benchmarks/desk.py runs beside its PostgreSQL: fill it, ask for pages, run two rounds."""

# ruff: noqa: PLC0415 (nothing of Django may load before it is set up)
from __future__ import annotations

import csv
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from clew.synthetic.force import ForceSettings, generate_force
from clew.synthetic.generated import Generated, Row, write_generated
from served import signed_in, wait_for
from store import _again

YEAR = 2014
BEGAN = datetime(YEAR, 12, 9, 7, tzinfo=UTC)
"""When the desk of the benchmark did its last round but two."""
NEW, LATE, USERS, ASKED, PORT = 30, 40, 20, 15, 8765
READS = 1.0
"""Declared: seconds for which a user reads a page, where they do not ask again at once."""
PAIRS_EACH = 5
TIMES = ("reported_at", "earliest", "latest", "last_seen_alive")


def rows_of(cases: int) -> tuple[list[Row], list[Row]]:
    """Return the history up to `BEGAN`, and the rows of the days after it."""
    settings = ForceSettings(date(YEAR, 1, 1), date(YEAR, 12, 31))
    made = generate_force(settings, np.random.default_rng(8)).rows
    until = BEGAN.date().isoformat()
    before = [row for row in made if row["reported_at"] < until]
    rows = list(before)
    times = 1
    while len(rows) < cases:
        rows += [_earlier(row, times) for row in made[: cases - len(rows)]]
        times += 1
    return rows[:cases], [row for row in made if row["reported_at"][:10] > until]


def _earlier(row: Row, times: int) -> Row:
    again = _again(row, times)
    for name in TIMES:
        if name in again:
            again[name] = f"{YEAR - times}{again[name][4:]}"
    return again


def fill(folder: Path, rows: list[Row]) -> None:
    """Put the history into the store and the database, and five pairs for each recent death."""
    from clew.desk.records.models import Case
    from clew.desk.rounds.sync import store_folder
    from clew.intake.read import CaseSources
    from clew.workflows.store import add_to_store

    write_generated(Generated(rows, [], []), folder)
    add_to_store(store_folder(), CaseSources(folder / "cases.csv"))
    cases = [_case(row) for row in rows]
    Case.objects.bulk_create(cases, batch_size=5_000)
    _pairs(cases)
    _as_if_it_had_run()


def _case(row: Row) -> Any:
    from clew.desk.records.models import Case

    at = datetime.fromisoformat(row["reported_at"])
    return Case(
        case_id=row["case_id"], reported_at=at if at.tzinfo else at.replace(tzinfo=UTC),
        kind=row.get("kind", "death"), agency=row.get("agency", ""), area=row.get("area", ""),
        texts={"report": row, "now": row, "to_the_minute": True},
    )  # fmt: skip


def _pairs(cases: list[Any]) -> None:
    """Queue five pairs for each of the latest fifth of all records: two hundred thousand."""
    from clew.desk.review.models import Link, Pair
    from clew.desk.review.runs import Run

    run = Run.objects.create(as_of=BEGAN, version="benchmark", weights="-", compared=len(cases))
    draws = np.random.default_rng(1)
    recent = cases[: len(cases) // 5]
    for k in range(0, len(recent), 2_000):
        links = []
        for case in recent[k : k + 2_000]:
            others = draws.choice(len(cases), PAIRS_EACH, replace=False)
            for rank, other in enumerate(o for o in others if cases[o] is not case):
                priority = float(draws.exponential(0.5))
                links.append(
                    Link(
                        run=run, case=case, other=cases[other], at=case.reported_at,
                        rank=rank + 1, micro_bans=0, chance=10**-priority, priority=priority,
                        compared=len(cases), tier="similarity", relation="lead",
                        trigger="new_case", alert=rank == 0 and priority > 2,
                    )
                )  # fmt: skip
        Link.objects.bulk_create(links)
        Pair.objects.bulk_create(
            [
                Pair(
                    first=link.case, second=link.other, link=link, area=link.case.area,
                    other_area=link.other.area,
                    priority=link.priority, within_budget=link.alert,
                )
                for link in links
            ]
        )  # fmt: skip


def _as_if_it_had_run() -> None:
    """Leave what a round at `BEGAN` would have left: no warm-up of ninety days is timed here."""
    from clew.desk.ledger.write import instant_text
    from clew.desk.review.runs import Round, RoundStep
    from clew.desk.rounds.budget import BudgetState
    from clew.desk.rounds.sync import segment_sums, store_folder

    one = Round.objects.create(asked_by="benchmark", as_of=BEGAN, state=Round.DONE)
    at = int(BEGAN.timestamp())
    store = {"ledger": 0, "segments": segment_sums(store_folder()), "added": 0}
    RoundStep.objects.create(round=one, name="store", says=store)
    month = int(datetime(YEAR, 12, 1, tzinfo=UTC).timestamp())
    says = {
        "learns_from": month, "begins": month, "as_of": at, "as_of_text": instant_text(BEGAN),
        "ledger": 0, "purse": BudgetState().to_json(at),
    }  # fmt: skip
    RoundStep.objects.create(round=one, name="link", says=says)


def day_of(folder: Path, rows: list[Row], history: list[Row], number: int) -> datetime:
    """Put a day's files into the watched folder; return the moment of its round."""
    from clew.desk.rounds.inbox import inbox

    at = BEGAN + timedelta(days=number)
    told = at.date().isoformat()
    mine = [row | {"case_id": f"N{number}-{row['case_id']}"} for row in rows[:NEW]]
    for k, row in enumerate(mine):
        for name in TIMES:
            row.pop(name, None)
        row["reported_at"] = f"{told}T0{k % 6}:{k:02d}"
    write_generated(Generated(mine, [], []), folder)
    (folder / "cases.csv").replace(inbox() / f"cases-{number}.csv")
    with (inbox() / f"facts-{number}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["case_id", "field", "op", "value", "known_at"])
        for row in history[number * 100 : number * 100 + LATE]:
            writer.writerow([row["case_id"], "substances", "set", "ghb", f"{told}T06:30"])
    return at


def round_s(at: datetime) -> float:
    """Return the seconds that a round takes, its process and all."""
    time.sleep(2.5)  # files written to a moment ago wait
    code = "import sys; from clew.cli.app import main; main()"
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, "desk", "round", "--as-of", at.isoformat()],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    took = time.perf_counter() - began
    sys.stderr.write(done.stdout)
    return took


def pages(path: str, cookie: str, pause: float = 0.0) -> list[float]:
    """Let all users ask for a page again and again; return how long each answer took, ms.

    `pause`: the seconds for which each reads before it asks again.
    """
    took: list[float] = []

    def user(number: int) -> None:
        for _ in range(ASKED):
            time.sleep(pause * (1 + number / USERS) / 1.5)  # no two in step
            asks = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
            began = time.perf_counter()
            asks.request("GET", path, headers={"Cookie": cookie, "Host": "localhost"})
            answer = asks.getresponse()
            answer.read()
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, answer.status
            asks.close()

    users = [threading.Thread(target=user, args=(number,)) for number in range(USERS)]
    for one in users:
        one.start()
    for one in users:
        one.join()
    return took


def time_pages() -> dict[str, Any]:
    """Serve, let the users ask, and return the figures."""
    from django.urls import reverse

    from clew.desk.commands.service import Address, commands_of

    line = commands_of(Address(port=PORT))[0]
    cookie = f"sessionid={signed_in('ann')}"
    path = reverse("queue")
    told: dict[str, Any] = {}
    server = subprocess.Popen(line)
    try:
        wait_for(PORT)
        pages(path, cookie)  # each thread of the server opens its connection
        for key, query, pause in (
            ("first", "", 0.0), ("fifth", "?page=5", 0.0),
            ("first_read", "", READS), ("fifth_read", "?page=5", READS),
        ):  # fmt: skip
            began = time.perf_counter()
            took = np.array(pages(path + query, cookie, pause))
            told[f"{key}_rate"] = len(took) / (time.perf_counter() - began)
            told[f"{key}_p50"] = float(np.percentile(took, 50))
            told[f"{key}_p95"] = float(np.percentile(took, 95))
    finally:
        server.terminate()
        server.wait()
    return told


def main(cases: int) -> dict[str, Any]:
    """Fill, time the pages and the rounds, and return the figures."""
    from clew.desk.setup import migrate, set_up

    set_up()
    migrate()
    from django.db import connection

    from clew.desk.review.models import Pair

    folder = Path(os.environ["CLEW_DESK_HOME"]) / "made"
    history, later = rows_of(cases)
    fill(folder, history)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    told: dict[str, Any] = {"cases": len(history), "pairs": Pair.objects.count(), **time_pages()}
    for number, name in ((1, "month"), (2, "day")):
        told[name] = round_s(day_of(folder, later, history, number))
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))) + "\n")
