"""The nouns of a file's crime: burglaries are not called deaths.

Clew's own sentences are about deaths. A mapping may declare another kind of crime (`crime =
"burglary"`); then the same sentences are about that. What a record says is never changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

DEATH = "death"
_WORD = re.compile(r"[\w-]+")
"""A mapping gives the crime, and a template's own text is not escaped: words alone come through."""
_NOUN = re.compile(r"\b([Dd])eath(s?)\b")


def nouns_of(crime: str) -> tuple[str, str]:
    """Return what one and several of a kind of crime are called: 'burglary', 'burglaries'."""
    one = " ".join(_WORD.findall(crime.replace("_", " "))) or DEATH
    if one.endswith("y") and one[-2:-1] not in "aeiou":
        return one, f"{one[:-1]}ies"
    return one, f"{one}es" if one.endswith(("s", "x", "z", "ch", "sh")) else f"{one}s"


def in_nouns(text: str, crime: str) -> str:
    """Return a sentence of Clew's own in the nouns of a kind of crime."""
    if crime == DEATH:
        return text
    one, many = nouns_of(crime)

    def noun(found: re.Match[str]) -> str:
        word = many if found[2] else one
        return word[:1].upper() + word[1:] if found[1] == "D" else word

    return _NOUN.sub(noun, text)


class CrimeNouns(Extension):
    """Puts a template's own text into the nouns of its environment's `crime`; no value of it."""

    def filter_stream(self, stream: TokenStream) -> TokenStream | Iterable[Token]:
        """Return the template's tokens."""
        crime = getattr(self.environment, "crime", DEATH)
        return stream if crime == DEATH else self._changed(stream, crime)

    @staticmethod
    def _changed(stream: TokenStream, crime: str) -> Iterator[Token]:
        for token in stream:
            own = token.type == "data" or (token.type == "string" and token.value in _COUNTED)
            yield Token(token.lineno, token.type, in_nouns(token.value, crime)) if own else token


_COUNTED = frozenset({"death", "deaths"})
"""Nouns that a template gives to what counts things."""
