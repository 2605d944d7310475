"""Whether two cells of one column say the same, whatever the order, spelling or zeros."""

from __future__ import annotations

from clew.intake.cleaning import missing_cause, says_none, split_list
from clew.intake.contract import TIME_COLUMNS
from clew.intake.times import TimeReader
from clew.intake.word_parts import read_codes, read_entity, read_words
from clew.model.contract import LIST_COLUMNS
from clew.vocabulary.load import words

_NUMBERS = frozenset(
    [
        "latitude",
        "longitude",
        "location_precision_m",
        "home_latitude",
        "home_longitude",
        "age_years",
    ]
)
_WORDS = {
    "kind": "kinds",
    "premises": "premises",
    "sex": "sexes",
    "identity_status": "identity",
    "category": "classes",
    "manner": "manners",
}


def meaning(column: str, text: str, times: TimeReader) -> object:
    """Return what a cell says: two cells with equal meanings tell no change.

    A placeholder ("unknown") says as little as a blank. What cannot be read means its own words.
    """
    plain = " ".join(text.split())
    if column in _WORDS and (known := words(_WORDS[column]).canonical(plain)) is not None:
        return known  # "pending" is a manner, and a placeholder elsewhere
    if column in LIST_COLUMNS and says_none(plain):
        return ()  # known to be empty: that is no blank
    if not plain or missing_cause(plain, numeric=column in _NUMBERS) is not None:
        return None
    if column in LIST_COLUMNS:
        return _list(column, plain)
    if column in TIME_COLUMNS:
        return _time(column, plain, times)
    return _number(plain) if column in _NUMBERS else plain


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _time(column: str, text: str, times: TimeReader) -> object:
    try:
        moment = times.read(text, column)
    except ValueError:
        return text
    return moment.start, moment.end


def _list(column: str, text: str) -> object:
    if column == "entities":
        return frozenset(read_entity(element) or element for element in split_list(text))
    if column in {"mentions", "references"}:
        return read_codes(text)
    return read_words(column, text)[0]


def same(column: str, before: str, after: str, times: TimeReader) -> bool:
    """Tell whether two cells of a column say the same."""
    return before == after or meaning(column, before, times) == meaning(column, after, times)
