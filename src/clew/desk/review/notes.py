"""Decisions and notes of meetings: which of them somebody reads, by area and by seals.

A note has one area, or none where it is about all: then it takes a role for all areas to read it.
Who holds roles for single areas reads their notes, and decisions about their records.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from clew.desk.accounts.models import Area
from clew.desk.accounts.rules import Permission, Person, areas_of
from clew.desk.records.sealed_words import numbers_in, sealed_in
from clew.desk.records.visible import visible_to
from clew.desk.review.models import Decision, Meeting
from clew.desk.web.forms import DeskForm

ALL_AREAS = "All areas"


class AreaForm(DeskForm):
    """A form that asks which area a note is about: of those in which `person` may do `act`."""

    area = forms.ChoiceField(label="Area", required=False)

    def __init__(self, person: Person, act: Permission, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = area_choices(person, act)
        self.fields["area"].choices = self.choices  # type: ignore[attr-defined]

    def clean_area(self) -> str:
        """Return the area; where only one may be chosen it need not be."""
        area: str = self.cleaned_data["area"]
        offered = [code for code, _ in self.choices]
        if not area and len(offered) == 1:
            return offered[0]
        if area not in offered:
            raise forms.ValidationError("Choose the area")
        return area


def area_choices(person: Person, act: Permission) -> Sequence[tuple[str, str]]:
    """Return the areas in which somebody may do an act, with their names; "" for all of them."""
    areas = areas_of(person, act)
    named = dict(Area.objects.order_by("name").values_list("code", "name"))
    if areas is None:
        return [("", ALL_AREAS), *named.items()]
    return [(code, named.get(code, code)) for code in sorted(areas)]


def visible_decisions(person: Person) -> QuerySet[Decision]:
    """Return the decisions that somebody may read, and the person's own.

    None names a record that is sealed from the reader, or is about another area.
    """
    texts = Decision.objects.values_list("pk", "about", "title", "rationale", "options_rejected")
    named = {pk: [*words] for pk, *words in texts}
    shut = sealed_in(person, [text for words in named.values() for text in words])
    hidden = [pk for pk, words in named.items() if shut and not shut.isdisjoint(numbers_in(words))]
    own = Q(maker__name=person.name) | Q(recorded_by__name=person.name)
    return Decision.objects.filter(own | (~Q(pk__in=hidden) & _decisions_within(person)))


def _decisions_within(person: Person) -> Q:
    areas = areas_of(person, Permission.SEE_LINKS)
    if areas is None:
        return Q()
    records = visible_to(person, Permission.SEE_LINKS).order_by().values("case_id")
    return Q(area__in=sorted(areas)) | Q(about__in=records)


def visible_meetings(person: Person, day: date) -> QuerySet[Meeting]:
    """Return the notes of a day's meetings that somebody may read, and the person's own."""
    areas = areas_of(person, Permission.SEE_LINKS)
    within = Q() if areas is None else Q(area__in=sorted(areas)) | Q(account__name=person.name)
    return Meeting.objects.filter(within, day=day)
