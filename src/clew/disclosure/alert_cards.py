"""One card an alert, as it stood when it came; and one line for what did not alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clew.disclosure.cards import PairCard, Setting, show_pair
from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.waterfall import Step, draw_waterfall
from clew.disclosure.words import RELATION_WORD, TIER_WORD, aspect_word, count_of, ordinal
from clew.model.alert import AlertRow, Replay, Trigger
from clew.model.finding import Breakdown, Link
from clew.model.judgement import Judgement, Verdict

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
    steps: tuple[Step, ...]


def say_trigger(trigger: Trigger, changed: Iterable[str]) -> str:
    """Say why a record was compared: 'New record', or 'New fact: substances'."""
    if trigger is Trigger.NEW_CASE:
        return "New record"
    fields = ", ".join(aspect_word(name).lower() for name in changed)
    return f"New fact: {fields}" if fields else "New fact"


def show_row(row: AlertRow, setting: Setting) -> RowLine:
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
    row: AlertRow, replay: Replay, setting: Setting, judged: Judged, ident: str
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
