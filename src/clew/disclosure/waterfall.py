"""How the reasons add up: one bar a finding, each starting where the one before it ended.

The bars carry no number. Sizes are told in words, relative to the largest finding of the pair.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.svg import tag
from clew.disclosure.words import aspect_word
from clew.model.finding import Breakdown, Finding

WIDTH, HEIGHT = 200.0, 16.0
_LARGE, _MEDIUM = 2 / 3, 1 / 3


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the waterfall: what it is, which way it speaks, how large, and its bar."""

    label: str
    direction: str
    size: str
    bar: Markup


def _order(finding: Finding) -> tuple[bool, int, str, str]:
    return (
        finding.micro_bans < 0,
        -abs(finding.micro_bans),
        finding.evidence,
        finding.aspect,
    )


def _size(micro_bans: int, largest: int) -> str:
    share = abs(micro_bans) / largest
    return "large" if share >= _LARGE else "medium" if share >= _MEDIUM else "small"


def _bar(start: float, end: float, zero: float, kind: str) -> Markup:
    """Draw a bar from start to end on a line of width 200; hidden, as the row's words say it."""
    left, width = min(start, end), max(abs(end - start), 1.0)
    parts = Markup("").join(
        (
            tag("line", class_="zero", x1=zero, x2=zero, y1=0, y2=HEIGHT),
            tag("rect", class_=kind, x=left, y=3, width=width, height=HEIGHT - 6),
        )
    )
    return tag(
        "svg",
        parts,
        class_="bar",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def draw_waterfall(breakdown: Breakdown) -> tuple[Step, ...]:
    """Return the rows of the waterfall: reasons for, reasons against, then where they end.

    Findings that weigh nothing are left out. Empty where none weighs anything.
    """
    findings = sorted((f for f in breakdown.findings if f.micro_bans), key=_order)
    if not findings:
        return ()
    ends = [0]
    for finding in findings:
        ends.append(ends[-1] + finding.micro_bans)
    low, high = min(ends), max(ends)
    scale = (WIDTH - 2) / (high - low)
    x = [1 + (end - low) * scale for end in ends]
    largest = max(abs(f.micro_bans) for f in findings)
    steps = [
        Step(
            aspect_word(finding.aspect),
            "for" if finding.micro_bans > 0 else "against",
            _size(finding.micro_bans, largest),
            _bar(x[i], x[i + 1], x[0], "for" if finding.micro_bans > 0 else "against"),
        )
        for i, finding in enumerate(findings)
    ]
    whole = "for" if ends[-1] > 0 else "against" if ends[-1] < 0 else "even"
    steps.append(Step("All together", whole, "", _bar(x[0], x[-1], x[0], "whole")))
    return tuple(steps)
