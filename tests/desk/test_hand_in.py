"""Files handed in through the browser: into the watched folder, a row each, nowhere else."""

from __future__ import annotations

import io
import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from populated import ZONE, hand_in
from signed_in import SignedIn

from clew.desk.commands.rounds import run_here
from clew.desk.ledger.models import Entry
from clew.desk.pages import rounds as page
from clew.desk.records.models import Case, SourceCoverage
from clew.desk.rounds import inbox
from clew.desk.web import http

CASES = b"case_id,reported_at\nA-1,2014-06-19\n"


@pytest.fixture(autouse=True)
def home(own_inbox: Path) -> Path:
    return own_inbox


@pytest.fixture
def sue(signed_in: SignedIn) -> Client:
    return signed_in("sue", "supervisor")


def file(name: str, raw: bytes = CASES) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw)


def there() -> list[Path]:
    return sorted(path for path in inbox.inbox().iterdir() if path.is_file())


def send(client: Client, **files: Any) -> int:
    return client.post("/hand-in", files).status_code


def test_a_case_file_is_in_the_queue_after_the_next_round(sue: Client, tmp_path: Path) -> None:
    made = hand_in(tmp_path / "made")
    told = {
        "cases": file("a.CSV", made.path.read_bytes()),
        "facts": file("b.csv", made.facts.read_bytes() if made.facts else b""),
        "coverage": file("c.csv", made.coverage.read_bytes() if made.coverage else b""),
    }
    answer = sue.post("/hand-in", told)
    assert (answer.status_code, answer["Location"]) == (302, "/rounds")
    names = [path.name for path in there()]
    assert [name.split("-")[0] for name in names] == ["cases", "coverage", "facts"]
    assert len({name.split("-", 1)[1] for name in names}) == 1
    for path in there():
        row = Entry.objects.get(subject=f"inbox:{path.name}")
        said = json.loads(row.body)
        assert (row.actor, said["sha256"]) == ("sue", sha256(path.read_bytes()).hexdigest())
        assert path.stat().st_mode & 0o777 == 0o600
    list(run_here(datetime(2014, 8, 29, 7, tzinfo=ZONE)))
    assert Case.objects.count() == 67
    assert SourceCoverage.objects.exists()
    assert not there()


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "Choose a case file or a facts file"),
        ({"coverage": ("c.csv", CASES)}, "Choose a case file or a facts file"),
        (
            {"facts": ("f.csv", CASES), "coverage": ("c.csv", CASES)},
            "the case file that the coverage file belongs to",
        ),
        ({"cases": ("a.exe", CASES)}, "must end in"),
        ({"cases": ("a.csv.sh", CASES)}, "must end in"),
        ({"cases": ("a.csv", b"")}, "empty"),
        ({"cases": ("a.csv", b"x" * (page.MOST_BYTES + 1))}, "clew desk import"),
    ],
)
def test_what_cannot_be_taken_is_said_and_not_kept(
    files: dict[str, tuple[str, bytes]], says: str, sue: Client
) -> None:
    answer = sue.post("/hand-in", {name: file(*told) for name, told in files.items()})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not there()
    assert not Entry.objects.filter(subject__startswith="inbox:").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.csv",
        "..\\..\\evil.csv",
        "/etc/evil.csv",
        "cases-1.csv",
        "a\0b.csv",
        "%2e%2e.csv",
    ],
)
def test_no_name_becomes_part_of_a_path(name: str, sue: Client, home: Path) -> None:
    raw = (
        b'--b\r\nContent-Disposition: form-data; name="cases"; filename="%s"\r\n\r\n%s\r\n--b--\r\n'
    )
    sent = raw % (name.encode(), CASES)
    answer = sue.post("/hand-in", sent, content_type="multipart/form-data; boundary=b")
    assert answer.status_code in {302, 400, 422}
    found = [
        path for path in home.parent.rglob("*") if path.is_file() and "store" not in path.parts
    ]
    assert all(path.parent == inbox.inbox() for path in found)
    assert not any("evil" in path.name or path.name == "cases-1.csv" for path in found)
    assert "evil" not in "".join(Entry.objects.values_list("body", flat=True))


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_an_ending_is_one_of_ours_or_none(name: str) -> None:
    found = page.ending_of(name)
    assert found is None or (found in page.ENDINGS and name.lower().endswith(found))
    assert page.ending_of(f"{name}.CSV.GZ") == ".csv.gz"


@pytest.mark.parametrize("length", ["", "17"])
def test_a_body_without_end_is_not_read_to_its_end(
    length: str, sue: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 200_000)
    head = b'--b\r\nContent-Disposition: form-data; name="cases"; filename="a.csv"\r\n\r\n'
    body = io.BytesIO(head + b"x" * 3_000_000 + b"\r\n--b--\r\n")
    more: dict[str, Any] = {"wsgi.input": body, "CONTENT_TYPE": "multipart/form-data; boundary=b"}
    more["CONTENT_LENGTH"] = length or "3000100"
    sue.raise_request_exception = False
    answer = sue.post("/hand-in", **more)
    assert answer.status_code in {400, 422}
    assert body.tell() < 1_000_000
    assert not there()


def test_without_its_row_a_file_is_not_there(sue: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: Any, **__: Any) -> None:
        raise OSError("the ledger cannot be written")

    monkeypatch.setattr(page, "write_for", no)
    sue.raise_request_exception = False
    assert send(sue, cases=file("a.csv")) == 500
    assert not there()


def test_only_who_may_run_a_round_hands_in(signed_in: SignedIn) -> None:
    for role in ("reporter", "overseer", "administrator", "coroners_officer"):
        client = signed_in(f"n-{role}", role)
        assert send(client, cases=file("a.csv")) == 403
    assert not there()
