"""What this app owes to the clock: deadlines of lines and leads of deaths that are not closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q

from clew.assurance.classes import INVESTIGATED, NOT_SUSPICIOUS
from clew.assurance.machine import Deadline
from clew.desk.casework.acts import DEATH, instant
from clew.desk.casework.leads import OPEN
from clew.desk.casework.lines import LineNow, lines_from
from clew.desk.casework.models.status import CaseworkStatus, Lead, LineState
from clew.desk.casework.standards import known, read, source_on
from clew.desk.records.models import Case

FRESH = timedelta(days=14)
"""Declared: a death that came to the desk later than so long after its report is history, whose
lines nobody owes until somebody acts on it; else a first intake of twenty years would go up."""
AT_ONCE = 500
"""Declared: deaths whose lines are read at once."""


def deadlines_of_lines(now: datetime) -> Iterator[Deadline]:
    """Yield what is owed for every death that is not closed: lines, what perishes, leads."""
    yield from _leads(now)
    owed = Case.objects.filter(kind=DEATH, reported_at__lte=now).filter(_owed())
    ids = list(owed.order_by("pk").values_list("pk", flat=True))
    sources = known()[0]
    for k in range(0, len(ids), AT_ONCE):
        part = ids[k : k + AT_ONCE]
        cases = list(Case.objects.filter(pk__in=part).select_related("owner"))
        held = {
            one.case_id: one
            for one in CaseworkStatus.objects.filter(case__in=part).select_related("standard")
        }
        rows = _rows(part)
        for case in cases:
            one = held.get(case.pk)
            standard = (
                read(one.standard.text, one.standard.name)
                if one
                else source_on(sources, case.reported_at).standard
            )
            category = one.category if one else INVESTIGATED
            lines = lines_from(case, standard, category, rows[case.pk], now)
            yield from _of(case, lines)


def _owed() -> Q:
    late = ExpressionWrapper(F("entered_at") - F("reported_at"), output_field=DurationField())
    fresh = Case.objects.annotate(late=late).filter(late__lte=FRESH).values("pk")
    begun = Q(assured__isnull=False) & ~Q(assured__category=NOT_SUSPICIOUS)
    return begun | Q(assured__isnull=True, pk__in=fresh)


def _rows(part: list[int]) -> dict[int, dict[str, LineState]]:
    found: dict[int, dict[str, LineState]] = defaultdict(dict)
    for row in LineState.objects.filter(case__in=part):
        found[row.case_id][row.line_id] = row
    return found


def _of(case: Case, lines: Iterable[LineNow]) -> Iterator[Deadline]:
    for one in lines:
        if not one.open:
            continue
        again = "" if one.kept.since is None else f"@{one.kept.since}"
        key = f"line:{case.case_id}:{one.line.id}{again}"
        yield _deadline(case, f"{key}:due", ("line", one.line.title), one.due)
        if one.gone is not None and one.gone != one.due:
            lost = f"What it seeks is usually gone: {one.line.title}"
            yield _deadline(case, f"{key}:gone", ("perishable", lost), one.gone)


def _deadline(case: Case, key: str, told: tuple[str, str], due: datetime) -> Deadline:
    kind, what = told
    return Deadline(
        key=key, kind=kind, what=what, due=instant(due),
        owner=case.owner.name if case.owner else "", area=case.area,
        subject=f"case:{case.case_id}",
    )  # fmt: skip


def _leads(now: datetime) -> Iterator[Deadline]:
    found = Lead.objects.filter(state=OPEN, at__lte=now).select_related("case__owner")
    for lead in found.order_by("pk"):
        yield _deadline(lead.case, f"lead:{lead.pk}", ("lead", str(lead)), lead.due)
