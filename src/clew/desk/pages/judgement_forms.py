"""The forms of a judgement and of its second reading."""

from __future__ import annotations

from typing import Any

from django import forms

from clew.desk.review.models import Judgement
from clew.desk.web.forms import LONGEST, DeskForm, PastTime


class JudgementForm(DeskForm):
    """Linked, not linked or undetermined, and how that was reached."""

    verdict = forms.ChoiceField(
        label="Your judgement",
        choices=Judgement.VERDICTS,
        help_text="This affects only the adopted series. It does not change any rank,"
        " count or alert.",
        error_messages={"required": "Choose your judgement"},
    )
    relation = forms.ChoiceField(
        label="How are they related?",
        choices=[("", "Choose"), *Judgement.RELATIONS],
        required=False,
    )
    reason = forms.CharField(
        label="Why",
        help_text="A reason you would repeat at an inquest.",
        max_length=LONGEST,
        error_messages={"required": "Enter the reason"},
    )
    explanation = forms.CharField(
        label="Explanation you rely on, if any",
        help_text="For example a note, a friendship or an accident. Until it is"
        " verified, it does not"
        " count against the link.",
        max_length=LONGEST,
        required=False,
    )
    verified = forms.TypedChoiceField(
        label="Has anyone verified this explanation?",
        choices=[("no", "No, or there is none"), ("yes", "Yes, it was checked")],
        coerce=lambda text: text == "yes",
        initial="no",
        required=False,
        empty_value=None,
    )
    would_change = forms.CharField(
        label="What would change your judgement?",
        help_text='Required for "not linked": the fact that would make you look again.',
        max_length=LONGEST,
        required=False,
    )
    decided_at = PastTime(label="When did you decide?")
    shown = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for what each judgement needs."""
        data: dict[str, Any] = super().clean() or {}
        data["verified"] = bool(data.get("verified"))
        verdict = data.get("verdict")
        if verdict == "linked" and data.get("relation") in ("", "none", None):
            self.add_error("relation", "Choose how the records are related")
        if verdict == "not_linked" and not data.get("would_change"):
            self.add_error("would_change", "Enter what would change your judgement")
        if data.get("verified") and not data.get("explanation"):
            self.add_error("explanation", "Enter the explanation that was verified")
        return data


class SecondReadingForm(DeskForm):
    """Whether the second reader agrees that a pair is not linked."""

    agrees = forms.TypedChoiceField(
        label="Do you agree?",
        choices=[("yes", "Yes: do not take it forward"), ("no", "No: keep it open")],
        coerce=lambda text: text == "yes",
        error_messages={"required": "Choose one"},
    )
    note = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Enter the reason"}
    )
