"""What everybody does for himself: the purpose, the password, and notices."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from clew.desk.accounts.forms import OwnPassword, Purpose
from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.sign_in import onward
from clew.desk.accounts.throttle import begin, forgive
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.web.guard import PURPOSE, PURPOSE_WANTED, for_everybody, person_of

GET_OR_POST = ["GET", "POST"]


def me(request: HttpRequest) -> Account:
    """Return the account of whoever asks; behind a door that only accounts pass."""
    return cast("Account", request.user)


@require_http_methods(GET_OR_POST)
@login_required
def purpose(request: HttpRequest) -> HttpResponse:
    """Ask why somebody is here: after single sign-on, and whenever the work changes."""
    form = Purpose(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data["purpose"]
        with transaction.atomic():
            write(Act.ACCESS, f"account:{me(request).pk}", me(request).name, told, what="purpose")
            request.session[PURPOSE] = told
            request.session.pop(PURPOSE_WANTED, None)
        return redirect(onward(request))
    return render(
        request, "accounts/purpose.html", {"form": form}, status=422 if form.errors else 200
    )


@require_http_methods(GET_OR_POST)
@login_required
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of the account ends."""
    form = OwnPassword(me(request), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _old_is_right(request, form):
        with transaction.atomic():
            account = me(request)
            account.set_password(form.cleaned_data["new"])
            account.must_change = False
            account.save(update_fields=["password", "must_change"])
            update_session_auth_hash(request, account)
            told = person_of(request)
            subject = f"account:{account.pk}"
            write(Act.ALTERATION, subject, told.name, told.purpose, what="password changed")
        messages.success(request, "Your password is changed.")
        return redirect("home")
    told_form = {"form": form, "must": me(request).must_change}
    return render(request, "accounts/password.html", told_form, status=422 if form.errors else 200)


def _old_is_right(request: HttpRequest, form: OwnPassword) -> bool:
    # Counted as sign-ins are: a screen left open must not become a place to guess in.
    attempt = begin(me(request).name, request.META.get("REMOTE_ADDR", ""))
    if attempt is None:
        form.add_error("old", "This was tried too often. Wait 15 minutes")
        return False
    if not me(request).check_password(form.cleaned_data["old"]):
        form.add_error("old", "This is not your present password")
        return False
    forgive(attempt)
    return True


@require_http_methods(GET_OR_POST)
@for_everybody
def notices(request: HttpRequest) -> HttpResponse:
    """Show one's own notices; a button marks them as read."""
    own = Notice.objects.filter(to=me(request))
    if request.method == "POST":
        with transaction.atomic():
            told = person_of(request)
            read = own.filter(read_at=None).update(read_at=timezone.now())
            subject = f"account:{me(request).pk}"
            write(Act.ACCESS, subject, told.name, told.purpose, what="notices read", count=read)
        return redirect("notices")
    return render(request, "accounts/notices.html", {"notices": own[:MOST]})


MOST = 200
"""Declared: notices on the page, newest first."""
