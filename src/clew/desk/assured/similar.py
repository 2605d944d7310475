"""What the last similar closings turned out to be: counts, and no record's number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from clew.assurance.classes import HOMICIDE
from clew.desk.assured.classes import CLOSE, OPENED_AGAIN
from clew.desk.assured.models import Assured, ClassChange
from clew.desk.cases.models import Case

LAST = 50
"""Settled: the last fifty similar closings (issue 9)."""
LEAST = 5
"""Declared: below so many the counts tell of single deaths rather than of a practice."""


@dataclass(frozen=True, slots=True)
class TurnedOut:
    """Of the last `closings` at this kind of place: opened again, and homicide by now."""

    premises: str
    closings: int
    opened_again: int
    homicide: int

    @property
    def tells(self) -> bool:
        """Tell whether there are enough of them to say anything."""
        return self.closings >= LEAST


def last_similar(case: Case) -> TurnedOut:
    """Return what the last closings as not suspicious at this kind of place became."""
    premises = str(case.told.get("now", {}).get("premises", "")).strip()
    kind = Q(case__told__now__premises=premises) if premises else Q()
    closed = ClassChange.objects.filter(kind, act=CLOSE, case__sealed=False).exclude(case=case)
    rows = list(closed.order_by("-at", "-pk").values_list("pk", "case_id")[:LAST])
    first: dict[int, int] = {}
    for pk, case_id in rows:
        first[case_id] = min(pk, first.get(case_id, pk))
    later = ClassChange.objects.filter(act=OPENED_AGAIN, case__in=list(first))
    again = Counter(
        case_id for pk, case_id in later.values_list("pk", "case_id") if pk > first[case_id]
    )
    now_homicide = Assured.objects.filter(case__in=list(first), category=HOMICIDE).count()
    return TurnedOut(premises, len(rows), len(again), now_homicide)
