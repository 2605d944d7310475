"""Adopted series: what people judged. `linked` joins, `not_linked` always splits."""

from __future__ import annotations

from collections.abc import Iterable

from clew.model.finding import Member, Series
from clew.model.judgement import Judgement, Verdict
from clew.series.chain import re_rooted


def latest_judgements(judgements: Iterable[Judgement]) -> dict[frozenset[str], Judgement]:
    """Keep the latest judgement of each pair; of equal times the one that stands later."""
    latest: dict[frozenset[str], Judgement] = {}
    for judgement in judgements:
        pair = frozenset((judgement.case_a, judgement.case_b))
        held = latest.get(pair)
        if held is None or (judgement.decided_at or 0) >= (held.decided_at or 0):
            latest[pair] = judgement
    return latest


def adopt_series(judgements: Iterable[Judgement]) -> tuple[Series, ...]:
    """Return the series that people adopted, by the latest judgement of each pair.

    Links are joined in the order in which they were decided. One that would bring two cases
    judged `not_linked` into one series does not join: the pair stays judged, and stays apart.
    """
    latest = latest_judgements(judgements)
    apart = [pair for pair, j in latest.items() if j.verdict is Verdict.NOT_LINKED]
    linked = [j for j in latest.values() if j.verdict is Verdict.LINKED and j.case_a != j.case_b]
    groups: dict[str, tuple[Member, ...]] = {}
    for judgement in sorted(linked, key=lambda j: (j.decided_at or 0, j.case_a, j.case_b)):
        first, second = sorted((judgement.case_a, judgement.case_b))
        a = groups.get(first, (Member(first, None, 0),))
        b = groups.get(second, (Member(second, None, 0),))
        if a is b:
            continue
        together = {member.case_id for member in (*a, *b)}
        if any(pair <= together for pair in apart):
            continue
        joined = (*a, *re_rooted(b, second, first))
        for case in together:
            groups[case] = joined
    unique = {id(group): group for group in groups.values()}.values()
    found = (
        Series(f"A-{min(m.case_id for m in group)}", "adopted", group, 0, None) for group in unique
    )
    return tuple(sorted(found, key=lambda series: series.series_id))
