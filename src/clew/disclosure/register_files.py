"""The files of a register: page, JSON, one CSV per noun, and feeds for those who follow."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from clew.disclosure.csv_files import write_table
from clew.disclosure.register_sections import sections
from clew.disclosure.register_words import CAUTIONS, Section, plain
from clew.disclosure.report import environment, style
from clew.disclosure.words import REASON_TO_LOOK, clean
from clew.intake.inputs.register_folder import report_cells
from clew.outputs import FOLDER_MODE, refuse_link, write_output
from clew.oversight.register.answers import Changes, Due, Shown
from clew.oversight.register.axes import AxisState
from clew.oversight.register.checks import Fault
from clew.oversight.register.nouns import NOUNS, Row, StateClaim, Statement, cells_of, noun_of
from clew.oversight.register.rows import View, count, due_day
from clew.oversight.register.tracker import STATUSES, CopyChanges, Report
from clew.version import VERSION

STATE_COLUMNS = (
    "about", "axis", "claimed", "claimed_by", "claimed_on", "document", "verified", "verified_by",
    "verified_on", "ends", "why",
)  # fmt: skip
CHANGE_COLUMNS = ("what", "ref", "date_of_report", "coroner_area", "before", "after")
DUE_COLUMNS = ("due", "days_overdue", "addressee", "obligation", "state")
FAULT_COLUMNS = ("kind", "noun", "id", "words")
TABLES = "register-tables"
"""Folder of the tables: its own, for other commands write a folder `tables`."""
ATOM = "http://www.w3.org/2005/Atom"


def render_page(title: str, lead: str, parts: Sequence[Section], *, notes: Sequence[str]) -> str:
    """Return sections as one page that stands alone and asks no network for anything."""
    sheet, style_hash = style("report.css", "register.css")
    return (
        environment()
        .get_template("register.html.j2")
        .render(
            title=title, lead=lead, parts=parts, notes=notes, version=VERSION, style=sheet,
            style_hash=style_hash,
        )
    )  # fmt: skip


def value_json(value: Any) -> Any:
    """Return a value of a row ready for JSON: days in ISO 8601, lists as lists."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def row_json(row: Row, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return a row ready for JSON; a hidden number is null, and said to be hidden."""
    found = {field.name: value_json(getattr(row, field.name)) for field in fields(row)}
    if row.id in hidden and "number" in found:
        found |= {"number": None, "hidden": True}
    return found


def states_of(view: View) -> list[tuple[str, AxisState]]:
    """Return every axis of every obligation, promise, and statement with a claimed state."""
    found = [(row.id, axis) for row, axes in view.promise_states() for axis in axes]
    for one in view.obligation_states():
        found += [(one.obligation.id, axis) for axis in one.axes]
    claimed = {row.about for row in view.of(StateClaim)}
    for said in view.of(Statement):
        if said.id in claimed:
            found += [(said.id, axis) for axis in view.axis_states(said.id, said.by)]
    return found


def state_cells(about: str, axis: AxisState) -> tuple[str, ...]:
    """Return the cells of STATE_COLUMNS."""
    days = (axis.claimed_on, axis.verified_on, axis.ends)
    claimed_on, verified_on, ends = (day.isoformat() if day else "" for day in days)
    return (
        about, axis.axis.value, axis.claimed, axis.claimed_by, claimed_on, axis.document,
        axis.verified.value, axis.verified_by, verified_on, ends, axis.why,
    )  # fmt: skip


def register_json(shown: Shown) -> dict[str, Any]:
    """Return what a register says on a day, ready for JSON."""
    view = shown.view
    rows: dict[str, list[Any]] = {noun: [] for noun in NOUNS}
    for row in view.rows:
        rows[noun_of(row)].append(row_json(row, shown.hidden))
    totals = count(view)
    obligations = [
        {
            "id": one.obligation.id, "addressee": one.obligation.addressee,
            "due": value_json(due_day(one.obligation)), "state": one.state,
            "days_overdue": one.overdue, "answers": list(one.answers),
        }
        for one in view.obligation_states()
    ]  # fmt: skip
    found = {
        "words": REASON_TO_LOOK,
        "cautions": list(CAUTIONS),
        "as_of": view.day.isoformat(),
        "body": shown.body or None,
        "proceeding": shown.proceeding or None,
        "public": shown.public,
        "not_released": shown.not_released,
        "totals": {
            "rows": dict(totals.by_noun),
            "obligations": dict(totals.obligations),
            "practice_verified": dict(totals.verified),
        },
        "rows": {noun: found for noun, found in rows.items() if found},
        "obligations": obligations,
        "states": [
            dict(zip(STATE_COLUMNS, state_cells(about, axis), strict=True))
            for about, axis in states_of(view)
        ],
        "withdrawn": [{"noun": noun_of(row), **row_json(row)} for row in view.withdrawn],
    }
    if shown.totals:
        found["tracker"] = [
            {**asdict(one), "day": one.day.isoformat(), "status": dict(one.status)}
            for one in shown.totals
        ]
    if shown.rows_of_report:
        found["report"] = [
            {**report_cells(one), "due": one.due.isoformat(), "addressees": list(one.sent_to),
             "answers_claimed": one.replies}
            for one in shown.rows_of_report
        ]  # fmt: skip
    return found


