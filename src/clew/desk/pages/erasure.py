"""Pages of erasure and of the legal hold. They show which facts there are, and no content."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clew.desk.accounts.rules import Permission
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case, Erasure
from clew.desk.records.naming import name_for
from clew.desk.records.visible import record_of
from clew.desk.release.erase import HOLDS, Order, erase, hold, lift_hold
from clew.desk.web.forms import DeskForm, done, form_page, posted, set_choices
from clew.desk.web.guard import consulted, guarded, person_of
from clew.errors import UsageRejected

LISTED = 50
"""Declared: erasures on the page, newest first; the ledger has them all."""


class Erasing(DeskForm):
    """Which fact, and why."""

    fact = forms.TypedChoiceField(
        label="What should be erased?", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose what should be erased"},
        help_text="The content is not shown. Identical facts of the same field are erased too.",
    )  # fmt: skip
    reason = forms.CharField(
        label="Why must it be erased?", max_length=400, widget=forms.Textarea,
        help_text="This is logged, and may be disclosed. Do not repeat the content.",
        error_messages={"required": "Enter the reason"},
    )  # fmt: skip
    sure = forms.BooleanField(
        label="I understand that I cannot undo this",
        error_messages={"required": "Tick the box to confirm that you cannot undo this"},
    )

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.facts = [
            (row.pk, f"{row.field}, recorded {row.recorded_at[:10]}, {row.source or 'no source'}")
            for row in case.facts.filter(erased_at=None)
        ]
        set_choices(self, "fact", self.facts)


@guarded(Permission.ERASE)
def erasures(request: HttpRequest) -> HttpResponse:
    """Show what was erased, and ask in which record something is to be."""
    asked = request.GET.get("record", "").strip()
    if asked:
        record_of(request, Permission.ERASE, asked)
        return redirect("erase", asked)
    consulted(request, "erasures", "erasures")
    rows = Erasure.objects.select_related("case").filter(case__sealed=False).order_by("-id")
    person = person_of(request)
    made = [(one, name_for(one.case, person)) for one in rows[:LISTED]]
    return render(request, "erasures.html", {"made": made})


@guarded(Permission.ERASE)
def erase_fact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Erase the content of one fact, after a reason and a tick."""
    case = record_of(request, Permission.ERASE, case_id)
    form = Erasing(case, posted(request))
    if form.is_valid():
        person, data = person_of(request), form.cleaned_data
        try:
            erasure = erase(
                case_id, data["fact"], Order(person.name, data["reason"], person.purpose)
            )
        except UsageRejected as refused:
            form.add_error(None, str(refused))
        else:
            message = (
                f"Erased: {erasure.field} of {case_id}. It is now shown as withheld everywhere."
            )
            return done(request, message, "erasures")
    if not form.is_bound:
        consulted(request, case_subject(case_id), "erase")
    return form_page(
        request,
        "erase.html",
        form,
        case=case,
        facts=len(form.facts),
        name=name_for(case, person_of(request)),
    )


class HoldForm(DeskForm):
    """Which kind of hold, and why."""

    kind = forms.ChoiceField(
        label="Reason for the hold", choices=list(HOLDS.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose the reason for the hold"},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why?", max_length=150, help_text="For example who gave notice, and when.",
        error_messages={"required": "Enter the reason"},
    )  # fmt: skip

    def __init__(self, held: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if held:
            del self.fields["kind"]


@guarded(Permission.DECIDE)
def legal_hold(request: HttpRequest, case_id: str) -> HttpResponse:
    """Set or lift the hold that forbids every erasure of a record."""
    case = record_of(request, Permission.DECIDE, case_id)
    held = bool(case.legal_hold)
    form = HoldForm(held, posted(request))
    if form.is_valid():
        person = person_of(request)
        order = Order(person.name, form.cleaned_data["reason"], person.purpose)
        if held:
            lift_hold(case, order)
        else:
            hold(case, form.cleaned_data["kind"], order)
        message = f"The hold of {case_id} is {'lifted' if held else 'set'}."
        return done(request, message, "legal-hold", case_id)
    if not form.is_bound:
        consulted(request, case_subject(case_id), "legal hold")
    return form_page(
        request, "legal_hold.html", form, case=case, name=name_for(case, person_of(request))
    )
