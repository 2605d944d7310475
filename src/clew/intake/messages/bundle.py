"""A FHIR Bundle opened: its header, its parameters, its documents, and resources by reference."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from typing import Any

from clew.intake.messages.codes import kind_of, note_unknown_fields
from clew.intake.messages.message import Oddities, RefusedError
from clew.intake.messages.trees import each, first, plain_value, word

Resource = dict[str, Any]
MOST_ENTRIES = 20_000
"""Entries of one Bundle; the largest certificate known to us has 60."""


@dataclass(slots=True)
class Opened:
    """One Bundle's own resources with their places, and the Bundles that lie within it.

    `of_kind` holds what codes or profiles make of observations and the like: `age`, `manner` ...
    """

    bundle: Resource
    place: str = ""
    resources: list[tuple[str, Resource]] = field(default_factory=list)
    inner: list[Opened] = field(default_factory=list)
    _by_reference: dict[str, Resource] = field(default_factory=dict)
    of_kind: dict[str, list[tuple[str, Resource]]] = field(default_factory=dict)

    def of_type(self, kind: str) -> list[tuple[str, Resource]]:
        """Return the resources of one type, in order, with their places."""
        return [(place, r) for place, r in self.resources if r.get("resourceType") == kind]

    def one(self, kind: str) -> Resource:
        """Return the first resource of a type, or an empty one."""
        return next((r for _, r in self.of_type(kind)), {})

    def kinds(self, name: str) -> list[tuple[str, Resource]]:
        """Return what is of one kind, in order, with its places."""
        return self.of_kind.get(name, [])

    def find(self, reference: Any) -> Resource:
        """Return what a reference leads to, or an empty resource."""
        text = word(reference, "reference") or word(reference)
        for key in (text, "/".join(text.rsplit("/", 2)[-2:]), text.rpartition("/")[2]):
            if key and key in self._by_reference:
                return self._by_reference[key]
        return {}

    def keep(self, place: str, resource: Resource, url: str) -> None:
        """Take a resource in, under its address, its type with its id, and its id alone."""
        self.resources.append((place, resource))
        own = word(resource, "id")
        tail = "/".join(url.rsplit("/", 2)[-2:])
        for key in (url, tail, f"{resource.get('resourceType')}/{own}", own):
            if key.strip("/"):
                self._by_reference.setdefault(key, resource)


def open_bundle(bundle: Resource, odd: Oddities, place: str = "") -> Opened:
    """Return a Bundle opened, and note what is odd about its entries.

    Raises
    ------
    RefusedError
        If it holds more entries than any message has.

    """
    opened = Opened(bundle, place)
    note_unknown_fields(f"{place}Bundle", bundle, odd)
    if len(each(bundle, "entry")) > MOST_ENTRIES:
        raise RefusedError(f"a Bundle of more than {MOST_ENTRIES:,} entries", "Split it")
    for number, entry in enumerate(each(bundle, "entry")):
        where = f"{place}entry[{number}]"
        resource = first(entry, "resource")
        if not isinstance(resource, dict):
            odd.note(where, "an entry without a resource was left out", "Have it sent whole", entry)
            continue
        name = word(resource, "resourceType")
        if not name:
            odd.note(where, "a resource that does not say what it is was left out", "", resource)
            continue
        if name == "Bundle":
            opened.inner.append(open_bundle(resource, odd, f"{where}."))
            continue
        _take(opened, odd, (f"{where}.{name}", resource), word(entry, "fullUrl"))
        for k, inside in enumerate(each(resource, "contained")):
            if isinstance(inside, dict) and word(inside, "resourceType"):
                _take(opened, odd, (f"{where}.{name}.contained[{k}]", inside), "")
    return opened


def open_alone(resource: Resource, odd: Oddities) -> Opened:
    """Return a resource that came without a Bundle, as a Bundle of it and what it contains."""
    opened = Opened({})
    name = word(resource, "resourceType")
    _take(opened, odd, (name, resource), "")
    for k, inside in enumerate(each(resource, "contained")):
        if isinstance(inside, dict) and word(inside, "resourceType"):
            _take(opened, odd, (f"{name}.contained[{k}]", inside), "")
    return opened


_CODED = frozenset({"Observation", "Condition", "Procedure", "Location"})


def _take(opened: Opened, odd: Oddities, told: tuple[str, Resource], url: str) -> None:
    place, resource = told
    opened.keep(place, resource, url)
    note_unknown_fields(place, resource, odd)
    name = word(resource, "resourceType")
    if name not in _CODED:
        return
    kind, known_by = kind_of(resource)
    if kind:
        opened.of_kind.setdefault(kind, []).append(told)
    if name == "Observation" and known_by == "profile":
        odd.note(
            f"{place}.code",
            "a code that is not known here; its profile tells what it is",
            "Give the LOINC code of the profile",
            word(resource, "code", "coding", "code"),
        )
    elif name == "Observation" and not each(resource, "code"):
        odd.note(f"{place}.code", "an Observation without a code was not read", "Give its code")


# Times of FHIR: whole, partial, or told in parts with what is absent; as texts intake reads.


_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?$")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE
)
_UNITS = ("year", "month", "day", "time")
_SPELLING = "Write date-day, date-month, date-year and date-time"


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From when to when something was, as ISO 8601 texts; a day, a month or a year counts whole."""

    start: str
    end: str

    @property
    def is_day(self) -> bool:
        """Tell whether it is one day or one moment, and not a month or a year."""
        return self.start == self.end


