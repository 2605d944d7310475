"""Through which case each case joined: a chain that names only pairs that were linked."""

from __future__ import annotations

from dataclasses import replace

from clew.model.finding import Member


def re_rooted(members: tuple[Member, ...], joins: str, through: str) -> tuple[Member, ...]:
    """Return a group's members as they join another group, case `joins` through case `through`.

    The links between `joins` and the group's first case are told the other way round; weights go
    with their link.
    """
    by_id = {member.case_id: member for member in members}
    changed: dict[str, Member] = {}
    case, came_through, weight = joins, through, 0
    while True:
        held = by_id[case]
        changed[case] = Member(case, came_through, weight)
        if held.added_by is None:
            return tuple(changed.get(m.case_id, m) for m in members)
        case, came_through, weight = held.added_by, case, held.micro_bans


def with_weight(members: tuple[Member, ...], joins: str, micro_bans: int) -> tuple[Member, ...]:
    """Return the members, the joining case carrying the weight of the link it joined by."""
    return tuple(replace(m, micro_bans=micro_bans) if m.case_id == joins else m for m in members)
