"""What became of series: a new case joins one, bridges two, or starts one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from clew.model.finding import Series


class Change(StrEnum):
    """What became of a series.

    `UNTOUCHED` the same cases; `STARTED` none of its cases was in a series; `JOINED` cases came to
    one series; `BRIDGED` two or more series became one; `LOST` cases left it, and it may have
    gained others; `ENDED` no two of its cases are together any more.
    """

    UNTOUCHED = "untouched"
    STARTED = "started"
    JOINED = "joined"
    BRIDGED = "bridged"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SeriesChange:
    """One series as it is now (as it was, where it ended), and what became of it.

    `of` are the ids of the series of before that two or more of its cases come from, `came` and
    `left` the cases, each in order.
    """

    change: Change
    series: Series
    of: tuple[str, ...] = ()
    came: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def compare_series(before: Iterable[Series], after: Iterable[Series]) -> tuple[SeriesChange, ...]:
    """Say what became of each series of one view, in the order of `after`, the ended ones last."""
    held = {series.series_id: series for series in before}
    home = {case: name for name, series in held.items() for case in cases_of(series)}
    found, went_on = [], set()
    for series in after:
        cases = cases_of(series)
        names = [home[case] for case in cases if case in home]
        of = tuple(sorted({name for name in names if names.count(name) > 1}))
        went_on |= set(of)
        was = {case for name in of for case in cases_of(held[name])}
        came, left = tuple(sorted(cases - was)), tuple(sorted(was - cases))
        found.append(SeriesChange(_change(of, came, left), series, of, came, left))
    ended = (
        SeriesChange(Change.ENDED, one, (name,), left=tuple(sorted(cases_of(one))))
        for name, one in held.items()
        if name not in went_on
    )
    return (*found, *ended)


def cases_of(series: Series) -> frozenset[str]:
    """Return the ids of a series."""
    return frozenset(member.case_id for member in series.members)


def _change(of: tuple[str, ...], came: tuple[str, ...], left: tuple[str, ...]) -> Change:
    if not of:
        return Change.STARTED
    if len(of) > 1:
        return Change.BRIDGED
    if left:
        return Change.LOST
    return Change.JOINED if came else Change.UNTOUCHED
