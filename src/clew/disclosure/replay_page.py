"""The page of `clew replay`: what Clew would have shown, when, and what fell below the budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from clew.disclosure.chance_words import ChanceWords, say_chance, say_series_chance
from clew.disclosure.comparison import CardContext, PairCard, rank_word, show_pair
from clew.disclosure.crime_words import nouns_of
from clew.disclosure.curve import MINUTES, curve_of
from clew.disclosure.figures.charts import WaterfallBar, draw_waterfall
from clew.disclosure.input_words import say_input
from clew.disclosure.record_identity import name_at
from clew.disclosure.report import environment, style
from clew.disclosure.series import MOST_CHANCE, say_overlap
from clew.disclosure.weekly_yield import DISPOSITIONS, latest_judgements, show_yield
from clew.disclosure.words import (
    RELATION_WORD,
    TIER_WORD,
    Clock,
    aspect_word,
    count_of,
    long_iso,
    ordinal,
    time_between,
)
from clew.model.alert import AlertRow, Replay, SeriesStory, Trigger
from clew.model.case_file import CaseHistory, Coverage
from clew.model.finding import ENGINE, LEADS, Breakdown, Link, Relation, Series
from clew.model.judgement import Judgement, Verdict
from clew.model.values import Instant

LISTED = 50
"""Rows of a list on the page; the file beside it has all."""
FEW_WEEKS = 14
_VERDICT = {
    Verdict.LINKED: "Judged linked",
    Verdict.NOT_LINKED: "Judged not linked",
    Verdict.UNDETERMINED: "Judged undetermined",
}


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row in words, for a table."""

    row: AlertRow
    names: tuple[str, str]
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
    standing: str
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


@dataclass(frozen=True, slots=True)
class Past:
    """Names records and sets up cards as things were known at a time, and never later."""

    setting: CardContext
    histories: Mapping[str, CaseHistory]

    def name(self, case_id: str, at: Instant) -> str:
        """Return a record's identity in words as known at `at`."""
        return name_at(self.histories, case_id, at, self.setting.clock)

    def at(self, row: AlertRow) -> CardContext:
        """Return the setting of a pair's card: its two records as known at the row's time."""
        known = {}
        for case_id in (row.case_id, row.linked_case_id):
            history = self.histories.get(case_id)
            case = None if history is None else history.as_of(row.at)
            if case is not None:
                known[case_id] = case
        return replace(self.setting, cases=known)


def show_row(row: AlertRow, past: Past) -> RowLine:
    """Return one row in words."""
    setting = past.setting
    return RowLine(
        row=row,
        names=(past.name(row.case_id, row.at), past.name(row.linked_case_id, row.at)),
        when=setting.clock.minute(row.at),
        why=say_trigger(row.trigger, row.changed),
        rank=f"{rank_word(row.rank)} match",
        chance=say_chance(row.chance, setting.deaths_a_year, setting.crime),
        tier=TIER_WORD[row.tier],
        relation=RELATION_WORD[row.relation],
    )


