"""The comparison matrix: records as columns, evidence as rows, agree, differ and missing alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from clew.disclosure.record import Record, why_missing
from clew.disclosure.words import aspect_word, evidence_word
from clew.model.finding import Breakdown, Finding, Stance


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


def show_pair_matrix(breakdown: Breakdown, records: Sequence[Record]) -> tuple[PairRow, ...]:
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
    records: Sequence[Record], pairs: Sequence[Breakdown]
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
