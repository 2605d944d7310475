"""What kind of pair it looks like, by rule. No weight changes by it."""

from __future__ import annotations

import math

import numpy as np

from clew.engine.kernel import SAME_ADDRESS
from clew.evidence.entities import may_weigh
from clew.evidence.place import setting_of
from clew.model.case import Case
from clew.model.finding import Relation
from clew.model.place import Point
from clew.model.time_window import DAY

SAME_REPORT_S = 3 * DAY
"""Declared: two reports of one death come within days of one another."""
HOME = frozenset({"home", "apartment", "building"})
BY_WORK = frozenset({"finder", "certifier"})
"""Roles in which one person stands in the papers of many deaths."""
HERE_DEG, ABOUT_DEG = 0.0011, 0.0045
"""Degrees of latitude: about 120 m, one place; about 500 m, one place written down twice."""
SAME_AGE, ABOUT_SAME_AGE = 1.0, 2.5
"""Years: one age, and one age written down twice (a tenth of ages are wrong by up to two)."""
MANY = 3
"""Declared: people and phones in common that make two reports one where no home is known."""


def relation_of(a: Case, b: Case, kind: int) -> Relation:
    """Say what kind of pair it looks like.

    Parameters
    ----------
    kind
        Of the pair, as the kernel tells it.
    """
    near_in_time = abs(a.reported_at - b.reported_at) <= SAME_REPORT_S
    same_place = kind == SAME_ADDRESS or (a.place_key is not None and a.place_key == b.place_key)
    same_point = _within(a.point, b.point, HERE_DEG)
    one_report = same_point and _years_apart(a, b) < SAME_AGE
    if near_in_time and _may_be_one(a, b) and (one_report or _corroborated(a, b, same_place)):
        return Relation.DUPLICATE_REPORT
    if near_in_time and (same_place or same_point):
        return Relation.SAME_EVENT
    if same_place and {a.premises, b.premises} & HOME:
        return Relation.SAME_HOUSEHOLD
    return Relation.LEAD


def _may_be_one(a: Case, b: Case) -> bool:
    """Tell whether the two could be one person: nothing known of them differs."""
    if a.kind is not b.kind or a.sex is None or a.sex != b.sex:
        return False
    same_cause = a.mechanism is None or b.mechanism is None or a.mechanism == b.mechanism
    moved = a.home is not None and b.home is not None and not _within(a.home, b.home, ABOUT_DEG)
    return same_cause and not moved and _years_apart(a, b) < ABOUT_SAME_AGE


def _years_apart(a: Case, b: Case) -> float:
    if a.age_years is None or b.age_years is None:
        return math.inf
    return abs(a.age_years - b.age_years)


def _corroborated(a: Case, b: Case, same_place: bool) -> bool:
    """Tell whether two reports near one another have so much in common that they may be one.

    One home, outside institutions, and somebody in both papers who is not there by work; or,
    where no home is known, the same age and several such people and phones. Two victims of one
    person have two homes, and must never be taken for one.
    """
    if not (same_place or _within(a.point, b.point, ABOUT_DEG)):
        return False
    shared = len(_people(a) & _people(b))
    if _one_home(a, b):
        return shared > 0
    unknown = a.home is None or b.home is None
    return unknown and _years_apart(a, b) < SAME_AGE and shared >= MANY


def _one_home(a: Case, b: Case) -> bool:
    lives_there = setting_of(a.premises) == "institution" or setting_of(b.premises) == "institution"
    return not lives_there and _within(a.home, b.home, HERE_DEG)


def _people(case: Case) -> set[str]:
    return {
        f"{e.type}:{e.code}" for e in case.entities or () if may_weigh(e) and e.role not in BY_WORK
    }


def _within(a: Point | None, b: Point | None, degrees: float) -> bool:
    """Tell whether two points are known and lie within some degrees of latitude."""
    if a is None or b is None:
        return False
    north = abs(a.latitude - b.latitude)
    east = abs(a.longitude - b.longitude) * np.cos(np.radians(a.latitude))
    return bool(np.hypot(north, east) < degrees)
