"""The words on the page: fixed sentences, plain names for the engine's terms, local dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from clew.model.case import Case, Kind
from clew.model.cluster import Day
from clew.model.finding import Relation, Stance, Tier
from clew.model.values import DAY, HOUR, MINUTE, YEAR_DAYS, Instant, MissingCause

REASON_TO_LOOK = "A reason to look, not a finding. It may have to be disclosed."
SILENCE = (
    "Finding nothing is not evidence that nothing links them, and is not a ground for closing."
)
REFUSED_USES = (
    "predicting who will offend, or what anyone will do",
    "ranking, scoring or searching people, in the records or in the service",
    "setting duty rosters or presence against deaths to point at a member of staff",
    "proving guilt, or standing as expert evidence in court",
    "closing an enquiry because nothing was found",
)

STANCE_WORD = {
    Stance.AGREES: "agrees",
    Stance.DIFFERS: "differs",
    Stance.MISSING: "missing",
    Stance.NOTE: "note",
}
STANCE_MANY = STANCE_WORD | {Stance.AGREES: "agree", Stance.DIFFERS: "differ"}
STANCE_SIGN = {Stance.AGREES: "✓", Stance.DIFFERS: "≠", Stance.MISSING: "○", Stance.NOTE: "·"}

TIER_WORD = {
    Tier.SHARED_ENTITY: "Same person, phone or place in both",
    Tier.SIMILARITY: "Alike in what was recorded",
}
RELATION_WORD = {
    Relation.LEAD: "",
    Relation.DUPLICATE_REPORT: "May be two reports of one death",
    Relation.SAME_HOUSEHOLD: "May be the same household",
    Relation.SAME_EVENT: "May be the same event",
}
KIND_WORD = {
    Kind.DEATH: "Death",
    Kind.NON_FATAL: "Non-fatal incident",
    Kind.MISSING_PERSON: "Missing person report",
}
CAUSE_WORD = {
    MissingCause.NOT_RECORDED: "not recorded",
    MissingCause.NOT_APPLICABLE: "does not apply",
    MissingCause.WITHHELD: "withheld",
    MissingCause.PENDING: "not yet known",
    MissingCause.PLACEHOLDER: "only a placeholder was given",
}
_EVIDENCE_WORD = {
    "victim": "Person who died",
    "person": "Person who died",
    "entities": "Same person, phone or place",
    "timing": "Time",
    "missing_items": "Expected things that were absent",
    "mentions": "Named in the papers",
}
_ASPECT_WORD = {
    "place_key": "Same address or site",
    "hour": "Hour of day",
    "gap": "Time between",
    "age": "Age",
    "age_years": "Age",
    "mechanism": "Mechanism",
    "missing_items": "Expected things that were absent",
    "tested_for": "Tested for",
}
NAME_COLUMNS = ("name_used_by_family", "known_as")
"""Plain columns of a case file with the name the family uses; none is in the contract."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """Replace control characters, direction overrides and lone surrogates, which HTML cannot hold.

    A direction override in a record could make a page show other words than were written.
    """
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)


def plain(identifier: str) -> str:
    """Return an identifier such as `burial_ground` as words: 'burial ground'."""
    return identifier.replace("_", " ").strip()


def capital(text: str) -> str:
    """Return the text with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a text as a sentence: a capital first, a stop last."""
    return capital(text) + ("" if text.endswith((".", "?", "!")) else ".")


def evidence_word(evidence: str) -> str:
    """Return the plain name of an evidence; 'victim' is never shown."""
    return _EVIDENCE_WORD.get(evidence, capital(plain(evidence)))


def aspect_word(aspect: str) -> str:
    """Return the plain name of the aspect of a finding."""
    return _ASPECT_WORD.get(aspect, capital(plain(aspect)))


def name_of(case: Case | None) -> str:
    """Return the name the family uses, or "" where the file has none.

    Only for a death: the person in a non-fatal record is living, and a survivor is not named.
    """
    if case is None or case.kind is not Kind.DEATH:
        return ""
    return next((case.extra[column] for column in NAME_COLUMNS if case.extra.get(column)), "")


def letter(position: int) -> str:
    """Return A, B ... Z, AA, AB ... for a position from 0: the mark used in every figure."""
    letters = ""
    position += 1
    while position:
        position, remainder = divmod(position - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ... 11th ... 21st."""
    tens = number % 100
    ending = "th" if 10 < tens < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


