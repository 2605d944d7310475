"""Single sign-on by OpenID Connect: it opens accounts that an administrator made, and makes none.

The library asks the provider; what it leaves unchecked is checked here: audience, issuer, end,
and that a nonce was there at all (OpenID Connect Core 1.0, section 3.1.3.7).
"""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import (
    OIDCAuthenticationCallbackView,
    OIDCAuthenticationRequestView,
)

from clew.desk.accounts.denials import deny
from clew.desk.accounts.models import Account
from clew.desk.accounts.sign_in_limits import place_asked_from
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.pages.sign_in import begin_session
from clew.desk.web.guard import PURPOSE_WANTED

BACKEND = "clew.desk.pages.single_sign_on.SingleSignOn"
LEEWAY_S = 30
"""Declared: by how much the clocks of desk and provider may differ."""
MOST_SUBJECT = 255
"""Characters of a `sub` (OpenID Connect Core 1.0, section 2), and of the column."""
NEEDED = ["exp", "iat", "iss", "aud", "sub", "nonce"]
FAULTS = (
    SuspiciousOperation, jwt.PyJWTError, requests.RequestException, KeyError, TypeError, ValueError,
)  # fmt: skip
"""What a provider that answers wrongly, or somebody in its place, leads to."""


class SingleSignOn(OIDCAuthenticationBackend):  # type: ignore[misc]
    """Finds the account that a token of the force's provider names."""

    def authenticate(
        self,
        request: HttpRequest | None,
        nonce: str | None = None,
        code_verifier: str | None = None,
    ) -> Account | None:
        """Return the account, or None; `request.clew_refused` says why not."""
        if request is None or not nonce:
            return None
        try:
            account: Account | None = super().authenticate(
                request, nonce=nonce, code_verifier=code_verifier
            )
        except FAULTS as fault:
            request.clew_refused = f"{type(fault).__name__}: {fault}"[:200]  # type: ignore[attr-defined]
            return None
        return account

    def verify_token(self, token: str, **kwargs: Any) -> dict[str, Any]:
        """Return a token's claims if it was signed for this desk, now, for this very sign-in."""
        if jwt.get_unverified_header(token).get("alg") != "RS256":
            raise SuspiciousOperation("the token is not signed with RS256")
        claims: dict[str, Any] = jwt.decode(
            token,
            self.retrieve_matching_jwk(token),
            algorithms=["RS256"],
            audience=settings.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_OP_ISSUER,
            leeway=LEEWAY_S,
            options={"require": NEEDED},
        )
        if not hmac.compare_digest(str(claims["nonce"]), kwargs.get("nonce") or " "):
            raise SuspiciousOperation("the nonce is another")
        if isinstance(claims["aud"], list) and claims.get("azp") != settings.OIDC_RP_CLIENT_ID:
            raise SuspiciousOperation("the token was made for others too")
        subject = claims["sub"]
        # An empty one would be that of every account which was never bound.
        if not isinstance(subject, str) or not subject.strip() or len(subject) > MOST_SUBJECT:
            raise SuspiciousOperation("the token does not say who this is")
        return claims

    def get_or_create_user(
        self, access_token: str, id_token: str, payload: dict[str, Any]
    ) -> Account | None:
        """Return the account of the token; never a new one."""
        claims = payload
        if not _names(claims):
            claims = self.get_userinfo(access_token, id_token, payload)
            if claims.get("sub") != payload["sub"]:
                raise SuspiciousOperation("the provider returned a different person")
        subject, names = payload["sub"], _names(claims)
        self.request.clew_name = names[0] if names else ""
        bound = Account.objects.filter(subject=subject).first()
        account = bound or Account.objects.filter(name__in=names).order_by("id").first()
        if account is None:
            self.request.clew_refused = "no account was made for this person"
        elif account.subject not in {"", subject}:
            self.request.clew_refused = "the account is bound to another person"
        elif not account.is_active:
            self.request.clew_refused = "the account is closed"
        else:
            account.subject = subject
            return account
        return None


def _names(claims: dict[str, Any]) -> list[str]:
    names = [str(claims.get("preferred_username") or "")]
    if claims.get("email_verified") is not False:
        names.append(str(claims.get("email") or ""))
    return [name.strip().lower() for name in names if name.strip()]


class Begin(OIDCAuthenticationRequestView):  # type: ignore[misc]
    """Sends somebody to the force's provider."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go there; where there is no provider, there is no such page."""
        if not settings.OIDC_OP_ISSUER:
            raise Http404
        answer: HttpResponse = super().get(request)
        return answer


class Back(OIDCAuthenticationCallbackView):  # type: ignore[misc]
    """Takes somebody in who comes back from the provider; next comes the purpose."""

    user: Account

    def get(self, request: HttpRequest) -> HttpResponse:
        """Let in, or say no and log it."""
        if not settings.OIDC_OP_ISSUER:
            raise Http404
        try:
            answer: HttpResponse = super().get(request)
        except SuspiciousOperation as fault:
            request.clew_refused = str(fault)[:200]  # type: ignore[attr-defined]
            return self.login_failure()
        return answer

    def login_success(self) -> HttpResponse:
        """Begin the session; the person is bound to the account from the first time on."""
        wanted = self.request.session.get("oidc_login_next")
        with transaction.atomic():
            self.user.save(update_fields=["subject"])
            begin_session(self.request, self.user, BACKEND)
            self.request.session[PURPOSE_WANTED] = True
            subject = f"account:{self.user.pk}"
            write(Act.ACCESS, subject, self.user.name, what="signed in", by="single sign-on")
        return redirect(reverse("purpose") + (f"?{urlencode({'next': wanted})}" if wanted else ""))

    def login_failure(self) -> HttpResponse:
        """Say that it did not work, with as much of the reason as helps who means well."""
        reason = getattr(
            self.request, "clew_refused", "the provider refused, or the way was broken"
        )
        name, place = getattr(self.request, "clew_name", ""), place_asked_from(self.request)
        deny(name, f"single sign-on: {reason}", place)
        return render(self.request, "accounts/sso_failed.html", status=403)
