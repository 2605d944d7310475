"""The page of the scene card, and what it makes: facts that were seen, or a new record."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clew.desk.accounts.rules import Permission, Target, areas_of
from clew.desk.casework.scene_card import keep_card
from clew.desk.pages.record_forms import PastTime, now_text
from clew.desk.records.card import ANSWERS, ITEMS, NOT_LOOKED
from clew.desk.records.models import Case, SceneCard
from clew.desk.records.visible import record_of
from clew.desk.web.guard import Refused, check, guarded, person_of
from clew.vocabulary.load import words

SEXES = [("", "Not known"), *[(one, words("sexes").label(one)) for one in words("sexes").ids]]
PLACES = [
    ("", "Not known"),
    *[(one, words("premises").label(one)) for one in words("premises").ids],
]


class CardForm(forms.Form):
    """When, where, who, and the dozen things."""

    card = forms.UUIDField(widget=forms.HiddenInput)
    record = forms.CharField(
        label="Number of the record, if there is one already", max_length=120, required=False
    )
    area = forms.CharField(label="Area", max_length=60, required=False)
    seen_at = PastTime(label="When you saw it")
    latitude = forms.FloatField(label="Latitude", required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label="Longitude", required=False, min_value=-180, max_value=180)
    premises = forms.ChoiceField(label="Kind of place", choices=PLACES, required=False)
    sex = forms.ChoiceField(label="Sex", choices=SEXES, required=False)
    age_years = forms.FloatField(label="Age, or about", required=False, min_value=0, max_value=130)
    own_words = forms.CharField(
        label="Anything else, in your own words", max_length=2_000, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for item in ITEMS:
            self.fields[item.name] = forms.ChoiceField(
                label=item.asks, choices=ANSWERS, initial=NOT_LOOKED, required=False
            )

    def answers(self) -> dict[str, str]:
        """Return the dozen answers; one not given is one not looked for."""
        return {item.name: self.cleaned_data.get(item.name) or NOT_LOOKED for item in ITEMS}

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of a place."""
        told: dict[str, Any] = super().clean() or {}
        if (told.get("latitude") is None) != (told.get("longitude") is None) and not self.errors:
            self.add_error("longitude", "Give latitude and longitude, or neither")
        return told


@guarded(Permission.REPORT)
def scene_card(request: HttpRequest) -> HttpResponse:
    """Show the card, and keep it when it is sent; sent twice it is kept once."""
    areas = areas_of(person_of(request), Permission.REPORT)
    own = "" if areas is None or len(areas) != 1 else next(iter(areas))
    start = {"card": uuid4(), "seen_at": now_text(), "area": own}
    start["record"] = request.GET.get("record", "")[:120]
    form = CardForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        before = SceneCard.objects.filter(key=form.cleaned_data["card"]).first()
        if before is not None:
            return _done(request, before, "This card was sent before. Nothing was added.")
        case = _record(request, form)
        with transaction.atomic():
            kept = keep_card(request, form.cleaned_data, form.answers(), case)
        return _done(request, kept, "The card is kept, and the words below are written.")
    context = {"form": form, "items": ITEMS, "answers": ANSWERS, "offline": False, "areas": areas}
    return render(request, "records/scene_card.html", context, status=422 if form.errors else 200)


def _record(request: HttpRequest, form: CardForm) -> Case | None:
    """Return the record that is added to, or None for a new one in an area that may be reported."""
    number = form.cleaned_data["record"].strip()
    if number:
        return record_of(request, Permission.REPORT, number)
    check(request, Permission.REPORT, Target(form.cleaned_data["area"].strip()), "scene-card")
    return None


def _done(request: HttpRequest, kept: SceneCard, says: str) -> HttpResponse:
    try:
        record_of(request, Permission.SEE_RECORD, kept.case.case_id)
    except Refused:
        return redirect("scene-card")
    messages.success(request, says)
    return redirect("record", case_id=kept.case.case_id)


@guarded(Permission.REPORT)
def offline_card(request: HttpRequest) -> HttpResponse:
    """Return the card for a phone without a network: nobody's name, and no token, is on it."""
    start = {"card": UUID(int=0)}
    context = {"form": CardForm(initial=start), "items": ITEMS, "answers": ANSWERS}
    return render(request, "records/scene_card_offline.html", {**context, "offline": True})


@guarded(Permission.REPORT)
def worker(_request: HttpRequest) -> HttpResponse:
    """Return the service worker that keeps the card on the phone; it may serve the card alone."""
    path = finders.find("desk/scene-worker.js")
    with open(str(path), encoding="utf-8") as file:
        script = file.read()
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/scene-card"
    answer["Cache-Control"] = "no-cache"
    return answer
