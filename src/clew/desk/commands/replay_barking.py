"""`clew desk replay-barking`: the record of the four deaths gone through at the desk again.

At each of the four dates it tells what would have been blocked, raised and escalated, and to whom.
The clock runs between them as it would have. Nobody answers anything that was not answered then,
so what is told is what silence leads to. A replay shows what rules do; it does not show that people
would have acted on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from clew.errors import ActRefused

if TYPE_CHECKING:  # Django must be set up before a model is imported
    from clew.desk.accounts.models import Account
    from clew.desk.records.models import Case
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

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
from clew.synthetic.barking import FOUR, RELATED
from clew.synthetic.demo import generate_demo
from clew.synthetic.force import ForceSettings

# What was done, or left undone, after each of the four deaths, tried at the desk.
#
# Each act goes through the very door that a page would use, at its own time. What the public record
# tells of it stands in `why`; words that somebody types here are ours, and short: nobody's own
# words
# are made up. What the desk refuses is told with what lacks.


SEARCHES_FOUND_NOTHING = "Overdose, no injuries seen. Nothing similar was found."
RESTS_ON_THE_NOTE = "The suicide note explains both deaths, his own and the one of August."
REASON = "No injury that shows another person. The borough can look into it."
CRIMES = "Unexplained. A paramedic calls it suspicious. No phone was found."
PARAMEDIC = ("paramedic", "ambulance crew")


def after_first(now: datetime) -> Iterator[str]:
    """Try what followed the first death."""
    from clew.desk.casework.actions import disagree, remove_dissent

    yield from _asked_to_close("BD-1", "Nothing similar was found.", now)
    dissent = disagree(_case("BD-1"), PARAMEDIC, "It is suspicious.", _account("reporter"), now)
    yield "Kept: the paramedic's view that it is suspicious stands beside the class for good."
    try:
        remove_dissent(dissent)
    except ActRefused as refused:
        yield f"Blocked: taking that view away. {_sentence(refused)}"
    yield from _asked_and_refused(("BD-1",), CRIMES, now)


def after_second(now: datetime) -> Iterator[str]:
    """Try what followed the second: an overdose, and a former landlord's question."""
    yield from _concern("friend", "A former landlord: is this the same as the death of June?",
                        ("BD-2", "BD-1"), now)  # fmt: skip
    yield from _asked_to_close("BD-2", SEARCHES_FOUND_NOTHING, now)


def after_third(now: datetime) -> Iterator[str]:
    """Try what followed the third: a note that was believed."""
    from clew.desk.casework.actions import lines_of

    raised = [one for one in lines_of(_case("BD-3"), now) if one.line.when == "note"]
    yield from (f"Raised by the note: {one.line.title}." for one in raised)
    yield from _asked_to_close("BD-3", RESTS_ON_THE_NOTE, now)


def after_inquests(now: datetime) -> Iterator[str]:
    """Try what followed the first inquests: a coroner who was not satisfied."""
    from clew.desk.casework.actions import open_leads, recommend, resolve_lead

    told = {
        "kind": "recommendation", "role": "coroner", "who": "the coroner",
        "words": "Not satisfied that a third party was not involved. Have the sheet tested.",
    }  # fmt: skip
    case = _case("BD-3")
    recommend(case, told, _account("analyst"), now)
    yield "Kept: the coroner's doubt is a line of its own, due in a week."
    lead = open_leads(case)[-1]
    said = {"reason": "Not thought necessary.", "supervisor": "analyst"}
    try:
        resolve_lead(lead, "signed off", said, _account("analyst"), now)
    except ActRefused as refused:
        yield f"Blocked: dropping it without a supervisor. {_sentence(refused)}"


def after_fourth(now: datetime) -> Iterator[str]:
    """Try what followed the fourth: two sisters asked whether it was one of several."""
    yield from _concern("family", "Two sisters: is this linked to the deaths in that churchyard?",
                        ("BD-4", "BD-3"), now)  # fmt: skip
    yield from _asked_to_close("BD-4", SEARCHES_FOUND_NOTHING, now)


def _asked_to_close(case_id: str, evidence: str, now: datetime) -> Iterator[str]:
    """Ask to close a death on these words; tell every ground that lacks."""
    from clew.desk.casework.actions import ClosingRequest, ask_to_close

    asked = ask_to_close(
        _case(case_id), ClosingRequest(evidence, "", "constable"), _account("analyst"), now,
        _account("supervisor"),
    )  # fmt: skip
    grounds = [says for _, says in asked.missing]
    lines = [text for text in grounds if text.startswith("Still open")]
    yield f'Blocked: closing {case_id} on the words "{evidence}" {len(grounds)} grounds lack:'
    yield from (f"  - {text}" for text in grounds if text not in lines)
    if lines:
        yield f"  - {len(lines)} lines of enquiry are still open"


