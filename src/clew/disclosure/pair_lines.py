"""A pair in a list of lines: who the two are, and a line each for, against and missing.

The command line shows pairs like this. All reasons are shown on demand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clew.disclosure.comparison import (
    FEW_REASONS,
    join_reasons,
    relation_doubt,
    say_missing,
    strongest,
)
from clew.disclosure.record_identity import FEATURES, Counts, namer
from clew.disclosure.words import Clock
from clew.model.case import Case
from clew.model.finding import Finding, Link, Relation, Stance, Tier


def count_features(cases: Iterable[Case]) -> Counter[tuple[str, str]]:
    """Count how many records state each value that may set a record apart."""
    found: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for field in FEATURES:
            recorded = getattr(case, field)
            values = (recorded,) if isinstance(recorded, str) else recorded or ()
            found.update((field, value) for value in values)
    return found


@dataclass(frozen=True, slots=True)
class ListSetting:
    """What every line needs: the records by id, the clock, and how common each value is.

    `most` reasons of a kind are shown; None: all.
    """

    cases: Mapping[str, Case]
    clock: Clock
    counts: Counts | None = None
    most: int | None = FEW_REASONS

    @staticmethod
    def from_cases(cases: Sequence[Case], clock: Clock, *, every: bool = False) -> ListSetting:
        """Return the setting of a list from the cases of its file."""
        by_id = {case.case_id: case for case in cases}
        return ListSetting(by_id, clock, count_features(cases), None if every else FEW_REASONS)

    def name(self, case_id: str) -> str:
        """Return 'Man, 22 · churchyard, KD · 28 Aug 2014 · phone missing (BD-2)', or the number."""
        return namer(self.cases, self.clock, self.counts)(case_id)


def pair_lines(link: Link, findings: Sequence[Finding], setting: ListSetting) -> list[str]:
    """Return the lines of a link: both records by name, then its reasons."""
    doubt = relation_doubt(link.relation)
    lines = [setting.name(link.case_a), setting.name(link.case_b) + doubt]
    return lines + reason_lines(findings, setting.most, shared=link.tier is Tier.SHARED_ENTITY)


def reason_lines(
    findings: Sequence[Finding], most: int | None, *, shared: bool = False, missing: bool = True
) -> list[str]:
    """Return a line each for, against and missing; the strongest first, and how many more.

    With `shared`, what names the same person, phone or place comes first. Without `most`, notes
    have a line of their own: they are neither for nor against.
    """
    ahead = strongest(findings, 1)
    if shared:
        ahead = tuple(sorted(ahead, key=lambda finding: finding.evidence != "entities"))
    lines = [f"For: {join_reasons(ahead, most) or 'nothing'}"]
    if against := join_reasons(strongest(findings, -1), most):
        lines.append(f"Against: {against}")
    elif most is None:
        lines.append("Against: nothing")
    if most is None and (notes := [f.says for f in findings if f.stance is Stance.NOTE]):
        lines.append(f"Note: {'; '.join(notes)}")
    if missing and (absent := say_missing(findings, most)):
        lines.append(f"Missing: {absent}")
    return lines


def best_leads(links: Iterable[Link]) -> list[Link]:
    """Return each record's best earlier match where it has evidence, the rarest first.

    It has where more speaks for it than against it, and not every unrelated record would match as
    well. One death reported twice is no lead.
    """
    leads = (
        link
        for link in links
        if link.rank == 1
        and link.relation is not Relation.DUPLICATE_REPORT
        and link.micro_bans > 0
        and (link.chance < 1 or link.tier is Tier.SHARED_ENTITY)
    )
    return sorted(leads, key=lambda link: (link.chance, link.case_a))
