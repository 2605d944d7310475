"""What people type about a record. Errors keep what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.cases.models import Effort
from clew.disclosure.words import KIND_WORD

KINDS = [("", "All kinds"), *[(kind.value, word) for kind, word in KIND_WORD.items()]]
DAY = {"invalid": "Write it like 2015-09-14"}
TIMES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
"""Ways to write a time: as the browser's own field does, and by hand."""


def now_text() -> str:
    """Return the present minute as a time field holds it."""
    return timezone.localtime().strftime(TIMES[0])


class PastTime(forms.DateTimeField):
    """A time that is not in the future."""

    def __init__(self, **more: Any) -> None:
        missing = {"required": "Give the time", "invalid": "Write it like 2015-09-14 08:30"}
        told = {"input_formats": TIMES, "error_messages": missing, **more}
        super().__init__(**told)

    def clean(self, value: Any) -> Any:
        """Return the time; refuse one that is still to come."""
        at = super().clean(value)
        if at is not None and at > timezone.now():
            raise forms.ValidationError("This time is in the future")
        return at


class SearchForm(forms.Form):
    """What to look for among the records."""

    words = forms.CharField(
        label="Record number, or words of the report", max_length=100, required=False
    )
    area = forms.CharField(label="Area", max_length=60, required=False)
    kind = forms.ChoiceField(label="Kind", choices=KINDS, required=False)
    since = forms.DateField(
        label="Reported from",
        required=False,
        error_messages=DAY,
    )
    until = forms.DateField(
        label="Reported to",
        required=False,
        error_messages=DAY,
    )


class OpinionForm(forms.Form):
    """What somebody thinks happened, before any link is shown."""

    says = forms.CharField(
        label="What do you think happened?",
        help_text="In your own words, before you see what resembles it. It is kept with your name.",
        max_length=4000,
        error_messages={"required": "Say what you think, or see the links without it"},
    )


class HandOverForm(forms.Form):
    """Who owns a record from now on, and why."""

    to = forms.ModelChoiceField(
        label="New owner",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        empty_label="Choose",
        error_messages={"required": "Choose who takes it over"},
    )
    reason = forms.CharField(
        label="Why", max_length=400, error_messages={"required": "Say why it is handed over"}
    )


class EffortForm(forms.Form):
    """Something that was done for a death."""

    kind = forms.ChoiceField(
        label="What was done", choices=Effort.KINDS, error_messages={"required": "Choose one"}
    )
    at = PastTime(label="When")
    note = forms.CharField(label="Note", max_length=400, required=False)
