"""What was taken of the files and what was not, in words: one place for every answer."""

from __future__ import annotations

from typing import Any

from clew.disclosure.words import capital, count_of
from clew.model.input_account import SAME_ID, InputAccount, NotTaken

SHOWN = 5
"""Declared: reasons on a screen; the rest are counted, and rejects.csv has every one."""

_TIMES = frozenset({
    "reported_at", "earliest", "latest", "last_seen_alive", "known_at", "recorded_at", "decided_at",
    "window_text",
})  # fmt: skip
WRITE_TIMES = (
    "Write times like 2021-03-02T22:15, or declare how they are written in a mapping; clew intake"
    " FILE --suggest proposes one"
)
_BY_WORDS = (
    (SAME_ID, "Give every case an id of its own, or delete the repeated row"),
    ("same case_id", "Give every case an id of its own, or delete the repeated row"),
    ("total or a footer", "Leave it if it is not a record; otherwise correct its cells"),
    ("repeats the header", "Leave it if it is not a record; otherwise correct its cells"),
    ("quotation mark", "Correct the quotation marks in that line"),
    ("cells, but the header", "Put quotation marks around cells that contain a separator"),
    ("formula", "Open the workbook, let it calculate, correct the cell and save it again"),
    ("spreadsheet error", "Correct the cell in the workbook, and save it again"),
    ("no case of this id", "Correct the id, or add the case"),
    ("a case of this id", "Correct the id, or add the case"),
)


def remedy_for(field: str, reason: str) -> str:
    """Return what to do so that a refused row or field is taken, without a full stop.

    A reason that says so itself, behind a semicolon, is taken at its word.
    """
    _, _, own = reason.partition("; ")
    if own.startswith(("write", "quote", "declare", "give", "rename", "delete")):
        return capital(own.rstrip("."))
    for words, remedy in _BY_WORDS:
        if words in reason:
            return remedy
    if field in _TIMES:
        return WRITE_TIMES
    if field == "case_id":
        return "Give every case an id of its own"
    return "Correct the cell, or translate its value in a mapping"


def say_input(account: InputAccount, *, listed: bool = True) -> tuple[str, ...]:
    """Return the lines that every answer shows before it says what was searched.

    The first counts rows and fields that could not be taken; then each reason, with rows and
    remedy; then sheets and files that were not read; then where every one is listed. `listed`: the
    answer comes with a rejects.csv of its own.
    """
    if not account.file:
        return ()
    name = account.file
    head = f"Read: {account.taken:,} of {count_of(account.rows, 'row', 'rows')} of {name}"
    lost = (
        f"Not read: {count_of(account.refused, 'row', 'rows')} and"
        f" {count_of(account.fields, 'field', 'fields')}"
    )
    lines = [f"{head}. {lost}."]
    lines += [f"- {_say_reason(one, name)}" for one in account.reasons[:SHOWN]]
    if more := account.reasons[SHOWN:]:
        left = sum(one.count for one in more)
        lines.append(f"- and {left:,} more for {count_of(len(more), 'reason', 'reasons')}")
    lines += say_not_read(account)
    lines += [f"Note: {note}." for note in account.notes]
    if account.reasons:
        lines.append(_say_where(account, listed=listed))
    return tuple(lines)


def _say_where(account: InputAccount, *, listed: bool) -> str:
    if account.earlier:
        return "They were refused when the files were added; rejects.csv of that time lists them."
    if listed:
        return "rejects.csv lists every one."
    return f"clew quality {account.file} writes rejects.csv, which lists every one."


def say_not_read(account: InputAccount) -> list[str]:
    """Return a line for each sheet, file or part of one that was not read."""
    return [f"Not read: {one.part} of {one.file}: {one.why}." for one in account.not_read]


def _say_reason(one: NotTaken, name: str) -> str:
    what = (
        count_of(one.count, "field", "fields") if one.kept else count_of(one.count, "row", "rows")
    )
    file = "" if one.file == name else f" of {one.file}"
    where = f", {one.field}" if one.field else ""
    more = " ..." if one.count > len(one.rows) else ""
    numbers = ", ".join(f"{row:,}" for row in one.rows)
    rows = f"row {numbers}" if one.count == 1 else f"rows {numbers}{more}"
    reason, remedy = one.reason.rstrip("."), remedy_for(one.field, one.reason)
    if remedy.casefold() in reason.casefold():
        remedy = ""
    return f"{what}{file}{where} ({rows}): {reason}.{remedy and f' {remedy}.'}"


def say_refused(account: InputAccount, case_id: str) -> str:
    """Return why a case that somebody asks for is not there, or "" where no refusal explains it."""
    refused = account.ids.get(case_id)
    if refused is None:
        return ""
    field = f", {refused.field}" if refused.field else ""
    value = f" '{refused.value}'" if refused.value and refused.field != "case_id" else ""
    return (
        f"{case_id} was refused: {refused.file}, row {refused.row}{field}{value}:"
        f" {refused.reason.rstrip('.')}"
    )


def why_not_there(
    account: InputAccount, case_id: str, otherwise: str, remedy: str
) -> tuple[str, str]:
    """Return the reason and remedy for an id that is asked for and is not there.

    `otherwise` is said where no refused row explains it; rows without a readable id are counted.
    """
    if said := say_refused(account, case_id):
        refused = account.ids[case_id]
        how = remedy_for(refused.field, refused.reason)
        return (said.partition("; ")[0] if how.casefold() in said.casefold() else said), how
    if account.without_id:
        rows = count_of(account.without_id, "refused row has", "refused rows have")
        return otherwise, f"{remedy}. {rows} no id that could be read, and may be it"
    return otherwise, remedy


def input_json(account: InputAccount) -> dict[str, Any]:
    """Return the account for machines, as every answer's `input`."""
    return {
        "file": account.file,
        "rows": account.rows,
        "taken": account.taken,
        "refused_rows": account.refused,
        "refused_fields": account.fields,
        "reasons": [
            {
                "file": one.file,
                "field": one.field,
                "reason": one.reason,
                "remedy": remedy_for(one.field, one.reason),
                "row_kept": one.kept,
                "count": one.count,
                "rows": list(one.rows),
            }
            for one in account.reasons
        ],
        "refused_ids": {
            name: {"row": row.row, "field": row.field, "reason": row.reason}
            for name, row in account.ids.items()
        },
        "not_read": [
            {"file": one.file, "part": one.part, "why": one.why} for one in account.not_read
        ],
        "notes": list(account.notes),
    }
