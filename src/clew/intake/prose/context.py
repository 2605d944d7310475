"""How a phrase is meant: denied, uncertain, of the past, of somebody else, or told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from clew.intake.prose.denial import NEGATIVE, TURN, Sentence, reached_ahead, reached_behind
from clew.intake.prose.matcher import GUARDS, PhraseMatch
from clew.intake.prose.rules import word_list
from clew.intake.prose.subject_resolution import is_of_other, is_of_thing
from clew.intake.prose.words import CLAUSE, COMMA, Text

YEAR = re.compile(r"(?:19|20)\d\d")
MONTHS = word_list("months")
NEAR = 5
"""Words about "not missing" within which it speaks of a thing."""
ITEM_REACH = 4
"""Words between "no" and a thing that a person carries ("no sign of a phone")."""


@dataclass(slots=True)
class Judged:
    """The phrases of one sentence by what is said of them; denied ones with their cue."""

    denied: dict[PhraseMatch, PhraseMatch] = field(default_factory=dict)
    uncertain: set[PhraseMatch] = field(default_factory=set)
    history: set[PhraseMatch] = field(default_factory=set)
    other: set[PhraseMatch] = field(default_factory=set)
    told: set[PhraseMatch] = field(default_factory=set)
    absent: dict[PhraseMatch, PhraseMatch] = field(default_factory=dict)
    kept: set[PhraseMatch] = field(default_factory=set)
    of_thing: set[PhraseMatch] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class When:
    """Year and month of the report, by which the past is told; None where they are not known."""

    year: int | None = None
    month: int | None = None


def judge(said: Sentence, cues: Iterable[PhraseMatch], when: When, *, asks: bool) -> Judged:
    """Return what the cues of a sentence say of its phrases."""
    judged = Judged()
    matches = [m for held in said.starting.values() for m in held]
    for cue in cues:
        _apply(cue, said, matches, judged, when)
    for match in matches:
        _inside(match, said.text, judged)
        if asks and match not in judged.absent:
            judged.uncertain.add(match)
        if is_of_other(match, said):
            judged.other.add(match)
        if is_of_thing(match, said):
            judged.of_thing.add(match)
    return judged


def _apply(
    cue: PhraseMatch, said: Sentence, matches: list[PhraseMatch], judged: Judged, when: When
) -> None:
    kind, entry = cue.rule.cue["kind"], cue.rule.cue
    if kind in GUARDS - {"kept", "uncertain"} or (entry.get("ends") and not _at_end(cue, said)):
        return
    if kind == "kept":
        judged.kept |= _kept(cue, said, matches)
        return
    found = [m for m in _reached(cue, said, matches) if not _within(cue, m, said.text)]
    if only := entry.get("only"):
        found = [m for m in found if m.rule.field in only.split()]
    if kind == "denied":
        _deny(cue, found, judged)
    elif kind == "absent":
        items = {m for m in found if m.rule.field == "item"}
        for match in items:
            judged.absent.setdefault(match, cue)
        judged.uncertain |= {m for m in items if _doubted(m, cue, said)}
    elif kind != "history" or _is_past(cue, said, when):
        of = {"history": judged.history, "uncertain": judged.uncertain, "other": judged.other}
        of.get(kind, judged.told).update(found)


def _deny(cue: PhraseMatch, found: Iterable[PhraseMatch], judged: Judged) -> None:
    """Note what a cue denies; a denied thing that people carry was absent."""
    for match in found:
        if match.rule.field != "item":
            judged.denied.setdefault(match, cue)
        elif _denies_item(cue, match):
            judged.absent.setdefault(match, cue)


def _kept(cue: PhraseMatch, said: Sentence, matches: Iterable[PhraseMatch]) -> set[PhraseMatch]:
    """Return the things near a cue that says that nothing is missing."""
    if "missing" not in said.text.keys[cue.first : cue.last]:
        return set()
    return {m for m in matches if m.rule.field == "item" and abs(m.first - cue.first) <= NEAR}


def _doubted(match: PhraseMatch, cue: PhraseMatch, said: Sentence) -> bool:
    """Tell whether a thing only may be gone ("may have been taken")."""
    keys = said.text.keys[min(match.last, cue.first) : max(match.first, cue.last)]
    return bool(
        {"may", "might", "could", "possibly", "perhaps", "probably"} & set(keys)
    ) and not NEGATIVE & set(keys)


def _denies_item(cue: PhraseMatch, match: PhraseMatch) -> bool:
    """Tell whether a denial of a thing means that it was absent."""
    if cue.rule.value == "denied.no":
        return match.first - cue.last <= ITEM_REACH or match.first > cue.last
    return cue.rule.value in {"denied.after", "denied.ending"}


def _within(cue: PhraseMatch, match: PhraseMatch, text: Text) -> bool:
    """Tell whether a cue is a part of the phrase itself ("no forced entry")."""
    if match.first <= cue.first < match.last:
        return cue.first not in match.gaps
    shared = range(max(cue.first, match.first), min(cue.last, match.last))
    return any(text.keys[p] in NEGATIVE and p not in match.gaps for p in shared)


def _reached(cue: PhraseMatch, said: Sentence, matches: list[PhraseMatch]) -> list[PhraseMatch]:
    entry = cue.rule.cue
    way, reach = entry["way"], entry.get("reach", 0)
    if way == "clause":
        first, last = _clause(cue, said)
        return [m for m in matches if first <= m.first < last]
    if way == "pronoun":
        before = [m for m in matches if 0 <= cue.first - m.last <= reach and m.rule.field == "item"]
        return before[-1:]
    if way == "backward":
        if entry.get("open"):
            return [
                m
                for m in matches
                if 0 <= cue.first - m.last <= reach and not _broken(m.last, cue.first + 1, said)
            ]
        return reached_behind(cue, said, reach)
    if entry.get("open"):
        return [
            m
            for m in matches
            if 0 <= m.first - cue.last <= reach and not _broken(cue.last, m.first + 1, said)
        ]
    return reached_ahead(cue, said, reach, listed=bool(entry.get("list")))


def _broken(first: int, last: int, said: Sentence) -> bool:
    """Tell whether a comma, a clause's end or a turn stands between two words."""
    keys = said.text.keys
    return any(
        said.stops(p, COMMA) or keys[p] in TURN or keys[p] in {"as", "because", "since", "so"}
        for p in range(first, min(last, said.last))
    )


