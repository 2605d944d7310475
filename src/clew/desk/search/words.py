"""Words as the index holds them: folded, cut at every mark, and reduced to their stem. Pure.

Both databases get the same words, so that both give the same answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, normalize

from snowballstemmer import EnglishStemmer

from clew.vocabulary.lexicon import LONGEST_WORD

WORD = re.compile(r"[^\W_]+")
_OWNER = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}]s\b")
STOP = frozenset(
    {
        "a", "an", "and", "as", "at", "be", "been", "by", "for", "from", "had", "has", "have",
        "in", "into", "is", "it", "its", "of", "on", "or", "that", "the", "this", "to", "was",
        "were", "which", "who", "with",
    }
)  # fmt: skip
"""Declared: words of grammar, which a query leaves out; they are in nearly every record."""


def fold(text: str) -> str:
    """Return text in one spelling: compatible characters plain, no accents, small letters."""
    parts = normalize("NFKD", text)
    plain = "".join(c for c in parts if category(c) not in ("Mn", "Cf"))
    return _OWNER.sub("", normalize("NFKC", plain).casefold())


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded, in order; longer runs than any word are left out."""
    return [word for word in WORD.findall(fold(text)) if len(word) <= LONGEST_WORD]


@lru_cache(maxsize=131_072)
def stem(word: str) -> str:
    """Return the stem of a folded word (Snowball's English algorithm); numbers stay."""
    # One object a word: it keeps its state while it works, and threads share the cache.
    return str(EnglishStemmer().stemWord(word)) if word.isalpha() else word


def stems_of(text: str) -> tuple[str, ...]:
    """Return the stems of a text's words, in order."""
    return tuple(stem(word) for word in words_of(text))


def compact(text: str) -> str:
    """Return a number without what is between its letters and digits: 'BD-2' is 'bd2'."""
    return "".join(words_of(text))


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def one_edit(word: str) -> set[str]:
    """Return every word that one slip makes of a word: a letter lost, added, wrong or swapped."""
    parts = [(word[:k], word[k:]) for k in range(len(word) + 1)]
    lost = {a + b[1:] for a, b in parts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    wrong = {a + c + b[1:] for a, b in parts if b for c in LETTERS}
    added = {a + c + b for a, b in parts for c in LETTERS}
    return (lost | swapped | wrong | added) - {word, ""}
