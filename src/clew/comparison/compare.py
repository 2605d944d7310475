"""Compare a set of cases with one another: the common ground of linking, explaining and replay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.evidence.entities import may_weigh
from clew.comparison.evidence.place import setting_of
from clew.comparison.kernel import EMPTY, SAME_ADDRESS, kinds_of_pairs, weigh_pairs
from clew.comparison.ranking.engines import RankAll
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Progress, Ranked
from clew.comparison.tables import tabulate
from clew.comparison.weights.chance import KEPT, ChanceModel
from clew.comparison.weights.null import entity_pairs, fit_chance
from clew.errors import InputRejected
from clew.model.case import Case
from clew.model.columns import Array, Tables
from clew.model.finding import MICRO, Relation
from clew.model.values import DAY, Point
from clew.model.weight import WeightTable


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ranked pairs, one element a pair, shape (pairs,): later row, earlier row and what it weighs.

    `rank` counts from 1 within the later case; `kind` is PLAIN, SAME_ADDRESS or SHARED_ENTITY.
    """

    later: Array
    earlier: Array
    rank: Array
    micro_bans: Array
    kind: Array
    chance: Array


@dataclass(frozen=True, slots=True)
class Comparison:
    """One file at one time, compared: columns, tables, nulls, and every case's candidates."""

    coded: Coded
    tables: Tables
    model: ChanceModel
    ranked: Ranked
    candidates: Candidates


def compare_cases(
    cases: Sequence[Case],
    timezone: str,
    table: WeightTable,
    *,
    top: int = 5,
    progress: Progress | None = None,
    rank: RankAll = rank_all,
) -> Comparison:
    """Compare every case with every earlier one, exact, and say how surprising each match is.

    `rank` tells where the pairs are compared; all else is worked out here, whichever it is.

    Raises
    ------
    InputRejected
        If there are fewer than two cases to compare.
    """
    if len(cases) < 2:
        raise InputRejected(
            "case file", f"{len(cases)} case is known by then", "Two are needed to compare"
        )
    coded = to_columns(cases, timezone)
    tables = tabulate(coded, table)
    ranked = rank(coded.cols, tables, top=top, kept=KEPT, progress=progress)
    model = fit_chance(coded, tables, ranked)
    return Comparison(coded, tables, model, ranked, _candidates(coded, tables, ranked, model))


def _candidates(coded: Coded, tables: Tables, ranked: Ranked, model: ChanceModel) -> Candidates:
    """List the ranked pairs, and behind them every shared entity that did not rank."""
    later, slot = np.nonzero(ranked.weights != EMPTY)
    earlier = ranked.rows[later, slot].astype(np.int64)
    beyond = _beyond(entity_pairs(coded.cols), later, earlier, len(coded.cases))
    weights = np.concatenate([ranked.weights[later, slot], weigh_pairs(coded.cols, tables, beyond)])
    rank = np.concatenate([slot + 1, ranks_of(ranked, beyond, weights[len(later) :])])
    later, earlier = np.concatenate([later, beyond[:, 0]]), np.concatenate([earlier, beyond[:, 1]])
    kind = kinds_of_pairs(coded.cols, tables, np.column_stack([later, earlier]))
    chance = model.chance(later, weights / MICRO, kind, later)
    order = np.lexsort((rank, later))
    return Candidates(*(a[order] for a in (later, earlier, rank, weights, kind, chance)))


def _beyond(pairs: Array, later: Array, earlier: Array, n: int) -> Array:
    """Return the pairs that are not among the ranked ones."""
    ranked = later.astype(np.int64) * n + earlier
    return pairs[~np.isin(pairs[:, 0] * n + pairs[:, 1], ranked)]


def ranks_of(ranked: Ranked, pairs: Array, weights: Array) -> Array:
    """Return a lower bound of the rank of pairs beyond the top: behind all heavier null pairs.

    The null list holds a case's best plain matches, so the bound is exact up to its length.
    """
    null = ranked.null[pairs[:, 0]]
    heavier = (null > weights[:, None]).sum(axis=1)
    rank: Array = np.maximum(heavier + 1, ranked.weights.shape[1] + 1)
    return rank


# What kind of pair it looks like, by rule. No weight changes by it.


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
