"""What people type of a pair: a judgement, a second reading, a decision. Errors keep it."""

from __future__ import annotations

from typing import Any

from django import forms

from clew.desk.accounts.models import Account
from clew.desk.pages.record_forms import PastTime
from clew.desk.review.models import Decision, Judgement

LONGEST = 8_000
"""Declared: characters of a reason, some three printed pages."""


class JudgementForm(forms.Form):
    """Linked, not linked or undetermined, and how that was reached."""

    verdict = forms.ChoiceField(
        label="Your judgement",
        choices=Judgement.VERDICTS,
        help_text="It shapes the adopted series only. It changes no rank, count or alert.",
        error_messages={"required": "Choose one of the three"},
    )
    relation = forms.ChoiceField(
        label="What stands between the two",
        choices=[("", "Choose"), *Judgement.RELATIONS],
        required=False,
    )
    reason = forms.CharField(
        label="Why",
        help_text="A reason that you would repeat at an inquest.",
        max_length=LONGEST,
        error_messages={"required": "Say why"},
    )
    explanation = forms.CharField(
        label="Explanation you rely on, if any",
        help_text="A note, an acquaintance, an accident. While nobody has verified it, it takes no"
        " weight off.",
        max_length=LONGEST,
        required=False,
    )
    verified = forms.TypedChoiceField(
        label="Has somebody verified that explanation?",
        choices=[("no", "No, or there is none"), ("yes", "Yes, it was checked")],
        coerce=lambda text: text == "yes",
        initial="no",
        required=False,
        empty_value=None,
    )
    would_change = forms.CharField(
        label="What would change it",
        help_text="Needed for 'not linked': the fact that would make you look again.",
        max_length=LONGEST,
        required=False,
    )
    decided_at = PastTime(label="When you decided")
    shown = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Ask for what each judgement needs."""
        told: dict[str, Any] = super().clean() or {}
        told["verified"] = bool(told.get("verified"))
        verdict = told.get("verdict")
        if verdict == "linked" and told.get("relation") in ("", "none", None):
            self.add_error("relation", "Say what stands between the two")
        if verdict == "not_linked" and not told.get("would_change"):
            self.add_error("would_change", "Say what would change it")
        if told.get("verified") and not told.get("explanation"):
            self.add_error("explanation", "Say which explanation was verified")
        return told


class SecondReadingForm(forms.Form):
    """Whether the second reader agrees that a pair is not linked."""

    agrees = forms.TypedChoiceField(
        label="Do you agree?",
        choices=[("yes", "I agree: it is not taken forward"), ("no", "I do not agree: it stays")],
        coerce=lambda text: text == "yes",
        error_messages={"required": "Choose one"},
    )
    note = forms.CharField(label="Why", max_length=LONGEST, error_messages={"required": "Say why"})


class DecisionForm(forms.Form):
    """A decision as it goes into the log."""

    title = forms.CharField(
        label="What was decided", max_length=200, error_messages={"required": "Say what"}
    )
    about = forms.CharField(
        label="About which record or subject, if one", max_length=200, required=False
    )
    maker = forms.ModelChoiceField(
        label="Who decided",
        queryset=Account.objects.filter(is_active=True).order_by("full_name"),
        empty_label="Choose",
        error_messages={"required": "Choose who decided"},
    )
    decided_at = PastTime(label="When it was decided")
    rationale = forms.CharField(
        label="Why", max_length=LONGEST, error_messages={"required": "Say why"}
    )
    options_rejected = forms.CharField(
        label="Options rejected, and why", max_length=LONGEST, required=False
    )
    replaces = forms.IntegerField(
        label="Number of the decision it replaces, if one",
        required=False,
        min_value=1,
        error_messages={"invalid": "Give the number alone"},
    )
    alerts = forms.FloatField(
        label="Alert budget, if this decision sets it: alerts for each hundred deaths",
        help_text="What falls below it is counted and listed, never thrown away.",
        required=False,
        error_messages={"invalid": "Give a number, for instance 1"},
    )

    def clean_alerts(self) -> float | None:
        """Return the share of deaths, above 0 and at most 1."""
        alerts: float | None = self.cleaned_data["alerts"]
        if alerts is not None and not 0 < alerts <= 100:
            raise forms.ValidationError("Give a number above 0 and at most 100")
        return None if alerts is None else alerts / 100

    def clean_replaces(self) -> Decision | None:
        """Return the decision that is replaced."""
        number = self.cleaned_data["replaces"]
        found = Decision.objects.filter(number=number).first()
        if number is not None and found is None:
            raise forms.ValidationError("There is no decision of this number")
        return found
