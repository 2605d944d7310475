"""Run rounds in processes that are killed at random; print what stands in the end, as JSON.

Called as `killed_rounds.py HOME KILLS DAYS SEED` by test_round_kills.py. The rounds run in
children of this process, which loads everything once; after each kill the database is looked at.
"""

# ruff: noqa: PLC0415 (nothing of Django may load before the home is named)
from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

DAYS = [
    date(2014, 6, 19),
    date(2014, 8, 30),
    date(2014, 9, 22),
    date(2015, 1, 15),
    date(2015, 9, 16),
]


def main(home: Path, kills: int, days: int, seed: int) -> dict[str, Any]:
    """Run the rounds of `days` days, killing `kills` processes; return what stands in the end."""
    _begin(home)
    from populated import town_papers

    from clew.desk.commands.demo import between
    from clew.desk.rounds import inbox

    inbox.STILL_S = 0.0
    draws, made, since = random.Random(seed), town_papers(), ""
    left, killed = kills, 0
    for k, day in enumerate(DAYS[:days]):
        _hand_in(between(made, since, day.isoformat()), str(k))
        number = _ask(day)
        rounds_left = days - k
        share = -(-left // rounds_left)
        for _ in range(share):
            killed += _killed_in(draws.uniform(0.01, 1.0))
            left -= 1
            check()
        while not _is_done(number):
            _killed_in(None)
        since = day.isoformat()
    check()
    return {"killed": killed, **stands()}


def _begin(home: Path) -> None:
    os.environ["CLEW_DESK_HOME"] = str(home)
    if told := os.environ.get("CLEW_DESK_DATABASE"):
        os.environ["CLEW_DESK_DATABASE"] = database_of_its_own(told, f"kills_{os.getpid()}")
    os.environ["CLEW_DESK_INBOX_OWNER"] = "folder"
    from clew.desk.setup import migrate, set_up

    set_up()
    migrate()
    from made_desk import folder_owner

    import clew.desk.rounds.run  # noqa: F401 (loaded once, before any child)

    folder_owner()

    _close()


def database_of_its_own(told: str, name: str) -> str:
    """Make an empty database beside the one that this address names, and return its address."""
    import psycopg

    with psycopg.connect(told, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    return " ".join(p for p in told.split() if not p.startswith("dbname=")) + f" dbname={name}"


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _hand_in(stage: Any, ending: str) -> None:
    from clew.desk.rounds.inbox import inbox
    from clew.synthetic.generated import write_generated

    folder = inbox().parent / "made"
    write_generated(stage, folder)
    for path in folder.iterdir():
        path.replace(inbox() / f"{path.stem}-{ending}{path.suffix}")


def _ask(day: date) -> int:
    from zoneinfo import ZoneInfo

    from clew.desk.rounds.run import ask_for_round

    at = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo("Europe/London"))
    number = ask_for_round("test", at).pk
    _close()
    return int(number)


def _is_done(number: int) -> bool:
    from clew.desk.review.runs import Round

    one = Round.objects.get(pk=number)
    _close()
    assert one.state != Round.FAILED, one.failed_because
    return bool(one.state == Round.DONE)


def _killed_in(seconds: float | None) -> int:
    """Run rounds in a child; kill it after some time, or let it end. Return 1 if it was killed."""
    child = os.fork()
    if child == 0:
        from clew.desk.rounds.worker import work

        work(once=True)
        os._exit(0)
    until = time.monotonic() + (3600 if seconds is None else seconds)
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


def check() -> None:
    """Fail if anything half-done is visible, or the ledger is broken."""
    from clew.desk.ledger.chain import BEGINNING, LedgerRow
    from clew.desk.ledger.models import Entry
    from clew.desk.records.models import Case
    from clew.desk.review.models import Link, Pair
    from clew.desk.review.runs import RoundStep, Run

    for run in Run.objects.all():
        says = RoundStep.objects.get(round=run.round, name="link").says
        assert says["run"] == run.pk
        assert says["links"] == Link.objects.filter(run=run).count()
    assert Pair.objects.filter(link=None).count() == 0
    previous = BEGINNING
    for k, e in enumerate(Entry.objects.all()):
        row = LedgerRow(
            e.number, e.recorded_at, e.act, e.actor, e.purpose, e.subject, e.body, e.previous,
            e.content,
        )  # fmt: skip
        assert (e.number, e.previous, e.digest) == (k + 1, previous, row.digest())
        previous = e.digest
    collected = Entry.objects.filter(act="collection", subject__startswith="case:").count()
    assert collected == Case.objects.count()
    _close()


def stands() -> dict[str, Any]:
    """Return everything that rounds have made, in an order of its own."""
    from clew.desk.records.models import Case, Fact, Workload
    from clew.desk.review.models import Link, Pair, SeriesView

    columns = (
        "case__case_id",
        "other__case_id",
        "rank",
        "micro_bans",
        "chance",
        "alert",
        "trigger",
    )
    links = [[*row[:-1], row[-1].isoformat()] for row in Link.objects.values_list(*columns, "at")]
    pairs = Pair.objects.values_list(
        "first__case_id", "second__case_id", "state", "level", "times", "because", "within_budget"
    )
    series = SeriesView.objects.values_list("run_id", "series_id", "view", "chance")
    return {
        "cases": Case.objects.count(),
        "facts": Fact.objects.count(),
        "links": sorted(links),
        "pairs": sorted(list(row) for row in pairs),
        "series": sorted(list(row) for row in series),
        "workload": sorted(
            [w.unit, w.day.isoformat(), w.open_deaths] for w in Workload.objects.all()
        ),
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    told = main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
    sys.stdout.write(json.dumps(told) + "\n")
