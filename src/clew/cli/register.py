"""`clew register`: what was found, what was promised, and what became of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from clew.cli import options as opt
from clew.disclosure import register_files as form
from clew.disclosure.csv_files import write_table
from clew.disclosure.register_sections import sections
from clew.disclosure.register_words import CAUTIONS, Section, say_day, say_lines
from clew.disclosure.words import REASON_TO_LOOK
from clew.errors import InputRejected, UsageRejected
from clew.intake.cases.rows import write_rejects
from clew.intake.inputs.register_cells import day_in
from clew.intake.inputs.register_files import read_register_mapping
from clew.intake.inputs.register_folder import load
from clew.intake.tables.open import RowRefusedError
from clew.outputs import output_folder, write_output
from clew.workflows import register as work

app = typer.Typer(
    help="What was found, what was promised, and what became of it.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
Folder = Annotated[Path, typer.Option("--register", help="Folder of the register.")]
HERE = Path("clew-register")
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Use only what was recorded by this day [default: today]."),
]
MOST_SHOWN = 20
"""Declared: rows of a long list on screen; the files have all."""


def _day(text: str | None, option: str) -> date:
    if text is None:
        return date.today()
    try:
        return day_in(option, text.strip())
    except RowRefusedError as no:
        raise UsageRejected(f"{option} {text}: {no.reason}", "Type it like 2021-12-10") from None


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"


@app.command("import")
def import_(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Files: our TOML or CSV form, or copies of a tracker."),
    ] = None,
    register: Folder = HERE,
    mapping: Annotated[
        Path | None,
        typer.Option(help="Mapping (TOML) of a table with other headers: noun, [columns]."),
    ] = None,
    seen_on: Annotated[
        str | None,
        typer.Option("--seen-on", help="Day of a tracker's copy, where its rows do not give it."),
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Import the documented example: one real case.")
    ] = False,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Add files to a register. Importing a file twice has no effect.

    Rows are never changed or removed: a correction is a new row with the same id, recorded later.
    Copies of a tracker are kept as what it claimed on that day, in any order.

    Writes rejects.csv: each row that could not be taken, and why.

    Example: clew register import findings.toml copies.csv.gz --register register
    """
    if not files and not example:
        raise UsageRejected("no file is given", "Name one or more files, or use --example")
    read = read_register_mapping(mapping) if mapping else None
    seen = _day(seen_on, "--seen-on") if seen_on else None
    found = work.import_files(register, files or [], read, seen, example=example)
    with output_folder(out):
        write_rejects(out / "rejects.csv", [one for file in found for one in file.rejects])
    if as_json:
        print(json.dumps([
            {
                "file": one.file, "read": one.read, "new": one.new, "known": one.known,
                "rejects": len(one.rejects), "copies": [day.isoformat() for day in one.days],
                "copies_refused": [day.isoformat() for day in one.refused_days],
                "notes": list(one.notes),
            }
            for one in found
        ], ensure_ascii=False))  # fmt: skip
        return
    for one in found:
        lost = one.read - one.new - one.known
        opt.show(
            f"{one.file}: {_rows(one.read)} read, {one.new:,} new, {one.known:,} known already,"
            f" {lost:,} not taken."
        )
        for note in one.notes:
            opt.show(f"  {note}")
        if one.days:
            days = ", ".join(map(say_day, one.days))
            opt.show(f"  Copies of {days}.")
        for day in one.refused_days:
            opt.show(f"  Not taken: the register has another copy of {say_day(day)}.")
    if any(one.rejects for one in found):
        opt.show(f"{out / 'rejects.csv'} lists every row that was not taken, and why.")


