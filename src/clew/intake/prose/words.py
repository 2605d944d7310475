"""A text as words with their places, the breaks between them, and the spelling put right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from clew.vocabulary.lexicon import deletions, one_error

TOKEN = re.compile(
    r"\b[whWH]/[oO]\b|[^\W_]+(?:['’`´][^\W_]+)*|[?&+]|(?<=[^\W\d_]{3})/(?=[^\W\d_]{3})"
)
NONE, COLON, COMMA, CLAUSE, SENTENCE = range(5)
"""The break before a word: nothing, a colon, a comma, a clause's end, a sentence's end."""
LONGEST_WORD = 30
"""Longer runs of letters are no word of ours (longest: paraphernalia, 13 letters)."""
LONGEST_SENTENCE = 150
"""Words after which a sentence without an end is cut, so that no text takes long."""
SHORTEST_MENDED = 5
"""Letters that a known word needs to be read with one error."""
SHORTEST_SWAPPED = 7
"""The same where the error is a wrong letter: in shorter words it makes other words.
An error in the last letter is none: it makes other forms of the word."""
_ABBREVIATED = frozenset([
    "approx", "st", "rd", "ave", "dr", "mr", "mrs", "ms", "sgt", "insp", "c", "ca", "d", "b",
    "no", "tel", "nr", "reg", "eg", "ie", "e", "i", "g", "vs", "yrs", "hrs",
])  # fmt: skip
_DASHED = re.compile(r"\s[-–—]+\s|—|–|;|\|")


@dataclass(frozen=True, slots=True)
class Text:
    """A text's words. `stops[i]` is the break before word i; `asking`: the sentences that ask.

    `sentences` are pairs of word numbers, first and one past the last.
    """

    text: str
    raw: list[str]
    keys: list[str]
    starts: list[int]
    ends: list[int]
    stops: list[int]
    sentences: list[tuple[int, int]]
    asking: frozenset[int]

    def quote(self, first: int, last: int) -> tuple[int, int]:
        """Return where words `first` up to, not including, `last` are in the text."""
        return self.starts[first], self.ends[last - 1]


_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_PART_OF_DAY = r"(?:morning|afternoon|evening|night|am|pm|noon|midday|lunchtime|eve|last|just)\b"
_DAY_OF_MONTH = rf"\d{{1,2}}(?:st|nd|rd|th|[/.\-]\d)|\d{{1,2}}[ \t]{_MONTH}\b"
_BEFORE_DAYS = "|".join(
    rf"(?<=\b{word} )"
    for word in ("on", "last", "this", "by", "since", "until", "every", "next", "Fri", "fri", "FRI")
)
_WEEKDAY = re.compile(
    rf"\b(?:Sat|SAT)\b(?=[.,]?[ \t]+(?:the[ \t]+)?(?:\d|{_MONTH}\b|{_PART_OF_DAY}))"
    rf"|\bsat\b(?=[.,]?[ \t]+(?:the[ \t]+)?(?:{_DAY_OF_MONTH}))"
    rf"|(?:{_BEFORE_DAYS}|(?<=[Ff]ri[/-])|(?<=[Ff]ri & ))(?:Sat|SAT)\b"
    r"(?![ \t]+(?:in|on|at|by|up)\b)"
    r"|\b(?:Sat|SAT)\b(?=[ \t]*[/\-–][ \t]*(?:Sun|SUN))"
)
"""Saturday, shortened: before or behind what a day of the week comes with."""
_SATURATION = re.compile(
    r"\b(?:sats|s[pa]?o2|SaO2)\b"
    r"|\bsat\b(?=[ \t]*(?:[:=]|of|was|were|is)?[ \t]*\d{2,3}[ \t]?(?:%|per ?cent))"
    r"|(?:(?<=\bo2 )|(?<=oxygen )|(?<=\bspo2 )|(?<=\bresp )|(?<=\bpulse ))sat\b",
    re.IGNORECASE,
)
"""Oxygen saturation, as ambulance papers write it (NHS and JRCALC: "sats", "SpO2")."""


def _distinguished(text: str) -> dict[int, str]:
    """Return by place the words that look like another: Sat the day, and sats, from "he sat"."""
    lower = text.lower()
    if "sat" not in lower and "o2" not in lower:
        return {}
    days = {found.start(): "saturday" for found in _WEEKDAY.finditer(text)}
    return days | {found.start(): "saturation" for found in _SATURATION.finditer(text)}


def split_words(text: str, spelling: Spelling) -> Text:
    """Return the words of a text. Time is linear in its length."""
    raw: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    stops: list[int] = []
    asked_at: list[int] = []
    pending, last, begun = SENTENCE, 0, 0
    for found in TOKEN.finditer(text):
        word, start = found.group(), found.start()
        gap = text[last:start]
        if gap and gap != " ":
            # A full stop ends a sentence, but not an abbreviation; a line's end does before a
            # blank line or a capital.
            short = gap[0] == "." and "\n" not in gap and _shortened(raw, text, start)
            stopped = "•" in gap or (not short and gap != "." and any(m in gap for m in ".!"))
            blank = "\n\n" in gap.replace("\r", "").replace(" ", "")
            if stopped or blank or ("\n" in gap and not text[start].islower()):
                pending = SENTENCE
            elif _DASHED.search(gap):
                pending = max(pending, CLAUSE)
            elif "," in gap:
                pending = max(pending, COMMA)
            elif ":" in gap:
                pending = max(pending, COLON)
        if word == "?":
            after = text[start + 1 : start + 2]
            prefix = not raw or gap != "" or last == 0
            if not prefix or not (
                after.isalnum() or (after == " " and text[start + 2 : start + 3].isalnum())
            ):
                asked_at.append(len(raw) - 1)
                pending, last = SENTENCE, found.end()
                continue
        raw.append(word)
        if pending < SENTENCE and len(raw) - begun > LONGEST_SENTENCE:
            pending = SENTENCE
        if pending == SENTENCE:
            begun = len(raw)
        starts.append(start)
        ends.append(found.end())
        stops.append(pending)
        pending, last = NONE, found.end()
    keys = [
        spelling.key(word, mend=not word[0].isupper() or stop > NONE or word.isupper())
        for word, stop in zip(raw, stops, strict=True)
    ]
    if meant := _distinguished(text):
        keys = [meant.get(start, key) for start, key in zip(starts, keys, strict=True)]
    bounds = [i for i, stop in enumerate(stops) if stop == SENTENCE] + [len(raw)]
    sentences = [(a, b) for a, b in pairwise(bounds) if a < b]
    asked = set(asked_at)
    asking = frozenset(k for k, (_, b) in enumerate(sentences) if b - 1 in asked)
    return Text(text, raw, keys, starts, ends, stops, sentences, asking)


def _shortened(raw: list[str], text: str, start: int) -> bool:
    """Say whether the full stop before `start` belongs to a word that it shortens.

    "No." is number before a figure or "of", and an answer elsewhere.
    """
    last = raw[-1].lower() if raw else ""
    if last == "no":
        return text[start].isdigit() or text.startswith("of ", start)
    return last in _ABBREVIATED


@dataclass(frozen=True, slots=True)
class Spelling:
    """The words that rules know, how they are otherwise written, and what is reached by one error.

    `plain` are everyday words that are never taken for another word's misspelling.
    """

    known: frozenset[str]
    written: Mapping[str, str]
    plain: frozenset[str]
    near: Mapping[str, tuple[str, ...]]

    def key(self, word: str, *, mend: bool = True) -> str:
        """Return the rules' own form of a word, or the word itself in lower case.

        `mend` False: a name, by its capital within a sentence, is no misspelling.
        """
        return _key(self, word, mend) if len(word) <= LONGEST_WORD else ""

    def __hash__(self) -> int:
        return id(self)


@lru_cache(maxsize=131_072)
def _key(spelling: Spelling, word: str, mend: bool) -> str:
    word = word.lower().replace("’", "'").replace("`", "'").replace("´", "'")
    if word in {"&", "+", "/"}:
        return "or" if word == "/" else "and"
    word = spelling.written.get(word, word)
    if len(word) == 4 and word[:2] in {"19", "20"} and word.isdecimal():
        return f"{word[:2]}##"
    if word in spelling.known:
        return word
    for ending, instead in (("'s", ""), ("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and word[: -len(ending)] + instead in spelling.known:
            return word[: -len(ending)] + instead
    if not mend or word in spelling.plain or len(word) < SHORTEST_MENDED - 1 or not word.isalpha():
        return word
    return _mended(spelling, word) or word


def _mended(spelling: Spelling, word: str) -> str:
    """Return the one known word that `word` is with a single error; "" if none, or several."""
    reached = {known for part in deletions(word) for known in spelling.near.get(part, ())}
    fit = [
        known
        for known in reached
        if known[0] == word[0]
        and known[:-1] != word[:-1]
        and word not in (known[:-1], known + word[-1])
        and one_error(known, word)
        and (
            len(known) >= SHORTEST_SWAPPED
            or len(known) != len(word)
            or sorted(known) == sorted(word)
        )
    ]
    # A letter that should have been doubled is the commonest slip; then a letter left out.
    fit.sort(key=lambda known: (_once(known) != _once(word), -len(known), known))
    if len(fit) > 1 and _once(fit[0]) != _once(word) and len(fit[0]) == len(fit[1]):
        return ""
    return fit[0] if fit else ""


def _once(word: str) -> str:
    """Return a word with doubled letters written once."""
    return "".join(a for a, b in zip(word, word[1:] + " ", strict=True) if a != b)
