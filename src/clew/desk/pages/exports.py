"""Exports: records of an area, one case, the comparison of a pair, and the morning sheet."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from clew.desk.accounts.rules import Permission, Person
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject, missing_pair_subject
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.release.bundle import bundle_of
from clew.desk.release.disclose import MOST_RECORDS, Handout, exportable, hand_out, needs_act
from clew.desk.release.export_rows import (
    GUARDED,
    WRITERS,
    ExportSelection,
    choose,
    link_row,
    narrowed,
    new_stamp,
    record_row,
    write_as,
)
from clew.desk.release.morning_sheet import sheet_of
from clew.desk.review.models import Pair
from clew.desk.review.ranks import ranks_for
from clew.desk.review.shown import subject_of
from clew.desk.settings import CONFIGURATION
from clew.desk.web.forms import DayField, DeskForm, posted, set_choices
from clew.desk.web.guard import Refused, check, consulted, guarded, person_of
from clew.disclosure.exports.bundle import bundle_pdf
from clew.disclosure.exports.pdf import matrix_pdf, sheet_pdf, show_comparison
from clew.disclosure.exports.text import Stamp
from clew.disclosure.words import Clock
from clew.errors import UsageRejected

SHEET_HOURS = 24
"""The morning sheet covers the last day (issue of the desk, point 4)."""
FORMATS = {
    "xlsx": ("Workbook (xlsx), to read", "records.xlsx"),
    "csv": ("CSV in an archive, for other programs", "records.zip"),
    "geojson": ("GeoJSON, for maps and geographic systems", "records.geojson"),
    "kml": ("KML, for map viewers", "records.kml"),
    "i2": ("i2 Analyst's Notebook, entities and links as CSV", "i2.zip"),
}
"""Form of a file, its words, and the end of its name."""
WORDS = {form: words for form, (words, _) in FORMATS.items()}


class Export(DeskForm):
    """Why something leaves and who gets it; both stand on the file and in the ledger."""

    format = forms.ChoiceField(
        label="File format",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a file format"},
    )
    purpose = forms.CharField(
        label="Purpose",
        error_messages={"required": "Enter the purpose"},
        help_text="For example: the nine o'clock meeting. It is shown on the file and in the"
        " ledger.",
        max_length=200,
    )
    given_to = forms.CharField(
        label="Who will receive it?",
        error_messages={"required": "Enter who will receive it"},
        help_text="A person, a team or an organisation. This can be you.",
        max_length=200,
    )
    guarded = forms.MultipleChoiceField(
        label="Sealed records and living people",
        help_text="These are left out unless you select them.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    because = forms.CharField(
        label="Why must they be included?",
        help_text="Required only if you select one of them.",
        max_length=300,
        required=False,
    )

    def __init__(
        self, *args: Any, formats: dict[str, str], guarded: list[Case], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "format", list(formats.items()))
        if len(formats) == 1:
            self.fields["format"].initial = next(iter(formats))
        if guarded:
            set_choices(self, "guarded", [(case.case_id, case.case_id) for case in guarded])
        else:
            del self.fields["guarded"], self.fields["because"]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where a guarded record was chosen."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("guarded") and not data.get("because"):
            self.add_error("because", "Enter why they must be included, or select none of them")
        return data


class Which(DeskForm):
    """Which records of those that may leave: by area, time of report and kind."""

    area = forms.ChoiceField(label="Area", required=False)
    since = DayField(label="Reported since", required=False, help_text="For example 2014-06-01")
    until = DayField(label="Reported until", required=False)

    def __init__(self, *args: Any, areas: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "area", [("", "All areas"), *((area, area) for area in areas)])


def _page(
    request: HttpRequest, heading: str, form: Export, which: Which | None = None, **context: Any
) -> HttpResponse:
    """Show the page that asks why, for whom and in which form."""
    context = {"too_many": 0, "count": None, "trouble": "", **context}
    faulty = form.errors or context["trouble"] or (which is not None and which.errors)
    context |= {"heading": heading, "form": form, "which": which}
    return render(request, "export.html", context, status=422 if faulty else 200)


def _data_file(
    request: HttpRequest,
    subject: str,
    chosen: ExportSelection,
    stamp: Stamp,
    data: dict[str, Any],
    **more: Any,
) -> Handout:
    """Return the file of some records in one of the forms for other programs."""
    person = person_of(request)
    return Handout(
        subject=subject,
        name=FORMATS[data["format"]][1],
        content_type=WRITERS[data["format"]][1],
        make=lambda file: write_as(data["format"], chosen, stamp, file, person),
        stamp=stamp,
        case_ids=chosen.ids,
        guarded_ids=chosen.guarded_ids,
        because=data.get("because", ""),
        more=more,
    )


@guarded(Permission.EXPORT)
def export_cases(request: HttpRequest) -> HttpResponseBase:
    """Export the records of an area and a stretch of time that one may see."""
    check(request, Permission.SEE_RECORD)
    mine = exportable(request)
    areas = sorted(mine.order_by().values_list("area", flat=True).distinct())
    which = Which(request.GET or None, areas=[area for area in areas if area])
    wanted = which.cleaned_data if which.is_valid() else {}
    cases = narrowed(mine, wanted)
    count, heading = cases.count(), "Export records"
    if which.errors:
        return _page(request, heading, Export(formats=WORDS, guarded=[]), which, count=0)
    if count > MOST_RECORDS:
        form = Export(formats=WORDS, guarded=[])
        return _page(request, heading, form, which, count=count, too_many=MOST_RECORDS)
    form = Export(posted(request), formats=WORDS, guarded=list(cases.filter(GUARDED)))
    if not form.is_valid():
        consulted(request, "export", "export records", records=count)
        return _page(request, heading, form, which, count=count)
    data = form.cleaned_data
    chosen = choose(cases, data)
    parts = (
        f"Records of {wanted['area']}"
        if wanted.get("area")
        else "Records of all areas you can see",
        f"reported since {wanted['since']}" if wanted.get("since") else "",
        f"until {wanted['until']}" if wanted.get("until") else "",
    )
    what = ", ".join(part for part in parts if part)
    stamp = new_stamp(request, what, data, len(chosen.ids), chosen.left_out())
    return hand_out(request, _data_file(request, f"export:{stamp.reference}", chosen, stamp, data))


@guarded(Permission.EXPORT)
def export_case(request: HttpRequest, case_id: str) -> HttpResponseBase:
    """Export one record with what it was compared with, as a bundle for the coroner or as data."""
    case, subject = record_of(request, Permission.SEE_RECORD, case_id), case_subject(case_id)
    check(request, Permission.EXPORT, case.about(), subject)
    formats = {"pdf": "One case for the coroner (PDF), to read and to print", **WORDS}
    form = Export(posted(request), formats=formats, guarded=[case] if needs_act(case) else [])
    heading = f"Export {case_id}"
    if not form.is_valid():
        consulted(request, subject, "export")
        return _page(request, heading, form)
    data = form.cleaned_data
    if needs_act(case) and not data["guarded"]:
        form.add_error(
            "guarded", "Select this record to include it. It is sealed, or about a living person"
        )
        return _page(request, heading, form)
    try:
        if data["format"] != "pdf":
            chosen = choose(Case.objects.filter(pk=case.pk), data)
            stamp = new_stamp(request, f"Record {case_id}", data, 1, ())
            return hand_out(request, _data_file(request, subject, chosen, stamp, data))
        stamp = new_stamp(request, f"One case for the coroner: {case_id}", data, 1, ())
        notice = bundle_of(request, case)
        handout = Handout(
            subject=subject,
            name="bundle.pdf",
            content_type="application/pdf",
            make=lambda file: file.write(bundle_pdf(notice.bundle, stamp)),
            stamp=stamp,
            case_ids=[case_id, *notice.others],
            guarded_ids=[case_id] if needs_act(case) else [],
            because=data.get("because", ""),
        )
        return hand_out(request, handout)
    except UsageRejected as cannot:
        return _page(request, heading, form, trouble=str(cannot))


def pair_of(request: HttpRequest, pk: int, *acts: Permission) -> Pair:
    """Return a pair, if both its records allow each act; a hidden one reads as 'not found'.

    Raises
    ------
    Refused
        If there is none, or one of its records may not be seen.
    """
    pairs = Pair.objects.select_related("link__run", "link__case", "link__other", "first", "second")
    pair = pairs.filter(pk=pk).first()
    if pair is None:
        subject = missing_pair_subject(pk)
        raise Refused.because("there is no such pair", acts[0], subject, hidden=True)
    # A sealed record is asked for first: a refusal by area would tell that the pair is there.
    for case in sorted((pair.first, pair.second), key=lambda case: not case.sealed):
        for act in acts:
            subject = subject_of(pair) if case.sealed else case_subject(case.case_id)
            check(request, act, case.about(), subject)
    return pair


def pair_pdf(pair: Pair, stamp: Stamp, person: Person) -> bytes:
    """Return the comparison of a pair as it was last computed, ranked for who exports it."""
    link, clock = pair.link, Clock(ZoneInfo(CONFIGURATION.timezone))
    rank = ranks_for(person, [link.case_id])(link)
    rows = link_row(link, pair.state, rank), record_row(link.case), record_row(link.other)
    return matrix_pdf(show_comparison(*rows, clock), stamp)


@guarded(Permission.EXPORT)
def export_pair(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Export the comparison of two records."""
    pair = pair_of(request, pk, Permission.SEE_RECORD, Permission.SEE_LINKS, Permission.EXPORT)
    kept = [case for case in (pair.first, pair.second) if needs_act(case)]
    formats = {"pdf": "The comparison side by side (PDF), to read and to print", **WORDS}
    form = Export(posted(request), formats=formats, guarded=kept)
    heading = f"Export the comparison of {pair}"
    if not form.is_valid():
        consulted(request, subject_of(pair), "export")
        return _page(request, heading, form)
    data = form.cleaned_data
    if set(data.get("guarded") or ()) != {case.case_id for case in kept}:
        form.add_error("guarded", "Select both records. A comparison includes both")
        return _page(request, heading, form)
    try:
        chosen = choose(Case.objects.filter(pk__in=[pair.first_id, pair.second_id]), data)
        stamp = new_stamp(request, f"The comparison of {pair}", data, 2, ())
        if data["format"] != "pdf":
            handout = _data_file(request, subject_of(pair), chosen, stamp, data, link=pair.link_id)
            return hand_out(request, handout)
        handout = Handout(
            subject=subject_of(pair),
            name="comparison.pdf",
            content_type="application/pdf",
            make=lambda file: file.write(pair_pdf(pair, stamp, person_of(request))),
            stamp=stamp,
            case_ids=chosen.ids,
            guarded_ids=chosen.guarded_ids,
            because=data.get("because", ""),
            more={"link": pair.link_id},
        )
        return hand_out(request, handout)
    except UsageRejected as cannot:
        return _page(request, heading, form, trouble=str(cannot))


