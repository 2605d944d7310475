"""Whose a phrase is: the nearest person named before it may not be the deceased."""

from __future__ import annotations

from clew.intake.prose.denial import OPENS, TURN, Sentence
from clew.intake.prose.matcher import PhraseMatch
from clew.intake.prose.rules import word_classes
from clew.intake.prose.words import COLON, COMMA

_CLASSES = word_classes()
_OF_HIM = _CLASSES["own"] | _CLASSES["body"]
SUBJECT_BODILY = frozenset({"posture", "body_state", "injuries"})
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


def is_of_thing(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether a phrase speaks of a thing ("the car was on its side"), or of a way gone."""
    rule = match.rule
    if rule.field in SUBJECT_BODILY or rule.value in OF_BODY:
        carried = rule.field == "posture" and _subject_is("carried", match, said)
        return carried or _subject_is("thing", match, said)
    if rule.value in PLACES:
        return _subject_is("landmark", match, said) or _is_way(match, said)
    return False


def _begin(match: PhraseMatch, said: Sentence) -> int:
    """Return where the clause of a phrase begins."""
    keys = said.text.keys
    for place in range(match.first, said.first, -1):
        if said.stops(place, COMMA) or keys[place - 1] in TURN:
            return place
        if keys[place - 1] == "and" and keys[place] in OPENS:
            return place
    return said.first


def _subject_is(kind: str, match: PhraseMatch, said: Sentence) -> bool:
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


def _is_way(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether a place is passed or named, not where a body was ("walking by the canal")."""
    keys = said.text.keys
    before = keys[_begin(match, said) : match.first]
    goes = [k for k, key in enumerate(before) if key in _CLASSES["goes"]]
    return bool(goes) and _CLASSES["lay"].isdisjoint(before[goes[-1] + 1 :])


_PERSON, _STAFF, _OWN = _CLASSES["person"], _CLASSES["staff"], _CLASSES["own"]
_DOES, _TELLS, _ACTS = _CLASSES["does"], _CLASSES["tells"], _CLASSES["acts"]
_OTHERS = _PERSON | _STAFF
_NAMED = _OTHERS | _OWN | frozenset({"someone", "somebody", "another", "me", "us", "person"})
_DOES_OR_ACTS = _DOES | _ACTS
_TELLS_ONLY = _TELLS - _ACTS
BODILY = frozenset({"posture", "clothing", "body_state", "injuries"})
"""Fields in which police and ambulance staff can be meant; what else they do is the scene's."""
_GOES_ON = _DOES | frozenset(
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
_NEW_SUBJECT = frozenset({"when", "that", "where", "because"})
_WENT = frozenset({"walked", "ran", "left", "fled", "drove", "rang", "called"})
_ANOTHER = frozenset({"another", "second", "unknown", "other"})
_PLACES = frozenset(
    {"flat", "house", "home", "room", "car", "address", "garden", "van", "bedroom", "property"}
)
_SELF = frozenset({"himself", "herself"})
_HELD = frozenset(
    {"sat", "sits", "knelt", "kneels", "lay", "leant", "crouched", "kneeling", "sitting"}
)
"""Verbs of posture: who stands right before one does it ("the officer knelt beside him")."""
_KEPT = frozenset({"resident", "tenant", "passenger", "driver"})
"""These may be the deceased."""
_DRESSED = frozenset({"in", "wearing", "with", "a", "an", "the", "his", "her", "their", "both"})
_PARTS = frozenset({"seat", "door", "side", "window", "compartment"})
"""Behind "driver", "passenger" these make it no person."""
_OF_STAFF = frozenset(
    {"naloxone_used", "forced_by_police_or_fire", "forced_entry", "resuscitation_debris"}
)
"""What staff do that is the scene's all the same."""


def is_of_other(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether a phrase is about somebody other than the deceased."""
    if any(_is_owned(place, said) for place in (match.first - 1, *match.gaps)) or (
        match.rule.field != "mentions" and _is_owned_behind(match, said)
    ):
        return True
    return _is_led(match, said)


def _is_led(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether the nearest person named before a phrase is another, and does what it says."""
    text = said.text
    between = set(text.keys[match.first : match.last]) & _DOES_OR_ACTS
    place = match.first
    while (place := place - 1) >= said.first:
        key = text.keys[place].removesuffix("'s")
        if (who := _relative(place, said)) is not None:
            place = who
            continue
        if _begins_anew(place, said):
            return False
        named = key in _PERSON and text.keys[place + 1] not in _PARTS
        if key in _KEPT and match.rule.field == "posture":
            return False
        if named and (_is_found(place, match, said) or _is_home(place, said)):
            return True
        if named or key in _STAFF:
            return _is_subject(place, match, said, between)
        if key in _OWN and not _SELF & between and not _of_person(place, said):
            return _is_another(place, said, between)
        between.add(key)
    return False


def _relative(place: int, said: Sentence) -> int | None:
    """Return where ", who ...," begins that ends at a place ("her son, who found her, was")."""
    keys = said.text.keys
    if not said.stops(place + 1, COMMA) or keys[place + 1] not in _DOES:
        return None
    for at in range(place, max(said.first, place - 12), -1):
        if keys[at] in {"who", "whose"}:
            return at
        if said.stops(at, COMMA):
            return None
    return None


def _is_owned(place: int, said: Sentence) -> bool:
    """Tell whether an owner stands right before a phrase ("his brother's phone")."""
    if place < said.first or said.text.keys[place].removesuffix("'s") not in _OTHERS:
        return False
    written = said.text.raw[place].replace("’", "'")
    return written.endswith("s") and "'" in written


def _is_owned_behind(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether the owner stands behind a phrase ("on the sleeve of the flatmate's shirt")."""
    keys = said.text.keys
    if match.last + 2 >= said.last or said.stops(match.last, COLON):
        return False
    if keys[match.last] == "of" and match.rule.field != "scene":
        return not _OTHERS.isdisjoint(keys[match.last + 1 : match.last + 3])
    if match.rule.field == "scene" and _is_done_by_staff(match, said):
        return True
    if match.rule.value not in {"covered", "wrapped", "dragged"}:
        return False
    after = match.last + 1 if keys[match.last] in _CLASSES["his"] else match.last
    return keys[after] in _OTHERS


def _is_done_by_staff(match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether staff are said to have done it ("the oxygen was brought in by the crew")."""
    after = said.text.keys[match.first : min(match.last + 7, said.last)]
    if match.rule.value in _OF_STAFF or "by" not in after:
        return False
    at = len(after) - 1 - after[::-1].index("by")
    return not _STAFF.isdisjoint(after[at + 1 : at + 3]) and not _ACTS.isdisjoint(after[:at])


def _is_found(place: int, match: PhraseMatch, said: Sentence) -> bool:
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
    if said.stops(place + 1, COMMA) and following not in _GOES_ON:
        return True
    if key in TURN or (key == "and" and following in OPENS):
        return True
    if key == "by":
        return not _NAMED.isdisjoint(keys[place + 1 : place + 4]) and keys[place - 1] != "passer"
    return key in _NEW_SUBJECT


def _is_subject(place: int, match: PhraseMatch, said: Sentence, between: set[str]) -> bool:
    """Tell whether a person named does or is what the phrase says, and does not only tell of it."""
    keys = said.text.keys
    before = keys[max(said.first, place - 3) : place]
    if match.rule.value in PLACES and match.first == place + 1:
        return True  # "I spoke to the mother on the stairs"
    tells = not _TELLS.isdisjoint(keys[match.first : match.last])
    if (match.rule.basis and tells) or "by" in before or {"to", "per"} & set(before[-2:]):
        return False
    if keys[place] in _STAFF and match.rule.field not in BODILY:
        return _acts(match, between)
    if (_SELF | {"own"}) & between or _is_beside(place, match, said):
        return True
    own = not tells and not match.rule.basis
    return not _TELLS & between and (bool(_DOES & between) or (own and _leads(place, said)))


def _acts(match: PhraseMatch, between: set[str]) -> bool:
    """Tell whether staff did what a phrase of the scene says ("crew put a needle into the leg")."""
    if match.rule.value in _OF_STAFF or match.rule.field not in {"scene", "substances"}:
        return False
    return bool(_ACTS & between) and not _TELLS_ONLY & between


def _is_beside(place: int, match: PhraseMatch, said: Sentence) -> bool:
    """Tell whether a person stands right before the phrase ("officers in hi vis")."""
    keys = said.text.keys
    if keys[match.first] in _HELD and match.first == place + 1 and keys[place] not in _KEPT:
        return True
    worn = match.rule.field == "clothing" and {"in", "wearing", "with"} & set(
        keys[place + 1 : match.first + 1]
    )
    return bool(worn) and set(keys[place + 1 : match.first]) <= _DRESSED


def _leads(place: int, said: Sentence) -> bool:
    """Tell whether a sentence begins with a person, whatever he or she does."""
    keys = said.text.keys
    if keys[place] in {"i", "we", "each"} or place - said.first > 2:
        return False
    if keys[place + 1] in {"with", "to", "on", "at", "of", "for", "and"}:
        return False
    return not any(said.stops(p, COLON) for p in range(said.first + 1, place + 2))


def _is_another(place: int, said: Sentence, between: set[str]) -> bool:
    """Tell whether "male" and the like is another one ("the male who walked off")."""
    keys = said.text.keys
    if keys[place + 1] == "who":
        return keys[min(place + 2, said.last - 1)] in _WENT
    another = place > said.first and keys[place - 1] in _ANOTHER
    return another and bool(_DOES & between)


def _of_person(place: int, said: Sentence) -> bool:
    """Tell whether the deceased is only named to say whose relation somebody is."""
    keys = said.text.keys
    of = place - 2 if keys[place - 1] in {"the", "this"} else place - 1
    return of > said.first and keys[of] == "of" and keys[of - 1] in _PERSON
