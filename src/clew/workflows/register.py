"""`register`: import rows and copies, show a day, compare two days, say what is due and wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from pathlib import Path

from clew.errors import UsageRejected
from clew.intake.inputs.register_files import (
    RegisterFile,
    RegisterMapping,
    read_register,
)
from clew.intake.inputs.register_folder import Held, load, save
from clew.model.case_file import Reject
from clew.outputs import output_folder
from clew.oversight.register.answers import Changes, Due, Shown, StateChange
from clew.oversight.register.checks import Fault, check_register
from clew.oversight.register.nouns import (
    Body,
    Power,
    Proceeding,
    Promise,
    Statement,
    noun_of,
)
from clew.oversight.register.public import release, release_report
from clew.oversight.register.rows import View
from clew.oversight.register.tracker import (
    compare_copies,
    count_copy,
)

EXAMPLES = ("barking_register.toml", "barking_register_later.toml")
"""The documented example: public facts of one case, each with its source and day."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file brought: rows read, new, known before, refused; the days of copies."""

    file: str
    read: int
    new: int
    known: int
    days: tuple[date, ...]
    refused_days: tuple[date, ...]
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]


def import_files(
    folder: Path,
    paths: Sequence[Path],
    mapping: RegisterMapping | None = None,
    seen_on: date | None = None,
    *,
    example: bool = False,
) -> list[Imported]:
    """Add files to a register; importing one again changes nothing.

    Raises
    ------
    InputRejected
        If a file cannot be read; nothing is added then.
    """
    taken = [read_register(path, mapping, seen_on) for path in paths]
    if example:
        kept = files("clew.synthetic")
        taken += [read_register(Path(str(kept.joinpath(name)))) for name in EXAMPLES]
    with output_folder(folder):
        held = load(folder, must_exist=False)
        imported = []
        for one in taken:
            held, said = _add(held, one)
            imported.append(said)
        save(folder, held)
    return imported


def _add(held: Held, file: RegisterFile) -> tuple[Held, Imported]:
    register = held.register.add(file.rows)
    new = len(register) - len(held.register)
    copies, days, refused = held.copies.with_copies(file.copies)
    new += len(copies) - len(held.copies)
    lost = [
        Reject(
            file.file, 0, "seen_on", day.isoformat(),
            f"the register has another copy of {day:%-d %B %Y}; nothing is overwritten"
            f" ({len(file.copies.by_day[day]):,} rows)", kept=False,
        )
        for day in refused
    ]  # fmt: skip
    not_taken = sum(len(file.copies.by_day[day]) for day in refused)
    known = len(file.rows) + len(file.copies) - new - not_taken
    rejects = (*file.rejects, *lost)
    said = Imported(
        file.file, file.read, new, known, tuple(days), tuple(refused), rejects, file.notes
    )
    return Held(register, copies), said


def show(
    held: Held,
    day: date,
    *,
    body: str = "",
    proceeding: str = "",
    public: bool = False,
    listed: Collection[str] = (),
) -> Shown:
    """Return what a register says on a day, of one body or one proceeding if that is asked.

    Raises
    ------
    UsageRejected
        If nothing is known of the body or proceeding by then.
    """
    view = held.register.as_of(day)
    days = [one for one in held.copies.days if one <= day]
    totals = tuple(count_copy(held.copies.by_day[one], one) for one in days)
    reports = tuple(
        row
        for one in days
        for row in held.copies.by_day[one]
        if proceeding and row.ref == proceeding
    )
    if body:
        view = _only(view, _of_body(view, _body_named(view, body)))
        totals = ()
    if proceeding:
        kept = _of_proceeding(view, proceeding)
        if not kept and not reports:
            raise UsageRejected(
                f"nothing is recorded of the proceeding {proceeding} by {day:%-d %B %Y}",
                f"Use one of: {_some(row.id for row in view.of(Proceeding))}",
            )
        view, totals = _only(view, kept), ()
    if not public:
        return Shown(view, totals, reports, body, proceeding)
    released = release(view, listed)
    reports = tuple(release_report(one, listed) for one in reports)
    return Shown(
        released.view, totals, reports, body, proceeding, True, released.hidden,
        released.not_released,
    )  # fmt: skip


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:20]) or "none is recorded"


