"""What was done, or left undone, after each of the four deaths, tried at the desk.

Each act goes through the very door that a page would use, at its own time. What the public record
tells of it stands in `why`; words that somebody types here are ours, and short: nobody's own words
are made up. What the desk refuses is told with what lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from clew.errors import ActRefused

if TYPE_CHECKING:  # Django must be set up before a model is imported
    from clew.desk.accounts.models import Account
    from clew.desk.cases.models import Case

SEARCHES_FOUND_NOTHING = "Overdose, no injuries seen. Nothing similar was found."
RESTS_ON_THE_NOTE = "The suicide note explains both deaths, his own and the one of August."
REASON = "No injury that shows another person. The borough can look into it."
CRIMES = "Unexplained. A paramedic calls it suspicious. No phone was found."
PARAMEDIC = ("paramedic", "ambulance crew")


def after_first(now: datetime) -> Iterator[str]:
    """Try what followed the first death."""
    from clew.desk.assured.doors import disagree, remove_dissent

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
    from clew.desk.assured.doors import lines_of

    raised = [one for one in lines_of(_case("BD-3"), now) if one.line.when == "note"]
    yield from (f"Raised by the note: {one.line.title}." for one in raised)
    yield from _asked_to_close("BD-3", RESTS_ON_THE_NOTE, now)


def after_inquests(now: datetime) -> Iterator[str]:
    """Try what followed the first inquests: a coroner who was not satisfied."""
    from clew.desk.assured.doors import open_leads, recommend, resolve_lead

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
    from clew.desk.assured.doors import Ask, ask_to_close

    asked = ask_to_close(
        _case(case_id), Ask(evidence, "", "constable"), _account("analyst"), now,
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
    from clew.desk.referrals.doors import act_on, refer

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
    from clew.desk.concerns.claims import claim
    from clew.desk.concerns.doors import Taken, act_on, take, tie

    one = take(Taken(words, "not public", who, _case(ids[0]).area), "reporter", now)
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
    from clew.desk.cases.models import Case

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
