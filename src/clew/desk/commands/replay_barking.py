"""`clew desk replay-barking`: the record of the four deaths gone through at the desk again.

For each date it says what would have been blocked, raised and escalated, and to whom. The clock
runs between the dates as it would have. Nobody answers anything that was not answered then, so the
replay shows what silence leads to. It shows what rules do; it does not show that people would have
acted on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.casework import closing, concerns, leads, lines, referrals
from clew.desk.casework.escalate import escalate_overdue
from clew.desk.casework.models.referrals import Referral, ReferralStep
from clew.desk.casework.models.status import Escalation
from clew.desk.commands.demo import (
    DAYS,
    LAST_DAY,
    at_the_end_of,
    begin,
    between,
    hand_in,
)
from clew.desk.commands.rounds import run_here
from clew.desk.records.models import Case
from clew.desk.review.models import Link
from clew.desk.review.runs import Run
from clew.desk.rounds.claims import claim
from clew.desk.settings import CONFIGURATION
from clew.disclosure.words import REASON_TO_LOOK
from clew.errors import ActRefused
from clew.synthetic.barking import FOUR, RELATED

SENIOR = "senior"
HEADQUARTERS = "HQ"
"""The area of the chief officer, who hears of others only what is escalated to the last step."""
INQUESTS = date(2015, 6, 20)
"""The public record gives the month."""
BEATS = (1, 25, 49, 73, 97, 169, 170, 193, 241)
"""Hours after each date at which the clock is looked at: past each step of each deadline."""
MOST = 6
"""Declared: links named for a date, the rarest first."""
KINDS = {
    "line": "overdue lines of enquiry", "perishable": "evidence usually lost by then",
    "lead": "recommendations without an answer", "referral": "referrals without an answer",
    "concern": "concerns without an answer", "promise": "promises",
    "contact": "overdue contacts with a family", "warn": "decisions on who to warn",
}  # fmt: skip
"""What each kind of deadline is called."""


def replay(deaths_a_day: float, folder: Path) -> Iterator[str]:
    """Yield the replay as lines of Markdown; the desk is empty and set up."""
    force = begin(
        deaths_a_day,
        (
            (SENIOR, "Senior of the murder team", "murder_team", ""),
            (CONFIGURATION.chief_officer, "Chief officer", "supervisor", HEADQUARTERS),
        ),
    )
    yield from ("# The Barking record, replayed at the desk", "", REASON_TO_LOOK, "")
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
            hand_in(between(force, since, until), folder / until)
            since = until
            list(run_here(now, replays=True))
            # The links among the four, and what referred itself.
            run = Run.objects.latest("id")
            links = Link.objects.filter(
                run=run, case__case_id__in=FOUR, other__case_id__in=(*FOUR, *RELATED)
            )
            ordered = links.select_related("case", "other").order_by(
                "-alert", "-update", "chance", "id"
            )
            best = {(link.case_id, link.other_id): link for link in reversed(ordered)}
            found = sorted(best.values(), key=lambda one: (not one.notifies, one.chance))
            for link in found[:MOST]:
                added = ", added to an alert" if link.update else ""
                alert = ", an alert within the budget" if link.alert else added
                yield (
                    f"- Raised: {link.case} has {link.other} among its candidates, in place"
                    f" {link.rank} of {run.compared:,} records{alert}."
                )
            automatic = Referral.objects.filter(sent_at=now, asked_by="", cases__case_id__in=FOUR)
            for referral in automatic.distinct():
                ids = " and ".join(case.case_id for case in referral.cases.order_by("reported_at"))
                yield (
                    f"- Escalated: {ids} are referred automatically to the murder team and the"
                    f" local supervisors. Without an answer by {_time_words(referral.due)}, the"
                    " referral counts as accepted."
                )
        for line in stage.tried(now):
            yield line if line.startswith("  ") else f"- {line}"
        later = STAGES[number + 1].day if number + 1 < len(STAGES) else stage.day + timedelta(30)
        yield from _clock(now, at_the_end_of(later))


def _clock(now: datetime, until: datetime) -> Iterator[str]:
    """Let the clock run to the next date; yield what was escalated, and to whom."""
    last = Escalation.objects.order_by("-id").values_list("id", flat=True).first() or 0
    step = ReferralStep.objects.order_by("-id").values_list("id", flat=True).first() or 0
    for hours in BEATS:
        if now + timedelta(hours=hours) < until:
            escalate_overdue(now + timedelta(hours=hours))
    escalate_overdue(until - timedelta(hours=1))
    silent = ReferralStep.objects.filter(pk__gt=step, act="accepted by silence")
    others = 0
    for accepted in silent.select_related("referral"):
        cases = accepted.referral.cases.order_by("reported_at")
        ids = list(cases.values_list("case_id", flat=True))
        if {*ids} & {*FOUR}:
            yield (
                f"- Escalated: nobody answered about {' and '.join(ids)} in time. The referral"
                " counts as accepted, and the chief officer is notified."
            )
        else:
            others += 1
    if others:
        yield f"- Also accepted without an answer: {others} possible series of made-up deaths."
    rows = list(Escalation.objects.filter(pk__gt=last).order_by("id"))
    for to in dict.fromkeys(row.to for row in rows):
        steps = [row for row in rows if row.to == to]
        kinds = Counter(row.kind for row in steps)
        names = sorted({name.replace("_", " ") for row in steps for name in row.recipients})
        counted = "; ".join(f"{KINDS[kind]}: {kinds[kind]}" for kind in sorted(kinds))
        yield f"- Escalated to the {to} by the clock (notified: {', '.join(names)}): {counted}."


# What was done, or left undone, after each of the four deaths, tried at the desk.
#
# Each act calls the very function that a page would call, at its own time. The words that are typed
# here are ours, and short: nobody's own words are made up. What the desk refuses is shown with the
# grounds that are missing.


def _after_first(now: datetime) -> Iterator[str]:
    yield from _closing("BD-1", "Nothing similar was found.", now)
    paramedic = ("paramedic", "ambulance crew")
    dissent = leads.disagree(
        _case("BD-1"), paramedic, "It is suspicious.", _account("reporter"), now
    )
    yield "Kept: the paramedic's view that it is suspicious is shown beside the class permanently."
    try:
        leads.remove_dissent(dissent)
    except ActRefused as refused:
        yield f"Blocked: removing that view. {_sentence(refused)}"
    # The specialist team is asked, refuses without and with a reason, and that is challenged.
    words = "Unexplained. A paramedic calls it suspicious. No phone was found."
    referral = referrals.refer(("BD-1",), words, "supervisor", now)
    due = _time_words(referral.due)
    yield f"Referred: BD-1 to the murder team, which must answer by {due}."
    refusal = {"by": "murder_team", "rank": "", "reason": ""}
    try:
        referrals.act_on(referral.pk, "refused", refusal, now)
    except ActRefused as refused:
        yield f"Blocked: refusing it without a reason. {_sentence(refused)}"
    refusal["rank"] = "detective chief inspector"
    refusal["reason"] = "No injury that shows another person. The borough can look into it."
    referrals.act_on(referral.pk, "refused", refusal, now)
    yield "Kept: the refusal, with rank and reason. A new link or fact brings it up again."
    challenge = {"by": "supervisor", "reason": "A paramedic differs.", "senior": SENIOR}
    due = _time_words(referrals.act_on(referral.pk, "challenged", challenge, now).due)
    yield f"Escalated: challenged before a named senior, who must answer by {due}."


def _after_second(now: datetime) -> Iterator[str]:
    """An overdose, and a former landlord's question."""
    yield from _concern("friend", "A former landlord: is this the same as the death of June?",
                        ("BD-2", "BD-1"), now)  # fmt: skip
    yield from _closing("BD-2", "Overdose, no injuries seen. Nothing similar was found.", now)


