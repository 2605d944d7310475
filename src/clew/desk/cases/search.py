"""The list of records: by number, words, area and days; only what whoever asks may see."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.rules import Do, areas_of
from clew.desk.cases.forms import KINDS, SearchForm
from clew.desk.cases.models import Case
from clew.desk.cases.visible import visible_to
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of

SEARCHED = ("narrative", "cause", "premises", "name_used_by_family", "known_as")
"""The fields of a record in which words are looked for."""


@guarded(Do.SEARCH)
def records(request: HttpRequest) -> HttpResponse:
    """Show the records that match, newest report first, a page at a time."""
    form = SearchForm(request.GET or None)
    asked = {}
    found = visible_to(person_of(request), Do.SEARCH)
    if form.is_valid():
        asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
        found = narrowed(found, form)
    elif form.is_bound:
        found = found.none()
    page = page_of(request, found.select_related("owner").defer("legal_hold"))
    shown = [case.case_id for case in page.rows]
    consulted(request, "records", "cases", asked=asked, shown=shown)
    areas = areas_of(person_of(request), Do.SEARCH)
    context = {"form": form, "page": page, "asked": asked, "areas": areas, "kinds": dict(KINDS)}
    return render(request, "cases/list.html", context, status=422 if form.errors else 200)


def narrowed(found: QuerySet[Case], form: SearchForm) -> QuerySet[Case]:
    """Return the records that fit what was asked."""
    asked = form.cleaned_data
    if asked["words"]:
        text = asked["words"].strip()
        wanted = Q(case_id__icontains=text)
        for name in SEARCHED:
            wanted |= Q(**{f"told__now__{name}__icontains": text})
        found = found.filter(wanted)
    if asked["area"]:
        found = found.filter(area=asked["area"].strip())
    if asked["kind"]:
        found = found.filter(kind=asked["kind"])
    if asked["since"]:
        found = found.filter(reported_at__gte=_midnight(asked["since"]))
    if asked["until"]:
        found = found.filter(reported_at__lt=_midnight(asked["until"] + timedelta(days=1)))
    return found


def _midnight(day: object) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))  # type: ignore[arg-type]
