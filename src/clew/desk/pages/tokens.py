"""Pages of administrators: the API tokens of an account, each shown once and ended when it must."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from clew.desk.accounts.manage import CannotDo, reaches
from clew.desk.accounts.models import Account, Area
from clew.desk.accounts.rules import EVERYWHERE, Permission, Role
from clew.desk.api.models import ApiToken
from clew.desk.api.tokens import MOST_DAYS, READS, NewToken, end, issue
from clew.desk.pages.accounts import account_numbered, area_names
from clew.desk.web.forms import DayField, DeskForm, done, form_page, posted, set_choices
from clew.desk.web.guard import consulted, guarded, person_of

BETWEEN = "|"
"""Stands between role and area in a choice: neither has it."""


class IssueToken(DeskForm):
    """What a token is for, and until when."""

    holding = forms.ChoiceField(
        label="What may the program read?",
        help_text="As one role of this account, in one area or in all.",
        error_messages={"required": "Choose what the program may read"},
    )
    purpose = forms.CharField(
        label="What is it for?",
        help_text="For example: daily copy for the force's dashboard. Each call logs it.",
        max_length=200,
        error_messages={"required": "Enter what the token is for"},
    )
    until = DayField(
        label="Last day",
        help_text=f"At most {MOST_DAYS} days from now.",
        error_messages={"required": "Enter the last day"},
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(Area.objects.values_list("code", "name"))
        held = [one for one in account.person().holdings if one.role in READS]
        offered = {
            (one.role, area): f"{one.role.value.replace('_', ' ').capitalize()}, {place}"
            for one in held
            for area, place in (
                [(EVERYWHERE, "all areas"), *sorted(names.items())]
                if one.area == EVERYWHERE
                else [(one.area, names.get(one.area, one.area))]
            )
        }
        choices = [(f"{role}{BETWEEN}{area}", words) for (role, area), words in offered.items()]
        set_choices(self, "holding", choices)

    def asked(self) -> NewToken:
        """Return what was asked for; the form is valid."""
        role, _, area = self.cleaned_data["holding"].partition(BETWEEN)
        until = self.cleaned_data["until"]
        return NewToken(Role(role), area, self.cleaned_data["purpose"], until)


@require_http_methods(["GET", "POST"])
@guarded(Permission.MANAGE_ACCOUNTS)
def tokens(request: HttpRequest, number: int) -> HttpResponse:
    """Show the tokens of an account; issue one, which is shown once."""
    account = account_numbered(number)
    usual = timezone.localdate() + timedelta(days=90)
    form = IssueToken(account, posted(request), initial={"until": usual})
    if form.is_valid():
        try:
            _, text = issue(account, form.asked(), person_of(request))
        except CannotDo as refused:
            form.add_error(None, str(refused))
        else:
            return render(request, "accounts/token_once.html", {"account": account, "token": text})
    if request.method == "GET":
        consulted(request, f"account:{number}", "API tokens")
    return form_page(
        request, "accounts/tokens.html", form, account=account,
        tokens=account.tokens.order_by("-pk"), today=timezone.localdate(),
        areas=area_names(),
        reached=reaches(person_of(request), account),
    )  # fmt: skip


@require_POST
@guarded(Permission.MANAGE_ACCOUNTS)
def end_token(request: HttpRequest, number: int, token: int) -> HttpResponse:
    """End a token at once."""
    account = account_numbered(number)
    held = ApiToken.objects.filter(pk=token, account=account).first()
    if held is None:
        raise Http404
    try:
        end(held, person_of(request))
    except CannotDo as refused:
        return done(request, str(refused), "tokens", number)
    return done(
        request, "Token ended. Programs that use it are refused from now on.", "tokens", number
    )