FEW = 10
"""Declared: counts below this are not shown one by one, as in the desk's suppressed tables."""


def about_count(number: int) -> str:
    """Return a count that must not reveal one record more or less: 'fewer than 10', 'about 1,900'.

    Two figures are kept, and never the last one.
    """
    return f"fewer than {FEW}" if number < FEW else f"about {rounded_count(number):,}"


def rounded_count(number: int) -> int:
    """Return a count to two figures and never to the last one; 0 stays, and 1 to 9 read 10."""
    step: int = max(FEW, 10 ** (len(str(number)) - 2))
    return step if 0 < number < FEW else (number + step // 2) // step * step


A_RARITY = re.compile(r"(\d[\d,]*) of (\d[\d,]*)(?= records)")


def round_rarity(says: str) -> str:
    """Return how rare a thing is, '11 of 1,244 records', in counts that reveal no single record."""
    return A_RARITY.sub(
        lambda hit: " of ".join(about_count(int(one.replace(",", ""))) for one in hit.groups()),
        says,
    )


def count_of(number: int, one: str, many: str) -> str:
    """Return '1 record', '2 records', '16,306 records'."""
    return f"{number:,} {one if number == 1 else many}"


@dataclass(frozen=True, slots=True)
class Clock:
    """Reads instants in one zone. Month names are English whatever the machine's locale."""

    zone: ZoneInfo

    def local(self, instant: Instant) -> datetime:
        """Return the local date and time; no platform limit before 1970."""
        return (_EPOCH + timedelta(seconds=instant)).astimezone(self.zone)

    def day(self, instant: Instant) -> str:
        """Return '19 June 2014'."""
        return long_date(self.local(instant))

    def minute(self, instant: Instant) -> str:
        """Return '19 June 2014, 04:05'."""
        return f"{self.day(instant)}, {self.local(instant):%H:%M}"

    def month(self, instant: Instant) -> str:
        """Return 'Jun 2014', for an axis."""
        at = self.local(instant)
        return f"{_MONTHS[at.month - 1][:3]} {at.year}"

    def reported(self, case: Case) -> str:
        """Return when the case was reported, to the minute where the file said so."""
        known = case.report_known_to_the_minute
        return self.minute(case.reported_at) if known else self.day(case.reported_at)

    def happened(self, case: Case) -> str:
        """Return the window in which it happened, or "" where it is missing."""
        if case.window is None:
            return ""
        if case.window.seconds < MINUTE:
            return self.minute(case.window.earliest)
        return f"{self.minute(case.window.earliest)} to {self.minute(case.window.latest)}"


def long_date(day: date) -> str:
    """Return a calendar date as '28 August 2014'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def long_iso(text: str) -> str:
    """Return 2014-08-28 as '28 August 2014' and 2014-08 as 'August 2014'; other text as it is."""
    try:
        if len(text) == len("2014-08"):
            return long_date(date.fromisoformat(f"{text}-01")).partition(" ")[2]
        return long_date(date.fromisoformat(text))
    except ValueError:
        return text


def say_period(text: str) -> str:
    """Return a period that is written as 2014-08-25/2014-09-07 as '25 August 2014 to ...'."""
    return " to ".join(long_iso(end) for end in text.split("/"))


def date_of(day: Day) -> date:
    """Return the calendar date of a day."""
    return date(1970, 1, 1) + timedelta(days=day)


def time_between(seconds: int) -> str:
    """Return a length of time with an honest unit: '40 minutes', '23 days', '2.5 years'."""
    for unit, length, upto in (("minute", MINUTE, HOUR), ("hour", HOUR, 2 * DAY)):
        if seconds < upto:
            number = round(seconds / length)
            return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
    if seconds < 2 * YEAR_DAYS * DAY:
        return f"{round(seconds / DAY)} days"
    return f"{seconds / (YEAR_DAYS * DAY):.1f} years"
