"""What is made of which columns: the parts of a row, and how each is read."""

from __future__ import annotations

from clew.intake.cases.cleaning import read_number, read_yes_no
from clew.intake.cases.column_plan import FURTHER, SUBSTANCE_TEXT, WINDOW_TEXT
from clew.intake.cases.draft import Draft, Reading
from clew.intake.cases.times import TimeReading
from clew.intake.cases.window_text import read_window_text
from clew.intake.cases.words import (
    Part,
    closed_word_part,
    codes_part,
    list_words,
    read_entities,
    text_part,
    word_part,
    words_part,
)
from clew.intake.prose.cause_text import read_cause
from clew.intake.prose.readings_csv import empty_prose, fill_from_prose
from clew.model.values import DAY, MissingCause, Point, TimeWindow

OLDEST_YEARS = 130
"""Years of age beyond which an age is a slip; the oldest proven age is 122."""


def read_age(draft: Draft, _reading: Reading) -> None:
    """Read an age in decimal years, 0 to 130."""
    age = _number(draft, "age_years", "age_years")
    if age is not None and not 0 <= age <= OLDEST_YEARS:
        draft.reject("age_years", f"an age outside 0 to {OLDEST_YEARS} years")
        age = None
    draft.put("age_years", age)


def read_moved(draft: Draft, _reading: Reading) -> None:
    """Read whether the body was moved after death."""
    text, moved = draft.text("moved_after_death"), None
    if text is not None:
        try:
            moved = read_yes_no(text)
        except ValueError as fault:
            draft.reject("moved_after_death", str(fault))
    draft.put("moved_after_death", moved)


def read_last_seen(draft: Draft, reading: Reading) -> None:
    """Read when the person was last seen alive; a date alone bounds it by that day's beginning."""
    moment = _moment(draft, reading, "last_seen_alive", "last_seen_alive")
    draft.put("last_seen_alive", None if moment is None else moment.start)


def point_part(attribute: str, latitude: str, longitude: str, precision: str | None) -> Part:
    """Return the part that reads a point out of two columns; (0, 0) is a placeholder."""

    def read_point(draft: Draft, _reading: Reading) -> None:
        north, east = _number(draft, latitude, attribute), _number(draft, longitude, attribute)
        radius = None if precision is None else _number(draft, precision, "")
        if precision is not None and radius is not None and radius < 0:
            draft.reject(precision, "a precision is a radius in metres and cannot be negative")
            radius = None
        point = None
        for column, degrees, limit in ((latitude, north, 90), (longitude, east, 180)):
            if degrees is not None and abs(degrees) > limit:
                draft.reject(column, f"outside -{limit} to {limit} degrees")
                draft.put(attribute, None)
                return
        if north == 0 and east == 0:
            draft.missing[attribute] = MissingCause.PLACEHOLDER
        elif north is not None and east is not None:
            point = Point(north, east, radius)
        elif (latitude in draft.texts) != (longitude in draft.texts):
            column = latitude if latitude in draft.texts else longitude
            draft.reject(column, "a point needs both latitude and longitude", partial=True)
        draft.put(attribute, point)

    return read_point


def read_window(draft: Draft, reading: Reading) -> None:
    """Read when it happened: from `earliest` to `latest`, days alone counting whole.

    `earliest` alone reaches up to the report; `latest` alone makes no window and is kept as a
    plain fact. A window that a source typed as text counts where neither column holds a value.
    """
    first = _moment(draft, reading, "earliest", "window")
    last = _moment(draft, reading, "latest", "window")
    draft.put_extra("latest", None if last is None or first is not None else draft.texts["latest"])
    draft.put("window", None)
    if first is not None:
        begins, ends = first.start, draft.reported_at if last is None else last.end
        column = "earliest" if last is None else "latest"
        if begins > draft.reported_at + DAY:
            draft.reject("earliest", "more than a day after the report")
        elif begins <= ends:
            draft.put("window", TimeWindow(begins, ends))
        elif last is None:
            draft.put("window", TimeWindow(begins, begins if first.has_clock else first.end))
        else:
            draft.reject(column, "the window ends before it begins")
    elif last is None and reading.window and (text := draft.text(WINDOW_TEXT, "window")):
        try:
            draft.put(
                "window",
                read_window_text(text, reading.window, reading.times, draft.reported_at),
            )
        except ValueError as fault:
            draft.reject(reading.window.column, str(fault), text)
    if "window" in draft.attributes:
        draft.missing.pop("window", None)


