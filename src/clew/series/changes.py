"""Two runs compared: a new case joins a series, bridges two, or starts one."""

from __future__ import annotations

from collections.abc import Iterable

from clew.model.finding import Change, Series, SeriesChange


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
