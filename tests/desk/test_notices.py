"""Notices are gathered by what they are about, each with its page; none is left out unsaid."""

from __future__ import annotations

import re

import pytest
from desk_records import record
from signed_in import SignedIn

from clew.desk.accounts.models import Account, Notice
from clew.desk.accounts.notify import notify
from clew.desk.ledger.subjects import case_subject
from clew.desk.pages.notices import MOST_OF_ONE, OTHERS

pytestmark = pytest.mark.django_db


def leave(words: str, about: str, times: int = 1) -> None:
    for k in range(times):
        notify([Account.objects.get(name="ann")], f"{words} {k + 1}", about)


def headings(page: str) -> list[str]:
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_many_about_one_death_are_one_heading_with_its_page(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    record("BD-1")
    leave("A deadline passed", case_subject("BD-1"), 60)
    leave("It was answered", "referral:3")
    leave("Your role ends", "")
    page = client.get("/notices").content.decode()
    first, second, third = headings(page)
    assert (first, second) == (f"{OTHERS} 1 new", "Referral 3 1 new")
    assert third.endswith(f"{MOST_OF_ONE} or more new")
    assert "BD-1" in third
    assert 'href="/record/BD-1"' in page
    assert 'href="/referral/3"' in page
    assert f"{MOST_OF_ONE - 2} or more earlier about" in page
    assert page.count("A deadline passed") == MOST_OF_ONE
    assert "A deadline passed 60" in page
    assert "Older notices about it are kept and not shown here." in page
    client.post("/notices")
    assert not Notice.objects.filter(read_at=None).exists()
    assert "new" not in " ".join(headings(client.get("/notices").content.decode()))


def test_a_record_that_may_not_be_opened_is_no_link(signed_in: SignedIn) -> None:
    client = signed_in("ann", "reporter:KD")
    record("BD-9", "ZZ")
    leave("Something", case_subject("BD-9"))
    page = client.get("/notices").content.decode()
    assert headings(page) == ["Record BD-9 1 new"]
    assert "/record/BD-9" not in page


def test_every_subject_is_on_some_page_and_what_is_left_out_is_counted(signed_in: SignedIn) -> None:
    client = signed_in("ann", "analyst:KD")
    for k in range(30):
        leave("Answered", f"referral:{k + 1}")
    pages = [client.get(f"/notices?page={n}").content.decode() for n in (1, 2)]
    listed = [one for page in pages for one in headings(page)]
    assert listed == [f"Referral {k} 1 new" for k in range(30, 0, -1)]
    leave("More", "referral:1", 2 * MOST_OF_ONE)
    assert len(headings(client.get("/notices").content.decode())) == 25
