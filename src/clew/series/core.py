"""The strongest core of a large possible series that weak links hold together.

A case joins a group through one link, so that a chain of links can bring unrelated cases into one
group; the larger it is, the likelier. Weaker links add no case to a group of LARGEST_LOOSE
(`clew.series.groups`). A larger group is listed as it is only if each of its cases has, on the
mean, weight in favour with the rest, its heaviest link left out: one link alone holds no case
there. Else the case with the least mean is taken out, and all means are worked out again, until
that holds.

Groups that a learned table forms need none of this: their cases join by the mean across, which
exceeds the prior odds (`clew.series.partition`).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from clew.model.finding import Member
from clew.series.groups import LARGEST_LOOSE, Group, SeriesFile, mean_weight


def strongest_core(group: Group, setting: SeriesFile) -> Group:
    """Return the group, or its strongest core where the group is large and loose.

    A core of two has at most the chance of the group over the least factor of a third case.
    """
    if len(group.members) <= LARGEST_LOOSE:
        return group
    weights = _weights_between(group.cases, setting)
    core = _without_the_weak(group.cases, weights)
    if len(core) == len(group.members):
        return group
    chance = group.chance if len(core) > 2 else group.chance / setting.clumping
    members, micro_bans = _chain(core, weights)
    return Group(members, chance, micro_bans)


def _weights_between(cases: tuple[str, ...], setting: SeriesFile) -> dict[frozenset[str], int]:
    return {frozenset(pair): setting.weigh(*pair) for pair in combinations(cases, 2)}


def _without_the_weak(
    cases: tuple[str, ...], weights: Mapping[frozenset[str], int]
) -> tuple[str, ...]:
    """Return the cases that more than one link holds together, or the best two."""
    core = cases
    while len(core) > 2:
        held = {case: _held_by_the_rest(case, core, weights) for case in core}
        weakest = min(core, key=lambda case: (held[case], case))
        if held[weakest] > 0:
            break
        core = tuple(case for case in core if case != weakest)
    return core


def _held_by_the_rest(
    case: str, core: tuple[str, ...], weights: Mapping[frozenset[str], int]
) -> int:
    """Return the sum of a case's weights with the others, its heaviest left out.

    The mean has the same sign, and within one group the same order.
    """
    with_others = [weights[frozenset((case, other))] for other in core if other != case]
    return sum(with_others) - max(with_others)


def _chain(
    core: tuple[str, ...], weights: Mapping[frozenset[str], int]
) -> tuple[tuple[Member, ...], int]:
    """Return the cases as members, each joined through its heaviest link, and the group's weight.

    The weight is that of a group that forms so: the sum of the means of its joins.
    """
    first, second = max(
        combinations(core, 2), key=lambda pair: (weights[frozenset(pair)], tuple(sorted(pair)))
    )
    heaviest = weights[frozenset((first, second))]
    members, total = [Member(first, None, 0), Member(second, first, heaviest)], heaviest
    while len(members) < len(core):
        inside = [member.case_id for member in members]
        weight, joins, through = max(
            (weights[frozenset((case, other))], case, other)
            for case in core
            if case not in inside
            for other in inside
        )
        total += mean_weight([weights[frozenset((joins, other))] for other in inside])
        members.append(Member(joins, through, weight))
    return tuple(members), total
