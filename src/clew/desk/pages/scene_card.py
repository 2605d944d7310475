"""The pages of the scene card: it makes facts that were seen, or a new record, or is withdrawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import Permission, Person, Target, areas_of, rule
from clew.desk.accounts.sign_in_limits import seconds_left
from clew.desk.casework.scene_card import keep_card
from clew.desk.casework.withdraw_card import may_withdraw, withdraw_card
from clew.desk.ledger.subjects import case_subject
from clew.desk.records.card import ANSWERS, ITEMS, NOT_LOOKED, is_empty
from clew.desk.records.models import Case, SceneCard
from clew.desk.records.naming import identity_of
from clew.desk.records.near import AREA_WITHIN_M, area_of_place
from clew.desk.records.visible import record_of
from clew.desk.web.forms import (
    AgeField,
    DeskForm,
    PastTime,
    done,
    form_page,
    now_text,
    posted,
    refusals_in,
    set_choices,
)
from clew.desk.web.guard import Refused, check, guarded, person_of
from clew.model.values import Point
from clew.vocabulary.load import words

SEXES, PLACES = (
    [("", "Not known"), *((word, words(name).label(word)) for word in words(name).ids)]
    for name in ("sexes", "premises")
)
FROM_PLACE = "*place"
"""The choice that works the area out; no area can have this code."""


def _codes_of(person: Person) -> list[str]:
    """Return the areas for which somebody may report, as a list to choose from.

    For a role in all areas these are the desk's areas, or those of its records if it names none.
    """
    codes = areas_of(person, Permission.REPORT)
    if codes is not None:
        return sorted(codes)
    named = list(Area.objects.order_by("name").values_list("code", flat=True))
    records = Case.objects.filter(sealed=False).exclude(area="").order_by("area")
    return named or list(records.values_list("area", flat=True).distinct())


class CardForm(DeskForm):
    """When, where, who, and the dozen things."""

    card = forms.UUIDField(widget=forms.HiddenInput)
    record = forms.CharField(
        label="Record number",
        help_text="If this death already has a record. If not, leave it empty.",
        max_length=120,
        required=False,
    )
    area = forms.ChoiceField(
        label="Area",
        help_text="Needed for a new record.",
        required=False,
        error_messages={"invalid_choice": "Choose an area from the list"},
    )
    seen_at = PastTime(label="When you saw it")
    latitude = forms.FloatField(label="Latitude", required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label="Longitude", required=False, min_value=-180, max_value=180)
    premises = forms.ChoiceField(label="Kind of place", choices=PLACES, required=False)
    sex = forms.ChoiceField(label="Sex", choices=SEXES, required=False)
    age_years = AgeField(label="Age, or about")
    own_words = forms.CharField(
        label="Anything else, in your own words", max_length=2_000, required=False
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.codes = person, _codes_of(person)
        names = dict(Area.objects.filter(code__in=self.codes).values_list("code", "name"))
        labels = [
            (code, f"{names[code]} ({code})" if code in names else code) for code in self.codes
        ]
        only = len(labels) == 1 and areas_of(person, Permission.REPORT) is not None
        self.only = self.codes[0] if only else ""
        choose = [("", "Choose an area"), (FROM_PLACE, "Work it out from the place")]
        set_choices(self, "area", labels if only else [*choose, *labels])
        for item in ITEMS:
            self.fields[item.name] = forms.ChoiceField(
                label=item.asks, choices=ANSWERS, initial=NOT_LOOKED, required=False
            )

    def answers(self) -> dict[str, str]:
        """Return the dozen answers; one not given is one not looked for."""
        return {item.name: self.cleaned_data.get(item.name) or NOT_LOOKED for item in ITEMS}

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of a place, for an area, and for something that was seen."""
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        if (data["latitude"] is None) != (data["longitude"] is None):
            self.add_error("longitude", "Enter both latitude and longitude, or leave both empty")
            return data
        age = data["age_years"]
        if age is not None:
            data["age_years"] = age.years
            if age.about:  # the number alone would say more than was seen
                guess = f"The person looked about {age.years:g} years old."
                data["own_words"] = f"{data['own_words']} {guess}".strip()
        others = (data[name] for name in ("own_words", "premises", "sex", "age_years"))
        if is_empty(self.answers(), others):
            empty = "This card is empty. Answer at least one question, or write what you saw"
            self.add_error(None, empty)
        if not data["record"].strip():
            self._set_area(data)
        return data

    def _set_area(self, data: dict[str, Any]) -> None:
        """Set the area of a new record: the one chosen, the only one, or that of the place."""
        data["area"] = data["area"] or self.only
        if not data["area"]:
            self.add_error("area", "Choose the area of this death")
        elif data["area"] == FROM_PLACE:
            if data["latitude"] is None:
                self.add_error("area", "Add your location, or choose an area from the list")
                return
            data["area"] = area_of_place(Point(data["latitude"], data["longitude"]))
            if not data["area"]:
                km = f"{AREA_WITHIN_M / 1000:g}"
                self.add_error(
                    "area", f"No record within {km} km has an area. Choose an area from the list"
                )
            elif not rule(self.person, Permission.REPORT, Target(data["area"])).allowed:
                self.add_error(
                    "area",
                    "The nearest record is in an area you cannot report for. Choose another area",
                )


