"""Attacks: reading the notes, decisions and ledger rows of areas in which one holds no role."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from made_desk import areas, person, record
from signed_in import SignedIn

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission
from clew.desk.casework.concerns import NewConcern, take
from clew.desk.ledger.clock import desk_now, desk_today
from clew.desk.ledger.models import Entry
from clew.desk.records.visible import visible_to
from clew.desk.release.morning_sheet import sheet_of
from clew.desk.review.models import Decision, Meeting

pytestmark = [pytest.mark.django_db, pytest.mark.database]
WORDS = {"KD": "Barkingword", "LX": "Lambethword", "": "Everywhereword"}


@pytest.fixture(autouse=True)
def two_areas() -> None:
    areas(KD="Barking", LX="Lambeth")


def meet(client: Client, word: str, **more: str) -> int:
    told = {"day": desk_today().isoformat(), "present": "all", "outcome": word, **more}
    return client.post("/morning/meeting", told).status_code


def decide(client: Client, maker: str, word: str, **more: str) -> int:
    told = {
        "title": word, "maker": str(Account.objects.get(name=maker).pk), "rationale": word,
        "decided_at": timezone.localtime(desk_now()).strftime("%Y-%m-%dT%H:%M"), **more,
    }  # fmt: skip
    return client.post("/decisions/add", told).status_code


def words_on(client: Client, path: str) -> set[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return {area for area, word in WORDS.items() if word in answer.content.decode()}


@pytest.fixture
def filled(signed_in: SignedIn) -> dict[str, Client]:
    """Write a meeting and a decision down in each area and for all."""
    clients = {
        "sue_kd": signed_in("sue_kd", "supervisor:KD"),
        "sue_lx": signed_in("sue_lx", "supervisor:LX"),
        "head": signed_in("head", "supervisor"),
    }
    for name, area in (("sue_kd", "KD"), ("sue_lx", "LX"), ("head", "")):
        assert meet(clients[name], WORDS[area]) == 302
        assert decide(clients[name], name, WORDS[area]) == 302
    return clients


def test_notes_of_meetings_are_read_in_their_area(
    filled: dict[str, Client], signed_in: SignedIn
) -> None:
    day = f"/morning?day={desk_today()}"
    assert words_on(signed_in("ann", "analyst:KD"), day) == {"KD"}
    assert words_on(signed_in("two", "analyst:KD", "analyst:LX"), day) == {"KD", "LX"}
    assert words_on(signed_in("all", "analyst"), day) == {"KD", "LX", ""}
    assert words_on(filled["sue_lx"], day) == {"LX"}


def test_decisions_are_read_in_their_area(filled: dict[str, Client], signed_in: SignedIn) -> None:
    ann = signed_in("ann", "analyst:KD")
    assert words_on(ann, "/decisions") == {"KD"}
    assert words_on(signed_in("all", "analyst"), "/decisions") == {"KD", "LX", ""}
    kd = person("reader", "analyst", area="KD").person()
    sheet = sheet_of(
        visible_to(kd, Permission.SEE_LINKS), timezone.now() - timedelta(hours=1),
        timezone.now(), kd,
    )  # fmt: skip
    assert [WORDS["KD"] in line for line in sheet.decisions] == [True]


def test_a_decision_of_another_area_is_not_replaced_or_guessed(filled: dict[str, Client]) -> None:
    other = Decision.objects.get(area="LX").number
    for number in (other, 999):
        answer = filled["sue_kd"].post("/decisions/add", {"replaces": str(number)})
        assert answer.status_code == 422
        assert "No decision has this number" in answer.content.decode()


def test_a_decision_about_a_record_is_read_where_the_record_is(
    filled: dict[str, Client], signed_in: SignedIn
) -> None:
    record("BD-1", "KD")
    assert decide(filled["head"], "head", "Aboutword", about="BD-1") == 302
    ann, lea = signed_in("ann", "analyst:KD"), signed_in("lea", "analyst:LX")
    assert "Aboutword" in ann.get("/decisions").content.decode()
    assert "Aboutword" not in lea.get("/decisions").content.decode()


def test_a_note_is_written_for_an_area_of_ones_own(signed_in: SignedIn) -> None:
    both = signed_in("both", "supervisor:KD", "supervisor:LX")
    assert meet(both, "x") == 422  # which of the two?
    assert meet(both, "x", area="ZZ") == 422
    assert meet(both, "x", area="LX") == 302
    head = signed_in("head", "supervisor")
    assert meet(head, "x", area="KD") == 302
    assert list(Meeting.objects.values_list("area", flat=True)) == ["LX", "KD"]


def test_the_ledger_is_read_in_ones_area(filled: dict[str, Client], signed_in: SignedIn) -> None:
    record("BD-1", "KD")
    record("LX-1", "LX")
    take(NewConcern("w", "r", "press", "LX"), "head", timezone.now())
    for client, case_id in ((filled["sue_kd"], "BD-1"), (filled["sue_lx"], "LX-1")):
        assert client.get(f"/record/{case_id}").status_code == 200
    near, every = signed_in("ove", "overseer:KD"), signed_in("far", "overseer")
    page, whole = (client.get("/ledger").content.decode() for client in (near, every))
    assert "LX-1" in whole
    assert "case:BD-1" in page
    assert "case:LX-1" not in page
    assert "sue_lx" not in page
    assert "sue_lx" in whole
    for row in Entry.objects.all():
        other = "LX-1" in row.subject or row.actor == "sue_lx" or row.subject.startswith("concern:")
        if other or WORDS["LX"] in row.body:
            shown = near.get(f"/ledger/{row.number}").content.decode()
            assert "sue_lx" not in shown, row.body
            assert WORDS["LX"] not in shown
            for word in json.loads(row.body).values():
                assert not (isinstance(word, str) and len(word) > 12 and word in shown), word


def test_a_row_about_another_area_reads_as_one_about_a_number_that_nobody_has(
    signed_in: SignedIn,
) -> None:
    record("LX-1", "LX", sealed_by="keeper")
    near, ann = signed_in("ove", "overseer:KD"), signed_in("ann", "analyst:KD")
    for case_id in ("LX-1", "NO-1"):
        ann.get(f"/record/{case_id}")
        row = Entry.objects.filter(subject=f"case:{case_id}", act="denial").latest("number")
        page = near.get(f"/ledger/{row.number}").content.decode()
        assert case_id not in page
        assert "another area, a sealed record, or a number that does not exist" in page.lower()
