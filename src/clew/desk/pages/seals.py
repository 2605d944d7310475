"""Pages of seals: those that one keeps, the seal of one record, and whom a code is."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import PASSES_SEALS, Permission, rule
from clew.desk.ledger.clock import desk_today
from clew.desk.ledger.subjects import case_subject
from clew.desk.records import sealing
from clew.desk.records.identities import codes_of, resolve
from clew.desk.records.models import Case
from clew.desk.records.naming import name_for
from clew.desk.records.proposals import propose_seal
from clew.desk.records.visible import record_of
from clew.desk.web.forms import (
    DayField,
    DeskForm,
    done,
    form_page,
    posted,
    refusals_in,
    set_choices,
)
from clew.desk.web.guard import Refused, consulted, guarded, person_of


class SealIt(DeskForm):
    """Why a record is sealed, or a seal is lifted or closed again."""

    reason = forms.CharField(label="Why?", max_length=400)


class SealDeath(SealIt):
    """Why a death is sealed, and by which day its seal is reviewed."""

    review = DayField(
        label="Review the seal by",
        help_text=f"At most {sealing.MOST_REVIEW_DAYS} days from today",
        error_messages={
            "required": "Enter the date of the review, like 2015-12-01",
            "invalid": "Enter the date of the review, like 2015-12-01",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        day = desk_today() + timedelta(days=sealing.REVIEW_DAYS)
        kwargs.setdefault("initial", {"review": day.isoformat()})
        super().__init__(*args, **kwargs)

    def clean_review(self) -> date:
        """Return the day; refuse one that is past, or too far."""
        day: date = self.cleaned_data["review"]
        latest = desk_today() + timedelta(days=sealing.MOST_REVIEW_DAYS)
        if not desk_today() < day <= latest:
            raise forms.ValidationError(
                f"The date of the review must be after today, and no later than {latest:%-d %B %Y}"
            )
        return day


class OpenTo(DeskForm):
    """To whom a sealed record is opened, and why."""

    account = forms.ChoiceField(label="Give access to", choices=[])
    why = forms.CharField(label="Why does this person need it?", max_length=400)

    def __init__(self, able: dict[str, Account], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(name, f"{account.full_name} ({name})") for name, account in able.items()]
        set_choices(self, "account", people)


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
    _refuse_sealed(case)
    two = case.kind == sealing.DEATH
    form = (SealDeath if two else SealIt)(posted(request))
    if form.is_valid() and two:
        if answer := _propose(request, case, form):
            return answer
    elif form.is_valid():
        with transaction.atomic():
            case = record_of(request, Permission.SEAL, case_id)  # sealed meanwhile, it is not there
            _refuse_sealed(case)
            sealing.seal(case, person_of(request), form.cleaned_data["reason"])
        return redirect("seal", case_id)
    consulted(request, case_subject(case_id), "seal")
    return form_page(
        request,
        "records/seal.html",
        form,
        case=case,
        two=two,
        name=name_for(case, person_of(request)),
    )


def _propose(request: HttpRequest, case: Case, form: SealIt) -> HttpResponse | None:
    data = form.cleaned_data
    with refusals_in(form):
        with transaction.atomic():
            made = propose_seal(case, person_of(request), data["reason"], data["review"])
        message = (
            f"Proposal {made.pk} is waiting for a second person who can seal records in this area."
        )
        return done(request, message, "seal", case.case_id)
    return None


def _refuse_sealed(case: Case) -> None:
    if case.sealed:
        reason = "only the person who sealed the record can change the seal"
        raise Refused.because(reason, Permission.SEAL, case_subject(case.case_id))


def _keep(request: HttpRequest, case: Case) -> HttpResponse:
    person = person_of(request)
    # Who could be given the record: others, with the role and the area, without it yet.
    roles = [role.value for role in PASSES_SEALS]
    given = case.openings.filter(closed_at=None).values("account")
    accounts = (
        Account.objects.filter(grants__role__in=roles, is_active=True)
        .exclude(pk__in=given)
        .exclude(name=person.name)
        .distinct()
        .order_by("full_name")
        .prefetch_related("grants")
    )
    able = {account.name: account for account in accounts if sealing.may_receive(account, case)}
    may_lift = rule(person, Permission.SEAL, case.about()).allowed
    step = request.POST.get("step", "")
    form = OpenTo(able, request.POST if step == "open" else None)
    reason = SealIt(request.POST if step in {"close", "lift"} else None)
    review = SealDeath(request.POST if step == "review" else None, auto_id="review_%s")
    wanted = review.is_valid() and case.kind == sealing.DEATH
    if wanted and (answer := _propose(request, case, review)):
        return answer
    if form.is_valid():
        data = form.cleaned_data
        with transaction.atomic():
            sealing.open_to(case, able[data["account"]], person, data["why"])
        message = "Access given. The person gets a notice."
        return done(request, message, "seal", case.case_id)
    if reason.is_valid():
        why = reason.cleaned_data["reason"]
        if step == "lift":
            # A seal that the rule made is lifted by one who has read the record, so by two people.
            if not may_lift:
                unopened = "you have not been given access to this record"
                raise Refused.because(unopened, Permission.SEAL, case_subject(case.case_id))
            with transaction.atomic():
                kept = sealing.kept_by(person).filter(pk=case.pk).first()
                if kept is not None:  # else another keeper lifted it in this moment
                    sealing.lift(kept, person, why)
            return done(request, "Seal lifted.", "seals")
        number = request.POST.get("opening", "")
        pk = int(number) if number.isdecimal() and len(number) < 19 else 0
        opening = case.openings.filter(pk=pk, closed_at=None).first()
        if opening is None:
            return redirect("seal", case.case_id)
        with transaction.atomic():
            sealing.close_opening(opening, person, why)
        return done(request, "Access removed.", "seal", case.case_id)
    if request.method == "GET":
        consulted(request, case_subject(case.case_id), "seal")
    openings = case.openings.filter(closed_at=None).select_related("account")
    faulty = bool(form.errors or reason.errors or review.errors)
    death = case.kind == sealing.DEATH
    context = {
        "case": case, "name": name_for(case, person), "form": form,
        "reason": reason, "review": review, "openings": openings,
        "able": able, "may_lift": may_lift, "due": sealing.review_due(case) if death else None,
        "people": sealing.people_of(case),
    }  # fmt: skip
    return render(request, "records/seal_kept.html", context, status=422 if faulty else 200)


class Resolve(DeskForm):
    """A code of the record, and why it must be known whom it means."""

    code = forms.ChoiceField(label="Which code?", choices=[])
    necessity = forms.CharField(
        label="Reason for access",
        help_text="In your own words. It is logged, and may have to be disclosed.",
        min_length=10,
        max_length=400,
    )

    def __init__(self, codes: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "code", [(code, f"{code} ({words})") for code, words in codes.items()])


@require_http_methods(["GET", "POST"])
@guarded(Permission.RESOLVE_IDENTITY)
def identity(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show whom a code of a record means, once; asking again is another act."""
    case = record_of(request, Permission.RESOLVE_IDENTITY, case_id)
    codes = codes_of(case)
    form = Resolve(codes, posted(request))
    if form.is_valid():
        code, necessity = form.cleaned_data["code"], form.cleaned_data["necessity"]
        with transaction.atomic():
            says = resolve(case, code, person_of(request), necessity)
        context = {"case": case, "code": code, "says": says}
        context["name"] = name_for(case, person_of(request))
        return render(request, "records/identity_shown.html", context)
    if request.method == "GET":
        consulted(request, case_subject(case_id), "identity")
    return form_page(
        request,
        "records/identity.html",
        form,
        case=case,
        codes=codes,
        name=name_for(case, person_of(request)),
    )
