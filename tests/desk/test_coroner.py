"""The coroner's workspace: what was given stays as it was given, and no police role reads notes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from pypdf import PdfReader
from sample_desk import a_case, a_pair
from signed_in import SignedIn

from clew.desk.accounts.models import Account
from clew.desk.accounts.rules import Permission, Person, Role, RoleGrant, areas_of, rule
from clew.desk.ledger.models import Entry
from clew.desk.records.models import Case, Fact
from clew.desk.release.models import CoronerDisclosure, CoronerNote, CoronerQuestion
from clew.desk.web.guard import Refused

GIVE = {"given_to": "the senior coroner", "purpose": "the inquest", "note": "As asked", "sure": "y"}
SECRET = "SECRET-THOUGHT-OF-THE-CORONER"
POLICE = ("reporter", "analyst", "supervisor", "murder_team")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make bundles of a few bytes, where their content is not what is tested."""
    monkeypatch.setattr("clew.desk.pages.give_to_coroner.bundle_pdf", lambda *_: b"%PDF-1.7 quick")


def given(client: Client, case_id: str = "BD-1") -> CoronerDisclosure:
    answer = client.post(f"/give/record/{case_id}", GIVE)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return CoronerDisclosure.objects.latest("pk")


def test_it_is_given_by_an_explicit_act_and_stays_as_it_was(signed_in: SignedIn) -> None:
    police, officer = signed_in("sue", "supervisor:KD"), signed_in("cora", "coroners_officer:KD")
    case = a_case("BD-1", known_as="Sam Example")
    page = police.get("/give/record/BD-1").content.decode()
    assert "I cannot undo this" in page
    refused = police.post("/give/record/BD-1", {**GIVE, "sure": ""})
    assert refused.status_code == 422
    assert not CoronerDisclosure.objects.exists()
    gift = given(police)
    entry = Entry.objects.get(act="disclosure")
    told = json.loads(entry.body)
    assert (entry.subject, entry.actor, told["digest"]) == ("case:BD-1", "sue", gift.digest)
    Fact.objects.create(
        case=case, field="cause", value="changed later", known_at="x", recorded_at="x",
        entered_by="x",
    )  # fmt: skip
    shown = officer.get(f"/coroner/gift/{gift.reference}").content.decode()
    assert gift.digest in shown
    assert "As asked" in shown
    raw = officer.get(f"/coroner/gift/{gift.reference}/file").content
    assert hashlib.sha256(raw).hexdigest() == gift.digest
    text = " ".join(p.extract_text() for p in PdfReader(io.BytesIO(raw)).pages)
    assert "Sam Example" in text
    assert "changed later" not in text


def test_a_comparison_is_given_too(signed_in: SignedIn) -> None:
    pair = a_pair(a_case("BD-2"), a_case("BD-1"))
    police, officer = signed_in("mo", "murder_team:KD"), signed_in("cora", "coroners_officer:KD")
    assert police.post(f"/give/pair/{pair.pk}", GIVE).status_code == 302
    assert json.loads(Entry.objects.get(act="disclosure").body)["records"] == ["BD-1", "BD-2"]
    assert "BD-2 and BD-1" in officer.get("/coroner").content.decode()


@pytest.mark.parametrize("roles", [("reporter:KD",), ("analyst:KD",), ("supervisor:X",),
                                   ("coroners_officer:KD",), ("overseer",)])  # fmt: skip
def test_only_a_supervisor_or_the_murder_team_of_the_area_gives(
    signed_in: SignedIn, roles: tuple[str, ...]
) -> None:
    pair = a_pair(a_case("BD-1"), a_case("BD-2"))
    client = signed_in("tom", *roles)
    for path in ("/give/record/BD-1", f"/give/pair/{pair.pk}"):
        assert client.post(path, GIVE).status_code in {403, 404}
    assert not CoronerDisclosure.objects.exists()
    assert Entry.objects.filter(act="denial").count() == 2


def test_about_somebody_living_is_given_with_a_reason_alone(
    signed_in: SignedIn, quick: None
) -> None:
    a_case("NF-1", kind="non_fatal")
    client = signed_in("sue", "supervisor:KD")
    assert client.post("/give/record/NF-1", GIVE).status_code == 422
    assert client.post("/give/record/NF-1", {**GIVE, "because": "asked by the court"}).status_code
    told = json.loads(Entry.objects.get(act="disclosure").body)
    assert told["because"] == "asked by the court"


