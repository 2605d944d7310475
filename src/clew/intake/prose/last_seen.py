"""When a text says that the person was last seen alive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MONTHS = {
    name: number + 1
    for number, names in enumerate(
        [
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ]
    )
    for name in names.split()
}
DAYS = {
    name: n
    for n, name in enumerate(
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    )
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
LAST = re.compile(
    r"\blast (?:known |been |confirmed )?(?:to be |to have been )?(?:seen|known|sighting"
    r"|sighted|saw|spoke|spoken|heard|contact|alive|texted|rang|phoned|called|visited|shows"
    r"|showed|text|message|call|captured|messaged|appeared|active|posted|knew"
    r"|reliable sighting|confirmed)\b"
    r"|\bLKA\b|\bLSA\b|\bnot (?:been )?(?:seen|heard from)(?: or heard from)? since\b"
    r"|\bfailed to contact .{0,20}since\b|\bseen alive\b|\bseen him since|\bno (?:contact"
    r"|sighting) since\b"
    r"|\bstaff last\b|\bhad not been seen since\b|\blast .{0,12}?\b(?:saw|seen|spoke)\b",
    re.I,
)
"""What says that somebody was last seen, spoken to or heard from."""
NOT_OF_HIM = re.compile(
    r"(?:suspects?|offender|attacker|car|van|vehicle|phone|mobile|dog|cat|witness|caller"
    r"|informant|taxi|lorry|bus|cctv van)\W+(?:was |were |is |had been )?(?:last|LSA)\b"
    r"|last (?:saw|spoke to|visited|rang|called) (?:a |the |his |her |my )?"
    r"(?:doctor|gp|consultant|psychiatrist|nurse|dentist|solicitor|social worker)\b"
    r"|last (?:walked|cleaned|used|opened|seen wearing|paid|serviced|fed)|seen by (?:a|the|his"
    r"|her) (?:doctor|gp|consultant|psychiatrist|nurse) ",
    re.I,
)
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<a>\d{{1,2}})(?:/(?P<b>\d{{1,2}})(?:/(?P<y>\d{{4}}"
    rf"|\d{{2}}))?|\.(?P<b2>\d{{1,2}})\.(?P<y2>\d{{4}}|\d{{2}}))(?![\d/:])"
    rf"|(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?:of )?(?P<m>{_MONTH})\b\.?,?(?: (?P<dy>\d{{4}}))?"
    r"|(?:the |on )(?P<only>\d{1,2})(?:st|nd|rd|th)\b"
    rf"|(?P<m2>{_MONTH})\.? (?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<dy2>\d{{4}}))?",
    re.I,
)
_CLOCK = re.compile(
    r"(?<![\d/.-])(?P<h>[01]?\d|2[0-3])[:.](?P<mi>[0-5]\d)\s?(?P<ap>[ap]\.?m\b)?(?![\d./])"
    r"|(?<![\d/.:-])(?P<h2>[01]\d|2[0-3])(?P<mi2>[0-5]\d)\s?(?:hrs?|hours|h)\b"
    r"|(?<![\d/.:-])(?P<h3>1[0-2]|0?[1-9])\s?(?P<ap3>[ap])\.?m\b"
    r"|(?<=at )(?P<h4>[01]\d|2[0-3])(?P<mi4>[0-5]\d)\b|\b(?P<word>midnight|noon|midday)\b",
    re.I,
)
_RELATIVE = re.compile(
    r"\b(?P<yesterday>yesterday|last night|last evening|(?:the )?(?:previous"
    r"|preceding) (?:day|evening|night|afternoon|morning)|(?:the )?(?:night|day"
    r"|evening) before|day prior|evening prior|night prior)\b"
    r"|\b(?P<today>today|this morning|that morning|earlier that day|tonight|the same (?:day"
    r"|evening|morning))\b"
    rf"|\b(?P<day>{'|'.join(DAYS)})s?\b"
    r"|\b(?P<n>\d{1,2}|one|two|three|four|five|six|seven|ten|a) (?P<unit>day|days|week|weeks"
    r"|hours?) (?:ago|earlier|before|previously|prior)\b",
    re.I,
)
_NUMBERS = {
    w: n
    for n, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
} | {"a": 1}
REACH = 130
"""Characters behind "last seen" in which its time is told; 45 before it."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """A time at which a text says that somebody was last seen; `value` is ISO 8601."""

    value: str
    start: int
    end: int


def find_last_seen(
    text: str, reported: datetime | None, *, month_first: bool = False
) -> list[LastSeen]:
    """Return the times at which the person was last seen alive, in the order of the text.

    A date without a year, a weekday, "yesterday" need the time of the report. A clock alone is
    the last such time before the report.
    """
    found: list[LastSeen] = []
    reached = 0
    for cue in LAST.finditer(text):
        if cue.start() < reached:
            continue
        first = max(cue.start() - 45, _before(text, cue.start()))
        last = _after(text, min(cue.end() + REACH, len(text)), cue.end())
        reached = last
        window = text[first:last]
        if NOT_OF_HIM.search(window):
            continue
        value = _time_in(window[cue.start() - first :], reported, month_first) or _time_in(
            window, reported, month_first
        )
        if value:
            found.append(LastSeen(value, cue.start(), last))
    return found


def _before(text: str, place: int) -> int:
    return max(
        (m.end() for m in re.finditer(r"[.;\n](?=\s)", text[max(0, place - 45) : place])), default=0
    ) + max(0, place - 45)


def _after(text: str, limit: int, place: int) -> int:
    found = re.search(r"(?<!\b[ap]\.m)[.;](?=\s|$)|\n", text[place:limit])
    return place + found.start() if found else limit


def _time_in(window: str, reported: datetime | None, month_first: bool) -> str:
    day, spans = _day_in(window, reported, month_first)
    clock = _clock_in(_without(window, spans))
    if day is None and clock is not None and reported is not None:
        at = datetime.combine(reported.date(), datetime.min.time()) + timedelta(
            hours=clock[0], minutes=clock[1]
        )
        return (at if at <= reported else at - timedelta(days=1)).isoformat(timespec="minutes")
    if day is None:
        return ""
    if clock is None:
        return day.isoformat()
    return f"{day.isoformat()}T{clock[0]:02d}:{clock[1]:02d}"


def _without(window: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        window = window[:start] + " " * (end - start) + window[end:]
    return window


def _day_in(
    window: str, reported: datetime | None, month_first: bool
) -> tuple[date | None, list[tuple[int, int]]]:
    for found in _DATE.finditer(window):
        if (day := _date_of(found, reported, month_first)) is not None:
            return day, [found.span()]
    if reported is None:
        return None, []
    for found in _RELATIVE.finditer(window):
        return _relative(found, reported), [found.span()]
    return None, []


def _relative(found: re.Match[str], reported: datetime) -> date:
    today = reported.date()
    if found["yesterday"]:
        return today - timedelta(days=1)
    if found["today"]:
        return today
    if found["day"]:
        back = (today.weekday() - DAYS[found["day"].lower()]) % 7
        return today - timedelta(days=back)
    word = found["n"].lower()
    count = int(word) if word.isdecimal() else _NUMBERS[word]
    if found["unit"].lower().startswith("hour"):
        return (reported - timedelta(hours=count)).date()
    return today - timedelta(days=count * (7 if found["unit"].lower().startswith("week") else 1))


def _date_of(found: re.Match[str], reported: datetime | None, month_first: bool) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["a"]:
            one, two = int(found["a"]), int(found["b"] or found["b2"])
            day, month = (two, one) if (month_first and one <= 12) or two > 12 else (one, two)
            return _in_year(found["y"] or found["y2"], month, day, reported)
        if found["only"]:
            return _in_month(int(found["only"]), reported)
        month_name = found["m"] or found["m2"]
        return _in_year(
            found["dy"] or found["dy2"],
            MONTHS[month_name.lower()],
            int(found["d"] or found["d2"]),
            reported,
        )
    except ValueError:
        return None


def _in_month(day: int, reported: datetime | None) -> date | None:
    """Return the last such day of a month before the report."""
    if reported is None:
        return None
    if day <= reported.day:
        return reported.date().replace(day=day)
    before = reported.date().replace(day=1) - timedelta(days=1)
    return before.replace(day=day)


def _in_year(written: str | None, month: int, day: int, reported: datetime | None) -> date | None:
    """Return the date in the year written, or the last such date before the report."""
    if written:
        year = int(written)
        return date(year + (2000 if year < 70 else 1900) if year < 100 else year, month, day)
    if reported is None:
        return None
    this = date(reported.year, month, day)
    return this if this <= reported.date() else date(reported.year - 1, month, day)


def _clock_in(window: str) -> tuple[int, int] | None:
    found = _CLOCK.search(window)
    if found is None:
        return None
    if found["word"]:
        return (0, 0) if found["word"].lower() == "midnight" else (12, 0)
    hour = int(found["h"] or found["h2"] or found["h3"] or found["h4"])
    minute = int(found["mi"] or found["mi2"] or found["mi4"] or 0)
    half = (found["ap"] or found["ap3"] or "").lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, minute


def is_old(value: str, reported: datetime | None) -> bool:
    """Tell whether a time lies more than a year before the report, and tells of something else."""
    return reported is not None and value[:10] < (reported - timedelta(days=366)).date().isoformat()


def years_alone(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield years that alone say when somebody was last seen ("last seen by his GP in 2013")."""
    for found in re.finditer(r"\blast seen\b[^.;\n]{0,40}?\bin ((?:19|20)\d\d)\b", text, re.I):
        yield found[1], found.start(), found.end()