def show_alert(
    row: AlertRow,
    kept: Breakdown | None,
    judged: Judgement | None,
    past: Past,
    ident: str,
) -> AlertCard:
    """Return the card of one alert, with the account of the pair as it was then, if `kept`."""
    verdict = "No judgement yet"
    if judged is not None:
        verdict = _VERDICT[judged.verdict] + (", verified" if judged.verified else "")
    compared = f"among {count_of(row.compared, 'record', 'records')} known then"
    pair = None
    if kept is not None:
        link = Link(
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
        pair = show_pair(link, past.at(row), ident, full=False)
    nth = f"{ordinal(row.series_size)} record of this possible series"
    return AlertCard(
        ident=ident,
        standing=f"Added to an alert: {nth}" if row.update else f"Alert: {nth}",
        line=show_row(row, past),
        compared=compared if row.compared else "",
        judged=verdict,
        pair=pair,
        steps=() if kept is None else draw_waterfall(kept),
    )


# When a series would have been shown: what was known at each moment of it, and nothing later.


@dataclass(frozen=True, slots=True)
class MomentRow:
    """One moment of a series: who, what triggered it, and what was known then."""

    when: str
    name: str
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
    names: tuple[str, ...]
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


def show_stories(stories: Sequence[SeriesStory], past: Past, ends: Instant) -> Stories:
    """Return the stories of both views, the least likely by chance first.

    The records of a series are named as known at `ends`, those of a moment as known then.
    """
    engine = [s for s in stories if s.series.view == ENGINE]
    engine.sort(key=lambda s: (s.series.chance or 0.0, s.series.series_id))
    adopted = [s for s in stories if s.series.view != ENGINE]
    adopted.sort(key=lambda s: s.series.series_id)
    own, people = [s.series for s in engine], [s.series for s in adopted]
    cards = [
        _show(s, past, ends, (f"story-{n}", say_overlap(s.series, people, "adopted")))
        for n, s in enumerate(engine, 1)
    ]
    return Stories(
        tuple(c for c in cards if (c.series.chance or 0.0) <= MOST_CHANCE),
        tuple(c for c in cards if (c.series.chance or 0.0) > MOST_CHANCE),
        tuple(
            _show(s, past, ends, (f"adopted-{n}", say_overlap(s.series, own, "possible")))
            for n, s in enumerate(adopted, 1)
        ),
    )


def _show(
    story: SeriesStory, past: Past, ends: Instant, about: tuple[str, tuple[str, ...]]
) -> StoryCard:
    series, (ident, overlap) = story.series, about
    # In the order in which they came; those without a moment last.
    came = (seen.case_id for seen in story.moments)
    cases = dict.fromkeys((*came, *(member.case_id for member in series.members)))
    chance, clock = series.chance, past.setting.clock
    moments = []
    for seen in story.moments:
        row, other = seen.row, ""
        if row is not None:
            linked = row.linked_case_id if row.case_id == seen.case_id else row.case_id
            other = past.name(linked, seen.at)
        before = count_of(seen.alerts_before, "alert", "alerts")
        if seen.alerts_on_series:
            before += f", {seen.alerts_on_series:,} of them on this series"
        line = None if row is None else show_row(row, past)
        why, alert = say_trigger(seen.trigger, seen.changed), row is not None and row.notifies
        when = clock.minute(seen.at)
        name = past.name(seen.case_id, seen.at)
        moments.append(MomentRow(when, name, why, other, line, alert, before))
    # At which report or fact the first alert between two members came, or that none did.
    first, size = story.first_alert, len(series.members)
    says = f"No pair of its {size} records alerted within this budget."
    if first is not None:
        known = len({seen.case_id for seen in story.moments if seen.at <= first.at})
        reached = f"with the {ordinal(known)} of its {size} reports"
        if first.trigger is not Trigger.NEW_CASE:
            reached = f"when a new fact came, with {known} of its {size} records known"
        says = f"The first alert came on {clock.day(first.at)}, {reached}. "
        verb = "was" if first.alerts_before == 1 else "were"
        says += f"There {verb} {count_of(first.alerts_before, 'alert', 'alerts')} before it."
        last = max(seen.at for seen in story.moments if seen.trigger is Trigger.NEW_CASE)
        if last > first.at:
            says += f" That was {time_between(last - first.at)} before its last report."
    return StoryCard(
        ident=ident,
        series=series,
        names=tuple(past.name(case_id, ends) for case_id in cases),
        says=says,
        chance=None if chance is None else say_series_chance(chance, size),
        overlap=overlap,
        moments=tuple(moments),
    )


# The page.


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
    taken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first rows of a list, and how many there are altogether."""

    lines: tuple[RowLine, ...]
    count: int


def render_replay(replay: Replay, *, most_alerts: int = 300, minutes: float = MINUTES) -> str:
    """Return the replay's report as one self-contained HTML document.

    Parameters
    ----------
    replay
        What the replay found, and what it could not search.
    most_alerts
        How many alerts, the newest, get a card with reasons; the others get a line. At least 0.
    minutes
        Of reading for each alert, where other budgets were counted.
    """
    clock = Clock(ZoneInfo(replay.timezone))
    past = Past(CardContext({}, clock, replay.deaths_a_year, replay.crime), replay.histories)
    judged = latest_judgements(replay.judgements, replay.ends)
    newest = sorted(
        (*replay.alerts, *replay.updates), key=lambda row: (-row.at, row.case_id, row.alert)
    )
    alerted = {_pair(row) for row in newest}
    below = [row for row in replay.below if row.relation in LEADS]
    leads = [row for row in below if _pair(row) not in alerted]
    summary = ReplaySummary(
        records=count_of(replay.cases, "record", "records"),
        deaths=count_of(replay.deaths, *nouns_of(replay.crime)),
        learns_from=clock.day(min(replay.learns_from, replay.ends)),
        begins=clock.day(replay.begins) if replay.began else "",
        ends=clock.minute(replay.ends),
        warmed_up=replay.learns_from < replay.begins,
        searched=tuple(c for c in replay.coverage if c.records > 0),
        not_searched=tuple(c for c in replay.coverage if c.records <= 0),
        only_this_file=not replay.coverage,
        rejects=replay.rejects,
        taken=say_input(replay.account),
    )
    per_hundred = f"{replay.budget.share * 100:.3g}"
    ones = "alert" if per_hundred == "1" else "alerts"
    signed = "No one has signed this budget."
    if replay.budget.signed_by:
        signed_on = long_iso(replay.budget.signed_on)
        on = f" on {signed_on}" if signed_on else ", with no date given"
        signed = f"Signed by {replay.budget.signed_by}{on}."
    sheet, style_hash = style("report.css", "replay.css")
    return (
        environment(replay.crime)
        .get_template("replay.html.j2")
        .render(
            replay=replay,
            searched=summary,
            budget=(f"{per_hundred} {ones} for every hundred new deaths", signed),
            weekly=show_yield(replay, clock),
            dispositions=DISPOSITIONS,
            few_weeks=FEW_WEEKS,
            alerts=[
                show_alert(
                    row,
                    replay.breakdowns.get((row.at, row.case_id, row.linked_case_id)),
                    judged.get(_pair(row)),
                    past,
                    f"alert-{n}",
                )
                for n, row in enumerate(newest[:most_alerts], 1)
            ],
            more_alerts=[show_row(row, past) for row in newest[most_alerts:]],
            stories=show_stories(replay.stories, past, replay.ends),
            below=_list(_most_urgent(leads), past),
            below_lines=len(replay.below),
            alerted_elsewhere=len(below) - len(leads),
            doubled=sum(row.relation is Relation.DUPLICATE_REPORT for row in replay.below),
            one_event=sum(row.relation is Relation.SAME_EVENT for row in replay.below),
            duplicates=_list(replay.duplicates, past),
            same_events=_list(replay.same_events, past),
            beyond=_list(_most_urgent(replay.beyond), past),
            curve=curve_of(replay, minutes) if replay.curve and replay.began else None,
            example_week=clock.local(replay.ends).date().isoformat(),
            style=sheet,
            style_hash=style_hash,
        )
    )


def _pair(row: AlertRow) -> frozenset[str]:
    return frozenset((row.case_id, row.linked_case_id))


def _list(rows: Sequence[AlertRow], past: Past) -> Listed:
    return Listed(tuple(show_row(row, past) for row in rows[:LISTED]), len(rows))


def _most_urgent(rows: Iterable[AlertRow]) -> list[AlertRow]:
    """Return the most urgent row of each pair, in that order."""
    ordered = sorted(rows, key=lambda row: (-row.priority, row.at, row.case_id, row.linked_case_id))
    first: dict[frozenset[str], AlertRow] = {}
    for row in ordered:
        first.setdefault(_pair(row), row)
    return list(first.values())