def _body_named(view: View, text: str) -> str:
    wanted = text.casefold()
    for one in view.bodies.values():
        if wanted in {name.casefold() for name in (one.id, one.name, *one.aliases)}:
            return one.id
    raise UsageRejected(
        f"no body is called {text} by {view.day:%-d %B %Y}", f"Use one of: {_some(view.bodies)}"
    )


def _only(view: View, ids: set[tuple[str, str]]) -> View:
    """Return a view with some rows, and the bodies and powers by which they are read."""
    rows = (*view.rows, *view.withdrawn)
    return View(
        view.day,
        tuple(
            row for row in rows
            if (noun_of(row), row.id) in ids or isinstance(row, Body | Power)
        ),
    )  # fmt: skip


def _of_body(view: View, body: str) -> set[tuple[str, str]]:
    found = set()
    for row in (*view.rows, *view.withdrawn):
        values = (getattr(row, field.name) for field in fields(row) if field.name != "id")
        if any(value == body for value in values):
            found.add((noun_of(row), row.id))
    return _with_what_is_about(view, found)


def _of_proceeding(view: View, proceeding: str) -> set[tuple[str, str]]:
    found = {
        (noun_of(row), row.id)
        for row in (*view.rows, *view.withdrawn)
        if view.proceeding_of(row) == proceeding
        or (isinstance(row, Proceeding) and row.id == proceeding)
    }
    return _with_what_is_about(view, found) if found else set()


def _with_what_is_about(view: View, found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Add the rows about these: claims, checks, measures, replies, answers."""
    ids = {name for _, name in found}
    more = {
        (noun_of(row), row.id)
        for row in view.rows
        if getattr(row, "about", "") in ids
        or getattr(row, "finding", "") in ids
        or ids & set(getattr(row, "obligations", ()))
    }
    return found | more


def changes(held: Held, begins: date, ends: date) -> Changes:
    """Return what was recorded after one day, up to another, and what two copies differ in.

    Raises
    ------
    UsageRejected
        If the days are not in order.
    """
    if begins > ends:
        raise UsageRejected("--from is after --to", "Give the earlier day as --from")
    first, last = held.copies.last_by(begins), held.copies.last_by(ends)
    compared = None
    if first is not None and last is not None and first != last:
        compared = compare_copies(held.copies, first, last)
    then, now = (_states(held.register.as_of(day)) for day in (begins, ends))
    moved = tuple(
        StateChange(*key, then[key], after)
        for key, after in now.items()
        if key in then and then[key] != after
    )
    rows = tuple(held.register.recorded(begins, ends))
    return Changes(begins, ends, rows, moved, compared)


def _states(view: View) -> dict[tuple[str, str, str], str]:
    """Return every state of a day by the id of its thing, who must do it, and which question."""
    found: dict[tuple[str, str, str], str] = {}
    things = [(one.obligation.id, one.obligation.addressee) for one in view.obligation_states()]
    for one in view.obligation_states():
        about, who = one.obligation.id, view.name(one.obligation.addressee)
        found[about, who, "answer"] = one.state
    things += [(row.id, row.by) for row in view.of(Promise)]
    things += [(row.id, row.by) for row in view.of(Statement)]
    for about, by in things:
        for axis in view.axis_states(about, by):
            key = (about, view.name(by), axis.axis.value)
            found[*key[:2], f"{key[2]} claimed"] = axis.claimed
            found[*key[:2], f"{key[2]} verified"] = axis.verified.value
    return found


def due(held: Held, day: date) -> Due:
    """Return what is due or overdue on a day."""
    view = held.register.as_of(day)
    open_ones = tuple(one for one in view.obligation_states() if one.state != "answered")
    at = held.copies.last_by(day)
    reports = sorted(
        (row for row in (held.copies.by_day[at] if at else ()) if row.status != "completed"),
        key=lambda row: (row.due, row.ref, row.area, row.occurrence),
    )
    return Due(view, open_ones, tuple(reports), at)


def check(held: Held, day: date) -> list[Fault]:
    """Return what in the register contradicts itself or has no document on a day."""
    return check_register(held.register, held.copies, day)
