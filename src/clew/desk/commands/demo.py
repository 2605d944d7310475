"""The demonstration desk: the Barking record within a made-up force, with rounds already run.

Everything in it is made up but the four deaths, which stand as they could be known at the time
(generator/barking.py). Its password is public, so it runs in a home of its own and on loopback.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from clew.errors import UsageRejected
from clew.generator.demo import generate_demo, write_generated
from clew.generator.force import ForceSettings
from clew.generator.generated import Generated, Row

PASSWORD = "demo-only-orchard-lantern"  # noqa: S105 (public, and said to be so)
"""The one password of all demonstration accounts."""
MARK = "demonstration"
"""A file in the home that says: this is a demonstration, and may be thrown away."""
HOST, DATABASE = "127.0.0.1", "desk.sqlite3"
SEED = 2014
LAST_DAY = date(2015, 9, 16)
DEATHS_A_DAY = 2.0
"""Declared: some 2,000 records, compared in well under two minutes on two cores."""
AT = (date(2014, 6, 19), date(2014, 8, 30), date(2014, 9, 22), LAST_DAY)
"""The days of the four deaths on which `clew demo` looks too (workflows/demo.py)."""
ZONE = ZoneInfo("Europe/London")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoAsked:
    """How large the made-up force is, and which seed made it."""

    deaths_a_day: float = DEATHS_A_DAY
    seed: int = SEED


def prepare_home(home: Path, *, again: bool = False) -> bool:
    """Make the home of a demonstration; False if a whole one is there already and not made again.

    Call it before Django is set up: the settings read the home.

    Raises
    ------
    UsageRejected
        If the folder holds anything else, or a database server is configured.
    """
    if os.environ.get("CLEW_DESK_DATABASE"):
        raise UsageRejected(
            "CLEW_DESK_DATABASE names a database, and a demonstration is no place for one",
            "Unset it; the demonstration keeps a file of its own",
        )
    mark = home / MARK
    if mark.is_file():
        if mark.read_text(encoding="ascii") == "whole" and not again:
            os.environ["CLEW_DESK_HOME"] = str(home)
            return False
        shutil.rmtree(home)  # one that was broken off, and its own mark says so
    elif home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageRejected(
            f"{home} holds other data", "Name an empty folder, or one that is not there"
        )
    home.mkdir(parents=True, mode=0o700, exist_ok=True)
    mark.write_text("begun", encoding="ascii")
    os.environ["CLEW_DESK_HOME"] = str(home)
    return True


def finish_home(home: Path) -> None:
    """Mark the demonstration as whole."""
    (home / MARK).write_text("whole", encoding="ascii")


def fill(asked: DemoAsked, folder: Path, say: Say) -> None:
    """Fill an empty desk: accounts, four rounds, a judgement between the second and the third."""
    from clew.desk.commands.demo_judgement import put_aside, sign_budget
    from clew.desk.commands.demo_people import make_people, note_effort_of, seal_one

    settings = ForceSettings(deaths_a_day=asked.deaths_a_day, last_day=LAST_DAY)
    made = generate_demo(asked.seed, settings)
    make_people(sorted({row["area"] for row in made.rows if row.get("area")}), PASSWORD)
    sign_budget(at_the_end_of(AT[0] - timedelta(days=30)))
    since = ""
    for number, day in enumerate(AT):
        until = day.isoformat()
        stage = between(made, since, until)
        say(f"{until}: {len(stage.rows):,} records and {len(stage.facts):,} facts reach the desk")
        hand_in(stage, folder / until)
        if number == 0:
            seal_one()
        _round(day, say)
        if number == 1:
            put_aside("BD-2", "BD-1", at_the_end_of(day) + timedelta(hours=34))
            say("   BD-2 and BD-1: judged not linked, a second reader agreed; not taken forward")
        since = until
    note_effort_of("BD-", asked.seed)


def between(made: Generated, since: str, until: str) -> Generated:
    """Return what reached the desk after one day and up to another, as it was then.

    A row holds none of what a fact tells later: the facts rule those fields.
    """
    ruled = {(fact["case_id"], fact["field"]) for fact in made.facts}
    rows = [_without(row, ruled) for row in made.rows if since < row["reported_at"][:10] <= until]
    facts = [fact for fact in made.facts if since < fact["recorded_at"][:10] <= until]
    return replace(made, rows=rows, facts=facts)


def _without(row: Row, ruled: set[tuple[str, str]]) -> Row:
    return {name: v for name, v in row.items() if (row["case_id"], name) not in ruled}


def hand_in(stage: Generated, folder: Path) -> None:
    """Write a stage's files and take them in."""
    from clew.desk.cases.take_in import take_in
    from clew.intake.read import CaseSources

    write_generated(stage, folder)
    cases, facts, coverage = (folder / f"{name}.csv" for name in ("cases", "facts", "coverage"))
    take_in(CaseSources(cases, facts, coverage), "demonstration")


def _round(day: date, say: Say) -> None:
    from clew.desk.commands.round import run_here

    for line in run_here(at_the_end_of(day)):
        if line.startswith("Comparison"):
            say(f"   {line}")


def at_the_end_of(day: date) -> datetime:
    """Return the last second of a day."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE)


def welcome(home: Path, port: int, serves: bool) -> Iterable[str]:
    """Return the lines that tell how to sign in, or how to serve what was only filled."""
    from clew.desk.accounts.rules import Role

    if serves:
        yield f"The demonstration is at http://{HOST}:{port}/ until you stop it with Ctrl-C."
    else:
        yield f"The demonstration is filled. Serve it: clew desk demo --home {home}"
    yield f"Sign in as {', '.join(role.value for role in Role)}."
    yield f"Password of all: {PASSWORD} (demonstration only: it is public)."
    yield "In the queue, BD-2 and BD-1 are back before a more senior reader: see why."
