"""What people type about a referral. Errors keep it."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from clew.desk.accounts.models import Account
from clew.desk.casework.models.referrals import Warned
from clew.desk.casework.referrals import MOST_NAMED
from clew.desk.pages.review_forms import LONGEST
from clew.errors import ActRefused


class PrefixedForm(forms.Form):
    """A form whose fields have ids of their own, so that several stand on one page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


class ReferForm(PrefixedForm):
    """Which records, and what the team is told."""

    records = forms.CharField(
        label="Records",
        help_text="Their numbers, with commas. What is known of each, and what the comparison said"
        " of each pair, goes with it.",
        max_length=2_000,
        error_messages={"required": "Name at least one record"},
    )
    told = forms.CharField(
        label="What do you ask, and why?",
        help_text="The team gets exactly these words, and they are kept. Write what you would read"
        " out at an inquest.",
        max_length=LONGEST,
        error_messages={"required": "Say what you ask and why"},
    )

    def clean_records(self) -> list[str]:
        """Return the numbers, each once."""
        told = re.split(r"[,;\n]+", self.cleaned_data["records"])
        found = list(dict.fromkeys(part.strip() for part in told if part.strip()))
        if not 0 < len(found) <= MOST_NAMED:
            raise forms.ValidationError(f"Name from one to {MOST_NAMED} records")
        return found


class ReferralAnswerForm(PrefixedForm):
    """Yes or no, by whom and of which rank, and why."""

    act = forms.ChoiceField(
        label="Your answer",
        choices=[("accepted", "Accept: the team takes it"), ("refused", "Refuse it")],
        error_messages={"required": "Choose one"},
    )
    rank = forms.CharField(
        label="Your rank", max_length=60, error_messages={"required": "Give your rank"}
    )
    reason = forms.CharField(
        label="Why",
        help_text="A reason that you would repeat at an inquest. It stays, whatever comes later.",
        max_length=LONGEST,
        error_messages={"required": "Say why"},
    )


class ReferralChallengeForm(PrefixedForm):
    """Why the refusal is wrong, and which senior answers."""

    senior = forms.ModelChoiceField(
        label="Which senior answers it?",
        queryset=Account.objects.none(),
        to_field_name="name",
        empty_label="Choose",
        help_text="Somebody who may answer referrals here, and is not whoever refused.",
        error_messages={"required": "Choose a senior", "invalid_choice": "Choose from the list"},
    )
    reason = forms.CharField(
        label="Why is the refusal wrong?",
        max_length=LONGEST,
        error_messages={"required": "Say why"},
    )

    def __init__(self, *args: Any, seniors: list[Account], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [account.pk for account in seniors]
        asked = Account.objects.filter(pk__in=names).order_by("full_name")
        self.fields["senior"].queryset = asked  # type: ignore[attr-defined]


class WithdrawForm(PrefixedForm):
    """Why the request is taken back."""

    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="You approve it; whoever asked is somebody else. A new link or fact brings it up"
        " again by itself.",
        max_length=LONGEST,
        error_messages={"required": "Say why"},
    )


class WarnForm(PrefixedForm):
    """Whom to warn, and why them or nobody."""

    whom = forms.MultipleChoiceField(
        label="Whom do you warn?",
        choices=Warned.WHOM,
        error_messages={"required": "Choose whom, or nobody"},
    )
    reason = forms.CharField(
        label="Why, and what are they told?",
        help_text="Nothing that names a record or says that a similarity is established. It is"
        " kept with your name.",
        max_length=LONGEST,
        error_messages={"required": "Say why"},
    )


def add_refusal(form: forms.Form, refused: ActRefused) -> None:
    """Put what the rules said beside the field that lacks, or at the head of the form."""
    field = next((name for name in refused.missing if name in form.fields), None)
    text = str(refused)
    form.add_error(field, f"{text[:1].upper()}{text[1:]}")
