"""A link as it was computed, turned back into the nouns and the card that disclosure draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from clew.desk.cases.models import Case
from clew.desk.cases.read_now import read_now
from clew.desk.links.models import Link
from clew.desk.settings import CONFIGURATION
from clew.disclosure.cards import PairCard, Setting, show_pair
from clew.disclosure.chance_words import ChanceWords, say_chance
from clew.disclosure.clock import Clock
from clew.disclosure.words import ordinal
from clew.model.finding import Breakdown, Finding, Relation, Stance, Tier
from clew.model.finding import Link as Noun

NAMES = ("name_used_by_family", "known_as")
"""Columns with the name of a death, the better first."""
CLOCK = Clock(ZoneInfo(CONFIGURATION.timezone))


def findings_of(rows: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Return findings from the rows of `Link.findings`; value_a is that of the link's case."""
    return tuple(
        Finding(
            evidence=row["evidence"],
            aspect=row["aspect"],
            stance=Stance(row["stance"]),
            micro_bans=int(row["micro_bans"]),
            says=row["says"],
            value_a=row.get("value_a", ""),
            value_b=row.get("value_b", ""),
            rarity=row.get("rarity", ""),
        )
        for row in rows
    )


def noun_of(link: Link) -> Noun:
    """Return the link as the engine told it."""
    told = Breakdown(
        link.case.case_id,
        link.other.case_id,
        findings_of(link.findings),
        link.micro_bans,
        tuple(link.other_explanations),
    )
    return Noun(
        case_a=link.case.case_id,
        case_b=link.other.case_id,
        rank=link.rank,
        micro_bans=link.micro_bans,
        chance=link.chance,
        compared=link.compared,
        tier=Tier(link.tier),
        relation=Relation(link.relation),
        told=lambda: told,
    )


def card_of(link: Link, ident: str = "pair") -> PairCard:
    """Return everything the page says of the pair: matrix, waterfall, map and timeline."""
    cases = {case.case_id: read_now(case) for case in (link.case, link.other)}
    setting = Setting(cases, CLOCK, link.run.deaths_a_year)
    return show_pair(noun_of(link), setting, ident)


def how_often(link: Link) -> ChanceWords:
    """Return how many unrelated deaths of a year would find a match this good."""
    return say_chance(link.chance, link.run.deaths_a_year)


def rank_words(link: Link) -> str:
    """Return 'Best match of X, among 1,923 compared'."""
    place = "Best" if link.rank == 1 else f"{ordinal(link.rank)} best"
    return f"{place} match of {link.case.case_id}, among {link.compared:,} compared"


def name_of(case: Case) -> str:
    """Return the name the family uses and the number; of the living the number alone."""
    now = case.told.get("now", {})
    return name_said(case.case_id, case.kind, *(now.get(name) for name in NAMES))


def name_said(case_id: str, kind: str, *names: str | None) -> str:
    """Return the same of a record's columns; `names` are what `NAMES` hold, "" or None for none."""
    name = next((name for name in names if name), "") if kind == "death" else ""
    return f"{name} ({case_id})" if name else case_id
