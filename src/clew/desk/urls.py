"""Every address of the desk. Each app has its own list."""

from __future__ import annotations

from django.urls import include, path

from clew.desk.accounts import sign_in
from clew.desk.web import home

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("second-factor", sign_in.second_factor, name="second-factor"),
    path("", include("clew.desk.accounts.urls")),
    path("", include("clew.desk.ledger.urls")),
    path("", include("clew.desk.cases.urls")),
    path("", include("clew.desk.links.urls")),
    path("", include("clew.desk.rounds.urls")),
    path("", include("clew.desk.coroner.urls")),
]
