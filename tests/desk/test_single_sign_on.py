"""Single sign-on against a provider on loopback: who is let in, and every lie that is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client
from mock_provider import CLIENT, Provider, key, point_to, provider
from signed_in import Make

from clew.desk.accounts.models import Account
from clew.desk.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def sso(settings: Any) -> Iterator[Provider]:
    with provider() as told:
        point_to(settings, told)
        yield told


def way_back(client: Client, wanted: str = "") -> str:
    begun = client.get("/sso", {"next": wanted} if wanted else {})
    there = requests.get(begun["Location"], allow_redirects=False, timeout=5)
    parts = urlsplit(there.headers["Location"])
    return f"{parts.path}?{parts.query}"


def come(client: Client, wanted: str = "") -> HttpResponse:
    return client.get(way_back(client, wanted))  # type: ignore[return-value]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_somebody_with_an_account_is_let_in_and_asked_why(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    client = Client()
    page = come(client, "/notices")
    assert (page.status_code, page["Location"]) == (302, "/purpose?next=%2Fnotices")
    assert client.get("/")["Location"] == "/purpose"
    page = client.post("/purpose?next=%2Fnotices", {"purpose": "night duty"})
    assert page["Location"] == "/notices"
    assert client.get("/notices").status_code == 200
    rows = [(row.act, row.actor, row.purpose) for row in Entry.objects.all()]
    assert rows == [("access", "ann", ""), ("access", "ann", "night duty")]
    assert Account.objects.get().subject == "s-1"


def test_the_sign_in_page_offers_it_only_where_it_is(
    client: Client, db: None, sso: Provider, settings: Any
) -> None:
    assert 'href="/sso"' in client.get("/sign-in").content.decode()
    settings.OIDC_OP_ISSUER = ""
    assert "/sso" not in client.get("/sign-in").content.decode()
    assert client.get("/sso").status_code == client.get("/sso/back").status_code == 404


def test_nobody_gets_an_account_by_coming(db: None, sso: Provider) -> None:
    client = Client()
    assert come(client).status_code == 403
    assert not is_in(client)
    assert Account.objects.count() == 0
    assert "no account was made" in Entry.objects.get().body


def test_a_closed_account_stays_closed(account: Make, sso: Provider) -> None:
    ann = account("ann", "analyst")
    ann.is_active = False
    ann.save()
    client = Client()
    assert come(client).status_code == 403
    assert not is_in(client)


def test_a_name_given_to_somebody_else_opens_nothing(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    assert come(Client()).status_code == 302
    sso.who = {"sub": "s-2", "preferred_username": "ann"}
    client = Client()
    assert come(client).status_code == 403
    assert "bound to another" in Entry.objects.last().body  # type: ignore[union-attr]
    sso.who = {"sub": "s-1", "preferred_username": "ann.married"}
    assert come(Client()).status_code == 302


def test_a_mail_address_serves_unless_it_is_not_verified(account: Make, sso: Provider) -> None:
    account("ann@force.example", "analyst")
    sso.who = {"sub": "s-1", "email": "Ann@Force.example", "email_verified": False}
    assert come(Client()).status_code == 403
    sso.who["email_verified"] = True
    assert come(Client()).status_code == 302


def test_claims_from_elsewhere_must_be_about_the_same_person(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    sso.who, sso.userinfo = {"sub": "s-1"}, {"sub": "s-9", "preferred_username": "ann"}
    assert come(Client()).status_code == 403
    sso.userinfo = {"sub": "s-1", "preferred_username": "ann"}
    assert come(Client()).status_code == 302


Claims = dict[str, Any]
LIES: dict[str, Callable[[Claims], Claims]] = {
    "another nonce": lambda c: {**c, "nonce": "x"},
    "no nonce": lambda c: {k: v for k, v in c.items() if k != "nonce"},
    "empty nonce": lambda c: {**c, "nonce": ""},
    "another audience": lambda c: {**c, "aud": "others"},
    "no audience": lambda c: {k: v for k, v in c.items() if k != "aud"},
    "an audience of many": lambda c: {**c, "aud": [CLIENT, "others"], "azp": "others"},
    "expired": lambda c: {**c, "exp": int(time.time()) - 3600},
    "never ends": lambda c: {k: v for k, v in c.items() if k != "exp"},
    "not begun": lambda c: {**c, "nbf": int(time.time()) + 3600},
    "another issuer": lambda c: {**c, "iss": "https://elsewhere.example"},
    "no issuer": lambda c: {k: v for k, v in c.items() if k != "iss"},
    "no subject": lambda c: {k: v for k, v in c.items() if k != "sub"},
    "an empty subject": lambda c: {**c, "sub": ""},
    "a blank subject": lambda c: {**c, "sub": " \t"},
    "a subject that is null": lambda c: {**c, "sub": None},
    "a subject that is a number": lambda c: {**c, "sub": 1},
    "a subject without end": lambda c: {**c, "sub": "s" * 256},
    "a subject that is a list": lambda c: {**c, "sub": ["s-1"]},
}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_in_the_token_is_refused(account: Make, sso: Provider, name: str) -> None:
    account("ann", "analyst")
    sso.lie = LIES[name]
    refused_and_written(sso)


def test_an_empty_subject_is_not_everybody_who_was_never_bound(
    account: Make, sso: Provider
) -> None:
    account("root", "administrator")
    sso.who = {"sub": "", "preferred_username": "nobody-here"}
    client = Client()
    assert come(client).status_code == 403
    assert not is_in(client)


def public_pem() -> bytes:
    return key("good").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def with_public_key(claims: Claims) -> str:
    # The oldest trick: the public key, which everybody has, as the secret of HS256.
    import base64  # noqa: PLC0415
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415
    import json  # noqa: PLC0415

    def part(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = part(json.dumps({"alg": "HS256", "kid": "k1"}).encode())
    said = head + b"." + part(json.dumps(claims).encode())
    return (said + b"." + part(hmac.new(public_pem(), said, hashlib.sha256).digest())).decode()


SIGNED: dict[str, Callable[[Claims], str]] = {
    "another key": lambda c: jwt.encode(c, key("bad"), "RS256", headers={"kid": "k1"}),
    "another key id": lambda c: jwt.encode(c, key("good"), "RS256", headers={"kid": "k2"}),
    "no key id": lambda c: jwt.encode(c, key("good"), "RS256"),
    "none": lambda c: jwt.encode(c, None, "none", headers={"kid": "k1"}),
    "the public key as secret": with_public_key,
    "another algorithm": lambda c: jwt.encode(c, key("good"), "RS512", headers={"kid": "k1"}),
    "cut short": lambda c: jwt.encode(c, key("good"), "RS256", headers={"kid": "k1"})[:-8],
    "no token": lambda c: "x",
}


@pytest.mark.parametrize("name", SIGNED)
def test_a_token_signed_otherwise_is_refused(account: Make, sso: Provider, name: str) -> None:
    account("ann", "analyst")
    sso.sign = SIGNED[name]
    refused_and_written(sso)


def refused_and_written(sso: Provider) -> None:
    client = Client()
    assert come(client).status_code == 403
    assert not is_in(client)
    assert "single sign-on" in Entry.objects.get().body
    assert Account.objects.get().subject == ""
    assert "/token" in sso.seen


def test_a_state_is_good_once_and_for_its_own_session(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    mine, other = Client(), Client()
    back = way_back(other)
    assert mine.get(back).status_code == 403  # somebody else's sign-in, put upon me
    way_back(mine)
    assert mine.get(back).status_code == 403
    assert not is_in(mine)
    assert other.get(back).status_code == 302
    other.post("/sign-out")
    assert other.get(back).status_code == 403


def test_a_provider_that_is_down_is_no_fault_of_the_desk(
    account: Make, sso: Provider, settings: Any
) -> None:
    account("ann", "analyst")
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert come(Client()).status_code == 403


def test_the_password_form_is_no_way_round_the_nonce(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    sso.lie = LIES["no nonce"]
    client = Client()
    query = urlsplit(way_back(client)).query
    told = {"name": "ann", "password": "x", "purpose": "p"}
    assert client.post(f"/sign-in?{query}", told).status_code == 422
    assert "/token" not in sso.seen


def test_where_to_go_after_is_within_the_desk(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    for wanted in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        client = Client()
        assert come(client, wanted)["Location"] == "/purpose"
        page = client.post(f"/purpose?next={wanted}", {"purpose": "p"})
        assert page["Location"] == "/"


def test_a_session_from_before_is_left_behind(account: Make, sso: Provider) -> None:
    account("ann", "analyst")
    client = Client()
    back = way_back(client)
    before = client.session.session_key
    client.get(back)
    assert is_in(client)
    assert client.session.session_key != before
