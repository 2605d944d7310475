"""What somebody typed, read as parts that must all be there. Pure.

Words of a vocabulary, dates, ages, areas and numbers are recognised wherever they stand: 'male 23
churchyard KD'. Each part is said back to the person as it was read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from clew.desk.records.timeline import VOCABULARIES
from clew.desk.search.dates import dates_in
from clew.desk.search.document import mark
from clew.desk.search.words import STOP, compact, fold, stem, words_of
from clew.intake.prose.cause_text import read_cause
from clew.vocabulary.lexicon import concept_label, vocabulary
from clew.vocabulary.load import words

Phrase = tuple[str, ...]
Choice = tuple[Phrase, ...]
"""Phrases that must all be there; a part has several choices, of which one is enough."""
MOST_PARTS = 24
"""Declared: parts of a query; what is typed beyond is left out, and said."""
LONGEST_TERM = 5
"""Words of the longest spelling that is looked for in a vocabulary."""
ABOUT_YEARS = 2
"""Declared: 'about 23' means 21 to 25, the slack of ages that are guessed (decisions.md, 17)."""
OLDEST = 110
"""Declared: a number typed alone up to here may be an age."""
NEAR_M = 500.0
"""Declared: how far 'near' reaches where no distance is typed, as on Near here."""
LONGEST_NUMBER = 24
"""Declared: characters of a number that is looked for in all that was typed, blanks aside."""
UNITS = {"m": 1.0, "metre": 1.0, "km": 1_000.0, "kilometre": 1_000.0, "mile": 1_609.344}
"""Metres of each; a mile by the Weights and Measures Act 1985, schedule 1."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query: what was typed, how it was read, and what the index must hold for it.

    `feature`: a place, a date or something seen, so that a saved search may have it. `word`: the
    single plain word that it is, to look for a slip of the pen in.
    """

    typed: str
    says: str
    choices: tuple[Choice, ...]
    feature: bool = False
    word: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, read. `number`: all of it as one number; `near`: a place and how far."""

    typed: str
    parts: tuple[Part, ...] = ()
    number: str = ""
    near: str = ""
    within_m: float = NEAR_M
    cut: bool = False

    def without(self, part: Part) -> Query:
        """Return the query with one part less."""
        return replace(self, parts=tuple(one for one in self.parts if one is not part), number="")

    def stems(self) -> frozenset[str]:
        """Return the stems of words that are looked for, to mark them in a text."""
        return frozenset(
            term
            for part in self.parts
            if not part.left_out
            for choice in part.choices
            for phrase in choice
            for term in phrase
            if not _is_mark(term)
        )


def _is_mark(term: str) -> bool:
    return term.startswith(("zsex", "zage", "zd", "zm", "zv", "zs", "zk", "zid", "zarea", "zp"))


@dataclass(slots=True)
class _Reader:
    """The text that is left to read, and the parts that were read."""

    text: str
    areas: Mapping[str, str]
    parts: list[Part] = field(default_factory=list)

    def take(self, form: re.Pattern[str], read: Callable[[re.Match[str]], Part | None]) -> None:
        """Read all that fits a form, and blank it out."""

        def blank(hit: re.Match[str]) -> str:
            part = read(hit)
            if part is None:
                return hit[0]
            self.parts.append(part)
            return " " * len(hit[0])

        self.text = form.sub(blank, self.text)


QUOTED = re.compile(r'(?P<not>(?<!\S)-)?"(?P<words>[^"]+)"')
NEAR = re.compile(
    r"(?:^|\s)(?:near|within\s+(?P<far>\d+(?:\.\d+)?)\s*(?P<unit>km|kilometre|metre|mile|m)s?\s+of)"
    r"\s+(?P<place>[^\s].*)$"
)
AGES = re.compile(
    r"(?:\baged?\s+)?(?<![\w-])(?P<a>\d{1,3})\s*(?:-|\N{EN DASH}|to)\s*(?P<b>\d{1,3})(?![\w-])"
)
AGE = re.compile(
    r"\b(?P<about>(?:aged?\s+)?(?:about|around|approximately|approx\.?|circa|c\.)\s*)"
    r"(?P<a>\d{1,3})(?!\w)|\b(?:aged?)\s*(?P<b>\d{1,3})(?!\w)"
    r"|(?<![\w-])(?P<c>\d{1,3})[\s-]*(?:years?[\s-]*old|yrs?(?:[\s-]*old)?|y/?o)\b"
)
DECADES = (
    "teens",
    "twenties",
    "thirties",
    "forties",
    "fifties",
    "sixties",
    "seventies",
    "eighties",
)
DECADE = re.compile(
    rf"(?<!\w)(?:in\s+(?:his|her|their)\s+)?(?:(?P<a>[1-9])0'?s|(?P<name>{'|'.join(DECADES)}))(?!\w)"
)
NUMBER = re.compile(r"(?<!\S)(?P<not>-)?(?P<a>[^\W_]+(?:[-/._:][^\W_]+)+)(?!\S)")
LEFT_OUT = re.compile(r"(?<!\S)-(?P<a>[^\W_]+)")