def as_text(found: Mapping[str, Any]) -> str:
    """Return JSON as it is written to a file."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def write_shown(out: Path, shown: Shown) -> list[str]:
    """Write the page, the JSON, the tables and, for the public, the feeds; return their names."""
    title = "What was found, what was promised, and what became of it"
    page = render_page(title, lead_of(shown), sections(shown), notes=CAUTIONS)
    files = {"register.html": page, "register.json": as_text(register_json(shown))}
    if shown.public:
        files |= {"feed.atom": atom_feed(shown), "feed.json": json_feed(shown)}
    for name, text in files.items():
        write_output(out / name, text)
    tables = out / TABLES
    refuse_link(tables)
    tables.mkdir(exist_ok=True, mode=FOLDER_MODE)
    for noun in (*NOUNS, "states", "tracker"):  # of an earlier run, which may have had more
        (tables / f"{noun}.csv").unlink(missing_ok=True)
    by_noun: dict[str, list[Row]] = {}
    for row in shown.view.rows:
        by_noun.setdefault(noun_of(row), []).append(row)
    for noun, rows in by_noun.items():
        columns = tuple(NOUNS[noun].__dataclass_fields__)
        cells = [
            [
                ("" if row.id in shown.hidden and c == "number" else cells_of(row)[c])
                for c in columns
            ]
            for row in rows
        ]
        write_table(tables / f"{noun}.csv", columns, cells)
    write_table(
        tables / "states.csv", STATE_COLUMNS,
        [state_cells(about, axis) for about, axis in states_of(shown.view)],
    )  # fmt: skip
    if shown.totals:
        columns = ("day", "reports", *STATUSES, "addressees", "answers", "surplus", "no_ref")
        write_table(
            tables / "tracker.csv", columns,
            [
                (one.day.isoformat(), str(one.reports), *(str(n) for _, n in one.status),
                 str(one.addressees), str(one.answers), str(one.surplus), str(one.no_ref))
                for one in shown.totals
            ],
        )  # fmt: skip
    return [*files, f"{TABLES}/"]


def lead_of(shown: Shown) -> str:
    """Return what a view is of: its day, its body or proceeding, who it is for."""
    day = shown.view.day
    said = f"As recorded by {day.day} {day:%B %Y}. Nothing recorded later is on this page."
    if shown.body:
        said += f" Only what concerns {shown.view.name(shown.body)}."
    if shown.proceeding:
        said += f" Only what belongs to {shown.proceeding}."
    if shown.public:
        rows = "1 row is" if shown.not_released == 1 else f"{shown.not_released:,} rows are"
        said += (
            f" For the public: {rows} not released. No officer is named. Small numbers are hidden."
        )
    return said


# Feeds. An entry is a row that was released, with the words of the register's public page.


def _entries(shown: Shown) -> list[tuple[Row, str]]:
    rows = sorted(
        shown.view.rows, key=lambda row: (row.recorded_at, noun_of(row), row.id), reverse=True
    )
    found = []
    for row in rows:
        said = getattr(row, "words", "") or getattr(row, "title", "") or getattr(row, "what", "")
        said = said or getattr(row, "name", "") or getattr(row, "trigger", "") or row.id
        found.append((row, clean(" ".join(said.split()))))
    return found


def _stamp(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _name_of(row: Row) -> str:
    return f"urn:clew:register:{noun_of(row)}:{row.id}:{row.recorded_at.isoformat()}"


def atom_feed(shown: Shown) -> str:
    """Return the rows released as an Atom feed (RFC 4287), newest first."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(f"{{{ATOM}}}feed")

    def add(parent: ET.Element, name: str, text: str) -> None:
        ET.SubElement(parent, f"{{{ATOM}}}{name}").text = text

    entries = _entries(shown)
    newest = max((row.recorded_at for row, _ in entries), default=shown.view.day)
    add(feed, "title", "Register of findings and promises")
    add(feed, "id", "urn:clew:register")
    add(feed, "updated", _stamp(newest))
    add(feed, "subtitle", REASON_TO_LOOK)
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    add(author, "name", f"Clew {VERSION}")
    for row, said in entries:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        add(entry, "title", f"{noun_of(row).replace('_', ' ').capitalize()}: {said}"[:200])
        add(entry, "id", _name_of(row).replace(" ", "%20"))
        add(entry, "updated", _stamp(row.recorded_at))
        add(entry, "summary", clean(f"{said} Source: {row.source}"))
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def json_feed(shown: Shown) -> str:
    """Return the rows released as a JSON feed (version 1.1), newest first."""
    return as_text({
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Register of findings and promises",
        "description": REASON_TO_LOOK,
        "items": [
            {
                "id": _name_of(row),
                "title": f"{noun_of(row).replace('_', ' ').capitalize()}: {said}"[:200],
                "content_text": clean(f"{said} Source: {row.source}"),
                "date_published": _stamp(row.recorded_at),
            }
            for row, said in _entries(shown)
        ],
    })  # fmt: skip


