"""What crimelinkage's example can tell at all: learning curve, overlap, and how sure any figure is.

The goal beside it is a difference of .02 in AUC and .05 in average precision, clear of zero. Three
questions: would more series of this kind help (learning curve)? How far do linked and unlinked
pairs overlap in what is recorded (a bound for every method that never lets a nearer pair weigh
less, and what methods reach that have seen the answers)? How many groups of offenders would show
such a difference?
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from published_pairs import (
    OURS,
    SPLITS,
    TEST_SHARE,
    Example,
    Split,
    learned_scores,
    load,
    measures,
    peers,
    split_of,
    test_parts,
)
from published_peers import Array, stepwise

PEER = "stepwise logistic"
SHARES = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
CURVE = 20
"""Splits behind each point of the curve."""


def curve(found: Example, parts: list[set[str]]) -> list[str]:
    """Return the learning curve: the same tests, learned from ever more of the other groups."""
    lines = [
        f"Learned from a share of the other groups, {CURVE} tests (AUC, average precision):",
        "",
        f"| share of groups | linked pairs | {OURS} | {PEER} |",
        "| --: | --: | --- | --- |",
    ]
    everyone = sorted(set(found.group_of.values()))
    for share in SHARES:
        rows, linked = [], []
        for k, part in enumerate(parts[:CURVE]):
            others = np.random.default_rng(k).permutation([g for g in everyone if g not in part])
            split = split_of(found, part, set(others[round(share * len(others)) :]))
            fit = stepwise(*(a[split.train] for a in (found.evidence, found.linked, found.weight)))
            both = learned_scores(found, split, k), fit(found.evidence)
            rows.append([measures(found, split, score)[:2] for score in both])
            linked.append(found.linked[split.train].sum())
        ours, theirs = np.mean(rows, axis=0)
        lines.append(
            f"| {share:.0%} | {np.mean(linked):.0f} | {ours[0]:.3f}, {ours[1]:.3f} |"
            f" {theirs[0]:.3f}, {theirs[1]:.3f} |"
        )
    return lines


def outdone(evidence: Array, linked: Array) -> Array:
    """Count, for each linked pair, the unlinked ones at least as alike in all that is recorded."""
    apart = np.column_stack([evidence[:, :4], -evidence[:, 4:]])
    others = apart[linked == 0]
    return np.array([(others <= mine).all(axis=1).sum() for mine in apart[linked > 0]])


def best_possible(found: Example, split: Split) -> tuple[float, float]:
    """Return the AUC and average precision that bound all methods by which nearer is never less.

    Those that outdo a linked pair must stand above it. Precision at the k-th linked pair is k of
    k and those that outdo it, at most, when the least outdone come first.
    """
    y = found.linked[split.test]
    above = np.sort(outdone(found.evidence[split.test], y))
    k = np.arange(1, len(above) + 1)
    return 1 - float(above.mean()) / float((y == 0).sum()), float((k / (k + above)).mean())


def overlap(found: Example, parts: list[set[str]]) -> list[str]:
    """Return what bounds any method, and what methods reach that have seen the tests' answers."""
    splits = [split_of(found, part) for part in parts]
    seen = Split(np.ones(len(found.linked), bool), splits[0].test, np.zeros(1, bool))
    fits = peers(found.evidence, found.linked, found.weight, 0)
    rows = {f"{name}, having seen the answers": [] for name in fits}
    for split in splits:
        for name, fit in fits.items():
            told = measures(found, Split(seen.train, split.test, seen.inside), fit(found.evidence))
            rows[f"{name}, having seen the answers"].append(told[:2])
    rows["no method that is monotone in all seven can exceed"] = [
        best_possible(found, split) for split in splits
    ]
    lines = [
        f"Overlap, means over the {SPLITS} tests:", "", "| | AUC | average precision |",
        "| --- | --: | --: |",
    ]  # fmt: skip
    for name, values in rows.items():
        mean = np.mean(values, axis=0)
        lines.append(f"| {name} | {mean[0]:.3f} | {mean[1]:.3f} |")
    return lines


def certainty(found: Example, parts: list[set[str]]) -> list[str]:
    """Return how many groups would tell the difference, from how it varies between these."""
    groups = Counter(found.group_of[found.coded.cases[a].case_id] for a in
                     found.rows[found.linked > 0, 0])  # fmt: skip
    largest, its_pairs = groups.most_common(1)[0]
    told = []
    for k, part in enumerate(parts):
        split = split_of(found, part)
        fit = stepwise(*(a[split.train] for a in (found.evidence, found.linked, found.weight)))
        both = learned_scores(found, split, k), fit(found.evidence)
        ours, theirs = (measures(found, split, score)[:2] for score in both)
        told.append(np.subtract(ours, theirs))
    differences, tested = np.array(told), np.array([largest in part for part in parts])
    error = differences.std(axis=0, ddof=1) * np.sqrt(
        1 / len(parts) + TEST_SHARE / (1 - TEST_SHARE)
    )
    lines = [
        f"{len(groups)} groups hold the {int(found.linked.sum())} linked pairs, the largest"
        f" {its_pairs} of them. {OURS}, less {PEER}:",
        "",
        "| | AUC | average precision |",
        "| --- | --: | --: |",
    ]
    for name, values in (
        ("all tests", differences.mean(axis=0)),
        (f"the {int(tested.sum())} tests that hold the largest group", differences[tested].mean(0)),
        (f"the {int((~tested).sum())} others", differences[~tested].mean(axis=0)),
    ):
        lines.append(f"| {name} | {values[0]:+.3f} | {values[1]:+.3f} |")
    lines.append(f"| standard error, corrected for overlap | {error[0]:.3f} | {error[1]:.3f} |")
    needed = len(groups) * (1.96 * error / np.array([0.02, 0.05])) ** 2
    lines.append(
        f"| groups needed before a difference of .02 and .05 is clear of zero | {needed[0]:,.0f} |"
        f" {needed[1]:,.0f} |"
    )
    return lines


def tables(folder: Path) -> str:
    """Return the section's tables."""
    found = load(folder)
    parts = test_parts(found)
    made = [curve(found, parts), overlap(found, parts), certainty(found, parts)]
    return "\n\n".join("\n".join(lines) for lines in made)
