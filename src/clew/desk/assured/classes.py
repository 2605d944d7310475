"""The class of a death: every change kept, with both its times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from clew.assurance.classes import EXPECTED, HOMICIDE, NOT_SUSPICIOUS, change_class
from clew.assurance.closing import Ground
from clew.assurance.lines import DONE
from clew.desk.accounts.models import Account
from clew.desk.assured.acts import begin, put_row, signer_named, tell_supervisors
from clew.desk.assured.lines import act_on
from clew.desk.assured.models import Assured, ClassChange, LineState
from clew.desk.assured.standards import standard_of
from clew.desk.cases.models import Case
from clew.desk.cases.story import field_words
from clew.errors import ActRefused

CLOSED = (EXPECTED, NOT_SUSPICIOUS)
"""Classes in which nobody investigates: a late fact opens them again."""
CLOSE, OPENED_AGAIN, CALLED_EXPECTED = "called not suspicious", "opened again", "called expected"
SEARCH_AGAIN = "similar_deaths"
MEDICAL_HISTORY = "medical_history"


@transaction.atomic
def change_class_of(
    case: Case,
    act: str,
    said: Mapping[str, str],
    by: Account | None,
    now: datetime,
    claimed_at: datetime | None = None,
) -> ClassChange:
    """Change a death's class by an act of the table; a closing goes by `ask_to_close` alone.

    Parameters
    ----------
    said
        `rank`, `reason`, `would_change`; `doctor` for an expected death; `senior`, an account's
        name, where homicide is taken back.
    claimed_at
        When it is said to have been decided; else now.

    Raises
    ------
    ActRefused
        If the table does not allow it, or it is a closing.
    """
    if act == CLOSE:
        raise ActRefused("a death is called not suspicious by its closing alone", ("closing",))
    if act == OPENED_AGAIN:
        return open_again(case, said.get("reason", ""), by, now)
    return move(case, act, {**said, "by": by.name if by else "the desk"}, by, (now, claimed_at))


def move(
    case: Case,
    act: str,
    said: Mapping[str, str],
    by: Account | None,
    times: tuple[datetime, datetime | None],
    missing: tuple[Ground, ...] = (),
) -> ClassChange:
    """Write one change of class and its row; within a transaction. `times`: now, and claimed."""
    now, claimed = times
    if claimed is not None and claimed > now:
        raise ActRefused("it cannot have been decided after now", ("claimed_at",))
    held = begin(case, now)
    before = held.category
    held.category = change_class(before, act, said, missing)
    for field in ("senior", "supervisor"):
        if said.get(field, "").strip():
            signer_named(said[field], case, field)
    held.since = now
    held.save(update_fields=["category", "since"])
    made = ClassChange.objects.create(
        case=case, act=act, before=before, after=held.category, by=by,
        rank=said.get("rank", ""), reason=said["reason"], would_change=said.get("would_change", ""),
        signer=said.get("senior", "") or said.get("supervisor", ""),
        doctor=said.get("doctor", ""), claimed_at=claimed or now, at=now,
    )  # fmt: skip
    put_row(case, by, f"class: {act}", before=before, after=held.category, said=dict(said))
    if act == CALLED_EXPECTED:
        _doctor_said_so(case, said, by, now)
    if held.category == HOMICIDE:
        tell_supervisors(case, f"Called homicide: {case.case_id}", but=by)
    return made


def _doctor_said_so(case: Case, said: Mapping[str, str], by: Account | None, now: datetime) -> None:
    """Do the one line of an expected death with what was just said, so that it takes a minute."""
    held = LineState.objects.filter(case=case, line_id=MEDICAL_HISTORY).first()
    known = any(line.id == MEDICAL_HISTORY for line in standard_of(case).lines)
    if known and (held is None or held.state != DONE):
        proof = f"{said['doctor']}: {said['reason']}"
        act_on(case, MEDICAL_HISTORY, "done", {"proof": proof}, by, now)


@transaction.atomic
def open_again(case: Case, reason: str, by: Account | None, now: datetime) -> ClassChange:
    """Open a closed death again, and the line that searches for similar deaths with it.

    Raises
    ------
    ActRefused
        If it is not closed.
    """
    told = {"reason": reason, "by": by.name if by else "the desk"}
    made = move(case, OPENED_AGAIN, told, by, (now, None))
    row = LineState.objects.filter(case=case, line_id=SEARCH_AGAIN).exclude(state="open").first()
    if row is not None:
        act_on(case, SEARCH_AGAIN, "reopened", {"reason": reason}, by, now)
    tell_supervisors(case, f"Opened again: {case.case_id}. {reason}", but=by)
    return made


def late_fact(case: Case, fields: tuple[str, ...], now: datetime) -> bool:
    """Open a closed death again because a compared fact came late, such as toxicology.

    Returns
    -------
    Whether it was closed, and is open now.
    """
    held = Assured.objects.filter(case=case).first()
    if held is None or held.category not in CLOSED or not fields:
        return False
    open_again(case, f"Something new is known: {', '.join(field_words(fields))}", None, now)
    return True
