"""Searching the records: by words, dates, ages, areas and numbers; and saved searches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.ledger.models import Act
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import visible_to
from clew.desk.release.export_rows import narrowed
from clew.desk.search.find import (
    MOST,
    Found,
    Narrowing,
    area_names,
    did_you_mean,
    find,
    find_concerns,
    read,
)
from clew.desk.search.models import SavedSearch
from clew.desk.search.saved import end_search, save_search, why_not_saved
from clew.desk.search.snippets import snippet
from clew.desk.web.forms import DayField, DeskForm, done, form_page, refusals_in
from clew.desk.web.guard import account_of, consulted, guarded, person_of, write_for
from clew.desk.web.paging import page_of
from clew.disclosure.words import KIND_WORD, capital
from clew.vocabulary.load import words

KINDS = [("", "All kinds"), *[(kind.value, word) for kind, word in KIND_WORD.items()]]
SORTS = [("", "Best match first"), ("newest", "Newest report first")]
DAY = {"invalid": "Enter a date, like 2015-09-14"}
MOST_CHOICES = 8
"""Declared: values of one sort that are listed to narrow by, the most frequent first."""
LONGEST = 200
"""Declared: characters of a search; as long as a saved one may be."""


def _choices(vocabulary: str, every: str) -> list[tuple[str, str]]:
    book = words(vocabulary)
    return [("", every), *((one, capital(book.label(one))) for one in book.ids)]


class SearchForm(DeskForm):
    """What to look for among the records."""

    words = forms.CharField(
        label="Search the records",
        help_text="Words of the report, a record number, a date, or who and where. For example:"
        " male 23 churchyard, 14 September 2015, or near BD-2.",
        max_length=LONGEST,
        required=False,
    )
    area = forms.CharField(label="Area", max_length=60, required=False)
    kind = forms.ChoiceField(label="Kind", choices=KINDS, required=False)
    sex = forms.ChoiceField(label="Sex", choices=_choices("sexes", "Any"), required=False)
    place = forms.ChoiceField(
        label="Kind of place", choices=_choices("premises", "Any"), required=False
    )
    since = DayField(label="Reported from", required=False, error_messages=DAY)
    until = DayField(label="Reported to", required=False, error_messages=DAY)
    sort = forms.ChoiceField(label="Order", choices=SORTS, required=False)

    def narrowing(self) -> Narrowing:
        """Return what narrows the search, beside the words."""
        data = self.cleaned_data
        return Narrowing(
            data["area"].strip(), data["kind"], data["sex"], data["place"], data["since"],
            data["until"], newest_first=data["sort"] == "newest",
        )  # fmt: skip


@guarded(Permission.SEARCH)
def records(request: HttpRequest) -> HttpResponse:
    """Show the records that match, the best first, a page at a time; the search is logged."""
    form, person = SearchForm(request.GET or None), person_of(request)
    asked: dict[str, str] = {}
    found: Found | None = None
    cases = visible_to(person, Permission.SEARCH)
    rows: QuerySet[Case] | list[int] = cases.only("pk")
    context: dict[str, Any] = {"concerns": [], "facets": [], "instead": "", "saves": False}
    if form.is_valid():
        asked = {name: str(value) for name, value in form.cleaned_data.items() if value}
        rows = _narrowed(cases, form.cleaned_data)
        if typed := form.cleaned_data["words"]:
            query = read(typed)
            found = find(person, query, form.narrowing())
            rows = found.cases
            if not found.cases or found.left_out:
                context["instead"] = did_you_mean(person, query, form.narrowing())
            context |= {
                "concerns": find_concerns(person, query),
                "facets": _facets(request, found),
                "saves": not why_not_saved(query),
            }
    elif form.is_bound:
        rows = []
    page = page_of(request, rows)
    listed = _in_order(page.rows)
    counted = {} if found is None else {"found": len(found.cases)}
    consulted(
        request, "records", "cases", asked=asked, shown=[case.case_id for case in listed], **counted
    )
    stems = found.query.stems() if found is not None else frozenset[str]()
    return form_page(
        request, "records/list.html", form, page=page, asked=asked, kinds=dict(KINDS), found=found,
        rows=[(case, identity_of(case, person), _snippet(case, stems)) for case in listed],
        areas=areas_of(person, Permission.SEARCH), most=MOST, place=_place(found, person),
        **context,
    )  # fmt: skip


def _narrowed(cases: QuerySet[Case], asked: dict[str, Any]) -> QuerySet[Case]:
    """Narrow a list without words, by the same columns."""
    wanted = Q()
    if asked["kind"]:
        wanted &= Q(kind=asked["kind"])
    if asked["sex"]:
        wanted &= Q(search_document__sex=asked["sex"])
    if asked["place"]:
        wanted &= Q(search_document__premises=asked["place"])
    return narrowed(cases.filter(wanted), asked).only("pk")


def _in_order(rows: Any) -> list[Case]:
    """Return the records of a page whole; its rows are records or their keys."""
    keys = [row if isinstance(row, int) else row.pk for row in rows]
    cases = Case.objects.select_related("owner").defer("legal_hold").in_bulk(keys)
    return [cases[key] for key in keys if key in cases]


def _snippet(case: Case, stems: frozenset[str]) -> list[tuple[str, bool]]:
    return snippet(case.texts.get("now", {}), stems, case.kind) if stems else []


def _place(found: Found | None, person: Person) -> list[Any]:
    """Return the records whose points "near" went by, a few of them, in words."""
    if found is None or not found.place:
        return []
    return [identity_of(case, person) for case in _in_order(found.place[:3])]


def _facets(request: HttpRequest, found: Found) -> list[dict[str, Any]]:
    """Return what a search can be narrowed by: each value, its count, and its address."""
    names, kinds = area_names(), dict(KINDS)
    says: dict[str, Callable[[str], str]] = {
        "kind": lambda value: kinds.get(value, value),
        "area": lambda value: f"{value} {names.get(value, '')}".strip(),
        "sex": lambda value: capital(words("sexes").label(value)),
        "premises": lambda value: capital(words("premises").label(value)),
        "year": str,
    }
    titles = {
        "area": "Area", "kind": "Kind", "year": "Year of the report", "sex": "Sex",
        "premises": "Kind of place",
    }  # fmt: skip
    given = {name: value for name, value in request.GET.items() if name != "page" and value}
    facets = []
    for name, title in titles.items():
        counts = found.counts.get(name, [])
        if len(counts) < 2:
            continue
        values = []
        for value, count in counts[:MOST_CHOICES]:
            field = "place" if name == "premises" else name
            narrows = {field: value}
            if name == "year":
                narrows = {"since": f"{value}-01-01", "until": f"{value}-12-31"}
            values.append((says[name](value), count, "?" + urlencode({**given, **narrows})))
        facets.append({"title": title, "values": values})
    return facets


# Saved searches.


class SaveForm(DeskForm):
    """Which search to save."""

    words = forms.CharField(max_length=LONGEST, error_messages={"required": "Enter what to find"})


@guarded(Permission.SEARCH)
def searches(request: HttpRequest) -> HttpResponse:
    """Show one's own saved searches."""
    own = SavedSearch.objects.filter(account=account_of(request), ended_at=None)
    consulted(request, "searches", "saved searches")
    return render(request, "records/searches.html", {"searches": list(own), "form": SaveForm()})


@require_POST
@guarded(Permission.SEARCH)
def save(request: HttpRequest) -> HttpResponse:
    """Save a search for places, dates and features; its owner is notified of new matches."""
    form = SaveForm(request.POST)
    if form.is_valid():
        query = read(form.cleaned_data["words"])
        with refusals_in(form), transaction.atomic():
            saved = save_search(account_of(request), query)
            write_for(
                request, Act.ALTERATION, f"search:{saved.pk}", what="search saved",
                asked=saved.typed,
            )  # fmt: skip
            return done(request, f"Saved: {saved.typed}", "searches")
    own = list(SavedSearch.objects.filter(account=account_of(request), ended_at=None))
    return form_page(request, "records/searches.html", form, searches=own)


@require_POST
@guarded(Permission.SEARCH)
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Stop one of one's own saved searches."""
    own = SavedSearch.objects.filter(account=account_of(request), ended_at=None)
    saved = get_object_or_404(own, pk=number)
    with transaction.atomic():
        end_search(saved)
        write_for(
            request, Act.ALTERATION, f"search:{saved.pk}", what="search stopped", asked=saved.typed
        )
    return done(request, f"Stopped: {saved.typed}", "searches")
