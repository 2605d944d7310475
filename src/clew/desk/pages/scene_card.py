"""The page of the scene card: it makes facts that were seen, or a new record."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clew.desk.accounts.rules import Permission, Target, areas_of
from clew.desk.casework.scene_card import keep_card
from clew.desk.records.card import ANSWERS, ITEMS, NOT_LOOKED
from clew.desk.records.models import SceneCard
from clew.desk.records.visible import record_of
from clew.desk.web.forms import PastTime, done, form_page, now_text, posted
from clew.desk.web.guard import Refused, check, guarded, person_of
from clew.vocabulary.load import words

SEXES, PLACES = (
    [("", "Not known"), *((word, words(name).label(word)) for word in words(name).ids)]
    for name in ("sexes", "premises")
)


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
        data: dict[str, Any] = super().clean() or {}
        if (data.get("latitude") is None) != (data.get("longitude") is None) and not self.errors:
            self.add_error("longitude", "Give latitude and longitude, or neither")
        return data


@guarded(Permission.REPORT)
def scene_card(request: HttpRequest) -> HttpResponse:
    """Show the card, and keep it when it is sent; sent twice it is kept once."""
    areas = areas_of(person_of(request), Permission.REPORT)
    own = "" if areas is None or len(areas) != 1 else next(iter(areas))
    record = request.GET.get("record", "")[:120]
    start = {"card": uuid4(), "seen_at": now_text(), "area": own, "record": record}
    form = CardForm(posted(request), initial=start)
    if not form.is_valid():
        return form_page(
            request, "records/scene_card.html", form, items=ITEMS, answers=ANSWERS, offline=False,
            areas=areas,
        )  # fmt: skip
    data = form.cleaned_data
    card = SceneCard.objects.filter(key=data["card"]).first()
    message = "This card was sent before. Nothing was added."
    if card is None:
        case = None
        if number := data["record"].strip():
            case = record_of(request, Permission.REPORT, number)
        else:
            check(request, Permission.REPORT, Target(data["area"].strip()), "scene-card")
        with transaction.atomic():
            card = keep_card(request, data, form.answers(), case)
        message = "The card is kept, and the words below are written."
    try:
        record_of(request, Permission.SEE_RECORD, card.case.case_id)
    except Refused:
        return redirect("scene-card")
    return done(request, message, "record", card.case.case_id)


@guarded(Permission.REPORT)
def offline_card(request: HttpRequest) -> HttpResponse:
    """Return the card for a phone without a network: no name and no token is on it."""
    start = {"card": UUID(int=0)}
    context = {"form": CardForm(initial=start), "items": ITEMS, "answers": ANSWERS}
    return render(request, "records/scene_card_offline.html", {**context, "offline": True})


@guarded(Permission.REPORT)
def worker(_request: HttpRequest) -> HttpResponse:
    """Return the service worker that keeps the card on the phone; it may serve the card alone."""
    script = Path(str(finders.find("desk/scene-worker.js"))).read_text(encoding="utf-8")
    answer = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/scene-card"
    answer["Cache-Control"] = "no-cache"
    return answer
