"""Lines of enquiry and the class of one death: the state of each, and the acts on them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from clew.assurance.classes import EXPECTED, HOMICIDE, INVESTIGATED, NOT_SUSPICIOUS, change_class
from clew.assurance.lines import DONE, OPEN, WAIVED, LineStatus, act_on_line, must_escalate
from clew.assurance.standard import Line, Standard
from clew.desk.accounts.models import Account
from clew.desk.casework.acts import (
    begin,
    instant,
    notify_supervisors,
    signer_named,
    write_ledger_row,
)
from clew.desk.casework.models.status import CaseworkStatus, ClassChange, LineAct, LineState
from clew.desk.casework.standards import known, read, source_on, standard_of
from clew.desk.records.models import Case
from clew.desk.records.timeline import field_words, read_now
from clew.errors import ActRefused
from clew.vocabulary.load import words

NOTES = frozenset({"note", "note_in_plastic_sleeve", "typed_or_electronic_note"})
"""Words of the scene's vocabulary that raise the line on comparing handwriting."""
SPEAKS_OF_ONE = re.compile(r"\b(?:note|letter)s?\b", re.IGNORECASE)
AT_ONCE = 500
"""Declared: deaths whose lines are read at once."""
CLOSED = (EXPECTED, NOT_SUSPICIOUS)
"""Classes in which nobody investigates: a late fact opens them again."""
CLOSE, OPENED_AGAIN, CALLED_EXPECTED = "called not suspicious", "opened again", "called expected"
SEARCH_AGAIN = "similar_deaths"
MEDICAL_HISTORY = "medical_history"


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as it is now. `due` counts from the report, or from when it was opened again."""

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


def class_of(case: Case) -> str:
    """Return the class that a death has at this desk; until someone changes it, the first one."""
    status = CaseworkStatus.objects.filter(case=case).first()
    return status.category if status else INVESTIGATED


def lines_of(case: Case, now: datetime) -> list[LineNow]:
    """Return the lines of a death, the perishable ones first, then by time; then what is done."""
    rows = {row.line_id: row for row in LineState.objects.filter(case=case)}
    return _lines_from(case, standard_of(case), class_of(case), rows, now)


def lines_of_many(
    ids: Sequence[int], now: datetime, category: str | None = None
) -> Iterator[tuple[Case, list[LineNow]]]:
    """Yield each death with its lines; with those of another class where `category` names it."""
    sources = known()[0]
    for k in range(0, len(ids), AT_ONCE):
        part = ids[k : k + AT_ONCE]
        statuses = {
            status.case_id: status
            for status in CaseworkStatus.objects.filter(case__in=part).select_related("standard")
        }
        rows: dict[int, dict[str, LineState]] = defaultdict(dict)
        for row in LineState.objects.filter(case__in=part):
            rows[row.case_id][row.line_id] = row
        for case in Case.objects.filter(pk__in=part).select_related("owner"):
            status = statuses.get(case.pk)
            if status is None:
                standard = source_on(sources, case.reported_at).standard
            else:
                standard = read(status.standard.text, status.standard.name)
            own = status.category if status else INVESTIGATED
            yield case, _lines_from(case, standard, category or own, rows[case.pk], now)


def _lines_from(
    case: Case, standard: Standard, category: str, rows: Mapping[str, LineState], now: datetime
) -> list[LineNow]:
    # A note that the record names raises further lines.
    fields: Mapping[str, str] = case.texts.get("now", {})
    vocabulary = words("scene")
    items = {vocabulary.canonical(item) for item in str(fields.get("scene", "")).split(";")}
    if not items & NOTES and SPEAKS_OF_ONE.search(str(fields.get("narrative", ""))):
        items = set(read_now(case).scene or ())
    present = frozenset({"note"}) if items & NOTES else frozenset()
    wanted = standard.lines_for(category, present)
    acted = {name for name, row in rows.items() if row.state != OPEN}
    more = [line for line in standard.lines if line.id in acted and line not in wanted]
    reported, at = instant(case.reported_at), instant(now)
    lines = []
    for line in (*wanted, *more):
        status = _status_of(line, rows.get(line.id))
        reopened = status.since if status.state == OPEN else None
        counts_from = reported if reopened is None else reopened
        gone = line.gone(reported)
        lines.append(
            LineNow(
                status,
                datetime.fromtimestamp(line.due(counts_from), UTC),
                None if gone is None else datetime.fromtimestamp(gone, UTC),
                status.overdue(counts_from, at),
                status.lost(reported, at),
            )
        )
    return sorted(
        lines,
        key=lambda line: (
            not line.open,
            not line.open or line.gone is None,
            line.next.timestamp(),
            line.line.id,
        ),
    )


def _status_of(line: Line, row: LineState | None) -> LineStatus:
    if row is None:
        return LineStatus(line)
    said = tuple(sorted((str(k), str(v)) for k, v in row.said.items()))
    return LineStatus(line, row.state, instant(row.since), said)


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
    """Do an act on a line: done, waived, reopened; and return its status.

    Parameters
    ----------
    said
        `proof` for done, `reason` for the others; `approver`, an account's name, for waived.
    by
        The account that does it, or asked for the waiver; None: the desk itself.

    Raises
    ------
    ActRefused
        If the table does not allow it, or the approver is no supervisor here, or is `by`.
    """
    death = begin(case, now)
    line = line_named(case, line_id)
    row = LineState.objects.filter(case=case, line_id=line_id).first()
    said = {**said, "by": by.name if by else "the desk"}
    after = act_on_line(_status_of(line, row), act, said, instant(now))
    signer = signer_named(said["approver"], case, "approver") if after.state == WAIVED else None
    flagged = after.state == WAIVED and must_escalate(said["reason"])
    LineState.objects.update_or_create(
        case=case, line_id=line_id, defaults={"state": after.state, "since": now, "said": said}
    )
    LineAct.objects.create(
        case=case, line_id=line_id, act=act, said=said, by=by, at=now, flagged=flagged
    )
    write_ledger_row(
        case, signer or by, f"line {act}", line=line_id, said=said, flagged=flagged or None
    )
    if flagged:
        notify_supervisors(
            case, f"Waived because of cost or workload: {line.title}. {case.case_id}", but=signer
        )
    if act == "reopened" and death.category in CLOSED:  # its closing relied on this line
        open_again(case, f"A line of enquiry was reopened: {line.title}", None, now)
    return after


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
        raise ActRefused("close the death to call it not suspicious", ("closing",))
    if act == OPENED_AGAIN:
        return open_again(case, said.get("reason", ""), by, now)
    return move(case, act, {**said, "by": by.name if by else "the desk"}, by, now, claimed_at)


def move(
    case: Case,
    act: str,
    said: Mapping[str, str],
    by: Account | None,
    now: datetime,
    claimed_at: datetime | None = None,
) -> ClassChange:
    """Write one change of class and its row; within a transaction.

    A death is called not suspicious here only by a closing with no missing ground.
    """
    if claimed_at is not None and claimed_at > now:
        raise ActRefused("the date and time of the decision must be in the past", ("claimed_at",))
    death = begin(case, now)
    before = death.category
    death.category = change_class(before, act, said)
    for field in ("senior", "supervisor"):
        if said.get(field, "").strip():
            signer_named(said[field], case, field)
    death.since = now
    death.save(update_fields=["category", "since"])
    change = ClassChange.objects.create(
        case=case, act=act, before=before, after=death.category, by=by,
        rank=said.get("rank", ""), reason=said["reason"], would_change=said.get("would_change", ""),
        signer=said.get("senior", "") or said.get("supervisor", ""),
        doctor=said.get("doctor", ""), claimed_at=claimed_at or now, at=now,
    )  # fmt: skip
    write_ledger_row(
        case, by, f"class: {act}", before=before, after=death.category, said=dict(said)
    )
    if act == CALLED_EXPECTED and MEDICAL_HISTORY in {line.id for line in standard_of(case).lines}:
        # The doctor's words do the one line of an expected death, so that it takes a minute.
        row = LineState.objects.filter(case=case, line_id=MEDICAL_HISTORY).first()
        if row is None or row.state != DONE:
            proof = {"proof": f"{said['doctor']}: {said['reason']}"}
            act_on(case, MEDICAL_HISTORY, "done", proof, by, now)
    if death.category == HOMICIDE:
        notify_supervisors(case, f"Class changed to homicide: {case.case_id}", but=by)
    return change


@transaction.atomic
def open_again(case: Case, reason: str, by: Account | None, now: datetime) -> ClassChange:
    """Open a closed death again, and the line that searches for similar deaths with it.

    Raises
    ------
    ActRefused
        If it is not closed.
    """
    said = {"reason": reason, "by": by.name if by else "the desk"}
    change = move(case, OPENED_AGAIN, said, by, now)
    search = LineState.objects.filter(case=case, line_id=SEARCH_AGAIN).exclude(state=OPEN)
    if search.exists():
        act_on(case, SEARCH_AGAIN, "reopened", {"reason": reason}, by, now)
    notify_supervisors(case, f"Reopened: {case.case_id}. {reason}", but=by)
    return change


def open_if_closed(case: Case, reason: str, now: datetime) -> bool:
    """Open a death again by the desk itself, if it is closed; within a transaction.

    Returns
    -------
    Whether it was closed, and is open now.
    """
    if class_of(case) not in CLOSED:
        return False
    open_again(case, reason, None, now)
    return True


def late_fact(case: Case, fields: tuple[str, ...], now: datetime) -> bool:
    """Open a closed death again because a compared fact came late, such as toxicology.

    Returns
    -------
    Whether it was closed, and is open now.
    """
    words = ", ".join(field_words(fields))
    return bool(fields) and open_if_closed(case, f"New facts: {words}", now)
