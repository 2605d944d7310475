"""Addresses: the door and the street, in one spelling, to compare by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clew.identities.fillers import filled
from clew.identities.names import fold
from clew.identities.numbers import postcode_key, postcode_within

_STREETS = {
    "st": "street", "str": "street", "rd": "road", "ave": "avenue", "av": "avenue", "ln": "lane",
    "dr": "drive", "cl": "close", "clo": "close", "ct": "court", "crt": "court", "gdns": "gardens",
    "gdn": "gardens", "cres": "crescent", "cresc": "crescent", "pl": "place", "sq": "square",
    "tce": "terrace", "terr": "terrace", "ter": "terrace", "gr": "grove", "grv": "grove",
    "pk": "park", "hse": "house", "bldgs": "buildings", "wy": "way", "mt": "mount",
    "hts": "heights",
    "blvd": "boulevard", "pde": "parade", "est": "estate", "n": "north", "s": "south", "e": "east",
    "w": "west",
}  # fmt: skip
_FLAT = re.compile(
    r"\b(?:flat|apartment|apt|unit|room|rm|studio|fl)\.? ?(?:no\.? ?)?([0-9]+[a-z]?|[a-z])\b", re.I
)
_SLASHED = re.compile(r"\b\d+\s?/\s?\d+\b")
_NUMBER = re.compile(r"(?<![\w/])(\d+)\s?-?\s?([a-z])?(?![\w])", re.I)


@dataclass(frozen=True, slots=True)
class Door:
    """An address: `flat` and `number` name the door, `street` is the first words behind them.

    Any part may be missing. `whole` identifies a door: number, street and postcode, or None.
    """

    flat: str | None = None
    number: str | None = None
    street: str | None = None
    postcode: str | None = None

    @property
    def whole(self) -> str | None:
        """Return the door as one text."""
        if self.street is None or self.postcode is None:
            return None
        return f"{self.flat or ''}|{self.number or ''}|{self.street}|{self.postcode}"


def read_door(address: str, postcode: str) -> Door:
    """Return the door of an address; a postcode within it counts where the column is empty."""
    text = filled(address, "address")
    code = postcode_key(postcode) or (postcode_within(text) if text else None)
    if text is None:
        return Door(postcode=code)
    inside = postcode_within(text)
    if inside:
        text = re.sub(rf"(?i)\b{inside[:-3]} ?{inside[-3:]}\b", " ", text)
    # 2/14 is flat 2 of 14 in one country and 14, flat 2, in another: the door is not known.
    text, slashed = _SLASHED.subn(" ", text)
    flat = _FLAT.search(text)
    if flat:
        text = text[: flat.start()] + " , " + text[flat.end() :]
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    for part in parts:
        if match := _NUMBER.search(part):
            number: str | None = (match[1].lstrip("0") or "0") + (match[2] or "").lower()
            rest = part[match.end() :].strip() or " ".join(parts[parts.index(part) + 1 :][:1])
            return Door(flat[1].lower() if flat else None, number, _street(rest), code)
    # A house with a name of its own: the name counts as its number.
    named = len(parts) > 1 and not slashed
    street = _street(parts[1] if named else parts[0]) if parts else None
    number = _street(parts[0]) if named else None
    return Door(flat[1].lower() if flat else None, number, street, code)


def _street(text: str) -> str | None:
    words = list(fold(text))
    if len(words) > 1:
        words = [words[0] if words[0] == "st" else _STREETS.get(words[0], words[0])] + [
            _STREETS.get(word, word) for word in words[1:]
        ]
    return " ".join(words) or None
