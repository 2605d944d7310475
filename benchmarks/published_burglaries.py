"""Solved burglaries, day and point only: learned Clew tables against three simple baselines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from clew.comparison.coding.columns import Coded, in_report_order, to_columns
from clew.comparison.pair_counts import findings_by_evidence
from clew.comparison.tables import tabulate
from clew.comparison.weights.learn import cllr, reliability
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import CaseSources
from clew.model.columns import Tables
from clew.workflows.learn import KnownSeries, fit_table, folds_of, series_of
from published_pairs import read_rows
from published_peers import Array, auc, fit_logistic, naive_bayes, recall_at, stepwise

SEED = 7
DRAWS = 1000
OURS = "Clew, learned"
NAME = "burglary_offenders_2020_q1.csv.gz"


@dataclass
class Burglaries:
    """All pairs of burglaries: rows (later, earlier), distance and gap, truth, weight, used."""

    coded: Coded
    known: KnownSeries
    rows: Array
    evidence: Array
    linked: Array
    weight: Array
    fold: Array
    used: Array


def load(folder: Path) -> Burglaries:
    """Read cases, and offenders as labels only.

    Pairs that a chain of offenders joins, but no offender shares, are neither linked nor
    unrelated: they are left out of the measures.
    """
    read = CaseSources(folder / NAME, mapping="burglary").read()
    cases = in_report_order(read.as_of(None))
    crimes = {row["crime_id"]: row for row in read_rows(folder / NAME)}
    series: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(folder / NAME):
        series[row["offender_id"]].append(row["crime_id"])
    known = series_of(cases, series)
    n = len(cases)
    i, j = np.tril_indices(n, -1)
    told = [crimes[case.case_id] for case in cases]
    xy = np.array([[float(row["x"]), float(row["y"])] for row in told])
    day = np.array([date.fromisoformat(row["date"]).toordinal() for row in told], float)
    weights = {int(a * n + b): w for (a, b), w in zip(known.pairs, known.weight, strict=True)}
    weight = np.array([weights.get(key, 0.0) for key in (i * n + j).tolist()])
    linked = (weight > 0).astype(float)
    return Burglaries(
        coded=to_columns(cases, read.timezone),
        known=known,
        rows=np.column_stack([i, j]),
        evidence=np.column_stack([np.linalg.norm(xy[i] - xy[j], axis=1), np.abs(day[i] - day[j])]),
        linked=linked,
        weight=np.where(linked > 0, weight, 1.0),
        fold=folds_of(known, np.random.default_rng(SEED)),
        used=(linked > 0) | (known.group[i] != known.group[j]),
    )


def scores(found: Burglaries) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return every method's score of all pairs, and the same calibrated, both in held-out folds.

    A pair is scored by what was learned without any case of the later one's fold. Calibration is
    one logistic fit on the training pairs, the same for every method.
    """
    x, y, w = found.evidence, found.linked, found.weight
    later, earlier = found.fold[found.rows].T
    raw: dict[str, Array] = defaultdict(lambda: np.full(len(y), np.nan))
    bans: dict[str, Array] = defaultdict(lambda: np.full(len(y), np.nan))
    for k in range(found.fold.max() + 1):
        test, train = later == k, (later != k) & (earlier != k) & found.used
        apart = found.known.only(found.fold[found.known.pairs[:, 0]] != k)
        prior, rng = declared_table(), np.random.default_rng(SEED)
        learned = tabulate(found.coded, fit_table(found.coded, apart, prior, rng))
        given = {
            "distance only": -x[:, 0],
            "logistic of distance and gap": stepwise(x[train], y[train], w[train])(x),
            "naive Bayes": naive_bayes(x[train], y[train], w[train], set())(x),
            "Clew, declared priors": _weights(found, tabulate(found.coded, prior)),
            OURS: _weights(found, learned),
        }
        odds = np.log10((w * y)[train].sum() / (w * (1 - y))[train].sum())
        for name, score in given.items():
            at, _ = fit_logistic(score[train, None], y[train], w[train], 1e-6)
            raw[name][test] = score[test]
            bans[name][test] = (at[0] + score[test] * at[1]) / np.log(10) - odds
    return dict(raw), dict(bans)


def _weights(found: Burglaries, tables: Tables) -> Array:
    return findings_by_evidence(found.coded, tables, found.rows).sum(axis=1)