def test_a_sealed_record_reads_as_not_found(signed_in: SignedIn) -> None:
    a_case("S-1", sealed=True)
    assert signed_in("sue", "supervisor:KD").post("/give/record/S-1", GIVE).status_code == 404


def test_the_officer_sees_what_was_given_for_the_area_and_nothing_else(
    signed_in: SignedIn, quick: None
) -> None:
    a_case("BD-1")
    gift = given(signed_in("sue", "supervisor:KD"))
    other = signed_in("olga", "coroners_officer:X")
    assert gift.reference not in other.get("/coroner").content.decode()
    for path in ("", "/file"):
        assert other.get(f"/coroner/gift/{gift.reference}{path}").status_code == 404
    for path in ("/note", "/question"):
        told = {"note": "x", "says": "x", "due": "2999-01-01"}
        assert other.post(f"/coroner/gift/{gift.reference}{path}", told).status_code == 404
    mine = signed_in("cora", "coroners_officer:KD")
    assert mine.get("/coroner").status_code == 200
    assert mine.get("/exports/record/BD-1").status_code == 403


def test_altered_bytes_are_told_and_not_handed_over(signed_in: SignedIn, quick: None) -> None:
    a_case("BD-1")
    gift = given(signed_in("sue", "supervisor:KD"))
    CoronerDisclosure.objects.update(content=b"%PDF-1.7 another")
    officer = signed_in("cora", "coroners_officer:KD")
    page = officer.get(f"/coroner/gift/{gift.reference}").content.decode()
    assert "has changed since it was given" in page
    assert officer.get(f"/coroner/gift/{gift.reference}/file").status_code == 403


def test_a_question_has_a_date_and_an_answer(signed_in: SignedIn, quick: None) -> None:
    a_case("BD-1")
    police, officer = signed_in("sue", "supervisor:KD"), signed_in("cora", "coroners_officer:KD")
    gift = given(police)
    due = timezone.localdate() + timedelta(days=7)
    path = f"/coroner/gift/{gift.reference}/question"
    past = officer.post(path, {"says": "Was it examined?", "due": "2014-01-01"})
    assert past.status_code == 422
    assert "Was it examined?" in past.content.decode()
    assert officer.post(path, {"says": "Where is the laptop?", "due": due}).status_code == 302
    page = police.get("/coroner/questions").content.decode()
    assert "Where is the laptop?" in page
    assert f"{due:%-d %B %Y}" in page
    question = CoronerQuestion.objects.get()
    answer = f"/coroner/questions/{question.pk}"
    assert signed_in("sid", "supervisor:X").get(answer).status_code == 403
    assert police.post(answer, {"says": "In the store"}).status_code == 302
    assert police.post(answer, {"says": "Another"}).status_code == 422
    assert "In the store" in officer.get(f"/coroner/gift/{gift.reference}").content.decode()
    assert Entry.objects.filter(act="disclosure").count() == 2


# The permission attack: a note is kept, and every police role tries every way to read it.


@pytest.fixture
def noted(signed_in: SignedIn, quick: None) -> CoronerDisclosure:
    a_pair(a_case("BD-1"), a_case("BD-2"))
    gift = given(signed_in("sue", "supervisor:KD"))
    officer = signed_in("cora", "coroners_officer:KD")
    told = {"note": SECRET}
    assert officer.post(f"/coroner/gift/{gift.reference}/note", told).status_code == 302
    assert SECRET in officer.get(f"/coroner/gift/{gift.reference}").content.decode()
    return gift


def every_address(gift: CoronerDisclosure) -> list[str]:
    """Return each address of the desk, filled with what could lead to the note."""
    fill = {"reference": gift.reference, "case_id": "BD-1", "pk": "1"}
    found = []

    def walk(patterns: list[Any], before: str) -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns, before + str(one.pattern))
            elif isinstance(one, URLPattern):
                path = before + str(one.pattern)
                for name, value in fill.items():
                    for kind in ("slug", "path", "int", "str"):
                        path = path.replace(f"<{kind}:{name}>", value)
                if "<" not in path and "(" not in path:
                    found.append("/" + path)

    walk(get_resolver().url_patterns, "")
    return found


