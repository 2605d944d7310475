"""One page of what will be lost and when, and the standards in force."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from clew.desk.accounts.rules import Do
from clew.desk.assured import doors
from clew.desk.assured.acts import instant
from clew.desk.assured.forms import KeepForm
from clew.desk.assured.models import Preserved
from clew.desk.assured.shown import CLASS_WORDS, READ_WORDS, actor, death_of
from clew.desk.assured.standards import known
from clew.desk.assured.words import is_gone
from clew.desk.cases.models import Case
from clew.desk.links.comparison import name_of
from clew.desk.links.models import Pair
from clew.desk.links.visible import unsealed_pairs
from clew.desk.web.guard import allowed, consulted, guarded, person_of
from clew.errors import ActRefused

MOST_NAMED = 10
"""Declared: deaths named on the page, the strongest first."""


@guarded(Do.ASSURE)
def preserve(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show what will be lost, with the request for each; a post keeps that one was sent."""
    case = death_of(request, case_id)
    now = timezone.now()
    losses = doors.losses_of(case, now)
    form = KeepForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        words = {loss.keep.id: loss.request for loss in losses}[told["keep"]]
        sent = (told["to_whom"], told["words"].strip() or words)
        try:
            doors.sent_to_keep(case, told["keep"], sent, actor(request), now)
        except ActRefused as refused:
            form.refuse(refused)
        else:
            messages.success(request, "It is kept that this was sent.")
            return redirect("preserve", case.case_id)
    if not form.is_bound:
        consulted(request, f"case:{case.case_id}", "what will be lost")
    sent_rows = list(Preserved.objects.filter(case=case).select_related("by"))
    rows = [
        (
            loss,
            datetime.fromtimestamp(loss.gone_at, UTC),
            is_gone(loss.gone_at - instant(now)),
            [one for one in sent_rows if one.keep_id == loss.keep.id],
        )
        for loss in losses
    ]
    may_see = allowed(request, Do.SEE_LINKS, case.about())
    told_ = {
        "case": case, "name": name_of(case), "rows": rows, "form": form, "now": now,
        "may_see": may_see, "alike": _alike(request, case) if may_see else [],
    }  # fmt: skip
    status = 422 if form.errors else 200
    return render(request, "assured/preserve.html", told_, status=status)


def _alike(request: HttpRequest, case: Case) -> list[str]:
    """Return the deaths that an alert or a judgement brought beside it; none behind a seal."""
    mine = Q(first=case) | Q(second=case)
    found = unsealed_pairs(person_of(request), Do.SEE_LINKS).filter(
        mine, Q(within_budget=True) | Q(state=Pair.LINKED)
    )
    pairs = found.exclude(state=Pair.NOT_TAKEN).select_related("first", "second")
    return [
        name_of(pair.second if pair.first_id == case.pk else pair.first)
        for pair in pairs.order_by("-priority", "pk")[:MOST_NAMED]
    ]


@guarded(Do.ASSURE)
def standards(request: HttpRequest) -> HttpResponse:
    """Show every standard: since when, its lines, the source of each, and how well it is known."""
    consulted(request, "standards", "standards")
    sources, faults = known()
    told = {
        "sources": sorted(sources, key=lambda one: one.standard.in_force_from, reverse=True),
        "faults": faults, "read_words": READ_WORDS, "class_words": CLASS_WORDS,
    }  # fmt: skip
    return render(request, "assured/standards.html", told)