def _asked_and_refused(case_ids: tuple[str, ...], told: str, now: datetime) -> Iterator[str]:
    """Ask the specialist team, let it refuse without and with a reason, and challenge that."""
    from clew.desk.casework.referrals import act_on, refer

    ids = " and ".join(case_ids)
    one = refer(case_ids, told, "supervisor", now)
    yield f"Referred: {ids} to the murder team, which owes an answer by {words_of_time(one.due)}."
    try:
        act_on(one.pk, "refused", {"by": "murder_team", "rank": "", "reason": ""}, now)
    except ActRefused as refused:
        yield f"Blocked: refusing it without a reason. {_sentence(refused)}"
    said = {"by": "murder_team", "rank": "detective chief inspector", "reason": REASON}
    act_on(one.pk, "refused", said, now)
    yield "Kept: the refusal, with rank and reason. A new link or fact brings it up again."
    said = {"by": "supervisor", "reason": "A paramedic differs.", "senior": "senior"}
    one = act_on(one.pk, "challenged", said, now)
    due = words_of_time(one.due)
    yield f"Escalated: challenged before a named senior, who owes an answer by {due}."


def _concern(who: str, words: str, ids: tuple[str, str], now: datetime) -> Iterator[str]:
    """Take a concern, tie it to a record, and bring the two before a reader."""
    from clew.desk.casework.concerns import NewConcern, act_on, take, tie
    from clew.desk.rounds.claims import claim

    one = take(NewConcern(words, "not public", who, _case(ids[0]).area), "reporter", now)
    tie(one.pk, ids[0], "reporter", now)
    pair = claim(one.pk, ids[1], "reporter", now)
    yield f"Raised: {words} It has a reference, and an answer is owed by {words_of_time(one.due)}."
    yield f"Raised: the pair {pair} stands in the queue because somebody outside named both."
    act_on(one.pk, "owned", {"by": "supervisor", "owner": "supervisor"}, now)
    try:
        act_on(one.pk, "closed", {"by": "supervisor"}, now)
    except ActRefused as refused:
        yield f"Blocked: closing that concern unanswered. {_sentence(refused)}"
    said = {"by": "supervisor", "answer": "There is no link.", "how_to_challenge": "By letter."}
    try:
        act_on(one.pk, "answered", said, now)
    except ActRefused as refused:
        yield f'Blocked: answering "There is no link." {_sentence(refused)}'


def _case(case_id: str) -> Case:
    from clew.desk.records.models import Case

    return Case.objects.get(case_id=case_id)


def _account(name: str) -> Account:
    from clew.desk.accounts.models import Account

    return Account.objects.get(name=name)


def _sentence(refused: ActRefused) -> str:
    text = str(refused).strip()
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def words_of_time(at: datetime) -> str:
    """Return a time as people write it."""
    from django.utils import timezone

    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y, %H:%M}"


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
    Stage(AT[0], "BD-1 is found", True, after_first),
    Stage(AT[1], "BD-2 is found in the churchyard", True, after_second),
    Stage(AT[2], "BD-3 is found at the same spot, with a note", True, after_third),
    Stage(INQUESTS, "The inquests into BD-2 and BD-3", False, after_inquests),
    Stage(LAST_DAY, "BD-4 is found in the same churchyard", True, after_fourth),
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
    from clew.desk.commands.demo import make_people, sign_budget
    from clew.desk.setup import add_account

    make_people(sorted(areas), PASSWORD)
    add_account(SENIOR, "Senior of the murder team", PASSWORD, (("murder_team", ""),), "replay")
    add_account(CHIEF, "Chief officer", PASSWORD, (("supervisor", HEADQUARTERS),), "replay")
    sign_budget(at_the_end_of(AT[0] - timedelta(days=30)))


def _round(now: datetime) -> Iterator[str]:
    """Run the day's round; tell the links among the four, and what referred itself."""
    from clew.desk.casework.models.referrals import Referral
    from clew.desk.commands.service import run_here
    from clew.desk.review.models import Link, Run

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
    from clew.desk.casework.escalate import tick
    from clew.desk.casework.models.referrals import ReferralStep
    from clew.desk.casework.models.status import Escalation

    last = Escalation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    step = ReferralStep.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for hours in BEATS:
        if now + timedelta(hours=hours) < until:
            tick(now + timedelta(hours=hours))
    tick(until - timedelta(hours=1))
    silent = ReferralStep.objects.filter(pk__gt=step, act="accepted by silence")
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
    rows = list(Escalation.objects.filter(pk__gt=last).order_by("id"))
    for to in dict.fromkeys(row.to for row in rows):
        mine = [row for row in rows if row.to == to]
        kinds = Counter(row.kind for row in mine)
        told = sorted({name.replace("_", " ") for row in mine for name in row.recipients})
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
