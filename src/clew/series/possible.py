"""Possible series: what the engine itself would put together, whatever anybody judged.

Links of low chance are taken from the strongest down. A case joins a series through its best link,
if its weights with the cases already in it are in favour on the whole; two series may join on the
same terms. So one wrong link does not fuse two series. A further case joins what is there already
on weaker terms than those on which a pair begins: it is asked of a few cases, not of a whole file.
No further case joins so where there are LARGEST_LOOSE already, and of a larger group that a chain
of single links holds together the strongest core is kept (`clew.series.core`).

The chance of a series is the expected number, in the whole file, of unrelated groups of its size
that hold together as well: the first pair's chance times the cases of the file, then for a third
case the chance that one more unrelated case attaches itself to either of the two.
Unrelated deaths come in clumps (a care home's falls, a winter's cold), so a case that matches one
of a pair is likelier to match the other: a third case never counts for less than the share of
matched cases that are matched twice in this file (`clumping`). What three have in common, a fourth
has as well, as often as one looks: a longer series is no more surprising than its first three.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clew.model.finding import Series
from clew.series.core import strongest_core
from clew.series.groups import JOIN_CHANCE, Edge, Group, SeriesFile


def form_series(
    edges: Iterable[Edge], setting: SeriesFile, standing: Sequence[Series] = ()
) -> tuple[Series, ...]:
    """Form the engine's possible series, most surprising first.

    Parameters
    ----------
    edges
        In any order. Those up to LINK_CHANCE begin series, join and bridge them; those up to
        JOIN_CHANCE let one more case join; all others are left out.
    standing
        Possible series as they are, beside which all `edges` are new; no case is in two of them.
        One that no link touches comes back as it was, name, members, weight and chance.
    """
    there = [Group(one.members, one.chance or 1.0, one.micro_bans, one) for one in standing]
    groups = {case: group for group in there for case in group.cases}
    kept = [edge for edge in edges if edge.chance <= JOIN_CHANCE]
    for edge in sorted(kept, key=lambda e: (e.chance, -e.micro_bans, e.case_a, e.case_b)):
        a = groups.get(edge.case_a) or Group.alone(edge.case_a)
        b = groups.get(edge.case_b) or Group.alone(edge.case_b)
        joined = None if a is b else a.joined(b, edge, setting)
        if joined is not None:
            groups |= dict.fromkeys(joined.cases, joined)
    unique = {id(group): group for group in groups.values()}.values()
    cores = [one if one.standing else strongest_core(one, setting) for one in unique]
    ordered = sorted(cores, key=lambda g: (g.chance, -g.micro_bans, g.cases))
    return tuple(group.to_series(setting.reported) for group in ordered)
