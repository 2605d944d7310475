"""What people type about a record. Errors keep what was typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from clew.desk.accounts.models import Account
from clew.desk.records.models import Case, Effort
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


# What is asked before anything leaves: why, for whom, in which form, and which records.


FORMATS = {
    "xlsx": ("Workbook (xlsx), to read", "records.xlsx"),
    "csv": ("CSV in an archive, for other programs", "records.zip"),
    "geojson": ("GeoJSON, for maps and geographic systems", "records.geojson"),
    "kml": ("KML, for map viewers", "records.kml"),
    "i2": ("i2 Analyst's Notebook, entities and links as CSV", "i2.zip"),
}
"""Form of a file, its words, and the end of its name."""


class Export(forms.Form):
    """Why something leaves and who gets it; both stand on the file and in the ledger."""

    format = forms.ChoiceField(
        label="As what?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the form of the file"},
    )
    purpose = forms.CharField(
        label="What for?",
        error_messages={"required": "Say what it is for"},
        help_text="For instance: the nine o'clock meeting. It stands on the file and in the"
        " ledger.",
        max_length=200,
    )
    given_to = forms.CharField(
        label="Who gets it?",
        error_messages={"required": "Say who gets it"},
        help_text="A person, a team or an organisation. Yourself is an answer too.",
        max_length=200,
    )
    guarded = forms.MultipleChoiceField(
        label="Records that leave by an explicit act alone",
        help_text="Sealed, or about somebody living. Those that you do not choose stay.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    because = forms.CharField(
        label="Why must they be in it?",
        help_text="Needed only where you chose one of them.",
        max_length=300,
        required=False,
    )

    def __init__(
        self, *args: Any, formats: dict[str, str], guarded: list[Case], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = list(formats.items())  # type: ignore[attr-defined]
        if len(formats) == 1:
            self.fields["format"].initial = next(iter(formats))
        if guarded:
            names = [(case.case_id, case.case_id) for case in guarded]
            self.fields["guarded"].choices = names  # type: ignore[attr-defined]
        else:
            del self.fields["guarded"], self.fields["because"]

    def clean(self) -> dict[str, Any]:
        """Ask for a reason where a guarded record was chosen."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("guarded") and not told.get("because"):
            self.add_error("because", "Say why they must be in it, or choose none of them")
        return told


class Which(forms.Form):
    """Which records of those that may leave: by area, time of report and kind."""

    area = forms.ChoiceField(label="Area", required=False)
    since = forms.DateField(
        label="Reported since", required=False, help_text="For instance 2014-06-01"
    )
    until = forms.DateField(label="Reported until", required=False)

    def __init__(self, *args: Any, areas: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = [("", "All areas"), *((area, area) for area in areas)]
        self.fields["area"].choices = told  # type: ignore[attr-defined]
