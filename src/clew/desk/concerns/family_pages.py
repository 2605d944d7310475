"""A record's page of its family: contact with next of kin, promises, and the concerns about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from clew.desk.accounts.rules import Do, Ruling
from clew.desk.cases.forms import now_text
from clew.desk.cases.models import Case
from clew.desk.concerns import family as doors
from clew.desk.concerns.forms import ContactForm, KeptForm, PromiseForm
from clew.desk.concerns.models import Promise
from clew.desk.concerns.standing import visible_concerns
from clew.desk.deadlines.words import time_left
from clew.desk.links.comparison import name_of
from clew.desk.referrals.forms import add_refusal
from clew.desk.web.guard import Refused, consulted, guarded, person_of, record_of
from clew.errors import ActRefused


@guarded(Do.ASSURE)
def family(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show who of the next of kin was told what and when, what was promised, what they asked."""
    return _page(request, record_of(request, Do.ASSURE, case_id), {})


def _page(
    request: HttpRequest, case: Case, forms: dict[str, Any], status: int = 200
) -> HttpResponse:
    consulted(request, f"case:{case.case_id}", "family")
    now = timezone.now()
    promises = list(case.promises.select_related("by"))
    contacts = list(case.contacts.select_related("by"))
    again = contacts[0].again_at if contacts else None
    context = {
        "case": case,
        "name": name_of(case),
        "promises": [(one, "" if one.kept_at else time_left(one.due, now)) for one in promises],
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
@guarded(Do.ASSURE)
def add_contact(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down that next of kin were spoken to."""
    case = record_of(request, Do.ASSURE, case_id)
    form = ContactForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        try:
            doors.contact(case_id, form.cleaned_data, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "It is written down.")
            return redirect("family", case_id=case_id)
    return _page(request, case, {"contact_form": form}, 422)


@require_POST
@guarded(Do.ASSURE)
def add_promise(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write down a promise to a family."""
    case = record_of(request, Do.ASSURE, case_id)
    form = PromiseForm(request.POST)
    if form.is_valid():
        person = person_of(request)
        try:
            doors.promise(case_id, form.cleaned_data, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "The promise is written down. Its clock runs.")
            return redirect("family", case_id=case_id)
    return _page(request, case, {"promise_form": form}, 422)


@require_POST
@guarded(Do.ASSURE)
def promise_kept(request: HttpRequest, number: int) -> HttpResponse:
    """Say that a promise was kept, and how."""
    one = Promise.objects.select_related("case").filter(pk=number).first()
    if one is None:
        ruling = Ruling(False, "there is no such promise", hidden=True)
        raise Refused(ruling, Do.ASSURE, f"promise:{number}")
    case = record_of(request, Do.ASSURE, one.case.case_id)
    form = KeptForm(request.POST)
    if form.is_valid():
        person, how = person_of(request), form.cleaned_data["how"]
        try:
            doors.keep_promise(number, how, person.name, timezone.now(), person.purpose)
        except ActRefused as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, "Kept, and written down.")
            return redirect("family", case_id=case.case_id)
    return _page(request, case, {"kept_form": form}, 422)
