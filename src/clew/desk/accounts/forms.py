"""Forms of signing in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest

from clew.desk.accounts.models import Account
from clew.desk.accounts.throttle import WAIT, begin, forgive


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
