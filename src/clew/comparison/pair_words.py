"""The sentences of a comparison: what each evidence found for two records, and what it speaks for.

Every sentence can be read alone: it says what it is about, and nothing twice. Whether it is for or
against a link follows from what it says: nearness is never against, and a long gap never for.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from functools import cache

from clew.comparison import value_words
from clew.comparison.evidence.place import NEAR_M
from clew.model.finding import Finding, Stance
from clew.model.values import DAY

FAR_M = 50_000.0
"""Declared: two places farther apart than this are never a reason for a link."""
SHORT_GAP_S, LONG_GAP_S = 7.0 * DAY, 90.0 * DAY
"""Declared: a gap up to the first is never a reason against a link, beyond the second never for."""
SAME_AGE, OTHER_AGE = 2.0, 15.0
"""Declared, in years: as for gaps. 2 is how far a tenth of ages are wrong (decision 17)."""
NEAR_HOURS = 2
"""Declared: times of day up to this many hours apart are called similar."""


class Alike(Enum):
    """What a sentence says of two values: alike, unlike, far apart, or something between.

    Two unlike values differ. Two that are far apart (a long gap) are against or neither, but never
    for; what lies between is for or against as it weighs.
    """

    ALIKE = auto()
    UNLIKE = auto()
    FAR = auto()
    BETWEEN = auto()


def stance_of(alike: Alike, micro_bans: int) -> Stance:
    """Return what a finding of two recorded values speaks for, from its sentence and its weight."""
    if alike is Alike.ALIKE:
        return Stance.AGREES
    if alike is Alike.UNLIKE or micro_bans < 0:
        return Stance.DIFFERS
    return Stance.AGREES if alike is Alike.BETWEEN and micro_bans > 0 else Stance.NOTE


def graded(amount: float, near: float, far: float) -> Alike:
    """Return ALIKE up to `near`, FAR beyond `far`, and BETWEEN in the middle."""
    if amount <= near:
        return Alike.ALIKE
    return Alike.FAR if amount > far else Alike.BETWEEN


# What is missing.


@cache
def missing_from_both(evidence: str, aspect: str) -> Finding:
    """Return the finding that neither record states a thing."""
    return Finding(evidence, aspect, Stance.MISSING, 0, f"{aspect}: not recorded in either")


def missing(evidence: str, aspect: str, a: str, b: str, ids: tuple[str, str]) -> Finding:
    """Return the finding that one record states a thing, `a` or `b`, or neither."""
    if not a and not b:
        return missing_from_both(evidence, aspect)
    says = f"{aspect}: recorded only in {ids[0] if a else ids[1]}"
    return Finding(evidence, aspect, Stance.MISSING, 0, says, a, b)


# Place, time and person.


def say_distance(metres: float) -> tuple[str, Alike]:
    """Say how far apart two places are."""
    apart = value_words.metres(metres)
    says = f"found {apart} of one another" if "within" in apart else f"found {apart} apart"
    return says, graded(metres, NEAR_M, FAR_M)


def say_areas(a: str, b: str) -> tuple[str, Alike]:
    """Say whether two areas are one, where a point is missing."""
    if a == b:
        return f"both in {a} (no exact place in one or both)", Alike.ALIKE
    return f"in different areas, {a} and {b} (no exact place in one or both)", Alike.UNLIKE


def say_far_from_home(a: str, b: str) -> tuple[str, Alike]:
    """Say whether two people were found far from home."""
    if a == b:
        return f"both found {a}", Alike.ALIKE
    return "one found near home, the other more than 5 km from it", Alike.UNLIKE


def say_gap(seconds: float, *, wide: bool, by_report: bool) -> tuple[str, Alike]:
    """Say the time between; `wide` where a window is long, `by_report` where one is missing."""
    notes = (["exact times not known"] if wide else []) + (["by time of report"] * by_report)
    says = value_words.gap(seconds) + (f" ({', '.join(notes)})" if notes else "")
    return says, graded(seconds, SHORT_GAP_S, LONG_GAP_S)


@cache
def say_clocks(a: int, b: int) -> tuple[str, Alike]:
    """Say whether two things happened at one time of day; both are clock classes."""
    from_a, from_b = value_words.clock(a), value_words.clock(b)
    if from_a == from_b:
        return f"the same time of day, {from_a}", Alike.ALIKE
    hours = abs(a // 5 - b // 5)
    both = f"{from_a} and {from_b}"
    if min(hours, 24 - hours) <= NEAR_HOURS:
        return f"similar times of day, {both}", Alike.BETWEEN
    return f"different times of day, {both}", Alike.UNLIKE


@cache
def say_weekdays(a: str, b: str) -> tuple[str, Alike]:
    """Say whether two things happened on one day of the week."""
    if a == b:
        return f"both on a {a}", Alike.ALIKE
    return f"on different days of the week, {a} and {b}", Alike.UNLIKE


def say_ages(a: str, b: str, years: float) -> tuple[str, Alike]:
    """Say two ages, `years` apart."""
    says = f"both aged {a}" if a == b else f"aged {a} and {b}"
    return says, graded(years, SAME_AGE, OTHER_AGE)


@cache
def say_sexes(a: str, b: str) -> tuple[str, Alike]:
    """Say whether two people have one sex."""
    if a == b:
        return f"both {a}", Alike.ALIKE
    return f"one {a}, one {b}", Alike.UNLIKE


# Values of lists and of categories.


def say_shared(kind: str, word: str) -> str:
    """Say that both records state one value of a kind."""
    if kind == "missing_items":
        return f"{word} missing in both"
    if kind == "scene":
        return f"{word.removesuffix(' at the scene')} at both scenes"
    if kind == "setting":
        return f"both {word}"
    if kind == "lividity":
        return f"lividity {word} in both"
    if kind in ("posture", "clothing", "injuries"):
        return f"{kind}: {word} in both"
    return f"{word} in both"


def say_inferred(ids: Sequence[str], *, all_of_them: bool) -> str:
    """Say in which records the mechanism is inferred from the scene, no cause being known."""
    if not ids:
        return ""
    return (
        " (inferred from the scene)" if all_of_them else f" (in {ids[0]} inferred from the scene)"
    )


def say_unshared(kind: str, a: str, b: str, ids: tuple[str, str]) -> str:
    """Say what only one of two records states; `a` and `b` are words, 'none' for nothing more."""
    only = [(word, one) for word, one in zip((a, b), ids, strict=True) if word != "none"]
    if kind in ("mechanism", "setting", "premises"):
        label = {"mechanism": "cause", "premises": "kind of place"}.get(kind, kind)
        return f"{label}: {a} in {ids[0]}, {b} in {ids[1]}"
    if kind == "missing_items":
        return "; ".join(f"{word} missing only in {one}" for word, one in only)
    said = "; ".join(f"{word} only in {one}" for word, one in only)
    return said if kind == "substances" else f"{LABELS.get(kind, kind)}: {said}"


LABELS = {
    "scene": "at the scene",
    "body_state": "state of the body",
    "contradictions": "things that do not fit",
    "further": "further particulars",
}
_NOTHING = {
    "substances": "no substance found in either, of those tested for",
    "missing_items": "nothing missing in either",
    "scene": "nothing listed at either scene",
}


def say_nothing_found(kind: str) -> str:
    """Say that both records were looked at for a kind of thing, and state that there is none."""
    return _NOTHING.get(kind, f"{LABELS.get(kind, kind)}: none in either")


# People, phones and places; and the correction where two findings depend on one another.


def say_entity(of_type: str) -> str:
    """Say that one person, phone or place is in both records."""
    return f"the same {of_type} in both"


NO_ENTITY = "no person, phone or place named in both"
MENTIONED = "the papers of one record name the other"
DEPENDENCE = "place and person often agree together, so the weaker one is discounted"
SAME_ADDRESS = "the same address or site"
