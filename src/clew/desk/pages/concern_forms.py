"""What people type about a concern on its page. Errors keep it."""

from __future__ import annotations

from django import forms

from clew.desk.accounts.models import Account
from clew.desk.web.forms import LONGEST, PrefixedForm

CHALLENGE = (
    "Write to us or telephone, and give your reference. Say what you think is wrong. A different"
    " person will look at it, and we will answer within seven days. You may also ask the"
    " coroner, or complain to the body that oversees us."
)
"""What the field holds at first; a force writes its own address into it."""


class OwnForm(PrefixedForm):
    """Who owns it from now on."""

    owner = forms.ModelChoiceField(
        label="Who will be the owner?",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        to_field_name="name",
        empty_label="Choose",
        error_messages={
            "required": "Choose the owner",
            "invalid_choice": "Choose the owner from the list",
        },
    )


class ConcernAnswerForm(PrefixedForm):
    """The answer to the person, and how it can be challenged."""

    answer = forms.CharField(
        label="Your answer to them",
        help_text="It is printed for them exactly as written. Do not name another death"
        " until two people"
        " have judged the records linked.",
        max_length=LONGEST,
        error_messages={"required": "Enter the answer"},
    )
    searched = forms.CharField(
        label="What was searched",
        help_text="Required if you say there is no link. Say which records were"
        " searched, whose, up to"
        " when, and what was not searched. A second person then checks the answer.",
        max_length=LONGEST,
        required=False,
    )
    how_to_challenge = forms.CharField(
        label="How they can challenge it",
        max_length=LONGEST,
        initial=CHALLENGE,
        error_messages={"required": "Enter how they can challenge it"},
    )


class DraftReadingForm(PrefixedForm):
    """The second reading of an answer that there is no link."""

    agrees = forms.TypedChoiceField(
        label="Can this answer be given?",
        choices=[("yes", "Yes: I checked, and it is right"), ("no", "No: do not give it")],
        coerce=lambda text: text == "yes",
        empty_value=None,
        error_messages={"required": "Choose one"},
    )
    note = forms.CharField(
        label="What did you check?",
        max_length=LONGEST,
        error_messages={"required": "Enter what you checked"},
    )


class ConcernChallengeForm(PrefixedForm):
    """What the person says against the answer, in their own words."""

    words = forms.CharField(
        label="Their challenge, in their own words",
        max_length=LONGEST,
        error_messages={"required": "Enter what they say"},
    )


class TieForm(PrefixedForm):
    """The record that the concern is about."""

    record = forms.CharField(
        label="Record", max_length=120, error_messages={"required": "Enter the record number"}
    )


class ClaimForm(PrefixedForm):
    """The other death that they named."""

    other = forms.CharField(
        label="The other death that they named",
        help_text="Its record number. Clew compares the two and adds them to the queue.",
        max_length=120,
        error_messages={"required": "Enter the record number"},
    )


class UntellForm(PrefixedForm):
    """What they were told and is no longer right."""

    what = forms.CharField(
        label="What is withdrawn?",
        max_length=LONGEST,
        error_messages={"required": "Enter what is withdrawn"},
    )
    reason = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Enter the reason"}
    )
