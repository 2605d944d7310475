"""Possible series: what the engine itself would put together, whatever anybody judged.

Links of low chance are taken from the strongest down. A case joins a series through its best link,
if its weights with the cases already in it are in favour on the whole; two series may join on the
same terms. So one wrong link does not fuse two series. A further case joins what stands already
on weaker terms than those on which a pair begins: it is asked of a few cases, not of a whole file.

The chance of a series is the expected number, in the whole file, of unrelated groups of its size
that hold together as well: the first pair's chance times the cases of the file, then for each
further case the chance that one more unrelated case attaches itself to any of the members.
Unrelated deaths come in clumps (a care home's falls, a winter's cold), so whoever matches one of a
pair is likelier to match the other: a third case never counts for less than the share of matched
cases that are matched twice in this file (`clumping`), and what three have in common, a fourth
has as often as not (`CLUMP`). A long series is therefore hardly more surprising than a short one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clew.model.finding import Member, Series
from clew.series.chain import re_rooted, with_weight

LINK_CHANCE = 0.02
"""Declared: links up to two per hundred cases may hold a possible series together."""
JOIN_CHANCE = 0.1
"""Declared: a case joins a series by links up to one per ten cases. Among all cases of a file a
match as good is ordinary; that it should be with one of these few is not: of 10,000 cases the two
of a pair are met by chance in 2 of 100,000."""
CLUMP = 0.5
"""Declared, after the real deaths of one office (16,306): of 11 groups of three and more unrelated
cases 3 had four or more, of those 2 five or more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A link between two cases of a file: chance per case, weight in micro-bans."""

    case_a: str
    case_b: str
    chance: float
    micro_bans: int


WeighPair = Callable[[str, str], int]


def form_series(
    edges: Sequence[Edge], cases: int, weigh: WeighPair, clumping: float
) -> tuple[Series, ...]:
    """Form the engine's possible series, most surprising first.

    Parameters
    ----------
    edges
        Links in any order. Those up to LINK_CHANCE begin series and join them; those up to
        JOIN_CHANCE let one more case join; all others are left out.
    cases
        Number of cases compared.
    weigh
        Micro-bans of any pair of case ids.
    clumping
        Least factor by which a further case may lower the chance, in (0, 1].
    """
    groups: dict[str, _Group] = {}
    kept = [edge for edge in edges if edge.chance <= JOIN_CHANCE]
    for edge in sorted(kept, key=lambda e: (e.chance, -e.micro_bans, e.case_a, e.case_b)):
        a = groups.get(edge.case_a) or _Group.alone(edge.case_a)
        b = groups.get(edge.case_b) or _Group.alone(edge.case_b)
        if a is b or not _may_join(a, b, edge) or not _hold_together(a, b, weigh):
            continue
        joined = a.join(b, edge, cases, clumping)
        for case in joined.cases:
            groups[case] = joined
    unique = {id(group): group for group in groups.values()}.values()
    ordered = sorted(unique, key=lambda g: (g.chance, -g.micro_bans, g.cases))
    return tuple(group.to_series() for group in ordered)


@dataclass(frozen=True, slots=True)
class _Group:
    members: tuple[Member, ...]
    chance: float
    micro_bans: int

    @staticmethod
    def alone(case_id: str) -> _Group:
        return _Group((Member(case_id, None, 0),), 1.0, 0)

    @property
    def cases(self) -> tuple[str, ...]:
        return tuple(member.case_id for member in self.members)

    def join(self, other: _Group, edge: Edge, cases: int, clumping: float) -> _Group:
        first, second = (self, other) if len(self.members) >= len(other.members) else (other, self)
        through = edge.case_a if edge.case_a in first.cases else edge.case_b
        joins = edge.case_b if through == edge.case_a else edge.case_a
        added = with_weight(re_rooted(second.members, joins, through), joins, edge.micro_bans)
        if len(first.members) == 1:
            chance = cases * edge.chance
        else:
            chance = first.chance
            for size in range(len(first.members), len(first.members) + len(second.members)):
                chance *= max(size * edge.chance, clumping if size == 2 else CLUMP)
        members = (*first.members, *added)
        return _Group(members, chance, first.micro_bans + second.micro_bans + edge.micro_bans)

    def to_series(self) -> Series:
        name = f"S-{min(self.cases)}"
        return Series(name, "engine", self.members, self.micro_bans, self.chance)


def _may_join(a: _Group, b: _Group, edge: Edge) -> bool:
    """Tell whether a link is strong enough: weaker ones only let one case join a series."""
    sizes = sorted((len(a.members), len(b.members)))
    return edge.chance <= LINK_CHANCE or (sizes[0] == 1 and sizes[1] > 1)


def _hold_together(a: _Group, b: _Group, weigh: WeighPair) -> bool:
    """Tell whether the two groups' pairs are in favour on the whole."""
    return sum(weigh(x, y) for x in a.cases for y in b.cases) > 0
