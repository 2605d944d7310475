"""Rows of the queue, a page at a time: two statements a page, however many records there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from clew.desk.accounts.rules import PASSES_SEALS, Do, Person, areas_of
from clew.desk.cases.models import Opening
from clew.desk.links.models import Pair
from clew.desk.links.returning import OPEN, SENIOR_READER

PAGE = 25
"""Declared: pairs on a page; what fits on two screens."""
COUNTED = 1_000
"""Declared: beyond so many, a page says "more than", for counting all would cost more than it."""
COLUMNS = (
    "id", "state", "level", "times", "because", "priority", "within_budget", "since", "area",
    "first__case_id", "first__kind", "first__reported_at", "first__area",
    "second__case_id", "second__kind", "second__reported_at", "second__area",
    "link_id", "link__at", "link__rank", "link__chance", "link__compared", "link__tier",
    "link__relation", "link__trigger", "link__run__deaths_a_year",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueAsked:
    """Which part of the queue: `states` and `level` (None: all) of pairs; `page` from 1."""

    states: tuple[str, ...] = (OPEN,)
    level: int | None = None
    page: int = 1
    size: int = PAGE


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One pair of the queue with what a list says of it. `values` by the names in COLUMNS."""

    values: dict[str, Any]

    @property
    def pair_id(self) -> int:
        """Return the pair's number."""
        return int(self.values["id"])

    @property
    def first(self) -> str:
        """Return the record that was compared."""
        return str(self.values["first__case_id"])

    @property
    def second(self) -> str:
        """Return its candidate."""
        return str(self.values["second__case_id"])

    @property
    def because(self) -> str:
        """Return why the pair is here, '' where it has just come."""
        return str(self.values["because"])

    @property
    def senior(self) -> bool:
        """Tell whether a more senior reader is asked for."""
        return int(self.values["level"]) >= SENIOR_READER

    @property
    def within_budget(self) -> bool:
        """Tell whether it alerted."""
        return bool(self.values["within_budget"])

    @property
    def since(self) -> datetime:
        """Return since when it stands as it does."""
        at: datetime = self.values["since"]
        return at

    @property
    def chance(self) -> float:
        """Return how many unrelated records would match this well, for `say_chance`."""
        return float(self.values["link__chance"])

    @property
    def deaths_a_year(self) -> float:
        """Return deaths reported a year, for `say_chance`."""
        return float(self.values["link__run__deaths_a_year"])


@dataclass(frozen=True, slots=True)
class QueuePage:
    """A page of the queue. `counted` pairs in all, `more` where there are more than COUNTED."""

    rows: Sequence[QueueRow]
    number: int
    has_next: bool
    counted: int
    more: bool


def queue_page(person: Person, asked: QueueAsked) -> QueuePage:
    """Return a page of the pairs that a person may see, those within the budget first.

    Both records must lie in an area where the person may see links, and neither may be sealed
    unless it was opened to that person by name.
    """
    allowed = queue_of(person, asked.states, asked.level)
    begins = (max(asked.page, 1) - 1) * asked.size
    ordered = allowed.order_by("-within_budget", "-priority", "id")
    found = list(ordered.values(*COLUMNS)[begins : begins + asked.size + 1])
    counted = allowed.order_by()[: COUNTED + 1].count()
    return QueuePage(
        [QueueRow(values) for values in found[: asked.size]],
        max(asked.page, 1), len(found) > asked.size, min(counted, COUNTED), counted > COUNTED,
    )  # fmt: skip


def queue_of(
    person: Person, states: Collection[str] = (OPEN,), level: int | None = None
) -> QuerySet[Pair]:
    """Return the pairs of some states that a person may see, in no order."""
    pairs = Pair.objects.filter(state__in=list(states))
    if len(states) == 1:
        pairs = Pair.objects.filter(state=next(iter(states)))  # the index begins with the state
    if level is not None:
        pairs = pairs.filter(level=level)
    areas = areas_of(person, Do.SEE_LINKS)
    if areas is not None:
        pairs = pairs.filter(area__in=areas, second__area__in=areas)
    opened = _opened_to(person)
    return pairs.filter(
        Q(first__sealed=False) | Q(first__in=opened), Q(second__sealed=False) | Q(second__in=opened)
    )


def _opened_to(person: Person) -> list[int]:
    """Return the numbers of sealed records that were opened to a person who may pass a seal."""
    if not PASSES_SEALS & person.roles():
        return []
    found = Opening.objects.filter(account__name=person.name, closed_at=None)
    return list(found.values_list("case_id", flat=True))
