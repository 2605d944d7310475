"""Asking the index: which records match, how many of each sort, and what else to try.

Every query asks `visible_to` first: what a person may not see is in no result and no count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Lookup, Q, QuerySet, TextField
from django.utils import timezone

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import Permission, Person
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.models.concerns import Concern
from clew.desk.records.models import Case
from clew.desk.records.near import near
from clew.desk.records.spellings import ids_in
from clew.desk.records.visible import may, visible_to
from clew.desk.search.document import place_terms
from clew.desk.search.models import SearchDocument
from clew.desk.search.query import (
    Part,
    Query,
    for_postgres,
    for_sqlite,
    read_query,
    vocabulary_words,
)
from clew.desk.search.words import one_edit, stem
from clew.model.values import HOUR, Point

MOST = 5_000
"""Declared: records that are counted; where more match, the newest of them are listed and the page
says so. More nobody reads, and each costs time."""
RANKED = 500
"""Declared: up to so many records the best match comes first; of more, the newest report."""
PLACES = 50
"""Declared: records of one place's name whose points count as that place."""
CONCERNS = 10
"""Declared: concerns listed beside the records."""
TRIED = 3
"""Declared: spellings of one word that are tried in its place."""


@TextField.register_lookup
class Matches(Lookup):
    """`terms__matches=Query`: the index of each database, as a condition of a query."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the condition in SQL; the right-hand side is a `Query`."""
        table = compiler.quote_name_unless_alias(self.lhs.alias)
        if connection.vendor == "postgresql":
            return f"{table}.vector @@ %s::tsquery", [for_postgres(self.rhs)]
        found = "SELECT rowid FROM search_text WHERE search_text MATCH %s"
        return f"{table}.id IN ({found})", [for_sqlite(self.rhs)]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the form narrows a search by, beside the words."""

    area: str = ""
    kind: str = ""
    sex: str = ""
    premises: str = ""
    since: date | None = None
    until: date | None = None
    newest_first: bool = False

    def condition(self) -> Q:
        """Return it as a condition on documents."""
        found = Q()
        for name in ("area", "kind"):
            if value := getattr(self, name):
                found &= Q(**{f"case__{name}": value})
        for name in ("sex", "premises"):
            if value := getattr(self, name):
                found &= Q(**{name: value})
        if self.since:
            found &= Q(case__reported_at__gte=_midnight(self.since))
        if self.until:
            found &= Q(case__reported_at__lt=_midnight(self.until + timedelta(days=1)))
        return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class Hit(NamedTuple):
    """One record that matches, as the index has it; `reported` in seconds since 1970."""

    case: int
    reported: int
    area: str
    kind: str
    sex: str
    premises: str


@dataclass(slots=True)
class Found:
    """What a search found: the keys of records in order, and whether more than MOST match.

    `left_out`: the part that was left out where nothing had all; `place`: the records whose points
    "near" went by, by their keys.
    """

    query: Query
    cases: list[int] = field(default_factory=list)
    counts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    more: bool = False
    ranked: bool = False
    left_out: list[Part] = field(default_factory=list)
    place: list[int] | None = None


def area_names() -> dict[str, str]:
    """Return the names of areas by their codes."""
    return dict(Area.objects.values_list("code", "name"))


def read(typed: str) -> Query:
    """Read what somebody typed, with the areas of this desk."""
    return read_query(typed, area_names())


def find(person: Person, query: Query, narrowing: Narrowing = Narrowing()) -> Found:
    """Return the records that have every part of a query.

    Where none has, the records that have all but one are returned, with the part that each set
    leaves out.
    """
    found = Found(query)
    documents = visible_documents(person).filter(narrowing.condition())
    if query.near:
        found.place = points = _records_of_place(person, query.near)
        around = _around(person, points, query.within_m)
        documents = documents.filter(case__in=around)
    hits = _hits(documents, query)
    if not hits and len(query.parts) > 2:
        for part in query.parts:
            more = _hits(documents, query.without(part))
            if more:
                found.left_out.append(part)
                known = {hit.case for hit in hits}
                hits += [hit for hit in more if hit.case not in known]
    found.more = len(hits) > MOST
    hits = hits[:MOST]
    found.counts = _counts(hits)
    newest = sorted(hits, key=lambda hit: (-hit.reported, hit.case))
    found.ranked = 1 < len(hits) <= RANKED and bool(query.parts) and not narrowing.newest_first
    if found.ranked:
        scores = _scores([hit.case for hit in hits], query)
        newest.sort(key=lambda hit: -scores.get(hit.case, 0.0))
    found.cases = [hit.case for hit in newest]
    return found


def visible_documents(person: Person) -> QuerySet[SearchDocument]:
    """Return the documents of the records that `person` may find: by area, and by the seals."""
    return SearchDocument.objects.filter(
        may(person, Permission.SEARCH, "case__"), case__isnull=False
    )


def matching(documents: QuerySet[SearchDocument], query: Query) -> QuerySet[SearchDocument]:
    """Return those documents that have every part of a query."""
    if not query.parts:
        return documents
    if all(part.left_out for part in query.parts):
        return documents.none()
    return documents.filter(terms__matches=query)


def _hits(documents: QuerySet[SearchDocument], query: Query) -> list[Hit]:
    rows = matching(documents, query).order_by("-pk").values_list(
        "case_id", "reported", "case__area", "case__kind", "sex", "premises"
    )  # fmt: skip
    return list(map(Hit._make, rows[: MOST + 1]))


@lru_cache(maxsize=65_536)
def _year(hour: int) -> str:
    return str(timezone.localtime(datetime.fromtimestamp(hour * HOUR, UTC)).year)


def _counts(hits: Sequence[Hit]) -> dict[str, list[tuple[str, int]]]:
    """Return how many of the records found there are of each area, kind, year, sex and place."""
    by = {
        "area": Counter(hit.area for hit in hits),
        "kind": Counter(hit.kind for hit in hits),
        "year": Counter(_year(hit.reported // HOUR) for hit in hits),
        "sex": Counter(hit.sex for hit in hits),
        "premises": Counter(hit.premises for hit in hits),
    }
    return {
        name: sorted(((v, n) for v, n in one.items() if v), key=lambda pair: (-pair[1], pair[0]))
        for name, one in by.items()
    }


# The order of a few: which record says most of what was asked.

OF_NUMBER, OF_MARK, OF_WORD = 20.0, 2.0, 1.0
"""Declared: what a record's own number, a value of a field, and a word of a text count."""


