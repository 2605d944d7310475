"""Whose a phrase is: the nearest person named before it may not be the deceased."""

from __future__ import annotations

from clew.intake.prose.denial import OPENS, TURN, Sentence
from clew.intake.prose.matcher import PhraseMatch
from clew.intake.prose.rules import word_classes
from clew.intake.prose.words import COLON, COMMA

_CLASSES = word_classes()
_OF_HIM = _CLASSES["own"] | _CLASSES["body"]
ONLY_BODIES = frozenset({"posture", "body_state", "injuries"})
"""Fields that only a body has."""
OF_BODY = frozenset(
    ["suspension_point", "concealed", "covered", "wrapped", "buried", "dumped", "dragged", "posed"]
)
"""Words of the scene that only mean a body."""
PLACES = frozenset([
    "near_path", "by_wall_or_building", "by_water", "under_bridge", "on_tracks", "stairs",
    "screened_from_view", "far_from_path",
])  # fmt: skip
"""Where a body was; of anything that moves, or of houses, these words say nothing."""
_SKIPPED = 4
"""Words from a clause's beginning to its subject, and from this to its verb."""


_PERSON, _STAFF, _OWN = _CLASSES["person"], _CLASSES["staff"], _CLASSES["own"]
_DOES, _TELLS, _ACTS = _CLASSES["does"], _CLASSES["tells"], _CLASSES["acts"]
_OTHERS = _PERSON | _STAFF
_NAMED = _OTHERS | _OWN | frozenset({"someone", "somebody", "another", "me", "us", "person"})
_DOES_OR_ACTS = _DOES | _ACTS
BODILY = frozenset({"posture", "clothing", "body_state", "injuries"})
"""Fields that can be about police and ambulance staff; what else they do belongs to the scene."""
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
_HOMES = frozenset(
    {"flat", "house", "home", "room", "car", "address", "garden", "van", "bedroom", "property"}
)
_SELF = frozenset({"himself", "herself"})
_HELD = frozenset(
    {"sat", "sits", "knelt", "kneels", "lay", "leant", "crouched", "kneeling", "sitting"}
)
"""Verbs of posture: the person right before one does it ("the officer knelt beside him")."""
_KEPT = frozenset({"resident", "tenant", "passenger", "driver"})
"""These may be the deceased."""
_DRESSED = frozenset({"in", "wearing", "with", "a", "an", "the", "his", "her", "their", "both"})
_PARTS = frozenset({"seat", "door", "side", "window", "compartment"})
"""Behind "driver", "passenger" these make it no person."""
_OF_STAFF = frozenset(
    {"naloxone_used", "forced_by_police_or_fire", "forced_entry", "resuscitation_debris"}
)
"""What staff do that belongs to the scene all the same."""


def is_of_thing(match: PhraseMatch, sentence: Sentence) -> bool:
    """Say whether a phrase is about a thing ("the car was on its side"), or about a way gone."""
    rule = match.rule
    if rule.field in ONLY_BODIES or rule.value in OF_BODY:
        carried = rule.field == "posture" and _subject_is("carried", match, sentence)
        return carried or _subject_is("thing", match, sentence)
    if rule.value not in PLACES:
        return False
    if _subject_is("landmark", match, sentence):
        return True
    # A place is passed or named, not where a body was ("walking by the canal").
    before = sentence.text.keys[_begin(match, sentence) : match.first]
    goes = [k for k, key in enumerate(before) if key in _CLASSES["goes"]]
    return bool(goes) and _CLASSES["lay"].isdisjoint(before[goes[-1] + 1 :])


def _begin(match: PhraseMatch, sentence: Sentence) -> int:
    """Return where the clause of a phrase begins."""
    keys = sentence.text.keys
    for place in range(match.first, sentence.first, -1):
        if sentence.stops(place, COMMA) or keys[place - 1] in TURN:
            return place
        if keys[place - 1] == "and" and keys[place] in OPENS:
            return place
    return sentence.first


def _subject_is(kind: str, match: PhraseMatch, sentence: Sentence) -> bool:
    """Say whether the clause's first noun is of a class and has a verb behind it."""
    keys = sentence.text.keys
    first = _begin(match, sentence)
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


def is_owned(match: PhraseMatch, sentence: Sentence) -> bool:
    """Say whether the words around a phrase make it somebody else's thing or doing."""
    text, field, end = sentence.text, match.rule.field, match.last
    keys = text.keys
    for place in (match.first - 1, *match.gaps):
        if place >= sentence.first and keys[place].removesuffix("'s") in _OTHERS:
            written = text.raw[place].replace("’", "'")
            if written.endswith("s") and "'" in written:  # "his brother's phone"
                return True
    if field == "mentions" or end + 2 >= sentence.last or sentence.stops(end, COLON):
        return False
    if keys[end] == "of" and field != "scene":  # "on the sleeve of the flatmate's shirt"
        return not _OTHERS.isdisjoint(keys[end + 1 : end + 3])
    after = keys[match.first : min(end + 7, sentence.last)]
    if field == "scene" and match.rule.value not in _OF_STAFF and "by" in after:
        by = len(after) - 1 - after[::-1].index("by")  # "the oxygen was brought in by the crew"
        if not _STAFF.isdisjoint(after[by + 1 : by + 3]) and not _ACTS.isdisjoint(after[:by]):
            return True
    taken = match.rule.value in {"covered", "wrapped", "dragged"}
    return taken and keys[end + 1 if keys[end] in _CLASSES["his"] else end] in _OTHERS


