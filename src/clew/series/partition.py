"""A partition of cases from the weights of their pairs, where known series tell the prior odds.

The possible series of a file go by chance, since on a real file nobody knows how many series there
are. Where solved series tell that, two groups are better joined than not as long as

    mean weight across x n ^ fresh + log10 of the prior odds that two groups have one source > 0

where n pairs lie across. `fresh` says how far a further pair is a further finding: 0 not at all,
which leaves the mean (see `clew.series.groups`), 1 wholly, which is the plain sum and overstates.
Both figures are learned from known series. The best two groups are joined first, and all is weighed
anew after each joining: average linkage, in bans.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence

Rows = tuple[int, ...]
Across = Sequence[tuple[Rows, Rows]]
WeighAcross = Callable[[Across], Sequence[float]]


class _Groups:
    """Groups while they are joined, each with the groups that some link leads to.

    `near` holds, group by group, the sum of the bans of all pairs across. What two groups have
    with a third adds up when they join, so no pair is ever looked at twice.
    """

    def __init__(
        self, links: Mapping[tuple[int, int], float], weigh: WeighAcross, fresh: float
    ) -> None:
        self.weigh, self.fresh = weigh, fresh
        self.rows: dict[int, Rows] = {}
        self.near: dict[int, dict[int, float]] = {}
        for (a, b), weight in links.items():
            self.rows |= {a: (a,), b: (b,)}
            self.near.setdefault(a, {})[b] = weight
            self.near.setdefault(b, {})[a] = weight
        self.last = max(self.rows, default=-1)

    def across(self, one: int, other: int) -> float:
        """Return what speaks for two groups being one, bans, where some link leads across."""
        pairs = len(self.rows[one]) * len(self.rows[other])
        return float(self.near[one][other] / pairs * pairs**self.fresh)

    def join(self, one: int, other: int) -> tuple[int, Iterable[int]]:
        """Join two groups; return the number of the new one and those near it."""
        near = self._added(one, other)
        self.last += 1
        self.rows[self.last] = self.rows.pop(one) + self.rows.pop(other)
        del self.near[one], self.near[other]
        self.near[self.last] = near
        for group, total in near.items():
            self.near[group].pop(one, None)
            self.near[group].pop(other, None)
            self.near[group][self.last] = total
        return self.last, near

    def _added(self, one: int, other: int) -> dict[int, float]:
        """Return the sum of the bans that the two have with each group near either."""
        ours, theirs = self.near[one], self.near[other]
        near = {group: ours[group] + theirs[group] for group in ours.keys() & theirs.keys()}
        half = [(group, ours[group], other) for group in ours.keys() - theirs.keys() - {other}]
        half += [(group, theirs[group], one) for group in theirs.keys() - ours.keys() - {one}]
        # All that no link tells is weighed at once: to ask pair by pair took most of the time.
        lacking = self.weigh([(self.rows[own], self.rows[group]) for group, _, own in half])
        for (group, told, _), bans in zip(half, lacking, strict=True):
            near[group] = told + bans
        return near


def partition_cases(
    links: Mapping[tuple[int, int], float],
    weigh: WeighAcross,
    least: float,
    fresh: float = 0.0,
) -> dict[int, int]:
    """Return the group of each case that is in one, as the least row of its cases.

    Parameters
    ----------
    links
        Weights in bans of the pairs (higher row first) through which groups may meet.
    weigh
        Sum of the bans of all pairs across two groups of rows, for each two that are given.
    least
        Bans that must be exceeded: log10 of the prior odds against.
    fresh
        How far a further pair across is a further finding, from 0 to 1.
    """
    groups = _Groups(links, weigh, fresh)
    heap = [(-weight, a, b) for (a, b), weight in links.items() if weight > least]
    heapq.heapify(heap)
    while heap:
        _, one, other = heapq.heappop(heap)
        if one not in groups.rows or other not in groups.rows:
            continue
        new, near = groups.join(one, other)
        for group in near:
            found = groups.across(new, group)
            if found > least:
                heapq.heappush(heap, (-found, new, group))
    return labels(rows for rows in groups.rows.values() if len(rows) > 1)


def labels(groups: Iterable[Rows]) -> dict[int, int]:
    """Return each row's group, named by the least of its rows."""
    return {row: min(rows) for rows in groups for row in rows}
