"""Exports of links: the comparison of a pair, and the morning sheet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from clew.desk.accounts.rules import AccessDecision, Permission
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.exports import WORDS, page, put
from clew.desk.pages.record_forms import FORMATS, Export
from clew.desk.records.models import Case
from clew.desk.release.disclose import Handout, exportable, hand_out, needs_act
from clew.desk.release.export_rows import WRITERS, choose, link_row, new_stamp, record_row, write_as
from clew.desk.release.morning_sheet import sheet_of
from clew.desk.review.models import Pair
from clew.desk.review.shown import subject_of
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import Refused, check, consulted, guarded
from clew.disclosure.exports.pdf import matrix_pdf, sheet_pdf, show_comparison
from clew.disclosure.exports.text import Stamp
from clew.disclosure.words import Clock
from clew.errors import UsageRejected

SHEET_HOURS = 24
"""The morning sheet tells of the last day (issue of the desk, point 4)."""


def pair_of(request: HttpRequest, pk: int, *acts: Permission) -> Pair:
    """Return a pair, if both its records allow each act; otherwise it reads as 'not found'.

    Raises
    ------
    Refused
        If there is none, or one of its records may not be seen.
    """
    found = Pair.objects.select_related("link__run", "link__case", "link__other", "first", "second")
    pair = found.filter(pk=pk).first()
    if pair is None:
        ruling = AccessDecision(False, "there is no such pair", hidden=True)
        raise Refused(ruling, acts[0], f"pair:{pk}")
    for case in (pair.first, pair.second):
        for act in acts:
            check(request, act, case.about(), case_subject(case.case_id))
    return pair


@guarded(Permission.EXPORT)
def export_pair(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Export the comparison of two records."""
    pair = pair_of(request, pk, Permission.SEE_RECORD, Permission.SEE_LINKS, Permission.EXPORT)
    kept = [case for case in (pair.first, pair.second) if needs_act(case)]
    formats = {"pdf": "The comparison side by side (PDF), to read and to print", **WORDS}
    form = Export(request.POST or None, formats=formats, guarded=kept)
    heading = f"Export the comparison of {pair}"
    if request.method != "POST" or not form.is_valid():
        consulted(request, subject_of(pair), "export")
        return page(request, form, 422 if request.method == "POST" else 200, heading=heading)
    asked = form.cleaned_data
    if set(asked.get("guarded") or ()) != {case.case_id for case in kept}:
        form.add_error("guarded", "Both records stand in a comparison: choose each by name")
        return page(request, form, 422, heading=heading)
    try:
        return hand_out(request, _pair_handout(request, pair, asked))
    except UsageRejected as cannot:
        return page(request, form, 422, heading=heading, trouble=str(cannot))


def _pair_handout(request: HttpRequest, pair: Pair, asked: dict[str, Any]) -> Handout:
    ids = [pair.first.case_id, pair.second.case_id]
    both: QuerySet[Case] = Case.objects.filter(pk__in=[pair.first_id, pair.second_id])
    chosen = choose(both, asked)
    stamp = new_stamp(request, f"The comparison of {pair}", asked, 2, ())
    form = asked["format"]
    pdf = form == "pdf"
    return Handout(
        subject=subject_of(pair),
        name="comparison.pdf" if pdf else FORMATS[form][1],
        content_type="application/pdf" if pdf else WRITERS[form][1],
        make=lambda file: (
            put(file, pair_pdf(pair, stamp)) if pdf else write_as(form, chosen, stamp, file)
        ),
        stamp=stamp,
        case_ids=ids,
        guarded_ids=chosen.guarded_ids,
        because=asked.get("because", ""),
        more={"link": pair.link_id},
    )


def pair_pdf(pair: Pair, stamp: Stamp) -> bytes:
    """Return the comparison of a pair as it was last computed."""
    link = pair.link
    clock = Clock(ZoneInfo(CONFIGURATION.timezone))
    row = link_row(link, pair.state)
    return matrix_pdf(
        show_comparison(row, record_row(link.case), record_row(link.other), clock), stamp
    )


class SheetExport(Export):
    """The morning sheet, of the last day or up to the morning of another."""

    day = forms.DateField(
        label="Of which morning?",
        required=False,
        help_text="For instance 2014-06-20, from nine to nine. Leave it empty for the last 24 hours"
        " until now.",
    )


@guarded(Permission.EXPORT)
def export_sheet(request: HttpRequest) -> HttpResponseBase:
    """Export the morning sheet as a PDF."""
    check(request, Permission.SEE_LINKS)
    form = SheetExport(
        request.POST or None, formats={"pdf": "One sheet (PDF), to print"}, guarded=[]
    )
    if request.method != "POST" or not form.is_valid():
        consulted(request, "sheet", "export")
        return _sheet_page(request, form, 422 if request.method == "POST" else 200)
    day = form.cleaned_data.get("day")
    until = timezone.now()
    if day:
        until = timezone.make_aware(datetime.combine(day, time(9)))
    cases = exportable(request)
    sheet = sheet_of(cases, until - timedelta(hours=SHEET_HOURS), until)
    what = f"Morning sheet of {timezone.localtime(until):%Y-%m-%d}"
    stamp = new_stamp(request, what, form.cleaned_data, len(sheet.deaths), ())
    try:
        return hand_out(
            request,
            Handout(
                subject="sheet",
                name="sheet.pdf",
                content_type="application/pdf",
                make=lambda file: put(file, sheet_pdf(sheet, stamp)),
                stamp=stamp,
                case_ids=[death.case_id for death in sheet.deaths],
            ),
        )
    except UsageRejected as cannot:
        return _sheet_page(request, form, 422, trouble=str(cannot))


def _sheet_page(
    request: HttpRequest, form: SheetExport, status: int, trouble: str = ""
) -> HttpResponse:
    return page(request, form, status, heading="Print the morning sheet", trouble=trouble)
