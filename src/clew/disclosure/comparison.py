"""How a pair is shown: its reasons in words, its two records side by side, and its card.

The report, the replay's page, the exports and the command line all say a pair with what is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.crime_words import DEATH
from clew.disclosure.figures.charts import Dated, WaterfallBar, draw_timeline, draw_waterfall
from clew.disclosure.figures.map import Placed, distance_words, draw_map, precision_words
from clew.disclosure.record_identity import identify, in_brief, place_word
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
from clew.model.finding import Finding, Link, Relation, Stance

# Findings in words.


SPEAKS = {1: Stance.AGREES, -1: Stance.DIFFERS}
"""What a finding must say to be listed for a link, and against it."""
FEW_REASONS = 3
"""Settled: a list shows this many reasons of a pair; the rest is shown on demand."""
_SHORT_ASPECT = {
    "day of the week": "weekday",
    "mechanism": "cause",
    "things at the scene": "scene",
    "things missing": "missing things",
    "state of the body": "body",
    "things that do not fit": "contradictions",
    "people, phones or places": "people and phones",
}
_ASK_FIRST = {
    aspect: place
    for place, aspect in enumerate((
        *("things missing", "age", "place", "mechanism", "sex", "distance from home"),
        *("things at the scene", "kind of place", "posture", "substances", "time of day"),
        "people, phones or places",
    ))
}  # fmt: skip
"""Which answer changes a ranking most: the order of `workflows.link.THINGS`, which is measured."""


def strongest(findings: Iterable[Finding], sign: int) -> tuple[Finding, ...]:
    """Return what speaks for (`sign` 1) or against (-1) a link, the strongest first.

    A finding is for a link only if it says that the records agree and weighs so, and against it
    only if it says that they differ and weighs so.
    """
    stance = SPEAKS[sign]
    speaking = (f for f in findings if f.stance is stance and f.micro_bans * sign > 0)
    return tuple(sorted(speaking, key=lambda f: (-abs(f.micro_bans), f.evidence, f.aspect)))


def say_reasons(findings: Iterable[Finding], sign: int, most: int | None = None) -> str:
    """Return the reasons for (`sign` 1) or against (-1) a link as one text, strongest first.

    With `most`, that many at most, and how many more there are; see `join_reasons`.
    """
    return join_reasons(strongest(findings, sign), most)


WIDTH = 76
"""Columns of a line of reasons: with its label and margin it fits a terminal of 80 or so. In
links.csv too: a cell of five lines is not read, and the demonstration's file would be 19 MB."""


def join_reasons(findings: Sequence[Finding], most: int | None) -> str:
    """Return the first reasons as one text, `most` and as many as fit a line, then how many more.

    At least one is said, however long it is.
    """
    said = [finding.says for finding in findings]
    shown = len(said) if most is None else min(most, len(said))
    while most is not None and shown > 1 and len("; ".join(said[:shown])) > WIDTH:
        shown -= 1
    more = len(said) - shown
    return "; ".join(said[:shown]) + (f"; and {more} more" if more else "")


