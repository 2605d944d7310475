"""Which records a concern may be about, by number, name, date and place in the person's words.

A list to look through, nothing more: it does not count and reaches no queue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from clew.desk.records.models import Case
from clew.desk.records.near import near
from clew.desk.records.spellings import ids_in
from clew.model.values import Point
from clew.vocabulary.load import words as premises_words

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
        "about", "after", "again", "another", "because", "before", "being", "brother", "could",
        "death", "deaths", "found", "friend", "heard", "himself", "herself", "never", "other",
        "people", "person", "police", "please", "should", "similar", "sister", "something", "their",
        "there", "these", "thing", "think", "those", "where", "which", "would", "young", "years",
    )
)  # fmt: skip
"""Declared: words of five letters and more that most concerns use."""
VAGUE = frozenset({"home", "apartment", "street"})
"""Declared: kinds of place of most deaths: "at home" or "in the street" says too little."""


NUMBER, NAME, PLACE, DAY = range(4)
"""What a reason rests on, the most telling first: a record that only shares a week comes last."""
LIKENESS = re.compile(
    r"\b(?:same|another|others?|second|third|fourth|similar\w*|alike|like (?:this|that|it|him|her|"
    r"his|hers|these|those|them)|near\w*|next to|close (?:to|by)|around the corner)\b",
    re.IGNORECASE,
)
"""Words by which somebody says that a death is like one they know of, or near it."""
LIKE_WITHIN_M = 500.0
"""Declared: metres from the concern's own record that "the same place" or "near" may mean."""
LONGEST_PLACE = 3
"""Declared: words of the longest name of a kind of place that is looked for."""


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


@dataclass(slots=True)
class _Found:
    """The records found so far, and the reasons of each: what a reason rests on, in words."""

    cases: dict[int, Case] = field(default_factory=dict)
    why: dict[int, dict[str, int]] = field(default_factory=dict)

    def take(self, cases: Iterable[Case], kind: int, says: str) -> None:
        for case in cases:
            self.cases[case.pk] = case
            self.why.setdefault(case.pk, {}).setdefault(says, kind)

    def ranked(self) -> list[ConcernMatch]:
        """Return the best: by the most telling reason, how many there are, then the latest."""

        def order(pk: int) -> tuple[object, ...]:
            kinds = self.why[pk].values()
            latest = -self.cases[pk].reported_at.timestamp()
            return (min(kinds), -len(set(kinds)), -len(kinds), latest, pk)

        best = sorted(self.cases, key=order)[:MOST]
        return [
            ConcernMatch(self.cases[pk], tuple(sorted(self.why[pk], key=self.why[pk].__getitem__)))
            for pk in best
        ]


def match(
    words: str, given: str, visible: QuerySet[Case], today: date, about: Case | None = None
) -> list[ConcernMatch]:
    """Return the visible records that a concern's words may be about.

    Parameters
    ----------
    about
        The record that the concern is about, where the reader may open it: words such as "the same
        churchyard" are about places like that record's, and near it.
    """
    text, found = f"{words}\n{given}", _Found()
    found.take(visible.filter(case_id__in=ids_in(text)), NUMBER, "its number is mentioned")
    names = re.findall(r"\b[A-Z][a-z'-]+(?:[ ]+[A-Z][a-z'-]+)+\b", text)
    for name in list(dict.fromkeys(names))[:MOST]:
        fits = Q(texts__now__name_used_by_family__icontains=name)
        fits |= Q(texts__now__known_as__icontains=name)
        found.take(visible.filter(fits)[:MOST], NAME, f"the name {name}")
    spans = []
    for days in days_in(text, today):
        around = timedelta(days=AROUND_DAYS)
        since, until = _midnight(days.first - around), _midnight(days.last + around)
        span = Q(reported_at__gte=since, reported_at__lt=until)
        spans.append(span)
        found.take(visible.filter(span)[: MOST * 4], DAY, f"reported about {days.says}")
    around_days = Q(pk__in=())
    for span in spans:
        around_days |= span
    likeness = about is not None and LIKENESS.search(text) is not None
    for says, fits in _places_in(text, about if likeness else None):
        there = visible.filter(fits)
        # Those of the days that are named first: a common kind of place has more than are listed.
        found.take([*there.filter(around_days)[: MOST * 4], *there[: MOST * 4]], PLACE, says)
    if (
        likeness
        and about is not None
        and about.latitude is not None
        and about.longitude is not None
    ):
        for other in near(visible, Point(about.latitude, about.longitude), LIKE_WITHIN_M):
            says = f"about {max(round(other.metres, -1), 10):.0f} m from {about.case_id}"
            found.take(visible.filter(pk=other.number), PLACE, says)
    return found.ranked()


def _places_in(text: str, like: Case | None) -> Iterator[tuple[str, Q]]:
    """Yield the kinds of place and the words of a place in a text, with what finds records there.

    A kind of place finds the records that name it by another word as well: a churchyard is a
    burial ground. `like` is a record whose kind of place is meant too.
    """
    every = [word.lower() for word in re.findall(r"[A-Za-z]+", text)]
    vocabulary = premises_words("premises")
    kinds: dict[str, set[str]] = {}
    for length in range(LONGEST_PLACE, 0, -1):
        for k in range(len(every) - length + 1):
            phrase = " ".join(every[k : k + length])
            if (kind := vocabulary.canonical(phrase)) is not None and kind not in VAGUE:
                kinds.setdefault(kind, set()).add(phrase)
    if like is not None:
        kind = vocabulary.canonical(str(like.texts.get("now", {}).get("premises", "")))
        if kind is not None:
            kinds.setdefault(kind, set())
    for kind, phrases in kinds.items():
        fits = Q()
        for spelling in vocabulary.spellings(kind):
            fits |= Q(texts__now__premises__iexact=spelling)
        for phrase in phrases:
            for column in PLACES:
                fits |= Q(**{f"texts__now__{column}__icontains": phrase})
        yield f"the kind of place: {vocabulary.label(kind)}", fits
    named = {word for phrases in kinds.values() for phrase in phrases for word in phrase.split()}
    longer = {word for word in every if len(word) >= SHORTEST} - COMMON - set(MONTHS) - named
    for word in sorted(longer, key=lambda word: (-len(word), word))[:MOST]:
        fits = Q()
        for column in PLACES:
            fits |= Q(**{f"texts__now__{column}__icontains": word})
        yield f"the word {word}", fits


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
