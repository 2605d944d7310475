"""Series in words and side by side: the engine's beside the adopted, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

from clew.disclosure.chance_words import ChanceWords, say_series_chance
from clew.disclosure.comparison import (
    CardContext,
    Context,
    RecordHead,
    WhereAndWhen,
    name_in_words,
    show_context,
    show_records,
    show_where_and_when,
    why_missing,
)
from clew.disclosure.words import aspect_word, capital, evidence_word
from clew.model.finding import ENGINE, Breakdown, Series, SeriesChange, SeriesFate, Stance
from clew.model.judgement import Conflict, Contradiction, Judgement

BY_MEANS = (
    "Possible series were formed by how well their records match on average, as solved series do:"
    " the weight table was learned from solved series. Clew assumes that linked records are as"
    " common in this file as among the records it learned from."
)
"""Said where a learned table formed the series; see docs/method/series.md."""
MOST_CHANCE = 1.0
"""A group of which the file would have one by chance anyway is counted, not shown."""

# All records of a series side by side: records as columns, evidence as rows.


@dataclass(frozen=True, slots=True)
class SeriesCell:
    """What one record says, and the letters of the records it agrees with and differs from."""

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
    """What the pairs say of one evidence, while they are gathered."""

    values: dict[str, list[str]] = field(default_factory=dict)
    agrees: dict[str, list[str]] = field(default_factory=dict)
    differs: dict[str, list[str]] = field(default_factory=dict)
    pairs: dict[Stance, int] = field(default_factory=lambda: dict.fromkeys(Stance, 0))
    rarity: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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
    gathered: dict[tuple[str, str], _Gathered] = {}
    for pair in pairs:
        a, b = pair.case_a, pair.case_b
        for finding in pair.findings:
            row = gathered.setdefault((finding.evidence, finding.aspect), _Gathered())
            row.pairs[finding.stance] += 1
            for case_id, value in ((a, finding.value_a), (b, finding.value_b)):
                values = row.values.setdefault(case_id, [])
                if value and value not in values:
                    values.append(value)
            if finding.rarity and finding.rarity not in row.rarity:
                row.rarity.append(finding.rarity)
            if finding.stance is Stance.MISSING:
                continue
            if not (finding.value_a or finding.value_b):
                both = " and ".join(_in_order((letters[a], letters[b])))
                row.notes.append(f"{both}: {finding.says}")
            if finding.stance is Stance.NOTE:
                continue
            side = row.agrees if finding.stance is Stance.AGREES else row.differs
            side.setdefault(a, []).append(letters[b])
            side.setdefault(b, []).append(letters[a])
    return tuple(
        SeriesRow(
            evidence_word(evidence),
            aspect_word(aspect),
            tuple(
                SeriesCell(
                    " / ".join(row.values.get(record.case_id, ())),
                    why_missing(record.case, aspect),
                    _in_order(row.agrees.get(record.case_id, ())),
                    _in_order(row.differs.get(record.case_id, ())),
                    record.case_id in row.values,
                )
                for record in records
            ),
            row.pairs,
            tuple(row.rarity),
            tuple(row.notes),
        )
        for (evidence, aspect), row in gathered.items()
    )


# The cards of the series.


@dataclass(frozen=True, slots=True)
class SeriesCard:
    """Everything the page says of one series. `same_as` is the ident that has its matrix."""

    ident: str
    series: Series
    records: tuple[RecordHead, ...]
    names: tuple[str, ...]
    joined: tuple[str, ...]
    chance: ChanceWords | None
    overlap: tuple[str, ...]
    pairs_ranked: int
    pairs: int
    matrix: tuple[SeriesRow, ...]
    context: Context
    figures: WhereAndWhen
    same_as: str


@dataclass(frozen=True, slots=True)
class SeriesShown:
    """The engine's possible series and the adopted ones; neither silences the other."""

    engine: tuple[SeriesCard, ...]
    adopted: tuple[SeriesCard, ...]


def say_overlap(series: Series, others: Sequence[Series], kind: str) -> tuple[str, ...]:
    """Say which cases the series has in common with those of the other view."""
    mine = {member.case_id for member in series.members}
    sentences = []
    for other in others:
        theirs = {member.case_id for member in other.members}
        both = mine & theirs
        if mine == theirs:
            sentences.append(f"The same cases as {kind} series {other.series_id}.")
        elif both:
            only = ", ".join(sorted(mine - theirs))
            more = ", ".join(sorted(theirs - mine))
            text = f"{len(both)} of its {len(mine)} cases are in {kind} series {other.series_id}"
            text += f"; {only} not" if only else ""
            text += f"; that one also has {more}" if more else ""
            sentences.append(text + ".")
    return tuple(sentences) or (f"None of its cases is in an {kind} series.",)


