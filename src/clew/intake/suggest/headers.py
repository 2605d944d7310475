"""What a header alone says: which of our columns it may name, and how surely."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from clew.intake.cases.contract import column_key
from clew.model.contract import LIST_COLUMNS

EXACT, WORDS = 3.0, 1.5
"""What a name, and some words of it, speak for a column. Declared by judgement."""
MANY = LIST_COLUMNS | {"cause"}
"""Columns that several of theirs may make together."""
_ABBREVIATED = {
    "dt": "date", "tm": "time", "fr": "from", "num": "number", "no": "number", "nbr": "number",
    "rpt": "reported", "rptd": "reported", "rep": "reported", "occ": "occurred", "nm": "name",
    "typ": "type", "prem": "premise", "premis": "premise", "desc": "description",
    "vict": "victim", "vic": "victim", "cmplnt": "complaint", "boro": "borough",
    "susp": "suspect", "dec": "decedent", "decd": "decedent", "loc": "location", "inc": "incident",
}  # fmt: skip
"""Words of headers that portals cut short, as met on those of tests/unit/intake."""


@cache
def names() -> dict[str, Any]:
    """Return what headers.toml says of each of our columns, and of those that are kept apart."""
    text = (files("clew.intake.suggest") / "headers.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def known_names() -> list[str]:
    """Return every name of a header that headers.toml knows."""
    return [
        name
        for section in names().values()
        if isinstance(section, dict)
        for name in section.get("names", ())
    ]


@cache
def _keys(header: str) -> tuple[str, ...]:
    """Return the ways to write a header's key: as it is, in words, with abbreviations in full."""
    split = column_key(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header))
    full = "_".join(_ABBREVIATED.get(word, word) for word in split.split("_"))
    return tuple(dict.fromkeys((column_key(header), split, full)))


def name_score(ours: str, header: str) -> float:
    """Return how far a header alone speaks for one of our columns."""
    if any(_is_of_a_person(ours, key) for key in _keys(header)):
        return 0.0
    return max(_key_score(ours, key) for key in _keys(header))


def name_rank(ours: str, header: str) -> int:
    """Return the place of a header among the names of one of our columns, the likeliest first."""
    own = [name.replace("_", "") for name in names()[ours]["names"]]
    places = [own.index(plain) for k in _keys(header) if (plain := k.replace("_", "")) in own]
    return min(places, default=len(own))


_OF_THE_CASE = frozenset({"area", "agency", "premises", "place_key", "latitude", "longitude"})
"""Columns of where it happened; where somebody lived or was born is none of them."""
_RESIDENCE = frozenset([
    "residence", "residences", "residential", "resident", "residency", "resid", "resided", "res",
    "home", "domicile", "domiciled", "lived", "lives", "living", "usual", "permanent", "birth",
    "born", "birthplace", "decedent", "decedents", "deceased", "deceaseds", "victim", "victims",
    "patient", "nok", "kin", "informant", "funeral", "burial", "mailing", "billing",
])  # fmt: skip
"""Words of a header by which a place is of a person and not of the case. Source: data dictionaries
of medical examiners' open data (`residence_city`, `decedent_zip`) and certificates of death."""


def _is_of_a_person(ours: str, key: str) -> bool:
    """Say whether a header names where somebody lives, and so no column of the case itself."""
    if ours not in _OF_THE_CASE:
        return False
    words = set(key.split("_"))
    return key.startswith("residen") or not words.isdisjoint(_RESIDENCE)


def _key_score(ours: str, key: str) -> float:
    known = names()[ours]
    plain = key.replace("_", "")
    if key in known["names"] or plain in {name.replace("_", "") for name in known["names"]}:
        return EXACT
    numbered = key.rstrip("0123456789").rstrip("_")
    if ours in MANY and numbered != key and numbered in known["names"]:
        return EXACT
    own = set(numbered.split("_"))
    if ours == "area" and key.endswith("_name") and key[:-5] in known["names"]:
        return EXACT  # AREA NAME beside AREA, a code
    return WORDS if any(set(words) <= own for words in known["words"]) else 0.0