def read_further(draft: Draft, _reading: Reading) -> None:
    """Read further categorical evidence as a mapping names it: words `name: value`, as written."""
    told = draft.texts.get(FURTHER)
    draft.put("further", tuple(sorted(set(told.split("\n")))) if told else None)


def read_cause_and_substances(draft: Draft, reading: Reading) -> None:
    """Read the cause, its mechanism, and the substances; a blank list is filled from the text."""
    cause = draft.text("cause")
    draft.put("cause", cause)
    draft.put("mechanism", None if cause is None else read_cause(cause).mechanism)
    substances = list_words("substances", draft, reading)
    if substances is None:
        texts = [text for text in (cause, draft.texts.get(SUBSTANCE_TEXT)) if text]
        named = {name for text in texts for name in read_cause(text).substances or ()}
        substances = tuple(sorted(named)) or None
        if substances:
            draft.missing.pop("substances", None)
    draft.put("substances", substances)


def _number(draft: Draft, column: str, attribute: str) -> float | None:
    text = draft.text(column, attribute or column, numeric=True)
    if text is None:
        return None
    try:
        return read_number(text)
    except ValueError as fault:
        draft.reject(column, str(fault))
        return None


def _moment(draft: Draft, reading: Reading, column: str, attribute: str) -> TimeReading | None:
    text = draft.text(column, attribute)
    if text is None:
        return None
    try:
        return reading.times.read(text, column, not_after=draft.reported_at)
    except ValueError as fault:
        draft.reject(column, str(fault))
        return None


_POINT = point_part("point", "latitude", "longitude", "location_precision_m")
_HOME = point_part("home", "home_latitude", "home_longitude", None)

PARTS: dict[str, tuple[Part, tuple[str, ...]]] = {
    "kind": (closed_word_part("kind", "kinds"), ("kind",)),
    "earliest": (read_window, ("window",)),
    "latest": (read_window, ("window",)),
    WINDOW_TEXT: (read_window, ("window",)),
    "latitude": (_POINT, ("point", "location_precision_m")),
    "longitude": (_POINT, ("point", "location_precision_m")),
    "location_precision_m": (_POINT, ("point", "location_precision_m")),
    "home_latitude": (_HOME, ("home",)),
    "home_longitude": (_HOME, ("home",)),
    "premises": (word_part("premises", "premises"), ("premises",)),
    "age_years": (read_age, ("age_years",)),
    "sex": (closed_word_part("sex", "sexes"), ("sex",)),
    "moved_after_death": (read_moved, ("moved_after_death",)),
    "identity_status": (word_part("identity_status", "identity"), ("identity_status",)),
    "last_seen_alive": (read_last_seen, ("last_seen_alive",)),
    "category": (word_part("category", "classes"), ("category",)),
    "manner": (word_part("manner", "manners"), ("manner",)),
    "cause": (read_cause_and_substances, ("cause", "substances")),
    "substances": (read_cause_and_substances, ("cause", "substances")),
    SUBSTANCE_TEXT: (read_cause_and_substances, ("cause", "substances")),
    FURTHER: (read_further, ("further",)),
    "entities": (read_entities, ("entities",)),
} | {
    column: (part(column), (column,))
    for part, columns in (
        (
            text_part,
            "place_key agency area manner_said_by allegation allegation_status narrative",
        ),
        (
            words_part,
            "posture lividity clothing injuries body_state tested_for scene missing_items",
        ),
        (codes_part, "mentions references"),
    )
    for column in columns.split()
}
"""Column -> the part that reads it, and the keys of `Case.missing` which that part sets anew."""


def run_parts(draft: Draft, reading: Reading, columns: tuple[str, ...]) -> None:
    """Read the given columns of a draft, each part once; its prose fills what is then blank."""
    done: set[Part] = set()
    empty_prose(draft)
    for column in columns:
        part, keys = PARTS[column]
        if part not in done:
            done.add(part)
            if draft.missing:
                for key in keys:
                    draft.missing.pop(key, None)
            part(draft, reading)
    fill_from_prose(draft, reading)
