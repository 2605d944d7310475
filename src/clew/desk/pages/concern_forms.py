"""What people type about a concern. Errors keep it. No form alters a person's words."""

from __future__ import annotations

from typing import Any

from django import forms

from clew.desk.accounts.models import Account, Area
from clew.desk.casework.models.concerns import Concern
from clew.desk.pages.record_forms import TIMES, PastTime
from clew.desk.pages.referral_forms import PrefixedForm
from clew.desk.pages.review_forms import LONGEST

CHALLENGE = (
    "Write to us or telephone, and give your reference. Say what you think is wrong. Somebody else"
    " than whoever answered reads it, and you get an answer within seven days. You may also ask the"
    " coroner, or complain to the body that oversees us."
)
"""Stands in the field at first; a force writes its own address into it."""


class TakeForm(PrefixedForm):
    """A concern as it is told: by whom, and in which words."""

    words = forms.CharField(
        label="What they say, in their own words",
        help_text="Write down what they say, not what you make of it. Nobody can edit it later,"
        " neither can you.",
        max_length=LONGEST,
        strip=False,
        error_messages={"required": "Write down what they say"},
    )
    raised_by = forms.CharField(
        label="Their name", max_length=200, error_messages={"required": "Give their name"}
    )
    who = forms.ChoiceField(
        label="Who are they?",
        choices=Concern.FROM,
        error_messages={"required": "Choose who they are"},
    )
    reach = forms.CharField(
        label="How they want to be reached",
        help_text="A telephone number or an address.",
        max_length=300,
        required=False,
    )
    given = forms.CharField(
        label="Names, dates, places and record numbers that they named",
        help_text="It helps to find the record. It is not part of their words.",
        max_length=400,
        required=False,
    )
    area = forms.ChoiceField(label="Which area answers?", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = [(area.code, area.name) for area in Area.objects.order_by("name")]
        told = [("", "Not known yet"), *areas]
        self.fields["area"].choices = told  # type: ignore[attr-defined]

    def clean_words(self) -> str:
        """Return them as they were typed; refuse blanks alone."""
        words: str = self.cleaned_data["words"]
        if not words.strip():
            raise forms.ValidationError("Write down what they say")
        return words


class OwnForm(PrefixedForm):
    """Who owns it from now on."""

    owner = forms.ModelChoiceField(
        label="Who owns it?",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        to_field_name="name",
        empty_label="Choose",
        error_messages={"required": "Choose who owns it", "invalid_choice": "Choose from the list"},
    )


class ConcernAnswerForm(PrefixedForm):
    """The answer to the person, and how it can be challenged."""

    answer = forms.CharField(
        label="Your answer to them",
        help_text="It is printed for them as it stands. It names no other death before two people"
        " have judged the pair linked.",
        max_length=LONGEST,
        error_messages={"required": "Write the answer"},
    )
    searched = forms.CharField(
        label="What was searched",
        help_text="Needed where you say that there is no link: which records, of whom, up to when,"
        " and what was not. Somebody else then reads it before it is given.",
        max_length=LONGEST,
        required=False,
    )
    how_to_challenge = forms.CharField(
        label="How they can challenge it",
        max_length=LONGEST,
        initial=CHALLENGE,
        error_messages={"required": "Say how they can challenge it"},
    )


class DraftReadingForm(PrefixedForm):
    """The second reading of an answer that there is no link."""

    agrees = forms.TypedChoiceField(
        label="May it be given?",
        choices=[("yes", "Yes: I looked, and it holds"), ("no", "No: it is not given")],
        coerce=lambda text: text == "yes",
        empty_value=None,
        error_messages={"required": "Choose one"},
    )
    note = forms.CharField(
        label="What you looked at",
        max_length=LONGEST,
        error_messages={"required": "Say what you looked at"},
    )


class ConcernChallengeForm(PrefixedForm):
    """What the person says against the answer, in their own words."""

    words = forms.CharField(
        label="What they say against it, in their own words",
        max_length=LONGEST,
        error_messages={"required": "Write down what they say"},
    )


class TieForm(PrefixedForm):
    """The record that the concern is about."""

    record = forms.CharField(
        label="Record", max_length=120, error_messages={"required": "Give the record's number"}
    )


class ClaimForm(PrefixedForm):
    """The other death that they named."""

    other = forms.CharField(
        label="The other death that they named",
        help_text="Its record's number. The two are compared and go into the queue.",
        max_length=120,
        error_messages={"required": "Give the record's number"},
    )


class UntellForm(PrefixedForm):
    """What was told and does not hold any more."""

    what = forms.CharField(
        label="What is withdrawn", max_length=LONGEST, error_messages={"required": "Say what"}
    )
    reason = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Say why"}
    )


class FutureTime(forms.DateTimeField):
    """A time to come; the doors refuse one that is past."""

    def __init__(self, **more: Any) -> None:
        missing = {"required": "Give the time", "invalid": "Write it like 2015-09-14 08:30"}
        super().__init__(**{"input_formats": TIMES, "error_messages": missing, **more})


class ContactForm(PrefixedForm):
    """Next of kin were spoken to."""

    to = forms.CharField(
        label="Who was spoken to", max_length=200, error_messages={"required": "Say who"}
    )
    at = PastTime(label="When")
    said = forms.CharField(
        label="What they were told, and what they asked",
        max_length=LONGEST,
        error_messages={"required": "Write down what was said"},
    )
    again_at = FutureTime(label="When they are called again", required=False)
    because = forms.CharField(
        label="Or why they are not called again", max_length=400, required=False
    )


class PromiseForm(PrefixedForm):
    """Something that was promised to a family."""

    to = forms.CharField(
        label="Promised to whom", max_length=200, error_messages={"required": "Say to whom"}
    )
    what = forms.CharField(
        label="What was promised", max_length=400, error_messages={"required": "Say what"}
    )
    due = FutureTime(label="By when")


class KeptForm(PrefixedForm):
    """How a promise was kept."""

    how = forms.CharField(
        label="How it was kept", max_length=400, error_messages={"required": "Say how"}
    )
