"""What is held apart: survivors' records, sensitive traits, and whom codes stand for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from desk_records import record
from django.core import serializers
from django.test import Client
from signed_in import Make, SignedIn

from clew.desk.accounts.models import Notice
from clew.desk.accounts.rules import Permission
from clew.desk.commands.register import take_register
from clew.desk.ledger.models import Entry
from clew.desk.records.identities import hold_identities
from clew.desk.records.models import Case, Fact, Identity, Trait
from clew.desk.records.sealing import BY_RULE
from clew.desk.records.take_in import take_in
from clew.desk.records.visible import on_paper, visible_to
from clew.intake.read import CaseSources

pytestmark = pytest.mark.django_db
HEAD = "case_id,kind,reported_at,area,allegation,group_faith,group_faith_said_by,Ethnicity"
ROWS = f"""{HEAD},narrative
D-1,death,2026-01-01T10:00,KD,,Faithword,family,Ethnicword,found at home
S-1,non_fatal,2026-01-02T10:00,KD,drug_facilitated_rape,,,,told at the desk
N-1,non_fatal,2026-01-03T10:00,KD,,,,,fell asleep
"""
FACTS = """case_id,field,op,value,known_at,recorded_at,source
N-1,allegation,set,robbery,2026-02-01T10:00,2026-02-01T10:00,phone
D-1,group_orientation,set,Orientationword,2026-02-01T10:00,2026-02-01T10:00,self
D-1,cause,set,Plainword,2026-02-01T10:00,2026-02-01T10:00,report
"""
SENSITIVE = ("Faithword", "Ethnicword", "Orientationword")


@pytest.fixture
def taken(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "f.csv").write_text(FACTS, encoding="utf-8")
    sources = CaseSources(tmp_path / "c.csv", facts=tmp_path / "f.csv")
    take_in(sources, "import")
    take_in(sources, "import")


def test_survivors_are_sealed_when_taken_in_or_when_it_comes_to_light(taken: None) -> None:
    told = {case.case_id: (case.sealed, case.sealed_by) for case in Case.objects.all()}
    assert told == {"D-1": (False, ""), "S-1": (True, BY_RULE), "N-1": (True, BY_RULE)}
    assert Entry.objects.filter(subject="case:N-1", body__contains="sealed by rule").count() == 1
    assert Entry.objects.filter(subject="case:S-1", body__contains="survivor").count() == 1


def test_traits_are_in_their_own_table_with_their_source_and_nowhere_else(taken: None) -> None:
    traits = {(t.trait, t.value, t.said_by) for t in Trait.objects.all()}
    assert traits == {
        ("group_faith", "Faithword", "family"),
        ("group_ethnicity", "Ethnicword", "guess"),
        ("group_orientation", "Orientationword", "self"),
    }
    assert Trait.objects.count() == 3  # handed in twice, held once
    rest = [*Case.objects.all(), *Fact.objects.all(), *Entry.objects.all(), *Notice.objects.all()]
    text = json.dumps(serializers.serialize("json", rest))
    assert "Plainword" in text
    assert not [word for word in SENSITIVE if word in text]
    assert not Fact.objects.filter(field__startswith="group_").exists()
    body = Entry.objects.get(subject="traits").body
    assert "D-1" not in body


def test_no_page_shows_a_trait(taken: None, signed_in: SignedIn) -> None:
    pages = ["/", "/seals", "/seals/D-1", "/identities/D-1", "/oversight", "/oversight/traits"]
    for role in ("supervisor", "overseer", "analyst", "murder_team"):
        client = signed_in(role, role)
        for path in pages:
            text = client.get(path).content.decode()
            assert not [word for word in SENSITIVE if word in text], (role, path)


def test_a_sealed_record_and_none_give_the_same_bytes(taken: None, account: Make) -> None:
    client = Client()
    client.force_login(account("sue", "supervisor:KD"))
    other = Client()
    other.force_login(account("lea", "supervisor:LX"))
    case = Case.objects.get(case_id="S-1")
    case.sealed_by = account("una", "murder_team").name
    case.save()
    for who in (client, other):
        for path in ("/seals/{}", "/identities/{}"):
            answers = [who.get(path.format(name)) for name in ("S-1", "X-1")]
            assert [answer.status_code for answer in answers] == [404, 404]
            first, second = (plain(answer.content.decode()) for answer in answers)
            assert first == second
            assert dict(answers[0].headers) == dict(answers[1].headers)
    assert {notice.to.name for notice in Notice.objects.all()} == {"una"}
    assert (
        "S-1" in client.post("/notices").wsgi_request.path or True
    )  # posting marks nothing of others
    assert Notice.objects.filter(read_at=None).count() == 4


def plain(text: str) -> str:
    import re  # noqa: PLC0415

    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_a_keeper_opens_to_another_closes_and_only_a_reader_lifts(
    taken: None, account: Make
) -> None:
    sue, tom = account("sue", "supervisor:KD"), account("tom", "murder_team")
    account("ann", "analyst")
    first, second = Client(), Client()
    first.force_login(sue)
    second.force_login(tom)
    page = first.get("/seals/S-1").content.decode()
    assert "(tom)" in page
    assert "(sue)" not in page
    assert "(ann)" not in page
    assert "told at the desk" not in page
    assert first.post("/seals/S-1", {"step": "lift", "reason": "x"}).status_code == 403
    for wrong in ({"account": "sue", "why": "me"}, {"account": "ann", "why": "her"}):
        assert first.post("/seals/S-1", {"step": "open", **wrong}).status_code == 422
    first.post("/seals/S-1", {"step": "open", "account": "tom", "why": "the enquiry is his"})
    assert "access to a sealed record: S-1" in second.get("/notices").content.decode()
    person = tom.person()
    assert {c.case_id for c in visible_to(person, Permission.SEE_RECORD)} == {"D-1", "S-1"}
    assert {c.case_id for c in on_paper(person, Permission.SEE_RECORD)} == {"D-1"}
    opening = Case.objects.get(case_id="S-1").openings.get()
    first.post("/seals/S-1", {"step": "close", "opening": str(opening.pk), "reason": "done"})
    assert {c.case_id for c in visible_to(person, Permission.SEE_RECORD)} == {"D-1"}
    first.post("/seals/S-1", {"step": "open", "account": "tom", "why": "again"})
    assert (
        second.post("/seals/S-1", {"step": "lift", "reason": "she asked for it"}).status_code == 302
    )
    assert not Case.objects.get(case_id="S-1").sealed
    assert "she asked for it" in Entry.objects.order_by("number").last().body  # type: ignore[union-attr]


def test_a_supervisor_seals_a_record_and_keeps_it(taken: None, account: Make) -> None:
    client = Client()
    client.force_login(account("sue", "supervisor:KD"))
    Case.objects.filter(case_id="D-1").update(
        kind="non_fatal"
    )  # a death takes two: test_sealed_deaths.py
    assert client.post("/seals/D-1", {"reason": ""}).status_code == 422
    assert client.post("/seals/D-1", {"reason": "a threat to the family"}).status_code == 302
    assert Case.objects.get(case_id="D-1").sealed_by == "sue"
    assert "a threat to the family" in client.get("/seals").content.decode()
    assert client.post("/seals/D-1", {"step": "lift", "reason": "over"}).status_code == 302
    assert not Case.objects.get(case_id="D-1").sealed


def test_a_register_is_held_apart_from_the_records(db: None, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(
        "code,type,name,phone,ethnicity\nP1,person,Nameword One,07700 900123,x\n"
        "P1,person,Again,,\n,person,None,,\n"
    )
    said = take_register(register, "command line")
    assert "1 identities imported and kept apart. Rows refused: 2." in said[0]
    assert "row 3: code: it is in an earlier row" in said[1]
    assert "row 4: code: it is empty" in said[2]
    told = Identity.objects.get()
    assert (told.code, told.type) == ("P1", "person")
    assert told.says == "Nameword One; phone: 07700 900123"
    assert "Nameword" not in Entry.objects.get(act="collection").body


def test_whom_a_code_stands_for_is_told_to_who_says_why(account: Make) -> None:
    record("K-1", texts={"now": {"entities": "caller:person:P1; finder:phone:T9"}})
    record("L-1", "LX", texts={"now": {"entities": "caller:person:P2"}})
    hold_identities([("P1", "person", "Nameword One"), ("P2", "person", "Nameword Two")], "import")
    client = Client()
    client.force_login(account("sue", "supervisor:KD"))
    page = client.get("/identities/K-1").content.decode()
    assert "P1 (caller, person)" in page
    assert "Nameword" not in page
    why = {"necessity": "to ask him where the phone is"}
    assert client.post("/identities/K-1", {"code": "P1", "necessity": ""}).status_code == 422
    assert client.post("/identities/K-1", {"code": "P2", **why}).status_code == 422
    assert client.post("/identities/L-1", {"code": "P2", **why}).status_code == 403
    told = client.post("/identities/K-1", {"code": "P1", **why})
    assert "Nameword One" in told.content.decode()
    assert told["Cache-Control"] == "no-store"
    assert "Nameword" not in client.get("/identities/K-1").content.decode()
    row = Entry.objects.filter(act="disclosure").get()
    assert "where the phone is" in row.body
    assert "Nameword" not in "".join(Entry.objects.values_list("body", flat=True))
    unknown = client.post("/identities/K-1", {"code": "T9", **why}).content.decode()
    assert "does not know who this code means" in unknown
    assert Identity.objects.count() == 2
    ann = Client()
    ann.force_login(account("ann", "analyst"))
    assert ann.post("/identities/K-1", {"code": "P1", **why}).status_code == 403