def _after_third(now: datetime) -> Iterator[str]:
    """A note that was believed."""
    for row in lines.lines_of(_case("BD-3"), now):
        if row.line.when == "note":
            yield f"Raised by the note: {row.line.title}."
    yield from _closing(
        "BD-3", "The suicide note explains both deaths, his own and the one of August.", now
    )


def _after_inquests(now: datetime) -> Iterator[str]:
    """A coroner who was not satisfied."""
    case, analyst = _case("BD-3"), _account("analyst")
    recommendation = {
        "kind": "recommendation", "role": "coroner", "who": "the coroner",
        "words": "Not satisfied that a third party was not involved. Have the sheet tested.",
    }  # fmt: skip
    leads.recommend(case, recommendation, analyst, now)
    yield "Kept: the coroner's doubt is a line of its own, due in a week."
    sign_off = {"reason": "Not thought necessary.", "supervisor": "analyst"}
    try:
        leads.resolve_lead(leads.open_leads(case)[-1], "signed off", sign_off, analyst, now)
    except ActRefused as refused:
        yield f"Blocked: dropping it without a supervisor. {_sentence(refused)}"


def _after_fourth(now: datetime) -> Iterator[str]:
    """Two sisters who asked whether it was one of several."""
    yield from _concern("family", "Two sisters: is this linked to the deaths in that churchyard?",
                        ("BD-4", "BD-3"), now)  # fmt: skip
    yield from _closing("BD-4", "Overdose, no injuries seen. Nothing similar was found.", now)


