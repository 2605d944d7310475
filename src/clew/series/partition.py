"""A partition of cases from the weights of their pairs, where known series tell the prior odds.

The possible series of a file go by chance, since on a real file nobody knows how many series there
are. Where solved series show that, two groups are better joined than not as long as

    mean weight across x n ^ fresh + log10 of the prior odds that two groups have one source > 0

where n pairs lie across. `fresh` says how far a further pair is a further finding: 0 not at all,
which leaves the mean (see `clew.series.groups`), 1 wholly, which is the plain sum and overstates.
The best two groups are joined first, and all is weighed again after each joining: average linkage,
in bans. `clew link` forms series so, by means, with a weight table learned from solved series.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence

from clew.model.finding import MICRO, Series
from clew.series.groups import Edge, Group, SeriesFile

Rows = tuple[int, ...]
Across = Sequence[tuple[Rows, Rows]]
WeighAcross = Callable[[Across], Sequence[float]]


def series_by_means(
    cases: Sequence[str],
    edges: Sequence[Edge],
    weigh: WeighAcross,
    least: float,
    setting: SeriesFile,
) -> tuple[Series, ...]:
    """Form possible series by the mean weights of their cases, most surprising first.

    Chance and weight of a series are those of `clew.series.possible`, each case joining through
    its heaviest link.

    Parameters
    ----------
    cases
        The ids of all cases, by row.
    edges
        The links through which groups may meet.
    weigh, least
        As for `partition_cases`.
    """
    row_of = {case: row for row, case in enumerate(cases)}
    links = {}
    for edge in edges:
        a, b = row_of[edge.case_a], row_of[edge.case_b]
        links[max(a, b), min(a, b)] = edge.micro_bans / MICRO
    group_of = partition_cases(links, weigh, least)
    within: dict[int, list[Edge]] = {}
    for edge in sorted(edges, key=lambda e: (-e.micro_bans, e.case_a, e.case_b)):
        own, other = (group_of.get(row_of[case]) for case in (edge.case_a, edge.case_b))
        if own is not None and own == other:
            within.setdefault(own, []).append(edge)
    groups: list[Group] = []
    for heaviest_first in within.values():
        inside = {heaviest_first[0].case_a}
        group = Group.alone(*inside)
        # The heaviest link between a case of the group and one that is not in it yet, till all are.
        while link := next(
            (e for e in heaviest_first if (e.case_a in inside) != (e.case_b in inside)), None
        ):
            joins = link.case_b if link.case_a in inside else link.case_a
            across = [setting.weigh(case, joins) for case in group.cases]
            group = group.with_members_of(Group.alone(joins), link, across, setting)
            inside.add(joins)
        groups.append(group)
    ordered = sorted(groups, key=lambda group: (group.chance, -group.micro_bans, group.cases))
    return tuple(group.to_series(setting.reported) for group in ordered)


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
        _, a, b = heapq.heappop(heap)
        if a not in groups.rows or b not in groups.rows:
            continue
        new, near = groups.join(a, b)
        for group in near:
            weight = groups.across(new, group)
            if weight > least:
                heapq.heappush(heap, (-weight, new, group))
    return {row: min(rows) for rows in groups.rows.values() if len(rows) > 1 for row in rows}


class _Groups:
    """Groups while they are joined, each with the groups that some link leads to.

    `near` has, group by group, the sum of the bans of all pairs across. What two groups have with
    a third adds up when they join, so no pair is ever looked at twice.
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

    def across(self, a: int, b: int) -> float:
        """Return what speaks for two groups being one, bans, where some link leads across."""
        pairs = len(self.rows[a]) * len(self.rows[b])
        return float(self.near[a][b] / pairs * pairs**self.fresh)

    def join(self, a: int, b: int) -> tuple[int, Iterable[int]]:
        """Join two groups; return the number of the new one and those near it."""
        near_a, near_b = self.near[a], self.near[b]
        near = {group: near_a[group] + near_b[group] for group in near_a.keys() & near_b.keys()}
        half = [(group, near_a[group], b) for group in near_a.keys() - near_b.keys() - {b}]
        half += [(group, near_b[group], a) for group in near_b.keys() - near_a.keys() - {a}]
        # All that no link states is weighed at once: to ask pair by pair took most of the time.
        others = self.weigh([(self.rows[own], self.rows[group]) for group, _, own in half])
        for (group, linked, _), bans in zip(half, others, strict=True):
            near[group] = linked + bans
        self.last += 1
        self.rows[self.last] = self.rows.pop(a) + self.rows.pop(b)
        del self.near[a], self.near[b]
        self.near[self.last] = near
        for group, total in near.items():
            self.near[group].pop(a, None)
            self.near[group].pop(b, None)
            self.near[group][self.last] = total
        return self.last, near
