"""The list of records: by number, words, area and days; only what whoever asks may see."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.rules import Permission, areas_of
from clew.desk.pages.record_forms import KINDS, SearchForm
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.near import Near, near
from clew.desk.records.visible import record_of, visible_to
from clew.desk.review.comparison import name_of
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of
from clew.disclosure.figures.map import length_words
from clew.disclosure.words import KIND_WORD, capital, plain, time_between
from clew.model.case import Kind
from clew.model.values import Point

SEARCHED = ("narrative", "cause", "premises", "name_used_by_family", "known_as")
"""The fields of a record in which words are looked for."""


@guarded(Permission.SEARCH)
def records(request: HttpRequest) -> HttpResponse:
    """Show the records that match, newest report first, a page at a time."""
    form = SearchForm(request.GET or None)
    asked = {}
    found = visible_to(person_of(request), Permission.SEARCH)
    if form.is_valid():
        asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
        found = narrowed(found, form)
    elif form.is_bound:
        found = found.none()
    page = page_of(request, found.select_related("owner").defer("legal_hold"))
    shown = [case.case_id for case in page.rows]
    consulted(request, "records", "cases", asked=asked, shown=shown)
    areas = areas_of(person_of(request), Permission.SEARCH)
    context = {"form": form, "page": page, "asked": asked, "areas": areas, "kinds": dict(KINDS)}
    return render(request, "records/list.html", context, status=422 if form.errors else 200)


def narrowed(found: QuerySet[Case], form: SearchForm) -> QuerySet[Case]:
    """Return the records that fit what was asked."""
    asked = form.cleaned_data
    if asked["words"]:
        text = asked["words"].strip()
        wanted = Q(case_id__icontains=text)
        for name in SEARCHED:
            wanted |= Q(**{f"texts__now__{name}__icontains": text})
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


# Near here: what happened around a point before, for whoever stands there with a phone.


MOST = 50
"""Declared: records told one by one; the rest are counted."""
RADII = [("250", "250 m"), ("500", "500 m"), ("1000", "1 km"), ("2000", "2 km"), ("5000", "5 km")]
NUMBER = {"invalid": "Give degrees, for instance 51.535"}


class NearForm(forms.Form):
    """A point, or a record that has one, and how far to look."""

    latitude = forms.FloatField(
        label="Latitude", required=False, min_value=-90, max_value=90, error_messages=NUMBER
    )
    longitude = forms.FloatField(
        label="Longitude", required=False, min_value=-180, max_value=180, error_messages=NUMBER
    )
    record = forms.CharField(label="Or the number of a record", max_length=120, required=False)
    within = forms.ChoiceField(label="How far to look", choices=RADII, initial="500")

    def clean(self) -> dict[str, Any]:
        """Ask for a point or a record."""
        told: dict[str, Any] = super().clean() or {}
        half = (told.get("latitude") is None) != (told.get("longitude") is None)
        if half and not self.errors:
            self.add_error("longitude", "Give latitude and longitude, or neither")
        if told.get("latitude") is None and not told.get("record") and not self.errors:
            self.add_error("latitude", "Give a place, or the number of a record")
        return told


@guarded(Permission.SEARCH)
def near_here(request: HttpRequest) -> HttpResponse:
    """Show records around a point, nearest first; the search is a row of the ledger."""
    form = NearForm(request.GET or None, initial={"within": "500"})
    context: dict[str, Any] = {"form": form, "rows": None, "coverage": []}
    if form.is_bound and form.is_valid():
        point = _point(request, form)
        if point is not None:
            context |= _answer(request, point, float(form.cleaned_data["within"]))
    return render(request, "records/near.html", context, status=422 if form.errors else 200)


def _point(request: HttpRequest, form: NearForm) -> Point | None:
    told = form.cleaned_data
    if told["latitude"] is not None:
        return Point(told["latitude"], told["longitude"])
    case = record_of(request, Permission.SEARCH, told["record"].strip())
    if case.latitude is None or case.longitude is None:
        form.add_error("record", "This record has no place yet. Give latitude and longitude")
        return None
    return Point(case.latitude, case.longitude)


def _answer(request: HttpRequest, point: Point, within_m: float) -> dict[str, Any]:
    person = person_of(request)
    own = visible_to(person, Permission.SEARCH)
    found = near(own, point, within_m)
    elsewhere = len(near(_elsewhere(areas_of(person, Permission.SEARCH)), point, within_m))
    rows = _rows(found[:MOST])
    consulted(
        request, "near", "near here", latitude=point.latitude, longitude=point.longitude,
        within_m=within_m, found=len(found), shown=[row["case"].case_id for row in rows],
    )  # fmt: skip
    return {
        "rows": rows,
        "found": len(found),
        "elsewhere": elsewhere,
        "without_point": own.filter(latitude=None).exists(),
        "point": point,
        "within": length_words(within_m),
        "coverage": list(SourceCoverage.objects.all()),
    }


def _elsewhere(areas: frozenset[str] | None) -> QuerySet[Case]:
    """Return the unsealed records of other areas: they are counted, and nothing else is told."""
    if areas is None:
        return Case.objects.none()
    return Case.objects.filter(sealed=False).exclude(area__in=areas)


def _rows(found: list[Near]) -> list[dict[str, Any]]:
    cases = Case.objects.in_bulk([one.number for one in found])
    now = int(timezone.now().timestamp())
    rows = []
    for one in found:
        case = cases[one.number]
        told = case.texts.get("now", {})
        radius = one.point.precision_m
        rows.append(
            {
                "case": case,
                "name": name_of(case),
                "metres": length_words(one.metres),
                "slack": "" if not radius else f"give or take {length_words(radius)}",
                "ago": time_between(max(now - int(case.reported_at.timestamp()), 0)),
                "kind": KIND_WORD[Kind(case.kind)],
                "category": capital(plain(told.get("category", ""))) or "No class given",
                "premises": capital(plain(told.get("premises", ""))) or "Place not recorded",
            }
        )
    return rows
