"""The page of `clew replay`: what would have been seen, when, and what fell below the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clew.disclosure.chance_words import ChanceWords, say_chance, say_series_chance
from clew.disclosure.comparison import CardContext, PairCard, show_pair
from clew.disclosure.figures.charts import WaterfallBar, draw_waterfall
from clew.disclosure.report import environment, style
from clew.disclosure.series_cards import MOST_CHANCE, say_overlap
from clew.disclosure.weekly_yield import DISPOSITIONS, latest_judgements, show_yield
from clew.disclosure.words import (
    RELATION_WORD,
    TIER_WORD,
    Clock,
    aspect_word,
    count_of,
    ordinal,
    time_between,
)
from clew.model.alert import AlertRow, Budget, Replay, SeriesMoment, SeriesStory, Trigger
from clew.model.case_file import Coverage
from clew.model.finding import Breakdown, Link, Relation, Series
from clew.model.judgement import Judgement, Verdict

# One card an alert, as it stood when it came; and one line for what did not alert.


Judged = Mapping[frozenset[str], Judgement]
_VERDICT = {
    Verdict.LINKED: "Judged linked",
    Verdict.NOT_LINKED: "Judged not linked",
    Verdict.UNDETERMINED: "Judged undetermined",
}


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row in words, for a table."""

    row: AlertRow
    when: str
    why: str
    rank: str
    chance: ChanceWords
    tier: str
    relation: str


@dataclass(frozen=True, slots=True)
class AlertCard:
    """One alert. `pair` is None where its account was not kept."""

    ident: str
    line: RowLine
    compared: str
    judged: str
    pair: PairCard | None
    steps: tuple[WaterfallBar, ...]


def say_trigger(trigger: Trigger, changed: Iterable[str]) -> str:
    """Say why a record was compared: 'New record', or 'New fact: substances'."""
    if trigger is Trigger.NEW_CASE:
        return "New record"
    fields = ", ".join(aspect_word(name).lower() for name in changed)
    return f"New fact: {fields}" if fields else "New fact"


def show_row(row: AlertRow, setting: CardContext) -> RowLine:
    """Return one row in words."""
    return RowLine(
        row=row,
        when=setting.clock.minute(row.at),
        why=say_trigger(row.trigger, row.changed),
        rank="Best match" if row.rank == 1 else f"{ordinal(row.rank)} best match",
        chance=say_chance(row.chance, setting.deaths_a_year),
        tier=TIER_WORD[row.tier],
        relation=RELATION_WORD[row.relation],
    )


def show_alert(
    row: AlertRow, replay: Replay, setting: CardContext, judged: Judged, ident: str
) -> AlertCard:
    """Return the card of one alert, with the account of the pair as it stood then."""
    kept = replay.breakdowns.get((row.at, row.case_id))
    compared = f"among {count_of(row.compared, 'record', 'records')} known then"
    return AlertCard(
        ident=ident,
        line=show_row(row, setting),
        compared=compared if row.compared else "",
        judged=_say_judged(judged.get(frozenset((row.case_id, row.linked_case_id)))),
        pair=None if kept is None else show_pair(_link(row, kept), setting, ident, full=False),
        steps=() if kept is None else draw_waterfall(kept),
    )


def _link(row: AlertRow, kept: Breakdown) -> Link:
    return Link(
        row.case_id,
        row.linked_case_id,
        row.rank,
        row.micro_bans,
        row.chance,
        row.compared,
        row.tier,
        row.relation,
        lambda: kept,
    )


def _say_judged(judged: Judgement | None) -> str:
    if judged is None:
        return "No judgement yet"
    return _VERDICT[judged.verdict] + (", verified" if judged.verified else "")


# When a series would have been seen: what stood at each moment in its life, and what was not.


@dataclass(frozen=True, slots=True)
class MomentRow:
    """One moment of a series: who, what triggered it, and what stood then."""

    when: str
    case_id: str
    why: str
    other: str
    line: RowLine | None
    alert: bool
    before: str


@dataclass(frozen=True, slots=True)
class StoryCard:
    """One series as the replay saw it come."""

    ident: str
    series: Series
    cases: tuple[str, ...]
    says: str
    chance: ChanceWords | None
    overlap: tuple[str, ...]
    moments: tuple[MomentRow, ...]


