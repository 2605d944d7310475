"""Every address of the desk. Each app has its own list."""

from __future__ import annotations

from django.urls import include, path

from clew.desk.accounts import sign_in, single_sign_on
from clew.desk.web import home

handler400 = "clew.desk.web.failures.bad_request"
handler404 = "clew.desk.web.failures.not_found"

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign-in"),
    path("sign-out", sign_in.sign_out, name="sign-out"),
    path("second-factor", sign_in.second_factor, name="second-factor"),
    path("sso", single_sign_on.Begin.as_view(), name="oidc_authentication_init"),
    path("sso/back", single_sign_on.Back.as_view(), name="oidc_authentication_callback"),
    path("", include("clew.desk.accounts.urls")),
    path("", include("clew.desk.oversight.urls")),
    path("", include("clew.desk.ledger.urls")),
    path("", include("clew.desk.cases.urls")),
    path("", include("clew.desk.links.urls")),
    path("", include("clew.desk.rounds.urls")),
    path("", include("clew.desk.coroner.urls")),
    path("", include("clew.desk.deadlines.urls")),
    path("", include("clew.desk.concerns.urls")),
    path("", include("clew.desk.referrals.urls")),
    path("", include("clew.desk.assured.urls")),
]