def _clause(cue: PhraseMatch, said: Sentence) -> tuple[int, int]:
    """Return the first word of a cue's clause and the one past its last."""
    first, last, keys = cue.first, cue.last, said.text.keys
    while first > said.first and not said.stops(first, CLAUSE) and keys[first - 1] not in TURN:
        first -= 1
    while last < said.last and not said.stops(last, CLAUSE) and keys[last] not in TURN:
        last += 1
    return first, last


def _at_end(cue: PhraseMatch, said: Sentence) -> bool:
    return cue.last >= said.last or said.text.stops[cue.last] >= COMMA


def _is_past(cue: PhraseMatch, said: Sentence, when: When) -> bool:
    """Tell whether a cue of time means a time before this death."""
    text = said.text
    for place in range(cue.first, cue.last):
        word = text.raw[place]
        if YEAR.fullmatch(word):
            following = text.keys[place + 1] if place + 1 < said.last else ""
            if following in {"hr", "hrs", "hours", "h"}:
                return False
            if when.year is not None:
                return int(word) < when.year
            before = text.keys[place - 1] if place > said.first else ""
            dated = (
                before in MONTHS and place - 2 >= said.first and text.raw[place - 2][:1].isdigit()
            )
            return not dated
        if text.keys[place] in MONTHS and cue.last - cue.first > 1:
            if place + 1 < said.last and YEAR.fullmatch(text.raw[place + 1]):
                return (
                    when.year is None
                    or int(text.raw[place + 1]) < when.year
                    or (
                        int(text.raw[place + 1]) == when.year
                        and when.month is not None
                        and MONTHS.index(text.keys[place]) + 1 < when.month
                    )
                )
            return when.month is None or MONTHS.index(text.keys[place]) + 1 != when.month
    return True


def _inside(match: PhraseMatch, text: Text, judged: Judged) -> None:
    """Judge a phrase by the words that its gaps passed over."""
    for place in match.gaps:
        key = text.keys[place]
        if key in NEGATIVE:
            judged.denied.setdefault(match, match)
        elif key in {"may", "might", "could", "would", "should", "possibly", "?"}:
            judged.uncertain.add(match)
