"""Forms of signing in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

from clew.desk.accounts.models import Account


class SignIn(forms.Form):
    """Name, password, and why: the purpose stands beside all that is looked at."""

    name = forms.CharField(label="Name", max_length=150)
    password = forms.CharField(label="Password", max_length=200, strip=False)
    purpose = forms.CharField(
        label="Why are you here?",
        help_text="For instance: night duty, or the nine o'clock meeting. It is kept with what"
        " you look at.",
        max_length=200,
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.account: Account | None = None

    def clean(self) -> dict[str, Any]:
        """Refuse a name and password that do not go together, without telling which is wrong."""
        told: dict[str, Any] = super().clean() or {}
        if self.errors:
            return told
        found = authenticate(self.request, username=told["name"].lower(), password=told["password"])
        if not isinstance(found, Account):
            raise forms.ValidationError("Name and password do not go together, or it is closed")
        self.account = found
        return told


class SecondFactor(forms.Form):
    """Six digits of the authenticator."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label="Six digits from your authenticator",
        error_messages={"invalid": "Type the six digits", "required": "Type the six digits"},
    )
