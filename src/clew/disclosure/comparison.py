"""One card a pair: which pairs get one, in what order, and what stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.figures.charts import Dated, WaterfallBar, draw_timeline, draw_waterfall
from clew.disclosure.figures.map import Placed, distance_words, draw_map, precision_words
from clew.disclosure.words import (
    CAUSE_WORD,
    KIND_WORD,
    RELATION_WORD,
    TIER_WORD,
    Clock,
    aspect_word,
    capital,
    evidence_word,
    letter,
    name_of,
    ordinal,
    plain,
    time_between,
)
from clew.model.case import Case
from clew.model.finding import Breakdown, Finding, Link, Relation, Stance

# One record in plain words: its heading, its context, and its line in the figures' tables.


@dataclass(frozen=True, slots=True)
class RecordHead:
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


def show_records(ids: Sequence[str], cases: Mapping[str, Case]) -> tuple[RecordHead, ...]:
    """Return the records of a comparison, lettered in the order given."""
    records = []
    for position, case_id in enumerate(ids):
        case = cases.get(case_id)
        line = ""
        if case is not None:
            held = " ".join(part for part in (case.agency, case.area) if part)
            line = " · ".join(x for x in (KIND_WORD[case.kind], age_and_sex(case), held) if x)
        records.append(RecordHead(letter(position), case_id, name_of(case), line, case))
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
    records: Sequence[RecordHead], clock: Clock
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


def _place_row(record: RecordHead, first: RecordHead | None) -> tuple[str, ...]:
    case = record.case
    premises = capital(plain(case.premises)) if case and case.premises else "Not recorded"
    if case is None or case.point is None:
        return (record.letter, record.case_id, premises, "No point recorded", "")
    where = f"{case.point.latitude:.4f}, {case.point.longitude:.4f}, {precision_words(case.point)}"
    apart = ""
    if first is not None and first is not record and first.case and first.case.point:
        apart = f"{distance_words(first.case.point, case.point)} from {first.letter}"
    return (record.letter, record.case_id, premises, where, apart)


def _time_rows(records: Sequence[RecordHead], clock: Clock) -> tuple[tuple[str, ...], ...]:
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


def show_where_and_when(records: Sequence[RecordHead], clock: Clock, ident: str) -> WhereAndWhen:
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


# The comparison matrix: records as columns, evidence as rows, agree, differ and missing alike.


@dataclass(frozen=True, slots=True)
class PairRow:
    """One finding of a pair. `values` is empty where it speaks of both at once (a distance)."""

    evidence: str
    aspect: str
    values: tuple[str, ...]
    causes: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True)
class SeriesCell:
    """What one record holds, and the letters of the records it agrees with and differs from."""

    value: str
    cause: str
    agrees: tuple[str, ...]
    differs: tuple[str, ...]
    compared: bool


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One evidence over all records of a series, with how many of its pairs say what.

    `notes` are the findings that speak of two records at once (a distance).
    """

    evidence: str
    aspect: str
    cells: tuple[SeriesCell, ...]
    pairs: Mapping[Stance, int]
    rarity: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Gathered:
    """What the pairs said of one evidence, while they are gathered."""

    values: dict[str, list[str]] = field(default_factory=dict)
    agrees: dict[str, list[str]] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    pairs: dict[Stance, int] = field(default_factory=lambda: dict.fromkeys(Stance, 0))
    rarity: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def turn(breakdown: Breakdown, first: str) -> Breakdown:
    """Return the breakdown with `first` as its case_a, values swapped where needed."""
    if breakdown.case_a == first:
        return breakdown
    findings = tuple(replace(f, value_a=f.value_b, value_b=f.value_a) for f in breakdown.findings)
    return replace(breakdown, case_a=breakdown.case_b, case_b=breakdown.case_a, findings=findings)


def show_pair_matrix(breakdown: Breakdown, records: Sequence[RecordHead]) -> tuple[PairRow, ...]:
    """Return the rows for a pair, in the engine's order; `records` are case_a and case_b."""
    rows = []
    for found in breakdown.findings:
        values: tuple[str, ...] = (found.value_a, found.value_b)
        if not any(values) and found.stance is not Stance.MISSING:
            values = ()
        causes = tuple(why_missing(record.case, found.aspect) for record in records)
        evidence, aspect = evidence_word(found.evidence), aspect_word(found.aspect)
        rows.append(PairRow(evidence, aspect, values, causes, found))
    return tuple(rows)


def _gather(
    pairs: Sequence[Breakdown], letters: Mapping[str, str]
) -> dict[tuple[str, str], _Gathered]:
    """Collect, for each evidence, what the pairs' findings say of each record."""
    rows: dict[tuple[str, str], _Gathered] = {}
    for pair in pairs:
        a, b = pair.case_a, pair.case_b
        for found in pair.findings:
            row = rows.setdefault((found.evidence, found.aspect), _Gathered())
            row.seen |= {a, b}
            row.pairs[found.stance] += 1
            for case_id, value in ((a, found.value_a), (b, found.value_b)):
                held = row.values.setdefault(case_id, [])
                if value and value not in held:
                    held.append(value)
            if found.rarity and found.rarity not in row.rarity:
                row.rarity.append(found.rarity)
            if found.stance is not Stance.MISSING and not (found.value_a or found.value_b):
                both = " and ".join(_in_order((letters[a], letters[b])))
                row.notes.append(f"{both}: {found.says}")
            if found.stance is not Stance.MISSING:
                side = row.agrees if found.stance is Stance.AGREES else row.differs
                side.setdefault(a, []).append(letters[b])
                side.setdefault(b, []).append(letters[a])
    return rows


