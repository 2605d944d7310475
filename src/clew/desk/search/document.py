"""What the index holds of one record, or of the words of one concern: its terms, in order. Pure.

Terms are stems of words, and marks for what is not a word: `zsexmale`, `zage23`, `zd20140828` for a
day, `zv...` for a word of a vocabulary, `zid...` for a number without what is between its letters.
Left out: officers, people (their codes and, but for the person who died, their names), accounts and
venues of people, and the records that a record names, of which one may be sealed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from clew.desk.records.facts import items_of
from clew.desk.records.timeline import SUBSTANCES, VOCABULARIES
from clew.desk.search.dates import dates_in, token_of
from clew.desk.search.words import compact, stems_of, words_of
from clew.disclosure.words import NAME_COLUMNS
from clew.intake.cases.contract import COLUMNS
from clew.intake.prose.cause_text import read_cause, substance_ids
from clew.vocabulary.lexicon import concept_label
from clew.vocabulary.load import words

BREAK = "zz"
"""Stands between two fields, so that no phrase reaches from one into the next."""
WITHHELD = "withheld"
THINGS = frozenset({"phone", "vehicle", "address", "organisation"})
"""Types of `entities` that are indexed. People are not searched for (docs/risks.md); handles and
venues of living people are sensitive (mission.md)."""
LEFT_OUT = frozenset(
    {
        "case_id", "kind", "reported_at", "latitude", "longitude", "location_precision_m",
        "home_latitude", "home_longitude", "entities", "mentions", "age_years", "sex",
        "moved_after_death", "manner_said_by", "agency", "area", "premises",
    }
)  # fmt: skip
"""Columns that are read on their own below, or are no words."""
TIMES = ("earliest", "latest", "last_seen_alive")
_OF_PEOPLE = frozenset(
    {
        "name", "names", "surname", "forename", "officer", "oic", "sio", "investigator",
        "detective", "constable", "sergeant", "inspector", "supervisor", "pathologist", "coroner",
        "certifier", "doctor", "physician", "examiner", "paramedic", "witness", "informant",
        "complainant", "victim", "kin", "relative", "caller", "finder", "reporter", "author",
        "by", "email", "staff", "suspect", "accused", "contact",
    }
)  # fmt: skip
"""Declared: words in the name of a further column that make it one about living people."""
_OF_PLACES = frozenset(
    {"place", "address", "street", "road", "site", "location", "postcode", "town", "ward", "estate"}
)
"""Declared: words in the name of a further column that make it one of places."""
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class RecordText:
    """What the index reads of a record: its number, kind, area, day of report, and cells."""

    case_id: str
    kind: str
    area: str
    reported: date
    cells: Mapping[str, str]

    def age(self) -> int | None:
        """Return the whole years, where the record has an age that can be one."""
        try:
            years = float(self.cells.get("age_years", ""))
        except ValueError:
            return None
        return int(years) if 0 <= years <= 130 else None

    def sex(self) -> str:
        """Return the id of the recorded sex, "" where none is recorded."""
        return words("sexes").canonical(self.cells.get("sex", "")) or ""

    def premises(self) -> str:
        """Return the id of the kind of place, "" where none is recorded."""
        return words("premises").canonical(self.cells.get("premises", "")) or ""


def record_terms(record: RecordText) -> str:
    """Return the terms of a record, parted by blanks."""
    return " ".join(_record_terms(record))


def concern_terms(says: str, given: str, raised_by: str) -> str:
    """Return the terms of a concern: the person's own words, what was named, and whose they are."""
    found = [*_of_text(says), BREAK, *_of_text(given), BREAK, *stems_of(raised_by), "zsexnot"]
    return " ".join(found)


def mark(vocabulary: str, word_id: str) -> str:
    """Return the mark of a vocabulary's word: `zvpremisesburialground`."""
    return f"zv{compact(vocabulary)}{compact(word_id)}"


