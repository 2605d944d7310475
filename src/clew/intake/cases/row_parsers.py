"""What is made of which columns of a row, and how each is read; prose fills what is blank."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from clew.intake.cases.cleaning import (
    is_finding,
    missing_cause,
    says_none,
    split_list,
)
from clew.intake.cases.column_plan import FURTHER, SUBSTANCE_TEXT, WINDOW_TEXT
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.quantities import read_age, read_degrees, read_metres
from clew.intake.cases.times import FillerTimeError, TimeReading
from clew.intake.cases.window_text import read_window_text
from clew.intake.cases.words import read_codes, read_entity, read_words
from clew.intake.prose.cause_text import read_cause
from clew.intake.prose.prose_fact import Report
from clew.intake.prose.read import PROSE_FIELDS, held_values, read_narrative
from clew.model.case import Entity, Kind
from clew.model.values import MissingCause, Point, TimeWindow
from clew.vocabulary.load import word_key, words

OLDEST_YEARS = 130
"""Years of age beyond which an age is a slip; the oldest proven age is 122."""
LIFESTYLE = "lifestyle_words"
"""Name of the plain fact that keeps lifestyle words, which are no scene features."""
_T = TypeVar("_T")
FROM_PROSE = "read_from_narrative"
"""Name of the plain fact that lists the columns which nobody typed and nobody has confirmed."""
VOCABULARIES = {
    "kind": "kinds",
    "sex": "sexes",
    "premises": "premises",
    "identity_status": "identity",
    "category": "classes",
    "manner": "manners",
}
"""The vocabulary of each column of one word."""
_YES_NO = {"yes": True, "y": True, "true": True, "1": True}
_YES_NO |= {"no": False, "n": False, "false": False, "0": False}
CLOSED = frozenset({"kind", "sex"})
"""Columns that take no word from outside their vocabulary."""


def read_text(draft: Draft, _reading: Reading, column: str) -> None:
    """Keep a column's text as it is."""
    draft.put(column, draft.text(column))


def read_word(draft: Draft, reading: Reading, column: str) -> None:
    """Read one word. One that no vocabulary knows is kept and counted; a closed one rejects it."""
    vocabulary = words(VOCABULARIES[column])
    known = vocabulary.canonical(draft.texts.get(column, ""))
    if known is None and (text := draft.text(column)) is not None:
        if column in CLOSED:
            draft.reject(column, f"not one of {', '.join(vocabulary.ids)}")
        else:
            known = word_key(text) or None
            _count_unknown(reading, column, known)
    draft.put(column, Kind(known) if known and column == "kind" else known)


def read_list(draft: Draft, reading: Reading, column: str) -> None:
    """Read a list of words; `none` is the empty list. Lifestyle words are no scene features."""
    values = _list_words(draft, reading, column)
    if column == "scene":
        lifestyle = words("scene").lifestyle
        apart = tuple(word for word in values or () if word in lifestyle)
        draft.put_extra(LIFESTYLE, "; ".join(apart) or None)
        for word in apart:
            reading.notes.count("scene: lifestyle words, held apart from the scene", word)
        if values and apart:
            values = tuple(word for word in values if word not in lifestyle) or None
    draft.put(column, values)


def read_written(draft: Draft, _reading: Reading, column: str) -> None:
    """Read a list as it is written: codes (`none` is the empty list), or further evidence.

    Further evidence is categorical, words `name: value` as a mapping names it.
    """
    text = draft.texts.get(column, "")
    if column == FURTHER:
        draft.put("further", tuple(sorted(set(text.split("\n")))) if text else None)
    else:
        draft.put(column, () if says_none(text) else read_codes(text) or None)


def read_entities(draft: Draft, reading: Reading, column: str) -> None:
    """Read `role:type:code` elements; one of another shape is rejected, the others kept."""
    text = draft.texts.get(column, "")
    entities: set[Entity] = set()
    for element in split_list(text):
        if says_none(element) or missing_cause(element) is not None:
            continue
        entity = read_entity(element)
        if entity is not None and missing_cause(entity.code) is not None:
            reading.notes.count("entities: a filler in place of a code, left out", element)
            continue
        if entity is None:
            draft.reject(column, "not of the shape role:type:code", element, partial=True)
            continue
        entities.add(entity)
        if entity.role not in words("roles").ids:
            _count_unknown(reading, "entities, role", entity.role)
        if entity.type not in words("entity_types").ids:
            _count_unknown(reading, "entities, type", entity.type)
    draft.put(column, tuple(sorted(entities)) or (() if says_none(text) else None))


