"""How well a partition of cases rebuilds the true one: pairs, B-cubed, exact and partial rebuild.

B-cubed precision of a case is the share of its group that belongs with it, recall the share of its
true series that is in its group; both are averaged over cases (Bagga and Baldwin, 1998). It is the
measure that meets all four constraints of Amigó and others (2009): series kept pure, series kept
whole, strays better left by themselves, one large series not worth more than its cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assessment:
    """Shares in [0, 1]; a share of nothing is 1, since nothing was missed or wrongly joined.

    `exact`: true series of two and more cases whose group has all of its cases and no other.
    `partial`: those with a group of at least two cases, with or without others; exact
    ones count. `series` is their number, `cases` the number of all cases.
    """

    pair_precision: float
    pair_recall: float
    bcubed_precision: float
    bcubed_recall: float
    exact: float
    partial: float
    series: int
    cases: int


def assess_partition(found: Mapping[str, Hashable], true: Mapping[str, Hashable]) -> Assessment:
    """Compare a partition with the true one.

    Parameters
    ----------
    found, true
        The group and the true series of each case. A case that is not in `found` is alone;
        every one-off of `true` has a series of its own. Cases that only `found` has are left out.
    """
    group_of = {case: found.get(case, ("alone", case)) for case in true}
    groups, series = Counter(group_of.values()), Counter(true.values())
    cells = Counter((group_of[case], label) for case, label in true.items())
    both = sum(_pairs(count) for count in cells.values())
    precision = sum(count * count / groups[group] for (group, _), count in cells.items())
    recall = sum(count * count / series[label] for (_, label), count in cells.items())
    real = {label for label, size in series.items() if size > 1}
    whole, part = set(), set()
    for (group, label), count in cells.items():
        if label in real and count > 1:
            part.add(label)
            if count == series[label] == groups[group]:
                whole.add(label)
    return Assessment(
        _share(both, sum(map(_pairs, groups.values()))),
        _share(both, sum(map(_pairs, series.values()))),
        _share(precision, len(true)),
        _share(recall, len(true)),
        _share(len(whole), len(real)),
        _share(len(part), len(real)),
        len(real),
        len(true),
    )


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 1.0
