"""Lines of enquiry of one death: where each stands, and the acts on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from clew.assurance.classes import EXPECTED, HOMICIDE, INVESTIGATED, NOT_SUSPICIOUS, change_class
from clew.assurance.closing import Ground
from clew.assurance.lines import DONE, OPEN, WAIVED, LineStatus, act_on_line, must_escalate
from clew.assurance.standard import HOUR, Line, Standard
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import begin, instant, signer_named, tell_supervisors, write_ledger_row
from clew.desk.casework.models.status import CaseworkStatus, ClassChange, LineAct, LineState
from clew.desk.casework.standards import standard_of
from clew.desk.records.models import Case
from clew.desk.records.timeline import field_words, read_now
from clew.errors import ActRefused
from clew.vocabulary.load import words

NOTES = frozenset({"note", "note_in_plastic_sleeve", "typed_or_electronic_note"})
"""Words of the scene's vocabulary that raise the line on comparing handwriting."""
SPEAKS_OF_ONE = re.compile(r"\b(?:note|letter)s?\b", re.IGNORECASE)
REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as it stands. `due` counts from the report, or from when it was opened again."""

    kept: LineStatus
    due: datetime
    gone: datetime | None
    overdue: bool
    lost: bool

    @property
    def line(self) -> Line:
        """Return the line of the standard."""
        return self.kept.line

    @property
    def open(self) -> bool:
        """Tell whether it is still to be done."""
        return self.kept.state == OPEN

    @property
    def next(self) -> datetime:
        """Return what runs out first: its time, or what it seeks."""
        return min(self.due, self.gone) if self.gone else self.due


def present_in(case: Case) -> frozenset[str]:
    """Return what the record holds that raises further lines: "note"."""
    told: Mapping[str, str] = case.texts.get("now", {})
    listed = words("scene")
    items = {listed.canonical(item) for item in str(told.get("scene", "")).split(";")}
    if not items & NOTES and SPEAKS_OF_ONE.search(str(told.get("narrative", ""))):
        items = set(read_now(case).scene or ())
    return frozenset({"note"}) if items & NOTES else frozenset()


def class_of(case: Case) -> str:
    """Return the class that a death has at this desk; until somebody changes it, the first one."""
    held = CaseworkStatus.objects.filter(case=case).first()
    return held.category if held else INVESTIGATED


def lines_of(case: Case, now: datetime) -> list[LineNow]:
    """Return the lines of a death, the perishable ones first, then by time; then what is done."""
    rows = {row.line_id: row for row in LineState.objects.filter(case=case)}
    return lines_from(case, standard_of(case), class_of(case), rows, now)


def lines_from(
    case: Case, standard: Standard, category: str, rows: Mapping[str, LineState], now: datetime
) -> list[LineNow]:
    """Return the lines, from what was read already: for many deaths at once."""
    wanted = standard.lines_for(category, present_in(case))
    acted = {name for name, row in rows.items() if row.state != OPEN}
    more = [one for one in standard.lines if one.id in acted and one not in wanted]
    found = [_stands(case, line, rows.get(line.id), now) for line in (*wanted, *more)]
    return sorted(found, key=_order)


def _stands(case: Case, line: Line, row: LineState | None, now: datetime) -> LineNow:
    reported, at = instant(case.reported_at), instant(now)
    kept = LineStatus(line) if row is None else kept_from(line, row)
    counts_from = kept.since if kept.state == OPEN and kept.since is not None else reported
    gone = line.gone(reported)
    return LineNow(
        kept,
        datetime.fromtimestamp(line.due(counts_from), UTC),
        None if gone is None else datetime.fromtimestamp(gone, UTC),
        kept.overdue(counts_from, at),
        kept.lost(reported, at),
    )


def kept_from(line: Line, row: LineState) -> LineStatus:
    """Return a row as the pure rules hold it."""
    said = tuple(sorted((str(k), str(v)) for k, v in row.said.items()))
    return LineStatus(line, row.state, instant(row.since), said)


def _order(one: LineNow) -> tuple[bool, bool, float, str]:
    perishes = one.open and one.gone is not None
    return (not one.open, not perishes, one.next.timestamp(), one.line.id)


def line_named(case: Case, line_id: str) -> Line:
    """Return a line of the death's standard.

    Raises
    ------
    ActRefused
        If its standard has none of that name.
    """
    for line in standard_of(case).lines:
        if line.id == line_id:
            return line
    raise ActRefused("the standard of this death has no such line", ("line",))


@transaction.atomic
def act_on(
    case: Case, line_id: str, act: str, said: Mapping[str, str], by: Account | None, now: datetime
) -> LineStatus:
    """Do an act on a line: done, waived, reopened; and return where it stands.

    Parameters
    ----------
    said
        `proof` for done, `reason` for the others; `approver`, an account's name, for waived.
    by
        Who does it, or who asked for the waiver; None: the desk itself.

    Raises
    ------
    ActRefused
        If the table does not allow it, or the approver is no supervisor here, or is `by`.
    """
    held = begin(case, now)
    line = line_named(case, line_id)
    row = LineState.objects.filter(case=case, line_id=line_id).first()
    kept = LineStatus(line) if row is None else kept_from(line, row)
    told = {**said, "by": by.name if by else "the desk"}
    after = act_on_line(kept, act, told, instant(now))
    signed = signer_named(told["approver"], case, "approver") if after.state == WAIVED else None
    flagged = after.state == WAIVED and must_escalate(told["reason"])
    LineState.objects.update_or_create(
        case=case, line_id=line_id, defaults={"state": after.state, "since": now, "said": told}
    )
    LineAct.objects.create(
        case=case, line_id=line_id, act=act, said=told, by=by, at=now, flagged=flagged
    )
    write_ledger_row(
        case, signed or by, f"line {act}", line=line_id, said=told, flagged=flagged or None
    )
    if flagged:
        tell_supervisors(
            case, f"Waived because of cost or workload: {line.title}. {case.case_id}", but=signed
        )
    _reopen_if_closed(held, act, line, now)
    return after


def _reopen_if_closed(held: CaseworkStatus, act: str, line: Line, now: datetime) -> None:
    """Open a closed death again when a line that its closing rested on is opened again."""
    if act == REOPENED and held.category in CLOSED:
        open_again(held.case, f"A line of enquiry is open again: {line.title}", None, now)


def seconds_left(one: LineNow, now: datetime) -> int:
    """Return seconds until what runs out first; below 0 it has."""
    return instant(one.next) - instant(now)


def overdue_by(one: LineNow, now: datetime) -> int:
    """Return whole hours past the due time."""
    return max(0, instant(now) - instant(one.due)) // HOUR


# The class of a death: every change kept, with both its times.


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
    write_ledger_row(case, by, f"class: {act}", before=before, after=held.category, said=dict(said))
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
    held = CaseworkStatus.objects.filter(case=case).first()
    if held is None or held.category not in CLOSED or not fields:
        return False
    open_again(case, f"Something new is known: {', '.join(field_words(fields))}", None, now)
    return True
