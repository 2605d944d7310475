"""The morning sheet: the last day's deaths, links, owners, and what was not searched. One page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission, Person
from clew.desk.ledger.clock import desk_now, desk_today
from clew.desk.ledger.models import Act
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import visible_to
from clew.desk.review.candidates import present_pairs
from clew.desk.review.comparison import how_often
from clew.desk.review.models import Meeting, Pair
from clew.desk.review.notes import AreaForm, visible_meetings
from clew.desk.review.reasons import reasons_for
from clew.desk.review.shown import show_list, unsealed_pairs, visible_pairs
from clew.desk.web.forms import DayField, done
from clew.desk.web.guard import account_of, guarded, person_of, write_for
from clew.desk.web.menu import ON_SHEET, acts_on

LINES = 30
"""Deaths listed one by one: a day of one large force (mission.md), which fills one printed page."""


class MeetingForm(AreaForm):
    """Who was there, and what was settled."""

    day = DayField(widget=forms.HiddenInput)
    present = forms.CharField(
        label="Who was there?",
        max_length=1_000,
        error_messages={"required": "Enter who was there"},
    )
    outcome = forms.CharField(
        label="What was agreed, and who will do it",
        max_length=8_000,
        error_messages={"required": "Enter what was agreed"},
    )


@guarded(Permission.SEE_LINKS)
def morning(request: HttpRequest) -> HttpResponse:
    """Show the sheet of the last 24 hours, or of a day."""
    return _sheet(request, _day(request.GET.get("day", "")))


def _day(text: str) -> date | None:
    try:
        day: date = DayField().clean(text)
    except forms.ValidationError:
        return None
    return day


def _sheet(request: HttpRequest, day: date | None, form: MeetingForm | None = None) -> HttpResponse:
    """Show the sheet; `form` is the meeting's if it was sent and has errors."""
    until = desk_now()
    since = until - timedelta(hours=24)
    if day is not None:
        start = timezone.make_aware(datetime.combine(day, time()))
        since, until = start - timedelta(seconds=1), start + timedelta(days=1, seconds=-1)
    person = person_of(request)
    cases = visible_to(person, Permission.SEE_LINKS).filter(
        reported_at__gt=since, reported_at__lte=until
    )
    reported = cases.filter(kind="death").select_related("owner")
    deaths = list(reported[: LINES + 1])
    more = reported.count() - LINES if len(deaths) > LINES else 0
    deaths = deaths[:LINES]
    # The present candidates of each death, by the number of its record.
    ids = [case.pk for case in deaths]
    unsealed = unsealed_pairs(person, Permission.SEE_LINKS)
    present = present_pairs(_rarest_first(unsealed), ids, person)
    pairs = [pair for listed in present.values() for pair in listed]
    visible = visible_pairs(person, Permission.SEE_LINKS)
    came_up = visible.filter(within_budget=True, since__gt=since, since__lte=until)
    alerts = list(_rarest_first(came_up)[:10])
    show_list(request, [*pairs, *alerts], "morning", f"morning:{until:%Y-%m-%d}")
    meeting_day = day or desk_today()
    because = reasons_for(person, alerts)
    context = {
        "since": since,
        "until": until,
        "day": day,
        "lines": [_line(case, present.get(case.pk, []), person) for case in deaths],
        "more": more,
        "others": cases.exclude(kind="death").count(),
        "alerts": [
            (
                p,
                identity_of(p.first, person),
                identity_of(p.second, person),
                how_often(p.link),
                because[p.pk],
            )
            for p in alerts
        ],
        "open": visible.filter(state=Pair.OPEN, within_budget=True).count(),
        "second": visible.filter(state=Pair.SECOND).count(),
        "coverage": list(SourceCoverage.objects.all()),
        "meetings": visible_meetings(person, meeting_day).select_related("account"),
        "form": form
        or MeetingForm(person, Permission.JUDGE, initial={"day": meeting_day.isoformat()}),
        "acts": acts_on(request, ON_SHEET),
    }
    return render(request, "review/morning.html", context, status=422 if form else 200)


def _rarest_first(pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    links = pairs.select_related("first", "second", "link__run").defer("link__findings")
    return links.order_by("-priority", "pk")


def _line(case: Case, pairs: Sequence[Pair], person: Person) -> dict[str, Any]:
    """Return one death on the sheet: who and where, its best match, and the next."""
    matches = [
        (pair, identity_of(pair.beside(case), person), how_often(pair.link).short) for pair in pairs
    ]
    return {"case": case, "name": identity_of(case, person), "matches": matches}


@require_POST
@guarded(Permission.JUDGE)
def record_meeting(request: HttpRequest) -> HttpResponse:
    """Record who read the sheet together and what they settled."""
    form = MeetingForm(person_of(request), Permission.JUDGE, request.POST)
    if not form.is_valid():
        return _sheet(request, _day(request.POST.get("day", "")), form)
    with transaction.atomic():
        made = Meeting.objects.create(account=account_of(request), **form.cleaned_data)
        write_for(
            request, Act.DECISION, f"morning:{made.day}",
            what="morning meeting", meeting=made.pk, present=made.present, outcome=made.outcome,
            area=made.area,
        )  # fmt: skip
    return done(request, "Meeting saved.", f"/morning?day={made.day}")
