"""Compare cases with one another: two of them, or every pair of a file.

Linking, explaining and replay all begin here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.comparison.breakdown import break_down
from clew.comparison.coding.columns import Coded, to_columns
from clew.comparison.evidence.entities import may_weigh
from clew.comparison.evidence.place import setting_of
from clew.comparison.kernel import EMPTY, SAME_ADDRESS, kinds_of_pairs, weigh_pairs
from clew.comparison.null import entity_pairs, fit_chance
from clew.comparison.ranking.engines import RankAll
from clew.comparison.ranking.local import rank_all
from clew.comparison.ranking.ranked import Progress, Ranked
from clew.comparison.tables import tabulate
from clew.comparison.weights.chance import KEPT, ChanceModel
from clew.comparison.weights.weight_table import declared_table
from clew.errors import InputRejected, UsageRejected
from clew.model.case import Case
from clew.model.columns import Array, Tables
from clew.model.finding import MICRO, Finding, Relation
from clew.model.values import DAY, HOUR, Point
from clew.model.weight import WeightTable


def compare(
    a: Case,
    b: Case,
    others: Sequence[Case] = (),
    *,
    table: WeightTable | None = None,
    timezone: str = "Europe/London",
) -> list[Finding]:
    """Compare two cases and return what every evidence finds, in plain words.

    Parameters
    ----------
    a, b
        In any order. Their findings are the same either way, but that `value_a` and `value_b` are
        of the later report and of the earlier one.
    others
        Further cases of the same file. How rare a value is comes from all cases given: two alone
        say little of that.
    table
        The weight table; None: the declared one.
    timezone
        Of times of day and days of the week.

    Raises
    ------
    UsageRejected
        If the two are one case.
    """
    if a.case_id == b.case_id:
        raise UsageRejected(f"{a.case_id} cannot be compared with itself", "Give two cases")
    ids = (a.case_id, b.case_id)
    coded = to_columns([a, b, *(c for c in others if c.case_id not in ids)], timezone)
    earlier, later = (k for k, case in enumerate(coded.cases) if case.case_id in ids)
    tables = tabulate(coded, table or declared_table())
    return list(break_down(coded, tables, np.array([[later, earlier]]))[0].findings)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ranked pairs, one element per pair, shape (pairs,): later row, earlier row and weight.

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

    `rank` decides where the pairs are compared; all else is worked out here. The candidates are
    the ranked pairs, and behind them every shared entity that did not rank.

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
    later, slot = np.nonzero(ranked.weights != EMPTY)
    earlier = ranked.rows[later, slot].astype(np.int64)
    n, beyond = len(coded.cases), entity_pairs(coded.cols)
    beyond = beyond[~np.isin(beyond[:, 0] * n + beyond[:, 1], later.astype(np.int64) * n + earlier)]
    weights_beyond = weigh_pairs(coded.cols, tables, beyond)
    # A lower bound of their rank: behind all heavier pairs of the null list, which has the case's
    # best plain matches, so the bound is exact up to its length.
    heavier = (ranked.null[beyond[:, 0]] > weights_beyond[:, None]).sum(axis=1)
    rank_beyond = np.maximum(heavier, ranked.weights.shape[1]) + 1
    weights = np.concatenate([ranked.weights[later, slot], weights_beyond])
    ranks = np.concatenate([slot + 1, rank_beyond])
    later, earlier = np.concatenate([later, beyond[:, 0]]), np.concatenate([earlier, beyond[:, 1]])
    kind = kinds_of_pairs(coded.cols, tables, np.column_stack([later, earlier]))
    chance = model.chance(later, weights / MICRO, kind, later)
    order = np.lexsort((ranks, later))
    candidates = Candidates(*(c[order] for c in (later, earlier, ranks, weights, kind, chance)))
    return Comparison(coded, tables, model, ranked, candidates)


SAME_REPORT_S = 3 * DAY
"""Declared: two reports of one death come within days of one another."""
SAME_CALL_S = 6 * HOUR
"""Settled: reports from one place that belong to one event come within six hours."""
HOME = frozenset({"home", "apartment", "building"})
BY_WORK = frozenset({"finder", "certifier"})
"""Roles in which one person is in the papers of many deaths."""
HERE_DEG, ABOUT_DEG = 0.0011, 0.0045
"""Degrees of latitude: about 120 m, one place; about 500 m, one place written down twice."""
SAME_AGE, ABOUT_SAME_AGE = 1.0, 2.5
"""Years: one age, and one age written down twice (a tenth of ages are wrong by up to two)."""
MANY = 3
"""Declared: people and phones in common that make two reports one where no home is known."""


def relation_of(a: Case, b: Case, kind: int) -> Relation:
    """Say what kind of pair it looks like, by rule. No weight changes by it.

    `kind` is that of the pair in the kernel.
    """
    near_in_time = abs(a.reported_at - b.reported_at) <= SAME_REPORT_S
    same_place = kind == SAME_ADDRESS or (a.place_key is not None and a.place_key == b.place_key)
    same_point = _within(a.point, b.point, HERE_DEG)
    if near_in_time and _is_one_death(a, b, same_place, same_point):
        return Relation.DUPLICATE_REPORT
    at_one_place = same_place or same_point
    if _share_an_incident(a, b) or (near_in_time and at_one_place and _at_once(a, b)):
        return Relation.SAME_EVENT
    if same_place and {a.premises, b.premises} & HOME:
        return Relation.SAME_HOUSEHOLD
    return Relation.LEAD


def _at_once(a: Case, b: Case) -> bool:
    """Return whether two deaths at one place may have happened in one event.

    Their windows overlap, or they were reported within hours of one another. Two nights in one
    care home are two events.
    """
    if abs(a.reported_at - b.reported_at) <= SAME_CALL_S:
        return True
    if a.window is None or b.window is None:
        return False
    return a.window.earliest <= b.window.latest and b.window.earliest <= a.window.latest


def _share_an_incident(a: Case, b: Case) -> bool:
    """Return whether both reports give one number of another system: one call, one incident."""
    return not set(a.references or ()).isdisjoint(b.references or ())


def _is_one_death(a: Case, b: Case, same_place: bool, same_point: bool) -> bool:
    """Return whether two reports, near in time, have so much in common that they may be one.

    Nothing known of the two persons differs, and one of these: the same point and age; one home,
    outside institutions, and somebody in both papers who is not there by work; or, where no home
    is known, the same age and several such people and phones. Two victims of one person have two
    homes, and must never be taken for one.
    """
    years = math.inf
    if a.age_years is not None and b.age_years is not None:
        years = abs(a.age_years - b.age_years)
    one_sex = a.sex is not None and a.sex == b.sex
    one_cause = a.mechanism is None or b.mechanism is None or a.mechanism == b.mechanism
    homes_known = a.home is not None and b.home is not None
    moved = homes_known and not _within(a.home, b.home, ABOUT_DEG)
    if a.kind is not b.kind or not one_sex or not one_cause or moved or years >= ABOUT_SAME_AGE:
        return False
    if same_point and years < SAME_AGE:
        return True
    if not (same_place or _within(a.point, b.point, ABOUT_DEG)):
        return False
    people_a, people_b = (
        {f"{e.type}:{e.code}" for e in c.entities or () if may_weigh(e) and e.role not in BY_WORK}
        for c in (a, b)
    )
    shared = len(people_a & people_b)
    in_institution = "institution" in (setting_of(a.premises), setting_of(b.premises))
    if not in_institution and _within(a.home, b.home, HERE_DEG):
        return shared > 0
    return not homes_known and years < SAME_AGE and shared >= MANY


def _within(a: Point | None, b: Point | None, degrees: float) -> bool:
    """Return whether two points are known and lie within some degrees of latitude."""
    if a is None or b is None:
        return False
    north = abs(a.latitude - b.latitude)
    east = abs(a.longitude - b.longitude) * np.cos(np.radians(a.latitude))
    return bool(np.hypot(north, east) < degrees)
