"""An act of an administrator or a seal's keeper whose row cannot be written does not happen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from desk_records import record
from django.core import serializers
from django.db import transaction
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice
from signed_in import PASSWORD, Make

from clew.desk.accounts import manage
from clew.desk.accounts.models import Account, Area, Grant, Notice, SignInCount
from clew.desk.accounts.rules import Person, Role
from clew.desk.records import identities, sealing, traits
from clew.desk.records.models import Case, Identity, SealAccess, Trait

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAY = date(2030, 1, 1)
Acts = dict[str, Callable[[Account, Person], object]]


def case() -> Case:
    return Case.objects.get(case_id="K-1")


ACTS: Acts = {
    "add": lambda _, who: manage.add_account("new", "New", "", who, password=True),
    "give": lambda ann, who: manage.give_role(ann, manage.NewGrant(Role.ANALYST), who),
    "end": lambda ann, who: manage.end_role(ann.grants.get(), who),
    "close": lambda ann, who: manage.set_active(ann, who, "r", active=False),
    "password": manage.reset_password,
    "second factor": manage.reset_second_factor,
    "unbind": manage.unbind,
    "area": lambda _, who: manage.add_area("KD", "Barking", who),
    "seal": lambda _, who: sealing.seal(case(), who, "r", proposed_by="ann", review=DAY),
    "review": lambda _, who: sealing.review_seal(case(), who, "r", "ann", DAY),
    "open": lambda ann, who: sealing.open_to(case(), ann, who, "r"),
    "close again": lambda _, who: sealing.close_opening(SealAccess.objects.get(), who, "r"),
    "lift": lambda _, who: sealing.lift(case(), who, "r"),
    "identities": lambda *_: identities.hold_identities([("P1", "person", "x")], "import"),
    "traits": lambda *_: traits.hold_traits({"K-1": [("group_x", "y", "")]}, "import"),
}


def everything() -> str:
    models: tuple[Any, ...] = (
        Account, Area, Grant, Notice, SignInCount, TOTPDevice, Case, SealAccess, Trait, Identity,
    )  # fmt: skip
    return serializers.serialize("json", [row for m in models for row in m.objects.order_by("pk")])


@pytest.fixture
def ann(account: Make) -> Account:
    made = account("ann", "supervisor:KD")
    made.subject = "s-1"
    made.save()
    TOTPDevice.objects.create(user=made, name="phone")
    SealAccess.objects.create(
        case=record("K-1", sealed=True, sealed_by="root"), account=made, reason="r", given_by="root"
    )
    return made


@pytest.mark.parametrize("name", ACTS)
def test_without_its_row_the_act_does_not_happen(
    name: str, ann: Account, account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = account("root", "administrator", "supervisor").person(second_factor=True)
    before = everything()

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        for module in (manage, sealing, identities, traits):
            patch.setattr(module, "write", broken)
        with pytest.raises(OSError, match="disk"), transaction.atomic():
            ACTS[name](ann, who)
    assert everything() == before
    with transaction.atomic():
        ACTS[name](ann, who)
    assert everything() != before


def test_a_sign_in_without_its_row_opens_nothing(
    account: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clew.desk.pages import sign_in  # noqa: PLC0415

    account("bob", "analyst")

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    client = Client(raise_request_exception=False)
    told = {"name": "bob", "password": PASSWORD, "purpose": "p"}
    with monkeypatch.context() as patch:
        patch.setattr(sign_in, "write", broken)
        assert client.post("/sign-in", told).status_code == 500
    assert client.get("/").status_code == 302
    assert client.post("/sign-in", told).status_code == 302
    assert client.get("/").status_code == 200
