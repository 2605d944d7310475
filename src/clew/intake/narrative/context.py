"""How a phrase is meant: denied, uncertain, of the past, of somebody else, told rather than seen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from clew.intake.narrative.denial import OPENS, TURN, Sentence, reached_ahead, reached_behind
from clew.intake.narrative.matcher import Match
from clew.intake.narrative.rules import rules
from clew.intake.narrative.words import CLAUSE, COMMA, Text

YEAR = re.compile(r"(?:19|20)\d\d")
MONTHS = (
    "january february march april may june july august september october november december".split()
)
ITEM_REACH = 4
"""Words between "no" and a thing that a person carries ("no sign of a phone")."""
NEGATIVE = frozenset({"not", "no", "never", "nowhere", "without", "cannot", "nothing", "neither"})
_GOES_ON = frozenset(
    {
        "wearing",
        "dressed",
        "holding",
        "carrying",
        "who",
        "still",
        "clutching",
        "conveyed",
        "arrested",
        "detained",
        "upset",
        "shocked",
    }
)
"""Behind a comma these go on about the same person."""
BODILY = frozenset({"posture", "clothing", "body_state", "injuries"})
"""Fields in which police and ambulance staff can be meant; what they did at a scene is the scene."""


@dataclass(slots=True)
class Judged:
    """The phrases of one sentence, by what is said of them; denied and absent ones with their cue."""

    denied: dict[Match, Match] = field(default_factory=dict)
    uncertain: set[Match] = field(default_factory=set)
    history: set[Match] = field(default_factory=set)
    other: set[Match] = field(default_factory=set)
    told: set[Match] = field(default_factory=set)
    absent: dict[Match, Match] = field(default_factory=dict)
    kept: set[Match] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class When:
    """Year and month of the report, by which the past is told; None where they are not known."""

    year: int | None = None
    month: int | None = None


def judge(said: Sentence, cues: Iterable[Match], when: When, *, asks: bool) -> Judged:
    """Return what the cues of a sentence say of its phrases."""
    judged = Judged()
    matches = [m for held in said.starting.values() for m in held]
    for cue in cues:
        _apply(cue, said, matches, judged, when)
    for match in matches:
        _inside(match, said.text, judged)
        if asks and match not in judged.absent:
            judged.uncertain.add(match)
        if _is_other(match, said):
            judged.other.add(match)
    return judged


def _apply(cue: Match, said: Sentence, matches: list[Match], judged: Judged, when: When) -> None:
    kind, entry = cue.rule.cue["kind"], cue.rule.cue
    if kind in {"pseudo", "certain", "now"}:
        return
    if kind == "kept":
        if "missing" in said.text.keys[cue.first : cue.last]:
            judged.kept |= {
                m for m in matches if m.rule.field == "item" and abs(m.first - cue.first) < 6
            }
        return
    if entry.get("ends") and not _at_end(cue, said):
        return
    found = [m for m in _reached(cue, said, matches) if not _within(cue, m, said.text)]
    if only := entry.get("only"):
        found = [m for m in found if m.rule.field == only]
    if kind == "denied":
        found = [m for m in found if m.rule.field != "item" or _denies_item(cue, m)]
        for match in found:
            (judged.absent if match.rule.field == "item" else judged.denied).setdefault(match, cue)
    elif kind == "absent":
        items = {m for m in found if m.rule.field == "item"}
        for match in items:
            judged.absent.setdefault(match, cue)
        judged.uncertain |= {m for m in items if _doubted(m, cue, said)}
    elif kind == "history":
        if _is_past(cue, said, when):
            judged.history |= set(found)
    elif kind == "uncertain":
        judged.uncertain |= set(found)
    else:
        judged.told |= set(found)


def _doubted(match: Match, cue: Match, said: Sentence) -> bool:
    """Tell whether a thing only may be gone ("may have been taken")."""
    keys = said.text.keys[min(match.last, cue.first) : max(match.first, cue.last)]
    return bool(
        {"may", "might", "could", "possibly", "perhaps", "probably"} & set(keys)
    ) and not NEGATIVE & set(keys)


def _denies_item(cue: Match, match: Match) -> bool:
    """Tell whether a denial of a thing means that it was absent."""
    if cue.rule.value == "denied.no":
        return match.first - cue.last <= ITEM_REACH or match.first > cue.last
    return cue.rule.value in {"denied.after", "denied.ending"}


def _within(cue: Match, match: Match, text: Text) -> bool:
    """Tell whether a cue is a part of the phrase itself ("no forced entry")."""
    if match.first <= cue.first < match.last:
        return cue.first not in match.gaps
    shared = range(max(cue.first, match.first), min(cue.last, match.last))
    return any(text.keys[p] in NEGATIVE and p not in match.gaps for p in shared)


def _reached(cue: Match, said: Sentence, matches: list[Match]) -> list[Match]:
    entry = cue.rule.cue
    way, reach = entry["way"], entry.get("reach", 0)
    if way == "clause":
        first, last = _clause(cue, said)
        return [m for m in matches if first <= m.first < last]
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


def _clause(cue: Match, said: Sentence) -> tuple[int, int]:
    """Return the first word of a cue's clause and the one past its last."""
    first, last, keys = cue.first, cue.last, said.text.keys
    while first > said.first and not said.stops(first, CLAUSE) and keys[first - 1] not in TURN:
        first -= 1
    while last < said.last and not said.stops(last, CLAUSE) and keys[last] not in TURN:
        last += 1
    return first, last


