"""What is known of a record and since when: one line a fact, with all its times. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from clew.desk.ledger.clock import desk_now
from clew.desk.records.facts import items_of
from clew.desk.records.models import Case, Fact
from clew.desk.settings import CONFIGURATION
from clew.disclosure.words import aspect_word, clean, long_iso, plain
from clew.intake.cases.draft import Draft, Reading, Warnings
from clew.intake.cases.row_parsers import PARSERS, run_parsers
from clew.intake.cases.times import TimeReader
from clew.intake.prose.cause_text import substance_ids
from clew.model.case import Case as Noun
from clew.vocabulary.lexicon import concept_label
from clew.vocabulary.load import words

VOCABULARIES = {
    "premises": "premises",
    "scene": "scene",
    "missing_items": "missing_items",
    "posture": "posture",
    "lividity": "lividity",
    "clothing": "clothing",
    "injuries": "injuries",
    "body_state": "body_state",
    "category": "classes",
    "kind": "kinds",
    "manner": "manners",
}
"""Fields whose values are words of a vocabulary, and which one."""
BASIS = {
    "seen": "seen",
    "told": "told by someone",
    "tested": "tested",
    "inferred": "inferred",
    "withdrawn": "withdrawn",
}
NAMES = {
    "location_precision_m": "Location known to within, metres",
    "entities": "People, phones and places in it",
    "scene": "At the scene",
    "category": "Class",
    "premises": "Kind of place",
    "mentions": "Other records it names",
    "references": "Other numbers",
    "looked_for_and_absent": "Looked for and absent",
}
"""Fields whose own names are no plain words."""
SUBSTANCES = frozenset({"substances", "tested_for"})
APART = frozenset({"narrative", "scene_card"})
"""Told by itself, above the table."""


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One fact as people read it. `stands`: no later word of its field replaced it."""

    name: str
    value: str
    known: str
    recorded: str
    entered: datetime
    known_to: str
    basis: str
    source: str
    stands: bool


def say_value(name: str, value: str) -> str:
    """Return the words for a value: lists as people write them, ids as their labels."""
    if not value:
        return "withdrawn: not known"
    vocabulary = VOCABULARIES.get(name)
    items = items_of(value)
    if vocabulary is not None:
        book = words(vocabulary)
        found = [(item, book.canonical(item)) for item in items]
        return clean(", ".join(book.label(one) if one else plain(item) for item, one in found))
    if name in SUBSTANCES:
        found = [(item, substance_ids(item)) for item in items]
        return clean(", ".join(concept_label(one) if one else plain(item) for item, one in found))
    if name == "entities":
        return clean("; ".join(_entity(item) for item in items))
    return clean(long_iso(value))


def _entity(item: str) -> str:
    role, _, rest = item.partition(":")
    kind, _, code = rest.partition(":")
    return f"{plain(role)}: {plain(kind)} {code}" if code else item


def field_words(fields: Iterable[str]) -> tuple[str, ...]:
    """Return the names of fields as they stand in a sentence."""
    names = (NAMES.get(name) or aspect_word(name) for name in fields)
    return tuple(word[:1].lower() + word[1:] for word in names)


def lines_of(facts: Iterable[Fact]) -> list[TimelineLine]:
    """Return the facts in order of record, the field's last word marked.

    Where the facts file has any row of a field, the report's own cell of it counts no more.
    """
    held = [fact for fact in facts if fact.field not in APART]
    ruled = {fact.field for fact in held if fact.handed_in}
    held = [fact for fact in held if not (fact.from_report and fact.field in ruled)]
    held.sort(key=lambda fact: (fact.recorded_at, fact.pk))
    last_set = {fact.field: fact.pk for fact in held if fact.op == "set"}
    return [_line(fact, stands=fact.pk >= last_set.get(fact.field, 0)) for fact in held]


def _line(fact: Fact, *, stands: bool) -> TimelineLine:
    said = "withheld" if fact.erased_at else say_value(fact.field, fact.value)
    if fact.op == "withdraw":
        said = f"withdrawn: {said}"
    elif fact.op == "add":
        said = f"added: {said}"
    return TimelineLine(
        name=NAMES.get(fact.field) or aspect_word(fact.field),
        value=said,
        known=fact.known_at,
        recorded=fact.recorded_at,
        entered=fact.entered_at,
        known_to=clean(fact.known_to) or "not recorded",
        basis=BASIS.get(fact.basis, fact.basis) or "not recorded",
        source=clean(fact.source) or "not recorded",
        stands=stands,
    )


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """What became known together: when, to whom, how and from whom, and the facts themselves."""

    head: TimelineLine
    lines: tuple[TimelineLine, ...]


def together(lines: Iterable[TimelineLine]) -> list[TimelineEntry]:
    """Gather lines that came at one time from one source, in order of record."""
    gathered: dict[tuple[str, ...], list[TimelineLine]] = {}
    for line in lines:
        key = (line.recorded, line.known, line.known_to, line.basis, line.source)
        gathered.setdefault(key, []).append(line)
    return [TimelineEntry(group[0], tuple(group)) for group in gathered.values()]


def narratives_of(facts: Iterable[Fact]) -> list[TimelineLine]:
    """Return the free text of the report, and what was written later, in order of record.

    Where the facts file has any row of a field, the report's own cell of it counts no more. The
    words of a scene card are beside the report's, and do not replace them.
    """
    shown = [fact for fact in facts if fact.field in APART]
    ruled = {fact.field for fact in shown if fact.handed_in}
    shown = [fact for fact in shown if not (fact.from_report and fact.field in ruled)]
    last = {fact.field: fact.pk for fact in shown}
    return [_line(fact, stands=fact.pk == last[fact.field]) for fact in shown]


# A record of the desk as the noun that the rest of Clew speaks of.


def read_now(record: Case) -> Noun:
    """Return the record as its last fact left it; what cannot be read is missing."""
    return read_cells(record, record.texts.get("now", {}))


def read_cells(record: Case, cells: Mapping[str, str]) -> Noun:
    """Return a record with these cells, column by column; what cannot be read is missing."""
    texts = {name: value for name, value in cells.items() if name in PARSERS}
    extra = {name: value for name, value in cells.items() if name not in PARSERS}
    at = timezone.localtime(record.reported_at)
    to_the_minute = (at.hour, at.minute, at.second) != (23, 59, 59)  # a day alone ends then
    seconds = int(record.reported_at.timestamp())
    draft = Draft(0, record.case_id, seconds, to_the_minute, texts, extra)
    times = TimeReader(CONFIGURATION.timezone, int(desk_now().timestamp()))
    run_parsers(draft, Reading("the desk", times, Warnings()), tuple(sorted(texts)))
    return draft.case()
