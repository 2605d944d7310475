"""One page of what will be lost and when, and the standards in force."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import messages
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
from clew.desk.links.comparison import name_of
from clew.desk.web.guard import consulted, guarded
from clew.errors import ActRefused


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
    told_ = {"case": case, "name": name_of(case), "rows": rows, "form": form, "now": now}
    status = 422 if form.errors else 200
    return render(request, "assured/preserve.html", told_, status=status)


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
