"""The newest reports, each with its own candidates: what an officer or the morning's analyst asks.

The ranked pairs are of the whole file; a death of last night would be lost among them. So what was
reported in the last two days stands by itself, with every person, phone or place it shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.disclosure.cards import PairCard, Setting, show_pair
from clew.model.finding import Answer, Link, Tier
from clew.model.time_window import DAY

NEWEST_S = 2 * DAY
"""Declared: last night and the day before it, as a morning meeting looks back."""
STANDS_OUT = 0.3
"""Declared: of ten unrelated records about three would bring forth a candidate that stands out."""
MOST = 5


@dataclass(frozen=True, slots=True)
class Latest:
    """Rows for the newest records' candidates; how many newest records there are, and have none."""

    rows: tuple[PairCard, ...]
    records: int
    quiet: int


def show_latest(answer: Answer, setting: Setting) -> Latest:
    """Return at most MOST candidates a record, and every shared entity, newest record first."""
    newest = {c.case_id for c in answer.cases if c.reported_at > answer.last_report - NEWEST_S}
    kept = [link for link in answer.links if link.case_a in newest and _stands_out(link)]
    reported = {case.case_id: case.reported_at for case in answer.cases}
    kept.sort(key=lambda link: (-reported[link.case_a], link.case_a, link.rank))
    rows = tuple(show_pair(link, setting, "", full=False) for link in _at_most(kept))
    return Latest(rows, len(newest), len(newest - {link.case_a for link in kept}))


def _stands_out(link: Link) -> bool:
    return link.tier is Tier.SHARED_ENTITY or (link.rank <= MOST and link.chance <= STANDS_OUT)


def _at_most(links: Sequence[Link]) -> list[Link]:
    """Keep the best MOST of those that share nobody, and of those that do, for each record."""
    taken: dict[tuple[str, Tier], int] = {}
    kept = []
    for link in links:
        key = (link.case_a, link.tier)
        taken[key] = taken.get(key, 0) + 1
        if taken[key] <= MOST:
            kept.append(link)
    return kept
