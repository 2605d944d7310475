"""How the register is put into words: days, states, what is claimed and what is verified."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from clew.oversight.register.axes import AxisState, Verified
from clew.oversight.register.nouns import Row
from clew.oversight.register.rows import View

CAUTIONS = (
    "A claimed state is what somebody says of their own work. It is not verified by being listed.",
    '"Supported" needs a check by another body and a measure that changed by more than the smallest'
    " change it can detect. It ends after twelve months.",
    "What is not recorded here may still have happened. The register has only what was entered.",
)
"""What a reader must know beside any state of the register (account.md)."""
VERIFIED_WORD = {
    Verified.NOT_CHECKED: "not checked",
    Verified.SUPPORTED: "supported",
    Verified.CONTRADICTED: "contradicted",
    Verified.NOT_MEASURABLE: "not measurable",
}
HIDDEN = "hidden (small number)"


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the register: its heading, columns and rows; the first cell names the row."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def say_day(day: date | None, missing: str = "not given") -> str:
    """Return a day as people write it."""
    return f"{day.day} {day:%B %Y}" if day else missing


def plain(word: str) -> str:
    """Return a state or kind as words."""
    return word.replace("_", " ")


def say_source(row: Row) -> str:
    """Return who says so, and when it was recorded."""
    return f"{row.source}; recorded {say_day(row.recorded_at)}"


def say_claimed(axis: AxisState, view: View) -> str:
    """Return what is claimed on an axis, by whom and when."""
    if axis.claimed_on is None:
        return "nothing claimed"
    back = f"; back from {plain(axis.back_from)}" if axis.back_from else ""
    document = "document recorded" if axis.document else "no document"
    by = view.name(axis.claimed_by)
    return f"{plain(axis.claimed)}, says {by}, {say_day(axis.claimed_on)}{back}; {document}"


def say_verified(axis: AxisState, view: View) -> str:
    """Return what is verified on an axis, by whom, until when, and why no more."""
    said = VERIFIED_WORD[axis.verified]
    if axis.verified_on is not None:
        said += f", by {view.name(axis.verified_by)}, {say_day(axis.verified_on)}"
    if axis.ends is not None:
        said += f", until {say_day(axis.ends)}"
    return f"{said} ({axis.why})" if axis.why else said


def say_lines(parts: Iterable[Section]) -> list[str]:
    """Return sections as lines of text: a heading, then each row in one line or a few."""
    lines: list[str] = []
    for part in parts:
        lines += ["", f"{part.title}"]
        for row in part.rows:
            lines.append(f"- {row[0]}")
            lines += [
                f"    {name}: {cell}"
                for name, cell in zip(part.columns[1:], row[1:], strict=True)
                if name != "Source"
            ]
    return lines
