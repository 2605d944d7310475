"""Whose a phrase is: the nearest person named before it may not be the deceased."""

from __future__ import annotations

from clew.intake.narrative.denial import OPENS, TURN, Sentence
from clew.intake.narrative.matcher import Match
from clew.intake.narrative.rules import rules
from clew.intake.narrative.words import COMMA

BODILY = frozenset({"posture", "clothing", "body_state", "injuries"})
"""Fields in which police and ambulance staff can be meant; what else they do is the scene's."""
_GOES_ON = frozenset(
    [
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
    ]
)
"""Behind a comma these go on about the same person."""
_NEW_SUBJECT = frozenset({"when", "that", "where", "because", "by"})
_WENT = frozenset({"walked", "ran", "left", "fled", "drove", "rang", "called"})
_ANOTHER = frozenset({"another", "second", "unknown", "other"})
_PLACES = frozenset(
    {"flat", "house", "home", "room", "car", "address", "garden", "van", "bedroom", "property"}
)
_SELF = frozenset({"himself", "herself"})


def is_of_other(match: Match, said: Sentence) -> bool:
    """Tell whether a phrase is about somebody other than the deceased."""
    text, classes = said.text, rules().classes
    if _is_owned(match.first - 1, said):
        return True
    between = set(text.keys[match.first : match.last]) & classes["does"]
    for place in range(match.first - 1, said.first - 1, -1):
        key = text.keys[place]
        if _begins_anew(place, said):
            return False
        if key in classes["person"] and (_is_found(place, match, said) or _is_home(place, said)):
            return True
        if key in classes["person"] or key in classes["staff"]:
            return _is_subject(place, match, said, between)
        if key in classes["own"] and not _SELF & between and not _of_person(place, said):
            return _is_another(place, said, between)
        between.add(key)
    return False


def _is_owned(place: int, said: Sentence) -> bool:
    """Tell whether an owner stands right before a phrase ("his brother's phone")."""
    if place < said.first or said.text.keys[place] not in rules().classes["person"]:
        return False
    written = said.text.raw[place].replace("’", "'")
    return written.endswith("s") and "'" in written


def _is_found(place: int, match: Match, said: Sentence) -> bool:
    """Tell whether somebody is said to have been found so ("mother found kneeling by him")."""
    found = said.text.keys[place + 1] == "found" and match.first == place + 2
    return found and place <= said.first + 1 and match.rule.field in BODILY


def _is_home(place: int, said: Sentence) -> bool:
    """Tell whether a sentence begins with somebody else's place ("the neighbour's flat ...")."""
    owned = said.text.raw[place].lower().replace("’", "'").endswith("'s")
    return owned and place <= said.first + 1 and said.text.keys[place + 1] in _PLACES


def _begins_anew(place: int, said: Sentence) -> bool:
    """Tell whether the words behind a place no longer belong to a subject before it."""
    keys = said.text.keys
    key, following = keys[place], keys[place + 1]
    if said.stops(place + 1, COMMA) and following not in _GOES_ON | rules().classes["does"]:
        return True
    if key in TURN or (key == "and" and following in OPENS):
        return True
    return key in _NEW_SUBJECT and not (place > said.first and keys[place - 1] == "passer")


def _is_subject(place: int, match: Match, said: Sentence, between: set[str]) -> bool:
    """Tell whether a person named does or is what the phrase says, and does not only tell of it."""
    classes, keys = rules().classes, said.text.keys
    before = keys[max(said.first, place - 3) : place]
    if "by" in before or {"to", "per"} & set(before[-2:]):
        return False
    if keys[place] in classes["staff"] and match.rule.field not in BODILY:
        return False
    if (_SELF | {"own"}) & between:
        return True
    return bool(classes["does"] & between) and not classes["tells"] & between


def _is_another(place: int, said: Sentence, between: set[str]) -> bool:
    """Tell whether "male" and the like is another one ("the male who walked off")."""
    keys = said.text.keys
    if keys[place + 1] == "who":
        return keys[min(place + 2, said.last - 1)] in _WENT
    another = place > said.first and keys[place - 1] in _ANOTHER
    return another and bool(rules().classes["does"] & between)


def _of_person(place: int, said: Sentence) -> bool:
    """Tell whether the deceased is only named to say whose relation somebody is."""
    keys = said.text.keys
    of = place - 2 if keys[place - 1] in {"the", "this"} else place - 1
    return of > said.first and keys[of] == "of" and keys[of - 1] in rules().classes["person"]
