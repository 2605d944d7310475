"""The morning sheet: the last day's deaths, links, owners, and what was not searched. One page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.records.visible import visible_to
from clew.desk.review.comparison import how_often, name_of
from clew.desk.review.models import Meeting, Pair
from clew.desk.review.shown import show_list, unsealed_pairs, visible_pairs
from clew.desk.web.guard import guarded, person_of
from clew.desk.web.menu import ON_SHEET, acts_on
from clew.disclosure.words import capital, plain

LINES = 30
"""Deaths told one by one: a day of one large force (mission.md), which fills one printed page."""


class MeetingForm(forms.Form):
    """Who was there, and what was settled."""

    day = forms.DateField(widget=forms.HiddenInput)
    present = forms.CharField(
        label="Who was there", max_length=1_000, error_messages={"required": "Say who was there"}
    )
    outcome = forms.CharField(
        label="What was settled, and who does it",
        max_length=8_000,
        error_messages={"required": "Say what was settled"},
    )


@dataclass(frozen=True, slots=True)
class MorningLine:
    """One death on the sheet: who, what is known of it, its best match, and its owner."""

    case: Case
    name: str
    about: str
    pair: Pair | None
    match: str
    chance: str


@guarded(Permission.SEE_LINKS)
def morning(request: HttpRequest) -> HttpResponse:
    """Show the sheet of the last 24 hours, or of a day."""
    return sheet_page(request, _day(request.GET.get("day", "")), {})


def sheet_page(
    request: HttpRequest, day: date | None, given: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Answer with the sheet; `given` holds the meeting's form if it had an error."""
    since, until = _span(day)
    person = person_of(request)
    cases = visible_to(person, Permission.SEE_LINKS).filter(
        reported_at__gt=since, reported_at__lte=until
    )
    deaths = list(cases.filter(kind="death").select_related("owner")[: LINES + 1])
    more = cases.filter(kind="death").count() - LINES if len(deaths) > LINES else 0
    pairs = _pairs(request, deaths[:LINES])
    waiting = visible_pairs(person, Permission.SEE_LINKS)
    fresh = _alerts(request, since, until)
    show_list(request, [*pairs.values(), *fresh], "morning", f"morning:{until:%Y-%m-%d}")
    told_day = day or timezone.localdate()
    context = {
        "since": since,
        "until": until,
        "day": day,
        "lines": [_line(case, pairs.get(case.pk)) for case in deaths[:LINES]],
        "more": more,
        "others": cases.exclude(kind="death").count(),
        "alerts": [(p, name_of(p.first), name_of(p.second), how_often(p.link)) for p in fresh],
        "open": waiting.filter(state=Pair.OPEN, within_budget=True).count(),
        "second": waiting.filter(state=Pair.SECOND).count(),
        "coverage": list(SourceCoverage.objects.all()),
        "meetings": Meeting.objects.filter(day=told_day).select_related("account"),
        "form": MeetingForm(initial={"day": told_day.isoformat()}),
        "acts": acts_on(request, ON_SHEET),
        **given,
    }
    return render(request, "review/morning.html", context, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _span(day: date | None) -> tuple[datetime, datetime]:
    """Return the local day, or the last 24 hours."""
    if day is None:
        now = timezone.now()
        return now - timedelta(hours=24), now
    start = timezone.make_aware(datetime.combine(day, time()))
    return start - timedelta(seconds=1), start + timedelta(days=1, seconds=-1)


def _pairs(request: HttpRequest, deaths: Sequence[Case]) -> dict[int, Pair]:
    """Return the rarest pair of each death, by the number of its record; one query."""
    ids = [case.pk for case in deaths]
    asked = unsealed_pairs(person_of(request), Permission.SEE_LINKS)
    found = asked.filter(Q(first__in=ids) | Q(second__in=ids))
    best: dict[int, Pair] = {}
    for pair in _told(found).order_by("-priority", "pk"):
        best.setdefault(pair.first_id, pair)
        best.setdefault(pair.second_id, pair)
    return {number: pair for number, pair in best.items() if number in ids}


def _alerts(request: HttpRequest, since: datetime, until: datetime) -> list[Pair]:
    """Return the pairs within the budget that came up, or came back, in that time."""
    found = visible_pairs(person_of(request), Permission.SEE_LINKS).filter(
        within_budget=True, since__gt=since, since__lte=until
    )
    return list(_told(found).order_by("-priority", "pk")[:10])


def _told(pairs: Any) -> Any:
    return pairs.select_related("first", "second", "link__run").defer("link__findings")


def _line(case: Case, pair: Pair | None) -> MorningLine:
    told = case.texts.get("now", {})
    age = f"{told['age_years']}" if told.get("age_years") else ""
    parts = (plain(told.get("sex", "")), age, plain(told.get("premises", "")), case.area)
    about = capital(", ".join(part for part in parts if part)) or "Little recorded"
    if pair is None:
        return MorningLine(case, name_of(case), about, None, "None stands out", "")
    other = pair.second if pair.first_id == case.pk else pair.first
    return MorningLine(case, name_of(case), about, pair, name_of(other), how_often(pair.link).short)


@require_POST
@guarded(Permission.JUDGE)
def record_meeting(request: HttpRequest) -> HttpResponse:
    """Write down who read the sheet together and what they settled."""
    form = MeetingForm(request.POST)
    day = _day(request.POST.get("day", ""))
    if not form.is_valid():
        return sheet_page(request, day, {"form": form}, 422)
    assert isinstance(request.user, Account)
    with transaction.atomic():
        made = Meeting.objects.create(account=request.user, **form.cleaned_data)
        person = person_of(request)
        write(
            Act.DECISION, f"morning:{made.day}", person.name, person.purpose,
            what="morning meeting", meeting=made.pk, present=made.present, outcome=made.outcome,
        )  # fmt: skip
    messages.success(request, "The meeting is written down.")
    return redirect(f"/morning?day={made.day}")
