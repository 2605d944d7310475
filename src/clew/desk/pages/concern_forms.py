"""What people type about a concern on its page. Errors keep it."""

from __future__ import annotations

from django import forms

from clew.desk.accounts.models import Account
from clew.desk.web.forms import LONGEST, PrefixedForm

CHALLENGE = (
    "Write to us or telephone, and give your reference. Say what you think is wrong. Somebody else"
    " than whoever answered reads it, and you get an answer within seven days. You may also ask the"
    " coroner, or complain to the body that oversees us."
)
"""What the field holds at first; a force writes its own address into it."""


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
    """What they were told and is no longer right."""

    what = forms.CharField(
        label="What is withdrawn", max_length=LONGEST, error_messages={"required": "Say what"}
    )
    reason = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Say why"}
    )
