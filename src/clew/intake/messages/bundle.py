"""A FHIR Bundle opened: its resources by type, reference and kind; and FHIR's times."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from typing import Any

from clew.intake.messages.codes import kind_of, note_unknown_fields
from clew.intake.messages.message import Oddities, RefusedError
from clew.intake.messages.references import References, Resource
from clew.intake.messages.trees import each, first, plain_value, word

MOST_ENTRIES = 20_000
"""Entries of one Bundle; the largest certificate known to us has 60."""
_CODED = frozenset({"Observation", "Condition", "Procedure", "Location"})
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2}))?$")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$", re.IGNORECASE
)
_UNITS = ("year", "month", "day", "time")
_SPELLING = "Write date-day, date-month, date-year and date-time"


@dataclass(slots=True)
class OpenBundle:
    """One Bundle's own resources with their places in the file, and the Bundles inside it."""

    bundle: Resource
    place: str = ""
    resources: list[tuple[str, Resource]] = field(default_factory=list)
    inner: list[OpenBundle] = field(default_factory=list)
    references: References = field(default_factory=References)
    _by_kind: dict[str, list[tuple[str, Resource]]] = field(default_factory=dict)

    def of_type(self, name: str) -> list[tuple[str, Resource]]:
        """Return the resources of one FHIR type, in order, with their places."""
        return [(place, r) for place, r in self.resources if r.get("resourceType") == name]

    def first_of_type(self, name: str) -> Resource:
        """Return the first resource of a FHIR type, or an empty one."""
        return next((r for _, r in self.of_type(name)), {})

    def of_kind(self, kind: str) -> list[tuple[str, Resource]]:
        """Return what its code or profile makes `age`, `manner` ..., in order, with its places."""
        return self._by_kind.get(kind, [])

    def find(self, reference: Any, within: Resource, *types: str) -> Resource:
        """Return what a reference of a resource leads to, of some types; or an empty resource."""
        return self.references.find(reference, within, frozenset(types))

    def add(self, place: str, resource: Resource, url: str, odd: Oddities) -> None:
        """Add a resource and those it contains; note what is odd about them."""
        self.references.add(resource, url)
        contained = [
            (f"{place}.contained[{k}]", inside)
            for k, inside in enumerate(each(resource, "contained"))
            if isinstance(inside, dict) and word(inside, "resourceType")
        ]
        for where, node in [(place, resource), *contained]:
            self.resources.append((where, node))
            note_unknown_fields(where, node, odd)
            name = word(node, "resourceType")
            kind, known_by = kind_of(node) if name in _CODED else ("", "")
            if kind:
                self._by_kind.setdefault(kind, []).append((where, node))
            if name == "Observation" and known_by == "profile":
                odd.note(
                    f"{where}.code",
                    "a code that is not known here; its profile says what it is",
                    "Give the LOINC code of the profile",
                    word(node, "code", "coding", "code"),
                )
            elif name == "Observation" and not each(node, "code"):
                reason = "an Observation without a code was not read"
                odd.note(f"{where}.code", reason, "Give its code")


def open_bundle(bundle: Resource, odd: Oddities, place: str = "") -> OpenBundle:
    """Return a Bundle opened, and note what is odd about its entries.

    Raises
    ------
    RefusedError
        If it has more entries than any message has.

    """
    opened = OpenBundle(bundle, place)
    note_unknown_fields(f"{place}Bundle", bundle, odd)
    entries = each(bundle, "entry")
    if len(entries) > MOST_ENTRIES:
        raise RefusedError(f"a Bundle of more than {MOST_ENTRIES:,} entries", "Split it")
    for number, entry in enumerate(entries):
        where = f"{place}entry[{number}]"
        resource = first(entry, "resource")
        if not isinstance(resource, dict):
            odd.note(where, "an entry without a resource was left out", "Have it sent whole", entry)
        elif not (name := word(resource, "resourceType")):
            odd.note(where, "a resource that does not say what it is was left out", "", resource)
        elif name == "Bundle":
            opened.inner.append(open_bundle(resource, odd, f"{where}."))
        else:
            opened.add(f"{where}.{name}", resource, word(entry, "fullUrl"), odd)
    return opened


def open_alone(resource: Resource, odd: Oddities) -> OpenBundle:
    """Return a resource that came without a Bundle, as a Bundle of it and what it contains."""
    opened = OpenBundle({})
    opened.add(word(resource, "resourceType"), resource, "", odd)
    return opened


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """Start and end of something as ISO 8601 texts; a day, a month or a year counts whole."""

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
        text = f"{day}T{clock}{second or ''}{(fraction or '')[:7] if second else ''}"
        text += (zone or "").upper().replace("Z", "+00:00")
    return TimeSpan(text, text)


def _month_or_year(year: int, month: int | None) -> TimeSpan:
    if month is not None and not 1 <= month <= 12:
        text = f"{year:04}-{month:02}"
        return TimeSpan(text, text)
    last = month or 12
    days = monthrange(max(year, 1), last)[1]
    return TimeSpan(f"{year:04}-{month or 1:02}-01", f"{year:04}-{last:02}-{days:02}")


def when(node: Any, names: tuple[str, ...], place: str, odd: Oddities) -> TimeSpan | None:
    """Return the time in the first of some elements that has one; None for none.

    Parts of a date (`Date-Year`, `date-month` ...) are in extensions of the element, and in
    those of its value. A day that is absent leaves the month, an absent month the year.
    """
    for name in names:
        if text := word(node, name):
            return span_of(text)
        if word(node, name, "start"):  # a Period
            begins, ends = span_of(word(node, name, "start")), word(node, name, "end")
            return TimeSpan(begins.start, span_of(ends).end if ends else begins.end)
    for name in names:
        for element in each(node, f"_{name}"):
            if (span := _span_of_parts(element, f"{place}._{name}", odd)) is not None:
                return span
    return None


def _span_of_parts(element: Any, place: str, odd: Oddities) -> TimeSpan | None:
    parts: dict[str, str] = {}
    for part in each(element, "extension", "extension"):
        url = word(part, "url")
        unit = re.split(r"[/\-]", url.casefold())[-1]
        if unit not in _UNITS:
            odd.note(place, "a part of a date that is not known here", _SPELLING, url)
        elif each(part, "extension") and unit not in parts:
            continue  # absent, with its reason
        elif value := plain_value(part):
            parts[unit] = value
    year, month, day = (parts.get(unit, "") for unit in _UNITS[:3])
    if not year.isdecimal() or not 1 <= int(year) <= 9999:
        if year:
            odd.note(place, "not a year", "Write four digits", year)
        return None
    if not month.isdecimal():
        return _month_or_year(int(year), None)
    if not day.isdecimal():
        return _month_or_year(int(year), int(month[:4]))
    text = f"{int(year):04}-{int(month[:4]):02}-{int(day[:4]):02}"
    if clock := re.match(r"\d{2}:\d{2}(:\d{2})?", parts.get("time", "")):
        text += f"T{clock[0]}"
    return TimeSpan(text, text)