def read_query(text: str, areas: Mapping[str, str]) -> Query:
    """Read what somebody typed.

    Parameters
    ----------
    areas
        The names of areas by their codes.
    """
    typed = " ".join(text.split())
    reader = _Reader(fold(typed), areas)
    near, within = "", NEAR_M
    reader.take(QUOTED, _quoted)
    if hit := NEAR.search(reader.text):
        near = hit["place"].strip()
        within = float(hit["far"]) * UNITS[hit["unit"]] if hit["far"] else NEAR_M
        reader.text = reader.text[: hit.start()]
    for one in sorted(dates_in(reader.text), key=lambda one: -one.start):
        phrase: Choice = ((one.token(),),)
        written = reader.text[one.start : one.end]
        part = Part(written, f"date: {one.words()}", (phrase,), feature=True)
        reader.parts.append(part)
        reader.text = f"{reader.text[: one.start]} {reader.text[one.end :]}"
    reader.take(AGES, _ages)
    reader.take(AGE, _age)
    reader.take(DECADE, _decade)
    reader.take(NUMBER, _number)
    reader.take(LEFT_OUT, lambda hit: replace(_plain(hit["a"]), left_out=True, typed=hit[0]))
    reader.parts += _terms(words_of(reader.text), areas)
    number = compact(typed)
    has_digit = any(c.isdigit() for c in number)
    return Query(
        typed,
        tuple(reader.parts[:MOST_PARTS]),
        f"zid{number}" if has_digit and len(number) <= LONGEST_NUMBER else "",
        near,
        within,
        len(reader.parts) > MOST_PARTS,
    )


def _quoted(hit: re.Match[str]) -> Part | None:
    phrase = tuple(stem(word) for word in words_of(hit["words"]))
    if not phrase:
        return None
    says = f"the words \N{LEFT DOUBLE QUOTATION MARK}{hit['words']}\N{RIGHT DOUBLE QUOTATION MARK}"
    return Part(hit[0], says, ((phrase,),), left_out=bool(hit["not"]))


def _ages(hit: re.Match[str]) -> Part | None:
    low, high = int(hit["a"]), int(hit["b"])
    return _between(hit[0], low, high) if low < high <= OLDEST else None


def _age(hit: re.Match[str]) -> Part | None:
    years = int(hit["a"] or hit["b"] or hit["c"])
    if years > OLDEST:
        return None
    slack = ABOUT_YEARS if hit["about"] else 0
    return _between(hit[0], max(years - slack, 0), years + slack)


def _decade(hit: re.Match[str]) -> Part:
    tens = int(hit["a"]) if hit["a"] else DECADES.index(hit["name"]) + 1
    return _between(hit[0], 13 if tens == 1 else tens * 10, tens * 10 + 9)


def _between(typed: str, low: int, high: int) -> Part:
    choices = tuple(((f"zage{years}",),) for years in range(low, high + 1))
    says = f"age: {low} to {high}" if low < high else f"age: {low}"
    return Part(typed.strip(), says, choices, feature=True)


def _number(hit: re.Match[str]) -> Part | None:
    phrase = tuple(stem(word) for word in words_of(hit["a"]))
    choices: tuple[Choice, ...] = ((phrase,),)
    if any(c.isdigit() for c in hit["a"]):
        choices = ((phrase,), ((f"zid{compact(hit['a'])}",),))
        return Part(hit[0], f"number: {hit['a'].upper()}", choices, left_out=bool(hit["not"]))
    known = _book().get(phrase)
    if known is not None:
        return Part(hit[0], known[0], (*known[1], (phrase,)), True, left_out=bool(hit["not"]))
    return Part(hit[0], hit["a"], choices, left_out=bool(hit["not"]))


def _plain(word: str) -> Part:
    """Return one word that no vocabulary has: a number, a year, an age, or a word of a text."""
    own: Choice = ((stem(word),),)
    if word.isdigit():
        number = int(word)
        if len(word) <= 3 and number <= OLDEST:
            return Part(word, f"age {number}, or the number", (((f"zage{number}",),), own), True)
        if len(word) == 4 and word.startswith(("19", "20")):
            return Part(word, f"year {word}, or the number", (((f"zd{word}",),), own), True)
        return Part(word, f"number: {word}", (own, ((f"zid{word}",),)))
    if any(c.isdigit() for c in word):
        return Part(word, f"number: {word}", (own, ((f"zid{word}",),)))
    return Part(word, word, (own,), word=word)


