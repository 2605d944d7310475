"""The morning sheet as a PDF: last night's deaths, their links, and who does what by when."""

from __future__ import annotations

from dataclasses import dataclass

from clew.disclosure.exports.nouns import Stamp
from clew.disclosure.exports.pdf import render_pdf
from clew.model.time_window import Instant

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
    """One death of the sheet. `line` tells age, sex and who holds it; `owner` is an account."""

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
    """Return the morning sheet as a PDF; at most five candidates a death stand on it.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed.
    """
    return render_pdf("export_sheet.html.j2", stamp, sheet=sheet, most=MOST_CANDIDATES)