def read_value(draft: Draft, reading: Reading, column: str) -> None:
    """Read one value: an age in decimal years (0 to 130), a moved body, a time last seen alive.

    Of a time that is a date alone, the beginning of that day counts.
    """
    value: object = None
    if column == "moved_after_death":
        text = draft.text(column)
        value = None if text is None else _YES_NO.get(text.casefold())
        if value is None and text is not None:
            draft.reject(column, "neither yes nor no nor unknown")
    elif column == "last_seen_alive":
        moment = _moment(draft, reading, column, column)
        value = None if moment is None else moment.start
    elif (age := _parsed(draft, column, column, read_age, numeric=True)) is not None:
        if 0 <= age <= OLDEST_YEARS:
            value = age
        else:
            draft.reject(column, f"an age outside 0 to {OLDEST_YEARS} years")
    draft.put(column, value)


def read_point(draft: Draft, _reading: Reading, column: str) -> None:
    """Read a point out of two columns, where it happened or the home; (0, 0) is a placeholder."""
    home = column.startswith("home_")
    attribute, prefix = ("home", "home_") if home else ("point", "")
    latitude, longitude = f"{prefix}latitude", f"{prefix}longitude"
    north, east = _degrees(draft, latitude, attribute), _degrees(draft, longitude, attribute)
    radius = None if home else _parsed(draft, "location_precision_m", "", read_metres, numeric=True)
    if radius is not None and radius < 0:
        draft.reject(
            "location_precision_m", "a precision is a radius in metres and cannot be negative"
        )
        radius = None
    point = None
    for name, degrees, limit in ((latitude, north, 90), (longitude, east, 180)):
        if degrees is not None and abs(degrees) > limit:
            reason = f"outside -{limit} to {limit} degrees"
            if limit == 90 and east is not None and abs(east) <= 90 and abs(degrees) <= 180:
                reason += "; exchanged with longitude it would be a place"
            draft.reject(name, reason)
            draft.put(attribute, None)
            return
    if north == 0 and east == 0:
        draft.missing[attribute] = MissingCause.PLACEHOLDER
    elif north is not None and east is not None:
        point = Point(north, east, radius)
    elif (latitude in draft.texts) != (longitude in draft.texts):
        given = latitude if latitude in draft.texts else longitude
        draft.reject(given, "a point needs both latitude and longitude", partial=True)
    draft.put(attribute, point)


def read_window(draft: Draft, reading: Reading, _column: str) -> None:
    """Read when it happened: from `earliest` to `latest`, days alone counting whole.

    `earliest` alone reaches up to the report; `latest` alone makes no window and is kept as a
    plain fact. No window ends after the report: a last day or hour that goes on after it is cut
    there, one that begins after it is refused. A window that a source typed as text counts where
    neither column has a value.
    """
    first = _moment(draft, reading, "earliest", "window")
    last = _moment(draft, reading, "latest", "window")
    draft.put_extra("latest", None if last is None or first is not None else draft.texts["latest"])
    draft.put("window", None)
    if first is not None:
        if last is not None and last.start > draft.reported_at >= first.start:
            draft.reject("latest", "after the report")
            last = None
        begins = first.start
        ends = draft.reported_at if last is None else min(last.end, draft.reported_at)
        if begins > draft.reported_at:
            draft.reject("earliest", "after the report")
        elif begins <= ends:
            draft.put("window", TimeWindow(begins, ends))
        else:
            draft.reject("latest", "the window ends before it begins")
    elif last is None and reading.window and (text := draft.text(WINDOW_TEXT, "window")):
        try:
            window = read_window_text(text, reading.window, reading.times, draft.reported_at)
            draft.put("window", window)
        except ValueError as fault:
            draft.reject(reading.window.column, str(fault), text)
    if "window" in draft.attributes:
        draft.missing.pop("window", None)


def read_cause_and_substances(draft: Draft, reading: Reading, _column: str) -> None:
    """Read the cause, its mechanism, and the substances; a blank list is filled from the text."""
    written = draft.texts.get("cause", "")
    cause = written if is_finding(written) else draft.text("cause")
    draft.put("cause", cause)
    draft.put("mechanism", None if cause is None else read_cause(cause).mechanism)
    substances = _list_words(draft, reading, "substances")
    if substances is None:
        texts = [text for text in (cause, draft.texts.get(SUBSTANCE_TEXT)) if text]
        named = {name for text in texts for name in read_cause(text).substances or ()}
        substances = tuple(sorted(named)) or None
        if substances:
            draft.missing.pop("substances", None)
    draft.put("substances", substances)


