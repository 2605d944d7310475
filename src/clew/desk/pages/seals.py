"""Pages of seals: those that one keeps, and the seal of one record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import PASSES_SEALS, AccessDecision, Permission, rule
from clew.desk.ledger.subjects import case_subject
from clew.desk.records import sealing
from clew.desk.records.identities import codes_of, resolve
from clew.desk.records.models import Case
from clew.desk.records.visible import record_of
from clew.desk.web.guard import Refused, consulted, guarded, person_of


class SealIt(forms.Form):
    """Why a record is sealed, or a seal is lifted or closed again."""

    reason = forms.CharField(label="Why?", max_length=400)


class OpenTo(forms.Form):
    """To whom a sealed record is opened, and why."""

    account = forms.ChoiceField(label="Open it to", choices=[])
    why = forms.CharField(label="Why does this person need it?", max_length=400)

    def __init__(self, able: dict[str, Account], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [(name, f"{account.full_name} ({name})") for name, account in able.items()]
        self.fields["account"].choices = told  # type: ignore[attr-defined]


@require_safe
@guarded(Permission.SEAL)
def seals(request: HttpRequest) -> HttpResponse:
    """List the seals that one keeps: number and area, nothing of what is in the record."""
    consulted(request, "seals", "seals")
    kept = sealing.kept_by(person_of(request)).prefetch_related("openings__account")
    return render(request, "records/seals.html", {"kept": kept})


@require_http_methods(["GET", "POST"])
@guarded(Permission.SEAL)
def seal(request: HttpRequest, case_id: str) -> HttpResponse:
    """Seal a record; or, for a keeper, open it to somebody, close it again, or lift the seal."""
    kept = sealing.kept_by(person_of(request)).filter(case_id=case_id).first()
    if kept is not None:
        return _keep(request, kept)
    case = record_of(request, Permission.SEAL, case_id)
    if case.sealed:
        reason = "the seal is kept by whoever sealed the record"
        raise Refused(AccessDecision(False, reason), Permission.SEAL, case_subject(case_id))
    form = SealIt(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            sealing.seal(case, person_of(request), form.cleaned_data["reason"])
        return redirect("seal", case_id)
    consulted(request, case_subject(case_id), "seal")
    told = {"case": case, "form": form}
    return render(request, "records/seal.html", told, status=422 if form.errors else 200)


def _keep(request: HttpRequest, case: Case) -> HttpResponse:
    able = _able(request, case)
    step = request.POST.get("step", "")
    form = OpenTo(able, request.POST if step == "open" else None)
    reason = SealIt(request.POST if step in {"close", "lift"} else None)
    if step == "open" and form.is_valid():
        told = form.cleaned_data
        with transaction.atomic():
            sealing.open_to(case, able[told["account"]], person_of(request), told["why"])
        messages.success(request, "The seal is open to this person, who is told.")
        return redirect("seal", case.case_id)
    if step in {"close", "lift"} and reason.is_valid():
        return _end(request, case, reason)
    if request.method == "GET":
        consulted(request, case_subject(case.case_id), "seal")
    openings = case.openings.filter(closed_at=None).select_related("account")
    faulty = bool(form.errors or reason.errors)
    page = {
        "case": case, "form": form, "reason": reason, "openings": openings, "able": able,
        "may_lift": rule(person_of(request), Permission.SEAL, case.about()).allowed,
    }  # fmt: skip
    return render(request, "records/seal_kept.html", page, status=422 if faulty else 200)


def _end(request: HttpRequest, case: Case, reason: SealIt) -> HttpResponse:
    why, person = reason.cleaned_data["reason"], person_of(request)
    if request.POST["step"] == "lift":
        # A seal that the rule made is lifted by somebody who has read the record, so by two people.
        ruling = rule(person, Permission.SEAL, case.about())
        if not ruling.allowed:
            told = AccessDecision(False, "the record was not opened to you")
            raise Refused(told, Permission.SEAL, case_subject(case.case_id))
        with transaction.atomic():
            sealing.lift(case, person, why)
        messages.success(request, "The seal is lifted.")
        return redirect("seals")
    number = request.POST.get("opening", "")
    opening = case.openings.filter(
        pk=int(number) if number.isdecimal() and len(number) < 19 else 0, closed_at=None
    ).first()
    if opening is not None:
        with transaction.atomic():
            sealing.close_opening(opening, person, why)
        messages.success(request, "The seal is closed again.")
    return redirect("seal", case.case_id)


def _able(request: HttpRequest, case: Case) -> dict[str, Account]:
    """Return who could be given the record: others, with the role and the area, without it yet."""
    roles = [role.value for role in PASSES_SEALS]
    given = case.openings.filter(closed_at=None).values("account")
    found = (
        Account.objects.filter(grants__role__in=roles, is_active=True)
        .exclude(pk__in=given)
        .exclude(name=person_of(request).name)
        .distinct()
        .order_by("full_name")
        .prefetch_related("grants")
    )
    return {account.name: account for account in found if sealing.may_receive(account, case)}


# The page that tells whom a code stands for.


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
@guarded(Permission.RESOLVE_IDENTITY)
def identity(request: HttpRequest, case_id: str) -> HttpResponse:
    """Tell whom a code of a record stands for, once; asking again is another act."""
    case = record_of(request, Permission.RESOLVE_IDENTITY, case_id)
    form = Resolve(codes_of(case), request.POST if request.method == "POST" else None)
    told: dict[str, Any] = {"case": case, "form": form, "codes": codes_of(case)}
    if request.method == "POST" and form.is_valid():
        code, necessity = form.cleaned_data["code"], form.cleaned_data["necessity"]
        with transaction.atomic():
            says = resolve(case, code, person_of(request), necessity)
        return render(request, "records/identity_told.html", {**told, "code": code, "says": says})
    if request.method == "GET":
        consulted(request, case_subject(case_id), "identity")
    return render(request, "records/identity.html", told, status=422 if form.errors else 200)
