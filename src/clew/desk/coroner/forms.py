"""What is asked before something is given, and what passes between both sides."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone


class Give(forms.Form):
    """An explicit act: who gets it, why, and a tick that nobody sets by accident."""

    given_to = forms.CharField(
        label="Which coroner gets it?",
        error_messages={"required": "Say which coroner gets it"},
        help_text="The area, and the name where you know it.",
        max_length=200,
    )
    purpose = forms.CharField(
        label="What for?",
        error_messages={"required": "Say what it is for"},
        help_text="For instance: the inquest, or the review.",
        max_length=200,
    )
    note = forms.CharField(
        label="A word to the coroner's officer",
        required=False,
        max_length=4_000,
        widget=forms.Textarea,
        help_text="It stands beside what is given, and it stays.",
    )
    sure = forms.BooleanField(
        label="I give this to the coroner. It cannot be taken back.",
        error_messages={"required": "Tick the box if you give it"},
    )
    because = forms.CharField(
        label="Why must it be given though it is sealed, or about somebody living?",
        error_messages={"required": "Say why it must be given"},
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, kept: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kept:
            self.fields["because"].required = True
        else:
            del self.fields["because"]


class Ask(forms.Form):
    """A question to whoever gave, with the day by which an answer is due."""

    says = forms.CharField(
        label="Your question",
        error_messages={"required": "Write your question"},
        max_length=4_000,
        widget=forms.Textarea,
        help_text="Whoever gave this sees it, and your name. Your notes are not seen.",
    )
    due = forms.DateField(
        label="Answer due",
        error_messages={"required": "Give the day by which an answer is due"},
        help_text="For instance 2014-07-31",
    )

    def clean_due(self) -> date:
        """Refuse a day that is past."""
        due: date = self.cleaned_data["due"]
        if due < timezone.localdate():
            raise forms.ValidationError("Give a day that is not past")
        return due


class Note(forms.Form):
    """A private note."""

    note = forms.CharField(
        label="A note of your own",
        error_messages={"required": "Write the note"},
        max_length=20_000,
        widget=forms.Textarea,
        help_text="No police role reads it, on any page or in any export.",
    )


class Reply(forms.Form):
    """An answer to the coroner's officer."""

    says = forms.CharField(
        label="Your answer",
        error_messages={"required": "Write your answer"},
        max_length=10_000,
        widget=forms.Textarea,
        help_text="It goes to the coroner's officer as it stands, and it stays.",
    )
