"""The demonstration desk: the Barking record within a made-up force, with rounds already run.

Everything in it is made up but the four deaths, which stand as they could be known at the time
(synthetic/barking.py). Its password is public, so it runs in a home of its own and on loopback.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import Role
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.models import Case
from clew.desk.review.models import (
    AlertBudgetDecision,
    Decision,
    Judgement,
    Pair,
    SecondReading,
    Shown,
)
from clew.desk.review.pair_state import judged, second_read
from clew.desk.rounds.workload import enter_staff, note_effort
from clew.desk.setup import add_account
from clew.errors import UsageRejected
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Generated, Row, write_generated

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
    from clew.desk.records.take_in import take_in
    from clew.intake.read import CaseSources

    write_generated(stage, folder)
    cases, facts, coverage = (folder / f"{name}.csv" for name in ("cases", "facts", "coverage"))
    take_in(CaseSources(cases, facts, coverage), "demonstration")


def _round(day: date, say: Say) -> None:
    from clew.desk.commands.service import run_here

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


# What people decided at the demonstration desk: a budget, and one pair that was put aside.


SHARE = 0.02
"""Made up: two alerts in a hundred deaths; a small force would wait a month for its first."""
REASON = "Two young men, no injuries seen; each death has an explanation of its own on its file."
EXPLANATION = "Drug taking, unrelated"
WOULD_CHANGE = "A person or a phone that is in both; a third death like these."


def sign_budget(at: datetime) -> None:
    """Record the decision that sets the alert budget."""
    supervisor = Account.objects.get(name="supervisor")
    with transaction.atomic():
        last = Decision.objects.aggregate(Max("number"))["number__max"] or 0
        decision = Decision.objects.create(
            number=last + 1, title="Alert budget", about="budget", decided_at=at,
            maker=supervisor, recorded_by=supervisor,
            rationale=f"{SHARE:g} alerts a death: what two people can look at in a morning.",
            options_rejected="0.01: a month without an alert. 0.1: more than anybody reads.",
        )  # fmt: skip
        AlertBudgetDecision.objects.create(decision=decision, share=SHARE)
        write(Act.DECISION, f"decision:{decision.number}", "supervisor", title=decision.title)


def put_aside(first: str, second: str, at: datetime) -> None:
    """Judge a pair not linked, and let a second reader agree: it is not taken forward."""
    pair = Pair.objects.get(first__case_id=first, second__case_id=second)
    analyst = Account.objects.get(name="analyst")
    supervisor = Account.objects.get(name="supervisor")
    later = at + timedelta(hours=5)
    subject = f"pair:{first},{second}"
    with transaction.atomic():
        Shown.objects.create(pair=pair, link=pair.link, account=analyst, at=at, page="comparison")
        judgement = Judgement.objects.create(
            pair=pair, link=pair.link, verdict="not_linked", relation="none", reason=REASON,
            explanation=EXPLANATION, would_change=WOULD_CHANGE, decided_at=at, account=analyst,
        )  # fmt: skip
        SecondReading.objects.create(
            judgement=judgement, account=supervisor, at=later, agrees=True, note="I agree."
        )
        standing = second_read(judged(pair.standing(), "not_linked"), agrees=True)
        pair.state, pair.since = standing.state, later
        pair.save(update_fields=["state", "since"])
        write(Act.DECISION, subject, "analyst", judgement="not_linked")
        write(Act.DECISION, subject, "supervisor", agrees=True, state=standing.state)


# Who works at the demonstration desk, what was done there, and one sealed record.


BY = "demonstration"
AREA_OF_THE_FOUR = "KD"
STAFF = 6
"""Made up: on duty in the area of the four on a day."""


def make_people(areas: Iterable[str], password: str) -> None:
    """Make one account a role, for all areas, named as the role; and the areas."""
    Area.objects.bulk_create([Area(code=code, name=f"Area {code}") for code in areas])
    for role in Role:
        name = role.value.replace("_", " ").capitalize()
        add_account(role.value, name, password, ((role.value, ""),), BY)
    Account.objects.filter(name="supervisor").update(rank="detective inspector")


def seal_one() -> None:
    """Seal the first record of a survivor and open it to the murder team by name."""
    case = Case.objects.filter(kind="non_fatal").order_by("reported_at", "id").first()
    if case is None:
        return
    with transaction.atomic():
        case.sealed, case.sealed_by = True, "supervisor"
        case.save(update_fields=["sealed", "sealed_by"])
        account = Account.objects.get(name="murder_team")
        case.openings.create(account=account, reason="Works on this record", given_by="supervisor")
        write(Act.ALTERATION, f"case:{case.case_id}", BY, sealed=True, opened_to=[account.name])


def note_effort_of(beginning: str, seed: int) -> None:
    """Note when the first detective came to some deaths, and who was on duty in their area."""
    draws = random.Random(seed)  # noqa: S311 (made-up figures)
    deaths = Case.objects.filter(kind="death", area=AREA_OF_THE_FOUR).order_by("reported_at")
    with transaction.atomic():
        for case in deaths:
            if case.case_id.startswith(beginning) or draws.random() < 0.3:
                continue  # of the four, nothing is made up
            at = case.reported_at + timedelta(hours=round(draws.expovariate(1 / 9), 1))
            note_effort(case, "first_detective", at, BY, "made up")
    last = deaths.last()
    if last is not None:
        enter_staff(AREA_OF_THE_FOUR, last.reported_at.date(), STAFF, BY)
