"""Forms of administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.http import HttpRequest

from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import EVERYWHERE, Role
from clew.desk.accounts.sign_in_limits import WAIT, begin, forgive

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


# Forms of signing in.


def purpose_field() -> forms.CharField:
    """Return the question that everybody answers."""
    return forms.CharField(
        label="Why are you here?",
        help_text="For instance: night duty, or the nine o'clock meeting. It is kept with what"
        " you look at.",
        max_length=200,
    )


class Purpose(forms.Form):
    """Why, alone: after single sign-on."""

    purpose = purpose_field()


class SignIn(forms.Form):
    """Name, password, and why: the purpose stands beside all that is looked at."""

    name = forms.CharField(label="Name", max_length=150)
    password = forms.CharField(label="Password", max_length=200, strip=False)
    purpose = purpose_field()

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.account: Account | None = None
        self.waits = False

    def clean(self) -> dict[str, Any]:
        """Refuse a name and password that do not go together, without telling which is wrong."""
        told: dict[str, Any] = super().clean() or {}
        if self.errors:
            return told
        name = told["name"].lower()
        attempt = begin(name, self.request.META.get("REMOTE_ADDR", ""))
        if attempt is None:
            self.waits = True
            raise forms.ValidationError(WAIT)
        found = authenticate(self.request, username=name, password=told["password"])
        if not isinstance(found, Account):
            raise forms.ValidationError("Name and password do not go together, or it is closed")
        forgive(attempt)
        self.account = found
        return told


class SecondFactor(forms.Form):
    """Six digits of the authenticator."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label="Six digits from your authenticator",
        error_messages={"invalid": "Type the six digits", "required": "Type the six digits"},
    )


class OwnPassword(forms.Form):
    """The present password, and the new one twice."""

    old = forms.CharField(label="Present password", max_length=200, strip=False)
    new = forms.CharField(
        label="New password",
        help_text="At least 12 characters. A sentence that only you would think of is good.",
        max_length=200,
        strip=False,
    )
    again = forms.CharField(label="New password, once more", max_length=200, strip=False)

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_new(self) -> str:
        """Refuse a password that is short, common, or like the name."""
        new: str = self.cleaned_data["new"]
        validate_password(new, self.account)
        return new

    def clean(self) -> dict[str, Any]:
        """Refuse two that differ."""
        told: dict[str, Any] = super().clean() or {}
        if "new" in told and "again" in told and told["new"] != told["again"]:
            self.add_error("again", "The two new passwords differ")
        if "new" in told and told.get("old") == told["new"]:
            self.add_error("new", "The new password is the present one")
        return told
