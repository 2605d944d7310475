"""Compare a set of cases with one another: the common ground of linking, explaining and replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.engine.columns import Coded, to_columns
from clew.engine.engines import RankAll
from clew.engine.kernel import EMPTY, kinds_of_pairs, weigh_pairs
from clew.engine.local import rank_all
from clew.engine.null import entity_pairs, fit_chance
from clew.engine.ranked import Progress, Ranked
from clew.engine.tables import tabulate
from clew.errors import InputRejected
from clew.model.case import Case
from clew.model.columns import Array, Tables
from clew.model.finding import MICRO
from clew.model.weight import WeightTable
from clew.weighing.chance import KEPT, ChanceModel


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
