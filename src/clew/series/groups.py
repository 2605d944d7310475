"""A group of cases while it forms: who is in it, what holds it together, what chance it has.

Two propositions are weighed for each group. *One source*: every case but the first goes back to
one of those that were there before it, and to which of them is not known. *Unrelated*: each case
has its own cause. A case x that joins the cases of a group is then worth

    log10 of the geometric mean of its likelihood ratios with them = the mean of its weights,

and two groups that join are worth the mean of all weights across. The group's weight is the sum
over its joins. So k cases bring k - 1 means, never k (k - 1) / 2 weights: adding up all pairs would
count what three cases have in common three times, and overstate a long series.

Why this holds: with unrelated cases the expected likelihood ratio of a pair is 1, and so is that of
the product along any tree (take away one leaf after the other; tree-shaped dependence is that of
Chow and Liu, 1968). A geometric mean over trees is never above their arithmetic mean (Jensen), so
the expected value of 10^weight is at most 1, and the chance that unrelated cases named beforehand
weigh as much is at most 10^-weight (Markov). The mean is the average linkage of Bennell and Jones
(2005) and Porter (2016) between a crime and a series.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clew.model.finding import ENGINE, Member, Series


def re_rooted(members: tuple[Member, ...], joins: str, through: str) -> tuple[Member, ...]:
    """Return a group's members as they join another group, case `joins` through case `through`.

    Each member names the case through which it joined: a chain of pairs that were linked. The links
    between `joins` and the group's first case are turned the other way round; weights go with their
    link.
    """
    by_id = {member.case_id: member for member in members}
    changed: dict[str, Member] = {}
    case, came_through, weight = joins, through, 0
    while True:
        before = by_id[case]
        changed[case] = Member(case, came_through, weight)
        if before.added_by is None:
            return tuple(changed.get(m.case_id, m) for m in members)
        case, came_through, weight = before.added_by, case, before.micro_bans


LINK_CHANCE = 0.02
"""Declared: links up to two per hundred cases may hold a possible series together."""
JOIN_CHANCE = 0.1
"""Declared: a case joins a series by links up to one per ten cases. Among all cases of a file a
match as good is ordinary; that it should be with one of these few is not: of 10,000 cases the two
of a pair are met by chance in 2 of 100,000."""
LARGEST_LOOSE = 8
"""Declared: cases of a possible series up to which weaker links, above LINK_CHANCE, let a further
case join. In a made-up force of 29,968 unrelated records they brought 14, 11 and 10 together, of
which 85 to 95 of 100 pairs weigh in favour: unrelated deaths come in clumps, and no mean parts
them. The core is what the strongest links hold, which are taken first."""
UNKNOWN_REPORT = 2**62
"""Comes after every time of report: for a case of which none is known."""

WeighPair = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Edge:
    """A link between two cases of a file: chance per case, weight in micro-bans."""

    case_a: str
    case_b: str
    chance: float
    micro_bans: int


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """The file in which series form.

    `cases` compared; `weigh` gives the micro-bans of any pair; `clumping` the least factor by which
    a third case lowers the chance, in (0, 1]; `reported` each case's place in the order of report
    (those not in it come last, by their ids).
    """

    cases: int
    weigh: WeighPair
    clumping: float
    reported: Mapping[str, int] = field(default_factory=dict)


def mean_weight(weights: Sequence[int]) -> int:
    """Return the mean of micro-bans as a whole number, halves to even; 0 where there are none."""
    if not weights:
        return 0
    whole, rest = divmod(sum(weights), len(weights))
    more = 2 * rest > len(weights) or (2 * rest == len(weights) and whole % 2 == 1)
    return whole + more


def first_reported(cases: Sequence[str], reported: Mapping[str, int]) -> str:
    """Return the case of these that was reported first: it names their series.

    A series so named keeps its name whatever is reported later, joins it or joins it to another.
    """
    return min(cases, key=lambda case: (reported.get(case, UNKNOWN_REPORT), case))


@dataclass(frozen=True, slots=True)
class Group:
    """Cases joined so far, the expected number of such groups by chance, and their weight."""

    members: tuple[Member, ...]
    chance: float
    micro_bans: int
    standing: Series | None = None

    @staticmethod
    def alone(case_id: str) -> Group:
        """Return the group of one case."""
        return Group((Member(case_id, None, 0),), 1.0, 0)

    @property
    def cases(self) -> tuple[str, ...]:
        """Return the ids in the order of joining."""
        return tuple(member.case_id for member in self.members)

    def joined(self, other: Group, edge: Edge, setting: SeriesFile) -> Group | None:
        """Return both as one group; None where too little speaks for it.

        They join if the link is strong enough for their sizes, and if their weights with one
        another are in favour on the whole.
        """
        first, second = (self, other) if len(self.members) >= len(other.members) else (other, self)
        sizes = (len(first.members), len(second.members))
        if edge.chance > LINK_CHANCE and not (sizes[1] == 1 and 1 < sizes[0] < LARGEST_LOOSE):
            return None
        across = [setting.weigh(x, y) for x in first.cases for y in second.cases]
        if sum(across) <= 0:
            return None
        return first.with_members_of(second, edge, across, setting)

    def with_members_of(
        self, other: Group, edge: Edge, across: Sequence[int], setting: SeriesFile
    ) -> Group:
        """Return both as one group that the edge holds together; `across`: weights of all pairs."""
        through = edge.case_a if edge.case_a in self.cases else edge.case_b
        joins = edge.case_b if through == edge.case_a else edge.case_a
        added = tuple(
            replace(member, micro_bans=edge.micro_bans) if member.case_id == joins else member
            for member in re_rooted(other.members, joins, through)
        )
        # The first pair's chance is its link's; a third case lowers it, and no further one does.
        chance = setting.cases * edge.chance
        if len(self.members) > 1:
            chance = self.chance
        if len(self.members) == 2:
            chance *= max(2 * edge.chance, setting.clumping)
        gain = edge.micro_bans if len(across) == 1 else mean_weight(across)
        weight = self.micro_bans + other.micro_bans + gain
        return Group((*self.members, *added), chance, weight)

    def to_series(self, reported: Mapping[str, int]) -> Series:
        """Return the possible series; one that was there already and was not touched, as it was."""
        if self.standing is not None:
            return self.standing
        name = f"S-{first_reported(self.cases, reported)}"
        return Series(name, ENGINE, self.members, self.micro_bans, self.chance)


def clumping(edges: list[Edge]) -> float:
    """Share of matched cases that match two or more: how unrelated deaths come in clumps."""
    matches: dict[str, int] = {}
    for edge in edges:
        if edge.chance <= LINK_CHANCE:
            matches[edge.case_a] = matches.get(edge.case_a, 0) + 1
    if not matches:
        return LINK_CHANCE
    return max(sum(count > 1 for count in matches.values()) / len(matches), 1 / len(matches))
