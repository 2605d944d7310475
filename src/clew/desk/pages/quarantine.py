"""The page of what was set aside: hand-ins and records, each with its reason, for administrators.

It shows no content of a file and nothing of a record but its number; that of a sealed record is
left out, for an administrator passes no seal.
"""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from clew.desk.accounts.rules import Permission
from clew.desk.records.hand_ins import HandIn, QuarantinedRecord
from clew.desk.rounds import inbox, sync
from clew.desk.web.forms import done, form_page, posted
from clew.desk.web.guard import consulted, guarded, person_of
from clew.desk.web.paging import page_of

ACTS = [
    ("again", "Try it again at the next round"),
    ("withdraw", "Withdraw it: it is never tried again"),
]


class Settle(forms.Form):
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
    records = QuarantinedRecord.objects.filter(withdrawn=False).select_related("case")
    return render(request, "records/quarantine.html", {"page": page, "records": records})


@require_http_methods(["GET", "POST"])
@guarded(Permission.MEND_INTAKE)
def quarantined_file(request: HttpRequest, number: int) -> HttpResponse:
    """Show a hand-in that was set aside; try it again, or withdraw it."""
    with transaction.atomic():
        rows = HandIn.objects.select_for_update().filter(state=HandIn.QUARANTINED, pk=number)
        one = rows.first()
        if one is None:
            raise Http404
        form = Settle(posted(request))
        if form.is_valid():
            return _settled(
                request, form,
                lambda *why: inbox.try_again(one, *why), lambda *why: inbox.withdraw(one, *why),
            )  # fmt: skip
    consulted(request, f"hand-in:{number}", "quarantine")
    return form_page(request, "records/quarantined.html", form, file=one)


@require_http_methods(["GET", "POST"])
@guarded(Permission.MEND_INTAKE)
def quarantined_record(request: HttpRequest, number: int) -> HttpResponse:
    """Show why rounds leave a record out; try it again, or leave it out from now on."""
    with transaction.atomic():
        rows = QuarantinedRecord.objects.select_for_update(of=("self",)).select_related("case")
        one = rows.filter(withdrawn=False, pk=number).first()
        if one is None:
            raise Http404
        form = Settle(posted(request))
        if form.is_valid():
            return _settled(
                request, form,
                lambda *why: sync.release(one, *why), lambda *why: sync.leave_out(one, *why),
            )  # fmt: skip
    consulted(request, f"quarantined record:{number}", "quarantine")
    return form_page(request, "records/quarantined.html", form, record=one)


Act = Callable[[str, str, str], None]


def _settled(request: HttpRequest, form: Settle, again: Act, withdraw: Act) -> HttpResponse:
    """Do what was chosen, and go back to the list."""
    person, reason = person_of(request), form.cleaned_data["reason"]
    tries = form.cleaned_data["act"] == "again"
    (again if tries else withdraw)(person.name, person.purpose, reason)
    words = "The next round tries it again." if tries else "Withdrawn."
    return done(request, words, "quarantine")
