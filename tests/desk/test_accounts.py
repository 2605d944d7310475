"""Administrators' pages: each act is a row, errors keep what was typed, and none helps himself."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from signed_in import PASSWORD, Make

from clew.desk.accounts.models import Account, Area, Grant, SignInCount
from clew.desk.accounts.rules import Permission, rule
from clew.desk.ledger.models import Entry

pytestmark = pytest.mark.django_db


def administrator(account: Make, name: str = "root", *roles: str) -> Client:
    made = account(name, *(roles or ("administrator",)))
    device = TOTPDevice.objects.create(user=made, name="phone")
    client = Client()
    client.force_login(made)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def last_body() -> str:
    return Entry.objects.order_by("number").last().body  # type: ignore[union-attr]


def test_an_administrator_adds_a_user_a_role_and_an_area(account: Make) -> None:
    root = administrator(account)
    assert root.post("/areas", {"code": "KD", "name": "Barking"}).status_code == 302
    assert '"area added"' in last_body()
    told = {"name": "Ann", "full_name": "Ann Example", "rank": "PC", "how": "password"}
    page = root.post("/accounts/add", told)
    first = re.search(r'desk-id">([\w-]+)<', page.content.decode())
    assert first is not None
    ann = Account.objects.get(name="ann")
    given = {"role": "analyst", "area": "KD", "since": "", "until": ""}
    assert root.post(f"/accounts/{ann.pk}", given).status_code == 302
    assert '"role given"' in last_body()
    # Ann signs in with the password she was handed, and chooses her own before anything else.
    client = Client()
    client.post("/sign-in", {"name": "ann", "password": first[1], "purpose": "first day"})
    assert client.get("/")["Location"] == "/password"
    new = {"old": first[1], "new": "a sentence of my own 1", "again": "a sentence of my own 1"}
    assert client.post("/password", new)["Location"] == "/"
    assert client.get("/").status_code == 200
    assert rule(Account.objects.get(name="ann").person(), Permission.JUDGE).allowed
    assert first[1] not in "".join(Entry.objects.values_list("body", flat=True))
    assert Account.objects.get(name="ann").check_password("a sentence of my own 1")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"name": "rule"}, "Clew uses this name itself"),
        ({"name": "root"}, "already used"),
        ({"name": "<b>"}, "letters, digits"),
        ({"full_name": ""}, "Enter the full name"),
    ],
)
def test_an_error_keeps_what_was_typed(account: Make, told: dict[str, str], words: str) -> None:
    good = {"name": "new", "full_name": "N. Ew", "rank": "kept-rank", "how": "sso"}
    page = administrator(account).post("/accounts/add", {**good, **told})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert 'value="kept-rank"' in page.content.decode()
    assert Account.objects.count() == 1


def test_a_role_ends_and_runs_from_a_day_to_a_day(account: Make) -> None:
    root, ann = administrator(account), account("ann", "analyst")
    Area.objects.create(code="KD", name="Barking")
    today = timezone.localdate()
    later = {"role": "supervisor", "area": "all-areas", "since": str(today + timedelta(days=1))}
    root.post(f"/accounts/{ann.pk}", later)
    assert not rule(ann.person(), Permission.DECIDE).allowed
    wrong = {"role": "supervisor", "area": "KD", "since": "2020-02-02", "until": "2020-02-01"}
    page = root.post(f"/accounts/{ann.pk}", wrong)
    assert "on or after the first day" in page.content.decode()
    assert 'value="2020-02-02"' in page.content.decode()
    grant = ann.grants.get(role="analyst")
    assert rule(Account.objects.get(pk=ann.pk).person(), Permission.JUDGE).allowed
    root.post(f"/accounts/{ann.pk}/roles/{grant.pk}/end")
    assert not rule(Account.objects.get(pk=ann.pk).person(), Permission.JUDGE).allowed
    assert '"role ended"' in last_body()


def test_a_closed_account_is_out_at_once_and_can_be_opened_again(account: Make) -> None:
    root, ann = administrator(account), account("ann", "analyst")
    client = Client()
    client.force_login(ann)
    assert client.get("/").status_code == 200
    assert root.post(f"/accounts/{ann.pk}/open-or-close", {"reason": ""}).status_code == 422
    root.post(f"/accounts/{ann.pk}/open-or-close", {"reason": "left the force"})
    assert "left the force" in last_body()
    assert client.get("/").status_code == 302
    told = {"name": "ann", "password": PASSWORD, "purpose": "p"}
    assert Client().post("/sign-in", told).status_code == 422
    root.post(f"/accounts/{ann.pk}/open-or-close", {"reason": "came back"})
    assert Client().post("/sign-in", told).status_code == 302


@pytest.mark.parametrize("what", ["password", "second-factor", "open-or-close", ""])
def test_nobody_does_it_to_his_own_account(account: Make, what: str) -> None:
    root = administrator(account)
    own = Account.objects.get(name="root")
    told = {"reason": "x", "role": "supervisor", "area": "all-areas"}
    page = root.post(f"/accounts/{own.pk}/{what}".rstrip("/"), told)
    assert page.status_code == 422
    assert "your own account" in page.content.decode()
    assert [grant.role for grant in own.grants.all()] == ["administrator"]
    assert TOTPDevice.objects.filter(user=own).exists()


def test_an_areas_administrator_reaches_no_further_than_the_area(account: Make) -> None:
    kd = administrator(account, "kd", "administrator:KD")
    Area.objects.create(code="KD", name="Barking")
    Area.objects.create(code="LX", name="Lambeth")
    wide, near, new = account("wide", "supervisor"), account("near", "analyst:KD"), account("new")
    for what in ("password", "second-factor", "open-or-close"):
        assert kd.post(f"/accounts/{wide.pk}/{what}", {"reason": "x"}).status_code == 422
        assert kd.post(f"/accounts/{near.pk}/{what}", {"reason": "x"}).status_code in {200, 302}
    for area, status in (("all-areas", 422), ("LX", 422), ("KD", 302)):
        given = {"role": "administrator", "area": area}
        assert kd.post(f"/accounts/{new.pk}", given).status_code == status
    assert kd.post("/areas", {"code": "X", "name": "X"}).status_code == 422
    assert [grant.area for grant in new.grants.all()] == ["KD"]


def test_a_reset_password_ends_sessions_and_the_wait(account: Make) -> None:
    root, ann = administrator(account), account("ann", "analyst")
    client = Client()
    client.force_login(ann)
    for _ in range(6):
        Client().post("/sign-in", {"name": "ann", "password": "x", "purpose": "p"})
    page = root.post(f"/accounts/{ann.pk}/password").content.decode()
    assert client.get("/").status_code == 302
    found = re.search(r'desk-id">([\w-]+)<', page)
    assert found is not None
    told = {"name": "ann", "password": found[1], "purpose": "p"}
    assert Client().post("/sign-in", told).status_code == 302


def test_a_lost_phone_is_taken_off_by_another_administrator(account: Make) -> None:
    root, sam = administrator(account), administrator(account, "sam")
    other = Account.objects.get(name="sam")
    assert sam.get("/accounts").status_code == 200
    root.post(f"/accounts/{other.pk}/second-factor")
    assert sam.get("/accounts").status_code == 403  # the phone of this session is gone
    page = sam.get("/second-factor").content.decode()
    assert "Set up two-step verification" in page
    device = TOTPDevice.objects.get(user=other)
    code = f"{totp(device.bin_key):06d}"
    assert sam.post("/second-factor", {"code": code}).status_code == 302
    assert sam.get("/accounts").status_code == 200
    # The same digits again, in another session: used once, gone.
    again = Client()
    again.force_login(other)
    assert again.post("/second-factor", {"code": code}).status_code == 422
    assert Entry.objects.filter(act="denial", actor="sam", body__contains="second factor").exists()
    assert again.get("/accounts").status_code == 403


def test_an_administrator_without_the_second_factor_reaches_no_page(account: Make) -> None:
    made = account("root", "administrator")
    client = Client()
    client.force_login(made)
    for path in ("/accounts", "/accounts/add", f"/accounts/{made.pk}", "/areas"):
        assert client.get(path).status_code == 403, path
    assert client.get("/")["Location"] == "/second-factor"


def test_a_password_typed_for_a_name_is_kept_nowhere(db: None) -> None:
    told = {"name": "my-Secret-99", "password": "x", "purpose": "p"}
    Client().post("/sign-in", told)
    entry = Entry.objects.get()
    kept = "".join(
        map(str, (entry.actor, entry.body, entry.subject, *SignInCount.objects.values_list()))
    )
    assert "secret" not in kept.lower()


def test_own_password_needs_the_present_one(account: Make) -> None:
    ann = account("ann", "analyst")
    client = Client()
    client.force_login(ann)
    new = "another long sentence 9"
    for told in (
        {"old": "wrong", "new": new, "again": new},
        {"old": PASSWORD, "new": "short", "again": "short"},
        {"old": PASSWORD, "new": new, "again": new + "x"},
        {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD},
    ):
        assert client.post("/password", told).status_code == 422, told
    other = Client()
    other.force_login(ann)
    assert client.post("/password", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_passwords_are_argon2(settings: object, db: None) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]  # type: ignore[attr-defined]
    made = Account.objects.make("ann", "Ann", PASSWORD)
    assert made.password.startswith("argon2$argon2id$")
    told = {"name": "ann", "password": PASSWORD, "purpose": "p"}
    assert Client().post("/sign-in", told).status_code == 302
    from clew.desk import settings as real  # noqa: PLC0415

    assert real.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert Grant.objects.count() == 0