def _closing(case_id: str, evidence: str, now: datetime) -> Iterator[str]:
    """Ask to close a death on these words; yield every ground that is missing."""
    request = closing.ask_to_close(
        _case(case_id), closing.ClosingRequest(evidence, "", "constable"), _account("analyst"), now,
        _account("supervisor"),
    )  # fmt: skip
    grounds = [text for _, text in request.missing]
    open_lines = [text for text in grounds if text.startswith("Still open")]
    unmet = f"{len(grounds)} requirements are not met:"
    yield f'Blocked: closing {case_id} on the words "{evidence}" {unmet}'
    yield from (f"  - {text}" for text in grounds if text not in open_lines)
    if open_lines:
        yield f"  - {len(open_lines)} lines of enquiry are still open"


def _concern(who: str, words: str, ids: tuple[str, str], now: datetime) -> Iterator[str]:
    """Record a concern, tie it to a record, and bring the two before a reader."""
    concern = concerns.take(
        concerns.NewConcern(words, "not public", who, _case(ids[0]).area), "reporter", now
    )
    concerns.tie(concern.pk, ids[0], "reporter", now)
    pair = claim(concern.pk, ids[1], "reporter", now)
    due = _time_words(concern.due)
    yield f"Raised: {words} It has a reference, and must be answered by {due}."
    yield f"Raised: the pair {pair} is in the queue because someone outside named both."
    concerns.act_on(concern.pk, "owned", {"by": "supervisor", "owner": "supervisor"}, now)
    try:
        concerns.act_on(concern.pk, "closed", {"by": "supervisor"}, now)
    except ActRefused as refused:
        yield f"Blocked: closing that concern unanswered. {_sentence(refused)}"
    answer = {"by": "supervisor", "answer": "There is no link.", "how_to_challenge": "By letter."}
    try:
        concerns.act_on(concern.pk, "answered", answer, now)
    except ActRefused as refused:
        yield f'Blocked: answering "There is no link." {_sentence(refused)}'


def _case(case_id: str) -> Case:
    return Case.objects.get(case_id=case_id)


def _account(name: str) -> Account:
    return Account.objects.get(name=name)


def _sentence(refused: ActRefused) -> str:
    text = str(refused).strip()
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _time_words(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.day} {local:%B %Y, %H:%M}"


@dataclass(frozen=True, slots=True)
class Stage:
    """One date: what happened, whether records reach the desk, and what was tried afterwards."""

    day: date
    title: str
    new: bool
    tried: Callable[[datetime], Iterator[str]]


STAGES = (
    Stage(DAYS[0], "BD-1 is found", True, _after_first),
    Stage(DAYS[1], "BD-2 is found in the churchyard", True, _after_second),
    Stage(DAYS[2], "BD-3 is found at the same spot, with a note", True, _after_third),
    Stage(INQUESTS, "The inquests into BD-2 and BD-3", False, _after_inquests),
    Stage(LAST_DAY, "BD-4 is found in the same churchyard", True, _after_fourth),
)
