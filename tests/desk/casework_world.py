"""What tests of assurance share: a death with every line done, and good words to close it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.casework.acts import begin
from clew.desk.casework.closing import ClosingRequest, ask_to_close
from clew.desk.casework.leads import disagree, recommend
from clew.desk.casework.lines import act_on, lines_of
from clew.desk.casework.models.status import CaseworkStatus
from clew.desk.casework.supervision import ask_waiver
from clew.desk.records.models import Case

GOOD = ClosingRequest(
    "The camera at the gate shows that nobody came or went between 01:00 and 07:00.",
    "A second person on the recording, or an injury at the post-mortem",
    "DI",
)


def opened(case: Case, _by: Account, now: datetime) -> CaseworkStatus:
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        return begin(case, now)


def do_all(case: Case, by: Account, now: datetime) -> None:
    for one in lines_of(case, now):
        if one.open:
            act_on(case, one.line.id, "done", {"proof": "exhibit 1"}, by, now)


def answered(ask: ClosingRequest, words: str) -> ClosingRequest:
    told = ((words, "The door was bolted from inside."),)
    return replace(ask, answers=(*ask.answers, *told))


def assure(case: Case, by: Account, word: str) -> None:
    """Put a row of each kind beside a record; `word` stands in all of them."""
    now = timezone.now()
    act_on(case, "cctv", "done", {"proof": word}, by, now)
    act_on(case, "cctv", "reopened", {"reason": word}, by, now)
    act_on(case, "exhibits", "done", {"proof": word}, by, now)
    ask_waiver(case, "toxicology", word, by, now)
    told = {"kind": "recommendation", "role": "pathologist", "words": f"Test the sheet. {word}"}
    recommend(case, told, by, now)
    disagree(case, ("paramedic", word), word, by, now)
    ask_to_close(case, replace(GOOD, evidence=f"{GOOD.evidence} {word}"), by, now)
