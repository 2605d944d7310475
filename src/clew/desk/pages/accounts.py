"""Pages of administrators: accounts, their roles, and areas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clew.desk.accounts import manage
from clew.desk.accounts.models import Account, Area, Notice
from clew.desk.accounts.rules import Permission, Role
from clew.desk.accounts.sign_in_limits import begin, forgive
from clew.desk.ledger.models import Act
from clew.desk.ledger.write import write
from clew.desk.pages.account_forms import (
    AddAccount,
    AddArea,
    GiveRole,
    OwnPassword,
    Purpose,
    Reason,
)
from clew.desk.pages.sign_in import onward
from clew.desk.web.guard import (
    PURPOSE,
    PURPOSE_WANTED,
    consulted,
    for_everybody,
    guarded,
    person_of,
)

GET_OR_POST = ["GET", "POST"]


@require_safe
@guarded(Permission.MANAGE_ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts, each with the roles that hold or will."""
    consulted(request, "accounts", "accounts")
    found = Account.objects.order_by("name").prefetch_related("grants")
    return render(request, "accounts/list.html", {"accounts": found, "areas": _area_names()})


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def add(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is shown once."""
    form = AddAccount(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        account, password = manage.add_account(
            told["name"], told["full_name"], told["rank"], person_of(request),
            password=told["how"] == "password",
        )  # fmt: skip
        if password:
            return _once(request, account, password)
        return redirect("account", account.pk)
    return _form(request, "accounts/add.html", form)


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def account(request: HttpRequest, number: int) -> HttpResponse:
    """Show an account; give it a role."""
    found = _account(number)
    form = GiveRole(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        given = manage.NewGrant(Role(told["role"]), told["area"], told["since"], told["until"])
        try:
            manage.give_role(found, given, person_of(request))
        except manage.CannotDo as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The role is given.")
            return redirect("account", number)
    if request.method == "GET":
        consulted(request, f"account:{number}", "account")
    return _show(request, found, form, Reason())


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def end_role(request: HttpRequest, number: int, grant: int) -> HttpResponse:
    """End a role."""
    found = _account(number)
    held = found.grants.filter(pk=grant).first()
    if held is None:
        raise Http404
    return _do(request, found, lambda: manage.end_role(held, person_of(request)), "The role ended.")


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close an account, or open it again; the reason is kept."""
    found, form = _account(number), Reason(request.POST)
    if not form.is_valid():
        return _show(request, found, GiveRole(), form)
    act = manage.close if found.is_active else manage.reopen
    told = "The account is closed." if found.is_active else "The account is open again."
    reason = form.cleaned_data["reason"]
    return _do(request, found, lambda: act(found, person_of(request), reason), told)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def reset_password(request: HttpRequest, number: int) -> HttpResponse:
    """Give a new password, shown once."""
    found = _account(number)
    try:
        password = manage.reset_password(found, person_of(request))
    except manage.CannotDo as refused:
        return _refused(request, found, refused)
    return _once(request, found, password)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(request: HttpRequest, number: int) -> HttpResponse:
    """Take a lost second factor off."""
    found = _account(number)
    told = "The second factor is off. A new one is set up at the next sign-in."
    return _do(request, found, lambda: manage.reset_second_factor(found, person_of(request)), told)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def unbind(request: HttpRequest, number: int) -> HttpResponse:
    """Let the next single sign-on under this name bind the account anew."""
    found = _account(number)
    told = "The next single sign-on under this name binds the account anew."
    return _do(request, found, lambda: manage.unbind(found, person_of(request)), told)


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def areas(request: HttpRequest) -> HttpResponse:
    """List the areas; add one."""
    form = AddArea(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            manage.add_area(
                form.cleaned_data["code"], form.cleaned_data["name"], person_of(request)
            )
        except manage.CannotDo as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "The area is added.")
            return redirect("areas")
    return _form(request, "accounts/areas.html", form, areas=Area.objects.order_by("name"))


def _account(number: int) -> Account:
    found = Account.objects.filter(pk=number).prefetch_related("grants").first()
    if found is None:
        raise Http404
    return found


def _area_names() -> dict[str, str]:
    return {"": "all areas", **{area.code: area.name for area in Area.objects.all()}}


def _do(request: HttpRequest, found: Account, act: Callable[[], object], told: str) -> HttpResponse:
    try:
        act()
    except manage.CannotDo as refused:
        return _refused(request, found, refused)
    messages.success(request, told)
    return redirect("account", found.pk)


def _refused(request: HttpRequest, found: Account, refused: manage.CannotDo) -> HttpResponse:
    form = Reason({"reason": request.POST.get("reason", "-")})
    form.add_error(None, str(refused))
    return _show(request, found, GiveRole(), form)


def _once(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    told = {"account": account, "password": password}
    return render(request, "accounts/once.html", told)


def _show(request: HttpRequest, found: Account, form: GiveRole, reason: Reason) -> HttpResponse:
    told = {
        "account": found, "form": form, "reason": reason, "areas": _area_names(),
        "faulty": form if form.errors else reason,
        "own": found.name == person_of(request).name,
        "reached": manage.reaches(person_of(request), found),
    }  # fmt: skip
    status = 422 if form.errors or reason.errors else 200
    return render(request, "accounts/account.html", told, status=status)


def _form(request: HttpRequest, template: str, form: forms.Form, **told: Any) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **told}, status=status)


# What everybody does for himself: the purpose, the password, and notices.


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
