"""Which phrases a cue reaches: the first one before or behind it, and the list that this opens.

After NegEx (Chapman and others 2001): a cue reaches a few words, to the end of the clause at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clew.intake.prose.matcher import PhraseMatch
from clew.intake.prose.rules import word_classes
from clew.intake.prose.words import CLAUSE, COMMA, Text

TURN = word_classes()["turn"]
"""A denial ends at these."""
OPENS = word_classes()["opens"]
"""Behind "and" these open something new, which is not denied."""
NEGATIVE = frozenset({"not", "no", "never", "nowhere", "without", "cannot", "nothing", "neither"})
"""Words that deny on their own."""
OR = frozenset({"or", "nor"})
RELATIVE = frozenset({"that", "which", "reported", "described", "mentioned", "said"})
"""Behind a thing these open a clause about it, before it is denied."""
RELATIVE_REACH = 12
"""Words of such a clause at most."""
LINKS = word_classes()["links"]
"""Behind these "the" goes on with what "no" denies ("no sign of the phone")."""
FILLERS = word_classes()["fillers"]
"""Words that may come between a list's connector and its next element."""
BEHIND = word_classes()["behind"]
"""Words that may come behind an element before "or" takes the list up again."""
BACK = word_classes()["back"]
"""Words that may come between a phrase and the cue behind it."""
GOES_ON = word_classes()["goes_on"]
"""Behind "and" these say more of the same thing ("is switched off and has not been found")."""
LONGEST_LIST = 12
"""Elements that one denial reaches at most."""
LONG = 12
"""Words looked ahead for the "or" that shows a list behind commas."""


@dataclass(slots=True)
class Sentence:
    """One sentence of a text with the phrases in it, by first and by last word."""

    text: Text
    first: int
    last: int
    starting: dict[int, list[PhraseMatch]] = field(default_factory=dict)
    ending: dict[int, list[PhraseMatch]] = field(default_factory=dict)

    def add(self, match: PhraseMatch) -> None:
        """Add a phrase."""
        self.starting.setdefault(match.first, []).append(match)
        self.ending.setdefault(match.last, []).append(match)

    def stops(self, place: int, limit: int) -> bool:
        """Say whether a break of that kind, or a stronger one, is before a word."""
        return place > self.first and self.text.stops[place] >= limit

    def ends_at(self, place: int) -> bool:
        """Say whether the sentence, or a part of it, ends before a word."""
        return place >= self.last or self.stops(place, COMMA)

    def span(self, place: int) -> tuple[list[PhraseMatch], int]:
        """Return the phrases that begin within the longest one at `place`, and where it ends."""
        end = max(m.last for m in self.starting[place])
        held = [m for p in range(place, end) for m in self.starting.get(p, ())]
        return held, end


def reached_ahead(
    cue: PhraseMatch, sentence: Sentence, reach: int, *, listed: bool
) -> list[PhraseMatch]:
    """Return the phrases behind a cue that it is about."""
    keys = sentence.text.keys
    for inside in range(cue.first + 1, cue.last):
        if any(m.last >= cue.last for m in sentence.starting.get(inside, ())):
            found, end = sentence.span(inside)
            around = (m.last for p in range(cue.first, end) for m in sentence.starting.get(p, ()))
            return _with_list(found, max(end, *around), sentence, listed=listed)
    bare_no = keys[cue.first] in {"no", "without"} and cue.last - cue.first == 1
    for place in range(cue.last, min(cue.last + reach + 1, sentence.last)):
        # A colon or comma directly behind the cue ("missing: phone") does not end its reach.
        if sentence.stops(place, CLAUSE if place == cue.last else COMMA):
            return []
        if place in sentence.starting:
            return _with_list(*sentence.span(place), sentence, listed=listed)
        if keys[place] in TURN or (keys[place] == "and" and not listed):
            return []
        # Another thing begins behind what "no" denies ("without the PIN the phone").
        owned = place > cue.last and keys[place] in {"the", "his", "her"}
        if bare_no and owned and keys[place - 1] not in LINKS:
            return []
    return []


def _with_list(
    found: list[PhraseMatch], place: int, sentence: Sentence, *, listed: bool
) -> list[PhraseMatch]:
    """Return phrases with those that go on behind them, as a cue that opens a list reaches them.

    Of another cue, a verb's denial, with what "or" adds ("did not find a note, a bottle or a
    needle").
    """
    if listed:
        return found + _list_ahead(found, place, sentence)
    while (
        place < sentence.last
        and sentence.text.stops[place] == COMMA
        and _or_follows(place, sentence)
    ):
        element = _element(place, sentence)
        if element is None or sentence.text.keys[element] in NEGATIVE:
            break
        more, end = sentence.span(element)
        if end >= sentence.last or not (
            sentence.stops(end, COMMA) or sentence.text.keys[end] in OR
        ):
            break
        found, place = found + more, end
    while (after := _behind_or(place, sentence)) is not None:
        more, place = sentence.span(after)
        found += more
    return found


