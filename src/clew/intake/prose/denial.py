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
"""Words that deny by themselves."""
OR = frozenset({"or", "nor"})
RELATIVE = frozenset({"that", "which", "reported", "described", "mentioned", "said"})
"""Behind a thing these open what is told of it, before it is denied."""
RELATIVE_REACH = 12
"""Words of such a clause at most."""
LINKS = word_classes()["links"]
"""Behind these "the" goes on with what "no" denies ("no sign of the phone")."""
FILLERS = word_classes()["fillers"]
"""Words that may stand between a list's connector and its next element."""
BEHIND = word_classes()["behind"]
"""Words that may stand behind an element before "or" takes the list up again."""
BACK = word_classes()["back"]
"""Words that may stand between a phrase and the cue behind it."""
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
        """Hold a phrase."""
        self.starting.setdefault(match.first, []).append(match)
        self.ending.setdefault(match.last, []).append(match)

    def stops(self, place: int, limit: int) -> bool:
        """Tell whether before a word stands a break of that kind or a stronger one."""
        return place > self.first and self.text.stops[place] >= limit

    def span(self, place: int) -> tuple[list[PhraseMatch], int]:
        """Return the phrases that begin within the longest one at `place`, and where it ends."""
        end = max(m.last for m in self.starting[place])
        held = [m for p in range(place, end) for m in self.starting.get(p, ())]
        return held, end


def reached_ahead(
    cue: PhraseMatch, said: Sentence, reach: int, *, listed: bool
) -> list[PhraseMatch]:
    """Return the phrases behind a cue that it is about."""
    place, left = cue.last, reach
    keys = said.text.keys
    for inside in range(cue.first + 1, cue.last):
        if any(m.last >= cue.last for m in said.starting.get(inside, ())):
            found, end = said.span(inside)
            around = (m.last for p in range(cue.first, end) for m in said.starting.get(p, ()))
            end = max(end, *around)
            return found + (_list_ahead(found, end, said) if listed else _or_ahead(end, said))
    # A colon or comma directly behind the cue ("missing: phone") does not end its reach.
    while place < said.last and left >= 0:
        if said.stops(place, CLAUSE) or (place > cue.last and said.stops(place, COMMA)):
            return []
        if place in said.starting:
            found, end = said.span(place)
            return found + (_list_ahead(found, end, said) if listed else _or_ahead(end, said))
        if (
            keys[place] in TURN
            or (keys[place] == "and" and not listed)
            or _is_next_thing(cue, place, said)
        ):
            return []
        place, left = place + 1, left - 1
    return []


def _is_next_thing(cue: PhraseMatch, place: int, said: Sentence) -> bool:
    """Tell whether another thing begins behind what "no" denies ("without the PIN the phone")."""
    keys = said.text.keys
    if keys[cue.first] not in {"no", "without"} or cue.last - cue.first > 1 or place == cue.last:
        return False
    return keys[place] in {"the", "his", "her"} and keys[place - 1] not in LINKS


def _or_ahead(place: int, said: Sentence) -> list[PhraseMatch]:
    """Return what "or" adds to a verb's denial ("did not find a note, a bottle or a needle")."""
    found: list[PhraseMatch] = []
    while place < said.last and said.text.stops[place] == COMMA and _or_follows(place, said):
        element = _element(place, said)
        if element is None or said.text.keys[element] in NEGATIVE:
            break
        more, end = said.span(element)
        if end >= said.last or not (said.stops(end, COMMA) or said.text.keys[end] in OR):
            break
        found, place = found + more, end
    while (after := _behind_or(place, said)) is not None:
        more, place = said.span(after)
        found += more
    return found


def _behind_or(place: int, said: Sentence) -> int | None:
    keys, limit = said.text.keys, min(place + 5, said.last)
    while place < limit and keys[place] in BEHIND and not said.stops(place, COMMA):
        place += 1
    if place >= said.last or keys[place] not in OR or said.stops(place, CLAUSE):
        return None
    return _element(place + 1, said)


def _element(place: int, said: Sentence) -> int | None:
    """Return where the next element of a list begins, fillers passed over."""
    for _ in range(5):
        if place >= said.last or said.stops(place, CLAUSE):
            return None
        if place in said.starting:
            return place
        if said.text.keys[place] not in FILLERS:
            return None
        place += 1
    return None


