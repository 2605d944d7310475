"""Drawing by hand: one escaped element at a time. No style attribute, so a strict policy holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from clew.disclosure.clusters_table import date_of
from clew.disclosure.words import Clock, aspect_word, clean, count_of
from clew.model.cluster import Cluster, Day
from clew.model.finding import Breakdown, Finding
from clew.model.values import DAY, Instant, TimeWindow


def tag(name: str, content: str = "", /, **attributes: str | float) -> Markup:
    """Return one element; `class_` becomes `class`, `stroke_width` becomes `stroke-width`.

    Content and attributes are escaped, unless the content is Markup already.
    """
    pairs = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
    )
    body = content if isinstance(content, Markup) else escape(clean(content))
    return Markup("<{0}{1}>{2}</{0}>").format(name, pairs, body)


def _value(value: str | float) -> str:
    """Return a number with at most one decimal, and no trailing zero."""
    if isinstance(value, str):
        return clean(value)
    text = f"{value:.1f}"
    return "0" if text in ("0.0", "-0.0") else text.removesuffix(".0")


def draw(
    ident: str, size: tuple[float, float], title: str, description: str, parts: list[Markup]
) -> Markup:
    """Return an SVG picture with a title and description for those who do not see it."""
    labels = tag("title", title, id=f"{ident}-t") + tag("desc", description, id=f"{ident}-d")
    return tag(
        "svg",
        labels + Markup("").join(parts),
        class_="picture",
        role="img",
        viewBox=f"0 0 {_value(size[0])} {_value(size[1])}",
        aria_labelledby=f"{ident}-t {ident}-d",
    )


# How many cases a zone had through the time that was scanned, the unusual days marked.


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BASE = 320.0, 130.0, 26.0, 8.0, 12.0, 100.0
MOST_BARS = 53
"""Bars that can still be told apart at this width: a year of weeks."""


def draw_strip(cluster: Cluster, first_day: Day, ident: str) -> Markup:
    """Return the strip as SVG. Bars hold equal numbers of days, counted from the last one back."""
    last = max(cluster.scanned_on, cluster.last_day)
    days = last - first_day + 1
    wide = -(-days // MOST_BARS)
    bars = -(-days // wide)
    counts = Counter((last - day) // wide for day in cluster.zone_days)
    marked = range((last - cluster.last_day) // wide, (last - cluster.first_day) // wide + 1)
    top = max(counts.values(), default=1)
    step = (WIDTH - LEFT - RIGHT) / bars
    parts = [tag("line", class_="rule", x1=LEFT, x2=WIDTH - RIGHT, y1=BASE, y2=BASE)]
    for back, count in sorted(counts.items()):
        high = (BASE - TOP) * count / top
        place = {"x": WIDTH - RIGHT - (back + 1) * step, "y": BASE - high}
        class_ = "unusual" if back in marked else "window"
        width = max(step - 1, 1.0)
        parts.append(tag("rect", class_=class_, width=width, height=high, **place))
    parts += [
        tag("text", str(top), class_="end", x=LEFT - 5, y=TOP + 9),
        tag("text", "0", class_="end", x=LEFT - 5, y=BASE),
        tag("text", date_of(first_day).isoformat(), x=LEFT, y=BASE + 18),
        tag("text", date_of(last).isoformat(), class_="end", x=WIDTH - RIGHT, y=BASE + 18),
    ]
    each = "a bar a day" if wide == 1 else f"a bar for {wide} days"
    says = (
        f"{count_of(len(cluster.zone_days), 'case', 'cases')} in the zone in {days:,} days, {each};"
        f" {cluster.observed} of them in the days that are unusual."
    )
    return draw(ident, (WIDTH, HEIGHT), "How many cases the zone had, through time", says, parts)


# When: a lane for each record, a bar for when it happened, above it a diamond for the report.


TIMELINE_WIDTH, TIMELINE_LEFT, TIMELINE_RIGHT = 320.0, 34.0, 14.0
LANE, TIMELINE_TOP, AXIS = 34.0, 8.0, 30.0
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
        tag(
            "line", class_="grid", x1=TIMELINE_LEFT, x2=TIMELINE_WIDTH - TIMELINE_RIGHT, y1=y, y2=y
        ),
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
    parts = [
        tag("line", class_="rule", x1=TIMELINE_LEFT, x2=TIMELINE_WIDTH - TIMELINE_RIGHT, y1=y, y2=y)
    ]
    free = 0.0
    for _, x, label in ticks:
        parts.append(tag("line", class_="rule", x1=x, x2=x, y1=y, y2=y + 5))
        half = 4.1 * len(label)
        middle = min(max(x, half), TIMELINE_WIDTH - half)
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
    scale = (TIMELINE_WIDTH - TIMELINE_LEFT - TIMELINE_RIGHT) / (last - first)
    x = {at: TIMELINE_LEFT + (at - first) * scale for at in instants}
    parts: list[Markup] = []
    for number, item in enumerate(items):
        parts += _lane(item, TIMELINE_TOP + LANE * (number + 0.5), x)
    bottom = TIMELINE_TOP + LANE * len(items) + 6
    ticks = axis_ticks(first, last, clock)
    parts += _axis(
        [(at, TIMELINE_LEFT + (at - first) * scale, words) for at, words in ticks], bottom
    )
    named = "; ".join(f"{i.letter} is {i.case_id}" for i in items)
    title = "When each happened, and when it was reported"
    says = f"A bar is the window in which it happened, a diamond the report. {named}."
    return draw(ident, (TIMELINE_WIDTH, bottom + AXIS), title, says, parts)


# How the reasons add up: one bar a finding, each starting where the one before it ended.
#
# The bars carry no number. Sizes are told in words, relative to the largest finding of the pair.


WATERFALL_WIDTH, WATERFALL_HEIGHT = 200.0, 16.0
_LARGE, _MEDIUM = 2 / 3, 1 / 3


@dataclass(frozen=True, slots=True)
class WaterfallBar:
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
            tag("line", class_="zero", x1=zero, x2=zero, y1=0, y2=WATERFALL_HEIGHT),
            tag("rect", class_=kind, x=left, y=3, width=width, height=WATERFALL_HEIGHT - 6),
        )
    )
    return tag(
        "svg",
        parts,
        class_="bar",
        viewBox=f"0 0 {WATERFALL_WIDTH:g} {WATERFALL_HEIGHT:g}",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def draw_waterfall(breakdown: Breakdown) -> tuple[WaterfallBar, ...]:
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
    scale = (WATERFALL_WIDTH - 2) / (high - low)
    x = [1 + (end - low) * scale for end in ends]
    largest = max(abs(f.micro_bans) for f in findings)
    steps = [
        WaterfallBar(
            aspect_word(finding.aspect),
            "for" if finding.micro_bans > 0 else "against",
            _size(finding.micro_bans, largest),
            _bar(x[i], x[i + 1], x[0], "for" if finding.micro_bans > 0 else "against"),
        )
        for i, finding in enumerate(findings)
    ]
    whole = "for" if ends[-1] > 0 else "against" if ends[-1] < 0 else "even"
    steps.append(WaterfallBar("All together", whole, "", _bar(x[0], x[-1], x[0], "whole")))
    return tuple(steps)