def _behind_or(place: int, sentence: Sentence) -> int | None:
    keys, limit = sentence.text.keys, min(place + 5, sentence.last)
    while place < limit and keys[place] in BEHIND and not sentence.stops(place, COMMA):
        place += 1
    if place >= sentence.last or keys[place] not in OR or sentence.stops(place, CLAUSE):
        return None
    return _element(place + 1, sentence)


def _element(place: int, sentence: Sentence) -> int | None:
    """Return where the next element of a list begins, fillers passed over."""
    for _ in range(5):
        if place >= sentence.last or sentence.stops(place, CLAUSE):
            return None
        if place in sentence.starting:
            return place
        if sentence.text.keys[place] not in FILLERS:
            return None
        place += 1
    return None


def _list_ahead(before: Sequence[PhraseMatch], place: int, sentence: Sentence) -> list[PhraseMatch]:
    """Return the further elements of a list that a denial opened."""
    found: list[PhraseMatch] = []
    keys = sentence.text.keys
    fields = {m.rule.field for m in before}
    unknown = 2
    while (
        len(found) < LONGEST_LIST
        and place < sentence.last
        and not sentence.stops(place, CLAUSE)
        and keys[place] not in TURN
    ):
        comma = sentence.stops(place, COMMA)
        at, strong = place, False
        if keys[at] in OR:
            at, strong = at + 1, True
        elif keys[at] == "and":
            at += 1
            if at < sentence.last and keys[at] in OPENS:
                break
            strong = not comma
        elif not comma:
            after = _behind_or(place, sentence)
            if after is None:
                break
            at, strong = after, True
        element = _element(at, sentence)
        if element is None:
            if strong or not (comma and _or_follows(at, sentence)) or not unknown:
                break
            place, unknown = at + 1, unknown - 1
            continue
        if keys[element] in NEGATIVE:
            break  # "and nothing disturbed" is a denial of its own
        more, end = sentence.span(element)
        alike = element - at <= 1 and fields & {m.rule.field for m in more}
        bare = alike and (sentence.ends_at(end) or keys[end] in {"or", "and"})
        if not (strong or _or_follows(end, sentence) or bare):
            break
        found += more
        place = end
    return found


def _or_follows(place: int, sentence: Sentence) -> bool:
    """Say whether "or" or "nor" comes before the clause ends."""
    for at in range(place, min(place + LONG, sentence.last)):
        if sentence.stops(at, CLAUSE) or sentence.text.keys[at] in TURN:
            return False
        if sentence.text.keys[at] in OR:
            return True
    return False


def reached_behind(cue: PhraseMatch, sentence: Sentence, reach: int) -> list[PhraseMatch]:
    """Return the phrases before a cue that it is about ("fentanyl was not detected")."""
    place, left = cue.first, reach
    keys = sentence.text.keys
    while place > sentence.first and left >= 0:
        if place in sentence.ending:
            return _list_behind(place, sentence)
        before = keys[place - 1]
        skipped = place < sentence.last and before not in BACK and before not in FILLERS
        new = before == "and" and keys[min(place, sentence.last - 1)] not in GOES_ON
        stopped = sentence.stops(place, CLAUSE if place == cue.first else COMMA)
        if stopped or left < skipped or before in TURN or new:
            return []
        place, left = place - 1, left - 1 - skipped
    # Over a relative clause ("the note she told of was not found").
    for at in range(cue.first - 1, max(sentence.first, cue.first - RELATIVE_REACH), -1):
        if sentence.stops(at + 1, CLAUSE) or keys[at] in TURN:
            break
        if keys[at] in RELATIVE and at in sentence.ending and not sentence.stops(at, CLAUSE):
            return _list_behind(at, sentence)
    return []


def _list_behind(place: int, sentence: Sentence) -> list[PhraseMatch]:
    found: list[PhraseMatch] = []
    keys = sentence.text.keys
    linked = False
    while place in sentence.ending and (
        not found
        or linked
        or found[-1].rule.field in {m.rule.field for m in sentence.ending[place]}
    ):
        more = sentence.ending[place]
        start = min(m.first for m in more)
        found += [
            m
            for p in range(start, place + 1)
            for m in sentence.ending.get(p, ())
            if m.first >= start
        ]
        place = start
        if place <= sentence.first or sentence.stops(place, CLAUSE):
            break
        joined = sentence.stops(place, COMMA)
        while (
            place > sentence.first
            and keys[place - 1] in FILLERS | {"both", "the"}
            and place not in sentence.ending
        ):
            joined = joined or sentence.stops(place - 1, COMMA)
            place -= 1
        if place > sentence.first and keys[place - 1] in {"and", "or", "nor"}:
            place, joined, linked = place - 1, True, True
        if not joined or not (linked or found[-1].rule.field in {"substances", "item"}):
            break
    return found
