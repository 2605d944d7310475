"""More like this: what the engine's stored links say of a record, whichever was compared."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from clew.desk.accounts.rules import Do
from clew.desk.cases.models import Case, Searched
from clew.desk.cases.visible import opened_to
from clew.desk.links.comparison import how_often, name_of
from clew.desk.links.models import Link
from clew.desk.links.visible import may_open
from clew.desk.web.guard import consulted, guarded, person_of, record_of
from clew.disclosure.chance_words import ChanceWords

MOST = 20
"""Declared: so many are told, the rarest first."""


@guarded(Do.SEE_LINKS)
def like(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the records that stood nearest to this seed, by any comparison kept; it is a search."""
    case = record_of(request, Do.SEE_LINKS, case_id)
    person = person_of(request)
    unsealed = (Q(case__sealed=False) | opened_to(person, Do.SEE_LINKS, "case__")) & (
        Q(other__sealed=False) | opened_to(person, Do.SEE_LINKS, "other__")
    )
    found = Link.objects.filter(Q(case=case) | Q(other=case)).filter(unsealed)
    links = found.select_related("case", "other", "run").defer("findings")
    rows: list[tuple[Case, str, ChanceWords, bool]] = []
    seen: set[int] = set()
    for link in links.order_by("-priority", "-id")[: MOST * 10]:
        other = link.other if link.case_id == case.pk else link.case
        if other.pk not in seen and len(rows) < MOST:
            seen.add(other.pk)
            rows.append((other, name_of(other), how_often(link), may_open(request, other)))
    shown = [other.case_id for other, *_ in rows]
    consulted(request, f"case:{case.case_id}", "more like this", search="like", shown=shown)
    coverage = list(Searched.objects.all())
    context = {"case": case, "name": name_of(case), "rows": rows, "coverage": coverage}
    return render(request, "links/like.html", context)
