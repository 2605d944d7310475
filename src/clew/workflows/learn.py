"""`learn`: cases and known series become a weight table, with how it did on what was held out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from clew.comparison.coding.columns import Coded, in_report_order, to_columns
from clew.comparison.pair_counts import findings_by_evidence, level_counts, value_trials
from clew.comparison.tables import tabulate
from clew.comparison.weights.learn import (
    PSEUDO_LINKS,
    Shrinkage,
    cllr,
    fit_kept,
    fit_levels,
    fit_set,
    fit_share,
    interval,
    interval_of_levels,
    reliability,
)
from clew.comparison.weights.weight_table import (
    EVIDENCES,
    check_crime,
    read_weight_table,
    write_weight_table,
)
from clew.errors import InputRejected
from clew.model.case import Case
from clew.model.case_file import CaseFile
from clew.model.columns import Array
from clew.model.values import Instant
from clew.model.weight import WeightTable
from clew.version import VERSION

FOLDS = 5
"""Declared: parts into which series and cases fall for held-out figures."""
UNRELATED_PAIRS = 40_000
"""Declared: unrelated pairs, at most, that are drawn within one fold, or from a whole file."""


@dataclass(frozen=True, slots=True)
class KnownSeries:
    """Series of a file, as learning sees them.

    `pairs` (pairs, 2) later row first; `weight` (pairs,) in independent links: a series of k cases
    has k - 1 of them, so each of its pairs counts 2 / k; a pair of several series counts least.
    `group` (n,) numbers cases that any chain of series joins: no fold parts them. `series` is how
    many series have two cases or more in the file.
    """

    pairs: Array
    weight: Array
    group: Array
    series: int

    @property
    def links(self) -> float:
        """Independent links."""
        return float(self.weight.sum())

    def only(self, kept: Array) -> KnownSeries:
        """Return what would be known if only the pairs of `kept` (pairs,) were, with their groups.

        `kept` takes or leaves whole groups.
        """
        pairs = self.pairs[kept]
        series = 0 if not len(pairs) else self.series
        return KnownSeries(pairs, self.weight[kept], _groups(pairs, len(self.group)), series)

    @property
    def linked_groups(self) -> Array:
        """Groups with a linked pair, sorted."""
        return np.unique(self.group[self.pairs[:, 0]])


def series_of(cases: Sequence[Case], series: Mapping[str, Sequence[str]]) -> KnownSeries:
    """Return the known series of cases in report order; cases that are not there are left out."""
    row_of = {case.case_id: row for row, case in enumerate(cases)}
    rows = [sorted({row_of[c] for c in listed if c in row_of}) for listed in series.values()]
    weights: dict[tuple[int, int], float] = {}
    for members in rows:
        for a, b in combinations(members, 2):
            share = 2 / len(members)
            weights[b, a] = min(weights.get((b, a), share), share)
    ordered = sorted(weights)
    pairs = np.array(ordered, np.int64).reshape(-1, 2)
    weight = np.array([weights[pair] for pair in ordered])
    group = _groups(pairs, len(cases))
    return KnownSeries(pairs, weight, group, sum(len(members) > 1 for members in rows))


def _groups(pairs: Array, n: int) -> Array:
    """Number the n cases by the chains of pairs that join them, shape (n,)."""
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    found: Array = connected_components(graph, directed=False)[1]
    return found


def unrelated_pairs(rows: Array, group: Array, rng: np.random.Generator) -> Array:
    """Return pairs of `rows` from different groups, later first: all, or UNRELATED_PAIRS drawn."""
    n = len(rows)
    if n * (n - 1) // 2 <= UNRELATED_PAIRS:
        a, b = np.triu_indices(n, 1)
    else:
        a, b = rng.integers(0, n, (2, UNRELATED_PAIRS))
    pairs = np.column_stack([rows[np.maximum(a, b)], rows[np.minimum(a, b)]])
    pairs = pairs[group[pairs[:, 0]] != group[pairs[:, 1]]]
    found: Array = np.unique(pairs, axis=0)
    return found


def folds_of(known: KnownSeries, rng: np.random.Generator) -> Array:
    """Deal the groups of cases into folds, groups with links first; fold of each case, (n,).

    By series and by case, never by pair: no case, and no series, is in two folds. Fewer folds
    than FOLDS where fewer groups have links; one fold means that nothing can be held out.
    """
    linked = known.linked_groups
    others = np.setdiff1d(known.group, linked)
    folds = max(min(FOLDS, len(linked)), 1)
    order = np.concatenate([rng.permutation(linked), rng.permutation(others)])
    fold_of_group = np.empty(known.group.max() + 1, np.int64)
    fold_of_group[order] = np.arange(len(order)) % folds
    found: Array = fold_of_group[known.group]
    return found


LEAST_GROUPS = 2
FEW_SERIES = 20
"""Declared: below so many groups of series the prior still weighs more than what was learned."""


@dataclass(frozen=True, slots=True)
class LearnOptions:
    """`prior` is what the table is drawn to; `seed` of folds, drawn pairs and intervals."""

    prior: WeightTable
    as_of: Instant | None = None
    seed: int = 1


def learn_table(
    case_file: CaseFile, series: Mapping[str, Sequence[str]], options: LearnOptions
) -> WeightTable:
    """Learn a weight table from a case file and its known series.

    Raises
    ------
    InputRejected
        If fewer than two groups of linked cases are in the file: nothing could be held out.
    WeightTableMismatch
        If the prior was itself learned from another kind of crime.
    """
    check_crime(options.prior, case_file.crime, case_file.name)
    cases = in_report_order(case_file.as_of(options.as_of))
    known = series_of(cases, series)
    if len(known.linked_groups) < LEAST_GROUPS:
        raise InputRejected(
            "series file",
            f"{len(known.linked_groups)} group of linked cases is in {case_file.name} by then",
            "Give at least two series of two cases each that share no case",
        )
    coded = to_columns(cases, case_file.timezone)
    rng = np.random.default_rng(options.seed)
    held = _weigh_held_out(coded, known, options.prior, rng)
    fitted = fit_table(coded, known, options.prior, rng)
    tempered = held.tempered < held.added
    kept = fit_kept(held.findings, held.linked, held.weight, known.links) if tempered else None
    # The same whatever the order of rows.
    seen = sorted(repr(case) for case in cases)
    listed = sorted((name, sorted(set(ids))) for name, ids in series.items())
    record = _training_record(coded, known, held, fitted, kept) | {
        "file": case_file.name,
        "data": hashlib.sha256(repr((seen, listed)).encode()).hexdigest()[:12],
        "seed": options.seed,
        "prior": f"{options.prior.name} ({options.prior.fingerprint})",
    }
    shares = np.ones(len(EVIDENCES)) if kept is None else kept.shares
    as_of = options.as_of
    instants = [since for history in case_file.histories for since, _ in history.versions]
    table = replace(
        fitted,
        name=f"learned-{case_file.crime}-{record['data']}",
        crime=case_file.crime,
        trained_until=max(since for since in instants if as_of is None or since <= as_of),
        kept={name: round(float(s), 4) for name, s in zip(EVIDENCES, shares, strict=True)},
        learned=record,
    )
    return read_weight_table(write_weight_table(table))


def fit_table(
    coded: Coded, known: KnownSeries, prior: WeightTable, rng: np.random.Generator
) -> WeightTable:
    """Return the prior with every number drawn to what the linked pairs of `known` show."""
    drawn = unrelated_pairs(coded.reference, known.group, rng)
    linked = level_counts(coded, prior, known.pairs, known.weight)
    unrelated = level_counts(coded, prior, drawn, np.ones(len(drawn)))
    trials = value_trials(coded, known.pairs, known.weight)
    cols, (a, b), w = coded.cols, known.pairs.T, known.weight
    keyed = (cols.place_key[a] >= 0) & (cols.place_key[b] >= 0)
    same = keyed & (cols.place_key[a] == cols.place_key[b])
    starts = cols.entity_start
    entities = [cols.entities[starts[row] : starts[row + 1]] for row in range(len(starts) - 1)]
    named = np.diff(starts) > 0
    both_name = named[a] & named[b]
    common = [bool(np.intersect1d(entities[i], entities[j]).size) for i, j in known.pairs]
    shared = both_name & np.array(common, bool)
    bounds = dict(prior.bounds)
    for name, hits, tried in (("same_address", same, keyed), ("entity", shared, both_name)):
        bounds[name] = fit_share(bounds[name], float(w[hits].sum()), float(w[tried].sum()))
    return replace(
        prior,
        levels={n: fit_levels(p, linked[n], unrelated[n]) for n, p in prior.levels.items()},
        sets={n: fit_set(p, trials[n]) if n in trials else p for n, p in prior.sets.items()},
        bounds=bounds,
    )


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """Pairs weighed by tables that saw none of their cases' series.

    `findings` (pairs, EVIDENCES) bans; `bans` (pairs,) calibrated by the other folds; costs in
    bits: `declared` priors, `added` learned and plainly added, `tempered`.
    """

    findings: Array
    linked: Array
    weight: Array
    groups: Array
    bans: Array
    declared: float
    added: float
    tempered: float


def _weigh_held_out(
    coded: Coded, known: KnownSeries, prior: WeightTable, rng: np.random.Generator
) -> _HeldOut:
    """Weigh every fold's pairs by a table learned from the other folds."""
    fold = folds_of(known, rng)
    parts, at, declared = [], [], []
    prior_tables = tabulate(coded, prior)
    for k in range(fold.max() + 1):
        inside = fold[known.pairs[:, 0]] == k
        tables = tabulate(coded, fit_table(coded, known.only(~inside), prior, rng))
        drawn = unrelated_pairs(np.flatnonzero(fold == k), known.group, rng)
        pairs = np.concatenate([known.pairs[inside], drawn])
        linked = np.arange(len(pairs)) < inside.sum()
        weight = np.concatenate([known.weight[inside], np.ones(len(drawn))])
        groups = known.group[pairs]
        found = findings_by_evidence(coded, tables, pairs)
        parts.append((found, linked.astype(float), weight, groups))
        at.append(np.full(len(pairs), k))
        declared.append(findings_by_evidence(coded, prior_tables, pairs).sum(axis=1))
    findings, linked, weight, groups = (np.concatenate(p) for p in zip(*parts, strict=True))
    of_fold = np.concatenate(at)
    bans = np.empty(len(findings))
    for k in range(fold.max() + 1):
        out = of_fold == k
        links = float((weight * linked)[~out].sum())
        kept = fit_kept(findings[~out], linked[~out], weight[~out], links)
        bans[out] = findings[out] @ kept.shares + kept.offset
    costs = [
        cllr(b, linked, weight) for b in (np.concatenate(declared), findings.sum(axis=1), bans)
    ]
    return _HeldOut(findings, linked, weight, groups, bans, *costs)


