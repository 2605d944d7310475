"""The page that tells whom a code stands for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from clew.desk.accounts.rules import Do
from clew.desk.cases.identities import codes_of, resolve
from clew.desk.web.guard import consulted, guarded, person_of, record_of


class Resolve(forms.Form):
    """A code of the record, and why it must be known whom it stands for."""

    code = forms.ChoiceField(label="Which code?", choices=[])
    necessity = forms.CharField(
        label="Why must you know?",
        help_text="In your own words. It is kept, and may have to be disclosed.",
        min_length=10,
        max_length=400,
    )

    def __init__(self, codes: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(code, f"{code} ({words})") for code, words in codes.items()]
        self.fields["code"].choices = told  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@guarded(Do.RESOLVE_IDENTITY)
def identity(request: HttpRequest, case_id: str) -> HttpResponse:
    """Tell whom a code of a record stands for, once; asking again is another act."""
    case = record_of(request, Do.RESOLVE_IDENTITY, case_id)
    form = Resolve(codes_of(case), request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {"case": case, "form": form, "codes": codes_of(case)}
    if request.method == "POST" and form.is_valid():
        code, necessity = form.cleaned_data["code"], form.cleaned_data["necessity"]
        with transaction.atomic():
            says = resolve(case, code, person_of(request), necessity)
        return render(request, "cases/identity_told.html", {**told, "code": code, "says": says})
    if request.method == "GET":
        consulted(request, f"case:{case_id}", "identity")
    return render(request, "cases/identity.html", told, status=422 if form.errors else 200)