@dataclass(frozen=True, slots=True)
class Stories:
    """The engine's possible series, those that chance alone would bring about, and the adopted."""

    engine: tuple[StoryCard, ...]
    by_chance: tuple[StoryCard, ...]
    adopted: tuple[StoryCard, ...]


def show_stories(stories: Sequence[SeriesStory], setting: CardContext) -> Stories:
    """Return the stories of both views, the least likely by chance first."""
    engine = [s for s in stories if s.series.view == "engine"]
    engine.sort(key=lambda s: (s.series.chance or 0.0, s.series.series_id))
    adopted = [s for s in stories if s.series.view != "engine"]
    adopted.sort(key=lambda s: s.series.series_id)
    own, people = [s.series for s in engine], [s.series for s in adopted]
    cards = [
        _show(s, setting, f"story-{n}", say_overlap(s.series, people, "adopted"))
        for n, s in enumerate(engine, 1)
    ]
    return Stories(
        tuple(c for c in cards if (c.series.chance or 0.0) <= MOST_CHANCE),
        tuple(c for c in cards if (c.series.chance or 0.0) > MOST_CHANCE),
        tuple(
            _show(s, setting, f"adopted-{n}", say_overlap(s.series, own, "possible"))
            for n, s in enumerate(adopted, 1)
        ),
    )


def _show(
    story: SeriesStory, setting: CardContext, ident: str, overlap: tuple[str, ...]
) -> StoryCard:
    chance, size = story.series.chance, len(story.series.members)
    return StoryCard(
        ident=ident,
        series=story.series,
        cases=_in_order(story),
        says=say_when_seen(story, setting),
        chance=None if chance is None else say_series_chance(chance, size),
        overlap=overlap,
        moments=tuple(_moment(seen, setting) for seen in story.moments),
    )


def _in_order(story: SeriesStory) -> tuple[str, ...]:
    """Return the members in the order in which they came; those without a moment last."""
    came = [seen.case_id for seen in story.moments]
    return tuple(dict.fromkeys((*came, *(m.case_id for m in story.series.members))))


def say_when_seen(story: SeriesStory, setting: CardContext) -> str:
    """Say at which report or fact the first alert between two members came, or that none did."""
    first = story.first_alert
    size = len(story.series.members)
    if first is None:
        return f"No alert came on a pair of its {size} records within this budget."
    known = len({seen.case_id for seen in story.moments if seen.at <= first.at})
    reached = f"with the {ordinal(known)} of its {size} reports"
    if first.trigger is not Trigger.NEW_CASE:
        reached = f"when a new fact came, with {known} of its {size} records known"
    said = f"The first alert came on {setting.clock.day(first.at)}, {reached}. "
    said += f"{count_of(first.alerts_before, 'alert', 'alerts')} had come before it."
    last = max(seen.at for seen in story.moments if seen.trigger is Trigger.NEW_CASE)
    if last > first.at:
        said += f" That was {time_between(last - first.at)} before its last report."
    return said


def _moment(seen: SeriesMoment, setting: CardContext) -> MomentRow:
    row = seen.row
    other = ""
    if row is not None:
        other = row.linked_case_id if row.case_id == seen.case_id else row.case_id
    before = count_of(seen.alerts_before, "alert", "alerts")
    if seen.alerts_on_series:
        before += f", {seen.alerts_on_series:,} of them on this series"
    return MomentRow(
        when=setting.clock.minute(seen.at),
        case_id=seen.case_id,
        why=say_trigger(seen.trigger, seen.changed),
        other=other,
        line=None if row is None else show_row(row, setting),
        alert=row is not None and row.alert,
        before=before,
    )


LISTED = 50
"""Rows of a list that stand on the page; the file beside it holds all."""
FEW_WEEKS = 14


@dataclass(frozen=True, slots=True)
class ReplaySummary:
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
    setting = CardContext({}, clock, replay.deaths_a_year)
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


def _say_searched(replay: Replay, clock: Clock) -> ReplaySummary:
    return ReplaySummary(
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


def _list(rows: Iterable[AlertRow], setting: CardContext) -> Listed:
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