# Changes, what is due, what is wrong.


def change_cells(one: CopyChanges) -> list[tuple[str, ...]]:
    """Return the cells of CHANGE_COLUMNS for each report that changed."""
    return [
        (
            change.what, change.report.ref, change.report.reported.isoformat(), change.report.area,
            _short(change.before), _short(change.after),
        )
        for change in one.changes
    ]  # fmt: skip


def _short(one: Report | None) -> str:
    if one is None:
        return ""
    return f"{one.status}, {one.replies} of {len(one.sent_to)} answered: {'; '.join(one.sent_to)}"


def changes_json(found: Changes) -> dict[str, Any]:
    """Return what changed between two days, ready for JSON."""
    copies = found.copies
    return {
        "words": REASON_TO_LOOK,
        "from": found.begins.isoformat(),
        "to": found.ends.isoformat(),
        "rows": [
            {"noun": noun_of(row), "change": _change(row, new=new), **row_json(row)}
            for row, new in found.rows
        ],
        "states": [asdict(one) for one in found.states],
        "tracker": None if copies is None else {
            "earlier": copies.earlier.isoformat(),
            "later": copies.later.isoformat(),
            "counts": {what: n for what in CHANGE_WORDS if (n := copies.number(what))},
            "jumps": [asdict(jump) for jump in copies.jumps],
            "reports": [
                dict(zip(CHANGE_COLUMNS, cells, strict=True)) for cells in change_cells(copies)
            ],
        },
    }  # fmt: skip


def _change(row: Row, *, new: bool) -> str:
    return "withdrawn" if row.withdrawn else "added" if new else "changed"


CHANGE_WORDS = (
    "added", "answered", "reply added", "reopened", "reply removed", "became overdue",
    "status changed", "addressees rewritten", "area renamed", "withdrawn",
)  # fmt: skip


def changes_sections(found: Changes) -> list[Section]:
    """Return the sections of a page of changes: jumps first, for they spoil every count below."""
    parts = []
    copies = found.copies
    if copies is not None:
        jumps = tuple((f"{one.rows:,} {one.what}", f"{one.of:,}") for one in copies.jumps)
        parts.append(Section(
            "jumps", "Not a change in the world", ("What happened", "Out of"), jumps,
            "The way of collecting changed. Do not chart these days as a trend.",
        ))  # fmt: skip
        counts = tuple(
            (what.capitalize(), f"{n:,}") for what in CHANGE_WORDS if (n := copies.number(what))
        )
        parts.append(
            Section("counts", "Reports of the tracker that changed", ("Change", "Reports"), counts)
        )
    states = tuple(
        (f"{one.about}, {one.who}", one.question, plain(one.before), plain(one.after))
        for one in found.states
    )
    columns = ("Of what", "Question", "Before", "After")
    parts.append(Section("states", "States that changed", columns, states))
    rows = tuple(
        (f"{noun_of(row).replace('_', ' ')} {row.id}", _change(row, new=new), row.source)
        for row, new in found.rows
    )
    parts.append(Section("rows", "Rows recorded", ("Row", "Change", "Source"), rows))
    return [one for one in parts if one.rows]


def due_cells(found: Due) -> list[tuple[str, ...]]:
    """Return the cells of DUE_COLUMNS: own obligations and the tracker's reports, by their day."""
    day = found.view.day
    own = [
        (
            one.due.isoformat() if one.due else "", "" if one.overdue is None else str(one.overdue),
            found.view.name(one.obligation.addressee), one.obligation.id, one.state,
        )
        for one in found.obligations
    ]  # fmt: skip
    reports = [
        (
            row.due.isoformat(), str(max((day - row.due).days, 0)), "; ".join(row.sent_to),
            row.ref or "no number",
            f"{row.replies} of {len(row.sent_to)} answers claimed",
        )
        for row in found.reports
    ]  # fmt: skip
    return sorted([*own, *reports], key=lambda cells: (cells[0] or "9999", cells[3]))


def fault_cells(faults: Sequence[Fault]) -> list[tuple[str, ...]]:
    """Return the cells of FAULT_COLUMNS."""
    return [(one.kind, one.noun, one.id, one.words) for one in faults]
