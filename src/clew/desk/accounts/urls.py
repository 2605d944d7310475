"""Addresses of the app."""

from __future__ import annotations

from django.urls import URLPattern, path

from clew.desk.accounts import own, pages

urlpatterns: list[URLPattern] = [
    path("purpose", own.purpose, name="purpose"),
    path("password", own.password, name="password"),
    path("notices", own.notices, name="notices"),
    path("accounts", pages.accounts, name="accounts"),
    path("accounts/add", pages.add, name="account-add"),
    path("accounts/<int:number>", pages.account, name="account"),
    path("accounts/<int:number>/roles/<int:grant>/end", pages.end_role, name="role-end"),
    path("accounts/<int:number>/open-or-close", pages.close, name="account-close"),
    path("accounts/<int:number>/password", pages.reset_password, name="account-password"),
    path(
        "accounts/<int:number>/second-factor",
        pages.reset_second_factor,
        name="account-second-factor",
    ),
    path("accounts/<int:number>/unbind", pages.unbind, name="account-unbind"),
    path("areas", pages.areas, name="areas"),
]
