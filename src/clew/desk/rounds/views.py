"""The page of rounds: what ran, what runs, and a button that asks for one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from clew.desk.accounts.rules import Do
from clew.desk.rounds.ask import ask_for_round
from clew.desk.rounds.models import Round, Step
from clew.desk.rounds.say import say_step
from clew.desk.settings import CONFIGURATION
from clew.desk.web.guard import consulted, guarded, person_of
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
    consulted(request, "rounds", "rounds")
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