def missing_aspects(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what could not be compared, each aspect once."""
    return tuple(dict.fromkeys(f.aspect for f in findings if f.stance is Stance.MISSING))


def say_missing(findings: Iterable[Finding], most: int | None = None) -> str:
    """Return what could not be compared in one short line.

    With `most`, what an answer to would change most, and how many more there are.
    """
    aspects = missing_aspects(findings)
    if most is not None:
        last = len(_ASK_FIRST)
        aspects = tuple(sorted(aspects, key=lambda aspect: _ASK_FIRST.get(aspect, last)))
    short = [_SHORT_ASPECT.get(aspect, aspect) for aspect in aspects]
    if most is None or len(short) <= most:
        return ", ".join(short)
    return f"{', '.join(short[:most])} and {len(short) - most} more"


def relation_doubt(relation: Relation) -> str:
    """Return ' (same household?)', or '' for a lead."""
    return "" if relation is Relation.LEAD else f" ({plain(relation)}?)"


def rank_word(rank: int) -> str:
    """Return 'Best' or '2nd best'."""
    return "Best" if rank == 1 else f"{ordinal(rank)} best"


# Records in words: headings, context, and the figures with their tables.


@dataclass(frozen=True, slots=True)
class RecordHead:
    """The head of a column: letter, the name the family uses, id, and a line about it.

    `short` is who and where with the number, or the number alone.
    """

    letter: str
    case_id: str
    name: str
    short: str
    line: str
    case: Case | None


Context = tuple[tuple[str, tuple[str, ...]], ...]
"""Rows of label and values, one value a record: not compared, but read first."""


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
            line = " · ".join(x for x in (KIND_WORD[case.kind], case.agency) if x)
        short = case_id if case is None else in_brief(case)
        records.append(RecordHead(letter(position), case_id, name_of(case), short, line, case))
    return tuple(records)


def class_given(case: Case) -> str:
    """Return the class and manner given to it, and who gave them."""
    said_by = f" (said by {plain(case.manner_said_by)})" if case.manner_said_by else ""
    manner = f"manner: {plain(case.manner)}{said_by}" if case.manner else ""
    allegation = f"allegation: {plain(case.allegation)}" if case.allegation else ""
    status = f"status: {plain(case.allegation_status)}" if case.allegation_status else ""
    parts = (plain(case.category or ""), manner, allegation, status)
    return capital("; ".join(part for part in parts if part))


def why_missing(case: Case | None, field: str) -> str:
    """Return why the field is missing, where intake knows: 'not yet known'."""
    cause = None if case is None else case.missing.get(field)
    return "" if cause is None else CAUSE_WORD[cause]


def show_context(records: Sequence[RecordHead], clock: Clock) -> Context:
    """Return what is read first of each record, where any of them has it."""
    cases = [record.case for record in records]
    rows = (
        ("Reported", [clock.reported(c) if c else "" for c in cases]),
        ("When it happened", [clock.happened(c) if c else "" for c in cases]),
        ("Class given", [class_given(c) if c else "" for c in cases]),
        ("Cause as written", [(c.cause or "") if c else "" for c in cases]),
    )
    return tuple((label, tuple(values)) for label, values in rows if any(values))


def show_where_and_when(records: Sequence[RecordHead], clock: Clock, ident: str) -> WhereAndWhen:
    """Return the map and timeline of a comparison, and both as tables.

    Distances are from the first record with a point; times since the report before.
    """
    first = next((r for r in records if r.case and r.case.point), None)
    place_rows = []
    for record in records:
        case = record.case
        premises = capital(place_word(case.premises if case else None)) or "Not recorded"
        where, apart = "No point recorded", ""
        if case and (point := case.point):
            where = f"{point.latitude:.4f}, {point.longitude:.4f}, {precision_words(point)}"
            if first is not None and first is not record and first.case and first.case.point:
                apart = f"{distance_words(first.case.point, point)} from {first.letter}"
        place_rows.append((record.letter, record.short, premises, where, apart))
    known = [(r, r.case) for r in records if r.case]
    time_rows, before = [], None
    for record, case in sorted(known, key=lambda pair: (pair[1].reported_at, pair[1].case_id)):
        gap = "" if before is None else time_between(case.reported_at - before)
        before = case.reported_at
        happened = clock.happened(case) or "Not recorded"
        time_rows.append((record.letter, record.short, happened, clock.reported(case), gap))
    places = [Placed(r.letter, r.case_id, r.case.point if r.case else None) for r in records]
    dates = [Dated(r.letter, r.case_id, case.window, case.reported_at) for r, case in known]
    return WhereAndWhen(
        draw_map(places, f"{ident}-map"),
        draw_timeline(dates, clock, f"{ident}-time"),
        tuple(place_rows),
        tuple(time_rows),
    )


# The pair: its findings side by side, and its card.


@dataclass(frozen=True, slots=True)
class PairRow:
    """One finding of a pair. `values` is empty where it speaks of both at once (a distance)."""

    evidence: str
    aspect: str
    values: tuple[str, ...]
    causes: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True)
class CardContext:
    """What every card needs of the answer."""

    cases: Mapping[str, Case]
    clock: Clock
    deaths_a_year: float
    crime: str = DEATH
    in_file: int | None = None
    """How many records the file has; None: enough to say how often unrelated ones match."""


@dataclass(frozen=True, slots=True)
class PairCard:
    """Everything the page says of one pair, reasons first."""

    ident: str
    link: Link
    records: tuple[RecordHead, ...]
    names: tuple[str, ...]
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
    context: Context
    steps: tuple[WaterfallBar, ...]
    figures: WhereAndWhen | None
    other_explanations: tuple[str, ...]


def show_finding(finding: Finding, cases: Sequence[Case | None] = ()) -> PairRow:
    """Return one row of two records side by side; of `cases` comes why a value is missing."""
    values: tuple[str, ...] = (finding.value_a, finding.value_b)
    if not any(values) and finding.stance is not Stance.MISSING:
        values = ()
    causes = tuple(why_missing(case, finding.aspect) for case in cases)
    evidence, aspect = evidence_word(finding.evidence), aspect_word(finding.aspect)
    return PairRow(evidence, aspect, values, causes, finding)


def name_in_words(record: RecordHead, clock: Clock) -> str:
    """Return 'Man, 22 · churchyard, KD · 28 Aug 2014 · phone missing (BD-2)', or the number."""
    return record.case_id if record.case is None else str(identify(record.case, clock))


def show_pair(link: Link, setting: CardContext, ident: str, *, full: bool = True) -> PairCard:
    """Return the card of a link; without `full` it has no map, timeline or waterfall."""
    breakdown, findings = link.breakdown, link.breakdown.findings
    if breakdown.case_a != link.case_a:  # the same pair the other way about
        a, b = breakdown.case_b, breakdown.case_a
        findings = tuple(replace(f, value_a=f.value_b, value_b=f.value_a) for f in findings)
        breakdown = replace(breakdown, case_a=a, case_b=b, findings=findings)
    records = show_records((link.case_a, link.case_b), setting.cases)
    later, earlier = (record.case for record in records)
    return PairCard(
        ident=ident,
        link=link,
        records=records,
        names=tuple(name_in_words(record, setting.clock) for record in records),
        rank_words=f"{rank_word(link.rank)} earlier match of {link.case_a},"
        f" among {link.compared:,} compared",
        tier=TIER_WORD[link.tier],
        relation=RELATION_WORD[link.relation],
        chance=say_chance(link.chance, setting.deaths_a_year, setting.crime, setting.in_file),
        reasons_for=strongest(findings, 1),
        reasons_against=strongest(findings, -1),
        missing=tuple(f for f in findings if f.stance is Stance.MISSING),
        agree=sum(f.stance is Stance.AGREES for f in findings),
        differ=sum(f.stance is Stance.DIFFERS for f in findings),
        matrix=tuple(show_finding(f, (later, earlier)) for f in findings),
        reported=setting.clock.reported(later) if later else "",
        context=show_context(records, setting.clock),
        steps=draw_waterfall(breakdown) if full else (),
        figures=show_where_and_when(records, setting.clock, ident) if full else None,
        other_explanations=breakdown.other_explanations,
    )