NINE, WHOLE_DAY = "nine", "day"


class SheetExport(Export):
    """The morning sheet, of the last day or up to the morning of another."""

    day = DayField(
        label="Date of the summary",
        required=False,
        help_text="For example 2014-06-20. Leave empty for the last 24 hours.",
    )
    period = forms.ChoiceField(
        label="Which hours?",
        choices=[
            (NINE, "The 24 hours up to 09:00 of that day"),
            (WHOLE_DAY, "The whole day, as the page shows it"),
        ],
        initial=NINE,
        required=False,
        widget=forms.RadioSelect,
    )


@guarded(Permission.EXPORT)
def export_sheet(request: HttpRequest) -> HttpResponseBase:
    """Export the morning sheet as a PDF."""
    check(request, Permission.SEE_LINKS)
    formats = {"pdf": "One page (PDF), to print"}
    asked = request.GET.get("day", "")
    initial = {"day": asked, "period": WHOLE_DAY} if asked else {}
    form = SheetExport(posted(request), formats=formats, guarded=[], initial=initial)
    heading = "Print the morning summary"
    if not form.is_valid():
        consulted(request, "sheet", "export")
        return _page(request, heading, form)
    day = form.cleaned_data.get("day")
    whole = form.cleaned_data.get("period") == WHOLE_DAY
    until = desk_now()
    if day:
        end = datetime.combine(day, time(23, 59, 59) if whole else time(9))
        until = timezone.make_aware(end)
    since = until - timedelta(hours=SHEET_HOURS)
    sheet = sheet_of(exportable(request), since, until, person_of(request))
    what = f"Morning summary of {timezone.localtime(until):%Y-%m-%d}"
    stamp = new_stamp(request, what, form.cleaned_data, len(sheet.deaths), ())
    handout = Handout(
        subject="sheet",
        name="sheet.pdf",
        content_type="application/pdf",
        make=lambda file: file.write(sheet_pdf(sheet, stamp)),
        stamp=stamp,
        case_ids=[death.case_id for death in sheet.deaths],
    )
    try:
        return hand_out(request, handout)
    except UsageRejected as cannot:
        return _page(request, heading, form, trouble=str(cannot))
