"""Find a table in its file: the header row, titles above it, and rows that are no records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from clew.intake.cases.contract import COLUMNS, column_key

PEEKED = 50
"""Declared: rows among which the header is looked for. Title blocks of exports have under 20."""
LEAST_KNOWN = 2
"""Declared: names that Clew knows, by which a row lower down is the header. One may be a value."""

TOTAL_WORDS = frozenset({
    "total", "totals", "grand total", "sub total", "subtotal", "sub-total", "sum", "average",
    "mean", "count", "overall", "total records", "total rows", "record count", "row count",
    "number of records", "total deaths", "total cases", "total incidents", "end", "eof",
    "end of file", "end of report", "end of data", "gesamt", "summe", "totaal", "totale",
})  # fmt: skip
"""Whole first cells of rows that sum a table up (seen under exports of spreadsheets and reports:
Excel's and LibreOffice's subtotals, Crystal Reports and SSRS footers, and their translations)."""
_FOOTER = re.compile(
    r"""(?ix) [*=\-_#~\s]* (?:
        (?:grand\s|sub-?\s?)?totals?\b\s*[:=(\d]  |  end\s+of\s+(?:report|file|data|extract|list)\b
      | \(?\d[\d,.\s]*\s(?:rows?|records?|cases|deaths)
        \s*(?:affected|selected|returned|in\s|found|$|\))
      | (?:number|no\.?|count)\s+of\s+(?:rows|records|cases|deaths)\b
      | (?:source|notes?|footnotes?|produced|printed|generated|extracted|exported|created|report)
        (?:\s+(?:by|on|at|from|date|of|run|generated|printed|produced))*\s*:
      | (?:produced|printed|generated|extracted|exported|report\s+run)\s+(?:by|on|at|from)\s
      | page\s+\d+(?:\s+of\s+\d+)?\s*$ | ©|\(c\)\s | official(?:\W|$) | confidential\s*[-:.]
    )"""
)
"""How lines below a table begin: totals, counts of rows, sources, when it was printed, pages."""
_BEGINNINGS = frozenset(word[:3] for word in TOTAL_WORDS) | frozenset({
    "no ", "no.", "sou", "not", "foo", "pro", "pri", "gen", "ext", "exp", "cre", "rep", "pag",
    "off", "con", "run",
})  # fmt: skip
"""How every one of these begins, for a quick look."""
LOOKS_LIKE_FOOTER = "it looks like a total or a footer, not a record"
REPEATS_HEADER = "it repeats the header, so it is not a record"


@dataclass(frozen=True, slots=True)
class Wanted:
    """By which names a header is known. Keys are as `column_key` makes them.

    `required` are those that the table must have; `known` all that its reader may use. `of_cases`:
    the reader checks error cells and names that stand twice itself, and refuses those that it uses.
    """

    required: frozenset[str] = frozenset()
    known: frozenset[str] = COLUMNS
    of_cases: bool = False

    @staticmethod
    def from_names(
        required: Iterable[str], known: Iterable[str] = (), *, of_cases: bool = False
    ) -> Wanted:
        """Return what is wanted, by names as a person or a mapping writes them."""
        keys = frozenset(map(column_key, required))
        return Wanted(keys, keys | frozenset(map(column_key, known)), of_cases)


def find_header(rows: Sequence[list[str] | str], wanted: Wanted) -> int | None:
    """Return the place of the header among the first rows of a file; None where all are blank.

    The first row with all required names; else that with the most known ones, at least
    `LEAST_KNOWN`; else the first that is filled like a row of the table. A title is a row with
    less than half as many cells as is usual.
    """
    keys = [
        frozenset(column_key(cell) for cell in row if cell.strip())
        if isinstance(row, list)
        else frozenset()
        for row in rows
    ]
    filled = [place for place, names in enumerate(keys) if names]
    if not filled:
        return None
    if wanted.required:
        for place in filled:
            if wanted.required <= keys[place]:
                return place
    first = filled[0]
    found = {place: len(keys[place] & wanted.known) for place in filled}
    best = max(filled, key=lambda place: (found[place], -place))
    if found[best] >= LEAST_KNOWN and found[best] > found[first]:
        return best
    if found[first] >= LEAST_KNOWN:
        return first
    counts = {place: sum(bool(cell.strip()) for cell in rows[place]) for place in filled}
    usual = median(counts.values())
    return next((place for place in filled if counts[place] * 2 > usual), first)


def has_table(rows: Sequence[list[str] | str], wanted: Wanted) -> bool:
    """Return whether one of these rows has all required names; without any, several known ones."""
    keys = [{column_key(cell) for cell in row} for row in rows if isinstance(row, list)]
    if wanted.required:
        return any(wanted.required <= names for names in keys)
    return any(len(wanted.known & names) >= LEAST_KNOWN for names in keys)


def why_no_record(cells: Sequence[str], header: Sequence[str]) -> str:
    """Return why a row of stripped cells is no record, "" where it may be one.

    A footer is filled less than half; a row that begins with the very word for a total may be
    filled further, with its sums.
    """
    if cells[0] == header[0] and len(header) > 1 and list(cells) == list(header):
        return REPEATS_HEADER
    begins = cells[0] or next((cell for cell in cells if cell), "")
    if begins[:1].isdigit():
        if " " not in begins:
            return ""
    elif begins[:1].isalpha() and begins[:3].casefold() not in _BEGINNINGS:
        return ""  # as nearly every row of every file, so that reading is no slower
    first = begins.casefold().strip(" *=-_#~:.")
    is_total = first in TOTAL_WORDS
    if not is_total and not _FOOTER.match(begins):
        return ""
    filled = sum(map(bool, cells))
    if filled * 2 <= len(header) or (is_total and bool(cells[0])):
        return LOOKS_LIKE_FOOTER
    return ""