def _list_ahead(before: Sequence[PhraseMatch], place: int, said: Sentence) -> list[PhraseMatch]:
    """Return the further elements of a list that a denial opened."""
    found: list[PhraseMatch] = []
    keys = said.text.keys
    fields = {m.rule.field for m in before}
    unknown = 2
    while (
        len(found) < LONGEST_LIST
        and place < said.last
        and not said.stops(place, CLAUSE)
        and keys[place] not in TURN
    ):
        comma = said.stops(place, COMMA)
        at, strong = place, False
        if keys[at] in OR:
            at, strong = at + 1, True
        elif keys[at] == "and":
            at += 1
            if at < said.last and keys[at] in OPENS:
                break
            strong = not comma
        elif not comma:
            after = _behind_or(place, said)
            if after is None:
                break
            at, strong = after, True
        element = _element(at, said)
        if element is None:
            if strong or not (comma and _or_follows(at, said)) or not unknown:
                break
            place, unknown = at + 1, unknown - 1
            continue
        if keys[element] in NEGATIVE:
            break  # "and nothing disturbed" is a denial of its own
        more, end = said.span(element)
        bare = element - at <= 1 and fields & {m.rule.field for m in more} and _ends(end, said)
        if not (strong or _or_follows(end, said) or bare):
            break
        found += more
        place = end
    return found


def _ends(place: int, said: Sentence) -> bool:
    return place >= said.last or said.stops(place, COMMA) or said.text.keys[place] in {"or", "and"}


def _or_follows(place: int, said: Sentence) -> bool:
    """Tell whether "or" or "nor" comes before the clause ends."""
    for at in range(place, min(place + LONG, said.last)):
        if said.stops(at, CLAUSE) or said.text.keys[at] in TURN:
            return False
        if said.text.keys[at] in OR:
            return True
    return False


def reached_behind(cue: PhraseMatch, said: Sentence, reach: int) -> list[PhraseMatch]:
    """Return the phrases before a cue that it is about ("fentanyl was not detected")."""
    place, left = cue.first, reach
    keys = said.text.keys
    while place > said.first and left >= 0:
        if place in said.ending and place > said.first:
            return _list_behind(place, said)
        if said.stops(place, CLAUSE) or (said.stops(place, COMMA) and place != cue.first):
            return []
        if place < said.last and keys[place - 1] not in BACK and keys[place - 1] not in FILLERS:
            left -= 1
            if left < 0:
                return []
        if keys[place - 1] in TURN:
            return []
        if keys[place - 1] == "and" and keys[min(place, said.last - 1)] not in GOES_ON:
            return []
        place, left = place - 1, left - 1
    return _over_relative(cue, said)


def _over_relative(cue: PhraseMatch, said: Sentence) -> list[PhraseMatch]:
    """Return what a cue behind a relative clause is about ("the note she told of was not")."""
    keys = said.text.keys
    for place in range(cue.first - 1, max(said.first, cue.first - RELATIVE_REACH), -1):
        if said.stops(place + 1, CLAUSE) or keys[place] in TURN:
            return []
        if keys[place] in RELATIVE and place in said.ending and not said.stops(place, CLAUSE):
            return _list_behind(place, said)
    return []


def _list_behind(place: int, said: Sentence) -> list[PhraseMatch]:
    found: list[PhraseMatch] = []
    keys = said.text.keys
    linked = False
    while place in said.ending and (
        not found or linked or found[-1].rule.field in {m.rule.field for m in said.ending[place]}
    ):
        more = said.ending[place]
        start = min(m.first for m in more)
        found += [
            m for p in range(start, place + 1) for m in said.ending.get(p, ()) if m.first >= start
        ]
        place = start
        if place <= said.first or said.stops(place, CLAUSE):
            break
        joined = said.stops(place, COMMA)
        while (
            place > said.first
            and keys[place - 1] in FILLERS | {"both", "the"}
            and place not in said.ending
        ):
            joined = joined or said.stops(place - 1, COMMA)
            place -= 1
        if place > said.first and keys[place - 1] in {"and", "or", "nor"}:
            place, joined, linked = place - 1, True, True
        if not joined or not (linked or found[-1].rule.field in {"substances", "item"}):
            break
    return found