def span_of(text: str) -> TimeSpan:
    """Return the span of a FHIR date or dateTime; intake refuses what is none."""
    if partial := _PARTIAL.match(text):
        return _month_or_year(int(partial[1]), int(partial[2]) if partial[2] else None)
    if moment := _INSTANT.match(text):
        day, clock, second, fraction, zone = moment.groups()
        told = f"{day}T{clock}{second or ''}{(fraction or '')[:7] if second else ''}"
        return TimeSpan(*[told + (zone or "").upper().replace("Z", "+00:00")] * 2)
    return TimeSpan(text, text)


def _month_or_year(year: int, month: int | None) -> TimeSpan:
    if month is not None and not 1 <= month <= 12:
        text = f"{year:04}-{month:02}"
        return TimeSpan(text, text)
    last = month or 12
    days = monthrange(max(year, 1), last)[1]
    return TimeSpan(f"{year:04}-{month or 1:02}-01", f"{year:04}-{last:02}-{days:02}")


def when(node: Any, names: tuple[str, ...], place: str, odd: Oddities) -> TimeSpan | None:
    """Return the time that one of some elements tells, the first that does; None for none.

    Parts of a date (`Date-Year`, `date-month` ...) stand in extensions of the element, and in
    those of its value. A day that is absent leaves the month, an absent month the year.
    """
    for name in names:
        if text := word(node, name):
            return span_of(text)
        if word(node, name, "start"):  # a Period
            begins, ends = span_of(word(node, name, "start")), word(node, name, "end")
            return TimeSpan(begins.start, span_of(ends).end if ends else begins.end)
    for name in names:
        for holder in each(node, f"_{name}"):
            if (found := _of_parts(holder, f"{place}._{name}", odd)) is not None:
                return found
    return None


def _of_parts(holder: Any, place: str, odd: Oddities) -> TimeSpan | None:
    told: dict[str, str] = {}
    for outer in each(holder, "extension"):
        for part in each(outer, "extension"):
            url = word(part, "url")
            unit = re.split(r"[/\-]", url.casefold())[-1]
            if unit not in _UNITS:
                odd.note(place, "a part of a date that is not known here", _SPELLING, url)
                continue
            if each(part, "extension") and unit not in told:
                continue  # absent, with its reason
            value = plain_value(part)
            if value:
                told[unit] = value
    return _assembled(told, place, odd)


def _assembled(told: dict[str, str], place: str, odd: Oddities) -> TimeSpan | None:
    year, month, day = (told.get(unit, "") for unit in _UNITS[:3])
    if not year.isdecimal() or not 1 <= int(year) <= 9999:
        if year:
            odd.note(place, "a year that is no year", "Write four digits", year)
        return None
    if not month.isdecimal():
        return _month_or_year(int(year), None)
    if not day.isdecimal():
        return _month_or_year(int(year), int(month[:4]))
    text = f"{int(year):04}-{int(month[:4]):02}-{int(day[:4]):02}"
    if clock := re.match(r"\d{2}:\d{2}(:\d{2})?", told.get("time", "")):
        text += f"T{clock[0]}"
    return TimeSpan(text, text)
