"""The decision log: numbered, with both times, maker, reasons and what was rejected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.models import Act, Head
from clew.desk.ledger.write import instant_text
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.suppression import LEAST, one
from clew.desk.review.models import AlertBudgetDecision, Decision, Pair
from clew.desk.review.notes import AreaForm, visible_decisions
from clew.desk.review.reasons import reasons_for
from clew.desk.review.shown import visible_pairs
from clew.desk.rounds.budget import signed_share
from clew.desk.web.forms import LONGEST, PastTime, done, form_page, now_text, posted
from clew.desk.web.guard import (
    account_of,
    allowed,
    consulted,
    guarded,
    person_of,
    write_for,
)
from clew.desk.web.paging import page_of
from clew.disclosure.curve import cited, read_benchmark, show_curve
from clew.model.values import YEAR_DAYS


@guarded(Permission.SEE_LINKS)
def decisions(request: HttpRequest) -> HttpResponse:
    """Show the log, newest first; the pairs not taken forward have a page of their own."""
    consulted(request, "decisions", "decisions")
    person = person_of(request)
    rows = visible_decisions(person).select_related("maker", "recorded_by", "replaces", "budget")
    context = {
        "page": page_of(request, rows),
        "budget": AlertBudgetDecision.objects.select_related("decision__maker").last(),
        "may_decide": allowed(request, Permission.DECIDE),
        "may_measure": allowed(request, Permission.SEE_MEASURES),
    }
    return render(request, "review/decisions.html", context)


class DecisionForm(AreaForm):
    """A decision as the log keeps it."""

    title = forms.CharField(
        label="What was decided?",
        max_length=200,
        error_messages={"required": "Enter what was decided"},
    )
    about = forms.CharField(
        label="Record or subject it is about, if any", max_length=200, required=False
    )
    maker = forms.ModelChoiceField(
        label="Who decided?",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        empty_label="Choose",
        error_messages={"required": "Choose who decided"},
    )
    decided_at = PastTime(label="When was it decided?")
    rationale = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Enter the reason"}
    )
    options_rejected = forms.CharField(
        label="Options rejected, and why", max_length=LONGEST, required=False
    )
    replaces = forms.IntegerField(
        label="Number of the decision it replaces, if any",
        required=False,
        min_value=1,
        error_messages={"invalid": "The number of the decision must be a number, like 3"},
    )
    alerts = forms.FloatField(
        label="Alert budget (alerts for each hundred deaths), if this decision sets it",
        help_text="Links below the alert limit are still counted and listed.",
        required=False,
        error_messages={"invalid": "The alert budget must be a number, like 1"},
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(person, Permission.DECIDE, *args, **kwargs)
        self.visible = visible_decisions(person)

    def clean_alerts(self) -> float | None:
        """Return the share of deaths, above 0 and at most 1."""
        alerts: float | None = self.cleaned_data["alerts"]
        if alerts is not None and not 0 < alerts <= 100:
            raise forms.ValidationError("The alert budget must be above 0 and at most 100")
        return None if alerts is None else alerts / 100

    def clean_replaces(self) -> Decision | None:
        """Return the decision that is replaced."""
        number = self.cleaned_data["replaces"]
        replaced = self.visible.filter(number=number).first()
        if number is not None and replaced is None:
            raise forms.ValidationError("No decision has this number")
        return replaced


@guarded(Permission.DECIDE)
def add_decision(request: HttpRequest) -> HttpResponse:
    """Record a decision; none is edited, a later one may take its place."""
    form = DecisionForm(person_of(request), posted(request), initial={"decided_at": now_text()})
    if not form.is_valid():
        may_measure = allowed(request, Permission.SEE_MEASURES)
        return form_page(request, "review/decision_add.html", form, may_measure=may_measure)
    data = {**form.cleaned_data}
    share = data.pop("alerts")
    with transaction.atomic():
        Head.objects.select_for_update().first()  # numbered one after another
        last = Decision.objects.aggregate(last=Max("number"))["last"] or 0
        made = Decision.objects.create(number=last + 1, recorded_by=account_of(request), **data)
        if share is not None:
            AlertBudgetDecision.objects.create(decision=made, share=share, cites=cited(share))
        write_for(
            request, Act.DECISION, f"decision:{made.number}", title=made.title,
            maker=made.maker.name, decided_at=instant_text(made.decided_at),
            replaces=made.replaces.number if made.replaces else None, share=share, area=made.area,
        )  # fmt: skip
    return done(request, f"Saved as decision {made.number}.", "decisions")


@require_safe
@guarded(Permission.SEE_MEASURES)
def budgets(request: HttpRequest) -> HttpResponse:
    """Show what each alert budget buys, for the chief officer who signs one."""
    consulted(request, "figures", "budgets")
    now = desk_now()
    since = now - timedelta(days=YEAR_DAYS)
    deaths = one(
        Case.objects.filter(
            kind="death", sealed=False, reported_at__gt=since, reported_at__lte=now
        ).count()
    )
    view = None if deaths is None else show_curve(read_benchmark(), deaths)
    context = {"view": view, "deaths": deaths, "least": LEAST, "share": signed_share()[0],
               "may_decide": allowed(request, Permission.DECIDE)}  # fmt: skip
    return render(request, "review/budgets.html", context)


@guarded(Permission.SEE_LINKS)
def not_taken_forward(request: HttpRequest) -> HttpResponse:
    """Show the pairs that two readers put aside, and why."""
    person = person_of(request)
    pairs = visible_pairs(person, Permission.SEE_LINKS).filter(state=Pair.NOT_TAKEN)
    page = page_of(request, pairs.select_related("first", "second").order_by("-since", "pk"))
    consulted(request, "pairs", "not taken forward", pairs=[pair.pk for pair in page.rows])
    because = reasons_for(person, page.rows)
    rows = [
        (pair, identity_of(pair.first, person), identity_of(pair.second, person), because[pair.pk])
        for pair in page.rows
    ]
    return render(request, "review/not_taken.html", {"page": page, "rows": rows})
