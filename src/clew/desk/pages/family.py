"""A record's page of its family: contact with next of kin, promises, and the concerns about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Permission
from clew.desk.casework.concerns import visible_concerns
from clew.desk.casework.deadlines import time_left
from clew.desk.casework.family import contact, keep_promise, promise
from clew.desk.casework.models.concerns import Promise
from clew.desk.ledger.clock import desk_now
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.models import Case
from clew.desk.records.naming import identity_of
from clew.desk.records.visible import record_of
from clew.desk.web.forms import (
    LONGEST,
    PastTime,
    PrefixedForm,
    TimeField,
    done,
    now_text,
    refusals_in,
)
from clew.desk.web.guard import Refused, consulted, guarded, person_of


class ContactForm(PrefixedForm):
    """Next of kin were spoken to."""

    to = forms.CharField(
        label="Who did you speak to?",
        max_length=200,
        error_messages={"required": "Enter who you spoke to"},
    )
    at = PastTime(label="When")
    said = forms.CharField(
        label="What you told them, and what they asked",
        max_length=LONGEST,
        error_messages={"required": "Enter what was said"},
    )
    again_at = TimeField(label="When will you contact them again?", required=False)
    because = forms.CharField(
        label="Or why you will not contact them again", max_length=400, required=False
    )


class PromiseForm(PrefixedForm):
    """Something that was promised to a family."""

    to = forms.CharField(
        label="Who was it promised to?",
        max_length=200,
        error_messages={"required": "Enter who it was promised to"},
    )
    what = forms.CharField(
        label="What was promised?",
        max_length=400,
        error_messages={"required": "Enter what was promised"},
    )
    due = TimeField(label="Deadline")


class KeptForm(PrefixedForm):
    """How a promise was kept."""

    how = forms.CharField(
        label="How was it kept?",
        max_length=400,
        error_messages={"required": "Enter how it was kept"},
    )


@guarded(Permission.ASSURE)
def family(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show which next of kin heard what and when, what was promised, and what they asked."""
    return _page(request, record_of(request, Permission.ASSURE, case_id))


def _page(request: HttpRequest, case: Case, status: int = 200, **forms: Any) -> HttpResponse:
    """Show the page; `forms` is the one that was sent and has errors."""
    consulted(request, case_subject(case.case_id), "family")
    now = desk_now()
    promises = list(case.promises.select_related("by"))
    contacts = list(case.contacts.select_related("by"))
    again = contacts[0].again_at if contacts else None
    context = {
        "case": case,
        "name": identity_of(case, person_of(request)),
        "promises": [(row, "" if row.kept_at else time_left(row.due, now)) for row in promises],
        "contacts": contacts,
        "again": again,
        "again_left": time_left(again, now) if again else "",
        "concerns": visible_concerns(person_of(request)).filter(case=case),
        "contact_form": ContactForm(initial={"at": now_text()}),
        "promise_form": PromiseForm(),
        "kept_form": KeptForm(),
        **forms,
    }
    return render(request, "concerns/family.html", context, status=status)


@require_POST
@guarded(Permission.ASSURE)
def add_contact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Record that next of kin were spoken to."""
    case, person = record_of(request, Permission.ASSURE, case_id), person_of(request)
    form = ContactForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            contact(case_id, form.cleaned_data, person.name, desk_now(), person.purpose)
            return done(request, "Saved.", "family", case_id)
    return _page(request, case, 422, contact_form=form)


@require_POST
@guarded(Permission.ASSURE)
def add_promise(request: HttpRequest, case_id: str) -> HttpResponse:
    """Record a promise to a family."""
    case, person = record_of(request, Permission.ASSURE, case_id), person_of(request)
    form = PromiseForm(request.POST)
    if form.is_valid():
        with refusals_in(form):
            promise(case_id, form.cleaned_data, person.name, desk_now(), person.purpose)
            message = "Promise saved, with its deadline."
            return done(request, message, "family", case_id)
    return _page(request, case, 422, promise_form=form)


@require_POST
@guarded(Permission.ASSURE)
def promise_kept(request: HttpRequest, number: int) -> HttpResponse:
    """Record that a promise was kept, and how."""
    row = Promise.objects.select_related("case").filter(pk=number).first()
    if row is None:
        reason = "there is no such promise"
        raise Refused.because(reason, Permission.ASSURE, f"promise:{number}", hidden=True)
    case, person = record_of(request, Permission.ASSURE, row.case.case_id), person_of(request)
    form = KeptForm(request.POST)
    if form.is_valid():
        how = form.cleaned_data["how"]
        with refusals_in(form):
            keep_promise(number, how, person.name, desk_now(), person.purpose)
            return done(request, "Saved: the promise is kept.", "family", case.case_id)
    return _page(request, case, 422, kept_form=form)
