"""Where a pair stands in the queue, and what brings it back. Pure rules, and no weight among them.

A pair is there once. `not_linked` with a second reader's agreement puts it aside; a fact that is
compared and touches either case, or a new case that matches either, brings it back, before a more
senior reader. Nothing here reads or alters a weight, a rank, a chance or an alert.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

OPEN, SECOND, NOT_TAKEN, LINKED = "open", "second_reader", "not_taken_forward", "linked"
STATES = (OPEN, SECOND, NOT_TAKEN, LINKED)
ANY_READER, SENIOR_READER = 1, 2
"""Who reads: any analyst; from the second time that a pair comes up, somebody more senior."""
CANDIDATES = 5
"""Settled: at most five candidates a death."""
SPARES = 2
"""Declared: matches kept behind the first five that are not sealed, so that five are left to a
reader when one or two of these are sealed later. Each costs a fifth of a comparison's rows."""
RANKED = 15
"""Declared: matches ranked for one comparison; up to eight of the first may be sealed and seven are
left. Ranking hardly costs more for fifteen than for five: it is one pass over all records."""
MOST_WORDS = 300
"""Characters of `because`; the column's length."""
MOST_MATCHES = 20
"""Declared: other records kept as reasons of one return; the first say as much as all."""


class Match(NamedTuple):
    """A reference to a further record that matches one of a pair: the numbers of both.

    It is put into words for each reader, since the further record may be sealed from some.
    """

    record: str
    of: str


@dataclass(frozen=True, slots=True)
class PairState:
    """Where a pair stands. `times` it came up; `because` and `matches` say why it is here.

    `because` is words that every reader of the pair may read: they name its own two records alone.
    """

    state: str = OPEN
    level: int = ANY_READER
    times: int = 1
    because: str = ""
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class FactTouched:
    """A fact that is compared became known of one of the two; `fields` in words."""

    case_id: str
    fields: tuple[str, ...]

    def says(self) -> str:
        """Return one sentence; it names a record of the pair itself, so everyone may read it."""
        names = ", ".join(self.fields[:4]) or "a fact"
        return f"New facts about {self.case_id}: {names}"


@dataclass(frozen=True, slots=True)
class NewMatch:
    """Another case, `case_id`, whose candidate is `candidate`, one of the two."""

    case_id: str
    candidate: str
    within_budget: bool
    chance: float

    def counts_for(self, first: str, second: str, chance: float) -> bool:
        """Tell whether it brings the pair back, whose own chance is `chance`.

        It does within the alert budget, or where it is at least as surprising as the pair itself.
        """
        if self.case_id in (first, second) or self.candidate not in (first, second):
            return False
        return self.within_budget or self.chance <= chance


News = FactTouched | NewMatch


def resurface(standing: PairState, news: Iterable[News]) -> PairState:
    """Return where a pair stands after news of it.

    One that was put aside is open again, before a more senior reader. One that waits for its
    second reader goes on waiting, and that reader is told; so it is with a linked one, and an open
    one that was read before. Of one that nobody has read yet, the newest link tells everything.
    """
    every = tuple(news)
    said = tuple(one.says() for one in _by_record(every))
    found = [Match(one.case_id, one.candidate) for one in every if isinstance(one, NewMatch)]
    matches = tuple(dict.fromkeys(found))[:MOST_MATCHES]
    unread = standing.state == OPEN and standing.times == 1 and standing.level == ANY_READER
    if not every or unread:
        return standing
    if standing.state == NOT_TAKEN:
        return PairState(
            OPEN,
            max(standing.level, SENIOR_READER),
            standing.times + 1,
            _words((*said, LOOKED_AT)),
            matches,
        )
    return replace(standing, because=_words(said), matches=matches)


def _by_record(news: Iterable[News]) -> list[FactTouched]:
    """Return the facts that are new of each record, each record and each field once."""
    fields: dict[str, dict[str, None]] = {}
    for one in news:
        if isinstance(one, FactTouched):
            fields.setdefault(one.case_id, {}).update(dict.fromkeys(one.fields))
    return [FactTouched(case_id, tuple(names)) for case_id, names in fields.items()]


def judged(standing: PairState, verdict: str) -> PairState:
    """Return where a pair stands after a judgement.

    `undetermined` leaves it open: nobody has decided, and it must not be lost.
    """
    state = {"linked": LINKED, "not_linked": SECOND, "undetermined": OPEN}[verdict]
    return replace(standing, state=state)


def second_read(standing: PairState, *, agrees: bool) -> PairState:
    """Return where a pair stands after its second reader; disagreement goes to a senior one."""
    if standing.state != SECOND:
        return standing
    if agrees:
        return replace(standing, state=NOT_TAKEN)
    level = max(standing.level, SENIOR_READER)
    because = "Two readers disagree"
    return replace(standing, state=OPEN, level=level, because=because, matches=())


# Why a pair is here, put into words for one reader.

LOOKED_AT = "It was not taken forward before"
AN_OLD_MATCH = re.compile(r"(?:Another record, )?(?P<record>\S+?),? matches (?P<of>\S+?)")
"""How rows of earlier versions say a match, within their words."""
SENTENCES = re.compile(r"\. (?=[A-Z])")


def say_because(
    because: str, matches: Iterable[Sequence[str]], ids: Collection[str], open_: Collection[str]
) -> str:
    """Say why a pair is here, to one reader.

    Parameters
    ----------
    because, matches
        As they are kept; words of earlier versions may say a match too.
    ids
        The numbers of the pair's two records.
    open_
        The numbers that the reader may be given; a match of any other record is left out.
    """
    said = [f"Another record, {record}, matches {of}" for record, of in matches if record in open_]
    for text in _sentences(because):
        match = _old_match(text, ids)
        if match is None or match.record in open_:
            said.append(text)
    return _words(said)


def matched_in(because: str, matches: Iterable[Sequence[str]], ids: Collection[str]) -> set[str]:
    """Return the numbers of the further records that a pair's reasons name."""
    old = (_old_match(text, ids) for text in _sentences(because))
    return {record for record, _ in matches} | {match.record for match in old if match}


def _sentences(text: str) -> list[str]:
    return [one.removesuffix(".") for one in SENTENCES.split(text.strip()) if one.strip(". ")]


def _old_match(text: str, ids: Collection[str]) -> Match | None:
    if text.startswith("Another record, ") and text.endswith(" .."):
        return Match("", "")  # cut off by the column's length: part of a number may stand there
    hit = AN_OLD_MATCH.fullmatch(text)
    return Match(hit["record"], hit["of"]) if hit and hit["of"] in ids else None


def from_json(rows: Iterable[Any]) -> tuple[Match, ...]:
    """Return references as a table keeps them: pairs of numbers."""
    return tuple(Match(str(record), str(of)) for record, of in rows)


def _words(said: Iterable[str]) -> str:
    every = tuple(said)
    text = ". ".join(every) + "." if every else ""
    return text if len(text) <= MOST_WORDS else text[: MOST_WORDS - 4] + " ..."
