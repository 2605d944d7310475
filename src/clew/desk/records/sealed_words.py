"""Numbers of sealed records in stored words: rows of the ledger, notices, what was typed long ago.

Pages build their sentences from references, so that none names a record to whom a seal keeps away.
Words that were stored whole are read here. Whatever is withheld of a sealed record's number is
withheld of a number that no record has: nobody learns from the words which numbers there are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from clew.desk.accounts.models import Notice
from clew.desk.accounts.rules import Permission, Person
from clew.desk.ledger.subjects import records_in
from clew.desk.records.facts import items_of
from clew.desk.records.models import Case, Fact
from clew.desk.records.sealing import kept_by
from clew.desk.records.visible import AT_ONCE, open_numbers, opened_to

WITHHELD_NUMBER = "(number withheld)"
"""What stands instead of a number that may not be named, or that no record has."""
WORD = re.compile(r"[^\W_](?:[\w./-]*[^\W_])?")
"""What may be a record's number within words; a part of it between slashes may be one too."""
A_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})?")
A_COUNT = re.compile(r"\d+(?:st|nd|rd|th|am|pm|h|m|km|MB)", re.IGNORECASE)
MOST_PARTS = 4
"""Declared: slashes between parts of one record's number, and one more: 2014/KD/77/2."""
LONGEST = 120
"""Characters of a record's number; the column's length."""


def numbers_in(texts: Iterable[str]) -> set[str]:
    """Return every part of some texts that may be a record's number."""
    found: set[str] = set()
    for text in texts:
        if len(text) <= LONGEST and text.isprintable():
            found.add(text.strip())  # a number may have blanks, and no control characters
        for word in WORD.findall(text):
            parts = word.split("/")
            for k in range(len(parts)):
                ends = range(k + 1, min(k + MOST_PARTS, len(parts)) + 1)
                found |= {"/".join(parts[k:end]) for end in ends}
    return {one for one in found if one and not (one.isalpha() and one.islower())}


def sealed_in(person: Person, texts: Iterable[str]) -> set[str]:
    """Return the numbers in some texts of records that a seal keeps from `person`."""
    listed, found = sorted(numbers_in(texts)), set[str]()
    for k in range(0, len(listed), AT_ONCE):
        part = Case.objects.filter(case_id__in=listed[k : k + AT_ONCE], sealed=True)
        opened = part.filter(opened_to(person, Permission.SEE_RECORD)).values("pk")
        found |= set(part.exclude(pk__in=opened).values_list("case_id", flat=True))
    return found


def readable_notices(person: Person, notices: Sequence[Notice]) -> list[Notice]:
    """Leave out the notices that name a record whose seal keeps it from the reader now.

    The keepers of its seal still read who asked for the record.
    """
    texts = {one.pk: [one.words, *records_in(one.about)] for one in notices}
    shut = sealed_in(person, [text for part in texts.values() for text in part])
    if shut:
        shut -= set(kept_by(person).filter(case_id__in=shut).values_list("case_id", flat=True))
    if not shut:
        return list(notices)
    return [one for one in notices if shut.isdisjoint(numbers_in(texts[one.pk]))]


def facts_for(person: Person, facts: Iterable[Fact]) -> list[Fact]:
    """Return facts as a reader may see them: the records that a report names, if they may be named.

    The facts are in memory and are not to be saved.
    """
    listed = list(facts)
    named = {one.pk: items_of(one.value) for one in listed if one.field == "mentions"}
    open_ = open_numbers(
        person, Permission.SEE_RECORD, [item for items in named.values() for item in items]
    )
    for fact in listed:
        if fact.pk in named:
            fact.value = "; ".join(i if i in open_ else WITHHELD_NUMBER for i in named[fact.pk])
    return listed


# A row of the ledger as a reader may see it.

RECORDS = frozenset({"shown", "records", "guarded", "record", "candidate", "matches"})
"""Names of what a row says that are numbers of records, or lists of them."""
BY_THE_DESK = frozenset(
    {
        "after", "approver", "area", "asked_by", "at", "before", "by", "card", "code",
        "commitment", "decided_at", "digest", "due", "export", "file", "key", "owner", "rank",
        "recorded_at", "role", "root", "second_reader", "senior", "sha256", "signed_at", "state",
        "to", "told", "unit", "version", "weights",
    }
)  # fmt: skip
"""Names of what the desk itself writes into a row: no number of a record that somebody tried."""


def for_reader(person: Person, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what some rows say, without any number that may not be named to `person`.

    Lists of records keep those that may be named; within words, a number that may not, or that no
    record has, reads `WITHHELD_NUMBER`.
    """
    texts = [text for body in bodies for text in _texts(body)]
    open_ = open_numbers(person, Permission.SEE_RECORD, numbers_in(texts))
    sealed = sealed_in(person, texts)
    return [
        {name: _shown(name, value, open_, sealed) for name, value in body.items()}
        for body in bodies
    ]


def words_for(person: Person, text: str) -> str:
    """Return words that somebody typed as `for_reader` returns those of a row."""
    return str(for_reader(person, [{"words": text}])[0]["words"])


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _shown(name: str, value: Any, open_: Collection[str], sealed: Collection[str]) -> Any:
    if isinstance(value, dict):
        by_kind = name == "sha256"  # of the files of a hand-in
        return {
            key: _shown(name if by_kind else key, part, open_, sealed)
            for key, part in value.items()
        }
    if isinstance(value, list):
        if name in RECORDS:
            value = [one for one in value if set(_texts(one)) <= set(open_)]
        value = [one for one in value if not (isinstance(one, str) and one in sealed)]
        return [_shown(name, one, open_, sealed) for one in value]
    if not isinstance(value, str):
        return value
    if name in RECORDS:
        return value if value in open_ or not value else WITHHELD_NUMBER
    for number in sorted(sealed, key=len, reverse=True):
        value = re.sub(rf"(?<!\w){re.escape(number)}(?!\w)", WITHHELD_NUMBER, value)
    return value if name in BY_THE_DESK else WORD.sub(lambda hit: _word(hit[0], open_), value)


def _word(word: str, open_: Collection[str]) -> str:
    """Return a word that somebody may have typed; one like a number only where it may be named."""
    if word in open_ or A_TIME.fullmatch(word) or A_COUNT.fullmatch(word):
        return word
    parts = word.split("/")
    if len(parts) > 1:
        tail = next((k for k in range(1, len(parts)) if "/".join(parts[k:]) in open_), None)
        if tail is not None:
            return "/".join([*parts[:tail], "/".join(parts[tail:])])
        return "/".join(_word(part, open_) if part else part for part in parts)
    mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return WITHHELD_NUMBER if mixed else word
