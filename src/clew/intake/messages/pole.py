"""Police records as people, objects, locations and events with links between them (POLE).

The shape is our own, and open: see pole.schema.json beside this file and
docs/reference/standards.md.
Plain JSON, a list of objects whose names are columns, is read as a table of those columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clew.intake.cases.contract import COLUMNS, column_key
from clew.intake.messages.message import Later, MessageItem, MessageRecord, Oddities, RefusedError
from clew.intake.messages.trees import each, word, words
from clew.model.contract import LIST_COLUMNS
from clew.vocabulary.load import word_key

_LISTS = ("events", "persons", "objects", "locations", "links")
_KINDS = {
    "death": "death",
    "sudden_death": "death",
    "unexpected_death": "death",
    "homicide": "death",
    "missing": "missing_person",
    "missing_person": "missing_person",
}
"""What kinds of event are to the contract; all others are incidents that nobody died of."""
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
_LATER = ("field", "value", "op", "known_at", "recorded_at", "known_to", "basis", "source")
_MOST = 100_000
"""Things of one kind in one file, and rows of plain JSON."""
_LINKED = 1_000
"""Links of one event."""


def is_pole(tree: Any) -> bool:
    """Tell whether a tree is a POLE file: it has events, and no FHIR type."""
    return isinstance(tree, dict) and "events" in tree and not word(tree, "resourceType")


def plain_rows(tree: Any) -> list[Any] | None:
    """Return the rows of plain JSON: a list, or an object with `cases`; None for another shape.

    Raises
    ------
    RefusedError
        If there are more rows than one file can hold.

    """
    rows = tree if isinstance(tree, list) else None
    if (
        isinstance(tree, dict)
        and isinstance(tree.get("cases"), list)
        and "resourceType" not in tree
    ):
        rows = tree["cases"]
    if rows is not None:
        if len(rows) > _MOST:
            raise RefusedError(
                f"more than {_MOST:,} rows", "Split it, or write a line a row (NDJSON)"
            )
        return rows
    if not isinstance(tree, dict) or "resourceType" in tree:
        return None
    return [tree] if any(column_key(str(name)) == "case_id" for name in tree) else None


def read_row(file: str, row: Any, place: str) -> MessageItem:
    """Return one object of plain JSON as a record: a name is a column, a list has `;` between."""
    if not isinstance(row, dict):
        reason = f"{place} is no object with names. Give one object a case"
        return MessageItem(file, None, reason, place=place)
    odd = Oddities()
    record = MessageRecord()
    for name, value in row.items():
        key = column_key(str(name))
        _put(record, key if key in COLUMNS else " ".join(str(name).split()), value, (odd, place))
    return _item(file, record, odd, place)


def _item(file: str, record: MessageRecord, odd: Oddities, place: str) -> MessageItem:
    record.versioned = False
    record.ids = tuple(filter(None, [record.texts.get("case_id", "")]))
    record.at = record.texts.get("reported_at", "")
    return MessageItem(file, record, odd=tuple(odd.found), place=place)


def _put(record: MessageRecord, column: str, value: Any, where: tuple[Oddities, str]) -> None:
    odd, place = where
    if isinstance(value, dict):
        odd.note(
            f"{place}.{column}",
            "an object where a text should stand; not read",
            "Give a text, a number or a list of them",
            value,
        )
    elif isinstance(value, list):
        told = [text.replace(";", ",") for text in words({"_": value}, "_")]
        if len(told) < len([one for one in value if one is not None]):
            odd.note(f"{place}.{column}", "elements of the list that are no texts were left out")
        empty = "none" if column in LIST_COLUMNS and not value else ""
        record.put(column, "; ".join(told) or empty)
    elif value is not None:
        record.put(column, word([value]))


def read_pole(file: str, tree: dict[str, Any], odd: Oddities) -> Iterator[MessageItem]:
    """Yield one item an event; what is linked to it becomes its person, place and entities.

    Raises
    ------
    RefusedError
        If there are no events, or more of a kind than a file can hold.

    """
    by_id: dict[str, tuple[str, dict[str, Any]]] = {}
    for kind in _LISTS[:4]:
        found = each(tree, kind)
        if len(found) > _MOST:
            raise RefusedError(f"more than {_MOST:,} {kind}", "Split the file")
        for number, one in enumerate(found):
            own = word(one, "id")
            if not isinstance(one, dict) or not own:
                if kind != "events":
                    odd.note(
                        f"{kind}[{number}]", "a thing without an id was left out", "Give an id"
                    )
                continue
            if own in by_id:
                odd.note(
                    f"{kind}[{number}].id",
                    "an id that is there already; the first stands",
                    "Give each thing an id of its own",
                    own,
                )
            by_id.setdefault(own, (kind, one))
    if not each(tree, "events"):
        raise RefusedError("a POLE file without events: it holds no record", "Have it sent whole")
    links = _links_by_event(tree, odd)
    for number, event in enumerate(each(tree, "events")):
        place = f"events[{number}]"
        if not isinstance(event, dict) or not word(event, "id"):
            yield MessageItem(file, None, f"{place} has no id. Give each event an id", place=place)
            continue
        found_odd = Oddities(list(odd.found) if number == 0 else [])
        record = _event(event, place, found_odd)
        record.texts.setdefault("agency", word(tree, "agency"))
        _take_place(record, event, by_id, (found_odd, place))
        for link in links.get(word(event, "id"), []):
            _take_link(record, link, by_id, found_odd)
        record.texts = {name: text for name, text in record.texts.items() if text}
        yield _item(file, record, found_odd, place)


def _links_by_event(tree: dict[str, Any], odd: Oddities) -> dict[str, list[tuple[str, Any]]]:
    events = {word(event, "id") for event in each(tree, "events")}
    found: dict[str, list[tuple[str, Any]]] = {}
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
        own = found.setdefault(event, [])
        if len(own) < _LINKED:
            own.append((place, link))
        else:
            odd.note(place, f"more than {_LINKED:,} links of one event; the others were left out")
    return found


def _event(event: dict[str, Any], place: str, odd: Oddities) -> MessageRecord:
    record = MessageRecord()
    for name, value in event.items():
        key = column_key(str(name))
        if key in {"history", "location", "type", "id"}:
            continue
        _put(record, key if key in COLUMNS else " ".join(str(name).split()), value, (odd, place))
    kind = word_key(word(event, "type"))
    record.put("kind", record.texts.get("kind") or _KINDS.get(kind, "non_fatal" if kind else ""))
    if record.texts.get("kind") == "non_fatal":
        record.put("allegation", record.texts.get("allegation") or kind)
    record.texts["case_id"] = word(event, "id")
    for number, told in enumerate(each(event, "history")):
        one = {name: word(told, name) for name in _LATER}
        if not one["field"] or not one["known_at"]:
            odd.note(
                f"{place}.history[{number}]",
                "a fact needs a field and known_at; left out",
                "Give field, value and known_at",
                told,
            )
            continue
        if isinstance(told, dict) and isinstance(told.get("value"), list):
            one["value"] = "; ".join(words(told, "value"))
        record.later.append(Later(**one | {"op": one["op"] or "set"}))
    return record


Things = dict[str, tuple[str, dict[str, Any]]]


def _take_link(record: MessageRecord, link: tuple[str, Any], by_id: Things, odd: Oddities) -> None:
    place, told = link
    target, role = word(told, "to"), word_key(word(told, "role"))
    kind, thing = by_id.get(target, ("", {}))
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
        _take_location(record, thing)
    elif kind == "persons" and role in _THE_PERSON:
        for name in _OF_PERSON:
            record.put(name, record.texts.get(name) or word(thing, name))
        for name in thing:
            if name.startswith("group_"):
                record.put(name, word(thing, name))
    else:
        what = "person" if kind == "persons" else word_key(word(thing, "type")) or "object"
        code = word(thing, "code") or target
        entity = f"{role or 'contact'}:{what}:{code}".replace(";", ",")
        _add(record, "entities", entity)


def _take_place(
    record: MessageRecord, event: dict[str, Any], by_id: Things, where: tuple[Oddities, str]
) -> None:
    """Take the location that an event names itself: an id of the file, or an object."""
    odd, place = where
    own = event.get("location")
    if isinstance(own, dict):
        _take_location(record, own)
    elif name := word([own]):
        kind, thing = by_id.get(name, ("", {}))
        if kind == "locations":
            _take_location(record, thing)
        else:
            odd.note(f"{place}.location", "a location that is not in the file", "Send it", name)


def _add(record: MessageRecord, column: str, element: str) -> None:
    held = record.texts.get(column, "")
    if element not in held.split("; "):
        record.put(column, f"{held}; {element}" if held else element)


def _take_location(record: MessageRecord, thing: dict[str, Any]) -> None:
    for theirs, ours in _OF_LOCATION.items():
        record.put(ours, record.texts.get(ours) or word(thing, theirs))
