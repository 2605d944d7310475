"""Police records as people, objects, locations and events with links between them (POLE).

The shape is our own, and open: see pole.schema.json beside this file and
docs/reference/standards.md.
Plain JSON, a list of objects whose names are columns, is read as a table of those columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clew.intake.cases.contract import COLUMNS, column_key
from clew.intake.messages.message import (
    DatedField,
    MessageItem,
    MessageRecord,
    Oddities,
    RefusedError,
)
from clew.intake.messages.trees import each, word, words
from clew.model.contract import LIST_COLUMNS
from clew.vocabulary.load import word_key

_LISTS = ("events", "persons", "objects", "locations")
_KINDS = {
    "death": "death",
    "sudden_death": "death",
    "unexpected_death": "death",
    "homicide": "death",
    "missing": "missing_person",
    "missing_person": "missing_person",
}
"""Kinds of event as kinds of case; all others are incidents that nobody died of."""
_THE_PERSON = frozenset({"deceased", "subject", "victim", "decedent", "missing_person"})
_OF_PERSON = ("sex", "age_years", "home_latitude", "home_longitude", "identity_status", "known_as")
_OF_LOCATION = {
    "latitude": "latitude",
    "longitude": "longitude",
    "precision_m": "location_precision_m",
    "premises": "premises",
    "place_key": "place_key",
    "uprn": "place_key",
    "area": "area",
}
_READ_APART = frozenset({"history", "location", "type", "id"})
"""Names of an event that are no columns."""
_DATED = ("field", "value", "op", "known_at", "recorded_at", "known_to", "basis", "source")
_MOST = 100_000
"""Things of one kind in one file, and rows of plain JSON."""
_LINKED = 1_000
"""Links of one event."""
Things = dict[str, tuple[str, dict[str, Any]]]
"""What a file names, by id: its kind, and the thing itself."""


def plain_rows(tree: Any) -> list[Any] | None:
    """Return the rows of plain JSON: a list, or an object with `cases`; None for another shape.

    Raises
    ------
    RefusedError
        If there are more rows than one file can have.

    """
    if isinstance(tree, dict) and "resourceType" in tree:
        return None
    rows = tree.get("cases") if isinstance(tree, dict) else tree
    if isinstance(rows, list):
        if len(rows) > _MOST:
            raise RefusedError(
                f"more than {_MOST:,} rows", "Split it, or write a line a row (NDJSON)"
            )
        return rows
    is_row = isinstance(tree, dict) and any(column_key(str(name)) == "case_id" for name in tree)
    return [tree] if is_row else None


def read_row(file: str, row: Any, place: str) -> MessageItem:
    """Return one object of plain JSON as a record: a name is a column, a list has `;` between."""
    if not isinstance(row, dict):
        reason = f"{place} is not an object with names. Give one object per case"
        return MessageItem(file, None, reason, place=place)
    odd, record = Oddities(), MessageRecord()
    _put_columns(record, row, place, odd)
    return _item(file, record, odd, place)


def _item(file: str, record: MessageRecord, odd: Oddities, place: str) -> MessageItem:
    record.versioned = False
    record.ids = tuple(filter(None, [record.texts.get("case_id", "")]))
    record.at = record.texts.get("reported_at", "")
    return MessageItem(file, record, odd=tuple(odd.found), place=place)


def _put_columns(
    record: MessageRecord,
    cells: dict[str, Any],
    place: str,
    odd: Oddities,
    apart: frozenset[str] = frozenset(),
) -> None:
    """Set a column for every name of an object, but for those that are read apart."""
    for name, value in cells.items():
        key = column_key(str(name))
        column = key if key in COLUMNS else " ".join(str(name).split())
        if key in apart or value is None:
            continue
        if isinstance(value, dict):
            odd.note(
                f"{place}.{column}",
                "an object where a text should be; not read",
                "Give a text, a number or a list of them",
                value,
            )
        elif isinstance(value, list):
            texts = [text.replace(";", ",") for text in words({"_": value}, "_")]
            if len(texts) < len([element for element in value if element is not None]):
                reason = "elements of the list that are not texts were left out"
                odd.note(f"{place}.{column}", reason)
            empty = "none" if column in LIST_COLUMNS and not value else ""
            record.put(column, "; ".join(texts) or empty)
        else:
            record.put(column, word([value]))


def read_pole(file: str, tree: dict[str, Any], odd: Oddities) -> Iterator[MessageItem]:
    """Yield one item an event; what is linked to it becomes its person, place and entities.

    Raises
    ------
    RefusedError
        If there are no events, or more of a kind than a file can have.

    """
    things = _things_by_id(tree, odd)
    events = each(tree, "events")
    if not events:
        raise RefusedError("a POLE file without events: it has no record", "Have it sent whole")
    links = _links_by_event(tree, {word(event, "id") for event in events}, odd)
    for number, event in enumerate(events):
        place = f"events[{number}]"
        if not isinstance(event, dict) or not word(event, "id"):
            yield MessageItem(file, None, f"{place} has no id. Give each event an id", place=place)
            continue
        event_odd = Oddities(list(odd.found) if number == 0 else [])
        record = MessageRecord()
        _put_columns(record, event, place, event_odd, _READ_APART)
        kind = word_key(word(event, "type"))
        by_type = _KINDS.get(kind, "non_fatal" if kind else "")
        record.put("kind", record.texts.get("kind") or by_type)
        if record.texts.get("kind") == "non_fatal":
            record.put("allegation", record.texts.get("allegation") or kind)
        record.texts["case_id"] = word(event, "id")
        for line, fact in enumerate(each(event, "history")):
            cells = {name: word(fact, name) for name in _DATED}
            if not cells["field"] or not cells["known_at"]:
                event_odd.note(
                    f"{place}.history[{line}]",
                    "a fact needs a field and known_at; left out",
                    "Give field, value and known_at",
                    fact,
                )
                continue
            if isinstance(fact, dict) and isinstance(fact.get("value"), list):
                cells["value"] = "; ".join(words(fact, "value"))
            record.later.append(DatedField(**cells | {"op": cells["op"] or "set"}))
        record.texts.setdefault("agency", word(tree, "agency"))
        location = event.get("location")
        if isinstance(location, dict):
            _put_location(record, location)
        elif name := word([location]):
            kind, thing = things.get(name, ("", {}))
            if kind == "locations":
                _put_location(record, thing)
            else:
                reason = "a location that is not in the file"
                event_odd.note(f"{place}.location", reason, "Send it", name)
        for link_place, link in links.get(word(event, "id"), []):
            _put_linked(record, link, link_place, things, event_odd)
        record.texts = {name: text for name, text in record.texts.items() if text}
        yield _item(file, record, event_odd, place)


def _things_by_id(tree: dict[str, Any], odd: Oddities) -> Things:
    things: Things = {}
    for kind in _LISTS:
        listed = each(tree, kind)
        if len(listed) > _MOST:
            raise RefusedError(f"more than {_MOST:,} {kind}", "Split the file")
        for number, thing in enumerate(listed):
            own = word(thing, "id")
            if not isinstance(thing, dict) or not own:
                if kind != "events":
                    reason = "a thing without an id was left out"
                    odd.note(f"{kind}[{number}]", reason, "Give an id")
                continue
            if own in things:
                odd.note(
                    f"{kind}[{number}].id",
                    "an id that was used already; the first is kept",
                    "Give each thing an id of its own",
                    own,
                )
            things.setdefault(own, (kind, thing))
    return things


def _links_by_event(
    tree: dict[str, Any], events: set[str], odd: Oddities
) -> dict[str, list[tuple[str, Any]]]:
    links: dict[str, list[tuple[str, Any]]] = {}
    if len(each(tree, "links")) > 5 * _MOST:
        raise RefusedError(f"more than {5 * _MOST:,} links", "Split the file")
    for number, link in enumerate(each(tree, "links")):
        place = f"links[{number}]"
        event = word(link, "event")
        if event not in events or not word(link, "to"):
            odd.note(
                place,
                "a link from no event, or to nothing, was left out",
                "Give event and to, both ids of this file",
                link,
            )
            continue
        own = links.setdefault(event, [])
        if len(own) < _LINKED:
            own.append((place, link))
        else:
            odd.note(place, f"more than {_LINKED:,} links of one event; the others were left out")
    return links


def _put_linked(
    record: MessageRecord, link: Any, place: str, things: Things, odd: Oddities
) -> None:
    """Set what one link adds to its event: a case, a place, the person, or an entity."""
    target, role = word(link, "to"), word_key(word(link, "role"))
    kind, thing = things.get(target, ("", {}))
    if not kind:
        odd.note(
            f"{place}.to",
            "a link to what is not in the file was left out",
            "Send what it leads to",
            target,
        )
    elif kind == "events":
        _add(record, "mentions", target)
    elif kind == "locations":
        _put_location(record, thing)
    elif kind == "persons" and role in _THE_PERSON:
        for name in _OF_PERSON:
            record.put(name, record.texts.get(name) or word(thing, name))
        for name in thing:
            if name.startswith("group_"):
                record.put(name, word(thing, name))
    else:
        what = "person" if kind == "persons" else word_key(word(thing, "type")) or "object"
        entity = f"{role or 'contact'}:{what}:{word(thing, 'code') or target}"
        _add(record, "entities", entity.replace(";", ","))


def _add(record: MessageRecord, column: str, element: str) -> None:
    elements = record.texts.get(column, "")
    if element not in elements.split("; "):
        record.put(column, f"{elements}; {element}" if elements else element)


def _put_location(record: MessageRecord, thing: dict[str, Any]) -> None:
    for theirs, ours in _OF_LOCATION.items():
        record.put(ours, record.texts.get(ours) or word(thing, theirs))