def is_led(match: PhraseMatch, sentence: Sentence) -> bool:
    """Say whether the nearest person named before a phrase is another, and does what it says."""
    raw, keys, field = sentence.text.raw, sentence.text.keys, match.rule.field
    between = set(keys[match.first : match.last]) & _DOES_OR_ACTS
    place = match.first
    while (place := place - 1) >= sentence.first:
        written, following = keys[place], keys[place + 1]
        key = written.removesuffix("'s")
        if (who := _relative(place, sentence)) is not None:
            place = who
            continue
        if (
            # The words behind this place no longer belong to a subject before it.
            (sentence.stops(place + 1, COMMA) and following not in _GOES_ON)
            or written in TURN
            or written in _NEW_SUBJECT
            or (written == "and" and following in OPENS)
            or (
                written == "by"
                and not _NAMED.isdisjoint(keys[place + 1 : place + 4])
                and keys[place - 1] != "passer"
            )
            or (key in _KEPT and field == "posture")
        ):
            return False
        named = key in _PERSON and following not in _PARTS
        if named and place <= sentence.first + 1:
            # "mother found kneeling by him"; "the neighbour's flat ..."
            found_so = following == "found" and match.first == place + 2 and field in BODILY
            owner = raw[place].lower().replace("’", "'").endswith("'s")
            if found_so or (owner and following in _HOMES):
                return True
        if named or key in _STAFF:
            return _is_subject(place, match, sentence, between)
        before = place - 2 if keys[place - 1] in {"the", "this"} else place - 1
        named_for = before > sentence.first and keys[before] == "of" and keys[before - 1] in _PERSON
        if key in _OWN and not _SELF & between and not named_for:  # "the brother of the deceased"
            if following == "who":  # "the male who walked off"
                return keys[min(place + 2, sentence.last - 1)] in _WENT
            another = place > sentence.first and keys[place - 1] in _ANOTHER
            return another and bool(_DOES & between)
        between.add(key)
    return False


def _relative(place: int, sentence: Sentence) -> int | None:
    """Return where ", who ...," begins that ends at a place ("her son, who found her, was")."""
    keys = sentence.text.keys
    if not sentence.stops(place + 1, COMMA) or keys[place + 1] not in _DOES:
        return None
    for at in range(place, max(sentence.first, place - 12), -1):
        if keys[at] in {"who", "whose"}:
            return at
        if sentence.stops(at, COMMA):
            return None
    return None


def _is_subject(place: int, match: PhraseMatch, sentence: Sentence, between: set[str]) -> bool:
    """Say whether a person named does or is what the phrase says, and does not only report it."""
    keys, field = sentence.text.keys, match.rule.field
    before = keys[max(sentence.first, place - 3) : place]
    directly = match.first == place + 1
    if match.rule.value in PLACES and directly:
        return True  # "I spoke to the mother on the stairs"
    tells = not _TELLS.isdisjoint(keys[match.first : match.last])
    if (match.rule.basis and tells) or "by" in before or {"to", "per"} & set(before[-2:]):
        return False
    if keys[place] in _STAFF and field not in BODILY:
        # What staff did in a phrase of the scene ("crew put a needle into the leg").
        of_scene = match.rule.value not in _OF_STAFF and field in {"scene", "substances"}
        return of_scene and bool(_ACTS & between) and not (_TELLS - _ACTS) & between
    kneels = keys[match.first] in _HELD and directly and keys[place] not in _KEPT
    to_phrase = keys[place + 1 : match.first]
    wears = field == "clothing" and {"in", "wearing", "with"} & {*to_phrase, keys[match.first]}
    dressed = wears and set(to_phrase) <= _DRESSED  # "officers in hi vis"
    if (_SELF | {"own"}) & between or kneels or dressed:
        return True
    # A sentence may begin with a person, no matter what he or she does.
    leads = (
        keys[place] not in {"i", "we", "each"}
        and place - sentence.first <= 2
        and keys[place + 1] not in {"with", "to", "on", "at", "of", "for", "and"}
        and not any(sentence.stops(p, COLON) for p in range(sentence.first + 1, place + 2))
    )
    own = not tells and not match.rule.basis
    return not _TELLS & between and (bool(_DOES & between) or (own and leads))
