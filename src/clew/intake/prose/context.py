"""How a phrase is meant: denied, uncertain, of the past, of somebody else, or from hearsay."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from clew.intake.prose.denial import NEGATIVE, TURN, Sentence, reached_ahead, reached_behind
from clew.intake.prose.matcher import GUARDS, PhraseMatch
from clew.intake.prose.rules import read_toml
from clew.intake.prose.subject_resolution import is_led, is_of_thing, is_owned
from clew.intake.prose.words import CLAUSE, COMMA, Text

YEAR = re.compile(r"(?:19|20)\d\d")
MONTHS = tuple(read_toml("classes")["class"]["months"].split())
NEAR = 5
"""Words about "not missing" within which it is about a thing."""
ITEM_REACH = 4
"""Words between "no" and a thing that a person carries ("no sign of a phone")."""
PRESENT = frozenset({"phone_present"})
"""Values that say only that a thing is there."""
_MAY = frozenset({"may", "might", "could", "possibly"})


@dataclass(slots=True)
class Judged:
    """The phrases of one sentence by how they are meant; denied and absent ones with their cue."""

    denied: dict[PhraseMatch, PhraseMatch] = field(default_factory=dict)
    uncertain: set[PhraseMatch] = field(default_factory=set)
    history: set[PhraseMatch] = field(default_factory=set)
    other: set[PhraseMatch] = field(default_factory=set)
    hearsay: set[PhraseMatch] = field(default_factory=set)
    absent: dict[PhraseMatch, PhraseMatch] = field(default_factory=dict)
    kept: set[PhraseMatch] = field(default_factory=set)
    of_thing: set[PhraseMatch] = field(default_factory=set)
    present: set[PhraseMatch] = field(default_factory=set)
    answered_no: bool = False

    def answer(self, sentence: Sentence, *, said_yes: bool) -> None:
        """Turn what a form's label says by its answer: a yes leaves it, a no turns it round."""
        matches = [match for starting in sentence.starting.values() for match in starting]
        items = [match for match in matches if match.rule.field == "item"]
        if said_yes:
            self.present.update(match for match in items if match not in self.absent)
            return
        self.answered_no = True
        others = [m for m in matches if m.rule.field != "item" and m.rule.value not in PRESENT]
        for match in matches:
            if match.rule.field != "item":
                if match in self.denied:  # "No syringe: no" may mean either
                    self.uncertain.add(match)
                self.denied.setdefault(match, match)
            elif match in self.absent:  # "Phone missing: No"
                self.kept.add(match)
            elif not any(m.first <= match.first and match.last <= m.last for m in others):
                self.absent[match] = match  # and not "Bag over head: No"


def judge(
    sentence: Sentence, cues: Iterable[PhraseMatch], reported: datetime | None, *, asks: bool
) -> Judged:
    """Return how the cues of a sentence say that its phrases are meant.

    `reported` is when the report was made, by which the past is known; `asks`: it is a question.
    """
    judged, keys = Judged(), sentence.text.keys
    matches = [match for starting in sentence.starting.values() for match in starting]
    for cue in cues:
        kind = cue.rule.cue["kind"]
        if cue.rule.cue.get("ends") and not sentence.ends_at(cue.last):
            continue
        if kind == "kept" and "missing" in keys[cue.first : cue.last]:  # nothing is missing
            items = (m for m in matches if m.rule.field == "item")
            judged.kept.update(m for m in items if abs(m.first - cue.first) <= NEAR)
        elif kind not in GUARDS - {"uncertain"}:
            _apply(cue, sentence, matches, judged, reported)
    for match in matches:
        for skipped in (keys[place] for place in match.gaps):
            if skipped in NEGATIVE:
                judged.denied.setdefault(match, match)
            elif skipped in _MAY or skipped in {"would", "should", "?"}:
                judged.uncertain.add(match)
        if asks and match not in judged.absent:
            judged.uncertain.add(match)
        if is_owned(match, sentence) or is_led(match, sentence):
            judged.other.add(match)
        if is_of_thing(match, sentence):
            judged.of_thing.add(match)
    return judged


