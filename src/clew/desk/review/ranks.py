"""Ranks and counts of a comparison, calculated for one reader: sealed records are not counted.

The engine compares every record. Its rank of a match, and how many records it compared, are kept as
they were; a reader from whom some of these records are sealed sees both without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from clew.desk.accounts.rules import Permission, Person
from clew.desk.records.visible import sealed_from
from clew.desk.review.models import Candidate, Link
from clew.disclosure.words import ordinal

Event = tuple[int, int, datetime]
"""What links were found together: run, the record that was compared, and the moment."""


def ranks_for(person: Person, cases: Iterable[int] | None = None) -> Callable[[Link], int]:
    """Return what gives the rank of a link among those of its comparison that `person` may see.

    Parameters
    ----------
    cases
        The numbers of the records whose comparisons are asked for; None: of all.
    """
    shut = sealed_from(person, Permission.SEE_LINKS).values("pk")
    hidden = Link.objects.filter(other__in=shut, run__round__isnull=False).order_by()
    present = Candidate.objects.filter(other__in=shut).order_by()
    if cases is not None:
        numbers = list(cases)
        hidden, present = hidden.filter(case__in=numbers), present.filter(case__in=numbers)
    ranks: dict[Event, list[int]] = {}
    for run, case, at, rank in hidden.values_list("run", "case__pk", "at", "rank"):
        ranks.setdefault((run, case, at), []).append(rank)
    weights: dict[int, list[int]] = {}
    for case, weight in present.values_list("case__pk", "link__micro_bans"):
        weights.setdefault(case, []).append(weight)

    def rank_of(link: Link) -> int:
        before = ranks.get((link.run_id, link.case_id, link.at))
        if before is not None:
            return link.rank - sum(rank < link.rank for rank in before)
        if link.run.round_id is not None:
            return link.rank
        # A pair that the public named was weighed alone: the sealed ones before it are candidates.
        heavier = sum(weight > link.micro_bans for weight in weights.get(link.case_id, ()))
        return max(link.rank - heavier, 1)

    return rank_of


def compared_for(person: Person, link: Link) -> int:
    """Return with how many records a record was compared, of those that `person` may know of."""
    shut = sealed_from(person, Permission.SEE_LINKS).filter(reported_at__lte=link.at)
    return max(link.compared - shut.exclude(pk=link.case_id).count(), 1)


def rank_words(person: Person, link: Link) -> str:
    """Return 'Best match of X, among 1,871 compared', calculated for one reader."""
    rank = ranks_for(person, [link.case_id])(link)
    place = "Best" if rank == 1 else f"{ordinal(rank)} best"
    return f"{place} match of {link.case.case_id}, among {compared_for(person, link):,} compared"
