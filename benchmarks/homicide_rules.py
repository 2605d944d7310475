"""Two rules that list groups of homicides: the Murder Accountability Project's, and Clew's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from homicide_file import Bools, Floats, Homicides, Ints

MOST_SOLVED = 0.33
LEAST_UNSOLVED = 2
AGE_BANDS = (0, 15, 20, 51)
"""The project's published form (murderdata.org, Murder Clusters; its syntax as re-made in R for
learn.r-journalism.com, case study Murders): county or metropolitan area, victim's sex and weapon,
there with the age bands 0-14, 15-19, 20-50, 51 and more; groups at most 33 % solved with more than
one unsolved, by the number unsolved."""
WINDOWS = (4, 8, 12, 24, 48)
"""Months up to a case: the weight table's own levels of the gap, 120 days to four years."""
SPREAD = 2.0
"""Declared: how a county's share of a type differs from elsewhere, as a gamma of this shape: its
standard deviation is 0.7 of its mean, about a factor of two either way."""
PSEUDO_CASES = 10.0
"""The weight table's `shrinkage`: a share of few cases is drawn to that of the whole file."""
MOST_LISTED_BEFORE = 0.5
"""Declared: a group more than half of which is listed already is no further lead."""


@dataclass(frozen=True, slots=True)
class Group:
    """One entry of a list: rows of the file, and by what it is ranked."""

    rows: Ints
    score: float


def accountability_groups(
    file: Homicides, sex: Bools, *, ages: bool, years: int = 0
) -> list[Group]:
    """List the groups that the published rule flags, most unsolved first.

    `years`: within spans of so many years, a new one beginning every half; 0: the whole file.
    """
    band = np.searchsorted(AGE_BANDS, file.age, side="right") if ages else np.zeros_like(file.age)
    county = np.unique(file.county, return_inverse=True)[1]
    found = []
    first, last = int(file.month.min()), int(file.month.max())
    step = 6 * years or last - first + 1
    for begin in range(first, last + 1, step):
        inside = sex & (file.month >= begin) & (file.month < begin + (2 * step if years else step))
        rows = np.flatnonzero(inside)
        key = np.column_stack([county, file.weapon, band])[rows]
        _, of = np.unique(key, axis=0, return_inverse=True)
        order = np.argsort(of.ravel(), kind="stable")
        for members in np.split(rows[order], np.flatnonzero(np.diff(of.ravel()[order])) + 1):
            unsolved = int((~file.solved[members]).sum())
            if unsolved >= LEAST_UNSOLVED and file.solved[members].mean() <= MOST_SOLVED:
                found.append(Group(members, unsolved - file.solved[members].mean()))
    return listed(found)


def listed(groups: Iterable[Group], most: int | None = None) -> list[Group]:
    """Order by score, and leave out what is mostly listed already."""
    seen: set[int] = set()
    found: list[Group] = []
    for group in sorted(groups, key=lambda g: (-g.score, int(g.rows[0]))):
        rows = set(group.rows.tolist())
        if len(rows & seen) <= MOST_LISTED_BEFORE * len(rows):
            found.append(group)
            seen |= rows
        if len(found) == most:
            break
    return found


def excess(k: Floats, expected: Floats, own: Floats, own_expected: Floats) -> Floats:
    """Return -log10 P(k or more), of a Poisson count whose county factor is uncertain.

    Elsewhere the same share is expected; the county's factor is a gamma of shape SPREAD, updated
    by what the county held outside the window (`own` where `own_expected` was to be expected).
    """
    shape = SPREAD + own
    mean = expected * shape / (SPREAD + own_expected)
    tail = betainc(np.maximum(k, 1e-9), shape, mean / (mean + shape))
    scores: Floats = np.where(k > 0, -np.log10(np.maximum(tail, 1e-300)), 0.0)
    return scores


def like_groups(
    file: Homicides, alike: Iterator[tuple[int, Bools]], counted: Bools
) -> Iterator[Group]:
    """For every case give the window before it in its county with the greatest excess of its like.

    `counted`: the cases that may count as like (all, or the unsolved). What is compared with the
    excess is every case, whoever solved it.
    """
    county = np.unique(file.county, return_inverse=True)[1]
    month, span = file.month - file.month.min(), int(np.ptp(file.month)) + 1
    rows_of = [np.flatnonzero(county == c) for c in range(county.max() + 1)]
    totals = [_running(month[r], file.share[r], span) for r in rows_of]
    everywhere = _running(month, file.share, span)
    for t, types in alike:
        like = types[file.kind] & counted
        all_like = _running(month[like], file.share[like], span)
        index = np.flatnonzero((file.kind == t) & counted)
        for c in np.unique(county[index]):
            rows = rows_of[c][like[rows_of[c]]]
            here = _running(month[rows], file.share[rows], span)
            yield from _best(
                index[county[index] == c], file, month, rows,
                (here, totals[c], all_like - here, everywhere - totals[c]),
            )  # fmt: skip


def _running(month: Ints, share: Floats, span: int) -> Floats:
    """Incidents before each month, (span + 1,)."""
    return np.concatenate([[0.0], np.cumsum(np.bincount(month, share, span))])


def _best(
    index: Ints, file: Homicides, month: Ints, rows: Ints, runs: tuple[Floats, ...]
) -> Iterator[Group]:
    """Give each index case's best window. `runs`: like here, all here, like and all elsewhere."""
    end = month[index][:, None] + 1
    begin = np.maximum(end - np.array(WINDOWS), 0)
    like, all_here, like_there, all_there = (run[end] - run[begin] for run in runs)
    overall = (runs[0][-1] + runs[2][-1]) / (runs[1][-1] + runs[3][-1])
    share = (like_there + PSEUDO_CASES * overall) / (all_there + PSEUDO_CASES)
    outside = (runs[2][-1] - like_there) / np.maximum(runs[3][-1] - all_there, 1.0)
    itself = file.share[index][:, None]
    scores = excess(
        like - itself,
        (all_here - itself) * share,
        runs[0][-1] - like,
        (runs[1][-1] - all_here) * outside,
    )
    best = scores.argmax(axis=1)
    for p, k in enumerate(best):
        if scores[p, k] > 1:
            near = (month[rows] >= begin[p, k]) & (month[rows] < end[p, 0])
            yield Group(rows[near], float(scores[p, k]))