def _training_record(
    coded: Coded, known: KnownSeries, held: _HeldOut, fitted: WeightTable, kept: Shrinkage | None
) -> dict[str, Any]:
    """Return what the table says of its own training and of how it did on what was held out."""
    rng = np.random.default_rng(0)
    bans = held.findings.sum(axis=1) if kept is None else held.bans

    def cost(count: Array) -> float:
        return cllr(bans, held.linked, held.weight * count)

    drawn = unrelated_pairs(coded.reference, known.group, rng)
    unrelated = level_counts(coded, fitted, drawn, np.ones(len(drawn)))
    linked = level_counts(coded, fitted, known.pairs, known.weight)
    return {
        "version": VERSION,
        "cases": len(coded.cases),
        "series": known.series,
        "groups": len(known.linked_groups),
        "linked_pairs": len(known.pairs),
        "independent_links": round(known.links, 2),
        "few": len(known.linked_groups) < FEW_SERIES,
        "prior_counts_as": PSEUDO_LINKS,
        "held_out": {
            "cllr_bits": round(cost(np.ones(len(bans))), 4),
            "cllr_90": [round(v, 4) for v in interval(cost, held.groups, rng)],
            "cllr_added_plainly": round(held.added, 4),
            "cllr_tempered": round(held.tempered, 4),
            "cllr_declared": round(held.declared, 4),
            "reliability": reliability(bans, held.linked, held.weight),
        },
        "offset_bans": 0.0 if kept is None else round(kept.offset, 4),
        "intervals_90": {
            name: interval_of_levels(levels, float(linked[name].sum()), unrelated[name])
            for name, levels in fitted.levels.items()
        },
        "not_for": "another kind of crime; cases of before trained_until as if they were new; "
        "a file whose series became known by the very evidence that is weighed",
    }
