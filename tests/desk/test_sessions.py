"""Sessions: they end when idle and after a shift, are new at sign-in, and end on the server."""

from __future__ import annotations

import time

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from signed_in import PASSWORD, Make

from clew.desk.accounts.sign_in_limits import BEGAN, SEEN
from clew.desk.settings import CONFIGURATION

pytestmark = pytest.mark.django_db
TOLD = {"name": "ann", "password": PASSWORD, "purpose": "night duty"}
IDLE, SHIFT = CONFIGURATION.idle_minutes * 60, CONFIGURATION.session_hours * 3600


def signed(account: Make) -> Client:
    account("ann", "analyst")
    client = Client()
    assert client.post("/sign-in", TOLD).status_code == 302
    return client


def back(client: Client, name: str, seconds: int) -> None:
    session = client.session
    session[name] = int(time.time()) - seconds
    session.save()


@pytest.mark.parametrize(("name", "limit"), [(SEEN, IDLE), (BEGAN, SHIFT)])
def test_a_session_ends_at_its_limit_and_not_before(account: Make, name: str, limit: int) -> None:
    client = signed(account)
    back(client, name, limit - 60)
    assert client.get("/").status_code == 200
    back(client, name, limit + 60)
    page = client.get("/")
    assert (page.status_code, page["Location"]) == (302, "/sign-in")
    assert client.get("/")["Location"] == "/sign-in?next=/"


def test_whoever_works_on_is_not_idle(account: Make) -> None:
    client = signed(account)
    for _ in range(3):
        back(client, SEEN, IDLE - 60)
        assert client.get("/").status_code == 200


def test_signing_in_anew_begins_a_new_shift(account: Make) -> None:
    client = signed(account)
    back(client, BEGAN, SHIFT - 60)
    client.post("/sign-in", TOLD)
    assert time.time() - client.session[BEGAN] < 60


def test_a_session_planted_before_is_worth_nothing_after(account: Make) -> None:
    account("ann", "analyst")
    thief = Client()
    thief.get("/sign-in")
    session = thief.session
    session["x"] = 1
    session.save()
    planted = session.session_key
    client = Client()
    client.cookies["sessionid"] = planted
    assert client.post("/sign-in", TOLD).status_code == 302
    assert client.session.session_key != planted
    assert client.get("/").status_code == 200
    thief.cookies["sessionid"] = planted
    assert thief.get("/").status_code == 302
    invented = Client()
    invented.cookies["sessionid"] = "a" * 32
    invented.post("/sign-in", TOLD)
    assert invented.session.session_key != "a" * 32


def test_signing_out_ends_it_on_the_server(account: Make) -> None:
    client = signed(account)
    stolen = client.cookies["sessionid"].value
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert not Session.objects.filter(session_key=stolen).exists()
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/").status_code == 302


def test_the_cookies_are_for_the_desk_alone(account: Make) -> None:
    account("ann", "analyst")
    client = Client()
    client.get("/sign-in")
    answer = client.post("/sign-in", TOLD)
    session, csrf = answer.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["httponly"] and csrf["httponly"]  # noqa: PT018
    assert (session["samesite"], csrf["samesite"]) == ("Lax", "Strict")
    assert session["expires"] == session["max-age"] == ""  # ends with the browser


def test_over_https_the_cookies_never_travel_in_the_clear() -> None:
    import os  # noqa: PLC0415
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    ask = (
        "from clew.desk import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000)"
    )
    told = {**os.environ, "CLEW_DESK_HTTPS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", ask], env=told, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True"] * 4
