"""Possible series beside adopted ones: who is in each, how they overlap, and the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from clew.disclosure.chance_words import ChanceWords, say_series_chance
from clew.disclosure.comparison import (
    CardContext,
    RecordHead,
    SeriesRow,
    WhereAndWhen,
    show_context,
    show_records,
    show_series_matrix,
    show_where_and_when,
)
from clew.model.finding import Breakdown, Series


@dataclass(frozen=True, slots=True)
class SeriesCard:
    """Everything the page says of one series. `same_as` is the ident that has its matrix."""

    ident: str
    series: Series
    records: tuple[RecordHead, ...]
    joined: tuple[str, ...]
    chance: ChanceWords | None
    overlap: tuple[str, ...]
    pairs_ranked: int
    pairs: int
    matrix: tuple[SeriesRow, ...]
    context: tuple[tuple[str, tuple[str, ...]], ...]
    figures: WhereAndWhen
    same_as: str


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """The engine's possible series and the adopted ones; neither silences the other."""

    engine: tuple[SeriesCard, ...]
    adopted: tuple[SeriesCard, ...]


MOST_CHANCE = 1.0
"""A group of which the file would hold one by chance anyway is counted, not shown."""


def index_pairs(pairs: Sequence[Breakdown]) -> dict[frozenset[str], Breakdown]:
    """Return breakdowns by their two ids."""
    return {frozenset((pair.case_a, pair.case_b)): pair for pair in pairs}


def _ids(series: Series, setting: CardContext) -> tuple[str, ...]:
    """Return the members in order of report; those without a record come last."""
    cases = setting.cases
    known = {m.case_id: cases[m.case_id].reported_at for m in series.members if m.case_id in cases}
    ids = dict.fromkeys(member.case_id for member in series.members)
    return tuple(sorted(ids, key=lambda i: (i not in known, known.get(i, 0), i)))


def _joined(series: Series) -> tuple[str, ...]:
    """Say through which case each member joined, as one sentence or none."""
    ways = [f"{m.case_id} joined through {m.added_by}" for m in series.members if m.added_by]
    return ("; ".join(ways) + ".",) if ways else ()


def say_overlap(series: Series, others: Sequence[Series], kind: str) -> tuple[str, ...]:
    """Say how the series stands beside those of the other view."""
    mine = {member.case_id for member in series.members}
    said = []
    for other in others:
        theirs = {member.case_id for member in other.members}
        both = mine & theirs
        if not both:
            continue
        if mine == theirs:
            said.append(f"The same cases as {kind} series {other.series_id}.")
            continue
        only = ", ".join(sorted(mine - theirs))
        more = ", ".join(sorted(theirs - mine))
        text = f"{len(both)} of its {len(mine)} cases are in {kind} series {other.series_id}"
        text += f"; {only} not" if only else ""
        text += f"; that one also holds {more}" if more else ""
        said.append(text + ".")
    return tuple(said) or (f"None of its cases is in an {kind} series.",)


def _show(
    series: Series,
    setting: CardContext,
    pairs: Mapping[frozenset[str], Breakdown],
    ident: str,
    overlap: tuple[str, ...],
    same_as: str,
) -> SeriesCard:
    ids = _ids(series, setting)
    records = show_records(ids, setting.cases)
    wanted = [frozenset(pair) for pair in combinations(ids, 2)]
    found = [pairs[pair] for pair in wanted if pair in pairs]
    return SeriesCard(
        ident=ident,
        series=series,
        records=records,
        joined=_joined(series),
        chance=None if series.chance is None else say_series_chance(series.chance, len(ids)),
        overlap=overlap,
        pairs_ranked=len(found),
        pairs=len(wanted),
        matrix=() if same_as else show_series_matrix(records, found),
        context=show_context(records, setting.clock),
        figures=show_where_and_when(records, setting.clock, ident),
        same_as=same_as,
    )


def show_series(
    series: Sequence[Series], breakdowns: Sequence[Breakdown], setting: CardContext
) -> SeriesShown:
    """Return the cards of both views; an adopted series equal to the engine's points to it."""
    pairs = index_pairs(breakdowns)
    own = [
        (s.chance, s.series_id, s) for s in series if s.view == "engine" and s.chance is not None
    ]
    engine = [s for chance, _, s in sorted(own, key=lambda o: o[:2]) if chance <= MOST_CHANCE]
    adopted = sorted((s for s in series if s.view != "engine"), key=lambda s: s.series_id)
    idents = {
        frozenset(m.case_id for m in s.members): f"series-{number}"
        for number, s in reversed(list(enumerate(engine, 1)))
    }
    return SeriesShown(
        tuple(
            _show(s, setting, pairs, f"series-{n}", say_overlap(s, adopted, "adopted"), "")
            for n, s in enumerate(engine, 1)
        ),
        tuple(
            _show(
                s,
                setting,
                pairs,
                f"adopted-{n}",
                say_overlap(s, engine, "possible"),
                idents.get(frozenset(m.case_id for m in s.members), ""),
            )
            for n, s in enumerate(adopted, 1)
        ),
    )
