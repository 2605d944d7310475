"""Documents as PDF: a comparison, the morning sheet, and what the bundle is made with.

Tagged for screen readers (PDF/UA-1), and the same bytes for the same input. Nothing is fetched:
the style is in the page, and an address in a record is refused. Pages are set in a process of
their own (`pdf_process.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from clew.disclosure.comparison import PairRow, rank_word, show_finding, strongest
from clew.disclosure.exports.pdf_process import bounded_pdf
from clew.disclosure.exports.text import (
    LinkRow,
    RecordRow,
    Stamp,
    about,
    clean_text,
    clock_of,
    how_often,
    iso,
    not_searched,
    searched,
)
from clew.disclosure.report import environment, style
from clew.disclosure.words import RELATION_WORD, TIER_WORD, Clock, capital, plain
from clew.model.finding import Finding, Relation, Stance, Tier
from clew.model.values import Instant

_TEXT = re.compile(r">[^<]+<")
"""What is between tags; attributes are left alone."""
_LONG_WORD = re.compile(r"(?:&[^;\s]+;|[^\s<>&]){40}")
"""Declared: 40 characters without a space, an entity being one; longer than any English word."""


def render_pdf(template: str, stamp: Stamp, **variables: Any) -> bytes:
    """Render a template of this room as a PDF that bears the stamp.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed, or the text is too long.
    """
    sheet, _ = style("export.css")
    page = environment().get_template(template)
    html = page.render(
        stamp=stamp,
        about=about(stamp),
        searched=searched(stamp),
        not_searched=not_searched(stamp),
        clock=clock_of(stamp),
        made_iso=iso(stamp.made_at),
        style=sheet,
        **variables,
    )
    return bounded_pdf(breakable(clean_text(html)))


def breakable(html: str) -> str:
    """Return the page with leave to break its longest words; no text of it changes.

    A word of thousands of characters would be measured again at each line's end.
    """
    return _TEXT.sub(lambda text: _LONG_WORD.sub(r"\g<0><wbr>", text.group()), html)


# A comparison: for, against and missing, side by side, and how often.


STATE_WORD = {
    "open": "Waits to be looked at.",
    "second_reader": "Waits for a second reader.",
    "not_taken_forward": "Not taken forward.",
    "linked": "Judged to be linked.",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records: its heading, and what is read first of it."""

    case_id: str
    heading: str
    context: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PairDocument:
    """Two records, and what their comparison found, in words."""

    a: Side
    b: Side
    line: str
    chance: str
    rows: tuple[PairRow, ...]
    reasons_for: tuple[Finding, ...]
    reasons_against: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    other_explanations: tuple[str, ...]

    @property
    def context(self) -> tuple[tuple[str, str, str], ...]:
        """Return what is read first, of both, where either has it."""
        pairs = zip(self.a.context, self.b.context, strict=True)
        return tuple((label, one, two) for (label, one), (_, two) in pairs if one or two)


def show_comparison(link: LinkRow, a: RecordRow, b: RecordRow, clock: Clock) -> PairDocument:
    """Return how a link reads; `a` is the record that was compared, `b` its candidate."""
    tier = TIER_WORD.get(Tier(link.tier), "") if link.tier in set(Tier) else capital(link.tier)
    relation = RELATION_WORD[Relation(link.relation)] if link.relation in set(Relation) else ""
    match = f"{rank_word(link.rank)} match of {link.case_a} on {clock.minute(link.at)}"
    line = ". ".join(words for words in (match, tier, relation) if words)
    return PairDocument(
        a=_side(a, clock),
        b=_side(b, clock),
        line=f"{line}. {STATE_WORD.get(link.state, '')}".strip(),
        chance=how_often(link),
        rows=tuple(show_finding(finding) for finding in link.findings),
        reasons_for=strongest(link.findings, 1),
        reasons_against=strongest(link.findings, -1),
        missing=tuple(f for f in link.findings if f.stance is Stance.MISSING),
        other_explanations=link.other_explanations,
    )


def _side(row: RecordRow, clock: Clock) -> Side:
    texts = row.texts
    said_by = texts.get("manner_said_by", "")
    manner = plain(texts.get("manner", "")) + (f" (said by {plain(said_by)})" if said_by else "")
    given = "; ".join(x for x in (plain(texts.get("category", "")), manner) if x)
    context = (
        ("Reported", clock.minute(row.reported_at)),
        ("Held by", " ".join(x for x in (texts.get("agency", ""), texts.get("area", "")) if x)),
        ("Class given", capital(given)),
        ("Cause as written", texts.get("cause", "")),
    )
    return Side(row.case_id, row.heading, context)


def matrix_pdf(comparison: PairDocument, stamp: Stamp) -> bytes:
    """Return the comparison of two records as a PDF.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed.
    """
    title = f"{comparison.a.heading} and {comparison.b.heading}, compared"
    return render_pdf("export_matrix.html.j2", stamp, comparison=comparison, title=title)


# The morning sheet: last night's deaths, their links, and who does what by when.


MOST_CANDIDATES = 5
"""Of each death: one analyst can look at about 150 pairs a day, 30 deaths of 5 (mission.md)."""


@dataclass(frozen=True, slots=True)
class SheetLink:
    """One candidate of a death on the sheet: why to look, and how often unrelated ones match."""

    other: str
    reason_for: str
    reason_against: str
    chance: str
    state: str


@dataclass(frozen=True, slots=True)
class SheetDeath:
    """One death of the sheet. `line`: age, sex and which force has it; `owner`: an account."""

    case_id: str
    name: str
    line: str
    reported_at: Instant
    where: str
    class_given: str
    owner: str
    links: tuple[SheetLink, ...] = ()

    @property
    def heading(self) -> str:
        """Return the name the family uses first, the number second."""
        return f"{self.name} ({self.case_id})" if self.name else self.case_id


@dataclass(frozen=True, slots=True)
class SheetAction:
    """Something that waits: what, about which record or pair, whose it is, and since when."""

    what: str
    about: str
    owner: str
    since: Instant | None = None
    due: Instant | None = None


@dataclass(frozen=True, slots=True)
class MorningSheet:
    """What happened between two instants, and what waits."""

    since: Instant
    until: Instant
    deaths: tuple[SheetDeath, ...]
    actions: tuple[SheetAction, ...] = ()
    decisions: tuple[str, ...] = ()


def sheet_pdf(sheet: MorningSheet, stamp: Stamp) -> bytes:
    """Return the morning sheet as a PDF; at most five candidates a death are on it.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed.
    """
    return render_pdf("export_sheet.html.j2", stamp, sheet=sheet, most=MOST_CANDIDATES)
