"""Which records a concern may be about, by number, name, date and place in the person's words.

A list to look through, nothing more: it carries no weight and reaches no queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from clew.desk.casework.concerns import ids_in
from clew.desk.records.models import Case

MOST = 12
"""Declared: records listed; the best reasons first."""
AROUND_DAYS = 3
"""Declared: a remembered day is searched with three days on either side."""
SHORTEST = 5
"""Declared: characters; shorter words of a place are everywhere."""
MONTHS = {
    month: number + 1
    for number, month in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september",
         "october", "november", "december")
    )
}  # fmt: skip
WRITTEN = re.compile(
    r"\b(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>" + "|".join(MONTHS) + r")"
    r"(?:,?\s+(?P<year>\d{4}))?\b",
    re.IGNORECASE,
)
ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
SLASHED = re.compile(r"\b(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b")
PLACES = ("premises", "narrative")
"""Fields of a record in which words of a place are searched."""
COMMON = frozenset(
    (
        "about", "after", "again", "because", "before", "being", "brother", "could", "death",
        "deaths", "found", "friend", "heard", "himself", "herself", "never", "other", "people",
        "person", "police", "please", "should", "sister", "something", "their", "there", "these",
        "thing", "think", "those", "where", "which", "would", "young", "years",
    )
)  # fmt: skip
"""Declared: words of five letters and more that most concerns use."""


@dataclass(frozen=True, slots=True)
class ConcernMatch:
    """A record, and why it is listed."""

    case: Case
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Days:
    """A range of days that a text names."""

    first: date
    last: date
    says: str


def match(words: str, given: str, visible: QuerySet[Case], today: date) -> list[ConcernMatch]:
    """Return the visible records that a concern's words may be about."""
    text = f"{words}\n{given}"
    why: dict[int, list[str]] = {}
    cases: dict[int, Case] = {}

    def take(found: Iterable[Case], says: str) -> None:
        for case in found:
            cases[case.pk] = case
            if says not in why.setdefault(case.pk, []):
                why[case.pk].append(says)

    take(visible.filter(case_id__in=ids_in(text)), "its number is named")
    names = re.findall(r"\b[A-Z][a-z'-]+(?:[ ]+[A-Z][a-z'-]+)+\b", text)
    for name in list(dict.fromkeys(names))[:MOST]:
        fits = Q(texts__now__name_used_by_family__icontains=name)
        fits |= Q(texts__now__known_as__icontains=name)
        take(visible.filter(fits)[:MOST], f"the name {name}")
    for days in days_in(text, today):
        around = timedelta(days=AROUND_DAYS)
        since, until = _midnight(days.first - around), _midnight(days.last + around)
        near = visible.filter(reported_at__gte=since, reported_at__lt=until)
        take(near[: MOST * 4], f"reported about {days.says}")
    longer = {word.lower() for word in re.findall(r"[A-Za-z]+", text) if len(word) >= SHORTEST}
    places = sorted(longer - COMMON - set(MONTHS), key=lambda word: (-len(word), word))
    for word in places[:MOST]:
        fits = Q()
        for field in PLACES:
            fits |= Q(**{f"texts__now__{field}__icontains": word})
        take(visible.filter(fits)[: MOST * 4], f"the word {word}")
    ranked = sorted(cases, key=lambda pk: (-len(why[pk]), -cases[pk].reported_at.timestamp(), pk))
    return [ConcernMatch(cases[pk], tuple(why[pk])) for pk in ranked[:MOST]]


def days_in(text: str, today: date) -> list[Days]:
    """Return the days and months that a text names; a month without a year is the last such one."""
    found = []
    for year, month, day in ISO.findall(text):
        found += _day(int(year), int(month), int(day))
    for day, month, year in SLASHED.findall(text):
        found += _day(int(year), int(month), int(day))
    for hit in WRITTEN.finditer(text):
        if hit["day"] is None and hit["year"] is None:
            continue  # "may" and "march" are words too
        month = MONTHS[hit["month"].lower()]
        year = int(hit["year"]) if hit["year"] else today.year - (month > today.month)
        if hit["day"]:
            found += _day(year, month, int(hit["day"]))
        elif 1 <= year < date.max.year:
            after = date(year + month // 12, month % 12 + 1, 1)
            says = f"{hit['month'].capitalize()} {year}"
            found.append(Days(date(year, month, 1), after, says))
    return list(dict.fromkeys(found))[:MOST]


def _day(year: int, month: int, day: int) -> list[Days]:
    try:
        first = date(year, month, day)
    except ValueError:
        return []
    if not 1900 <= year < date.max.year:
        return []
    return [Days(first, first + timedelta(days=1), f"{first.day} {first:%B %Y}")]


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
