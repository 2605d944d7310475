"""What is asked before anything leaves: why, for whom, in which form, and which records."""

from __future__ import annotations

from typing import Any

from django import forms

from clew.desk.cases.models import Case

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
