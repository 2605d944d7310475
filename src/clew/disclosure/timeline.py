"""When: a lane for each record, a bar for when it happened, above it a diamond for the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from clew.disclosure.clock import Clock
from clew.disclosure.svg import draw, tag
from clew.model.time_window import DAY, Instant, TimeWindow

WIDTH, LEFT, RIGHT = 320.0, 34.0, 14.0
LANE, TOP, AXIS = 34.0, 8.0, 30.0
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
_DAY_STEPS = (1, 2, 5, 10, 20)
_MOST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Dated:
    """A record with the letter that marks it in every figure; `window` None where missing."""

    letter: str
    case_id: str
    window: TimeWindow | None
    reported_at: Instant


def _month_ticks(first: datetime, last: datetime, step: int) -> list[datetime]:
    number = first.year * 12 + first.month - 1
    number += -number % step
    ticks = []
    while number <= last.year * 12 + last.month - 1:
        at = first.replace(
            year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0
        )
        if first <= at <= last:
            ticks.append(at)
        number += step
    return ticks


def axis_ticks(first: Instant, last: Instant, clock: Clock) -> list[tuple[Instant, str]]:
    """Return at most five instants to label, at the start of local months or days."""
    start, end = clock.local(first), clock.local(last)
    months = (end.year - start.year) * 12 + end.month - start.month
    if months >= 2:
        step = next((s for s in _MONTH_STEPS if months / s <= _MOST_TICKS), 1200)
        found = [int(at.timestamp()) for at in _month_ticks(start, end, step)]
        return [(at, clock.month(at)) for at in found]
    days = (last - first) / DAY
    step = next((s for s in _DAY_STEPS if days / s <= _MOST_TICKS), 20)
    midnight = start.replace(hour=0, minute=0, second=0)
    found = [int(midnight.timestamp()) + i * step * DAY for i in range(1, _MOST_TICKS + 2)]
    return [(at, clock.day(at).rsplit(" ", 1)[0][:6]) for at in found if at <= last]


def _lane(item: Dated, y: float, x: dict[Instant, float]) -> list[Markup]:
    """Draw one record's lane."""
    parts = [
        tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y),
        tag("rect", class_="mark", x=4, y=y - 10, width=20, height=20, rx=10),
        tag("text", item.letter, class_="on", x=14, y=y + 5),
    ]
    if item.window is not None:
        left, right = x[item.window.earliest], x[item.window.latest]
        width = max(right - left, 5.0)
        parts.append(tag("rect", class_="window", x=left, y=y, width=width, height=11))
    at = x[item.reported_at]
    diamond = f"M{at:.1f} {y - 13:.1f}l6 6l-6 6l-6 -6z"
    return [*parts, tag("path", class_="report", d=diamond)]


def _axis(ticks: list[tuple[Instant, float, str]], y: float) -> list[Markup]:
    """Draw the axis; a label that would touch the one before it is left out."""
    parts = [tag("line", class_="rule", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)]
    free = 0.0
    for _, x, label in ticks:
        parts.append(tag("line", class_="rule", x1=x, x2=x, y1=y, y2=y + 5))
        half = 4.1 * len(label)
        middle = min(max(x, half), WIDTH - half)
        if middle - half >= free:
            parts.append(tag("text", label, class_="mid", x=middle, y=y + 20))
            free = middle + half + 6
    return parts


def draw_timeline(items: Sequence[Dated], clock: Clock, ident: str) -> Markup | None:
    """Return the timeline as SVG, or None where there is nothing to draw."""
    if not items:
        return None
    instants = {item.reported_at for item in items}
    instants |= {i.window.earliest for i in items if i.window}
    instants |= {i.window.latest for i in items if i.window}
    first, last = min(instants), max(instants)
    span = max(last - first, DAY)
    first, last = first - span // 20, first + span + span // 20
    scale = (WIDTH - LEFT - RIGHT) / (last - first)
    x = {at: LEFT + (at - first) * scale for at in instants}
    parts: list[Markup] = []
    for number, item in enumerate(items):
        parts += _lane(item, TOP + LANE * (number + 0.5), x)
    bottom = TOP + LANE * len(items) + 6
    ticks = axis_ticks(first, last, clock)
    parts += _axis([(at, LEFT + (at - first) * scale, words) for at, words in ticks], bottom)
    named = "; ".join(f"{i.letter} is {i.case_id}" for i in items)
    title = "When each happened, and when it was reported"
    says = f"A bar is the window in which it happened, a diamond the report. {named}."
    return draw(ident, (WIDTH, bottom + AXIS), title, says, parts)
