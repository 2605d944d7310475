"""Near here: what the records hold around a place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.clock import desk_now
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.naming import identity_of
from clew.desk.records.near import Near, near
from clew.desk.records.visible import record_of, visible_to
from clew.desk.web.forms import DeskForm, form_page
from clew.desk.web.guard import consulted, guarded, person_of
from clew.disclosure.figures.map import length_words
from clew.disclosure.words import KIND_WORD, capital, plain, time_between
from clew.model.case import Kind
from clew.model.values import Point

MOST = 50
"""Declared: records near a place that are listed; the rest are counted."""
RADII = [("250", "250 m"), ("500", "500 m"), ("1000", "1 km"), ("2000", "2 km"), ("5000", "5 km")]


class NearForm(DeskForm):
    """A point, or a record that has one, and how far to look."""

    latitude = forms.FloatField(label="Latitude", required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label="Longitude", required=False, min_value=-180, max_value=180)
    record = forms.CharField(label="Or a record number", max_length=120, required=False)
    within = forms.ChoiceField(label="How far to look", choices=RADII, initial="500")

    def clean(self) -> dict[str, Any]:
        """Ask for a point or a record."""
        data: dict[str, Any] = super().clean() or {}
        half = (data.get("latitude") is None) != (data.get("longitude") is None)
        if half and not self.errors:
            self.add_error("longitude", "Enter both latitude and longitude, or leave both empty")
        if data.get("latitude") is None and not data.get("record") and not self.errors:
            self.add_error("latitude", "Enter a latitude and longitude, or a record number")
        return data


@guarded(Permission.SEARCH)
def near_here(request: HttpRequest) -> HttpResponse:
    """Show records around a point, nearest first; the search is a row of the ledger."""
    form = NearForm(request.GET or None, initial={"within": "500"})
    context: dict[str, Any] = {"rows": None, "coverage": []}
    if form.is_valid():
        point, start = _point(request, form)
        if point is not None:
            within_m, person = float(form.cleaned_data["within"]), person_of(request)
            own, areas = visible_to(person, Permission.SEARCH), areas_of(person, Permission.SEARCH)
            # The record that it started from is not one of those near it.
            found = [hit for hit in near(own, point, within_m) if hit.number != start]
            rows = _rows(found[:MOST], person)
            # Unsealed records of other areas are only counted.
            elsewhere = Case.objects.none()
            if areas is not None:
                elsewhere = Case.objects.filter(sealed=False).exclude(area__in=areas)
            consulted(
                request, "near", "near here", latitude=point.latitude, longitude=point.longitude,
                within_m=within_m, found=len(found), shown=[row["case"].case_id for row in rows],
            )  # fmt: skip
            context = {
                "rows": rows,
                "found": len(found),
                "elsewhere": len(near(elsewhere, point, within_m)),
                "without_point": own.filter(latitude=None).exists(),
                "point": point,
                "within": length_words(within_m),
                "coverage": list(SourceCoverage.objects.all()),
            }
    return form_page(request, "records/near.html", form, **context)


def _point(request: HttpRequest, form: NearForm) -> tuple[Point | None, int | None]:
    """Return the point of the form, or that of its record with the record's key.

    None, with the error in the form, where the record has none.
    """
    data = form.cleaned_data
    if data["latitude"] is not None:
        return Point(data["latitude"], data["longitude"]), None
    case = record_of(request, Permission.SEARCH, data["record"].strip())
    if case.latitude is None or case.longitude is None:
        form.add_error("record", "This record has no location. Enter latitude and longitude")
        return None, None
    return Point(case.latitude, case.longitude), case.pk


def _rows(found: list[Near], person: Person) -> list[dict[str, Any]]:
    cases = Case.objects.in_bulk([hit.number for hit in found])
    now = int(desk_now().timestamp())
    rows = []
    for hit in found:
        case = cases[hit.number]
        texts = case.texts.get("now", {})
        radius = hit.point.precision_m
        rows.append(
            {
                "case": case,
                "name": identity_of(case, person),
                "metres": length_words(hit.metres),
                "slack": "" if not radius else f"give or take {length_words(radius)}",
                "ago": time_between(max(now - int(case.reported_at.timestamp()), 0)),
                "kind": KIND_WORD[Kind(case.kind)],
                "category": capital(plain(texts.get("category", ""))) or "Class not recorded",
            }
        )
    return rows
