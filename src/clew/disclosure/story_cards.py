"""When a series would have been seen: what stood at each moment in its life, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.disclosure.alert_cards import RowLine, say_trigger, show_row
from clew.disclosure.cards import Setting
from clew.disclosure.chance_words import ChanceWords, say_series_chance
from clew.disclosure.clock import time_between
from clew.disclosure.series_cards import MOST_CHANCE, say_overlap
from clew.disclosure.words import count_of, ordinal
from clew.model.alert import Seen, SeriesStory, Trigger
from clew.model.finding import Series


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


def show_stories(stories: Sequence[SeriesStory], setting: Setting) -> Stories:
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


def _show(story: SeriesStory, setting: Setting, ident: str, overlap: tuple[str, ...]) -> StoryCard:
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


def say_when_seen(story: SeriesStory, setting: Setting) -> str:
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


def _moment(seen: Seen, setting: Setting) -> MomentRow:
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
