"""Windows as people write them: `01/01/20`, `1/1/2020 0200 - 0554`, `between ... and ...`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time

from clew.intake.cases.times import TimeReader, TimeReading
from clew.model.values import DAY, Instant, TimeWindow

ORDERS = {"month_first": (2, 0, 1), "day_first": (2, 1, 0), "year_first": (0, 1, 2)}
"""The places of year, month and day among the three numbers of a date."""

_TOKEN = re.compile(
    r"(?P<date>\b\d{1,4}[/-]\d{1,2}[/-]\d{1,4}\b)"
    r"|(?P<clock>\b\d{1,2}:\d{2}\b|\b\d{4}(?!\d))"
    r"|(?P<word>[a-z]+|\d+)",
    re.IGNORECASE,
)
_FILLERS = frozenset([
    "at", "and", "to", "from", "between", "on", "the", "of", "hours", "hour", "hrs", "hr", "hous",
    "houes", "horus",
])  # fmt: skip
"""Words that add nothing to a window; any other word, such as "about", makes it vague."""


@dataclass(frozen=True, slots=True)
class WindowText:
    """How one source writes windows: the column, the order of dates, the longest believable lag."""

    column: str
    order: str
    max_days_before_report: float = float("inf")


def read_window_text(
    text: str, form: WindowText, times: TimeReader, reported_at: Instant
) -> TimeWindow:
    """Return the window that a text means.

    One date is that day, two dates run from the first's beginning to the second's end. Clock times
    narrow the window only where the whole text is understood: two clocks on one or two dates.

    Raises
    ------
    ValueError
        In plain words, if there is no date in it, or the window is reversed, begins after the
        report, or lies further back than `max_days_before_report`.

    """
    days: list[datetime] = []
    clocks: list[time | None] = []
    understood = True
    for token in _TOKEN.finditer(text):
        if token["date"]:
            days.append(_date(token["date"], form.order, times, reported_at))
        elif token["clock"]:
            digits = token["clock"].replace(":", "").zfill(4)
            hour, minute = int(digits[:2]), int(digits[2:])
            if hour < 24 and minute < 60:
                clocks.append(time(hour, minute))
            elif (hour, minute) == (24, 0):
                clocks.append(None)
            else:
                understood = False
        elif token["word"].casefold() not in _FILLERS:
            understood = False
    if len(days) not in {1, 2}:
        raise ValueError("has no date that can be read, or more than two")
    start, end = times.day(days[0].date()).start, times.day(days[-1].date()).end
    if understood and len(clocks) == 2:
        start = _moment(days[0], clocks[0], times).start
        end = _moment(days[-1], clocks[1], times).end
    if start > end:
        raise ValueError("ends before it begins")
    if start > reported_at:
        raise ValueError("begins after the report")
    end = min(end, reported_at)
    if reported_at - start > form.max_days_before_report * DAY:
        raise ValueError(f"more than {form.max_days_before_report:g} days before the report")
    return TimeWindow(start, end)


def _moment(day: datetime, clock: time | None, times: TimeReader) -> TimeReading:
    """Return a clock on a day, None for 24:00; the change of clocks makes it as wide as it is."""
    if clock is None:
        last = times.day(day.date()).end
        return TimeReading(last, last, has_clock=True)
    return times.moment(datetime.combine(day.date(), clock))


def _date(text: str, order: str, times: TimeReader, reported_at: Instant) -> datetime:
    parts = re.split("[/-]", text)
    year, month, day = (parts[place] for place in ORDERS[order])
    try:
        if len(year) == 4:
            return datetime(int(year), int(month), int(day))
        if len(year) == 2:
            return times.with_century(datetime(2000 + int(year), int(month), int(day)), reported_at)
    except ValueError as fault:
        raise ValueError(f"has an impossible date ({text}): {fault}") from None
    raise ValueError(f"has a date whose year cannot be read ({text})")
