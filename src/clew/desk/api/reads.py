"""The API itself: records, links, alerts, series and deadlines, read as the desk's pages are.

Every list asks the rules that the page of the same rows asks, so a token reads what an account of
its one role and area would see, less what is sealed: no seal is opened to a program.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import NinjaAPI, Path, Query
from ninja.errors import HttpError, ValidationError

from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.api.door import (
    NOT_FOUND,
    TokenInHeader,
    check,
    consulted,
    one_page,
    refuse,
)
from clew.desk.api.shapes import (
    AlertRow,
    Alerts,
    AlertsAsked,
    DeadlineRow,
    Deadlines,
    Fault,
    LinkRow,
    Links,
    LinksAsked,
    RecordLine,
    RecordRow,
    Records,
    RecordsAsked,
    RecordWhole,
    SeriesList,
    SeriesRow,
)
from clew.desk.casework.own_deadlines import deadlines_for
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.facts import items_of
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of, may_name
from clew.desk.records.sealed_words import WITHHELD_NUMBER
from clew.desk.records.visible import open_numbers, unsealed_to, visible_to
from clew.desk.release.export_rows import narrowed
from clew.desk.review.candidates import is_shown_to
from clew.desk.review.comparison import how_often
from clew.desk.review.models import Link, Pair, SeriesView
from clew.desk.review.runs import Run
from clew.desk.review.shown import visible_pairs
from clew.disclosure.words import NAME_COLUMNS
from clew.version import VERSION

MICRO = 1_000_000
"""Micro-bans in a ban."""
FAULTS = {401: Fault, 403: Fault, 404: Fault, 422: Fault}


class DeskApi(NinjaAPI):
    """The API; an answer that a program holds and that has not changed is not sent again."""

    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the answer with the digest of its content, or 304 where the program has it."""
        response = super().create_response(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-cache"
        if response.status_code != 200:
            return response
        etag = f'"{hashlib.sha256(response.content).hexdigest()}"'
        response["ETag"] = etag
        return get_conditional_response(request, etag=etag, response=response) or response


api = DeskApi(
    title="Clew desk",
    version=VERSION,
    description=(
        "Read-only. A token reads what its role and area may see; what is sealed is not in any"
        " answer. Every call is a row of the ledger. A link is a reason to look, not a finding."
    ),
    auth=TokenInHeader(),
    docs_url=None,  # its page would ask another host for its script
    openapi_url="/openapi.json",
    urls_namespace="api",
)


@api.get("/records", response={200: Records, **FAULTS}, operation_id="records")
def records(request: HttpRequest, wanted: Query[RecordsAsked]) -> Records:
    """Records of the token's areas, the latest report first; both days are included."""
    person = check(request, Permission.SEARCH)
    asked = {"area": plain(wanted.area), "since": wanted.since, "until": wanted.until}
    cases = narrowed(visible_to(person, Permission.SEARCH), asked)
    if kind := plain(wanted.kind):
        cases = cases.filter(kind=kind)
    rows, after, before = one_page(
        request, cases, wanted, lambda found: [_row(case, person) for case in found]
    )
    said = {name: str(value) for name, value in {**asked, "kind": kind}.items() if value}
    consulted(person, "records", "records", asked=said, shown=[row.number for row in rows])
    return Records(records=rows, next=after, previous=before)


@api.get("/records/{path:number}", response={200: RecordWhole, **FAULTS}, operation_id="record")
def record(
    request: HttpRequest, number: Annotated[str, Path(min_length=1, max_length=120)]
) -> RecordWhole:
    """One record with what it says now."""
    case = _record(request, Permission.SEE_RECORD, number)
    person = check(request, Permission.SEE_RECORD, case.about(), case_subject(number))
    consulted(person, case_subject(case.case_id), "record")
    columns = {name: str(value) for name, value in case.texts.get("now", {}).items() if value}
    if not may_name(person, case.area):
        columns = {name: text for name, text in columns.items() if name not in NAME_COLUMNS}
    if named := items_of(columns.get("mentions", "")):
        open_ = open_numbers(person, Permission.SEE_RECORD, named)
        columns["mentions"] = ";".join(n if n in open_ else WITHHELD_NUMBER for n in named)
    return RecordWhole(**_row(case, person).dict(), columns=columns)


@api.get("/links", response={200: Links, **FAULTS}, operation_id="links")
def links(request: HttpRequest, wanted: Query[LinksAsked]) -> Links:
    """Pairs in anybody's list now, the most urgent first; or those of one record."""
    person = check(request, Permission.SEE_LINKS)
    pairs = visible_pairs(person, Permission.SEE_LINKS).filter(is_shown_to(person), listed=True)
    if wanted.record:
        case = _record(request, Permission.SEE_LINKS, wanted.record)
        pairs = pairs.filter(Q(first=case) | Q(second=case))
    rows, after, before = one_page(
        request,
        pairs.select_related("first", "second", "link__run").order_by("-priority", "pk"),
        wanted,
        lambda found: [_link(pair, person) for pair in found],
    )
    consulted(person, "queue", "links", pairs=[row.pair for row in rows])
    return Links(links=rows, next=after, previous=before)


@api.get("/alerts", response={200: Alerts, **FAULTS}, operation_id="alerts")
def alerts(request: HttpRequest, wanted: Query[AlertsAsked]) -> Alerts:
    """Alerts and updates that name a record of the token's areas, the latest first."""
    person = check(request, Permission.SEE_LINKS)
    areas = areas_of(person, Permission.SEE_LINKS)
    own = Q() if areas is None else Q(case__area__in=areas) | Q(other__area__in=areas)
    found = Link.objects.filter(
        Q(alert=True) | Q(update=True),
        own,
        unsealed_to(person, Permission.SEE_LINKS, "case__"),
        unsealed_to(person, Permission.SEE_LINKS, "other__"),
    )
    if wanted.since is not None:
        found = found.filter(at__date__gte=wanted.since)
    rows, after, before = one_page(
        request,
        found.select_related("case", "other", "run").order_by("-at", "-pk"),
        wanted,
        lambda listed: [_alert(link, person) for link in listed],
    )
    consulted(person, "queue", "alerts", links=[row.link for row in rows])
    return Alerts(alerts=rows, next=after, previous=before)


@api.get("/series", response={200: SeriesList, **FAULTS}, operation_id="series")
def series(request: HttpRequest) -> SeriesList:
    """Possible series of the latest comparison with a member in the token's areas."""
    person = check(request, Permission.SEE_LINKS)
    run = Run.objects.filter(staged=False, series__isnull=False).order_by("-pk").first()
    views = [] if run is None else list(SeriesView.objects.filter(run=run).order_by("pk"))
    numbers = sorted({number for view in views for number in view.case_ids()})
    seen = Case.objects.filter(
        unsealed_to(person, Permission.SEE_LINKS), case_id__in=numbers
    ).defer("legal_hold")
    members = {case.case_id: case for case in seen}
    areas = areas_of(person, Permission.SEE_LINKS)
    rows = []
    for view in views:
        left = [members[one["case_id"]] for one in view.members if one["case_id"] in members]
        if len(left) > 1 and (areas is None or any(case.area in areas for case in left)):
            listed = [_line(case, person) for case in left]
            rows.append(SeriesRow(series=view.series_id, view=view.view, members=listed))
    consulted(person, "series", "series", shown=[row.series for row in rows])
    return SeriesList(compared_at=run.as_of if run else None, series=rows)


@api.get("/deadlines", response={200: Deadlines, **FAULTS}, operation_id="deadlines")
def deadlines(request: HttpRequest) -> Deadlines:
    """What is due for the token's role and areas, the next first."""
    person, now = check(request, Permission.TAKE_CONCERN), desk_now()
    due = deadlines_for(person, now)
    rows = [
        DeadlineRow(
            kind=one.kind, subject=one.subject, what=one.what, owner=one.owner, area=one.area,
            due=datetime.fromtimestamp(one.due, UTC), overdue=one.due < now.timestamp(),
        )
        for one in sorted((*due.own, *due.team, *due.area), key=lambda one: (one.due, one.key))
    ]  # fmt: skip
    consulted(person, "clock", "deadlines", shown=len(rows))
    return Deadlines(deadlines=rows)


@api.exception_handler(HttpError)
def say_fault(request: HttpRequest, fault: HttpError) -> HttpResponse:
    """Answer a refusal in the shape that the description promises."""
    return api.create_response(request, {"detail": str(fault)}, status=fault.status_code)


@api.exception_handler(ValidationError)
def say_invalid(request: HttpRequest, fault: ValidationError) -> HttpResponse:
    """Say in one sentence what of an address cannot be read."""
    said = "; ".join(f"{one['loc'][-1]}: {one['msg'].lower()}" for one in fault.errors)
    return api.create_response(request, {"detail": f"{said}."}, status=422)


def plain(text: str) -> str:
    """Return what was asked for, or refuse NUL, which no database can be asked for."""
    if "\0" in text:
        raise HttpError(422, "The address holds a character that no record has.")
    return text.strip()


def _record(request: HttpRequest, act: Permission, number: str) -> Case:
    """Return a record that the token may read; any other is answered as one that is not there."""
    person = check(request, act)
    subject = case_subject(plain(number))
    case = Case.objects.filter(case_id=plain(number)).first()
    if case is None:
        refuse(person, act, subject, "there is no such record", request.path)
        raise HttpError(404, NOT_FOUND)
    if (areas := areas_of(person, act)) and not case.sealed and case.area not in areas:
        refuse(person, act, subject, "another area's record", request.path)
        raise HttpError(404, NOT_FOUND)
    check(request, act, case.about(), subject)
    return case


def _line(case: Case, person: Person) -> RecordLine:
    return RecordLine(number=case.case_id, name=identity_of(case, person).line)


def _row(case: Case, person: Person) -> RecordRow:
    line = _line(case, person)
    return RecordRow(
        number=line.number, name=line.name, kind=case.kind, area=case.area,
        reported_at=case.reported_at,
    )  # fmt: skip


def _link(pair: Pair, person: Person) -> LinkRow:
    return LinkRow(
        pair=pair.pk,
        first=_line(pair.first, person),
        second=_line(pair.second, person),
        state=pair.get_state_display(),
        within_budget=pair.within_budget,
        weight_bans=pair.link.micro_bans / MICRO,
        how_often=how_often(pair.link).short,
        compared_at=pair.link.at,
    )


def _alert(link: Link, person: Person) -> AlertRow:
    return AlertRow(
        link=link.pk,
        kind="alert" if link.alert else "update",
        record=_line(link.case, person),
        other=_line(link.other, person),
        at=link.at,
        weight_bans=link.micro_bans / MICRO,
        how_often=how_often(link).short,
    )
