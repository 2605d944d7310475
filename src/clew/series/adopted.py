"""Adopted series: what people judged. `linked` joins, `not_linked` always splits.

The constraints are those of clustering with must-link and cannot-link pairs (Wagstaff and others,
2001). Where they contradict one another no partition keeps them all. `not_linked` is then kept:
to show two cases as one series although somebody judged them apart would put words into his mouth.
The `linked` that had to give way is reported with what speaks against it, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from clew.model.finding import ADOPTED, Member, Series, SeriesChange, SeriesFate
from clew.model.judgement import Conflict, Contradiction, Judgement, Verdict
from clew.series.groups import first_reported, re_rooted

NO_REPORTS: Mapping[str, int] = MappingProxyType({})


def latest_judgements(judgements: Iterable[Judgement]) -> dict[frozenset[str], Judgement]:
    """Keep the latest judgement of each pair; of equal times the one listed later."""
    latest: dict[frozenset[str], Judgement] = {}
    for judgement in judgements:
        pair = frozenset((judgement.case_a, judgement.case_b))
        known = latest.get(pair)
        if known is None or (judgement.decided_at or 0) >= (known.decided_at or 0):
            latest[pair] = judgement
    return latest


def adopt_series(
    judgements: Iterable[Judgement], reported: Mapping[str, int] = NO_REPORTS
) -> tuple[Series, ...]:
    """Return the series that people adopted, by the latest judgement of each pair.

    Links are joined in the order in which they were decided. One that would bring two cases
    judged `not_linked` into one series does not join: the pair stays judged, and stays apart.
    Each series is named for its case that was `reported` first.
    """
    groups, _ = _join(latest_judgements(judgements))
    unique = {id(group): group for group in groups.values()}.values()
    named = ((first_reported([m.case_id for m in group], reported), group) for group in unique)
    found = (Series(f"A-{first}", ADOPTED, group, 0, None) for first, group in named)
    return tuple(sorted(found, key=lambda series: series.series_id))


def find_contradictions(judgements: Iterable[Judgement]) -> tuple[Contradiction, ...]:
    """Return every judgement that shapes no adopted series because another says otherwise.

    Together with the judgements that count, and those that left a pair undetermined, these are all
    that were given: nothing is lost.
    """
    given = tuple(judgements)
    latest = latest_judgements(given)
    found = []
    for judgement in given:
        counts = latest[frozenset((judgement.case_a, judgement.case_b))]
        if counts.verdict is not judgement.verdict is not Verdict.UNDETERMINED:
            found.append(Contradiction(Conflict.OVERRULED, judgement, (counts,)))
    _, refused = _join(latest)
    return (*found, *refused)


def _join(
    latest: Mapping[frozenset[str], Judgement],
) -> tuple[dict[str, tuple[Member, ...]], list[Contradiction]]:
    """Return the group of each case that was joined, and the links that had to give way."""
    apart = [(pair, j) for pair, j in latest.items() if j.verdict is Verdict.NOT_LINKED]
    linked = [j for j in latest.values() if j.verdict is Verdict.LINKED and j.case_a != j.case_b]
    groups: dict[str, tuple[Member, ...]] = {}
    refused = []
    for judgement in sorted(linked, key=lambda j: (j.decided_at or 0, j.case_a, j.case_b)):
        first, second = sorted((judgement.case_a, judgement.case_b))
        a = groups.get(first, (Member(first, None, 0),))
        b = groups.get(second, (Member(second, None, 0),))
        if a is b:
            continue
        together = {member.case_id for member in (*a, *b)}
        against = tuple(j for pair, j in apart if pair <= together)
        if against:
            refused.append(Contradiction(Conflict.KEPT_APART, judgement, against))
            continue
        joined = (*a, *re_rooted(b, second, first))
        groups |= dict.fromkeys(together, joined)
    return groups, refused


def compare_series(before: Iterable[Series], after: Iterable[Series]) -> tuple[SeriesChange, ...]:
    """Say what became of each series of one view, in the order of `after`, the ended ones last."""
    earlier = {series.series_id: series for series in before}
    home = {case: name for name, series in earlier.items() for case in cases_of(series)}
    changes, went_on = [], set()
    for series in after:
        cases = cases_of(series)
        names = [home[case] for case in cases if case in home]
        origins = tuple(sorted({name for name in names if names.count(name) > 1}))
        went_on |= set(origins)
        was = {case for name in origins for case in cases_of(earlier[name])}
        came, left = tuple(sorted(cases - was)), tuple(sorted(was - cases))
        fate = SeriesFate.JOINED if came else SeriesFate.UNTOUCHED
        if not origins:
            fate = SeriesFate.STARTED
        elif len(origins) > 1:
            fate = SeriesFate.BRIDGED
        elif left:
            fate = SeriesFate.LOST
        changes.append(SeriesChange(fate, series, origins, came, left))
    ended = (
        SeriesChange(SeriesFate.ENDED, series, (name,), left=tuple(sorted(cases_of(series))))
        for name, series in earlier.items()
        if name not in went_on
    )
    return (*changes, *ended)


def cases_of(series: Series) -> frozenset[str]:
    """Return the ids of a series."""
    return frozenset(member.case_id for member in series.members)
