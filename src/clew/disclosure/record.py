"""One record in plain words: its heading, its context, and its line in the figures' tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clew.disclosure.clock import Clock, time_between
from clew.disclosure.map import Placed, distance_words, draw_map, precision_words
from clew.disclosure.timeline import Dated, draw_timeline
from clew.disclosure.words import CAUSE_WORD, KIND_WORD, capital, letter, name_of, plain
from clew.model.case import Case


@dataclass(frozen=True, slots=True)
class Record:
    """The head of a column: letter, the name the family uses, id, and a line about it."""

    letter: str
    case_id: str
    name: str
    line: str
    case: Case | None


@dataclass(frozen=True, slots=True)
class WhereAndWhen:
    """A map, a timeline, and the same two as rows of text."""

    map: Markup | None
    timeline: Markup | None
    place_rows: tuple[tuple[str, ...], ...]
    time_rows: tuple[tuple[str, ...], ...]


def age_and_sex(case: Case) -> str:
    """Return 'male, 22', with what is missing left out."""
    age = "" if case.age_years is None else f"{case.age_years:.1f}".removesuffix(".0")
    return ", ".join(part for part in (plain(case.sex or ""), age) if part)


def show_records(ids: Sequence[str], cases: Mapping[str, Case]) -> tuple[Record, ...]:
    """Return the records of a comparison, lettered in the order given."""
    records = []
    for position, case_id in enumerate(ids):
        case = cases.get(case_id)
        line = ""
        if case is not None:
            held = " ".join(part for part in (case.agency, case.area) if part)
            line = " · ".join(x for x in (KIND_WORD[case.kind], age_and_sex(case), held) if x)
        records.append(Record(letter(position), case_id, name_of(case), line, case))
    return tuple(records)


def class_given(case: Case) -> str:
    """Return the class and manner given to it, and whose word that is."""
    said_by = f" (said by {plain(case.manner_said_by)})" if case.manner_said_by else ""
    manner = f"manner: {plain(case.manner)}{said_by}" if case.manner else ""
    allegation = f"allegation: {plain(case.allegation)}" if case.allegation else ""
    status = f"status: {plain(case.allegation_status)}" if case.allegation_status else ""
    parts = (plain(case.category or ""), manner, allegation, status)
    return capital("; ".join(part for part in parts if part))


def why_missing(case: Case | None, field: str) -> str:
    """Return why the field is missing, where intake could tell: 'not yet known'."""
    cause = None if case is None else case.missing.get(field)
    return "" if cause is None else CAUSE_WORD[cause]


def show_context(
    records: Sequence[Record], clock: Clock
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return rows of context, one value a record: not compared here, but read first."""
    known = [record.case for record in records]
    rows = (
        ("Reported", [clock.reported(c) if c else "" for c in known]),
        ("When it happened", [clock.happened(c) if c else "" for c in known]),
        ("Class given", [class_given(c) if c else "" for c in known]),
        ("Cause as written", [(c.cause or "") if c else "" for c in known]),
    )
    return tuple((label, tuple(values)) for label, values in rows if any(values))


def _place_row(record: Record, first: Record | None) -> tuple[str, ...]:
    case = record.case
    premises = capital(plain(case.premises)) if case and case.premises else "Not recorded"
    if case is None or case.point is None:
        return (record.letter, record.case_id, premises, "No point recorded", "")
    where = f"{case.point.latitude:.4f}, {case.point.longitude:.4f}, {precision_words(case.point)}"
    apart = ""
    if first is not None and first is not record and first.case and first.case.point:
        apart = f"{distance_words(first.case.point, case.point)} from {first.letter}"
    return (record.letter, record.case_id, premises, where, apart)


def _time_rows(records: Sequence[Record], clock: Clock) -> tuple[tuple[str, ...], ...]:
    """Return the records in order of report, each with the time since the one before."""
    known = [(r, r.case) for r in records if r.case]
    known.sort(key=lambda pair: (pair[1].reported_at, pair[1].case_id))
    rows, before = [], None
    for record, case in known:
        gap = "" if before is None else time_between(case.reported_at - before)
        before = case.reported_at
        happened = clock.happened(case) or "Not recorded"
        rows.append((record.letter, record.case_id, happened, clock.reported(case), gap))
    return tuple(rows)


def show_where_and_when(records: Sequence[Record], clock: Clock, ident: str) -> WhereAndWhen:
    """Return the figures of a comparison and their tables."""
    places = [Placed(r.letter, r.case_id, r.case.point if r.case else None) for r in records]
    dates = [
        Dated(r.letter, r.case_id, r.case.window, r.case.reported_at) for r in records if r.case
    ]
    first = next((r for r in records if r.case and r.case.point), None)
    return WhereAndWhen(
        draw_map(places, f"{ident}-map"),
        draw_timeline(dates, clock, f"{ident}-time"),
        tuple(_place_row(record, first) for record in records),
        _time_rows(records, clock),
    )