@app.command("show")
def show(
    register: Folder = HERE,
    as_of: AsOf = None,
    body: Annotated[str, typer.Option(help="Only what concerns this body (name or id).")] = "",
    proceeding: Annotated[
        str, typer.Option(help="Only this proceeding (id), or this report number of a tracker.")
    ] = "",
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help="What may be published: released rows, no officer's name, no small number; with"
            " feeds.",
        ),
    ] = False,
    withhold: Annotated[
        Path | None,
        typer.Option(help="Text file of names, one a line, that must not be in the public form."),
    ] = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Show what the register said on a day: found, promised, due, claimed and verified.

    Each obligation and promise has three questions (answer, position, practice), each claimed and,
    separately, verified. Later rows do not change the view of an earlier day.

    Writes register.html, register.json and a folder register-tables; with --public also feed.atom
    and feed.json.

    Example: clew register show --register register --as-of 2021-12-10
    """
    day = _day(as_of, "--as-of")
    held = load(register)
    shown = work.show(
        held, day, body=body, proceeding=proceeding, public=public, listed=_names(withhold)
    )
    with output_folder(out):
        written = form.write_shown(out, shown)
    if as_json:
        print(json.dumps(form.register_json(shown), ensure_ascii=False))
        return
    opt.show(REASON_TO_LOOK)
    opt.show("")
    opt.show(form.lead_of(shown))
    listed = [one for one in sections(shown) if one.key != "rows"]
    for line in say_lines(listed):
        opt.show(line)
    opt.show("")
    for caution in CAUTIONS:
        opt.show(caution)
    opt.show(f"Written to {out}: {', '.join(written)}")


def _names(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise InputRejected(
            path.name, f"the names cannot be read ({fault})", "Give a text file in UTF-8"
        ) from None
    return tuple(line.strip() for line in lines if line.strip())


@app.command("changes")
def changes(
    begins: Annotated[str, typer.Option("--from", help="The earlier day, for example 2024-08-21.")],
    ends: Annotated[
        str | None, typer.Option("--to", help="The later day [default: today].")
    ] = None,
    register: Folder = HERE,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """Say what changed between two days: added, answered, withdrawn, reopened.

    A jump that comes from the way of collecting, and not from the world, is named first.

    Writes changes.html, changes.json and changes.csv.

    Example: clew register changes --from 2024-08-21 --to 2024-10-01
    """
    found = work.changes(load(register), _day(begins, "--from"), _day(ends, "--to"))
    parts = form.changes_sections(found)
    lead = f"From {say_day(found.begins)} to {say_day(found.ends)}."
    if found.copies is not None:
        lead += (
            f" The tracker's copies compared are those of {say_day(found.copies.earlier)} and"
            f" {say_day(found.copies.later)}."
        )
    cells = [] if found.copies is None else form.change_cells(found.copies)
    with output_folder(out):
        page = form.render_page("What changed", lead, parts, notes=CAUTIONS[-1:])
        write_output(out / "changes.html", page)
        write_output(out / "changes.json", form.as_text(form.changes_json(found)))
        write_table(out / "changes.csv", form.CHANGE_COLUMNS, cells)
    _answer(form.changes_json(found), lead, parts, out / "changes.html", as_json=as_json)


def _answer(
    record: dict[str, Any], lead: str, parts: list[Section], page: Path, *, as_json: bool
) -> None:
    """Print an answer as JSON, or in lines."""
    if as_json:
        print(json.dumps(record, ensure_ascii=False))
        return
    opt.show(lead)
    _show_parts(parts, page)


def _show_parts(parts: list[Section], page: Path) -> None:
    for part in parts:
        opt.show("")
        opt.show(part.title + (f". {part.note}" if part.note else ""))
        opt.show(" · ".join(part.columns))
        for row in part.rows[:MOST_SHOWN]:
            opt.show("- " + " · ".join(cell for cell in row if cell))
        if len(part.rows) > MOST_SHOWN:
            opt.show(f"  and {len(part.rows) - MOST_SHOWN:,} more")
    if not parts:
        opt.show("Nothing.")
    opt.show("")
    opt.show(f"See {page}.")


@app.command("due")
def due(
    register: Folder = HERE,
    as_of: AsOf = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """List what must still be answered, by deadline, one line for each addressee.

    Writes due.html, due.json and due.csv.

    Example: clew register due --register register --as-of 2022-03-19
    """
    found = work.due(load(register), _day(as_of, "--as-of"))
    cells = form.due_cells(found)
    title = "What must still be answered"
    parts = [
        Section("due", title, ("Due", "Days overdue", "Addressee", "Obligation", "State"),
                tuple((say_day(date.fromisoformat(c[0])) if c[0] else "not given", *c[1:])
                      for c in cells)),
    ] if cells else []  # fmt: skip
    lead = f"As recorded by {say_day(found.view.day)}."
    record = {
        "words": REASON_TO_LOOK,
        "as_of": found.view.day.isoformat(),
        "due": [dict(zip(form.DUE_COLUMNS, one, strict=True)) for one in cells],
    }
    with output_folder(out):
        write_output(out / "due.html", form.render_page(title, lead, parts, notes=CAUTIONS[-1:]))
        write_output(out / "due.json", form.as_text(record))
        write_table(out / "due.csv", form.DUE_COLUMNS, cells)
    _answer(record, lead, parts, out / "due.html", as_json=as_json)


@app.command("check")
def check(
    register: Folder = HERE,
    as_of: AsOf = None,
    out: opt.Out = Path("clew-out"),
    as_json: opt.Json = False,
) -> None:
    """List contradictions, sums that do not follow from rows, and claims without a document.

    Writes check.html, check.json and check.csv.

    Example: clew register check --register register
    """
    day = _day(as_of, "--as-of")
    cells = form.fault_cells(work.check(load(register), day))
    title = "What contradicts itself, or has no document"
    parts = [
        Section("check", title, ("Row", "Kind", "What"),
                tuple((f"{noun} {id_}", kind, words) for kind, noun, id_, words in cells)),
    ] if cells else []  # fmt: skip
    lead = f"{len(cells):,} found, as recorded by {say_day(day)}."
    record = {
        "words": REASON_TO_LOOK,
        "as_of": day.isoformat(),
        "found": [dict(zip(form.FAULT_COLUMNS, one, strict=True)) for one in cells],
    }
    with output_folder(out):
        write_output(out / "check.html", form.render_page(title, lead, parts, notes=CAUTIONS[-1:]))
        write_output(out / "check.json", form.as_text(record))
        write_table(out / "check.csv", form.FAULT_COLUMNS, cells)
    _answer(record, lead, parts, out / "check.html", as_json=as_json)
