"""Exports of records: several of them, or one case as the coroner's bundle."""

from __future__ import annotations

from typing import IO, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.record_forms import FORMATS, Export, Which
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.release.bundle import bundle_of
from clew.desk.release.disclose import MOST_RECORDS, Handout, exportable, hand_out, needs_act
from clew.desk.release.export_rows import GUARDED, WRITERS, choose, narrowed, new_stamp, write_as
from clew.desk.web.guard import check, consulted, guarded
from clew.disclosure.exports.bundle import bundle_pdf
from clew.errors import UsageRejected

WORDS = {form: words for form, (words, _) in FORMATS.items()}


def page(request: HttpRequest, form: Export, status: int = 200, **told: Any) -> HttpResponse:
    """Show the page that asks why, for whom and in which form."""
    told = {"which": None, "too_many": 0, "count": None, "trouble": "", **told}
    return render(request, "export.html", {"form": form, **told}, status=status)


@guarded(Permission.EXPORT)
def export_cases(request: HttpRequest) -> HttpResponseBase:
    """Export the records of an area and a stretch of time that whoever asks may see."""
    check(request, Permission.SEE_RECORD)
    mine = exportable(request)
    areas = sorted(mine.order_by().values_list("area", flat=True).distinct())
    which = Which(request.GET or None, areas=[area for area in areas if area])
    told = which.cleaned_data if which.is_bound and which.is_valid() else {}
    cases = narrowed(mine, told)
    count = cases.count()
    if which.is_bound and not which.is_valid():
        form = Export(formats=WORDS, guarded=[])
        return page(request, form, 422, which=which, count=0, heading="Export records")
    if count > MOST_RECORDS:
        form = Export(formats=WORDS, guarded=[])
        return page(
            request, form, which=which, count=count, too_many=MOST_RECORDS, heading="Export records"
        )
    form = Export(request.POST or None, formats=WORDS, guarded=list(cases.filter(GUARDED)))
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        consulted(request, "export", "export records", records=count)
        return page(request, form, status, which=which, count=count, heading="Export records")
    asked = form.cleaned_data
    chosen = choose(cases, asked)
    what = ", ".join(
        words
        for words in (
            f"Records of {told['area']}" if told.get("area") else "Records of all areas in reach",
            f"reported since {told['since']}" if told.get("since") else "",
            f"until {told['until']}" if told.get("until") else "",
        )
        if words
    )
    stamp = new_stamp(request, what, asked, len(chosen.ids), chosen.left_out())
    return hand_out(
        request,
        Handout(
            subject=f"export:{stamp.reference}",
            name=FORMATS[asked["format"]][1],
            content_type=WRITERS[asked["format"]][1],
            make=lambda file: write_as(asked["format"], chosen, stamp, file),
            stamp=stamp,
            case_ids=chosen.ids,
            guarded_ids=chosen.guarded_ids,
            because=asked.get("because", ""),
        ),
    )


@guarded(Permission.EXPORT)
def export_case(request: HttpRequest, case_id: str) -> HttpResponseBase:
    """Export one record with what it was compared with, as a bundle for the coroner or as data."""
    case = record_of(request, Permission.SEE_RECORD, case_id)
    check(request, Permission.EXPORT, case.about(), case_subject(case_id))
    formats = {"pdf": "One case for the coroner (PDF), to read and to print", **WORDS}
    form = Export(request.POST or None, formats=formats, guarded=[case] if needs_act(case) else [])
    heading = f"Export {case_id}"
    if request.method != "POST" or not form.is_valid():
        consulted(request, case_subject(case_id), "export")
        return page(request, form, 422 if request.method == "POST" else 200, heading=heading)
    if needs_act(case) and not form.cleaned_data["guarded"]:
        form.add_error("guarded", "This record leaves by an explicit act alone: choose it by name")
        return page(request, form, 422, heading=heading)
    try:
        return hand_out(request, _one(request, case, form.cleaned_data))
    except UsageRejected as cannot:
        return page(request, form, 422, heading=heading, trouble=str(cannot))


def _one(request: HttpRequest, case: Case, asked: dict[str, Any]) -> Handout:
    guarded_ids = [case.case_id] if needs_act(case) else []
    because = asked.get("because", "")
    if asked["format"] == "pdf":
        stamp = new_stamp(request, f"One case for the coroner: {case.case_id}", asked, 1, ())
        told = bundle_of(request, case)
        return Handout(
            subject=case_subject(case.case_id),
            name="bundle.pdf",
            content_type="application/pdf",
            make=lambda file: put(file, bundle_pdf(told.bundle, stamp)),
            stamp=stamp,
            case_ids=[case.case_id, *told.others],
            guarded_ids=guarded_ids,
            because=because,
        )
    chosen = choose(Case.objects.filter(pk=case.pk), asked)
    stamp = new_stamp(request, f"Record {case.case_id}", asked, 1, ())
    return Handout(
        subject=case_subject(case.case_id),
        name=FORMATS[asked["format"]][1],
        content_type=WRITERS[asked["format"]][1],
        make=lambda file: write_as(asked["format"], chosen, stamp, file),
        stamp=stamp,
        case_ids=chosen.ids,
        guarded_ids=guarded_ids,
        because=because,
    )


def put(file: IO[bytes], raw: bytes) -> None:
    """Write what was made whole."""
    file.write(raw)