def _scores(cases: Sequence[int], query: Query) -> dict[int, float]:
    rows = SearchDocument.objects.filter(case__in=cases).values_list("case_id", "terms")
    return {case: score(terms.split(" "), query) for case, terms in rows if case is not None}


def score(terms: Sequence[str], query: Query) -> float:
    """Return how well a document fits: each part counts once, and more often a little more."""
    times = Counter(terms)
    total = OF_NUMBER if query.number and times[query.number] else 0.0
    for part in query.parts:
        best = 0.0
        for choice in part.choices if not part.left_out else ():
            own = [term for phrase in choice for term in phrase]
            fewest = min(times[term] for term in own)
            worth = OF_WORD
            if own[0].startswith("zid"):
                worth = OF_NUMBER
            elif own[0].startswith("z"):
                worth = OF_MARK
            best = max(best, worth * (1 + fewest / (fewest + 1)) if fewest else 0.0)
        total += best
    return total


# Near a place of the records' own: its name, or a record's number, gives the points.


def _records_of_place(person: Person, place: str) -> list[int]:
    """Return records that a place's name means: by number, by a field of places, or by words."""
    cases = visible_to(person, Permission.SEARCH).exclude(latitude=None).order_by("-reported_at")
    numbered = list(cases.filter(case_id__in=ids_in(place)).values_list("pk", flat=True))
    if numbered:
        return numbered
    phrase = place_terms(place)
    if not phrase:
        return []
    query = Query(place, (Part(place, place, ((phrase,),)),))
    named = matching(visible_documents(person), query).values("case")
    return list(cases.filter(pk__in=named).values_list("pk", flat=True)[:PLACES])


def _around(person: Person, points: Sequence[int], within_m: float) -> set[int]:
    found: set[int] = set()
    cases = visible_to(person, Permission.SEARCH)
    at = Case.objects.filter(pk__in=points).values_list("latitude", "longitude").distinct()
    for latitude, longitude in at:
        if latitude is not None and longitude is not None:
            found |= {one.number for one in near(cases, Point(latitude, longitude), within_m)}
    return found


# What else to try, where nothing was found.


def did_you_mean(person: Person, query: Query, narrowing: Narrowing = Narrowing()) -> str:
    """Return what was typed with one word spelled otherwise, which finds something; "" for none.

    Only what the person's own records say is proposed.
    """
    documents = visible_documents(person).filter(narrowing.condition())
    for part in query.parts:
        if len(part.word) < 4 or not part.word.isalpha() or _held([part.word]):
            continue
        near_words = get_close_matches(part.word, vocabulary_words(), TRIED, 0.8)
        candidates = [*near_words, *sorted(one_edit(part.word))]
        for word in _held(candidates)[:TRIED]:
            spelled = read(_replaced(query.typed, part.word, word))
            if matching(documents, spelled).exists():
                return spelled.typed
    return ""


def _replaced(typed: str, word: str, by: str) -> str:
    at = typed.casefold().find(word)
    return typed if at < 0 else typed[:at] + by + typed[at + len(word) :]


def _held(candidates: Sequence[str]) -> list[str]:
    """Return those words whose stem the index holds anywhere, in their order."""
    stems = {word: stem(word) for word in candidates}
    wanted = sorted(set(stems.values()))
    held: set[str] = set()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT term FROM unnest(%s::text[]) AS one(term) WHERE EXISTS (SELECT 1 FROM"
                " search_searchdocument WHERE vector @@ quote_literal(one.term)::tsquery)",
                [wanted],
            )
            held = {row[0] for row in cursor.fetchall()}
        else:
            for term in wanted:
                cursor.execute(
                    "SELECT 1 FROM search_text WHERE search_text MATCH %s LIMIT 1", [f'"{term}"']
                )
                if cursor.fetchone():
                    held.add(term)
    return [word for word, term in stems.items() if term in held]


def find_concerns(person: Person, query: Query) -> list[Concern]:
    """Return the concerns in whose words every part is, that `person` may see; the latest first."""
    if not query.parts:
        return []
    documents = SearchDocument.objects.filter(concern__in=visible_concerns(person).values("pk"))
    numbers = matching(documents, query).values("concern")
    concerns = Concern.objects.filter(pk__in=numbers).select_related("case", "words")
    return list(concerns.order_by("-received_at", "-id")[:CONCERNS])
