"""What leaves the desk: only what may, with its row of the ledger, or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pypdf import PdfReader
from sample_desk import AT, a_case, a_pair, judged
from signed_in import Make, SignedIn

from clew.desk.accounts.rules import Person, Role, RoleGrant
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case, SealAccess
from clew.desk.records.sealing import lift
from clew.desk.release import disclose
from clew.disclosure.exports import pdf, pdf_process

ASKED = {"purpose": "the nine o'clock meeting", "given_to": "the murder team"}
TOKEN = re.compile('name="csrfmiddlewaretoken" value="[^"]*"')
WORDS = "A reason to look, not a finding. It may have to be disclosed."


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def disclosed() -> Entry:
    return Entry.objects.get(act="disclosure")


def rows(raw: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        text = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("form", ["xlsx", "csv", "geojson", "kml", "i2"])
def test_an_export_is_a_row_of_the_ledger(signed_in: SignedIn, form: str) -> None:
    client = signed_in("ann", "analyst:KD")
    a_pair(a_case("BD-2", cause="=1+1"), a_case("BD-1", hours=-5))
    answer = client.post("/exports/records", {"format": form, **ASKED})
    assert answer.status_code == 200
    raw = body(answer)
    entry = disclosed()
    told = json.loads(entry.body)
    assert (entry.actor, entry.purpose) == ("ann", ASKED["purpose"])
    assert told["records"] == ["BD-1", "BD-2"]
    assert told["digest"] == hashlib.sha256(raw).hexdigest()
    assert told["bytes"] == len(raw)
    assert told["given_to"] == ASKED["given_to"]
    assert entry.subject == f"export:{told['export']}"
    assert told["export"] in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"


def test_only_records_in_reach_leave(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    mine, other, sealed = a_case("BD-1"), a_case("X-1", area="X"), a_case("S-1", sealed=True)
    a_pair(mine, other)
    a_pair(sealed, mine)
    raw = body(client.post("/exports/records", {"format": "csv", **ASKED}))
    assert [row["case_id"] for row in rows(raw, "records.csv")] == ["BD-1"]
    assert rows(raw, "links.csv") == []
    assert json.loads(disclosed().body)["records"] == ["BD-1"]
    page = client.get("/exports/records").content.decode()
    assert "1 record" in page
    assert "S-1" not in page
    assert "X-1" not in page


def test_a_sealed_record_leaves_by_an_explicit_act_alone(
    signed_in: SignedIn, account: Make
) -> None:
    client = signed_in("sue", "supervisor:KD")
    sealed = a_case("S-1", sealed=True)
    a_case("BD-1")
    SealAccess.objects.create(
        case=sealed, account=account("sam", "supervisor:KD"), reason="r", given_by="x"
    )
    assert "S-1" not in client.get("/exports/records").content.decode(), "opened to another"
    SealAccess.objects.create(
        case=sealed, account=account("sid", "supervisor:KD"), reason="r", given_by="x"
    )
    sid = signed_in("sid")
    raw = body(sid.post("/exports/records", {"format": "csv", **ASKED}))
    assert [row["case_id"] for row in rows(raw, "records.csv")] == ["BD-1"]
    assert "1 record stays behind" in str(rows(raw, "about.csv"))
    refused = sid.post("/exports/records", {"format": "csv", "guarded": "S-1", **ASKED})
    assert refused.status_code == 422
    assert "Enter why they must be included" in refused.content.decode()
    told = {"format": "csv", "guarded": "S-1", "because": "asked by the court", **ASKED}
    raw = body(sid.post("/exports/records", told))
    assert {row["case_id"] for row in rows(raw, "records.csv")} == {"S-1", "BD-1"}
    entry = Entry.objects.filter(act="disclosure").last()
    assert entry is not None
    assert json.loads(entry.body)["guarded"] == ["S-1"]
    assert json.loads(entry.body)["because"] == "asked by the court"


def test_nobody_chooses_a_sealed_record_that_is_not_his(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    a_case("S-1", sealed=True)
    a_case("BD-1", kind="non_fatal")
    told = {"format": "csv", "guarded": "S-1", "because": "x", **ASKED}
    assert client.post("/exports/records", told).status_code == 422
    for path in ("/exports/record/S-1", "/exports/record/NONE"):
        assert client.get(path).status_code == 404
    assert not Entry.objects.filter(act="disclosure").exists()


def test_sealed_or_absent_reads_alike(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    pair = a_pair(a_case("S-1", sealed=True), a_case("BD-1"))
    a, b = client.get(f"/exports/pair/{pair.pk}"), client.get("/exports/pair/99999")
    assert (a.status_code, b.status_code) == (404, 404)
    assert TOKEN.sub("", a.content.decode()) == TOKEN.sub("", b.content.decode())


def test_about_somebody_living_leaves_by_name_alone(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    case = a_case("NF-1", kind="non_fatal", known_as="Mary Example", allegation="x")
    with transaction.atomic():  # it was sealed when it was taken in
        lift(case, Person("sue", (RoleGrant(Role.SUPERVISOR),)), "she asked for it")
    raw = body(client.post("/exports/records", {"format": "csv", **ASKED}))
    assert rows(raw, "records.csv") == []
    assert client.post("/exports/record/NF-1", {"format": "pdf", **ASKED}).status_code == 422
    told = {"format": "csv", "guarded": "NF-1", "because": "she asked", **ASKED}
    raw = body(client.post("/exports/record/NF-1", told))
    assert rows(raw, "records.csv")[0]["case_id"] == "NF-1"
    assert b"Mary" not in zipfile.ZipFile(io.BytesIO(raw)).read("records.csv")


@pytest.mark.parametrize("roles", [("reporter:KD",), ("overseer",), ("coroners_officer:KD",), ()])
def test_who_may_not_export_gets_nothing(signed_in: SignedIn, roles: tuple[str, ...]) -> None:
    client = signed_in("tom", *roles)
    pair = a_pair(a_case("BD-2"), a_case("BD-1"))
    for path in ("/exports/records", "/exports/record/BD-1", f"/exports/pair/{pair.pk}",
                 "/exports/sheet"):  # fmt: skip
        for form in ("csv", "pdf"):
            answer = client.post(path, {"format": form, **ASKED})
            if answer.status_code == 200:
                assert b"BD-1" not in body(answer)
    for entry in Entry.objects.filter(act="disclosure"):
        assert json.loads(entry.body)["records"] == []


def test_a_purpose_and_a_receiver_are_asked_for_first(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    a_case("BD-1")
    answer = client.post("/exports/record/BD-1", {"format": "csv", "purpose": "kept as typed"})
    assert answer.status_code == 422
    assert "kept as typed" in answer.content.decode()
    assert not Entry.objects.filter(act="disclosure").exists()


def test_no_file_leaves_without_its_row(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("ann", "analyst:KD")
    a_case("BD-1")

    def fails(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(disclose, "write", fails)
    with pytest.raises(OSError, match="disk is full"):
        client.post("/exports/record/BD-1", {"format": "csv", **ASKED})


def test_a_record_sealed_while_the_file_is_made_does_not_leave(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("ann", "analyst:KD")
    a_case("BD-1")
    asked_again = disclose.ask_again

    def sealed_first(*args: Any) -> None:
        Case.objects.update(sealed=True)
        asked_again(*args)

    monkeypatch.setattr(disclose, "ask_again", sealed_first)
    answer = client.post("/exports/record/BD-1", {"format": "csv", **ASKED})
    assert answer.status_code == 404
    assert not Entry.objects.filter(act="disclosure").exists()
    assert Entry.objects.filter(act="denial").exists()


def test_sensitive_traits_and_codes_of_people_stay(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    a_case(
        "BD-1", group_ethnicity="secret-trait", entities="finder:person:P-77", home_latitude=51.1
    )
    for form in ("xlsx", "csv", "geojson", "kml", "i2"):
        raw = body(client.post("/exports/records", {"format": form, **ASKED}))
        if zipfile.is_zipfile(io.BytesIO(raw)):
            archive = zipfile.ZipFile(io.BytesIO(raw))
            raw = b"".join(archive.read(name) for name in archive.namelist())
        for hidden in (b"secret-trait", b"P-77", b"51.1"):
            assert hidden not in raw, form


def text_of(raw: bytes) -> str:
    return " ".join(" ".join(p.extract_text() for p in PdfReader(io.BytesIO(raw)).pages).split())


def test_the_coroners_bundle_tells_all_of_one_case(signed_in: SignedIn, account: Make) -> None:
    client = signed_in("ann", "analyst:KD")
    case = a_case("BD-2", known_as="Sam Example", cause="unascertained", group_x="trait")
    pair = a_pair(case, a_case("BD-1", hours=-5))
    a_pair(case, a_case("S-9", sealed=True))
    judged(pair, account("al", "analyst:KD"), account("sue", "supervisor:KD"))
    client.get("/exports/record/BD-2")
    answer = client.post("/exports/record/BD-2", {"format": "pdf", **ASKED})
    assert answer["Content-Type"] == "application/pdf"
    text = text_of(body(answer))
    for words in (
        "Sam Example (BD-2)", "Known and recorded 19 June 2014, 04:05", "found 30 m apart",
        "ages 22 and 31", "The note explains the death", "Nobody compared the handwriting",
        "Ask for the laptop", "Test ordered", "31 open deaths", "records of BTP", "Al (al)",
        "consultation", "In a year of 11,000 deaths, about 110 unrelated ones", WORDS,
        "this does not say whether any exist",
    ):  # fmt: skip
        assert words in text, words
    assert "S-9" not in text
    assert "trait" not in text.replace("Sensitive traits", "")
    assert json.loads(disclosed().body)["records"] == ["BD-1", "BD-2"]
    assert disclosed().subject == "case:BD-2"


def test_a_comparison_and_the_sheet_as_pdf(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    pair = a_pair(a_case("BD-2"), a_case("BD-1", hours=-50), state="second_reader")
    a_pair(a_case("S-9", sealed=True, hours=1), a_case("BD-3", hours=-60))
    text = text_of(body(client.post(f"/exports/pair/{pair.pk}", {"format": "pdf", **ASKED})))
    assert "found 30 m apart" in text
    assert WORDS in text
    asked = {"format": "pdf", "day": f"{AT:%Y-%m-%d}", **ASKED}
    text = text_of(body(client.post("/exports/sheet", asked)))
    assert "1 death reported" in text
    assert "Second reading" in text
    assert "BD-2" in text
    assert "S-9" not in text
    subjects = Entry.objects.filter(act="disclosure").values_list("subject", flat=True)
    assert set(subjects) == {"pair:BD-2,BD-1", "sheet"}


def test_a_pair_keeps_its_subject_when_it_is_compared_the_other_way_round(
    signed_in: SignedIn,
) -> None:
    client = signed_in("ann", "analyst:KD")
    later, earlier = a_case("BD-2"), a_case("BD-1", hours=-50)
    a_pair(later, earlier)
    pair = a_pair(earlier, later)
    assert (pair.first, pair.link.case) == (later, earlier)
    body(client.post(f"/exports/pair/{pair.pk}", {"format": "csv", **ASKED}))
    assert disclosed().subject == "pair:BD-2,BD-1"


def test_without_the_systems_libraries_one_line_says_what_to_install(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> None:
        raise OSError("cannot load library")

    monkeypatch.setattr(pdf_process, "_load", absent)
    monkeypatch.setattr(pdf, "bounded_pdf", pdf_process.to_pdf)
    client = signed_in("ann", "analyst:KD")
    a_case("BD-1")
    answer = client.post("/exports/record/BD-1", {"format": "pdf", **ASKED})
    assert answer.status_code == 422
    assert "apt-get install libpango-1.0-0" in answer.content.decode()
    assert not Entry.objects.filter(act="disclosure").exists()


def test_a_text_too_long_for_a_pdf_is_answered_plainly(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_process, "MOST_TEXT", 1_000)
    client = signed_in("ann", "analyst:KD")
    a_case("BD-1")
    answer = client.post("/exports/record/BD-1", {"format": "pdf", **ASKED})
    assert answer.status_code == 422
    assert "too long for a PDF" in answer.content.decode()
    assert not Entry.objects.filter(act="disclosure").exists()


def test_too_many_at_once_are_asked_for_in_parts(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clew.desk.pages.exports.MOST_RECORDS", 1)
    client: Client = signed_in("ann", "analyst:KD")
    a_case("BD-1")
    a_case("BD-2", hours=48)
    assert "You can export at most 1 at once" in client.get("/exports/records").content.decode()
    client.post("/exports/records", {"format": "csv", **ASKED})
    assert not Entry.objects.filter(act="disclosure").exists()
    asked = {"format": "csv", **ASKED}
    raw = body(client.post("/exports/records?since=2014-06-20&area=KD", asked))
    assert [row["case_id"] for row in rows(raw, "records.csv")] == ["BD-2"]
