"""One card a pair: which pairs get one, in what order, and what stands on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.clock import Clock
from clew.disclosure.matrix import PairRow, show_pair_matrix, turn
from clew.disclosure.record import (
    Record,
    WhereAndWhen,
    show_context,
    show_records,
    show_where_and_when,
)
from clew.disclosure.waterfall import Step, draw_waterfall
from clew.disclosure.words import RELATION_WORD, TIER_WORD, ordinal
from clew.model.case import Case
from clew.model.finding import Finding, Link, Relation, Stance


@dataclass(frozen=True, slots=True)
class Setting:
    """What every card needs of the answer."""

    cases: Mapping[str, Case]
    clock: Clock
    deaths_a_year: float


@dataclass(frozen=True, slots=True)
class PairCard:
    """Everything the page says of one pair, reasons first."""

    ident: str
    link: Link
    records: tuple[Record, ...]
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
    steps: tuple[Step, ...]
    figures: WhereAndWhen | None
    other_explanations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The links by where they stand in the report. `duplicates` spend nobody's budget."""

    ranked: tuple[Link, ...]
    shared: tuple[Link, ...]
    duplicates: tuple[Link, ...]


def _order(link: Link) -> tuple[bool, float, int, str, str]:
    return (link.rank != 1, link.chance, -link.micro_bans, link.case_a, link.case_b)


def choose_links(links: Iterable[Link]) -> Chosen:
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
    return Chosen(tuple(ranked), tuple(shared), tuple(duplicates))


def _strongest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda f: (-abs(f.micro_bans), f.evidence, f.aspect)))


def rank_words(link: Link) -> str:
    """Return 'Best earlier match of X', '2nd best ...', and of how many."""
    place = "Best" if link.rank == 1 else f"{ordinal(link.rank)} best"
    return f"{place} earlier match of {link.case_a}, among {link.compared:,} compared"


def show_pair(link: Link, setting: Setting, ident: str, *, full: bool = True) -> PairCard:
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
