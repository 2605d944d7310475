"""Pages of administrators: accounts, their roles, and areas."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clew.desk.accounts import manage
from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import EVERYWHERE, Permission, Person, Role
from clew.desk.web.forms import DayField, DeskForm, done, form_page, posted, set_choices
from clew.desk.web.guard import consulted, guarded, person_of

RESERVED = frozenset({"rule", "engine", "import", "first run", "first-run", "somebody", "setup"})
"""Names that the ledger uses for what no person did."""
ALL = "all-areas"
GET_OR_POST = ["GET", "POST"]


class AddAccount(DeskForm):
    """A new account; roles are given on its page."""

    name = forms.CharField(
        label="Sign-in name",
        help_text="The same name as in the force's own sign-in. Use letters, digits and . _ - @",
        max_length=150,
        validators=[
            RegexValidator(
                r"^[\w.@-]+$", "The sign-in name must only have letters, digits and . _ - @"
            )
        ],
    )
    full_name = forms.CharField(label="Full name", max_length=200)
    rank = forms.CharField(label="Rank or post", max_length=60, required=False)
    how = forms.ChoiceField(
        label="How does this person sign in?",
        choices=[("password", "With a password"), ("sso", "With the force's account only")],
        initial="password",
    )

    def clean_name(self) -> str:
        """Refuse a name that is taken or means no person."""
        name: str = self.cleaned_data["name"].lower()
        if name in RESERVED:
            raise forms.ValidationError("Clew uses this name itself. Enter another name")
        if Account.objects.filter(name=name).exists():
            raise forms.ValidationError(
                "This name is already used. You can reopen a closed account"
            )
        return name


class GiveRole(DeskForm):
    """A role, for an area, from a day to a day."""

    role = forms.ChoiceField(
        label="Role",
        choices=[
            (role.value, role.value.replace("_", " ").replace("coroners", "coroner's").capitalize())
            for role in Role
        ],
    )
    area = forms.ChoiceField(label="Area", choices=[])
    since = DayField(
        label="First day",
        required=False,
        help_text="For example 2026-11-26. Leave empty to start today",
    )
    until = DayField(
        label="Last day", required=False, help_text="Leave empty if there is no end date"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        areas = Area.objects.order_by("name")
        named = [(area.code, f"{area.name} ({area.code})") for area in areas]
        set_choices(self, "area", [(ALL, "All areas"), *named])

    def clean_area(self) -> str:
        """Return the area as the rules name it."""
        area: str = self.cleaned_data["area"]
        return EVERYWHERE if area == ALL else area

    def clean(self) -> dict[str, Any]:
        """Refuse a last day before the first."""
        data: dict[str, Any] = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day must be on or after the first day")
        return data


class Reason(DeskForm):
    """Why: kept with the act."""

    reason = forms.CharField(label="Why?", max_length=400)


class AddArea(DeskForm):
    """A new area."""

    code = forms.CharField(
        label="Code, as used in the records",
        max_length=60,
        validators=[
            RegexValidator(r"^[\w.-]+$", "The code must only have letters, digits and . _ -")
        ],
    )
    name = forms.CharField(label="Name", max_length=200)

    def clean_code(self) -> str:
        """Refuse a code that is taken, or means all areas."""
        code: str = self.cleaned_data["code"]
        if code == ALL or Area.objects.filter(code=code).exists():
            raise forms.ValidationError("This code is already used")
        return code


@require_safe
@guarded(Permission.MANAGE_ACCOUNTS)
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts, each with its roles now and to come."""
    consulted(request, "accounts", "accounts")
    rows = Account.objects.order_by("name").prefetch_related("grants")
    return render(request, "accounts/list.html", {"accounts": rows, "areas": area_names()})


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def add(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password is shown once."""
    form = AddAccount(posted(request))
    if not form.is_valid():
        return form_page(request, "accounts/add.html", form)
    data = form.cleaned_data
    account, password = manage.add_account(
        data["name"], data["full_name"], data["rank"], person_of(request),
        password=data["how"] == "password",
    )  # fmt: skip
    return _once(request, account, password) if password else redirect("account", account.pk)


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def account(request: HttpRequest, number: int) -> HttpResponse:
    """Show an account; give it a role."""
    account = account_numbered(number)
    form = GiveRole(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        grant = manage.NewGrant(Role(data["role"]), data["area"], data["since"], data["until"])
        try:
            manage.give_role(account, grant, person_of(request))
        except manage.CannotDo as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, "Role given.", "account", number)
    if request.method == "GET":
        consulted(request, f"account:{number}", "account")
    return _show(request, account, form, Reason())


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def end_role(request: HttpRequest, number: int, grant: int) -> HttpResponse:
    """End a role."""
    account = account_numbered(number)
    held = account.grants.filter(pk=grant).first()
    if held is None:
        raise Http404
    return _do(request, account, lambda person: manage.end_role(held, person), "Role ended.")


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def close(request: HttpRequest, number: int) -> HttpResponse:
    """Close an account, or open it again; the reason is kept."""
    account, form = account_numbered(number), Reason(request.POST)
    if not form.is_valid():
        return _show(request, account, GiveRole(), form)
    active, reason = not account.is_active, form.cleaned_data["reason"]
    message = "Account reopened." if active else "Account closed."
    act = partial(manage.set_active, account, reason=reason, active=active)
    return _do(request, account, act, message)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def reset_password(request: HttpRequest, number: int) -> HttpResponse:
    """Give a new password, shown once."""
    account = account_numbered(number)
    try:
        password = manage.reset_password(account, person_of(request))
    except manage.CannotDo as refused:
        return _refused(request, account, refused)
    return _once(request, account, password)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(request: HttpRequest, number: int) -> HttpResponse:
    """Take a lost second factor off."""
    account = account_numbered(number)
    message = "Two-step verification is reset. They set it up again when they next sign in."
    return _do(request, account, lambda by: manage.reset_second_factor(account, by), message)


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def unbind(request: HttpRequest, number: int) -> HttpResponse:
    """Let the next single sign-on under this name bind the account again."""
    account = account_numbered(number)
    message = "The account will be linked again at the next single sign-on with this name."
    return _do(request, account, lambda person: manage.unbind(account, person), message)


@require_http_methods(GET_OR_POST)
@guarded(Permission.MANAGE_ACCOUNTS)
def areas(request: HttpRequest) -> HttpResponse:
    """List the areas; add one."""
    form = AddArea(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        try:
            manage.add_area(data["code"], data["name"], person_of(request))
        except manage.CannotDo as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, "Area added.", "areas")
    return form_page(request, "accounts/areas.html", form, areas=Area.objects.order_by("name"))


def account_numbered(number: int) -> Account:
    """Return an account by its number; one that is not there is answered 404."""
    account = Account.objects.filter(pk=number).prefetch_related("grants").first()
    if account is None:
        raise Http404
    return account


def area_names() -> dict[str, str]:
    """Return the areas' names by code; "" is all areas."""
    return {"": "all areas", **{area.code: area.name for area in Area.objects.all()}}


def _do(
    request: HttpRequest, account: Account, act: Callable[[Person], object], message: str
) -> HttpResponse:
    """Do an act as the person signed in, and go back to the account."""
    try:
        act(person_of(request))
    except manage.CannotDo as refused:
        return _refused(request, account, refused)
    return done(request, message, "account", account.pk)


def _refused(request: HttpRequest, account: Account, refused: manage.CannotDo) -> HttpResponse:
    form = Reason({"reason": request.POST.get("reason", "-")})
    form.add_error(None, str(refused))
    return _show(request, account, GiveRole(), form)


def _once(request: HttpRequest, account: Account, password: str) -> HttpResponse:
    return render(request, "accounts/once.html", {"account": account, "password": password})


def _show(request: HttpRequest, account: Account, form: GiveRole, reason: Reason) -> HttpResponse:
    person = person_of(request)
    context = {
        "account": account, "form": form, "reason": reason, "areas": area_names(),
        "faulty": form if form.errors else reason, "own": account.name == person.name,
        "reached": manage.reaches(person, account),
    }  # fmt: skip
    status = 422 if form.errors or reason.errors else 200
    return render(request, "accounts/account.html", context, status=status)
