"""A file handed in day by day is read as the first of its header was; its page says what was not.

Three rows say little: the month before them decides how dates and numbers are read.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from populated import ZONE
from signed_in import SignedIn

from clew.desk.commands.rounds import run_here
from clew.desk.records.hand_ins import HandIn
from clew.desk.records.models import Case, Fact
from clew.desk.records.take_in import take_in
from clew.intake.read import CaseSources

HEADER = "case_id,reported_at,earliest,age_years,area"
MONTH = [f"A-{n},2014-06-1{n}T09:30,2014-06-0{n}T00:00,2{n},KD" for n in range(1, 6)]
DAY = ["B-1,2014-07-20T09:30,2014-07-19T00:00,30,KD", "B-2,2014-07-20T10:30,2014-07-18T00:00,x,KD"]
OTHER = [f"C-{n},2014-07-2{n}T09:30,2014-07-1{n}T0{n}:15,3{n},KD" for n in range(1, 5)]


@pytest.fixture(autouse=True)
def home(own_inbox: Path) -> Path:
    return own_inbox


@pytest.fixture
def sue(signed_in: SignedIn) -> Client:
    return signed_in("sue", "supervisor")


def text(rows: list[str]) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def hand_in(client: Client, rows: list[str], day: int, **more: str) -> HandIn:
    sent = {"cases": SimpleUploadedFile("a.csv", text(rows)), **more}
    assert client.post("/hand-in", sent).status_code == 302
    list(run_here(datetime(2014, 8, day, 7, tzinfo=ZONE)))
    return HandIn.objects.latest("id")


def earliest(case_id: str) -> str:
    return str(Case.objects.get(case_id=case_id).texts["report"]["earliest"])


def test_a_day_is_read_as_the_month_before(sue: Client) -> None:
    first = hand_in(sue, MONTH, 1)
    assert (first.state, first.profile["earliest"]) == (HandIn.TAKEN, "days")
    second = hand_in(sue, DAY, 2)
    assert (second.source, second.profile) == (first.source, first.profile)
    assert earliest("A-1") == "2014-06-01"
    assert earliest("B-1") == "2014-07-19"  # two midnights alone would say nothing


def test_the_page_says_what_was_taken_and_what_was_not(sue: Client) -> None:
    refused = ["D-1,someday,2014-07-19T00:00,30,KD"]
    hand_in(sue, [*MONTH, *DAY, *refused], 1)
    page = sue.get("/hand-in").content.decode()
    assert "Your latest files" in page
    assert "Read: 7 of 8 rows" in page
    assert "Not read: 1 row and 1 field." in page
    assert "age_years" in page
    assert "not a number" in page
    assert "D-1" not in page  # no record is named here
    row = HandIn.objects.get()
    assert row.account["ids"] == {}
    assert "D-1" not in str(row.account)


def test_a_contradiction_is_said_and_a_person_may_confirm_it(sue: Client) -> None:
    hand_in(sue, MONTH, 1)
    said = hand_in(sue, OTHER, 2)
    assert said.profile["earliest"] == "days"
    assert "as earlier files were" in sue.get("/hand-in").content.decode()
    more = [row.replace("C-", "E-") for row in OTHER]
    confirmed = hand_in(sue, more, 3, new_profile="new")
    assert confirmed.profile["earliest"] == "as written"
    assert hand_in(sue, DAY, 4).profile["earliest"] == "as written"
    assert earliest("B-1") == "2014-07-19T00:00"


def test_a_file_that_came_by_the_command_counts_too(sue: Client, tmp_path: Path) -> None:
    (tmp_path / "month.csv").write_bytes(text(MONTH))
    take_in(CaseSources(tmp_path / "month.csv", timezone="Europe/London"), "command line")
    (row,) = HandIn.objects.all()
    assert (row.via, row.state, row.profile["earliest"]) == (HandIn.COMMAND, HandIn.TAKEN, "days")
    hand_in(sue, DAY, 2)
    assert earliest("B-1") == "2014-07-19"


def test_facts_that_come_alone_keep_their_profile(sue: Client) -> None:
    hand_in(sue, MONTH, 1)
    header = "case_id,field,op,value,known_at"
    for rows, day in (
        ([f"A-{n},cause,set,Hanging,2014-07-0{n}T00:00" for n in (1, 2, 3)], 2),
        (["A-4,cause,set,Hanging,2014-07-04T00:00"], 3),
    ):
        sent = SimpleUploadedFile("f.csv", "\n".join([header, *rows, ""]).encode())
        assert sue.post("/hand-in", {"facts": sent}).status_code == 302
        list(run_here(datetime(2014, 8, day, 7, tzinfo=ZONE)))
    fact = Fact.objects.get(case__case_id="A-4", field="cause")
    assert fact.known_at.startswith(("2014-07-04T23:59", "2014-07-04T22:59"))  # the end of the day
