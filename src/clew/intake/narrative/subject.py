"""What a clause is about: where that is a thing, its posture and state are not the deceased's."""

from __future__ import annotations

from clew.intake.narrative.denial import OPENS, TURN, Sentence
from clew.intake.narrative.matcher import Match
from clew.intake.narrative.rules import word_classes
from clew.intake.narrative.words import COMMA

_CLASSES = word_classes()
_OF_HIM = _CLASSES["own"] | _CLASSES["body"]
BODILY = frozenset({"posture", "body_state", "injuries"})
"""Fields that only a body has."""
OF_BODY = frozenset(
    ["suspension_point", "concealed", "covered", "wrapped", "buried", "dumped", "dragged", "posed"]
)
"""What is told of the scene only where a body was so."""
PLACES = frozenset([
    "near_path", "by_wall_or_building", "by_water", "under_bridge", "on_tracks", "stairs",
    "screened_from_view", "far_from_path",
])  # fmt: skip
"""Where a body was; of anything that moves, or of houses, these words tell nothing."""
_SKIPPED = 4
"""Words from a clause's begin to its subject, and from this to its verb."""


def is_of_thing(match: Match, said: Sentence) -> bool:
    """Tell whether a phrase speaks of a thing ("the car was on its side"), or of a way gone."""
    rule = match.rule
    if rule.field in BODILY or rule.value in OF_BODY:
        carried = rule.field == "posture" and _subject_is("carried", match, said)
        return carried or _subject_is("thing", match, said)
    if rule.value in PLACES:
        return _subject_is("landmark", match, said) or _is_way(match, said)
    return False


def _begin(match: Match, said: Sentence) -> int:
    """Return where the clause of a phrase begins."""
    keys = said.text.keys
    for place in range(match.first, said.first, -1):
        if said.stops(place, COMMA) or keys[place - 1] in TURN:
            return place
        if keys[place - 1] == "and" and keys[place] in OPENS:
            return place
    return said.first


def _subject_is(kind: str, match: Match, said: Sentence) -> bool:
    """Tell whether the clause's first noun is of a class and has a verb behind it."""
    keys = said.text.keys
    first = _begin(match, said)
    for place in range(first, min(first + _SKIPPED, match.first)):
        if keys[place] in _OF_HIM:
            return False
        if keys[place] in _CLASSES[kind]:
            between = keys[place + 1 : match.first]
            if not _OF_HIM.isdisjoint(between):
                return False
            if kind == "landmark" and not between:
                return True
            verbs = between[:_SKIPPED] or [keys[match.first]]
            return not _CLASSES["stands"].isdisjoint((*verbs, keys[match.first]))
        if keys[place] in _CLASSES["stands"]:
            return False
    return False


def _is_way(match: Match, said: Sentence) -> bool:
    """Tell whether a place is passed or named, not where a body was ("walking by the canal")."""
    keys = said.text.keys
    before = keys[_begin(match, said) : match.first]
    goes = [k for k, key in enumerate(before) if key in _CLASSES["goes"]]
    return bool(goes) and _CLASSES["lay"].isdisjoint(before[goes[-1] + 1 :])
