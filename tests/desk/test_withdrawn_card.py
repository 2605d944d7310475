"""Withdrawing a scene card: who may, what is taken back, what stays, and what the record shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from review_town import Town, build
from signed_in import SignedIn

from clew.desk.ledger.models import Entry
from clew.desk.records.card import ABSENT, SEEN
from clew.desk.records.models import Case, Fact, SceneCard

WHY = {"reason": "It was the wrong body."}


@pytest.fixture
def town(tmp_path: Path, db: None) -> Town:
    return build(tmp_path)


@pytest.fixture
def sergeant(town: Town, signed_in: SignedIn) -> Client:
    return signed_in("sam", "reporter:KD")


def send(client: Client, **more: Any) -> SceneCard:
    values = {
        "card": str(uuid4()), "seen_at": "2015-09-14T08:20", "latitude": "51.535",
        "longitude": "0.076", "area": "KD", "phone": ABSENT, "bottle": SEEN,
    } | more  # fmt: skip
    assert client.post("/scene-card", values).status_code == 302
    return SceneCard.objects.latest("id")


def address(card: SceneCard) -> str:
    return f"/withdraw-card/{card.pk}"


def now_of(case_id: str) -> dict[str, str]:
    texts: dict[str, str] = Case.objects.get(case_id=case_id).texts["now"]
    return texts


def test_the_sender_withdraws_a_card_that_was_a_record(sergeant: Client) -> None:
    card = send(sergeant, sex="male", own_words="A train passed.")
    record = f"/record/{card.case.case_id}"
    assert "Withdraw this card" in sergeant.get(record).content.decode()
    assert "A train passed." in sergeant.get(address(card)).content.decode()
    missing = sergeant.post(address(card), {"reason": ""})
    assert "Enter the reason for withdrawing this card" in missing.content.decode()
    page = sergeant.post(address(card), WHY, follow=True).content.decode()
    assert "Withdrawn</strong>" in page
    assert "by Sam: It was the wrong body." in page
    assert "Withdraw this card" not in page
    assert "A train passed." in page
    card.refresh_from_db()
    assert (card.case.area, card.case.latitude, card.case.longitude) == ("KD", None, None)
    assert card.case.texts["now"] == {"area": "KD"}
    assert card.case.texts["report"]["sex"] == "male"
    taken_back = card.facts.filter(basis="withdrawn")
    assert {(fact.field, fact.op, fact.value) for fact in taken_back} >= {
        ("scene", "withdraw", "small_bottle"), ("missing_items", "withdraw", "phone"),
        ("sex", "set", ""), ("narrative", "set", ""), ("looked_for_and_absent", "set", ""),
    }  # fmt: skip
    source = "scene card withdrawn by Sam: It was the wrong body."
    assert {fact.source for fact in taken_back} == {source}
    assert len({fact.recorded_at for fact in taken_back}) == 1


def test_it_is_withdrawn_once_with_one_row(sergeant: Client) -> None:
    card = send(sergeant)
    sergeant.post(address(card), WHY)
    facts = Fact.objects.count()
    again = sergeant.post(address(card), {"reason": "Again."})
    assert again.status_code == 422
    assert "This card has already been withdrawn" in again.content.decode()
    assert Fact.objects.count() == facts
    assert Entry.objects.filter(body__contains="scene card withdrawn").count() == 1
    assert "Withdrawn</strong>" in sergeant.get(address(card)).content.decode()


def test_a_card_whose_facts_are_unknown_is_not_called_withdrawn(sergeant: Client) -> None:
    card = send(sergeant)
    card.facts.update(card=None)
    page = sergeant.post(address(card), WHY)
    assert page.status_code == 422
    assert "Clew did not record what this card added" in page.content.decode()
    card.refresh_from_db()
    assert card.withdrawn_at is None


def test_what_others_state_stays(sergeant: Client) -> None:
    before = now_of("BD-4")
    first = send(sergeant, record="BD-4", keys=ABSENT, own_words="First.")
    second = send(sergeant, record="BD-4", keys=ABSENT, wallet=ABSENT, own_words="Second.")
    sergeant.post(address(second), WHY)
    now = now_of("BD-4")
    assert "First." in now["scene_card"]
    assert now["missing_items"] == "phone; keys"
    sergeant.post(address(first), WHY)
    assert now_of("BD-4") == before


def test_a_card_that_a_later_one_replaced_leaves_the_later_one(sergeant: Client) -> None:
    first = send(sergeant, record="BD-4", keys=ABSENT, own_words="First.")
    send(sergeant, record="BD-4", keys=ABSENT, own_words="Second.")
    sergeant.post(address(first), WHY)
    now = now_of("BD-4")
    assert "Second." in now["scene_card"]
    assert now["missing_items"] == "phone; keys"


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (("supervisor:KD",), 302),
        (("supervisor",), 302),
        (("supervisor:TH", "reporter:KD"), 403),
        (("reporter:KD",), 403),
        (("analyst:KD",), 403),
        (("murder_team:KD",), 403),
        (("supervisor:TH",), 403),
    ],
)
def test_who_else_may_withdraw(
    sergeant: Client, signed_in: SignedIn, roles: tuple[str, ...], status: int
) -> None:
    card = send(sergeant)
    other = signed_in("eve", *roles)
    assert other.post(address(card), WHY).status_code == status
    card.refresh_from_db()
    assert (card.withdrawn_at is not None) == (status == 302)
    assert (card.withdrawn_by is None) == (status == 403)


def test_others_see_no_link_and_no_card_is_not_found(sergeant: Client, signed_in: SignedIn) -> None:
    card = send(sergeant)
    page = signed_in("bob", "reporter:KD").get(f"/record/{card.case.case_id}").content.decode()
    assert "Sent by Sam" in page
    assert "Withdraw this card" not in page
    assert sergeant.get("/withdraw-card/999").status_code == 404
    Case.objects.filter(pk=card.case_id).update(sealed=True)
    assert sergeant.post(address(card), WHY).status_code == 404