def _list_words(draft: Draft, reading: Reading, column: str) -> tuple[str, ...] | None:
    """Return a list column's words, or None if it is missing."""
    text = draft.texts.get(column)
    if text is not None and says_none(text):
        return ()
    if text is None or draft.text(column) is None:
        return None
    known, unknown = read_words(column, text)
    for word in unknown:
        _count_unknown(reading, column, word)
    return known or None


def _count_unknown(reading: Reading, column: str, word: str | None) -> None:
    reading.notes.count(f"{column}: words that are not in the vocabulary, kept", word or "")


def _degrees(draft: Draft, column: str, attribute: str) -> float | None:
    letters = "NS" if column.endswith("latitude") else "EW"
    return _parsed(draft, column, attribute, partial(read_degrees, letters=letters), numeric=True)


def _moment(draft: Draft, reading: Reading, column: str, attribute: str) -> TimeReading | None:
    read = partial(reading.times.read, column=column, not_after=draft.reported_at)
    return _parsed(draft, column, attribute, read)


def _parsed(
    draft: Draft, column: str, attribute: str, parse: Callable[[str], _T], *, numeric: bool = False
) -> _T | None:
    """Return what a column's text means, None where it is missing or rejected."""
    text = draft.text(column, attribute, numeric=numeric)
    if text is None:
        return None
    try:
        return parse(text)
    except FillerTimeError:
        draft.missing[attribute or column] = MissingCause.PLACEHOLDER
        return None
    except ValueError as fault:
        draft.reject(column, str(fault))
        return None


Parser = Callable[[Draft, Reading, str], None]
_TABLE: tuple[tuple[str, Parser, tuple[str, ...]], ...] = (
    (" ".join(VOCABULARIES), read_word, ()),
    ("place_key agency area manner_said_by allegation allegation_status narrative", read_text, ()),
    ("posture lividity clothing injuries body_state tested_for scene missing_items", read_list, ()),
    ("mentions references", read_written, ()),
    ("entities", read_entities, ()),
    ("age_years moved_after_death last_seen_alive", read_value, ()),
    (FURTHER, read_written, ()),
    (f"earliest latest {WINDOW_TEXT}", read_window, ("window",)),
    (
        "latitude longitude location_precision_m",
        read_point,
        ("point", "location_precision_m"),
    ),
    ("home_latitude home_longitude", read_point, ("home",)),
    (f"cause substances {SUBSTANCE_TEXT}", read_cause_and_substances, ("cause", "substances")),
)
PARSERS = {
    column: (parser, missing or (column,))
    for columns, parser, missing in _TABLE
    for column in columns.split()
}
"""Column -> what reads it, and the keys of `Case.missing` that this sets again.

Columns of the same keys are read together, once.
"""


def run_parsers(draft: Draft, reading: Reading, columns: tuple[str, ...]) -> None:
    """Read the given columns of a draft; its prose fills what is then blank."""
    for column in filter(None, draft.extra.pop(FROM_PROSE, "").split("; ")):
        draft.put(column, None)  # an earlier reading of the prose had filled it
    done: set[tuple[str, ...]] = set()
    for column in columns:
        parser, keys = PARSERS[column]
        if keys not in done:
            done.add(keys)
            for key in keys:
                draft.missing.pop(key, None)
            parser(draft, reading, column)
    if not draft.texts.get("narrative"):
        return
    # The narrative fills the columns that are blank and that no fact rules.
    report = Report.from_instant(draft.case_id, draft.reported_at, reading.times.timezone)
    values = held_values(read_narrative(draft.texts["narrative"], report))
    filled = []
    for column in PROSE_FIELDS:
        ruled = column in draft.ruled or draft.attributes.get(column) is not None
        if ruled or column not in values:
            continue
        if column == "last_seen_alive":
            try:
                seen = reading.times.read(values[column][0], column).start
            except ValueError:
                continue
            if seen > draft.reported_at:
                continue
            draft.put(column, seen)
        else:
            said: Iterable[Any] = values[column]
            if column == "entities":
                said = filter(None, map(read_entity, said))
            draft.put(column, tuple(sorted(set(said))) or None)
        draft.missing.pop(column, None)
        filled.append(column)
        reading.notes.count("read from the narrative, not confirmed by anyone", column)
    draft.put_extra(FROM_PROSE, "; ".join(filled) or None)
