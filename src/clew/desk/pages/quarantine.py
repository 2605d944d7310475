"""The page of what was set aside: hand-ins and records, each with its reason, for administrators.

It shows no content of a file and nothing of a record but its number; that of a sealed record is
left out, for an administrator passes no seal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from clew.desk.accounts.rules import Permission, Person
from clew.desk.records.hand_ins import HandIn, QuarantinedRecord
from clew.desk.records.naming import name_for
from clew.desk.rounds import inbox, sync
from clew.desk.web.forms import DeskForm, done, form_page, posted
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of

ACTS = [
    ("again", "Try again in the next daily comparison"),
    ("withdraw", "Withdraw: never try it again"),
]


class Settle(DeskForm):
    """What is done with it, and why."""

    act = forms.ChoiceField(
        label="What do you want to do?", choices=ACTS, widget=forms.RadioSelect,
        error_messages={"required": "Choose what to do"},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why?", max_length=400, error_messages={"required": "Enter the reason"}
    )


@require_safe
@guarded(Permission.MEND_INTAKE)
def quarantine(request: HttpRequest) -> HttpResponse:
    """List what is set aside, newest first."""
    consulted(request, "quarantine", "quarantine")
    page = page_of(request, HandIn.objects.filter(state=HandIn.QUARANTINED))
    rows = QuarantinedRecord.objects.filter(withdrawn=False).select_related("case")
    person = person_of(request)
    records = [(one, named(one, person)) for one in rows]
    return render(request, "records/quarantine.html", {"page": page, "records": records})


def named(one: QuarantinedRecord, person: Person) -> str:
    """Return a record by who and where, by its number, or as a sealed one, as `person` may read."""
    return "A sealed record" if one.case.sealed else str(name_for(one.case, person))


@require_http_methods(["GET", "POST"])
@guarded(Permission.MEND_INTAKE)
def quarantined_file(request: HttpRequest, number: int) -> HttpResponse:
    """Show a hand-in that was set aside; try it again, or withdraw it."""
    rows = HandIn.objects.filter(state=HandIn.QUARANTINED, pk=number)
    return _one(request, "file", f"hand-in:{number}", rows, inbox.try_again, inbox.withdraw)


@require_http_methods(["GET", "POST"])
@guarded(Permission.MEND_INTAKE)
def quarantined_record(request: HttpRequest, number: int) -> HttpResponse:
    """Show why rounds leave a record out; try it again, or leave it out from now on."""
    rows = QuarantinedRecord.objects.filter(withdrawn=False, pk=number).select_related("case")
    subject = f"quarantined record:{number}"
    return _one(request, "record", subject, rows, sync.release, sync.leave_out)


def _one(
    request: HttpRequest,
    shown_as: str,
    subject: str,
    rows: QuerySet[Any],
    again: Callable[[Any, str, str, str], None],
    withdraw: Callable[[Any, str, str, str], None],
) -> HttpResponse:
    """Show the one row that was set aside, or do what was chosen and go back to the list."""
    with transaction.atomic():
        one = rows.select_for_update(of=("self",)).first()
        if one is None:
            raise Http404
        form = Settle(posted(request))
        if form.is_valid():
            person, tries = person_of(request), form.cleaned_data["act"] == "again"
            act = again if tries else withdraw
            act(one, person.name, person.purpose, form.cleaned_data["reason"])
            words = "The next daily comparison will try it again." if tries else "Withdrawn."
            return done(request, words, "quarantine")
    consulted(request, subject, "quarantine")
    return form_page(request, "records/quarantined.html", form, **{shown_as: one})
