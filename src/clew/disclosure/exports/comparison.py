"""A comparison as a page shows it: for, against and missing, side by side, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from clew.disclosure.clock import Clock
from clew.disclosure.exports.nouns import LinkRow, RecordRow, Stamp
from clew.disclosure.exports.pdf import render_pdf
from clew.disclosure.exports.said import how_often
from clew.disclosure.words import (
    RELATION_WORD,
    TIER_WORD,
    aspect_word,
    capital,
    evidence_word,
    ordinal,
    plain,
)
from clew.model.finding import Finding, Relation, Stance, Tier

STATE_WORD = {
    "open": "Waits to be looked at.",
    "second_reader": "Waits for a second reader.",
    "not_taken_forward": "Not taken forward.",
    "linked": "Judged to be linked.",
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records: its heading, and what is read first of it."""

    case_id: str
    heading: str
    context: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One finding; `values` is empty where it speaks of both at once."""

    evidence: str
    aspect: str
    values: tuple[str, ...]
    finding: Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records, and what their comparison found, in words."""

    a: Side
    b: Side
    line: str
    chance: str
    rows: tuple[Row, ...]
    other_explanations: tuple[str, ...]

    @property
    def context(self) -> tuple[tuple[str, str, str], ...]:
        """Return what is read first, of both, where either has it."""
        pairs = zip(self.a.context, self.b.context, strict=True)
        return tuple((label, one, two) for (label, one), (_, two) in pairs if one or two)

    @property
    def reasons_for(self) -> tuple[Finding, ...]:
        """Return what speaks for a link, the strongest first."""
        return self._strongest(1)

    @property
    def reasons_against(self) -> tuple[Finding, ...]:
        """Return what speaks against a link, the strongest first."""
        return self._strongest(-1)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """Return what could not be compared, because one of the two lacks it."""
        return tuple(r.finding for r in self.rows if r.finding.stance is Stance.MISSING)

    def _strongest(self, sign: int) -> tuple[Finding, ...]:
        found = [r.finding for r in self.rows if r.finding.micro_bans * sign > 0]
        return tuple(sorted(found, key=lambda f: (-abs(f.micro_bans), f.evidence, f.aspect)))


def show_comparison(link: LinkRow, a: RecordRow, b: RecordRow, clock: Clock) -> Comparison:
    """Return how a link reads; `a` is the record that was compared, `b` its candidate."""
    tier = TIER_WORD.get(Tier(link.tier), "") if link.tier in set(Tier) else capital(link.tier)
    relation = RELATION_WORD[Relation(link.relation)] if link.relation in set(Relation) else ""
    rank = "Best" if link.rank == 1 else f"{ordinal(link.rank)} best"
    line = (f"{rank} match of {link.case_a} on {clock.minute(link.at)}", tier, relation)
    return Comparison(
        a=_side(a, clock),
        b=_side(b, clock),
        line=f"{'. '.join(x for x in line if x)}. {STATE_WORD.get(link.state, '')}".strip(),
        chance=how_often(link),
        rows=tuple(_row(found) for found in link.findings),
        other_explanations=link.other_explanations,
    )


def _row(found: Finding) -> Row:
    values: tuple[str, ...] = (found.value_a, found.value_b)
    if not any(values) and found.stance is not Stance.MISSING:
        values = ()
    return Row(evidence_word(found.evidence), aspect_word(found.aspect), values, found)


def _side(row: RecordRow, clock: Clock) -> Side:
    told = row.told
    said_by = told.get("manner_said_by", "")
    manner = plain(told.get("manner", "")) + (f" (said by {plain(said_by)})" if said_by else "")
    given = "; ".join(x for x in (plain(told.get("category", "")), manner) if x)
    context = (
        ("Reported", clock.minute(row.reported_at)),
        ("Held by", " ".join(x for x in (told.get("agency", ""), told.get("area", "")) if x)),
        ("Class given", capital(given)),
        ("Cause as written", told.get("cause", "")),
    )
    heading = f"{row.name} ({row.case_id})" if row.name else row.case_id
    return Side(row.case_id, heading, context)


def matrix_pdf(comparison: Comparison, stamp: Stamp) -> bytes:
    """Return the comparison of two records as a PDF.

    Raises
    ------
    UsageRejected
        If the system's libraries for it are not installed.
    """
    title = f"{comparison.a.heading} and {comparison.b.heading}, compared"
    return render_pdf("export_matrix.html.j2", stamp, comparison=comparison, title=title)
