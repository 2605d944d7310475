"""How each series came to be seen: what was known at every report and fact of its members."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from clew.comparison.kernel import weigh_pairs
from clew.model.alert import AlertRow, SeriesMoment, SeriesStory, Trigger
from clew.model.columns import Array
from clew.model.finding import Relation, Series
from clew.model.judgement import Judgement
from clew.model.values import Instant
from clew.replay.monthly import ComparedEvents
from clew.series.adopted import adopt_series
from clew.series.groups import JOIN_CHANCE, Edge, SeriesFile, clumping
from clew.series.possible import form_series

MOST_STORIES = 50
"""Declared: possible series that are shown, the most surprising first; all adopted ones are."""


def tell_stories(
    rows: Sequence[AlertRow],
    last: ComparedEvents | None,
    judgements: tuple[Judgement, ...],
    cases: int,
    begins: Instant,
    went: Mapping[str, str],
) -> tuple[SeriesStory, ...]:
    """Return the stories of the engine's possible series, and of those that people adopted.

    Parameters
    ----------
    rows
        All ranked rows in order of time.
    last
        The last month walked, whose tables weigh pairs that never ranked.
    begins
        Since when alerts could be given.
    went
        Reports that were merged, and the record that each is part of.
    """
    if last is None:
        return ()
    possible = series_of(rows, last, cases, went)[:MOST_STORIES]
    reported = {case.case_id: case.reported_at for case in last.month.coded.cases}
    by_case: dict[str, list[AlertRow]] = {}
    for row in rows:
        by_case.setdefault(row.case_id, []).append(row)
    alerts = [row.at for row in rows if row.notifies]
    stories = []
    for one in (*possible, *adopt_series(judgements, reported)):
        members = {member.case_id for member in one.members}
        members |= {report for report, record in went.items() if record in members}
        stories.append(SeriesStory(one, tuple(_moments(members, by_case, alerts, begins))))
    return tuple(stories)


def series_of(
    rows: Iterable[AlertRow], last: ComparedEvents, cases: int, went: Mapping[str, str]
) -> tuple[Series, ...]:
    """Form possible series from ranked rows: each pair as it was when it surprised most.

    What was ranked with a report that has been merged since counts for the record it `went` into.
    """
    best: dict[frozenset[str], Edge] = {}
    for row in rows:
        if row.chance > JOIN_CHANCE or row.relation is not Relation.LEAD:
            continue
        a, b = (went.get(one, one) for one in (row.case_id, row.linked_case_id))
        pair = frozenset((a, b))
        if a != b and (pair not in best or row.chance < best[pair].chance):
            best[pair] = Edge(a, b, row.chance, row.micro_bans)
    edges = list(best.values())
    coded, tables = last.month.coded, last.month.tables
    row_of = {case.case_id: k for k, case in enumerate(coded.cases)}  # the latest version's row

    def weigh(a: str, b: str) -> int:
        pair: Array = np.array([[row_of[a], row_of[b]]])
        return int(weigh_pairs(coded.cols, tables, pair)[0])

    reported = {case.case_id: case.reported_at for case in coded.cases}
    return form_series(edges, SeriesFile(cases, weigh, clumping(edges), reported))


def _moments(
    members: set[str],
    by_case: dict[str, list[AlertRow]],
    alerts: list[Instant],
    begins: Instant,
) -> Iterable[SeriesMoment]:
    """Yield what was known at each trigger of a member: its best row with another member.

    A row that alerted or was added to an alert is preferred, for it need not be the best.
    """
    found: dict[tuple[Instant, str], tuple[Trigger, tuple[str, ...], AlertRow | None]] = {}
    on_series: list[Instant] = []
    for case_id in members:
        for row in by_case.get(case_id, ()):
            trigger, changed, best = found.get((row.at, case_id), (row.trigger, row.changed, None))
            if row.linked_case_id in members:
                if best is None or (row.notifies and not best.notifies):
                    best = row
                if row.notifies:
                    on_series.append(row.at)
            found[row.at, case_id] = (trigger, changed, best)
    on_series.sort()
    for (at, case_id), (trigger, changed, best) in sorted(found.items()):
        if at < begins and best is None:
            continue
        before = (bisect_left(alerts, at), bisect_left(on_series, at))
        yield SeriesMoment(at, case_id, trigger, best, *before, changed)
