"""The demonstration desk: the Barking record within a made-up force, with rounds already run.

Everything in it is made up but the four deaths, which stand as they could be known at the time
(synthetic/barking.py). Its password is public, so it runs in a home of its own and on loopback.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import Role
from clew.desk.commands.accounts import add_account
from clew.desk.commands.rounds import run_here
from clew.desk.ledger.clock import set_demonstration_clock
from clew.desk.ledger.models import Act
from clew.desk.ledger.subjects import case_subject
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, Effort
from clew.desk.records.take_in import take_in
from clew.desk.review.models import (
    AlertBudgetDecision,
    Decision,
    Judgement,
    Pair,
    SecondReading,
    Shown,
)
from clew.desk.review.pair_state import judged, second_read
from clew.desk.review.shown import subject_of
from clew.desk.rounds.workload import enter_staff
from clew.intake.read import CaseSources
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings
from clew.synthetic.generated import Generated, write_generated

PASSWORD = "demo-only-orchard-lantern"  # noqa: S105 (public, and said to be so)
"""The one password of all demonstration accounts."""
BY = "demonstration"
SEED = 2014
LAST_DAY = date(2015, 9, 16)
DAYS = (date(2014, 6, 19), date(2014, 8, 30), date(2014, 9, 22), LAST_DAY)
"""The days of the four deaths on which `clew demo` looks too (workflows/demo.py)."""
ZONE = ZoneInfo("Europe/London")
MORNING_AFTER = datetime(2015, 9, 17, 8, 15, tzinfo=ZONE)
"""To what the demonstration's clock is set when it is filled: the morning after its last day."""
SHARE = 0.02
"""Made up: two alerts in a hundred deaths; a small force would wait a month for its first."""
AREA_OF_THE_FOUR = "KD"
STAFF = 6
"""Made up: on duty in the area of the four on a day."""


def fill(deaths_a_day: float, folder: Path, say: Callable[[str], None]) -> None:
    """Fill an empty desk: accounts, four rounds, a judgement between the second and the third."""
    force = begin(deaths_a_day)
    since = ""
    for number, day in enumerate(DAYS):
        until = day.isoformat()
        stage = between(force, since, until)
        say(f"{until}: {len(stage.rows):,} records and {len(stage.facts):,} facts reach the desk")
        set_demonstration_clock(at_the_end_of(day))
        hand_in(stage, folder / until)
        survivors = Case.objects.filter(kind="non_fatal").order_by("reported_at", "id")
        if number == 0 and (survivor := survivors.first()):
            # The first of them is sealed, and opened to the murder team by name.
            with transaction.atomic():
                survivor.sealed, survivor.sealed_by = True, "supervisor"
                survivor.save(update_fields=["sealed", "sealed_by"])
                team = Account.objects.get(name="murder_team")
                why = "Works on this record"
                survivor.openings.create(account=team, reason=why, given_by="supervisor")
                subject = case_subject(survivor.case_id)
                write(Act.ALTERATION, subject, BY, sealed=True, opened_to=[team.name])
        for line in run_here(at_the_end_of(day)):
            if line.startswith("Comparison"):
                say(f"   {line}")
        if number == 1:
            _put_aside("BD-2", "BD-1", at_the_end_of(day) + timedelta(hours=34))
            say("   BD-2 and BD-1: judged not linked, a second reader agreed; not taken forward")
        if day != LAST_DAY:
            # As if the desk had begun with its history: old deaths have no deadlines any more.
            with transaction.atomic():
                Case.objects.update(entered_at=at_the_end_of(LAST_DAY))
        since = until
    set_demonstration_clock(MORNING_AFTER)
    # When the first detective came to some deaths, and who was on duty in their area.
    draws = random.Random(SEED)  # noqa: S311 (made-up figures)
    deaths = Case.objects.filter(kind="death", area=AREA_OF_THE_FOUR).order_by("reported_at")
    with transaction.atomic():
        for case in deaths:
            if case.case_id.startswith("BD-") or draws.random() < 0.3:
                continue  # of the four, nothing is made up
            at = case.reported_at + timedelta(hours=round(draws.expovariate(1 / 9), 1))
            kind = "first_detective"
            Effort.objects.create(case=case, kind=kind, at=at, note="made up", recorded_by=BY)
            write(Act.ALTERATION, case_subject(case.case_id), BY, effort=kind)
    last = deaths.last()
    if last is not None:
        enter_staff((AREA_OF_THE_FOUR, last.reported_at.date(), STAFF), BY)


