"""Signing in and out, and what everybody does for themselves: purpose and password."""

from __future__ import annotations

import time
from base64 import b32encode
from typing import Any

import segno
from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice
from markupsafe import Markup

from clew.desk.accounts.denials import deny
from clew.desk.accounts.models import Account
from clew.desk.accounts.sign_in_limits import (
    BEGAN,
    SEEN,
    MustWait,
    begin,
    forgive,
    place_asked_from,
)
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.web.forms import DeskForm, done, form_page, posted
from clew.desk.web.guard import (
    PURPOSE,
    PURPOSE_WANTED,
    account_of,
    person_of,
    write_for,
)

FREE_TRIES = 3
"""Declared: wrong codes of the second factor that cost no wait; each further one doubles it. Of a
million codes three are valid at a time, so that three tries find one in 110,000 times."""
LAST_HERE = "clew_last_here"
"""The session's key for when this person signed in before: what came since is new."""
BACKEND = "django.contrib.auth.backends.ModelBackend"


COMMON = (
    "Night duty", "The nine o'clock meeting", "Judging the queue", "A new death",
    "Review of a death", "A referral", "A family's concern", "Preparing an inquest",
)  # fmt: skip
"""Declared: purposes to choose from at a sign-in; any other can be typed."""


class PurposeField(forms.CharField):
    """Why somebody is here, with common answers."""

    common = COMMON


class Purpose(DeskForm):
    """Why, alone: after single sign-on."""

    purpose = PurposeField(
        label="What are you using Clew for?",
        error_messages={"required": "Enter what you are using Clew for"},
        help_text="For example: night duty, or the nine o'clock meeting. It is logged with what"
        " you view.",
        max_length=200,
    )


class SignIn(Purpose):
    """Name, password, and why: the purpose is logged with all that is looked at."""

    name = forms.CharField(
        label="Name", max_length=150, error_messages={"required": "Enter your name"}
    )
    password = forms.CharField(
        label="Password",
        max_length=200,
        strip=False,
        error_messages={"required": "Enter your password"},
    )
    field_order = ("name", "password", "purpose")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.account: Account | None = None
        self.waits = False

    def clean(self) -> dict[str, Any]:
        """Refuse a wrong name or password without saying which of them is wrong."""
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        name = data["name"].lower()
        try:
            attempt = begin(name, place_asked_from(self.request))
        except MustWait as wait:
            self.waits = True
            raise forms.ValidationError(wait.words()) from wait
        account = authenticate(self.request, username=name, password=data["password"])
        if not isinstance(account, Account):
            raise forms.ValidationError("The name or password is wrong, or the account is closed")
        forgive(attempt)
        self.account = account
        return data


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let in who gives name and password; a refusal is logged too."""
    form = SignIn(request, posted(request))
    if form.is_bound:
        if form.is_valid() and form.account is not None:
            account, why = form.account, form.cleaned_data["purpose"]
            with transaction.atomic():
                begin_session(request, account, BACKEND)
                request.session[PURPOSE] = why
                write(Act.ACCESS, f"account:{account.pk}", account.name, why, what="signed in")
            return redirect(_onward(request))
        if "password" in request.POST:
            reason = "waits" if form.waits else "name and password"
            deny(request.POST.get("name", ""), reason, place_asked_from(request))
    context = {"form": form, "oidc": bool(settings.OIDC_OP_ISSUER)}
    status = 429 if form.waits else 422 if form.errors else 200
    return render(request, "sign_in.html", context, status=status)


def begin_session(request: HttpRequest, account: Account, backend: str) -> None:
    """Sign in under a new session key, with both clocks of the session at zero."""
    before = account.last_login
    login(request, account, backend=backend)
    if before is not None:
        request.session[LAST_HERE] = int(before.timestamp())
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def _onward(request: HttpRequest) -> str:
    """Return where to go after signing in: within the desk, whatever the address says."""
    wanted = request.GET.get("next", "")
    here = wanted.startswith("/")  # a bare word would be taken for the name of a page
    if here and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("home")


def write_own(request: HttpRequest, act: Act, **body: Any) -> None:
    """Write a row about the account itself."""
    write_for(request, act, f"account:{account_of(request).pk}", **body)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        with transaction.atomic():
            name = person_of(request).name
            write(Act.ACCESS, f"account:{request.user.pk}", name, what="signed out")
    logout(request)
    return redirect("sign-in")


class SecondFactor(DeskForm):
    """Six digits of the authenticator."""

    code = forms.RegexField(
        r"^\s*\d{6}\s*$",
        label="6-digit code from your authenticator app",
        error_messages={
            "invalid": "The code must be 6 digits",
            "required": "Enter the 6-digit code",
        },
    )


@require_http_methods(["GET", "POST"])
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; at the first time, set it up."""
    device = TOTPDevice.objects.filter(user=request.user).order_by("-confirmed").first()
    if device is None:
        with transaction.atomic():  # the ledger accounts for it when it commits
            device = TOTPDevice.objects.create(user=request.user, name="phone", confirmed=False)
    form = SecondFactor(posted(request))
    if form.is_valid():
        if device.throttling_failure_count < FREE_TRIES:
            device.throttling_failure_timestamp = None  # a slip or two costs no wait
        allowed, waits = device.verify_is_allowed()
        if not allowed:
            form.add_error("code", _say_wait(waits))
        elif device.verify_token(form.cleaned_data["code"].strip()):
            with transaction.atomic():
                device.confirmed = True
                device.save()
                otp_login(request, device)
                request.session.cycle_key()  # what this session may do has grown
                name = person_of(request).name
                write(Act.ACCESS, f"account:{request.user.pk}", name, what="second factor given")
            return redirect("home")
        else:
            deny(person_of(request).name, "second factor", place_asked_from(request))
            form.add_error("code", "Enter the latest code from your app. Each code works once")
    secret = picture = ""
    if not device.confirmed:
        secret = b32encode(device.bin_key).decode()
        made = segno.make(device.config_url, error="m")
        picture = made.svg_inline(scale=5, border=4, dark="#000", light="#fff")
    context = {"secret": secret, "picture": Markup(picture)}  # noqa: S704 (made here, of digits)
    return form_page(request, "second_factor.html", form, **context)