@guarded(Permission.REPORT)
def scene_card(request: HttpRequest) -> HttpResponse:
    """Show the card, and keep it when it is sent; sent twice it is kept once.

    A script that asks for JSON gets the page to go to: it cannot see where a redirect leads, and
    an ended session redirects too.
    """
    number = request.GET.get("record", "")[:120]
    start = {"card": uuid4(), "seen_at": now_text(), "record": number}
    area = request.POST.get("area", "")
    if area not in ("", FROM_PLACE) and not request.POST.get("record", "").strip():
        check(request, Permission.REPORT, Target(area[:120]), "scene-card")
    form = CardForm(posted(request), person=person_of(request), initial=start)
    if not form.is_valid():
        return form_page(
            request, "records/scene_card.html", form, items=ITEMS, seconds=seconds_left(request),
            sender=_sender(request),
        )  # fmt: skip
    answer = _keep(request, form)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"next": answer["Location"]})
    return answer


def _keep(request: HttpRequest, form: CardForm) -> HttpResponse:
    """Save a valid card unless it was sent before, and go to its record where it may be seen."""
    data = form.cleaned_data
    card = SceneCard.objects.filter(key=data["card"]).first()
    message = "This card was already sent. Nothing was added."
    if card is None:
        case = None
        if number := data["record"].strip():
            case = record_of(request, Permission.REPORT, number)
        with transaction.atomic():
            # As it is now: in this moment something may have been added, erased or sealed.
            if case is not None:
                case = record_of(request, Permission.REPORT, case.case_id)
            card = SceneCard.objects.filter(key=data["card"]).first()
            card = card or keep_card(request, data, form.answers(), case)
        message = "Card saved. Its words are below."
    try:
        record_of(request, Permission.SEE_RECORD, card.case.case_id)
    except Refused:
        return done(request, message, "scene-card")
    return done(request, message, "record", card.case.case_id)


def _sender(request: HttpRequest) -> str:
    """Return a mark of the account, not its name: a card waits on the device for its own sender."""
    mark = salted_hmac("clew.scene-card", str(request.user.pk), algorithm="sha256")
    return mark.hexdigest()[:16]


@guarded(Permission.REPORT)
def offline_card(request: HttpRequest) -> HttpResponse:
    """Return the card for a phone without a network: no name and no token is on it."""
    form = CardForm(person=person_of(request), initial={"card": UUID(int=0)})
    context = {"form": form, "items": ITEMS, "sender": _sender(request)}
    return render(request, "records/scene_card_offline.html", context)


class WithdrawForm(DeskForm):
    """Why a card is withdrawn."""

    reason = forms.CharField(
        label="Why are you withdrawing this card?",
        help_text="The reason is kept with the record.",
        max_length=400,
        error_messages={"required": "Enter the reason for withdrawing this card"},
    )


@guarded(Permission.REPORT)
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Show a card, and withdraw it when the reason is sent."""
    card = SceneCard.objects.select_related("case", "account").filter(pk=number).first()
    if card is None:
        reason = "there is no such card"
        raise Refused.because(reason, Permission.REPORT, f"missing card:{number}", hidden=True)
    case = record_of(request, Permission.REPORT, card.case.case_id)
    if not card.withdrawn_at and not may_withdraw(person_of(request), card):
        reason = "only the person who sent a card, or a supervisor of its area, can withdraw it"
        raise Refused.because(reason, Permission.REPORT, case_subject(case.case_id))
    form = WithdrawForm(posted(request))
    if form.is_valid():
        with refusals_in(form):
            with transaction.atomic():
                withdraw_card(request, number, form.cleaned_data["reason"])
            return done(request, "Card withdrawn.", "record", case.case_id)
    spoken = card.facts.filter(field__in=("narrative", "scene_card"), erased_at=None).first()
    return form_page(
        request, "records/withdraw_card.html", form, card=card, case=case,
        name=identity_of(case, person_of(request)),
        says=spoken.value if spoken else "",
    )  # fmt: skip


@guarded(Permission.REPORT)
def worker(_request: HttpRequest) -> HttpResponse:
    """Return the service worker that keeps the card on the phone; it may serve the card alone."""
    script = Path(str(finders.find("desk/scene-worker.js"))).read_text(encoding="utf-8")
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/scene-card"
    answer["Cache-Control"] = "no-cache"
    return answer