def _show(
    series: Series,
    setting: CardContext,
    pairs: Mapping[frozenset[str], Breakdown],
    ident: str,
    overlap: tuple[str, ...],
    same_as: str,
) -> SeriesCard:
    cases = setting.cases
    known = {m.case_id: cases[m.case_id].reported_at for m in series.members if m.case_id in cases}
    # In order of report; those without a record come last.
    ids = sorted(
        {member.case_id for member in series.members},
        key=lambda i: (i not in known, known.get(i, 0), i),
    )
    records = show_records(ids, cases)
    wanted = [frozenset(pair) for pair in combinations(ids, 2)]
    ranked = [pairs[pair] for pair in wanted if pair in pairs]
    ways = [f"{m.case_id} joined through {m.added_by}" for m in series.members if m.added_by]
    return SeriesCard(
        ident=ident,
        series=series,
        records=records,
        names=tuple(name_in_words(record, setting.clock) for record in records),
        joined=("; ".join(ways) + ".",) if ways else (),
        chance=None if series.chance is None else say_series_chance(series.chance, len(ids)),
        overlap=overlap,
        pairs_ranked=len(ranked),
        pairs=len(wanted),
        matrix=() if same_as else show_series_matrix(records, ranked),
        context=show_context(records, setting.clock),
        figures=show_where_and_when(records, setting.clock, ident),
        same_as=same_as,
    )


def show_series(
    series: Sequence[Series], breakdowns: Iterable[Breakdown], setting: CardContext
) -> SeriesShown:
    """Return the cards of both views; an adopted series equal to the engine's points to it."""
    pairs = {frozenset((pair.case_a, pair.case_b)): pair for pair in breakdowns}
    likely = [s for s in series if s.view == ENGINE and s.chance is not None]
    likely.sort(key=lambda s: (s.chance or 0.0, s.series_id))
    engine = [s for s in likely if (s.chance or 0.0) <= MOST_CHANCE]
    adopted = sorted((s for s in series if s.view != ENGINE), key=lambda s: s.series_id)
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


# What changed since an earlier run, and judgements that contradict one another.


class ChangeSentences(NamedTuple):
    """Sentences on what changed, and one on what they leave out; '' for nothing.

    Counted only are those of possible series that chance alone would be expected to bring about.
    """

    sentences: tuple[str, ...]
    rest: str


def say_changes(changes: Iterable[SeriesChange]) -> ChangeSentences:
    """Return what became of every series, in the order of the changes."""
    sentences, untouched, counted = [], 0, 0
    for change in changes:
        if change.change is SeriesFate.UNTOUCHED:
            untouched += 1
        elif change.series.chance is not None and change.series.chance > MOST_CHANCE:
            counted += 1
        else:
            sentences.append(_say_change(change))
    parts = []
    if untouched:
        parts.append(f"{untouched:,} series with the same records as before")
    if counted:
        parts.append(
            f"{counted:,} change{'' if counted == 1 else 's'} among possible series such as chance"
            " alone would bring about"
        )
    rest = f"Not listed: {'; '.join(parts)}." if parts else ""
    return ChangeSentences(tuple(sentences), rest)


def _say_change(change: SeriesChange) -> str:
    series = change.series
    name = f"{'possible' if series.view == ENGINE else 'adopted'} series {series.series_id}"
    cases = ", ".join(member.case_id for member in series.members)
    came, left = ", ".join(change.came), ", ".join(change.left)
    new = f" New in it: {came}." if came else ""
    match change.change:
        case SeriesFate.STARTED:
            return f"New: {name}, {cases}."
        case SeriesFate.ENDED:
            return f"No longer a series: {name}, {left}."
        case SeriesFate.JOINED:
            return f"{came} joined {name}: {cases}."
        case SeriesFate.BRIDGED:
            gone = f" No longer in it: {left}." if left else ""
            return (
                f"{capital(name)} brings together {_listed(change.of, ', ', ' and ')}.{new}{gone}"
            )
    return f"{capital(name)}: no longer in it: {left}.{new}"


def say_contradictions(contradictions: Iterable[Contradiction]) -> tuple[str, ...]:
    """Return one sentence a contradiction, in the order given: nothing that people said is lost."""
    sentences = []
    for one in contradictions:
        pair, judged = _pair(one.judgement), _judged(one.judgement)
        if one.kind is Conflict.OVERRULED:
            later = _judged(one.against[0])
            sentences.append(f"{pair}: once {judged}, later {later}. The later one counts.")
        else:
            apart = _listed([f"{_pair(j)}, {_judged(j)}" for j in one.against], "; ", "; and ")
            sentences.append(
                f"{pair}: {judged}, but in no series together. It would bring together {apart}."
            )
    return tuple(sentences)


def _judged(judgement: Judgement) -> str:
    """Return 'judged not linked by B'."""
    by = f" by {judgement.decided_by}" if judgement.decided_by else ""
    return f"judged {judgement.verdict.replace('_', ' ')}{by}"


def _pair(judgement: Judgement) -> str:
    return f"{judgement.case_a} and {judgement.case_b}"


def _listed(names: Sequence[str], comma: str, last: str) -> str:
    return last.join(filter(None, (comma.join(names[:-1]), names[-1])))