def _say_wait(waits: Any) -> str:
    """Say how long to wait after several wrong codes."""
    until = waits.get("locked_until") if waits else None
    seconds = max(int((until - timezone.now()).total_seconds()) + 1, 1) if until else 1
    words = "1 second" if seconds == 1 else f"{seconds:,} seconds"
    return f"Too many wrong codes. Wait {words}, then enter the code that your app shows"


@require_http_methods(["GET", "POST"])
@login_required
def purpose(request: HttpRequest) -> HttpResponse:
    """Ask why somebody is here: after single sign-on, and whenever the work changes."""
    form = Purpose(posted(request))
    if form.is_valid():
        why, account = form.cleaned_data["purpose"], account_of(request)
        with transaction.atomic():
            write(Act.ACCESS, f"account:{account.pk}", account.name, why, what="purpose")
            request.session[PURPOSE] = why
            request.session.pop(PURPOSE_WANTED, None)
        return redirect(_onward(request))
    return form_page(request, "accounts/purpose.html", form)


class OwnPassword(DeskForm):
    """The present password, and the new one twice."""

    old = forms.CharField(label="Current password", max_length=200, strip=False)
    new = forms.CharField(
        label="New password",
        help_text="At least 12 characters. Use a sentence that only you would think of.",
        max_length=200,
        strip=False,
    )
    again = forms.CharField(label="Repeat new password", max_length=200, strip=False)

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
        data: dict[str, Any] = super().clean() or {}
        if "new" in data and "again" in data and data["new"] != data["again"]:
            self.add_error("again", "The two new passwords must match")
        if "new" in data and data.get("old") == data["new"]:
            self.add_error("new", "The new password must be different from the current one")
        return data


@require_http_methods(["GET", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of the account ends."""
    account = account_of(request)
    form = OwnPassword(account, posted(request))
    if form.is_valid():
        # Counted as sign-ins are: a screen left open must not become a place to guess in.
        try:
            attempt = begin(account.name, place_asked_from(request))
        except MustWait as wait:
            form.add_error("old", wait.words())
            attempt = None
        if attempt is not None and not account.check_password(form.cleaned_data["old"]):
            form.add_error("old", "The current password is wrong")
        elif attempt is not None:
            forgive(attempt)
            with transaction.atomic():
                account.set_password(form.cleaned_data["new"])
                account.must_change = False
                account.save(update_fields=["password", "must_change"])
                update_session_auth_hash(request, account)
                write_own(request, Act.ALTERATION, what="password changed")
            return done(request, "Password changed.", "home")
    return form_page(request, "accounts/password.html", form, must=account.must_change)
