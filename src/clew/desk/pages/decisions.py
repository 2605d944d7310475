"""The decision log: numbered, with both times, maker, reasons and what was rejected."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission
from clew.desk.ledger.models import Act, Head
from clew.desk.ledger.write import instant_text, write
from clew.desk.pages.record_forms import now_text
from clew.desk.pages.review_forms import DecisionForm
from clew.desk.review.comparison import name_of
from clew.desk.review.models import AlertBudgetDecision, Decision, Pair
from clew.desk.review.shown import visible_pairs
from clew.desk.web.guard import allowed, consulted, guarded, person_of
from clew.desk.web.paging import page_of


@guarded(Permission.SEE_LINKS)
def decisions(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first; and the pairs not taken forward stand on a page of their own."""
    consulted(request, "decisions", "decisions")
    rows = Decision.objects.select_related("maker", "recorded_by", "replaces", "budget")
    budget = AlertBudgetDecision.objects.select_related("decision__maker").last()
    context = {"page": page_of(request, rows), "budget": budget}
    return render(
        request,
        "review/decisions.html",
        {**context, "may_decide": allowed(request, Permission.DECIDE)},
    )


@guarded(Permission.DECIDE)
def add_decision(request: HttpRequest) -> HttpResponse:
    """Record a decision; none is edited, a later one may take its place."""
    form = DecisionForm(request.POST or None, initial={"decided_at": now_text()})
    if request.method == "POST" and form.is_valid():
        made = record_decision(request, form)
        messages.success(request, f"Recorded as decision {made.number}.")
        return redirect("decisions")
    return render(
        request, "review/decision_add.html", {"form": form}, status=422 if form.errors else 200
    )


@transaction.atomic
def record_decision(request: HttpRequest, form: DecisionForm) -> Decision:
    """Number and keep a decision, with its row: all or nothing."""
    told = {**form.cleaned_data}
    share = told.pop("alerts")
    assert isinstance(request.user, Account)
    Head.objects.select_for_update().first()  # whoever numbers waits for who numbered before
    last = Decision.objects.aggregate(last=Max("number"))["last"] or 0
    made = Decision.objects.create(number=last + 1, recorded_by=request.user, **told)
    if share is not None:
        AlertBudgetDecision.objects.create(decision=made, share=share)
    person = person_of(request)
    write(
        Act.DECISION, f"decision:{made.number}", person.name, person.purpose,
        title=made.title, maker=made.maker.name, decided_at=instant_text(made.decided_at),
        replaces=made.replaces.number if made.replaces else None, share=share,
    )  # fmt: skip
    return made


@guarded(Permission.SEE_LINKS)
def not_taken_forward(request: HttpRequest) -> HttpResponse:
    """Show the pairs that two readers put aside, and why."""
    found = visible_pairs(person_of(request), Permission.SEE_LINKS).filter(state=Pair.NOT_TAKEN)
    page = page_of(request, found.select_related("first", "second").order_by("-since", "pk"))
    consulted(request, "pairs", "not taken forward", pairs=[pair.pk for pair in page.rows])
    rows = [(pair, name_of(pair.first), name_of(pair.second)) for pair in page.rows]
    return render(request, "review/not_taken.html", {"page": page, "rows": rows})
