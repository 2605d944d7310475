"""When a text says that the person was last seen alive."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta

from clew.intake.prose.prose_fact import ProseFact, Report

MONTHS = {
    name: number
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
        ],
        start=1,
    )
    for name in names.split()
}
DAYS = {
    name: number
    for number, name in enumerate(
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
"""Characters behind "last seen" in which its time is given; 45 before it."""
_DOUBT = (
    "may have",
    "might have",
    "possibly",
    "not sure",
    "unsure",
    "?",
    "unconfirmed",
    "believed to have",
)
_YEAR_ALONE = re.compile(r"\blast seen\b[^.;\n]{0,40}?\bin ((?:19|20)\d\d)\b", re.I)


def find_last_seen(text: str, report: Report) -> list[ProseFact]:
    """Return the times at which the person was last seen alive, as ISO 8601.

    A date without a year, a weekday, "yesterday" need the time of the report. A clock alone is
    the last such time before the report. What lies more than a year before it is marked as past:
    it is about something else ("last seen by his GP in 2013").
    """
    facts = []
    reported, reached = report.reported, 0
    for cue in LAST.finditer(text):
        start = cue.start()
        if start < reached:
            continue
        earliest, latest = max(0, start - 45), min(cue.end() + REACH, len(text))
        breaks = re.finditer(r"[.;\n](?=\s)", text[earliest:start])
        first = earliest + max((found.end() for found in breaks), default=0)
        stop = re.search(r"(?<!\b[ap]\.m)[.;](?=\s|$)|\n", text[cue.end() : latest])
        reached = cue.end() + stop.start() if stop else latest
        if NOT_OF_HIM.search(text[first:reached]):
            continue
        value = _time_in(text[start:reached], report) or _time_in(text[first:reached], report)
        if not value:
            continue
        around = text[max(0, start - 25) : reached + 45].lower()
        stance = "uncertain" if any(doubt in around for doubt in _DOUBT) else "affirmed"
        a_year_ago = reported and (reported - timedelta(days=366)).date().isoformat()
        when = "before" if a_year_ago and value[:10] < a_year_ago else "now"
        quote = text[start:reached]
        facts.append(
            ProseFact(
                "last_seen_alive", value, start, reached, quote, stance, when=when, basis="told"
            )
        )
    facts += [
        ProseFact("last_seen_alive", year[1], *year.span(), year[0], when="before", basis="told")
        for year in _YEAR_ALONE.finditer(text)
        if reported is None or int(year[1]) < reported.year
    ]
    return facts


def _time_in(passage: str, report: Report) -> str:
    """Return the first date and clock time of a passage as ISO 8601, "" where there is none."""
    dates = ((match, _date_of(match, report)) for match in _DATE.finditer(passage))
    match, day = next(((match, day) for match, day in dates if day is not None), (None, None))
    reported = report.reported
    if reported and day is None and (match := _RELATIVE.search(passage)):
        day = _relative(match, reported)
    if match is not None:  # its digits are no clock time
        start, end = match.span()
        passage = passage[:start] + " " * (end - start) + passage[end:]
    clock = None
    if match := _CLOCK.search(passage):
        hour = int(match["h"] or match["h2"] or match["h3"] or match["h4"] or 0)
        minute = int(match["mi"] or match["mi2"] or match["mi4"] or 0)
        half = (match["ap"] or match["ap3"] or "").lower()[:1]
        if half and hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        noon = match["word"] and match["word"].lower() != "midnight"
        clock = time(12 if noon else hour, minute)
    if day is not None:
        return datetime.combine(day, clock).isoformat(timespec="minutes") if clock else str(day)
    if reported is None or clock is None:
        return ""
    moment = datetime.combine(reported.date(), clock)
    before = moment if moment <= reported else moment - timedelta(days=1)
    return before.isoformat(timespec="minutes")


def _relative(match: re.Match[str], reported: datetime) -> date:
    today = reported.date()
    if match["yesterday"]:
        return today - timedelta(days=1)
    if match["today"]:
        return today
    if match["day"]:
        return today - timedelta(days=(today.weekday() - DAYS[match["day"].lower()]) % 7)
    word, unit = match["n"].lower(), match["unit"].lower()
    count = int(word) if word.isdecimal() else _NUMBERS[word]
    if unit.startswith("hour"):
        return (reported - timedelta(hours=count)).date()
    return today - timedelta(days=count * (7 if unit.startswith("week") else 1))


def _date_of(match: re.Match[str], report: Report) -> date | None:
    """Return the date that is written; without its month or year, the last before the report."""
    reported = report.reported
    with suppress(ValueError):  # a day that its month does not have
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if match["only"] and reported:
            day = int(match["only"])
            last_month = reported.date().replace(day=1) - timedelta(days=1)
            return (reported.date() if day <= reported.day else last_month).replace(day=day)
        written = match["y"] or match["y2"] or match["dy"] or match["dy2"]
        if match["a"]:
            day, month = int(match["a"]), int(match["b"] or match["b2"])
            if (report.month_first and day <= 12) or month > 12:
                day, month = month, day
        elif name := match["m"] or match["m2"]:
            day, month = int(match["d"] or match["d2"]), MONTHS[name.lower()]
        else:
            return None
        if written:
            year = int(written)
            return date(year + (2000 if year < 70 else 1900) if year < 100 else year, month, day)
        if reported:
            this_year = date(reported.year, month, day)
            passed = this_year <= reported.date()
            return this_year if passed else this_year.replace(reported.year - 1)
    return None