def begin(deaths_a_day: float, accounts: Sequence[tuple[str, str, str, str]] = ()) -> Generated:
    """Make the force, its areas, an account for each role, and the decision on the alert budget.

    `accounts` are further ones of a replay: name, full name, role and its area.
    """
    force = generate_demo(SEED, ForceSettings(deaths_a_day=deaths_a_day, last_day=LAST_DAY))
    areas = sorted({row["area"] for row in force.rows if row.get("area")})
    Area.objects.bulk_create([Area(code=code, name=f"Area {code}") for code in areas])
    for role in Role:
        name = role.value.replace("_", " ").capitalize()
        add_account(role.value, name, PASSWORD, ((role.value, ""),), BY)
    for name, full_name, role_name, area in accounts:
        add_account(name, full_name, PASSWORD, ((role_name, area),), "replay")
    with transaction.atomic():
        Account.objects.filter(name="supervisor").update(rank="detective inspector")
    supervisor = Account.objects.get(name="supervisor")
    with transaction.atomic():
        last = Decision.objects.aggregate(Max("number"))["number__max"] or 0
        decision = Decision.objects.create(
            number=last + 1, title="Alert budget", about="budget", maker=supervisor,
            recorded_by=supervisor, decided_at=at_the_end_of(DAYS[0] - timedelta(days=30)),
            rationale=f"{SHARE:g} alerts per death: what two people can look at in a morning.",
            options_rejected="0.01: a month without an alert. 0.1: more than anybody reads.",
        )  # fmt: skip
        AlertBudgetDecision.objects.create(decision=decision, share=SHARE)
        write(Act.DECISION, f"decision:{decision.number}", "supervisor", title=decision.title)
    return force


def between(force: Generated, since: str, until: str) -> Generated:
    """Return what reached the desk after one day and up to another, as it was then.

    A row has none of the fields that a fact states later: there the facts rule.
    """
    ruled = {(fact["case_id"], fact["field"]) for fact in force.facts}
    rows = [
        {name: value for name, value in row.items() if (row["case_id"], name) not in ruled}
        for row in force.rows
        if since < row["reported_at"][:10] <= until
    ]
    facts = [fact for fact in force.facts if since < fact["recorded_at"][:10] <= until]
    return replace(force, rows=rows, facts=facts)


def hand_in(stage: Generated, folder: Path) -> None:
    """Write a stage's files and import them."""
    write_generated(stage, folder)
    cases, facts, coverage = (folder / f"{name}.csv" for name in ("cases", "facts", "coverage"))
    take_in(CaseSources(cases, facts, coverage), BY)


def at_the_end_of(day: date) -> datetime:
    """Return the last second of a day."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZONE)


def _put_aside(first: str, second: str, at: datetime) -> None:
    """Judge a pair not linked, and let a second reader agree: it is not taken forward."""
    pair = Pair.objects.get(first__case_id=first, second__case_id=second)
    analyst = Account.objects.get(name="analyst")
    supervisor = Account.objects.get(name="supervisor")
    later = at + timedelta(hours=5)
    subject = subject_of(pair)
    with transaction.atomic():
        Shown.objects.create(pair=pair, link=pair.link, account=analyst, at=at, page="comparison")
        judgement = Judgement.objects.create(
            pair=pair, link=pair.link, verdict="not_linked", relation="none", decided_at=at,
            account=analyst,
            reason="Two young men, no injuries seen; each death has an explanation of its own on"
            " its file.",
            explanation="Drug taking, unrelated",
            would_change="A person or a phone that is in both; a third death like these.",
        )  # fmt: skip
        SecondReading.objects.create(
            judgement=judgement, account=supervisor, at=later, agrees=True, note="I agree."
        )
        standing = second_read(judged(pair.standing(), "not_linked"), agrees=True)
        pair.state, pair.since = standing.state, later
        pair.save(update_fields=["state", "since"])
        write(Act.DECISION, subject, "analyst", judgement="not_linked")
        write(Act.DECISION, subject, "supervisor", agrees=True, state=standing.state)