def _in_order(letters: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(letters, key=lambda text: (len(text), text)))


def show_series_matrix(
    records: Sequence[RecordHead], pairs: Sequence[Breakdown]
) -> tuple[SeriesRow, ...]:
    """Return one row for each evidence that any of the pairs speaks of.

    The engine's own findings decide what agrees; a pair that was not ranked is never shown as
    differing. `pairs` are the breakdowns between any two of the records.
    """
    letters = {record.case_id: record.letter for record in records}
    rows = []
    for (evidence, aspect), row in _gather(pairs, letters).items():
        cells = tuple(
            SeriesCell(
                " / ".join(row.values.get(record.case_id, ())),
                why_missing(record.case, aspect),
                _in_order(row.agrees.get(record.case_id, ())),
                _in_order(row.differs.get(record.case_id, ())),
                record.case_id in row.seen,
            )
            for record in records
        )
        rows.append(
            SeriesRow(
                evidence_word(evidence),
                aspect_word(aspect),
                cells,
                row.pairs,
                tuple(row.rarity),
                tuple(row.notes),
            )
        )
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class CardContext:
    """What every card needs of the answer."""

    cases: Mapping[str, Case]
    clock: Clock
    deaths_a_year: float


@dataclass(frozen=True, slots=True)
class PairCard:
    """Everything the page says of one pair, reasons first."""

    ident: str
    link: Link
    records: tuple[RecordHead, ...]
    rank_words: str
    tier: str
    relation: str
    chance: ChanceWords
    reasons_for: tuple[Finding, ...]
    reasons_against: tuple[Finding, ...]
    missing: tuple[Finding, ...]
    agree: int
    differ: int
    matrix: tuple[PairRow, ...]
    reported: str
    context: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[WaterfallBar, ...]
    figures: WhereAndWhen | None
    other_explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportLinks:
    """The links by where they stand in the report. `duplicates` spend nobody's budget."""

    ranked: tuple[Link, ...]
    shared: tuple[Link, ...]
    duplicates: tuple[Link, ...]


def _order(link: Link) -> tuple[bool, float, int, str, str]:
    return (link.rank != 1, link.chance, -link.micro_bans, link.case_a, link.case_b)


def choose_links(links: Iterable[Link]) -> ReportLinks:
    """Order the links: best matches first, the rarest first among them, each pair once."""
    ranked, shared, duplicates = [], [], []
    seen: set[frozenset[str]] = set()
    for link in sorted(links, key=lambda x: (x.always_shown, *_order(x))):
        pair = frozenset((link.case_a, link.case_b))
        if pair in seen:
            continue
        seen.add(pair)
        if link.relation is Relation.DUPLICATE_REPORT:
            duplicates.append(link)
        elif link.always_shown:
            shared.append(link)
        else:
            ranked.append(link)
    return ReportLinks(tuple(ranked), tuple(shared), tuple(duplicates))


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (-abs(f.micro_bans), f.evidence, f.aspect)))


def rank_words(link: Link) -> str:
    """Return 'Best earlier match of X', '2nd best ...', and of how many."""
    place = "Best" if link.rank == 1 else f"{ordinal(link.rank)} best"
    return f"{place} earlier match of {link.case_a}, among {link.compared:,} compared"


def show_pair(link: Link, setting: CardContext, ident: str, *, full: bool = True) -> PairCard:
    """Return the card of a link; without `full` it has no map, timeline or waterfall."""
    breakdown = turn(link.breakdown, link.case_a)
    findings = breakdown.findings
    records = show_records((link.case_a, link.case_b), setting.cases)
    later = records[0].case
    return PairCard(
        ident=ident,
        link=link,
        records=records,
        rank_words=rank_words(link),
        tier=TIER_WORD[link.tier],
        relation=RELATION_WORD[link.relation],
        chance=say_chance(link.chance, setting.deaths_a_year),
        reasons_for=_strongest_first(f for f in findings if f.micro_bans > 0),
        reasons_against=_strongest_first(f for f in findings if f.micro_bans < 0),
        missing=tuple(f for f in findings if f.stance is Stance.MISSING),
        agree=sum(f.stance is Stance.AGREES for f in findings),
        differ=sum(f.stance is Stance.DIFFERS for f in findings),
        matrix=show_pair_matrix(breakdown, records),
        reported=setting.clock.reported(later) if later else "",
        context=show_context(records, setting.clock),
        steps=draw_waterfall(breakdown) if full else (),
        figures=show_where_and_when(records, setting.clock, ident) if full else None,
        other_explanations=breakdown.other_explanations,
    )
