"""Pages of the ledger, of erasure and of holds: who sees what, and that each look is a row."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from signed_in import SignedIn

from clew.desk.accounts.models import Account
from clew.desk.ledger.key import read_kept
from clew.desk.ledger.models import Act, Checkpoint, Entry
from clew.desk.ledger.write import checkpoint, write
from clew.desk.records.models import Case, Fact


@pytest.fixture
def overseer(signed_in: SignedIn) -> Client:
    return signed_in("olive", "overseer")


@pytest.fixture
def administrator(signed_in: SignedIn) -> Client:
    client = signed_in("root", "administrator")
    device = TOTPDevice.objects.create(user=Account.objects.get(name="root"), confirmed=True)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def case(case_id: str, *, sealed: bool = False, **columns: str) -> Case:
    made = Case.objects.create(
        case_id=case_id, area="KD", sealed=sealed, reported_at="2014-06-19T04:05Z",
        texts={"report": columns, "now": columns},
    )  # fmt: skip
    for name, value in columns.items():
        Fact.objects.create(case=made, field=name, value=value, known_at="2014-06-19",
                            recorded_at="2014-06-19T04:05", from_report=True)  # fmt: skip
    return made


def add(subject: str, act: Act = Act.CONSULTATION, actor: str = "ann", **body: object) -> Entry:
    with transaction.atomic():
        return write(act, subject, actor, "night duty", **body)


def shown(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200, page.content
    return page.content.decode()


def test_rows_are_shown_newest_first_and_looking_is_one(overseer: Client) -> None:
    add("case:A-1", page="matrix")
    add("case:A-2", Act.DISCLOSURE, "bob")
    text = shown(overseer, "/ledger")
    assert text.index("Record A-2") < text.index("Record A-1")
    assert "Page: matrix" in text
    last = Entry.objects.order_by("-number")[0]
    assert (last.act, last.actor, last.subject) == ("consultation", "olive", "ledger")


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("act=disclosure", "Record A-2", "Record A-1"),
        ("actor=ann", "Record A-1", "Record A-2"),
        ("subject=case:A-2", "Record A-2", "Record A-1"),
        ("day=2001-01-01", "No rows found", "Record A-1"),
        ("before=2", "Record A-1", "Record A-2"),
    ],
)
def test_a_search_finds_and_is_written_down(
    query: str, there: str, gone: str, overseer: Client
) -> None:
    add("case:A-1")
    add("case:A-2", Act.DISCLOSURE, "bob")
    text = shown(overseer, f"/ledger?{query}")
    assert there in text.split('<form method="get"')[1].split("</form>")[1]
    assert gone not in text.split('<form method="get"')[1].split("</form>")[1]
    told = json.loads(Entry.objects.order_by("-number")[0].body)
    name, _, value = query.partition("=")
    assert told.get("search") == (None if name == "before" else {name: value})


def test_a_day_that_is_none_keeps_what_was_typed(overseer: Client) -> None:
    page = overseer.get("/ledger?day=yesterday")
    assert page.status_code == 422
    assert 'value="yesterday"' in page.content.decode()


def test_pages_go_on_where_the_last_ended(
    overseer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.desk.pages.ledger.A_PAGE", 3)
    for k in range(7):
        add(f"case:P-{k}", actor="pat")
    seen, path = [], "/ledger?actor=pat"
    while path:
        text = shown(overseer, path)
        seen += [k for k in range(6, -1, -1) if f"Record P-{k}<" in text]
        older = text.split('rel="next"')[0].rsplit('href="', 1)[1] if 'rel="next"' in text else ""
        path = older.split('"')[0].replace("&amp;", "&")
    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_a_sealed_record_is_not_named(overseer: Client) -> None:
    case("S-1", sealed=True)
    case("A-1")
    row = add("pair:A-1,S-1", Act.DECISION, note="about S-1")
    add("case:S-1")
    for path in ("/ledger", f"/ledger/{row.number}"):
        text = shown(overseer, path)
        assert "S-1" not in text
        assert "ealed record" in text
    text = shown(overseer, "/ledger?subject=case:S-1")
    assert "No rows found" in text
    assert text.replace('value="case:S-1"', "").count("S-1") == 0


@pytest.mark.parametrize("typed", ["pair:A-1,B-2", "pair:B-2,A-1", "pair:A-1, B-2"])
def test_a_pair_is_found_in_either_order(overseer: Client, typed: str) -> None:
    add("pair:A-1,B-2", actor="ann")
    add("pair:B-2,A-1", actor="bob")
    add("pair:A-1,B-3", actor="cat")
    text = shown(overseer, f"/ledger?{urlencode({'subject': typed})}")
    assert "Link A-1, B-2<" in text
    assert "Link B-2, A-1<" in text
    assert "B-3" not in text


def test_one_row_says_whether_it_fits(overseer: Client) -> None:
    row = add("case:A-1", page="matrix")
    checkpoint("test")
    text = shown(overseer, f"/ledger/{row.number}")
    assert row.digest in text
    assert "covers it" in text
    assert overseer.get("/ledger/999").status_code == 404


def test_a_checkpoint_is_handed_out_as_a_file(overseer: Client) -> None:
    add("case:A-1")
    made = checkpoint("test")
    assert made is not None
    assert "1 rows" in shown(overseer, "/ledger")
    page = overseer.get(f"/ledger/checkpoints/{made.pk}")
    assert read_kept("f", page.content.decode()).statement.size == 1
    assert Entry.objects.order_by("-number")[0].act == "disclosure"
    assert overseer.get("/ledger/checkpoints/999").status_code == 404
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize(
    "role",
    ["reporter", "analyst", "supervisor", "murder_team", "coroners_officer", "administrator"],
)
def test_nobody_else_reads_the_ledger(role: str, signed_in: SignedIn) -> None:
    # An administrator may, but not without the second factor.
    assert signed_in("x", role).get("/ledger").status_code == 403


def test_whoever_erases_sees_no_content(administrator: Client) -> None:
    made = case("A-1", cause="Quibblewick", area="KD")
    assert administrator.get("/erasures?record=A-1")["Location"] == "/erasures/A-1"
    assert "Quibblewick" not in shown(administrator, "/erasures/A-1")
    number = made.facts.get(field="cause").pk
    page = administrator.post("/erasures/A-1", {"fact": number, "reason": "court order"})
    assert page.status_code == 422
    assert "court order" in page.content.decode()
    told = {"fact": number, "reason": "court order", "sure": "on"}
    assert administrator.post("/erasures/A-1", told).status_code == 302
    assert made.facts.get(field="cause").value == "withheld"
    assert "court order" in shown(administrator, "/erasures")


def without_token(page: bytes) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", page)


def test_a_sealed_record_is_not_found_by_whoever_erases(administrator: Client) -> None:
    case("S-1", sealed=True, cause="x")
    sealed, none = administrator.get("/erasures/S-1"), administrator.get("/erasures/S-2")
    assert sealed.status_code == none.status_code == 404
    assert without_token(sealed.content) == without_token(none.content)


def test_a_hold_is_set_and_lifted_and_stops_the_eraser(
    signed_in: SignedIn, administrator: Client
) -> None:
    made = case("A-1", cause="Quibblewick")
    sue = signed_in("sue", "supervisor:KD")
    assert sue.post("/records/A-1/hold", {"kind": "", "reason": "x"}).status_code == 422
    told = {"kind": "inquest", "reason": "opened 1 May"}
    assert sue.post("/records/A-1/hold", told).status_code == 302
    assert "Inquest: opened 1 May" in shown(administrator, "/erasures/A-1")
    number = made.facts.get(field="cause").pk
    page = administrator.post("/erasures/A-1", {"fact": number, "reason": "r", "sure": "on"})
    assert page.status_code == 422
    assert (
        "a legal hold forbids it" in page.content.decode()
        or "You cannot erase anything" in page.content.decode()
    )
    assert made.facts.get(field="cause").value == "Quibblewick"
    assert sue.post("/records/A-1/hold", {"reason": "closed"}).status_code == 302
    assert Case.objects.get().legal_hold == ""
    assert signed_in("tim", "supervisor:XX").get("/records/A-1/hold").status_code == 403