def text_of(answer: Any) -> str:
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if raw[:4] == b"%PDF" and not raw.endswith(b"quick"):
        return "".join(p.extract_text() for p in PdfReader(io.BytesIO(raw)).pages)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            raw = b"".join(archive.read(name) for name in archive.namelist())
    return raw.decode("utf-8", "replace")


@pytest.mark.parametrize("both", [(), ("coroners_officer",), ("overseer", "administrator")])
@pytest.mark.parametrize("role", POLICE)
def test_no_police_role_reads_a_note_on_any_page_or_in_any_export(
    noted: CoronerDisclosure, signed_in: SignedIn, role: str, both: tuple[str, ...]
) -> None:
    client = signed_in("eve", role, *both)
    addresses = [a for a in every_address(noted) if not a.startswith(("/sign", "/second", "/oidc"))]
    assert any("coroner/gift" in one for one in addresses)
    for address in addresses:
        assert SECRET not in text_of(client.get(address)), address
        for form in ("csv", "pdf"):
            told = {"format": form, "purpose": "p", "given_to": "g", "sure": "y", "says": "s"}
            if form == "pdf" and (role, both) != ("supervisor", ()):
                continue  # one who exports is enough: making PDFs takes long
            assert SECRET not in text_of(client.post(address, told)), address
    for path in ("", "/file", "/note", "/question"):
        address = f"/coroner/gift/{noted.reference}{path}"
        ask = client.post if path in {"/note", "/question"} else client.get
        assert ask(address, {"note": "x"}).status_code in {403, 404}
    assert client.get("/coroner").status_code == 403


def test_the_ledger_tells_that_there_is_a_note_never_what_it_says(noted: CoronerDisclosure) -> None:
    rows = [(e.subject, e.body) for e in Entry.objects.all()]
    assert (f"gift:{noted.reference}", '{"what":"a note"}') in rows
    assert SECRET not in str(rows)


def test_no_query_reaches_a_note_without_naming_who_reads(noted: CoronerDisclosure) -> None:
    for query in (
        CoronerNote.objects.all,
        lambda: CoronerNote.objects.filter(says__contains="SECRET"),
        lambda: list(CoronerNote._default_manager.values()),
        CoronerNote.objects.count,
    ):
        with pytest.raises(Refused):
            query()
    for model in apps.get_models():
        if model is not CoronerNote:
            names = {f.name for f in model._meta.get_fields(include_hidden=False)}
            assert not {n for n in names if "note" in n and "coroner" in n}, model
    for role in POLICE:
        person = Person("eve", (RoleGrant(Role(role)), RoleGrant(Role.CORONERS_OFFICER)))
        with pytest.raises(Refused):
            CoronerNote.objects.read_by(person)
    kept = CoronerNote.objects.read_by(Person("cora", (RoleGrant(Role.CORONERS_OFFICER, "KD"),)))
    assert [note.says for note in kept] == [SECRET]
    other = CoronerNote.objects.read_by(Person("olga", (RoleGrant(Role.CORONERS_OFFICER, "X"),)))
    assert list(other) == []


@pytest.mark.parametrize("role", POLICE)
def test_the_rules_bar_who_holds_a_police_role_whatever_else(role: str) -> None:
    person = Person("eve", (RoleGrant(Role(role), "X"), RoleGrant(Role.CORONERS_OFFICER)))
    assert not rule(person, Permission.SEE_CORONERS_WORKSPACE).allowed
    assert areas_of(person, Permission.SEE_CORONERS_WORKSPACE) == frozenset()
    assert rule(
        Person("cora", (RoleGrant(Role.CORONERS_OFFICER),)), Permission.SEE_CORONERS_WORKSPACE
    )


def test_nothing_is_given_without_its_row(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    a_case("BD-1")
    client = signed_in("sue", "supervisor:KD")

    def fails(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("clew.desk.pages.give_to_coroner.write", fails)
    with pytest.raises(OSError, match="disk is full"):
        client.post("/give/record/BD-1", GIVE)
    assert not CoronerDisclosure.objects.exists()
    assert Case.objects.count() == 1
    assert Account.objects.count() == 1
