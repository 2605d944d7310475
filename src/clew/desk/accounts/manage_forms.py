"""Forms of administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import EVERYWHERE, Role

RESERVED = frozenset({"rule", "engine", "import", "first run", "first-run", "somebody", "setup"})
"""Names that stand in the ledger for what no person did."""
ALL = "all-areas"
ROLE_WORDS = {role: role.value.replace("_", " ").replace("coroners", "coroner's") for role in Role}


class AddAccount(forms.Form):
    """A new account; roles are given on its page."""

    name = forms.CharField(
        label="Name to sign in with",
        help_text="As the force's own sign-in knows it: letters, digits, and . _ - @",
        max_length=150,
        validators=[RegexValidator(r"^[\w.@-]+$", "Use letters, digits, and . _ - @ only")],
    )
    full_name = forms.CharField(label="Full name", max_length=200)
    rank = forms.CharField(label="Rank or post", max_length=60, required=False)
    how = forms.ChoiceField(
        label="How does this person sign in?",
        choices=[("password", "With a password"), ("sso", "With the force's account alone")],
        initial="password",
    )

    def clean_name(self) -> str:
        """Refuse a name that is taken or stands for no person."""
        name: str = self.cleaned_data["name"].lower()
        if name in RESERVED:
            raise forms.ValidationError("This name stands for the desk itself. Give another")
        if Account.objects.filter(name=name).exists():
            raise forms.ValidationError("This name is taken. A closed account can be opened again")
        return name


class GiveRole(forms.Form):
    """A role, for an area, from a day to a day."""

    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, words.capitalize()) for role, words in ROLE_WORDS.items()],
    )
    area = forms.ChoiceField(label="Area", choices=[])
    since = forms.DateField(
        label="First day", required=False, help_text="2026-11-26, for instance. Empty: today"
    )
    until = forms.DateField(
        label="Last day", required=False, help_text="Empty: until somebody ends it"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = [
            (area.code, f"{area.name} ({area.code})") for area in Area.objects.order_by("name")
        ]
        self.fields["area"].choices = [(ALL, "All areas"), *areas]  # type: ignore[attr-defined]

    def clean_area(self) -> str:
        """Return the area as the rules name it."""
        area: str = self.cleaned_data["area"]
        return EVERYWHERE if area == ALL else area

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        told: dict[str, Any] = super().clean() or {}
        since, until = told.get("since"), told.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day is before the first")
        return told


class Reason(forms.Form):
    """Why: kept with the act."""

    reason = forms.CharField(label="Why?", max_length=400)


class AddArea(forms.Form):
    """A new area."""

    code = forms.CharField(
        label="Code, as it stands in the records",
        max_length=60,
        validators=[RegexValidator(r"^[\w.-]+$", "Use letters, digits, and . _ - only")],
    )
    name = forms.CharField(label="Name", max_length=200)

    def clean_code(self) -> str:
        """Refuse a code that is taken, or means all areas."""
        code: str = self.cleaned_data["code"]
        if code == ALL or Area.objects.filter(code=code).exists():
            raise forms.ValidationError("This code is taken")
        return code
