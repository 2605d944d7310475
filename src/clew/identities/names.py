"""Names of people: split, folded, and matched with their other forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from nameparser import HumanName

from clew.identities.fillers import filled, never
from clew.vocabulary.load import name_forms, word_key

Name = tuple[tuple[str, ...], str | None, str | None]
"""Given names, family name, and `junior` or `senior`; a name that is missing is empty or None."""
SUFFIXES = {
    "jr": "junior", "jnr": "junior", "junior": "junior", "jun": "junior", "ii": "junior",
    "snr": "senior", "senior": "senior", "sen": "senior",
}  # fmt: skip
"""`sr` is a sister before a name and senior behind it; `ii` is the younger of two."""
_MARKS = re.compile(r"['’`´.]")
_BREAKS = re.compile(r"[^a-z]+")
_ODD_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"}
)


@lru_cache(maxsize=262_144)
def fold(text: str) -> tuple[str, ...]:
    """Return the words of a name in plain lower-case letters; accents and marks play no part.

    A name in another script is one word of its own letters: it agrees with itself alone.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_ODD_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if any(c.isalpha() and not c.isascii() for c in plain):
        return tuple(part for part in re.split(r"[\W\d_]+", plain) if part)
    return tuple(part for part in _BREAKS.split(_MARKS.sub("", plain)) if part)


def read_name(given: str, family: str, whole: str) -> Name:
    """Return the name of a row: from its two columns, or from the one that is not split."""
    if not never("whole_name").isdisjoint((word_key(f"{given} {family}"), word_key(whole))):
        return (), None, None
    given, family = filled(given, "name") or "", filled(family, "name") or ""
    if not (given or family):
        whole = filled(whole, "name") or ""
        words = whole.split()
        shouted = [word for word in words if len(word) > 2 and word.isupper()]
        if "," not in whole and 0 < len(shouted) < len(words) and words[0] in shouted:
            # SMITH John
            parts = [w for w in words if w not in shouted], [w for w in words if w in shouted]
        else:
            name = HumanName(whole)
            parts = [str(name.first), str(name.middle)], [str(name.last), str(name.suffix)]
        given, family = (filled(" ".join(filter(None, part)), "name") or "" for part in parts)
    first, suffix = _without_titles(fold(given))
    last, other = _without_titles(fold(family), family=True)
    return first, " ".join(last) or None, suffix or other


def _without_titles(
    words: Sequence[str], *, family: bool = False
) -> tuple[tuple[str, ...], str | None]:
    words, suffix = list(words), None
    while len(words) > 1 and words[0] in never("title"):
        words = words[1:]
    while len(words) > 1 and (words[-1] in SUFFIXES or (family and words[-1] == "sr")):
        suffix = SUFFIXES.get(words.pop(), "senior")
    if len(words) == 1 and words[0] in never("title"):
        words = []
    return tuple(words), suffix


@cache
def known_forms() -> dict[str, tuple[str, ...]]:
    """Return every given name of the list of forms, with the names that it may be a form of."""
    lines: dict[str, set[str]] = {}
    for forms in name_forms():
        for form in forms:
            lines.setdefault(form, set()).add(forms[0])
    return {form: tuple(sorted(heads)) for form, heads in lines.items()}


def forms_of(given: str) -> tuple[str, ...]:
    """Return the names that a given name may be a form of, itself where none is known."""
    return known_forms().get(given, (given,))


_SOUNDS = (
    (re.compile(r"^(kn|gn|pn)"), "n"), (re.compile(r"^wr"), "r"), (re.compile(r"^mac|^mc"), "mk"),
    (re.compile(r"^o(?=[bcdfghjklmnrs])"), ""), (re.compile(r"gh(?=[t]|$)"), ""),
    (re.compile(r"ph"), "f"), (re.compile(r"tch|sch|ch"), "s"),
    (re.compile(r"ck|[qk]|c(?=[^eiyh]|$)"), "k"),
    (re.compile(r"c"), "s"), (re.compile(r"th"), "t"), (re.compile(r"sh|[zx]"), "s"),
    (re.compile(r"dg|g(?=[eiy])"), "j"), (re.compile(r"w(?![aeiouy])|h"), ""),
    (re.compile(r"v"), "f"), (re.compile(r"(?<=.)[aeiouyw]+"), ""),
    (re.compile(r"^[aeiouy]+"), "a"),
    (re.compile(r"(.)\1+"), r"\1"),
)  # fmt: skip


@lru_cache(maxsize=262_144)
def sound_of(name: str) -> str:
    """Return how a name sounds, roughly: Smith and Smyth, Clark and Clarke are alike.

    Rules of our own in the manner of Metaphone; they bring pairs together and decide nothing.
    """
    sound = name.replace(" ", "")
    for pattern, letters in _SOUNDS:
        sound = pattern.sub(letters, sound)
    return sound
