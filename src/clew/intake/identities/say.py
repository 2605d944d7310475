"""What each level of a comparison says to people."""

from __future__ import annotations

from collections.abc import Mapping

from clew.model.finding import Stance

ASPECTS: Mapping[str, str] = {
    "given": "given name", "middle": "middle name", "family": "family name",
    "birth": "date of birth", "sex": "sex",
    "phone": "phone", "home": "address", "handle": "handle", "vehicle": "vehicle",
    "door": "house", "flat": "flat", "street": "street", "postcode": "postcode",
}  # fmt: skip
AGREES: Mapping[str, Mapping[str, str]] = {
    "given": {
        "same": "the same", "form": "a form of the same name (short or other spelling)",
        "further": "one of the given names is the same",
        "initial": "the initial agrees", "slip": "alike but for a slip",
    },
    "middle": {"same": "the same", "initial": "the initial agrees"},
    "family": {
        "same": "the same", "swapped": "given and family name are exchanged",
        "part": "one part of the name is the same", "slip": "alike in spelling or sound",
    },
    "birth": {
        "same": "the same day", "swapped": "the same day with day and month exchanged",
        "year": "the same year; one record tells no day, or 1 January", "slip": "one digit differs",
    },
    "sex": {"same": "the same"},
    "phone": {
        "same": "the same number", "another": "one of the numbers is the same",
        "slip": "one digit differs",
    },
    "home": {
        "same": "the same door", "door": "the same door, street or postcode written otherwise",
        "postcode": "the same postcode",
    },
    "handle": {"same": "the same"},
    "vehicle": {"same": "the same mark", "look": "the same but for O and 0, or I and 1"},
    "door": {"same": "the same number"},
    "flat": {"same": "the same"},
    "street": {"same": "the same", "slip": "alike but for a slip"},
    "postcode": {"same": "the same", "slip": "one letter differs"},
}  # fmt: skip


def say_level(comparison: str, level: str) -> tuple[str, Stance, str]:
    """Return aspect, stance and words of a level of a comparison."""
    aspect = ASPECTS[comparison]
    if level == "missing":
        return aspect, Stance.MISSING, "not in both records"
    if level == "else":
        return aspect, Stance.DIFFERS, "differs"
    return aspect, Stance.AGREES, AGREES[comparison][level]