def first_mates(found: Burglaries, score: Array) -> tuple[Array, Array]:
    """Rank of the best true mate among all earlier crimes, and the row of each such crime."""
    n = len(found.coded.cases)
    table, truth = np.full((n, n), -np.inf), np.zeros((n, n), bool)
    table[found.rows[:, 0], found.rows[:, 1]] = score
    truth[found.rows[:, 0], found.rows[:, 1]] = found.linked > 0
    rows = np.flatnonzero(truth.any(axis=1))
    ranks = []
    for i in rows:
        mine, mates = table[i, :i], truth[i, :i]
        best = mine[mates].max()
        ranks.append(1 + (mine[~mates] > best).sum() + (mine[~mates] == best).sum() / 2)
    return np.array(ranks), rows


def tables(folder: Path) -> str:
    """Return the section's tables."""
    found = load(folder)
    raw, bans = scores(found)
    used, y, w = found.used, found.linked, found.weight
    columns = (
        "method", "AUC", "recall at 1 %", "at .1 %", "median rank", "mean log2 rank", "first",
        "in the first 5", "Cllr",
    )  # fmt: skip
    lines = [
        f"{len(found.coded.cases)} burglaries, {int(y.sum())} linked pairs of"
        f" {found.known.series} offenders, {found.fold.max() + 1} folds by offender group and by"
        " crime. Rank: of the first true mate among all earlier crimes. Cllr in bits, all methods"
        " calibrated on training folds in the same way.",
        *head(*columns),
    ]
    above, mates = {}, {}
    for name, score in raw.items():
        ranks, rows = first_mates(found, score)
        mates[name] = np.log2(ranks)
        ends = np.sort(score[used & (y == 0)])[::-1]
        above[name] = (score[y == 1] > ends[int(0.01 * len(ends))]).astype(float)
        cells = (auc(score[used], y[used]), recall_at(score[used], y[used], 0.01),
                 recall_at(score[used], y[used], 0.001))  # fmt: skip
        cost = cllr(bans[name][used], y[used], w[used])
        lines.append(
            f"| {name} | {cells[0]:.4f} | {cells[1]:.3f} | {cells[2]:.3f} |"
            f" {np.median(ranks):g} | {np.log2(ranks).mean():.3f} | {(ranks <= 1).mean():.3f} |"
            f" {(ranks <= 5).mean():.3f} | {cost:.4f} |"
        )
    of_pair = found.known.group[found.rows[y == 1, 0]]
    of_case = found.known.group[rows]
    lines += ["", f"{OURS} less each baseline; 95 % interval by bootstrap over offender groups:"]
    lines += head("baseline", "recall at 1 %", "median rank", "mean log2 rank")
    for name in [n for n in raw if n != OURS]:
        lines.append(
            f"| {name} | {_paired(above[OURS], above[name], of_pair)} |"
            f" {_paired(2 ** mates[OURS], 2 ** mates[name], of_case, np.median)} |"
            f" {_paired(mates[OURS], mates[name], of_case)} |"
        )
    lines += ["", f"Reliability of {OURS}, calibrated, on held-out folds:"]
    lines += head("weight up to, bans", "pairs", "expected links", "observed")
    for told in reliability(bans[OURS][used], y[used], w[used]):
        end = f"{told['up_to_bans']:g}"
        lines.append(
            f"| {end} | {told['pairs']} | {told['expected']:.1f} | {told['observed']:.1f} |"
        )
    return "\n".join(lines)


def head(*columns: str) -> list[str]:
    """Return a blank line and the head of a table."""
    return ["", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]


def _paired(
    ours: Array, theirs: Array, groups: Array, figure: Callable[[Array], float] = np.mean
) -> str:
    """Difference of a figure, with its interval over offender groups drawn anew."""
    names, place = np.unique(groups, return_inverse=True)
    rng = np.random.default_rng(SEED)
    parts = [np.flatnonzero(place == k) for k in range(len(names))]
    drawn = []
    for _ in range(DRAWS):
        at = np.concatenate([parts[k] for k in rng.integers(0, len(names), len(names))])
        drawn.append(figure(ours[at]) - figure(theirs[at]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{figure(ours) - figure(theirs):+.3f} ({low:+.3f} to {high:+.3f})"
