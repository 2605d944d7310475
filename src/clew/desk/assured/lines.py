"""Lines of enquiry of one death: where each stands, and the acts on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from clew.assurance.classes import INVESTIGATED
from clew.assurance.lines import OPEN, WAIVED, Kept, act_on_line, must_escalate
from clew.assurance.standard import HOUR, Line, Standard
from clew.desk.accounts.models import Account
from clew.desk.assured.acts import begin, instant, put_row, signer_named, tell_supervisors
from clew.desk.assured.models import Assured, LineAct, LineState
from clew.desk.assured.standards import standard_of
from clew.desk.cases.models import Case
from clew.desk.cases.read_now import read_now
from clew.errors import ActRefused
from clew.vocabulary.load import words

NOTES = frozenset({"note", "note_in_plastic_sleeve", "typed_or_electronic_note"})
"""Words of the scene's vocabulary that raise the line on comparing handwriting."""
SPEAKS_OF_ONE = re.compile(r"\b(?:note|letter)s?\b", re.IGNORECASE)
REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class LineNow:
    """A line as it stands. `due` counts from the report, or from when it was opened again."""

    kept: Kept
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
    told: Mapping[str, str] = case.told.get("now", {})
    listed = words("scene")
    items = {listed.canonical(item) for item in str(told.get("scene", "")).split(";")}
    if not items & NOTES and SPEAKS_OF_ONE.search(str(told.get("narrative", ""))):
        items = set(read_now(case).scene or ())
    return frozenset({"note"}) if items & NOTES else frozenset()


def class_of(case: Case) -> str:
    """Return the class that a death has at this desk; until somebody changes it, the first one."""
    held = Assured.objects.filter(case=case).first()
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
    kept = Kept(line) if row is None else kept_from(line, row)
    counts_from = kept.since if kept.state == OPEN and kept.since is not None else reported
    gone = line.gone(reported)
    return LineNow(
        kept,
        datetime.fromtimestamp(line.due(counts_from), UTC),
        None if gone is None else datetime.fromtimestamp(gone, UTC),
        kept.overdue(counts_from, at),
        kept.lost(reported, at),
    )


def kept_from(line: Line, row: LineState) -> Kept:
    """Return a row as the pure rules hold it."""
    said = tuple(sorted((str(k), str(v)) for k, v in row.said.items()))
    return Kept(line, row.state, instant(row.since), said)


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
) -> Kept:
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
    kept = Kept(line) if row is None else kept_from(line, row)
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
    put_row(case, signed or by, f"line {act}", line=line_id, said=told, flagged=flagged or None)
    if flagged:
        tell_supervisors(
            case, f"Waived because of cost or workload: {line.title}. {case.case_id}", but=signed
        )
    _reopen_if_closed(held, act, line, now)
    return after


def _reopen_if_closed(held: Assured, act: str, line: Line, now: datetime) -> None:
    """Open a closed death again when a line that its closing rested on is opened again."""
    from clew.desk.assured.classes import CLOSED, open_again  # noqa: PLC0415 (it acts on lines)

    if act == REOPENED and held.category in CLOSED:
        open_again(held.case, f"A line of enquiry is open again: {line.title}", None, now)


def seconds_left(one: LineNow, now: datetime) -> int:
    """Return seconds until what runs out first; below 0 it has."""
    return instant(one.next) - instant(now)


def overdue_by(one: LineNow, now: datetime) -> int:
    """Return whole hours past the due time."""
    return max(0, instant(now) - instant(one.due)) // HOUR
