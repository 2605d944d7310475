"""The page of rounds: what ran, what runs, and a button that asks for one; and who was on duty.

No record stands on these pages, so that looking at them consults none.
"""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clew.desk.accounts.rules import About, Do, areas_of
from clew.desk.cases.models import Workload
from clew.desk.rounds.ask import ask_for_round
from clew.desk.rounds.forms import StaffOnDuty
from clew.desk.rounds.models import Round, Step
from clew.desk.rounds.say import say_step
from clew.desk.rounds.workload import enter_staff
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import check, guarded, person_of
from clew.errors import UsageRejected

SHOWN = 30
"""Declared: rounds on the page; a month of days."""
AGAIN_S = 5
"""Declared: seconds until the page is asked for again while a round runs."""


@require_safe
@guarded(Do.RUN_ROUND)
def rounds(request: HttpRequest) -> HttpResponse:
    """Show the latest rounds, each with what its steps did."""
    steps = Prefetch("steps", Step.objects.order_by("id"))
    found = list(Round.objects.prefetch_related(steps)[:SHOWN])
    shown = [{"round": one, "lines": [say_step(step) for step in one.steps.all()]} for one in found]
    going = [one for one in found if one.state in (Round.WAITING, Round.RUNNING)]
    told = {
        "shown": shown, "going": going[-1] if going else None, "again": AGAIN_S,
        "round_at": CONFIGURATION.round_at, "inbox": "inbox",
    }  # fmt: skip
    return render(request, "rounds.html", told)


@require_POST
@guarded(Do.RUN_ROUND)
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a round now."""
    person = person_of(request)
    try:
        one = ask_for_round(person.name, purpose=person.purpose)
        messages.success(request, f"{one} was asked for".capitalize())
    except UsageRejected as no:
        messages.warning(request, str(no))
    return redirect("rounds")


@require_http_methods(["GET", "POST"])
@guarded(Do.RUN_ROUND)
def workload(request: HttpRequest) -> HttpResponse:
    """Show open deaths and staff of the latest days, and take in who was on duty."""
    person = person_of(request)
    first = {"day": timezone.localdate()}
    form = StaffOnDuty(request.POST) if request.method == "POST" else StaffOnDuty(initial=first)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        check(request, Do.RUN_ROUND, About(told["unit"]), f"workload:{told['unit']}")
        enter_staff(told["unit"], told["day"], told["staff"], person.name, person.purpose)
        messages.success(request, f"{told['staff']} on duty in {told['unit']} on {told['day']}")
        return redirect("workload")
    days = Workload.objects.order_by("-day", "unit")
    areas = areas_of(person, Do.RUN_ROUND)
    if areas is not None:
        days = days.filter(unit__in=areas)
    status = 422 if form.errors else 200
    return render(request, "workload.html", {"form": form, "days": days[:SHOWN]}, status=status)
