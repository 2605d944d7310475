"""The page of `clew replay`: what would have been seen, when, and what fell below the budget."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clew.disclosure.alert_cards import RowLine, show_alert, show_row
from clew.disclosure.cards import Setting
from clew.disclosure.clock import Clock
from clew.disclosure.page import environment, style
from clew.disclosure.story_cards import show_stories
from clew.disclosure.weekly_yield import DISPOSITIONS, latest_judgements, show_yield
from clew.disclosure.words import count_of
from clew.model.alert import AlertRow, Budget, Replay
from clew.model.case_file import Coverage
from clew.model.finding import Relation

LISTED = 50
"""Rows of a list that stand on the page; the file beside it holds all."""
FEW_WEEKS = 14


@dataclass(frozen=True, slots=True)
class Searched:
    """What the replay rests on and when it ran, in local time."""

    records: str
    deaths: str
    learns_from: str
    begins: str
    ends: str
    warmed_up: bool
    searched: tuple[Coverage, ...]
    not_searched: tuple[Coverage, ...]
    only_this_file: bool
    rejects: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The first rows of a list, and how many there are altogether."""

    lines: tuple[RowLine, ...]
    count: int


def render_replay(replay: Replay, *, most_alerts: int = 300) -> str:
    """Return the replay's report as one self-contained HTML document.

    Parameters
    ----------
    replay
        What the replay found, and what it could not search.
    most_alerts
        How many alerts, the newest, get a card with reasons; the others get a line. At least 0.

    """
    clock = Clock(ZoneInfo(replay.timezone))
    setting = Setting({}, clock, replay.deaths_a_year)
    judged = latest_judgements(replay.judgements, replay.ends)
    newest = sorted(replay.alerts, key=lambda row: (-row.at, row.case_id))
    leads, seen = _never_alerted(replay)
    sheet, style_hash = style("report.css", "replay.css")
    return (
        environment()
        .get_template("replay.html.j2")
        .render(
            replay=replay,
            searched=_say_searched(replay, clock),
            budget=say_budget(replay.budget),
            weekly=show_yield(replay, clock),
            dispositions=DISPOSITIONS,
            few_weeks=FEW_WEEKS,
            alerts=[
                show_alert(row, replay, setting, judged, f"alert-{n}")
                for n, row in enumerate(newest[:most_alerts], 1)
            ],
            more_alerts=[show_row(row, setting) for row in newest[most_alerts:]],
            stories=show_stories(replay.stories, setting),
            below=_list(_once(sorted(leads, key=_most_urgent)), setting),
            below_lines=len(replay.below),
            alerted_elsewhere=seen,
            doubled=len(replay.below) - len(leads) - seen,
            duplicates=_list(replay.duplicates, setting),
            beyond=_list(_once(sorted(replay.beyond, key=_most_urgent)), setting),
            example_week=clock.local(replay.ends).date().isoformat(),
            style=sheet,
            style_hash=style_hash,
        )
    )


def say_budget(budget: Budget) -> tuple[str, str]:
    """Return the budget in words, and who signed it or that nobody did."""
    per_hundred = f"{budget.share * 100:.3g}"
    ones = "alert" if per_hundred == "1" else "alerts"
    share = f"{per_hundred} {ones} for every hundred new deaths"
    if not budget.signed_by:
        return share, "Nobody has signed this budget."
    on = f" on {budget.signed_on}" if budget.signed_on else ", with no date given"
    return share, f"Signed by {budget.signed_by}{on}."


def _say_searched(replay: Replay, clock: Clock) -> Searched:
    return Searched(
        records=count_of(replay.cases, "record", "records"),
        deaths=count_of(replay.deaths, "death", "deaths"),
        learns_from=clock.day(min(replay.learns_from, replay.ends)),
        begins=clock.day(replay.begins) if replay.began else "",
        ends=clock.minute(replay.ends),
        warmed_up=replay.learns_from < replay.begins,
        searched=tuple(c for c in replay.coverage if c.records > 0),
        not_searched=tuple(c for c in replay.coverage if c.records <= 0),
        only_this_file=not replay.coverage,
        rejects=replay.rejects,
    )


def _never_alerted(replay: Replay) -> tuple[list[AlertRow], int]:
    """Return rows below the budget whose pair never alerted; how many of pairs that did."""
    shown = {frozenset((row.case_id, row.linked_case_id)) for row in replay.alerts}
    rows = [row for row in replay.below if row.relation is not Relation.DUPLICATE_REPORT]
    leads = [row for row in rows if frozenset((row.case_id, row.linked_case_id)) not in shown]
    return leads, len(rows) - len(leads)


def _list(rows: Iterable[AlertRow], setting: Setting) -> Listed:
    found = list(rows)
    return Listed(tuple(show_row(row, setting) for row in found[:LISTED]), len(found))


def _once(rows: Iterable[AlertRow]) -> list[AlertRow]:
    """Return the first row of each pair."""
    found: dict[frozenset[str], AlertRow] = {}
    for row in rows:
        found.setdefault(frozenset((row.case_id, row.linked_case_id)), row)
    return list(found.values())


def _most_urgent(row: AlertRow) -> tuple[float, int, str, str]:
    return -row.priority, row.at, row.case_id, row.linked_case_id
