"""Charts drawn one escaped element at a time, without style attributes: a strict policy allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from markupsafe import Markup, escape

from clew.disclosure.words import Clock, aspect_word, clean, count_of, date_of, long_date
from clew.model.cluster import Cluster, Day
from clew.model.finding import Breakdown
from clew.model.values import DAY, Instant, TimeWindow


def tag(name: str, content: str = "", /, **attributes: str | float) -> Markup:
    """Return one element; `class_` becomes `class`, `stroke_width` becomes `stroke-width`.

    Content and attributes are escaped, unless the content is Markup already.
    """
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
    )
    body = content if isinstance(content, Markup) else escape(clean(content))
    return Markup(f"<{name}{pairs}>{body}</{name}>")  # noqa: S704 - each part is escaped


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


def label_ticks(
    ticks: Sequence[tuple[float, str]], y: float, width: float, free: float = 0.0
) -> list[Markup]:
    """Draw ticks and labels at (x, label) below an axis at `y`; `free` is where labels may begin.

    A label that would touch the one before it is left out.
    """
    parts = []
    for x, label in ticks:
        parts.append(tag("line", class_="rule", x1=x, x2=x, y1=y, y2=y + 5))
        half = 4.1 * len(label)
        middle = min(max(x, half), width - half)
        if middle - half >= free:
            parts.append(tag("text", label, class_="mid", x=middle, y=y + 20))
            free = middle + half + 6
    return parts


MOST_BARS = 53
"""Bars of a strip that can be distinguished at its width: a year of weeks."""


def draw_strip(cluster: Cluster, first_day: Day, ident: str) -> Markup:
    """Draw how many cases a zone had in the time that was scanned, the unusual days marked.

    Bars cover equal numbers of days, counted from the last one back.
    """
    width, height, left, right, top, base = 320.0, 130.0, 26.0, 8.0, 12.0, 100.0
    last = max(cluster.scanned_on, cluster.last_day)
    days = last - first_day + 1
    wide = -(-days // MOST_BARS)
    bars = -(-days // wide)
    counts = Counter((last - day) // wide for day in cluster.zone_days)
    marked = range((last - cluster.last_day) // wide, (last - cluster.first_day) // wide + 1)
    most = max(counts.values(), default=1)
    step = (width - left - right) / bars
    parts = [tag("line", class_="rule", x1=left, x2=width - right, y1=base, y2=base)]
    for back, count in sorted(counts.items()):
        high = (base - top) * count / most
        place = {"x": width - right - (back + 1) * step, "y": base - high}
        class_ = "unusual" if back in marked else "window"
        parts.append(tag("rect", class_=class_, width=max(step - 1, 1.0), height=high, **place))
    parts += [
        tag("text", str(most), class_="end", x=left - 5, y=top + 9),
        tag("text", "0", class_="end", x=left - 5, y=base),
        tag("text", long_date(date_of(first_day)), x=left, y=base + 18),
        tag("text", long_date(date_of(last)), class_="end", x=width - right, y=base + 18),
    ]
    each = "a bar a day" if wide == 1 else f"a bar for {wide} days"
    says = (
        f"{count_of(len(cluster.zone_days), 'case', 'cases')} in the zone in {days:,} days, {each};"
        f" {cluster.observed} of them in the days that are unusual."
    )
    return draw(ident, (width, height), "How many cases the zone had, through time", says, parts)


_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600)
_DAY_STEPS = (1, 2, 5, 10, 20)
_MOST_TICKS = 4


def axis_ticks(first: Instant, last: Instant, clock: Clock) -> list[tuple[Instant, str]]:
    """Return at most five instants to label, at the start of local months or days."""
    start, end = clock.local(first), clock.local(last)
    first_month, last_month = (at.year * 12 + at.month - 1 for at in (start, end))
    months = last_month - first_month
    if months >= 2:
        step = next((s for s in _MONTH_STEPS if months / s <= _MOST_TICKS), 1200)
        begins = (
            start.replace(year=n // 12, month=n % 12 + 1, day=1, hour=0, minute=0, second=0)
            for n in range(-(-first_month // step) * step, last_month + 1, step)
        )
        instants = [int(at.timestamp()) for at in begins if start <= at <= end]
        return [(at, clock.month(at)) for at in instants]
    days = (last - first) / DAY
    step = next((s for s in _DAY_STEPS if days / s <= _MOST_TICKS), 20)
    midnight = int(start.replace(hour=0, minute=0, second=0).timestamp())
    instants = [midnight + i * step * DAY for i in range(1, _MOST_TICKS + 2)]
    return [(at, clock.day(at).rsplit(" ", 1)[0][:6]) for at in instants if at <= last]


@dataclass(frozen=True, slots=True)
class Dated:
    """A record with the letter that marks it in every figure; `window` None where missing."""

    letter: str
    case_id: str
    window: TimeWindow | None
    reported_at: Instant


def draw_timeline(items: Sequence[Dated], clock: Clock, ident: str) -> Markup | None:
    """Draw a lane for each record: a bar for when it happened, above it a diamond for the report.

    None where there is nothing to draw.
    """
    if not items:
        return None
    width, left, right, top, lane, axis = 320.0, 34.0, 14.0, 8.0, 34.0, 30.0
    windows = [item.window for item in items if item.window]
    instants = {item.reported_at for item in items}
    instants |= {at for window in windows for at in (window.earliest, window.latest)}
    first, last = min(instants), max(instants)
    span = max(last - first, DAY)
    first, last = first - span // 20, first + span + span // 20
    scale = (width - left - right) / (last - first)
    parts: list[Markup] = []
    for number, item in enumerate(items):
        y = top + lane * (number + 0.5)
        parts += [
            tag("line", class_="grid", x1=left, x2=width - right, y1=y, y2=y),
            tag("rect", class_="mark", x=4, y=y - 10, width=20, height=20, rx=10),
            tag("text", item.letter, class_="on", x=14, y=y + 5),
        ]
        if item.window is not None:
            begins = left + (item.window.earliest - first) * scale
            ends = left + (item.window.latest - first) * scale
            wide = max(ends - begins, 5.0)
            parts.append(tag("rect", class_="window", x=begins, y=y, width=wide, height=11))
        diamond = f"M{left + (item.reported_at - first) * scale:.1f} {y - 13:.1f}l6 6l-6 6l-6 -6z"
        parts.append(tag("path", class_="report", d=diamond))
    bottom = top + lane * len(items) + 6
    ticks = [(left + (at - first) * scale, name) for at, name in axis_ticks(first, last, clock)]
    parts.append(tag("line", class_="rule", x1=left, x2=width - right, y1=bottom, y2=bottom))
    parts += label_ticks(ticks, bottom, width)
    named = "; ".join(f"{i.letter} is {i.case_id}" for i in items)
    title = "When each happened, and when it was reported"
    says = f"A bar is the window in which it happened, a diamond the report. {named}."
    return draw(ident, (width, bottom + axis), title, says, parts)


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """One row of the waterfall: what it is, which way it speaks, how large, and its bar."""

    label: str
    direction: str
    size: str
    bar: Markup


def draw_waterfall(breakdown: Breakdown) -> tuple[WaterfallBar, ...]:
    """Return a bar a finding, each from where the one before ended: for, against, then the sum.

    The bars carry no number: sizes are words, relative to the largest finding of the pair.
    Findings that weigh nothing are left out. Empty where none weighs anything.
    """
    findings = sorted(
        (f for f in breakdown.findings if f.micro_bans),
        key=lambda f: (f.micro_bans < 0, -abs(f.micro_bans), f.evidence, f.aspect),
    )
    if not findings:
        return ()
    width, height = 200.0, 16.0
    ends = [0, *accumulate(finding.micro_bans for finding in findings)]
    low, high = min(ends), max(ends)
    x = [1 + (end - low) * ((width - 2) / (high - low)) for end in ends]
    largest = max(abs(f.micro_bans) for f in findings)

    def bar(start: float, end: float, kind: str) -> Markup:
        # Hidden from screen readers, as the row's words say it.
        zero = tag("line", class_="zero", x1=x[0], x2=x[0], y1=0, y2=height)
        wide = max(abs(end - start), 1.0)
        rect = tag("rect", class_=kind, x=min(start, end), y=3, width=wide, height=height - 6)
        return tag(
            "svg",
            zero + rect,
            class_="bar",
            viewBox=f"0 0 {width:g} {height:g}",
            preserveAspectRatio="none",
            aria_hidden="true",
        )

    bars = []
    for finding, start, end in zip(findings, x, x[1:], strict=False):
        direction = "for" if finding.micro_bans > 0 else "against"
        share = abs(finding.micro_bans) / largest
        size = "large" if share >= 2 / 3 else "medium" if share >= 1 / 3 else "small"
        label = aspect_word(finding.aspect)
        bars.append(WaterfallBar(label, direction, size, bar(start, end, direction)))
    whole = "for" if ends[-1] > 0 else "against" if ends[-1] < 0 else "even"
    return (*bars, WaterfallBar("All together", whole, "", bar(x[0], x[-1], "whole")))