def _record_terms(record: RecordText) -> Iterator[str]:
    yield f"zid{compact(record.case_id)}"
    yield from stems_of(record.case_id)
    yield f"zarea{compact(record.area)}"
    yield from stems_of(f"{record.area} {record.cells.get('agency', '')}")
    yield f"zsex{compact(record.sex()) or 'not'}"
    age = record.age()
    if age is not None:
        yield f"zage{age}"
    yield from token_of(record.reported)
    for name in TIMES:
        if hit := _ISO_DAY.match(record.cells.get(name, "")):
            yield from (term for one in dates_in(hit[0]) for term in one.tokens())
    for name in ("kind", "premises"):
        yield from _of_vocabulary(name, record.kind if name == "kind" else record.premises())
    for name, value in sorted(record.cells.items()):  # PostgreSQL keeps no order of its own
        if value and value != WITHHELD and is_indexed(name, record.kind):
            yield BREAK
            yield from _of_cell(name, value)
    yield BREAK
    yield from _of_entities(record.cells.get("entities", ""))


@lru_cache(maxsize=4_096)
def is_indexed(name: str, kind: str) -> bool:
    """Tell whether the words of a column are indexed, for a record of this kind."""
    if name in NAME_COLUMNS:
        return kind == "death"  # anybody else is living
    if name in COLUMNS:
        return name not in LEFT_OUT and name not in TIMES
    return _OF_PEOPLE.isdisjoint(name.casefold().split("_"))


@lru_cache(maxsize=4_096)
def is_place(name: str) -> bool:
    """Tell whether a column names a place."""
    further = name not in COLUMNS and not _OF_PLACES.isdisjoint(name.casefold().split("_"))
    return name == "place_key" or further


def place_terms(text: str) -> tuple[str, ...]:
    """Return the stems of a text as those of a place's name."""
    return tuple(f"zp{one}" for one in stems_of(text))


def _of_cell(name: str, value: str) -> Iterator[str]:
    if name in VOCABULARIES:
        for item in items_of(value):
            yield from _of_vocabulary(name, item)
            if name == "missing_items":
                yield "miss"
            yield BREAK
    elif name in SUBSTANCES:
        yield from (term for item in items_of(value) for term in _of_substance(item))
    elif name == "cause":
        yield from _of_text(value)
        yield from _of_cause(value)
    elif name == "references":
        yield from (term for item in items_of(value) for term in _of_reference(item))
    else:
        yield from _of_text(value)
        if is_place(name):
            yield BREAK
            yield from place_terms(value)


def _of_text(text: str) -> Iterator[str]:
    yield from stems_of(text)
    yield from (term for one in dates_in(text) for term in one.tokens())


@lru_cache(maxsize=8_192)
def _of_vocabulary(field: str, item: str) -> tuple[str, ...]:
    """Return the terms of one value of a field that has a vocabulary: its mark, label and words."""
    book = words(VOCABULARIES[field])
    known = book.canonical(item)
    if known is None:
        return stems_of(item)
    return (mark(book.name, known), *stems_of(book.label(known)))


@lru_cache(maxsize=8_192)
def _of_substance(item: str) -> tuple[str, ...]:
    known = substance_ids(item)
    own = stems_of(item)
    return own if known is None else (f"zs{compact(known)}", *stems_of(concept_label(known)), *own)


@lru_cache(maxsize=8_192)
def _of_cause(text: str) -> tuple[str, ...]:
    """Return the marks of the mechanism and the substances that a cause of death names."""
    reading = read_cause(text)
    mechanism = () if reading.mechanism is None else (f"zk{compact(reading.mechanism)}",)
    return (*mechanism, *(f"zs{compact(one)}" for one in reading.substances or ()))


def _of_reference(item: str) -> Iterator[str]:
    number = item.rpartition(":")[2]
    yield from (f"zid{one}" for one in {compact(item), compact(number)} if one)
    yield from stems_of(item)


def _of_entities(value: str) -> Iterator[str]:
    for item in items_of(value):
        kind, _, code = item.partition(":")[2].partition(":")
        if kind.strip() in THINGS and words_of(code):
            yield f"zid{compact(code)}"
            yield from stems_of(code)
