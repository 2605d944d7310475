"""Week by week: new records, alerts, and what people decided of those alerts. As table, as bars."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from markupsafe import Markup

from clew.disclosure.figures.charts import axis_ticks, draw, label_ticks, tag
from clew.disclosure.words import Clock
from clew.model.alert import Replay, Trigger
from clew.model.judgement import Judgement, Verdict
from clew.model.values import Instant

WIDTH, HEIGHT = 460.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 6.0, 14.0, 30.0
MOST_BARS = 110
NONE_YET = "none_yet"
DISPOSITIONS = (
    (Verdict.LINKED.value, "linked"),
    (Verdict.NOT_LINKED.value, "not linked"),
    (Verdict.UNDETERMINED.value, "undetermined"),
    (NONE_YET, "none yet"),
)
"""What people decided of an alert, and its words; `none_yet` where nobody has."""
_KEYS = tuple(key for key, _ in DISPOSITIONS)


@dataclass(slots=True)
class WeekRow:
    """One week's counts. `true` are alerts that a verified judgement calls linked."""

    begins: Instant
    day: str
    records: int = 0
    alerts: int = 0
    decided: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_KEYS, 0))
    true: int = 0


@dataclass(frozen=True, slots=True)
class Yield:
    """All weeks, their sums, the two pictures, and how many weeks one bar covers."""

    weeks: tuple[WeekRow, ...]
    total: WeekRow
    records: Markup
    alerts: Markup
    weeks_a_bar: int
    undated: int


def show_yield(replay: Replay, clock: Clock) -> Yield:
    """Return the weekly yield from the start of alerting to the end of the replay.

    A disposition is the last judgement of the pair decided by the end of the replay. One without
    a date counts too, and is counted apart: nobody can say when it was made.
    """
    judgements = latest_judgements(replay.judgements, replay.ends)
    # Local Monday midnights, from the week of `begins` to that of `ends`.
    last = clock.local(replay.ends).date()
    monday = clock.local(min(replay.begins, replay.ends)).date()
    monday -= timedelta(days=monday.weekday())
    weeks: list[WeekRow] = []
    while monday <= last or not weeks:
        begins = int(datetime.combine(monday, time(), clock.zone).timestamp())
        weeks.append(WeekRow(begins, clock.day(begins)))
        monday += timedelta(days=7)
    for row in replay.rows:
        if not (row.rank == 1 or row.alert) or not replay.begins <= row.at <= replay.ends:
            continue
        week = weeks[bisect_right(weeks, row.at, key=lambda week: week.begins) - 1]
        week.records += row.rank == 1 and row.trigger is Trigger.NEW_CASE
        if row.alert:
            week.alerts += 1
            judged = judgements.get(frozenset((row.case_id, row.linked_case_id)))
            week.decided[NONE_YET if judged is None else judged.verdict.value] += 1
            week.true += judged is not None and judged.verified and judged.verdict is Verdict.LINKED
    step = -(-len(weeks) // MOST_BARS)
    bars = [_sum(weeks[i : i + step], weeks[i].day) for i in range(0, len(weeks), step)]
    span = (weeks[0].begins, replay.ends)
    return Yield(
        tuple(weeks),
        _sum(weeks, "All weeks"),
        _draw(bars, span, clock, alerts=False),
        _draw(bars, span, clock, alerts=True),
        step,
        sum(j.decided_at is None for j in replay.judgements),
    )


def latest_judgements(
    judgements: Iterable[Judgement], until: Instant
) -> Mapping[frozenset[str], Judgement]:
    """Return the last judgement of each pair that was decided by `until`, undated ones first."""
    known = [j for j in judgements if j.decided_at is None or j.decided_at <= until]
    known.sort(key=lambda j: (j.decided_at is not None, j.decided_at or 0))
    return {frozenset((j.case_a, j.case_b)): j for j in known}


def _sum(weeks: Sequence[WeekRow], day: str) -> WeekRow:
    return WeekRow(
        weeks[0].begins,
        day,
        sum(week.records for week in weeks),
        sum(week.alerts for week in weeks),
        {key: sum(week.decided[key] for week in weeks) for key in _KEYS},
        sum(week.true for week in weeks),
    )


def _draw(
    bars: Sequence[WeekRow], span: tuple[Instant, Instant], clock: Clock, *, alerts: bool
) -> Markup:
    """Draw one picture: new records as plain bars, or alerts with what became of them."""
    most = max((bar.alerts if alerts else bar.records for bar in bars), default=0)
    top, floor = max(most, 1), HEIGHT - BOTTOM
    wide = (WIDTH - LEFT - RIGHT) / len(bars)
    up = (floor - TOP) / top
    parts = [
        tag("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=TOP, y2=TOP),
        tag("line", class_="rule", x1=LEFT, x2=WIDTH - RIGHT, y1=floor, y2=floor),
        tag("text", f"{top:,}", class_="end", x=LEFT - 6, y=TOP + 5),
        tag("text", "0", class_="end", x=LEFT - 6, y=floor + 2),
    ]
    for number, bar in enumerate(bars):
        stack = bar.decided if alerts else {"records": bar.records}
        y, x = floor, LEFT + number * wide
        for kind, count in stack.items():
            if count:
                y -= count * up
                box = {"x": x, "y": y, "width": max(wide * 0.84, 1.0), "height": count * up}
                parts.append(tag("rect", class_=f"yield {kind}", **box))
    first, last = span
    scale = len(bars) * wide / max(last - first, 1)
    ticks = [(LEFT + (at - first) * scale, name) for at, name in axis_ticks(first, last, clock)]
    parts += label_ticks(ticks, floor, WIDTH, LEFT - 20)
    title = "Alerts each week, and what people decided" if alerts else "New records each week"
    says = f"The most in one bar is {most:,}. The table below has every number."
    ident = "yield-alerts" if alerts else "yield-records"
    return draw(ident, (WIDTH, HEIGHT), title, says, parts)
