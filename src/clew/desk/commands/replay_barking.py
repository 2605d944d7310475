"""`clew desk replay-barking`: the record of the four deaths gone through at the desk again.

At each of the four dates it tells what would have been blocked, raised and escalated, and to whom.
The clock runs between them as it would have. Nobody answers anything that was not answered then,
so what is told is what silence leads to. A replay shows what rules do; it does not show that people
would have acted on it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from clew.desk.commands import barking_acts as acts
from clew.desk.commands.barking_acts import words_of_time
from clew.desk.commands.demo import (
    AT,
    LAST_DAY,
    PASSWORD,
    DemoAsked,
    at_the_end_of,
    between,
    hand_in,
)
from clew.disclosure.words import REASON_TO_LOOK
from clew.generator.barking import FOUR, RELATED
from clew.generator.demo import generate_demo
from clew.generator.force import ForceSettings

CHIEF = "chief_officer"
SENIOR = "senior"
HEADQUARTERS = "HQ"
"""The area of the chief officer, who hears of others only what goes up to the last step."""
INQUESTS = date(2015, 6, 20)
"""The public record gives the month."""
BEATS = (1, 25, 49, 73, 97, 169, 170, 193, 241)
"""Hours after each date at which the clock is looked at: past each step of each deadline."""
MOST = 6
"""Declared: links told of a date, the rarest first."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One date: what happened, whether the desk takes new records in, and what was then tried."""

    day: date
    title: str
    new: bool
    tried: Callable[[datetime], Iterator[str]]


STAGES = (
    Stage(AT[0], "BD-1 is found", True, acts.after_first),
    Stage(AT[1], "BD-2 is found in the churchyard", True, acts.after_second),
    Stage(AT[2], "BD-3 is found at the same spot, with a note", True, acts.after_third),
    Stage(INQUESTS, "The inquests into BD-2 and BD-3", False, acts.after_inquests),
    Stage(LAST_DAY, "BD-4 is found in the same churchyard", True, acts.after_fourth),
)


def name_the_chief() -> None:
    """Name the chief officer of the replay; call it before Django is set up."""
    os.environ["CLEW_DESK_CHIEF_OFFICER"] = CHIEF


def replay(asked: DemoAsked, folder: Path) -> Iterator[str]:
    """Yield the replay as lines of Markdown; the desk is empty and set up."""
    settings = ForceSettings(deaths_a_day=asked.deaths_a_day, last_day=LAST_DAY)
    made = generate_demo(asked.seed, settings)
    _people({row["area"] for row in made.rows if row.get("area")})
    yield from ("# The Barking record, gone through at the desk", "", REASON_TO_LOOK, "")
    yield (
        "Written by `clew desk replay-barking`, within a force that does not exist. It shows what"
        " the rules do with what could be known at each date, while nobody answers anything. It"
        " does not show that anybody would have acted on it."
    )
    since = ""
    for number, stage in enumerate(STAGES):
        until = stage.day.isoformat()
        now = at_the_end_of(stage.day)
        yield from ("", f"## {stage.day.day} {stage.day:%B %Y}: {stage.title}", "")
        if stage.new:
            hand_in(between(made, since, until), folder / until)
            since = until
            yield from _round(now)
        yield from (_item(line) for line in stage.tried(now))
        later = STAGES[number + 1].day if number + 1 < len(STAGES) else stage.day + timedelta(30)
        yield from _clock(now, at_the_end_of(later))


def _people(areas: set[str]) -> None:
    from clew.desk.commands.demo_judgement import sign_budget
    from clew.desk.commands.demo_people import make_people
    from clew.desk.commands.setup import add_account

    make_people(sorted(areas), PASSWORD)
    add_account(SENIOR, "Senior of the murder team", PASSWORD, (("murder_team", ""),), "replay")
    add_account(CHIEF, "Chief officer", PASSWORD, (("supervisor", HEADQUARTERS),), "replay")
    sign_budget(at_the_end_of(AT[0] - timedelta(days=30)))


def _round(now: datetime) -> Iterator[str]:
    """Run the day's round; tell the links among the four, and what referred itself."""
    from clew.desk.commands.round import run_here
    from clew.desk.links.models import Link, Run
    from clew.desk.referrals.models import Referral

    list(run_here(now, replays=True))
    run = Run.objects.latest("id")
    found = Link.objects.filter(
        run=run, case__case_id__in=FOUR, other__case_id__in=(*FOUR, *RELATED)
    )
    ordered = found.select_related("case", "other").order_by("-alert", "chance", "id")
    best = {(link.case_id, link.other_id): link for link in reversed(ordered)}
    for link in sorted(best.values(), key=lambda one: (not one.alert, one.chance))[:MOST]:
        alert = ", an alert within the budget" if link.alert else ""
        yield _item(
            f"Raised: {link.case} has {link.other} among its candidates, in place {link.rank} of"
            f" {run.compared:,} records{alert}."
        )
    for one in Referral.objects.filter(
        sent_at=now, asked_by="", cases__case_id__in=FOUR
    ).distinct():
        ids = " and ".join(case.case_id for case in one.cases.order_by("reported_at"))
        yield _item(
            f"Escalated: {ids} refer themselves to the murder team and to the local supervisors in"
            f" one moment. Silence past {words_of_time(one.due)} counts as acceptance."
        )


def _clock(now: datetime, until: datetime) -> Iterator[str]:
    """Let the clock run to the next date, and tell what went up and to whom."""
    from clew.desk.deadlines.models import GoneUp
    from clew.desk.deadlines.tick import tick
    from clew.desk.referrals.models import Step

    last = GoneUp.objects.order_by("-id").values_list("id", flat=True).first() or 0
    step = Step.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for hours in BEATS:
        if now + timedelta(hours=hours) < until:
            tick(now + timedelta(hours=hours))
    tick(until - timedelta(hours=1))
    silent = Step.objects.filter(pk__gt=step, act="accepted by silence")
    others = 0
    for one in silent.select_related("referral"):
        about = list(one.referral.cases.order_by("reported_at").values_list("case_id", flat=True))
        if not {*about} & {*FOUR}:
            others += 1
            continue
        ids = " and ".join(about)
        yield _item(
            f"Escalated: nobody answered about {ids}: silence accepts it, and the chief officer is"
            " told."
        )
    if others:
        yield _item(f"Beside them silence accepted {others} possible series of the made-up deaths.")
    rows = list(GoneUp.objects.filter(pk__gt=last).order_by("id"))
    for to in dict.fromkeys(row.to for row in rows):
        mine = [row for row in rows if row.to == to]
        kinds = Counter(row.kind for row in mine)
        told = sorted({name.replace("_", " ") for row in mine for name in row.told})
        counted = "; ".join(f"{KINDS[kind]}: {kinds[kind]}" for kind in sorted(kinds))
        yield _item(f"Escalated to the {to} by the clock (told: {', '.join(told)}): {counted}.")


KINDS = {
    "line": "lines of enquiry past their time", "perishable": "things usually gone by then",
    "lead": "recommendations without an answer", "referral": "referrals without an answer",
    "concern": "concerns without an answer", "promise": "promises", "contact": "contacts owed",
    "warn": "decisions whom to warn",
}  # fmt: skip
"""How each kind of deadline is told."""


def _item(line: str) -> str:
    return line if line.startswith("  ") else f"- {line}"