def _terms(left: Sequence[str], areas: Mapping[str, str]) -> Iterator[Part]:
    """Yield the words that are left, the longest spelling of a vocabulary first."""
    stems = [stem(word) for word in left]
    places = {tuple(map(stem, words_of(text))): code
              for code, name in areas.items() for text in (name, code)}  # fmt: skip
    k = 0
    while k < len(left):
        for length in range(min(LONGEST_TERM, len(left) - k), 0, -1):
            phrase = tuple(stems[k : k + length])
            typed = " ".join(left[k : k + length])
            part = _known(phrase, typed, places)
            if part is not None:
                yield part
                k += length
                break
        else:
            if left[k] not in STOP:
                yield _plain(left[k])
            k += 1


def _known(phrase: Phrase, typed: str, areas: Mapping[Phrase, str]) -> Part | None:
    if phrase in areas:
        code = areas[phrase]
        choices: tuple[Choice, ...] = (((f"zarea{compact(code)}",),), (phrase,))
        return Part(typed, f"area {code}, or the words", choices, feature=True)
    if len(phrase) == 1 and typed in _sexes():
        sex = _sexes()[typed]
        recorded: Choice = ((f"zsex{sex}",),)
        in_words: Choice = (("zsexnot",), phrase)
        return Part(typed, f"sex: {sex}", (recorded, in_words), feature=True)
    found = _book().get(phrase)
    if found is not None and not all(word in STOP for word in typed.split()):
        says, marks = found
        return Part(typed, says, (*marks, (phrase,)), feature=True)
    # A slip of the pen is not guessed at here; "did you mean" asks.
    listed = len(typed) > 2 and vocabulary().words.issuperset(typed.split())
    for span in read_cause(typed).spans if listed else ():
        if (span.start, span.end) == (0, len(typed)):
            own = (
                (f"z{span.kind[0] if span.kind == 'substance' else 'k'}{compact(span.concept)}",),
            )
            says = f"{span.kind}: {concept_label(span.concept)}"
            return Part(typed, says, (own, (phrase,)), feature=True)
    return None


@cache
def _sexes() -> dict[str, str]:
    book = words("sexes")
    return {
        spelling: sex
        for sex in ("female", "male")
        for spelling in book.spellings(sex)
        if len(spelling) > 1 and " " not in spelling
    } | {"men": "male", "women": "female", "boys": "male", "girls": "female"}


@cache
def _book() -> dict[Phrase, tuple[str, tuple[Choice, ...]]]:
    """Return every spelling of every vocabulary: how it is said, and the marks that it means."""
    found: dict[Phrase, tuple[str, tuple[Choice, ...]]] = {}
    for name in dict.fromkeys(VOCABULARIES.values()):
        book = words(name)
        for word_id in book.ids:
            choice: Choice = ((mark(name, word_id),),)
            label = book.label(word_id)
            said = f"{label} missing" if name == "missing_items" else label
            spellings = book.spellings(word_id)
            if name == "missing_items":
                spellings += tuple(f"{s} missing" for s in spellings)
                spellings += tuple(f"missing {s}" for s in book.spellings(word_id))
            for spelling in spellings:
                phrase = tuple(stem(word) for word in words_of(spelling))
                if not phrase or len(phrase) > LONGEST_TERM:
                    continue
                says, choices = found.get(phrase, ("", ()))
                if choice not in choices:
                    found[phrase] = (f"{says} or {said}" if says else said, (*choices, choice))
    return found


@cache
def vocabulary_words() -> tuple[str, ...]:
    """Return every word of the vocabularies' spellings, to find slips of the pen by."""
    found = {
        word
        for name in dict.fromkeys(VOCABULARIES.values())
        for word_id in words(name).ids
        for spelling in words(name).spellings(word_id)
        for word in words_of(spelling)
    }
    return tuple(sorted(found))


# A query as each database writes it; terms are letters and digits alone, so nothing is escaped.


def for_sqlite(query: Query) -> str:
    """Return the query as FTS5 reads it; "" where nothing must be there."""
    return _written(query, lambda phrase: f'"{" ".join(phrase)}"', ("AND", "OR", "NOT"))


def for_postgres(query: Query) -> str:
    """Return the query as PostgreSQL's `tsquery` reads it; "" where nothing must be there."""
    quote = lambda phrase: "(" + " <-> ".join(f"'{term}'" for term in phrase) + ")"  # noqa: E731
    return _written(query, quote, ("&", "|", "& !"))


def _written(query: Query, quote: Callable[[Phrase], str], marks: tuple[str, str, str]) -> str:
    both, either, but = (f" {one} " for one in marks)

    def part_text(part: Part) -> str:
        choices = (both.join(quote(phrase) for phrase in choice) for choice in part.choices)
        return "(" + either.join(f"({choice})" for choice in choices) + ")"

    wanted = [part_text(part) for part in query.parts if not part.left_out]
    barred = [part_text(part) for part in query.parts if part.left_out]
    if not wanted:
        return ""
    text = both.join(wanted)
    for one in barred:
        text = f"({text}){but}{one}"
    return f"({text}){either}{quote((query.number,))}" if query.number else text