def _apply(
    cue: PhraseMatch,
    sentence: Sentence,
    matches: list[PhraseMatch],
    judged: Judged,
    reported: datetime | None,
) -> None:
    text, kind, only = sentence.text, cue.rule.cue["kind"], cue.rule.cue.get("only")
    reached = [
        match
        for match in _reached(cue, sentence, matches)
        if not _within(cue, match, text) and (not only or match.rule.field in only.split())
    ]
    if kind == "denied":
        for match in reached:
            if match.rule.field != "item":
                judged.denied.setdefault(match, cue)
            elif cue.rule.value in {"denied.no", "denied.after", "denied.ending"}:
                judged.absent.setdefault(match, cue)
    elif kind == "absent":
        for match in reached:
            if match.rule.field == "item":
                judged.absent.setdefault(match, cue)
                # A thing that "may have been taken" is only possibly gone.
                between = set(text.keys[min(match.last, cue.first) : max(match.first, cue.last)])
                if between & (_MAY | {"perhaps", "probably"}) and not between & NEGATIVE:
                    judged.uncertain.add(match)
    elif kind != "history" or _is_past(cue, sentence, reported):
        marked = {"history": judged.history, "uncertain": judged.uncertain, "other": judged.other}
        marked.get(kind, judged.hearsay).update(reached)


def _within(cue: PhraseMatch, match: PhraseMatch, text: Text) -> bool:
    """Say whether a cue is a part of the phrase itself ("no forced entry")."""
    if match.first <= cue.first < match.last:
        return cue.first not in match.gaps
    shared = range(max(cue.first, match.first), min(cue.last, match.last))
    return any(text.keys[p] in NEGATIVE and p not in match.gaps for p in shared)


def _reached(cue: PhraseMatch, sentence: Sentence, matches: list[PhraseMatch]) -> list[PhraseMatch]:
    """Return the phrases that a cue is about."""
    entry, keys = cue.rule.cue, sentence.text.keys
    way, reach = entry["way"], entry.get("reach", 0)
    if way == "clause":
        first, last = cue.first, cue.last
        while (
            first > sentence.first
            and not sentence.stops(first, CLAUSE)
            and keys[first - 1] not in TURN
        ):
            first -= 1
        while last < sentence.last and not sentence.stops(last, CLAUSE) and keys[last] not in TURN:
            last += 1
        return [m for m in matches if first <= m.first < last]
    if way == "pronoun":
        before = [m for m in matches if 0 <= cue.first - m.last <= reach and m.rule.field == "item"]
        return before[-1:]
    if entry.get("open"):
        broken = [
            place
            for place in range(sentence.first, sentence.last)
            if sentence.stops(place, COMMA)
            or keys[place] in TURN
            or keys[place] in {"as", "because", "since", "so"}
        ]
        gaps = [(m.last, cue.first) if way == "backward" else (cue.last, m.first) for m in matches]
        return [
            match
            for match, (first, last) in zip(matches, gaps, strict=True)
            if 0 <= last - first <= reach and not any(first <= place <= last for place in broken)
        ]
    if way == "backward":
        return reached_behind(cue, sentence, reach)
    return reached_ahead(cue, sentence, reach, listed=bool(entry.get("list")))


def _is_past(cue: PhraseMatch, sentence: Sentence, reported: datetime | None) -> bool:
    """Say whether a cue of time means a time before this death."""
    raw, keys = sentence.text.raw, sentence.text.keys
    for place in range(cue.first, cue.last):
        following = place + 1 if place + 1 < sentence.last else None
        if YEAR.fullmatch(raw[place]):
            if following and keys[following] in {"hr", "hrs", "hours", "h"}:
                return False
            if reported:
                return int(raw[place]) < reported.year
            in_month = place > sentence.first and keys[place - 1] in MONTHS
            return not (in_month and place - 2 >= sentence.first and raw[place - 2][:1].isdigit())
        if keys[place] in MONTHS and cue.last - cue.first > 1:
            month = MONTHS.index(keys[place]) + 1
            if following and YEAR.fullmatch(raw[following]):
                dated = (int(raw[following]), month)
                return reported is None or dated < (reported.year, reported.month)
            return reported is None or month != reported.month
    return True
