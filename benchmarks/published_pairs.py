"""crimelinkage's example pairs: learned Clew tables against the package's three methods."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path

import numpy as np
from scipy.stats import t

from clew.comparison.coding.columns import Coded, in_report_order, to_columns
from clew.comparison.pair_counts import findings_by_evidence
from clew.comparison.tables import tabulate
from clew.comparison.weights.learn import cllr
from clew.comparison.weights.weight_table import declared_table
from clew.intake.read import CaseSources
from clew.model.weight import WeightTable
from clew.workflows.learn import fit_table, series_of
from published_peers import (
    Array,
    Score,
    auc,
    average_precision,
    boosted,
    expected_apart,
    fit_logistic,
    naive_bayes,
    recall_at,
    stepwise,
)

SEED = 20261125
SPLITS = 50
TEST_SHARE = 0.3
MEASURES = ("AUC", "AP", "recall at 1 %", "Cllr")
HEAD = ("", "| method | AUC | AP | recall at 1 % | Cllr |", "| --- | --- | --- | --- | --- |")
OURS = "Clew, learned"
THERE = {
    "stepwise logistic": (0.900, 0.674, 0.548),
    "naive Bayes": (0.877, 0.647, 0.520),
    "boosted trees": (0.888, 0.646, 0.516),
}
"""Means of the R package itself over 50 other splits of the same kind, measured beforehand."""


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a compressed table."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@dataclass
class Example:
    """The pairs: evidence (pairs, 7), truth, weights, case rows; series; groups."""

    coded: Coded
    evidence: Array
    linked: Array
    weight: Array
    rows: Array
    vignette_test: Array
    series: dict[str, list[str]]
    group_of: dict[str, str]


def load(folder: Path) -> Example:
    """Read crimes, offenders and pairs. Offenders make labels and groups, never evidence."""
    sources = CaseSources(folder / "crimelinkage_crimes.csv.gz", mapping="crimelinkage")
    cases = in_report_order(sources.read().as_of(None))
    crimes = {row["crimeID"]: row for row in read_rows(folder / "crimelinkage_crimes.csv.gz")}
    series: dict[str, list[str]] = defaultdict(list)
    for row in read_rows(folder / "crimelinkage_offenders.csv.gz"):
        if row["crimeID"] in crimes and row["crimeID"] not in series[row["offenderID"]]:
            series[row["offenderID"]].append(row["crimeID"])
    series = {name: listed for name, listed in series.items() if listed}
    pairs = read_rows(folder / "crimelinkage_pairs.csv.gz")
    a, b = ([row[f"crime_{end}"] for row in pairs] for end in "ab")
    row_of = {case.case_id: k for k, case in enumerate(cases)}
    rows = np.sort([[row_of[x], row_of[y]] for x, y in zip(a, b, strict=True)], axis=1)[:, ::-1]
    linked = np.array([row["linked"] == "1" for row in pairs]).astype(float)
    shares = pair_weights(series, crimes)
    weight = [shares.get(frozenset(p), 1.0) for p in zip(a, b, strict=True)]
    test = np.array([row["split_vignette"] == "test" for row in pairs])
    return Example(
        to_columns(cases, "UTC"), evidence_of(crimes, a, b), linked,
        np.where(linked > 0, weight, 1.0), rows, test, series, groups_of(series),
    )  # fmt: skip


def window(row: dict[str, str]) -> tuple[float, float]:
    """Start in days and length in days, a minute at least."""
    first, last = (datetime.fromisoformat(row[k] + "+00:00").timestamp() / 86400
                   for k in ("DT.FROM", "DT.TO"))  # fmt: skip
    return first, max(last - first, 1 / 1440)


def evidence_of(crimes: dict[str, dict[str, str]], a: list[str], b: list[str]) -> Array:
    """Return km, days, hours, weekdays apart, and whether three MO codes match; (pairs, 7)."""
    (sa, la), (sb, lb) = (np.array([window(crimes[c]) for c in side]).T for side in (a, b))
    xa, xb = (np.array([[float(crimes[c][k]) for k in "XY"] for c in side]) for side in (a, b))
    codes = [[crimes[x][k] == crimes[y][k] for x, y in zip(a, b, strict=True)]
             for k in ("MO1", "MO2", "MO3")]  # fmt: skip
    return np.column_stack([
        np.linalg.norm(xa - xb, axis=1) / 1000,
        expected_apart(sa - sb, la, lb),
        24 * expected_apart(sa - sb, la, lb, 1.0),
        expected_apart(sa - sb, la, lb, 7.0),
        *np.array(codes, float),
    ])  # fmt: skip


def pair_weights(
    series: dict[str, list[str]], crimes: dict[str, dict[str, str]]
) -> dict[frozenset[str], float]:
    """Weight of a linked pair: 1 over the pairs within 365 days of its series, or least."""
    middle = {c: sum(window(row)[k] / (1 + k) for k in (0, 1)) for c, row in crimes.items()}
    found: dict[frozenset[str], float] = {}
    for listed in series.values():
        near = [
            frozenset(p) for p in combinations(listed, 2) if abs(middle[p[0]] - middle[p[1]]) <= 365
        ]
        for pair in near:
            found[pair] = min(found.get(pair, 1.0), 1 / len(near))
    return found


def groups_of(series: dict[str, list[str]]) -> dict[str, str]:
    """Crime -> one name for all crimes that offenders in common join."""
    parent = {c: c for listed in series.values() for c in listed}

    def root(c: str) -> str:
        while parent[c] != c:
            c = parent[c]
        return c

    for listed in series.values():
        for c in listed[1:]:
            parent[root(c)] = root(listed[0])
    return {c: root(c) for c in parent}


@dataclass
class Split:
    """Pairs to learn from and pairs to try: masks (pairs,), and the groups of the latter."""

    train: Array
    test: Array
    inside: Array


def measures(found: Example, split: Split, score: Array) -> tuple[float, float, float, float]:
    """Return what MEASURES name, on the test pairs; Cllr in bits.

    For it every method's score is calibrated in the same way: one logistic fit on training pairs.
    """
    y, w, train, test = found.linked, found.weight, split.train, split.test
    at, _ = fit_logistic(score[train, None], y[train], w[train], 1e-6)
    odds = np.log((w * y)[train].sum() / (w * (1 - y))[train].sum())
    bans = (at[0] + score[test] * at[1] - odds) / np.log(10)
    return (
        auc(score[test], y[test]),
        average_precision(score[test], y[test]),
        recall_at(score[test], y[test], 0.01),
        cllr(bans, y[test], w[test]),
    )


def peers(x: Array, y: Array, w: Array, seed: int) -> dict[str, Score]:
    """Fit the three."""
    return {
        "stepwise logistic": stepwise(x, y, w),
        "naive Bayes": naive_bayes(x, y, w, {4, 5, 6}),
        "boosted trees": boosted(x, y, w, seed),
    }


def split_of(found: Example, test_groups: set[str], dropped: set[str] | None = None) -> Split:
    """Part the pairs: no crime of a test group in training; `dropped` groups in neither."""
    groups = [found.group_of.get(c.case_id) for c in found.coded.cases]
    inside = np.array([group in test_groups for group in groups])
    away = np.array([group in (dropped or set()) for group in groups])
    train = ~(inside | away)[found.rows].any(axis=1)
    return Split(train, inside[found.rows].all(axis=1), inside | away)


def learned_scores(found: Example, split: Split, seed: int) -> Array:
    """Learn a table from the series of the training groups, and weigh all pairs by it."""
    held_out = {c.case_id for c, out in zip(found.coded.cases, split.inside, strict=True) if out}
    known = {name: [c for c in listed if c not in held_out]
             for name, listed in found.series.items()}  # fmt: skip
    rng = np.random.default_rng(seed)
    series = series_of(found.coded.cases, known)
    return clew_scores(found, fit_table(found.coded, series, declared_table(), rng))


def clew_scores(found: Example, table: WeightTable) -> Array:
    """Weigh all pairs by a table."""
    tables = tabulate(found.coded, table)
    return findings_by_evidence(found.coded, tables, found.rows).sum(axis=1)


def one_split(found: Example, split: Split, seed: int) -> dict[str, tuple[float, ...]]:
    """Train on crimes of other groups only, and measure on pairs of the test groups only."""
    train, x = split.train, found.evidence
    fits = peers(x[train], found.linked[train], found.weight[train], seed)
    scores = {name: fit(x) for name, fit in fits.items()}
    scores["Clew, declared priors"] = clew_scores(found, declared_table())
    scores[OURS] = learned_scores(found, split, seed)
    return {name: measures(found, split, score) for name, score in scores.items()}


def corrected(differences: Array) -> tuple[float, float, float]:
    """Mean and 95 % interval of a difference over overlapping splits (Nadeau and Bengio 2003)."""
    n = len(differences)
    spread = differences.std(ddof=1) * np.sqrt(1 / n + TEST_SHARE / (1 - TEST_SHARE))
    half = t.ppf(0.975, n - 1) * spread
    mean = differences.mean()
    return float(mean), float(mean - half), float(mean + half)


def test_parts(found: Example) -> list[set[str]]:
    """Return the groups that each of the splits is tried on."""
    rng, groups = np.random.default_rng(SEED), sorted(set(found.group_of.values()))
    size = round(TEST_SHARE * len(groups))
    return [set(rng.choice(groups, size, replace=False)) for _ in range(SPLITS)]


def tables(folder: Path) -> str:
    """Return the section's tables."""
    found = load(folder)
    y, test = found.linked, found.vignette_test
    lines = [
        "The vignette's own split (leaky: most test pairs share a crime with training), peers"
        " re-made in Python:",
        *HEAD,
    ]
    own = Split(~test, test, test)
    for name, fit in peers(found.evidence[~test], y[~test], found.weight[~test], 4).items():
        lines.append(row(name, measures(found, own, fit(found.evidence))))
    parts = test_parts(found)
    results = [one_split(found, split_of(found, part), k) for k, part in enumerate(parts)]
    means = {name: np.array([r[name] for r in results]) for name in results[0]}
    lines += [
        "",
        f"Means over {SPLITS} splits with no offender group on both sides, seed {SEED}; in brackets"
        " the R package's own over other such splits:",
        *HEAD,
    ]
    lines += [row(name, values.mean(axis=0), THERE.get(name, ())) for name, values in means.items()]
    best = max(THERE, key=lambda name: means[name][:, 0].mean())
    lines += [
        "",
        f"{OURS}, less {best}, the best peer; 95 % interval corrected for the overlap of splits:",
        "",
        "| measure | difference | interval |",
        "| --- | --- | --- |",
    ]
    for k, name in enumerate(MEASURES):
        mean, low, high = corrected(means[OURS][:, k] - means[best][:, k])
        lines.append(f"| {name} | {mean:+.3f} | {low:+.3f} to {high:+.3f} |")
    return "\n".join(lines)


def row(name: str, values: Array | tuple[float, ...], there: tuple[float, ...] = ()) -> str:
    """Return one row of a table."""
    cells = [
        f"{v:.3f}" + (f" ({there[k]:.3f})" if k < len(there) else "") for k, v in enumerate(values)
    ]
    return f"| {name} | {' | '.join(cells)} |"