def _at_end(cue: Match, said: Sentence) -> bool:
    return cue.last >= said.last or said.text.stops[cue.last] >= COMMA


def _is_past(cue: Match, said: Sentence, when: When) -> bool:
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


def _inside(match: Match, text: Text, judged: Judged) -> None:
    """Judge a phrase by the words that its gaps passed over."""
    for place in match.gaps:
        key = text.keys[place]
        if key in NEGATIVE:
            judged.denied.setdefault(match, match)
        elif key in {"may", "might", "could", "possibly", "?"}:
            judged.uncertain.add(match)


def _is_other(match: Match, said: Sentence) -> bool:
    """Tell whether the nearest person named before a phrase, and its subject, is not the deceased."""
    text, classes = said.text, rules().classes
    person, own, staff = classes["person"], classes["own"], classes["staff"]
    between = set(text.keys[match.first : match.last]) & classes["does"]
    place = match.first - 1
    # "his brother's phone": the owner stands right before it.
    if (
        place >= said.first
        and text.keys[place] in person
        and text.raw[place].endswith("s")
        and "'" in text.raw[place].replace("’", "'")
    ):
        return True
    while place >= said.first:
        key = text.keys[place]
        if said.stops(place + 1, COMMA) and text.keys[place + 1] not in _GOES_ON | classes["does"]:
            return False
        if key in TURN or (
            key in {"when", "that", "where", "because", "by"} and text.keys[place - 1] != "passer"
        ):
            return False
        if key == "and" and text.keys[place + 1] in OPENS:
            return False
        if key in person or key in staff:
            before = text.keys[max(said.first, place - 3) : place]
            if "by" in before or {"to", "per"} & set(before[-2:]):
                return False
            if key in staff and match.rule.field not in BODILY:
                return False
            himself = bool({"himself", "herself", "own"} & between)
            return himself or bool(classes["does"] & between and not classes["tells"] & between)
        if (
            key in own
            and "himself" not in between
            and "herself" not in between
            and not _of_person(place, said)
        ):
            return (
                text.keys[place + 1] == "who"
                and text.keys[min(place + 2, said.last - 1)]
                in {"walked", "ran", "left", "fled", "drove", "rang", "called"}
                or (
                    place > said.first
                    and text.keys[place - 1] in {"another", "second", "unknown", "other"}
                    and bool(classes["does"] & between)
                )
            )
        between.add(key)
        place -= 1
    return False


def _of_person(place: int, said: Sentence) -> bool:
    """Tell whether the deceased is only named to say whose relation somebody is."""
    keys = said.text.keys
    of = place - 2 if keys[place - 1] in {"the", "this"} else place - 1
    return of > said.first and keys[of] == "of" and keys[of - 1] in rules().classes["person"]
