"""Signing in and out; every time is a row of the ledger."""

from __future__ import annotations

import time
from base64 import b32encode

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import SECOND_FACTOR
from clew.desk.accounts.sign_in_limits import BEGAN, SEEN
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.pages.account_forms import SecondFactor, SignIn
from clew.desk.web.guard import PURPOSE, person_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
UNKNOWN = "somebody"
"""The actor of a sign-in under a name that no account bears."""


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Let somebody in who has name and password; a refusal is written down too."""
    form = SignIn(request, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form.is_valid() and form.account is not None:
            with transaction.atomic():
                begin_session(request, form.account, BACKEND)
                request.session[PURPOSE] = form.cleaned_data["purpose"]
                write(
                    Act.ACCESS,
                    f"account:{form.account.pk}",
                    form.account.name,
                    form.cleaned_data["purpose"],
                    what="signed in",
                )
            return redirect(onward(request))
        if "password" in request.POST:
            deny(request.POST.get("name", ""), "waits" if form.waits else "name and password")
    told = {"form": form, "oidc": bool(settings.OIDC_OP_ISSUER)}
    status = 429 if form.waits else 422 if form.errors else 200
    return render(request, "sign_in.html", told, status=status)


def begin_session(request: HttpRequest, account: Account, backend: str) -> None:
    """Sign in under a new session key, with both clocks of the session set anew."""
    login(request, account, backend=backend)
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


def deny(name: str, reason: str) -> None:
    """Write a sign-in that failed down; a name that no account bears may be a password."""
    name = name.replace("\0", "").strip().lower()[:150]
    known = Account.objects.filter(name=name).exists()
    with transaction.atomic():
        write(Act.DENIAL, "sign-in", name if known else UNKNOWN, reason=reason)


def onward(request: HttpRequest) -> str:
    """Return where to go after signing in: within the desk, whatever the address says."""
    wanted = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return "home"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        with transaction.atomic():
            name = person_of(request).name
            write(Act.ACCESS, f"account:{request.user.pk}", name, what="signed out")
    logout(request)
    return redirect("sign-in")


@require_http_methods(["GET", "POST"])
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor; at the first time, set it up."""
    device = TOTPDevice.objects.filter(user=request.user).order_by("-confirmed").first()
    if device is None:
        device = TOTPDevice.objects.create(user=request.user, name="phone", confirmed=False)
    form = SecondFactor(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        allowed, _ = device.verify_is_allowed()
        if allowed and device.verify_token(form.cleaned_data["code"].strip()):
            with transaction.atomic():
                device.confirmed = True
                device.save()
                otp_login(request, device)
                request.session.cycle_key()  # what this session may do has grown
                name = person_of(request).name
                write(Act.ACCESS, f"account:{request.user.pk}", name, what="second factor given")
            return redirect("home")
        deny(person_of(request).name, "second factor")
        words = "These digits are not right, or were used already. Wait for the next ones"
        form.add_error("code", words)
    secret = "" if device.confirmed else b32encode(device.bin_key).decode()
    status = 422 if form.errors else 200
    return render(request, "second_factor.html", {"form": form, "secret": secret}, status=status)


def needs_second_factor(request: HttpRequest) -> bool:
    """Tell whether a role that is held asks for a second factor not yet given."""
    person = person_of(request)
    return bool(person.roles() & SECOND_FACTOR) and not person.second_factor
