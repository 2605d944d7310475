"""Words that a bundle must not contain: how they are found, and what stands in their place.

A word is found however it is broken, spaced or written in capitals, but only as a whole word: to
withhold "Lee" must not blacken "fleet". Pure: text in, text out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

FEWEST = 3
"""Declared: letters and digits of a withheld text. Shorter ones are in too many other words."""
_BETWEEN = r"[\W_]{0,4}"
"""What may stand between two characters of one word: a hyphen and a line's end, or nothing."""


@dataclass(frozen=True)
class Withheld:
    """One text that is withheld, and the ground for it, which the bundle prints."""

    text: str
    ground: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return what finds the text in normalised text."""
        letters = [one for one in normalise(self.text) if one.isalnum()]
        before = "[^\\W\\d_]" if letters[0].isalpha() else r"\d"
        after = "[^\\W\\d_]" if letters[-1].isalpha() else r"\d"
        return re.compile(
            f"(?<!{before})" + _BETWEEN.join(map(re.escape, letters)) + f"(?!{after})"
        )

    @property
    def mark(self) -> str:
        """Return what is printed in place of the text."""
        return f"[withheld: {self.ground}]"


def is_long_enough(text: str) -> bool:
    """Return whether a text is long enough to be withheld."""
    return sum(one.isalnum() for one in normalise(text)) >= FEWEST


def normalise(text: str) -> str:
    """Return the text in compatible characters and small letters, without invisible ones."""
    same = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in same if unicodedata.category(one) != "Cf")


def found_in(text: str, withheld: Sequence[Withheld]) -> tuple[Withheld, ...]:
    """Return which of the withheld texts a text contains."""
    if not withheld:
        return ()
    plain = normalise(text)
    return tuple(one for one in withheld if one.pattern.search(plain))


def spans(characters: Sequence[str], withheld: Sequence[Withheld]) -> list[tuple[int, int]]:
    """Return where the withheld texts are, as ranges of places in a sequence of characters.

    Each character is normalised alone, so a place in the normalised text leads back to its own.
    """
    plain, places = [], []
    for place, character in enumerate(characters):
        for one in normalise(character):
            plain.append(one)
            places.append(place)
    joined = "".join(plain)
    return [
        (places[hit.start()], places[hit.end() - 1] + 1)
        for one in withheld
        for hit in one.pattern.finditer(joined)
    ]


def redacted(text: str, withheld: Sequence[Withheld]) -> str:
    """Return the text with each withheld text replaced by its mark."""
    for one in withheld:
        for start, end in reversed(spans(text, (one,))):
            text = text[:start] + one.mark + text[end:]
    return text
